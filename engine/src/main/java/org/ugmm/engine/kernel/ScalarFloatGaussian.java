package org.ugmm.engine.kernel;

import static org.ugmm.engine.kernel.ScalarFloatMath.exp2;
import static org.ugmm.engine.kernel.ScalarFloatMath.exp2Floored;
import static org.ugmm.engine.kernel.ScalarFloatMath.log2;

/** Gaussian kernels in single precision, one row at a time. */
class ScalarFloatGaussian implements GaussianKernels<float[]> {
  /**
   * log2 of the smallest shifted sum that is trusted. Terms below 2^-126 count as 2^-126 in the
   * one-pass sum, a relative error of at most n * 2^-46 here.
   */
  static final float TRUSTED = -80;

  @Override
  public void mixture(
      float[] v,
      int tile,
      int[] z,
      int zFrom,
      int n,
      float[] coef,
      int coefFrom,
      double shift,
      int out) {
    for (int row = 0; row < tile; row++) {
      float sum = 0;
      for (int k = 0; k < n; k++) {
        float x = v[z[zFrom + k] * tile + row];
        float d = (x - coef[coefFrom + n + k]) * coef[coefFrom + k];
        sum += exp2Floored(coef[coefFrom + 2 * n + k] - d * d);
      }
      float log = log2(sum);
      if (log < TRUSTED) {
        log = logSum(v, tile, row, z, zFrom, n, coef, coefFrom);
      }
      v[out * tile + row] = log + (float) shift;
    }
  }

  /** The sum of one row in two passes, right at any magnitude. */
  private static float logSum(
      float[] v, int tile, int row, int[] z, int zFrom, int n, float[] coef, int coefFrom) {
    float max = Float.NEGATIVE_INFINITY;
    for (int k = 0; k < n; k++) {
      float x = v[z[zFrom + k] * tile + row];
      float d = (x - coef[coefFrom + n + k]) * coef[coefFrom + k];
      max = Math.max(max, coef[coefFrom + 2 * n + k] - d * d);
    }
    if (max == Float.NEGATIVE_INFINITY) {
      return max;
    }
    float sum = 0;
    for (int k = 0; k < n; k++) {
      float x = v[z[zFrom + k] * tile + row];
      float d = (x - coef[coefFrom + n + k]) * coef[coefFrom + k];
      sum += exp2(coef[coefFrom + 2 * n + k] - d * d - max);
    }
    return log2(sum) + max;
  }

  @Override
  public void mixtureRow(
      float[] v, int z, int n, float[] coef, int coefFrom, double shift, int out) {
    v[out] = finishRow(v, z, n, coef, coefFrom, sumRow(v, z, 0, n, coef, coefFrom)) + (float) shift;
  }

  /** Sum of the components from {@code k}, one row, small terms floored. */
  static float sumRow(float[] v, int z, int k, int n, float[] coef, int coefFrom) {
    float sum = 0;
    for (int i = k; i < n; i++) {
      float d = (v[z + i] - coef[coefFrom + n + i]) * coef[coefFrom + i];
      sum += exp2Floored(coef[coefFrom + 2 * n + i] - d * d);
    }
    return sum;
  }

  /** log2 of a one-row sum, computed again where it is too small to be trusted. */
  static float finishRow(float[] v, int z, int n, float[] coef, int coefFrom, float sum) {
    float log = log2(sum);
    if (log >= TRUSTED) {
      return log;
    }
    float max = Float.NEGATIVE_INFINITY;
    for (int k = 0; k < n; k++) {
      float d = (v[z + k] - coef[coefFrom + n + k]) * coef[coefFrom + k];
      max = Math.max(max, coef[coefFrom + 2 * n + k] - d * d);
    }
    if (max == Float.NEGATIVE_INFINITY) {
      return max;
    }
    float exact = 0;
    for (int k = 0; k < n; k++) {
      float d = (v[z + k] - coef[coefFrom + n + k]) * coef[coefFrom + k];
      exact += exp2(coef[coefFrom + 2 * n + k] - d * d - max);
    }
    return log2(exact) + max;
  }

  @Override
  public void product(
      float[] v,
      int tile,
      int[] x,
      int xFrom,
      int n,
      float[] coef,
      int coefFrom,
      double constant,
      int out) {
    for (int row = 0; row < tile; row++) {
      float sum = (float) constant;
      for (int i = 0; i < n; i++) {
        float d = (v[x[xFrom + i] * tile + row] - coef[coefFrom + n + i]) * coef[coefFrom + i];
        sum -= d * d;
      }
      v[out * tile + row] = sum;
    }
  }

  @Override
  public void productObserved(
      float[] v,
      int tile,
      int[] x,
      int xFrom,
      int n,
      int maskShift,
      float[] coef,
      int coefFrom,
      double constant,
      int out) {
    for (int row = 0; row < tile; row++) {
      float sum = (float) constant;
      for (int i = 0; i < n; i++) {
        int at = x[xFrom + i] * tile + row;
        float d = (v[at] - coef[coefFrom + n + i]) * coef[coefFrom + i];
        float term = coef[coefFrom + 2 * n + i] - d * d;
        sum = Math.fma(v[at + maskShift * tile], term, sum);
      }
      v[out * tile + row] = sum;
    }
  }
}
