package org.ugmm.engine.flat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.CircuitException;
import org.ugmm.engine.data.Names;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Structure;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Why;
import org.ugmm.engine.leaf.MultivariateGaussian;
import org.ugmm.engine.leaf.UnivariateLeaf;

/**
 * A flat probabilistic circuit as arrays: children before parents, one root. Nobody writes to the
 * arrays once the circuit is made, so it is safe to share between threads.
 */
public final class FlatCircuit {
  /*
   * Struct of arrays. Node n has children child[edgeStart[n] .. edgeStart[n + 1]) and parameters
   * parameter[parameterStart[n] .. parameterStart[n + 1]):
   *
   *   GAUSSIAN       mean, scale           variable[n] is a real variable
   *   CATEGORICAL    K natural logs        variable[n] is a categorical variable
   *   BASE           none                  variable[n] is a real variable with a bounded domain
   *   CONSTANT       1 natural log
   *   WEIGHTED_SUM   1 linear weight a child
   *   PRODUCT        none
   *   GAUSSIAN_LINK  mean, scale           one child
   *   HISTOGRAM      B + 1 breaks, B masses  variable[n] is a real variable or a count
   *   POISSON        rate                  variable[n] is a count
   *   UNIFORM        lo, hi                variable[n] is a real variable, as below
   *   EXPONENTIAL    rate
   *   GAMMA          shape, rate
   *   LOG_NORMAL     mean, scale           of the natural log
   *   GAUSSIAN_BLOCK d indices of real variables, d means, lower triangle of the covariance
   *
   * variable[n] is -1 for a node that is not a leaf on one variable.
   */
  public final List<Variable> variables;
  public final byte[] kind;
  public final int[] edgeStart;
  public final int[] child;
  public final int[] parameterStart;
  public final double[] parameter;
  public final int[] variable;
  public final int root;

  /**
   * [numNodes] what compiling rounded of the parameters of each node, in units of 2^-53: bounds the
   * relative error of a scale and of each weight, the absolute error of each log. Empty where the
   * parameters are those of the model.
   */
  public final double[] rounding;

  /** Name of the categorical variable that is the class; null where there is none. */
  public final @Nullable String classVariable;

  /** What is to be known of how the circuit came about, JSON; null where nothing is. */
  public final @Nullable String card;

  private final Map<String, Integer> indexByName;
  private volatile Structure structure;

  /** [numNodes] those of the nodes that are one; no elements where none is. */
  private final @Nullable MultivariateGaussian[] blocks;

  /**
   * Takes ownership of the arrays.
   *
   * @throws CircuitException if they are not a valid circuit
   */
  @SuppressWarnings("NullAway.Init") // structure is computed when first asked for
  public FlatCircuit(
      List<Variable> variables,
      byte[] kind,
      int[] edgeStart,
      int[] child,
      int[] parameterStart,
      double[] parameter,
      int[] variable,
      int root) {
    this.variables = List.copyOf(variables);
    this.kind = kind;
    this.edgeStart = edgeStart;
    this.child = child;
    this.parameterStart = parameterStart;
    this.parameter = parameter;
    this.variable = variable;
    this.root = root;
    rounding = new double[0];
    classVariable = null;
    card = null;
    this.indexByName = new HashMap<>();
    for (int v = 0; v < this.variables.size(); v++) {
      if (indexByName.put(this.variables.get(v).name(), v) != null) {
        throw new CircuitException(
            "variable '%s' is declared twice; names must differ"
                .formatted(this.variables.get(v).name()));
      }
    }
    CircuitCheck.check(this);
    blocks = blocks(this);
  }

  @SuppressWarnings("NullAway.Init") // structure is computed when first asked for
  private FlatCircuit(
      FlatCircuit c, @Nullable String classVariable, @Nullable String card, double[] rounding) {
    variables = c.variables;
    kind = c.kind;
    edgeStart = c.edgeStart;
    child = c.child;
    parameterStart = c.parameterStart;
    parameter = c.parameter;
    variable = c.variable;
    root = c.root;
    indexByName = c.indexByName;
    blocks = c.blocks;
    this.rounding = rounding;
    this.classVariable = classVariable;
    this.card = card;
  }

  /**
   * The same circuit, sharing its arrays, with a variable that is the class.
   *
   * @throws ArgumentException if there is no such variable, or it is not categorical
   */
  public FlatCircuit withClassVariable(String name) {
    if (!(variables.get(indexOf(name)) instanceof Variable.Categorical)) {
      throw new ArgumentException(
          "variable '%s' is real; expected a categorical variable as the class".formatted(name),
          name);
    }
    return new FlatCircuit(this, name, card, rounding);
  }

  /** The same circuit, sharing its arrays, with a card; null takes it off. */
  public FlatCircuit withCard(@Nullable String text) {
    return new FlatCircuit(this, classVariable, text, rounding);
  }

  /**
   * The same circuit, sharing its arrays, with what compiling rounded.
   *
   * @param units (Input, kept) as {@link #rounding}
   * @throws CircuitException if there are some but not one a node, or one is negative or not finite
   */
  public FlatCircuit withRounding(double[] units) {
    if (units.length != 0 && units.length != numNodes()) {
      throw new CircuitException(
          "%d roundings; expected none, or one for each of %d nodes"
              .formatted(units.length, numNodes()));
    }
    for (int n = 0; n < units.length; n++) {
      if (!(units[n] >= 0 && units[n] < Double.POSITIVE_INFINITY)) {
        throw new CircuitException(
            "node %d: rounding of %s; expected a finite number of at least 0"
                .formatted(n, units[n]));
      }
    }
    return new FlatCircuit(this, classVariable, card, units);
  }

  /** {@link #rounding} of a node; 0 where there is none. */
  public double rounding(int node) {
    return rounding.length == 0 ? 0 : rounding[node];
  }

  /**
   * Bound on what compiling changed of the log of each node, in units of 2^-53, but for the squares
   * in Gaussians and what is below links: that of the worst tree of children, whatever the
   * evidence.
   *
   * @return [numNodes], empty where nothing was rounded
   */
  public double[] logRounding() {
    double[] sum = new double[rounding.length];
    for (int n = 0; n < sum.length; n++) {
      sum[n] = rounding[n];
      if (kind(n) == NodeKind.PRODUCT) {
        for (int i = 0; i < numChildren(n); i++) {
          sum[n] += sum[child(n, i)];
        }
      } else if (kind(n) == NodeKind.WEIGHTED_SUM) {
        double most = 0;
        for (int i = 0; i < numChildren(n); i++) {
          most = Math.max(most, sum[child(n, i)]);
        }
        sum[n] += most;
      }
    }
    return sum;
  }

  /** Number of variables. */
  public int numVariables() {
    return variables.size();
  }

  /** Number of nodes. */
  public int numNodes() {
    return kind.length;
  }

  /** Number of edges. */
  public int numEdges() {
    return child.length;
  }

  /** Number of parameters: weights, means, scales, log-probabilities, constants. */
  public int numParameters() {
    return parameter.length;
  }

  /**
   * The index of a variable.
   *
   * @throws ArgumentException if there is no such variable
   */
  public int indexOf(String name) {
    Integer index = indexByName.get(name);
    if (index == null) {
      throw new ArgumentException(
          "no variable '%s'; the variables are %s"
              .formatted(name, Names.list(variables.stream().map(Variable::name).toList())),
          name);
    }
    return index;
  }

  /** The kind of a node. */
  public NodeKind kind(int node) {
    return NodeKind.of(kind[node]);
  }

  /** Number of children of a node. */
  public int numChildren(int node) {
    return edgeStart[node + 1] - edgeStart[node];
  }

  /** The i-th child of a node; always less than the node. */
  public int child(int node, int i) {
    return child[edgeStart[node] + i];
  }

  /** Number of parameters of a node. */
  public int numParameters(int node) {
    return parameterStart[node + 1] - parameterStart[node];
  }

  /**
   * The i-th parameter of a node: mean and scale of a Gaussian or link, natural logs of a
   * categorical or constant, linear weights of a sum.
   */
  public double parameter(int node, int i) {
    return parameter[parameterStart[node] + i];
  }

  /** The leaf of a node on a real variable or a count, its parameters copied. */
  public UnivariateLeaf leaf(int node) {
    return UnivariateLeaf.of(
        kind(node),
        (Variable.Real) variables.get(variable[node]),
        parameter,
        parameterStart[node],
        parameterStart[node + 1]);
  }

  /** [numNodes] the leaf of each node of a kind that {@link NodeKind#isUnivariate}, else null. */
  public @Nullable UnivariateLeaf[] univariateLeaves() {
    UnivariateLeaf[] leaves = new UnivariateLeaf[numNodes()];
    for (int n = 0; n < leaves.length; n++) {
      leaves[n] = kind(n).isUnivariate() ? leaf(n) : null;
    }
    return leaves;
  }

  /** A leaf of a kind that {@link NodeKind#isUnivariate}; -1 for none. */
  public int anyUnivariate() {
    for (int n = 0; n < numNodes(); n++) {
      if (kind(n).isUnivariate()) {
        return n;
      }
    }
    return -1;
  }

  /** Whether a node is a Gaussian over several variables. */
  public boolean hasBlocks() {
    return blocks.length > 0;
  }

  /** A Gaussian over several variables. */
  public MultivariateGaussian block(int node) {
    return Objects.requireNonNull(blocks[node]);
  }

  private static @Nullable MultivariateGaussian[] blocks(FlatCircuit c) {
    @Nullable MultivariateGaussian[] blocks = new MultivariateGaussian[0];
    for (int n = 0; n < c.kind.length; n++) {
      if (c.kind(n) == NodeKind.GAUSSIAN_BLOCK) {
        MultivariateGaussian block =
            MultivariateGaussian.of(c.parameter, c.parameterStart[n], c.parameterStart[n + 1]);
        String problem = block.problem();
        if (problem != null) {
          throw new CircuitException("node %d (%s): %s".formatted(n, c.kind(n), problem));
        }
        blocks = blocks.length == 0 ? new MultivariateGaussian[c.kind.length] : blocks;
        blocks[n] = block;
      }
    }
    return blocks;
  }

  /** What helps where a Gaussian over several variables stands in the way. */
  public static final String WITHOUT_BLOCKS =
      "; a model without such Gaussians answers it: ugmm train --structure univariate";

  /**
   * Refuses what has no rule for Gaussians over several variables.
   *
   * @param what names what asks for it, such as {@code a session}
   * @param help what helps
   * @throws RefusedException if there is one
   */
  public void requireNoBlocks(String what, String help) {
    for (int n = 0; n < numNodes() && hasBlocks(); n++) {
      if (kind(n) == NodeKind.GAUSSIAN_BLOCK) {
        MultivariateGaussian block = block(n);
        List<String> names = new ArrayList<>();
        for (int i = 0; i < block.size(); i++) {
          names.add(variables.get(block.variable(i)).name());
        }
        throw new RefusedException(
            "%s does not know Gaussians over several variables".formatted(what),
            new Why(
                Why.Reason.NO_CLOSED_FORM,
                -1,
                List.of(),
                names,
                "node %d is one, over %s".formatted(n, Names.list(names))),
            help);
      }
    }
  }

  /** The structural properties; computed once, when first asked for. */
  public Structure structure() {
    Structure result = structure;
    if (result == null) {
      result = Structures.of(this);
      structure = result;
    }
    return result;
  }
}
