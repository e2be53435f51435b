package org.ugmm.engine.kernel;

/**
 * The polynomials of {@code ScalarDoubleMath}, which differ between the two precisions.
 *
 * <p>2^r = 1 + r q(r) for |r| up to 1/2, q of degree 10, minimax in the relative error of 2^r:
 * 0.031 u for exact coefficients, 0.25 u for the rounded ones (u = 2^-53). Horner's rule with fused
 * multiply-add ends in one rounding of 1 + r q; q carries at most about 1.5 u, which |r q| at most
 * 0.42 scales down, so the total stays below 1 ulp. {@link #exp2Minus}, of which mixtures are made,
 * evaluates q by even and odd powers, which waits less for each other; q then carries at most about
 * 2.2 u, and the total stays below 1.2 ulp.
 *
 * <p>ln m = f - s (f - z P(z)), P of degree 6 with relative error 0.017 u.
 */
public final class DoublePolynomials {
  public static final double C1 = 0x1.62e42fefa39efp-1;
  public static final double C2 = 0x1.ebfbdff82c5a4p-3;
  public static final double C3 = 0x1.c6b08d7049fe9p-5;
  public static final double C4 = 0x1.3b2ab6fba0140p-7;
  public static final double C5 = 0x1.5d87fe78cd5b2p-10;
  public static final double C6 = 0x1.4309130ed2342p-13;
  public static final double C7 = 0x1.ffcbfba9ae4d0p-17;
  public static final double C8 = 0x1.62bfc7ac030f5p-20;
  public static final double C9 = 0x1.b5267cb67d4b6p-24;
  public static final double C10 = 0x1.e61b3896e9296p-28;
  public static final double C11 = 0x1.e79bbef438835p-32;

  public static final double P0 = 0x1.5555555555592p-1;
  public static final double P1 = 0x1.99999999800dep-2;
  public static final double P2 = 0x1.24924941cbdd5p-2;
  public static final double P3 = 0x1.c71c5223cc8a8p-3;
  public static final double P4 = 0x1.74663a0b76bb0p-3;
  public static final double P5 = 0x1.39a22d595722bp-3;
  public static final double P6 = 0x1.2f0136006e2c1p-3;

  private DoublePolynomials() {}

  /** 1 + r q(r). */
  public static double exp2(double r) {
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
    return Math.fma(p, r, 1);
  }

  /** 1 + r q(r), in fewer steps. */
  public static double exp2Minus(double r) {
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
    return Math.fma(Math.fma(e, r, p), r, 1);
  }

  /** P(z). */
  public static double log2(double z) {
    double p = P6;
    p = Math.fma(p, z, P5);
    p = Math.fma(p, z, P4);
    p = Math.fma(p, z, P3);
    p = Math.fma(p, z, P2);
    p = Math.fma(p, z, P1);
    p = Math.fma(p, z, P0);
    return p;
  }
}
