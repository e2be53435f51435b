package org.ugmm.compiler.eliminate;

import java.util.Arrays;

/** Short lists of integers, each kept once: equal lists have equal numbers. Not thread-safe. */
final class Tuples {
  private int[] pool = new int[64];
  private int[] start = new int[17];
  private int[] table = new int[32];
  private int size;

  /** Number of distinct lists. */
  int size() {
    return size;
  }

  /** Number of integers in all lists. */
  int numInts() {
    return start[size];
  }

  /** The number of integers in a list. */
  int length(int tuple) {
    return start[tuple + 1] - start[tuple];
  }

  /** The i-th integer of a list. */
  int get(int tuple, int i) {
    return pool[start[tuple] + i];
  }

  /** The number of a list, which is {@link #size} before the call when the list is new. */
  int intern(int[] list, int length) {
    int hash = hash(list, 0, length);
    int mask = table.length - 1;
    int slot = hash & mask;
    for (int entry; (entry = table[slot]) != 0; slot = (slot + 1) & mask) {
      if (Arrays.equals(pool, start[entry - 1], start[entry], list, 0, length)) {
        return entry - 1;
      }
    }
    add(list, length);
    table[slot] = size;
    if (2 * size > table.length) {
      grow();
    }
    return size - 1;
  }

  private void add(int[] list, int length) {
    int from = start[size];
    if (from + length > pool.length) {
      pool = Arrays.copyOf(pool, Math.addExact(from + length, from >> 1));
    }
    System.arraycopy(list, 0, pool, from, length);
    if (size + 2 > start.length) {
      start = Arrays.copyOf(start, Math.addExact(size, (size >> 1) + 16));
    }
    start[++size] = from + length;
  }

  private void grow() {
    table = new int[Math.multiplyExact(2, table.length)];
    int mask = table.length - 1;
    for (int t = 0; t < size; t++) {
      int slot = hash(pool, start[t], start[t + 1]) & mask;
      while (table[slot] != 0) {
        slot = (slot + 1) & mask;
      }
      table[slot] = t + 1;
    }
  }

  private static int hash(int[] list, int from, int to) {
    long h = (long) to - from;
    for (int i = from; i < to; i++) {
      h = (h ^ list[i]) * 0x9E3779B97F4A7C15L;
      h ^= h >>> 32;
    }
    return (int) (h ^ h >>> 29);
  }
}
