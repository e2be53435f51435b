package org.ugmm.engine;

import org.ugmm.engine.Plan.Enter;
import org.ugmm.engine.Plan.Group;
import org.ugmm.engine.Plan.Leave;
import org.ugmm.engine.Plan.LinearSums;
import org.ugmm.engine.Plan.LogProduct;
import org.ugmm.engine.Plan.Mixtures;
import org.ugmm.engine.Plan.Multiply;
import org.ugmm.engine.Plan.Step;
import org.ugmm.engine.Plan.Sums;
import org.ugmm.engine.kernel.ScalingKernels;

/**
 * The workspace of an evaluator for one plan: row vectors of some rows each, rows innermost, and
 * the steps of the plan spelled as kernel calls on them. Not thread-safe.
 *
 * @param <A> {@code double[]} or {@code float[]}
 */
final class Tile<A> {
  private final Plan<A> plan;
  private final Lanes<A> lanes;
  private final int rows;
  private final int numVariables;

  /** [numSlots * rows] row vector s at [s * rows, (s + 1) * rows). */
  private final A v;

  /** [numVariables] whether any cell of the tile is missing. */
  private final boolean[] anyMissing;

  Tile(Plan<A> plan, Lanes<A> lanes, int rows) {
    this.plan = plan;
    this.lanes = lanes;
    this.rows = rows;
    numVariables = plan.circuit().numVariables();
    v = lanes.zeros(Math.multiplyExact(plan.numSlots(), rows));
    anyMissing = new boolean[numVariables];
    lanes.fill(v, rows, 2 * numVariables, 1);
  }

  Plan<A> plan() {
    return plan;
  }

  /** The row vectors, [numSlots * rows]. */
  A values() {
    return v;
  }

  boolean isAnyMissing(int variable) {
    return anyMissing[variable];
  }

  int rows() {
    return rows;
  }

  /**
   * Takes rows of a batch.
   *
   * @param batch row-major, NaN where unobserved
   * @param from first row
   * @param count number of rows, at most {@link #rows}; the rest of the tile repeats the last
   */
  void load(double[] batch, int from, int count) {
    lanes.load(v, rows, batch, from, count, anyMissing);
  }

  /** Runs all steps. */
  void run() {
    for (Step<A> step : plan.steps()) {
      step.run(this);
    }
  }

  /**
   * log2 of a root in a row after {@link #run}; NaN where too much may have been lost to underflow,
   * so that the row must be evaluated in the log domain.
   */
  double root(int index, int row) {
    return lanes.get(v, plan.root()[index] * rows + row);
  }

  void mixtures(Mixtures<A> step) {
    int n = step.z().length;
    boolean row = rows == 1 && isRun(step.z());
    for (int j = 0; j < step.shift().length; j++) {
      int out = step.out() + j;
      double shift = step.shift()[j];
      if (row) {
        lanes
            .kernels()
            .gaussian()
            .mixtureRow(v, step.z()[0], n, step.coefficients(), 3 * n * j, shift, out);
      } else {
        lanes
            .kernels()
            .gaussian()
            .mixture(v, rows, step.z(), 0, n, step.coefficients(), 3 * n * j, shift, out);
      }
      if (step.observed() >= 0 && anyMissing[step.z()[0]]) {
        lanes.replaceMissing(v, rows, step.observed(), step.missing()[j], out);
      }
    }
  }

  void logProduct(LogProduct<A> step) {
    int out = step.out();
    int numLeaves = step.numLeaves();
    int numLinks = step.z().length - numLeaves;
    if (numLeaves == 0) {
      lanes.fill(v, rows, out, step.constant());
    } else if (isAnyMissing(step.z(), numLeaves)) {
      lanes
          .kernels()
          .gaussian()
          .productObserved(
              v,
              rows,
              step.z(),
              0,
              numLeaves,
              numVariables,
              step.coefficients(),
              0,
              step.constant(),
              out);
    } else {
      lanes
          .kernels()
          .gaussian()
          .product(
              v,
              rows,
              step.z(),
              0,
              numLeaves,
              step.coefficients(),
              0,
              step.constant() + step.peak(),
              out);
    }
    if (numLinks > 0) {
      lanes
          .kernels()
          .gaussian()
          .product(
              v,
              rows,
              step.z(),
              numLeaves,
              numLinks,
              step.coefficients(),
              3 * numLeaves,
              0,
              plan.scratch());
      lanes.add(v, rows, plan.scratch(), out);
    }
    for (int i = 0; i < step.table().length; i++) {
      lanes.addTable(v, rows, step.tableVariable()[i], numVariables, step.table()[i], out);
    }
    for (int slot : step.addend()) {
      lanes.add(v, rows, slot, out);
    }
  }

  private boolean isAnyMissing(int[] z, int count) {
    for (int i = 0; i < count; i++) {
      if (anyMissing[z[i]]) {
        return true;
      }
    }
    return false;
  }

  void enter(Enter<A> step) {
    if (plan.linear()) {
      for (int i = 0; i < step.in().length; i++) {
        lanes.kernels().scaling().exp2(v, rows, step.in()[i], step.out() + i);
      }
    } else {
      lanes.enter(v, rows, step.in(), step.out());
    }
  }

  void sums(Sums<A> step) {
    int m = step.numUnits();
    int out = step.out();
    if (step.groups().isEmpty()) {
      for (int j = 0; j < m; j++) {
        lanes.fill(v, rows, out + j, 0);
      }
      if (!plan.linear()) {
        lanes.fill(v, rows, out + m, ScalingKernels.ZERO_EXPONENT);
        lanes.fill(v, rows, out + m + 1, Double.POSITIVE_INFINITY);
      }
      return;
    }
    Group<A> first = step.groups().get(0);
    if (plan.linear()) {
      sumGroup(first, m, out);
      return;
    }
    int exponent = out + m;
    int loss = exponent + 1;
    if (step.groups().size() == 1) {
      sumGroup(first, m, out);
      lanes.exponents(v, rows, first.exponentA(), first.exponentB(), exponent);
      lanes.losses(v, rows, first.exponentA(), first.exponentB(), first.lossFactor(), loss);
    } else {
      lanes.fill(v, rows, exponent, 2 * ScalingKernels.ZERO_EXPONENT);
      for (Group<A> group : step.groups()) {
        lanes.maxExponents(v, rows, group.exponentA(), group.exponentB(), exponent);
      }
      for (int j = 0; j < m; j++) {
        lanes.fill(v, rows, out + j, 0);
      }
      lanes.fill(v, rows, loss, 0);
      int factor = plan.scratch();
      int partialLoss = plan.scratch() + 1;
      int partial = plan.scratch() + 2;
      for (Group<A> group : step.groups()) {
        sumGroup(group, m, partial);
        lanes.factors(v, rows, group.exponentA(), group.exponentB(), exponent, factor);
        lanes.losses(
            v, rows, group.exponentA(), group.exponentB(), group.lossFactor(), partialLoss);
        lanes.addScaledLoss(v, rows, factor, partialLoss, loss);
        for (int j = 0; j < m; j++) {
          lanes.addScaled(v, rows, factor, partial + j, out + j);
        }
      }
    }
    lanes.normalise(v, rows, out, m);
  }

  private static boolean isRun(int[] slots) {
    for (int i = 1; i < slots.length; i++) {
      if (slots[i] != slots[0] + i) {
        return false;
      }
    }
    return true;
  }

  private void sumGroup(Group<A> group, int m, int out) {
    int size = group.a().length;
    if (rows == 1) {
      if (group.b().length == 0) {
        lanes.kernels().dense().sumsRow(v, group.a(), size, group.weight(), m, out);
      } else {
        lanes
            .kernels()
            .dense()
            .productSumsRow(v, group.a(), group.b(), size, group.weight(), m, out);
      }
      return;
    }
    if (group.b().length == 0) {
      lanes.kernels().dense().sums(v, rows, group.a(), 0, size, group.weight(), 0, m, out);
    } else {
      lanes
          .kernels()
          .dense()
          .productSums(v, rows, group.a(), group.b(), 0, size, group.weight(), 0, m, out);
    }
  }

  void multiply(Multiply<A> step) {
    lanes.multiply(v, rows, step.a(), step.b(), step.out());
    if (!plan.linear()) {
      int exponent = step.out() + 1;
      lanes.exponents(v, rows, step.exponentA(), step.exponentB(), exponent);
      lanes.losses(v, rows, step.exponentA(), step.exponentB(), 5, exponent + 1);
      lanes.normalise(v, rows, step.out(), 1);
    }
  }

  void linearSums(LinearSums<A> step) {
    int numUnits = step.outs().length;
    lanes
        .kernels()
        .linear()
        .sums(v, rows, step.start(), 0, numUnits, step.outs(), step.a(), step.b(), step.weight());
  }

  void leave(Leave<A> step) {
    lanes.leave(v, rows, step.in(), step.exponent(), step.out());
  }
}
