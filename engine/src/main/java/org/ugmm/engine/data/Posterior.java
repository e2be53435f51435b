package org.ugmm.engine.data;

import org.ugmm.engine.data.Variable.Real;

/**
 * The distribution of one variable given evidence on the others, or what is known of it. Immutable.
 */
public sealed interface Posterior permits CategoricalPosterior, RealMoments, Posterior.Numeric {

  /** The variable that this speaks of. */
  Variable variable();

  /**
   * How exact it is. For {@link Certificate.Exact} the bound holds for the relative error of every
   * probability of a state, and of every weight of a mixture; probabilities below 1e-290 may be
   * rounded to 0.
   */
  Certificate certificate();

  /**
   * The distribution of a real variable or a count as a mixture: of Gaussians, {@link
   * GaussianMixture}, or of leaves of any family.
   */
  non-sealed interface Numeric extends Posterior {
    @Override
    Real variable();

    /** Lower end of what the domain and the evidence allow; may be -infinity. */
    double lo();

    /** Upper end; may be +infinity. */
    double hi();

    /** The mean. */
    double mean();

    /** Proven bound on the absolute error of {@link #mean}; infinite where there is none. */
    double meanErrorBound();

    /** The variance. */
    double variance();

    /** Proven bound on the absolute error of {@link #variance}; infinite where there is none. */
    double varianceErrorBound();

    /** The natural log of the density, or of the probability of a count; -infinity for 0. */
    double logDensity(double x);

    /**
     * The natural log of the probability of {@code [from, to]}, with all digits in the tails.
     *
     * @throws IllegalArgumentException if an end is NaN
     */
    double logProbability(double from, double to);

    /**
     * The point below which lies the probability {@code p}; of a count the least number up to which
     * lies at least that.
     *
     * @throws ArgumentException if {@code p} is not in [0, 1]
     */
    double quantile(double p);

    /** The density, or the probability of a count. */
    default double density(double x) {
      return Math.exp(logDensity(x));
    }

    /** The probability of {@code [from, to]}. */
    default double probability(double from, double to) {
      return Math.exp(logProbability(from, to));
    }

    /** The probability of a value of at most {@code x}. */
    default double cdf(double x) {
      return probability(Double.NEGATIVE_INFINITY, x);
    }
  }
}
