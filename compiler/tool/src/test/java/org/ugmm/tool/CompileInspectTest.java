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

/** {@code ugmm compile} and {@code ugmm inspect}. */
class CompileInspectTest {
  @TempDir Path folder;

  @Test
  void compile_thenQuery_answersAsTheModelDoes() {
    Path file = folder.resolve("iris.circuit");
    Run run = Run.of("compile", "@" + Run.IRIS_CIRCUIT, "-o", file.toString(), "--json");
    assertEquals(0, run.status(), run.err());
    assertTrue(run.json().get("bytes").asLong() > 0);
    assertTrue(run.json().get("passes").size() > 0);
    String[] query = {"--given", "sepal_length=5.1", "--posterior", "species", "--json"};
    assertEquals(query(file.toString(), query).out(), query("@" + Run.IRIS_CIRCUIT, query).out());
  }

  /** A file keeps which variable is the class, and the codes by which tables name its states. */
  @Test
  void compile_thenScore_knowsClassAndCodes() throws IOException {
    Path model =
        Files.writeString(
            folder.resolve("m.json"),
            """
            {"format": "ugmm-network/1",
             "variables": [{"name": "x", "kind": "real"},
               {"name": "k", "kind": "categorical", "states": ["a", "b"], "codes": [5, 7.5]},
               {"name": "l", "kind": "categorical", "states": ["a", "b"]}],
             "layers": [
               {"name": "h", "type": "ugmm", "units": 2, "mean": [[0, 5, 0], [3, 7, 1]],
                "scale": [[1, 1, 1], [1, 2, 1]], "weights": [[0.4, 0.3, 0.3], [0.2, 0.4, 0.4]]}],
             "classes": {"variable": "digit", "states": ["0", "1"], "priors": [0.5, 0.5]}}
            """);
    Path data = Files.writeString(folder.resolve("d.csv"), "x,k,l,digit\n0.5,5,a,0\n3,7.5,b,1\n");
    Path file = folder.resolve("m.circuit");
    Run compiled = Run.of("compile", model.toString(), "-o", file.toString());
    assertEquals(0, compiled.status(), compiled.err());
    Run expected = Run.of("score", model.toString(), data.toString(), "--query", "class");
    Run found = Run.of("score", file.toString(), data.toString(), "--query", "class");
    assertEquals(0, found.status(), found.err());
    assertTrue(found.out().startsWith("class,class:0,class:1,certificate"), found.out());
    assertEquals(expected.out(), found.out());
  }

  private static Run query(String model, String... args) {
    String[] all = new String[args.length + 2];
    all[0] = "query";
    all[1] = model;
    System.arraycopy(args, 0, all, 2, args.length);
    return Run.of(all);
  }

  @Test
  void compile_wrong_saysWhy() throws IOException {
    Path broken = Files.writeString(folder.resolve("broken.json"), "{\"format\": \"x\"}");
    Run run = Run.of("compile", broken.toString(), "-o", folder.resolve("b.circuit").toString());
    assertEquals(3, run.status());
    assertTrue(run.err().startsWith("ugmm: broken.json"), run.err());
    assertEquals(2, Run.of("compile", "@" + Run.IRIS_DEEP).status());
    assertEquals(2, Run.of("compile", "@" + Run.IRIS_DEEP, "-o", "x.bin").status());
    Path nowhere = folder.resolve("no/b.circuit");
    assertEquals(1, Run.of("compile", "@" + Run.IRIS_DEEP, "-o", nowhere.toString()).status());
  }

  @Test
  void inspect_longAnswers_goOnInTheNextLines() {
    Run text = Run.of("inspect", "@" + Run.IRIS_DEEP);
    for (String line : text.out().lines().toList()) {
      assertTrue(line.length() <= 120, line);
    }
    String words = text.out().replaceAll("\\s+", " ");
    assertTrue(words.contains("differ in scope by 'sepal_length'"), text.out());
  }

  @Test
  void inspect_bothIrisModels_tellsWhatHolds() {
    JsonNode deep = Run.of("inspect", "@" + Run.IRIS_DEEP, "--json").json();
    assertEquals(5, deep.get("variables").size());
    assertEquals(3, deep.get("layers").size());
    assertFalse(deep.get("structure").get("smooth").get("holds").asBoolean());
    assertTrue(
        deep.get("structure").get("smooth").get("why").asText().contains("sum unit 0 of layer"));
    assertTrue(deep.get("logZ").isNull());
    JsonNode circuit = Run.of("inspect", "@" + Run.IRIS_CIRCUIT, "--json").json();
    assertEquals(55, circuit.get("nodes").asInt());
    assertTrue(circuit.get("structure").get("structured-decomposable").get("holds").asBoolean());
    Run text = Run.of("inspect", "@" + Run.IRIS_CIRCUIT);
    assertTrue(text.out().contains("marginal      EXACT, whatever is missing"), text.out());
  }
}
