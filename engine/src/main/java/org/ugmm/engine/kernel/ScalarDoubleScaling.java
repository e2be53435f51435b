package org.ugmm.engine.kernel;

import static org.ugmm.engine.kernel.ScalarDoubleMath.FRACTION_BITS;
import static org.ugmm.engine.kernel.ScalarDoubleMath.MAGIC;
import static org.ugmm.engine.kernel.ScalarDoubleMath.MAX_BIASED;
import static org.ugmm.engine.kernel.ScalarDoubleMath.exp2;
import static org.ugmm.engine.kernel.ScalarDoubleMath.log2;

/** Scaling of blocks in double precision, one row at a time. */
class ScalarDoubleScaling implements ScalingKernels<double[]> {
  /**
   * Smallest mantissa that is trusted: what underflow took from it is below 2^-1022 a summand,
   * 2^-62 of it.
   */
  static final double TRUSTED = 0x1p-960;

  @Override
  public void enter(double[] v, int tile, int[] in, int inFrom, int width, int out, int exponent) {
    for (int row = 0; row < tile; row++) {
      double max = Double.NEGATIVE_INFINITY;
      for (int i = 0; i < width; i++) {
        max = Math.max(max, v[in[inFrom + i] * tile + row]);
      }
      double e = max == Double.NEGATIVE_INFINITY ? 0 : (max + MAGIC) - MAGIC;
      v[exponent * tile + row] = e;
      for (int i = 0; i < width; i++) {
        v[(out + i) * tile + row] = exp2(v[in[inFrom + i] * tile + row] - e);
      }
    }
  }

  @Override
  public boolean renormalise(double[] v, int tile, int from, int width, int exponent) {
    boolean trusted = true;
    for (int row = 0; row < tile; row++) {
      double max = 0;
      double min = Double.POSITIVE_INFINITY;
      for (int i = 0; i < width; i++) {
        double x = v[(from + i) * tile + row];
        max = Math.max(max, x);
        min = Math.min(min, x);
      }
      trusted &= min >= TRUSTED;
      if (max > 0) {
        long biased = Double.doubleToRawLongBits(max) >>> FRACTION_BITS;
        double scale = Double.longBitsToDouble((MAX_BIASED - biased) << FRACTION_BITS);
        v[exponent * tile + row] += (double) (biased - MAX_BIASED / 2);
        for (int i = 0; i < width; i++) {
          v[(from + i) * tile + row] *= scale;
        }
      }
    }
    return trusted;
  }

  @Override
  public void leave(double[] v, int tile, int from, int width, int exponent, int out) {
    for (int i = 0; i < width; i++) {
      for (int row = 0; row < tile; row++) {
        v[(out + i) * tile + row] = log2(v[(from + i) * tile + row]) + v[exponent * tile + row];
      }
    }
  }

  @Override
  public void divide(double[] d, double[] v, int tile, int from, int width) {
    for (int i = from * tile; i < (from + width) * tile; i++) {
      d[i] = v[i] == 0 ? 0 : d[i] / v[i];
    }
  }

  @Override
  public void multiply(double[] d, double[] v, int tile, int from, int width) {
    for (int i = from * tile; i < (from + width) * tile; i++) {
      d[i] *= v[i];
    }
  }
}
