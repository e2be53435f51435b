package org.ugmm.tool.draw;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.Posterior.Numeric;
import org.ugmm.engine.data.RealMoments;
import org.ugmm.tool.out.Words;

/** Drawings of distributions: one SVG element each. */
public final class Plots {
  private static final int POINTS = 161;
  private static final double WIDTH = 320;
  private static final double HEIGHT = 110;
  private static final double BASE = 88;
  private static final double TOP = 8;
  private static final double LEFT = 8;
  private static final double RIGHT = WIDTH - 8;
  private static final int BARS_SHOWN = 12;
  private static final int NAME_SHOWN = 16;

  private Plots() {}

  /**
   * The density of a real variable.
   *
   * @param posterior what is drawn; null where the variable has a value
   * @param prior drawn as a thin line, null for none
   * @param value drawn as a mark, NaN for none
   */
  public static String density(
      String name, Axis axis, @Nullable Numeric posterior, @Nullable Numeric prior, double value) {
    double[] filled = posterior == null ? null : curve(axis, posterior);
    double[] thin = prior == null ? null : curve(axis, prior);
    double top = Math.max(greatest(filled), posterior == null ? greatest(thin) : 0);
    Svg svg = new Svg(WIDTH, HEIGHT, label(name, posterior, value));
    if (thin != null) {
      // a prior that is higher than the posterior is cut: the posterior is what is shown
      svg.path("prior", xs(), ys(thin, top), false);
    }
    if (posterior != null && filled != null) {
      double[] x = xs();
      svg.path("area", closed(x, x[0], x[x.length - 1]), closed(ys(filled, top), BASE, BASE), true);
      svg.path("curve", x, ys(filled, top), false);
      mark(svg, "mean", axis, posterior.mean());
    }
    if (!Double.isNaN(value)) {
      mark(svg, "value", axis, value);
    }
    axis(svg, axis);
    return svg.end();
  }

  private static String label(String name, @Nullable Numeric posterior, double value) {
    return posterior == null
        ? "%s is %s".formatted(name, Words.rounded(value))
        : "density of %s, mean %s, standard deviation %s"
            .formatted(
                name,
                Words.rounded(posterior.mean()),
                Words.rounded(Math.sqrt(posterior.variance())));
  }

  /** Mean and standard deviation, where that is all that is known of a real variable. */
  public static String moments(Axis axis, RealMoments moments) {
    double sd = Math.sqrt(moments.variance());
    Svg svg =
        new Svg(
            WIDTH,
            HEIGHT,
            "%s, mean %s, standard deviation %s"
                .formatted(
                    moments.variable().name(), Words.rounded(moments.mean()), Words.rounded(sd)));
    double from = place(axis, moments.mean() - sd);
    double to = place(axis, moments.mean() + sd);
    svg.rectangle("area", from, BASE - 30, to - from, 30);
    mark(svg, "mean", axis, moments.mean());
    axis(svg, axis);
    return svg.end();
  }

  private static void axis(Svg svg, Axis axis) {
    svg.line("axis", LEFT, BASE, RIGHT, BASE);
    svg.text("tick", LEFT, BASE + 15, "start", axis.label(axis.lo()));
    svg.text(
        "tick",
        (LEFT + RIGHT) / 2,
        BASE + 15,
        "middle",
        axis.label(0.5 * axis.lo() + 0.5 * axis.hi()));
    svg.text("tick", RIGHT, BASE + 15, "end", axis.label(axis.hi()));
  }

  private static void mark(Svg svg, String css, Axis axis, double value) {
    if (value >= axis.lo() && value <= axis.hi()) {
      double x = place(axis, value);
      svg.line(css, x, TOP, x, BASE);
    }
  }

  private static double place(Axis axis, double value) {
    return LEFT + Math.min(1, Math.max(0, axis.share(value))) * (RIGHT - LEFT);
  }

  private static double[] curve(Axis axis, Numeric mixture) {
    double[] density = new double[POINTS];
    for (int i = 0; i < POINTS; i++) {
      double share = (double) i / (POINTS - 1);
      double x = (1 - share) * axis.lo() + share * axis.hi();
      density[i] = mixture.density(mixture.variable().isCount() ? Math.rint(x) : x);
    }
    return density;
  }

  private static double greatest(double @Nullable [] values) {
    double greatest = 0;
    for (int i = 0; values != null && i < values.length; i++) {
      greatest = Double.isFinite(values[i]) ? Math.max(greatest, values[i]) : greatest;
    }
    return greatest;
  }

  private static double[] xs() {
    double[] x = new double[POINTS];
    for (int i = 0; i < POINTS; i++) {
      x[i] = LEFT + (RIGHT - LEFT) * i / (POINTS - 1);
    }
    return x;
  }

  private static double[] ys(double[] density, double top) {
    double[] y = new double[density.length];
    for (int i = 0; i < y.length; i++) {
      y[i] = BASE - (top > 0 ? Math.min(1, density[i] / top) : 0) * (BASE - TOP);
    }
    return y;
  }

  private static double[] closed(double[] line, double first, double last) {
    double[] closed = new double[line.length + 2];
    closed[0] = first;
    System.arraycopy(line, 0, closed, 1, line.length);
    closed[closed.length - 1] = last;
    return closed;
  }

  /**
   * The probabilities of a categorical variable, one bar a state; of many states the most probable.
   *
   * @param prior marked on each bar, null for none
   */
  public static String bars(CategoricalPosterior posterior, @Nullable CategoricalPosterior prior) {
    List<String> states = posterior.variable().states();
    Integer[] order = new Integer[states.size()];
    for (int s = 0; s < order.length; s++) {
      order[s] = s;
    }
    boolean isCut = order.length > BARS_SHOWN;
    if (isCut) {
      java.util.Arrays.sort(
          order, (a, b) -> Double.compare(posterior.probability(b), posterior.probability(a)));
    }
    int shown = Math.min(order.length, BARS_SHOWN);
    int best = posterior.mostProbable();
    Svg svg =
        new Svg(
            WIDTH,
            20 * shown + (isCut ? 22 : 6),
            "%s: most probable %s, %s"
                .formatted(
                    posterior.variable().name(),
                    states.get(best),
                    Words.percent(posterior.probability(best))));
    double from = 112;
    double to = WIDTH - 72;
    for (int i = 0; i < shown; i++) {
      int s = order[i];
      double y = 4 + 20.0 * i;
      double p = posterior.probability(s);
      svg.text("name", from - 6, y + 12, "end", shorten(states.get(s)));
      svg.rectangle("track", from, y + 1, to - from, 14);
      svg.rectangle(s == best ? "bar best" : "bar", from, y + 1, p * (to - from), 14);
      if (prior != null) {
        double x = from + prior.probability(s) * (to - from);
        svg.line("priormark", x, y - 1, x, y + 17);
      }
      svg.text("figure", WIDTH - 2, y + 12, "end", Words.percent(p));
    }
    if (isCut) {
      svg.text(
          "tick",
          from,
          20.0 * shown + 16,
          "start",
          "and %d less probable states".formatted(order.length - shown));
    }
    return svg.end();
  }

  static String shorten(String name) {
    return name.length() <= NAME_SHOWN ? name : name.substring(0, NAME_SHOWN - 1) + "\u2026";
  }

  /**
   * How many values fall where.
   *
   * @param counts [bins], of equal width
   */
  public static String histogram(String label, Axis axis, int[] counts) {
    Svg svg = new Svg(WIDTH, HEIGHT, label);
    int most = 1;
    for (int count : counts) {
      most = Math.max(most, count);
    }
    double width = (RIGHT - LEFT) / counts.length;
    for (int b = 0; b < counts.length; b++) {
      double height = (BASE - TOP) * counts[b] / most;
      svg.rectangle("bar", LEFT + b * width + 0.5, BASE - height, width - 1, height);
    }
    axis(svg, axis);
    return svg.end();
  }

  /**
   * How often a class is right where it is believed with a probability.
   *
   * @param believed [bins] mean probability of the answer
   * @param right [bins] share of right answers
   * @param counts [bins] answers, perhaps none
   */
  public static String calibration(double[] believed, double[] right, int[] counts) {
    double size = 220;
    double left = 40;
    double base = 190;
    double span = 170;
    Svg svg =
        new Svg(size, size, "share of right answers over the probability that they were given");
    int most = 1;
    for (int count : counts) {
      most = Math.max(most, count);
    }
    svg.rectangle("frame", left, base - span, span, span);
    svg.line("prior", left, base, left + span, base - span);
    for (int b = 0; b < counts.length; b++) {
      if (counts[b] > 0) {
        svg.circle(
            "point",
            left + span * believed[b],
            base - span * right[b],
            2.5 + 5 * Math.sqrt((double) counts[b] / most),
            String.format(
                Locale.ROOT,
                "%d answers believed with %.3f, %.3f of them right",
                counts[b],
                believed[b],
                right[b]));
      }
    }
    for (int t = 0; t <= 2; t++) {
      String tick = Words.rounded(0.5 * t);
      svg.text("tick", left + span * 0.5 * t, base + 14, "middle", tick);
      svg.text("tick", left - 5, base - span * 0.5 * t + 4, "end", tick);
    }
    svg.text("tick", left + span / 2, base + 27, "middle", "probability of the answer");
    return svg.end();
  }

  /**
   * A square of shades, one a pair.
   *
   * @param values [names][names], symmetric; NaN where there is none
   * @param unit after a value, where a pointer shows it
   */
  public static String map(List<String> names, double[][] values, String unit) {
    int count = names.size();
    double cell = Math.max(9, Math.min(30, 460.0 / Math.max(1, count)));
    int longest = names.stream().mapToInt(name -> shorten(name).length()).max().orElse(0);
    double left = 14 + 7 * longest; // seven for a wide letter
    double top = 12 + 6 * longest; // they stand aslant
    double most = 0;
    for (double[] row : values) {
      for (double value : row) {
        most = Math.max(most, value);
      }
    }
    Svg svg =
        new Svg(
            left + cell * count + 60,
            top + cell * count + 6,
            "dependence of each pair of variables");
    for (int i = 0; i < count; i++) {
      svg.text("name", left - 5, top + cell * i + cell / 2 + 4, "end", shorten(names.get(i)));
      svg.textUp("name", left + cell * i + cell / 2 + 2, top - 5, shorten(names.get(i)));
      for (int j = 0; j < count; j++) {
        if (i != j && !Double.isNaN(values[i][j])) {
          svg.shade(
              "shade",
              left + cell * j + 0.5,
              top + cell * i + 0.5,
              cell - 1,
              most > 0 ? values[i][j] / most : 0,
              "%s and %s: %s %s"
                  .formatted(names.get(i), names.get(j), Words.rounded(values[i][j]), unit));
        }
      }
    }
    svg.rectangle("frame", left, top, cell * count, cell * count);
    return svg.end();
  }
}
