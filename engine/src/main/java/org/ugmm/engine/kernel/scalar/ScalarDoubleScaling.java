package org.ugmm.engine.kernel.scalar;

import static org.ugmm.engine.kernel.scalar.ScalarDoubleMath.FRACTION_BITS;
import static org.ugmm.engine.kernel.scalar.ScalarDoubleMath.MAGIC;
import static org.ugmm.engine.kernel.scalar.ScalarDoubleMath.MAX_BIASED;

import org.ugmm.engine.kernel.ScalingKernels;

// The float twin of this class is derived from it at build.
/** Scaling of blocks in double precision, one row at a time. */
public class ScalarDoubleScaling implements ScalingKernels<double[]> {
  /** A mantissa from here on may come of a sum that overflowed. */
  public static final double HUGE = 0x1p1020; // double only

  // float: public static final float HUGE = 0x1p120f;

  // float: public static final float UNIT = 1 << FLOAT_UNIT;

  // float: /** Biased exponent of the number that brings a mantissa of biased exponent 0 to the
  // unit. */
  // float: public static final int BIASED_UNIT = MAX_BIASED + FLOAT_UNIT;

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
        double log = v[in[inFrom + i] * tile + row];
        max = log > max ? log : max;
      }
      double e = max == Double.NEGATIVE_INFINITY ? 0 : (max + MAGIC) - MAGIC;
      v[exponent * tile + row] = e; // double only
      // float: v[exponent * tile + row] = e - FLOAT_UNIT;
      for (int i = 0; i < width; i++) {
        double mantissa = ScalarDoubleMath.exp2(v[in[inFrom + i] * tile + row] - e);
        // float: mantissa *= UNIT;
        v[(out + i) * tile + row] = mantissa;
      }
    }
  }

  @Override
  public void combine(
      double[] v, int tile, int exponentA, int exponentB, /*double*/ double factor, int exponent) {
    double f = factor; // double only
    // float: float f = (float) factor;
    for (int row = 0; row < tile; row++) {
      int a = exponentA * tile + row;
      double sum = v[a];
      double loss = v[a + tile] + Double.MIN_NORMAL;
      if (exponentB >= 0) {
        sum += v[exponentB * tile + row];
        loss += v[(exponentB + 1) * tile + row];
      }
      v[exponent * tile + row] = sum;
      v[(exponent + 1) * tile + row] = loss * f;
    }
  }

  @Override
  public void renormalise(double[] v, int tile, int from, int width, int exponent, int loss) {
    for (int row = 0; row < tile; row++) {
      long most = 0; // bits of numbers that are not negative are ordered as they are
      for (int i = 0; i < width; i++) {
        most = Math.max(most, Double.doubleToRawLongBits(v[(from + i) * tile + row]));
      }
      double max = Double.longBitsToDouble(most);
      if (!(max >= Double.MIN_NORMAL && max < HUGE)) {
        v[exponent * tile + row] = ZERO_EXPONENT;
        v[loss * tile + row] = Double.POSITIVE_INFINITY;
        continue;
      }
      long biased = most >>> FRACTION_BITS;
      long by = MAX_BIASED - biased; // double only
      // float: int by = Math.min(BIASED_UNIT - biased, MAX_BIASED);
      double scale = Double.longBitsToDouble(by << FRACTION_BITS);
      v[exponent * tile + row] += (double) (MAX_BIASED / 2 - by);
      v[loss * tile + row] *= scale;
      for (int i = 0; i < width; i++) {
        v[(from + i) * tile + row] *= scale;
      }
    }
  }
}
