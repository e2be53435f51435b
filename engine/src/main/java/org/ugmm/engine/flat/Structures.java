package org.ugmm.engine.flat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.Names;
import org.ugmm.engine.data.Structure;

/** Computes the structural properties of a circuit, each with a witness where it fails. */
final class Structures {
  private Structures() {}

  static Structure of(FlatCircuit c) {
    Scopes scopes = Scopes.of(c);
    String smooth = null;
    String decomposable = null;
    String links = null;
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
            links = "node %d is a Gaussian link over node %d".formatted(n, c.child(n, 0));
          }
        }
        default -> {}
      }
    }
    String deterministic = Determinism.whyNot(c, scopes, live);
    return new Structure(smooth, decomposable, links, deterministic);
  }

  private static @Nullable String sumWitness(FlatCircuit c, Scopes scopes, int n) {
    int first = c.child(n, 0);
    for (int i = 1; i < c.numChildren(n); i++) {
      int other = c.child(n, i);
      if (scopes.id(first) != scopes.id(other)) {
        List<String> lacking = new ArrayList<>();
        for (int v : scopes.variables(n)) {
          if (!scopes.contains(first, v) || !scopes.contains(other, v)) {
            lacking.add("'" + c.variables.get(v).name() + "'");
          }
        }
        return "sum node %d is not smooth: children %d and %d differ in scope by %s"
            .formatted(n, first, other, Names.list(lacking));
      }
    }
    return null;
  }

  private static String productWitness(FlatCircuit c, Scopes scopes, int n) {
    int[] owner = new int[c.numVariables()];
    Arrays.fill(owner, -1);
    for (int i = 0; i < c.numChildren(n); i++) {
      for (int v : scopes.variables(c.child(n, i))) {
        if (owner[v] >= 0) {
          return ("product node %d is not decomposable: children %d and %d share variable '%s';"
                  + " the children of a product must have disjoint scopes")
              .formatted(n, owner[v], c.child(n, i), c.variables.get(v).name());
        }
        owner[v] = c.child(n, i);
      }
    }
    throw new AssertionError("no shared variable below product " + n);
  }
}
