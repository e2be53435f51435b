package org.ugmm.engine.learn;

import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.Variable;

/**
 * Categorical leaves: a parameter is a state's probability, which steps change by a few
 * multiplications; circuits have its natural log. A state of probability zero stays so, whatever
 * the pseudo-counts: supports are what makes a circuit deterministic, or obey a constraint.
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
    double sum = 0;
    for (int s = at; s < at + numParameters && max > Double.NEGATIVE_INFINITY; s++) {
      sum += Math.exp(parameter[s] - max);
    }
    double log = sum == 0 ? max : max + Math.log(sum);
    double by = sum == 0 || Math.abs(log) <= NEAR_ONE ? 0 : log;
    for (int s = at; s < at + numParameters; s++) {
      parameter[s] = Math.exp(parameter[s] - by);
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
        sum += soft[s] * parameter[at + s];
      }
      return Math.log(sum);
    }
    return Double.isNaN(x) ? 0 : Math.log(parameter[at + (int) x]);
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
        sum += soft[s] * parameter[at + s];
      }
      for (int s = 0; s < numParameters; s++) {
        statistics[to + s] += flow * (soft[s] * parameter[at + s] / sum);
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
    double[] frequency = prior.frequency();
    double sum = 0;
    for (int s = 0; s < numParameters; s++) {
      double old = parameter[at + s];
      double pseudo = old > 0 ? a * frequency[s] : 0;
      double seen = kept * old + step * statistics[from + s] + pseudo;
      statistics[from + s] = seen;
      sum += seen;
    }
    if (!(sum > 0)) {
      return;
    }
    double by = 1 / sum;
    for (int s = 0; s < numParameters; s++) {
      parameter[at + s] = statistics[from + s] * by;
    }
  }

  @Override
  public double logPrior(double[] parameter, int at, int numParameters, LeafPrior prior) {
    double log = 0;
    for (int s = 0; s < numParameters; s++) {
      double count = prior.pseudoCount() * prior.frequency()[s];
      double p = parameter[at + s];
      log += count > 0 && p > 0 ? count * Math.log(p) : 0;
    }
    return log;
  }
}
