package org.ugmm.engine.deep.plane;

import org.jspecify.annotations.Nullable;
import org.ugmm.engine.number.Rounding;

/**
 * What the Gaussians of one real variable do over one interval of it, each on a linear scale of its
 * own: their ranges, and their distance from cubics on a few parts of the interval. Boxes of a
 * search share their intervals, so this is computed once an interval, lazily, as a tree of halves.
 * Not thread-safe.
 */
final class LeafRange {
  /*
   * On a part of width h the cubic that has the Gaussian's values and slopes at both ends (Hermite)
   * is off by at most h^4 / 384 times the greatest fourth derivative, which is (q^4 - 6 q^2 + 3) /
   * scale^4 times the Gaussian, q = (x - mean) / scale. Where that says little, the Gaussian's own
   * range does. Cubics have weights of at most 1 for values and 4 / 27 for slopes times h, so that
   * the errors of these numbers just add up; so do those of a sum of all Gaussians in any order.
   */

  /** Parts of the interval. */
  static final int PARTS = 4;

  /** Where slopes and errors begin in a row, and its length. */
  static final int SLOPES = PARTS + 1;

  static final int ERRORS = 2 * PARTS + 2;
  static final int ROW = 3 * PARTS + 2;

  private static final double U = Rounding.U;

  /** A part of so many scales is too wide for slopes to be of use. */
  private static final double WIDE = 3;

  /** Of |q^4 - 6 q^2 + 3| exp(-q^2 / 2): where its crests are besides 0, and bounds on them. */
  private static final double CREST = 1.3556261799742659;

  private static final double CREST_HEIGHT = 1.8551;
  private static final double LAST_CREST = 2.8569700138728056;
  private static final double LAST_CREST_HEIGHT = 0.34879;

  /** The Gaussians of a variable: weight exp(-((x - mean) / scale)^2 / 2). */
  record Leaves(double[] weight, double[] weightError, double[] mean, double[] inverse) {}

  private final Leaves leaves;

  /** The interval. */
  final double lo;

  final double hi;

  /** [leaves] proven ends of each Gaussian over the interval. */
  final double[] min;

  final double[] max;

  /** [PARTS + 1] ends of the parts. */
  final double[] at;

  /**
   * [leaves][ROW] values at the ends of the parts, slopes there times the width of a part, and for
   * each part a proven bound on the distance of the Gaussian from its cubic, rounding included.
   */
  final double[] row;

  private double cut;

  private @Nullable LeafRange below;
  private @Nullable LeafRange above;

  /** [PARTS * PARTS] what {@link #parts} has given. */
  private final @Nullable LeafRange[] runs = new LeafRange[PARTS * PARTS];

  LeafRange(Leaves leaves, double lo, double hi) {
    this.leaves = leaves;
    this.lo = lo;
    this.hi = hi;
    int n = leaves.weight.length;
    min = new double[n];
    max = new double[n];
    cut = lo + 0.5 * (hi - lo);
    at = new double[PARTS + 1];
    for (int p = 0; p < PARTS; p++) {
      at[p] = Math.min(hi, lo + (hi - lo) * p / PARTS);
    }
    at[PARTS] = hi;
    row = new double[n * ROW];
    double[] q = new double[PARTS + 1];
    double[] e = new double[PARTS + 1];
    for (int k = 0; k < n; k++) {
      fill(k, q, e);
    }
  }

  /** Bounds a Gaussian; q and e are workspace: distances and relative values at ends of parts. */
  private void fill(int k, double[] q, double[] e) {
    double m = leaves.mean[k];
    double inverse = leaves.inverse[k];
    double w = leaves.weight[k];
    double wError = leaves.weightError[k];
    double width = (hi - lo) / PARTS * inverse;
    boolean hasSlopes = width <= WIDE;
    int from = k * ROW;
    for (int p = 0; p <= PARTS; p++) {
      q[p] = (at[p] - m) * inverse;
      e[p] = Math.exp(-0.5 * q[p] * q[p]);
      row[from + p] = w * e[p];
      row[from + SLOPES + p] = hasSlopes ? -w * e[p] * q[p] * width : 0;
    }
    min[k] = lowest(k, q, e, 0, PARTS);
    max[k] = highest(k, q, e, 0, PARTS);
    // at[] may be off by this many scales
    double off = 4 * U * Math.max(Math.abs(lo), Math.abs(hi)) * inverse;
    double wide = width + off;
    for (int p = 0; p < PARTS; p++) {
      double fa = row[from + p];
      double fb = row[from + p + 1];
      double da = Math.abs(row[from + SLOPES + p]);
      double db = Math.abs(row[from + SLOPES + p + 1]);
      double swing = (da + db) * (4.0 / 27) * (1 + 8 * U);
      double error =
          Math.max(
              highest(k, q, e, p, p + 1) - Math.min(fa, fb) + swing,
              Math.max(fa, fb) + swing - lowest(k, q, e, p, p + 1));
      if (hasSlopes) {
        double square = wide * wide;
        double cubic =
            w * crest(q, e, p) * square * square / 384 * (1 + wError + 1e-9)
                + inexact(fa, q[p], wError)
                + inexact(fb, q[p + 1], wError)
                + inexact(da, q[p], wError)
                + inexact(db, q[p + 1], wError)
                + off * w * (Math.abs(q[p]) * e[p] + Math.abs(q[p + 1]) * e[p + 1])
                + 1e-290 * (1 + w) * (1 + wide * Math.max(Math.abs(q[p]), Math.abs(q[p + 1])));
        error = cubic < error ? cubic : error;
      }
      double rounding = 2 * (min.length + 32) * U * (fa + fb + da + db);
      row[from + ERRORS + p] = error * (1 + 16 * U) + rounding + (w + 1) * Double.MIN_NORMAL;
    }
  }

  /** The error of a number that is a Gaussian's value times less than 4 roundings. */
  private static double inexact(double value, double q, double weightError) {
    return value * Math.min(1, weightError + (32 + 8 * q * q) * U);
  }

  /** Upper bound of |q^4 - 6 q^2 + 3| exp(-q^2 / 2) over a part, below 1e-290 apart. */
  private static double crest(double[] q, double[] e, int p) {
    double qa = q[p];
    double qb = q[p + 1];
    double near = qa > 0 ? qa : qb < 0 ? -qb : 0;
    double far = Math.max(qb, -qa);
    double most = near == 0 ? 3 : Math.max(fourth(qa, e[p]), fourth(qb, e[p + 1]));
    if (near <= CREST && far >= CREST) {
      most = Math.max(most, CREST_HEIGHT);
    }
    if (near <= LAST_CREST && far >= LAST_CREST) {
      most = Math.max(most, LAST_CREST_HEIGHT);
    }
    return most;
  }

  private static double fourth(double q, double e) {
    double square = q * q;
    return e == 0 ? 0 : Math.abs((square - 6) * square + 3) * e + 1e-12 * (square * square + 3) * e;
  }

  /** Proven upper end of a Gaussian between two ends of parts. */
  private double highest(int k, double[] q, double[] e, int first, int last) {
    double w = leaves.weight[k];
    double wError = leaves.weightError[k];
    return q[first] > 0
        ? up(w, e[first], q[first], wError)
        : q[last] < 0 ? up(w, e[last], q[last], wError) : up(w, 1, 0, wError);
  }

  /** Proven lower end of a Gaussian between two ends of parts. */
  private double lowest(int k, double[] q, double[] e, int first, int last) {
    int far = q[last] > -q[first] ? last : first;
    return down(leaves.weight[k], e[far], q[far], leaves.weightError[k]);
  }

  /**
   * Proven upper end of weight exp(-q^2 / 2).
   *
   * @param e exp(-q^2 / 2) as it was found, perhaps too small for full precision
   * @param q of three roundings
   */
  static double up(double weight, double e, double q, double weightError) {
    double relative = Math.min(1, weightError + (16 + 8 * q * q) * U);
    return weight * e * (1 + relative) + (weight + 1) * Double.MIN_NORMAL;
  }

  /** Proven lower end. */
  static double down(double weight, double e, double q, double weightError) {
    double relative = Math.min(1, weightError + (16 + 8 * q * q) * U);
    return Math.max(0, weight * e * (1 - relative) - (weight + 1) * Double.MIN_NORMAL);
  }

  int numLeaves() {
    return min.length;
  }

  /** The lower half. */
  LeafRange below() {
    if (below == null) {
      below = new LeafRange(leaves, lo, middle());
    }
    return below;
  }

  /** The upper half. */
  LeafRange above() {
    if (above == null) {
      above = new LeafRange(leaves, middle(), hi);
    }
    return above;
  }

  /** A run of neighbouring parts, both ends included. */
  LeafRange parts(int first, int last) {
    if (first == 0 && last == PARTS - 1) {
      return this;
    }
    LeafRange run = runs[first * PARTS + last];
    if (run == null) {
      run = new LeafRange(leaves, at[first], at[last + 1]);
      runs[first * PARTS + last] = run;
    }
    return run;
  }

  /** Where the halves meet. */
  double middle() {
    return cut;
  }

  /**
   * Moves the point where the halves meet to a side of a Gaussian that is narrow here, so that one
   * half is rid of it; too late once there are halves.
   */
  void cutBeside(int leaf) {
    double reach = 3.5 / leaves.inverse[leaf];
    double width = hi - lo;
    if (below != null || above != null || !(reach < 0.125 * width)) {
      return;
    }
    double left = leaves.mean[leaf] - reach;
    double right = leaves.mean[leaf] + reach;
    double centre = lo + 0.5 * width;
    double nearer = Math.abs(left - centre) < Math.abs(right - centre) ? left : right;
    if (nearer > lo + 1e-3 * width && nearer < hi - 1e-3 * width) {
      cut = nearer;
    }
  }
}
