package org.ugmm.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.CircuitBuilder;
import org.ugmm.engine.data.Variable;

/** {@code ugmm serve} at its limits: full, late, slow, ending. */
class ServeLimitsTest {
  private static final String CIRCUIT = "iris=@" + Run.IRIS_CIRCUIT;
  private static final String QUERY = "/v1/models/iris/query";
  private static final String BATCH = "/v1/models/iris/batch";
  private static final String SLOW_QUERY = "{\"query\":\"mpe\",\"budget\":%d}";
  private static final int ROWS = 30_000;

  /** A batch whose answer is larger than what buffers take, so that its thread waits for us. */
  private static byte[] largeBatch() {
    StringBuilder rows = new StringBuilder("{\"query\":\"posterior\",\"variables\":[\"species\"],");
    rows.append("\"rows\":[");
    for (int r = 0; r < ROWS; r++) {
      rows.append(r == 0 ? "" : ",").append("{\"petal_length\":").append(1 + r % 6).append('}');
    }
    return Wire.request(BATCH, rows.append("]}").toString());
  }

  private static void awaitFigure(Served served, String figure) throws Exception {
    while (!served.get("metrics").body().contains(figure + "\n")) {
      Thread.sleep(5);
    }
  }

  private static void assertWhole(Wire.Reply reply) {
    assertEquals(200, reply.status());
    String[] lines = reply.body().split("\n");
    assertEquals(ROWS, lines.length, lines[lines.length - 1]);
    for (int r = 0; r < ROWS; r++) {
      assertEquals(lines[r % 6], lines[r], "row " + r);
    }
  }

  @Test
  void queue_full_turnsAwayAndLosesNothing() throws Exception {
    try (Served served = Served.start(CIRCUIT, "--threads", "1", "--queue", "1");
        Wire first = new Wire(served.address, 1 << 16);
        Wire second = new Wire(served.address, 1 << 16)) {
      first.send(largeBatch());
      awaitFigure(served, "ugmm_working_requests 1.0");
      second.send(largeBatch());
      awaitFigure(served, "ugmm_waiting_requests 1.0");
      var turnedAway = served.query("{\"query\":\"mpe\"}");
      assertEquals(503, turnedAway.statusCode(), turnedAway.body());
      assertEquals("1", turnedAway.headers().firstValue("Retry-After").orElse(""));
      assertTrue(turnedAway.body().contains("\"BUSY\""), turnedAway.body());
      assertEquals(200, served.query("{\"query\":\"marginal\"}").statusCode()); // needs no thread
      assertWhole(first.reply());
      assertWhole(second.reply());
      assertEquals(200, served.query("{\"query\":\"mpe\"}").statusCode());
    }
  }

  @Test
  void end_withWorkAccepted_finishesIt() throws Exception {
    Served served = Served.start(CIRCUIT, "--threads", "1");
    try (Wire first = new Wire(served.address, 1 << 16);
        Wire second = new Wire(served.address)) {
      first.send(largeBatch());
      awaitFigure(served, "ugmm_working_requests 1.0");
      second.send(Wire.request(QUERY, "{\"query\":\"mpe\"}"));
      awaitFigure(served, "ugmm_waiting_requests 1.0");
      served.interrupt();
      awaitRefused(served);
      assertWhole(first.reply());
      assertEquals(200, second.reply().status());
      assertEquals(0, served.exitStatus(), served.err());
    }
  }

  /** Waits until nobody new is let in. */
  private static void awaitRefused(Served served) throws InterruptedException {
    while (true) {
      try (Wire late = new Wire(served.address)) {
        Thread.sleep(5);
      } catch (IOException e) {
        return;
      }
    }
  }

  @Test
  void deadline_past_isSaid() throws Exception {
    try (Served served =
        Served.start(
            "iris=@" + Run.IRIS_DEEP,
            "--domain",
            "*=[-1000,1000]",
            "--deadline",
            "50ms",
            "--tolerance",
            "0")) {
      var late = served.query(SLOW_QUERY.formatted(10_000_000));
      assertEquals(504, late.statusCode(), late.body());
      assertTrue(late.body().contains("\"DEADLINE\""), late.body());
    }
  }

  /** A mixture over reals x0, x1, ... */
  static Circuit mixture(int components, int width) {
    List<Variable> variables = new ArrayList<>();
    for (int v = 0; v < width; v++) {
      variables.add(Variable.real("x" + v));
    }
    CircuitBuilder b = Circuit.builder(variables);
    int[] children = new int[components];
    double[] weights = new double[components];
    for (int k = 0; k < components; k++) {
      int[] leaves = new int[width];
      for (int v = 0; v < width; v++) {
        leaves[v] = b.gaussian(v, (k * 31 + v * 17) % 97 / 97.0, 0.5);
      }
      children[k] = b.product(leaves);
      weights[k] = 1.0 / components;
    }
    return b.build(b.sumLinear(children, weights));
  }

  private static String joined(String separator, int count, IntFunction<String> text) {
    return IntStream.range(0, count).mapToObj(text).collect(Collectors.joining(separator));
  }

  @Test
  @Timeout(120) // without the stop, minutes for each of them
  void deadline_past_freesTheThread(@TempDir Path folder) throws Exception {
    int width = 20;
    Path file = folder.resolve("wide.circuit");
    mixture(2000, width).save(file);
    String intervals = joined(",", width - 2, v -> "\"x%d\":[0,1]".formatted(v + 1));
    String table =
        joined(",", width, v -> "x" + v)
            + joined("", 2000, r -> "\\n" + joined(",", width, v -> r % (v + 2) == 0 ? "" : "1"));
    Map<String, String> slow =
        Map.of(
            "explain",
            "{\"target\":\"x0\",\"given\":{%s},\"budget\":9000000}".formatted(intervals),
            "advise",
            "{\"target\":\"x0\",\"given\":{\"x1\":[0,1]}}",
            "query",
            "{\"query\":\"sample\",\"count\":5000,\"where\":\"x0 > 0 or x1 > 0\"}",
            "check",
            "{\"data\":\"%s\"}".formatted(table));
    try (Served served = Served.start("wide=" + file, "--threads", "1", "--deadline", "200ms")) {
      for (Map.Entry<String, String> request : slow.entrySet()) {
        var late = served.post("v1/models/wide/" + request.getKey(), request.getValue());
        assertEquals(504, late.statusCode(), late.body());
        awaitFigure(served, "ugmm_working_requests 0.0");
      }
      assertEquals(
          200, served.post("v1/models/wide/query", "{\"query\":\"marginal\"}").statusCode());
      assertEquals("", served.err());
    }
  }

  @Test
  void client_slowOrSilent_isCutOff() throws Exception {
    try (Served served = Served.start(CIRCUIT, "--patience", "300ms");
        Wire slow = new Wire(served.address);
        Wire silent = new Wire(served.address)) {
      slow.send(Wire.head(QUERY, 100, "{\"query\":").getBytes(StandardCharsets.UTF_8));
      Wire.Reply reply = slow.reply();
      assertEquals(408, reply.status(), reply.toString());
      assertTrue(slow.isClosed());
      assertTrue(silent.isClosed());
      assertEquals(200, served.query("{\"query\":\"marginal\"}").statusCode());
    }
  }

  @Test
  void connections_thousandIdle_areHarmless() throws Exception {
    List<Wire> idle = new ArrayList<>();
    try (Served served = Served.start(CIRCUIT)) {
      for (int i = 0; i < 1000; i++) {
        idle.add(new Wire(served.address));
      }
      for (int i = 0; i < 1000; i += 100) {
        assertEquals(200, served.query("{\"query\":\"marginal\"}").statusCode());
        idle.get(i).send(Wire.request(QUERY, "{\"query\":\"marginal\"}"));
        assertEquals(200, idle.get(i).reply().status());
      }
    } finally {
      for (Wire wire : idle) {
        wire.close();
      }
    }
  }

  @Test
  void bytes_thatAreNoHttp_areRefused() throws Exception {
    try (Served served = Served.start(CIRCUIT)) {
      for (String text :
          List.of(
              "nonsense\r\n\r\n",
              "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
              "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + "x".repeat(20_000) + "\r\n\r\n",
              "POST " + QUERY + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n")) {
        try (Wire wire = new Wire(served.address)) {
          wire.send(text.getBytes(StandardCharsets.UTF_8));
          Wire.Reply reply = wire.reply();
          assertTrue(reply.status() >= 400 && reply.status() < 500, reply.toString());
          assertTrue(reply.body().contains("\"kind\":\"MALFORMED\""), reply.toString());
        }
      }
      try (Wire wire = new Wire(served.address)) {
        wire.send(
            "GET /v1/models HTTP/1.1\r\nHost: evil.example\r\n\r\n"
                .getBytes(StandardCharsets.UTF_8));
        assertEquals(403, wire.reply().status());
      }
    }
  }

  @Test
  void keystore_given_servesTls(@TempDir Path folder) throws Exception {
    Path keystore = folder.resolve("keys.p12");
    Process made =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keystore",
                keystore.toString(),
                "-storetype",
                "PKCS12",
                "-storepass",
                "changeit",
                "-alias",
                "a",
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost",
                "-ext",
                "san=ip:127.0.0.1,dns:localhost")
            .redirectErrorStream(true)
            .start();
    made.getInputStream().readAllBytes();
    assertEquals(0, made.waitFor());
    KeyStore trusted = KeyStore.getInstance(keystore.toFile(), "changeit".toCharArray());
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    Path password = Files.writeString(folder.resolve("password"), "changeit\n");
    try (Served served =
        Served.start(
            CIRCUIT,
            "--tls-keystore",
            keystore.toString(),
            "--tls-password",
            password.toString())) {
      assertEquals("https", served.address.getScheme());
      var client = java.net.http.HttpClient.newBuilder().sslContext(context).build();
      var response =
          client.send(
              java.net.http.HttpRequest.newBuilder(served.address.resolve("v1/models")).build(),
              java.net.http.HttpResponse.BodyHandlers.ofString());
      assertEquals(200, response.statusCode());
      assertTrue(response.body().contains("iris"));
    }
  }
}
