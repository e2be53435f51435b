package org.ugmm.compiler.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** A table of text with aligned columns: the first to the left, numbers to the right. */
final class TextTable {
  private final List<String[]> rows = new ArrayList<>();
  private final boolean[] toTheRight;

  /** Creates a table; a heading that starts with {@code >} is that of a column of numbers. */
  TextTable(String... headings) {
    toTheRight = new boolean[headings.length];
    String[] shown = new String[headings.length];
    for (int i = 0; i < headings.length; i++) {
      toTheRight[i] = headings[i].startsWith(">");
      shown[i] = toTheRight[i] ? headings[i].substring(1) : headings[i];
    }
    rows.add(shown);
  }

  TextTable row(String... cells) {
    if (cells.length != toTheRight.length) {
      throw new IllegalArgumentException(cells.length + " cells; expected " + toTheRight.length);
    }
    rows.add(cells.clone());
    return this;
  }

  /** Prints the table, without headings where all are empty. */
  void print(PrintStream out) {
    int[] width = new int[toTheRight.length];
    boolean isHeaded = false;
    for (String[] row : rows) {
      for (int i = 0; i < row.length; i++) {
        width[i] = Math.max(width[i], row[i].length());
      }
    }
    for (String heading : rows.get(0)) {
      isHeaded |= !heading.isEmpty();
    }
    for (String[] row : isHeaded ? rows : rows.subList(1, rows.size())) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < row.length; i++) {
        String pad = " ".repeat(width[i] - row[i].length());
        line.append(i == 0 ? "  " : "   ").append(toTheRight[i] ? pad + row[i] : row[i] + pad);
      }
      out.println(line.toString().stripTrailing());
    }
  }
}
