package org.ugmm.engine.number;

/** Mean and variance of a Gaussian cut to an interval, correct far out in the tails. */
public final class TruncatedGaussian {
  /*
   * The textbook forms subtract numbers that agree in most digits once the interval lies in a tail or
   * is narrow. Here both moments are integrals of positive functions, by a Gauss-Legendre rule of 20
   * points on panels over which the exponent changes by at most about 4, which is exact to rounding.
   * The first moment is taken from the point of the interval nearest to the Gaussian's mean, the second
   * from the first.
   */
  private static final double LARGEST_FALL = 80;

  /**
   * Bound on the relative error of the integrals of positive functions: about 500 roundings, by the
   * positions of the points and the exponents up to {@link #LARGEST_FALL}; the rule itself errs by
   * less than 1e-40.
   */
  public static final double INTEGRAL_ERROR = 0x1p-42;

  /** The point of the interval nearest to the Gaussian's mean. */
  public final double near;

  /** How many scales {@link #near} lies from the mean, signed. */
  public final double nearZ;

  public final double mean;
  public final double scale;
  private final double lo;
  private final double hi;

  /** Natural log of the mass of the interval times exp(nearZ^2 / 2). */
  final double logScaledMass;

  private double mass;
  private double first;
  private double second;

  /** Mean distance from {@link #near} in scales. */
  private double distance;

  public TruncatedGaussian(double mean, double scale, double lo, double hi) {
    this.mean = mean;
    this.scale = scale;
    this.lo = lo;
    this.hi = hi;
    near = Math.min(hi, Math.max(lo, mean));
    nearZ = GaussianMass.standardised(near, mean, scale);
    logScaledMass = GaussianMass.logScaledMass(lo, hi, mean, scale);
  }

  private boolean isWhole() {
    return lo == Double.NEGATIVE_INFINITY && hi == Double.POSITIVE_INFINITY;
  }

  /**
   * Natural log of the density at {@code x} over that at {@link #near}: two squares are not
   * subtracted.
   */
  public double logFall(double x) {
    double t = GaussianMass.standardised(x, near, scale);
    return -t * (nearZ + 0.5 * t);
  }

  /** Natural log of the density at a point of the interval. */
  public double logDensity(double x) {
    return logFall(x) - logScaledMass - Math.log(scale) - GaussianMass.LOG_SQRT_2PI;
  }

  /** Bound on the absolute error of {@link #logDensity}, in units of 2^-53. */
  public double logDensityErrorUnits(double x) {
    return 8 * Math.abs(logFall(x))
        + (isWhole() ? 0 : 128 + 24 * Math.abs(logScaledMass) + 6 * Math.abs(nearZ))
        + 5 * Math.abs(Math.log(scale))
        + 4;
  }

  /** Natural log of the probability of [a, b], which lies within the interval. */
  public double logProbability(double a, double b) {
    double nearest = Math.min(b, Math.max(a, mean));
    return GaussianMass.logScaledMass(a, b, mean, scale) + logFall(nearest) - logScaledMass;
  }

  /** Bound on the absolute error of {@link #logProbability}, in units of 2^-53. */
  public double logProbabilityErrorUnits(double a, double b) {
    double nearest = Math.min(b, Math.max(a, mean));
    double z = GaussianMass.standardised(nearest, mean, scale);
    double logMass = GaussianMass.logScaledMass(a, b, mean, scale);
    return logMass == Double.NEGATIVE_INFINITY
        ? 0
        : 256
            + 8 * z * z
            + 8 * Math.abs(logFall(nearest))
            + 24 * (Math.abs(logMass) + Math.abs(logScaledMass));
  }

  /** The mean. */
  public double mean() {
    return isWhole() ? mean : near + offset();
  }

  /** The mean less a number; that difference keeps its digits where both are large. */
  public double meanFrom(double origin) {
    return near - origin + offset();
  }

  /** The mean less {@link #near}. */
  private double offset() {
    if (isWhole()) {
      return 0;
    }
    integrate();
    return first * scale;
  }

  /** Bound on the absolute error of {@link #meanFrom} but for the rounding of its parts. */
  public double offsetError() {
    if (isWhole()) {
      return 0;
    }
    integrate();
    return 2 * INTEGRAL_ERROR * distance * scale;
  }

  /** The variance. */
  public double variance() {
    if (isWhole()) {
      return scale * scale;
    }
    integrate();
    return second * scale * scale;
  }

  /** Bound on the relative error of {@link #variance}. */
  public double varianceError() {
    return isWhole() ? 2 * Rounding.U : 4 * INTEGRAL_ERROR;
  }

  private void integrate() {
    if (mass == 0) {
      integrate(0);
      double offset = first / mass;
      integrate(offset);
      first = offset;
      second /= mass;
      distance /= mass;
    }
  }

  /** Integrals of 1, t and (t - center)^2 with t in scales from near. */
  private void integrate(double center) {
    mass = 0;
    first = 0;
    second = 0;
    distance = 0;
    side(center, GaussianMass.standardised(hi, near, scale), 1);
    side(center, GaussianMass.standardised(near, lo, scale), -1);
  }

  private void side(double center, double length, int sign) {
    double slope = Math.abs(nearZ);
    double from = 0;
    while (from < length && from * (slope + 0.5 * from) < LARGEST_FALL) {
      double to = Math.min(length, from + Math.min(1, 4 / (slope + from + 1)));
      double half = 0.5 * (to - from);
      for (int i = 0; i < GaussianMass.POINTS; i++) {
        double t = from + half * (1 + GaussianMass.NODE[i]);
        double share = half * GaussianMass.WEIGHT[i] * Math.exp(-t * (slope + 0.5 * t));
        double d = sign * t - center;
        mass += share;
        first += share * sign * t;
        distance += share * t;
        second += share * d * d;
      }
      from = to;
    }
  }
}
