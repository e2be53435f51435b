package org.ugmm.compiler.build;

import java.util.SplittableRandom;
import org.ugmm.engine.CircuitBuilder;

/**
 * A mixture of products of leaves; with one component, independent columns.
 *
 * @param components number of components
 */
record Mixture(int components) implements Structure {
  @Override
  public int addTo(CircuitBuilder builder, Cloud cloud, int[] columns, long seed) {
    int[] group = cloud.groups(columns, components, 0, new SplittableRandom(seed));
    Leaves leaves = new Leaves(cloud);
    int[][] leaf = new int[columns.length][];
    for (int i = 0; i < columns.length; i++) {
      leaf[i] = leaves.add(builder, cloud, columns[i], group, components);
    }
    int[] component = new int[components];
    double[] weight = new double[components];
    for (int z = 0; z < components; z++) {
      int[] factors = new int[columns.length];
      for (int i = 0; i < factors.length; i++) {
        factors[i] = leaf[i][z];
      }
      component[z] = factors.length == 1 ? factors[0] : builder.product(factors);
      weight[z] = 1.0 / (group.length + components);
    }
    for (int z : group) {
      weight[z] += 1.0 / (group.length + components);
    }
    return components == 1 ? component[0] : builder.sumLinear(component, weight);
  }

  @Override
  public Structure atMost(int states) {
    return new Mixture(Math.min(components, states));
  }

  @Override
  public Structure varied() {
    return this;
  }

  @Override
  public double numWeights(int numColumns) {
    return (double) components * (numColumns + 1);
  }

  @Override
  public String label() {
    return components == 1 ? "independent" : "mixture K=" + components;
  }
}
