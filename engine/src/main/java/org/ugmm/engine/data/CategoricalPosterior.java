package org.ugmm.engine.data;

import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.Variable.Categorical;

/**
 * The probabilities of the states of a categorical variable given evidence. Where the certificate
 * is EXACT its bound is on the relative error of each probability above {@link #SMALLEST}; smaller
 * ones are told by their logs. Immutable.
 */
public final class CategoricalPosterior implements Posterior {
  /**
   * Probabilities below this have no bound relative to themselves; see {@link
   * #logProbability(int)}.
   */
  public static final double SMALLEST = 1e-290;

  /** The sum of computed probabilities is not further from 1 than a certificate may allow. */
  private static final double SUM_TOLERANCE = 0x1p-8;

  private final Categorical variable;
  private final double[] probability;

  /** [K] natural logs of the probabilities and their errors; null where these tell them. */
  private final double @Nullable [] log;

  private final double @Nullable [] logError;
  private final Certificate certificate;

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
    log = null;
    logError = null;
    this.certificate = certificate;
  }

  /**
   * A posterior whose probabilities may be too small for a double.
   *
   * @param probability (Input, copied) as above
   * @param log (Input, copied) [K] natural logs of the probabilities
   * @param logError (Input, copied) [K] bounds on their absolute errors
   */
  public CategoricalPosterior(
      Categorical variable,
      double[] probability,
      double[] log,
      double[] logError,
      Certificate certificate) {
    checkWeights(probability, 0, variable.name());
    this.variable = variable;
    this.probability = probability.clone();
    this.log = log.clone();
    this.logError = logError.clone();
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

  /**
   * The natural log of the probability of a state, also where that is below the range of a double;
   * -infinity for zero.
   */
  public double logProbability(int state) {
    return log == null ? Math.log(probability[state]) : log[state];
  }

  /** Whether a probability is not zero but below {@link #SMALLEST}: only its log is bounded. */
  public boolean isTiny(int state) {
    return probability[state] < SMALLEST && logProbability(state) > Double.NEGATIVE_INFINITY;
  }

  /**
   * Bound on the absolute error of {@link #logProbability(int)}; infinite where none is proven, as
   * for an estimate and for a log that is beyond the range of a double but not that of zero.
   */
  public double logErrorBound(int state) {
    if (logError != null) {
      return logError[state];
    }
    boolean isExact = certificate instanceof Certificate.Exact;
    if (isExact && probability[state] == 0) {
      return 0;
    }
    boolean isProven = isExact && probability[state] >= SMALLEST;
    double relative = isProven ? ((Certificate.Exact) certificate).relativeErrorBound() : 0;
    return isProven
        ? relative / (1 - relative) + 0x1p-52 * (1 + Math.abs(Math.log(probability[state])))
        : Double.POSITIVE_INFINITY;
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
