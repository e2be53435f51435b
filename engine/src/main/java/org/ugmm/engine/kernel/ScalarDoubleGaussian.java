package org.ugmm.engine.kernel;

import static org.ugmm.engine.kernel.ScalarDoubleMath.exp2;
import static org.ugmm.engine.kernel.ScalarDoubleMath.exp2Floored;
import static org.ugmm.engine.kernel.ScalarDoubleMath.log2;

/** Gaussian kernels in double precision, one row at a time. */
class ScalarDoubleGaussian implements GaussianKernels<double[]> {
  /**
   * log2 of the smallest shifted sum that is trusted. Terms below 2^-1022 count as 2^-1022 in the
   * one-pass sum, a relative error of at most n * 2^-122 here.
   */
  static final double TRUSTED = -900;

  @Override
  public void mixture(
      double[] v,
      int tile,
      int[] z,
      int zFrom,
      int n,
      double[] coef,
      int coefFrom,
      double shift,
      int out) {
    for (int row = 0; row < tile; row++) {
      double sum = 0;
      for (int k = 0; k < n; k++) {
        double x = v[z[zFrom + k] * tile + row];
        double d = (x - coef[coefFrom + n + k]) * coef[coefFrom + k];
        sum += exp2Floored(coef[coefFrom + 2 * n + k] - d * d);
      }
      double log = log2(sum);
      if (log < TRUSTED) {
        log = logSum(v, tile, row, z, zFrom, n, coef, coefFrom);
      }
      v[out * tile + row] = log + shift;
    }
  }

  /** The sum of one row in two passes, right at any magnitude. */
  private static double logSum(
      double[] v, int tile, int row, int[] z, int zFrom, int n, double[] coef, int coefFrom) {
    double max = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < n; k++) {
      double x = v[z[zFrom + k] * tile + row];
      double d = (x - coef[coefFrom + n + k]) * coef[coefFrom + k];
      max = Math.max(max, coef[coefFrom + 2 * n + k] - d * d);
    }
    if (max == Double.NEGATIVE_INFINITY) {
      return max;
    }
    double sum = 0;
    for (int k = 0; k < n; k++) {
      double x = v[z[zFrom + k] * tile + row];
      double d = (x - coef[coefFrom + n + k]) * coef[coefFrom + k];
      sum += exp2(coef[coefFrom + 2 * n + k] - d * d - max);
    }
    return log2(sum) + max;
  }

  @Override
  public void mixtureRow(
      double[] v, int z, int n, double[] coef, int coefFrom, double shift, int out) {
    v[out] = finishRow(v, z, n, coef, coefFrom, sumRow(v, z, 0, n, coef, coefFrom)) + shift;
  }

  /** Sum of the components from {@code k}, one row, small terms floored. */
  static double sumRow(double[] v, int z, int k, int n, double[] coef, int coefFrom) {
    double sum = 0;
    for (int i = k; i < n; i++) {
      double d = (v[z + i] - coef[coefFrom + n + i]) * coef[coefFrom + i];
      sum += exp2Floored(coef[coefFrom + 2 * n + i] - d * d);
    }
    return sum;
  }

  /** log2 of a one-row sum, computed again where it is too small to be trusted. */
  static double finishRow(double[] v, int z, int n, double[] coef, int coefFrom, double sum) {
    double log = log2(sum);
    if (log >= TRUSTED) {
      return log;
    }
    double max = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < n; k++) {
      double d = (v[z + k] - coef[coefFrom + n + k]) * coef[coefFrom + k];
      max = Math.max(max, coef[coefFrom + 2 * n + k] - d * d);
    }
    if (max == Double.NEGATIVE_INFINITY) {
      return max;
    }
    double exact = 0;
    for (int k = 0; k < n; k++) {
      double d = (v[z + k] - coef[coefFrom + n + k]) * coef[coefFrom + k];
      exact += exp2(coef[coefFrom + 2 * n + k] - d * d - max);
    }
    return log2(exact) + max;
  }

  @Override
  public void product(
      double[] v,
      int tile,
      int[] x,
      int xFrom,
      int n,
      double[] coef,
      int coefFrom,
      double constant,
      int out) {
    for (int row = 0; row < tile; row++) {
      double sum = constant;
      for (int i = 0; i < n; i++) {
        double d = (v[x[xFrom + i] * tile + row] - coef[coefFrom + n + i]) * coef[coefFrom + i];
        sum -= d * d;
      }
      v[out * tile + row] = sum;
    }
  }

  @Override
  public void productObserved(
      double[] v,
      int tile,
      int[] x,
      int xFrom,
      int n,
      int maskShift,
      double[] coef,
      int coefFrom,
      double constant,
      int out) {
    for (int row = 0; row < tile; row++) {
      double sum = constant;
      for (int i = 0; i < n; i++) {
        int at = x[xFrom + i] * tile + row;
        double d = (v[at] - coef[coefFrom + n + i]) * coef[coefFrom + i];
        double term = coef[coefFrom + 2 * n + i] - d * d;
        sum = Math.fma(v[at + maskShift * tile], term, sum);
      }
      v[out * tile + row] = sum;
    }
  }
}
