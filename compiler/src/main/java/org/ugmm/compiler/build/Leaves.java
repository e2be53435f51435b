package org.ugmm.compiler.build;

import java.util.Arrays;
import org.ugmm.engine.CircuitBuilder;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Variable.Categorical;

/**
 * First leaves: of each group of rows one, drawn towards the leaf of the whole column as if that
 * had been seen a little more, so that no group is without an opinion and no scale is 0.
 */
final class Leaves {
  private static final double PRIOR_ROWS = 2;

  /** The least scale in standard deviations of the column. */
  private static final double LEAST_SCALE = 0.05;

  /** The rows that say what a whole column is like. */
  private final Cloud whole;

  Leaves(Cloud whole) {
    this.whole = whole;
  }

  /**
   * Adds the leaves of a variable.
   *
   * @param rows the rows that are grouped
   * @param group [rows used] 0 .. k-1, -1 for none
   * @return [k] the nodes
   */
  int[] add(CircuitBuilder builder, Cloud rows, int variable, int[] group, int k) {
    if (rows.data().variables().get(variable) instanceof Categorical categorical) {
      return categoricals(builder, rows, variable, categorical.numStates(), group, k);
    }
    NodeKind family = rows.family(variable);
    return family == NodeKind.GAUSSIAN
        ? gaussians(builder, rows, variable, group, k)
        : new FamilyLeaves(builder, rows, variable, group, k).add(family, whole);
  }

  private int[] categoricals(
      CircuitBuilder builder, Cloud rows, int v, int numStates, int[] group, int k) {
    double[][] count = new double[k][numStates];
    double[] share = shares(v, numStates);
    for (int i = 0; i < group.length; i++) {
      double x = rows.value(i, v);
      if (!Double.isNaN(x) && group[i] >= 0) {
        count[group[i]][(int) x]++;
      }
    }
    int[] node = new int[k];
    for (int z = 0; z < k; z++) {
      double total = PRIOR_ROWS + Arrays.stream(count[z]).sum();
      for (int s = 0; s < numStates; s++) {
        count[z][s] = Math.log((count[z][s] + PRIOR_ROWS * share[s]) / total);
      }
      node[z] = builder.categoricalLog(v, count[z]);
    }
    return node;
  }

  /** [states] frequencies in the whole column, none of them 0. */
  private double[] shares(int v, int numStates) {
    double[] share = new double[numStates];
    Arrays.fill(share, 1);
    double total = numStates;
    for (int i = 0; i < whole.numRows(); i++) {
      double x = whole.value(i, v);
      if (!Double.isNaN(x)) {
        share[(int) x]++;
        total++;
      }
    }
    for (int s = 0; s < numStates; s++) {
      share[s] /= total;
    }
    return share;
  }

  private int[] gaussians(CircuitBuilder builder, Cloud rows, int v, int[] group, int k) {
    double mean = whole.mean(v);
    double scale = whole.scale(v);
    double[] count = new double[k];
    double[] sum = new double[k];
    double[] squares = new double[k];
    for (int i = 0; i < group.length; i++) {
      double x = (rows.value(i, v) - mean) / scale;
      if (!Double.isNaN(x) && group[i] >= 0) {
        count[group[i]]++;
        sum[group[i]] += x;
        squares[group[i]] += x * x;
      }
    }
    int[] node = new int[k];
    for (int z = 0; z < k; z++) {
      double m = sum[z] / (count[z] + PRIOR_ROWS);
      double variance = (squares[z] + PRIOR_ROWS) / (count[z] + PRIOR_ROWS) - m * m;
      node[z] =
          builder.gaussian(
              v,
              mean + m * scale,
              scale * Math.sqrt(Math.max(LEAST_SCALE * LEAST_SCALE, variance)));
    }
    return node;
  }
}
