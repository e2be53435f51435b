package org.ugmm.engine;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.CircuitException;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.flat.FlatBuilder;
import org.ugmm.engine.leaf.MultivariateGaussian;
import org.ugmm.engine.leaf.UnivariateLeaf;

/**
 * Assembles a {@link Circuit} node by node, children first. Each method returns the number of the
 * new node. Numbers are linear or natural logs, as the name of the method says. Arguments are
 * checked by {@link #build}, which checks the whole. Not thread-safe.
 */
public final class CircuitBuilder {
  private final FlatBuilder flat;

  CircuitBuilder(List<Variable> variables) {
    flat = new FlatBuilder(variables);
  }

  /** A Gaussian leaf {@code N(x; mean, scale^2)} on a real variable. */
  public int gaussian(int variableIndex, double mean, double scale) {
    return flat.gaussian(variableIndex, mean, scale);
  }

  /** A categorical leaf of linear probabilities, one a state. */
  public int categoricalLinear(int variableIndex, double... probabilities) {
    return flat.categorical(variableIndex, logs(probabilities));
  }

  /** A categorical leaf of natural logs of probabilities, one a state; -infinity for zero. */
  public int categoricalLog(int variableIndex, double... logProbabilities) {
    return flat.categorical(variableIndex, logProbabilities);
  }

  /** The base measure of a real variable with a bounded domain. */
  public int base(int variableIndex) {
    return flat.base(variableIndex);
  }

  /**
   * A leaf of one of the families on a real variable or a count.
   *
   * @param kind histogram, Poisson, uniform, exponential, gamma or log-normal
   * @param parameters as {@link NodeKind} says of the kind
   */
  public int leaf(NodeKind kind, int variableIndex, double... parameters) {
    return flat.univariate(kind, variableIndex, parameters);
  }

  /**
   * What is wrong with a leaf, as {@code found; expected what}; null for nothing.
   *
   * @param kind as for {@link #leaf}
   * @param parameters as for {@link #leaf}
   */
  public static @Nullable String leafProblem(
      NodeKind kind, Variable variable, double... parameters) {
    return variable instanceof Variable.Real real
        ? UnivariateLeaf.problem(kind, real, parameters)
        : "a leaf for numbers on '%s', which is categorical; expected a real variable or a count"
            .formatted(variable.name());
  }

  /**
   * A Gaussian over several real variables without domains.
   *
   * @param variables their indices, each once
   * @param mean one a variable
   * @param covariance symmetric and positive definite, one row a variable
   * @throws CircuitException if shapes differ, or the covariance is not symmetric
   */
  public int gaussianBlock(int[] variables, double[] mean, double[][] covariance) {
    String problem = MultivariateGaussian.shapeProblem(variables, mean, covariance);
    if (problem != null) {
      throw new CircuitException("node %d (GAUSSIAN_BLOCK): %s".formatted(numNodes(), problem));
    }
    return flat.block(MultivariateGaussian.parameters(variables, mean, covariance));
  }

  /**
   * A Gaussian over several real variables by the parameters of its node.
   *
   * @param parameters as {@link NodeKind#GAUSSIAN_BLOCK} says
   */
  public int gaussianBlock(double... parameters) {
    return flat.block(parameters);
  }

  /**
   * The parameters of a node that is a Gaussian over several variables.
   *
   * @param variables their indices, each once
   * @param mean one a variable
   * @param covariance one row a variable
   */
  public static double[] blockParameters(int[] variables, double[] mean, double[][] covariance) {
    return MultivariateGaussian.parameters(variables, mean, covariance);
  }

  /**
   * The variables of a node that is a Gaussian over several ones.
   *
   * @param parameters those of the node
   */
  public static int[] blockVariables(double... parameters) {
    int size = MultivariateGaussian.dimension(parameters.length);
    return IntStream.range(0, size).map(i -> (int) parameters[i]).toArray();
  }

  /**
   * What is wrong with a Gaussian over several variables, as {@code found; expected what}; null for
   * nothing.
   *
   * @param all the variables of the circuit
   * @param variables as for {@link #blockParameters}
   * @param mean as there
   * @param covariance as there
   */
  public static @Nullable String blockProblem(
      List<Variable> all, int[] variables, double[] mean, double[][] covariance) {
    String problem = MultivariateGaussian.shapeProblem(variables, mean, covariance);
    if (problem != null) {
      return problem;
    }
    double[] parameters = MultivariateGaussian.parameters(variables, mean, covariance);
    problem = MultivariateGaussian.problem(all, parameters, 0, parameters.length);
    return problem != null
        ? problem
        : MultivariateGaussian.of(parameters, 0, parameters.length).problem();
  }

  /** A constant by its linear value, not negative. */
  public int constantLinear(double value) {
    return flat.constant(StrictMath.log(value));
  }

  /** A constant by its natural log; -infinity for zero. */
  public int constantLog(double logValue) {
    return flat.constant(logValue);
  }

  /** A product of earlier nodes. */
  public int product(int... children) {
    return flat.product(children);
  }

  /** A sum of earlier nodes with linear weights, one a child. */
  public int sumLinear(int[] children, double[] weights) {
    return flat.weightedSum(children, weights);
  }

  /** A sum of earlier nodes with natural logs of weights, one a child; -infinity for zero. */
  public int sumLog(int[] children, double[] logWeights) {
    double[] weights = new double[logWeights.length];
    Arrays.setAll(weights, i -> StrictMath.exp(logWeights[i]));
    return flat.weightedSum(children, weights);
  }

  private static double[] logs(double[] linear) {
    double[] logs = new double[linear.length];
    Arrays.setAll(logs, i -> StrictMath.log(linear[i]));
    return logs;
  }

  /** A Gaussian over the natural log of an earlier node. */
  public int link(int childNode, double mean, double scale) {
    return flat.link(childNode, mean, scale);
  }

  /** Number of nodes so far. */
  public int numNodes() {
    return flat.numNodes();
  }

  /**
   * Builds the circuit with the given root; the builder may go on being used.
   *
   * @throws CircuitException if an argument given to any method was not valid; the message names
   *     the node and what was expected
   */
  public Circuit build(int root) {
    return new Circuit(flat.build(root));
  }
}
