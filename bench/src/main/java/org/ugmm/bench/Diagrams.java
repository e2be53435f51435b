package org.ugmm.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.CircuitBuilder;
import org.ugmm.engine.data.Variable;

/**
 * Random layered decision diagrams with probabilities (probabilistic ordered decision diagrams):
 * sparse, smooth, decomposable and deterministic circuits of any size.
 */
final class Diagrams {
  /** Edges of a decision: a sum of two products of an indicator and a node of the next layer. */
  private static final int EDGES_PER_DECISION = 6;

  private Diagrams() {}

  /**
   * A diagram over binary variables x0, x1, ...: one layer of decisions a variable, all of one
   * width but the first, which has one; each state of a decision leads to a random decision below.
   *
   * @param numEdges number of edges, met within one layer
   */
  static Circuit circuit(int numVariables, int numEdges, long seed) {
    Random random = new Random(seed);
    List<Variable> variables = new ArrayList<>();
    for (int v = 0; v < numVariables; v++) {
      variables.add(Variable.categorical("x" + v, "0", "1"));
    }
    CircuitBuilder builder = Circuit.builder(variables);
    int width = Math.max(1, numEdges / (EDGES_PER_DECISION * (numVariables - 1)));
    int[] below = new int[0];
    for (int v = numVariables - 1; v >= 0; v--) {
      int[] indicator = {
        builder.categoricalLog(v, 0, Double.NEGATIVE_INFINITY),
        builder.categoricalLog(v, Double.NEGATIVE_INFINITY, 0)
      };
      int[] layer = new int[v == 0 ? 1 : width];
      for (int d = 0; d < layer.length; d++) {
        int[] branches = indicator.clone();
        for (int s = 0; s < branches.length && below.length > 0; s++) {
          branches[s] = builder.product(indicator[s], below[random.nextInt(below.length)]);
        }
        double p = 0.05 + 0.9 * random.nextDouble();
        layer[d] = builder.sumLinear(branches, new double[] {p, 1 - p});
      }
      below = layer;
    }
    return builder.build(below[0]);
  }
}
