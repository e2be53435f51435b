package org.ugmm.engine.learn;

import java.util.Arrays;
import org.ugmm.engine.data.CircuitException;
import org.ugmm.engine.data.NodeKind;

/**
 * Nodes that share their parameters: sums of as many children, or leaves of one family, as where a
 * chain has the same transitions and emissions at each step. What is counted at one counts for all.
 * Gaussian leaves may also share their means alone, each with a scale of its own.
 */
final class Ties {
  static final Ties NONE = new Ties(new int[0][], new int[0][]);

  /** Parameters that differ by less, relative to their size, are taken for equal at the start. */
  private static final double EQUAL = 1e-9;

  /** [groups][nodes] in training; the first speaks for all. */
  private final int[][] group;

  /** [groups][Gaussian leaves] with one mean; where a leaf is tied as a whole, its first node. */
  private final int[][] meanGroup;

  private Ties(int[][] group, int[][] meanGroup) {
    this.group = group;
    this.meanGroup = meanGroup;
  }

  /**
   * Ties some nodes of a circuit, which all take the parameters of the first of their group.
   *
   * @param tied [groups][nodes]; nodes that the root does not reach are passed over
   * @param tiedMeans [groups][Gaussian leaves] that share their means only
   * @throws CircuitException if there is no such node, it stands in two groups, has no parameters,
   *     or is of another kind, number of parameters or start than the first of its group
   */
  static Ties of(TrainedCircuit c, int[][] tied, int[][] tiedMeans) {
    int[][] group = live(c, tied);
    int[] first = new int[c.numNodes];
    Arrays.setAll(first, n -> n);
    for (int[] nodes : group) {
      for (int n : nodes) {
        check(c, nodes[0], n);
        first[n] = nodes[0];
      }
    }
    int[][] meanGroup = live(c, tiedMeans);
    for (int g = 0; g < meanGroup.length; g++) {
      for (int n : meanGroup[g]) {
        checkMean(c, meanGroup[g][0], n);
      }
      meanGroup[g] = Arrays.stream(meanGroup[g]).map(n -> first[n]).distinct().toArray();
    }
    Ties ties = new Ties(group, live(c, meanGroup)); // nodes tied as one are in one group of means
    ties.copy(c);
    return ties;
  }

  /** The nodes that the root reaches, none of them twice. */
  private static int[][] live(TrainedCircuit c, int[][] tied) {
    boolean[] taken = new boolean[c.numNodes];
    int[][] live = new int[tied.length][];
    for (int g = 0; g < tied.length; g++) {
      for (int n : tied[g]) {
        if (n < 0 || n >= c.numNodes) {
          throw new CircuitException("tied node %d; expected 0 .. %d".formatted(n, c.numNodes - 1));
        }
        if (taken[n]) {
          throw new CircuitException("node %d is tied twice; expected once".formatted(n));
        }
        taken[n] = true;
      }
      live[g] = Arrays.stream(tied[g]).filter(n -> c.live[n]).toArray();
    }
    return live;
  }

  private static void checkMean(TrainedCircuit c, int first, int n) {
    if (c.kind[n] != NodeKind.GAUSSIAN) {
      throw new CircuitException(
          "node %d of those with one mean is of kind %s; expected GAUSSIAN"
              .formatted(n, c.kind[n]));
    }
    checkEqual(c, first, n, 0);
  }

  private static void check(TrainedCircuit c, int first, int n) {
    boolean isLeaf = c.variable[n] >= 0 && c.kind[n] != NodeKind.BASE;
    if (c.kind[n] != NodeKind.WEIGHTED_SUM && !isLeaf) {
      throw new CircuitException(
          "node %d is of kind %s, which has nothing to tie; expected sums or leaves"
              .formatted(n, c.kind[n]));
    }
    int size = c.numParameters(first);
    if (c.kind[n] != c.kind[first] || c.numParameters(n) != size) {
      throw new CircuitException(
          "node %d is of kind %s with %d parameters; expected %s with %d as node %d that it is tied"
                  .formatted(n, c.kind[n], c.numParameters(n), c.kind[first], size, first)
              + " to");
    }
    for (int i = 0; i < size; i++) {
      checkEqual(c, first, n, i);
    }
  }

  private static void checkEqual(TrainedCircuit c, int first, int n, int i) {
    double a = c.parameter[c.parameterStart[first] + i];
    double b = c.parameter[c.parameterStart[n] + i];
    if (a != b && !(Math.abs(a - b) <= EQUAL * Math.max(Math.abs(a), Math.abs(b)))) {
      throw new CircuitException(
          "parameter %d of node %d is %s; expected %s as of node %d that it is tied to"
              .formatted(i, n, b, a, first));
    }
  }

  /** The groups of leaves with one mean, none of which follows another. */
  int[][] meanGroups() {
    return meanGroup;
  }

  /** Whether the node has its parameters from another. */
  boolean[] followers(int numNodes) {
    boolean[] follows = new boolean[numNodes];
    for (int[] nodes : group) {
      for (int i = 1; i < nodes.length; i++) {
        follows[nodes[i]] = true;
      }
    }
    return follows;
  }

  /**
   * Adds up what nodes have, at the first of each group.
   *
   * @param start [numNodes + 1] where each node's numbers start
   */
  void gather(int[] start, double[] numbers) {
    for (int[] nodes : group) {
      for (int i = 1; i < nodes.length; i++) {
        for (int k = start[nodes[0]]; k < start[nodes[0] + 1]; k++) {
          numbers[k] += numbers[start[nodes[i]] + k - start[nodes[0]]];
        }
      }
    }
  }

  /** Adds up one number a node, at the first of each group. */
  void gather(double[] number) {
    for (int[] nodes : group) {
      for (int i = 1; i < nodes.length; i++) {
        number[nodes[0]] += number[nodes[i]];
      }
    }
  }

  /** Gives all nodes of a group the parameters of the first. */
  void copy(TrainedCircuit c) {
    for (int[] nodes : meanGroup) {
      for (int n : nodes) {
        c.parameter[c.parameterStart[n]] = c.parameter[c.parameterStart[nodes[0]]];
      }
    }
    spread(c.parameterStart, c.parameter);
  }

  /** Makes the gradient by each node's own parameters that by the shared ones, at each node. */
  void share(TrainedCircuit c, double[] gradient) {
    gather(c.parameterStart, gradient);
    for (int[] nodes : meanGroup) {
      double sum = 0;
      for (int n : nodes) {
        sum += gradient[c.parameterStart[n]];
      }
      for (int n : nodes) {
        gradient[c.parameterStart[n]] = sum;
      }
    }
    spread(c.parameterStart, gradient);
  }

  private void spread(int[] start, double[] numbers) {
    for (int[] nodes : group) {
      for (int i = 1; i < nodes.length; i++) {
        int size = start[nodes[0] + 1] - start[nodes[0]];
        System.arraycopy(numbers, start[nodes[0]], numbers, start[nodes[i]], size);
      }
    }
  }
}
