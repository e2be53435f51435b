package org.ugmm.engine.mpe;

import it.unimi.dsi.fastutil.doubles.DoubleArrayList;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Variable.Real;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.flat.Reach;
import org.ugmm.engine.number.GaussianMass;
import org.ugmm.engine.number.Rounding;

/**
 * A deterministic circuit as max-product in the log domain evaluates it: leaves, then units that
 * are each the largest of some elements {@code logWeight + v[a] + v[b]}. Immutable and shared by
 * the evaluators of a circuit.
 *
 * <p>Slot 0 holds zeros, the leaves have slots from 1, the units those from {@link #firstUnit}.
 */
public final class MaxPlan {
  /*
   * A product of two that only sums read has no slot: the sums read the pair. Rounding: the log of a
   * tree is a sum of terms, each rounded in at most `units` additions and evaluations, so it is wrong by
   * at most units u (P + N) where P and N are the sums of its positive and of its negative terms. With
   * P <= positive for all trees and P - N = log this is units u (2 positive - log): trees of a small log
   * may be wrong by more, but not by so much that they exceed the greatest by more than this.
   */

  /** Roundings of the log of a leaf beyond one a term: difference, quotient, square, two logs. */
  private static final double LEAF_UNITS = 8;

  final FlatCircuit c;

  /** [numLeaves] nodes. */
  public final int[] leaf;

  /** [numLeaves] log of the leaf where its variable is missing: the largest it can be. */
  public final double[] peak;

  /** [numLeaves] log of the density of a Gaussian at its mean, 0 for others. */
  private final double[] height;

  /** [numLeaves] where that is: a value, or the index of a state. */
  public final double[] mode;

  public final int firstUnit;

  /** [numUnits + 1] first element of each unit. */
  public final int[] start;

  /** [numElements] slots and natural logs. */
  public final int[] a;

  public final int[] b;
  public final double[] logWeight;

  /** [numSlots] whether any variable lies below, so that a traceback must follow. */
  public final boolean[] hasScope;

  public final int root;

  /** Bound on the relative rounding of a term of a tree, see above. */
  public final double relativeError;

  /** Upper bound on the sum of the positive terms of any tree. */
  public final double positive;

  private MaxPlan(Builder builder, FlatCircuit c) {
    this.c = c;
    leaf = builder.leaf.toIntArray();
    peak = new double[leaf.length];
    height = new double[leaf.length];
    mode = new double[leaf.length];
    for (int i = 0; i < leaf.length; i++) {
      if (c.kind(leaf[i]) == NodeKind.GAUSSIAN) {
        height[i] = -Math.log(c.parameter(leaf[i], 1)) - GaussianMass.LOG_SQRT_2PI;
      }
      mode[i] = mode(c, leaf[i]);
      peak[i] = log(i, mode[i]);
    }
    firstUnit = 1 + leaf.length;
    start = builder.start.toIntArray();
    a = builder.a.toIntArray();
    b = builder.b.toIntArray();
    logWeight = builder.logWeight.toDoubleArray();
    root = builder.slot[c.root];
    int numSlots = firstUnit + start.length - 1;
    hasScope = new boolean[numSlots];
    double[] most = new double[numSlots];
    double[] units = new double[numSlots];
    for (int i = 0; i < leaf.length; i++) {
      hasScope[1 + i] = c.variable[leaf[i]] >= 0;
      most[1 + i] = positiveTerms(c, leaf[i]);
      units[1 + i] = LEAF_UNITS;
    }
    for (int u = 0; u + 1 < start.length; u++) {
      int s = firstUnit + u;
      for (int e = start[u]; e < start[u + 1]; e++) {
        hasScope[s] |= hasScope[a[e]] || hasScope[b[e]];
        most[s] = Math.max(most[s], most[a[e]] + most[b[e]] + Math.max(0, logWeight[e]));
        units[s] = Math.max(units[s], Math.max(units[a[e]], units[b[e]]) + 2);
      }
    }
    // 1.02 covers the terms of second order and the rounding of the bound itself
    relativeError = 1.02 * Rounding.U * (units[root] + 4);
    positive = 1.02 * most[root];
  }

  /** Natural log of leaf i of the plan at a value or state index. */
  public double log(int i, double x) {
    int node = leaf[i];
    switch (c.kind(node)) {
      case CATEGORICAL -> {
        return c.parameter(node, (int) x);
      }
      case CONSTANT -> {
        return c.parameter(node, 0);
      }
      default -> {
        if (!((Real) c.variables.get(c.variable[node])).contains(x)) {
          return Double.NEGATIVE_INFINITY;
        }
        if (c.kind(node) == NodeKind.BASE) {
          return 0;
        }
        double z = (x - c.parameter(node, 0)) / c.parameter(node, 1);
        return height[i] - 0.5 * z * z;
      }
    }
  }

  private static double mode(FlatCircuit c, int leaf) {
    return switch (c.kind(leaf)) {
      case GAUSSIAN -> {
        Real real = (Real) c.variables.get(c.variable[leaf]);
        yield Math.min(Math.max(c.parameter(leaf, 0), real.lo()), real.hi());
      }
      case CATEGORICAL -> {
        int best = 0;
        for (int s = 1; s < c.numParameters(leaf); s++) {
          best = c.parameter(leaf, s) > c.parameter(leaf, best) ? s : best;
        }
        yield best;
      }
      case BASE -> ((Real) c.variables.get(c.variable[leaf])).lo();
      default -> 0;
    };
  }

  private static double positiveTerms(FlatCircuit c, int leaf) {
    double most = 0;
    if (c.kind(leaf) == NodeKind.GAUSSIAN) {
      return Math.max(0, -Math.log(c.parameter(leaf, 1)));
    }
    for (int i = 0; i < c.numParameters(leaf); i++) {
      most = Math.max(most, c.parameter(leaf, i));
    }
    return most;
  }

  /** The plan of a circuit that is known to be deterministic, decomposable and without links. */
  public static MaxPlan of(FlatCircuit c) {
    boolean[] live = Reach.from(c, c.root);
    boolean[] needsSlot = new boolean[c.numNodes()];
    needsSlot[c.root] = true;
    for (int n = 0; n <= c.root; n++) {
      if (live[n] && c.kind(n) != NodeKind.WEIGHTED_SUM) {
        for (int e = c.edgeStart[n]; e < c.edgeStart[n + 1]; e++) {
          needsSlot[c.child[e]] = true;
        }
      }
    }
    Builder builder = new Builder(c);
    for (int n = 0; n <= c.root; n++) {
      if (live[n] && c.kind(n).isLeaf()) {
        builder.leaf.add(n);
        builder.slot[n] = builder.leaf.size();
      }
    }
    builder.nextUnit = 1 + builder.leaf.size();
    for (int n = 0; n <= c.root; n++) {
      if (live[n] && c.kind(n) == NodeKind.PRODUCT) {
        builder.product(n, needsSlot[n]);
      } else if (live[n] && c.kind(n) == NodeKind.WEIGHTED_SUM) {
        builder.sum(n);
      }
    }
    return new MaxPlan(builder, c);
  }

  private static final class Builder {
    final FlatCircuit c;
    final IntArrayList leaf = new IntArrayList();
    final IntArrayList start = IntArrayList.of(0);
    final IntArrayList a = new IntArrayList();
    final IntArrayList b = new IntArrayList();
    final DoubleArrayList logWeight = new DoubleArrayList();

    /** [numNodes] slot of a node, or of the first factor of a product that has none. */
    final int[] slot;

    /** [numNodes] slot of the second factor of such a product, 0 for others. */
    final int[] second;

    int nextUnit;

    Builder(FlatCircuit c) {
      this.c = c;
      slot = new int[c.numNodes()];
      second = new int[c.numNodes()];
    }

    /** Multiplies all but the last factor; the sums above, or one more unit, take that. */
    void product(int n, boolean needsSlot) {
      int left = slot[c.child(n, 0)];
      int last = c.numChildren(n) - 1;
      for (int i = 1; i <= last; i++) {
        int right = slot[c.child(n, i)];
        if (i == last && !needsSlot) {
          second[n] = right;
        } else {
          element(left, right, 0);
          left = close();
        }
      }
      slot[n] = left;
    }

    void sum(int n) {
      for (int i = 0; i < c.numChildren(n); i++) {
        double weight = c.parameter(n, i);
        if (weight > 0) {
          int child = c.child(n, i);
          element(slot[child], second[child], Math.log(weight));
        }
      }
      slot[n] = close();
    }

    private void element(int left, int right, double log) {
      a.add(left);
      b.add(right);
      logWeight.add(log);
    }

    private int close() {
      start.add(a.size());
      return nextUnit++;
    }
  }
}
