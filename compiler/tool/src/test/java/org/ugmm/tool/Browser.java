package org.ugmm.tool;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A headless Chromium, led by the WebDriver protocol. */
final class Browser implements AutoCloseable {
  private static final Pattern PORT = Pattern.compile("successfully on port (\\d+)");

  private final HttpClient client = HttpClient.newHttpClient();
  private final Process driver;
  private final URI address;
  private String session = "";

  private Browser(Process driver, int port) {
    this.driver = driver;
    address = URI.create("http://127.0.0.1:" + port);
  }

  private static Optional<Path> find(String program) {
    return Stream.of(System.getenv("PATH").split(":"))
        .map(folder -> Path.of(folder, program))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** Whether there is one on this machine. */
  static boolean isThere() {
    return find("chromium").isPresent() && find("chromedriver").isPresent();
  }

  static Browser open(Path profile) throws Exception {
    Process driver =
        new ProcessBuilder(find("chromedriver").orElseThrow().toString(), "--port=0")
            .redirectErrorStream(true)
            .start();
    try {
      Browser browser = new Browser(driver, port(driver));
      browser.session =
          browser.send("POST", "/session", capabilities(profile)).get("sessionId").asText();
      return browser;
    } catch (Exception | Error e) {
      driver.destroy(); // nobody has a browser to close
      throw e;
    }
  }

  private static ObjectNode capabilities(Path profile) {
    ObjectNode capabilities = Served.JSON.createObjectNode();
    ObjectNode always = capabilities.putObject("capabilities").putObject("alwaysMatch");
    always.putObject("goog:loggingPrefs").put("browser", "ALL");
    ObjectNode options = always.putObject("goog:chromeOptions");
    options.put("binary", find("chromium").orElseThrow().toString());
    for (String arg :
        List.of(
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--user-data-dir=" + profile)) {
      options.withArray("args").add(arg);
    }
    return capabilities;
  }

  private static int port(Process driver) throws IOException {
    BufferedReader said =
        new BufferedReader(new InputStreamReader(driver.getInputStream(), StandardCharsets.UTF_8));
    for (String line = said.readLine(); line != null; line = said.readLine()) {
      Matcher port = PORT.matcher(line);
      if (port.find()) {
        return Integer.parseInt(port.group(1));
      }
    }
    throw new IOException("the driver did not start");
  }

  private JsonNode send(String method, String path, JsonNode body) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(address.resolve(path))
            .timeout(Duration.ofSeconds(60))
            .method(
                method,
                body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body.toString()))
            .build();
    JsonNode answer =
        Served.JSON.readTree(client.send(request, BodyHandlers.ofString()).body()).get("value");
    if (answer.hasNonNull("error")) {
      throw new IOException(method + " " + path + ": " + answer);
    }
    return answer;
  }

  private JsonNode ask(String path, ObjectNode body) throws Exception {
    return send("POST", "/session/" + session + path, body);
  }

  void go(String page) throws Exception {
    ask("/url", Served.JSON.createObjectNode().put("url", page));
  }

  /** What a script returns. */
  JsonNode run(String script) throws Exception {
    ObjectNode body = Served.JSON.createObjectNode().put("script", script);
    body.putArray("args");
    return ask("/execute/sync", body);
  }

  /** Waits until a script returns true, and fails where it does not. */
  void await(String script) throws Exception {
    for (int i = 0; i < 1500; i++) {
      if (run("return " + script).asBoolean()) {
        return;
      }
      Thread.sleep(20);
    }
    throw new AssertionError("never: " + script + "\n" + run("return document.body.innerText"));
  }

  /** Presses keys, one after the other; the private codes of WebDriver stand for Tab and so on. */
  void press(String... keys) throws Exception {
    ObjectNode body = Served.JSON.createObjectNode();
    ObjectNode source = body.putArray("actions").addObject().put("type", "key").put("id", "k");
    for (String key : keys) {
      source.withArray("actions").addObject().put("type", "keyDown").put("value", key);
      source.withArray("actions").addObject().put("type", "keyUp").put("value", key);
    }
    ask("/actions", body);
  }

  void size(int width, int height) throws Exception {
    ObjectNode body =
        Served.JSON.createObjectNode().put("cmd", "Emulation.setDeviceMetricsOverride");
    body.putObject("params")
        .put("width", width)
        .put("height", height)
        .put("deviceScaleFactor", 1)
        .put("mobile", false);
    ask("/goog/cdp/execute", body);
  }

  /** What pages and the browser complained of since the last call. */
  JsonNode complaints() throws Exception {
    return ask("/se/log", Served.JSON.createObjectNode().put("type", "browser"));
  }

  @Override
  public void close() throws Exception {
    try {
      if (!session.isEmpty()) {
        send("DELETE", "/session/" + session, null);
      }
    } finally {
      driver.destroy();
      driver.waitFor();
    }
  }
}
