package org.ugmm.tool;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.ugmm.testdata.Golden;
import org.ugmm.tool.out.StandardOutput;

/** The command {@code serve} in the test's JVM, and a client of it. */
final class Served implements AutoCloseable {
  static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient client = HttpClient.newHttpClient();
  private final CompletableFuture<Integer> status = new CompletableFuture<>();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final Thread thread;

  /** What it printed when it listened. */
  final JsonNode hello;

  final URI address;

  private Served(String... args) throws IOException {
    PipedInputStream printed = new PipedInputStream(1 << 16);
    PrintStream out = new PrintStream(new PipedOutputStream(printed), true, StandardCharsets.UTF_8);
    PrintStream errors = new PrintStream(err, true, StandardCharsets.UTF_8);
    Console console =
        new Console(
            new ByteArrayInputStream(new byte[0]),
            out,
            errors,
            false,
            false,
            StandardOutput.UNLIMITED);
    thread =
        new Thread(
            () -> {
              status.complete(Main.run(console, args));
              out.close();
            },
            "serve");
    thread.start();
    JsonNode said = JSON.readTree(printed);
    if (said == null || !said.has("address")) {
      throw new IOException("did not start: " + err.toString(StandardCharsets.UTF_8));
    }
    hello = said;
    address = URI.create(said.get("address").asText());
  }

  /** Starts on a free port and waits until it is ready; {@code @path} stands for a golden file. */
  static Served start(String... args) throws Exception {
    List<String> all = new ArrayList<>(List.of("serve", "--port", "0", "--json", "--quiet"));
    Arrays.stream(args).map(Served::resolved).forEach(all::add);
    Served served = new Served(all.toArray(String[]::new));
    while (!served.address.getScheme().equals("https")
        && served.get("readyz").statusCode() != 200) {
      Thread.onSpinWait();
    }
    return served;
  }

  private static String resolved(String arg) {
    int at = arg.indexOf('@');
    return at < 0 ? arg : arg.substring(0, at) + Golden.find(arg.substring(at + 1));
  }

  HttpResponse<String> get(String path) throws Exception {
    return send(HttpRequest.newBuilder(address.resolve(path)));
  }

  HttpResponse<String> post(String path, String body) throws Exception {
    return send(HttpRequest.newBuilder(address.resolve(path)).POST(BodyPublishers.ofString(body)));
  }

  /** A query on the model {@code iris}. */
  HttpResponse<String> query(String body) throws Exception {
    return post("v1/models/iris/query", body);
  }

  /** Sends again where the service had just closed the kept connection as idle. */
  HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    for (int tries = 3; ; tries--) {
      try {
        return client.send(request.build(), BodyHandlers.ofString());
      } catch (IOException e) {
        if (tries == 1 || !String.valueOf(e.getMessage()).contains("received no bytes")) {
          throw e;
        }
      }
    }
  }

  /** What the service printed on standard error. */
  String err() {
    return err.toString(StandardCharsets.UTF_8);
  }

  /** Asks for the end, as a signal does. */
  void interrupt() {
    thread.interrupt();
  }

  /** The exit status, once it has ended. */
  int exitStatus() throws Exception {
    return status.get(60, TimeUnit.SECONDS);
  }

  @Override
  public void close() throws Exception {
    interrupt();
    exitStatus();
  }
}
