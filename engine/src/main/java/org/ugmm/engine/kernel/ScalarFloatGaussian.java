package org.ugmm.engine.kernel;

import static org.ugmm.engine.kernel.ScalarFloatMath.exp2Minus;
import static org.ugmm.engine.kernel.ScalarFloatMath.log2;

/** Gaussian kernels in single precision, one row at a time. */
class ScalarFloatGaussian implements GaussianKernels<float[]> {
  /**
   * log2 of the smallest shifted sum that is trusted. Terms below 2^-LIMIT count as 2^-LIMIT in the
   * one-pass sum, a relative error of at most n * 2^-46 here.
   */
  static final float TRUSTED = -80;

  private final int lanes;

  /** Kernels on coefficients laid out for vectors of so many lanes. */
  ScalarFloatGaussian(int lanes) {
    this.lanes = lanes;
  }

  @Override
  public double trusted() {
    return TRUSTED;
  }

  @Override
  public void mixtures(
      float[] v, int tile, int[] z, float[] coef, int numUnits, int out, int scratch) {
    GaussianBlock block = GaussianBlock.of(numUnits, z.length, lanes);
    int stride = block.stride();
    for (int j = 0; j < numUnits; j++) {
      for (int row = 0; row < tile; row++) {
        float sum = 0;
        int at = block.at(j, 0);
        for (int slot : z) {
          sum += exp2Minus(cost(v[slot * tile + row], coef, at, stride));
          at += 3 * stride;
        }
        v[(out + j) * tile + row] = sum;
      }
    }
  }

  @Override
  public boolean isFused() {
    return true;
  }

  /** Minus the log2 of a component, less the shift. */
  private static float cost(float z, float[] coef, int at, int stride) {
    float d = Math.fma(z, coef[at], coef[at + stride]);
    return Math.fma(d, d, coef[at + 2 * stride]);
  }

  /** The log2 of a leaf, or what its square adds where c is not read. */
  private static float leaf(float x, float[] coef, int at, int stride, float c) {
    float d = x - coef[at + stride];
    return Math.fma(d * coef[at], d, c);
  }

  @Override
  public boolean logs(float[] v, int tile, int out, int numUnits, float[] shift) {
    boolean small = false;
    for (int j = 0; j < numUnits; j++) {
      for (int row = 0; row < tile; row++) {
        float log = log2(v[(out + j) * tile + row]);
        small |= log < TRUSTED;
        v[(out + j) * tile + row] = log + shift[j];
      }
    }
    return small;
  }

  @Override
  public void exactMixtures(
      float[] v,
      int tile,
      int[] z,
      float[] coef,
      int numUnits,
      float[] shift,
      int out,
      int scratch) {
    GaussianBlock block = GaussianBlock.of(numUnits, z.length, lanes);
    for (int j = 0; j < numUnits; j++) {
      for (int row = 0; row < tile; row++) {
        int at = (out + j) * tile + row;
        if (v[at] < TRUSTED + shift[j]) {
          v[at] = logSum(v, tile, row, z, coef, block.at(j, 0), block.stride()) + shift[j];
        }
      }
    }
  }

  private static float logSum(
      float[] v, int tile, int row, int[] z, float[] coef, int from, int stride) {
    float min = Float.POSITIVE_INFINITY;
    int at = from;
    for (int slot : z) {
      min = Math.min(min, cost(v[slot * tile + row], coef, at, stride));
      at += 3 * stride;
    }
    if (min == Float.POSITIVE_INFINITY) {
      return -min;
    }
    float sum = 0;
    at = from;
    for (int slot : z) {
      sum += exp2Minus(cost(v[slot * tile + row], coef, at, stride) - min);
      at += 3 * stride;
    }
    return log2(sum) - min;
  }

  @Override
  public void products(
      float[] v,
      int tile,
      int[] x,
      float[] coef,
      float[] constant,
      int numUnits,
      int out,
      int scratch) {
    GaussianBlock block = GaussianBlock.of(numUnits, x.length, lanes);
    int stride = block.stride();
    for (int j = 0; j < numUnits; j++) {
      for (int row = 0; row < tile; row++) {
        float sum = constant[j];
        int at = block.at(j, 0);
        for (int slot : x) {
          sum = leaf(v[slot * tile + row], coef, at, stride, sum);
          at += 3 * stride;
        }
        v[(out + j) * tile + row] = sum;
      }
    }
  }

  @Override
  public void productsRow(
      float[] v, int[] x, int xFrom, int n, float[] coef, int from, int numUnits, int out) {
    for (int j = 0; j < numUnits; j++) {
      float sum = coef[from + j];
      int at = from + numUnits + j;
      for (int k = xFrom; k < xFrom + n; k++) {
        sum = leaf(v[x[k]], coef, at, numUnits, sum);
        at += 2 * numUnits;
      }
      v[out + j] = sum;
    }
  }

  @Override
  public void mask(float[] v, int tile, int x, int mask) {
    for (int row = 0; row < tile; row++) {
      float value = v[x * tile + row];
      boolean observed = !Float.isNaN(value);
      v[mask * tile + row] = observed ? 1 : 0;
      v[x * tile + row] = observed ? value : 0;
    }
  }

  @Override
  public void productsObserved(
      float[] v,
      int tile,
      int[] x,
      int maskShift,
      float[] coef,
      float[] constant,
      int numUnits,
      int out,
      int scratch) {
    GaussianBlock block = GaussianBlock.of(numUnits, x.length, lanes);
    int stride = block.stride();
    for (int j = 0; j < numUnits; j++) {
      for (int row = 0; row < tile; row++) {
        float sum = constant[j];
        int at = block.at(j, 0);
        for (int slot : x) {
          float mask = v[(slot + maskShift) * tile + row];
          float term = leaf(v[slot * tile + row], coef, at, stride, coef[at + 2 * stride]);
          sum = Math.fma(mask, term, sum);
          at += 3 * stride;
        }
        v[(out + j) * tile + row] = sum;
      }
    }
  }
}
