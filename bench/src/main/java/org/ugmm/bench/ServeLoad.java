package org.ugmm.bench;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.ugmm.testdata.Golden;

/**
 * Requests a second of {@code ugmm serve} on posteriors of the class of Iris flowers, over kept
 * loopback connections. Every answer is compared with the one that its row had alone.
 *
 * <pre>
 * ugmm serve testdata/models/iris-circuit/iris.graph.json --port 8080 &amp;
 * java -cp bench/target/benchmarks.jar org.ugmm.bench.ServeLoad 8080 $! 4 16 10
 * </pre>
 *
 * <p>The arguments: the port, the process of the service, connections, requests that each sends
 * before it reads the answers, seconds measured after as many to warm up. Prints requests a second,
 * requests a second of processor time of the service, and the times of one write of requests until
 * its last answer.
 */
public final class ServeLoad {
  private static final int ROWS = 150;

  private final int port;
  private final int depth;
  private final byte[][] requests;
  private final byte[][] answers = new byte[ROWS][];

  private ServeLoad(int port, int depth) throws IOException {
    this.port = port;
    this.depth = depth;
    requests = requests();
    try (Connection alone = new Connection()) {
      for (int r = 0; r < ROWS; r++) {
        alone.out.write(requests[r]);
        answers[r] = alone.answer();
      }
    }
  }

  private static byte[][] requests() throws IOException {
    List<String> lines = java.nio.file.Files.readAllLines(Golden.find("data/iris.csv"));
    String[] names = lines.get(0).split(",", -1);
    byte[][] requests = new byte[ROWS][];
    for (int r = 0; r < ROWS; r++) {
      String[] cells = lines.get(r + 1).split(",", -1);
      StringBuilder given = new StringBuilder();
      for (int v = 0; v < 4; v++) {
        given.append(v == 0 ? "" : ",").append('"').append(names[v]).append("\":").append(cells[v]);
      }
      String body =
          "{\"query\":\"posterior\",\"variables\":[\"species\"],\"given\":{%s}}".formatted(given);
      requests[r] =
          "POST /v1/models/iris/query HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s"
              .formatted(body.length(), body)
              .getBytes(StandardCharsets.US_ASCII);
    }
    return requests;
  }

  /** A connection that is kept. */
  private final class Connection implements AutoCloseable {
    private final Socket socket = new Socket();
    private final OutputStream out;
    private final InputStream in;

    Connection() throws IOException {
      socket.setTcpNoDelay(true);
      socket.connect(new InetSocketAddress("127.0.0.1", port));
      out = socket.getOutputStream();
      in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
    }

    /** The body of the next answer. */
    byte[] answer() throws IOException {
      int length = -1;
      String status = line();
      if (!status.equals("HTTP/1.1 200 OK")) {
        throw new IOException("answered with " + status);
      }
      for (String line = line(); !line.isEmpty(); line = line()) {
        if (line.startsWith("Content-Length: ")) {
          length = Integer.parseInt(line.substring(16));
        }
      }
      return in.readNBytes(length);
    }

    private final byte[] text = new byte[1024];

    private String line() throws IOException {
      int size = 0;
      for (int c = in.read(); c != '\n'; c = in.read()) {
        if (c < 0) {
          throw new EOFException("the service closed the connection");
        }
        text[size++] = (byte) c;
      }
      return new String(text, 0, size - 1, StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  /** Sends and reads until a time; the nanoseconds of each round. */
  private long[] run(int first, long untilNanos) throws IOException {
    long[] times = new long[1 << 16];
    int count = 0;
    try (Connection connection = new Connection()) {
      byte[] round = new byte[1 << 16];
      for (int r = first; System.nanoTime() - untilNanos < 0; r = (r + depth) % ROWS) {
        int size = 0;
        for (int d = 0; d < depth; d++) {
          byte[] request = requests[(r + d) % ROWS];
          System.arraycopy(request, 0, round, size, request.length);
          size += request.length;
        }
        long start = System.nanoTime();
        connection.out.write(round, 0, size);
        for (int d = 0; d < depth; d++) {
          byte[] answer = connection.answer();
          if (!Arrays.equals(answer, answers[(r + d) % ROWS])) {
            throw new IOException(
                "another answer under load: " + new String(answer, StandardCharsets.UTF_8));
          }
        }
        if (count == times.length) {
          times = Arrays.copyOf(times, 2 * count);
        }
        times[count++] = System.nanoTime() - start;
      }
    }
    return Arrays.copyOf(times, count);
  }

  private long[] run(int connections, Duration time) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(connections);
    try {
      long until = System.nanoTime() + time.toNanos();
      List<Callable<long[]>> clients = new ArrayList<>();
      for (int c = 0; c < connections; c++) {
        int first = c * 37 % ROWS;
        clients.add(() -> run(first, until));
      }
      long[] all = {};
      for (Future<long[]> client : threads.invokeAll(clients)) {
        long[] times = client.get();
        int before = all.length;
        all = Arrays.copyOf(all, before + times.length);
        System.arraycopy(times, 0, all, before, times.length);
      }
      Arrays.sort(all);
      return all;
    } finally {
      threads.shutdownNow();
    }
  }

  private static @Nullable Duration processorTime(long process) {
    return ProcessHandle.of(process).flatMap(p -> p.info().totalCpuDuration()).orElse(null);
  }

  /** Measures; see the class. */
  public static void main(String[] args) throws Exception {
    int depth = Integer.parseInt(args[3]);
    int connections = Integer.parseInt(args[2]);
    long process = Long.parseLong(args[1]);
    Duration time = Duration.ofSeconds(Long.parseLong(args[4]));
    ServeLoad load = new ServeLoad(Integer.parseInt(args[0]), depth);
    load.run(connections, time);
    Duration before = processorTime(process);
    long start = System.nanoTime();
    long[] rounds = load.run(connections, time);
    double seconds = (System.nanoTime() - start) / 1e9;
    Duration after = processorTime(process);
    double requests = (double) rounds.length * depth;
    System.out.printf(
        Locale.ROOT,
        "%d connections, %d requests a write: %,.0f requests/s; a write and its answers take %.3f ms"
            + " (median), %.3f ms (p99)%n",
        connections,
        depth,
        requests / seconds,
        rounds[rounds.length / 2] / 1e6,
        rounds[(int) (rounds.length * 0.99)] / 1e6);
    if (before != null && after != null) {
      double busy = after.minus(before).toNanos() / 1e9;
      System.out.printf(
          Locale.ROOT,
          "the service used %.2f s of a processor in %.2f s: %,.0f requests a second and core%n",
          busy,
          seconds,
          requests / busy);
    }
  }
}
