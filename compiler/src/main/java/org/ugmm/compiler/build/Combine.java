package org.ugmm.compiler.build;

import java.util.Arrays;
import java.util.List;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.CircuitBuilder;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;

/** Circuits over the same variables made one. */
final class Combine {
  private Combine() {}

  /** The mixture of circuits with weights that add to 1. */
  static Circuit mixture(List<Circuit> circuits, double[] weights) {
    if (circuits.size() == 1) {
      return circuits.get(0);
    }
    CircuitBuilder builder = Circuit.builder(circuits.get(0).variables());
    int[] root = new int[circuits.size()];
    for (int i = 0; i < root.length; i++) {
      root[i] = copy(builder, circuits.get(i));
    }
    return builder.build(builder.sumLinear(root, weights));
  }

  /**
   * One circuit a state of the class.
   *
   * @param parts [states] circuits that say nothing of the class
   * @param priors [states] linear, adding to 1
   */
  static Circuit byClass(
      List<Variable> variables, int classVariable, List<Circuit> parts, double[] priors) {
    CircuitBuilder builder = Circuit.builder(variables);
    int numStates = ((Categorical) variables.get(classVariable)).numStates();
    int[] root = new int[numStates];
    for (int s = 0; s < numStates; s++) {
      double[] logs = new double[numStates];
      Arrays.fill(logs, Double.NEGATIVE_INFINITY);
      logs[s] = 0;
      int features = copy(builder, parts.get(s));
      root[s] = builder.product(builder.categoricalLog(classVariable, logs), features);
    }
    return builder.build(builder.sumLinear(root, priors));
  }

  /** Adds the nodes of a circuit over the same variables; the new number of its root. */
  static int copy(CircuitBuilder builder, Circuit c) {
    return copyNodes(builder, c, (n, parameters) -> {})[c.root()];
  }

  /** Changes the parameters of a node in place, in the order and form of the circuit's. */
  interface Change {
    void apply(int node, double[] parameters);
  }

  /** Adds the nodes of a circuit with changed parameters; [numNodes] their new numbers. */
  static int[] copyNodes(CircuitBuilder builder, Circuit c, Change change) {
    int[] node = new int[c.numNodes()];
    for (int n = 0; n < node.length; n++) {
      int[] children = new int[c.numChildren(n)];
      for (int i = 0; i < children.length; i++) {
        children[i] = node[c.child(n, i)];
      }
      double[] parameters = new double[c.numParameters(n)];
      for (int i = 0; i < parameters.length; i++) {
        parameters[i] = c.parameter(n, i);
      }
      change.apply(n, parameters);
      NodeKind kind = c.kind(n);
      node[n] =
          switch (kind) {
            case GAUSSIAN -> builder.gaussian(c.variable(n), parameters[0], parameters[1]);
            case CATEGORICAL -> builder.categoricalLog(c.variable(n), parameters);
            case BASE -> builder.base(c.variable(n));
            case CONSTANT -> builder.constantLog(parameters[0]);
            case WEIGHTED_SUM -> builder.sumLinear(children, parameters);
            case PRODUCT -> builder.product(children);
            case GAUSSIAN_LINK -> builder.link(children[0], parameters[0], parameters[1]);
            case GAUSSIAN_BLOCK -> builder.gaussianBlock(parameters);
            default -> builder.leaf(kind, c.variable(n), parameters);
          };
    }
    return node;
  }
}
