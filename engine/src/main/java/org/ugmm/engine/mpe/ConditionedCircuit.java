package org.ugmm.engine.mpe;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.data.Variable.Real;
import org.ugmm.engine.data.Why;
import org.ugmm.engine.exact.LogEvaluator;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.flat.FlatEvidence;
import org.ugmm.engine.leaf.UnivariateLeaf;
import org.ugmm.engine.number.GaussianMass;
import org.ugmm.engine.number.Rounding;

/**
 * What is left of a circuit without links when the observed variables are folded into constants:
 * the nodes that can be non-zero, over the unobserved variables that the value depends on.
 */
public final class ConditionedCircuit {
  static final byte CONSTANT = 0;
  static final byte GAUSSIAN = 1;
  static final byte CATEGORICAL = 2;
  static final byte SUM = 3;
  static final byte PRODUCT = 4;

  /** A leaf of one of the rarer families; only its values are bounded, not its slope. */
  static final byte UNIVARIATE = 5;

  /** Number of unobserved variables that matter. */
  public final int numDimensions;

  /** [numDimensions] the variable of each. */
  final int[] variableOf;

  final boolean[] discrete;

  /** [numDimensions] whether the variable is a count. */
  final boolean[] whole;

  /** [numDimensions] the box that holds a maximiser; state indices 0 and K - 1 where discrete. */
  public final double[] rootLo;

  public final double[] rootHi;

  /** [numDimensions][K] whether a state is allowed; empty for a real. */
  final boolean[][] allowed;

  final int numNodes;
  final byte[] kind;
  final int[] start;
  final int[] child;

  /** [edges] natural log of a sum's weight; 0 below a product. */
  final double[] logWeight;

  /** [numNodes] dimension of a leaf, -1 otherwise. */
  final int[] dimension;

  final double[] mean;
  final double[] scale;

  /** [numNodes] natural log: a constant, the folded factor of a product, a Gaussian's peak. */
  final double[] constant;

  /** [numNodes] bound on the absolute error of the constant, and of all entries of a table. */
  final double[] constantError;

  /** [numNodes][K] natural logs of a categorical leaf, likelihoods included; empty elsewhere. */
  final double[][] table;

  /** [numNodes] leaves of the rarer families, null elsewhere. */
  final @Nullable UnivariateLeaf[] leaf;

  /** Whether there are any. */
  boolean hasUnivariate;

  /** [numDimensions] whether a leaf of a real variable has bins, and so jumps. */
  final boolean[] binned;

  private static final double NARROW = 1e-100;

  private static final double[] NO_TABLE = {};

  /**
   * Folds the evidence in.
   *
   * @throws RefusedException if the evidence has probability zero whatever the rest
   */
  public ConditionedCircuit(FlatCircuit c, FlatEvidence given) {
    FlatEvidence e = new Domains(c, given).pointed;
    LogEvaluator fixed = new LogEvaluator(c);
    fixed.upward(e);
    int n = c.numNodes();
    boolean[] free = new boolean[n];
    boolean[] zero = new boolean[n];
    classify(c, e, fixed, free, zero);
    if (zero[c.root]) {
      throw RefusedException.zeroProbability();
    }
    boolean[] live = reach(c, free, zero);

    int numVariables = c.numVariables();
    int[] dimensionOf = new int[numVariables];
    Arrays.fill(dimensionOf, -1);
    double[] minMean = new double[numVariables];
    double[] maxMean = new double[numVariables];
    Arrays.fill(minMean, Double.POSITIVE_INFINITY);
    Arrays.fill(maxMean, Double.NEGATIVE_INFINITY);
    for (int k = 0; k < n; k++) {
      if (live[k] && free[k] && c.variable[k] >= 0 && c.kind(k) != NodeKind.BASE) {
        int v = c.variable[k];
        dimensionOf[v] = 0;
        if (c.kind(k) == NodeKind.GAUSSIAN) {
          minMean[v] = Math.min(minMean[v], c.parameter(k, 0));
          maxMean[v] = Math.max(maxMean[v], c.parameter(k, 0));
        } else if (c.kind(k).isUnivariate()) {
          UnivariateLeaf family = c.leaf(k);
          minMean[v] = Math.min(minMean[v], family.risesUntil());
          maxMean[v] = Math.max(maxMean[v], family.fallsFrom());
        }
      }
    }
    int count = 0;
    for (int v = 0; v < numVariables; v++) {
      if (dimensionOf[v] == 0) {
        dimensionOf[v] = count++;
      }
    }
    numDimensions = count;
    variableOf = new int[count];
    discrete = new boolean[count];
    whole = new boolean[count];
    binned = new boolean[count];
    rootLo = new double[count];
    rootHi = new double[count];
    allowed = new boolean[count][];
    for (int v = 0; v < numVariables; v++) {
      int d = dimensionOf[v];
      if (d >= 0) {
        variableOf[d] = v;
        openDimension(c, e, v, d, minMean[v], maxMean[v]);
      }
    }

    int[] idOf = new int[n];
    int nodes = 0;
    int edges = 0;
    for (int k = 0; k < n; k++) {
      if (live[k]) {
        idOf[k] = nodes++;
        edges += free[k] ? c.numChildren(k) : 0;
      }
    }
    numNodes = nodes;
    kind = new byte[nodes];
    start = new int[nodes + 1];
    int[] children = new int[edges];
    double[] weights = new double[edges];
    dimension = new int[nodes];
    Arrays.fill(dimension, -1);
    mean = new double[nodes];
    scale = new double[nodes];
    constant = new double[nodes];
    constantError = new double[nodes];
    table = new double[nodes][];
    leaf = new UnivariateLeaf[nodes];
    Arrays.fill(table, NO_TABLE);
    int edge = 0;
    for (int k = 0; k < n; k++) {
      if (!live[k]) {
        continue;
      }
      int id = idOf[k];
      start[id] = edge;
      if (!free[k]) {
        kind[id] = CONSTANT;
        constant[id] = fixed.value(k);
        constantError[id] = fixed.logErrorBound(k);
      } else if (c.kind(k) == NodeKind.BASE) {
        kind[id] = CONSTANT;
      } else if (c.kind(k) == NodeKind.GAUSSIAN) {
        kind[id] = GAUSSIAN;
        dimension[id] = dimensionOf[c.variable[k]];
        mean[id] = c.parameter(k, 0);
        scale[id] = c.parameter(k, 1);
        constant[id] = -Math.log(scale[id]) - GaussianMass.LOG_SQRT_2PI;
        constantError[id] =
            4 * Rounding.U * (1 + Math.abs(Math.log(scale[id])) + Math.abs(constant[id]));
      } else if (c.kind(k).isUnivariate()) {
        kind[id] = UNIVARIATE;
        dimension[id] = dimensionOf[c.variable[k]];
        UnivariateLeaf family = c.leaf(k);
        int d = dimension[id];
        // over all that the evidence allows: the box of the search may be the one point 0
        if (family.upper(MaxPass.lowerEnd(c, e, k), MaxPass.upperEnd(c, e, k))
            == Double.POSITIVE_INFINITY) {
          throw noBound(c, k);
        }
        leaf[id] = family;
        hasUnivariate = true;
        binned[d] |=
            !whole[d] && !Double.isNaN(family.breakWithin(-Double.MAX_VALUE, Double.MAX_VALUE));
      } else if (c.kind(k) == NodeKind.CATEGORICAL) {
        kind[id] = CATEGORICAL;
        dimension[id] = dimensionOf[c.variable[k]];
        table[id] = logsOf(c, e, k);
        for (int s = 0; s < table[id].length; s++) {
          constantError[id] = Math.max(constantError[id], MaxPass.stateError(c, e, k, s));
        }
      } else {
        boolean sum = c.kind(k) == NodeKind.WEIGHTED_SUM;
        kind[id] = sum ? SUM : PRODUCT;
        for (int i = 0; i < c.numChildren(k); i++) {
          int below = c.child(k, i);
          if (sum && c.parameter(k, i) > 0 && !zero[below]) {
            children[edge] = idOf[below];
            weights[edge++] = Math.log(c.parameter(k, i));
          } else if (!sum && free[below]) {
            children[edge++] = idOf[below];
          } else if (!sum) {
            constant[id] += fixed.value(below);
            constantError[id] +=
                fixed.logErrorBound(below) + Rounding.U * 2 * Math.abs(constant[id]);
          }
        }
      }
    }
    start[nodes] = edge;
    child = Arrays.copyOf(children, edge);
    logWeight = Arrays.copyOf(weights, edge);
  }

  /** A leaf that grows without limit where the evidence lets its variable be. */
  static RefusedException noBound(FlatCircuit c, int leaf) {
    String name = c.variables.get(c.variable[leaf]).name();
    return new RefusedException(
        "there is no most probable explanation",
        Why.of(
            Why.Reason.UNBOUNDED,
            "the density of node %d, a gamma leaf of shape %s below 1 on '%s', grows without limit towards 0"
                .formatted(leaf, c.parameter(leaf, 0), name),
            name),
        "give '%s' a value, or an interval above 0".formatted(name));
  }

  /** The evidence with intervals cut to the domains, and one-point intervals made points. */
  private static final class Domains {
    final FlatEvidence pointed;

    Domains(FlatCircuit c, FlatEvidence given) {
      pointed = given.copy();
      for (int v = 0; v < c.numVariables(); v++) {
        if (given.form[v] == FlatEvidence.INTERVAL && c.variables.get(v) instanceof Real real) {
          double lo = real.least(given.a[v]);
          double hi = real.greatest(given.b[v]);
          if (lo > hi) {
            throw RefusedException.zeroProbability();
          }
          if (lo == hi) {
            pointed.observe(v, lo);
          } else {
            pointed.interval(v, lo, hi);
          }
        }
      }
    }
  }

  private static void classify(
      FlatCircuit c, FlatEvidence e, LogEvaluator fixed, boolean[] free, boolean[] zero) {
    for (int k = 0; k < c.numNodes(); k++) {
      switch (c.kind(k)) {
        case GAUSSIAN, HISTOGRAM, POISSON, UNIFORM, EXPONENTIAL, GAMMA, LOG_NORMAL -> {
          free[k] = !e.isPoint(c.variable[k]);
          zero[k] = !free[k] && isZero(fixed, k);
        }
        case BASE -> {
          // unobserved: a density of 1 wherever the search looks, which is inside the domain
          free[k] = !e.isPoint(c.variable[k]);
          zero[k] = !free[k] && isZero(fixed, k);
        }
        case CATEGORICAL -> {
          free[k] = !e.isPoint(c.variable[k]);
          zero[k] = free[k] ? maxOf(logsOf(c, e, k)) == Double.NEGATIVE_INFINITY : isZero(fixed, k);
        }
        case CONSTANT -> zero[k] = isZero(fixed, k);
        case WEIGHTED_SUM -> {
          zero[k] = true;
          for (int i = 0; i < c.numChildren(k); i++) {
            if (c.parameter(k, i) > 0 && !zero[c.child(k, i)]) {
              zero[k] = false;
              free[k] |= free[c.child(k, i)];
            }
          }
        }
        case PRODUCT -> {
          for (int i = 0; i < c.numChildren(k); i++) {
            zero[k] |= zero[c.child(k, i)];
            free[k] |= free[c.child(k, i)];
          }
        }
        case GAUSSIAN_LINK, GAUSSIAN_BLOCK -> throw new AssertionError(c.kind(k) + " " + k);
      }
    }
  }

  private static boolean isZero(LogEvaluator fixed, int k) {
    return fixed.value(k) == Double.NEGATIVE_INFINITY;
  }

  private static double maxOf(double[] logs) {
    double max = Double.NEGATIVE_INFINITY;
    for (double log : logs) {
      max = Math.max(max, log);
    }
    return max;
  }

  private static double[] logsOf(FlatCircuit c, FlatEvidence e, int leaf) {
    int v = c.variable[leaf];
    double[] logs =
        Arrays.copyOfRange(c.parameter, c.parameterStart[leaf], c.parameterStart[leaf + 1]);
    if (e.form[v] == FlatEvidence.LIKELIHOOD) {
      for (int s = 0; s < logs.length; s++) {
        logs[s] += e.logLikelihood[v][s];
      }
    }
    return logs;
  }

  /** The nodes in use: nothing below a folded node, nothing that is zero, no unweighted child. */
  private static boolean[] reach(FlatCircuit c, boolean[] free, boolean[] zero) {
    boolean[] live = new boolean[c.numNodes()];
    live[c.root] = true;
    for (int k = c.root; k >= 0; k--) {
      if (!live[k] || !free[k]) {
        continue;
      }
      boolean sum = c.kind(k) == NodeKind.WEIGHTED_SUM;
      for (int i = 0; i < c.numChildren(k); i++) {
        int below = c.child(k, i);
        live[below] |= sum ? c.parameter(k, i) > 0 && !zero[below] : free[below];
      }
    }
    return live;
  }

  /*
   * The box of a real variable. Fix the others: f is an increasing function of the leaves' values,
   * and every Gaussian leaf on the variable rises below the least mean and falls above the greatest,
   * as other leaves do outside their modes or, with bins, outside their breaks, so f does too. Moving a
   * coordinate to the nearest point between the least and the greatest of these
   * that the domain and the evidence allow never lowers f, in any circuit without links.
   */
  private void openDimension(
      FlatCircuit c, FlatEvidence e, int v, int d, double minMean, double maxMean) {
    if (c.variables.get(v) instanceof Categorical categorical) {
      discrete[d] = true;
      rootHi[d] = categorical.numStates() - 1.0;
      allowed[d] = new boolean[categorical.numStates()];
      for (int s = 0; s < allowed[d].length; s++) {
        allowed[d][s] =
            e.form[v] != FlatEvidence.LIKELIHOOD
                || e.logLikelihood[v][s] > Double.NEGATIVE_INFINITY;
      }
      return;
    }
    allowed[d] = new boolean[0];
    double lo = lowerEnd(c, e, v);
    double hi = upperEnd(c, e, v);
    whole[d] = ((Real) c.variables.get(v)).isCount();
    rootLo[d] = Math.min(Math.max(minMean, lo), hi);
    rootHi[d] = Math.min(Math.max(maxMean, lo), hi);
  }

  private static double lowerEnd(FlatCircuit c, FlatEvidence e, int v) {
    Real real = (Real) c.variables.get(v);
    return e.form[v] == FlatEvidence.INTERVAL ? real.least(e.a[v]) : real.lo();
  }

  private static double upperEnd(FlatCircuit c, FlatEvidence e, int v) {
    Real real = (Real) c.variables.get(v);
    return e.form[v] == FlatEvidence.INTERVAL ? real.greatest(e.b[v]) : real.hi();
  }

  /** The likeliest allowed state, the middle of a bounded interval, else the point nearest to 0. */
  private static double anyValue(FlatCircuit c, FlatEvidence e, int v) {
    if (c.variables.get(v) instanceof Categorical categorical) {
      int best = 0;
      for (int s = 1; s < categorical.numStates(); s++) {
        if (e.form[v] == FlatEvidence.LIKELIHOOD
            && e.logLikelihood[v][s] > e.logLikelihood[v][best]) {
          best = s;
        }
      }
      return best;
    }
    double lo = lowerEnd(c, e, v);
    double hi = upperEnd(c, e, v);
    if (lo > Double.NEGATIVE_INFINITY && hi < Double.POSITIVE_INFINITY) {
      double middle = 0.5 * lo + 0.5 * hi;
      return ((Real) c.variables.get(v)).isCount() ? Math.floor(middle) : middle;
    }
    return Math.max(lo, Math.min(hi, 0));
  }

  /**
   * How many derivatives are known over a box: 2; 1 where a leaf has no bounded slope, which is
   * then taken to be {@link TaylorPass#UNKNOWN}; 0 where the box is too narrow for that.
   */
  int order(double[] lo, double[] hi) {
    int order = 2;
    for (int d = 0; d < numDimensions && hasUnivariate; d++) {
      if (!isSmooth(d, lo[d], hi[d])) {
        order = Math.min(order, hi[d] - lo[d] > NARROW ? 1 : 0);
      }
    }
    return order;
  }

  /** Whether all leaves on a real variable are smooth over an interval. */
  boolean isSmooth(int d, double lo, double hi) {
    for (int k = 0; k < numNodes && !whole[d]; k++) {
      UnivariateLeaf family = leaf[k];
      if (family != null && dimension[k] == d && !family.isSmooth(lo, hi)) {
        return false;
      }
    }
    return true;
  }

  /** Whether a leaf on a variable has a break strictly between. */
  boolean hasBreak(int d, double lo, double hi) {
    return !Double.isNaN(breakWithin(d, lo, hi));
  }

  /** Where to split a dimension: a break of a leaf within, or else the middle. */
  double cut(int d, double lo, double hi) {
    double at = breakWithin(d, lo, hi);
    return Double.isNaN(at) ? 0.5 * lo + 0.5 * hi : at;
  }

  private double breakWithin(int d, double lo, double hi) {
    double middle = 0.5 * lo + 0.5 * hi;
    double best = Double.NaN;
    for (int k = 0; k < numNodes && binned[d]; k++) {
      UnivariateLeaf family = leaf[k];
      if (family != null && dimension[k] == d) {
        double at = family.breakWithin(lo, hi);
        boolean isNearer = !(Math.abs(at - middle) >= Math.abs(best - middle));
        best = !Double.isNaN(at) && isNearer ? at : best;
      }
    }
    return best;
  }

  /** Number of edges that are left. */
  public int numEdges() {
    return child.length;
  }

  /** The number of the root, which is the last node. */
  int root() {
    return numNodes - 1;
  }

  /** An assignment [numVariables] that agrees with the evidence, whatever its value. */
  public static double[] defaults(FlatCircuit c, FlatEvidence e) {
    double[] result = new double[c.numVariables()];
    for (int v = 0; v < result.length; v++) {
      result[v] = e.isPoint(v) ? e.a[v] : anyValue(c, e, v);
    }
    return result;
  }

  /** The point as a full assignment [numVariables], the observed values from the evidence. */
  public double[] assignment(FlatCircuit c, FlatEvidence given, double[] point) {
    double[] result = defaults(c, given);
    for (int d = 0; d < numDimensions; d++) {
      result[variableOf[d]] = point[d];
    }
    return result;
  }
}
