package org.ugmm.engine.batch.plan;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.util.ArrayList;
import java.util.List;
import org.ugmm.engine.batch.plan.Plan.Enter;
import org.ugmm.engine.batch.plan.Plan.Gaussians;
import org.ugmm.engine.batch.plan.Plan.Group;
import org.ugmm.engine.batch.plan.Plan.LogProducts;
import org.ugmm.engine.batch.plan.Plan.Step;
import org.ugmm.engine.batch.plan.Plan.Sums;

/**
 * The steps of a plan as a single row takes them: what they read and their numbers, each in one
 * array in the order of execution. A row reads every number once; processors fetch arrays ahead,
 * objects and arrays of each step they do not.
 *
 * @param code operations: one of the constants below, and what its comment lists
 * @param numbers coefficients of Gaussians, which are copies, and weights, which the steps share;
 *     and as many numbers more as a vector has lanes
 * @param <A> {@code double[]} or {@code float[]}
 */
public record RowCode<A>(int[] code, A numbers) {
  /** A step as it is: its index. */
  static final int STEP = 0;

  /**
   * Products of Gaussian leaves alone: index of the step for rows where one is missing, number of
   * units, first slot written, where their numbers start, number of variables, variables.
   */
  public static final int PRODUCTS = 1;

  /** LOG slots to a block: first slot written, number of slots, slots. */
  public static final int ENTER = 2;

  /**
   * Sums over products of all pairs: number of sums, first slot written, slots of the exponents of
   * either factor, where their numbers start (loss factor, weights), first slot and number of
   * second factors, number of first factors, their slots.
   */
  public static final int CROSS = 3;

  /** Writes a row code. */
  static final class Builder<A> {
    private final Lanes<A> lanes;
    private final boolean linear;
    private final IntArrayList code = new IntArrayList();
    private final List<A> parts = new ArrayList<>();
    private int size;

    Builder(Lanes<A> lanes, boolean linear) {
      this.lanes = lanes;
      this.linear = linear;
    }

    /** Adds the steps of a plan in order. */
    void add(List<Step<A>> steps) {
      for (int s = 0; s < steps.size(); s++) {
        Step<A> step = steps.get(s);
        if (step instanceof LogProducts<A> products && isPlain(products)) {
          products(s, products);
        } else if (step instanceof Enter<A> enter && !linear) {
          code.add(ENTER);
          code.add(enter.out());
          code.add(enter.in().length);
          code.addElements(code.size(), enter.in());
        } else if (step instanceof Sums<A> sums && isPlain(sums)) {
          cross(sums);
        } else {
          code.add(STEP);
          code.add(s);
        }
      }
    }

    private static boolean isPlain(LogProducts<?> step) {
      return step.numUnits() > 1
          && step.leaves().z().length > 0
          && step.tableVariable().length == 0
          && step.addend().length == 0
          && step.links() == null;
    }

    private boolean isPlain(Sums<A> step) {
      return !linear && step.groups().size() == 1 && step.groups().get(0).isCross();
    }

    private void products(int index, LogProducts<A> step) {
      int m = step.numUnits();
      Gaussians<A> leaves = step.leaves();
      int n = leaves.z().length;
      double[] numbers = new double[m * (1 + 2 * n)];
      for (int j = 0; j < m; j++) {
        numbers[j] = lanes.get(step.complete(), j);
        for (int k = 0; k < n; k++) {
          int at = leaves.block().at(j, k);
          numbers[m * (1 + 2 * k) + j] = lanes.get(leaves.coefficients(), at);
          numbers[m * (2 + 2 * k) + j] =
              lanes.get(leaves.coefficients(), at + leaves.block().stride());
        }
      }
      code.add(PRODUCTS);
      code.add(index);
      code.add(m);
      code.add(step.out());
      code.add(size);
      code.add(n);
      code.addElements(code.size(), leaves.z());
      put(lanes.array(numbers), numbers.length);
    }

    private void cross(Sums<A> step) {
      Group<A> group = step.groups().get(0);
      int m = step.numUnits();
      code.add(CROSS);
      code.add(m);
      code.add(step.out());
      code.add(group.exponentA());
      code.add(group.exponentB());
      code.add(size);
      code.add(group.b()[0]);
      code.add(group.run());
      code.add(group.left().length);
      code.addElements(code.size(), group.left());
      put(lanes.array(new double[] {group.lossFactor()}), 1);
      put(group.weight(), group.a().length * m);
    }

    private void put(A part, int length) {
      parts.add(part);
      size = Math.addExact(size, length);
    }

    /** The code of the steps added. */
    RowCode<A> build() {
      parts.add(lanes.zeros(lanes.kernels().lanes()));
      return new RowCode<>(code.toIntArray(), lanes.concat(parts));
    }
  }

  /** The steps with the weights that stand here, in place of their own. */
  List<Step<A>> share(List<Step<A>> steps) {
    List<Step<A>> shared = new ArrayList<>(steps);
    int next = 0;
    int at = 0;
    while (at < code.length) {
      switch (code[at]) {
        case PRODUCTS -> at += 6 + code[at + 5];
        case ENTER -> at += 3 + code[at + 2];
        case CROSS -> {
          Sums<A> sums = (Sums<A>) steps.get(next);
          Group<A> group = sums.groups().get(0).with(numbers, code[at + 5] + 1);
          shared.set(next, new Sums<>(sums.numUnits(), List.of(group), sums.out()));
          at += 9 + code[at + 8];
        }
        default -> at += 2;
      }
      next++;
    }
    return List.copyOf(shared);
  }
}
