package org.ugmm.engine.batch.plan;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.util.Arrays;
import org.ugmm.engine.batch.plan.Plan.LinearSums;

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
public record Gather(int[] start, int[] out, int[] above, int[] sibling, double[] weight) {

  /*
   * A derivative that only this step reads lives from where it is gathered to where the last of the
   * node's children is. Such derivatives take the slots of nodes that are done with, the last freed
   * first, so that they stay in cache however large the circuit is.
   */

  /**
   * Turns units round.
   *
   * @param one slot of ones, whose derivative nobody reads
   * @param isRead (Input, output) [slots] whether a later step reads a slot, so that its derivative
   *     is there already and must be kept; the slots read here are added
   * @param isWritten (Output) [slots] set for slots that are written before they are read
   */
  static Gather of(LinearSums<double[]> units, int one, boolean[] isRead, boolean[] isWritten) {
    int numSlots = isRead.length;
    int[] outs = units.outs();
    int[] end = new int[numSlots + 1];
    for (int e = 0; e < units.a().length; e++) {
      end[units.a()[e] + 1]++;
      end[units.b()[e] + 1]++;
    }
    end[one + 1] = 0;
    for (int s = 0; s < numSlots; s++) {
      isWritten[s] |= end[s + 1] > 0 && !isRead[s];
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
    int[] order = order(outs, end, above);
    Gather sorted = sorted(order, end, above, sibling, weight);
    sorted.reuse(outs, isRead);
    for (int slot : order) {
      isRead[slot] = true;
    }
    return sorted;
  }

  /**
   * The slots that get anything: those of sums in reverse, each other after the last sum that reads
   * it, so that what it reads is in cache.
   */
  private static int[] order(int[] outs, int[] end, int[] above) {
    int numSlots = end.length - 1;
    int[] unitOf = new int[numSlots];
    Arrays.fill(unitOf, -1);
    for (int u = 0; u < outs.length; u++) {
      unitOf[outs[u]] = u;
    }
    // slots without a sum of their own, in a list for each sum after which they come
    int[] head = new int[outs.length];
    int[] next = new int[numSlots];
    Arrays.fill(head, -1);
    for (int s = numSlots - 1; s >= 0; s--) {
      if (end[s] < end[s + 1] && unitOf[s] < 0) {
        int last = unitOf[above[end[s + 1] - 1]];
        next[s] = head[last];
        head[last] = s;
      }
    }
    IntArrayList order = new IntArrayList();
    for (int u = outs.length - 1; u >= 0; u--) {
      if (end[outs[u]] < end[outs[u] + 1]) {
        order.add(outs[u]);
      }
      for (int s = head[u]; s >= 0; s = next[s]) {
        order.add(s);
      }
    }
    return order.toIntArray();
  }

  private static Gather sorted(
      int[] order, int[] end, int[] above, int[] sibling, double[] weight) {
    int[] start = new int[order.length + 1];
    int[] sortedAbove = new int[above.length];
    int[] sortedSibling = new int[above.length];
    double[] sortedWeight = new double[above.length];
    for (int u = 0; u < order.length; u++) {
      int slot = order[u];
      int size = end[slot + 1] - end[slot];
      start[u + 1] = start[u] + size;
      System.arraycopy(above, end[slot], sortedAbove, start[u], size);
      System.arraycopy(sibling, end[slot], sortedSibling, start[u], size);
      System.arraycopy(weight, end[slot], sortedWeight, start[u], size);
    }
    return new Gather(start, order.clone(), sortedAbove, sortedSibling, sortedWeight);
  }

  /** Moves the derivatives that only this step reads to slots of nodes that are done with. */
  private void reuse(int[] outs, boolean[] isRead) {
    int numSlots = isRead.length;
    boolean[] isOwn = new boolean[numSlots];
    for (int slot : outs) {
      isOwn[slot] = !isRead[slot];
    }
    int[] lastRead = new int[numSlots];
    for (int u = 0; u < out.length; u++) {
      for (int e = start[u]; e < start[u + 1]; e++) {
        lastRead[above[e]] = u;
      }
    }
    int[] place = new int[numSlots];
    IntArrayList free = new IntArrayList();
    for (int slot : outs) {
      if (isOwn[slot]) {
        free.push(slot);
      }
    }
    for (int u = 0; u < out.length; u++) {
      int slot = out[u];
      if (isOwn[slot]) {
        place[slot] = free.popInt();
        out[u] = place[slot];
      }
      for (int e = start[u]; e < start[u + 1]; e++) {
        int parent = above[e];
        if (isOwn[parent]) {
          above[e] = place[parent];
          if (lastRead[parent] == u) {
            free.push(place[parent]);
            lastRead[parent] = -1;
          }
        }
      }
    }
  }
}
