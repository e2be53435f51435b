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
 * @param code operations, each a head of {@link #HEAD} numbers and then the slots that it reads
 * @param numbers coefficients of Gaussians, which are copies, and weights, which the steps share;
 *     and as many numbers more as a vector has lanes
 * @param <A> {@code double[]} or {@code float[]}
 */
public record RowCode<A>(int[] code, A numbers) {
  /*
   * Places in the head of an operation. Slots of the exponents, the first of the second factors and
   * their number are those of sums over all pairs; 0 elsewhere.
   */
  public static final int OPERATION = 0;

  /** Index of the step, for rows that it must take as it is. */
  public static final int STEP = 1;

  public static final int NUM_UNITS = 2;

  /** First slot written. */
  public static final int OUT = 3;

  /** Where its numbers start. */
  public static final int NUMBERS = 4;

  public static final int EXPONENT_A = 5;
  public static final int EXPONENT_B = 6;
  public static final int SECOND = 7;
  public static final int NUM_SECOND = 8;
  public static final int NUM_SLOTS = 9;

  /** Length of a head; the slots follow. */
  public static final int HEAD = 10;

  /** An operation: so many steps as they are as it has units, one after the other. */
  static final int AS_STEPS = 0;

  /** Products of Gaussian leaves alone; reads variables. */
  public static final int PRODUCTS = 1;

  /** LOG slots to a block; reads LOG slots. */
  public static final int ENTER = 2;

  /** Sums over the products of all pairs; reads first factors. Numbers: loss factor, weights. */
  public static final int CROSS = 3;

  /** The place of the operation after the one at a place. */
  public int next(int at) {
    return at + HEAD + code[at + NUM_SLOTS];
  }

  /** Writes a row code. */
  static final class Builder<A> {
    private final Lanes<A> lanes;
    private final boolean linear;
    private final IntArrayList code = new IntArrayList();
    private final List<A> parts = new ArrayList<>();
    private int size;

    /** The last operation if it is one of steps as they are, else negative. */
    private int plain = -1;

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
          operation(ENTER, s, enter.in().length, enter.out(), enter.in());
        } else if (step instanceof Sums<A> sums && isPlain(sums)) {
          cross(s, sums);
        } else {
          asStep(s);
        }
      }
    }

    /** A step more of the operation before it, where that is of steps as they are. */
    private void asStep(int index) {
      if (plain < 0) {
        plain = operation(AS_STEPS, index, 0, 0, new int[0]);
      }
      code.set(plain + NUM_UNITS, code.getInt(plain + NUM_UNITS) + 1);
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
      operation(PRODUCTS, index, m, step.out(), leaves.z());
      put(lanes.array(numbers), numbers.length);
    }

    private void cross(int index, Sums<A> step) {
      Group<A> group = step.groups().get(0);
      int m = step.numUnits();
      int at = operation(CROSS, index, m, step.out(), group.left());
      code.set(at + EXPONENT_A, group.exponentA());
      code.set(at + EXPONENT_B, group.exponentB());
      code.set(at + SECOND, group.b()[0]);
      code.set(at + NUM_SECOND, group.run());
      put(lanes.array(new double[] {group.lossFactor()}), 1);
      put(group.weight(), group.a().length * m);
    }

    /** Adds an operation whose numbers come next, and returns its place. */
    private int operation(int operation, int step, int numUnits, int out, int[] slots) {
      int at = code.size();
      plain = -1;
      code.size(at + HEAD);
      code.set(at + OPERATION, operation);
      code.set(at + STEP, step);
      code.set(at + NUM_UNITS, numUnits);
      code.set(at + OUT, out);
      code.set(at + NUMBERS, size);
      code.set(at + NUM_SLOTS, slots.length);
      code.addElements(code.size(), slots);
      return at;
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
    for (int at = 0; at < code.length; at = next(at)) {
      if (code[at + OPERATION] == CROSS) {
        int s = code[at + STEP];
        Sums<A> sums = (Sums<A>) steps.get(s);
        Group<A> group = sums.groups().get(0).with(numbers, code[at + NUMBERS] + 1);
        shared.set(s, new Sums<>(List.of(group), sums.to()));
      }
    }
    return List.copyOf(shared);
  }
}
