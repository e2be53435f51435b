package org.ugmm.engine;

/** Mean and variance of a Gaussian cut to an interval, correct far out in the tails. */
final class TruncatedGaussian {
  /*
   * The textbook forms subtract numbers that agree in most digits once the interval lies in a tail or
   * is narrow. Here both moments are integrals of positive functions, by a Gauss-Legendre rule of 20
   * points on panels over which the exponent changes by at most about 4, which is exact to rounding.
   * The first moment is taken from the point of the interval nearest to the Gaussian's mean, the second
   * from the first.
   */
  private static final double LARGEST_FALL = 80;

  private final double near;
  private final double lo;
  private final double hi;
  private final double mean;
  private final double scale;

  private double mass;
  private double first;
  private double second;

  TruncatedGaussian(double mean, double scale, double lo, double hi) {
    this.mean = mean;
    this.scale = scale;
    this.lo = lo;
    this.hi = hi;
    near = Math.min(hi, Math.max(lo, mean));
    integrate(0);
    double offset = first / mass;
    integrate(offset);
    first = offset;
    second /= mass;
  }

  /** The mean. */
  double mean() {
    return near + first * scale;
  }

  /** The variance. */
  double variance() {
    return second * scale * scale;
  }

  /** Integrals of 1, t and (t - center)^2 with t in scales from near. */
  private void integrate(double center) {
    mass = 0;
    first = 0;
    second = 0;
    side(center, (hi - near) / scale, 1);
    side(center, (near - lo) / scale, -1);
  }

  private void side(double center, double length, int sign) {
    double slope = Math.abs((near - mean) / scale);
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
        second += share * d * d;
      }
      from = to;
    }
  }
}
