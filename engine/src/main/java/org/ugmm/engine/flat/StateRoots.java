package org.ugmm.engine.flat;

import it.unimi.dsi.fastutil.doubles.DoubleArrayList;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import org.ugmm.engine.data.Variable.Categorical;

/**
 * A circuit in which a categorical variable is fixed to each of its states in turn, one root a
 * state. Nodes that do not depend on the variable are shared, so the roots cost one pass and, for
 * the nodes above the variable, one more a state; what is zero or one in a state is left out.
 *
 * @param circuit the circuit; it still declares the variable, but has no leaf on it
 * @param roots [K] the root with the variable in each state
 */
public record StateRoots(FlatCircuit circuit, int[] roots) {

  public static StateRoots of(FlatCircuit c, int variable) {
    int numStates = ((Categorical) c.variables.get(variable)).numStates();
    boolean[] live = Reach.from(c, c.root);
    boolean[] depends = new boolean[c.numNodes()];
    FlatBuilder builder = new FlatBuilder(c.variables);
    int[] copy = new int[c.numNodes()];
    for (int n = 0; n <= c.root; n++) {
      depends[n] = c.variable[n] == variable;
      for (int e = c.edgeStart[n]; e < c.edgeStart[n + 1]; e++) {
        depends[n] |= depends[c.child[e]];
      }
      if (live[n] && !depends[n]) {
        copy[n] = builder.copy(c, n, copy);
      }
    }
    int[] roots = new int[numStates];
    int zero = builder.constant(Double.NEGATIVE_INFINITY);
    for (int state = 0; state < numStates; state++) {
      for (int n = 0; n <= c.root; n++) {
        if (live[n] && depends[n]) {
          copy[n] = inState(c, n, variable, state, copy, zero, builder);
        }
      }
      roots[state] = copy[c.root];
    }
    return new StateRoots(builder.build(roots[numStates - 1]), roots);
  }

  /** A node with the variable in a state, without the children that are zero or one then. */
  private static int inState(
      FlatCircuit c, int n, int variable, int state, int[] copy, int zero, FlatBuilder builder) {
    if (c.variable[n] == variable) {
      double log = c.parameter(n, state);
      return log == Double.NEGATIVE_INFINITY
          ? zero
          : builder.rounded(builder.constant(log), c.rounding(n));
    }
    IntArrayList children = new IntArrayList();
    DoubleArrayList weights = new DoubleArrayList();
    boolean anyZero = false;
    for (int i = 0; i < c.numChildren(n); i++) {
      int child = copy[c.child(n, i)];
      boolean isOne =
          c.variable[c.child(n, i)] == variable
              && c.parameter(c.child(n, i), state) == 0
              && c.rounding(c.child(n, i)) == 0;
      boolean isZero = child == zero;
      anyZero |= isZero;
      switch (c.kind(n)) {
        case WEIGHTED_SUM -> {
          if (!isZero && c.parameter(n, i) > 0) {
            children.add(child);
            weights.add(c.parameter(n, i));
          }
        }
        case PRODUCT -> {
          if (!isOne) {
            children.add(child);
          }
        }
        default -> children.add(child);
      }
    }
    int[] kept = children.toIntArray();
    return switch (c.kind(n)) {
      case WEIGHTED_SUM -> {
        if (kept.length == 0) {
          yield zero;
        } else if (kept.length > 1) {
          yield builder.rounded(builder.weightedSum(kept, weights.toDoubleArray()), c.rounding(n));
        }
        double weight = weights.getDouble(0);
        if (weight == 1 && c.rounding(n) == 0) {
          yield kept[0];
        }
        int constant = builder.rounded(builder.constant(Math.log(weight)), c.rounding(n));
        yield builder.product(constant, kept[0]);
      }
      case PRODUCT -> {
        if (anyZero) {
          yield zero;
        } else if (kept.length == 0) {
          yield builder.constant(0);
        }
        yield kept.length == 1 ? kept[0] : builder.product(kept);
      }
      default -> anyZero ? zero : builder.copy(c, n, copy);
    };
  }
}
