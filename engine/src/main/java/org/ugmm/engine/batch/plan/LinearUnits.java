package org.ugmm.engine.batch.plan;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ugmm.engine.batch.plan.Plan.Group;
import org.ugmm.engine.batch.plan.Plan.LinearSums;
import org.ugmm.engine.batch.plan.Plan.Multiply;
import org.ugmm.engine.batch.plan.Plan.Step;
import org.ugmm.engine.batch.plan.Plan.Sums;

/**
 * Merges neighbouring sums and products of a linear plan into one step: a sparse circuit has
 * thousands of sums of a few elements, and a call each would cost more than their arithmetic.
 */
final class LinearUnits<A> {
  private final Lanes<A> lanes;
  private final int one;
  private final List<Step<A>> merged = new ArrayList<>();
  private final IntArrayList start = IntArrayList.of(0);
  private final IntArrayList outs = new IntArrayList();
  private final IntArrayList a = new IntArrayList();
  private final IntArrayList b = new IntArrayList();
  private final List<A> weights = new ArrayList<>();

  private LinearUnits(Lanes<A> lanes, int one) {
    this.lanes = lanes;
    this.one = one;
  }

  /**
   * Merges steps whose slots are assigned.
   *
   * @param one slot of ones
   */
  static <A> List<Step<A>> merge(List<Step<A>> steps, Lanes<A> lanes, int one) {
    LinearUnits<A> units = new LinearUnits<>(lanes, one);
    for (Step<A> step : steps) {
      if (step instanceof Sums<A> sums && sums.numUnits() == 1 && sums.groups().size() == 1) {
        units.add(sums);
      } else if (step instanceof Multiply<A> multiply) {
        units.a.add(multiply.a());
        units.b.add(multiply.b());
        units.weights.add(lanes.array(new double[] {1}));
        units.close(multiply.out());
      } else {
        units.flush();
        units.merged.add(step);
      }
    }
    units.flush();
    return List.copyOf(units.merged);
  }

  private void add(Sums<A> sums) {
    Group<A> group = sums.groups().get(0);
    a.addElements(a.size(), group.a());
    int[] second = group.b();
    if (second.length == 0) {
      second = new int[group.a().length];
      Arrays.fill(second, one);
    }
    b.addElements(b.size(), second);
    weights.add(group.weight());
    close(sums.out());
  }

  private void close(int out) {
    start.add(a.size());
    outs.add(out);
  }

  private void flush() {
    if (outs.isEmpty()) {
      return;
    }
    merged.add(
        new LinearSums<>(
            start.toIntArray(),
            outs.toIntArray(),
            a.toIntArray(),
            b.toIntArray(),
            lanes.concat(weights)));
    start.clear();
    start.add(0);
    outs.clear();
    a.clear();
    b.clear();
    weights.clear();
  }
}
