package org.ugmm.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ugmm.testdata.Golden;

/** {@code ugmm query}: its answers, their JSON, and what it says of wrong input. */
class QueryCommandTest {
  private static final String CIRCUIT = "@" + Run.IRIS_CIRCUIT;
  private static final String DEEP = "@" + Run.IRIS_DEEP;

  private static void assertFails(int status, String text, Run run) {
    assertEquals(status, run.status(), run.err());
    assertTrue(run.err().contains(text), run.err());
    assertEquals("", run.out());
    assertFalse(run.err().contains("\tat "), run.err());
  }

  @Test
  void marginalAndPosterior_goldenRow_equalGolden() throws IOException {
    JsonNode row =
        new ObjectMapper().readTree(Golden.find("models/iris-circuit/golden.json").toFile()).get(0);
    String[] given = {
      "query",
      CIRCUIT,
      "--given",
      "sepal_length=5.1",
      "--given",
      "sepal_width=3.5",
      "--given",
      "petal_length=1.4",
      "--json"
    };
    JsonNode marginal = Run.of(with(given, "--marginal")).json();
    assertEquals(row.get("logMarginal").asDouble(), marginal.get("value").asDouble(), 1e-12);
    assertEquals("marginal", marginal.get("query").asText());
    assertEquals(1.4, marginal.get("given").get("petal_length").asDouble());
    assertEquals("EXACT", marginal.get("certificate").get("kind").asText());
    assertTrue(marginal.get("certificate").get("relativeErrorBound").asDouble() < 1e-12);
    JsonNode posterior = Run.of(with(given, "--posterior", "species")).json().get("value");
    assertEquals("species", posterior.get("variable").asText());
    assertEquals("categorical", posterior.get("kind").asText());
    assertEquals(
        row.get("speciesPosteriorGivenObservedFeatures").get("setosa").asDouble(),
        posterior.get("probabilities").get("setosa").asDouble(),
        1e-12);
  }

  private static String[] with(String[] args, String... more) {
    String[] all = java.util.Arrays.copyOf(args, args.length + more.length);
    System.arraycopy(more, 0, all, args.length, more.length);
    return all;
  }

  @Test
  void posterior_severalVariables_isArrayInTheirOrder() {
    JsonNode value =
        Run.of("query", CIRCUIT, "--posterior", "petal_width,species", "--json")
            .json()
            .get("value");
    assertEquals("petal_width", value.get(0).get("variable").asText());
    assertEquals("real", value.get(0).get("kind").asText());
    int components = value.get(0).get("weights").size();
    assertEquals(components, value.get(0).get("means").size());
    assertEquals(components, value.get(0).get("scales").size());
    double variance = value.get(0).get("variance").asDouble();
    double varianceError = value.get(0).get("varianceErrorBound").asDouble();
    assertTrue(varianceError > 0 && varianceError < 1e-11 * variance);
    double meanError = value.get(0).get("meanErrorBound").asDouble();
    assertTrue(meanError > 0 && meanError < 1e-11 * Math.sqrt(variance));
    assertEquals("species", value.get(1).get("variable").asText());
  }

  @Test
  void given_intervalAndSet_areEchoedAndUsed() {
    JsonNode answer =
        Run.of(
                "query",
                CIRCUIT,
                "--given",
                "petal_length=[1.5,2]",
                "--given",
                "species={setosa|virginica}",
                "--marginal",
                "--json")
            .json();
    assertEquals("[1.5,2.0]", answer.get("given").get("petal_length").toString());
    assertEquals("[\"setosa\",\"virginica\"]", answer.get("given").get("species").toString());
    assertTrue(answer.get("value").asDouble() < 0);
  }

  @Test
  void posterior_deepNetworkSpeciesUnknown_isExact() {
    Run run =
        Run.of(
            "query",
            DEEP,
            "--given",
            "sepal_length=5.1",
            "--given",
            "sepal_width=3.5",
            "--given",
            "petal_length=1.4",
            "--given",
            "petal_width=0.2",
            "--posterior",
            "species");
    assertEquals(0, run.status(), run.err());
    assertTrue(run.out().contains("setosa       98.92 %"), run.out());
    assertTrue(run.out().contains("certificate   exact, relative error at most"), run.out());
  }

  @Test
  void posterior_deepNetworkRealUnknown_isRefused() {
    assertFails(
        4,
        "variable 'petal_length' has no value and cannot be integrated out exactly",
        Run.of(
            "query",
            DEEP,
            "--given",
            "sepal_length=5.1",
            "--given",
            "sepal_width=3.5",
            "--posterior",
            "species",
            "--json"));
  }

  @Test
  void mpe_tractableCircuit_hasAssignmentAndBound() {
    JsonNode answer =
        Run.of("query", CIRCUIT, "--given", "sepal_length=5.1", "--mpe", "--json").json();
    JsonNode value = answer.get("value");
    assertEquals(5.1, value.get("assignment").get("sepal_length").asDouble());
    assertEquals("setosa", value.get("assignment").get("species").asText());
    double gap = value.get("logUpperBound").asDouble() - value.get("logValue").asDouble();
    assertTrue(gap >= 0 && gap <= 1e-9, "gap " + gap);
    assertEquals("EXACT", answer.get("certificate").get("kind").asText());
  }

  @Test
  void sample_sameSeed_isSameCsv() {
    Run run = Run.of("query", CIRCUIT, "--given", "species=setosa", "--sample", "5", "--seed", "7");
    assertEquals(6, run.lines().size());
    assertEquals("sepal_length,sepal_width,petal_length,petal_width,species", run.lines().get(0));
    assertTrue(run.lines().stream().skip(1).allMatch(line -> line.endsWith(",setosa")));
    assertEquals(
        run.out(),
        Run.of("query", CIRCUIT, "--given", "species=setosa", "--sample", "5", "--seed", "7")
            .out());
  }

  @Test
  void usage_wrong_isTwoAndSaysWhatIsExpected() {
    assertFails(2, "no command given; expected advise, check, compile", Run.of());
    assertFails(2, "'teach' is no command; expected advise", Run.of("teach"));
    assertFails(2, "Missing required parameter: 'MODEL'", Run.of("query"));
    assertFails(2, "no query is asked", Run.of("query", CIRCUIT));
    assertFails(2, "2 queries are asked", Run.of("query", CIRCUIT, "--mpe", "--marginal"));
    assertFails(
        2, "expected NAME=VALUE", Run.of("query", CIRCUIT, "--given", "species", "--marginal"));
    assertFails(
        2,
        "variable 'species' is given twice",
        Run.of(
            "query",
            CIRCUIT,
            "--given",
            "species=setosa",
            "--given",
            "species=setosa",
            "--marginal"));
    assertFails(2, "--allow", Run.of("query", CIRCUIT, "--allow", "sure", "--marginal"));
  }

  @Test
  void input_invalid_isThreeAndNamesIt() {
    assertFails(3, "nowhere.json: no such file", Run.of("query", "nowhere.json", "--marginal"));
    assertFails(
        3, "no variable 'size'", Run.of("query", CIRCUIT, "--given", "size=1", "--marginal"));
    assertFails(
        3,
        "'rose' is not one of its states; expected setosa, versicolor, virginica",
        Run.of("query", CIRCUIT, "--given", "species=rose", "--marginal"));
    assertFails(
        3,
        "variable 'sepal_width': 'wide'; expected a number",
        Run.of("query", CIRCUIT, "--given", "sepal_width=wide", "--marginal"));
    assertFails(
        3,
        "the log-density needs a value of every variable",
        Run.of("query", CIRCUIT, "--given", "species=setosa", "--log-density"));
    assertFails(
        3,
        "variable 'species' is observed",
        Run.of("query", CIRCUIT, "--given", "species=setosa", "--posterior", "species"));
  }

  @Test
  void model_broken_isThreeInWordsOfOurs(@TempDir Path folder) throws IOException {
    String[][] cases = {
      {
        "{\"format\": \"ugmm-graph/1\", \"variables\": [}", "found '}'; expected the syntax of JSON"
      },
      {"{\"format\": \"ugmm-graph/1\", \"a\"", "the text ends within a value; expected its end"},
      {"{\"format\": \"ugmm-graph/1\", \"root\": NaN}", "found 'NaN'; expected the syntax of"},
      {"hello", "not a JSON text: found 'hello'"},
      {"{\"format\": " + "[".repeat(100), "found an array; expected the format"}
    };
    for (String[] broken : cases) {
      Path model = Files.writeString(folder.resolve("m.json"), broken[0]);
      Run run = Run.of("query", model.toString(), "--marginal");
      assertFails(3, broken[1], run);
      assertFalse(run.err().contains("`") || run.err().contains("Source"), run.err());
    }
  }

  /** Two logs on a line, of false and of true, as one of the tools writes them. */
  @Test
  void psdd_twoLogs_areThoseOfFalseAndTrue(@TempDir Path folder) throws IOException {
    Path model =
        Files.writeString(folder.resolve("m.psdd"), "psdd 2\nT 0 0 1 -0.105361 -2.302585\n");
    double log =
        Run.of("query", model.toString(), "--marginal", "--given", "x1=1", "--json")
            .json()
            .get("value")
            .asDouble();
    assertEquals(-2.302585, log, 1e-15);
    Files.writeString(model, "psdd 2\nT 0 0 1 -0.5 -2.302585\n");
    assertFails(
        3,
        "expected those of false and of true, which sum to 1",
        Run.of("query", model.toString(), "--marginal"));
  }

  @Test
  void given_likelihood_isSoftEvidence() {
    JsonNode soft =
        Run.of(
                "query",
                CIRCUIT,
                "--given",
                "species~{setosa:0.7,virginica:0.3}",
                "--marginal",
                "--json")
            .json();
    assertEquals(0.7, soft.get("given").get("species").get("setosa").asDouble());
    double expected = 0;
    for (String[] state : new String[][] {{"setosa", "0.7"}, {"virginica", "0.3"}}) {
      double log =
          Run.of("query", CIRCUIT, "--given", "species=" + state[0], "--marginal", "--json")
              .json()
              .get("value")
              .asDouble();
      expected += Double.parseDouble(state[1]) * Math.exp(log);
    }
    assertEquals(Math.log(expected), soft.get("value").asDouble(), 1e-12);
    assertFails(
        3,
        "expected a likelihood such as",
        Run.of("query", CIRCUIT, "--given", "species~{setosa:high}", "--marginal"));
  }

  @Test
  void joint_ofOneVariable_isItsPosterior() {
    JsonNode joint = Run.of("query", CIRCUIT, "--joint", "species", "--json").json().get("value");
    JsonNode posterior =
        Run.of("query", CIRCUIT, "--posterior", "species", "--json").json().get("value");
    double sum = 0;
    for (JsonNode entry : joint) {
      String state = entry.get("assignment").get("species").asText();
      double p = entry.get("probability").asDouble();
      assertEquals(posterior.get("probabilities").get(state).asDouble(), p, 1e-12);
      sum += p;
    }
    assertEquals(1, sum, 1e-12);
    assertFails(3, "'petal_width' is real", Run.of("query", CIRCUIT, "--joint", "petal_width"));
  }

  /** Whoever follows the message comes to an answer. */
  @Test
  void refusal_ofADeepNetwork_namesOptionsThatHelp() {
    String[] query = {
      "query",
      DEEP,
      "--given",
      "sepal_length=5",
      "--given",
      "sepal_width=3.5",
      "--given",
      "petal_width=0.2",
      "--posterior",
      "petal_length"
    };
    assertFails(4, "--domain 'petal_length=[LO,HI]' declares a domain", Run.of(query));
    String[] withDomain = with(query, "--domain", "petal_l*=[0,8]");
    Run refused = Run.of(withDomain);
    assertFails(4, "--allow exact,enclosed,estimated allows estimates", refused);
    Run answered = Run.of(with(withDomain, "--allow", "exact,enclosed,estimated", "--json"));
    assertEquals(0, answered.status(), answered.err());
    assertEquals("ESTIMATED", answered.json().get("certificate").get("kind").asText());
    assertFails(3, "domain 'x' fits no real variable", Run.of(with(query, "--domain", "x=[0,1]")));
    assertFails(2, "expected NAME=[LO,HI]", Run.of(with(query, "--domain", "petal_length=[1,0]")));
    Run outside = Run.of(with(query, "--domain", "petal_width=[1,8]"));
    assertFails(4, "the evidence has probability zero", outside);
  }

  @Test
  void budgetAndTolerance_areReadAndUsed() {
    String[] mpe = {"query", DEEP, "--domain", "*=[0,8]", "--mpe", "--json"};
    double tight = gap(Run.of(mpe).json());
    double loose = gap(Run.of(with(mpe, "--tolerance", "0.5")).json());
    double short_ = gap(Run.of(with(mpe, "--budget", "20")).json());
    assertTrue(tight <= 1e-9 && loose > tight && loose <= 0.5, tight + " " + loose);
    assertTrue(short_ > tight, "a search of 20 boxes: " + short_);
    assertTrue(gap(Run.of(with(mpe, "--budget", "10s")).json()) <= 1e-9, "by the clock");
    assertFails(2, "--budget soon; expected", Run.of(with(mpe, "--budget", "soon")));
    assertFails(2, "--tolerance 2.0; expected", Run.of(with(mpe, "--tolerance", "2")));
  }

  private static double gap(JsonNode answer) {
    JsonNode value = answer.get("value");
    return value.get("logUpperBound").asDouble() - value.get("logValue").asDouble();
  }

  @Test
  void command_misspelt_isTwoAndGuessed() {
    assertFails(2, "'scroe' is no command; did you mean score?", Run.of("scroe", "--help"));
    assertFails(2, "Unknown options: '--queri'", Run.of("score", CIRCUIT, "-", "--queri", "mpe"));
  }

  @Test
  void stacktrace_asked_isOnStandardError() {
    Run run = Run.of("query", "nowhere.json", "--marginal", "--stacktrace");
    assertEquals(3, run.status());
    assertTrue(run.err().contains("\tat "), run.err());
    assertEquals("", run.out());
  }

  /** The bound of a posterior holds above 1e-290; what is smaller is given by its log. */
  @Test
  void posterior_belowTheRangeOfItsBound_isGivenByItsLog(@TempDir Path dir) throws IOException {
    Path model = dir.resolve("tiny.json");
    Files.writeString(
        model,
        "{\"format\": \"ugmm-graph/1\", \"variables\": [{\"name\": \"k\", \"kind\":"
            + " \"categorical\", \"states\": [\"a\", \"b\"]}], \"nodes\": [{\"categorical\":"
            + " {\"variable\": \"k\", \"probabilities\": [7.19783084632201508771369e-200,"
            + " 1e117]}}], \"root\": 0}");
    JsonNode logs =
        Run.of("query", model.toString(), "--posterior", "k", "--json")
            .json()
            .path("value")
            .path("logProbabilities");
    double bound = logs.path("a").path("errorBound").asDouble();
    assertTrue(bound > 0 && bound < 1e-11, logs.toString());
    assertEquals(-727.94569476982596515, logs.path("a").path("value").asDouble(), bound);
    assertTrue(logs.path("b").isMissingNode(), logs.toString());
    Run text = Run.of("query", model.toString(), "--posterior", "k");
    assertTrue(text.out().contains("log p -727.9456947698"), text.out());
  }
}
