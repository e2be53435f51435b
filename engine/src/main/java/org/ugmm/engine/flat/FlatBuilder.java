package org.ugmm.engine.flat;

import it.unimi.dsi.fastutil.doubles.DoubleArrayList;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.io.ByteArrayOutputStream;
import java.util.List;
import org.ugmm.engine.data.CircuitException;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Variable;

/**
 * Assembles a {@link FlatCircuit} node by node, children first. Each method returns the number of
 * the new node. Arguments are checked by {@link #build}, which checks the whole. Not thread-safe.
 */
public final class FlatBuilder {
  private final List<Variable> variables;
  private final ByteArrayOutputStream kind = new ByteArrayOutputStream();
  private final IntArrayList edgeStart = IntArrayList.of(0);
  private final IntArrayList child = new IntArrayList();
  private final IntArrayList parameterStart = IntArrayList.of(0);
  private final DoubleArrayList parameter = new DoubleArrayList();
  private final IntArrayList variable = new IntArrayList();
  private final DoubleArrayList rounding = new DoubleArrayList();
  private boolean isRounded;

  /** A builder of a circuit over the given variables. */
  public FlatBuilder(List<Variable> variables) {
    this.variables = List.copyOf(variables);
  }

  /** A Gaussian leaf {@code N(x; mean, scale^2)} on a real variable. */
  public int gaussian(int variableIndex, double mean, double scale) {
    parameter.add(mean);
    parameter.add(scale);
    return close(NodeKind.GAUSSIAN, variableIndex);
  }

  /** A categorical leaf; {@code logProbabilities} are natural logs, one a state. */
  public int categorical(int variableIndex, double... logProbabilities) {
    parameter.addElements(parameter.size(), logProbabilities);
    return close(NodeKind.CATEGORICAL, variableIndex);
  }

  /** The base measure of a real variable with a bounded domain. */
  public int base(int variableIndex) {
    return close(NodeKind.BASE, variableIndex);
  }

  /**
   * A leaf of one of the other families.
   *
   * @param kind one that {@link NodeKind#isUnivariate}
   * @param parameters as {@link NodeKind} says
   */
  public int univariate(NodeKind kind, int variableIndex, double... parameters) {
    parameter.addElements(parameter.size(), parameters);
    return close(kind, variableIndex);
  }

  /**
   * A Gaussian over several real variables.
   *
   * @param parameters as {@link NodeKind#GAUSSIAN_BLOCK} says
   */
  public int block(double... parameters) {
    parameter.addElements(parameter.size(), parameters);
    return close(NodeKind.GAUSSIAN_BLOCK, -1);
  }

  /** A constant, as a natural log. */
  public int constant(double logValue) {
    parameter.add(logValue);
    return close(NodeKind.CONSTANT, -1);
  }

  /** A product of earlier nodes. */
  public int product(int... children) {
    child.addElements(child.size(), children);
    return close(NodeKind.PRODUCT, -1);
  }

  /** A sum of earlier nodes with linear weights, one a child. */
  public int weightedSum(int[] children, double[] weights) {
    child.addElements(child.size(), children);
    parameter.addElements(parameter.size(), weights);
    return close(NodeKind.WEIGHTED_SUM, -1);
  }

  /** A Gaussian over the natural log of an earlier node. */
  public int link(int childNode, double mean, double scale) {
    child.add(childNode);
    parameter.add(mean);
    parameter.add(scale);
    return close(NodeKind.GAUSSIAN_LINK, -1);
  }

  /**
   * A copy of a node of a circuit over the same variables.
   *
   * @param copyOf [numNodes] the new number of each of its children
   */
  public int copy(FlatCircuit circuit, int node, int[] copyOf) {
    for (int e = circuit.edgeStart[node]; e < circuit.edgeStart[node + 1]; e++) {
      child.add(copyOf[circuit.child[e]]);
    }
    int from = circuit.parameterStart[node];
    parameter.addElements(
        parameter.size(), circuit.parameter, from, circuit.parameterStart[node + 1] - from);
    return rounded(close(circuit.kind(node), circuit.variable[node]), circuit.rounding(node));
  }

  /**
   * Notes what was rounded of the parameters of a node, as {@link FlatCircuit#rounding} counts it.
   *
   * @return the node
   */
  public int rounded(int node, double units) {
    rounding.set(node, units);
    isRounded |= units != 0;
    return node;
  }

  /** Number of nodes so far. */
  public int numNodes() {
    return kind.size();
  }

  private int close(NodeKind nodeKind, int variableIndex) {
    kind.write(nodeKind.code());
    variable.add(variableIndex);
    rounding.add(0);
    edgeStart.add(child.size());
    parameterStart.add(parameter.size());
    return kind.size() - 1;
  }

  /**
   * Builds the circuit with the given root; the builder may go on being used.
   *
   * @throws CircuitException if an argument given to any method was not valid; the message names
   *     the node and what was expected
   */
  public FlatCircuit build(int root) {
    return new FlatCircuit(
            variables,
            kind.toByteArray(),
            edgeStart.toIntArray(),
            child.toIntArray(),
            parameterStart.toIntArray(),
            parameter.toDoubleArray(),
            variable.toIntArray(),
            root)
        .withRounding(isRounded ? rounding.toDoubleArray() : new double[0]);
  }
}
