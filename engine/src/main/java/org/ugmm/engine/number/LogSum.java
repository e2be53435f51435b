package org.ugmm.engine.number;

/**
 * A running sum of non-negative numbers given as natural logs, with a bound on its rounding error.
 */
public final class LogSum {
  /*
   * The sum is kept relative to the largest term so far and rescaled when a larger one comes. Bounds
   * are first-order running errors in units of 2^-53, as in LogEvaluator. A term whose log is further
   * off than DOUBTFUL is doubtful: the sum may lose it, or gain what it is at most. Where all terms are
   * doubtful the sum is as wrong as the worst of them.
   */

  /** Errors of a log above this, in units of 2^-53, are not of first order. */
  public static final double DOUBTFUL = 0x1p-10 / Rounding.U;

  /** A term whose log is beyond the range of a double is nothing beside one above this. */
  private static final double LEAST = -1e300;

  private static final double UP = 1.01;

  private double max = Double.NEGATIVE_INFINITY;
  private double sum;
  private double weightedError;
  private double doubtful;

  /** The largest log that a doubtful term may have, and how many there are. */
  private double possible = Double.NEGATIVE_INFINITY;

  private int numDoubtful;
  private double worstError;
  private double rounding;
  private boolean isBeyondRange;

  /** Forgets all terms. */
  public void clear() {
    max = Double.NEGATIVE_INFINITY;
    sum = 0;
    weightedError = 0;
    doubtful = 0;
    possible = Double.NEGATIVE_INFINITY;
    numDoubtful = 0;
    worstError = 0;
    rounding = 0;
    isBeyondRange = false;
  }

  /**
   * Adds a term.
   *
   * @param logTerm its natural log; -infinity with an infinite error is beyond the range of a
   *     double, and else zero
   * @param errorUnits bound on the absolute error of that log, in units of 2^-53
   * @return {@code exp(logTerm - max())}, how much the term weighs against the largest so far
   */
  public double add(double logTerm, double errorUnits) {
    rounding += 1;
    if (logTerm == Double.NEGATIVE_INFINITY) {
      isBeyondRange |= errorUnits > 0;
      return 0;
    }
    if (logTerm > max) {
      double scale = Math.exp(max - logTerm);
      if (scale > 0) {
        rounding += logTerm - max + 3;
      }
      sum *= scale;
      weightedError *= scale;
      doubtful *= scale;
      max = logTerm;
    }
    double share = Math.exp(logTerm - max);
    sum += share;
    worstError = Math.max(worstError, errorUnits + (share > 0 ? max - logTerm : 0) + 2);
    if (errorUnits > DOUBTFUL) {
      doubtful += share;
      possible = Math.max(possible, logTerm + UP * Rounding.U * errorUnits);
      numDoubtful++;
    } else {
      weightedError += share * (errorUnits + (max - logTerm) + 2);
    }
    return share;
  }

  /** How much a term may be at most; its log and the bound on the error of that. */
  public static double possible(double log, double errorUnits) {
    return Math.exp(log + UP * Rounding.U * errorUnits);
  }

  /**
   * Bound on the error of the log of a sum by its doubtful terms, in units of 2^-53.
   *
   * @param doubtful their sum, as a share of the whole
   * @param possible what their sum is at most, in the same unit
   */
  public static double doubt(double doubtful, double possible) {
    double up = Math.log1p(Math.max(0, possible - doubtful));
    double down = doubtful < 1 ? -Math.log1p(-doubtful) : Double.POSITIVE_INFINITY;
    return UP * Math.max(up, down) / Rounding.U;
  }

  /** What the large errors of doubtful terms may change of the log, in units of 2^-53. */
  public double doubtUnits() {
    if (isBeyondRange && !(max > LEAST)) {
      return Double.POSITIVE_INFINITY;
    }
    double most = numDoubtful == 0 ? 0 : numDoubtful * Math.exp(possible - max);
    return numDoubtful == 0 ? 0 : doubt(doubtful / sum, most / sum);
  }

  /** The largest term so far. */
  public double max() {
    return max;
  }

  /** The natural log of the sum. */
  public double value() {
    return max == Double.NEGATIVE_INFINITY ? max : max + Math.log(sum);
  }

  /** Bound on the absolute error of {@link #value}, in units of 2^-53; 0 for a sum of zeros. */
  public double errorUnits() {
    if (isBeyondRange && !(max > LEAST)) {
      return Double.POSITIVE_INFINITY;
    }
    if (max == Double.NEGATIVE_INFINITY) {
      return 0;
    }
    double value = value();
    double terms = weightedError / sum;
    if (numDoubtful > 0) {
      terms = Math.min(worstError, terms + doubtUnits());
    }
    return terms + rounding + 2 * Math.abs(value - max) + Math.abs(value);
  }
}
