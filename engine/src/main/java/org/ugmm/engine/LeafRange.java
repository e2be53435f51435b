package org.ugmm.engine;

import org.jspecify.annotations.Nullable;

/**
 * What the Gaussians of one real variable do over one interval of it, each on a linear scale of its
 * own: their ranges, and their distance from straight lines on a few parts of the interval. Boxes
 * of a search share their intervals, so this is computed once an interval, lazily, as a tree of
 * halves. Not thread-safe.
 */
final class LeafRange {
  /** Parts of the interval. */
  static final int PARTS = 4;

  private static final double U = LogEvaluator.U;

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

  /** [leaves][PARTS + 1] values at the ends of the parts, in ordinary rounding. */
  final double[] value;

  /**
   * [leaves][PARTS] proven ends of Gaussian minus the straight line through its values at the ends
   * of a part.
   */
  final double[] under;

  final double[] over;

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
    value = new double[n * (PARTS + 1)];
    under = new double[n * PARTS];
    over = new double[n * PARTS];
    for (int k = 0; k < n; k++) {
      fill(k);
    }
  }

  private void fill(int k) {
    double m = leaves.mean[k];
    double inverse = leaves.inverse[k];
    double w = leaves.weight[k];
    double wError = leaves.weightError[k];
    min[k] = down(w, far(lo, hi, m, inverse), wError);
    max[k] = up(w, near(lo, hi, m, inverse), wError);
    for (int p = 0; p <= PARTS; p++) {
      double q = (at[p] - m) * inverse;
      value[k * (PARTS + 1) + p] = w * Math.exp(-0.5 * q * q);
    }
    for (int p = 0; p < PARTS; p++) {
      double a = at[p];
      double b = at[p + 1];
      double fa = value[k * (PARTS + 1) + p];
      double fb = value[k * (PARTS + 1) + p + 1];
      double near = near(a, b, m, inverse);
      double far = far(a, b, m, inverse);
      double highest = up(w, near, wError);
      double lowest = down(w, far, wError);
      // Of the second derivative times the squared width over 8; (q^2 - 1) exp(-q^2 / 2) rises from
      // -1 at 0 to its top at sqrt(3), and falls again.
      double width = (b - a) * inverse;
      double scale = w * width * width / 8 * (1 + wError + 64 * U);
      double bulge = Math.max(0, (1 - near * near) * Math.exp(-0.5 * near * near));
      double q = Math.min(Math.max(near, 1.7320508075688772), far);
      double dent = Math.max(0, (q * q - 1) * Math.exp(-0.5 * q * q));
      double wide = 64 * U;
      // (16 + 8 q^2) exp(-q^2 / 2) falls with |q|, so that the nearest point has the largest error
      double error = 2 * highest * ((16 + 8 * near * near) * U + wError) + Double.MIN_NORMAL;
      over[k * PARTS + p] = Math.min(scale * (bulge + wide), highest - Math.min(fa, fb)) + error;
      under[k * PARTS + p] = Math.max(-scale * (dent + wide), lowest - Math.max(fa, fb)) - error;
    }
  }

  private static double near(double lo, double hi, double m, double inverse) {
    return lo > m ? (lo - m) * inverse : hi < m ? (m - hi) * inverse : 0;
  }

  private static double far(double lo, double hi, double m, double inverse) {
    return Math.max(hi - m, m - lo) * inverse;
  }

  /** Proven upper end of weight exp(-q^2 / 2) for a q of three roundings. */
  static double up(double weight, double q, double weightError) {
    double e = weight * Math.exp(-0.5 * q * q);
    return e * (1 + Math.min(1, weightError + (16 + 8 * q * q) * U)) + Double.MIN_NORMAL;
  }

  /** Proven lower end. */
  static double down(double weight, double q, double weightError) {
    double e = weight * Math.exp(-0.5 * q * q);
    return Math.max(
        0, e * (1 - Math.min(1, weightError + (16 + 8 * q * q) * U)) - Double.MIN_NORMAL);
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
