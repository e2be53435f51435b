package org.ugmm.engine.kernel.scalar;

import static org.ugmm.engine.kernel.scalar.ScalarDoubleMath.exp2Minus;
import static org.ugmm.engine.kernel.scalar.ScalarDoubleMath.log2;

import org.ugmm.engine.kernel.GaussianBlock;
import org.ugmm.engine.kernel.GaussianKernels;

// The float twin of this class is derived from it at build.
/** Gaussian kernels in double precision, one row at a time. */
public class ScalarDoubleGaussian implements GaussianKernels<double[]> {
  /**
   * log2 of the smallest shifted sum that is trusted. Terms below 2^-LIMIT count as 2^-LIMIT in the
   * one-pass sum, a relative error of at most n * 2^-121 here, and of n * 2^-46 in float.
   */
  public static final double TRUSTED = -900; // double only

  // float: public static final float TRUSTED = -80;

  private final int lanes;

  /** Kernels on coefficients laid out for vectors of so many lanes. */
  public ScalarDoubleGaussian(int lanes) {
    this.lanes = lanes;
  }

  @Override
  public /*double*/ double trusted() {
    return TRUSTED;
  }

  @Override
  public void mixtures(
      double[] v, int tile, int[] z, double[] coef, int numUnits, int out, int scratch) {
    GaussianBlock block = GaussianBlock.of(numUnits, z.length, lanes);
    int stride = block.stride();
    for (int j = 0; j < numUnits; j++) {
      for (int row = 0; row < tile; row++) {
        double sum = 0;
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
    return false; // double only
    // float: return true;
  }

  /** Minus the log2 of a component, less the shift. */
  private static double cost(double z, double[] coef, int at, int stride) {
    // double only {
    double d = z - coef[at + stride];
    return Math.fma(d * coef[at], d, coef[at + 2 * stride]);
    // }
    // float: float d = Math.fma(z, coef[at], coef[at + stride]);
    // float: return Math.fma(d, d, coef[at + 2 * stride]);
  }

  /** The log2 of a leaf, or what its square adds where c is not read. */
  private static double leaf(double x, double[] coef, int at, int stride, double c) {
    double d = x - coef[at + stride];
    return Math.fma(d * coef[at], d, c);
  }

  @Override
  public boolean logs(double[] v, int tile, int out, int numUnits, double[] shift) {
    boolean small = false;
    for (int j = 0; j < numUnits; j++) {
      for (int row = 0; row < tile; row++) {
        double log = log2(v[(out + j) * tile + row]);
        small |= log < TRUSTED;
        v[(out + j) * tile + row] = log + shift[j];
      }
    }
    return small;
  }

  @Override
  public void exactMixtures(
      double[] v,
      int tile,
      int[] z,
      double[] coef,
      int numUnits,
      double[] shift,
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

  private static double logSum(
      double[] v, int tile, int row, int[] z, double[] coef, int from, int stride) {
    double min = Double.POSITIVE_INFINITY;
    int at = from;
    for (int slot : z) {
      min = Math.min(min, cost(v[slot * tile + row], coef, at, stride));
      at += 3 * stride;
    }
    if (min == Double.POSITIVE_INFINITY) {
      return -min;
    }
    double sum = 0;
    at = from;
    for (int slot : z) {
      sum += exp2Minus(cost(v[slot * tile + row], coef, at, stride) - min);
      at += 3 * stride;
    }
    return log2(sum) - min;
  }

  @Override
  public void products(
      double[] v,
      int tile,
      int[] x,
      double[] coef,
      double[] constant,
      int numUnits,
      int out,
      int scratch) {
    GaussianBlock block = GaussianBlock.of(numUnits, x.length, lanes);
    int stride = block.stride();
    for (int j = 0; j < numUnits; j++) {
      for (int row = 0; row < tile; row++) {
        double sum = constant[j];
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
      double[] v, int[] x, int xFrom, int n, double[] coef, int from, int numUnits, int out) {
    for (int j = 0; j < numUnits; j++) {
      double sum = coef[from + j];
      int at = from + numUnits + j;
      for (int k = xFrom; k < xFrom + n; k++) {
        sum = leaf(v[x[k]], coef, at, numUnits, sum);
        at += 2 * numUnits;
      }
      v[out + j] = sum;
    }
  }

  @Override
  public void mask(double[] v, int tile, int x, int mask) {
    for (int row = 0; row < tile; row++) {
      double value = v[x * tile + row];
      boolean observed = !Double.isNaN(value);
      v[mask * tile + row] = observed ? 1 : 0;
      v[x * tile + row] = observed ? value : 0;
    }
  }

  @Override
  public void productsObserved(
      double[] v,
      int tile,
      int[] x,
      int maskShift,
      double[] coef,
      double[] constant,
      int numUnits,
      int out,
      int scratch) {
    GaussianBlock block = GaussianBlock.of(numUnits, x.length, lanes);
    int stride = block.stride();
    for (int j = 0; j < numUnits; j++) {
      for (int row = 0; row < tile; row++) {
        double sum = constant[j];
        int at = block.at(j, 0);
        for (int slot : x) {
          double mask = v[(slot + maskShift) * tile + row];
          double term = leaf(v[slot * tile + row], coef, at, stride, coef[at + 2 * stride]);
          sum = Math.fma(mask, term, sum);
          at += 3 * stride;
        }
        v[(out + j) * tile + row] = sum;
      }
    }
  }
}
