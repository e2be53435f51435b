package org.ugmm.engine.data;

/**
 * A probability or density as its natural log.
 *
 * @param value natural log; -infinity is probability zero, never NaN; {@code -Double.MAX_VALUE},
 *     ENCLOSED, where it is beyond the range of a double
 * @param normalised false where the integral of the circuit is not known, so that the value is that
 *     of {@code f} and not of {@code f / Z}
 * @param certificate how exact the value is
 */
public record LogProbability(double value, boolean normalised, Certificate certificate) {
  /** Takes what is below the range of a double, but not zero, as the least number. */
  public LogProbability {
    if (value == Double.NEGATIVE_INFINITY && certificate instanceof Certificate.Enclosed) {
      value = -Double.MAX_VALUE;
    }
  }
}
