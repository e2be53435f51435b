package org.ugmm.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
