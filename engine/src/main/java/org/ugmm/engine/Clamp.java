package org.ugmm.engine;

import org.ugmm.engine.Variable.Categorical;

/**
 * A circuit in which a categorical variable is fixed to each of its states in turn, one root a
 * state. Nodes that do not depend on the variable are shared, so the roots cost one pass and, for
 * the nodes above the variable, one more a state.
 *
 * @param circuit the circuit; it still declares the variable, but has no leaf on it
 * @param roots [K] the root with the variable in each state
 */
record Clamp(Circuit circuit, int[] roots) {

  static Clamp of(Circuit c, int variable) {
    int numStates = ((Categorical) c.variables.get(variable)).numStates();
    boolean[] live = Reach.from(c, c.root);
    boolean[] depends = new boolean[c.numNodes()];
    CircuitBuilder builder = Circuit.builder(c.variables);
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
    for (int state = 0; state < numStates; state++) {
      for (int n = 0; n <= c.root; n++) {
        if (live[n] && depends[n]) {
          copy[n] =
              c.variable[n] == variable
                  ? builder.constant(c.parameter(n, state))
                  : builder.copy(c, n, copy);
        }
      }
      roots[state] = copy[c.root];
    }
    return new Clamp(builder.build(roots[numStates - 1]), roots);
  }
}
