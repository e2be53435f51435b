package org.ugmm.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ugmm.testdata.Golden;

/** Tables as ordinary tools write them, and what is said of those that cannot be read. */
class TablesTest {
  /** Two components, one a site; {@code pH} and {@code débit} are Gaussians. */
  private static final String RIVER =
      """
      {"format": "ugmm-graph/1", "variables": [
        {"name": "site", "kind": "categorical", "states": ["Köln", "Zürich", "NA"]},
        {"name": "pH", "kind": "real"}, {"name": "débit", "kind": "real"}],
       "nodes": [
        {"categorical": {"variable": "site", "probabilities": [1, 0, 0]}},
        {"gaussian": {"variable": "pH", "mean": 7, "scale": 0.5}},
        {"gaussian": {"variable": "débit", "mean": 10, "scale": 2}},
        {"product": {"children": [0, 1, 2]}},
        {"categorical": {"variable": "site", "probabilities": [0, 0.5, 0.5]}},
        {"gaussian": {"variable": "pH", "mean": 6, "scale": 0.5}},
        {"gaussian": {"variable": "débit", "mean": 20, "scale": 3}},
        {"product": {"children": [4, 5, 6]}},
        {"sum": {"children": [3, 7], "weights": [0.5, 0.5]}}], "root": 8}
      """;

  /** log N(7; 7, 0.5) + log N(10; 10, 2) + log 0.5, by hand. */
  private static final double KOELN =
      Math.log(0.5) - Math.log(2 * Math.PI) - Math.log(0.5) - Math.log(2);

  @TempDir Path folder;
  private Path model;

  @BeforeEach
  void writeModel() throws IOException {
    model = Files.writeString(folder.resolve("river.graph.json"), RIVER);
  }

  private Run marginal(byte[] table, String... more) throws IOException {
    Path data = Files.write(folder.resolve("data.csv"), table);
    List<String> args =
        new ArrayList<>(List.of("score", model.toString(), data.toString(), "--query", "marginal"));
    args.addAll(List.of(more));
    return Run.of(args.toArray(String[]::new));
  }

  private static double first(Run run) {
    assertEquals(0, run.status(), run.err());
    return Double.parseDouble(run.lines().get(1).split(",")[0]);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void separators_andDecimalCommas_areRecognised() throws IOException {
    assertEquals(KOELN, first(marginal(utf8("site,pH,débit\nKöln,7.0,10\n"))), 1e-12);
    assertEquals(KOELN, first(marginal(utf8("site;pH;débit\nKöln;7,0;10\n"))), 1e-12);
    assertEquals(KOELN, first(marginal(utf8("site;pH;débit\nKöln;7.0;10\n"))), 1e-12);
    assertEquals(KOELN, first(marginal(utf8("site\tpH\tdébit\nKöln\t7,0\t10\n"))), 1e-12);
    assertEquals(KOELN, first(marginal(utf8("site|pH|débit\r\nKöln|7.0|10\r\n"))), 1e-12);
    assertEquals(
        KOELN, first(marginal(utf8("Köln;7,0;10\n"), "--no-header")), 1e-12, "without a header");
    assertEquals(
        KOELN,
        first(marginal(utf8("site:pH:débit\nKöln:7_0:10\n".replace('_', '.')), "--delimiter", ":")),
        1e-12);
  }

  @Test
  void decimals_thatCouldBeThousands_areAskedFor() throws IOException {
    Run run = marginal(utf8("site;débit\nKöln;1.234\n"));
    assertTrue(run.lines().get(1).startsWith(",ERROR,"), run.out());
    assertTrue(run.lines().get(1).contains("--decimal"), run.out());
    assertEquals(
        0, marginal(utf8("site;débit\nKöln;1.234\n"), "--decimal", ".", "--strict").status());
    Run comma = marginal(utf8("site,débit\nKöln,\"10,5\"\n"));
    assertTrue(comma.lines().get(1).contains("--decimal ,"), comma.out());
  }

  @Test
  void encodings_andCompression_areRecognised() throws IOException {
    String text = "site,pH,débit\nKöln,7,10\n";
    assertEquals(KOELN, first(marginal(text.getBytes(StandardCharsets.ISO_8859_1))), 1e-12);
    assertEquals(KOELN, first(marginal(utf8("\uFEFF" + text))), 1e-12);
    assertEquals(
        KOELN, first(marginal(("\uFEFF" + text).getBytes(StandardCharsets.UTF_16LE))), 1e-12);
    assertEquals(
        KOELN,
        first(marginal(text.getBytes(Charset.forName("IBM850")), "--encoding", "IBM850")),
        1e-12);
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(utf8(text));
    }
    assertEquals(KOELN, first(marginal(packed.toByteArray())), 1e-12);
  }

  @Test
  void bytesOfAnotherEncoding_farDown_areAnErrorOfTheirRowThatNamesTheOption() throws IOException {
    StringBuilder text = new StringBuilder("site,pH,débit\n");
    for (int i = 0; i < 30_000; i++) {
      text.append("Köln,7,10\n");
    }
    ByteArrayOutputStream mixed = new ByteArrayOutputStream();
    mixed.write(utf8(text.toString()));
    mixed.write("Zürich,7,10\n".getBytes(StandardCharsets.ISO_8859_1));
    Run run = marginal(mixed.toByteArray());
    assertEquals(KOELN, first(run), 1e-12);
    String last = run.lines().get(30_001);
    assertTrue(last.startsWith(",ERROR,") && last.contains("--encoding windows-1252"), last);
  }

  @Test
  void missing_everyUsualText_isUnknownUnlessAStateHasThatName() throws IOException {
    Run run =
        marginal(
            utf8("pH,débit\n7,\n7,NA\n7,N/A\n7,n/a\n7,NaN\n7,nan\n7,null\n7,NULL\n7,?\n7,-999\n"),
            "--missing",
            "-999,none",
            "--strict");
    assertEquals(0, run.status(), run.err());
    assertEquals(1, run.lines().stream().skip(1).distinct().count(), run.out());
    Run state = marginal(utf8("site\nNA\n\nKöln\n"));
    assertEquals(Math.log(0.25), first(state), 1e-12);
    assertEquals(0, Double.parseDouble(state.lines().get(2).split(",")[0]), 1e-12, "a blank line");
    assertEquals(4, state.lines().size());
    Run query = Run.of("query", model.toString(), "--given", "site=NA", "--marginal", "--json");
    assertEquals(Math.log(0.25), query.json().get("value").asDouble(), 1e-12);
  }

  @Test
  void samples_scored_areReadBack() throws IOException {
    Run sample = Run.of("query", model.toString(), "--sample", "300", "--seed", "5");
    Run scored = marginal(utf8(sample.out()), "--strict", "--keep-columns");
    assertEquals(0, scored.status(), scored.err());
    assertEquals(301, scored.lines().size());
    for (int r = 1; r <= 300; r++) {
      assertTrue(scored.lines().get(r).startsWith(sample.lines().get(r) + ","), "row " + r);
    }
  }

  @Test
  void columns_withoutAVariable_andVariablesWithoutAColumn_areNamed() throws IOException {
    Run run = marginal(utf8("site,PH,débit\nKöln,7,10\n"));
    assertTrue(run.err().contains("no column for pH; taken as unknown"), run.err());
    assertTrue(run.err().contains("no variable is named like column PH; not read"), run.err());
    Run none = marginal(utf8("a b c\n1 2 3\n"));
    assertEquals(3, none.status());
    assertTrue(
        none.err()
            .contains(
                "no column is named like a variable (site, pH, débit), found a b c with separator ','"),
        none.err());
  }

  @Test
  void numberedColumns_inAnyOrder_bindByTheirNumbers() throws IOException {
    Path digits = Golden.find("data/digits-scaled.csv");
    List<String> reversed = new ArrayList<>();
    for (String line : Files.readAllLines(digits).subList(0, 201)) {
      List<String> cells = new ArrayList<>(List.of(line.split(",")));
      Collections.reverse(cells);
      reversed.add(String.join(",", cells));
    }
    Path data = Files.write(folder.resolve("reversed.csv"), reversed);
    Path straight =
        Files.write(folder.resolve("straight.csv"), Files.readAllLines(digits).subList(0, 201));
    String network = "@models/digits-deep/model.safetensors";
    Run expected = Run.of("score", network, straight.toString(), "--query", "class");
    Run found = Run.of("score", network, data.toString(), "--query", "class");
    assertEquals(expected.out(), found.out());
    assertTrue(found.err().contains("taken by their numbers"), found.err());
  }

  @Test
  void rows_inError_stopNoOthersAndAreCounted() throws IOException {
    byte[] table = utf8("site,pH\nKöln,7\nRoma,7\nKöln,high\nKöln,7,8\nKöln,7\n");
    Run run = marginal(table);
    assertEquals(0, run.status(), run.err());
    assertEquals(run.lines().get(1), run.lines().get(5));
    assertTrue(run.lines().get(2).startsWith(",ERROR,\"line 3, column 1: variable 'site': 'Roma'"));
    assertTrue(run.lines().get(3).startsWith(",ERROR,\"line 4, column 2: variable 'pH': 'high'"));
    assertTrue(run.lines().get(4).startsWith(",ERROR,\"line 5: 3 cells; expected 2"));
    assertTrue(run.err().contains("3 rows in error, 0 refused"), run.err());
    JsonNode summary = marginal(table, "--summary", "--json").json();
    assertEquals(5, summary.get("rows").asInt());
    assertEquals(3, summary.get("errorRows").asInt());
    assertEquals(0, summary.get("refusedRows").asInt());
    Run strict = marginal(table, "--strict");
    assertEquals(3, strict.status());
    assertTrue(strict.err().contains("data.csv: line 3, column 1: variable 'site'"), strict.err());
  }
}
