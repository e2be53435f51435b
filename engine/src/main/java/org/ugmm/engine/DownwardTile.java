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

/**
 * The downward pass over a tile (Darwiche, JACM 2003): from one upward and one downward pass the
 * posterior of every variable that a row lacks. Not thread-safe.
 *
 * @param <A> {@code double[]} or {@code float[]}
 */
final class DownwardTile<A> {
  /*
   * d[s] is the derivative of the natural log of the root: by the natural log of a LOG slot, which is
   * the share of the root that uses the node (its flow), and by the mantissa of a block. Exponents
   * enter as one power of two a block and row, so derivatives stay as well scaled as mantissas.
   *
   * Every leaf adds its flow times its moments to the moments of its variable. In a smooth and
   * decomposable circuit the flows of the leaves on one variable add up to 1, which is checked row by
   * row: a row where underflow took more than the tolerance is left to the log domain.
   */
  private static final double TOLERANCE = 0x1p-40;

  private final Tile<A> tile;
  private final Plan<A> plan;
  private final Lanes<A> lanes;
  private final int rows;
  private final A v;

  /** [numSlots * rows] derivatives. */
  private final A d;

  /** [numVariables + 1] first moment of each variable. */
  private final int[] momentStart;

  /** [moments * rows] moment m of the tile at [m * rows, (m + 1) * rows). */
  private final double[] moment;

  DownwardTile(Tile<A> tile, Lanes<A> lanes) {
    this.tile = tile;
    this.lanes = lanes;
    plan = tile.plan();
    rows = tile.rows();
    v = tile.values();
    d = lanes.zeros(plan.numSlots() * rows);
    Circuit c = plan.circuit();
    momentStart = new int[c.numVariables() + 1];
    for (int x = 0; x < c.numVariables(); x++) {
      momentStart[x + 1] = momentStart[x] + LeafMoments.size(c.variables.get(x));
    }
    moment = new double[momentStart[c.numVariables()] * rows];
  }

  /** Runs all steps in reverse after {@link Tile#run}. */
  void run() {
    java.util.Arrays.fill(moment, 0);
    lanes.clear(d);
    lanes.fill(d, rows, plan.root()[0], 1);
    for (int s = plan.steps().size() - 1; s >= 0; s--) {
      Step<A> step = plan.steps().get(s);
      step.runDown(this);
    }
  }

  /** A moment of a variable in a row. */
  double moment(int variable, int index, int row) {
    return moment[(momentStart[variable] + index) * rows + row];
  }

  /** Whether the flows of the leaves on a variable that a row lacks add up to 1. */
  boolean isSound(int variable, int row) {
    double total = 0;
    boolean categorical = plan.circuit().variables.get(variable) instanceof Variable.Categorical;
    int size = categorical ? momentStart[variable + 1] - momentStart[variable] : 1;
    for (int m = 0; m < size; m++) {
      total += moment(variable, m, row);
    }
    return Math.abs(total - 1) <= TOLERANCE;
  }

  private void addMoments(LeafMoments leaf, int slot) {
    if (tile.isAnyMissing(leaf.variable())) {
      int first = momentStart[leaf.variable()];
      for (int m = 0; m < leaf.moments().length; m++) {
        lanes.accumulate(d, rows, slot, leaf.moments()[m], moment, (first + m) * rows);
      }
    }
  }

  void mixtures(Mixtures<A> step) {
    for (int j = 0; j < step.leaves().size(); j++) {
      addMoments(step.leaves().get(j), step.out() + j);
    }
  }

  void logProduct(LogProduct<A> step) {
    for (LeafMoments leaf : step.leaves()) {
      addMoments(leaf, step.out());
    }
    for (int slot : step.addend()) {
      lanes.add(d, rows, step.out(), slot);
    }
  }

  void enter(Enter<A> step) {
    for (int i = 0; i < step.in().length; i++) {
      lanes.addProduct(v, d, rows, step.out() + i, step.in()[i]);
    }
  }

  void sums(Sums<A> step) {
    int m = step.numUnits();
    int factor = plan.scratch();
    int scaled = plan.scratch() + 2;
    for (Group<A> group : step.groups()) {
      int out = step.out();
      if (!plan.linear()) {
        lanes.factors(v, rows, group.exponentA(), group.exponentB(), step.out() + m, factor);
        for (int j = 0; j < m; j++) {
          lanes.scale(v, d, rows, factor, step.out() + j, scaled + j);
        }
        out = scaled;
      }
      int size = group.a().length;
      if (group.b().length == 0) {
        lanes.kernels().dense().sumsDown(d, rows, group.a(), 0, size, group.weight(), 0, m, out);
      } else {
        lanes
            .kernels()
            .dense()
            .productSumsDown(v, d, rows, group.a(), group.b(), 0, size, group.weight(), 0, m, out);
      }
    }
  }

  void multiply(Multiply<A> step) {
    int out = step.out();
    if (!plan.linear()) {
      int factor = plan.scratch();
      lanes.factors(v, rows, step.exponentA(), step.exponentB(), step.out() + 1, factor);
      out = plan.scratch() + 1;
      lanes.scale(v, d, rows, factor, step.out(), out);
    }
    lanes.addCross(v, d, rows, step.b(), out, step.a());
    lanes.addCross(v, d, rows, step.a(), out, step.b());
  }

  void leave(Leave<A> step) {
    lanes.addQuotient(v, d, rows, step.out(), step.in());
  }

  void linearSums(LinearSums<A> step) {
    int numUnits = step.outs().length;
    lanes
        .kernels()
        .linear()
        .sumsDown(
            v, d, rows, step.start(), 0, numUnits, step.outs(), step.a(), step.b(), step.weight());
  }
}
