package org.ugmm.compiler.cli;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.NodeKind;

/**
 * Tells whether a decomposable circuit is structured-decomposable: whether the products of one
 * scope all split it in the same way (Kisa, Van den Broeck, Choi, Darwiche, PSDD, KR 2014).
 */
final class Splits {
  /** Above this many node-variable pairs the check would cost more than it tells. */
  private static final long MAX_WORK = 400_000_000L;

  private final Circuit circuit;
  private final Map<BitSet, Integer> idByScope = new HashMap<>();
  private final List<BitSet> scopes = new ArrayList<>();
  private final int[] scopeId;

  private Splits(Circuit circuit) {
    this.circuit = circuit;
    scopeId = new int[circuit.numNodes()];
  }

  /** Whether the check is made for a circuit of this size. */
  static boolean isFeasible(Circuit circuit) {
    return (long) circuit.numNodes() * circuit.numVariables() <= MAX_WORK;
  }

  /** Why a circuit is not structured-decomposable; null when it is. */
  static @Nullable String whyNot(Circuit circuit) {
    String why = circuit.structure().whyNotDecomposable();
    return why != null ? why : new Splits(circuit).firstDifference();
  }

  private @Nullable String firstDifference() {
    Map<Integer, Integer> firstProduct = new HashMap<>();
    Map<Integer, Set<Integer>> split = new HashMap<>();
    for (int n = 0; n < circuit.numNodes(); n++) {
      BitSet scope = new BitSet();
      if (circuit.variable(n) >= 0) {
        scope.set(circuit.variable(n));
      }
      Set<Integer> parts = new HashSet<>();
      for (int i = 0; i < circuit.numChildren(n); i++) {
        int child = scopeId[circuit.child(n, i)];
        if (parts.add(child)) {
          scope.or(scopes.get(child));
        }
      }
      scopeId[n] = id(scope);
      if (circuit.kind(n) == NodeKind.PRODUCT) {
        parts.removeIf(part -> scopes.get(part).isEmpty());
        if (parts.size() > 1) {
          Set<Integer> before = split.putIfAbsent(scopeId[n], parts);
          if (before != null && !before.equals(parts)) {
            return "product nodes %d and %d split the same %d variables in different ways"
                .formatted(firstProduct.get(scopeId[n]), n, scope.cardinality());
          }
          firstProduct.putIfAbsent(scopeId[n], n);
        }
      }
    }
    return null;
  }

  private int id(BitSet scope) {
    Integer known = idByScope.putIfAbsent(scope, scopes.size());
    if (known != null) {
      return known;
    }
    scopes.add(scope);
    return scopes.size() - 1;
  }
}
