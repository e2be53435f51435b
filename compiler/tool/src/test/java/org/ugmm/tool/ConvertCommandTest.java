package org.ugmm.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command that writes a model in another format. */
class ConvertCommandTest {

  @Test
  void convert_writesAModelThatAnswersTheSame(@TempDir Path folder) {
    String graph = folder.resolve("asia.json").toString();
    Run run = Run.of("convert", "@models/networks/asia.bif", "-o", graph);
    assertEquals(0, run.status(), run.err());
    assertTrue(run.out().contains("(bif): 8 variables"), run.out());
    String[] query = {"--given", "xray=yes", "--posterior", "lung", "--json"};
    double before = lung("@models/networks/asia.bif", query);
    assertEquals(before, lung(graph, query), 1e-14);
  }

  private static double lung(String model, String... query) {
    String[] args = new String[query.length + 2];
    args[0] = "query";
    args[1] = model;
    System.arraycopy(query, 0, args, 2, query.length);
    Run run = Run.of(args);
    assertEquals(0, run.status(), run.err());
    return run.json().findValue("probabilities").get("yes").asDouble();
  }

  @Test
  void convert_toOnnx_takesTheClass(@TempDir Path folder) throws IOException {
    Path out = folder.resolve("iris.onnx");
    String model = "@models/iris-circuit/iris.graph.json";
    Run run = Run.of("convert", model, "--class", "species", "-o", out.toString());
    assertEquals(0, run.status(), run.err());
    String text = Files.readString(out, StandardCharsets.ISO_8859_1);
    assertTrue(text.contains("probabilities") && text.contains("setosa\nversicolor"), "no class");
    run = Run.of("convert", model, "-o", out.toString());
    assertEquals(0, run.status(), run.err());
    text = Files.readString(out, StandardCharsets.ISO_8859_1);
    assertTrue(text.contains("logDensity") && !text.contains("probabilities"), "a class");
    run = Run.of("convert", model, "--class", "petal_width", "-o", out.toString());
    assertEquals(2, run.status(), run.err());
    assertTrue(run.err().contains("'petal_width'"), run.err());
    for (String other : new String[] {"m.jpc", "m.network.json", "m.safetensors"}) {
      run = Run.of("convert", model, "--class", "species", "-o", "" + folder.resolve(other));
      assertEquals(2, run.status(), run.err());
      assertTrue(run.err().contains("only an .onnx model"), run.err());
    }
  }

  @Test
  void convert_toNoKnownEnding_isWrongUsage(@TempDir Path folder) {
    Path out = folder.resolve("m.xyz");
    Run run = Run.of("convert", "@models/networks/asia.bif", "-o", out.toString());
    assertEquals(2, run.status());
    assertTrue(run.err().contains("the ending tells no format; expected .json"), run.err());
    assertFalse(Files.exists(out));
  }

  @Test
  void convert_toAFormatThatCannotStateIt_leavesNoFile(@TempDir Path folder) {
    Path out = folder.resolve("m.psdd");
    Run run = Run.of("convert", "@models/networks/alarm.bif", "-o", out.toString());
    assertEquals(3, run.status());
    assertTrue(run.err().contains(".psdd cannot state this circuit"), run.err());
    assertFalse(Files.exists(out));
  }

  @Test
  void tooLargeNetwork_isRefusedBeforeItIsMade() {
    Run run = Run.of("inspect", "@models/networks/alarm.bif", "--max-edges", "100");
    assertEquals(3, run.status());
    assertTrue(run.err().contains("needs more than 100 edges"), run.err());
    assertTrue(run.err().contains("allow more with --max-edges N"), run.err());
  }
}
