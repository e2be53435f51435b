package org.ugmm.engine.kernel;

import static org.ugmm.engine.kernel.ScalarFloatMath.FRACTION_BITS;
import static org.ugmm.engine.kernel.ScalarFloatMath.MAGIC;
import static org.ugmm.engine.kernel.ScalarFloatMath.MAX_BIASED;

/** Scaling of blocks in single precision, one row at a time. */
class ScalarFloatScaling implements ScalingKernels<float[]> {
  /** A mantissa from here on may come of a sum that overflowed. */
  static final float HUGE = 0x1p120f;

  @Override
  public void exp2(float[] v, int tile, int in, int out) {
    for (int row = 0; row < tile; row++) {
      v[out * tile + row] = ScalarFloatMath.exp2(v[in * tile + row]);
    }
  }

  @Override
  public void enter(float[] v, int tile, int[] in, int inFrom, int width, int out, int exponent) {
    for (int row = 0; row < tile; row++) {
      float max = Float.NEGATIVE_INFINITY;
      for (int i = 0; i < width; i++) {
        max = Math.max(max, v[in[inFrom + i] * tile + row]);
      }
      float e = max == Float.NEGATIVE_INFINITY ? 0 : (max + MAGIC) - MAGIC;
      v[exponent * tile + row] = e;
      for (int i = 0; i < width; i++) {
        v[(out + i) * tile + row] = ScalarFloatMath.exp2(v[in[inFrom + i] * tile + row] - e);
      }
    }
  }

  @Override
  public void renormalise(float[] v, int tile, int from, int width, int exponent, int loss) {
    for (int row = 0; row < tile; row++) {
      float max = 0;
      for (int i = 0; i < width; i++) {
        max = Math.max(max, v[(from + i) * tile + row]);
      }
      if (!(max >= Float.MIN_NORMAL && max < HUGE)) {
        v[exponent * tile + row] = (float) ZERO_EXPONENT;
        v[loss * tile + row] = Float.POSITIVE_INFINITY;
        continue;
      }
      int biased = Float.floatToRawIntBits(max) >>> FRACTION_BITS;
      float scale = Float.intBitsToFloat((MAX_BIASED - biased) << FRACTION_BITS);
      v[exponent * tile + row] += (float) (biased - MAX_BIASED / 2);
      v[loss * tile + row] *= scale;
      for (int i = 0; i < width; i++) {
        v[(from + i) * tile + row] *= scale;
      }
    }
  }
}
