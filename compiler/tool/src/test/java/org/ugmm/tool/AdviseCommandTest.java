package org.ugmm.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ugmm.testdata.Golden;

class AdviseCommandTest {
  private static final String MODEL = Golden.find(Run.IRIS_CIRCUIT).toString();

  @TempDir Path folder;

  private static JsonNode candidate(JsonNode json, String name) {
    for (JsonNode each : json.get("candidates")) {
      if (each.get("variable").asText().equals(name)) {
        return each;
      }
    }
    throw new AssertionError(json);
  }

  /** Disease 10 %, a good test of 90 % and a poor one of 60 % either way. */
  private String tests() throws IOException {
    Path file = folder.resolve("tests.json");
    Files.writeString(
        file,
        """
        {"format": "ugmm-graph/1", "variables": [
          {"name": "ill", "kind": "categorical", "states": ["no", "yes"]},
          {"name": "good", "kind": "categorical", "states": ["neg", "pos"]},
          {"name": "poor", "kind": "categorical", "states": ["neg", "pos"]}],
         "nodes": [
          {"categorical": {"variable": "ill", "probabilities": [1, 0]}},
          {"categorical": {"variable": "good", "probabilities": [0.9, 0.1]}},
          {"categorical": {"variable": "poor", "probabilities": [0.6, 0.4]}},
          {"product": {"children": [0, 1, 2]}},
          {"categorical": {"variable": "ill", "probabilities": [0, 1]}},
          {"categorical": {"variable": "good", "probabilities": [0.1, 0.9]}},
          {"categorical": {"variable": "poor", "probabilities": [0.4, 0.6]}},
          {"product": {"children": [4, 5, 6]}},
          {"sum": {"children": [3, 7], "weights": [0.9, 0.1]}}],
         "root": 8}
        """);
    return file.toString();
  }

  private static double h(double p) {
    return -p * Math.log(p) - (1 - p) * Math.log(1 - p);
  }

  @Test
  void advise_tests_ranksThemByExactInformation() throws IOException {
    String model = tests();
    JsonNode json = Run.of("advise", model, "--target", "ill", "--json").json();
    assertEquals("good", json.get("candidates").get(0).get("variable").asText());
    JsonNode good = candidate(json, "good");
    double positive = 0.1 * 0.9 + 0.9 * 0.1;
    assertEquals(h(positive) - h(0.1), good.get("information").get("value").asDouble(), 1e-14);
    assertEquals("EXACT", good.get("information").get("certificate").get("kind").asText());
    assertEquals(0.9, good.get("expectedAccuracy").get("value").asDouble(), 1e-14);
    JsonNode poor = candidate(json, "poor");
    assertEquals(
        h(0.1 * 0.6 + 0.9 * 0.4) - h(0.6), poor.get("information").get("value").asDouble(), 1e-14);
    assertEquals(h(0.1), json.get("now").get("entropy").asDouble(), 1e-14);
    JsonNode costly =
        Run.of("advise", model, "--target", "ill", "--cost", "good=50", "--json").json();
    assertEquals("poor", costly.get("candidates").get(0).get("variable").asText());
    Run text = Run.of("advise", model, "--target", "ill", "--given", "good=pos");
    assertTrue(text.out().contains("to know ill given good = pos"), text.out());
    assertTrue(text.lines().get(text.lines().size() - 1).contains("poor"), text.out());
  }

  @Test
  void advise_reals_areEstimatedUnlessTheyMayNotBe() {
    JsonNode json =
        Run.of("advise", MODEL, "--target", "species", "--given", "sepal_length=[5,6]", "--json")
            .json();
    JsonNode first = json.get("candidates").get(0);
    assertEquals("ESTIMATED", first.get("information").get("certificate").get("kind").asText());
    assertTrue(first.get("variable").asText().startsWith("petal"), json.toString());
    double entropy = json.get("now").get("entropy").asDouble();
    assertTrue(first.get("information").get("value").asDouble() <= entropy);
    Run strict = Run.of("advise", MODEL, "--target", "species", "--allow", "exact");
    assertEquals(0, strict.status());
    assertTrue(strict.out().contains("allow estimated answers"), strict.out());
    JsonNode real = Run.of("advise", MODEL, "--target", "petal_width", "--json").json();
    JsonNode species = candidate(real, "species");
    assertEquals("EXACT", species.get("expectedVariance").get("certificate").get("kind").asText());
    assertTrue(
        species.get("expectedVariance").get("value").asDouble()
            < real.get("now").get("variance").asDouble());
  }

  @Test
  void advise_wrongCalls_haveTheirStatus() {
    assertEquals(2, Run.of("advise", MODEL).status());
    assertEquals(2, Run.of("advise", MODEL, "--target", "species", "--cost", "x").status());
    assertEquals(3, Run.of("advise", MODEL, "--target", "species", "--cost", "colour=2").status());
    assertEquals(
        4, Run.of("advise", Golden.find(Run.IRIS_DEEP).toString(), "--target", "species").status());
  }
}
