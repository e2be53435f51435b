package org.ugmm.engine.learn;

import java.util.Arrays;
import org.ugmm.engine.data.CircuitException;
import org.ugmm.engine.data.NodeKind;

/**
 * Nodes that share their parameters: sums of as many children, or leaves of one family, as where a
 * chain has the same transitions and emissions at each step. What is counted at one counts for all.
 */
final class Ties {
  static final Ties NONE = new Ties(new int[0][]);

  /** Parameters that differ by less, relative to their size, are taken for equal at the start. */
  private static final double EQUAL = 1e-9;

  /** [groups][nodes] in training; the first speaks for all. */
  private final int[][] group;

  private Ties(int[][] group) {
    this.group = group;
  }

  /**
   * Ties some nodes of a circuit, which all take the parameters of the first of their group.
   *
   * @param tied [groups][nodes]; nodes that the root does not reach are passed over
   * @throws CircuitException if there is no such node, it stands in two groups, has no parameters,
   *     or is of another kind, number of parameters or start than the first of its group
   */
  static Ties of(TrainedCircuit c, int[][] tied) {
    boolean[] taken = new boolean[c.numNodes];
    int[][] group = new int[tied.length][];
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
      group[g] = Arrays.stream(tied[g]).filter(n -> c.live[n]).toArray();
      for (int n : group[g]) {
        check(c, group[g][0], n);
      }
    }
    Ties ties = new Ties(group);
    ties.copy(c);
    return ties;
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
      double a = c.parameter[c.parameterStart[first] + i];
      double b = c.parameter[c.parameterStart[n] + i];
      if (a != b && !(Math.abs(a - b) <= EQUAL * Math.max(Math.abs(a), Math.abs(b)))) {
        throw new CircuitException(
            "parameter %d of node %d is %s; expected %s as of node %d that it is tied to"
                .formatted(i, n, b, a, first));
      }
    }
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

  /** Gives all nodes of a group what the first has. */
  void spread(int[] start, double[] numbers) {
    for (int[] nodes : group) {
      for (int i = 1; i < nodes.length; i++) {
        int size = start[nodes[0] + 1] - start[nodes[0]];
        System.arraycopy(numbers, start[nodes[0]], numbers, start[nodes[i]], size);
      }
    }
  }

  /** Gives all nodes of a group the parameters of the first. */
  void copy(TrainedCircuit c) {
    spread(c.parameterStart, c.parameter);
  }
}
