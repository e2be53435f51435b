package org.ugmm.tool.out;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A waterfall: bars that lead from one number to another, each beginning where the one before it
 * ended. As SVG on a white ground, so that it reads the same on a dark page. Not thread-safe.
 */
public final class Waterfall {
  private static final int MOST_BARS = 20;
  private static final int LABELS = 250;
  private static final int WIDTH = 430;
  private static final int ROW = 26;
  private static final int TOP = 36;

  private final String title;
  private final List<String> labels = new ArrayList<>();
  private final List<Double> ends = new ArrayList<>();

  /** Begins at a number. */
  public Waterfall(String title, String label, double start) {
    this.title = title;
    labels.add(label);
    ends.add(start);
  }

  /** The next bar; those after the twentieth become one. */
  public void step(String label, double change) {
    labels.add(label);
    ends.add(ends.get(ends.size() - 1) + change);
  }

  /** The picture, with where it ended. */
  public String svg(String label, double end) {
    if (labels.size() > MOST_BARS + 1) {
      int more = labels.size() - MOST_BARS;
      labels.subList(MOST_BARS, labels.size()).clear();
      labels.add(more + " more");
      ends.subList(MOST_BARS, ends.size() - 1).clear();
    }
    double lo = ends.stream().mapToDouble(x -> x).min().orElse(0);
    double hi = ends.stream().mapToDouble(x -> x).max().orElse(0);
    double scale = hi > lo ? WIDTH / (hi - lo) : 0;
    int height = TOP + ROW * (labels.size() + 1) + 12;
    StringBuilder svg = new StringBuilder();
    add(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\""
            + " font-family=\"system-ui, sans-serif\" font-size=\"13\" role=\"img\">"
            + "<title>%s</title>",
        LABELS + WIDTH + 90,
        height,
        LABELS + WIDTH + 90,
        height,
        escaped(title));
    add(svg, "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>");
    add(svg, "<text x=\"12\" y=\"22\" font-weight=\"600\" fill=\"#111\">%s</text>", escaped(title));
    double from = LABELS + scale * (ends.get(0) - lo);
    row(svg, 0, labels.get(0), from, Words.rounded(ends.get(0)));
    stem(svg, 0, from);
    for (int i = 1; i < labels.size(); i++) {
      double to = LABELS + scale * (ends.get(i) - lo);
      add(
          svg,
          "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>",
          Math.min(from, to),
          TOP + ROW * i + 4,
          Math.max(1, Math.abs(to - from)),
          ROW - 8,
          to >= from ? "#1a7f5a" : "#b3432b");
      row(svg, i, labels.get(i), Math.max(from, to), Words.signed(ends.get(i) - ends.get(i - 1)));
      stem(svg, i, to);
      from = to;
    }
    row(svg, labels.size(), label, from, Words.rounded(end));
    return svg.append("</svg>\n").toString();
  }

  private static void row(StringBuilder svg, int row, String label, double x, String value) {
    int y = TOP + ROW * row + ROW / 2 + 5;
    add(
        svg,
        "<text x=\"%d\" y=\"%d\" text-anchor=\"end\" fill=\"#111\">%s</text>",
        LABELS - 10,
        y,
        escaped(Words.shorten(label)));
    add(svg, "<text x=\"%.1f\" y=\"%d\" fill=\"#111\">%s</text>", x + 6, y, escaped(value));
  }

  /** A line from the end of a bar to the next. */
  private static void stem(StringBuilder svg, int row, double x) {
    add(
        svg,
        "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#888\"/>",
        x,
        TOP + ROW * row + 4,
        x,
        TOP + ROW * (row + 2) - 4);
  }

  private static void add(StringBuilder svg, String format, Object... values) {
    svg.append(String.format(Locale.ROOT, format, values)).append('\n');
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
