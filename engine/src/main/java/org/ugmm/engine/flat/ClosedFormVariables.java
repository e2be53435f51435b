package org.ugmm.engine.flat;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.Why;

/** Which variables one upward pass integrates out exactly. */
public final class ClosedFormVariables {
  /*
   * The value of a circuit is linear in the leaves of variable v, and integrating v replaces them by
   * their integrals, when no link lies above such a leaf, every sum that has v in scope has it in each
   * child, and every product has it in one child only. By Fubini this holds variable by variable, so
   * the class variable of a deep network can be unobserved though its features cannot.
   */
  private final @Nullable Why[] why;

  private ClosedFormVariables(FlatCircuit c) {
    why = new Why[c.numVariables()];
    Scopes scopes = Scopes.of(c);
    boolean[] live = Reach.from(c, c.root);
    BitSet linked = new BitSet();
    for (int n = c.numNodes() - 1; n >= 0; n--) {
      if (!live[n]) {
        continue;
      }
      switch (c.kind(n)) {
        case GAUSSIAN_LINK -> {
          if (!linked.get(scopes.id(n))) {
            linked.set(scopes.id(n));
            for (int v : scopes.variables(n)) {
              blame(c, v, Why.Reason.LINK, n);
            }
          }
        }
        case WEIGHTED_SUM -> {
          for (int i = 0; i < c.numChildren(n); i++) {
            int child = c.child(n, i);
            if (scopes.id(child) != scopes.id(n) && !linked.get(scopes.id(n))) {
              for (int v : scopes.variables(n)) {
                if (why[v] == null && !scopes.contains(child, v)) {
                  blame(c, v, Why.Reason.NOT_SMOOTH, n, child);
                }
              }
            }
          }
        }
        case PRODUCT -> {
          if (scopes.overlaps(n)) {
            blameShared(c, scopes, n);
          }
        }
        default -> {}
      }
    }
  }

  private void blame(FlatCircuit c, int v, Why.Reason reason, int node, Integer... children) {
    if (why[v] == null) {
      why[v] = new Why(reason, node, List.of(children), List.of(c.variables.get(v).name()), "");
    }
  }

  private void blameShared(FlatCircuit c, Scopes scopes, int product) {
    int[] owner = new int[c.numVariables()];
    Arrays.fill(owner, -1);
    for (int i = 0; i < c.numChildren(product); i++) {
      for (int v : scopes.variables(c.child(product, i))) {
        if (owner[v] >= 0) {
          blame(c, v, Why.Reason.NOT_DECOMPOSABLE, product, owner[v], c.child(product, i));
        }
        owner[v] = c.child(product, i);
      }
    }
  }

  public static ClosedFormVariables of(FlatCircuit c) {
    return new ClosedFormVariables(c);
  }

  /** Null where one pass integrates the variable out exactly, else the node that prevents it. */
  public @Nullable Why whyNot(int variable) {
    return why[variable];
  }
}
