package org.ugmm.engine.number;

/**
 * {@code y^s exp(-y) / Gamma(s + 1)} as a natural log: the Poisson probability of s, and all that
 * is hard about the density of a gamma distribution.
 */
public final class PoissonTerm {
  /*
   * From 16 on by the saddle-point form of Loader (Fast and accurate computation of binomial
   * probabilities, 2000): with d = (y - s) / s the log is
   *
   *   -s (d - log(1 + d)) - log(2 pi s) / 2 - stirling(s)
   *
   * in which no large terms cancel. stirling(s) is the tail of Stirling's series, whose error is less
   * than its first term left out, 1.5e-18 here. d - log(1 + d) is summed as a series where d is small:
   * with v = d / (2 + d), log(1 + d) = 2 (v + v^3 / 3 + ...) and d - 2 v = d v.
   *
   * Below 16 the three terms are at most about 45 where y is near s, so nothing large cancels; the
   * log of Gamma(s + 1) is that of a factorial, or of Gamma(s + m + 1) with s + m from 16 on, less
   * that of the product of the m factors between. Bounds count each rounding as in LogEvaluator; those
   * of fractional s are: 50 for s + m, 200 for its power, 160 for sums, product and logs, in all less
   * than OF_FRACTION.
   */
  private static final double LARGE = 16;
  private static final double OF_FRACTION = 512;

  /** [16] logs of factorials, each within an ulp. */
  private static final double[] LOG_FACTORIAL = new double[(int) LARGE];

  static {
    double factorial = 1;
    for (int n = 1; n < LOG_FACTORIAL.length; n++) {
      factorial *= n; // exact up to 22!
      LOG_FACTORIAL[n] = StrictMath.log(factorial);
    }
  }

  private PoissonTerm() {}

  /**
   * The log of the term.
   *
   * @param s at least 0
   * @param y above 0; both are taken as exact
   */
  public static LogValue log(double s, double y) {
    if (s == 0) {
      return new LogValue(-y, 0);
    }
    if (s < LARGE) {
      double power = s * StrictMath.log(y);
      boolean isWhole = s == Math.rint(s);
      double logGamma = isWhole ? LOG_FACTORIAL[(int) s] : logGamma(s);
      double ofGamma = isWhole ? 2 * logGamma : OF_FRACTION;
      double log = power - y - logGamma;
      return LogValue.of(
          log, 3 * Math.abs(power) + Math.abs(power - y) + ofGamma + Math.abs(log) + 1);
    }
    double ratio = y / s;
    double divergence;
    double units;
    if (ratio > 0.5 && ratio < 1.5) {
      divergence = s * lessLog((y - s) / s);
      units = 16 * divergence;
    } else {
      boolean isNormal = ratio >= Double.MIN_NORMAL && ratio < Double.POSITIVE_INFINITY;
      double logRatio = isNormal ? StrictMath.log(ratio) : StrictMath.log(y) - StrictMath.log(s);
      divergence = y - s - s * logRatio;
      units = s * (isNormal ? 1 + 3 * Math.abs(logRatio) : 8000) + Math.abs(y - s) + divergence;
    }
    double logScale = StrictMath.log(s);
    double log = -divergence - (0.5 * logScale + GaussianMass.LOG_SQRT_2PI) - stirling(s);
    return LogValue.of(log, units + 2 * logScale + 5 + divergence + 2 * Math.abs(log));
  }

  /** {@code d - log(1 + d)} for d in (-1/2, 1/2). */
  private static double lessLog(double d) {
    double v = d / (2 + d);
    double square = v * v;
    double sum = 0;
    for (int k = 35; k >= 3; k -= 2) { // |v| < 1/3: 3^-34 is nothing
      sum = sum * square + 1.0 / k;
    }
    return d * v - 2 * v * square * sum;
  }

  /** {@code log Gamma(s + 1)} for s below {@link #LARGE}. */
  private static double logGamma(double s) {
    double product = 1;
    double t = s;
    while (t < LARGE) {
      t += 1;
      product *= t;
    }
    return (t + 0.5) * StrictMath.log(t)
        - t
        + GaussianMass.LOG_SQRT_2PI
        + stirling(t)
        - StrictMath.log(product);
  }

  /** {@code log Gamma(s + 1) - (s + 1/2) log s + s - log(2 pi) / 2} from {@link #LARGE} on. */
  private static double stirling(double s) {
    double r = 1 / s;
    double q = r * r;
    return r
        * (1.0 / 12
            + q
                * (-1.0 / 360
                    + q
                        * (1.0 / 1260
                            + q * (-1.0 / 1680 + q * (1.0 / 1188 - q * (691.0 / 360360))))));
  }
}
