package org.ugmm.engine.learn;

import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.Variable;

/**
 * Categorical leaves: a parameter is the natural log of a state's probability. A state of
 * probability zero stays so, whatever the pseudo-counts: supports are what makes a circuit
 * deterministic, or obey a constraint.
 */
enum CategoricalLeaf implements LeafKind {
  KIND;

  /** A sum that is so near 1 is taken for 1, so that normalising twice changes nothing. */
  private static final double NEAR_ONE = 1e-9;

  @Override
  public int numStatistics(int numParameters) {
    return numParameters;
  }

  @Override
  public double normalise(
      @Nullable Variable variable, double[] parameter, int at, int numParameters) {
    double max = Double.NEGATIVE_INFINITY;
    for (int s = at; s < at + numParameters; s++) {
      max = Math.max(max, parameter[s]);
    }
    if (max == Double.NEGATIVE_INFINITY) {
      return max;
    }
    double sum = 0;
    for (int s = at; s < at + numParameters; s++) {
      sum += Math.exp(parameter[s] - max);
    }
    double log = max + Math.log(sum);
    if (Math.abs(log) > NEAR_ONE) {
      for (int s = at; s < at + numParameters; s++) {
        parameter[s] -= log;
      }
    }
    return log;
  }

  @Override
  public double logValue(
      @Nullable Variable variable,
      double[] parameter,
      int at,
      int numParameters,
      double x,
      double @Nullable [] soft) {
    if (soft != null) {
      double sum = 0;
      for (int s = 0; s < numParameters; s++) {
        sum += soft[s] * Math.exp(parameter[at + s]);
      }
      return Math.log(sum);
    }
    return Double.isNaN(x) ? 0 : parameter[at + (int) x];
  }

  @Override
  public void count(
      @Nullable Variable variable,
      double[] parameter,
      int at,
      int numParameters,
      double x,
      double @Nullable [] soft,
      double flow,
      double[] statistics,
      int to) {
    if (soft != null) {
      double sum = 0;
      for (int s = 0; s < numParameters; s++) {
        sum += soft[s] * Math.exp(parameter[at + s]);
      }
      for (int s = 0; s < numParameters; s++) {
        statistics[to + s] += flow * (soft[s] * Math.exp(parameter[at + s]) / sum);
      }
    } else if (!Double.isNaN(x)) {
      statistics[to + (int) x] += flow;
    }
  }

  @Override
  public void update(
      double[] parameter,
      int at,
      int numParameters,
      double kept,
      double[] statistics,
      int from,
      double step,
      LeafPrior prior,
      double priorShare) {
    double a = priorShare * prior.pseudoCount();
    double sum = 0;
    for (int s = 0; s < numParameters; s++) {
      double old = kept > 0 ? kept * Math.exp(parameter[at + s]) : 0;
      boolean isPossible = parameter[at + s] > Double.NEGATIVE_INFINITY;
      double pseudo = isPossible ? a * prior.frequency()[s] : 0;
      double seen = old + step * statistics[from + s] + pseudo;
      statistics[from + s] = seen;
      sum += seen;
    }
    if (!(sum > 0)) {
      return;
    }
    for (int s = 0; s < numParameters; s++) {
      parameter[at + s] = Math.log(statistics[from + s] / sum);
    }
  }

  @Override
  public double logPrior(double[] parameter, int at, int numParameters, LeafPrior prior) {
    double log = 0;
    for (int s = 0; s < numParameters; s++) {
      double count = prior.pseudoCount() * prior.frequency()[s];
      boolean isPossible = parameter[at + s] > Double.NEGATIVE_INFINITY;
      log += count > 0 && isPossible ? count * parameter[at + s] : 0;
    }
    return log;
  }
}
