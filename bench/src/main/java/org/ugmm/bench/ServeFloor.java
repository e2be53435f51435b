package org.ugmm.bench;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * The floor under {@link ServeLoad}: a server on the same library that reads a request to its end
 * and answers with always the same bytes, as many as a posterior of Iris has. What {@code ugmm
 * serve} takes beyond it is reading the question, answering it and writing the answer.
 *
 * <pre>
 * java -cp bench/target/benchmarks.jar org.ugmm.bench.ServeFloor 8081 &amp;
 * java -cp bench/target/benchmarks.jar org.ugmm.bench.ServeLoad 8081 $! 4 1 10
 * </pre>
 *
 * <p>The argument is the port.
 */
public final class ServeFloor extends Handler.Abstract.NonBlocking {
  private final byte[] answer = new byte[420];

  private ServeFloor() {
    Arrays.fill(answer, (byte) ' ');
  }

  /** Answers at once: the requests of {@link ServeLoad} come as a whole. */
  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    boolean isLast = false;
    while (!isLast) {
      Content.Chunk chunk = request.read();
      if (chunk == null || Content.Chunk.isFailure(chunk)) {
        callback.failed(new IllegalStateException("the request came in pieces"));
        return true;
      }
      isLast = chunk.isLast();
      chunk.release();
    }
    response.setStatus(200);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
    response.getHeaders().put(HttpHeader.CONTENT_LENGTH, answer.length);
    response.write(true, ByteBuffer.wrap(answer), callback);
    return true;
  }

  /** Serves until it is ended; see the class. */
  public static void main(String[] args) throws Exception {
    int selectors = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    Server server = new Server(new QueuedThreadPool(selectors + 14, selectors + 4));
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    ServerConnector connector =
        new ServerConnector(server, 1, selectors, new HttpConnectionFactory(http));
    connector.setHost("127.0.0.1");
    connector.setPort(Integer.parseInt(args[0]));
    server.addConnector(connector);
    server.setHandler(new ServeFloor());
    server.start();
  }
}
