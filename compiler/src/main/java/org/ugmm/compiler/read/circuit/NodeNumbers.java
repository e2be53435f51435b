package org.ugmm.compiler.read.circuit;

import it.unimi.dsi.fastutil.ints.Int2IntOpenHashMap;
import java.util.Arrays;

/** The node that each id of a file stands for; ids are not negative. */
final class NodeNumbers {
  /*
   * Writers number their nodes without large gaps, so an array holds them; an id that is far beyond
   * the number of nodes so far, as only a strange file has, goes to a map and costs no memory.
   */
  private static final int SLACK = 1 << 16;

  /** [id] one more than the node, 0 where there is none. */
  private int[] dense = new int[64];

  private final Int2IntOpenHashMap sparse = new Int2IntOpenHashMap();
  private int size;

  /** The node of an id; -1 when there is none. */
  int get(int id) {
    return (id < dense.length ? dense[id] : sparse.get(id)) - 1;
  }

  void put(int id, int node) {
    if (id >= dense.length && id < 4L * size + SLACK) {
      grow(id);
    }
    if (id < dense.length) {
      dense[id] = node + 1;
    } else {
      sparse.put(id, node + 1);
    }
    size++;
  }

  private void grow(int id) {
    int old = dense.length;
    dense = Arrays.copyOf(dense, (int) Math.min(Integer.MAX_VALUE - 16, 64L + id + (id >> 1)));
    if (!sparse.isEmpty()) {
      for (int i = old; i < dense.length; i++) {
        dense[i] = sparse.remove(i);
      }
    }
  }

  /** How many ids stand for a node. */
  int size() {
    return size;
  }
}
