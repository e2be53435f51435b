package org.ugmm.engine.data;

import org.ugmm.engine.number.Rounding;

/** How exact an answer is. Immutable. */
public sealed interface Certificate {

  /** The kinds, as the caller allows them. */
  enum Kind {
    /** Closed form; the only error is rounding. */
    EXACT,
    /** The true value lies in a proven interval. */
    ENCLOSED,
    /** Quadrature or sampling, with an error estimate. */
    ESTIMATED
  }

  /** The kind of this certificate. */
  Kind kind();

  /**
   * Closed form.
   *
   * @param relativeErrorBound proven bound on {@code |computed - true| / true} of the probability
   *     or density, which bounds the absolute error of its natural log as well; finite, since an
   *     answer without a finite bound is refused or ENCLOSED
   */
  record Exact(double relativeErrorBound) implements Certificate {
    @Override
    public Kind kind() {
      return Kind.EXACT;
    }
  }

  /**
   * A proven interval.
   *
   * @param lo lower end, on the scale of the answer (natural log where the answer is one)
   * @param hi upper end
   */
  record Enclosed(double lo, double hi) implements Certificate {
    @Override
    public Kind kind() {
      return Kind.ENCLOSED;
    }
  }

  /**
   * The certificate of a natural log with a proven bound on its error: EXACT while that is a small
   * error of the linear value, up to about one part in a thousand, and else the interval that it
   * leaves of the log; below -1e308 where the log is beyond the range of a double.
   *
   * @param logErrorBound bound on the absolute error of the log; 0 where {@code log} is -infinity
   *     for zero, infinite where it is beyond the range of a double or nothing is known
   */
  static Certificate ofLog(double log, double logErrorBound) {
    if (logErrorBound < LARGEST_ROUNDING) {
      return new Exact(logErrorBound / (1 - logErrorBound));
    }
    if (log <= Rounding.BEYOND_RANGE && logErrorBound == Double.POSITIVE_INFINITY) {
      return new Enclosed(Double.NEGATIVE_INFINITY, Rounding.BEYOND_RANGE);
    }
    return new Enclosed(Math.nextDown(log - logErrorBound), Math.nextUp(log + logErrorBound));
  }

  /** Errors of a log from here on are no small errors of the linear value. */
  double LARGEST_ROUNDING = 0x1p-10;

  /**
   * An estimate.
   *
   * @param errorEstimate estimated absolute error on the scale of the answer
   * @param method how it was estimated, for people
   * @param seed the seed of the random numbers, 0 where none were drawn
   * @param evaluations how many times the circuit was evaluated
   */
  record Estimated(double errorEstimate, String method, long seed, long evaluations)
      implements Certificate {
    @Override
    public Kind kind() {
      return Kind.ESTIMATED;
    }
  }
}
