package org.ugmm.engine.kernel;

import static org.ugmm.engine.kernel.ScalarFloatMath.FRACTION_BITS;
import static org.ugmm.engine.kernel.ScalarFloatMath.MAGIC;
import static org.ugmm.engine.kernel.ScalarFloatMath.MAX_BIASED;
import static org.ugmm.engine.kernel.ScalarFloatMath.exp2;
import static org.ugmm.engine.kernel.ScalarFloatMath.log2;

/** Scaling of blocks in single precision, one row at a time. */
class ScalarFloatScaling implements ScalingKernels<float[]> {
  /**
   * Smallest mantissa that is trusted: what underflow took from it is below 2^-126 a summand, 2^-26
   * of it.
   */
  static final float TRUSTED = 0x1p-100f;

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
        v[(out + i) * tile + row] = exp2(v[in[inFrom + i] * tile + row] - e);
      }
    }
  }

  @Override
  public boolean renormalise(float[] v, int tile, int from, int width, int exponent) {
    boolean trusted = true;
    for (int row = 0; row < tile; row++) {
      float max = 0;
      float min = Float.POSITIVE_INFINITY;
      for (int i = 0; i < width; i++) {
        float x = v[(from + i) * tile + row];
        max = Math.max(max, x);
        min = Math.min(min, x);
      }
      trusted &= min >= TRUSTED;
      if (max > 0) {
        int biased = Float.floatToRawIntBits(max) >>> FRACTION_BITS;
        float scale = Float.intBitsToFloat((MAX_BIASED - biased) << FRACTION_BITS);
        v[exponent * tile + row] += (float) (biased - MAX_BIASED / 2);
        for (int i = 0; i < width; i++) {
          v[(from + i) * tile + row] *= scale;
        }
      }
    }
    return trusted;
  }

  @Override
  public void leave(float[] v, int tile, int from, int width, int exponent, int out) {
    for (int i = 0; i < width; i++) {
      for (int row = 0; row < tile; row++) {
        v[(out + i) * tile + row] = log2(v[(from + i) * tile + row]) + v[exponent * tile + row];
      }
    }
  }

  @Override
  public void divide(float[] d, float[] v, int tile, int from, int width) {
    for (int i = from * tile; i < (from + width) * tile; i++) {
      d[i] = v[i] == 0 ? 0 : d[i] / v[i];
    }
  }

  @Override
  public void multiply(float[] d, float[] v, int tile, int from, int width) {
    for (int i = from * tile; i < (from + width) * tile; i++) {
      d[i] *= v[i];
    }
  }
}
