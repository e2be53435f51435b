package org.ugmm.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/**
 * Clients of which some do wrong: one request in ten is no JSON, too large, slow, cut off or no
 * HTTP. {@code -Dorg.ugmm.chaos.seconds=600} runs for that long; by default for some hundreds of
 * requests.
 */
class ServeChaosTest {
  private static final int CLIENTS = 4;
  private static final int ROWS = 60;
  private static final long SECONDS = Long.getLong("org.ugmm.chaos.seconds", 0);
  private static final int REQUESTS = 300;
  private static final String QUERY = "/v1/models/iris/query";

  private final byte[][] requests = new byte[ROWS][];
  private final String[] answers = new String[ROWS];
  private final AtomicLong good = new AtomicLong();
  private final AtomicLong bad = new AtomicLong();

  /** Set before the service is asked to end; only then may it turn good requests away. */
  private final AtomicBoolean isEnding = new AtomicBoolean();

  /** Queries for a thread of the pool, and for the selector's, each asked alone first. */
  private void askAlone(Served served) throws Exception {
    for (int r = 0; r < ROWS; r++) {
      String given =
          String.format(
              Locale.ROOT,
              "{\"petal_length\":%.1f,\"sepal_width\":[%.1f,null]}",
              1 + 0.1 * r,
              2 + 0.02 * r);
      String query =
          r % 10 == 9
              ? "{\"query\":\"mpe\",\"given\":" + given + "}"
              : "{\"query\":\"posterior\",\"variables\":[\"species\"],\"given\":" + given + "}";
      requests[r] = Wire.request(QUERY, query);
      answers[r] = served.query(query).body();
    }
  }

  @Test
  void load_withTenPercentWrong_isAnsweredRightAndEndsCleanly() throws Exception {
    Served served =
        Served.start("iris=@" + Run.IRIS_CIRCUIT, "--max-body", "64k", "--queue", "256");
    ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);
    try {
      askAlone(served);
      List<Future<Void>> clients = new ArrayList<>();
      for (int c = 0; c < CLIENTS; c++) {
        clients.add(threads.submit(client(served, c)));
      }
      if (SECONDS > 0) {
        watchTheHeap();
        isEnding.set(true);
        served.interrupt();
      }
      for (Future<Void> client : clients) {
        client.get();
      }
      if (SECONDS == 0) {
        assertEquals((long) CLIENTS * REQUESTS, good.get() + bad.get());
        assertTrue(bad.get() > CLIENTS * REQUESTS / 20, bad.toString());
        String metrics = served.get("metrics").body();
        assertFalse(metrics.contains("status=\"500\""), metrics);
      }
      served.interrupt();
      assertEquals(0, served.exitStatus(), served.err());
      assertFalse(served.err().contains("failed with"), served.err());
      System.out.printf("%d right answers, %d wrong requests%n", good.get(), bad.get());
    } finally {
      threads.shutdownNow();
      served.close();
    }
  }

  /**
   * The heap after a collection must not have grown from the first quarter of the time to the end.
   */
  private void watchTheHeap() throws InterruptedException {
    Thread.sleep(250 * SECONDS);
    long early = usedBytes();
    Thread.sleep(750 * SECONDS);
    long late = usedBytes();
    System.out.printf("heap after a collection: %,d then %,d bytes%n", early, late);
    assertTrue(late < early + (8 << 20), early + " then " + late);
  }

  private static long usedBytes() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  private Callable<Void> client(Served served, int number) {
    return () -> {
      SplittableRandom random = new SplittableRandom(number);
      Wire wire = new Wire(served.address);
      try {
        for (int i = 0; SECONDS > 0 ? !isEnding.get() : i < REQUESTS; i++) {
          if (random.nextInt(10) == 0) {
            wrong(served, random);
            bad.incrementAndGet();
          } else if (!right(wire, random)) {
            return null;
          }
        }
      } finally {
        wire.close();
      }
      return null;
    };
  }

  /** A few requests at once; false where the service is ending and has closed the connection. */
  private boolean right(Wire wire, SplittableRandom random) throws IOException {
    int row = random.nextInt(ROWS);
    try {
      wire.send(requests[row]);
      Wire.Reply reply = wire.reply();
      if (isEnding.get() && reply.status() == 503) {
        return false;
      }
      assertEquals(answers[row], reply.body());
      good.incrementAndGet();
      return true;
    } catch (EOFException | SocketException e) {
      boolean isCutOff = String.valueOf(e.getMessage()).contains("cut off");
      if (isEnding.get() && !isCutOff) {
        return false; // closed before it took the request
      }
      throw e;
    }
  }

  private void wrong(Served served, SplittableRandom random) throws Exception {
    try (Wire wire = new Wire(served.address)) {
      switch (random.nextInt(6)) {
        case 0 -> refused(wire, Wire.request(QUERY, "{\"query\":\"mpe\",,}"), 400);
        case 1 ->
            refused(wire, Wire.request(QUERY, "{\"query\":\"mpe\",\"given\":{\"x\":1}}"), 422);
        case 2 -> refused(wire, bytes(Wire.head(QUERY, 1L << 40, "{")), 413);
        case 3 -> { // cut off in the body
          wire.send(bytes(Wire.head(QUERY, 500, "{\"query\":")));
        }
        case 4 -> { // slow, but whole in the end
          byte[] request = requests[0];
          for (int from = 0; from < request.length; from += 40) {
            wire.send(
                java.util.Arrays.copyOfRange(request, from, Math.min(from + 40, request.length)));
            Thread.sleep(1);
          }
          if (!isEnding.get()) {
            assertEquals(answers[0], wire.reply().body());
          }
        }
        default -> refused(wire, bytes("\u0001\u0002 nonsense\r\n\r\n"), 400);
      }
    } catch (EOFException | SocketException e) {
      if (!isEnding.get()) {
        throw e;
      }
    }
  }

  private void refused(Wire wire, byte[] request, int status) throws IOException {
    wire.send(request);
    Wire.Reply reply = wire.reply();
    assertTrue(reply.status() == status || isEnding.get(), reply.toString());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
