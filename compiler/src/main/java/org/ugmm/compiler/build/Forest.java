package org.ugmm.compiler.build;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.ugmm.engine.CircuitBuilder;
import org.ugmm.engine.data.Variable.Categorical;

/**
 * A deterministic circuit: decisions on categorical columns, and below them Chow-Liu trees in which
 * every column is seen (cutset networks, Rahman et al. 2014). Its counts are its parameters, so
 * nothing is learned afterwards; the most probable explanation is exact in one pass. Reals are
 * Gaussian given the categorical column that tells most of them.
 *
 * @param depth decisions one after the other, at most
 */
record Forest(int depth) implements Structure {
  private static final int FEWEST_ROWS = 50;
  private static final int MOST_BRANCHES = 16;
  private static final double PRIOR_ROWS = 1;

  @Override
  public int addTo(CircuitBuilder builder, Cloud cloud, int[] columns, long seed) {
    return new Growth(builder, cloud).grow(cloud, columns, depth);
  }

  @Override
  public Structure atMost(int states) {
    return this;
  }

  @Override
  public Structure varied() {
    return this;
  }

  @Override
  public boolean isLearned() {
    return false;
  }

  @Override
  public double numWeights(int numColumns) {
    return 0;
  }

  @Override
  public String label() {
    return "forest depth=" + depth;
  }

  /** Nodes as they are added. */
  private static final class Growth {
    private final CircuitBuilder builder;

    /** All rows: what is rare in some of them is drawn towards what it is in all. */
    private final Leaves leaves;

    Growth(CircuitBuilder builder, Cloud whole) {
      this.builder = builder;
      leaves = new Leaves(whole);
    }

    int grow(Cloud rows, int[] columns, int depth) {
      PairInformation information =
          new PairInformation(Bins.of(rows, Bins.mostFor(columns.length)));
      int[] split = IntStream.of(columns).filter(v -> isSplit(rows, v)).toArray();
      if (depth == 0 || rows.numRows() < FEWEST_ROWS || split.length == 0 || columns.length == 1) {
        return chowLiu(rows, columns, information);
      }
      int chosen = split[0];
      double most = -1;
      for (int v : split) {
        double sum =
            IntStream.of(columns).filter(u -> u != v).mapToDouble(u -> information.of(v, u)).sum();
        if (sum > most) {
          most = sum;
          chosen = v;
        }
      }
      return decide(rows, columns, chosen, depth);
    }

    private static boolean isSplit(Cloud rows, int v) {
      return rows.data().variables().get(v) instanceof Categorical c
          && c.numStates() > 1
          && c.numStates() <= MOST_BRANCHES;
    }

    private int decide(Cloud rows, int[] columns, int v, int depth) {
      int numStates = numStates(rows, v);
      int[] rest = IntStream.of(columns).filter(u -> u != v).toArray();
      int[] branch = new int[numStates];
      double[] weight = new double[numStates];
      double total = PRIOR_ROWS;
      for (int s = 0; s < numStates; s++) {
        int state = s;
        int[] here =
            IntStream.range(0, rows.numRows()).filter(i -> rows.value(i, v) == state).toArray();
        branch[s] =
            builder.product(indicator(v, s, numStates), grow(rows.only(here), rest, depth - 1));
        weight[s] = here.length + PRIOR_ROWS / numStates;
        total += here.length;
      }
      for (int s = 0; s < numStates; s++) {
        weight[s] /= total;
      }
      return builder.sumLinear(branch, weight);
    }

    private int chowLiu(Cloud rows, int[] columns, PairInformation information) {
      int[] states = IntStream.of(columns).filter(v -> isCategorical(rows, v)).toArray();
      int[] reals = IntStream.of(columns).filter(v -> !isCategorical(rows, v)).toArray();
      int[] none = new int[rows.numRows()];
      if (states.length == 0) {
        int[] factors =
            IntStream.of(reals).map(v -> leaves.add(builder, rows, v, none, 1)[0]).toArray();
        return factors.length == 1 ? factors[0] : builder.product(factors);
      }
      DependencyTree tree = DependencyTree.of(information, states, rows.data().variables().size());
      int[][] children = tree.children();
      for (int v : reals) {
        int best = states[0];
        for (int u : states) {
          best = information.of(u, v) > information.of(best, v) ? u : best;
        }
        children[best] = Arrays.copyOf(children[best], children[best].length + 1);
        children[best][children[best].length - 1] = v;
      }
      return given(rows, children, tree.order()[0], none, 1)[0];
    }

    /**
     * Adds the distribution of a column and of what is below it.
     *
     * @param above [rows] state of the column above, -1 where it is missing
     * @return [numAbove] one node a state of the column above
     */
    private int[] given(Cloud rows, int[][] children, int v, int[] above, int numAbove) {
      if (children[v].length == 0) {
        return leaves.add(builder, rows, v, above, numAbove);
      }
      int numStates = numStates(rows, v);
      int[] state = new int[rows.numRows()];
      double[] whole = new double[numStates];
      Arrays.fill(whole, PRIOR_ROWS / numStates);
      for (int i = 0; i < state.length; i++) {
        double x = rows.value(i, v);
        state[i] = Double.isNaN(x) ? -1 : (int) x;
        if (state[i] >= 0) {
          whole[state[i]]++;
        }
      }
      int[][] below = new int[children[v].length][];
      for (int c = 0; c < below.length; c++) {
        below[c] = given(rows, children, children[v][c], state, numStates);
      }
      int[] node = new int[numStates];
      for (int s = 0; s < numStates; s++) {
        IntArrayList factors = IntArrayList.of(indicator(v, s, numStates));
        for (int[] child : below) {
          factors.add(child[s]);
        }
        node[s] = builder.product(factors.toIntArray());
      }
      double[][] weight = weights(above, state, numAbove, whole);
      int[] sum = new int[numAbove];
      for (int y = 0; y < numAbove; y++) {
        sum[y] = builder.sumLinear(node, weight[y]);
      }
      return sum;
    }

    private static double[][] weights(int[] above, int[] state, int numAbove, double[] whole) {
      double all = Arrays.stream(whole).sum();
      double[][] weight = new double[numAbove][whole.length];
      double[] total = new double[numAbove];
      for (int i = 0; i < state.length; i++) {
        if (above[i] >= 0 && state[i] >= 0) {
          weight[above[i]][state[i]]++;
          total[above[i]]++;
        }
      }
      for (int y = 0; y < numAbove; y++) {
        for (int s = 0; s < whole.length; s++) {
          weight[y][s] = (weight[y][s] + PRIOR_ROWS * whole[s] / all) / (total[y] + PRIOR_ROWS);
        }
      }
      return weight;
    }

    private int indicator(int v, int state, int numStates) {
      double[] logs = new double[numStates];
      Arrays.fill(logs, Double.NEGATIVE_INFINITY);
      logs[state] = 0;
      return builder.categoricalLog(v, logs);
    }

    private static boolean isCategorical(Cloud rows, int v) {
      return rows.data().variables().get(v) instanceof Categorical;
    }

    private static int numStates(Cloud rows, int v) {
      return ((Categorical) rows.data().variables().get(v)).numStates();
    }
  }
}
