package org.ugmm.engine.data;

import org.ugmm.engine.data.Variable.Categorical;

/** The probabilities of the states of a categorical variable given evidence. Immutable. */
public final class CategoricalPosterior implements Posterior {
  private final Categorical variable;
  private final double[] probability;
  private final Certificate certificate;

  /** The sum of computed probabilities is not further from 1 than a certificate may allow. */
  private static final double SUM_TOLERANCE = 0x1p-8;

  /**
   * A posterior.
   *
   * @param probability (Input, copied) [K] linear, one a state, of sum 1
   * @throws IllegalArgumentException if there are more or fewer, one is negative or not finite, or
   *     the sum is not 1
   */
  public CategoricalPosterior(Categorical variable, double[] probability, Certificate certificate) {
    if (probability.length != variable.numStates()) {
      throw new IllegalArgumentException(
          "%d probabilities of '%s'; expected %d, one a state"
              .formatted(probability.length, variable.name(), variable.numStates()));
    }
    checkWeights(probability, 0, variable.name());
    this.variable = variable;
    this.probability = probability.clone();
    this.certificate = certificate;
  }

  /** Checks that weights and one more are not negative and have the sum 1. */
  static void checkWeights(double[] weight, double more, String name) {
    double sum = more;
    boolean isValid = more >= 0;
    for (double w : weight) {
      isValid &= w >= 0;
      sum += w;
    }
    if (!isValid || !(Math.abs(sum - 1) <= SUM_TOLERANCE)) {
      throw new IllegalArgumentException(
          "the probabilities of '%s' have the sum %s%s; expected at least 0 each, and 1"
              .formatted(name, sum, isValid ? "" : " and one is negative or no number"));
    }
  }

  @Override
  public Categorical variable() {
    return variable;
  }

  @Override
  public Certificate certificate() {
    return certificate;
  }

  /** [K] the probability of each state, linear; a copy. */
  public double[] probabilities() {
    return probability.clone();
  }

  /** The probability of a state by its index. */
  public double probability(int state) {
    return probability[state];
  }

  /**
   * The probability of a state by its name.
   *
   * @throws ArgumentException if there is no such state
   */
  public double probability(String state) {
    int index = variable.states().indexOf(state);
    if (index < 0) {
      throw new ArgumentException(
          "variable '%s' has no state '%s'; its states are %s"
              .formatted(variable.name(), state, Names.list(variable.states())));
    }
    return probability[index];
  }

  /** The index of the most probable state, the first of those that tie. */
  public int mostProbable() {
    int best = 0;
    for (int s = 1; s < probability.length; s++) {
      if (probability[s] > probability[best]) {
        best = s;
      }
    }
    return best;
  }

  /** The entropy in nats. */
  public double entropy() {
    double sum = 0;
    for (double p : probability) {
      if (p > 0) {
        sum -= p * Math.log(p);
      }
    }
    return sum;
  }

  /**
   * The Kullback-Leibler divergence {@code SUM p log(p / q)} of this, p, from {@code other}, q, in
   * nats: of the posterior after evidence from that before it, what the evidence told. +infinity
   * where q is zero and p is not.
   *
   * @throws ArgumentException if the two speak of different variables
   */
  public double klDivergence(CategoricalPosterior other) {
    if (!variable.equals(other.variable)) {
      throw new ArgumentException(
          "divergence between posteriors of '%s' and '%s'; expected one variable"
              .formatted(variable.name(), other.variable.name()));
    }
    // p log(p/q) - p + q is never negative, so that close distributions do not cancel to below 0
    double sum = 0;
    for (int s = 0; s < probability.length; s++) {
      double p = probability[s];
      double q = other.probability[s];
      if (p == 0) {
        sum += q;
      } else if (q == 0) {
        return Double.POSITIVE_INFINITY;
      } else {
        double r = (q - p) / p;
        sum += p * (r - Math.log1p(r));
      }
    }
    return Math.max(0, sum);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(variable.name());
    for (int s = 0; s < probability.length; s++) {
      text.append(s == 0 ? ": " : ", ")
          .append(variable.states().get(s))
          .append(' ')
          .append(probability[s]);
    }
    return text.toString();
  }
}
