package org.ugmm.tool;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** A client that may do wrong: a bare connection to a service. */
final class Wire implements AutoCloseable {
  private final Socket socket = new Socket();
  final OutputStream out;
  private final InputStream in;

  /** What was answered. */
  record Reply(int status, String head, String body) {}

  Wire(URI service) throws IOException {
    this(service, 0);
  }

  /**
   * Connects.
   *
   * @param receiveBytes size of the buffer for what was not read yet, 0 for the usual
   */
  Wire(URI service, int receiveBytes) throws IOException {
    if (receiveBytes > 0) {
      socket.setReceiveBufferSize(receiveBytes);
    }
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(60_000);
    socket.connect(new InetSocketAddress("127.0.0.1", service.getPort()));
    out = socket.getOutputStream();
    in = new BufferedInputStream(socket.getInputStream(), 1 << 12);
  }

  static byte[] request(String path, String body) {
    return head(path, body.length(), body).getBytes(StandardCharsets.UTF_8);
  }

  /** A request that promises {@code length} bytes of a body. */
  static String head(String path, long length, String body) {
    return "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s"
        .formatted(path, length, body);
  }

  void send(byte[] bytes) throws IOException {
    out.write(bytes);
    out.flush();
  }

  /** Reads one answer. */
  Reply reply() throws IOException {
    StringBuilder head = new StringBuilder();
    int length = -1;
    boolean isChunked = false;
    for (String line = line(); !line.isEmpty(); line = line()) {
      head.append(line).append('\n');
      String lower = line.toLowerCase(Locale.ROOT);
      if (lower.startsWith("content-length:")) {
        length = Integer.parseInt(line.substring(15).strip());
      }
      isChunked |= lower.startsWith("transfer-encoding: chunked");
    }
    byte[] body = isChunked ? chunks() : length < 0 ? in.readAllBytes() : exactly(length);
    return new Reply(
        Integer.parseInt(head.substring(9, 12)),
        head.toString(),
        new String(body, StandardCharsets.UTF_8));
  }

  private byte[] exactly(int length) throws IOException {
    byte[] body = in.readNBytes(length);
    if (body.length < length) {
      throw new EOFException("an answer was cut off in its body");
    }
    return body;
  }

  private byte[] chunks() throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (int size = -1; size != 0; ) {
      size = Integer.parseInt(line(), 16);
      body.write(exactly(size));
      line();
    }
    return body.toByteArray();
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new EOFException("closed after '" + line + "'");
      }
      line.append((char) c);
    }
    return line.toString().stripTrailing();
  }

  /** Whether the service has closed the connection; waits until something comes. */
  boolean isClosed() {
    try {
      return in.read() < 0;
    } catch (IOException e) {
      return true;
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
