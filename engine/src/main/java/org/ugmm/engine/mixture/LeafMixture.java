package org.ugmm.engine.mixture;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.Certificate.Exact;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Posterior;
import org.ugmm.engine.data.Variable.Real;
import org.ugmm.engine.leaf.LeafShape;
import org.ugmm.engine.leaf.UnivariateLeaf;
import org.ugmm.engine.number.LogSum;
import org.ugmm.engine.number.LogValue;
import org.ugmm.engine.number.Rounding;

/**
 * The posterior of a real variable or a count: an exact mixture of leaves of any family, each cut
 * to the interval {@code [lo(), hi()]} where the domain or the evidence bounds the variable. Equal
 * components are merged. Immutable.
 *
 * <p>{@link #certificate} bounds the relative error of the weights; mean and variance have bounds
 * of their own. Densities and probabilities add the rounding of the leaves, of the order of 1e-13.
 */
public final class LeafMixture implements Posterior.Numeric {
  private static final double SLACK = 1.05;
  private static final int MAX_STEPS = 2_200;

  private final Real variable;
  private final double[] weight;
  private final UnivariateLeaf[] leaf;

  /** Logs of the masses of the components on the interval. */
  private final LogValue[] mass;

  private final LeafShape[] shape;
  private final double lo;
  private final double hi;
  private final Certificate certificate;

  /** The component from whose mean means are counted, the heaviest; -1 where that is infinite. */
  private final int originOf;

  /** Its mean, or 0. */
  private final double origin;

  /** The mean less the origin: of a variable that is almost certain all digits of little. */
  private final double offset;

  private final double variance;

  /**
   * A component.
   *
   * @param weight linear
   * @param kind its family
   * @param parameters as {@link NodeKind} says, before the component is cut
   * @param mean its mean after it is cut
   * @param variance its variance, the same
   */
  public record Component(
      double weight, NodeKind kind, List<Double> parameters, double mean, double variance) {
    /** Copies the parameters. */
    public Component {
      parameters = List.copyOf(parameters);
    }
  }

  /**
   * A mixture.
   *
   * @param weight (Input, copied) [C] linear; their sum is 1
   * @param kind [C] families of the components, each with mass on the interval
   * @param parameters [C] as {@link NodeKind} says
   * @param lo lower end of what the domain and the evidence allow; may be -infinity
   * @param hi upper end; may be +infinity
   */
  public LeafMixture(
      Real variable,
      double[] weight,
      List<NodeKind> kind,
      List<double[]> parameters,
      double lo,
      double hi,
      Certificate certificate) {
    this.variable = variable;
    this.weight = weight.clone();
    this.lo = lo;
    this.hi = hi;
    this.certificate = certificate;
    int n = weight.length;
    leaf = new UnivariateLeaf[n];
    mass = new LogValue[n];
    shape = new LeafShape[n];
    for (int k = 0; k < n; k++) {
      double[] own = parameters.get(k);
      leaf[k] = UnivariateLeaf.of(kind.get(k), variable, own, 0, own.length);
      mass[k] = leaf[k].logMass(lo, hi);
      shape[k] = LeafShape.of(leaf[k], lo, hi);
    }
    int heaviest = 0;
    for (int k = 1; k < n; k++) {
      heaviest = weight[k] > weight[heaviest] ? k : heaviest;
    }
    boolean hasOrigin = n > 0 && Double.isFinite(shape[heaviest].mean());
    originOf = hasOrigin ? heaviest : -1;
    origin = hasOrigin ? shape[heaviest].mean() : 0;
    double sum = 0;
    for (int k = 0; k < n; k++) {
      sum += weight[k] * (shape[k].mean() - origin);
    }
    offset = sum;
    double squares = 0;
    for (int k = 0; k < n; k++) {
      squares += weight[k] * term(k);
    }
    variance = squares;
  }

  /**
   * The same mixture, of which components are known with errors, which the bounds of the mean and
   * the variance take account of.
   *
   * @param ofMeans [C] bounds on the absolute errors of the means of components
   * @param ofVariances [C] bounds on the relative errors of their variances
   */
  public LeafMixture withErrors(double[] ofMeans, double[] ofVariances) {
    LeafMixture copy =
        new LeafMixture(
            variable,
            weight,
            Arrays.stream(leaf).map(UnivariateLeaf::kind).toList(),
            Arrays.stream(leaf).map(LeafMixture::parameters).toList(),
            lo,
            hi,
            certificate);
    for (int k = 0; k < weight.length; k++) {
      LeafShape s = shape[k];
      copy.shape[k] =
          new LeafShape(
              s.mean(),
              s.variance(),
              s.meanError() + ofMeans[k],
              s.varianceError() + ofVariances[k] * s.variance());
    }
    return copy;
  }

  private static double[] parameters(UnivariateLeaf leaf) {
    double[] parameters = new double[leaf.numParameters()];
    Arrays.setAll(parameters, leaf::parameter);
    return parameters;
  }

  /** A component's share of the variance, over its weight. */
  private double term(int k) {
    double d = shape[k].mean() - origin - offset;
    return shape[k].variance() + d * d;
  }

  @Override
  public Real variable() {
    return variable;
  }

  @Override
  public Certificate certificate() {
    return certificate;
  }

  /** The components, in the order of the circuit. */
  public List<Component> components() {
    List<Component> components = new ArrayList<>();
    for (int k = 0; k < weight.length; k++) {
      List<Double> parameters = new ArrayList<>();
      for (int i = 0; i < leaf[k].numParameters(); i++) {
        parameters.add(leaf[k].parameter(i));
      }
      components.add(
          new Component(
              weight[k], leaf[k].kind(), parameters, shape[k].mean(), shape[k].variance()));
    }
    return components;
  }

  /** Lower end of what the domain and the evidence allow; may be -infinity. */
  @Override
  public double lo() {
    return lo;
  }

  /** Upper end; may be +infinity. */
  @Override
  public double hi() {
    return hi;
  }

  @Override
  public double mean() {
    return origin + offset;
  }

  private double weightError() {
    return certificate instanceof Exact exact
        ? exact.relativeErrorBound()
        : Double.POSITIVE_INFINITY;
  }

  @Override
  public double meanErrorBound() {
    double ofOrigin = originOf < 0 ? 0 : shape[originOf].meanError();
    return SLACK * (ofOrigin + offsetError()) + Rounding.U * Math.abs(mean());
  }

  /** Bound on the error of the difference between a component's mean and the origin. */
  private double differenceError(int k) {
    if (k == originOf) {
      return 0;
    }
    double ofOrigin = originOf < 0 ? 0 : shape[originOf].meanError();
    return shape[k].meanError() + ofOrigin + Rounding.U * Math.abs(shape[k].mean() - origin);
  }

  private double offsetError() {
    double relative = weightError() + (weight.length + 4) * Rounding.U;
    double sum = 0;
    for (int k = 0; k < weight.length; k++) {
      double difference = Math.abs(shape[k].mean() - origin);
      sum += weight[k] * (differenceError(k) + relative * difference);
    }
    return sum;
  }

  @Override
  public double variance() {
    return variance;
  }

  @Override
  public double varianceErrorBound() {
    double ofOffset = offsetError();
    double relative = weightError() + (weight.length + 6) * Rounding.U;
    double sum = 0;
    for (int k = 0; k < weight.length; k++) {
      double away = Math.abs(shape[k].mean() - origin - offset);
      double ofAway = differenceError(k) + ofOffset + Rounding.U * away;
      double ofShape = shape[k].varianceError() + ofAway * (2 * away + ofAway);
      sum += weight[k] * (ofShape + relative * term(k));
    }
    return SLACK * sum;
  }

  @Override
  public double logDensity(double x) {
    if (!(x >= lo && x <= hi)) {
      return Double.NEGATIVE_INFINITY;
    }
    LogSum sum = new LogSum();
    for (int k = 0; k < weight.length; k++) {
      LogValue density = leaf[k].logDensity(x);
      sum.add(Math.log(weight[k]) + density.log() - mass[k].log(), density.units());
    }
    return sum.value();
  }

  @Override
  public double logProbability(double from, double to) {
    if (Double.isNaN(from) || Double.isNaN(to)) {
      throw new IllegalArgumentException(
          "probability of [%s, %s]; expected numbers".formatted(from, to));
    }
    LogSum sum = new LogSum();
    for (int k = 0; k < weight.length; k++) {
      LogValue part = leaf[k].logMass(Math.max(lo, from), Math.min(hi, to));
      sum.add(Math.log(weight[k]) + part.log() - mass[k].log(), part.units());
    }
    return Math.min(0, sum.value());
  }

  @Override
  public double quantile(double p) {
    if (!(p >= 0 && p <= 1)) {
      throw new ArgumentException("quantile of %s; expected a probability in [0, 1]".formatted(p));
    }
    double below = Double.POSITIVE_INFINITY;
    double above = Double.NEGATIVE_INFINITY;
    for (UnivariateLeaf component : leaf) {
      below = Math.min(below, Math.max(lo, component.least()));
      above = Math.max(above, Math.min(hi, component.greatest()));
    }
    if (p == 0 || p == 1) {
      return p == 0 ? below : above;
    }
    double step = Math.sqrt(variance) + Math.ulp(mean());
    double start = Math.min(above, Math.max(below, mean()));
    double left = finite(below, start, -step, p);
    double right = finite(above, start, step, p);
    return variable.isCount() ? whole(left, right, p) : between(left, right, p);
  }

  /** An end, or a finite number beyond the quantile where it has none. */
  private double finite(double end, double start, double step, double p) {
    double at = end;
    for (double d = step; Double.isInfinite(at); d *= 2) {
      double candidate = start + d;
      at = step < 0 == cdf(candidate) < p || Double.isInfinite(candidate) ? candidate : at;
    }
    return Double.isInfinite(at) ? Math.copySign(Double.MAX_VALUE, at) : at;
  }

  private double between(double left, double right, double p) {
    double below = left;
    double above = right;
    for (int i = 0; i < MAX_STEPS; i++) {
      double middle = 0.5 * below + 0.5 * above;
      if (!(middle > below && middle < above)) {
        break;
      }
      if (cdf(middle) < p) {
        below = middle;
      } else {
        above = middle;
      }
    }
    return above;
  }

  private double whole(double left, double right, double p) {
    double below = Math.ceil(left) - 1;
    double above = Math.floor(right) + (right > Math.floor(right) ? 1 : 0);
    while (above - below > 1) {
      double middle = Math.floor(0.5 * below + 0.5 * above);
      if (cdf(middle) < p) {
        below = middle;
      } else {
        above = middle;
      }
    }
    return above;
  }

  @Override
  public String toString() {
    return Arrays.stream(leaf)
        .map(UnivariateLeaf::kind)
        .map(kind -> kind.name().toLowerCase(Locale.ROOT))
        .distinct()
        .collect(
            Collectors.joining(
                ", ", variable.name() + ": mixture of " + weight.length + " (", ")"));
  }
}
