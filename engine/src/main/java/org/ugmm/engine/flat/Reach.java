package org.ugmm.engine.flat;

/** Which nodes lie at or below a node. */
public final class Reach {
  private Reach() {}

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
