package org.ugmm.engine;

/** Turns errors counted in units of 2^-53 into the bounds that certificates state. */
final class Rounding {
  /** Covers the terms of second order while a bound stays below {@link #LARGEST}. */
  private static final double SAFETY = 1.01;

  /**
   * Up to here an answer is closed form and rounding a small error; above, an interval says more.
   */
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
    return Math.log1p(relative) / LogEvaluator.U;
  }

  /**
   * The certificate of an answer whose errors were added up to first order.
   *
   * @param what the answer, for the message
   * @throws RefusedException if the errors are too large for that
   */
  static Certificate.Exact exact(double units, String what) {
    double relative = relative(units);
    if (!(relative < Double.POSITIVE_INFINITY)) {
      throw new RefusedException(
          ("rounding may change %s by more than one part in a thousand, so it is not given: the"
                  + " evidence is too many scales away from every component, or scales are too"
                  + " narrow for double precision; check the evidence, or rescale the model")
              .formatted(what));
    }
    return new Certificate.Exact(relative);
  }

  /**
   * The certificate of a natural log: EXACT while rounding is a small error of the linear value,
   * and the interval that rounding leaves of the log where the value is so far out that it is not.
   *
   * @throws RefusedException if nothing is known of the log
   */
  static Certificate ofLog(double log, double units) {
    double relative = relative(units);
    if (relative < Double.POSITIVE_INFINITY) {
      return new Certificate.Exact(relative);
    }
    double logError = SAFETY * LogEvaluator.U * units;
    if (!(logError < Double.POSITIVE_INFINITY)) {
      throw new RefusedException(
          "no bound on the rounding error can be proven: the evidence is so far out, or the scale"
              + " of a Gaussian or link so narrow, that double precision keeps no digit; check the"
              + " evidence, or rescale the model");
    }
    return new Certificate.Enclosed(Math.nextDown(log - logError), Math.nextUp(log + logError));
  }
}
