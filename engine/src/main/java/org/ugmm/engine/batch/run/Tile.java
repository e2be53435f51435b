package org.ugmm.engine.batch.run;

import java.util.List;
import org.ugmm.engine.batch.plan.Lanes;
import org.ugmm.engine.batch.plan.Plan;
import org.ugmm.engine.batch.plan.Plan.Enter;
import org.ugmm.engine.batch.plan.Plan.Gaussians;
import org.ugmm.engine.batch.plan.Plan.Group;
import org.ugmm.engine.batch.plan.Plan.Leave;
import org.ugmm.engine.batch.plan.Plan.LinearSums;
import org.ugmm.engine.batch.plan.Plan.LogProducts;
import org.ugmm.engine.batch.plan.Plan.Mixtures;
import org.ugmm.engine.batch.plan.Plan.Multiply;
import org.ugmm.engine.batch.plan.Plan.Step;
import org.ugmm.engine.batch.plan.Plan.Sums;
import org.ugmm.engine.batch.plan.Plan.Univariate;
import org.ugmm.engine.batch.plan.RowCode;
import org.ugmm.engine.batch.plan.StepVisitor;
import org.ugmm.engine.kernel.DenseKernels;
import org.ugmm.engine.kernel.GaussianKernels;
import org.ugmm.engine.kernel.ScalingKernels;
import org.ugmm.engine.number.Rounding;

/**
 * The workspace of an evaluator for one plan: row vectors of some rows each, rows innermost, and
 * the steps of the plan spelled as kernel calls on them. Not thread-safe.
 *
 * @param <A> {@code double[]} or {@code float[]}
 */
public final class Tile<A> implements StepVisitor<A> {
  private final Plan<A> plan;
  private final Lanes<A> lanes;
  private final int rows;
  private final int numVariables;

  /** [numSlots * rows] row vector s at [s * rows, (s + 1) * rows). */
  private final A v;

  /** [1] the constant of a product of links. */
  private final A zero;

  /** [numVariables] whether any cell of the tile is missing. */
  private final boolean[] anyMissing;

  /** [numVariables] the same of the tile before. */
  private final boolean[] wasMissing;

  public Tile(Plan<A> plan, Lanes<A> lanes, int rows) {
    this.plan = plan;
    this.lanes = lanes;
    this.rows = rows;
    numVariables = plan.circuit().numVariables();
    v = lanes.zeros(Math.multiplyExact(plan.numSlots(), rows));
    zero = lanes.zeros(1);
    anyMissing = new boolean[numVariables];
    wasMissing = new boolean[numVariables];
    for (int slot = numVariables; slot <= 2 * numVariables; slot++) {
      lanes.fill(v, rows, slot, 1);
    }
  }

  public Plan<A> plan() {
    return plan;
  }

  /** The row vectors, [numSlots * rows]. */
  public A values() {
    return v;
  }

  boolean isAnyMissing(int variable) {
    return anyMissing[variable];
  }

  public int rows() {
    return rows;
  }

  /**
   * Takes rows of a batch.
   *
   * @param batch row-major, NaN where unobserved
   * @param from first row
   * @param count number of rows, at most {@link #rows}; the rest of the tile repeats the last
   */
  public void load(double[] batch, int from, int count) {
    lanes.load(v, rows, batch, from, count, anyMissing, wasMissing);
  }

  /** Runs all steps. */
  public void run() {
    if (rows == 1) {
      runRow();
      return;
    }
    steps(0, plan.steps().size());
  }

  private void steps(int from, int count) {
    List<Step<A>> steps = plan.steps(); // by index, here and below: an iterator is an object
    for (int s = from; s < from + count; s++) {
      steps.get(s).accept(this);
    }
  }

  private void runRow() {
    RowCode<A> row = plan.row();
    int[] code = row.code();
    for (int at = 0; at < code.length; at = row.next(at)) {
      switch (code[at + RowCode.OPERATION]) {
        case RowCode.PRODUCTS -> productsRow(code, at);
        case RowCode.ENTER -> enterRow(code, at);
        case RowCode.CROSS -> crossRow(code, at);
        default -> steps(code[at + RowCode.STEP], code[at + RowCode.NUM_UNITS]);
      }
    }
  }

  private void productsRow(int[] code, int at) {
    int slots = at + RowCode.HEAD;
    int n = code[at + RowCode.NUM_SLOTS];
    for (int i = slots; i < slots + n; i++) {
      if (anyMissing[code[i]]) {
        plan.steps().get(code[at + RowCode.STEP]).accept(this);
        return;
      }
    }
    lanes
        .kernels()
        .gaussian()
        .productsRow(
            v,
            code,
            slots,
            n,
            plan.row().numbers(),
            code[at + RowCode.NUMBERS],
            code[at + RowCode.NUM_UNITS],
            code[at + RowCode.OUT]);
  }

  private void enterRow(int[] code, int at) {
    int n = code[at + RowCode.NUM_SLOTS];
    lanes.enter(v, 1, code, at + RowCode.HEAD, n, code[at + RowCode.OUT]);
  }

  private void crossRow(int[] code, int at) {
    int m = code[at + RowCode.NUM_UNITS];
    int out = code[at + RowCode.OUT];
    int exponents = out + m;
    A numbers = plan.row().numbers();
    int from = code[at + RowCode.NUMBERS];
    lanes
        .kernels()
        .dense()
        .crossSums(
            v,
            1,
            code,
            at + RowCode.HEAD,
            code[at + RowCode.NUM_SLOTS],
            code[at + RowCode.SECOND],
            code[at + RowCode.NUM_SECOND],
            numbers,
            from + 1,
            m,
            out,
            plan.scratch() + 2 + m);
    int exponentA = code[at + RowCode.EXPONENT_A];
    int exponentB = code[at + RowCode.EXPONENT_B];
    combine(exponentA, exponentB, lanes.get(numbers, from), exponents);
    lanes.normalise(v, 1, out, m);
  }

  /**
   * log2 of a root in a row after {@link #run}; NaN where too much may have been lost to underflow,
   * so that the row must be evaluated in the log domain.
   */
  public double root(int index, int row) {
    return lanes.get(v, plan.root()[index] * rows + row);
  }

  @Override
  public void mixtures(Mixtures<A> step) {
    GaussianKernels<A> kernels = lanes.kernels().gaussian();
    int[] z = step.gaussians().z();
    A coefficients = step.gaussians().coefficients();
    int numUnits = step.numUnits();
    int out = step.out();
    kernels.mixtures(v, rows, z, coefficients, numUnits, out, plan.scratch());
    for (int j = 0; j < numUnits && !step.isPure(); j++) {
      for (int t = 0; t < step.tableVariable().length; t++) {
        lanes.addTable(v, rows, step.tableVariable()[t], numVariables, step.table()[j][t], out + j);
      }
      if (step.addend().length > 0) {
        lanes.addConstant(v, rows, step.addend()[j], out + j);
      }
    }
    boolean small = kernels.logs(v, rows, out, numUnits, step.shift());
    if (small && step.isPure()) {
      kernels.exactMixtures(v, rows, z, coefficients, numUnits, step.shift(), out, plan.scratch());
    } else if (small) {
      exactMixtures(step);
    }
    if (step.observed() >= 0 && anyMissing[z[0]]) {
      for (int j = 0; j < numUnits; j++) {
        lanes.replaceMissing(v, rows, step.observed(), step.missing()[j], out + j);
      }
    }
  }

  /** Computes sums that flooring may have spoilt again, one by one and in two passes. */
  private void exactMixtures(Mixtures<A> step) {
    double trusted = lanes.kernels().gaussian().trusted();
    for (int j = 0; j < step.numUnits(); j++) {
      double shift = lanes.get(step.shift(), j);
      for (int r = 0; r < rows; r++) {
        int at = (step.out() + j) * rows + r;
        if (lanes.get(v, at) - shift < trusted) {
          lanes.set(v, at, shift + exactMixture(step, j, r));
        }
      }
    }
  }

  private double exactMixture(Mixtures<A> step, int unit, int row) {
    double linear = step.addend().length > 0 ? step.addend()[unit] : 0;
    for (int t = 0; t < step.tableVariable().length; t++) {
      linear +=
          lanes.entry(v, rows, step.tableVariable()[t], numVariables, step.table()[unit][t], row);
    }
    double max = Math.log(linear) * Rounding.LOG2E;
    for (int k = 0; k < step.gaussians().z().length; k++) {
      max = Math.max(max, log2(step, unit, k, row));
    }
    if (max == Double.NEGATIVE_INFINITY) {
      return max;
    }
    double sum = linear == 0 ? 0 : Math.exp(Math.log(linear) - max / Rounding.LOG2E);
    for (int k = 0; k < step.gaussians().z().length; k++) {
      sum += Math.exp((log2(step, unit, k, row) - max) / Rounding.LOG2E);
    }
    return max + Math.log(sum) * Rounding.LOG2E;
  }

  private double log2(Mixtures<A> step, int unit, int input, int row) {
    Gaussians<A> g = step.gaussians();
    double z = lanes.get(v, g.z()[input] * rows + row);
    double d = (z - g.mean(lanes, unit, input)) * g.slope(lanes, unit, input);
    return g.height(lanes, unit, input) - d * d;
  }

  @Override
  public void logProducts(LogProducts<A> step) {
    GaussianKernels<A> kernels = lanes.kernels().gaussian();
    Gaussians<A> leaves = step.leaves();
    int out = step.out();
    int numUnits = step.numUnits();
    if (leaves.z().length == 0) {
      for (int j = 0; j < numUnits; j++) {
        lanes.fill(v, rows, out + j, lanes.get(step.constant(), j));
      }
    } else if (isAnyMissing(leaves.z(), leaves.z().length)) {
      kernels.productsObserved(
          v,
          rows,
          leaves.z(),
          numVariables,
          leaves.coefficients(),
          step.constant(),
          numUnits,
          out,
          plan.scratch());
    } else {
      kernels.products(
          v,
          rows,
          leaves.z(),
          leaves.coefficients(),
          step.complete(),
          numUnits,
          out,
          plan.scratch());
    }
    Gaussians<A> links = step.links();
    if (links != null) {
      int partial = plan.scratch();
      kernels.products(
          v, rows, links.z(), links.coefficients(), zero, 1, partial, plan.scratch() + 1);
      lanes.add(v, rows, partial, out);
    }
    for (int t = 0; t < step.tableVariable().length; t++) {
      for (int j = 0; j < numUnits; j++) {
        lanes.addTable(v, rows, step.tableVariable()[t], numVariables, step.table()[j][t], out + j);
      }
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

  @Override
  public void univariate(Univariate<A> step) {
    for (int r = 0; r < rows; r++) {
      boolean isObserved = lanes.get(v, (step.variable() + numVariables) * rows + r) != 0;
      double log2 = step.missing();
      if (isObserved) {
        double x = lanes.get(v, step.variable() * rows + r);
        log2 = step.leaf().logDensity(x).log() * Rounding.LOG2E;
      }
      lanes.set(v, step.out() * rows + r, log2);
    }
  }

  @Override
  public void enter(Enter<A> step) {
    if (plan.linear()) {
      for (int i = 0; i < step.in().length; i++) {
        lanes.kernels().scaling().exp2(v, rows, step.in()[i], step.out() + i);
      }
    } else {
      lanes.enter(v, rows, step.in(), 0, step.in().length, step.out());
    }
  }

  @Override
  public void sums(Sums<A> step) {
    int m = step.numUnits();
    int out = step.out();
    if (step.groups().isEmpty()) {
      for (int j = 0; j < m; j++) {
        lanes.fill(v, rows, out + j, 0);
      }
      if (!plan.linear()) {
        lanes.fill(v, rows, step.to().exponents(), ScalingKernels.ZERO_EXPONENT);
        lanes.fill(v, rows, step.to().losses(), Double.POSITIVE_INFINITY);
      }
      return;
    }
    Group<A> first = step.groups().get(0);
    if (plan.linear()) {
      sumGroup(first, m, out);
      return;
    }
    int exponent = step.to().exponents();
    int loss = step.to().losses();
    if (step.groups().size() == 1) {
      sumGroup(first, m, out);
      combine(first.exponentA(), first.exponentB(), first.lossFactor(), exponent);
    } else {
      lanes.fill(v, rows, exponent, 2 * ScalingKernels.ZERO_EXPONENT);
      for (int g = 0; g < step.groups().size(); g++) {
        Group<A> group = step.groups().get(g);
        lanes.maxExponents(v, rows, group.exponentA(), group.exponentB(), exponent);
      }
      for (int j = 0; j < m; j++) {
        lanes.fill(v, rows, out + j, 0);
      }
      lanes.fill(v, rows, loss, 0);
      int factor = plan.scratch();
      int partialLoss = plan.scratch() + 1;
      int partial = plan.scratch() + 2;
      for (int g = 0; g < step.groups().size(); g++) {
        Group<A> group = step.groups().get(g);
        sumGroup(group, m, partial);
        combine(group.exponentA(), group.exponentB(), group.lossFactor(), factor);
        lanes.factors(v, rows, group.exponentA(), group.exponentB(), exponent, factor);
        lanes.addScaledLoss(v, rows, factor, partialLoss, loss);
        for (int j = 0; j < m; j++) {
          lanes.addScaled(v, rows, factor, partial + j, out + j);
        }
      }
    }
    lanes.normalise(v, rows, out, m);
  }

  private void sumGroup(Group<A> group, int m, int out) {
    DenseKernels<A> dense = lanes.kernels().dense();
    int scratch = plan.scratch() + 2 + m; // after the partial sums
    if (group.b().length == 0) {
      dense.sums(v, rows, group.a(), group.a().length, group.weight(), m, out, scratch);
    } else if (group.isCross()) {
      dense.crossSums(
          v,
          rows,
          group.left(),
          0,
          group.left().length,
          group.b()[0],
          group.run(),
          group.weight(),
          group.weightFrom(),
          m,
          out,
          scratch);
    } else {
      dense.productSums(v, rows, group.a(), group.b(), group.weight(), m, out, scratch);
    }
  }

  private void combine(int exponentA, int exponentB, double lossFactor, int exponent) {
    lanes.kernels().scaling().combine(v, rows, exponentA, exponentB, lossFactor, exponent);
  }

  @Override
  public void multiply(Multiply<A> step) {
    lanes.multiply(v, rows, step.a(), step.b(), step.out());
    if (!plan.linear()) {
      int exponent = step.to().exponents();
      combine(step.exponentA(), step.exponentB(), 5 * lanes.mantissaUnit(), exponent);
      lanes.normalise(v, rows, step.out(), 1);
    }
  }

  @Override
  public void linearSums(LinearSums<A> step) {
    int numUnits = step.outs().length;
    lanes
        .kernels()
        .linear()
        .sums(v, rows, step.start(), 0, numUnits, step.outs(), step.a(), step.b(), step.weight());
  }

  @Override
  public void leave(Leave<A> step) {
    lanes.leave(v, rows, step.in(), step.exponent(), step.out());
  }
}
