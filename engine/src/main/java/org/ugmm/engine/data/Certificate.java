package org.ugmm.engine.data;

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
