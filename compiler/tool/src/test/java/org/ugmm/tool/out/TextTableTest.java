package org.ugmm.tool.out;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class TextTableTest {
  private static final String LABEL = "random K=2 x4 by class pseudo-count 0.01";

  private static TextTable table() {
    return new TextTable("candidate", ">weights", ">seconds", ">valid")
        .mayLeaveOut("seconds")
        .row(LABEL, "909", "1.5", "-17.0266")
        .row("tree", "12", "0.1", "-18.1");
  }

  private static List<String> printed(TextTable table, int columns) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream out = StandardOutput.over(bytes, columns);
    table.print(out);
    out.flush();
    return bytes.toString(StandardCharsets.UTF_8).lines().toList();
  }

  @Test
  void print_wideEnough_isThatWithoutATerminal() {
    List<String> free = printed(table(), StandardOutput.UNLIMITED);
    assertEquals("  " + LABEL + "       909       1.5   -17.0266", free.get(1));
    int width = free.stream().mapToInt(String::length).max().orElseThrow();
    assertEquals(free, printed(table(), width));
  }

  @Test
  void print_narrower_gapsShrinkThenTextBreaksThenAColumnGoes() {
    assertEquals("  " + LABEL + "      909      1.5  -17.0266", printed(table(), 72).get(1));
    assertEquals(
        List.of(
            "  candidate               weights  seconds     valid",
            "  random K=2 x4 by class      909      1.5  -17.0266",
            "  pseudo-count 0.01",
            "  tree                         12      0.1     -18.1"),
        printed(table(), 60));
    assertEquals(
        List.of(
            "  candidate               weights     valid",
            "  random K=2 x4 by class      909  -17.0266",
            "  pseudo-count 0.01",
            "  tree                         12     -18.1"),
        printed(table(), 46));
    for (int columns = 40; columns < 90; columns++) {
      for (String line : printed(table(), columns)) {
        assertTrue(line.length() <= columns, columns + ": " + line);
      }
    }
  }
}
