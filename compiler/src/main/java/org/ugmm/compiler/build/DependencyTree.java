package org.ugmm.compiler.build;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.util.Arrays;

/**
 * A tree over the columns of a table: the maximum spanning tree of their mutual information (Chow
 * and Liu 1968), rooted at its centre so that it is shallow. Immutable.
 *
 * @param parent [columns] the parent of each, -1 for the root
 * @param order [columns] parents before children; the root is first
 */
record DependencyTree(int[] parent, int[] order) {

  /** The tree of the columns that are kept; the others have parent -1 and are not in the order. */
  static DependencyTree of(PairInformation information, int[] columns, int numColumns) {
    int[][] neighbours = spanningTree(information, columns, numColumns);
    int root = centre(neighbours, columns);
    int[] parent = new int[numColumns];
    Arrays.fill(parent, -1);
    int[] order = new int[columns.length];
    order[0] = root;
    int size = 1;
    for (int i = 0; i < size; i++) {
      int v = order[i];
      for (int next : neighbours[v]) {
        if (next != parent[v]) {
          parent[next] = v;
          order[size++] = next;
        }
      }
    }
    return new DependencyTree(parent, order);
  }

  /** [columns] the children of each, in order. */
  int[][] children() {
    IntArrayList[] lists = lists(parent.length);
    for (int v : order) {
      if (parent[v] >= 0) {
        lists[parent[v]].add(v);
      }
    }
    return arrays(lists);
  }

  /**
   * Prim's algorithm. A pair is looked at once, when the first of it joins the tree, so that no
   * matrix of all pairs is held.
   */
  private static int[][] spanningTree(PairInformation information, int[] columns, int numColumns) {
    IntArrayList[] neighbours = lists(numColumns);
    int left = columns.length;
    int[] outside = columns.clone();
    double[] best = new double[left];
    int[] via = new int[left];
    Arrays.fill(best, -1);
    int joined = outside[0];
    outside[0] = outside[--left];
    while (left > 0) {
      int next = 0;
      for (int i = 0; i < left; i++) {
        double value = information.of(joined, outside[i]);
        if (value > best[i]) {
          best[i] = value;
          via[i] = joined;
        }
        if (best[i] > best[next]) {
          next = i;
        }
      }
      joined = outside[next];
      neighbours[joined].add(via[next]);
      neighbours[via[next]].add(joined);
      left--;
      outside[next] = outside[left];
      best[next] = best[left];
      via[next] = via[left];
    }
    return arrays(neighbours);
  }

  /** Takes the outermost columns off until one or two are left. */
  private static int centre(int[][] neighbours, int[] columns) {
    int[] degree = new int[neighbours.length];
    IntArrayList rim = new IntArrayList();
    for (int v : columns) {
      degree[v] = neighbours[v].length;
      if (degree[v] <= 1) {
        rim.add(v);
      }
    }
    int last = columns[0];
    for (int i = 0; i < rim.size(); i++) {
      last = rim.getInt(i);
      for (int next : neighbours[last]) {
        if (--degree[next] == 1) {
          rim.add(next);
        }
      }
    }
    return last;
  }

  private static IntArrayList[] lists(int count) {
    IntArrayList[] lists = new IntArrayList[count];
    Arrays.setAll(lists, i -> new IntArrayList());
    return lists;
  }

  private static int[][] arrays(IntArrayList[] lists) {
    return Arrays.stream(lists).map(IntArrayList::toIntArray).toArray(int[][]::new);
  }
}
