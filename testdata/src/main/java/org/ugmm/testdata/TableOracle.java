package org.ugmm.testdata;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.function.DoubleBinaryOperator;

/**
 * Sums and maxima of a product of tables by elimination on plain arrays: slow, simple, and no code
 * in common with what it tests.
 */
public final class TableOracle {

  private final int[] numStates;
  private final List<PlainTable> tables;

  /** The product of some tables. */
  public TableOracle(int[] numStates, List<PlainTable> tables) {
    this.numStates = numStates.clone();
    this.tables = List.copyOf(tables);
  }

  /** Number of variables. */
  public int numVariables() {
    return numStates.length;
  }

  /** Number of states of a variable. */
  public int numStates(int variable) {
    return numStates[variable];
  }

  /**
   * The sum over all but some variables.
   *
   * @param observed the state of each variable, -1 where it is summed out or kept
   * @param kept the variables that stay
   * @return [joint states of the kept ones] the last of them fastest
   */
  public double[] sum(int[] observed, int... kept) {
    return reduce(observed, Double::sum, kept);
  }

  /** The largest product of all tables. */
  public double max(int[] observed) {
    return reduce(observed, Math::max)[0];
  }

  /** The product of all tables for one state of each variable. */
  public double at(int[] states) {
    double product = 1;
    for (PlainTable table : tables) {
      product *= entry(table, states);
    }
    return product;
  }

  private double entry(PlainTable table, int[] states) {
    int at = 0;
    for (int v : table.scope()) {
      at = at * numStates[v] + states[v];
    }
    return table.values()[at];
  }

  private double[] reduce(int[] observed, DoubleBinaryOperator add, int... kept) {
    List<PlainTable> open = new ArrayList<>();
    for (PlainTable table : tables) {
      open.add(restricted(table, observed));
    }
    BitSet left = new BitSet();
    for (int v = 0; v < numStates.length; v++) {
      left.set(v, observed[v] < 0);
    }
    for (int v : kept) {
      left.clear(v);
    }
    while (!left.isEmpty()) {
      int v = cheapest(open, left);
      left.clear(v);
      List<PlainTable> with = new ArrayList<>();
      List<PlainTable> without = new ArrayList<>();
      for (PlainTable table : open) {
        (mentions(table, v) ? with : without).add(table);
      }
      without.add(eliminated(with, v, add));
      open = without;
    }
    return product(open, kept);
  }

  private static boolean mentions(PlainTable table, int v) {
    return Arrays.stream(table.scope()).anyMatch(u -> u == v);
  }

  private int cheapest(List<PlainTable> open, BitSet left) {
    int best = -1;
    double bestSize = 0;
    for (int v = left.nextSetBit(0); v >= 0; v = left.nextSetBit(v + 1)) {
      double size = 1;
      for (int u : union(open, v)) {
        size *= numStates[u];
      }
      if (best < 0 || size < bestSize) {
        best = v;
        bestSize = size;
      }
    }
    return best;
  }

  /** The variables of the tables that mention a variable. */
  private int[] union(List<PlainTable> open, int v) {
    BitSet union = new BitSet();
    for (PlainTable table : open) {
      if (mentions(table, v)) {
        Arrays.stream(table.scope()).forEach(union::set);
      }
    }
    union.set(v);
    return union.stream().toArray();
  }

  private PlainTable eliminated(List<PlainTable> with, int v, DoubleBinaryOperator add) {
    int[] rest = Arrays.stream(union(with, v)).filter(u -> u != v).toArray();
    int[] scope = Arrays.copyOf(rest, rest.length + 1);
    scope[rest.length] = v;
    double[] joint = product(with, scope);
    double[] values = new double[joint.length / numStates[v]];
    for (int i = 0; i < values.length; i++) {
      values[i] = joint[i * numStates[v]];
      for (int s = 1; s < numStates[v]; s++) {
        values[i] = add.applyAsDouble(values[i], joint[i * numStates[v] + s]);
      }
    }
    return new PlainTable(rest, values);
  }

  private double[] product(List<PlainTable> factors, int[] scope) {
    int size = 1;
    for (int v : scope) {
      size *= numStates[v];
    }
    double[] values = new double[size];
    int[] states = new int[numStates.length];
    for (int i = 0; i < size; i++) {
      int rest = i;
      for (int k = scope.length - 1; k >= 0; k--) {
        states[scope[k]] = rest % numStates[scope[k]];
        rest /= numStates[scope[k]];
      }
      values[i] = 1;
      for (PlainTable table : factors) {
        values[i] *= entry(table, states);
      }
    }
    return values;
  }

  private PlainTable restricted(PlainTable table, int[] observed) {
    int[] scope = Arrays.stream(table.scope()).filter(v -> observed[v] < 0).toArray();
    int[] states = observed.clone();
    int size = 1;
    for (int v : scope) {
      size *= numStates[v];
    }
    double[] values = new double[size];
    for (int i = 0; i < size; i++) {
      int rest = i;
      for (int k = scope.length - 1; k >= 0; k--) {
        states[scope[k]] = rest % numStates[scope[k]];
        rest /= numStates[scope[k]];
      }
      values[i] = entry(table, states);
    }
    return new PlainTable(scope, values);
  }
}
