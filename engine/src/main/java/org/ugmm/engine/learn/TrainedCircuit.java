package org.ugmm.engine.learn;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.CircuitException;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Real;
import org.ugmm.engine.data.Why;
import org.ugmm.engine.flat.FlatBuilder;
import org.ugmm.engine.flat.FlatCircuit;

/**
 * A circuit as flat arrays whose sums are mixtures and whose leaves are distributions: the
 * parameters of this form change in place as they are learned.
 */
final class TrainedCircuit {
  /*
   * With Z_n the integral of node n, the weights w_nc Z_c / Z_n and the leaves value / Z make the same
   * distribution f / Z. A leaf that cannot say value / Z by its parameters (a base measure, a constant)
   * keeps the factor leftOver; products multiply what their children have left over, and the sum above
   * divides its weight by it on the way out.
   */
  private static final double NEAR_ONE = 1e-9;

  final FlatCircuit source;
  final int numNodes;

  /** [numNodes] kind of each node. */
  final NodeKind[] kind;

  /** [numNodes + 1] children of node n are child[edgeStart[n] .. edgeStart[n + 1]). */
  final int[] edgeStart;

  final int[] child;

  /** [numNodes + 1] parameters of node n are parameter[parameterStart[n] ...). */
  final int[] parameterStart;

  /** Linear weights and probabilities that add to 1; means and scales; as the leaves' kinds say. */
  final double[] parameter;

  /** [numNodes] variable of a leaf, else -1. */
  final int[] variable;

  /** [numNodes + 1] statistics of node n are [statisticStart[n], statisticStart[n + 1]). */
  final int[] statisticStart;

  /** [numNodes] whether the root reaches the node. */
  final boolean[] live;

  /** [numNodes] natural log of what an exported node is times its value here. */
  private final double[] logLeftOver;

  final int root;

  /**
   * Takes a circuit over.
   *
   * @throws CircuitException if it is not smooth and decomposable, has links, a Gaussian on a
   *     domain or is zero everywhere
   */
  TrainedCircuit(FlatCircuit circuit) {
    circuit.requireNoBlocks("learning", "learn a model from the table, with another structure");
    source = circuit;
    checkStructure(circuit);
    numNodes = circuit.numNodes();
    root = circuit.root;
    kind = new NodeKind[numNodes];
    edgeStart = circuit.edgeStart;
    child = circuit.child;
    parameterStart = circuit.parameterStart;
    parameter = circuit.parameter.clone();
    variable = circuit.variable;
    statisticStart = new int[numNodes + 1];
    live = new boolean[numNodes];
    logLeftOver = new double[numNodes];
    for (int n = 0; n < numNodes; n++) {
      kind[n] = circuit.kind(n);
      int numChildren = circuit.numChildren(n);
      int numParameters = circuit.numParameters(n);
      statisticStart[n + 1] = statisticStart[n] + numStatistics(n, numChildren, numParameters);
    }
    markLive();
    normalise();
  }

  private static void checkStructure(FlatCircuit circuit) {
    Why why = circuit.structure().whyNotTractable();
    if (why != null) {
      throw new CircuitException(
          "learning needs a smooth, decomposable circuit without links: " + why);
    }
  }

  private int numStatistics(int n, int numChildren, int numParameters) {
    return switch (kind[n]) {
      case WEIGHTED_SUM -> numChildren;
      case PRODUCT, GAUSSIAN_LINK -> 0;
      default -> LeafKind.of(kind[n]).numStatistics(numParameters);
    };
  }

  private void markLive() {
    live[root] = true;
    for (int n = root; n >= 0; n--) {
      for (int e = edgeStart[n]; e < edgeStart[n + 1] && live[n]; e++) {
        live[child[e]] = true;
      }
    }
  }

  private void normalise() {
    double[] logZ = new double[numNodes];
    for (int n = 0; n < numNodes; n++) {
      if (!live[n] && kind[n] != NodeKind.CATEGORICAL) {
        continue;
      }
      switch (kind[n]) {
        case PRODUCT -> {
          for (int e = edgeStart[n]; e < edgeStart[n + 1]; e++) {
            logZ[n] += logZ[child[e]];
            logLeftOver[n] += logLeftOver[child[e]];
          }
        }
        case WEIGHTED_SUM -> logZ[n] = normaliseSum(n, logZ);
        default -> {
          Variable v = variable(n);
          if (kind[n] == NodeKind.GAUSSIAN && v instanceof Real real && isCut(real)) {
            throw new CircuitException(
                "variable '%s' has the domain [%s, %s]; learning takes Gaussians on the whole line"
                    .formatted(real.name(), real.lo(), real.hi()));
          }
          if (kind[n].isUnivariate() && Math.abs(cutLog(n)) > NEAR_ONE) {
            throw new CircuitException(
                "node %d: a leaf of the kind %s reaches beyond the domain of its variable '%s'; learning takes whole leaves"
                    .formatted(n, kind[n], source.variables.get(variable[n]).name()));
          }
          int at = parameterStart[n];
          logZ[n] = LeafKind.of(kind[n]).normalise(v, parameter, at, numParameters(n));
          logLeftOver[n] = kind[n] == NodeKind.BASE ? logZ[n] : 0;
        }
      }
    }
    if (logZ[root] == Double.NEGATIVE_INFINITY) {
      throw new CircuitException("the circuit is zero everywhere; nothing can be learned from it");
    }
  }

  /** The log of the share of a leaf that lies within the domain of its variable. */
  private double cutLog(int n) {
    double log = source.leaf(n).logMass(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY).log();
    double[] own = Arrays.copyOfRange(parameter, parameterStart[n], parameterStart[n + 1]);
    return log - LeafKind.of(kind[n]).normalise(variable(n), own, 0, own.length);
  }

  private static boolean isCut(Real real) {
    return real.lo() > Double.NEGATIVE_INFINITY || real.hi() < Double.POSITIVE_INFINITY;
  }

  private double normaliseSum(int n, double[] logZ) {
    int toWeight = parameterStart[n] - edgeStart[n];
    double max = Double.NEGATIVE_INFINITY;
    boolean isPlain = true;
    for (int e = edgeStart[n]; e < edgeStart[n + 1]; e++) {
      if (parameter[e + toWeight] > 0) {
        max = Math.max(max, Math.log(parameter[e + toWeight]) + logZ[child[e]]);
        isPlain &= Math.abs(logZ[child[e]]) <= NEAR_ONE;
      }
    }
    if (max == Double.NEGATIVE_INFINITY) {
      return max;
    }
    double sum = 0;
    for (int e = edgeStart[n]; e < edgeStart[n + 1]; e++) {
      double weight = parameter[e + toWeight];
      sum += isPlain ? weight : weight == 0 ? 0 : Math.exp(Math.log(weight) + logZ[child[e]] - max);
    }
    double log = isPlain ? Math.log(sum) : max + Math.log(sum);
    if (isPlain && Math.abs(log) <= NEAR_ONE) {
      return 0; // so that a circuit that was learned comes back with the same bits
    }
    for (int e = edgeStart[n]; e < edgeStart[n + 1]; e++) {
      int p = e + toWeight;
      double weight = parameter[p];
      parameter[p] = weight == 0 ? 0 : Math.exp(Math.log(weight) + logZ[child[e]] - log);
    }
    return log;
  }

  @Nullable Variable variable(int node) {
    return variable[node] < 0 ? null : source.variables.get(variable[node]);
  }

  int numParameters(int node) {
    return parameterStart[node + 1] - parameterStart[node];
  }

  int numStatistics() {
    return statisticStart[numNodes];
  }

  /** The circuit with the present parameters. */
  FlatCircuit toCircuit() {
    FlatBuilder builder = new FlatBuilder(source.variables);
    for (int n = 0; n < numNodes; n++) {
      double[] own = Arrays.copyOfRange(parameter, parameterStart[n], parameterStart[n + 1]);
      int[] children = Arrays.copyOfRange(child, edgeStart[n], edgeStart[n + 1]);
      switch (kind[n]) {
        case GAUSSIAN -> builder.gaussian(variable[n], own[0], own[1]);
        case CATEGORICAL -> builder.categorical(variable[n], logs(parameterStart[n], own));
        case BASE -> builder.base(variable[n]);
        case CONSTANT -> builder.constant(live[n] ? 0 : own[0]);
        case PRODUCT -> builder.product(children);
        case WEIGHTED_SUM -> {
          for (int i = 0; i < own.length && live[n]; i++) {
            double left = logLeftOver[children[i]];
            own[i] = left == 0 ? own[i] : own[i] * Math.exp(-left);
          }
          builder.weightedSum(children, own);
        }
        case HISTOGRAM, POISSON, UNIFORM, EXPONENTIAL, GAMMA, LOG_NORMAL ->
            builder.univariate(kind[n], variable[n], own);
        default -> throw new IllegalStateException(kind[n] + " at node " + n);
      }
    }
    FlatCircuit circuit = builder.build(root);
    String classVariable = source.classVariable;
    return classVariable == null ? circuit : circuit.withClassVariable(classVariable);
  }

  /** Natural logs of probabilities, in place; where nothing was learned those that there were. */
  private double[] logs(int at, double[] probability) {
    for (int s = 0; s < probability.length; s++) {
      double before = source.parameter[at + s];
      probability[s] = Math.exp(before) == probability[s] ? before : Math.log(probability[s]);
    }
    return probability;
  }
}
