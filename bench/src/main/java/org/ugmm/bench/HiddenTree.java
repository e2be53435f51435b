package org.ugmm.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.CircuitBuilder;
import org.ugmm.engine.data.Variable;

/**
 * Hidden Chow-Liu trees (Liu and Van den Broeck, NeurIPS 2021): a hidden state a variable, each
 * given that of the variable's parent.
 */
final class HiddenTree {
  private HiddenTree() {}

  /**
   * A binary tree over binary variables with random parameters: variable v has the children 2 v + 1
   * and 2 v + 2.
   */
  static Circuit circuit(int numVariables, int numStates, long seed) {
    Random random = new Random(seed);
    List<Variable> variables = new ArrayList<>();
    for (int v = 0; v < numVariables; v++) {
      variables.add(Variable.categorical("x" + v, "0", "1"));
    }
    CircuitBuilder builder = Circuit.builder(variables);
    int[][] message = new int[numVariables][];
    for (int v = numVariables - 1; v >= 0; v--) {
      int[] products = new int[numStates];
      for (int z = 0; z < numStates; z++) {
        double p = 0.1 + 0.8 * random.nextDouble();
        int product = builder.categoricalLinear(v, 1 - p, p);
        for (int child = 2 * v + 1; child <= 2 * v + 2 && child < numVariables; child++) {
          product = builder.product(product, message[child][z]);
        }
        products[z] = product;
      }
      message[v] = new int[v == 0 ? 1 : numStates];
      for (int z = 0; z < message[v].length; z++) {
        double[] weights = random.doubles(numStates).map(u -> Math.exp(-2 * u)).toArray();
        double sum = Arrays.stream(weights).sum();
        Arrays.setAll(weights, i -> weights[i] / sum);
        message[v][z] = builder.sumLinear(products, weights);
      }
    }
    return builder.build(message[0][0]);
  }
}
