package org.ugmm.tool.inspect;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.data.Why;

/**
 * Tells whether a decomposable circuit is structured-decomposable: whether all its products split
 * along one hierarchy of scopes, a vtree (Kisa, Van den Broeck, Choi, Darwiche, PSDD, KR 2014).
 */
public final class Splits {
  /*
   * The products of a vtree may have been merged with those below them, so that one scope is split
   * finely here and coarsely there. What tells a hierarchy is that any two scopes are nested or
   * disjoint: with the larger scopes first, all variables of a scope lie in one smallest scope so far.
   */
  /** Above this many node-variable pairs the check would cost more than it tells. */
  private static final long MAX_WORK = 400_000_000L;

  private Splits() {}

  /** A set of variables and the first node that has it. */
  private record Scope(BitSet variables, int node) {}

  /** Whether the check is made for a circuit of this size. */
  static boolean isFeasible(Circuit circuit) {
    return (long) circuit.numNodes() * circuit.numVariables() <= MAX_WORK;
  }

  /** Why a circuit is not structured-decomposable; null when it is. */
  static @Nullable String whyNot(Circuit circuit) {
    Why why = circuit.structure().whyNotDecomposable();
    if (why != null) {
      return why.text();
    }
    List<Scope> scopes = scopes(circuit);
    scopes.sort(Comparator.comparingInt((Scope s) -> -s.variables.cardinality()));
    // [variables] the index of the smallest scope so far that holds the variable, -1 for none
    int[] smallest = new int[circuit.numVariables()];
    Arrays.fill(smallest, -1);
    for (int s = 0; s < scopes.size(); s++) {
      int[] variables = scopes.get(s).variables.stream().toArray();
      for (int v : variables) {
        if (smallest[v] != smallest[variables[0]]) {
          // the later of the two scopes is the smaller one; it cannot hold the other variable
          int crossing = Math.max(smallest[v], smallest[variables[0]]);
          return "the scopes of nodes %d and %d overlap, and neither holds the other"
              .formatted(scopes.get(crossing).node, scopes.get(s).node);
        }
      }
      for (int v : variables) {
        smallest[v] = s;
      }
    }
    return null;
  }

  private static List<Scope> scopes(Circuit circuit) {
    Map<BitSet, Scope> known = new HashMap<>();
    Scope[] scopeOf = new Scope[circuit.numNodes()];
    for (int n = 0; n < scopeOf.length; n++) {
      BitSet variables = new BitSet();
      if (circuit.variable(n) >= 0) {
        variables.set(circuit.variable(n));
      }
      for (int i = 0; i < circuit.numChildren(n); i++) {
        variables.or(scopeOf[circuit.child(n, i)].variables);
      }
      Scope scope = new Scope(variables, n);
      Scope same = known.putIfAbsent(variables, scope);
      scopeOf[n] = same == null ? scope : same;
    }
    return new ArrayList<>(known.values());
  }
}
