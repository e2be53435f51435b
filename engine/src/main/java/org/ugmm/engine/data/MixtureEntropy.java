package org.ugmm.engine.data;

import java.util.Arrays;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.Certificate.Enclosed;
import org.ugmm.engine.data.Certificate.Exact;
import org.ugmm.engine.number.GaussianMass;
import org.ugmm.engine.number.LogSum;
import org.ugmm.engine.number.TruncatedGaussian;

/**
 * Encloses {@code E_p[log p - log q]} of univariate mixtures, or {@code E_p[log p]}: proven bounds
 * on cells, the widest of which is halved until the bounds are near enough.
 */
final class MixtureEntropy {
  /*
   * On a cell [a, b] of width w let g = log p - log q. With -L <= g'' <= U, g differs from its chord by
   * at most (x - a)(b - x) / 2 times L above and U below, so by w^2 / 8. The mean of the chord under p
   * is its middle plus its slope times the offset of the mean of x; for a density that varies by a
   * factor e^V on the cell that offset is at most w / 2 tanh(V / 4). Both terms fall with w^2 relative to
   * the mass of the cell, which is closed form. Lengths are counted in widths of the cell, so that
   * squares of narrow scales do not overflow.
   *
   * Where scales are so narrow that this says little, g lies between its values at the least and the
   * largest density that each component has on the cell: the better of both is taken.
   *
   * For a mixture f with shares r_k(x) of its components, (log f)'' = -E_r[1 / s_k^2] + Var_r[(x -
   * mean_k) / s_k^2]. A share is at most the component's largest density on the cell over the least of
   * f; a variance is at most the mean square about any center.
   *
   * Beyond all components of p by REACH scales, log f lies between a parabola, that of one component,
   * and its maximum; the second moment of a Gaussian beyond a point T above its mean is at most that of
   * the whole about T.
   *
   * Where components are known with errors, let p' be the true mixture. By Gibbs' inequality E_p' log p'
   * differs from E_p log p by at most |INT (p' - p) log p|, or that with log p'. An error of a scale
   * changes the log of a component by that times z^2 + 1, z the distance from its mean in scales, one of
   * a mean by the shift in scales times |z|; a cut doubles both. With n the distance of the interval in
   * scales E |z|^m is at most (n + 3)^m for the powers that meet here, and log p is no less there than
   * its heaviest term. The log of q changes by the mean change of its components by their shares, and
   * the mean of z^2 / 2 by these is at most what q is below all its peaks (Jensen).
   */
  private static final int MAX_CELLS = 1 << 16;
  private static final double REACH = 12;

  /** Covers rounding, relative to the sum of masses times |g|. */
  private static final double ROUNDING = 1e-12;

  /** Of larger changes of a log the squares count. */
  private static final double LARGEST_CHANGE = 0x1p-7;

  private static final double[] CUTS = {-REACH, -6, -3, -1, 0, 1, 3, 6, REACH};

  private final GaussianMixture p;
  private final @Nullable GaussianMixture q;

  /** Bounds on the curvature of a log-density on the cell at hand. */
  private double above;

  private double below;

  private MixtureEntropy(GaussianMixture p, @Nullable GaussianMixture q) {
    this.p = p;
    this.q = q;
  }

  /** A cell and the interval that its share of the expectation lies in. */
  private record Cell(double a, double b, double ga, double gb, double lo, double hi, double size) {
    double width() {
      return hi - lo;
    }
  }

  /**
   * An interval of at most the given width, or the one that is left when there are too many cells.
   *
   * @param q null for the expectation of log p
   */
  static Enclosed enclose(GaussianMixture p, @Nullable GaussianMixture q, double tolerance) {
    return new MixtureEntropy(p, q).run(tolerance);
  }

  private Enclosed run(double tolerance) {
    double[] cuts = cuts();
    PriorityQueue<Cell> cells = new PriorityQueue<>((x, y) -> Double.compare(y.width(), x.width()));
    double width = 0;
    for (int i = 1; i < cuts.length; i++) {
      Cell cell = cell(cuts[i - 1], cuts[i], g(cuts[i - 1]), g(cuts[i]));
      cells.add(cell);
      width += cell.width();
    }
    while (width > tolerance && cells.size() < MAX_CELLS) {
      Cell widest = cells.remove();
      double middle = GaussianMass.middle(widest.a, widest.b);
      if (!(middle > widest.a && middle < widest.b)) {
        cells.add(widest);
        break;
      }
      double g = g(middle);
      Cell left = cell(widest.a, middle, widest.ga, g);
      Cell right = cell(middle, widest.b, g, widest.gb);
      cells.add(left);
      cells.add(right);
      width += left.width() + right.width() - widest.width();
    }
    double lo = 0;
    double hi = 0;
    double size = 0;
    for (Cell cell : cells) {
      lo += cell.lo;
      hi += cell.hi;
      size += cell.size;
    }
    Cell[] tails = {tail(cuts[0], -1), tail(cuts[cuts.length - 1], 1)};
    for (Cell tail : tails) {
      lo += tail.lo;
      hi += tail.hi;
      size += tail.size;
    }
    double slack = ROUNDING * (1 + size) + 2 * weightError(p) * (1 + size);
    slack += q == null ? 0 : 2 * weightError(q);
    slack += ofComponents();
    if (!(hi + slack < Double.POSITIVE_INFINITY && lo - slack > Double.NEGATIVE_INFINITY)) {
      throw new RefusedException(
          ("the densities of the posterior of '%s' differ too much for an enclosure in double"
                  + " precision: a scale is too narrow against the distance of the means; rescale"
                  + " the model")
              .formatted(p.variable().name()));
    }
    return new Enclosed(lo - slack, hi + slack);
  }

  private static double weightError(GaussianMixture mixture) {
    if (mixture.certificate() instanceof Exact exact) {
      return exact.relativeErrorBound();
    }
    String name = mixture.variable().name();
    String kind = "the posterior of '%s' is %s".formatted(name, mixture.certificate().kind());
    throw new RefusedException(
        "",
        Why.of(Why.Reason.NOT_ALLOWED, kind, name),
        "an enclosure of its entropy takes one that is EXACT");
  }

  /** What the errors of the components may change. */
  private double ofComponents() {
    double sum = 0;
    double below = 0;
    for (int k = 0; k < p.weight.length; k++) {
      TruncatedGaussian g = p.component[k];
      double reach = Math.abs(g.nearZ) + 3;
      double belowQ = q == null ? 0 : size(q, g, reach);
      below += p.weight[k] * belowQ;
      sum += p.weight[k] * change(p, k, reach) * (size(p, g, reach) + belowQ);
    }
    double ofQ = 0;
    for (int k = 0; q != null && k < q.weight.length; k++) {
      double near = q.component[k].nearZ;
      ofQ = Math.max(ofQ, change(q, k, Math.sqrt(near * near + 2 * below)));
    }
    return 2 * (sum + ofQ);
  }

  /** What the errors of a component change of its log so many scales from its mean. */
  private static double change(GaussianMixture f, int k, double z) {
    double shift = f.meanError[k] / f.component[k].scale;
    double change = 2 * (f.scaleError[k] * (z * z + 3) + shift * (z + 1));
    return change < LARGEST_CHANGE ? change : Double.POSITIVE_INFINITY;
  }

  /** How large the log of a mixture is within so many scales of a component. */
  private static double size(GaussianMixture f, TruncatedGaussian g, double reach) {
    return Math.abs(mostLog(f)) + Math.abs(leastLog(f, g.near, reach * g.scale));
  }

  /** Ends of the first cells: around every component, within the support. */
  private double[] cuts() {
    double[] cuts = new double[p.weight.length * CUTS.length + 2];
    int count = 0;
    for (TruncatedGaussian g : p.component) {
      for (double z : CUTS) {
        cuts[count++] = Math.min(p.hi, Math.max(p.lo, g.near + z * g.scale));
      }
    }
    double first = Arrays.stream(cuts, 0, count).min().orElse(p.lo);
    double last = Arrays.stream(cuts, 0, count).max().orElse(p.hi);
    cuts[count++] = Double.isInfinite(p.lo) ? first : p.lo;
    cuts[count++] = Double.isInfinite(p.hi) ? last : p.hi;
    return Arrays.stream(cuts, 0, count).sorted().distinct().toArray();
  }

  private double g(double x) {
    return p.logDensity(x) - (q == null ? 0 : q.logDensity(x));
  }

  private Cell cell(double a, double b, double ga, double gb) {
    double mass = p.probability(a, b);
    if (mass == 0) {
      // it may be so wide between far components that its bounds are no numbers
      return new Cell(a, b, ga, gb, 0, 0, 0);
    }
    curvature(p, a, b);
    double up = above;
    double down = below;
    double variation = Math.abs(p.logDensity(b) - p.logDensity(a)) + (above + below) / 8;
    double least = extremeLog(p, a, b, false);
    double most = extremeLog(p, a, b, true);
    if (q != null) {
      curvature(q, a, b);
      up += below;
      down += above;
      least -= extremeLog(q, a, b, true);
      most -= extremeLog(q, a, b, false);
    }
    double middle = 0.5 * ga + 0.5 * gb;
    double tilt = 0.5 * Math.abs(gb - ga) * Math.tanh(0.25 * variation);
    double lo = mass * better(Math.max(middle - tilt - up / 8, least), least);
    double hi = mass * better(Math.min(middle + tilt + down / 8, most), most);
    double size = Math.max(Math.abs(lo), Math.abs(hi));
    return new Cell(a, b, ga, gb, lo, hi, size);
  }

  /** The first, or the second where that is no number. */
  private static double better(double a, double b) {
    return Double.isNaN(a) ? b : a;
  }

  /** Log of the sum of the least or the largest densities of the components on a cell. */
  private static double extremeLog(GaussianMixture f, double a, double b, boolean largest) {
    LogSum sum = new LogSum();
    for (int k = 0; k < f.weight.length; k++) {
      TruncatedGaussian g = f.component[k];
      double log =
          largest
              ? g.logDensity(Math.min(b, Math.max(a, g.near)))
              : Math.min(g.logDensity(a), g.logDensity(b));
      sum.add(Math.log(f.weight[k]) + log, 0);
    }
    if (f.uniformWeight > 0) {
      sum.add(Math.log(f.uniformWeight) - GaussianMass.logLength(f.lo, f.hi), 0);
    }
    return sum.value();
  }

  /** Sets {@link #above} and {@link #below}: -below <= (b - a)^2 (log f)'' <= above on [a, b]. */
  private void curvature(GaussianMixture f, double a, double b) {
    double w = b - a;
    double middle = GaussianMass.middle(a, b);
    double reference = f.logDensity(middle);
    double least = 0;
    double center = 0;
    for (int k = 0; k < f.weight.length; k++) {
      TruncatedGaussian g = f.component[k];
      double log = Math.log(f.weight[k]) - reference;
      least += Math.exp(log + Math.min(g.logDensity(a), g.logDensity(b)));
      double share = Math.exp(log + g.logDensity(middle));
      center += share == 0 ? 0 : share * score(g, middle, w);
    }
    double flat = f.uniformWeight > 0 ? Math.exp(-reference) * f.uniformWeight / (f.hi - f.lo) : 0;
    least += flat;
    below = 0;
    above = (flat < least ? flat / least : flat > 0 ? 1 : 0) * center * center;
    for (int k = 0; k < f.weight.length; k++) {
      TruncatedGaussian g = f.component[k];
      double nearest = Math.min(b, Math.max(a, g.mean));
      double most = Math.exp(Math.log(f.weight[k]) - reference + g.logDensity(nearest));
      double share = most < least ? most / least : 1;
      double deviation =
          Math.max(Math.abs(score(g, a, w) - center), Math.abs(score(g, b, w) - center));
      double width = w / g.scale;
      below += share == 0 ? 0 : share * width * width;
      above += share == 0 ? 0 : share * deviation * deviation;
    }
  }

  /** The slope of the log-density of a component, a cell of width w. */
  private static double score(TruncatedGaussian g, double x, double w) {
    return GaussianMass.standardised(g.mean, x, g.scale) * (w / g.scale);
  }

  /** What lies beyond the cells on one side, {@code side} being -1 or 1; nothing at an end. */
  private Cell tail(double t, int side) {
    boolean atEnd = side < 0 ? t <= p.lo : t >= p.hi;
    double mass =
        atEnd
            ? 0
            : side < 0
                ? p.probability(Double.NEGATIVE_INFINITY, t)
                : p.probability(t, Double.POSITIVE_INFINITY);
    if (mass == 0) {
      return new Cell(t, t, 0, 0, 0, 0, 0);
    }
    double spread = Arrays.stream(p.component).mapToDouble(g -> g.scale).max().orElse(0);
    double lo = leastLog(p, t, spread);
    double hi = mostLog(p);
    if (q != null) {
      lo -= mostLog(q);
      hi -= leastLog(q, t, spread);
    }
    return new Cell(t, t, lo, hi, mass * lo, mass * hi, mass * (Math.abs(lo) + Math.abs(hi)));
  }

  /** A lower bound of the mean of log f beyond t, where x - t has a mean square of spread^2. */
  private static double leastLog(GaussianMixture f, double t, double spread) {
    double best =
        f.uniformWeight > 0
            ? Math.log(f.uniformWeight) - GaussianMass.logLength(f.lo, f.hi)
            : Double.NEGATIVE_INFINITY;
    for (int k = 0; k < f.weight.length; k++) {
      TruncatedGaussian g = f.component[k];
      double z = Math.abs(t - g.mean) / g.scale;
      double s = spread / g.scale;
      double log = Math.log(f.weight[k]) + g.logDensity(t) - s * (z + 0.5 * s);
      best = Math.max(best, log);
    }
    return best;
  }

  private static double mostLog(GaussianMixture f) {
    LogSum sum = new LogSum();
    for (int k = 0; k < f.weight.length; k++) {
      sum.add(Math.log(f.weight[k]) + f.component[k].logDensity(f.component[k].near), 0);
    }
    if (f.uniformWeight > 0) {
      sum.add(Math.log(f.uniformWeight) - GaussianMass.logLength(f.lo, f.hi), 0);
    }
    return sum.value();
  }
}
