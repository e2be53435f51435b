package org.ugmm.tool.mcp;

import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.json.TypeRef;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse.JSONRPCError;
import io.modelcontextprotocol.spec.McpServerSession;
import io.modelcontextprotocol.spec.McpServerTransport;
import io.modelcontextprotocol.spec.McpServerTransportProvider;
import io.modelcontextprotocol.spec.ProtocolVersions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.ugmm.tool.out.OutputException;
import reactor.core.publisher.Mono;

/**
 * Messages of the protocol as lines of two streams. Unlike the SDK's own transport it answers a
 * line that is no message with an error and goes on, takes answers from many threads at once,
 * answers what it has read before it ends with its input, and ends where nobody takes its answers.
 */
final class LineTransport implements McpServerTransportProvider, McpServerTransport {
  /** Bytes of the longest line: a message is not read without end. */
  private static final int LONGEST = 16 << 20;

  /** Messages that are answered at once; the next one is read when one of them is. */
  private static final int MOST_AT_ONCE = 1 << 12;

  private final McpJsonMapper json;
  private final InputStream in;
  private final OutputStream out;

  /** One permit for each message that may still be taken. */
  private final Semaphore free = new Semaphore(MOST_AT_ONCE);

  /** Why answers cannot be written, null while they can. */
  private volatile @Nullable OutputException broken;

  /** Whether the client has said that it is ready. */
  private boolean isInitialised;

  private McpServerSession.@Nullable Factory factory;
  private @Nullable McpServerSession session;

  LineTransport(McpJsonMapper json, InputStream in, OutputStream out) {
    this.json = json;
    this.in = in;
    this.out = out;
  }

  @Override
  public void setSessionFactory(McpServerSession.Factory sessionFactory) {
    factory = sessionFactory;
  }

  /**
   * Reads and answers messages until the input ends, and then until the last one is answered.
   *
   * @throws IOException if the input fails
   * @throws OutputException if an answer could not be written; what comes after it is not read
   */
  void run() throws IOException {
    if (factory == null) {
      throw new IllegalStateException("the server was not built");
    }
    McpServerSession client = factory.create(this);
    session = client;
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    boolean isTooLong = false;
    byte[] block = new byte[8192];
    for (int n = in.read(block); n >= 0 && broken == null; n = in.read(block)) {
      int from = 0;
      for (int i = 0; i < n; i++) {
        if (block[i] == '\n') {
          take(client, line, block, from, i, isTooLong);
          isTooLong = false;
          from = i + 1;
        }
      }
      isTooLong |= line.size() + n - from > LONGEST;
      if (isTooLong) {
        line.reset();
      } else {
        line.write(block, from, n - from);
      }
    }
    take(client, line, block, 0, 0, isTooLong);
    free.acquireUninterruptibly(MOST_AT_ONCE);
    OutputException failure = broken;
    if (failure != null) {
      throw failure;
    }
  }

  private void take(
      McpServerSession client,
      ByteArrayOutputStream line,
      byte[] block,
      int from,
      int to,
      boolean isTooLong) {
    if (isTooLong) {
      refuse(null, McpSchema.ErrorCodes.INVALID_REQUEST, "a line has more than 16 MiB");
      line.reset();
      return;
    }
    line.write(block, from, to - from);
    String text = line.toString(StandardCharsets.UTF_8).strip();
    line.reset();
    if (!text.isEmpty()) {
      message(client, text);
    }
  }

  private void message(McpServerSession client, String text) {
    Map<?, ?> fields;
    try {
      fields = json.readValue(text, Map.class);
    } catch (IOException | RuntimeException e) {
      refuse(null, McpSchema.ErrorCodes.PARSE_ERROR, "the line is not a JSON object");
      return;
    }
    Object id = fields.get("id");
    JSONRPCMessage message;
    try {
      message = McpSchema.deserializeJsonRpcMessage(json, text);
    } catch (IOException | RuntimeException e) {
      refuse(
          id,
          McpSchema.ErrorCodes.INVALID_REQUEST,
          "the object is no JSON-RPC 2.0 message: expected jsonrpc, method and params");
      return;
    }
    if (message instanceof JSONRPCNotification told
        && told.method().equals(McpSchema.METHOD_NOTIFICATION_INITIALIZED)) {
      isInitialised = true;
    }
    if (!isInitialised
        && message instanceof JSONRPCRequest asked
        && !asked.method().equals(McpSchema.METHOD_INITIALIZE)) {
      // the SDK would wait for the notification, which need not come
      refuse(
          id,
          McpSchema.ErrorCodes.INVALID_REQUEST,
          "the session has not begun: expected initialize, then notifications/initialized");
      return;
    }
    free.acquireUninterruptibly();
    client
        .handle(message)
        .doFinally(end -> free.release())
        .subscribe(
            unused -> {},
            e -> {
              if (id != null) {
                refuse(id, McpSchema.ErrorCodes.INTERNAL_ERROR, "the call failed");
              }
            });
  }

  private void refuse(@Nullable Object id, int code, String text) {
    if (id == null) {
      // the SDK's response needs an id; JSON-RPC wants null here
      write(
          "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":%d,\"message\":\"%s\"}}"
              .formatted(code, text));
    } else {
      write(text(JSONRPCResponse.error(id, new JSONRPCError(code, text))));
    }
  }

  private String text(Object message) {
    try {
      return json.writeValueAsString(message);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void write(String message) {
    byte[] line = (message + "\n").getBytes(StandardCharsets.UTF_8);
    synchronized (out) {
      if (broken != null) {
        return;
      }
      try {
        out.write(line);
        out.flush();
      } catch (IOException e) {
        broken = new OutputException(e);
      } catch (OutputException e) {
        broken = e;
      }
    }
  }

  @Override
  public Mono<Void> sendMessage(JSONRPCMessage message) {
    return Mono.fromRunnable(() -> write(text(message)));
  }

  @Override
  public <T> T unmarshalFrom(Object data, TypeRef<T> type) {
    return json.convertValue(data, type);
  }

  @Override
  public Mono<Void> notifyClients(String method, Object params) {
    return session == null ? Mono.empty() : session.sendNotification(method, params);
  }

  @Override
  public Mono<Void> closeGracefully() {
    return Mono.empty();
  }

  @Override
  public void close() {}

  @Override
  public List<String> protocolVersions() {
    return List.of(
        ProtocolVersions.MCP_2024_11_05,
        ProtocolVersions.MCP_2025_03_26,
        ProtocolVersions.MCP_2025_06_18,
        ProtocolVersions.MCP_2025_11_25);
  }
}
