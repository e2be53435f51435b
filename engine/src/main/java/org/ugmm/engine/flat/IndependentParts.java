package org.ugmm.engine.flat;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.util.Arrays;

/**
 * The nodes at which a circuit falls apart when variables are summed or integrated out that no
 * one-pass rule takes: above these nodes the ordinary rules hold, and below each of them only its
 * own variables matter. Immutable.
 */
public final class IndependentParts {
  /*
   * The rule for a variable fails at a knot: a link above it, a product that has it in two children,
   * a sum that lacks it in a child. What is above every knot is linear in the values of the knots, and
   * products there have disjoint children: summing or integrating commutes with it (Fubini). A node
   * with a part below it that already has all of its open variables is taken as a whole, since cutting
   * deeper would only cost more.
   */
  /** The parts' nodes, ascending. */
  public final int[] top;

  /** [parts][] the variables below each part that no rule takes, ascending. */
  public final int[][] variables;

  /**
   * Finds the parts.
   *
   * @param ruleless [numVariables] those that no rule takes
   * @param open [numVariables] those that count when a part is taken as a whole; all that are
   *     ruleless and perhaps others
   */
  public IndependentParts(FlatCircuit c, boolean[] ruleless, boolean[] open) {
    Scopes scopes = Scopes.of(c);
    int[] numRuleless = count(c, scopes, ruleless);
    int[] numOpen = count(c, scopes, open);
    boolean[] whole = new boolean[c.numNodes()];
    for (int n = 0; n <= c.root; n++) {
      whole[n] = numRuleless[n] > 0 && isWhole(c, n, numRuleless, numOpen, whole);
    }
    boolean[] reached = new boolean[c.numNodes()];
    reached[c.root] = numRuleless[c.root] > 0;
    IntArrayList tops = new IntArrayList();
    for (int n = c.root; n >= 0; n--) {
      if (!reached[n]) {
        continue;
      }
      if (whole[n]) {
        tops.add(n);
        continue;
      }
      for (int e = c.edgeStart[n]; e < c.edgeStart[n + 1]; e++) {
        reached[c.child[e]] |= numRuleless[c.child[e]] > 0;
      }
    }
    top = tops.toIntArray();
    Arrays.sort(top);
    variables = new int[top.length][];
    for (int p = 0; p < top.length; p++) {
      variables[p] = Arrays.stream(scopes.variables(top[p])).filter(v -> ruleless[v]).toArray();
    }
  }

  /** [numNodes] how many of the marked variables lie below each node. */
  private static int[] count(FlatCircuit c, Scopes scopes, boolean[] marked) {
    int[] byScope = new int[scopes.numDistinct()];
    Arrays.fill(byScope, -1);
    int[] count = new int[c.numNodes()];
    for (int n = 0; n < count.length; n++) {
      int id = scopes.id(n);
      if (byScope[id] < 0) {
        byScope[id] = (int) Arrays.stream(scopes.members(id)).filter(v -> marked[v]).count();
      }
      count[n] = byScope[id];
    }
    return count;
  }

  private static boolean isWhole(
      FlatCircuit c, int n, int[] numRuleless, int[] numOpen, boolean[] whole) {
    int sum = 0;
    int least = Integer.MAX_VALUE;
    boolean hasWholeChild = false;
    for (int e = c.edgeStart[n]; e < c.edgeStart[n + 1]; e++) {
      int child = c.child[e];
      sum += numRuleless[child];
      least = Math.min(least, numRuleless[child]);
      hasWholeChild |= whole[child] && numOpen[child] == numOpen[n];
    }
    return switch (c.kind(n)) {
      case GAUSSIAN_LINK -> true;
      case PRODUCT -> sum > numRuleless[n] || hasWholeChild;
      case WEIGHTED_SUM -> least < numRuleless[n] || hasWholeChild;
      default -> false;
    };
  }

  /** Whether the only part is the root. */
  public boolean isRoot(FlatCircuit c) {
    return top.length == 1 && top[0] == c.root;
  }
}
