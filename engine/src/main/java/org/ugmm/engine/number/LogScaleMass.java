package org.ugmm.engine.number;

/**
 * Integrals over an interval of positive numbers of a density that is smooth in the logarithm of
 * its variable: masses, and moments, with all digits in the tails and on narrow intervals.
 */
public final class LogScaleMass {
  /*
   * With x = x0 e^s, x0 the point of the interval nearest to the mode in s, the density of s is that at
   * x0 times exp E(s), E(s) = a s - b (e^s - 1) - c s^2 / 2: a gamma distribution has c = 0, a
   * log-normal one b = 0. E is concave and falls away from 0 on either side, so all integrands are
   * positive and no two close numbers are subtracted.
   *
   * Each panel of a Gauss-Legendre rule of 20 points has a width w such that on the disc of radius w
   * about its middle |E - E(middle)| <= |E'| w + b e^s (e^w - 1 - w) + c w^2 / 2 <= 4. The ellipse of
   * the rule that fits in the disc has the parameter 2 + sqrt 3, so the rule errs by less than
   * 64/15 e^8 3.73^-40, 1e-18 of the panel (Trefethen, Is Gauss quadrature better than
   * Clenshaw-Curtis?, 2008, theorem 4.5); moments have a factor of at most e^2 more, as w <= 1 unless x
   * is nothing beside x0. A side ends where E has fallen by 80: as E is concave, what is beyond is less
   * than e^-80 of the side.
   */
  private static final double LARGEST_FALL = 80;
  private static final double LARGEST_CHANGE = 4;

  /** Below this share of x0, in logs, x adds nothing to a moment. */
  private static final double NOTHING = -50;

  private static final int MAX_PANELS = 1 << 17;

  private final double x0;
  private final double a;
  private final double aUnits;
  private final double b;
  private final double c;
  private final double upper;
  private final double upperUnits;
  private final double lower;
  private final double lowerUnits;

  private double mass;
  private double massError;
  private double first;
  private double firstLog;
  private double distance;
  private double second;
  private double secondError;
  private int panels;

  /**
   * A density about a point.
   *
   * @param aUnits bound on the absolute error of a, in units of 2^-53; b and c are taken to be
   *     wrong by two units relative
   * @param lo at least 0
   * @param hi may be infinite
   */
  private LogScaleMass(
      double x0, double a, double aUnits, double b, double c, double lo, double hi) {
    this.x0 = x0;
    this.a = a;
    this.aUnits = aUnits;
    this.b = b;
    this.c = c;
    upper = hi == Double.POSITIVE_INFINITY ? hi : logRatio(hi, x0);
    lower = lo == 0 ? Double.POSITIVE_INFINITY : -logRatio(lo, x0);
    upperUnits = ratioUnits(hi, upper);
    lowerUnits = ratioUnits(lo, lower);
    integrate(0);
    double offset = first / mass;
    if (mass > 0) {
      integrate(offset);
    }
    first = offset;
  }

  /** A gamma distribution about the point of the interval that is nearest to its mode in logs. */
  public static LogScaleMass gamma(double shape, double rate, double lo, double hi) {
    double x0 = Math.min(hi, Math.max(lo, shape / rate));
    return new LogScaleMass(x0, shape, 0, rate * x0, 0, lo, hi);
  }

  /** A log-normal distribution, the same way. */
  public static LogScaleMass logNormal(double mean, double scale, double lo, double hi) {
    double x0 = Math.min(hi, Math.max(lo, StrictMath.exp(mean)));
    double log = StrictMath.log(x0);
    double a = (mean - log) / scale / scale;
    double units = (2 * Math.abs(log) + Math.abs(mean - log)) / scale / scale + 2 * Math.abs(a);
    return new LogScaleMass(x0, a, units, 0, 1 / scale / scale, lo, hi);
  }

  private static double logRatio(double x, double x0) {
    double r = (x - x0) / x0;
    return Math.abs(r) < 0.5 ? StrictMath.log1p(r) : StrictMath.log(x) - StrictMath.log(x0);
  }

  private double ratioUnits(double x, double length) {
    return length < 0.4 || length == Double.POSITIVE_INFINITY
        ? 0 // relative, and then no more than 5 of the mass
        : 2 * Math.abs(StrictMath.log(x)) + 2 * Math.abs(StrictMath.log(x0)) + length;
  }

  private double exponent(double s) {
    return a * s - b * StrictMath.expm1(s) - 0.5 * c * s * s;
  }

  private void integrate(double offset) {
    mass = 0;
    massError = 0;
    first = 0;
    firstLog = 0;
    distance = 0;
    second = 0;
    secondError = 0;
    panels = 0;
    side(offset, upper, upperUnits, 1);
    side(offset, lower, lowerUnits, -1);
  }

  private void side(double offset, double length, double lengthUnits, int sign) {
    double from = 0;
    while (from < length && exponent(sign * from) > -LARGEST_FALL && panels < MAX_PANELS) {
      double width = Math.min(width(sign, from), length - from);
      double half = 0.5 * width;
      for (int i = 0; i < GaussianMass.POINTS; i++) {
        double s = sign * (from + half * (1 + GaussianMass.NODE[i]));
        add(s, half * GaussianMass.WEIGHT[i], offset);
      }
      from += width;
      panels++;
    }
    if (from >= length && length > 0 && length < Double.POSITIVE_INFINITY) {
      massError += StrictMath.exp(exponent(sign * length)) * lengthUnits;
    }
  }

  private void add(double s, double weight, double offset) {
    double grown = StrictMath.expm1(s);
    double share = weight * StrictMath.exp(a * s - b * grown - 0.5 * c * s * s);
    double slope = Math.abs(a - b * (grown + 1) - c * s);
    double units =
        (3 * Math.abs(a) + aUnits + 4 * slope) * Math.abs(s)
            + 6 * b * Math.abs(grown)
            + 4 * c * s * s
            + 80;
    double x = x0 * grown;
    double d = x - offset;
    mass += share;
    massError += share * units;
    first += share * x;
    firstLog += share * s;
    distance += share * Math.abs(x);
    second += share * d * d;
    // x moves with s by its own size, and s by 4 units of its own
    double ofX = 4 * (Math.abs(x) + Math.abs(offset) + Math.abs(s) * (x0 + x));
    secondError += share * (d * d * units + 2 * Math.abs(d) * ofX);
  }

  /** The width of the panel that starts at a distance from the anchor. */
  private double width(int sign, double from) {
    double free = -NOTHING < from && sign < 0 ? Math.max(1, from + NOTHING) : 1;
    double near = b * StrictMath.exp(sign * from);
    double slope = Math.abs(a - near - c * sign * from);
    double w = Math.min(free, Math.min(4 / slope, Math.sqrt(4 / (near + c))));
    while (change(sign * (from + 0.5 * w), w) > LARGEST_CHANGE) {
      w *= 0.5;
    }
    return w;
  }

  private double change(double middle, double radius) {
    double near = b * StrictMath.exp(middle);
    double slope = Math.abs(a - near - c * middle);
    return slope * radius + near * (StrictMath.expm1(radius) - radius) + 0.5 * c * radius * radius;
  }

  /** The point about which integrals are taken. */
  public double anchor() {
    return x0;
  }

  /** The log of the integral over the density of s at {@link #anchor}. */
  public LogValue logMass() {
    if (panels >= MAX_PANELS) {
      return LogValue.UNKNOWN;
    }
    double log = StrictMath.log(mass);
    return LogValue.of(log, massError / mass + panels + 24 + 2 * Math.abs(log));
  }

  /** The mean. */
  public double mean() {
    return x0 + first;
  }

  /** Bound on the absolute error of {@link #mean}. */
  public double meanError() {
    double units = 2 * (massError / mass) + 2 * panels + 48;
    return isKnown()
        ? 1.01 * Rounding.U * (units * distance / mass + Math.abs(mean()))
        : Double.POSITIVE_INFINITY;
  }

  /** The mean of the logarithm. */
  public double meanLog() {
    return StrictMath.log(x0) + firstLog / mass;
  }

  /** The variance. */
  public double variance() {
    return second / mass;
  }

  /** Bound on the absolute error of {@link #variance}. */
  public double varianceError() {
    double units = massError / mass + 2 * panels + 48;
    double ofMean = meanError();
    return isKnown()
        ? 1.01 * Rounding.U * (secondError / mass + units * variance()) + ofMean * ofMean
        : Double.POSITIVE_INFINITY;
  }

  private boolean isKnown() {
    return panels < MAX_PANELS && mass > 0;
  }
}
