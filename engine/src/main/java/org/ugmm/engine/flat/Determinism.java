package org.ugmm.engine.flat;

import it.unimi.dsi.fastutil.longs.Long2IntOpenHashMap;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Why;

/** Proves that at most one child of each sum is non-zero for any complete assignment. */
final class Determinism {
  /*
   * Two nodes exclude each other when their product is zero everywhere. The rules, each sound: leaves
   * on one variable with disjoint supports; a sum, when each of its children with a non-zero weight
   * excludes the other node; a product, when one of its factors does; a link, when its child does.
   * Sums are taken apart before products: "for each child some factor" proves more than "some factor
   * for each child". Verdicts are remembered by pair; past the budget or the depth the answer is "not
   * proven", which costs an exact one-pass MPE but never a wrong answer.
   */
  private static final int MAX_DEPTH = 1_000;
  private static final int MAX_STEPS = 8_000_000;

  private final FlatCircuit c;
  private final Scopes scopes;
  private final Long2IntOpenHashMap verdicts = new Long2IntOpenHashMap();
  private long steps;

  private Determinism(FlatCircuit c, Scopes scopes) {
    this.c = c;
    this.scopes = scopes;
  }

  /** Null when proven, else the first sum that breaks it. */
  static @Nullable Why whyNot(FlatCircuit c, Scopes scopes, boolean[] live) {
    Determinism prover = new Determinism(c, scopes);
    for (int n = 0; n < c.numNodes(); n++) {
      if (!live[n] || c.kind(n) != NodeKind.WEIGHTED_SUM) {
        continue;
      }
      int[] children = weightedChildren(c, n);
      for (int i = 1; i < children.length; i++) {
        for (int j = 0; j < i; j++) {
          if (!prover.exclude(children[i], children[j], 0)) {
            boolean isUnproven = prover.steps > MAX_STEPS;
            return new Why(
                Why.Reason.NOT_DETERMINISTIC,
                n,
                isUnproven ? List.of() : List.of(children[j], children[i]),
                List.of(),
                "determinism was not proven within %d steps".formatted(MAX_STEPS));
          }
        }
      }
    }
    return null;
  }

  private static int[] weightedChildren(FlatCircuit c, int sum) {
    int[] children = new int[c.numChildren(sum)];
    int count = 0;
    for (int i = 0; i < children.length; i++) {
      if (c.parameter(sum, i) > 0) {
        children[count++] = c.child(sum, i);
      }
    }
    return Arrays.copyOf(children, count);
  }

  private boolean exclude(int a, int b, int depth) {
    if (depth > MAX_DEPTH || !spend(a) || !spend(b)) {
      return false;
    }
    if (a == b) {
      return isZero(a);
    }
    NodeKind kindA = c.kind(a);
    NodeKind kindB = c.kind(b);
    if (kindA.isLeaf() && kindB.isLeaf()) {
      return isZero(a)
          || isZero(b)
          || (kindA == NodeKind.CATEGORICAL
              && kindB == NodeKind.CATEGORICAL
              && c.variable[a] == c.variable[b]
              && disjointSupports(a, b));
    }
    if (scopes.disjoint(scopes.id(a), scopes.id(b))) {
      return false;
    }
    long key = (long) Math.min(a, b) << 32 | Math.max(a, b);
    int known = verdicts.get(key);
    if (known != 0) {
      return known > 0;
    }
    boolean result;
    if (kindA == NodeKind.WEIGHTED_SUM) {
      result = allChildrenExclude(a, b, depth);
    } else if (kindB == NodeKind.WEIGHTED_SUM) {
      result = allChildrenExclude(b, a, depth);
    } else {
      result = someFactorExcludes(a, b, depth) || someFactorExcludes(b, a, depth);
    }
    verdicts.put(key, result ? 1 : -1);
    return result;
  }

  /** Counts what looking at a node costs, so that wide nodes use up the budget sooner. */
  private boolean spend(int n) {
    int width = c.numChildren(n) + scopes.numWords(scopes.id(n));
    if (c.kind(n) == NodeKind.CATEGORICAL) {
      width += c.numParameters(n);
    }
    steps += 1 + (width >> 4);
    return steps <= MAX_STEPS;
  }

  private boolean allChildrenExclude(int sum, int other, int depth) {
    for (int i = 0; i < c.numChildren(sum); i++) {
      if (c.parameter(sum, i) > 0 && !exclude(c.child(sum, i), other, depth + 1)) {
        return false;
      }
    }
    return true;
  }

  private boolean someFactorExcludes(int product, int other, int depth) {
    for (int i = 0; i < c.numChildren(product); i++) {
      if (exclude(c.child(product, i), other, depth + 1)) {
        return true;
      }
    }
    return false;
  }

  private boolean disjointSupports(int a, int b) {
    for (int s = 0; s < c.numParameters(a); s++) {
      if (c.parameter(a, s) > Double.NEGATIVE_INFINITY
          && c.parameter(b, s) > Double.NEGATIVE_INFINITY) {
        return false;
      }
    }
    return true;
  }

  private boolean isZero(int leaf) {
    NodeKind kind = c.kind(leaf);
    if (kind != NodeKind.CATEGORICAL && kind != NodeKind.CONSTANT) {
      return false;
    }
    for (int s = 0; s < c.numParameters(leaf); s++) {
      if (c.parameter(leaf, s) > Double.NEGATIVE_INFINITY) {
        return false;
      }
    }
    return true;
  }
}
