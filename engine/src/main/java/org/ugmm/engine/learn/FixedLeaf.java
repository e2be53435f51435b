package org.ugmm.engine.learn;

import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Real;

/** Leaves without anything to learn: base measures, as uniform densities, and constants, as 1. */
enum FixedLeaf implements LeafKind {
  KIND;

  @Override
  public int numStatistics(int numParameters) {
    return 0;
  }

  @Override
  public double normalise(
      @Nullable Variable variable, double[] parameter, int at, int numParameters) {
    return variable instanceof Real real ? Math.log(real.hi() - real.lo()) : parameter[at];
  }

  @Override
  public double logValue(
      @Nullable Variable variable,
      double[] parameter,
      int at,
      int numParameters,
      double x,
      double @Nullable [] soft) {
    if (!(variable instanceof Real real)) {
      return 0;
    }
    double logLength = Math.log(real.hi() - real.lo());
    if (soft != null) {
      double length = Math.min(real.hi(), soft[1]) - Math.max(real.lo(), soft[0]);
      return length > 0 ? Math.log(length) - logLength : Double.NEGATIVE_INFINITY;
    }
    return Double.isNaN(x) ? 0 : real.contains(x) ? -logLength : Double.NEGATIVE_INFINITY;
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
      int to) {}

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
      double priorShare) {}

  @Override
  public double logPrior(double[] parameter, int at, int numParameters, LeafPrior prior) {
    return 0;
  }
}
