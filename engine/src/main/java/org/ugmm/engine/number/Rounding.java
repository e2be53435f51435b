package org.ugmm.engine.number;

/**
 * The unit of rounding, the constants of base 2, and the way from errors counted in units to
 * bounds. Errors are counted in units of {@link #U} of a natural log unless a name says otherwise.
 */
public final class Rounding {
  /** Half an ulp of 1: what one operation in double precision is wrong by, relative. */
  public static final double U = 0x1p-53;

  /** log2(e), nearest: from natural logs to logs of base 2. */
  public static final double LOG2E = 0x1.71547652b82fep0;

  /** log2(e), rounded up: for bounds. */
  public static final double LOG2E_UP = 0x1.71547652b82ffp0;

  /** Covers the terms of second order while a bound stays below {@link #LARGEST}. */
  private static final double SAFETY = 1.01;

  /**
   * Up to here an answer is closed form and rounding a small error; above, an interval says more.
   */
  private static final double LARGEST = 0x1p-10;

  /**
   * The true log of a density or probability whose computed log is -infinity, though it is not
   * zero, lies below this.
   */
  public static final double BEYOND_RANGE = -1e308;

  private Rounding() {}

  /** Bound on the absolute error of a natural log that is wrong by {@code units}. */
  public static double logError(double units) {
    return SAFETY * U * units;
  }

  /**
   * The relative error of a number whose natural log is wrong by at most {@code units}.
   *
   * @return infinity where the first-order analysis does not hold any more
   */
  public static double relative(double units) {
    double logError = logError(units);
    return logError < LARGEST ? logError / (1 - logError) : Double.POSITIVE_INFINITY;
  }

  /** The units that give a relative error; the inverse of {@link #relative}. */
  public static double units(double relative) {
    return Math.log1p(relative) / U;
  }
}
