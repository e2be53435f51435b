package org.ugmm.compiler.passes;

import org.ugmm.compiler.graph.Graph;

/** Numbers the live nodes anew, children before parents, the root last. */
final class Order {
  /*
   * A network keeps its own order, layer by layer and unit by unit, each unit behind the leaves or
   * links that it sums. A circuit that came node by node is numbered in post-order from the root, so
   * that a node stands close behind its children whatever order the file had. The walk keeps its
   * own stack: chains may be as deep as the circuit is large.
   */
  private Order() {}

  static Graph run(Graph g) {
    return g.origins().isLayered() ? asNumbered(g) : postOrder(g);
  }

  /** Drops dead nodes and keeps the order. */
  static Graph asNumbered(Graph g) {
    boolean[] live = g.live();
    int[] order = new int[g.numNodes()];
    int count = 0;
    for (int n = 0; n <= g.root(); n++) {
      if (live[n]) {
        order[count++] = n;
      }
    }
    return numbered(g, order, count);
  }

  private static Graph numbered(Graph g, int[] order, int count) {
    Graph out = g.emptyCopy();
    out.root(out.copyAll(g, order, count)[g.root()]);
    return out;
  }

  private static Graph postOrder(Graph g) {
    int[] order = new int[g.numNodes()];
    int count = 0;
    boolean[] entered = new boolean[g.numNodes()];
    int[] stack = new int[g.numNodes()];
    int[] nextChild = new int[g.numNodes()];
    int depth = 0;
    stack[depth++] = g.root();
    entered[g.root()] = true;
    while (depth > 0) {
      int n = stack[depth - 1];
      if (nextChild[n] < g.numChildren(n)) {
        int child = g.child(n, nextChild[n]++);
        if (!entered[child]) {
          entered[child] = true;
          stack[depth++] = child;
        }
      } else {
        order[count++] = n;
        depth--;
      }
    }
    return numbered(g, order, count);
  }
}
