package org.ugmm.engine.number;

import org.apache.commons.numbers.gamma.Erf;
import org.apache.commons.numbers.gamma.Erfc;
import org.apache.commons.numbers.gamma.Erfcx;

/**
 * Densities and masses of a Gaussian as natural logs, correct far out in the tails. Masses decide
 * draws, so their mathematics is StrictMath where it is ours.
 */
public final class GaussianMass {
  public static final double LOG_SQRT_2PI = 0.9189385332046727418;
  private static final double SQRT_HALF = Math.sqrt(0.5);
  private static final double LOG_2 = StrictMath.log(2);

  /** Below this width, times any z whose square is a double, nothing is lost to 2^-53. */
  private static final double NARROW = 0x1p-580;

  /* Gauss-Legendre rule on [-1, 1] for narrow intervals: exact for polynomials of degree 39. */
  static final int POINTS = 20;
  static final double[] NODE = new double[POINTS];
  static final double[] WEIGHT = new double[POINTS];

  static {
    for (int i = 0; i < POINTS; i++) {
      double x = Math.cos(Math.PI * (i + 0.75) / (POINTS + 0.5));
      double derivative = 1;
      for (int step = 0; step < 8; step++) {
        double previous = 1;
        double current = x;
        for (int k = 2; k <= POINTS; k++) {
          double next = ((2 * k - 1) * x * current - (k - 1) * previous) / k;
          previous = current;
          current = next;
        }
        derivative = POINTS * (x * current - previous) / (x * x - 1);
        x -= current / derivative;
      }
      NODE[i] = x;
      WEIGHT[i] = 2 / ((1 - x * x) * derivative * derivative);
    }
  }

  private GaussianMass() {}

  /** {@code log N(x; mean, scale^2)}. */
  public static double logDensity(double x, double mean, double scale) {
    double d = standardised(x, mean, scale);
    return -0.5 * d * d - Math.log(scale) - LOG_SQRT_2PI;
  }

  /** {@code (x - mean) / scale}; a difference beyond the range of a double does no harm. */
  public static double standardised(double x, double mean, double scale) {
    double d = x - mean;
    return Double.isInfinite(d) && !Double.isInfinite(x)
        ? (0.5 * x - 0.5 * mean) / scale * 2
        : d / scale;
  }

  /** Log of the mass on {@code [lo, hi]}, ends may be infinite; -infinity when it is empty. */
  public static double logMass(double lo, double hi, double mean, double scale) {
    if (!(lo < hi)) {
      return Double.NEGATIVE_INFINITY;
    }
    double za = standardised(lo, mean, scale) * SQRT_HALF;
    double zb = standardised(hi, mean, scale) * SQRT_HALF;
    double width = standardised(hi, lo, scale) * SQRT_HALF;
    if (width < NARROW) {
      // the density hardly changes, and the standardised width may not be a normal number
      double near = za >= 0 ? za : zb <= 0 ? zb : 0;
      return logLength(lo, hi) - StrictMath.log(scale) - LOG_SQRT_2PI - near * near;
    }
    if (za >= 0) {
      return logMassAbove(za, zb, width);
    }
    if (zb <= 0) {
      return logMassAbove(-zb, -za, width);
    }
    if (za == Double.NEGATIVE_INFINITY && zb == Double.POSITIVE_INFINITY) {
      return 0;
    }
    double tails = 0.5 * (Erfc.value(-za) + Erfc.value(zb));
    if (tails < 0.5) {
      return StrictMath.log1p(-tails);
    }
    return StrictMath.log(0.5 * (Erf.value(zb) - Erf.value(za)));
  }

  /** The middle of two numbers, finite where both are. */
  public static double middle(double a, double b) {
    double half = 0.5 * (b - a);
    return half < Double.POSITIVE_INFINITY ? a + half : 0.5 * a + 0.5 * b;
  }

  /** {@code log(hi - lo)}; a difference beyond the range of a double does no harm. */
  public static double logLength(double lo, double hi) {
    double length = hi - lo;
    return length < Double.POSITIVE_INFINITY || Double.isInfinite(lo) || Double.isInfinite(hi)
        ? StrictMath.log(length)
        : StrictMath.log(0.5 * hi - 0.5 * lo) + LOG_2;
  }

  /**
   * Log of the mass on {@code [lo, hi]} times {@code exp(z^2 / 2)}, where z is the distance in
   * scales from the mean to the nearest point of the interval: of moderate size however far out
   * that is.
   */
  static double logScaledMass(double lo, double hi, double mean, double scale) {
    double za = standardised(lo, mean, scale) * SQRT_HALF;
    double zb = standardised(hi, mean, scale) * SQRT_HALF;
    if (lo < hi && za >= 0) {
      return logScaledAbove(za, zb, standardised(hi, lo, scale) * SQRT_HALF);
    }
    if (lo < hi && zb <= 0) {
      return logScaledAbove(-zb, -za, standardised(hi, lo, scale) * SQRT_HALF);
    }
    return logMass(lo, hi, mean, scale);
  }

  /** Log of (erfc(u) - erfc(v)) / 2 for 0 <= u < v, width = v - u without its cancellation. */
  private static double logMassAbove(double u, double v, double width) {
    return -u * u + logScaledAbove(u, v, width);
  }

  /** Log of exp(u^2) (erfc(u) - erfc(v)) / 2. */
  private static double logScaledAbove(double u, double v, double width) {
    if (u == Double.POSITIVE_INFINITY) {
      return Double.NEGATIVE_INFINITY;
    }
    double fall = width * (v + u); // the exponent falls by this much across the interval
    if (fall < 2) {
      // exp(-u^2) INTEGRAL_0^width exp(-t (2 u + t)) dt / sqrt(pi): no two close numbers subtracted
      double sum = 0;
      for (int i = 0; i < POINTS; i++) {
        double t = 0.5 * width * (1 + NODE[i]);
        sum += WEIGHT[i] * StrictMath.exp(-t * (2 * u + t));
      }
      return StrictMath.log(0.5 * width) + StrictMath.log(sum) - 0.5 * StrictMath.log(Math.PI);
    }
    double upper = v == Double.POSITIVE_INFINITY ? 0 : StrictMath.exp(-fall) * Erfcx.value(v);
    return StrictMath.log(0.5 * (Erfcx.value(u) - upper));
  }

  /**
   * Bound on the absolute error of {@link #logMass} in units of 2^-53: the rounding of its formulas
   * and that of the standardised ends, by how steeply the log mass follows them.
   */
  public static double logMassErrorUnits(
      double lo, double hi, double mean, double scale, double logMass) {
    if (logMass == Double.NEGATIVE_INFINITY) {
      return lo < hi ? Double.POSITIVE_INFINITY : 0; // beyond the range of a double, or empty
    }
    double za = standardised(lo, mean, scale);
    double zb = standardised(hi, mean, scale);
    double near = za >= 0 ? za : zb <= 0 ? zb : 0;
    return 64 + 6 * near * near + 12 * Math.abs(logMass);
  }
}
