package org.ugmm.engine.mpe;

import java.util.Arrays;
import org.ugmm.engine.leaf.UnivariateLeaf;
import org.ugmm.engine.number.LogValue;

/**
 * One upward pass of interval arithmetic over a box: encloses, at every node, the natural log of
 * the node over the box and at its centre, and the first and second derivatives of that log with
 * respect to the real variables. Not thread-safe.
 */
final class TaylorPass {
  /*
   * Everything is about L = log of a node, so that nothing underflows and products add. For a sum
   * with responsibilities r_c = w_c n_c / n (they sum to 1):
   *
   *   grad L = SUM r_c grad L_c
   *   hess L = SUM r_c (hess L_c + (grad L_c - m)(grad L_c - m)^T) - (grad L - m)(grad L - m)^T
   *
   * for any constant vector m; the formula is tight when m is close to grad L. Over a box r_c is
   * enclosed in two ways and the results intersected: from the ranges of the children, and, because
   * grad log r_c = grad L_c - grad L, from its value at the centre. A weighted mean SUM r_c a_c with
   * r_c in [lo_c, hi_c] is at most SUM lo_c a_c + (1 - SUM lo_c) max a_c. The range of L is cut by
   * the mean value form L(centre) + grad L (x - centre).
   *
   * Where a categorical variable is still free, all of this holds for each of its states: its leaf
   * is an unknown constant between its least and greatest log. Every rounded operation widens its
   * result: PAD is 2^-50, at least four times the error of any single step, times the magnitude of
   * the terms.
   */
  private static final double PAD = 0x1p-50;
  static final double TINY = 1e-290;

  /**
   * The slope of a leaf that jumps or is 0 somewhere in the box: times the width of the box more
   * than any log changes there.
   */
  static final double UNKNOWN = 1e150;

  private final ConditionedCircuit r;

  /** 2 with second derivatives, 1 with first ones, 0 where the circuit is too large for either. */
  final int maxOrder;

  /** [numNodes] enclosure of the log over the box. */
  final double[] lo;

  final double[] hi;

  /** [numNodes] enclosure of the log at the centre of the box. */
  final double[] midLo;

  final double[] midHi;

  /** [numNodes] the real dimensions below each node, ascending. */
  final int[][] scope;

  /** [numNodes] where a node's gradient starts, one number a dimension of its scope. */
  final int[] gradientStart;

  final double[] gradientLo;
  final double[] gradientHi;

  /** [numNodes] where a node's Hessian starts: lower triangle, row by row. */
  final int[] hessianStart;

  final double[] hessianLo;
  final double[] hessianHi;

  private final TaylorLayout layout;
  private final TaylorSum sums;
  final double[] radius;
  private final double[] centre;
  private double[] boxLo = {};
  private double[] boxHi = {};

  TaylorPass(ConditionedCircuit r) {
    this.r = r;
    int n = r.numNodes;
    layout = new TaylorLayout(r);
    maxOrder = layout.maxOrder;
    scope = layout.scope;
    gradientStart = layout.gradientStart;
    hessianStart = layout.hessianStart;
    lo = new double[n];
    hi = new double[n];
    midLo = new double[n];
    midHi = new double[n];
    centre = new double[r.numDimensions];
    radius = new double[r.numDimensions];
    gradientLo = new double[gradientStart[n]];
    gradientHi = new double[gradientStart[n]];
    hessianLo = new double[hessianStart[n]];
    hessianHi = new double[hessianStart[n]];
    sums = new TaylorSum(r, layout, this);
  }

  /** Encloses over the box, derivatives up to the order (at most {@link #maxOrder}). */
  void run(double[] newBoxLo, double[] newBoxHi, int order) {
    boxLo = newBoxLo;
    boxHi = newBoxHi;
    for (int d = 0; d < centre.length; d++) {
      double a = boxLo[d];
      double b = boxHi[d];
      centre[d] = a == b ? a : Math.min(Math.max(0.5 * a + 0.5 * b, a), b);
      centre[d] = r.whole[d] ? Math.floor(centre[d]) : centre[d];
      radius[d] = a == b ? 0 : Math.nextUp(Math.max(b - centre[d], centre[d] - a));
    }
    for (int k = 0; k < r.numNodes; k++) {
      switch (r.kind[k]) {
        case ConditionedCircuit.CONSTANT -> {
          lo[k] = midLo[k] = r.constant[k] - r.constantError[k];
          hi[k] = midHi[k] = r.constant[k] + r.constantError[k];
          continue; // no scope, no derivatives
        }
        case ConditionedCircuit.GAUSSIAN -> gaussian(k, order);
        case ConditionedCircuit.CATEGORICAL -> {
          categorical(k);
          continue;
        }
        case ConditionedCircuit.UNIVARIATE -> univariate(k, order);
        case ConditionedCircuit.PRODUCT -> product(k, order);
        default -> sums.enclose(k, order);
      }
      if (order > 0 && hi[k] > Double.NEGATIVE_INFINITY) {
        cutByMeanValue(k);
      }
    }
  }

  double centre(int dimension) {
    return centre[dimension];
  }

  double radius(int dimension) {
    return radius[dimension];
  }

  /** Bound on the rounding of a step whose terms have a magnitude. */
  static double pad(double magnitude) {
    return PAD * Math.abs(magnitude) + TINY;
  }

  private void gaussian(int k, int order) {
    int d = r.dimension[k];
    double mean = r.mean[k];
    double scale = r.scale[k];
    double a = (boxLo[d] - mean) / scale;
    double b = (boxHi[d] - mean) / scale;
    double m = (centre[d] - mean) / scale;
    double nearest = a > 0 ? a : b < 0 ? b : 0;
    double farthest = Math.max(-a, b);
    double top = 0.5 * nearest * nearest;
    double bottom = 0.5 * farthest * farthest;
    double middle = 0.5 * m * m;
    double peak = r.constant[k];
    double error = r.constantError[k] + pad(peak);
    hi[k] = peak - top + (error + pad(top));
    lo[k] = peak - bottom - (error + pad(bottom));
    midHi[k] = peak - middle + (error + pad(middle));
    midLo[k] = peak - middle - (error + pad(middle));
    if (order > 0) {
      int g = gradientStart[k];
      gradientLo[g] = -b / scale - pad(b / scale);
      gradientHi[g] = -a / scale + pad(a / scale);
      if (order > 1) {
        double curvature = 1 / scale / scale;
        hessianLo[hessianStart[k]] = -curvature - pad(curvature);
        hessianHi[hessianStart[k]] = -curvature + pad(curvature);
      }
    }
  }

  private void univariate(int k, int order) {
    UnivariateLeaf leaf = r.leaf[k];
    if (leaf == null) {
      throw new AssertionError(k);
    }
    int d = r.dimension[k];
    lo[k] = leaf.lower(boxLo[d], boxHi[d]);
    hi[k] = leaf.upper(boxLo[d], boxHi[d]);
    LogValue middle = leaf.logDensity(centre[d]);
    midLo[k] = middle.lower();
    midHi[k] = Math.min(hi[k], middle.upper());
    if (order > 0 && !r.whole[d] && hi[k] == Double.NEGATIVE_INFINITY) {
      Arrays.fill(gradientLo, gradientStart[k], gradientStart[k + 1], 0);
      Arrays.fill(gradientHi, gradientStart[k], gradientStart[k + 1], 0);
      if (order > 1) {
        Arrays.fill(hessianLo, hessianStart[k], hessianStart[k + 1], 0);
        Arrays.fill(hessianHi, hessianStart[k], hessianStart[k + 1], 0);
      }
    } else if (order > 0 && !r.whole[d] && !leaf.isSmooth(boxLo[d], boxHi[d])) {
      gradientLo[gradientStart[k]] = -UNKNOWN;
      gradientHi[gradientStart[k]] = UNKNOWN;
    } else if (order > 0 && !r.whole[d]) {
      double slopeLo = leaf.slope(boxLo[d], boxHi[d], false);
      double slopeHi = leaf.slope(boxLo[d], boxHi[d], true);
      double size = 1 / Math.max(Math.abs(boxLo[d]), Double.MIN_NORMAL);
      double ofSlope = leaf.slopeSize(boxLo[d]);
      gradientLo[gradientStart[k]] = slopeLo - pad(ofSlope);
      gradientHi[gradientStart[k]] = slopeHi + pad(ofSlope);
      if (order > 1) {
        hessianLo[hessianStart[k]] = leaf.bend(boxLo[d], boxHi[d], false) - pad(ofSlope * size);
        hessianHi[hessianStart[k]] = leaf.bend(boxLo[d], boxHi[d], true) + pad(ofSlope * size);
      }
    }
  }

  private void categorical(int k) {
    int d = r.dimension[k];
    double least = Double.POSITIVE_INFINITY;
    double greatest = Double.NEGATIVE_INFINITY;
    for (int s = (int) boxLo[d]; s <= (int) boxHi[d]; s++) {
      if (r.allowed[d][s]) {
        least = Math.min(least, r.table[k][s]);
        greatest = Math.max(greatest, r.table[k][s]);
      }
    }
    lo[k] = midLo[k] = least - r.constantError[k];
    hi[k] = midHi[k] = greatest + r.constantError[k];
  }

  private void product(int k, int order) {
    int from = r.start[k];
    int to = r.start[k + 1];
    double sumLo = r.constant[k];
    double sumHi = sumLo;
    double sumMidLo = sumLo;
    double sumMidHi = sumLo;
    double magnitude = Math.abs(sumLo);
    double magnitudeLo = 0;
    for (int e = from; e < to; e++) {
      int c = r.child[e];
      if (hi[c] == Double.NEGATIVE_INFINITY) {
        hi[k] = lo[k] = midLo[k] = midHi[k] = Double.NEGATIVE_INFINITY;
        return;
      }
      sumLo += lo[c];
      sumHi += hi[c];
      sumMidLo += midLo[c];
      sumMidHi += midHi[c];
      // a log of -infinity stays that, and is no size of the others
      magnitude += Math.abs(hi[c]) + finite(midHi[c]);
      magnitudeLo += finite(lo[c]) + finite(midLo[c]);
    }
    int terms = to - from + 1;
    double error = r.constantError[k] + pad(terms * magnitude);
    double errorLo = error + pad(terms * magnitudeLo);
    hi[k] = sumHi + error;
    midHi[k] = sumMidHi + error;
    lo[k] = sumLo - errorLo;
    midLo[k] = sumMidLo - errorLo;
    if (order > 0) {
      addDerivatives(k, from, to, gradientStart, gradientLo, gradientHi, false);
      if (order > 1) {
        addDerivatives(k, from, to, hessianStart, hessianLo, hessianHi, true);
      }
    }
  }

  private static double finite(double log) {
    return log == Double.NEGATIVE_INFINITY ? 0 : Math.abs(log);
  }

  private void addDerivatives(
      int k, int from, int to, int[] startOf, double[] low, double[] high, boolean triangle) {
    int base = startOf[k];
    Arrays.fill(low, base, startOf[k + 1], 0);
    Arrays.fill(high, base, startOf[k + 1], 0);
    for (int e = from; e < to; e++) {
      int c = r.child[e];
      int[] map = layout.position[e];
      int size = scope[c].length;
      int at = startOf[c];
      for (int i = 0; i < size; i++) {
        int row = map == null ? i : map[i];
        for (int j = triangle ? 0 : i; j <= i; j++, at++) {
          int target = base + (triangle ? row * (row + 1) / 2 + (map == null ? j : map[j]) : row);
          low[target] += low[at];
          high[target] += high[at];
          low[target] -= pad(low[target]);
          high[target] += pad(high[target]);
        }
      }
    }
  }

  private void cutByMeanValue(int k) {
    int g = gradientStart[k];
    double move = 0;
    for (int i = 0; i < scope[k].length; i++) {
      move +=
          radius[scope[k][i]] * Math.max(Math.abs(gradientLo[g + i]), Math.abs(gradientHi[g + i]));
    }
    if (!(move < Double.POSITIVE_INFINITY) || midHi[k] == Double.NEGATIVE_INFINITY) {
      return;
    }
    move += pad((scope[k].length + 4) * move);
    double top = midHi[k] + move;
    double bottom = midLo[k] - move;
    hi[k] = Math.min(hi[k], top + pad(top));
    lo[k] = Math.max(lo[k], bottom == Double.NEGATIVE_INFINITY ? bottom : bottom - pad(bottom));
  }
}
