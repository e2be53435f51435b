package org.ugmm.engine.flat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.Structure;
import org.ugmm.engine.data.Why;

/** Computes the structural properties of a circuit, each with a witness where it fails. */
final class Structures {
  private Structures() {}

  static Structure of(FlatCircuit c) {
    Scopes scopes = Scopes.of(c);
    Why smooth = null;
    Why decomposable = null;
    Why links = null;
    boolean[] live = Reach.from(c, c.root);
    for (int n = 0; n < c.numNodes(); n++) {
      if (!live[n]) {
        continue;
      }
      switch (c.kind(n)) {
        case WEIGHTED_SUM -> {
          if (smooth == null) {
            smooth = sumWitness(c, scopes, n);
          }
        }
        case PRODUCT -> {
          if (decomposable == null && scopes.overlaps(n)) {
            decomposable = productWitness(c, scopes, n);
          }
        }
        case GAUSSIAN_LINK -> {
          if (links == null) {
            links = new Why(Why.Reason.LINK, n, List.of(c.child(n, 0)), List.of(), "");
          }
        }
        default -> {}
      }
    }
    Why deterministic = Determinism.whyNot(c, scopes, live);
    return new Structure(smooth, decomposable, links, deterministic);
  }

  private static @Nullable Why sumWitness(FlatCircuit c, Scopes scopes, int n) {
    int first = c.child(n, 0);
    for (int i = 1; i < c.numChildren(n); i++) {
      int other = c.child(n, i);
      if (scopes.id(first) != scopes.id(other)) {
        List<String> lacking = new ArrayList<>();
        for (int v : scopes.variables(n)) {
          if (!scopes.contains(first, v) || !scopes.contains(other, v)) {
            lacking.add(c.variables.get(v).name());
          }
        }
        return new Why(Why.Reason.NOT_SMOOTH, n, List.of(first, other), lacking, "");
      }
    }
    return null;
  }

  private static Why productWitness(FlatCircuit c, Scopes scopes, int n) {
    int[] owner = new int[c.numVariables()];
    Arrays.fill(owner, -1);
    for (int i = 0; i < c.numChildren(n); i++) {
      for (int v : scopes.variables(c.child(n, i))) {
        if (owner[v] >= 0) {
          return new Why(
              Why.Reason.NOT_DECOMPOSABLE,
              n,
              List.of(owner[v], c.child(n, i)),
              List.of(c.variables.get(v).name()),
              "");
        }
        owner[v] = c.child(n, i);
      }
    }
    throw new AssertionError("no shared variable below product " + n);
  }
}
