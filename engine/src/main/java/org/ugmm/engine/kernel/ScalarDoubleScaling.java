package org.ugmm.engine.kernel;

import static org.ugmm.engine.kernel.ScalarDoubleMath.FRACTION_BITS;
import static org.ugmm.engine.kernel.ScalarDoubleMath.MAGIC;
import static org.ugmm.engine.kernel.ScalarDoubleMath.MAX_BIASED;

/** Scaling of blocks in double precision, one row at a time. */
class ScalarDoubleScaling implements ScalingKernels<double[]> {
  /** A mantissa from here on may come of a sum that overflowed. */
  static final double HUGE = 0x1p1020;

  @Override
  public void exp2(double[] v, int tile, int in, int out) {
    for (int row = 0; row < tile; row++) {
      v[out * tile + row] = ScalarDoubleMath.exp2(v[in * tile + row]);
    }
  }

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
        v[(out + i) * tile + row] = ScalarDoubleMath.exp2(v[in[inFrom + i] * tile + row] - e);
      }
    }
  }

  @Override
  public void renormalise(double[] v, int tile, int from, int width, int exponent, int loss) {
    for (int row = 0; row < tile; row++) {
      double max = 0;
      for (int i = 0; i < width; i++) {
        max = Math.max(max, v[(from + i) * tile + row]);
      }
      if (!(max >= Double.MIN_NORMAL && max < HUGE)) {
        v[exponent * tile + row] = ZERO_EXPONENT;
        v[loss * tile + row] = Double.POSITIVE_INFINITY;
        continue;
      }
      long biased = Double.doubleToRawLongBits(max) >>> FRACTION_BITS;
      double scale = Double.longBitsToDouble((MAX_BIASED - biased) << FRACTION_BITS);
      v[exponent * tile + row] += (double) (biased - MAX_BIASED / 2);
      v[loss * tile + row] *= scale;
      for (int i = 0; i < width; i++) {
        v[(from + i) * tile + row] *= scale;
      }
    }
  }
}
