package org.ugmm.compiler.build;

import java.util.SplittableRandom;
import org.ugmm.engine.CircuitBuilder;

/**
 * Adds a hidden variable for each region of a tree: a state of it is a product of its own leaf and
 * of one sum over the states of each child (a dense layer, the CP form of Loconte et al. 2024). The
 * start counts how often groups of the rows in one region meet groups in the next.
 */
final class HiddenStates {
  /** Columns of a region that are looked at for its groups. */
  private static final int MOST_COLUMNS = 16;

  /** Noise that parts rows which are equal in these columns. */
  private static final double JITTER = 0.1;

  private final CircuitBuilder builder;
  private final Cloud cloud;
  private final int states;
  private final SplittableRandom random;

  HiddenStates(CircuitBuilder builder, Cloud cloud, int states, SplittableRandom random) {
    this.builder = builder;
    this.cloud = cloud;
    this.states = states;
    this.random = random;
  }

  /** Adds the nodes of a tree of regions; returns its root. */
  int add(RegionTree tree) {
    Leaves leaves = new Leaves(cloud);
    int[] parent = new int[tree.size()];
    int[][] group = new int[tree.size()][];
    for (int r = 0; r < group.length; r++) {
      group[r] = cloud.groups(tree.columns(r, MOST_COLUMNS), states, JITTER, random.split());
      for (int c : tree.children()[r]) {
        parent[c] = r;
      }
    }
    int last = group.length - 1;
    int[][] sum = new int[group.length][]; // [region][states of its parent]
    for (int r = 0; r <= last; r++) {
      int[] state = states(tree, r, leaves, group[r], sum);
      int[] above = r == last ? new int[cloud.numRows()] : group[parent[r]];
      double[][] weight = weights(above, group[r], r == last ? 1 : states);
      sum[r] = new int[weight.length];
      for (int z = 0; z < weight.length; z++) {
        sum[r][z] = builder.sumLinear(state, weight[z]);
      }
    }
    return sum[last][0];
  }

  private int[] states(RegionTree tree, int region, Leaves leaves, int[] group, int[][] sum) {
    int[] below = tree.children()[region];
    int own = tree.own()[region];
    int[] leaf = own < 0 ? new int[0] : leaves.add(builder, cloud, own, group, states);
    if (below.length == 0) {
      return leaf;
    }
    int[] state = new int[states];
    for (int z = 0; z < states; z++) {
      int[] factors = new int[below.length + (own < 0 ? 0 : 1)];
      for (int c = 0; c < below.length; c++) {
        factors[c] = sum[below[c]][z];
      }
      if (own >= 0) {
        factors[below.length] = leaf[z];
      }
      state[z] = builder.product(factors);
    }
    return state;
  }

  private double[][] weights(int[] above, int[] below, int numAbove) {
    double[][] weight = new double[numAbove][states];
    double[] total = new double[numAbove];
    for (int i = 0; i < below.length; i++) {
      weight[above[i]][below[i]]++;
      total[above[i]]++;
    }
    for (int y = 0; y < numAbove; y++) {
      for (int z = 0; z < states; z++) {
        weight[y][z] = (weight[y][z] + 1.0 / states) / (total[y] + 1);
      }
    }
    return weight;
  }
}
