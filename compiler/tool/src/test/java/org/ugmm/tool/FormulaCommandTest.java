package org.ugmm.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Formulas, soft evidence, joint states and k best on the command line. */
class FormulaCommandTest {
  private static final String IRIS = "@" + Run.IRIS_CIRCUIT;

  @TempDir Path dir;

  private static void assertFails(int status, String text, String... args) {
    Run run = Run.of(args);
    assertEquals(status, run.status(), run.err());
    assertTrue(run.err().contains(text), run.err());
    assertEquals("", run.out());
    assertFalse(run.err().contains("\tat "), run.err());
  }

  private static double probability(String formula, String... more) {
    String[] args = {"query", IRIS, "--json", "--probability-of", formula};
    String[] all = java.util.Arrays.copyOf(args, args.length + more.length);
    System.arraycopy(more, 0, all, args.length, more.length);
    JsonNode json = Run.of(all).json();
    assertEquals("probability", json.get("query").asText());
    assertEquals(formula, json.get("formula").asText());
    assertEquals("EXACT", json.get("certificate").get("kind").asText());
    assertEquals(Math.exp(json.get("logValue").asDouble()), json.get("value").asDouble());
    return json.get("value").asDouble();
  }

  @Test
  void probabilityOf_parts_addUp() {
    double both = probability("petal_length > 3 and species = virginica");
    double given = probability("petal_length > 3", "--where", "species = virginica");
    double alone = probability("species = virginica");
    assertEquals(both, given * alone, 1e-14);
    double either = probability("petal_length > 3 or species = virginica");
    assertEquals(probability("petal_length > 3") + alone - both, either, 1e-14);
    assertEquals(1 - both, probability("not (petal_length > 3 and species = virginica)"), 1e-14);
    assertEquals(
        both, probability("exactly 2 of (petal_length > 3, species in {virginica})"), 1e-15);
    assertEquals(given, probability("petal_length > 3", "--given", "species=virginica"), 1e-14);
  }

  @Test
  void probabilityOf_tiny_isToldByItsLog() {
    JsonNode json = Run.of("query", IRIS, "--json", "--probability-of", "petal_length > 30").json();
    assertEquals(0, json.get("value").asDouble());
    assertTrue(json.get("logValue").asDouble() < -1000);
    assertTrue(json.get("logErrorBound").asDouble() < 1e-9);
    Run text = Run.of("query", IRIS, "--probability-of", "petal_length > 30");
    assertTrue(text.out().contains("probability of petal_length > 30 given nothing"), text.out());
    assertTrue(text.out().matches("(?s).*probability +\\d\\.\\d+e-\\d{3,}.*"), text.out());
  }

  @Test
  void where_posterior_isGivenTheFormula() {
    JsonNode json =
        Run.of(
                "query",
                IRIS,
                "--json",
                "--where",
                "petal_length > 3 and not species = setosa",
                "--posterior",
                "species")
            .json();
    assertEquals("petal_length > 3 and not species = setosa", json.get("where").asText());
    double virginica =
        probability("species = virginica", "--where", "petal_length > 3 and not species = setosa");
    JsonNode states = json.get("value").get("probabilities");
    assertEquals(virginica, states.get("virginica").asDouble(), 1e-14);
    assertEquals(0, states.get("setosa").asDouble());
  }

  @Test
  void where_marginalAndMpe_areGivenTheFormula() {
    String where = "petal_length > 3";
    JsonNode plain =
        Run.of("query", IRIS, "--json", "--given", "petal_length=4", "--marginal").json();
    JsonNode given =
        Run.of("query", IRIS, "--json", "--given", "petal_length=4", "--where", where, "--marginal")
            .json();
    double holds = Math.log(probability(where));
    assertEquals(plain.get("value").asDouble() - holds, given.get("value").asDouble(), 1e-13);
    JsonNode outside =
        Run.of("query", IRIS, "--json", "--given", "petal_length=1", "--where", where, "--marginal")
            .json();
    assertEquals("-Infinity", outside.get("value").asText());
    JsonNode mpe = Run.of("query", IRIS, "--json", "--where", where, "--mpe").json().get("value");
    assertTrue(mpe.get("assignment").get("petal_length").asDouble() >= 3);
    assertTrue(mpe.get("logUpperBound").asDouble() >= mpe.get("logValue").asDouble());
  }

  @Test
  void score_where_everyRowIsGivenTheFormula() throws IOException {
    Path data = dir.resolve("rows.csv");
    Files.writeString(data, "petal_length,sepal_width\n4,3\n1,3\n,3\n");
    Run run =
        Run.of(
            "score",
            IRIS,
            data.toString(),
            "--query",
            "marginal,posterior=species",
            "--where",
            "petal_length > 3");
    assertEquals(0, run.status(), run.err());
    assertEquals(4, run.lines().size(), run.out());
    double plain =
        Run.of(
                "query",
                IRIS,
                "--json",
                "--given",
                "petal_length=4",
                "--given",
                "sepal_width=3",
                "--marginal")
            .json()
            .get("value")
            .asDouble();
    double first = Double.parseDouble(run.lines().get(1).split(",")[0]);
    assertEquals(plain - Math.log(probability("petal_length > 3")), first, 1e-12);
    assertTrue(run.lines().get(2).startsWith("-Infinity,,,,EXACT"), run.out());
    assertTrue(run.lines().get(3).endsWith("EXACT,"), run.out());
  }

  @Test
  void score_probabilityOf_isThatOfQueryRowByRow() throws IOException {
    Path data = dir.resolve("rows.csv");
    Files.writeString(data, "petal_length,sepal_width\n4,3\n,\n1,3\nlong,3\n4,\n");
    String formula = "species = virginica or petal_width > 1.5";
    String where = "petal_length > 3";
    Run run =
        Run.of(
            "score",
            IRIS,
            data.toString(),
            "--query",
            "marginal",
            "--probability-of",
            formula,
            "--where",
            where,
            "--error-bound");
    assertEquals(0, run.status(), run.err());
    assertEquals(
        "logMarginal,probability:%s,logProbability:%s,certificate,relativeErrorBound,note"
            .formatted(formula, formula),
        run.lines().get(0));
    String[] given = {"petal_length=4,sepal_width=3", "", null, null, "petal_length=4"};
    for (int r = 0; r < given.length; r++) {
      String line = run.lines().get(r + 1);
      if (given[r] == null) {
        boolean isError = r == 3;
        assertTrue(line.contains(isError ? "ERROR" : "probability zero"), line);
        continue;
      }
      String[] args = {"--where", where};
      for (String value : given[r].isEmpty() ? new String[0] : given[r].split(",")) {
        args = java.util.Arrays.copyOf(args, args.length + 2);
        args[args.length - 2] = "--given";
        args[args.length - 1] = value;
      }
      double p = Double.parseDouble(line.split(",")[1]);
      assertEquals(probability(formula, args), p, 1e-13, line);
      assertEquals(Math.log(p), Double.parseDouble(line.split(",")[2]), 1e-13, line);
      assertTrue(line.contains("EXACT"), line);
    }
    Run alone =
        Run.of(
            "score",
            IRIS,
            data.toString(),
            "--probability-of",
            "petal_length = 3",
            "--probability-of",
            formula);
    assertEquals(0, alone.status(), alone.err());
    assertTrue(alone.lines().get(2).contains("REFUSED"), alone.out());
    assertTrue(alone.lines().get(2).contains("single values"), alone.out());
    assertFails(2, "no --query and no --probability-of", "score", IRIS, data.toString());
    assertFails(
        3,
        "column 1, at 'nobody > 1'",
        "score",
        IRIS,
        data.toString(),
        "--probability-of",
        "nobody > 1");
  }

  @Test
  void formulas_wrong_sayWhereAndWhy() {
    assertFails(
        3,
        "formula, column 10, at 'petal_lenght > 3': no variable 'petal_lenght'; the variables are",
        "query",
        IRIS,
        "--where",
        "true and petal_lenght > 3",
        "--marginal");
  }

  /** Allowing estimates is no help: formulas have closed forms only. */
  @Test
  void formulas_networkWithLinks_suggestNothingThatDoesNotHelp() {
    Run run = Run.of("query", "@" + Run.IRIS_DEEP, "--probability-of", "petal_length > 3");
    assertEquals(4, run.status(), run.err());
    assertTrue(run.err().contains("observe it"), run.err());
    assertFalse(run.err().contains("--"), run.err());
  }

  @Test
  void formulas_refused_sayWhatWouldHelp() {
    assertFails(4, "only at single values", "query", IRIS, "--probability-of", "petal_length = 3");
    assertFails(
        4,
        "probability zero",
        "query",
        IRIS,
        "--where",
        "species = setosa and species = virginica",
        "--posterior",
        "petal_length");
    assertFails(
        4,
        "ENCLOSED",
        "query",
        IRIS,
        "--allow",
        "exact",
        "--budget",
        "1",
        "--probability-of",
        "petal_length > 3 or sepal_width < 3 and species = setosa or petal_width > 1");
    JsonNode enclosed =
        Run.of(
                "query",
                IRIS,
                "--json",
                "--budget",
                "1",
                "--probability-of",
                "petal_length > 3 or sepal_width < 3 and species = setosa or petal_width > 1")
            .json();
    assertEquals("ENCLOSED", enclosed.get("certificate").get("kind").asText());
    double lo = enclosed.get("certificate").get("lo").asDouble();
    double hi = enclosed.get("certificate").get("hi").asDouble();
    double truth =
        probability("petal_length > 3 or sepal_width < 3 and species = setosa or petal_width > 1");
    assertTrue(lo <= truth && truth <= hi, lo + " " + hi);
  }

  @Test
  void softEvidence_oddInputs_areReadOrRefused() {
    JsonNode given =
        Run.of(
                "query",
                IRIS,
                "--json",
                "--given",
                "species ~ {setosa:0.7,versicolor:0.3}".replace(" ", ""),
                "--posterior",
                "species")
            .json();
    assertEquals(0.7, given.get("value").get("probabilities").get("setosa").asDouble(), 1e-6);
    assertFails(
        3, "expected a likelihood", "query", IRIS, "--given", "species~{setosa}", "--marginal");
    assertFails(
        3, "expected a likelihood", "query", IRIS, "--given", "species~{setosa:-1}", "--marginal");
    assertFails(
        3, "expected a likelihood", "query", IRIS, "--given", "species~{setosa:NaN}", "--marginal");
    assertFails(3, "none above zero", "query", IRIS, "--given", "species~{setosa:0}", "--marginal");
    assertFails(
        3,
        "'rose' is not one of its states",
        "query",
        IRIS,
        "--given",
        "species~{rose:1}",
        "--marginal");
    assertFails(
        3, "given twice", "query", IRIS, "--given", "species~{setosa:1,setosa:2}", "--marginal");
    assertFails(3, "petal_width", "query", IRIS, "--given", "petal_width~{a:1}", "--marginal");
  }

  @Test
  void jointAndBest_oddInputs_areRefusedClearly() {
    assertFails(3, "is real", "query", IRIS, "--joint", "species,petal_width");
    assertFails(3, "no variable 'nobody'", "query", IRIS, "--joint", "nobody");
    assertFails(3, "is given", "query", IRIS, "--given", "species=setosa", "--joint", "species");
    assertFails(2, "--k-best 0", "query", IRIS, "--k-best", "0");
    assertFails(4, "deterministic", "query", IRIS, "--k-best", "3");
  }

  @Test
  void map_someStates_isTheGreatestOfTheJoint() {
    String model = "@models/networks/asia.bif";
    JsonNode joint =
        Run.of("query", model, "--json", "--given", "dysp=yes", "--joint", "smoke,bronc").json();
    double best = 0;
    JsonNode at = null;
    for (JsonNode row : joint.get("value")) {
      if (row.get("probability").asDouble() > best) {
        best = row.get("probability").asDouble();
        at = row.get("assignment");
      }
    }
    JsonNode map =
        Run.of("query", model, "--json", "--given", "dysp=yes", "--map", "smoke,bronc").json();
    assertEquals("map", map.get("query").asText());
    assertEquals(at, map.get("value").get("assignment"));
    JsonNode known = Run.of("query", model, "--json", "--given", "dysp=yes", "--marginal").json();
    assertEquals(
        Math.log(best),
        map.get("value").get("logValue").asDouble() - known.get("value").asDouble(),
        1e-12);
    assertEquals("EXACT", map.get("certificate").get("kind").asText());
    Run text = Run.of("query", model, "--given", "dysp=yes", "--map", "smoke,bronc");
    assertTrue(text.out().startsWith("most probable values given dysp = yes, the others"));
    JsonNode where =
        Run.of("query", model, "--json", "--where", "dysp = yes", "--map", "smoke,bronc").json();
    assertEquals(at, where.get("value").get("assignment"));
    assertEquals(Math.log(best), where.get("value").get("logValue").asDouble(), 1e-12);
    JsonNode real = Run.of("query", IRIS, "--json", "--map", "petal_width,species").json();
    String width = real.get("value").get("assignment").get("petal_width").asText();
    String species = real.get("value").get("assignment").get("species").asText();
    JsonNode there =
        Run.of(
                "query",
                IRIS,
                "--json",
                "--given",
                "petal_width=" + width,
                "--given",
                "species=" + species,
                "--marginal")
            .json();
    double log = real.get("value").get("logValue").asDouble();
    assertEquals(there.get("value").asDouble(), log, 1e-12);
    assertTrue(real.get("value").get("logUpperBound").asDouble() >= log);
    assertFails(
        4,
        "the formula speaks of 'petal_width'",
        "query",
        IRIS,
        "--where",
        "petal_width > 1",
        "--map",
        "petal_width");
  }

  @Test
  void compile_constraint_holdsInEveryAnswer() throws IOException {
    Path formula = dir.resolve("rules.txt");
    Files.writeString(formula, "not (smoke = yes and bronc = no)\n");
    Path product = dir.resolve("out.circuit");
    String model = "@models/networks/asia.bif";
    Run run =
        Run.of(
            "compile",
            model,
            "-o",
            product.toString(),
            "--constraint",
            formula.toString(),
            "--json");
    assertEquals(0, run.status(), run.err());
    JsonNode joint = Run.of("query", product.toString(), "--json", "--joint", "smoke,bronc").json();
    for (JsonNode row : joint.get("value")) {
      JsonNode at = row.get("assignment");
      String where =
          "smoke = %s and bronc = %s".formatted(at.get("smoke").asText(), at.get("bronc").asText());
      JsonNode given =
          Run.of(
                  "query",
                  model,
                  "--json",
                  "--where",
                  "not (smoke = yes and bronc = no)",
                  "--probability-of",
                  where)
              .json();
      assertEquals(given.get("value").asDouble(), row.get("probability").asDouble(), 1e-13, where);
    }
    Files.writeString(formula, "smoke = maybe");
    Run wrong =
        Run.of("compile", model, "-o", product.toString(), "--constraint", formula.toString());
    assertEquals(3, wrong.status());
    assertTrue(wrong.err().contains("rules.txt: formula, column 9"), wrong.err());
    Files.writeString(
        formula,
        "exactly 2 of (smoke = yes, bronc = yes, xray = yes, dysp = yes, tub = yes, asia = yes)");
    assertFails(
        4,
        "the circuit times the formula has more than 90 edges",
        "compile",
        model,
        "-o",
        product.toString(),
        "--constraint",
        formula.toString(),
        "--max-edges",
        "90");
  }
}
