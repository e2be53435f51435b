package org.ugmm.engine.learn;

import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.Variable;

/**
 * Gaussian leaves: parameters are mean and scale. Statistics are the sums of F, F d and F d^2 with
 * F the flow and d the distance from the present mean in present scales, so that no digits are lost
 * where a mean is large.
 */
enum GaussianLeaf implements LeafKind {
  KIND;

  private static final double LOG_SQRT_2PI = 0.9189385332046727418;

  @Override
  public int numStatistics(int numParameters) {
    return 3;
  }

  @Override
  public double normalise(
      @Nullable Variable variable, double[] parameter, int at, int numParameters) {
    return 0;
  }

  @Override
  public double logValue(
      @Nullable Variable variable,
      double[] parameter,
      int at,
      int numParameters,
      double x,
      double @Nullable [] soft) {
    if (Double.isNaN(x)) {
      return 0;
    }
    double d = (x - parameter[at]) / parameter[at + 1];
    return -0.5 * d * d - Math.log(parameter[at + 1]) - LOG_SQRT_2PI;
  }

  @Override
  public void count(
      double[] parameter,
      int at,
      int numParameters,
      double x,
      double @Nullable [] soft,
      double flow,
      double[] statistics,
      int to) {
    if (!Double.isNaN(x)) {
      double d = (x - parameter[at]) / parameter[at + 1];
      statistics[to] += flow;
      statistics[to + 1] += flow * d;
      statistics[to + 2] += flow * d * d;
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
    double b = priorShare * prior.scalePseudoCount();
    double scale = parameter[at + 1];
    double s0 = kept + step * statistics[from];
    if (!(s0 > 0)) {
      return;
    }
    double shift = step * statistics[from + 1] / s0;
    double s2 = kept + step * statistics[from + 2];
    double squares = Math.max(0, s2 - s0 * shift * shift) * scale * scale;
    double variance = (squares + b * prior.variance()) / (s0 + b);
    parameter[at] += shift * scale;
    parameter[at + 1] = Math.max(Math.sqrt(variance), prior.scaleFloor());
  }

  @Override
  public double logPrior(double[] parameter, int at, int numParameters, LeafPrior prior) {
    double b = prior.scalePseudoCount();
    double scale = parameter[at + 1];
    return b == 0 ? 0 : -b * (Math.log(scale) + 0.5 * prior.variance() / (scale * scale));
  }
}
