package org.ugmm.engine.kernel;

/**
 * The polynomials of single precision: shorter ones, with the error argument of {@link
 * DoublePolynomials}.
 *
 * <p>exp2: q of degree 5, relative error 0.033 u for exact and 0.26 u for rounded coefficients (u =
 * 2^-24); for mixtures of degree 4. log2: P of degree 3, relative error 0.007 u. The two stay below
 * 1 ulp.
 */
public final class FloatPolynomials {
  public static final float C1 = 0x1.62e430p-1f, C2 = 0x1.ebfbdcp-3f, C3 = 0x1.c6aeeap-5f;
  public static final float C4 = 0x1.3b2d4ep-7f, C5 = 0x1.5f3e1ep-10f, C6 = 0x1.41fb54p-13f;
  public static final float E1 = 0x1.62e428p-1f, E2 = 0x1.ebf916p-3f, E3 = 0x1.c6b6e2p-5f;
  public static final float E4 = 0x1.3d0c52p-7f, E5 = 0x1.5c08e4p-10f;
  public static final float P0 = 0x1.555554p-1f, P1 = 0x1.999a7ap-2f;
  public static final float P2 = 0x1.2438f0p-2f, P3 = 0x1.e2f338p-3f;

  private FloatPolynomials() {}

  public static float exp2(float r) {
    float p = Math.fma(Math.fma(Math.fma(C6, r, C5), r, C4), r, C3);
    return Math.fma(Math.fma(Math.fma(p, r, C2), r, C1), r, 1);
  }

  public static float exp2Minus(float r) {
    float p = Math.fma(Math.fma(Math.fma(E5, r, E4), r, E3), r, E2);
    return Math.fma(Math.fma(p, r, E1), r, 1);
  }

  public static float log2(float z) {
    return Math.fma(Math.fma(Math.fma(P3, z, P2), z, P1), z, P0);
  }
}
