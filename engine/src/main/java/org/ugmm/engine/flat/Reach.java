package org.ugmm.engine.flat;

import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.leaf.MultivariateGaussian;

/** Which nodes lie at or below a node. */
public final class Reach {
  private Reach() {}

  /** [numVariables] whether a variable has a leaf below the root. */
  public static boolean[] variables(FlatCircuit c) {
    boolean[] occurs = new boolean[c.numVariables()];
    boolean[] live = from(c, c.root);
    for (int n = 0; n <= c.root; n++) {
      if (live[n] && c.kind(n) == NodeKind.GAUSSIAN_BLOCK) {
        MultivariateGaussian block = c.block(n);
        for (int i = 0; i < block.size(); i++) {
          occurs[block.variable(i)] = true;
        }
      } else if (live[n] && c.variable[n] >= 0) {
        occurs[c.variable[n]] = true;
      }
    }
    return occurs;
  }

  /** Returns {@code [numNodes]}, true at {@code top} and below it. One pass, no stack. */
  public static boolean[] from(FlatCircuit c, int top) {
    boolean[] live = new boolean[c.numNodes()];
    live[top] = true;
    for (int n = top; n >= 0; n--) {
      if (live[n]) {
        for (int e = c.edgeStart[n]; e < c.edgeStart[n + 1]; e++) {
          live[c.child[e]] = true;
        }
      }
    }
    return live;
  }
}
