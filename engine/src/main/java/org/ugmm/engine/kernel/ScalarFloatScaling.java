package org.ugmm.engine.kernel;

import static org.ugmm.engine.kernel.ScalarFloatMath.FRACTION_BITS;
import static org.ugmm.engine.kernel.ScalarFloatMath.MAGIC;
import static org.ugmm.engine.kernel.ScalarFloatMath.MAX_BIASED;

/** Scaling of blocks in single precision, one row at a time. */
class ScalarFloatScaling implements ScalingKernels<float[]> {
  /** A mantissa from here on may come of a sum that overflowed. */
  static final float HUGE = 0x1p120f;

  static final float UNIT = 1L << FLOAT_UNIT;

  /** Biased exponent of the number that brings a mantissa of biased exponent 0 to the unit. */
  static final int BIASED_UNIT = MAX_BIASED + FLOAT_UNIT;

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
        float log = v[in[inFrom + i] * tile + row];
        max = log > max ? log : max;
      }
      float e = max == Float.NEGATIVE_INFINITY ? 0 : (max + MAGIC) - MAGIC;
      v[exponent * tile + row] = e - FLOAT_UNIT;
      for (int i = 0; i < width; i++) {
        v[(out + i) * tile + row] = ScalarFloatMath.exp2(v[in[inFrom + i] * tile + row] - e) * UNIT;
      }
    }
  }

  @Override
  public void combine(
      float[] v, int tile, int exponentA, int exponentB, double factor, int exponent) {
    float f = (float) factor;
    for (int row = 0; row < tile; row++) {
      int a = exponentA * tile + row;
      float sum = v[a];
      float loss = v[a + tile] + Float.MIN_NORMAL;
      if (exponentB >= 0) {
        sum += v[exponentB * tile + row];
        loss += v[(exponentB + 1) * tile + row];
      }
      v[exponent * tile + row] = sum;
      v[(exponent + 1) * tile + row] = loss * f;
    }
  }

  @Override
  public void renormalise(float[] v, int tile, int from, int width, int exponent, int loss) {
    for (int row = 0; row < tile; row++) {
      int most = 0; // bits of numbers that are not negative are ordered as they are
      for (int i = 0; i < width; i++) {
        most = Math.max(most, Float.floatToRawIntBits(v[(from + i) * tile + row]));
      }
      float max = Float.intBitsToFloat(most);
      if (!(max >= Float.MIN_NORMAL && max < HUGE)) {
        v[exponent * tile + row] = (float) ZERO_EXPONENT;
        v[loss * tile + row] = Float.POSITIVE_INFINITY;
        continue;
      }
      int biased = most >>> FRACTION_BITS;
      int by = Math.min(BIASED_UNIT - biased, MAX_BIASED);
      float scale = Float.intBitsToFloat(by << FRACTION_BITS);
      v[exponent * tile + row] += (float) (MAX_BIASED / 2 - by);
      v[loss * tile + row] *= scale;
      for (int i = 0; i < width; i++) {
        v[(from + i) * tile + row] *= scale;
      }
    }
  }
}
