package org.ugmm.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A long table among whose rows some lie a billion scales out, some have probability zero and some
 * cannot be read: every other row is answered. {@code -Dorg.ugmm.hostileRows=1000000} makes it a
 * million rows.
 */
class HostileRowsTest {
  private static final int ROWS = Integer.getInteger("org.ugmm.hostileRows", 5_000);
  private static final int OF_EACH = 100;

  private static final String MODEL =
      """
      {"format": "ugmm-graph/1", "variables": [
        {"name": "x", "kind": "real", "domain": [0, 10]}, {"name": "y", "kind": "real"},
        {"name": "c", "kind": "categorical", "states": ["a", "b"]}],
       "nodes": [
        {"gaussian": {"variable": "x", "mean": 2, "scale": 1}},
        {"gaussian": {"variable": "y", "mean": 0, "scale": 0.5}},
        {"categorical": {"variable": "c", "probabilities": [0.9, 0.1]}},
        {"product": {"children": [0, 1, 2]}},
        {"gaussian": {"variable": "x", "mean": 6, "scale": 2}},
        {"gaussian": {"variable": "y", "mean": 3, "scale": 1}},
        {"categorical": {"variable": "c", "probabilities": [0.2, 0.8]}},
        {"product": {"children": [4, 5, 6]}},
        {"sum": {"children": [3, 7], "weights": [0.4, 0.6]}}], "root": 8}
      """;

  @TempDir Path folder;
  private Path model;
  private Path data;

  @BeforeEach
  void writeRows() throws IOException {
    model = Files.writeString(folder.resolve("model.json"), MODEL);
    data = folder.resolve("data.csv");
    Random random = new Random(11);
    int every = ROWS / OF_EACH;
    try (BufferedWriter out = Files.newBufferedWriter(data)) {
      out.write("x,y,c\n");
      for (int i = 0; i < ROWS; i++) {
        int kind = i % every;
        String x = kind == 1 ? "20" : random.nextInt(10) == 0 ? "" : "" + 10 * random.nextDouble();
        String y = kind == 2 ? "1e9" : String.format(Locale.ROOT, "%.3f", random.nextGaussian());
        String c =
            kind == 3 ? "aa" : random.nextInt(10) == 0 ? "NA" : random.nextBoolean() ? "a" : "b";
        out.write(x + "," + y + "," + c + "\n");
      }
    }
  }

  private JsonNode summary(String query, Path answers) {
    Run run =
        Run.of(
            "score",
            model.toString(),
            data.toString(),
            "--query",
            query,
            "--summary",
            "--json",
            "-o",
            answers.toString());
    assertEquals(0, run.status(), run.err());
    return run.json();
  }

  @Test
  void everyQuery_amongHostileRows_answersAllThatCanBeRead() throws IOException {
    for (String query : new String[] {"marginal", "posterior=c", "posterior=y", "mpe", "class"}) {
      Path answers = folder.resolve(query + ".csv");
      JsonNode summary = summary(query, answers);
      assertEquals(ROWS, summary.get("rows").asInt(), query);
      assertEquals(OF_EACH, summary.get("errorRows").asInt(), query);
      assertEquals(0, summary.get("refusedRows").asInt(), query);
      assertEquals(OF_EACH, summary.get("zeroProbabilityRows").asInt(), query);
      try (BufferedReader in = Files.newBufferedReader(answers)) {
        String header = in.readLine();
        int certificate = List.of(header.split(",")).indexOf("certificate");
        int every = ROWS / OF_EACH;
        for (int i = 0; i < ROWS; i++) {
          String[] cells = in.readLine().split(",", -1);
          int kind = i % every;
          String status = cells[certificate];
          if (kind == 3) {
            assertEquals("ERROR", status, query + " row " + i);
          } else if (kind != 2) {
            assertEquals("EXACT", status, query + " row " + i);
          } else {
            assertTrue(status.equals("EXACT") || status.equals("ENCLOSED"), status);
          }
        }
      }
    }
  }
}
