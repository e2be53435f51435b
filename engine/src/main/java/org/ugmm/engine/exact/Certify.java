package org.ugmm.engine.exact;

import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.number.Rounding;

/** The certificates that errors counted in units of 2^-53 leave an answer. */
public final class Certify {
  private Certify() {}

  /**
   * The certificate of an answer whose errors were added up to first order.
   *
   * @param what the answer, for the message
   * @throws RefusedException if the errors are too large for that
   */
  public static Certificate.Exact exact(double units, String what) {
    double relative = Rounding.relative(units);
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
  public static Certificate ofLog(double log, double units) {
    double relative = Rounding.relative(units);
    if (relative < Double.POSITIVE_INFINITY) {
      return new Certificate.Exact(relative);
    }
    double logError = Rounding.logError(units);
    if (!(logError < Double.POSITIVE_INFINITY)) {
      throw new RefusedException(
          "no bound on the rounding error can be proven: the evidence is so far out, or the scale"
              + " of a Gaussian or link so narrow, that double precision keeps no digit; check the"
              + " evidence, or rescale the model");
    }
    return new Certificate.Enclosed(Math.nextDown(log - logError), Math.nextUp(log + logError));
  }
}
