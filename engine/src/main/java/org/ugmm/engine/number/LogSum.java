package org.ugmm.engine.number;

/**
 * A running sum of non-negative numbers given as natural logs, with a bound on its rounding error.
 */
public final class LogSum {
  /*
   * The sum is kept relative to the largest term so far and rescaled when a larger one comes. Bounds
   * are first-order running errors in units of 2^-53, as in LogEvaluator; where terms are further off
   * than FIRST_ORDER their largest error takes the place of their mean.
   */
  private static final double FIRST_ORDER = 0x1p-10 / Rounding.U;

  private double max = Double.NEGATIVE_INFINITY;
  private double sum;
  private double weightedError;
  private double worstError;
  private double rounding;

  /**
   * Adds a term.
   *
   * @param logTerm its natural log
   * @param errorUnits bound on the absolute error of that log, in units of 2^-53
   * @return {@code exp(logTerm - max())}, how much the term weighs against the largest so far
   */
  public double add(double logTerm, double errorUnits) {
    rounding += 1;
    if (logTerm == Double.NEGATIVE_INFINITY) {
      return 0;
    }
    if (logTerm > max) {
      double scale = Math.exp(max - logTerm);
      if (scale > 0) {
        rounding += logTerm - max + 3;
      }
      sum *= scale;
      weightedError *= scale;
      max = logTerm;
    }
    double share = Math.exp(logTerm - max);
    sum += share;
    worstError = Math.max(worstError, errorUnits + (share > 0 ? max - logTerm : 0) + 2);
    weightedError += share * (errorUnits + (max - logTerm) + 2);
    return share;
  }

  /** The largest term so far. */
  public double max() {
    return max;
  }

  /** The natural log of the sum. */
  public double value() {
    return max == Double.NEGATIVE_INFINITY ? max : max + Math.log(sum);
  }

  /** Bound on the absolute error of {@link #value}, in units of 2^-53. */
  public double errorUnits() {
    if (max == Double.NEGATIVE_INFINITY) {
      return 0;
    }
    double value = value();
    double terms = worstError < FIRST_ORDER ? weightedError / sum : worstError;
    return terms + rounding + 2 * Math.abs(value - max) + Math.abs(value);
  }
}
