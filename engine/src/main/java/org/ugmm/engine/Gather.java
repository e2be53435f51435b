package org.ugmm.engine;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import org.ugmm.engine.Plan.LinearSums;

/**
 * The sums and products of a linear plan seen from below: for each slot that they read, what it
 * gets from above. Each derivative is then written once and no vector of them is read to be added
 * to.
 *
 * @param start [slots + 1]
 * @param out [slots] slots, parents before children
 * @param above [elements] slot of a sum
 * @param sibling [elements] slot of the other factor
 * @param weight [elements] linear
 */
record Gather(int[] start, int[] out, int[] above, int[] sibling, double[] weight) {

  /**
   * Turns units round.
   *
   * @param one slot of ones, whose derivative nobody reads
   * @param isRead (Input, not modified) [slots] whether a later step reads a slot, so that its
   *     derivative is there already and must be kept
   */
  static Gather of(LinearSums<double[]> units, int one, boolean[] isRead) {
    int numSlots = isRead.length;
    int[] end = new int[numSlots + 1];
    for (int e = 0; e < units.a().length; e++) {
      end[units.a()[e] + 1]++;
      end[units.b()[e] + 1]++;
    }
    end[one + 1] = 0;
    for (int s = 0; s < numSlots; s++) {
      end[s + 1] += end[s] + (end[s + 1] > 0 && isRead[s] ? 1 : 0);
    }
    int[] from = end.clone();
    int[] above = new int[end[numSlots]];
    int[] sibling = new int[above.length];
    double[] weight = new double[above.length];
    for (int s = 0; s < numSlots; s++) {
      if (end[s] < end[s + 1] && isRead[s]) {
        above[from[s]] = s;
        sibling[from[s]] = one;
        weight[from[s]++] = 1;
      }
    }
    int[] outs = units.outs();
    for (int u = outs.length - 1; u >= 0; u--) {
      for (int e = units.start()[u]; e < units.start()[u + 1]; e++) {
        for (int side = 0; side < 2; side++) {
          int slot = side == 0 ? units.a()[e] : units.b()[e];
          if (slot != one) {
            above[from[slot]] = outs[u];
            sibling[from[slot]] = side == 0 ? units.b()[e] : units.a()[e];
            weight[from[slot]++] = units.weight()[e];
          }
        }
      }
    }
    return inOrder(outs, end, above, sibling, weight);
  }

  /** Puts the slots that are sums in reverse order, then the others. */
  private static Gather inOrder(
      int[] outs, int[] end, int[] above, int[] sibling, double[] weight) {
    int numSlots = end.length - 1;
    IntArrayList order = new IntArrayList();
    boolean[] isSum = new boolean[numSlots];
    for (int u = outs.length - 1; u >= 0; u--) {
      isSum[outs[u]] = true;
      if (end[outs[u]] < end[outs[u] + 1]) {
        order.add(outs[u]);
      }
    }
    for (int s = 0; s < numSlots; s++) {
      if (!isSum[s] && end[s] < end[s + 1]) {
        order.add(s);
      }
    }
    int[] start = new int[order.size() + 1];
    int[] sortedAbove = new int[above.length];
    int[] sortedSibling = new int[above.length];
    double[] sortedWeight = new double[above.length];
    for (int u = 0; u < order.size(); u++) {
      int slot = order.getInt(u);
      int size = end[slot + 1] - end[slot];
      start[u + 1] = start[u] + size;
      System.arraycopy(above, end[slot], sortedAbove, start[u], size);
      System.arraycopy(sibling, end[slot], sortedSibling, start[u], size);
      System.arraycopy(weight, end[slot], sortedWeight, start[u], size);
    }
    return new Gather(start, order.toIntArray(), sortedAbove, sortedSibling, sortedWeight);
  }
}
