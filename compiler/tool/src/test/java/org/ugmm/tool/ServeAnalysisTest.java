package org.ugmm.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Explanations, advice and tables over HTTP: the answers of the command, as documented. */
class ServeAnalysisTest {
  private static final String CIRCUIT = "@" + Run.IRIS_CIRCUIT;

  private static Served served;
  private static ApiDocument api;

  @BeforeAll
  static void start() throws Exception {
    served = Served.start("iris=" + CIRCUIT, "deep=@" + Run.IRIS_DEEP, "--max-body", "200k");
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

  private static void assertProblem(int status, String kind, String what, HttpResponse<String> of)
      throws Exception {
    JsonNode problem = Served.JSON.readTree(of.body());
    assertEquals(status, of.statusCode(), of.body());
    assertEquals(kind, problem.get("kind").asText());
    assertTrue(problem.toString().contains(what), of.body());
  }

  @Test
  void budget_small_isThatOfTheCommand() throws Exception {
    String[] given = {"sepal_length=5", "sepal_width=3", "petal_length=4", "petal_width=1"};
    List<String> command =
        new ArrayList<>(List.of("explain", CIRCUIT, "--target", "species", "--budget", "20"));
    Arrays.stream(given).forEach(piece -> command.addAll(List.of("--given", piece)));
    String what = "2^4 sets, more than the budget has evaluations (10)";
    assertTrue(Run.of(command.toArray(String[]::new)).err().contains(what));
    String known =
        Arrays.stream(given)
            .map(piece -> "\"" + piece.replace("=", "\":"))
            .collect(Collectors.joining(","));
    assertProblem(
        422,
        "REFUSED",
        what,
        served.post(
            "v1/models/iris/explain",
            "{\"target\":\"species\",\"budget\":20,\"given\":{%s}}".formatted(known)));
  }

  @Test
  void explain_posterior_isTheDocumentOfTheCommand() throws Exception {
    HttpResponse<String> response =
        served.post(
            "v1/models/iris/explain",
            "{\"target\":\"species\",\"given\":{\"petal_length\":4.8,\"sepal_width\":3}}");
    assertDocumented("/v1/models/{name}/explain", "POST", response);
    assertEquals(
        Run.of(
                "explain",
                CIRCUIT,
                "--json",
                "--target",
                "species",
                "--given",
                "petal_length=4.8",
                "--given",
                "sepal_width=3")
            .out(),
        response.body());
    HttpResponse<String> where =
        served.post(
            "v1/models/iris/explain",
            "{\"target\":\"species\",\"state\":\"setosa\",\"given\":{\"sepal_width\":3},"
                + "\"where\":\"petal_length > 1\"}");
    assertDocumented("/v1/models/{name}/explain", "POST", where);
    assertEquals(
        Run.of(
                "explain",
                CIRCUIT,
                "--json",
                "--target",
                "species",
                "--state",
                "setosa",
                "--given",
                "sepal_width=3",
                "--where",
                "petal_length > 1")
            .out(),
        where.body());
    assertProblem(
        400, "REQUEST", "/query", served.post("v1/models/iris/explain", "{\"query\":\"mpe\"}"));
    assertProblem(400, "REQUEST", "/target", served.post("v1/models/iris/explain", "{}"));
    assertProblem(
        400,
        "REQUEST",
        "/state",
        served.post("v1/models/iris/explain", "{\"target\":\"petal_width\",\"state\":\"setosa\"}"));
    assertProblem(
        400,
        "REQUEST",
        "/cost",
        served.post("v1/models/iris/explain", "{\"target\":\"species\",\"cost\":{}}"));
  }

  @Test
  void advise_target_isTheDocumentOfTheCommand() throws Exception {
    HttpResponse<String> response =
        served.post(
            "v1/models/iris/advise",
            "{\"target\":\"species\",\"given\":{\"sepal_width\":[3,null]},"
                + "\"cost\":{\"petal_length\":2.5},\"where\":\"petal_length > 1\"}");
    assertDocumented("/v1/models/{name}/advise", "POST", response);
    assertEquals(
        Run.of(
                "advise",
                CIRCUIT,
                "--json",
                "--target",
                "species",
                "--given",
                "sepal_width=[3,]",
                "--cost",
                "petal_length=2.5",
                "--where",
                "petal_length > 1")
            .out(),
        response.body());
    HttpResponse<String> real =
        served.post("v1/models/iris/advise", "{\"target\":\"petal_width\",\"seed\":7}");
    assertDocumented("/v1/models/{name}/advise", "POST", real);
    assertEquals(
        Run.of("advise", CIRCUIT, "--json", "--target", "petal_width", "--seed", "7").out(),
        real.body());
    assertProblem(
        400,
        "REQUEST",
        "/cost/petal_width",
        served.post(
            "v1/models/iris/advise", "{\"target\":\"species\",\"cost\":{\"petal_width\":0}}"));
    assertProblem(
        422,
        "REFUSED",
        "cannot be integrated out",
        served.post("v1/models/deep/advise", "{\"target\":\"petal_width\"}"));
  }

  private static final String HOLES =
      "id;petal_length;petal_width;species\na;1,4;;\nb;;0,2;setosa\nc;x;1;\nd;-999;2,1;virginica\n";

  @Test
  void impute_table_isTheTableOfTheCommand(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("holes.csv"), HOLES);
    String data = "\"data\":" + Served.JSON.writeValueAsString(HOLES);
    String[][] ways = {
      {"", ""},
      {",\"with\":\"median\",\"uncertainty\":\"none\"", "--with median --uncertainty none"},
      {",\"with\":\"mpe\",\"missing\":[\"-999\"]", "--with mpe --missing -999"},
      {",\"with\":\"draws=3\",\"seed\":5", "--with draws=3 --seed 5"},
    };
    for (String[] way : ways) {
      HttpResponse<String> response =
          served.post("v1/models/iris/impute", "{" + data + way[0] + "}");
      assertDocumented("/v1/models/{name}/impute", "POST", response);
      List<String> args = new ArrayList<>(List.of("impute", CIRCUIT, file.toString()));
      args.addAll(Arrays.asList(way[1].split(" ")));
      args.removeIf(String::isEmpty);
      assertEquals(Run.of(args.toArray(String[]::new)).out(), response.body());
      assertTrue(response.body().contains("ERROR"), response.body());
    }
    String rows = "\"data\":\"1,2,3,4,\\n5,,1,1,setosa\\n\"";
    HttpResponse<String> bare =
        served.post("v1/models/iris/impute", "{" + rows + ",\"header\":false}");
    assertEquals(3, bare.body().lines().count(), bare.body());
    assertProblem(400, "REQUEST", "/data", served.post("v1/models/iris/impute", "{}"));
    assertProblem(
        400,
        "REQUEST",
        "--with 'most'",
        served.post("v1/models/iris/impute", "{" + data + ",\"with\":\"most\"}"));
    assertProblem(
        400,
        "REQUEST",
        "/samples",
        served.post("v1/models/iris/impute", "{" + data + ",\"samples\":100}"));
    assertProblem(
        422, "INPUT", "data: is empty", served.post("v1/models/iris/impute", "{\"data\":\"\"}"));
    assertProblem(
        400,
        "REQUEST",
        "fewer rows",
        served.post("v1/models/iris/impute", "{" + data + ",\"with\":\"draws=10000\"}"));
  }

  @Test
  void check_table_isTheDocumentOfTheCommand(@TempDir Path folder) throws Exception {
    String odd = "petal_length,petal_width,species\n1.4,0.2,setosa\n6,0.2,setosa\n,2,virginica\n";
    String other = "petal_length,species\n1.5,setosa\n4,versicolor\n5,virginica\n";
    Path file = Files.writeString(folder.resolve("odd.csv"), odd);
    Path second = Files.writeString(folder.resolve("other.csv"), other);
    String data = "{\"data\":" + Served.JSON.writeValueAsString(odd);
    String against = ",\"against\":" + Served.JSON.writeValueAsString(other);
    HttpResponse<String> report = served.post("v1/models/iris/check", data + against + "}");
    assertDocumented("/v1/models/{name}/check", "POST", report);
    assertEquals(
        Run.of("check", CIRCUIT, file.toString(), "--json", "--against", second.toString()).out(),
        report.body());
    assertTrue(Served.JSON.readTree(report.body()).get("surprisingCells").size() > 0);
    HttpResponse<String> rows =
        served.post(
            "v1/models/iris/check", data + ",\"fdr\":0.2,\"samples\":500,\"answer\":\"rows\"}");
    assertDocumented("/v1/models/{name}/check", "POST", rows);
    assertEquals(
        Run.of("check", CIRCUIT, file.toString(), "--fdr", "0.2", "--samples", "500", "-o", "-")
            .out(),
        rows.body());
    assertProblem(
        400, "REQUEST", "/fdr", served.post("v1/models/iris/check", data + ",\"fdr\":1}"));
    assertProblem(
        400, "REQUEST", "/answer", served.post("v1/models/iris/check", data + ",\"answer\":1}"));
    assertProblem(422, "REFUSED", "", served.post("v1/models/deep/check", data + "}"));
  }

  @Test
  void table_beyondTheDeadline_isAProblemAndTheServiceGoesOn() throws Exception {
    try (Served own = Served.start("iris=" + CIRCUIT, "--deadline", "300ms", "--threads", "1")) {
      StringBuilder rows = new StringBuilder("sepal_length,petal_length,petal_width\\n");
      for (int r = 0; r < 100_000; r++) {
        rows.append(r % 7).append(",,1.").append(r % 10).append("\\n");
      }
      HttpResponse<String> late =
          own.post(
              "v1/models/iris/impute", "{\"with\":\"draws=20\",\"data\":\"%s\"}".formatted(rows));
      assertProblem(504, "DEADLINE", "", late);
      assertEquals(
          200, own.post("v1/models/iris/impute", "{\"data\":\"petal_width\\n1\\n\"}").statusCode());
    }
  }
}
