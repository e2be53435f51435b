package org.ugmm.engine.mpe;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable.Real;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.flat.FlatEvidence;
import org.ugmm.engine.leaf.GaussianGiven;
import org.ugmm.engine.leaf.MultivariateGaussian;
import org.ugmm.engine.leaf.UnivariateLeaf;
import org.ugmm.engine.number.GaussianMass;
import org.ugmm.engine.number.LogValue;
import org.ugmm.engine.number.Rounding;

/**
 * Max-product in one pass up and a traceback: the exact MPE of a deterministic, decomposable
 * circuit without links (Darwiche 2003; Choi, Vergari, Van den Broeck 2020). Not thread-safe;
 * allocates nothing after construction.
 */
public final class MaxPass {
  /*
   * At most one child of a sum is non-zero at any assignment, so the maximum of a sum is the maximum
   * over its children, and the value at the assignment found is that of the one tree followed.
   * error[n] bounds the rounding of that tree's log, upper[n] the true maximum over all trees.
   */
  static final double PAD = 0x1p-50;

  private final FlatCircuit c;
  private final double[] logWeight;
  private final double[] peak;
  private final double[] value;
  private final double[] error;
  private final double[] upper;
  private final int[] chosen;
  private final boolean[] used;
  private final @Nullable UnivariateLeaf[] leaf;

  /** [numNodes] what is left of Gaussians over several variables; no elements without any. */
  private final @Nullable GaussianGiven[] given;

  public MaxPass(FlatCircuit c) {
    this.c = c;
    int n = c.numNodes();
    logWeight = new double[c.numEdges()];
    peak = new double[n];
    value = new double[n];
    error = new double[n];
    upper = new double[n];
    chosen = new int[n];
    used = new boolean[n];
    leaf = c.univariateLeaves();
    given = new GaussianGiven[c.hasBlocks() ? n : 0];
    for (int k = 0; k < n; k++) {
      if (c.kind(k) == NodeKind.WEIGHTED_SUM) {
        for (int i = 0; i < c.numChildren(k); i++) {
          logWeight[c.edgeStart[k] + i] = Math.log(c.parameter(k, i));
        }
      } else if (c.kind(k) == NodeKind.GAUSSIAN) {
        peak[k] = -Math.log(c.parameter(k, 1)) - GaussianMass.LOG_SQRT_2PI;
      }
    }
  }

  /**
   * Runs upward; returns the natural log of the maximum of the root, -infinity when all is zero.
   */
  public double run(FlatEvidence e) {
    for (int k = 0; k <= c.root; k++) {
      switch (c.kind(k)) {
        case GAUSSIAN -> {
          double x = leafPoint(c, e, k);
          double z = (x - c.parameter(k, 0)) / c.parameter(k, 1);
          double quadratic = 0.5 * z * z;
          boolean inside = ((Real) c.variables.get(c.variable[k])).contains(x);
          set(k, inside ? peak[k] - quadratic : Double.NEGATIVE_INFINITY);
          error[k] = PAD * (quadratic + 2 * Math.abs(peak[k]) + 1);
          upper[k] = value[k] + error[k];
        }
        case CATEGORICAL -> {
          chosen[k] = bestState(c, e, k);
          set(k, stateLog(c, e, k, chosen[k]));
          error[k] = stateError(c, e, k, chosen[k]);
          upper[k] = value[k] + error[k];
          for (int s = 0; s < c.numParameters(k) && !e.isPoint(c.variable[k]); s++) {
            upper[k] = Math.max(upper[k], stateLog(c, e, k, s) + stateError(c, e, k, s));
          }
        }
        case BASE -> set(k, baseIsZero(c, e, k) ? Double.NEGATIVE_INFINITY : 0);
        case CONSTANT -> set(k, c.parameter(k, 0));
        case WEIGHTED_SUM -> sum(k);
        case PRODUCT -> product(k);
        case GAUSSIAN_LINK -> throw new AssertionError("link " + k);
        case GAUSSIAN_BLOCK -> block(k, e);
        default -> univariate(k, e);
      }
    }
    return value[c.root];
  }

  private void block(int k, FlatEvidence e) {
    GaussianGiven left = e.given(c.block(k));
    LogValue found = left.logPeak();
    if (found.units() == Double.POSITIVE_INFINITY) {
      throw new RefusedException(
          "the log-density of node %d is beyond the range of a double; check the evidence, or rescale the model"
              .formatted(k));
    }
    given[k] = left;
    set(k, found.log());
    error[k] = Rounding.logError(found.units());
    upper[k] = found.upper();
  }

  /** Proven upper bound on the log of the maximum of a leaf. */
  double upper(int leafNode) {
    return upper[leafNode];
  }

  private void univariate(int k, FlatEvidence e) {
    UnivariateLeaf family = leaf[k];
    if (family == null) {
      throw new AssertionError(c.kind(k));
    }
    LogValue found = family.logDensity(leafPoint(c, e, k));
    set(k, found.log());
    error[k] = Rounding.logError(found.units());
    boolean isPoint = e.isPoint(c.variable[k]);
    upper[k] = isPoint ? found.upper() : family.upper(lowerEnd(c, e, k), upperEnd(c, e, k));
    if (upper[k] == Double.POSITIVE_INFINITY) {
      throw ConditionedCircuit.noBound(c, k);
    }
  }

  static double lowerEnd(FlatCircuit c, FlatEvidence e, int leaf) {
    int v = c.variable[leaf];
    return e.form[v] == FlatEvidence.INTERVAL ? e.a[v] : Double.NEGATIVE_INFINITY;
  }

  static double upperEnd(FlatCircuit c, FlatEvidence e, int leaf) {
    int v = c.variable[leaf];
    return e.form[v] == FlatEvidence.INTERVAL ? e.b[v] : Double.POSITIVE_INFINITY;
  }

  /**
   * Where a leaf on a real variable or a count is greatest among the values that the evidence and
   * domain allow.
   */
  static double leafPoint(FlatCircuit c, FlatEvidence e, int leaf) {
    int v = c.variable[leaf];
    if (e.form[v] == FlatEvidence.POINT) {
      return e.a[v];
    }
    Real real = (Real) c.variables.get(v);
    double lo = real.lo();
    double hi = real.hi();
    if (e.form[v] == FlatEvidence.INTERVAL) {
      lo = real.least(e.a[v]);
      hi = real.greatest(e.b[v]);
      if (lo > hi) {
        return e.a[v] > real.hi() ? e.a[v] : e.b[v]; // outside the domain: the leaf is zero
      }
    }
    if (c.kind(leaf).isUnivariate()) {
      return c.leaf(leaf).mode(lo, hi);
    }
    return Math.min(Math.max(c.parameter(leaf, 0), lo), hi);
  }

  static boolean baseIsZero(FlatCircuit c, FlatEvidence e, int leaf) {
    int v = c.variable[leaf];
    Real real = (Real) c.variables.get(v);
    return switch (e.form[v]) {
      case FlatEvidence.POINT -> !real.contains(e.a[v]);
      case FlatEvidence.INTERVAL -> Math.max(real.lo(), e.a[v]) > Math.min(real.hi(), e.b[v]);
      default -> false;
    };
  }

  static double stateLog(FlatCircuit c, FlatEvidence e, int leaf, int state) {
    int v = c.variable[leaf];
    double log = c.parameter[c.parameterStart[leaf] + state];
    return e.form[v] == FlatEvidence.LIKELIHOOD ? log + e.logLikelihood[v][state] : log;
  }

  /** Bound on the error of it: a likelihood and a probability may cancel. */
  static double stateError(FlatCircuit c, FlatEvidence e, int leaf, int state) {
    int v = c.variable[leaf];
    double soft = e.form[v] == FlatEvidence.LIKELIHOOD ? e.logLikelihood[v][state] : 0;
    double size = Math.abs(c.parameter[c.parameterStart[leaf] + state]) + Math.abs(soft);
    return size == Double.POSITIVE_INFINITY ? 0 : PAD * (1 + size);
  }

  private static int bestState(FlatCircuit c, FlatEvidence e, int leaf) {
    int v = c.variable[leaf];
    if (e.form[v] == FlatEvidence.POINT) {
      return (int) e.a[v];
    }
    int best = 0;
    for (int s = 1; s < c.numParameters(leaf); s++) {
      if (stateLog(c, e, leaf, s) > stateLog(c, e, leaf, best)) {
        best = s;
      }
    }
    return best;
  }

  private void set(int k, double log) {
    value[k] = log;
    upper[k] = log;
    error[k] = 0;
  }

  private void sum(int k) {
    int best = -1;
    double greatest = Double.NEGATIVE_INFINITY;
    double bound = Double.NEGATIVE_INFINITY;
    for (int e = c.edgeStart[k]; e < c.edgeStart[k + 1]; e++) {
      double candidate = logWeight[e] + value[c.child[e]];
      if (candidate > greatest) {
        greatest = candidate;
        best = e;
      }
      double top = logWeight[e] + upper[c.child[e]];
      if (top > Double.NEGATIVE_INFINITY) {
        bound = Math.max(bound, top + PAD * (Math.abs(logWeight[e]) + Math.abs(top)));
      }
    }
    chosen[k] = best;
    value[k] = greatest;
    upper[k] = bound;
    error[k] =
        best < 0
            ? 0
            : error[c.child[best]] + PAD * (Math.abs(logWeight[best]) + Math.abs(greatest));
  }

  private void product(int k) {
    double sum = 0;
    double bound = 0;
    double sumError = 0;
    double magnitude = 0;
    for (int e = c.edgeStart[k]; e < c.edgeStart[k + 1]; e++) {
      sum += value[c.child[e]];
      bound += upper[c.child[e]];
      sumError += error[c.child[e]];
      magnitude += Math.abs(sum) + Math.abs(bound);
    }
    boolean zero = sum == Double.NEGATIVE_INFINITY;
    value[k] = sum;
    error[k] = zero ? 0 : sumError + PAD * magnitude;
    upper[k] = zero ? sum : bound + PAD * magnitude;
  }

  /** Bound on the error of the log of the root's value at the assignment found. */
  public double error() {
    return error[c.root];
  }

  /** Proven upper bound on the log of the root's true maximum. */
  public double upper() {
    return upper[c.root];
  }

  private void peak(int k, double[] assignment) {
    GaussianGiven left = Objects.requireNonNull(given[k]);
    MultivariateGaussian block = c.block(k);
    double[] at = left.peak();
    for (int i = 0; i < at.length; i++) {
      if (left.isOpen(i)) {
        assignment[block.variable(i)] = at[i];
      }
    }
  }

  /** Writes the values that the traceback meets into the assignment; leaves the others alone. */
  public void traceback(FlatEvidence e, double[] assignment) {
    traceback(c.root, e, assignment);
  }

  /** The same below a node. */
  void traceback(int top, FlatEvidence e, double[] assignment) {
    Arrays.fill(used, 0, top + 1, false);
    used[top] = true;
    for (int k = top; k >= 0; k--) {
      if (!used[k]) {
        continue;
      }
      switch (c.kind(k)) {
        case GAUSSIAN, HISTOGRAM, POISSON, UNIFORM, EXPONENTIAL, GAMMA, LOG_NORMAL ->
            assignment[c.variable[k]] = leafPoint(c, e, k);
        case CATEGORICAL -> assignment[c.variable[k]] = chosen[k];
        case GAUSSIAN_BLOCK -> peak(k, assignment);
        case WEIGHTED_SUM -> {
          if (chosen[k] >= 0) {
            used[c.child[chosen[k]]] = true;
          }
        }
        case PRODUCT -> {
          for (int i = c.edgeStart[k]; i < c.edgeStart[k + 1]; i++) {
            used[c.child[i]] = true;
          }
        }
        default -> {}
      }
    }
  }
}
