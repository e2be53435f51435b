package org.ugmm.tool.out;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A table of text with aligned columns: the first to the left, numbers to the right. Long cells go
 * on in the next lines.
 */
public final class TextTable {
  /** Characters of a line of a cell, unless a word is longer. */
  private static final int MOST = 50;

  /** The same where a terminal is narrow. */
  private static final int LEAST = 12;

  /** A table rather goes without a column than have one of words narrower than this. */
  private static final int LEGIBLE = 24;

  private static final int WIDE_GAP = 3;
  private static final int NARROW_GAP = 2;

  private final List<String[]> rows = new ArrayList<>();
  private final boolean[] toTheRight;
  private String[] spare = {};

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

  /** Names columns that a terminal which is too narrow goes without, the first one first. */
  public TextTable mayLeaveOut(String... names) {
    spare = names.clone();
    return this;
  }

  /** Prints the table, without headings where all are empty; to a terminal no wider than that. */
  public void print(PrintStream out) {
    int columns = StandardOutput.columns(out);
    List<Integer> shown = new ArrayList<>();
    for (int i = 0; i < toTheRight.length; i++) {
      shown.add(i);
    }
    Layout layout = layout(shown, columns);
    for (int i = 0; i < spare.length && layout.isCramped; i++) {
      shown.remove((Integer) Arrays.asList(rows.get(0)).indexOf(spare[i]));
      layout = layout(shown, columns);
    }
    print(layout, out);
  }

  /**
   * How the table is set.
   *
   * @param shown the columns
   * @param lines their cells
   * @param gap between two columns
   * @param isCramped whether it is too wide, or has a column that is hard to read
   */
  private record Layout(List<Integer> shown, List<String[]> lines, int gap, boolean isCramped) {}

  private Layout layout(List<Integer> shown, int columns) {
    int[] most = new int[shown.size()];
    Arrays.fill(most, MOST);
    List<String[]> lines = lines(shown, most);
    int gap = total(lines, WIDE_GAP) <= columns ? WIDE_GAP : NARROW_GAP;
    boolean isCramped = false;
    while (total(lines, gap) > columns) {
      int[] width = width(lines);
      int widest = -1;
      for (int i = 0; i < width.length; i++) {
        boolean isText = !toTheRight[shown.get(i)] && most[i] > LEAST && width[i] > LEAST;
        if (isText && (widest < 0 || width[i] > width[widest])) {
          widest = i;
        }
      }
      if (widest < 0) {
        return new Layout(shown, lines, gap, true); // the terminal has to break the lines
      }
      most[widest] = Math.max(LEAST, Math.min(most[widest], width[widest]) - 1);
      isCramped |= most[widest] < LEGIBLE;
      lines = lines(shown, most);
    }
    return new Layout(shown, lines, gap, isCramped);
  }

  private List<String[]> lines(List<Integer> shown, int[] most) {
    boolean isHeaded = false;
    for (String heading : rows.get(0)) {
      isHeaded |= !heading.isEmpty();
    }
    List<String[]> lines = new ArrayList<>();
    for (String[] row : isHeaded ? rows : rows.subList(1, rows.size())) {
      addLines(shown.stream().map(i -> row[i]).toArray(String[]::new), most, lines);
    }
    return lines;
  }

  private static int[] width(List<String[]> lines) {
    int[] width = new int[lines.isEmpty() ? 0 : lines.get(0).length];
    for (String[] line : lines) {
      for (int i = 0; i < line.length; i++) {
        width[i] = Math.max(width[i], line[i].length());
      }
    }
    return width;
  }

  private static int total(List<String[]> lines, int gap) {
    int[] width = width(lines);
    return 2 + Arrays.stream(width).sum() + gap * Math.max(0, width.length - 1);
  }

  private void print(Layout layout, PrintStream out) {
    int[] width = width(layout.lines);
    for (String[] cells : layout.lines) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < cells.length; i++) {
        String pad = " ".repeat(width[i] - cells[i].length());
        line.append(" ".repeat(i == 0 ? 2 : layout.gap))
            .append(toTheRight[layout.shown.get(i)] ? pad + cells[i] : cells[i] + pad);
      }
      out.println(line.toString().stripTrailing());
    }
  }

  private static void addLines(String[] row, int[] most, List<String[]> lines) {
    String[] rest = row.clone();
    boolean isLeft = true;
    while (isLeft) {
      String[] line = new String[rest.length];
      isLeft = false;
      for (int i = 0; i < rest.length; i++) {
        int end = rest[i].length() <= most[i] ? -1 : rest[i].lastIndexOf(' ', most[i]);
        if (end <= 0 && rest[i].length() > most[i]) {
          end = rest[i].indexOf(' ', most[i]);
        }
        line[i] = end < 0 ? rest[i] : rest[i].substring(0, end);
        rest[i] = end < 0 ? "" : rest[i].substring(end + 1);
        isLeft |= !rest[i].isEmpty();
      }
      lines.add(line);
    }
  }
}
