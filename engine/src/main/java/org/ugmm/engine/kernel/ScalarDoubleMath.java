package org.ugmm.engine.kernel;

/**
 * Exponential and logarithm to base 2 in double precision, and the constants shared with the SIMD
 * twin.
 *
 * <p><b>exp2.</b> x = n + r with n the nearest integer (adding and subtracting 1.5 * 2^52, exact
 * here) and |r| at most 1/2; r is exact, since both operands share the low bits of x. Then 2^r = 1
 * + r q(r), q of degree 10, minimax in the relative error of 2^r: 0.031 u for exact coefficients,
 * 0.25 u for the rounded ones (u = 2^-53). Horner's rule with fused multiply-add ends in one
 * rounding of 1 + r q; q carries at most about 1.5 u, which |r q| at most 0.42 scales down, so the
 * total stays below 1 ulp. Multiplying by 2^n adds n to the exponent bits, which is exact while the
 * result is normal. Results below 2^-1022 are flushed to 0. {@link #exp2Minus}, of which mixtures
 * are made, evaluates q by even and odd powers, which waits less for each other; q then carries at
 * most about 2.2 u, and the total stays below 1.2 ulp.
 *
 * <p><b>log2.</b> x = 2^k m with m in [sqrt(1/2), sqrt 2). With f = m - 1 (exact), s = f / (2 + f)
 * and z = s^2, ln m = f - s (f - z P(z)), P of degree 6 with relative error 0.017 u. The subtrahend
 * is at most 0.17 |ln m|, so its three roundings weigh little. f log2(e) is formed with its
 * rounding error (fused multiply-add, log2(e) in two parts) and k joins by an exact two-sum, so one
 * full rounding is left and the total stays below 1 ulp, near 1 too.
 */
final class ScalarDoubleMath {
  static final double C1 = 0x1.62e42fefa39efp-1;
  static final double C2 = 0x1.ebfbdff82c5a4p-3;
  static final double C3 = 0x1.c6b08d7049fe9p-5;
  static final double C4 = 0x1.3b2ab6fba0140p-7;
  static final double C5 = 0x1.5d87fe78cd5b2p-10;
  static final double C6 = 0x1.4309130ed2342p-13;
  static final double C7 = 0x1.ffcbfba9ae4d0p-17;
  static final double C8 = 0x1.62bfc7ac030f5p-20;
  static final double C9 = 0x1.b5267cb67d4b6p-24;
  static final double C10 = 0x1.e61b3896e9296p-28;
  static final double C11 = 0x1.e79bbef438835p-32;

  static final double P0 = 0x1.5555555555592p-1;
  static final double P1 = 0x1.99999999800dep-2;
  static final double P2 = 0x1.24924941cbdd5p-2;
  static final double P3 = 0x1.c71c5223cc8a8p-3;
  static final double P4 = 0x1.74663a0b76bb0p-3;
  static final double P5 = 0x1.39a22d595722bp-3;
  static final double P6 = 0x1.2f0136006e2c1p-3;

  /** log2(e), rounded. */
  static final double LOG2_E = 0x1.71547652b82fep0;

  /** log2(e) less {@link #LOG2_E}. */
  static final double LOG2_E_LOW = 0x1.777d0ffda0d24p-56;

  /** Adding it rounds to an integer, left in the low bits. */
  static final double MAGIC = 0x1.8p52;

  /** Exponent of the smallest normal number. */
  static final double MIN_EXPONENT = -1022;

  /** About the largest argument that {@link #exp2Minus} tells apart. */
  static final double LIMIT = 1021;

  static final double MIN_NORMAL = 0x1p-1022;

  /** Brings subnormal numbers into the normal range. */
  static final double LIFT = 0x1p54;

  static final double LIFT_EXPONENT = 54;

  /** High half of the bits of {@link #LIMIT}. */
  static final int LIMIT_HIGH = (int) (Double.doubleToRawLongBits(LIMIT) >>> 32);

  /** Bits of the fraction. */
  static final int FRACTION_BITS = 52;

  /** Biased exponent of the largest finite number. */
  static final long MAX_BIASED = 2046;

  /** Bits of sqrt(1/2). */
  static final long SQRT_HALF_BITS = 0x3fe6a09e667f3bcdL;

  private ScalarDoubleMath() {}

  /** 2^x for x below 1024: 0 below -1022. */
  static double exp2(double x) {
    if (x < MIN_EXPONENT) {
      return 0;
    }
    double t = x + MAGIC;
    double r = x - (t - MAGIC);
    double p = C11;
    p = Math.fma(p, r, C10);
    p = Math.fma(p, r, C9);
    p = Math.fma(p, r, C8);
    p = Math.fma(p, r, C7);
    p = Math.fma(p, r, C6);
    p = Math.fma(p, r, C5);
    p = Math.fma(p, r, C4);
    p = Math.fma(p, r, C3);
    p = Math.fma(p, r, C2);
    p = Math.fma(p, r, C1);
    p = Math.fma(p, r, 1);
    return scale(p, t);
  }

  /** Multiplies p by two to the integer left in the low bits of t. */
  private static double scale(double p, double t) {
    return Double.longBitsToDouble(
        Double.doubleToRawLongBits(p) + (Double.doubleToRawLongBits(t) << FRACTION_BITS));
  }

  /**
   * 2^-q for q from 0 to infinity, taking every q from {@link #LIMIT} on as about that: the high
   * half of its bits is clamped, as the vector twin can do in one instruction.
   */
  static double exp2Minus(double q) {
    long bits = Double.doubleToRawLongBits(q);
    long high = Math.min((int) (bits >>> 32), LIMIT_HIGH);
    double y = Double.longBitsToDouble(high << 32 | (bits & 0xffffffffL));
    double t = MAGIC - y;
    double r = MAGIC - t - y;
    double h = r * r;
    double p = C11;
    p = Math.fma(p, h, C9);
    p = Math.fma(p, h, C7);
    p = Math.fma(p, h, C5);
    p = Math.fma(p, h, C3);
    p = Math.fma(p, h, C1);
    double e = C10;
    e = Math.fma(e, h, C8);
    e = Math.fma(e, h, C6);
    e = Math.fma(e, h, C4);
    e = Math.fma(e, h, C2);
    p = Math.fma(Math.fma(e, r, p), r, 1);
    return scale(p, t);
  }

  /** Base-2 logarithm of a finite x; negative infinity at 0 and below. */
  static double log2(double x) {
    if (x <= 0) {
      return Double.NEGATIVE_INFINITY;
    }
    boolean subnormal = x < MIN_NORMAL;
    long bits = Double.doubleToRawLongBits(subnormal ? x * LIFT : x);
    long exponent = (bits - SQRT_HALF_BITS) >> FRACTION_BITS;
    double f = Double.longBitsToDouble(bits - (exponent << FRACTION_BITS)) - 1;
    double k = (double) exponent - (subnormal ? LIFT_EXPONENT : 0);
    double s = f / (f + 2);
    double z = s * s;
    double p = P6;
    p = Math.fma(p, z, P5);
    p = Math.fma(p, z, P4);
    p = Math.fma(p, z, P3);
    p = Math.fma(p, z, P2);
    p = Math.fma(p, z, P1);
    p = Math.fma(p, z, P0);
    double correction = s * Math.fma(-z, p, f);
    double high = f * LOG2_E;
    double low = Math.fma(f, LOG2_E_LOW, Math.fma(f, LOG2_E, -high));
    low = Math.fma(-correction, LOG2_E, low);
    double sum = k + high;
    return sum + ((k - sum) + high + low);
  }
}
