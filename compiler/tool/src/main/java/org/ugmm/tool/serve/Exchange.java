package org.ugmm.tool.serve;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** A request and its one answer: whoever answers first has answered. Safe to share. */
final class Exchange {
  static final String JSON = "application/json";

  private final Request request;
  private final Response response;
  private final Callback callback;
  private final Meter meter;
  private final Meter.Route route;

  /**
   * What a client prefers (RFC 7240) to which a refusal is an answer like others: a browser reports
   * each answer whose status is an error, and the page shows refusals itself.
   */
  private static final String PROBLEM_AS_ANSWER = "problem-as-answer";

  private final AtomicBoolean isAnswered = new AtomicBoolean();

  Exchange(Request request, Response response, Callback callback, Meter meter, Meter.Route route) {
    this.request = request;
    this.response = response;
    this.callback = callback;
    this.meter = meter;
    this.route = route;
  }

  Request request() {
    return request;
  }

  boolean isAnswered() {
    return isAnswered.get();
  }

  /** Takes the right to answer; false where somebody has it. */
  boolean claim() {
    return isAnswered.compareAndSet(false, true);
  }

  void json(int status, byte[] body) {
    send(status, JSON, body);
  }

  void send(int status, String type, byte[] body) {
    if (claim()) {
      write(status, type, ByteBuffer.wrap(body));
    }
  }

  /** Answers with the first bytes of an array. */
  void json(byte[] body, int length) {
    if (claim()) {
      write(200, JSON, ByteBuffer.wrap(body, 0, length));
    }
  }

  /** Answers with a problem; false where somebody has answered. */
  boolean problem(Problem problem) {
    if (!claim()) {
      return false;
    }
    switch (problem.kind()) {
      case BUSY, STOPPING -> response.getHeaders().put(HttpHeader.RETRY_AFTER, 1);
      case UNAUTHORIZED ->
          response.getHeaders().put(HttpHeader.WWW_AUTHENTICATE, "Bearer realm=\"ugmm\"");
      case TOO_LARGE, SLOW -> // what is left of the body is not read
          response.getHeaders().put(HttpHeader.CONNECTION, HttpHeaderValue.CLOSE.asString());
      default -> {}
    }
    boolean isUnderstood =
        problem.kind() == Problem.Kind.REFUSED || problem.kind() == Problem.Kind.INPUT;
    if (isUnderstood && request.getHeaders().contains("Prefer", PROBLEM_AS_ANSWER)) {
      response.getHeaders().put("Preference-Applied", PROBLEM_AS_ANSWER);
      write(200, JSON, ByteBuffer.wrap(problem.jsonWithin()));
    } else {
      write(problem.status(), JSON, ByteBuffer.wrap(problem.json()));
    }
    return true;
  }

  void header(String name, String value) {
    response.getHeaders().put(name, value);
  }

  private void write(int status, String type, ByteBuffer body) {
    meter.count(route, status, System.nanoTime() - request.getBeginNanoTime());
    response.setStatus(status);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, type);
    response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.remaining());
    response.write(true, body, callback);
  }

  /** Begins an answer whose length is not known; {@link #claim} came before. */
  Response stream(String type) {
    response.setStatus(200);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, type);
    return response;
  }

  /** Ends an answer that was streamed. */
  void streamed() {
    meter.count(route, 200, System.nanoTime() - request.getBeginNanoTime());
    callback.succeeded();
  }

  /** The client is gone, or what was begun cannot be ended: closes the connection. */
  void abort(Throwable cause) {
    meter.count(route, 0, System.nanoTime() - request.getBeginNanoTime());
    callback.failed(cause);
  }

  /** Closes the connection under a client that takes nothing. */
  void cutOff() {
    request.getConnectionMetaData().getConnection().getEndPoint().close();
  }
}
