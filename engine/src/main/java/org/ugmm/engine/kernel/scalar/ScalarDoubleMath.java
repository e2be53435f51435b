package org.ugmm.engine.kernel.scalar;

import org.ugmm.engine.kernel.DoublePolynomials;

// The float twin of this class is derived from it at build.
/**
 * Exponential and logarithm to base 2 in double precision, and the constants shared with the SIMD
 * twin.
 *
 * <p><b>exp2.</b> x = n + r with n the nearest integer (adding and subtracting {@link #MAGIC},
 * exact here) and |r| at most 1/2; r is exact, since both operands share the low bits of x. 2^r
 * comes of a polynomial. Multiplying by 2^n adds n to the exponent bits, which is exact while the
 * result is normal. Smaller results are flushed to 0.
 *
 * <p><b>log2.</b> x = 2^k m with m in [sqrt(1/2), sqrt 2). With f = m - 1 (exact), s = f / (2 + f)
 * and z = s^2, ln m = f - s (f - z P(z)). The subtrahend is at most 0.17 |ln m|, so its three
 * roundings weigh little. f log2(e) is formed with its rounding error (fused multiply-add, log2(e)
 * in two parts) and k joins by an exact two-sum, so one full rounding is left and the total stays
 * below 1 ulp, near 1 too.
 */
public final class ScalarDoubleMath {
  /** log2(e), rounded. */
  public static final double LOG2_E = 0x1.71547652b82fep0; // double only

  /** log2(e) less {@link #LOG2_E}. */
  public static final double LOG2_E_LOW = 0x1.777d0ffda0d24p-56; // double only

  // float: public static final float LOG2_E = 0x1.715476p0f;
  // float: public static final float LOG2_E_LOW = 0x1.4ae0cp-26f;

  /** Bits of the fraction. */
  public static final int FRACTION_BITS = 52; // double only

  // float: public static final int FRACTION_BITS = 23;

  /** 1.5 times 2 to the number of bits: adding it rounds to an integer, left in the low bits. */
  public static final double MAGIC = (long) 3 << (FRACTION_BITS - 1);

  /** Exponent of the smallest normal number. */
  public static final double MIN_EXPONENT = Double.MIN_EXPONENT;

  /** About the largest argument that {@link #exp2Minus} tells apart. */
  public static final double LIMIT = Double.MAX_EXPONENT - 2; // double only

  // float: public static final float LIMIT = 126;

  /** Brings subnormal numbers into the normal range. */
  public static final double LIFT = (long) 1 << (FRACTION_BITS + 2);

  public static final double LIFT_EXPONENT = FRACTION_BITS + 2;

  /** Biased exponent of the largest finite number. */
  public static final long MAX_BIASED = 2 * Double.MAX_EXPONENT;

  /** Bits of sqrt(1/2). */
  public static final long SQRT_HALF_BITS = 0x3fe6a09e667f3bcdL; // double only

  // float: public static final int SQRT_HALF_BITS = 0x3f3504f3;

  // double only {
  /** High half of the bits of {@link #LIMIT}. */
  public static final int LIMIT_HIGH = (int) (Double.doubleToRawLongBits(LIMIT) >>> 32);

  // }

  private ScalarDoubleMath() {}

  /** 2^x for x that has no overflow: 0 where the result is not a normal number. */
  public static double exp2(double x) {
    if (x < MIN_EXPONENT) {
      return 0;
    }
    double t = x + MAGIC;
    double r = x - (t - MAGIC);
    return scale(DoublePolynomials.exp2(r), t);
  }

  /** Multiplies p by two to the integer left in the low bits of t. */
  private static double scale(double p, double t) {
    return Double.longBitsToDouble(
        Double.doubleToRawLongBits(p) + (Double.doubleToRawLongBits(t) << FRACTION_BITS));
  }

  /** 2^-q for q from 0 to infinity, taking every q from {@link #LIMIT} on as about that. */
  static double exp2Minus(double q) {
    // double only {
    // the high half of the bits is clamped, as the vector twin can do in one instruction
    long bits = Double.doubleToRawLongBits(q);
    long high = Math.min((int) (bits >>> 32), LIMIT_HIGH);
    double y = Double.longBitsToDouble(high << 32 | (bits & 0xffffffffL));
    // }
    // float: float y = Math.min(q, LIMIT);
    double t = MAGIC - y;
    double r = MAGIC - t - y;
    return scale(DoublePolynomials.exp2Minus(r), t);
  }

  /** Base-2 logarithm of a finite x; negative infinity at 0 and below. */
  public static double log2(double x) {
    if (x <= 0) {
      return Double.NEGATIVE_INFINITY;
    }
    boolean subnormal = x < Double.MIN_NORMAL;
    long bits = Double.doubleToRawLongBits(subnormal ? x * LIFT : x);
    long exponent = (bits - SQRT_HALF_BITS) >> FRACTION_BITS;
    double f = Double.longBitsToDouble(bits - (exponent << FRACTION_BITS)) - 1;
    double k = (double) exponent - (subnormal ? LIFT_EXPONENT : 0);
    double s = f / (f + 2);
    double z = s * s;
    double p = DoublePolynomials.log2(z);
    double correction = s * Math.fma(-z, p, f);
    double high = f * LOG2_E;
    double low = Math.fma(f, LOG2_E_LOW, Math.fma(f, LOG2_E, -high));
    low = Math.fma(-correction, LOG2_E, low);
    double sum = k + high;
    return sum + ((k - sum) + high + low);
  }
}
