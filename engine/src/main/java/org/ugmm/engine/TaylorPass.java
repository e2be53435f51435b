package org.ugmm.engine;

import java.util.Arrays;

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
  private static final double TINY = 1e-290;
  private static final long MAX_WORKSPACE = 8_000_000;
  private static final int MAX_REALS_FOR_CURVATURE = 40;

  private final Residual r;

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

  /** [edges] position of each dimension of the child's scope in the parent's; null when alike. */
  private final int[][] position;

  private final double[] radius;
  private final double[] centre;
  private double[] boxLo = {};
  private double[] boxHi = {};

  // workspace of one sum, for up to maxChildren children and scopes of maxScope dimensions
  private final double[] shareLo;
  private final double[] shareHi;
  private final double[] ownLo;
  private final double[] ownHi;
  private final double[] anchor;
  private final double[] childGradientLo;
  private final double[] childGradientHi;
  private final double[] childHessianLo;
  private final double[] childHessianHi;
  private final double[] meanLo;
  private final double[] meanHi;
  private final double[] leastTerm;
  private final double[] greatestTerm;

  @SuppressWarnings("NullAway") // position holds null for scopes that are alike
  TaylorPass(Residual r) {
    this.r = r;
    int n = r.numNodes;
    lo = new double[n];
    hi = new double[n];
    midLo = new double[n];
    midHi = new double[n];
    centre = new double[r.numDimensions];
    radius = new double[r.numDimensions];
    scope = new int[n][];
    int order = scopes() ? 1 : 0;
    position = new int[r.child.length][];
    gradientStart = new int[n + 1];
    hessianStart = new int[n + 1];
    int maxScope = 0;
    int maxChildren = 0;
    if (order == 1) {
      long hessianSize = 0;
      for (int k = 0; k < n; k++) {
        int s = scope[k].length;
        gradientStart[k + 1] = gradientStart[k] + s;
        hessianSize += (long) s * (s + 1) / 2;
        maxScope = Math.max(maxScope, s);
        maxChildren = Math.max(maxChildren, r.start[k + 1] - r.start[k]);
        for (int e = r.start[k]; e < r.start[k + 1]; e++) {
          position[e] = positions(scope[r.child[e]], scope[k]);
        }
      }
      if (hessianSize <= MAX_WORKSPACE && maxScope <= MAX_REALS_FOR_CURVATURE) {
        order = 2;
        for (int k = 0; k < n; k++) {
          int s = scope[k].length;
          hessianStart[k + 1] = hessianStart[k] + s * (s + 1) / 2;
        }
      }
    }
    maxOrder = order;
    gradientLo = new double[gradientStart[n]];
    gradientHi = new double[gradientStart[n]];
    hessianLo = new double[hessianStart[n]];
    hessianHi = new double[hessianStart[n]];
    int triangle = order == 2 ? maxScope * (maxScope + 1) / 2 : 0;
    shareLo = new double[maxChildren];
    shareHi = new double[maxChildren];
    ownLo = new double[maxChildren];
    ownHi = new double[maxChildren];
    anchor = new double[maxScope];
    childGradientLo = new double[maxChildren * maxScope];
    childGradientHi = new double[maxChildren * maxScope];
    childHessianLo = new double[triangle];
    childHessianHi = new double[triangle];
    meanLo = new double[Math.max(maxScope, triangle)];
    meanHi = new double[Math.max(maxScope, triangle)];
    leastTerm = new double[Math.max(maxScope, triangle)];
    greatestTerm = new double[Math.max(maxScope, triangle)];
  }

  /** Fills the scopes; false when they would be too large. */
  private boolean scopes() {
    boolean[] below = new boolean[r.numDimensions];
    long size = 0;
    for (int k = 0; k < r.numNodes; k++) {
      int from = r.start[k];
      int to = r.start[k + 1];
      if (r.kind[k] == Residual.GAUSSIAN) {
        scope[k] = new int[] {r.dimension[k]};
      } else if (from == to) {
        scope[k] = new int[0];
      } else {
        int[] first = scope[r.child[from]];
        boolean alike = true;
        for (int e = from + 1; e < to && alike; e++) {
          alike = Arrays.equals(first, scope[r.child[e]]);
        }
        if (alike) {
          scope[k] = first;
        } else {
          int count = 0;
          for (int e = from; e < to; e++) {
            for (int d : scope[r.child[e]]) {
              count += below[d] ? 0 : 1;
              below[d] = true;
            }
          }
          int[] union = new int[count];
          int at = 0;
          for (int d = 0; d < below.length; d++) {
            if (below[d]) {
              union[at++] = d;
              below[d] = false;
            }
          }
          scope[k] = union;
        }
      }
      size += scope[k].length;
      if (size > MAX_WORKSPACE) {
        return false;
      }
    }
    return true;
  }

  private static int @org.jspecify.annotations.Nullable [] positions(int[] inner, int[] outer) {
    if (inner.length == outer.length) {
      return null;
    }
    int[] result = new int[inner.length];
    for (int i = 0; i < inner.length; i++) {
      result[i] = Arrays.binarySearch(outer, inner[i]);
    }
    return result;
  }

  /** Encloses over the box, derivatives up to the order (at most {@link #maxOrder}). */
  void run(double[] newBoxLo, double[] newBoxHi, int order) {
    boxLo = newBoxLo;
    boxHi = newBoxHi;
    for (int d = 0; d < centre.length; d++) {
      double a = boxLo[d];
      double b = boxHi[d];
      centre[d] = a == b ? a : Math.min(Math.max(0.5 * a + 0.5 * b, a), b);
      radius[d] = a == b ? 0 : Math.nextUp(Math.max(b - centre[d], centre[d] - a));
    }
    for (int k = 0; k < r.numNodes; k++) {
      switch (r.kind[k]) {
        case Residual.CONSTANT -> {
          lo[k] = midLo[k] = r.constant[k] - r.constantError[k];
          hi[k] = midHi[k] = r.constant[k] + r.constantError[k];
          continue; // no scope, no derivatives
        }
        case Residual.GAUSSIAN -> gaussian(k, order);
        case Residual.CATEGORICAL -> {
          categorical(k);
          continue;
        }
        case Residual.PRODUCT -> product(k, order);
        default -> sum(k, order);
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

  private static double pad(double magnitude) {
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
    // the likelihood's log was rounded, and its sum with the leaf's
    lo[k] = midLo[k] = least == Double.NEGATIVE_INFINITY ? least : least - pad(1 + Math.abs(least));
    hi[k] =
        midHi[k] =
            greatest == Double.NEGATIVE_INFINITY
                ? greatest
                : greatest + pad(1 + Math.abs(greatest));
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
      magnitude += Math.abs(hi[c]) + Math.abs(midHi[c]);
      magnitudeLo += Math.abs(lo[c]) + Math.abs(midLo[c]);
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

  private void addDerivatives(
      int k, int from, int to, int[] startOf, double[] low, double[] high, boolean triangle) {
    int base = startOf[k];
    Arrays.fill(low, base, startOf[k + 1], 0);
    Arrays.fill(high, base, startOf[k + 1], 0);
    for (int e = from; e < to; e++) {
      int c = r.child[e];
      int[] map = position[e];
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

  private void sum(int k, int order) {
    int from = r.start[k];
    int to = r.start[k + 1];
    double relativeError = shares(k, from, to, hi, lo, shareLo, shareHi, true);
    if (hi[k] == Double.NEGATIVE_INFINITY) {
      midLo[k] = midHi[k] = Double.NEGATIVE_INFINITY;
      return;
    }
    shares(k, from, to, midHi, midLo, ownLo, ownHi, false);
    if (order == 0) {
      return;
    }
    int s = scope[k].length;
    int count = to - from;
    gatherGradients(from, to, s);
    // the hull of the children's gradients, then twice a tighter mean with tighter shares
    int g = gradientStart[k];
    for (int i = 0; i < s; i++) {
      double least = Double.POSITIVE_INFINITY;
      double greatest = Double.NEGATIVE_INFINITY;
      for (int c = 0; c < count; c++) {
        if (shareHi[c] > 0) {
          least = Math.min(least, childGradientLo[c * s + i]);
          greatest = Math.max(greatest, childGradientHi[c * s + i]);
        }
      }
      gradientLo[g + i] = least;
      gradientHi[g + i] = greatest;
    }
    for (int round = 0; round < 2; round++) {
      tightenShares(k, s, count, relativeError);
      double rest = rest(count);
      for (int i = 0; i < s; i++) {
        gradientMean(g + i, i, s, count, rest);
      }
    }
    if (order > 1) {
      curvature(k, from, to, s);
    }
  }

  /**
   * Encloses the shares from the ranges of the children, and the node's own log.
   *
   * @return bound on the relative error of an exponential
   */
  private double shares(
      int k,
      int from,
      int to,
      double[] high,
      double[] low,
      double[] outLo,
      double[] outHi,
      boolean wholeBox) {
    double peak = Double.NEGATIVE_INFINITY;
    double floor = Double.NEGATIVE_INFINITY;
    double weightSize = 0;
    for (int e = from; e < to; e++) {
      peak = Math.max(peak, r.logWeight[e] + high[r.child[e]]);
      floor = Math.max(floor, r.logWeight[e] + low[r.child[e]]);
      weightSize = Math.max(weightSize, Math.abs(r.logWeight[e]));
    }
    double top;
    double bottom;
    double relativeError = 0;
    if (peak == Double.NEGATIVE_INFINITY) {
      top = bottom = peak;
    } else {
      double totalHi = 0;
      double totalLo = 0;
      double totalFloor = 0;
      for (int e = from; e < to; e++) {
        double h = Math.exp(r.logWeight[e] + high[r.child[e]] - peak);
        double l = Math.exp(r.logWeight[e] + low[r.child[e]] - peak);
        outHi[e - from] = h;
        outLo[e - from] = l;
        totalHi += h;
        totalLo += l;
        if (floor > Double.NEGATIVE_INFINITY) {
          totalFloor += Math.exp(r.logWeight[e] + low[r.child[e]] - floor);
        }
      }
      int count = to - from;
      // exponents down to -745 matter; the weight's log and both sums round
      relativeError = pad(count + 800 + Math.abs(peak) + weightSize);
      double logTotal = Math.log(totalHi);
      // shares weigh the error of an exponent, so that small ones count little
      top = peak + logTotal + pad(3 * count + 4 + Math.abs(peak) + weightSize + logTotal);
      if (floor > Double.NEGATIVE_INFINITY) {
        double logFloor = Math.log(totalFloor);
        bottom = floor + logFloor - pad(3 * count + 4 + Math.abs(floor) + weightSize + logFloor);
      } else {
        bottom = floor;
      }
      for (int c = 0; c < count; c++) {
        double othersLo = Math.max(0, (totalLo - outLo[c]) - relativeError * totalLo);
        double othersHi = (totalHi - outHi[c]) + relativeError * totalHi;
        double h = outHi[c] == 0 ? TINY : outHi[c];
        double shareOfHi = h / (h + othersLo) + relativeError;
        double shareOfLo =
            outLo[c] == 0 ? 0 : outLo[c] / (outLo[c] + othersHi) * (1 - 4 * relativeError);
        outHi[c] = high[r.child[from + c]] == Double.NEGATIVE_INFINITY ? 0 : Math.min(1, shareOfHi);
        outLo[c] = Math.max(0, shareOfLo);
      }
    }
    if (wholeBox) {
      hi[k] = top;
      lo[k] = bottom;
    } else {
      midHi[k] = top;
      midLo[k] = bottom;
    }
    return relativeError;
  }

  private void gatherGradients(int from, int to, int s) {
    for (int e = from; e < to; e++) {
      int c = r.child[e];
      int base = (e - from) * s;
      int[] map = position[e];
      if (map == null) {
        System.arraycopy(gradientLo, gradientStart[c], childGradientLo, base, s);
        System.arraycopy(gradientHi, gradientStart[c], childGradientHi, base, s);
      } else {
        Arrays.fill(childGradientLo, base, base + s, 0);
        Arrays.fill(childGradientHi, base, base + s, 0);
        for (int i = 0; i < map.length; i++) {
          childGradientLo[base + map[i]] = gradientLo[gradientStart[c] + i];
          childGradientHi[base + map[i]] = gradientHi[gradientStart[c] + i];
        }
      }
    }
  }

  /** Cuts the shares by how far they can move from their values at the centre. */
  private void tightenShares(int k, int s, int count, double relativeError) {
    int g = gradientStart[k];
    int[] dims = scope[k];
    for (int c = 0; c < count; c++) {
      if (shareHi[c] == 0) {
        continue;
      }
      double move = 0;
      for (int i = 0; i < s; i++) {
        double rise =
            Math.max(
                childGradientHi[c * s + i] - gradientLo[g + i],
                gradientHi[g + i] - childGradientLo[c * s + i]);
        move += radius[dims[i]] * rise;
      }
      if (!(move < 30)) {
        continue;
      }
      move += pad((s + 4) * move);
      double factor = Math.exp(move) * (1 + relativeError);
      shareHi[c] = Math.min(shareHi[c], ownHi[c] * factor);
      shareLo[c] = Math.max(shareLo[c], ownLo[c] / factor);
    }
  }

  /** An upper bound of 1 minus the sure shares. */
  private double rest(int count) {
    double sure = 0;
    for (int c = 0; c < count; c++) {
      sure += shareLo[c];
    }
    return Math.max(0, 1 - sure + pad(count + 2));
  }

  private void gradientMean(int target, int i, int s, int count, double rest) {
    double sumLo = 0;
    double sumHi = 0;
    double least = Double.POSITIVE_INFINITY;
    double greatest = Double.NEGATIVE_INFINITY;
    for (int c = 0; c < count; c++) {
      if (shareHi[c] == 0) {
        continue;
      }
      double a = childGradientLo[c * s + i];
      double b = childGradientHi[c * s + i];
      sumLo += shareLo[c] * a;
      sumHi += shareLo[c] * b;
      least = Math.min(least, a);
      greatest = Math.max(greatest, b);
    }
    double error = pad((count + 4) * Math.max(Math.abs(least), Math.abs(greatest)));
    double low = sumLo + rest * least - error;
    double high = sumHi + rest * greatest + error;
    // rest may exceed the true remainder by rounding; a mean stays in the hull all the same
    gradientLo[target] = Math.max(Math.max(gradientLo[target], low), least);
    gradientHi[target] = Math.min(Math.min(gradientHi[target], high), greatest);
  }

  private void curvature(int k, int from, int to, int s) {
    int count = to - from;
    int g = gradientStart[k];
    int size = s * (s + 1) / 2;
    for (int i = 0; i < s; i++) {
      anchor[i] = 0.5 * (gradientLo[g + i] + gradientHi[g + i]);
    }
    Arrays.fill(meanLo, 0, size, 0);
    Arrays.fill(meanHi, 0, size, 0);
    Arrays.fill(leastTerm, 0, size, Double.POSITIVE_INFINITY);
    Arrays.fill(greatestTerm, 0, size, Double.NEGATIVE_INFINITY);
    double rest = rest(count);
    for (int c = 0; c < count; c++) {
      if (shareHi[c] == 0) {
        continue;
      }
      int e = from + c;
      int h = hessianStart[r.child[e]];
      double[] low = hessianLo;
      double[] high = hessianHi;
      int[] map = position[e];
      if (map != null) {
        scatterHessian(h, map, size);
        low = childHessianLo;
        high = childHessianHi;
        h = 0;
      }
      double share = shareLo[c];
      int at = 0;
      for (int i = 0; i < s; i++) {
        double iLo = childGradientLo[c * s + i] - anchor[i];
        double iHi = childGradientHi[c * s + i] - anchor[i];
        for (int j = 0; j <= i; j++, at++) {
          double jLo = childGradientLo[c * s + j] - anchor[j];
          double jHi = childGradientHi[c * s + j] - anchor[j];
          double least = productLo(iLo, iHi, jLo, jHi);
          double greatest = productHi(iLo, iHi, jLo, jHi);
          if (i == j) {
            least = iLo <= 0 && iHi >= 0 ? 0 : Math.min(iLo * iLo, iHi * iHi);
          }
          // the differences with the anchor were rounded
          double error =
              pad(
                  4
                      * (Math.max(Math.abs(iLo), Math.abs(iHi)) + Math.abs(anchor[i]))
                      * (Math.max(Math.abs(jLo), Math.abs(jHi)) + Math.abs(anchor[j])));
          least += low[h + at] - error;
          greatest += high[h + at] + error;
          least -= pad(least);
          greatest += pad(greatest);
          meanLo[at] += share * least;
          meanHi[at] += share * greatest;
          leastTerm[at] = Math.min(leastTerm[at], least);
          greatestTerm[at] = Math.max(greatestTerm[at], greatest);
        }
      }
    }
    int h = hessianStart[k];
    int at = 0;
    for (int i = 0; i < s; i++) {
      double iLo = gradientLo[g + i] - anchor[i];
      double iHi = gradientHi[g + i] - anchor[i];
      for (int j = 0; j <= i; j++, at++) {
        double jLo = gradientLo[g + j] - anchor[j];
        double jHi = gradientHi[g + j] - anchor[j];
        double error =
            pad((count + 6) * Math.max(Math.abs(leastTerm[at]), Math.abs(greatestTerm[at])))
                + pad(
                    4
                        * (Math.max(Math.abs(iLo), Math.abs(iHi)) + Math.abs(anchor[i]))
                        * (Math.max(Math.abs(jLo), Math.abs(jHi)) + Math.abs(anchor[j])));
        double squareLo = i == j ? 0 : productLo(iLo, iHi, jLo, jHi);
        double squareHi = productHi(iLo, iHi, jLo, jHi);
        hessianLo[h + at] = meanLo[at] + rest * leastTerm[at] - squareHi - error;
        hessianHi[h + at] = meanHi[at] + rest * greatestTerm[at] - squareLo + error;
      }
    }
  }

  private void scatterHessian(int from, int[] map, int size) {
    Arrays.fill(childHessianLo, 0, size, 0);
    Arrays.fill(childHessianHi, 0, size, 0);
    int at = from;
    for (int row : map) {
      for (int j = 0; map[j] <= row; j++, at++) {
        int target = row * (row + 1) / 2 + map[j];
        childHessianLo[target] = hessianLo[at];
        childHessianHi[target] = hessianHi[at];
        if (map[j] == row) {
          at++;
          break;
        }
      }
    }
  }

  private static double productLo(double aLo, double aHi, double bLo, double bHi) {
    return Math.min(Math.min(aLo * bLo, aLo * bHi), Math.min(aHi * bLo, aHi * bHi));
  }

  private static double productHi(double aLo, double aHi, double bLo, double bHi) {
    return Math.max(Math.max(aLo * bLo, aLo * bHi), Math.max(aHi * bLo, aHi * bHi));
  }

  private void cutByMeanValue(int k) {
    int g = gradientStart[k];
    double move = 0;
    for (int i = 0; i < scope[k].length; i++) {
      move +=
          radius[scope[k][i]] * Math.max(Math.abs(gradientLo[g + i]), Math.abs(gradientHi[g + i]));
    }
    if (!(move < Double.POSITIVE_INFINITY)) {
      return;
    }
    move += pad((scope[k].length + 4) * move);
    double top = midHi[k] + move;
    double bottom = midLo[k] - move;
    hi[k] = Math.min(hi[k], top + pad(top));
    lo[k] = Math.max(lo[k], bottom == Double.NEGATIVE_INFINITY ? bottom : bottom - pad(bottom));
  }
}
