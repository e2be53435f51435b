package org.ugmm.testdata;

import java.util.ArrayList;
import java.util.List;

/** Collects nodes, children first, and hands out their indices. */
public final class CircuitBuilder {

  private final List<PlainVariable> variables;
  private final List<PlainNode> nodes = new ArrayList<>();

  /** A builder over the given variables. */
  public CircuitBuilder(List<PlainVariable> variables) {
    this.variables = List.copyOf(variables);
  }

  /** The variables. */
  public List<PlainVariable> variables() {
    return variables;
  }

  /** Adds a node and returns its index. */
  public int add(PlainNode node) {
    nodes.add(node);
    return nodes.size() - 1;
  }

  /** Adds a Gaussian leaf. */
  public int gaussian(int var, double mean, double scale) {
    return add(new PlainNode.Gaussian(var, mean, scale));
  }

  /** Adds a categorical leaf with linear probabilities. */
  public int categorical(int var, double... p) {
    return add(new PlainNode.Categorical(var, p));
  }

  /** Adds a leaf that is 1 at one state of a categorical variable and 0 elsewhere. */
  public int indicator(int var, int state) {
    double[] p = new double[((PlainVariable.Categorical) variables.get(var)).numStates()];
    p[state] = 1;
    return categorical(var, p);
  }

  /** Adds a product. */
  public int product(int... children) {
    return add(new PlainNode.Product(children));
  }

  /** Adds a sum with linear weights. */
  public int sum(int[] children, double... weights) {
    return add(new PlainNode.WeightedSum(children, weights));
  }

  /** Adds a Gaussian link. */
  public int link(int child, double mean, double scale) {
    return add(new PlainNode.Link(child, mean, scale));
  }

  /** The circuit with the given root. */
  public PlainCircuit build(int root) {
    return new PlainCircuit(variables, nodes, root);
  }
}
