package org.ugmm.engine.batch.error;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
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
import org.ugmm.engine.batch.plan.StepVisitor;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Variable.Real;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.number.GaussianMass;
import org.ugmm.engine.number.Rounding;

/**
 * Runs the steps of a plan on error bounds instead of values, once, before any row: the rounding
 * errors of every value that has no Gaussian link below it, as {@link ErrorTerms}. Immutable and
 * shared by the evaluators of a circuit.
 *
 * @param <A> {@code double[]} or {@code float[]}
 */
public final class ErrorModel<A> {
  /*
   * Let F be the peak of a node, f its true and g its computed value, D = log2(F / f) and D' = log2(F /
   * g). The claim of a node is log2(f / g) <= a + b D + c sqrt D and log2(g / f) <= a + b D' + c sqrt D'.
   *
   * A leaf: its exponent is -q with q = ((x - m) s)^2 = D. If x and m are rounded with unit r (0 in
   * double precision, where inputs are what they are) and s, the difference and the products with u,
   * the scaled difference v is wrong by alpha |v| + beta with beta = 3 r |m| s, since |x - m| s = |v|
   * and since a fused mixture has rounded m s as well as x and s;
   * so q is wrong by 2 alpha q + 2 beta sqrt q + 2 beta^2 at most. Solving for D' where the claim
   * speaks of D' costs the last terms of gaussian().
   *
   * A product adds: log2 F, a, D; so b is the largest, and by Cauchy and Schwarz c the root of the sum
   * of squares.
   *
   * A sum f = SUM w_i f_i with F = SUM w_i F_i: with shares s_i = w_i f_i / f, log2(f / g) = -log2 SUM
   * s_i 2^(log2 g_i / f_i) <= SUM s_i log2(f_i / g_i) by Jensen, and SUM s_i D_i = D - KL(s | w F / F)
   * <= D; so the mean of b_i D_i is at most max b_i times D, and that of the roots at most the root.
   * The other claim is the same with the shares of g. That is why either claim is in its own depth.
   *
   * A log that is stored is rounded by u |log2 f| <= u (|log2 F| + D). SLACK covers that such terms
   * speak of computed and of true depths alike, products of roundings, and the rounding of the bounds.
   *
   * logs of e are exact or within an ulp (2 u), exp2 and log2 of the kernels within an ulp.
   */
  private static final double SLACK = 1.02;

  /** Above this share of the depth the analysis is not trusted. */
  private static final double MAX_B = 0x1p-7;

  private static final double LOG2E = Rounding.LOG2E_UP;
  private static final double U = Rounding.U;

  /** Error of a density's mass over a domain, see {@link GaussianMass#logMassErrorUnits}. */
  private static final double MASS = 93 * U;

  /** Exponents of a block further below its largest are 0, of either type. */
  private static final double RANGE = 1100;

  private static final double LOG2_SQRT_2PI = GaussianMass.LOG_SQRT_2PI * LOG2E;
  private static final double HALF_LOG2E_ROOT = Math.sqrt(0.5 * LOG2E);

  private final Plan<A> plan;
  private final Lanes<A> lanes;

  /** Unit roundoff of the lanes, and what it is as an error of a log2. */
  final double u;

  final double unit;

  /** Relative error of parameters and inputs that are rounded to the lanes; 0 in double. */
  final double input;

  /** What compiling rounded of any node but for squares and what is below links, as a log2. */
  final double compiled;

  /** The same of the parameters of one node. */
  final double compiledNode;

  /** Relative error of a scaled difference by its own size. */
  final double alpha;

  /** [steps] the terms of what a step writes; null above a link. */
  private final List<@Nullable ErrorTerms> ofStep = new ArrayList<>();

  /** [numSlots] the terms of a slot while the steps are run, null above a link. */
  private final @Nullable ErrorTerms[] ofSlot;

  /** [roots] the terms of each root, null above a link. */
  private final @Nullable ErrorTerms[] ofRoot;

  private final boolean isStatic;

  public ErrorModel(Plan<A> plan, Lanes<A> lanes) {
    this.plan = plan;
    this.lanes = lanes;
    u = lanes.unitRoundoff();
    unit = u * LOG2E;
    input = u > U ? u : 0;
    alpha = SLACK * (2 * input + 4 * U + 2 * u + scaleRounding(plan.circuit()) * U);
    double mostOfOne = 0;
    for (double units : plan.circuit().rounding) {
      mostOfOne = Math.max(mostOfOne, units);
    }
    compiledNode = SLACK * Rounding.LOG2E_UP * U * mostOfOne;
    double mostRounding = 0;
    for (double units : plan.circuit().logRounding()) {
      mostRounding = Math.max(mostRounding, units);
    }
    compiled = SLACK * Rounding.LOG2E_UP * U * mostRounding;
    ofSlot = new ErrorTerms[plan.numSlots()];
    ofSlot[2 * plan.circuit().numVariables()] = ErrorTerms.of(0, 0, 0, 0);
    Bounds bounds = new Bounds();
    for (Step<A> step : plan.steps()) {
      step.accept(bounds);
    }
    ofRoot = new ErrorTerms[plan.root().length];
    boolean all = true;
    for (int i = 0; i < ofRoot.length; i++) {
      ofRoot[i] = ofSlot[plan.root()[i]];
      all &= ofRoot[i] != null;
    }
    isStatic = all;
    Arrays.fill(ofSlot, null);
  }

  /** The largest rounding of a scale. */
  private static double scaleRounding(FlatCircuit c) {
    double most = 0;
    for (int n = 0; n < c.rounding.length; n++) {
      if (c.kind(n) == NodeKind.GAUSSIAN || c.kind(n) == NodeKind.GAUSSIAN_LINK) {
        most = Math.max(most, c.rounding(n));
      }
    }
    return most;
  }

  /** Whether no root has a link below it: no work is needed while a tile runs. */
  public boolean isStatic() {
    return isStatic;
  }

  @Nullable ErrorTerms ofStep(int step) {
    return ofStep.get(step);
  }

  /** The error of a root without links below, in units of log2. */
  public double error(int root, double log2) {
    ErrorTerms terms = ofRoot[root];
    if (terms == null || terms.b[0] > MAX_B) {
      return Double.POSITIVE_INFINITY;
    }
    return SLACK * terms.error(0, log2) + compiled;
  }

  /** How much the error of a root can grow at most with the first unit of its depth. */
  double steepness(int root) {
    ErrorTerms terms = ofRoot[root];
    return terms == null ? Double.POSITIVE_INFINITY : SLACK * (terms.b[0] + terms.c[0]);
  }

  /** The same of a value of a step that has terms. */
  public static double error(ErrorTerms terms, int i, double log2) {
    return terms.b[i] > MAX_B ? Double.POSITIVE_INFINITY : SLACK * terms.error(i, log2);
  }

  /** Bounds what each step writes, in the order of the plan. */
  private final class Bounds implements StepVisitor<A> {
    @Override
    public void mixtures(Mixtures<A> step) {
      ofStep.add(write(step.out(), step.numUnits(), terms(step)));
    }

    @Override
    public void logProducts(LogProducts<A> step) {
      ofStep.add(write(step.out(), step.numUnits(), terms(step)));
    }

    /** The bound follows from the value of each row. */
    @Override
    public void univariate(Univariate<A> step) {
      ofStep.add(write(step.out(), 1, null));
    }

    @Override
    public void enter(Enter<A> step) {
      ofStep.add(write(step.out(), step.in().length, terms(step)));
    }

    @Override
    public void sums(Sums<A> step) {
      ofStep.add(write(step.out(), step.numUnits(), terms(step)));
    }

    @Override
    public void multiply(Multiply<A> step) {
      ofStep.add(write(step.out(), 1, pair(step.a(), step.b())));
    }

    @Override
    public void leave(Leave<A> step) {
      ofStep.add(write(step.out(), 1, terms(step)));
    }

    /** There are no links in a linear plan, so nobody asks for the terms of the step. */
    @Override
    public void linearSums(LinearSums<A> step) {
      writeUnits(step);
      ofStep.add(null);
    }
  }

  /** Tells the slots what a step wrote; the values of a block know the peak of the block. */
  private @Nullable ErrorTerms write(int out, int n, @Nullable ErrorTerms terms) {
    double highest = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < n && terms != null; i++) {
      highest = Math.max(highest, terms.peak[i]);
    }
    for (int i = 0; i < n; i++) {
      if (terms == null) {
        ofSlot[out + i] = null;
        continue;
      }
      ErrorTerms one = new ErrorTerms(2); // the second holds the peak of the block
      one.set(0, terms, i);
      one.peak[1] = highest;
      ofSlot[out + i] = one;
    }
    return terms;
  }

  private boolean isVariable(int slot) {
    return slot < plan.circuit().numVariables();
  }

  /** log2 of the density of a Gaussian on a variable at its mean, from its slope. */
  static double peak(double slope) {
    return Math.log(slope / HALF_LOG2E_ROOT) * LOG2E - LOG2_SQRT_2PI;
  }

  /** What the difference of a scaled difference adds to its error, for a variable. */
  private double beta(double slope, double mean) {
    return input == 0 ? 0 : SLACK * 3 * input * slope * Math.abs(mean) + 0x1p-60;
  }

  /** The terms of -((x - mean) slope)^2 for a variable x. */
  private ErrorTerms gaussian(double slope, double mean) {
    double beta = beta(slope, mean);
    double a = 2 * beta * beta;
    double b = 2 * alpha * (1 + alpha) + u;
    double c = 2 * beta * (1 + 2 * alpha);
    double solve = 1 - b - (c > 0 ? 0x1p-6 : 0);
    return ErrorTerms.of((a + 16 * c * c) / solve, b / solve, c / solve, 0);
  }

  /** The error of the log2 of the mass of a Gaussian over the domain of its variable. */
  double massError(int variable, double log2Mass) {
    return plan.circuit().variables.get(variable) instanceof Real real && isCut(real)
        ? MASS + 24 * U * Math.abs(log2Mass)
        : 0;
  }

  private static boolean isCut(Real real) {
    return real.lo() > Double.NEGATIVE_INFINITY || real.hi() < Double.POSITIVE_INFINITY;
  }

  private @Nullable ErrorTerms terms(Mixtures<A> step) {
    Gaussians<A> g = step.gaussians();
    int n = g.z().length;
    int m = step.numUnits();
    for (int z : g.z()) {
      if (!isVariable(z)) {
        return null;
      }
    }
    ErrorTerms terms = new ErrorTerms(m);
    for (int j = 0; j < m; j++) {
      double shift = lanes.get(step.shift(), j);
      double a = 0;
      double b = 0;
      double c = 0;
      double total = 0;
      double weights = 0;
      for (int k = 0; k < n; k++) {
        double slope = g.slope(lanes, j, k);
        double height = g.height(lanes, j, k);
        if (height == Double.NEGATIVE_INFINITY) {
          continue;
        }
        ErrorTerms leaf = gaussian(slope, g.mean(lanes, j, k));
        double logWeight = height + shift - peak(slope);
        double exact = Math.abs(logWeight) + Math.abs(peak(slope)) + Math.abs(shift) + 3;
        a = Math.max(a, leaf.a[0] + (input + u) * Math.abs(height) + 10 * U * exact);
        b = Math.max(b, leaf.b[0]);
        c = Math.max(c, leaf.c[0]);
        total += Math.pow(2, height);
        weights += Math.pow(2, Math.max(-RANGE, Math.min(RANGE, logWeight)));
      }
      for (int i = 0; i < numOthers(step); i++) {
        double largest = other(step, j, i);
        if (largest > 0) {
          a = Math.max(a, otherError(step, i, largest, shift));
          b = Math.max(b, 10 * U); // entries below the largest
          total += largest;
        }
      }
      double above = Math.log(total) * LOG2E;
      double peak = above + shift;
      a += roundings(step) * unit + LOG2E * n * floor();
      if (step.observed() >= 0 && step.missing()[j] > Double.NEGATIVE_INFINITY) {
        double missing = step.missing()[j];
        double spread = Math.abs(missing) + Math.abs(Math.log(weights) * LOG2E);
        a = Math.max(a, input * Math.abs(missing) + MASS + 24 * U * spread + 2 * n * U);
        peak = Math.max(peak, missing);
      }
      a += 2 * u * Math.abs(peak - shift) + input * Math.abs(shift) + u * Math.abs(peak);
      terms.set(j, a, b + 4 * u, c, peak);
    }
    return terms;
  }

  /** Relative roundings of a shifted sum and its logarithm: additions, exponential, log2. */
  static int roundings(Mixtures<?> step) {
    return step.gaussians().z().length + 8 + numOthers(step);
  }

  /** What flooring the terms of a trusted sum adds, relative and for each term. */
  double floor() {
    return input == 0 ? 0x1p-121 : 0x1p-46;
  }

  /** Number of tables and constants of a mixture. */
  static int numOthers(Mixtures<?> step) {
    return step.tableVariable().length + (step.addend().length > 0 ? 1 : 0);
  }

  /** The largest linear value of a table or, last, the constant of a unit, over 2^shift. */
  private static double other(Mixtures<?> step, int unit, int i) {
    return i == step.tableVariable().length
        ? step.addend()[unit]
        : Arrays.stream(step.table()[unit][i]).max().orElse(0);
  }

  /** Error of an entry of a table or a constant in units of log2; an entry may be far below. */
  double otherError(Mixtures<?> step, int i, double value, double shift) {
    int size = i == step.tableVariable().length ? 2 : step.table()[0][i].length;
    double log2 = Math.abs(Math.log(value) * LOG2E);
    return input * LOG2E + (2 * size + 16) * U + 10 * U * (log2 + Math.abs(shift) + 3);
  }

  private @Nullable ErrorTerms terms(LogProducts<A> step) {
    if (step.links() != null) {
      return null;
    }
    ErrorTerms terms = new ErrorTerms(step.numUnits());
    for (int j = 0; j < step.numUnits(); j++) {
      ErrorTerms one = product(step, j);
      if (one == null) {
        return null;
      }
      terms.set(j, one, 0);
    }
    return terms;
  }

  private @Nullable ErrorTerms product(LogProducts<A> step, int unit) {
    Gaussians<A> leaves = step.leaves();
    int numLeaves = leaves.z().length;
    double a = 0;
    double b = 0;
    double squares = 0;
    double constant = lanes.get(step.constant(), unit);
    double peak = constant;
    double size = Math.abs(constant);
    for (int i = 0; i < numLeaves; i++) {
      double slope = leaves.slope(lanes, unit, i);
      ErrorTerms leaf = gaussian(slope, leaves.mean(lanes, unit, i));
      double height = leaves.height(lanes, unit, i);
      double missing = peak(slope) - height;
      a += leaf.a[0] + massError(leaves.z()[i], missing) + 10 * U * (Math.abs(peak(slope)) + 2);
      b = Math.max(b, leaf.b[0]);
      squares += leaf.c[0] * leaf.c[0];
      peak += Math.max(0, height);
      size += Math.abs(height) + Math.abs(missing);
    }
    for (double[] table : step.table()[unit]) {
      double highest = Double.NEGATIVE_INFINITY;
      for (double entry : table) {
        highest = Math.max(highest, entry);
      }
      peak += highest;
      size += Math.abs(highest);
      b = Math.max(b, input + 8 * U);
      a += (2 * table.length + 12) * U;
    }
    for (int slot : step.addend()) {
      ErrorTerms addend = ofSlot[slot];
      if (addend == null) {
        return null;
      }
      a += addend.a[0];
      b = Math.max(b, addend.b[0]);
      squares += addend.c[0] * addend.c[0];
      peak += addend.peak[0];
      size += Math.abs(addend.peak[0]);
    }
    int numTerms = numLeaves + step.tableVariable().length + step.addend().length + 2;
    // the terms of constant and tables are rounded to the lanes, every partial sum is rounded
    double rounding = numTerms * (u + U) + input + 8 * U;
    a += rounding * size + 2 * U;
    return ErrorTerms.of(a, b + rounding, Math.sqrt(squares), peak);
  }

  private @Nullable ErrorTerms terms(Enter<A> step) {
    int n = step.in().length;
    ErrorTerms terms = new ErrorTerms(n);
    double highest = Double.NEGATIVE_INFINITY;
    for (int slot : step.in()) {
      ErrorTerms in = ofSlot[slot];
      if (in == null) {
        return null;
      }
      highest = Math.max(highest, in.peak[0]);
    }
    for (int i = 0; i < n; i++) {
      ErrorTerms in = ofSlot[step.in()[i]];
      if (in == null) {
        return null;
      }
      double gap = plan.linear() ? 0 : 1 + Math.min(RANGE, highest - in.peak[0]);
      terms.set(i, in.a[0] + 2 * unit + u * gap, in.b[0] + u, in.c[0], in.peak[0]);
    }
    return terms;
  }

  private @Nullable ErrorTerms pair(int left, int right) {
    ErrorTerms p = ofSlot[left];
    ErrorTerms q = ofSlot[right];
    return p == null || q == null
        ? null
        : ErrorTerms.of(
            p.a[0] + q.a[0] + unit,
            Math.max(p.b[0], q.b[0]),
            Math.sqrt(p.c[0] * p.c[0] + q.c[0] * q.c[0]),
            p.peak[0] + q.peak[0]);
  }

  /** A sum while it is added up. */
  private final class Adding {
    double a;
    double b;
    double c;
    double highest = Double.NEGATIVE_INFINITY;
    double total;

    void add(double weight, ErrorTerms child) {
      if (!(weight > 0) || child.peak[0] == Double.NEGATIVE_INFINITY) {
        return;
      }
      a = Math.max(a, child.a[0]);
      b = Math.max(b, child.b[0]);
      c = Math.max(c, child.c[0]);
      double log = Math.log(weight) * LOG2E + child.peak[0];
      if (log > highest) {
        total = total * Math.pow(2, highest - log) + 1;
        highest = log;
      } else {
        total += Math.pow(2, log - highest);
      }
    }

    void finish(ErrorTerms terms, int i, int numAdditions) {
      double peak =
          highest == Double.NEGATIVE_INFINITY ? highest : highest + Math.log(total) * LOG2E;
      terms.set(i, a + (numAdditions + 4) * unit + input * LOG2E, b, c, peak);
    }
  }

  private @Nullable ErrorTerms terms(Sums<A> step) {
    int m = step.numUnits();
    List<Adding> units = new ArrayList<>();
    for (int j = 0; j < m; j++) {
      units.add(new Adding());
    }
    int numAdditions = step.groups().size();
    for (Group<A> group : step.groups()) {
      for (int i = 0; i < group.a().length; i++) {
        ErrorTerms child =
            group.b().length == 0 ? ofSlot[group.a()[i]] : pair(group.a()[i], group.b()[i]);
        if (child == null) {
          return null;
        }
        for (int j = 0; j < m; j++) {
          units.get(j).add(lanes.get(group.weight(), group.weightFrom() + i * m + j), child);
        }
      }
      numAdditions += group.numAdditions();
    }
    ErrorTerms terms = new ErrorTerms(m);
    for (int j = 0; j < m; j++) {
      units.get(j).finish(terms, j, numAdditions);
    }
    return terms;
  }

  private void writeUnits(LinearSums<A> step) {
    for (int unitIndex = 0; unitIndex < step.outs().length; unitIndex++) {
      int from = step.start()[unitIndex];
      int to = step.start()[unitIndex + 1];
      Adding sum = new Adding();
      for (int e = from; e < to; e++) {
        ErrorTerms child = pair(step.a()[e], step.b()[e]);
        if (child != null) {
          sum.add(lanes.get(step.weight(), e), child);
        }
      }
      ErrorTerms terms = new ErrorTerms(1);
      sum.finish(terms, 0, to - from);
      write(step.outs()[unitIndex], 1, terms);
    }
  }

  private @Nullable ErrorTerms terms(Leave<A> step) {
    ErrorTerms in = ofSlot[step.in()];
    if (in == null) {
      return null;
    }
    double peak = in.peak[0];
    double mantissa = step.exponent() < 0 ? Math.abs(peak) : 1 + Math.min(RANGE, in.peak[1] - peak);
    double loss = step.exponent() < 0 ? 0 : 2 * LOG2E * lanes.maxLoss();
    double a = in.a[0] + 6 * U * mantissa + (u + U) * Math.abs(peak) + loss;
    return ErrorTerms.of(a, in.b[0] + 6 * U + u + U, in.c[0], peak);
  }
}
