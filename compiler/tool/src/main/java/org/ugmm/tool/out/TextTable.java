package org.ugmm.tool.out;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/**
 * A table of text with aligned columns: the first to the left, numbers to the right. Long cells go
 * on in the next lines.
 */
public final class TextTable {
  /** Characters of a line of a cell, unless a word is longer. */
  private static final int MOST = 50;

  private final List<String[]> rows = new ArrayList<>();
  private final boolean[] toTheRight;

  /** Creates a table; a heading that starts with {@code >} is that of a column of numbers. */
  public TextTable(String... headings) {
    toTheRight = new boolean[headings.length];
    String[] shown = new String[headings.length];
    for (int i = 0; i < headings.length; i++) {
      toTheRight[i] = headings[i].startsWith(">");
      shown[i] = toTheRight[i] ? headings[i].substring(1) : headings[i];
    }
    rows.add(shown);
  }

  public TextTable row(String... cells) {
    if (cells.length != toTheRight.length) {
      throw new IllegalArgumentException(cells.length + " cells; expected " + toTheRight.length);
    }
    rows.add(cells.clone());
    return this;
  }

  /** Prints the table, without headings where all are empty. */
  public void print(PrintStream out) {
    boolean isHeaded = false;
    for (String heading : rows.get(0)) {
      isHeaded |= !heading.isEmpty();
    }
    List<String[]> lines = new ArrayList<>();
    for (String[] row : isHeaded ? rows : rows.subList(1, rows.size())) {
      addLines(row, lines);
    }
    int[] width = new int[toTheRight.length];
    for (String[] line : lines) {
      for (int i = 0; i < line.length; i++) {
        width[i] = Math.max(width[i], line[i].length());
      }
    }
    for (String[] cells : lines) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < cells.length; i++) {
        String pad = " ".repeat(width[i] - cells[i].length());
        line.append(i == 0 ? "  " : "   ").append(toTheRight[i] ? pad + cells[i] : cells[i] + pad);
      }
      out.println(line.toString().stripTrailing());
    }
  }

  private static void addLines(String[] row, List<String[]> lines) {
    String[] rest = row.clone();
    boolean isLeft = true;
    while (isLeft) {
      String[] line = new String[rest.length];
      isLeft = false;
      for (int i = 0; i < rest.length; i++) {
        int end = rest[i].length() <= MOST ? -1 : rest[i].lastIndexOf(' ', MOST);
        if (end <= 0 && rest[i].length() > MOST) {
          end = rest[i].indexOf(' ', MOST);
        }
        line[i] = end < 0 ? rest[i] : rest[i].substring(0, end);
        rest[i] = end < 0 ? "" : rest[i].substring(end + 1);
        isLeft |= !rest[i].isEmpty();
      }
      lines.add(line);
    }
  }
}
