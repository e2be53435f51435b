package org.ugmm.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ugmm.testdata.Golden;

class ExplainCommandTest {
  private static final String MODEL = Golden.find(Run.IRIS_CIRCUIT).toString();

  @TempDir Path folder;

  private static double logOdds(String state, String... given) {
    String[] args = new String[5 + 2 * given.length];
    args[0] = "query";
    args[1] = MODEL;
    args[2] = "--posterior";
    args[3] = "species";
    args[4] = "--json";
    for (int i = 0; i < given.length; i++) {
      args[5 + 2 * i] = "--given";
      args[6 + 2 * i] = given[i];
    }
    double p = Run.of(args).json().get("value").get("probabilities").get(state).asDouble();
    return Math.log(p / (1 - p));
  }

  @Test
  void explain_twoPieces_areTheMeansOfBothOrders() {
    String a = "petal_width=1.7";
    String b = "petal_length=[4.5,5.2]";
    Run run =
        Run.of(
            "explain",
            MODEL,
            "--given",
            a,
            "--given",
            b,
            "--target",
            "species",
            "--state",
            "versicolor",
            "--json");
    assertEquals(0, run.status(), run.err());
    JsonNode json = run.json();
    double none = logOdds("versicolor");
    double one = logOdds("versicolor", a);
    double other = logOdds("versicolor", b);
    double both = logOdds("versicolor", a, b);
    assertEquals(none, json.get("before").get("value").asDouble(), 1e-12);
    assertEquals(both, json.get("after").get("value").asDouble(), 1e-12);
    assertEquals("versicolor", json.get("state").asText());
    for (JsonNode piece : json.get("pieces")) {
      boolean isA = piece.get("variable").asText().equals("petal_width");
      double expected = isA ? (one - none + both - other) / 2 : (other - none + both - one) / 2;
      assertEquals(expected, piece.get("shapley").get("value").asDouble(), 1e-11);
      assertEquals(
          both - (isA ? other : one), piece.get("leaveOneOut").get("value").asDouble(), 1e-11);
      assertEquals("EXACT", piece.get("shapley").get("certificate").get("kind").asText());
    }
    assertEquals(both - none, json.get("sum").asDouble(), json.get("sumErrorBound").asDouble());
    double shares = 0;
    for (JsonNode component : json.get("components")) {
      shares += component.get("after").asDouble();
    }
    assertEquals(1, shares, 1e-12);
  }

  @Test
  void explain_forPeople_listsTheStrongestFirstAndDraws() throws Exception {
    Path plot = folder.resolve("why.svg");
    Run run =
        Run.of(
            "explain",
            MODEL,
            "--given",
            "sepal_length=5.9",
            "--given",
            "petal_width=1.7",
            "--target",
            "petal_length",
            "--plot",
            plot.toString());
    assertEquals(0, run.status(), run.err());
    assertTrue(
        run.lines().get(0).startsWith("mean of petal_length given sepal_length = 5.9"), run.out());
    assertTrue(run.lines().get(2).contains("petal_width = 1.7"), run.out());
    assertTrue(run.out().contains("certificate                 exact: the sum is"), run.out());
    var svg = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(plot.toFile());
    assertEquals("svg", svg.getDocumentElement().getNodeName());
    assertEquals(1 + 2, svg.getElementsByTagName("rect").getLength()); // the ground and two bars
  }

  @Test
  void explain_tooManyPieces_saysWhatHelps() {
    String[] args = {
      "explain",
      MODEL,
      "--given",
      "sepal_length=5.9",
      "--given",
      "petal_width=1.7",
      "--target",
      "species",
      "--budget",
      "6"
    };
    Run refused = Run.of(args);
    assertEquals(4, refused.status());
    assertTrue(refused.err().contains("raise the budget"), refused.err());
    String[] allowed = java.util.Arrays.copyOf(args, args.length + 2);
    allowed[args.length] = "--allow";
    allowed[args.length + 1] = "exact,estimated";
    Run drawn = Run.of(allowed);
    assertEquals(0, drawn.status(), drawn.err());
    assertTrue(drawn.out().contains("estimated (not proven)"), drawn.out());
  }

  @Test
  void explain_wrongCalls_haveTheirStatus() throws IOException {
    assertEquals(2, Run.of("explain", MODEL).status());
    assertEquals(3, Run.of("explain", MODEL, "--target", "colour").status());
    assertEquals(
        3, Run.of("explain", MODEL, "--target", "species", "--given", "species=setosa").status());
    assertEquals(
        2, Run.of("explain", MODEL, "--target", "petal_width", "--state", "setosa").status());
    String deep = Golden.find(Run.IRIS_DEEP).toString();
    Run refused = Run.of("explain", deep, "--target", "species", "--given", "petal_width=1");
    assertEquals(4, refused.status());
    assertTrue(refused.err().contains("without evidence") || refused.err().contains("variable"));
    assertEquals(0, Files.list(folder).count());
  }
}
