package org.ugmm.engine.number;

/**
 * A natural log and how wrong it may be.
 *
 * @param log the log; -infinity for zero
 * @param units bound on its absolute error in units of 2^-53; 0 for a zero, and infinite where
 *     nothing is known, such as for a log beyond the range of a double
 */
public record LogValue(double log, double units) {
  /** The log of zero. */
  public static final LogValue ZERO = new LogValue(Double.NEGATIVE_INFINITY, 0);

  /** The log of one. */
  public static final LogValue ONE = new LogValue(0, 0);

  /** Nothing is known. */
  public static final LogValue UNKNOWN =
      new LogValue(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);

  /** A log that is known only where it and its bound are numbers. */
  public static LogValue of(double log, double units) {
    return Math.abs(log) < Double.POSITIVE_INFINITY && units < Double.POSITIVE_INFINITY
        ? new LogValue(log, units)
        : UNKNOWN;
  }

  /** Whether this is the log of zero, and not only one beyond the range of a double. */
  public boolean isZero() {
    return log == Double.NEGATIVE_INFINITY && units == 0;
  }

  /** An upper bound on the true log. */
  public double upper() {
    return isZero() || units == Double.POSITIVE_INFINITY
        ? units == 0 ? log : Double.POSITIVE_INFINITY
        : log + Rounding.logError(units) + Math.ulp(log);
  }

  /** A lower bound on the true log. */
  public double lower() {
    return isZero() || units == Double.POSITIVE_INFINITY
        ? Double.NEGATIVE_INFINITY
        : log - Rounding.logError(units) - Math.ulp(log);
  }
}
