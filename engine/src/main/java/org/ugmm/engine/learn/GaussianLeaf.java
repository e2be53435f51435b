package org.ugmm.engine.learn;

import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.number.GaussianMass;
import org.ugmm.engine.number.TruncatedGaussian;

/**
 * Gaussian leaves: parameters are mean and scale. Statistics are the sums of F, F d and F d^2 with
 * F the flow and d the distance from the present mean in present scales, so that no digits are lost
 * where a mean is large.
 */
enum GaussianLeaf implements LeafKind {
  KIND;

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
    if (soft != null) {
      return GaussianMass.logMass(soft[0], soft[1], parameter[at], parameter[at + 1]);
    }
    return Double.isNaN(x) ? 0 : GaussianMass.logDensity(x, parameter[at], parameter[at + 1]);
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
      double scale = parameter[at + 1];
      TruncatedGaussian inside = new TruncatedGaussian(parameter[at], scale, soft[0], soft[1]);
      double d = (inside.mean() - parameter[at]) / scale;
      statistics[to] += flow;
      statistics[to + 1] += flow * d;
      statistics[to + 2] += flow * (d * d + inside.variance() / (scale * scale));
    } else if (!Double.isNaN(x)) {
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
    double s0 = kept + step * statistics[from];
    double moved = step * statistics[from + 1] / s0;
    move(parameter, at, kept, statistics, from, step, prior, priorShare, moved);
  }

  /**
   * Moves the mean by so many scales, and takes the best scale for it; a leaf that has seen nothing
   * stays as it is.
   */
  static void move(
      double[] parameter,
      int at,
      double kept,
      double[] statistics,
      int from,
      double step,
      LeafPrior prior,
      double priorShare,
      double moved) {
    double b = priorShare * prior.scalePseudoCount();
    double scale = parameter[at + 1];
    double s0 = kept + step * statistics[from];
    if (!(s0 > 0)) {
      return;
    }
    double best = step * statistics[from + 1] / s0;
    double s2 = kept + step * statistics[from + 2];
    double about = Math.max(0, s2 - s0 * best * best) + s0 * (moved - best) * (moved - best);
    double variance = (about * scale * scale + b * prior.variance()) / (s0 + b);
    parameter[at] += moved * scale;
    parameter[at + 1] = Math.max(Math.sqrt(variance), prior.scaleFloor());
  }

  @Override
  public double logPrior(double[] parameter, int at, int numParameters, LeafPrior prior) {
    double b = prior.scalePseudoCount();
    double scale = parameter[at + 1];
    return b == 0 ? 0 : -b * (Math.log(scale) + 0.5 * prior.variance() / (scale * scale));
  }
}
