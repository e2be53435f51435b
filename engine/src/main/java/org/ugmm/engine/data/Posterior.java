package org.ugmm.engine.data;

/**
 * The distribution of one variable given evidence on the others, or what is known of it. Immutable.
 */
public sealed interface Posterior permits CategoricalPosterior, GaussianMixture, RealMoments {

  /** The variable that this speaks of. */
  Variable variable();

  /**
   * How exact it is. For {@link Certificate.Exact} the bound holds for the relative error of every
   * probability of a state, and of every weight of a mixture; probabilities below 1e-290 may be
   * rounded to 0.
   */
  Certificate certificate();
}
