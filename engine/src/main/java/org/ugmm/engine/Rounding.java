package org.ugmm.engine;

/** Turns errors counted in units of 2^-53 into the bounds that certificates state. */
final class Rounding {
  /** Covers the terms of second order while a bound stays below {@link #LARGEST}. */
  private static final double SAFETY = 1.01;

  private static final double LARGEST = 0x1p-10;

  private Rounding() {}

  /**
   * The relative error of a number whose natural log is wrong by at most {@code units} times 2^-53.
   *
   * @return infinity where the first-order analysis does not hold any more
   */
  static double relative(double units) {
    double logError = SAFETY * LogEvaluator.U * units;
    return logError < LARGEST ? logError / (1 - logError) : Double.POSITIVE_INFINITY;
  }

  /** The units that give a relative error; the inverse of {@link #relative}. */
  static double units(double relative) {
    return relative == Double.POSITIVE_INFINITY
        ? relative
        : relative / (1 + relative) / LogEvaluator.U;
  }

  static Certificate.Exact exact(double units) {
    return new Certificate.Exact(relative(units));
  }
}
