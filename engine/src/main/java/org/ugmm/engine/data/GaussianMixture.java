package org.ugmm.engine.data;

import java.util.Arrays;
import java.util.List;
import org.ugmm.engine.data.Certificate.Enclosed;
import org.ugmm.engine.data.Certificate.Exact;
import org.ugmm.engine.data.Variable.Real;
import org.ugmm.engine.number.GaussianMass;
import org.ugmm.engine.number.LogSum;
import org.ugmm.engine.number.Rounding;
import org.ugmm.engine.number.TruncatedGaussian;

/**
 * The posterior of a real variable: an exact univariate mixture of Gaussians, each cut to the
 * interval {@code [lo(), hi()]} where the domain or the evidence bounds the variable, and of the
 * uniform distribution on that interval where smoothing added the base measure. Equal components
 * are merged. Immutable.
 *
 * <p>{@link #certificate} bounds the relative error of the weights. The mean, the variance,
 * quantiles and modes have bounds of their own; densities and probabilities add the rounding of the
 * Gaussian density or mass, of the order of {@code 2^-53 (1 + z^2)} at {@code z} scales from a
 * mean.
 */
public final class GaussianMixture implements Posterior.Numeric {
  private static final double HALF_LOG_2PI_E = GaussianMass.LOG_SQRT_2PI + 0.5;

  /** Covers products of roundings in bounds. */
  private static final double SLACK = 1.05;

  /** Differences from an origin below this are finite. */
  private static final double FARTHEST_ORIGIN = 0x1p1000;

  private final Real variable;
  final double[] weight;
  final TruncatedGaussian[] component;
  final double uniformWeight;
  final double lo;
  final double hi;
  private final Certificate certificate;

  /** [C] bounds on the absolute errors of the means of the components, before they are cut. */
  final double[] meanError;

  /** [C] bounds on the relative errors of their scales. */
  final double[] scaleError;

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
    meanError = new double[weight.length];
    scaleError = new double[weight.length];
  }

  private GaussianMixture(GaussianMixture m, double[] meanError, double[] scaleError) {
    variable = m.variable;
    weight = m.weight;
    component = m.component;
    uniformWeight = m.uniformWeight;
    lo = m.lo;
    hi = m.hi;
    certificate = m.certificate;
    this.meanError = meanError;
    this.scaleError = scaleError;
  }

  /**
   * The same mixture, of which the components themselves are known with errors. The bounds of the
   * mean, of the variance, of quantiles, of entropies and of divergences take account of them;
   * modes are those of the components as they are.
   *
   * @param ofMeans (Input, copied) [C] bounds on the absolute errors of {@link #means}
   * @param ofScales (Input, copied) [C] bounds on the relative errors of {@link #scales}
   */
  public GaussianMixture withErrors(double[] ofMeans, double[] ofScales) {
    return new GaussianMixture(this, ofMeans.clone(), ofScales.clone());
  }

  /** Error of the log of the mass of an interval by those of a component, in units of 2^-53. */
  private double ofComponent(int k, double a, double b) {
    TruncatedGaussian g = component[k];
    double z =
        Math.abs(GaussianMass.standardised(Math.min(b, Math.max(a, g.mean)), g.mean, g.scale));
    double shift = meanError[k] / g.scale;
    return 2 * (scaleError[k] * (z * z + 3) + shift * (z + 1 + 0.5 * shift)) * 1.01 / Rounding.U;
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
  @Override
  public double lo() {
    return lo;
  }

  /** Upper end of the interval, +infinity where there is none. */
  @Override
  public double hi() {
    return hi;
  }

  /** The density at a point; 0 outside the interval. */
  @Override
  public double density(double x) {
    return Math.exp(logDensity(x));
  }

  /** The natural log of the density; -infinity outside the interval. */
  @Override
  public double logDensity(double x) {
    if (!(x >= lo && x <= hi) || Double.isInfinite(x)) {
      return Double.NEGATIVE_INFINITY;
    }
    LogSum sum = new LogSum();
    for (int k = 0; k < weight.length; k++) {
      sum.add(Math.log(weight[k]) + component[k].logDensity(x), 0);
    }
    if (uniformWeight > 0) {
      sum.add(Math.log(uniformWeight) - GaussianMass.logLength(lo, hi), 0);
    }
    return sum.value();
  }

  /**
   * The probability of a value of at most {@code x}.
   *
   * @throws IllegalArgumentException if {@code x} is NaN
   */
  @Override
  public double cdf(double x) {
    return probability(Double.NEGATIVE_INFINITY, x);
  }

  /**
   * The probability of {@code [from, to]}; 0 where {@code from >= to}.
   *
   * @throws IllegalArgumentException if an end is NaN
   */
  @Override
  public double probability(double from, double to) {
    return Math.exp(logProbability(from, to));
  }

  /**
   * The natural log of the probability of {@code [from, to]}, with all digits in the tails.
   *
   * @throws IllegalArgumentException if an end is NaN
   */
  @Override
  public double logProbability(double from, double to) {
    if (Double.isNaN(from) || Double.isNaN(to)) {
      throw new IllegalArgumentException(
          "probability of [%s, %s]; expected ends that are numbers".formatted(from, to));
    }
    if (from <= lo && to >= hi && lo < hi) {
      return 0;
    }
    return Math.min(0, logProbabilitySum(from, to).value());
  }

  /** {@link #logProbability} with a bound on its error. */
  LogSum logProbabilitySum(double from, double to) {
    double a = Math.max(from, lo);
    double b = Math.min(to, hi);
    LogSum sum = new LogSum();
    if (!(a < b)) {
      return sum;
    }
    double units = weightErrorUnits();
    for (int k = 0; k < weight.length; k++) {
      double logWeight = Math.log(weight[k]);
      double error =
          units
              + 3 * Math.abs(logWeight)
              + component[k].logProbabilityErrorUnits(a, b)
              + (meanError[k] + scaleError[k] > 0 ? ofComponent(k, a, b) + ofCut(k) : 0);
      sum.add(logWeight + component[k].logProbability(a, b), error);
    }
    if (uniformWeight > 0) {
      double log = GaussianMass.logLength(a, b);
      double all = GaussianMass.logLength(lo, hi);
      double logWeight = Math.log(uniformWeight);
      double error = units + 4 * (Math.abs(logWeight) + Math.abs(log) + Math.abs(all) + 1);
      sum.add(logWeight + log - all, error);
    }
    return sum;
  }

  /** Bound on the error of the log of each weight, in units of 2^-53. */
  double weightErrorUnits() {
    return certificate instanceof Exact exact
        ? Rounding.units(exact.relativeErrorBound())
        : Double.POSITIVE_INFINITY;
  }

  /** The mean. */
  @Override
  public double mean() {
    return origin() + meanOffset();
  }

  /**
   * Proven bound on the absolute error of {@link #mean}; infinite where the weights are no closed
   * form.
   */
  @Override
  public double meanErrorBound() {
    return offsetErrorBound() + Rounding.U * Math.abs(mean());
  }

  /**
   * The variance, by the law of total variance about the mean: no cancellation. +infinity where it
   * is beyond the range of a double.
   */
  @Override
  public double variance() {
    double origin = origin();
    double center = meanOffset();
    double sum = 0;
    for (int k = 0; k < weight.length; k++) {
      double d = component[k].meanFrom(origin) - center;
      sum += weight[k] * (component[k].variance() + d * d);
    }
    if (uniformWeight > 0) {
      double half = 0.5 * hi - 0.5 * lo;
      double d = lo - origin + half - center;
      sum += uniformWeight * (half * half / 3 + d * d);
    }
    return sum;
  }

  /**
   * Proven bound on the absolute error of {@link #variance}; infinite where the weights are no
   * closed form, or the variance is beyond the range of a double.
   */
  @Override
  public double varianceErrorBound() {
    double origin = origin();
    double center = meanOffset();
    double weights = relativeWeightError() + (weight.length + 8) * Rounding.U;
    double bound = 0;
    for (int k = 0; k < weight.length; k++) {
      double d = component[k].meanFrom(origin) - center;
      double ofD = partError(k, origin) + Rounding.U * (Math.abs(center) + Math.abs(d));
      double variance = component[k].variance();
      bound +=
          weight[k]
              * (variance * (component[k].varianceError() + ofVariance(k) + weights)
                  + d * d * weights
                  + ofD * (2 * Math.abs(d) + ofD));
    }
    if (uniformWeight > 0) {
      double half = 0.5 * hi - 0.5 * lo;
      double d = lo - origin + half - center;
      double ofD = uniformError(origin) + Rounding.U * (Math.abs(center) + Math.abs(d));
      bound +=
          uniformWeight
              * (half * half / 3 * (weights + 6 * Rounding.U)
                  + d * d * weights
                  + ofD * (2 * Math.abs(d) + ofD));
    }
    double ofMean = offsetErrorBound();
    double result = SLACK * bound + ofMean * ofMean + Double.MIN_NORMAL;
    return variance() < Double.POSITIVE_INFINITY ? result : Double.POSITIVE_INFINITY;
  }

  /** A point of the support from which means are counted: that nearest to the heaviest mean. */
  private double origin() {
    int heaviest = 0;
    for (int k = 1; k < weight.length; k++) {
      heaviest = weight[k] > weight[heaviest] ? k : heaviest;
    }
    // far from zero differences keep their digits; elsewhere they are the means themselves
    double near = weight.length == 0 ? GaussianMass.middle(lo, hi) : component[heaviest].near;
    return Math.abs(near) < FARTHEST_ORIGIN ? near : 0;
  }

  /** The mean less {@link #origin}. */
  private double meanOffset() {
    double origin = origin();
    double sum = 0;
    for (int k = 0; k < weight.length; k++) {
      sum += weight[k] * component[k].meanFrom(origin);
    }
    if (uniformWeight > 0) {
      sum += uniformWeight * (lo - origin + (0.5 * hi - 0.5 * lo));
    }
    return sum;
  }

  /** Bound on the error of {@link #meanOffset}. */
  private double offsetErrorBound() {
    double origin = origin();
    double center = meanOffset();
    double rounding = (weight.length + 4) * Rounding.U;
    double bound = 0;
    double differences = 0;
    for (int k = 0; k < weight.length; k++) {
      double part = component[k].meanFrom(origin);
      differences += weight[k] * Math.abs(part - center);
      bound += weight[k] * (partError(k, origin) + rounding * Math.abs(part));
    }
    if (uniformWeight > 0) {
      double part = lo - origin + (0.5 * hi - 0.5 * lo);
      differences += uniformWeight * Math.abs(part - center);
      bound += uniformWeight * (uniformError(origin) + rounding * Math.abs(part));
    }
    // weights of sum 1 move the mean by what they move between parts
    bound += relativeWeightError() * differences;
    return SLACK * bound + rounding * Math.abs(center) + Double.MIN_NORMAL;
  }

  private double partError(int k, double origin) {
    TruncatedGaussian g = component[k];
    double parts = Math.abs(g.near - origin) + Math.abs(g.meanFrom(g.near));
    return g.offsetError() + 2 * Rounding.U * parts + 1.01 * meanError[k] + ofScale(k) * g.scale;
  }

  /** The error that the mass of the whole interval has by those of a component. */
  private double ofCut(int k) {
    return isCut() ? ofComponent(k, lo, hi) : 0;
  }

  /**
   * What the error of a scale changes of the mean of a component over its scale, and of its
   * variance over itself: only where it is cut, of the mean. By z the distance of the interval in
   * scales, the square of the standardised value has a standard deviation of at most 2 |z| + 3
   * there.
   */
  private double ofScale(int k) {
    return isCut() ? scaleError[k] * (2 * Math.abs(component[k].nearZ) + 3) : 0;
  }

  private double ofVariance(int k) {
    double shift = meanError[k] / component[k].scale;
    return isCut()
        ? 4 * ofScale(k) * (Math.abs(component[k].nearZ) + 3) + 4 * shift
        : 2.02 * scaleError[k];
  }

  private double uniformError(double origin) {
    double half = 0.5 * hi - 0.5 * lo;
    return 3 * Rounding.U * (Math.abs(lo - origin) + half);
  }

  private double relativeWeightError() {
    return certificate instanceof Exact exact
        ? exact.relativeErrorBound()
        : Double.POSITIVE_INFINITY;
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
  @Override
  public double quantile(double p) {
    return MixtureShape.quantile(this, p);
  }

  /**
   * A proven interval around {@link #quantile}: the true quantile of the posterior lies in it.
   *
   * @throws CircuitException if {@code p} is not in [0, 1]
   */
  public Interval quantileEnclosure(double p) {
    return MixtureShape.quantileEnclosure(this, p, quantile(p));
  }

  /**
   * All local maxima of the density, ascending: found by bisection with proven signs of its first
   * two derivatives, so that none is missed however narrow; those within 1e-9 of the smallest scale
   * of each other may count as one. Ends of the interval count where the density falls away from
   * them; a uniform distribution alone has none.
   */
  public double[] modes() {
    return new MixtureShape(this).modes();
  }

  /**
   * For each of {@link #modes} a proven interval: the density rises towards it on its left and
   * falls on its right, so that a local maximum of the posterior lies in it.
   */
  public List<Interval> modeEnclosures() {
    return new MixtureShape(this).modeEnclosures();
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
      return GaussianMass.logLength(lo, hi);
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
      double ofScale = weight.length == 0 ? 0 : 1.01 * scaleError[0];
      return new Quantity(entropy(), new Exact(0x1p-50 + ofScale));
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
      return new Quantity(Double.POSITIVE_INFINITY, new Exact(0));
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
