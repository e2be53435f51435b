package org.ugmm.engine.exact;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable.Real;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.flat.FlatEvidence;
import org.ugmm.engine.leaf.GaussianGiven;
import org.ugmm.engine.leaf.UnivariateLeaf;
import org.ugmm.engine.number.GaussianMass;
import org.ugmm.engine.number.GaussianRatio;
import org.ugmm.engine.number.LogSum;
import org.ugmm.engine.number.LogValue;
import org.ugmm.engine.number.Rounding;

/**
 * Evaluates a circuit for one evidence at a time, node by node in the natural-log domain, with a
 * running bound on the rounding error of every node. It is the plain twin of the tiled evaluator
 * and serves single queries, where every answer states its bound. Not thread-safe; allocates
 * nothing after construction but for Gaussians over several variables.
 */
public final class LogEvaluator {
  /*
   * error[n] bounds |log computed - log true| of a node, in units of u = 2^-53. The bounds are running
   * error analysis (Higham, Accuracy and Stability, section 3.3): each rounded operation adds u times
   * its result; Math.exp and Math.log are within one ulp, which is at most 2 u; a sum averages its
   * children's relative errors by their shares, a product adds them, a link multiplies them by the
   * slope of its exponent. Going from the error of a log to the relative error of its exponential and
   * back costs a factor 1 + e each (exp(e) - 1 <= e (1 + e) and -log(1 - e) <= e (1 + e) for
   * e <= 1/2). A child whose error is no longer small is doubtful: a sum may lose it, or gain what it is
   * at most, and is never more wrong than its worst child, whose terms may differ from their log by up
   * to SPREAD where they are no zero. SAFETY covers products of roundings and the rounding of the bound
   * itself.
   *
   * A node that is zero has value -infinity and error 0. A log beyond the range of a double has value
   * +-infinity and error +infinity; a true log of value -infinity is below Rounding.BEYOND_RANGE, since
   * no product adds more than -LEAST to one below -Double.MAX_VALUE.
   */
  private static final double U = Rounding.U;
  private static final double SAFETY = 1.01;
  private static final double SPREAD = 745;

  /** A log beyond the range of a double is nothing beside one above this. */
  private static final double LEAST = -1e300;

  private final FlatCircuit c;

  /** [numNodes] natural log of the value of each node; -infinity for zero. */
  final double[] value;

  /** [numNodes] bound on the absolute error of value, in units of 2^-53. */
  final double[] error;

  /** [numNodes] d log root / d log node; the expected number of uses of a node without links. */
  public final double[] flow;

  /** [numNodes] what a leaf contributes that does not depend on the evidence. */
  private final double[] leafConstant;

  /** [numNodes] sums whose weights span so wide a range that shares must be compared as logs. */
  private final boolean[] wide;

  /**
   * [numNodes] what the large errors of children of a sum may change of its value, in units of
   * 2^-53 of its log.
   */
  final double[] doubt;

  /**
   * [numVariables] the leaf to whose density those of all leaves on a real variable are relative,
   * -1 for none; null when no variable has one.
   */
  private int @Nullable [] reference;

  /** [numNodes] leaves of the rarer families, null for other nodes. */
  private final @Nullable UnivariateLeaf[] leaf;

  /** [numNodes] what is left of Gaussians over several variables; no elements without any. */
  private final @Nullable GaussianGiven[] given;

  private final int top;

  /** Whether values are the same bits on every JDK and processor, at some cost. */
  private final boolean strict;

  public LogEvaluator(FlatCircuit c) {
    this(c, c.root);
  }

  /** Evaluates a node other than the root. */
  public LogEvaluator(FlatCircuit c, int top) {
    this(c, top, false);
  }

  /** An evaluator whose values decide draws, which must be the same everywhere. */
  public static LogEvaluator strict(FlatCircuit c) {
    return new LogEvaluator(c, c.root, true);
  }

  private LogEvaluator(FlatCircuit c, int top, boolean strict) {
    this.c = c;
    this.top = top;
    this.strict = strict;
    int numNodes = c.numNodes();
    value = new double[numNodes];
    error = new double[numNodes];
    flow = new double[numNodes];
    doubt = new double[numNodes];
    leafConstant = new double[numNodes];
    wide = new boolean[numNodes];
    leaf = c.univariateLeaves();
    given = new GaussianGiven[c.hasBlocks() ? numNodes : 0];
    for (int n = 0; n < numNodes; n++) {
      wide[n] = c.kind(n) == NodeKind.WEIGHTED_SUM && Derivatives.isWide(c, n);
      leafConstant[n] =
          switch (c.kind(n)) {
            case GAUSSIAN, GAUSSIAN_LINK -> -log(c.parameter(n, 1)) - GaussianMass.LOG_SQRT_2PI;
            default -> 0;
          };
    }
  }

  private double exp(double x) {
    return strict ? StrictMath.exp(x) : Math.exp(x);
  }

  private double log(double x) {
    return strict ? StrictMath.log(x) : Math.log(x);
  }

  /** The circuit. */
  FlatCircuit circuit() {
    return c;
  }

  /** The node that is evaluated; the root, unless another one was asked for. */
  int top() {
    return top;
  }

  /**
   * Makes values relative: from now on the density of a leaf on an observed real variable is
   * divided by that of one of its leaves, the nearest in scales. Where a circuit is smooth and
   * decomposable in these variables, every value is then divided by the same number, and what is
   * compared keeps its digits however far out the observed values are.
   *
   * @param variables [numVariables] those in which the circuit is smooth and decomposable
   */
  public void relate(FlatEvidence e, boolean[] variables) {
    reference = NearestLeaves.of(c, top, e, variables);
  }

  /** Ends what {@link #relate} began. */
  public void unrelate() {
    reference = null;
  }

  /**
   * Evaluates up to the top node. With evidence that is not a point below a link, or with a circuit
   * that is not smooth and decomposable, the result is no marginal: callers check that first.
   *
   * @return natural log of the top node
   * @throws RefusedException if it is too large for a double
   */
  public double upward(FlatEvidence e) {
    for (int n = 0; n <= top; n++) {
      evaluate(n, e);
    }
    return checkedTop(e);
  }

  /**
   * Evaluates up to the top node, some nodes being given.
   *
   * @param given nodes, ascending
   * @param logs natural log of each
   * @param errors bound on the absolute error of each log, in units of 2^-53
   */
  public double upward(FlatEvidence e, int[] given, double[] logs, double[] errors) {
    int next = 0;
    for (int n = 0; n <= top; n++) {
      if (next < given.length && given[next] == n) {
        value[n] = logs[next];
        error[n] = errors[next++];
      } else {
        evaluate(n, e);
      }
    }
    return checkedTop(e);
  }

  /**
   * Evaluates only some nodes, after an {@link #upward} with evidence that differs in no variable
   * below any other node.
   *
   * @param nodes ascending
   */
  public double upward(int[] nodes, FlatEvidence e) {
    for (int n : nodes) {
      evaluate(n, e);
    }
    return checkedTop(e);
  }

  /** The top's value after its evaluation; what lies outside a domain has none. */
  double checkedTop(FlatEvidence e) {
    if (e.isPointOutside()) {
      value[top] = Double.NEGATIVE_INFINITY;
      error[top] = 0;
    }
    double result = value[top];
    if (!(result < Double.POSITIVE_INFINITY)) {
      throw new RefusedException(
          "the log-value of node %d is beyond the range of a double; rescale the constants"
              .formatted(top));
    }
    return result;
  }

  /** Evaluates a node from its children. */
  void evaluate(int n, FlatEvidence e) {
    switch (c.kind(n)) {
      case GAUSSIAN -> gaussian(n, e);
      case CATEGORICAL -> categorical(n, e);
      case BASE -> base(n, e);
      case CONSTANT -> {
        value[n] = c.parameter(n, 0);
        boolean isZero = value[n] == Double.NEGATIVE_INFINITY;
        error[n] = isZero ? 0 : 2 * Math.abs(value[n]) + 1 + c.rounding(n);
      }
      case WEIGHTED_SUM -> sum(n);
      case PRODUCT -> product(n);
      case GAUSSIAN_LINK -> link(n);
      case GAUSSIAN_BLOCK -> block(n, e);
      default -> univariate(n, e);
    }
  }

  private void gaussian(int n, FlatEvidence e) {
    int v = c.variable[n];
    Real real = (Real) c.variables.get(v);
    double mean = c.parameter[c.parameterStart[n]];
    double scale = c.parameter[c.parameterStart[n] + 1];
    switch (e.form[v]) {
      case FlatEvidence.POINT -> {
        double x = e.a[v];
        if (!real.contains(x)) {
          zero(n);
          return;
        }
        if (reference != null && reference[v] >= 0) {
          ratio(n, x, reference[v]);
          return;
        }
        double d = GaussianMass.standardised(x, mean, scale);
        double quadratic = 0.5 * d * d;
        value[n] = leafConstant[n] - quadratic;
        error[n] =
            (6 + 2.02 * c.rounding(n)) * quadratic
                + 4 * Math.abs(leafConstant[n])
                + 3
                + c.rounding(n);
      }
      case FlatEvidence.INTERVAL ->
          mass(n, Math.max(real.lo(), e.a[v]), Math.min(real.hi(), e.b[v]), mean, scale);
      default -> mass(n, real.lo(), real.hi(), mean, scale);
    }
  }

  private void block(int n, FlatEvidence e) {
    GaussianGiven found = e.given(c.block(n));
    given[n] = found;
    LogValue log = found.logValue();
    value[n] = log.log();
    error[n] = log.units();
  }

  /** What the evidence of the last {@link #upward} left of a Gaussian over several variables. */
  public GaussianGiven given(int node) {
    return Objects.requireNonNull(given[node]);
  }

  private void univariate(int n, FlatEvidence e) {
    LogValue found = e.logValue(Objects.requireNonNull(leaf[n]), c.variable[n]);
    value[n] = found.log();
    error[n] = found.units() + (found.isZero() ? 0 : c.rounding(n));
  }

  /** The density of a leaf over that of another at the same point. */
  private void ratio(int n, double x, int other) {
    double mean = c.parameter(n, 0);
    double scale = c.parameter(n, 1);
    double otherMean = c.parameter(other, 0);
    double otherScale = c.parameter(other, 1);
    double log = GaussianRatio.log(x, mean, scale, otherMean, otherScale);
    boolean isKnown = Math.abs(log) < Double.POSITIVE_INFINITY;
    value[n] = isKnown ? log : Double.NEGATIVE_INFINITY; // the other is the nearest
    error[n] =
        isKnown
            ? GaussianRatio.errorUnits(x, mean, scale, otherMean, otherScale, log)
                + (n == other
                    ? 0
                    : NearestLeaves.rounding(c, n, x) + NearestLeaves.rounding(c, other, x))
            : Double.POSITIVE_INFINITY;
  }

  private void mass(int n, double lo, double hi, double mean, double scale) {
    if (lo == Double.NEGATIVE_INFINITY && hi == Double.POSITIVE_INFINITY) {
      value[n] = 0;
      error[n] = 0;
      return;
    }
    value[n] = GaussianMass.logMass(lo, hi, mean, scale);
    error[n] = GaussianMass.logMassErrorUnits(lo, hi, mean, scale, value[n]);
    if (c.rounding(n) > 0) { // the log mass changes with the log scale by the mean of z^2, less 1
      double near = GaussianMass.standardised(Math.min(hi, Math.max(lo, mean)), mean, scale);
      error[n] += c.rounding(n) * (near * near + 3);
    }
  }

  private void zero(int n) {
    value[n] = Double.NEGATIVE_INFINITY;
    error[n] = 0;
  }

  private void base(int n, FlatEvidence e) {
    int v = c.variable[n];
    Real real = (Real) c.variables.get(v);
    double lo = real.lo();
    double hi = real.hi();
    if (e.form[v] == FlatEvidence.POINT) {
      value[n] = real.contains(e.a[v]) ? 0 : Double.NEGATIVE_INFINITY;
      error[n] = 0;
      return;
    }
    if (e.form[v] == FlatEvidence.INTERVAL) {
      lo = Math.max(lo, e.a[v]);
      hi = Math.min(hi, e.b[v]);
    }
    if (!(lo < hi)) {
      zero(n);
      return;
    }
    value[n] = GaussianMass.logLength(lo, hi);
    error[n] = 2 + 4 * Math.abs(value[n]);
  }

  private void categorical(int n, FlatEvidence e) {
    int v = c.variable[n];
    int from = c.parameterStart[n];
    int to = c.parameterStart[n + 1];
    if (e.form[v] == FlatEvidence.POINT) {
      value[n] = c.parameter[from + (int) e.a[v]];
      boolean isNone = value[n] == Double.NEGATIVE_INFINITY;
      error[n] = isNone ? 0 : 2 * Math.abs(value[n]) + 1 + c.rounding(n);
      return;
    }
    double[] likelihood = e.form[v] == FlatEvidence.LIKELIHOOD ? e.logLikelihood[v] : null;
    double max = Double.NEGATIVE_INFINITY;
    boolean isZero = true;
    for (int p = from; p < to; p++) {
      double soft = likelihood == null ? 0 : likelihood[p - from];
      max = Math.max(max, c.parameter[p] + soft);
      isZero &= Math.min(c.parameter[p], soft) == Double.NEGATIVE_INFINITY;
    }
    if (max == Double.NEGATIVE_INFINITY) {
      value[n] = max;
      error[n] = isZero ? 0 : Double.POSITIVE_INFINITY;
      return;
    }
    double sum = 0;
    double weightedError = 0;
    for (int p = from; p < to; p++) {
      double soft = likelihood == null ? 0 : likelihood[p - from];
      double t = c.parameter[p] + soft;
      double share = exp(t - max);
      if (share > 0) {
        sum += share;
        weightedError +=
            share * (3 * Math.abs(c.parameter[p]) + 3 * Math.abs(soft) + (max - t) + 3);
      }
    }
    double log = log(sum);
    value[n] = max + log;
    error[n] =
        weightedError / sum
            + (to - from)
            + 2 * Math.abs(log)
            + Math.abs(value[n])
            + 1
            + c.rounding(n);
  }

  private void sum(int n) {
    int from = c.edgeStart[n];
    int to = c.edgeStart[n + 1];
    int toWeight = c.parameterStart[n] - from;
    if (wide[n]) {
      wideSum(n, from, to, toWeight);
      return;
    }
    double max = Double.NEGATIVE_INFINITY;
    for (int i = from; i < to; i++) {
      if (c.parameter[i + toWeight] > 0) {
        max = Math.max(max, value[c.child[i]]);
      }
    }
    if (Double.isInfinite(max)) {
      infiniteSum(n, from, to, toWeight, max);
      return;
    }
    double sum = 0;
    double weightedError = 0;
    double doubtful = 0;
    double possible = 0;
    for (int i = from; i < to; i++) {
      double v = value[c.child[i]];
      double weight = c.parameter[i + toWeight];
      double share = weight * exp(v - max);
      if (error[c.child[i]] > LogSum.DOUBTFUL && weight > 0) {
        doubtful += share;
        possible += weight * possible(v, max, error[c.child[i]]);
        sum += share;
      } else if (share > 0) {
        sum += share;
        weightedError += share * (relative(error[c.child[i]]) + (max - v));
      }
    }
    finishSum(n, max, sum, weightedError, doubtful, possible);
  }

  /** How much a term with a large error may be, relative to one with the log max. */
  private static double possible(double log, double max, double errorUnits) {
    return log > Double.NEGATIVE_INFINITY
        ? LogSum.possible(log - max, errorUnits)
        : max > LEAST ? 0 : Double.POSITIVE_INFINITY;
  }

  private void wideSum(int n, int from, int to, int toWeight) {
    double max = Double.NEGATIVE_INFINITY;
    for (int i = from; i < to; i++) {
      if (c.parameter[i + toWeight] > 0) {
        max = Math.max(max, log(c.parameter[i + toWeight]) + value[c.child[i]]);
      }
    }
    if (Double.isInfinite(max)) {
      infiniteSum(n, from, to, toWeight, max);
      return;
    }
    double sum = 0;
    double weightedError = 0;
    double doubtful = 0;
    double possible = 0;
    for (int i = from; i < to; i++) {
      double weight = c.parameter[i + toWeight];
      double logWeight = log(weight);
      double t = logWeight + value[c.child[i]];
      double share = exp(t - max);
      if (error[c.child[i]] > LogSum.DOUBTFUL && weight > 0) {
        doubtful += share;
        possible += possible(t, max, error[c.child[i]] + 4 * Math.abs(logWeight));
        sum += share;
      } else if (share > 0) {
        sum += share;
        weightedError +=
            share
                * (relative(error[c.child[i]]) + 2 * Math.abs(logWeight) + Math.abs(t) + (max - t));
      }
    }
    finishSum(n, max, sum, weightedError, doubtful, possible);
  }

  private void finishSum(
      int n, double max, double sum, double weightedError, double doubtful, double possible) {
    double log = log(sum);
    value[n] = max + log;
    int numChildren = c.numChildren(n);
    double terms = relative(weightedError / sum + numChildren + 5);
    doubt[n] = 0;
    if (possible > 0) {
      double worst = 0;
      for (int i = 0; i < numChildren; i++) {
        double weight = c.parameter(n, i);
        if (weight > 0) {
          worst = Math.max(worst, error[c.child(n, i)] + 4 * Math.abs(Math.log(weight)));
        }
      }
      worst += numChildren + 5 + 2 * SPREAD;
      doubt[n] = LogSum.doubt(doubtful / sum, possible / sum);
      terms = Math.min(worst, terms + doubt[n]);
    }
    error[n] = terms + 2 * Math.abs(log) + Math.abs(value[n]) + c.rounding(n);
  }

  /** A sum without a finite child: zero, unless a child's log is beyond the range of a double. */
  private void infiniteSum(int n, int from, int to, int toWeight, double max) {
    value[n] = max;
    error[n] = 0;
    doubt[n] = 0;
    for (int i = from; i < to; i++) {
      if (c.parameter[i + toWeight] > 0 && error[c.child[i]] > 0) {
        error[n] = Double.POSITIVE_INFINITY;
      }
    }
  }

  /** The relative error of exp(v) where v has an absolute error, and the other way round. */
  private static double relative(double units) {
    return units <= 0.5 / U ? units + units * (U * units) : Double.POSITIVE_INFINITY;
  }

  private void product(int n) {
    double sum = 0;
    double up = 0;
    double bound = 0;
    for (int i = c.edgeStart[n]; i < c.edgeStart[n + 1]; i++) {
      int child = c.child[i];
      if (value[child] == Double.NEGATIVE_INFINITY && error[child] == 0) {
        zero(n);
        return;
      }
      sum += value[child];
      up += Math.max(0, value[child]);
      bound += error[child] + Math.abs(sum);
    }
    value[n] = sum;
    error[n] = bound;
    if (Double.isNaN(sum) || (sum == Double.NEGATIVE_INFINITY && up > -LEAST)) {
      // one factor's log is beyond the range above, or far up, and another's below
      value[n] = Double.POSITIVE_INFINITY;
      error[n] = Double.POSITIVE_INFINITY;
    }
  }

  private void link(int n) {
    int child = c.child[c.edgeStart[n]];
    double z = value[child];
    if (z == Double.NEGATIVE_INFINITY && error[child] == 0) {
      zero(n);
      return;
    }
    double scale = c.parameter[c.parameterStart[n] + 1];
    double d = GaussianMass.standardised(z, c.parameter[c.parameterStart[n]], scale);
    double quadratic = 0.5 * d * d;
    double incoming = SAFETY * error[child] / scale;
    value[n] = leafConstant[n] - quadratic;
    double bound =
        (6 + 2.02 * c.rounding(n)) * quadratic
            + 4 * Math.abs(leafConstant[n])
            + 3
            + c.rounding(n)
            + Math.abs(d) * incoming
            + 0.5 * U * incoming * incoming;
    error[n] = Double.isNaN(bound) ? Double.POSITIVE_INFINITY : bound;
  }

  /** Whether the top is zero, and not only too small for a double, after {@link #upward}. */
  public boolean isZero() {
    return value[top] == Double.NEGATIVE_INFINITY && error[top] == 0;
  }

  /** The natural log of a node after {@link #upward}. */
  public double value(int node) {
    return value[node];
  }

  /** Proven bound on the relative error of the top node's linear value after {@link #upward}. */
  public double relativeErrorBound() {
    return relativeErrorBound(top);
  }

  /** Proven bound on the relative error of a node's linear value after {@link #upward}. */
  public double relativeErrorBound(int node) {
    return Math.expm1(SAFETY * U * error[node]);
  }

  /** Proven bound on the absolute error of the natural log of the top after {@link #upward}. */
  public double logErrorBound() {
    return logErrorBound(top);
  }

  /** Proven bound on the absolute error of the natural log of a node after {@link #upward}. */
  public double logErrorBound(int node) {
    return SAFETY * U * error[node];
  }

  /**
   * Computes {@code flow[n] = d log top / d log n} for every node after {@link #upward}. Without
   * links it is the share of the top's value that uses the node, in [0, 1] for a node with one
   * variable in a smooth and decomposable circuit. All zero when the top is zero.
   */
  public void downward() {
    Derivatives.fill(c, top, value, flow);
  }
}
