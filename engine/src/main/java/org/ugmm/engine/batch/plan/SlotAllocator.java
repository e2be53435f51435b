package org.ugmm.engine.batch.plan;

import java.util.Map;
import java.util.TreeMap;

/**
 * Hands out runs of row-vector slots, lowest first, and takes them back, as a register allocator.
 */
final class SlotAllocator {
  private final TreeMap<Integer, Integer> free = new TreeMap<>();
  private int end;

  SlotAllocator(int reserved) {
    end = reserved;
  }

  /** The first of {@code width} adjacent free slots. */
  int take(int width) {
    for (Map.Entry<Integer, Integer> run : free.entrySet()) {
      if (run.getValue() >= width) {
        int start = run.getKey();
        int rest = run.getValue() - width;
        free.remove(start);
        if (rest > 0) {
          free.put(start + width, rest);
        }
        return start;
      }
    }
    Map.Entry<Integer, Integer> last = free.lastEntry();
    if (last != null && last.getKey() + last.getValue() == end) {
      free.remove(last.getKey());
      end = last.getKey() + width;
      return last.getKey();
    }
    int start = end;
    end += width;
    return start;
  }

  void release(int start, int width) {
    int from = start;
    int size = width;
    Map.Entry<Integer, Integer> below = free.lowerEntry(start);
    if (below != null && below.getKey() + below.getValue() == start) {
      from = below.getKey();
      size += below.getValue();
      free.remove(from);
    }
    Integer above = free.remove(start + width);
    if (above != null) {
      size += above;
    }
    free.put(from, size);
  }

  /** Number of slots that were ever in use. */
  int numSlots() {
    return end;
  }
}
