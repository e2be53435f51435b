package org.ugmm.engine.kernel;

/**
 * Exponential and logarithm to base 2 in single precision, and the constants shared with the SIMD
 * twin: the methods and the error argument of {@link ScalarDoubleMath} with shorter polynomials.
 *
 * <p>exp2: q of degree 5, relative error 0.033 u for exact and 0.26 u for rounded coefficients (u =
 * 2^-24). log2: P of degree 3, relative error 0.007 u. Both stay below 1 ulp.
 */
final class ScalarFloatMath {
  static final float C1 = 0x1.62e430p-1f;
  static final float C2 = 0x1.ebfbdcp-3f;
  static final float C3 = 0x1.c6aeeap-5f;
  static final float C4 = 0x1.3b2d4ep-7f;
  static final float C5 = 0x1.5f3e1ep-10f;
  static final float C6 = 0x1.41fb54p-13f;

  static final float E1 = 0x1.62e428p-1f;
  static final float E2 = 0x1.ebf916p-3f;
  static final float E3 = 0x1.c6b6e2p-5f;
  static final float E4 = 0x1.3d0c52p-7f;
  static final float E5 = 0x1.5c08e4p-10f;

  static final float P0 = 0x1.555554p-1f;
  static final float P1 = 0x1.999a7ap-2f;
  static final float P2 = 0x1.2438f0p-2f;
  static final float P3 = 0x1.e2f338p-3f;

  /** log2(e), rounded. */
  static final float LOG2_E = 0x1.715476p0f;

  /** log2(e) less {@link #LOG2_E}. */
  static final float LOG2_E_LOW = 0x1.4ae0cp-26f;

  /** Adding it rounds to an integer, left in the low bits. */
  static final float MAGIC = 0x1.8p23f;

  /** Exponent of the smallest normal number. */
  static final float MIN_EXPONENT = -126;

  /** The largest argument that {@link #exp2Minus} tells apart. */
  static final float LIMIT = 126;

  static final float MIN_NORMAL = 0x1p-126f;

  /** Brings subnormal numbers into the normal range. */
  static final float LIFT = 0x1p25f;

  static final float LIFT_EXPONENT = 25;

  /** Bits of the fraction. */
  static final int FRACTION_BITS = 23;

  /** Biased exponent of the largest finite number. */
  static final int MAX_BIASED = 254;

  /** Bits of sqrt(1/2). */
  static final int SQRT_HALF_BITS = 0x3f3504f3;

  private ScalarFloatMath() {}

  /** 2^x for x below 128: 0 below -126. */
  static float exp2(float x) {
    if (x < MIN_EXPONENT) {
      return 0;
    }
    float t = x + MAGIC;
    float r = x - (t - MAGIC);
    float p = C6;
    p = Math.fma(p, r, C5);
    p = Math.fma(p, r, C4);
    p = Math.fma(p, r, C3);
    p = Math.fma(p, r, C2);
    p = Math.fma(p, r, C1);
    p = Math.fma(p, r, 1);
    return scale(p, t);
  }

  /** Multiplies p by two to the integer left in the low bits of t. */
  private static float scale(float p, float t) {
    return Float.intBitsToFloat(
        Float.floatToRawIntBits(p) + (Float.floatToRawIntBits(t) << FRACTION_BITS));
  }

  /** 2^-q for q from 0 to infinity, taking every q above {@link #LIMIT} as that. */
  static float exp2Minus(float q) {
    float y = Math.min(q, LIMIT);
    float t = MAGIC - y;
    float r = MAGIC - t - y;
    float p = E5;
    p = Math.fma(p, r, E4);
    p = Math.fma(p, r, E3);
    p = Math.fma(p, r, E2);
    p = Math.fma(p, r, E1);
    p = Math.fma(p, r, 1);
    return scale(p, t);
  }

  /** Base-2 logarithm of a finite x; negative infinity at 0 and below. */
  static float log2(float x) {
    if (x <= 0) {
      return Float.NEGATIVE_INFINITY;
    }
    boolean subnormal = x < MIN_NORMAL;
    int bits = Float.floatToRawIntBits(subnormal ? x * LIFT : x);
    int exponent = (bits - SQRT_HALF_BITS) >> FRACTION_BITS;
    float f = Float.intBitsToFloat(bits - (exponent << FRACTION_BITS)) - 1;
    float k = (float) exponent - (subnormal ? LIFT_EXPONENT : 0);
    float s = f / (f + 2);
    float z = s * s;
    float p = P3;
    p = Math.fma(p, z, P2);
    p = Math.fma(p, z, P1);
    p = Math.fma(p, z, P0);
    float correction = s * Math.fma(-z, p, f);
    float high = f * LOG2_E;
    float low = Math.fma(f, LOG2_E_LOW, Math.fma(f, LOG2_E, -high));
    low = Math.fma(-correction, LOG2_E, low);
    float sum = k + high;
    return sum + ((k - sum) + high + low);
  }
}
