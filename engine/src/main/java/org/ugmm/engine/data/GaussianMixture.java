package org.ugmm.engine.data;

import java.util.Arrays;
import java.util.List;
import org.ugmm.engine.data.Certificate.Enclosed;
import org.ugmm.engine.data.Variable.Real;
import org.ugmm.engine.number.GaussianMass;
import org.ugmm.engine.number.LogSum;
import org.ugmm.engine.number.TruncatedGaussian;

/**
 * The posterior of a real variable: an exact univariate mixture of Gaussians, each cut to the
 * interval {@code [lo(), hi()]} where the domain or the evidence bounds the variable, and of the
 * uniform distribution on that interval where smoothing added the base measure. Equal components
 * are merged. Immutable.
 *
 * <p>{@link #certificate} bounds the relative error of the weights; what is computed from them adds
 * the rounding of the Gaussian density or mass, of the order of {@code 2^-53 (1 + z^2)} at {@code
 * z} scales from a mean.
 */
public final class GaussianMixture implements Posterior {
  private static final double HALF_LOG_2PI_E = GaussianMass.LOG_SQRT_2PI + 0.5;

  private final Real variable;
  final double[] weight;
  final TruncatedGaussian[] component;
  final double uniformWeight;
  final double lo;
  final double hi;
  private final Certificate certificate;

  /**
   * A mixture.
   *
   * @param weight (Input, copied) [C] linear; their sum and {@code uniformWeight} is 1
   * @param mean (Input, copied) [C] means of the Gaussians before they are cut
   * @param scale (Input, copied) [C] their scales
   * @param uniformWeight weight of the uniform distribution on {@code [lo, hi]}
   * @param lo lower end of what the domain and the evidence allow; may be -infinity
   * @param hi upper end; may be +infinity
   * @throws IllegalArgumentException if lengths differ, a weight is negative, the sum is not 1, a
   *     mean is not finite, a scale not positive and finite, {@code lo <= hi} does not hold, or
   *     there is a uniform part without bounds
   */
  public GaussianMixture(
      Real variable,
      double[] weight,
      double[] mean,
      double[] scale,
      double uniformWeight,
      double lo,
      double hi,
      Certificate certificate) {
    CategoricalPosterior.checkWeights(weight, uniformWeight, variable.name());
    if (mean.length != weight.length || scale.length != weight.length) {
      throw new IllegalArgumentException(
          "%d weights, %d means and %d scales; expected as many of each"
              .formatted(weight.length, mean.length, scale.length));
    }
    for (int k = 0; k < weight.length; k++) {
      if (!Double.isFinite(mean[k]) || !(scale[k] > 0 && scale[k] < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException(
            "component %d has mean %s and scale %s; expected finite numbers, the scale above 0"
                .formatted(k, mean[k], scale[k]));
      }
    }
    if (!(lo <= hi) || (uniformWeight > 0 && (Double.isInfinite(lo) || Double.isInfinite(hi)))) {
      throw new IllegalArgumentException(
          "interval [%s, %s] with uniform weight %s; expected lo <= hi, and bounds for the uniform"
                  .formatted(lo, hi, uniformWeight)
              + " part");
    }
    this.variable = variable;
    this.weight = weight.clone();
    this.uniformWeight = uniformWeight;
    this.lo = lo;
    this.hi = hi;
    this.certificate = certificate;
    component = new TruncatedGaussian[weight.length];
    Arrays.setAll(component, k -> new TruncatedGaussian(mean[k], scale[k], lo, hi));
  }

  @Override
  public Real variable() {
    return variable;
  }

  @Override
  public Certificate certificate() {
    return certificate;
  }

  /** Number of Gaussian components. */
  public int numComponents() {
    return weight.length;
  }

  /** [numComponents] linear weights; with {@link #uniformWeight} their sum is 1. A copy. */
  public double[] weights() {
    return weight.clone();
  }

  /** [numComponents] means of the Gaussians before they are cut to the interval; a copy. */
  public double[] means() {
    return Arrays.stream(component).mapToDouble(g -> g.mean).toArray();
  }

  /** [numComponents] scales of the Gaussians before they are cut to the interval; a copy. */
  public double[] scales() {
    return Arrays.stream(component).mapToDouble(g -> g.scale).toArray();
  }

  /** Weight of the uniform distribution on {@code [lo(), hi()]}; 0 where there is none. */
  public double uniformWeight() {
    return uniformWeight;
  }

  /** Lower end of the interval, -infinity where there is none. */
  public double lo() {
    return lo;
  }

  /** Upper end of the interval, +infinity where there is none. */
  public double hi() {
    return hi;
  }

  /** The density at a point; 0 outside the interval. */
  public double density(double x) {
    return Math.exp(logDensity(x));
  }

  /** The natural log of the density; -infinity outside the interval. */
  public double logDensity(double x) {
    if (!(x >= lo && x <= hi) || Double.isInfinite(x)) {
      return Double.NEGATIVE_INFINITY;
    }
    LogSum sum = new LogSum();
    for (int k = 0; k < weight.length; k++) {
      sum.add(Math.log(weight[k]) + component[k].logDensity(x), 0);
    }
    if (uniformWeight > 0) {
      sum.add(Math.log(uniformWeight) - Math.log(hi - lo), 0);
    }
    return sum.value();
  }

  /** The probability of a value of at most {@code x}. */
  public double cdf(double x) {
    return probability(Double.NEGATIVE_INFINITY, x);
  }

  /** The probability of {@code [from, to]}; 0 where {@code from >= to}. */
  public double probability(double from, double to) {
    return Math.exp(logProbability(from, to));
  }

  /** The natural log of the probability of {@code [from, to]}, with all digits in the tails. */
  public double logProbability(double from, double to) {
    double a = Math.max(from, lo);
    double b = Math.min(to, hi);
    if (!(a < b)) {
      return Double.NEGATIVE_INFINITY;
    }
    if (a == lo && b == hi) {
      return 0;
    }
    LogSum sum = new LogSum();
    for (int k = 0; k < weight.length; k++) {
      sum.add(Math.log(weight[k]) + component[k].logProbability(a, b), 0);
    }
    if (uniformWeight > 0) {
      sum.add(Math.log(uniformWeight) + Math.log(b - a) - Math.log(hi - lo), 0);
    }
    return Math.min(0, sum.value());
  }

  /** The mean. */
  public double mean() {
    double sum = 0;
    for (int k = 0; k < weight.length; k++) {
      sum += weight[k] * component[k].mean();
    }
    return uniformWeight > 0 ? sum + uniformWeight * (lo + 0.5 * (hi - lo)) : sum;
  }

  /** The variance, by the law of total variance about the mean: no cancellation. */
  public double variance() {
    double center = mean();
    double sum = 0;
    for (int k = 0; k < weight.length; k++) {
      double d = component[k].mean() - center;
      sum += weight[k] * (component[k].variance() + d * d);
    }
    if (uniformWeight > 0) {
      double width = hi - lo;
      double d = lo + 0.5 * width - center;
      sum += uniformWeight * (width * width / 12 + d * d);
    }
    return sum;
  }

  private boolean isCut() {
    return lo > Double.NEGATIVE_INFINITY || hi < Double.POSITIVE_INFINITY;
  }

  /**
   * The point below which lies the probability {@code p}, to the last digits of a double where the
   * density is not close to zero.
   *
   * @throws ArgumentException if {@code p} is not in [0, 1]
   */
  public double quantile(double p) {
    return MixtureShape.quantile(this, p);
  }

  /**
   * All local maxima of the density, ascending: found by bisection with proven bounds on its first
   * two derivatives, so that none is missed however narrow. Ends of the interval count where the
   * density falls away from them; a uniform distribution alone has none.
   */
  public double[] modes() {
    return new MixtureShape(this).modes();
  }

  /** An interval of real numbers. */
  public record Interval(double lo, double hi) {}

  /**
   * The smallest set with at least the given probability, as disjoint intervals, ascending: where
   * the density is above some level.
   *
   * @throws ArgumentException if {@code probability} is not in (0, 1)
   */
  public List<Interval> highestDensityIntervals(double probability) {
    return new MixtureShape(this).highestDensity(probability);
  }

  /**
   * The differential entropy in nats, where it has a closed form: one Gaussian on the whole line,
   * or the uniform distribution.
   *
   * @throws RefusedException if there are more components, or a cut one; {@link #entropy(double)}
   *     encloses it then
   */
  public double entropy() {
    if (weight.length == 0) {
      return Math.log(hi - lo);
    }
    requireOneGaussian("the entropy");
    return HALF_LOG_2PI_E + Math.log(component[0].scale);
  }

  /**
   * The Kullback-Leibler divergence of this from {@code other} in nats, where it has a closed form:
   * both one Gaussian on the whole line.
   *
   * @throws RefusedException if one has more components, or is cut; {@link
   *     #klDivergence(GaussianMixture, double)} encloses it then
   */
  public double klDivergence(GaussianMixture other) {
    requireOneGaussian("the divergence");
    other.requireOneGaussian("the divergence");
    TruncatedGaussian p = component[0];
    TruncatedGaussian q = other.component[0];
    double d = (p.mean - q.mean) / q.scale;
    double ratio = p.scale / q.scale;
    return 0.5 * (d * d + ratio * ratio - 1) - Math.log(ratio);
  }

  /**
   * The differential entropy in nats of any mixture: EXACT where it has a closed form, else
   * ENCLOSED in an interval of about {@code tolerance}, or of what is left after 65,536 cells.
   *
   * @throws ArgumentException if the tolerance is not positive
   */
  public Quantity entropy(double tolerance) {
    requireTolerance(tolerance);
    if (isOneGaussian() || weight.length == 0) {
      return new Quantity(entropy(), new Certificate.Exact(0x1p-50));
    }
    Enclosed log = MixtureEntropy.enclose(this, null, tolerance);
    return enclosed(-log.hi(), -log.lo());
  }

  /**
   * The Kullback-Leibler divergence of this from {@code other} in nats, for any two mixtures, such
   * as the posteriors of a variable after and before evidence; certificates as of {@link
   * #entropy(double)}. +infinity, EXACT, where the other is zero on a part of this one's interval.
   *
   * @throws ArgumentException if the tolerance is not positive, or the variables differ
   */
  public Quantity klDivergence(GaussianMixture other, double tolerance) {
    requireTolerance(tolerance);
    if (!variable.equals(other.variable)) {
      throw new ArgumentException(
          "divergence between posteriors of '%s' and '%s'; expected one variable"
              .formatted(variable.name(), other.variable.name()));
    }
    if (other.lo > lo || other.hi < hi) {
      return new Quantity(Double.POSITIVE_INFINITY, new Certificate.Exact(0));
    }
    Enclosed mean = MixtureEntropy.enclose(this, other, tolerance);
    return enclosed(Math.max(0, mean.lo()), mean.hi());
  }

  private static Quantity enclosed(double lo, double hi) {
    return new Quantity(lo + 0.5 * (hi - lo), new Enclosed(lo, hi));
  }

  private static void requireTolerance(double tolerance) {
    if (!(tolerance > 0)) {
      throw new ArgumentException(
          "a tolerance of %s nats; expected one above 0".formatted(tolerance));
    }
  }

  private boolean isOneGaussian() {
    return weight.length == 1 && uniformWeight == 0 && !isCut();
  }

  private void requireOneGaussian(String what) {
    if (!isOneGaussian()) {
      String form =
          "it has %d Gaussian components%s%s"
              .formatted(
                  weight.length,
                  uniformWeight > 0 ? " and a uniform one" : "",
                  isCut() ? " cut to [" + lo + ", " + hi + "]" : "");
      throw new RefusedException(
          "%s of the posterior of '%s' has no closed form".formatted(what, variable.name()),
          Why.of(Why.Reason.NO_CLOSED_FORM, form, variable.name()),
          "give a tolerance to have it enclosed");
    }
  }

  @Override
  public String toString() {
    return "%s: mixture of %d Gaussians%s, mean %s, variance %s"
        .formatted(
            variable.name(),
            weight.length,
            uniformWeight > 0 ? " and a uniform component" : "",
            mean(),
            variance());
  }
}
