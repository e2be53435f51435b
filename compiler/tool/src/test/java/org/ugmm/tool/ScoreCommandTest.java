package org.ugmm.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ugmm.testdata.Golden;

/** {@code ugmm score}: columns, order, summaries, odd and broken tables. */
class ScoreCommandTest {
  private static final String CIRCUIT = "@" + Run.IRIS_CIRCUIT;
  private static final String DEEP = "@" + Run.IRIS_DEEP;
  private static final String IRIS = "@data/iris.csv";
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;

  private static void assertFails(int status, String text, Run run) {
    assertEquals(status, run.status(), run.err());
    assertTrue(run.err().contains(text), run.err());
  }

  /** The share of rows whose golden prediction is the golden label. */
  private static double goldenAccuracy(JsonNode predictions, JsonNode labels) {
    int correct = 0;
    for (int r = 0; r < labels.size(); r++) {
      correct += predictions.get(r).asInt() == labels.get(r).asInt() ? 1 : 0;
    }
    return (double) correct / labels.size();
  }

  @Test
  void irisDeep_accuracy_isGolden() throws IOException {
    JsonNode golden = JSON.readTree(Golden.find("models/iris-deep/golden.json").toFile());
    JsonNode summary =
        Run.of("score", DEEP, "@data/iris-float32.csv", "--query", "class", "--summary", "--json")
            .json();
    assertEquals(150, summary.get("rows").asInt());
    assertEquals(0, summary.get("zeroProbabilityRows").asInt());
    assertTrue(summary.get("rowsPerSecond").asDouble() > 0);
    assertTrue(summary.get("elapsedSeconds").asDouble() > 0);
    assertEquals(
        goldenAccuracy(golden.get("mpe_argmax"), golden.get("labels")),
        summary.get("accuracy").asDouble());
  }

  @Test
  void irisDeep_missingFeatureWithDomain_isProvenOrRefused() throws IOException {
    String text = Files.readString(Golden.find("models/iris-deep/iris.network.json"));
    String feature = "\"name\": \"petal_width\", \"kind\": \"real\"";
    assertTrue(text.contains(feature), "variables of iris.network.json");
    Path model = folder.resolve("iris.network.json");
    Files.writeString(model, text.replace(feature, feature + ", \"domain\": [-1.1, 3.7]"));
    Path data = folder.resolve("rows.csv");
    Files.writeString(
        data,
        "sepal_length,sepal_width,petal_length,petal_width,species\n"
            + "5.1,3.5,1.4,0.2,setosa\n5.1,3.5,1.4,,setosa\n");
    List<String> lines =
        Run.of("score", model.toString(), data.toString(), "--query", "class").lines();
    assertTrue(lines.get(1).endsWith(",EXACT,"), lines.get(1));
    assertTrue(lines.get(2).startsWith("setosa,"), lines.get(2));
    assertTrue(lines.get(2).contains(",ENCLOSED,\"in [0."), lines.get(2));
    assertFails(
        4,
        "allow",
        Run.of(
            "score",
            model.toString(),
            data.toString(),
            "--query",
            "class",
            "--allow",
            "exact",
            "--strict"));
  }

  @Test
  void irisDeep_realUnknown_hasMomentsAndAnEnclosedMarginal() throws IOException {
    String text = Files.readString(Golden.find("models/iris-deep/iris.network.json"));
    String feature = "\"name\": \"petal_width\", \"kind\": \"real\"";
    Path model = folder.resolve("iris.network.json");
    Files.writeString(model, text.replace(feature, feature + ", \"domain\": [-1.1, 3.7]"));
    Path data = folder.resolve("rows.csv");
    Files.writeString(
        data,
        "sepal_length,sepal_width,petal_length,petal_width,species\n"
            + "5.1,3.5,1.4,,setosa\n5.1,3.5,1.4,,setosa\n");
    String[] score = {"score", model.toString(), data.toString(), "--query"};
    JsonNode certificate = given(model, "--marginal").json().get("certificate");
    assertEquals("ENCLOSED", certificate.get("kind").asText());
    assertFails(4, "allow", given(model, "--posterior", "petal_width"));
    JsonNode answer =
        given(model, "--posterior", "petal_width", "--allow", "exact,enclosed,estimated").json();
    assertEquals("ESTIMATED", answer.get("certificate").get("kind").asText());
    assertEquals("real", answer.get("value").get("kind").asText());
    double mean = answer.get("value").get("mean").asDouble();
    assertTrue(mean > -1.1 && mean < 3.7, "mean " + mean);
    List<String> lines =
        Run.of(
                score[0],
                score[1],
                score[2],
                score[3],
                "posterior=petal_width",
                "--allow",
                "exact,enclosed,estimated")
            .lines();
    assertEquals("petal_width:mean,petal_width:variance,certificate,note", lines.get(0));
    assertEquals(mean, Double.parseDouble(lines.get(2).split(",", -1)[0]));
    assertTrue(lines.get(2).contains("ESTIMATED"), lines.get(2));
  }

  private static Run given(Path model, String... query) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "query",
                model.toString(),
                "--given",
                "sepal_length=5.1",
                "--given",
                "sepal_width=3.5",
                "--given",
                "petal_length=1.4",
                "--given",
                "species=setosa",
                "--json"));
    all.addAll(List.of(query));
    return Run.of(all.toArray(new String[0]));
  }

  @Test
  void digitsDeep_classOfEveryRow_isGolden() throws IOException {
    JsonNode golden =
        JSON.readTree(Golden.find("models/digits-deep/golden.json").toFile())
            .get("logits_f64_exact_const");
    Run run =
        Run.of(
            "score",
            "@models/digits-deep/digits.network.json",
            "@data/digits-scaled.csv",
            "--query",
            "class",
            "--threads",
            "2");
    assertEquals(0, run.status(), run.err());
    assertTrue(run.lines().get(0).startsWith("class,class:0,class:1,"), run.lines().get(0));
    assertEquals(golden.size() + 1, run.lines().size());
    for (int r = 0; r < golden.size(); r++) {
      int best = 0;
      for (int s = 1; s < 10; s++) {
        best = golden.get(r).get(s).asDouble() > golden.get(r).get(best).asDouble() ? s : best;
      }
      assertEquals(Integer.toString(best), run.lines().get(r + 1).split(",")[0], "row " + r);
    }
  }

  @Test
  void logDensity_irisCircuit_equalsGoldenWithAnyThreads() throws IOException {
    JsonNode golden = JSON.readTree(Golden.find("models/iris-circuit/golden.json").toFile());
    Run one = Run.of("score", CIRCUIT, IRIS, "--query", "log-density", "--threads", "1");
    assertEquals("logDensity,certificate,note", one.lines().get(0));
    for (int r = 0; r < golden.size(); r++) {
      String[] cells = one.lines().get(r + 1).split(",");
      double expected = golden.get(r).get("logDensity").asDouble();
      assertEquals(expected, Double.parseDouble(cells[0]), 1e-12 * Math.max(1, Math.abs(expected)));
      assertEquals("EXACT", cells[1]);
    }
  }

  @Test
  void threads_manyBatches_keepTheOrderOfTheRows() throws IOException {
    List<String> rows = new ArrayList<>();
    rows.add("sepal_length");
    for (int r = 0; r < 5000; r++) {
      rows.add(Double.toString(4 + r / 1000.0));
    }
    Path data = Files.write(folder.resolve("many.csv"), rows);
    String[] args = {"score", CIRCUIT, data.toString(), "--query", "marginal", "--quiet"};
    Run one = Run.of(with(args, "--threads", "1"));
    assertEquals(5001, one.lines().size());
    assertEquals(one.out(), Run.of(with(args, "--threads", "3")).out());
    Path out = folder.resolve("out.csv");
    Run file = Run.of(with(args, "--threads", "2", "-o", out.toString(), "--json"));
    assertEquals(5000, file.json().get("rows").asInt());
    assertEquals(one.out(), Files.readString(out));
  }

  private static String[] with(String[] args, String... more) {
    String[] all = java.util.Arrays.copyOf(args, args.length + more.length);
    System.arraycopy(more, 0, all, args.length, more.length);
    return all;
  }

  @Test
  void columns_ofEachQuery_areThoseOfTheFormat() {
    String row = "sepal_length,species\n5.1,\n";
    String[] args = {"score", CIRCUIT, "-", "--quiet", "--query"};
    assertEquals(
        "logMarginal,certificate,note", Run.withInput(row, with(args, "marginal")).lines().get(0));
    assertEquals(
        "species:setosa,species:versicolor,species:virginica,certificate,note",
        Run.withInput(row, with(args, "posterior=species")).lines().get(0));
    assertEquals(
        "petal_width:mean,petal_width:variance,certificate,note",
        Run.withInput(row, with(args, "posterior=petal_width")).lines().get(0));
    assertEquals(
        "class,class:setosa,class:versicolor,class:virginica,certificate,note",
        Run.withInput(row, with(args, "class")).lines().get(0));
    Run mpe = Run.withInput(row, with(args, "mpe"));
    assertEquals(
        "mpe:sepal_length,mpe:sepal_width,mpe:petal_length,mpe:petal_width,mpe:species,logMpe,"
            + "logUpperBound,certificate,note",
        mpe.lines().get(0));
    assertTrue(mpe.lines().get(1).startsWith("5.1,"), mpe.out());
    JsonNode json = Run.withInput(row, with(args, "class", "--json")).json();
    assertEquals("setosa", json.get(0).get("class").asText());
  }

  /** Several questions at once say what each says alone; a refused one leaves the others. */
  @Test
  void queries_several_areSideBySide() {
    String[] args = {"score", CIRCUIT, IRIS, "--quiet", "--query"};
    String all =
        "marginal,class,posterior=petal_width,quantiles=petal_width:0.05;0.95,mpe,posterior=species";
    List<String> found = Run.of(with(args, all)).lines();
    List<List<String>> alone = new ArrayList<>();
    for (String query : all.split(",")) {
      alone.add(Run.of(with(args, query)).lines());
    }
    for (int r = 0; r < found.size(); r++) {
      StringBuilder expected = new StringBuilder();
      for (List<String> lines : alone) {
        String line = lines.get(r);
        String end = r == 0 ? "certificate,note" : "EXACT,";
        assertTrue(line.endsWith(end), line);
        expected.append(line, 0, line.length() - end.length());
      }
      assertEquals(expected + (r == 0 ? "certificate,note" : "EXACT,"), found.get(r));
    }
    assertTrue(found.get(0).contains("petal_width:0.05,petal_width:0.95"), found.get(0));
  }

  @Test
  void given_inEveryRow_comesBeforeTheRow() {
    String rows = "sepal_length,species\n5.1,setosa\n";
    String[] args = {"score", CIRCUIT, "-", "--quiet", "--query", "marginal", "--given"};
    Run point = Run.withInput(rows, with(args, "species=virginica"));
    Run same =
        Run.withInput("sepal_length,species\n5.1,virginica\n", with(args, "species={virginica}"));
    Run row =
        Run.withInput(
            "sepal_length,species\n5.1,virginica\n",
            args[0],
            args[1],
            args[2],
            args[3],
            args[4],
            args[5]);
    assertEquals(row.out(), point.out());
    assertEquals(row.lines().get(1).substring(0, 12), same.lines().get(1).substring(0, 12));
    assertFails(
        2,
        "variable 'species' is given and asked for",
        Run.withInput(
            rows, "score", CIRCUIT, "-", "--query", "class", "--given", "species=setosa"));
  }

  @Test
  void keptColumns_andId_comeFirst() {
    String rows = "who,species,sepal_length\n\"a,b\",setosa,5.1\n";
    String[] args = {"score", CIRCUIT, "-", "--quiet", "--query", "marginal"};
    Run id = Run.withInput(rows, with(args, "--id", "who"));
    assertEquals("who,logMarginal,certificate,note", id.lines().get(0));
    assertTrue(id.lines().get(1).startsWith("\"a,b\",-"), id.out());
    Run kept = Run.withInput(rows, with(args, "--keep-columns"));
    assertEquals("who,species,sepal_length,logMarginal,certificate,note", kept.lines().get(0));
    JsonNode json = Run.withInput(rows, with(args, "--keep-columns", "--json")).json();
    assertEquals("a,b", json.get(0).get("row").get("who").asText());
    assertFails(3, "no column 'whom' for --id", Run.withInput(rows, with(args, "--id", "whom")));
  }

  /** Refused rows in all places of a batch: the others have the answers that they have alone. */
  @Test
  void refusedRows_amongMany_leaveTheOthersAlone() {
    StringBuilder rows = new StringBuilder("sepal_length,sepal_width,petal_length,petal_width\n");
    for (int r = 0; r < 2500; r++) {
      rows.append(r % 700 == 3 ? "5,3,,0.2\n" : "5,3,1.4,0." + r % 10 + "\n");
    }
    Run run =
        Run.withInput(rows.toString(), "score", DEEP, "-", "--query", "class", "--threads", "2");
    assertEquals(0, run.status(), run.err());
    assertTrue(run.err().contains("0 rows in error, 4 refused"), run.err());
    for (int r = 0; r < 2500; r++) {
      String line = run.lines().get(r + 1);
      if (r % 700 == 3) {
        assertTrue(line.startsWith(",,,,REFUSED,\"variable 'petal_length'"), line);
      } else {
        assertEquals(run.lines().get(r % 10 == 3 ? 14 : r % 10 + 1), line);
      }
    }
  }

  @Test
  void errorBound_everyQueryThatHasOne_isAColumnAndInTheSummary() throws IOException {
    String[] class_ = {"score", DEEP, IRIS, "--query", "class", "--error-bound"};
    Run rows = Run.of(with(class_, "--threads", "2"));
    assertTrue(rows.lines().get(0).endsWith("class:virginica,certificate,relativeErrorBound,note"));
    double worst = 0;
    for (String line : rows.lines().subList(1, 151)) {
      double bound = Double.parseDouble(line.split(",")[5]);
      assertTrue(bound > 0 && bound < 1e-10, line);
      worst = Math.max(worst, bound);
    }
    JsonNode summary = Run.of(with(class_, "--summary", "--json")).json();
    assertEquals(worst, summary.get("relativeErrorBound").asDouble());
    assertTrue(
        Run.of(with(class_, "--summary")).out().contains("largest relative error bound"),
        "text of the summary");
    String[] log = {"score", CIRCUIT, IRIS, "--query", "marginal", "--error-bound", "--json"};
    double exact = Run.of(log).json().get(0).get("relativeErrorBound").asDouble();
    JsonNode floats = Run.of(with(log, "--precision", "float")).json();
    double single = floats.get(0).get("relativeErrorBound").asDouble();
    assertTrue(exact < 1e-12 && single > 1e-7 && single < 1e-3, exact + " " + single);
    assertFails(
        2,
        "--query mpe states logUpperBound",
        Run.of("score", CIRCUIT, IRIS, "--query", "mpe", "--error-bound"));
    assertFails(
        2,
        "--error-bound is one number a row, and a mean and a variance are two",
        Run.of("score", CIRCUIT, IRIS, "--query", "posterior=petal_width", "--error-bound"));
  }

  @Test
  void score_circuitThatIsZeroEverywhere_refusesEveryRow(@TempDir Path dir) throws IOException {
    Path model = dir.resolve("zero.json");
    Files.writeString(
        model,
        "{\"format\": \"ugmm-graph/1\", \"variables\": [{\"name\": \"x\", \"kind\": \"real\"}],"
            + " \"nodes\": [{\"gaussian\": {\"variable\": \"x\", \"mean\": 0, \"scale\": 1}},"
            + " {\"sum\": {\"children\": [0], \"weights\": [0]}}], \"root\": 1}");
    Run run =
        Run.withInput(
            "x\n0.5\n1\n", "score", model.toString(), "-", "--query", "marginal", "--error-bound");
    assertEquals(0, run.status(), run.err());
    for (String line : run.lines().subList(1, 3)) {
      assertTrue(line.startsWith(",REFUSED,,the circuit is zero everywhere"), run.out());
    }
  }

  @Test
  void errorBound_rowFarOut_isEnclosedAndHasAnEmptyCell() {
    String rows = "sepal_length,species\n5.1,\n1e30,\n";
    Run run =
        Run.withInput(
            rows, "score", CIRCUIT, "-", "--quiet", "--query", "marginal", "--error-bound");
    String line = run.lines().get(2);
    assertTrue(line.contains(",ENCLOSED,,\"in [-"), run.out() + run.err());
  }

  @Test
  void posteriorOfAReal_everyRow_isThatOfTheQuery() {
    Run scores =
        Run.of("score", CIRCUIT, IRIS, "--query", "posterior=petal_width", "--threads", "2");
    assertEquals(151, scores.lines().size());
    JsonNode first =
        Run.of(
                "query",
                CIRCUIT,
                "--given",
                "sepal_length=5.1",
                "--given",
                "sepal_width=3.5",
                "--given",
                "petal_length=1.4",
                "--given",
                "species=setosa",
                "--posterior",
                "petal_width",
                "--json")
            .json();
    String[] cells = scores.lines().get(1).split(",");
    JsonNode posterior = first.findParent("variance");
    assertEquals(posterior.get("mean").asDouble(), Double.parseDouble(cells[0]), 1e-12);
    assertEquals(posterior.get("variance").asDouble(), Double.parseDouble(cells[1]), 1e-12);
  }

  @Test
  void cells_missingInAnySpelling_areUnknown() {
    String table =
        "sepal_length,sepal_width,petal_length,petal_width,species\n"
            + "5.1,,,,\n5.1,NA,NaN,?,\n\"5.1\",\"\", ,NA,?\n";
    Run run = Run.withInput(table, "score", CIRCUIT, "-", "--query", "marginal");
    assertEquals(0, run.status(), run.err());
    assertEquals(run.lines().get(1), run.lines().get(2));
    assertEquals(run.lines().get(1), run.lines().get(3));
  }

  @Test
  void header_bomCrlfQuotesAndAnyOrder_isRead() {
    String plain = "sepal_length,species\n5.1,setosa\n";
    String odd = "\uFEFF\"species\",extra,\"sepal_length\"\r\n\"setosa\",\"a,\nb\",5.1\r\n";
    String[] args = {"score", CIRCUIT, "-", "--query", "marginal", "--quiet"};
    assertEquals(Run.withInput(plain, args).out(), Run.withInput(odd, args).out());
  }

  @Test
  void table_broken_isThreeAndNamesThePlace() {
    String[] args = {"score", CIRCUIT, "-", "--query", "marginal", "--quiet", "--strict"};
    assertFails(3, "is empty; expected a header row", Run.withInput("", args));
    assertFails(
        3,
        "line 1: columns 1 and 3 are both named 'species'",
        Run.withInput("species,sepal_length,species\n", args));
    assertFails(
        3,
        "line 3: 1 cells; expected 2, as in the first line",
        Run.withInput("sepal_length,species\n1,setosa\n1\n", args));
    assertFails(
        3,
        "standard input: line 2, column 2: variable 'sepal_length': 'long'; expected a number",
        Run.withInput("species,sepal_length\nsetosa,long\n", args));
    assertFails(
        3,
        "line 2, column 1: variable 'species': 'rose' is not one of its states",
        Run.withInput("species\nrose\n", args));
    assertFails(3, "'1e999' is infinite", Run.withInput("sepal_length\n1e999\n", args));
    assertFails(3, "no column is named like a variable", Run.withInput("a,b\n1,2\n", args));
    assertFails(
        3, "not readable as CSV", Run.withInput("species\n" + "x".repeat(17 << 20) + "\n", args));
    assertFails(
        3,
        "2 columns with separator ',', UTF-8; expected 5",
        Run.withInput("1,2\n", with(args, "--no-header")));
    assertFails(3, "no such file", Run.of("score", CIRCUIT, "nowhere.csv", "--query", "marginal"));
    assertFails(
        3,
        "line 2: the log-density needs a value of every variable; 'sepal_width' has none",
        Run.withInput(
            "sepal_length,sepal_width,petal_length,petal_width,species\n1,,1,1,setosa\n",
            "score",
            CIRCUIT,
            "-",
            "--query",
            "log-density",
            "--strict"));
  }

  @Test
  void usage_wrong_isTwo() {
    assertFails(
        2,
        "no --query and no --probability-of; expected log-density",
        Run.of("score", CIRCUIT, IRIS));
    assertFails(
        2,
        "--query guess; expected log-density, marginal, posterior=NAME, quantiles",
        Run.of("score", CIRCUIT, IRIS, "--query", "guess"));
    assertFails(
        2,
        "--threads 0; expected at least 1",
        Run.of("score", CIRCUIT, IRIS, "--query", "class", "--threads", "0"));
  }

  @Test
  void run_refused_isFourAndLeavesTheOldFile() throws IOException {
    Path out = Files.writeString(folder.resolve("out.csv"), "old\n");
    Run run =
        Run.withInput(
            "sepal_length,sepal_width,petal_length,petal_width\n5,3,1.4,0.2\n5,3,,0.2\n",
            "score",
            DEEP,
            "-",
            "--query",
            "class",
            "--strict",
            "-o",
            out.toString());
    assertFails(4, "standard input: line 3: variable 'petal_length'", run);
    assertEquals("old\n", Files.readString(out));
    try (var files = Files.list(folder)) {
      assertEquals(1, files.count());
    }
  }

  @Test
  void zeroProbability_row_isCountedAndHasEmptyCells() throws IOException {
    Path model =
        Files.writeString(
            folder.resolve("m.json"),
            """
            {"format": "ugmm-graph/1",
             "variables": [
               {"name": "a", "kind": "categorical", "states": ["x", "y"]},
               {"name": "b", "kind": "categorical", "states": ["1", "2"]}],
             "nodes": [
               {"categorical": {"variable": "a", "probabilities": [1, 0]}},
               {"categorical": {"variable": "b", "probabilities": [0.5, 0.5]}},
               {"product": {"children": [0, 1]}}],
             "root": 2}
            """);
    String rows = "a,b\nx,1\ny,1\n";
    Run log = Run.withInput(rows, "score", model.toString(), "-", "--query", "log-density");
    assertEquals("-Infinity,EXACT,", log.lines().get(2));
    Run posterior = Run.withInput(rows, "score", model.toString(), "-", "--query", "posterior=b");
    assertEquals("0.5,0.5,EXACT,", posterior.lines().get(1));
    assertEquals(",,EXACT,the evidence has probability zero", posterior.lines().get(2));
    JsonNode summary =
        Run.withInput(
                rows,
                "score",
                model.toString(),
                "-",
                "--query",
                "log-density",
                "--summary",
                "--json")
            .json();
    assertEquals(1, summary.get("zeroProbabilityRows").asInt());
    assertEquals(Math.log(0.5), summary.get("mean").asDouble(), 1e-15);
    assertFails(
        2,
        "the model has 2 categorical variables; name one with --class NAME",
        Run.withInput(rows, "score", model.toString(), "-", "--query", "class"));
  }
}
