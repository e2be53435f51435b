package org.ugmm.engine.batch.plan;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import it.unimi.dsi.fastutil.ints.IntArrays;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntUnaryOperator;
import org.ugmm.engine.batch.plan.Plan.Step;

/**
 * Values of a plan, each a run of row vectors. While steps are written a row vector is named by a
 * register that is never reused; then each value gets slots, which later values take over once no
 * step reads them.
 */
final class PlanSlots {
  private final int numInputs;
  private final IntArrayList start = new IntArrayList();
  private final IntArrayList width = new IntArrayList();

  /** [registers] value of a register. */
  private final IntArrayList owner = new IntArrayList();

  private int numSlots;

  PlanSlots(int numInputs) {
    this.numInputs = numInputs;
  }

  /** The first of {@code size} registers of a new value. */
  int value(int size) {
    int first = numInputs + owner.size();
    start.add(first);
    width.add(size);
    for (int i = 0; i < size; i++) {
      owner.add(start.size() - 1);
    }
    return first;
  }

  int numSlots() {
    return numSlots;
  }

  /** Replaces registers by slots in the steps and in {@code roots}. */
  <A> List<Step<A>> assign(List<Step<A>> steps, int[] roots, boolean reuse) {
    int[] lastRead = new int[start.size()];
    Arrays.fill(lastRead, -1);
    for (int s = 0; s < steps.size(); s++) {
      int step = s;
      steps
          .get(s)
          .reads(
              register -> {
                if (register >= numInputs) {
                  lastRead[owner.getInt(register - numInputs)] = step;
                }
              });
    }
    for (int root : roots) {
      lastRead[owner.getInt(root - numInputs)] = steps.size();
    }
    SlotAllocator allocator = new SlotAllocator(numInputs);
    int[] slotOf = new int[start.size()];
    IntUnaryOperator slot =
        register -> {
          if (register < numInputs) {
            return register;
          }
          int value = owner.getInt(register - numInputs);
          return slotOf[value] + register - start.getInt(value);
        };
    int[] dying = sortedByLastRead(lastRead);
    int nextDying = 0;
    List<Step<A>> assigned = new ArrayList<>(steps.size());
    for (int s = 0; s < steps.size(); s++) {
      int value = owner.getInt(steps.get(s).out() - numInputs);
      slotOf[value] = allocator.take(width.getInt(value));
      assigned.add(steps.get(s).at(slot));
      while (reuse && nextDying < dying.length && lastRead[dying[nextDying]] <= s) {
        int dead = dying[nextDying];
        if (lastRead[dead] >= 0) {
          allocator.release(slotOf[dead], width.getInt(dead));
        }
        nextDying++;
      }
    }
    for (int i = 0; i < roots.length; i++) {
      roots[i] = slot.applyAsInt(roots[i]);
    }
    numSlots = allocator.numSlots();
    return assigned;
  }

  private static int[] sortedByLastRead(int[] lastRead) {
    int[] values = new int[lastRead.length];
    Arrays.setAll(values, i -> i);
    IntArrays.stableSort(values, (a, b) -> Integer.compare(lastRead[a], lastRead[b]));
    return values;
  }
}
