package org.ugmm.engine.learn;

import org.apache.commons.numbers.gamma.Digamma;
import org.apache.commons.numbers.gamma.LogGamma;
import org.apache.commons.numbers.gamma.Trigamma;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Real;
import org.ugmm.engine.leaf.LeafStatistics;
import org.ugmm.engine.leaf.UnivariateLeaf;

/**
 * Leaves of the rarer families: parameters are those of the circuit. Statistics are the sums of F,
 * F x and F log x with F the flow, as far as a family needs them; of log-normal leaves F, F d and F
 * d^2 with d the distance of log x from the present mean in present scales; of histograms the flow
 * of each bin. Uniform leaves and breaks stay as they are.
 */
enum FamilyLeaf implements LeafKind {
  HISTOGRAM(NodeKind.HISTOGRAM),
  POISSON(NodeKind.POISSON),
  UNIFORM(NodeKind.UNIFORM),
  EXPONENTIAL(NodeKind.EXPONENTIAL),
  GAMMA(NodeKind.GAMMA),
  LOG_NORMAL(NodeKind.LOG_NORMAL);

  /** Rates and shapes stay within this factor of what the prior says. */
  private static final double FARTHEST = 0x1p40;

  private static final double LEAST_SHAPE = 1e-3;
  private static final int NEWTON_STEPS = 60;

  private final NodeKind kind;

  FamilyLeaf(NodeKind kind) {
    this.kind = kind;
  }

  static FamilyLeaf of(NodeKind kind) {
    return valueOf(kind.name());
  }

  private UnivariateLeaf leaf(
      @Nullable Variable variable, double[] parameter, int at, int numParameters) {
    if (variable instanceof Real real) {
      return UnivariateLeaf.of(kind, real, parameter, at, at + numParameters);
    }
    throw new AssertionError(kind + " on " + variable);
  }

  @Override
  public int numStatistics(int numParameters) {
    return switch (this) {
      case HISTOGRAM -> (numParameters - 1) / 2;
      case UNIFORM -> 0;
      case POISSON, EXPONENTIAL -> 2;
      case GAMMA, LOG_NORMAL -> 3;
    };
  }

  @Override
  public double normalise(
      @Nullable Variable variable, double[] parameter, int at, int numParameters) {
    if (this != HISTOGRAM) {
      return 0;
    }
    int numBins = (numParameters - 1) / 2;
    double total = 0;
    for (int i = 0; i < numBins; i++) {
      total += parameter[at + numBins + 1 + i];
    }
    if (Math.abs(total - 1) > 1e-9) {
      for (int i = 0; i < numBins; i++) {
        parameter[at + numBins + 1 + i] /= total;
      }
      return Math.log(total);
    }
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
    if (soft == null && Double.isNaN(x)) {
      return 0;
    }
    UnivariateLeaf leaf = leaf(variable, parameter, at, numParameters);
    return soft == null ? leaf.logDensity(x).log() : leaf.logMass(soft[0], soft[1]).log();
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
      double[] expected =
          LeafStatistics.within(leaf(variable, parameter, at, numParameters), soft[0], soft[1]);
      for (int i = 0; i < expected.length && this != UNIFORM; i++) {
        statistics[to + i] += flow * expected[i];
      }
    } else if (!Double.isNaN(x)) {
      countValue(parameter, at, numParameters, x, flow, statistics, to);
    }
  }

  private void countValue(
      double[] parameter,
      int at,
      int numParameters,
      double x,
      double flow,
      double[] statistics,
      int to) {
    switch (this) {
      case HISTOGRAM -> {
        int bin = LeafStatistics.bin(parameter, at, numParameters, x);
        if (bin >= 0) {
          statistics[to + bin] += flow;
        }
      }
      case POISSON, EXPONENTIAL -> {
        statistics[to] += flow;
        statistics[to + 1] += flow * x;
      }
      case GAMMA -> {
        statistics[to] += flow;
        statistics[to + 1] += flow * x;
        statistics[to + 2] += flow * Math.log(x);
      }
      case LOG_NORMAL -> {
        double d = (Math.log(x) - parameter[at]) / parameter[at + 1];
        statistics[to] += flow;
        statistics[to + 1] += flow * d;
        statistics[to + 2] += flow * d * d;
      }
      case UNIFORM -> {}
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
    switch (this) {
      case HISTOGRAM ->
          histogram(parameter, at, numParameters, kept, statistics, from, step, prior, priorShare);
      case POISSON -> {
        double s0 = kept + step * statistics[from] + b;
        double s1 = kept * parameter[at] + step * statistics[from + 1] + b * mean(prior);
        if (s0 > 0) {
          parameter[at] = near(s1 / s0, mean(prior));
        }
      }
      case EXPONENTIAL -> {
        double s0 = kept + step * statistics[from] + b;
        double s1 = kept / parameter[at] + step * statistics[from + 1] + b * mean(prior);
        if (s0 > 0) {
          parameter[at] = 1 / Math.max(near(s1 / s0, mean(prior)), prior.scaleFloor());
        }
      }
      case GAMMA -> gamma(parameter, at, kept, statistics, from, step, prior, b);
      case LOG_NORMAL -> logNormal(parameter, at, kept, statistics, from, step, prior, b);
      case UNIFORM -> {}
    }
  }

  /** The mean of the variable; 1 where that is not positive. */
  private static double mean(LeafPrior prior) {
    return prior.mean() > 0 ? prior.mean() : 1;
  }

  private static double near(double mean, double whole) {
    return Math.min(whole * FARTHEST, Math.max(whole / FARTHEST, mean));
  }

  private static void histogram(
      double[] parameter,
      int at,
      int numParameters,
      double kept,
      double[] statistics,
      int from,
      double step,
      LeafPrior prior,
      double priorShare) {
    int numBins = (numParameters - 1) / 2;
    int mass = at + numBins + 1;
    double each = priorShare * prior.pseudoCount() / numBins;
    double sum = 0;
    for (int i = 0; i < numBins; i++) {
      double seen = kept * parameter[mass + i] + step * statistics[from + i] + each;
      statistics[from + i] = seen;
      sum += seen;
    }
    for (int i = 0; i < numBins && sum > 0; i++) {
      parameter[mass + i] = statistics[from + i] / sum;
    }
  }

  /** The mean of log x of a gamma distribution with the variable's mean and variance. */
  private static double meanLog(LeafPrior prior) {
    double shape = mean(prior) * mean(prior) / prior.variance();
    return Math.log(mean(prior)) + Digamma.value(shape) - Math.log(shape);
  }

  private static void gamma(
      double[] parameter,
      int at,
      double kept,
      double[] statistics,
      int from,
      double step,
      LeafPrior prior,
      double b) {
    double shape = parameter[at];
    double rate = parameter[at + 1];
    double s0 = kept + step * statistics[from] + b;
    if (!(s0 > 0)) {
      return;
    }
    double s1 = kept * (shape / rate) + step * statistics[from + 1] + b * mean(prior);
    double oldLog = Digamma.value(shape) - Math.log(rate);
    double s2 = kept * oldLog + step * statistics[from + 2] + b * meanLog(prior);
    double mean = s1 / s0;
    if (!(mean > 0)) {
      return;
    }
    double floor = prior.scaleFloor();
    double most = floor > 0 ? Math.max(1, (mean / floor) * (mean / floor)) : FARTHEST;
    // a bounded density stays bounded, so that there is a most probable value
    double least = shape >= 1 ? 1 : LEAST_SHAPE;
    parameter[at] = Math.max(least, shape(Math.log(mean) - s2 / s0, most));
    parameter[at + 1] = parameter[at] / mean;
  }

  /** Where log k - digamma(k) is a number; the likelihood falls away from there on either side. */
  private static double shape(double gap, double most) {
    if (!(gap > 0)) {
      return most;
    }
    if (gap == Double.POSITIVE_INFINITY) {
      return 0; // a value of zero was seen, which has a density only up to the shape 1
    }
    // within 1.5 % (Minka, Estimating a gamma distribution, 2002)
    double k = (3 - gap + Math.sqrt((gap - 3) * (gap - 3) + 24 * gap)) / (12 * gap);
    for (int i = 0; i < NEWTON_STEPS; i++) {
      double f = Math.log(k) - Digamma.value(k) - gap;
      double slope = 1 / k - Trigamma.value(k);
      double next = k - f / slope;
      next = next > 0 ? next : 0.5 * k;
      if (Math.abs(next - k) <= 1e-14 * k) {
        break;
      }
      k = next;
    }
    return Math.min(most, k);
  }

  /** Variance of log x of a log-normal distribution with the variable's mean and variance. */
  private static double logVariance(LeafPrior prior) {
    return Math.log1p(prior.variance() / (mean(prior) * mean(prior)));
  }

  /** The smallest scale of log x: that of the variable over its mean. */
  private static double logFloor(LeafPrior prior) {
    return prior.scaleFloor() / Math.max(mean(prior), prior.unit());
  }

  private static void logNormal(
      double[] parameter,
      int at,
      double kept,
      double[] statistics,
      int from,
      double step,
      LeafPrior prior,
      double b) {
    double scale = parameter[at + 1];
    double s0 = kept + step * statistics[from];
    if (!(s0 > 0)) {
      return;
    }
    double shift = step * statistics[from + 1] / s0;
    double s2 = kept + step * statistics[from + 2];
    double squares = Math.max(0, s2 - s0 * shift * shift) * scale * scale;
    double variance = (squares + b * logVariance(prior)) / (s0 + b);
    parameter[at] += shift * scale;
    parameter[at + 1] = Math.max(Math.sqrt(variance), logFloor(prior));
  }

  @Override
  public double logPrior(double[] parameter, int at, int numParameters, LeafPrior prior) {
    double b = prior.scalePseudoCount();
    double p = parameter[at];
    return switch (this) {
      case UNIFORM -> 0;
      case HISTOGRAM -> {
        int numBins = (numParameters - 1) / 2;
        double log = 0;
        for (int i = 0; i < numBins && prior.pseudoCount() > 0; i++) {
          log += prior.pseudoCount() / numBins * Math.log(parameter[at + numBins + 1 + i]);
        }
        yield log;
      }
      case POISSON -> b * (mean(prior) * Math.log(p) - p);
      case EXPONENTIAL -> b * (Math.log(p) - p * mean(prior));
      case GAMMA -> {
        double rate = parameter[at + 1];
        yield b
            * (p * Math.log(rate)
                - LogGamma.value(p)
                + (p - 1) * meanLog(prior)
                - rate * mean(prior));
      }
      case LOG_NORMAL -> {
        double scale = parameter[at + 1];
        yield -b * (Math.log(scale) + 0.5 * logVariance(prior) / (scale * scale));
      }
    };
  }
}
