package org.ugmm.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ugmm.testdata.Golden;

/** {@code ugmm serve}: the answers of the command, as documented, and what it says of the rest. */
class ServeCommandTest {
  private static final String CIRCUIT = "@" + Run.IRIS_CIRCUIT;
  private static final String DEEP = "@" + Run.IRIS_DEEP;
  private static final String DIGITS = "@models/circuits/cirkit_cat6x3_cp.graph.json";

  private static Served served;
  private static ApiDocument api;

  @BeforeAll
  static void start() throws Exception {
    served = Served.start("iris=" + CIRCUIT, "deep=" + DEEP, "cat=" + DIGITS, "--max-body", "200k");
    api = new ApiDocument(Served.JSON.readTree(served.get("openapi.json").body()));
  }

  @AfterAll
  static void stop() throws Exception {
    served.close();
    assertFalse(served.err().contains("\tat "), served.err());
  }

  private static void assertDocumented(String path, String method, HttpResponse<String> response)
      throws Exception {
    assertEquals(List.of(), api.faults(path, method, response), response.body());
  }

  private static HttpResponse<String> query(String model, String body) throws Exception {
    HttpResponse<String> response = served.post("v1/models/" + model + "/query", body);
    assertDocumented("/v1/models/{name}/query", "POST", response);
    return response;
  }

  /** The same question to the service and to the command. */
  private static void assertSame(String model, String file, String body, String... args)
      throws Exception {
    List<String> all = new ArrayList<>(List.of("query", file, "--json"));
    all.addAll(Arrays.asList(args));
    Run run = Run.of(all.toArray(String[]::new));
    HttpResponse<String> response = query(model, body);
    if (run.status() == 0) {
      assertEquals(run.out(), response.body());
      assertEquals(200, response.statusCode());
    } else {
      assertEquals(4, run.status(), run.err());
      assertEquals(422, response.statusCode(), response.body());
      JsonNode problem = Served.JSON.readTree(response.body());
      assertEquals("REFUSED", problem.get("kind").asText());
      assertTrue(run.err().contains(problem.get("what").asText()), run.err() + response.body());
    }
  }

  @Test
  void query_ofEachKind_isTheDocumentOfTheCommand() throws Exception {
    String[] given = {"--given", "petal_length=1.4", "--given", "sepal_width=[3,]"};
    String known = "\"given\":{\"petal_length\":1.4,\"sepal_width\":[3,null]}";
    assertSame(
        "iris", CIRCUIT, "{\"query\":\"marginal\"," + known + "}", with(given, "--marginal"));
    assertSame(
        "iris",
        CIRCUIT,
        "{\"query\":\"posterior\",\"variables\":[\"species\"]," + known + "}",
        with(given, "--posterior", "species"));
    assertSame(
        "iris",
        CIRCUIT,
        "{" + known + ",\"query\":\"posterior\"}",
        with(given, "--posterior", "sepal_length,sepal_width,petal_width,species"));
    assertSame("iris", CIRCUIT, "{\"query\":\"mpe\"," + known + "}", with(given, "--mpe"));
    assertSame(
        "iris",
        CIRCUIT,
        "{\"query\":\"sample\",\"count\":5,\"seed\":7," + known + "}",
        with(given, "--sample", "5", "--seed", "7"));
    assertSame(
        "iris",
        CIRCUIT,
        "{\"query\":\"joint\",\"variables\":\"species\"," + known + "}",
        with(given, "--joint", "species"));
    assertSame(
        "iris",
        CIRCUIT,
        "{\"query\":\"k-best\",\"count\":2," + known + "}",
        with(given, "--k-best", "2"));
    assertSame(
        "iris",
        CIRCUIT,
        "{\"query\":\"map\",\"variables\":[\"species\",\"petal_width\"]," + known + "}",
        with(given, "--map", "species,petal_width"));
    assertSame(
        "iris",
        CIRCUIT,
        "{\"query\":\"marginal\",\"given\":{\"species\":[\"setosa\",\"virginica\"]}}",
        "--marginal",
        "--given",
        "species={setosa|virginica}");
    assertSame(
        "iris",
        CIRCUIT,
        "{\"query\":\"marginal\",\"given\":{\"species\":{\"setosa\":0.7,\"virginica\":0.1}}}",
        "--marginal",
        "--given",
        "species~{setosa:0.7,virginica:0.1}");
    assertSame(
        "iris",
        CIRCUIT,
        "{\"query\":\"marginal\",\"given\":{\"petal_length\":\"[1,2]\",\"species\":\"setosa\"}}",
        "--marginal",
        "--given",
        "petal_length=[1,2]",
        "--given",
        "species=setosa");
  }

  @Test
  void query_ofCountsAndOtherLeaves_isTheDocumentOfTheCommand(@TempDir Path folder)
      throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("n.graph.json"),
            """
            {"format": "ugmm-graph/1", "variables": [{"name": "n", "kind": "count"},
              {"name": "x", "kind": "real"}], "nodes": [
              {"poisson": {"variable": "n", "rate": 2.5}}, {"gamma": {"variable": "x", "shape": 2, "rate": 0.5}},
              {"product": {"children": [0, 1]}},
              {"poisson": {"variable": "n", "rate": 9}}, {"exponential": {"variable": "x", "rate": 3}},
              {"product": {"children": [3, 4]}}, {"sum": {"children": [2, 5], "weights": [0.4, 0.6]}}],
             "root": 6}
            """);
    try (Served own = Served.start("n=" + file)) {
      HttpResponse<String> response =
          own.post("v1/models/n/query", "{\"query\":\"posterior\",\"given\":{\"x\":[1,null]}}");
      assertEquals(
          Run.of("query", file.toString(), "--posterior", "n,x", "--given", "x=[1,]", "--json")
              .out(),
          response.body());
      assertDocumented("/v1/models/{name}/query", "POST", response);
      HttpResponse<String> view =
          own.post("v1/models/n/explore", "{\"query\":\"posterior\",\"given\":{\"x\":[1,null]}}");
      assertDocumented("/v1/models/{name}/explore", "POST", view);
      assertFalse(view.body().contains("NaN"), view.body());
    }
  }

  @Test
  void query_withFormulas_isTheDocumentOfTheCommand() throws Exception {
    String formula = "petal_length > 3 and (species = versicolor or petal_width < 1)";
    assertSame(
        "iris",
        CIRCUIT,
        "{\"query\":\"probability\",\"formula\":\"%s\",\"given\":{\"sepal_width\":3}}"
            .formatted(formula),
        "--probability-of",
        formula,
        "--given",
        "sepal_width=3");
    assertSame(
        "iris",
        CIRCUIT,
        "{\"where\":\"%s\",\"query\":\"posterior\",\"variables\":\"species\"}".formatted(formula),
        "--posterior",
        "species",
        "--where",
        formula);
    assertProblem(
        422, "INPUT", "", query("iris", "{\"query\":\"marginal\",\"where\":\"petal_length >\"}"));
    assertProblem(400, "REQUEST", "/formula", query("iris", "{\"query\":\"probability\"}"));
  }

  @Test
  void query_ofNetworkWithLinks_isTheAnswerOrTheRefusalOfTheCommand() throws Exception {
    String[] all = {
      "--given", "sepal_length=5.1", "--given", "sepal_width=3.5",
      "--given", "petal_length=1.4", "--given", "petal_width=0.2"
    };
    String known =
        "\"given\":{\"sepal_length\":5.1,\"sepal_width\":3.5,\"petal_length\":1.4,\"petal_width\":0.2}";
    assertSame(
        "deep",
        DEEP,
        "{\"query\":\"posterior\",\"variables\":[\"species\"]," + known + "}",
        with(all, "--posterior", "species"));
    assertSame(
        "deep",
        DEEP,
        "{\"query\":\"mpe\",\"budget\":500," + known + "}",
        with(all, "--mpe", "--budget", "500"));
    assertSame("deep", DEEP, "{\"query\":\"marginal\"}", "--marginal");
    assertSame(
        "deep",
        DEEP,
        "{\"query\":\"marginal\",\"allow\":[\"exact\",\"enclosed\",\"estimated\"],\"given\":"
            + "{\"sepal_length\":[4,8],\"sepal_width\":3,\"petal_length\":1,\"petal_width\":1}}",
        "--marginal",
        "--allow",
        "exact,enclosed,estimated",
        "--given",
        "sepal_length=[4,8]",
        "--given",
        "sepal_width=3",
        "--given",
        "petal_length=1",
        "--given",
        "petal_width=1");
  }

  @Test
  void query_ofStatesWithNumbersForNames_isTheDocumentOfTheCommand() throws Exception {
    JsonNode variables = Served.JSON.readTree(served.get("v1/models/cat").body()).get("variables");
    String first = variables.get(0).get("name").asText();
    String second = variables.get(1).get("name").asText();
    String state = variables.get(0).get("states").get(1).asText();
    assertSame(
        "cat",
        DIGITS,
        "{\"query\":\"joint\",\"variables\":[\"%s\"],\"given\":{\"%s\":\"%s\"}}"
            .formatted(second, first, state),
        "--joint",
        second,
        "--given",
        first + "=" + state);
  }

  private static String[] with(String[] args, String... more) {
    String[] all = Arrays.copyOf(args, args.length + more.length);
    System.arraycopy(more, 0, all, args.length, more.length);
    return all;
  }

  @Test
  void batch_rowsGoodAndBad_areLinesOfTheCommandAndProblemsOfTheirRow() throws Exception {
    HttpResponse<String> response =
        served.post(
            "v1/models/iris/batch",
            "{\"query\":\"posterior\",\"variables\":[\"species\"],\"rows\":[{\"petal_length\":1.4},"
                + "{\"petal_length\":\"long\",\"petal_width\":[0,{\"x\":[1]}]},{\"no\":1},[[{}]],"
                + "{\"petal_length\":1e9,\"sepal_width\":-1e9},{\"petal_width\":1,\"species\":null}]}");
    assertEquals(200, response.statusCode(), response.body());
    assertDocumented("/v1/models/{name}/batch", "POST", response);
    assertEquals("", served.post("v1/models/iris/batch", "{\"query\":\"mpe\",\"rows\":[]}").body());
    String[] lines = response.body().split("\n");
    assertEquals(6, lines.length);
    assertEquals(
        Run.of("query", CIRCUIT, "--json", "--given", "petal_length=1.4", "--posterior", "species")
            .out(),
        lines[0] + "\n");
    assertEquals(
        Run.of("query", CIRCUIT, "--json", "--given", "petal_width=1", "--posterior", "species")
            .out(),
        lines[5] + "\n");
    for (int r = 1; r <= 3; r++) {
      JsonNode problem = Served.JSON.readTree(lines[r]);
      assertEquals(r, problem.get("row").asInt());
      assertEquals(r == 3 ? "REQUEST" : "INPUT", problem.get("kind").asText(), lines[r]);
    }
  }

  private static void assertProblem(int status, String kind, String what, HttpResponse<String> of)
      throws Exception {
    JsonNode problem = Served.JSON.readTree(of.body());
    assertEquals(status, of.statusCode(), of.body());
    assertEquals(status, problem.get("status").asInt());
    assertEquals(kind, problem.get("kind").asText());
    assertTrue(problem.toString().contains(what), of.body());
  }

  @Test
  void request_wrong_isAProblemThatSaysWhatAndWhere() throws Exception {
    assertProblem(400, "MALFORMED", "line 1, column", query("iris", "{\"query\":"));
    assertProblem(400, "MALFORMED", "empty", query("iris", ""));
    assertProblem(400, "MALFORMED", "more after", query("iris", "{\"query\":\"marginal\"} 7"));
    assertProblem(400, "REQUEST", "object", query("iris", "[1]"));
    assertProblem(400, "REQUEST", "/query", query("iris", "{}"));
    assertProblem(400, "REQUEST", "'max'", query("iris", "{\"query\":\"max\"}"));
    assertProblem(400, "REQUEST", "twice", query("iris", "{\"query\":\"mpe\",\"query\":\"mpe\"}"));
    assertProblem(
        400, "REQUEST", "/evidence", query("iris", "{\"query\":\"mpe\",\"evidence\":{}}"));
    assertProblem(400, "REQUEST", "/count", query("iris", "{\"query\":\"sample\"}"));
    assertProblem(400, "REQUEST", "/count", query("iris", "{\"query\":\"sample\",\"count\":1e3}"));
    assertProblem(
        400, "REQUEST", "/count", query("iris", "{\"query\":\"sample\",\"count\":100001}"));
    assertProblem(
        400, "REQUEST", "/allow", query("iris", "{\"query\":\"mpe\",\"allow\":[\"any\"]}"));
    assertProblem(
        400, "REQUEST", "/tolerance", query("iris", "{\"query\":\"mpe\",\"tolerance\":1}"));
    assertProblem(
        400, "REQUEST", "/budget", query("iris", "{\"query\":\"mpe\",\"budget\":99999999999}"));
    assertProblem(
        422, "INPUT", "no variable 'x'", query("iris", "{\"query\":\"mpe\",\"given\":{\"x\":1}}"));
    assertProblem(
        422,
        "INPUT",
        "'rose'",
        query("iris", "{\"query\":\"mpe\",\"given\":{\"species\":\"rose\"}}"));
    assertProblem(
        422,
        "INPUT",
        "too large",
        query("iris", "{\"query\":\"mpe\",\"given\":{\"petal_width\":1e999}}"));
    assertProblem(
        422,
        "INPUT",
        "interval",
        query("iris", "{\"query\":\"mpe\",\"given\":{\"petal_width\":[1,2,3]}}"));
    assertProblem(
        422,
        "INPUT",
        "START_OBJECT",
        query("iris", "{\"query\":\"mpe\",\"given\":{\"petal_width\":{\"a\":1}}}"));
    assertProblem(422, "REFUSED", "\"reason\":\"LINK\"", query("deep", "{\"query\":\"marginal\"}"));
    assertProblem(413, "TOO_LARGE", "204800", query("iris", " ".repeat(204_801)));
  }

  @Test
  void address_wrong_isAProblem() throws Exception {
    assertProblem(404, "NOT_FOUND", "rose", served.post("v1/models/rose/query", "{}"));
    assertProblem(404, "NOT_FOUND", "openapi", served.get("v2"));
    assertProblem(404, "NOT_FOUND", "", served.get("v1/models/"));
    HttpResponse<String> wrong = served.get("v1/models/iris/query");
    assertProblem(405, "METHOD", "POST", wrong);
    assertEquals("POST", wrong.headers().firstValue("Allow").orElse(""));
  }

  @Test
  void models_listedAndDescribed_areAsDocumented() throws Exception {
    HttpResponse<String> list = served.get("v1/models");
    assertDocumented("/v1/models", "GET", list);
    assertEquals(3, Served.JSON.readTree(list.body()).get("models").size());
    for (String name : List.of("iris", "deep", "cat")) {
      HttpResponse<String> model = served.get("v1/models/" + name);
      assertDocumented("/v1/models/{name}", "GET", model);
      assertEquals(name, Served.JSON.readTree(model.body()).get("model").asText());
    }
    assertDocumented("/healthz", "GET", served.get("healthz"));
    assertDocumented("/readyz", "GET", served.get("readyz"));
    HttpResponse<String> metrics = served.get("metrics");
    assertDocumented("/metrics", "GET", metrics);
    assertTrue(metrics.body().contains("ugmm_requests_total{"), metrics.body());
  }

  @Test
  void request_ofAnotherSite_isForbidden() throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(served.address.resolve("v1/models/iris/query"))
            .header("Origin", "https://example.org")
            .POST(BodyPublishers.ofString("{\"query\":\"mpe\"}"));
    assertProblem(403, "FORBIDDEN", "Origin", served.send(request));
  }

  @Test
  void reload_changedFile_isServedAndABrokenOneIsNot(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("m.graph.json");
    String before = Files.readString(Golden.find("models/iris-circuit/iris.graph.json"));
    Files.writeString(file, before);
    try (Served own = Served.start("iris=" + file)) {
      String first = own.query("{\"query\":\"marginal\",\"given\":{\"petal_width\":1}}").body();
      Files.writeString(file, before.substring(0, 500));
      HttpResponse<String> broken = own.post("v1/models/iris/reload", "");
      assertProblem(422, "MODEL", "m.graph.json", broken);
      assertDocumented("/v1/models/{name}/reload", "POST", broken);
      assertEquals(
          first, own.query("{\"query\":\"marginal\",\"given\":{\"petal_width\":1}}").body());
      Files.copy(
          Golden.find("models/circuits/cirkit_cat6x3_cp.graph.json"),
          file,
          java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      HttpResponse<String> fresh = own.post("v1/models/iris/reload", "");
      assertEquals(200, fresh.statusCode(), fresh.body());
      assertDocumented("/v1/models/{name}/reload", "POST", fresh);
      assertEquals(
          422, own.query("{\"query\":\"marginal\",\"given\":{\"petal_width\":1}}").statusCode());
    }
  }

  @Test
  void token_missingOrWrong_isUnauthorizedExceptForTheState() throws Exception {
    try (Served own = Served.start("iris=" + CIRCUIT, "--token", "secret")) {
      assertProblem(401, "UNAUTHORIZED", "token", own.get("v1/models"));
      assertEquals(401, own.get("metrics").statusCode());
      assertEquals(200, own.get("healthz").statusCode());
      HttpRequest.Builder request = HttpRequest.newBuilder(own.address.resolve("v1/models"));
      assertEquals(
          401, own.send(request.copy().header("Authorization", "Bearer secre")).statusCode());
      assertEquals(
          200, own.send(request.copy().header("Authorization", "Bearer secret")).statusCode());
    }
  }

  @Test
  void docs_examplesAndOptions_areAnsweredAndExist() throws Exception {
    String docs =
        Files.readString(
            Golden.find("models").getParent().resolveSibling("compiler/docs/serve.md"));
    Matcher curl = Pattern.compile("(?m)^curl -s localhost:8080/(\\S+) -d '(.+)'$").matcher(docs);
    int count = 0;
    while (curl.find()) {
      HttpResponse<String> response = served.post(curl.group(1), curl.group(2));
      int expected = curl.group(2).contains("specis") ? 422 : 200;
      assertEquals(expected, response.statusCode(), curl.group() + response.body());
      assertEquals(expected == 422, response.body().contains("\"kind\":\"INPUT\""));
      count++;
    }
    assertEquals(11, count);
    String help = Run.of("serve", "--help").out();
    Matcher option =
        Pattern.compile("--[a-z-]{3,}")
            .matcher(docs.replaceAll("--given|--where|--probability-of", ""));
    while (option.find()) {
      boolean isOfOthers = option.group().equals("--json");
      assertTrue(isOfOthers || help.contains(option.group()), option.group());
    }
  }

  @Test
  void options_wrong_areSaid() {
    assertUsage("--port 70000", "serve", CIRCUIT, "--port", "70000");
    assertUsage("--max-body 5t", "serve", CIRCUIT, "--max-body", "5t");
    assertUsage("--deadline soon", "serve", CIRCUIT, "--deadline", "soon");
    assertUsage("two models are named 'iris'", "serve", CIRCUIT, CIRCUIT);
    assertUsage("--queue 0", "serve", CIRCUIT, "--queue", "0");
    Run missing = Run.of("serve", "no-such-file.json");
    assertEquals(3, missing.status(), missing.err());
    Run taken = Run.of("serve", CIRCUIT, "--port", "" + served.address.getPort());
    assertEquals(3, taken.status(), taken.err());
    assertTrue(taken.err().contains("--port " + served.address.getPort()), taken.err());
  }

  private static void assertUsage(String text, String... args) {
    Run run = Run.of(args);
    assertEquals(2, run.status(), run.err());
    assertTrue(run.err().contains(text), run.err());
  }
}
