package org.ugmm.engine.number;

/**
 * The natural log of the ratio of two Gaussian densities at one point, to the last digits of the
 * ratio however far out the point is. StrictMath alone: the same bits everywhere.
 */
public final class GaussianRatio {
  /*
   * The logs themselves are minus half a square z^2, rounded by 2^-53 z^2: nothing is left of their
   * difference once z is above 10^8. Here distances, quotients and squares are sums of two doubles
   * (Dekker, A floating-point technique for extending the available precision, 1971) with relative errors
   * below 2^-98, so that the difference is wrong by 2^-98 z^2. Squares above the range of a double are
   * compared in a unit of 2^1200. With equal scales the difference of the squares is a product.
   */
  private static final double LARGE = 0x1p500;
  private static final double DOWN = 0x1p-600;

  /** Roundings of a squared pair of doubles, in units of 2^-53 of the square. */
  private static final double OF_SQUARE = 0x1p-45;

  private GaussianRatio() {}

  /**
   * {@code log(N(x; mean, scale^2) / N(x; otherMean, otherScale^2))}; infinite where it is beyond
   * the range of a double, NaN where a distance is.
   */
  public static double log(
      double x, double mean, double scale, double otherMean, double otherScale) {
    if (mean == otherMean && scale == otherScale) {
      return 0;
    }
    double z = (x - mean) / scale;
    double other = (x - otherMean) / otherScale;
    if (scale == otherScale) {
      return 0.5 * ((mean - otherMean) / scale) * (z + other);
    }
    boolean isLarge = Math.max(Math.abs(z), Math.abs(other)) > LARGE;
    double unit = isLarge ? DOWN : 1;
    double low = low(x, mean, scale, z) * unit;
    double otherLow = low(x, otherMean, otherScale, other) * unit;
    z *= unit;
    other *= unit;
    double square = z * z;
    double otherSquare = other * other;
    double rest = Math.fma(z, z, -square) + low * (2 * z + low);
    double otherRest = Math.fma(other, other, -otherSquare) + otherLow * (2 * other + otherLow);
    double difference = otherSquare - square;
    double back = otherSquare - difference;
    double lost = otherSquare - (difference + back) + (back - square);
    double squares = 0.5 * (difference + (lost + (otherRest - rest)));
    double scales = StrictMath.log(otherScale) - StrictMath.log(scale);
    return (isLarge ? squares / DOWN / DOWN : squares) + scales;
  }

  /** What a standardised distance lacks of the quotient of the exact difference. */
  private static double low(double x, double mean, double scale, double z) {
    double difference = x - mean;
    double back = x - difference;
    double lost = x - (difference + back) + (back - mean);
    return (Math.fma(-z, scale, difference) + lost) / scale;
  }

  /** Bound on the absolute error of a {@link #log}, in units of 2^-53. */
  public static double errorUnits(
      double x, double mean, double scale, double otherMean, double otherScale, double log) {
    if (mean == otherMean && scale == otherScale) {
      return 0;
    }
    double z = (x - mean) / scale;
    double other = (x - otherMean) / otherScale;
    if (scale == otherScale) {
      double factor = Math.abs((mean - otherMean) / scale);
      return finite(4 * factor * (Math.abs(z) + Math.abs(other)) + 1);
    }
    double units =
        3 * Math.abs(log)
            + 4 * (Math.abs(Math.log(scale)) + Math.abs(Math.log(otherScale)))
            + OF_SQUARE * (z * z + other * other)
            + 4;
    return finite(units);
  }

  private static double finite(double units) {
    return Double.isNaN(units) ? Double.POSITIVE_INFINITY : units;
  }
}
