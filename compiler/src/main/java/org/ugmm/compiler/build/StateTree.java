package org.ugmm.compiler.build;

import java.util.Arrays;
import org.ugmm.engine.CircuitBuilder;
import org.ugmm.engine.data.Variable.Categorical;

/**
 * The states of several columns given a component: a Chow-Liu tree of the columns, the same for all
 * components, with the counts of each. What a component has seen rarely is drawn towards what is so
 * in all rows.
 */
final class StateTree {
  private static final double PRIOR_ROWS = 2;

  private final CircuitBuilder builder;
  private final Cloud cloud;

  /** [rows][components] */
  private final double[][] share;

  private final DependencyTree tree;
  private final int[][] children;

  /**
   * A tree of categorical columns, at least one.
   *
   * @param share [rows][components] how much of a row a component has
   */
  StateTree(CircuitBuilder builder, Cloud cloud, int[] columns, double[][] share) {
    this.builder = builder;
    this.cloud = cloud;
    this.share = share;
    PairInformation information = new PairInformation(Bins.of(cloud, Bins.mostFor(columns.length)));
    tree = DependencyTree.of(information, columns, cloud.data().variables().size());
    children = tree.children();
  }

  /** Adds the states given a component; their root. */
  int add(int component) {
    return add(tree.order()[0], 1, component)[0];
  }

  /** [numAbove] one node a state of the column above. */
  private int[] add(int v, int numAbove, int component) {
    double[][] p = probabilities(v, numAbove, component);
    int[] node = new int[numAbove];
    if (children[v].length == 0) {
      Arrays.setAll(node, u -> builder.categoricalLinear(v, p[u]));
      return node;
    }
    int numStates = numStates(v);
    int[][] below = new int[children[v].length][];
    Arrays.setAll(below, i -> add(children[v][i], numStates, component));
    int[] state = new int[numStates];
    for (int s = 0; s < numStates; s++) {
      double[] indicator = new double[numStates];
      indicator[s] = 1;
      int[] factors = new int[1 + below.length];
      factors[0] = builder.categoricalLinear(v, indicator);
      for (int i = 0; i < below.length; i++) {
        factors[1 + i] = below[i][s];
      }
      state[s] = builder.product(factors);
    }
    Arrays.setAll(node, u -> builder.sumLinear(state, p[u]));
    return node;
  }

  /** [states of the column above, one for the root][states] */
  private double[][] probabilities(int v, int numAbove, int component) {
    int numStates = numStates(v);
    double[][] own = new double[numAbove][numStates];
    double[][] all = new double[numAbove][numStates];
    double[] whole = new double[numStates];
    for (int r = 0; r < cloud.numRows(); r++) {
      double state = cloud.value(r, v);
      double above = tree.parent()[v] < 0 ? 0 : cloud.value(r, tree.parent()[v]);
      if (!Double.isNaN(state)) {
        whole[(int) state] += cloud.weight(r);
        if (!Double.isNaN(above)) {
          all[(int) above][(int) state] += cloud.weight(r);
          own[(int) above][(int) state] += cloud.weight(r) * share[r][component];
        }
      }
    }
    double[] even = new double[numStates];
    Arrays.fill(even, 1.0 / numStates);
    double[] usual = drawn(whole, even);
    double[][] p = new double[numAbove][];
    Arrays.setAll(p, u -> drawn(own[u], drawn(all[u], usual)));
    return p;
  }

  /** Counts as probabilities, as if some rows had been seen before. */
  private static double[] drawn(double[] count, double[] before) {
    double total = Arrays.stream(count).sum() + PRIOR_ROWS;
    double[] p = new double[count.length];
    Arrays.setAll(p, s -> (count[s] + PRIOR_ROWS * before[s]) / total);
    return p;
  }

  private int numStates(int v) {
    return ((Categorical) cloud.data().variables().get(v)).numStates();
  }
}
