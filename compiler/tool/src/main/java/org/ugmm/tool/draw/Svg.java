package org.ugmm.tool.draw;

import java.util.Locale;

/** Writes one SVG element. Text is escaped, numbers have two decimals and a point. */
public final class Svg {
  private final StringBuilder text = new StringBuilder(4096);

  /**
   * Begins a drawing, in pixels; a page without so much room makes it smaller.
   *
   * @param label what it shows, for who cannot see it
   */
  Svg(double width, double height, String label) {
    text.append("<svg viewBox=\"0 0 ")
        .append(number(width))
        .append(' ')
        .append(number(height))
        .append("\" width=\"")
        .append(number(width))
        .append("\" role=\"img\" aria-label=\"")
        .append(escape(label))
        .append("\">");
  }

  /** Text within HTML or an attribute. */
  public static String escape(String raw) {
    return raw.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }

  static String number(double value) {
    String decimal = String.format(Locale.ROOT, "%.2f", value);
    return decimal.endsWith(".00") ? decimal.substring(0, decimal.length() - 3) : decimal;
  }

  Svg line(String css, double x1, double y1, double x2, double y2) {
    text.append("<line class=\"").append(css);
    attribute("\" x1", x1).attribute("\" y1", y1).attribute("\" x2", x2).attribute("\" y2", y2);
    text.append("\"/>");
    return this;
  }

  private Svg attribute(String name, double value) {
    text.append(name).append("=\"").append(number(value));
    return this;
  }

  Svg rectangle(String css, double x, double y, double width, double height) {
    text.append("<rect class=\"").append(css);
    attribute("\" x", x).attribute("\" y", y);
    attribute("\" width", Math.max(0, width)).attribute("\" height", Math.max(0, height));
    text.append("\"/>");
    return this;
  }

  /** A rectangle whose colour is as strong as a share of 1, with a text that a pointer shows. */
  Svg shade(String css, double x, double y, double size, double share, String title) {
    text.append("<rect class=\"").append(css);
    attribute("\" x", x).attribute("\" y", y).attribute("\" width", size);
    attribute("\" height", size).attribute("\" fill-opacity", Math.min(1, Math.max(0, share)));
    text.append("\"><title>").append(escape(title)).append("</title></rect>");
    return this;
  }

  Svg circle(String css, double x, double y, double radius, String title) {
    text.append("<circle class=\"").append(css);
    attribute("\" cx", x).attribute("\" cy", y).attribute("\" r", radius);
    text.append("\"><title>").append(escape(title)).append("</title></circle>");
    return this;
  }

  /** A path through points, [count] each, from one to the next. */
  Svg path(String css, double[] x, double[] y, boolean isClosed) {
    text.append("<path class=\"").append(css).append("\" d=\"");
    for (int i = 0; i < x.length; i++) {
      text.append(i == 0 ? 'M' : 'L').append(number(x[i])).append(' ').append(number(y[i]));
    }
    text.append(isClosed ? "Z\"/>" : "\"/>");
    return this;
  }

  /**
   * A text.
   *
   * @param anchor {@code start}, {@code middle} or {@code end}
   */
  Svg text(String css, double x, double y, String anchor, String raw) {
    text.append("<text class=\"").append(css);
    attribute("\" x", x).attribute("\" y", y);
    text.append("\" text-anchor=\"").append(anchor).append("\">");
    text.append(escape(raw)).append("</text>");
    return this;
  }

  /** A text that reads upwards. */
  Svg textUp(String css, double x, double y, String raw) {
    text.append("<text class=\"")
        .append(css)
        .append("\" text-anchor=\"start\" transform=\"translate(");
    text.append(number(x)).append(' ').append(number(y)).append(") rotate(-60)\">");
    text.append(escape(raw)).append("</text>");
    return this;
  }

  String end() {
    return text.append("</svg>").toString();
  }
}
