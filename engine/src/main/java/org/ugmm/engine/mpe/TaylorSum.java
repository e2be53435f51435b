package org.ugmm.engine.mpe;

import java.util.Arrays;

/**
 * Encloses the log of one sum of a {@link TaylorPass}, and its derivatives, from those of its
 * children. Not thread-safe.
 */
final class TaylorSum {
  private final ConditionedCircuit r;
  private final TaylorLayout layout;

  // arrays of the pass, by node
  private final double[] lo;
  private final double[] hi;
  private final double[] midLo;
  private final double[] midHi;
  private final double[] gradientLo;
  private final double[] gradientHi;
  private final double[] hessianLo;
  private final double[] hessianHi;
  private final double[] radius;

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

  TaylorSum(ConditionedCircuit r, TaylorLayout layout, TaylorPass pass) {
    this.r = r;
    this.layout = layout;
    lo = pass.lo;
    hi = pass.hi;
    midLo = pass.midLo;
    midHi = pass.midHi;
    gradientLo = pass.gradientLo;
    gradientHi = pass.gradientHi;
    hessianLo = pass.hessianLo;
    hessianHi = pass.hessianHi;
    radius = pass.radius;
    int maxScope = layout.maxScope;
    int maxChildren = layout.maxChildren;
    int triangle = layout.maxOrder == 2 ? maxScope * (maxScope + 1) / 2 : 0;
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

  /** Encloses sum k, derivatives up to the order. */
  void enclose(int k, int order) {
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
    int s = layout.scope[k].length;
    int count = to - from;
    gatherGradients(from, to, s);
    // the hull of the children's gradients, then twice a tighter mean with tighter shares
    int g = layout.gradientStart[k];
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
      relativeError = TaylorPass.pad(count + 800 + Math.abs(peak) + weightSize);
      double logTotal = Math.log(totalHi);
      // shares weigh the error of an exponent, so that small ones count little
      top =
          peak + logTotal + TaylorPass.pad(3 * count + 4 + Math.abs(peak) + weightSize + logTotal);
      if (floor > Double.NEGATIVE_INFINITY) {
        double logFloor = Math.log(totalFloor);
        bottom =
            floor
                + logFloor
                - TaylorPass.pad(3 * count + 4 + Math.abs(floor) + weightSize + logFloor);
      } else {
        bottom = floor;
      }
      for (int c = 0; c < count; c++) {
        double othersLo = Math.max(0, (totalLo - outLo[c]) - relativeError * totalLo);
        double othersHi = (totalHi - outHi[c]) + relativeError * totalHi;
        double h = outHi[c] == 0 ? TaylorPass.TINY : outHi[c];
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
      int[] map = layout.position[e];
      if (map == null) {
        System.arraycopy(gradientLo, layout.gradientStart[c], childGradientLo, base, s);
        System.arraycopy(gradientHi, layout.gradientStart[c], childGradientHi, base, s);
      } else {
        Arrays.fill(childGradientLo, base, base + s, 0);
        Arrays.fill(childGradientHi, base, base + s, 0);
        for (int i = 0; i < map.length; i++) {
          childGradientLo[base + map[i]] = gradientLo[layout.gradientStart[c] + i];
          childGradientHi[base + map[i]] = gradientHi[layout.gradientStart[c] + i];
        }
      }
    }
  }

  /** Cuts the shares by how far they can move from their values at the centre. */
  private void tightenShares(int k, int s, int count, double relativeError) {
    int g = layout.gradientStart[k];
    int[] dims = layout.scope[k];
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
      move += TaylorPass.pad((s + 4) * move);
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
    return Math.max(0, 1 - sure + TaylorPass.pad(count + 2));
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
    double error = TaylorPass.pad((count + 4) * Math.max(Math.abs(least), Math.abs(greatest)));
    double low = sumLo + rest * least - error;
    double high = sumHi + rest * greatest + error;
    // rest may exceed the true remainder by rounding; a mean stays in the hull all the same
    gradientLo[target] = Math.max(Math.max(gradientLo[target], low), least);
    gradientHi[target] = Math.min(Math.min(gradientHi[target], high), greatest);
  }

  private void curvature(int k, int from, int to, int s) {
    int count = to - from;
    int g = layout.gradientStart[k];
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
      int h = layout.hessianStart[r.child[e]];
      double[] low = hessianLo;
      double[] high = hessianHi;
      int[] map = layout.position[e];
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
              TaylorPass.pad(
                  4
                      * (Math.max(Math.abs(iLo), Math.abs(iHi)) + Math.abs(anchor[i]))
                      * (Math.max(Math.abs(jLo), Math.abs(jHi)) + Math.abs(anchor[j])));
          least += low[h + at] - error;
          greatest += high[h + at] + error;
          least -= TaylorPass.pad(least);
          greatest += TaylorPass.pad(greatest);
          meanLo[at] += share * least;
          meanHi[at] += share * greatest;
          leastTerm[at] = Math.min(leastTerm[at], least);
          greatestTerm[at] = Math.max(greatestTerm[at], greatest);
        }
      }
    }
    int h = layout.hessianStart[k];
    int at = 0;
    for (int i = 0; i < s; i++) {
      double iLo = gradientLo[g + i] - anchor[i];
      double iHi = gradientHi[g + i] - anchor[i];
      for (int j = 0; j <= i; j++, at++) {
        double jLo = gradientLo[g + j] - anchor[j];
        double jHi = gradientHi[g + j] - anchor[j];
        double error =
            TaylorPass.pad(
                    (count + 6) * Math.max(Math.abs(leastTerm[at]), Math.abs(greatestTerm[at])))
                + TaylorPass.pad(
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
}
