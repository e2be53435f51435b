package org.ugmm.tool.serve;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * The HTTP service of some models. It listens as soon as it is made, and is ready when every model
 * has answered its first questions. Closing it finishes what was accepted. Safe to share.
 */
public final class Service implements AutoCloseable {
  private static final int HEADER_BYTES = 8192;

  private final Server server;
  private final ServerConnector connector;
  private final ServeOptions options;
  private final PrintStream log;
  private final Work work;
  private final Finishing finishing;
  private final Routes routes;
  private final Map<String, ServedModel> models = new LinkedHashMap<>();

  private Service(ServeOptions options, List<ServedModel> served, PrintStream log) {
    this.options = options;
    this.log = log;
    served.forEach(model -> models.put(model.name(), model));
    int selectors = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    QueuedThreadPool threads = new QueuedThreadPool(selectors + 14, selectors + 4);
    threads.setName("ugmm-http");
    server = new Server(threads);
    connector = new ServerConnector(server, 1, selectors, protocols(options));
    connector.setHost(options.host());
    connector.setPort(options.port());
    connector.setIdleTimeout(options.patience().toMillis());
    connector.setAcceptQueueSize(1024);
    connector.setShutdownIdleTimeout(0); // who waits for an answer is not idle
    server.addConnector(connector);
    server.addBean(new NetworkConnectionLimit(options.connections(), connector));
    Scheduler scheduler = connector.getScheduler();
    work = new Work(options.threads(), options.queue(), options.deadline(), scheduler);
    Meter meter = new Meter(work::waiting, work::working);
    routes = new Routes(options, models, new Desk(options, work, scheduler, log), meter, scheduler);
    finishing = new Finishing(routes);
    server.setHandler(finishing);
    server.setErrorHandler(Service::unreadable);
  }

  private static ConnectionFactory[] protocols(ServeOptions options) {
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    http.setRequestHeaderSize(HEADER_BYTES);
    HttpConnectionFactory plain = new HttpConnectionFactory(http);
    if (options.keystore() == null) {
      return new ConnectionFactory[] {plain};
    }
    SslContextFactory.Server tls = new SslContextFactory.Server();
    tls.setKeyStorePath(options.keystore().toAbsolutePath().toString());
    tls.setKeyStorePassword(options.keystorePassword());
    return new ConnectionFactory[] {
      new SslConnectionFactory(tls, HttpVersion.HTTP_1_1.asString()), plain
    };
  }

  /**
   * Begins to listen.
   *
   * @param log where failures of the service itself go
   * @throws IOException if the address cannot be listened on, or the keystore not be read
   */
  public static Service start(ServeOptions options, List<ServedModel> models, PrintStream log)
      throws IOException {
    Service service = new Service(options, models, log);
    try {
      service.server.start();
    } catch (Exception e) {
      service.close();
      throw e instanceof IOException io ? io : new IOException(e.getMessage(), e);
    }
    return service;
  }

  /** Asks each model its first questions; {@code /readyz} says so from then on. */
  public void warmUp() {
    models.values().forEach(model -> model.loaded().warmUp());
    routes.ready();
  }

  /** Where it listens, such as {@code http://127.0.0.1:8080/}. */
  public String address() {
    String host = options.host().contains(":") ? "[" + options.host() + "]" : options.host();
    return "%s://%s:%d/"
        .formatted(options.keystore() == null ? "http" : "https", host, connector.getLocalPort());
  }

  /** Tells who comes while the service ends, instead of an empty answer. */
  private static final class Finishing extends GracefulHandler {
    Finishing(Routes routes) {
      super(routes);
    }

    @Override
    protected void handleShutdownRejection(Request request, Response response, Callback callback) {
      problem(response, callback, Problem.STOPPING);
    }
  }

  /** What is not even HTTP. */
  private static boolean unreadable(Request request, Response response, Callback callback) {
    int status = response.getStatus();
    problem(
        response,
        callback,
        Problem.of(
            status,
            status < 500 ? Problem.Kind.MALFORMED : Problem.Kind.FAILED,
            "the request is no HTTP/1.1 that is served here (status %d)".formatted(status),
            "request line and headers",
            "send HTTP/1.1 with at most %d bytes of headers".formatted(HEADER_BYTES)));
    return true;
  }

  private static void problem(Response response, Callback callback, Problem problem) {
    byte[] body = problem.json();
    response.setStatus(problem.status());
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, Exchange.JSON);
    response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
    if (problem.kind() == Problem.Kind.STOPPING) {
      response.getHeaders().put(HttpHeader.RETRY_AFTER, 1);
      response.getHeaders().put(HttpHeader.CONNECTION, "close");
    }
    response.write(true, ByteBuffer.wrap(body), callback);
  }

  /** Takes nothing new, finishes what was accepted, and ends. */
  @Override
  public void close() {
    long patience = options.deadline().plus(options.patience()).toMillis();
    try {
      if (server.isStarted()) {
        var unused = connector.shutdown(); // its end is when no client is connected any more
        finishing.shutdown().get(patience, TimeUnit.MILLISECONDS);
      }
    } catch (TimeoutException e) {
      log.println("ugmm: requests were still not answered after %d ms".formatted(patience));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      throw new IllegalStateException("the service did not stop cleanly", e);
    } finally {
      end();
    }
  }

  private void end() {
    try {
      server.stop();
    } catch (Exception e) {
      log.println("ugmm: the service did not stop cleanly: " + e);
    } finally {
      work.close();
    }
  }
}
