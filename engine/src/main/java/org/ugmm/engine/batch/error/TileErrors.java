package org.ugmm.engine.batch.error;

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
import org.ugmm.engine.batch.run.Tile;
import org.ugmm.engine.kernel.Kernels;
import org.ugmm.engine.number.LogValue;
import org.ugmm.engine.number.Rounding;

/**
 * Error bounds of the values of a tile, row by row, for plans with Gaussian links: runs the steps
 * of the plan and after each of them bounds the error of what it wrote. Not thread-safe; allocates
 * nothing after construction.
 *
 * @param <A> {@code double[]} or {@code float[]}
 */
public final class TileErrors<A> {
  /*
   * error[s * rows + r] bounds |log2 computed - log2 true| of a slot; for a variable, how far rounding
   * moved its value. Below links it comes from the terms of the ErrorModel and the computed value.
   *
   * A link's exponent is -q, q = v^2, v = (z - mean) slope. If z is wrong by e, v is wrong by at most
   * Delta = slope e + alpha |v| + beta, so q lies between max(|v| - Delta, 0)^2 and (|v| + Delta)^2: an
   * interval that stays useful where Delta is large. For a sum with the shares s_k of its computed
   * terms, log2(true / computed) <= log2 SUM s_k 2^(q_k - max(|v_k| - Delta_k, 0)^2) and log2(computed
   * / true) <= -log2 SUM s_k 2^(q_k - (|v_k| + Delta_k)^2). Where the excess x of an exponent is small,
   * 2^x - 1 <= x ln 2 (1 + x / 2) and 1 - 2^-x <= x ln 2: the sums are of small numbers and nothing
   * cancels.
   */
  private static final double SLACK = 1.02;
  private static final double LN2 = Math.log(2);
  private static final double U = Rounding.U;
  private static final double LOG2E = Rounding.LOG2E_UP;

  /** Excesses up to here go by the formula for small ones. */
  private static final double SMALL = 0.5;

  /** Limit of the log2 of a share, for the exponential of the kernels. */
  private static final double MOST = 1000;

  private final Tile<A> tile;
  private final Plan<A> plan;
  private final Lanes<A> lanes;
  private final ErrorModel<A> model;
  private final int rows;
  private final int numVariables;
  private final A v;

  /** [numSlots * rows] */
  private final double[] error;

  /** [N * rows] what the components of a mixture read, as doubles, and then its errors. */
  private final double[] z;

  private final double[] zError;

  /** [2 * width] exponents of the components, [k * rows + r], and their shares from width. */
  private final double[] shares;

  /** N * rows, rounded up to what every vector divides. */
  private final int width;

  /** [rows] log2 of a mixture. */
  private final double[] logs;

  /** [rows] sums over the components of a mixture. */
  private final double[] total;

  private final double[] up;
  private final double[] down;
  private final double[] own;

  private final Bounds bounds = new Bounds();

  /** What the model knows of the step that is bounded; null above a link. */
  private @Nullable ErrorTerms terms;

  /** Sum of the magnitudes of the terms of a product, and of their errors, while it is bounded. */
  private double size;

  private double bound;

  public TileErrors(Tile<A> tile, Lanes<A> lanes, ErrorModel<A> model) {
    this.tile = tile;
    this.lanes = lanes;
    this.model = model;
    plan = tile.plan();
    rows = tile.rows();
    numVariables = plan.circuit().numVariables();
    v = tile.values();
    error = new double[plan.numSlots() * rows];
    int widest = 0;
    for (Step<A> step : plan.steps()) {
      if (step instanceof Mixtures<A> mixtures) {
        widest = Math.max(widest, mixtures.gaussians().z().length);
      }
    }
    z = new double[widest * rows];
    zError = new double[widest * rows];
    width = (widest * rows + 15) / 16 * 16;
    shares = new double[2 * width];
    logs = new double[rows];
    total = new double[rows];
    up = new double[rows];
    down = new double[rows];
    own = new double[rows];
  }

  /** Runs all steps of a tile that is loaded, in place of {@link Tile#run}. */
  public void run() {
    for (int i = 0; i < numVariables * rows; i++) {
      error[i] = model.input * SLACK * Math.abs(lanes.get(v, i));
    }
    List<Step<A>> steps = plan.steps();
    for (int s = 0; s < steps.size(); s++) {
      Step<A> step = steps.get(s);
      step.accept(tile);
      terms = model.ofStep(s);
      step.accept(bounds);
    }
  }

  /** Bounds the errors of what a step wrote, from {@link #terms} where there are some. */
  private final class Bounds implements StepVisitor<A> {
    @Override
    public void mixtures(Mixtures<A> step) {
      if (terms == null) {
        mixturesOverLinks(step);
      } else {
        fromTerms(terms, step.out(), step.numUnits(), -1);
      }
    }

    @Override
    public void logProducts(LogProducts<A> step) {
      if (terms == null) {
        product(step);
      } else {
        fromTerms(terms, step.out(), step.numUnits(), -1);
      }
    }

    @Override
    public void univariate(Univariate<A> step) {
      for (int r = 0; r < rows; r++) {
        int at = step.out() * rows + r;
        double log2 = lanes.get(v, at);
        boolean isObserved = lanes.get(v, (step.variable() + numVariables) * rows + r) != 0;
        LogValue value =
            isObserved
                ? step.leaf().logDensity(lanes.get(v, step.variable() * rows + r))
                : step.leaf().logMass(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
        error[at] = value.isZero() ? 0 : SLACK * U * (LOG2E * value.units() + 3 * Math.abs(log2));
      }
    }

    @Override
    public void enter(Enter<A> step) {
      entered(step);
    }

    @Override
    public void sums(Sums<A> step) {
      if (terms == null) {
        sumsOverLinks(step);
      } else {
        fromTerms(terms, step.out(), step.numUnits(), step.to().exponents());
      }
    }

    @Override
    public void multiply(Multiply<A> step) {
      for (int r = 0; r < rows; r++) {
        error[step.out() * rows + r] =
            error[step.a() * rows + r] + error[step.b() * rows + r] + SLACK * model.unit;
      }
    }

    @Override
    public void leave(Leave<A> step) {
      left(step);
    }

    @Override
    public void linearSums(LinearSums<A> step) {
      throw new AssertionError("a linear plan has no links, and its errors follow from the model");
    }
  }

  /** The error of a root in a row after {@link #run}, in units of log2. */
  public double root(int index, int row) {
    return error[plan.root()[index] * rows + row];
  }

  /** Errors of values without links below; the exponents of mantissas, -1 for logs. */
  private void fromTerms(ErrorTerms terms, int out, int n, int exponent) {
    for (int i = 0; i < n; i++) {
      for (int r = 0; r < rows; r++) {
        double value = lanes.get(v, (out + i) * rows + r);
        double log2 =
            exponent < 0 ? value : Math.log(value) * LOG2E + lanes.get(v, exponent * rows + r);
        error[(out + i) * rows + r] =
            log2 == Double.NEGATIVE_INFINITY
                ? 0
                : ErrorModel.error(terms, i, log2) + model.compiled;
      }
    }
  }

  private void mixturesOverLinks(Mixtures<A> step) {
    int[] slots = step.gaussians().z();
    for (int k = 0; k < slots.length; k++) {
      for (int r = 0; r < rows; r++) {
        z[k * rows + r] = lanes.get(v, slots[k] * rows + r);
        zError[k * rows + r] = error[slots[k] * rows + r];
      }
    }
    for (int j = 0; j < step.numUnits(); j++) {
      mixture(step, j);
    }
  }

  private void mixture(Mixtures<A> step, int j) {
    Gaussians<A> g = step.gaussians();
    int n = g.z().length;
    int out = (step.out() + j) * rows;
    double shift = lanes.get(step.shift(), j);
    for (int r = 0; r < rows; r++) {
      logs[r] = lanes.get(v, out + r);
    }
    for (int k = 0; k < n; k++) {
      double slope = g.slope(lanes, j, k);
      double mean = g.mean(lanes, j, k);
      double height = g.height(lanes, j, k);
      for (int r = 0; r < rows; r++) {
        double d = (z[k * rows + r] - mean) * slope;
        // a component is above the sum by less than its own error, so no bound is lost by the limit
        shares[k * rows + r] = Math.min(MOST, height + shift - d * d - logs[r]);
      }
    }
    Kernels.DOUBLE.scaling().exp2(shares, width, 0, 1);
    for (int r = 0; r < rows; r++) {
      total[r] = 0;
      up[r] = 0;
      down[r] = 0;
      own[r] = 0;
    }
    for (int k = 0; k < n; k++) {
      if (g.height(lanes, j, k) > Double.NEGATIVE_INFINITY) {
        component(g, j, k, shift);
      }
    }
    for (int i = 0; i < ErrorModel.numOthers(step); i++) {
      other(step, j, i, shift);
    }
    for (int r = 0; r < rows; r++) {
      double log2 = logs[r];
      if (log2 == Double.NEGATIVE_INFINITY || Double.isNaN(log2)) {
        error[out + r] = 0; // zero, or left to the log domain
        continue;
      }
      double terms =
          LOG2E * Math.max(Math.log1p(up[r] / total[r]), -Math.log1p(-down[r] / total[r]))
              + LOG2E * Math.log1p(own[r] / total[r]);
      double sum =
          ErrorModel.roundings(step) * model.unit
              + LOG2E * n * model.floor()
              + 2 * model.u * Math.abs(log2 - shift)
              + model.u * Math.abs(log2)
              + model.input * Math.abs(shift)
              + 2 * model.compiledNode; // of weights and of scales
      error[out + r] = finite(SLACK * (terms + sum));
    }
  }

  /** A table or constant of a mixture: it has no error but its own. */
  private void other(Mixtures<A> step, int j, int i, double shift) {
    for (int r = 0; r < rows; r++) {
      double value =
          i == step.tableVariable().length
              ? step.addend()[j]
              : lanes.entry(v, rows, step.tableVariable()[i], numVariables, step.table()[j][i], r);
      if (value > 0) {
        double log2 = lanes.get(v, (step.out() + j) * rows + r);
        double share = Math.pow(2, Math.log(value) * LOG2E + shift - log2);
        total[r] += share;
        own[r] += share * LN2 * 2 * model.otherError(step, i, value, shift);
      }
    }
  }

  private void component(Gaussians<A> g, int unit, int k, double shift) {
    double slope = g.slope(lanes, unit, k);
    double mean = g.mean(lanes, unit, k);
    double height = g.height(lanes, unit, k);
    double peak = ErrorModel.peak(slope);
    double exact = Math.abs(height + shift - peak) + Math.abs(peak) + Math.abs(shift) + 3;
    double rounding = (model.input + model.u) * Math.abs(height) + 10 * U * exact + 2 * model.unit;
    double beta = (3 * model.input + 4 * U) * slope * Math.abs(mean);
    for (int r = 0; r < rows; r++) {
      int at = k * rows + r;
      double share = shares[width + at];
      double d = Math.abs(z[at] - mean) * slope;
      if (d == Double.POSITIVE_INFINITY) {
        continue; // over a node that is zero
      }
      double delta = SLACK * (slope * zError[at] + model.alpha * d + beta);
      double excess = delta * (2 * d + delta);
      double mine = rounding + 2 * model.u * d * d;
      total[r] += share;
      if (excess <= SMALL) {
        up[r] += share * LN2 * excess * (1 + 0.5 * excess);
      } else {
        double near = Math.max(0, d - delta);
        up[r] += Math.max(0, Math.pow(2, shares[at] + d * d - near * near) - share);
      }
      down[r] += share * (excess <= SMALL ? LN2 * excess : 1 - Math.pow(2, -excess));
      own[r] +=
          mine <= SMALL
              ? share * LN2 * mine * (1 + 0.5 * mine)
              : Math.max(0, Math.pow(2, shares[at] + mine) - share);
    }
  }

  /** Infinity for an error that is no number: nothing is known of the value. */
  private static double finite(double error) {
    return error >= 0 ? error : Double.POSITIVE_INFINITY;
  }

  /** A product with links or with factors above links; it stands alone. */
  private void product(LogProducts<A> step) {
    Gaussians<A> leaves = step.leaves();
    Gaussians<A> links = step.links();
    int numLeaves = leaves.z().length;
    int numLinks = links == null ? 0 : links.z().length;
    double constant = lanes.get(step.constant(), 0);
    int numTerms = numLeaves + numLinks + step.tableVariable().length + step.addend().length + 3;
    for (int r = 0; r < rows; r++) {
      size = Math.abs(constant);
      bound = 0;
      for (int i = 0; i < numLeaves; i++) {
        double height = leaves.height(lanes, 0, i);
        double missing = ErrorModel.peak(leaves.slope(lanes, 0, i)) - height;
        bound += model.massError(leaves.z()[i], missing);
        if (lanes.get(v, (leaves.z()[i] + numVariables) * rows + r) != 0) {
          factor(leaves, i, r);
        }
      }
      for (int i = 0; i < numLinks && links != null; i++) {
        factor(links, i, r);
      }
      for (int i = 0; i < step.tableVariable().length; i++) {
        double[] table = step.table()[0][i];
        size += Math.abs(lanes.entry(v, rows, step.tableVariable()[i], numVariables, table, r));
        bound += (2 * table.length + 12) * U;
      }
      for (int slot : step.addend()) {
        bound += error[slot * rows + r];
        size += Math.abs(lanes.get(v, slot * rows + r));
      }
      double log2 = lanes.get(v, step.out() * rows + r);
      double rounding = numTerms * (model.u + U) + model.input + 8 * U;
      error[step.out() * rows + r] =
          log2 == Double.NEGATIVE_INFINITY || Double.isNaN(log2)
              ? 0
              : finite(SLACK * (bound + rounding * size + 2 * U + numTerms * model.compiledNode));
    }
  }

  /** Adds a Gaussian or a link to the size and the error of a product. */
  private void factor(Gaussians<A> g, int i, int row) {
    int at = g.z()[i] * rows + row;
    double slope = g.slope(lanes, 0, i);
    double mean = g.mean(lanes, 0, i);
    double height = g.height(lanes, 0, i);
    double d = Math.abs(lanes.get(v, at) - mean) * slope;
    double beta = (3 * model.input + 4 * U) * slope * Math.abs(mean);
    double delta = SLACK * (slope * error[at] + model.alpha * d + beta);
    double peak = ErrorModel.peak(slope);
    bound += delta * (2 * d + delta) + 10 * U * (Math.abs(peak) + 3);
    size += d * d + Math.abs(height) + Math.abs(peak - height);
  }

  private void entered(Enter<A> step) {
    int exponent = step.to().exponents() * rows;
    for (int i = 0; i < step.in().length; i++) {
      for (int r = 0; r < rows; r++) {
        double below =
            plan.linear() ? 0 : lanes.get(v, step.in()[i] * rows + r) - lanes.get(v, exponent + r);
        boolean isZero = lanes.get(v, (step.out() + i) * rows + r) == 0;
        error[(step.out() + i) * rows + r] =
            isZero
                ? 0
                : error[step.in()[i] * rows + r]
                    + SLACK * (2 * model.unit + model.u * Math.abs(below));
      }
    }
  }

  private void sumsOverLinks(Sums<A> step) {
    int m = step.numUnits();
    int numAdditions = step.groups().size();
    for (int g = 0; g < step.groups().size(); g++) { // an iterator is an object
      numAdditions += step.groups().get(g).numAdditions();
    }
    for (int j = 0; j < m; j++) {
      int out = (step.out() + j) * rows;
      for (int r = 0; r < rows; r++) {
        double sum = 0;
        double excess = 0;
        for (int g = 0; g < step.groups().size(); g++) {
          Group<A> group = step.groups().get(g);
          double exponent =
              lanes.get(v, group.exponentA() * rows + r)
                  - lanes.get(v, step.to().exponents() * rows + r);
          if (group.exponentB() >= 0) {
            exponent += lanes.get(v, group.exponentB() * rows + r);
          }
          double scale = Math.pow(2, exponent);
          for (int i = 0; i < group.a().length; i++) {
            int a = group.a()[i] * rows + r;
            double share =
                lanes.get(group.weight(), group.weightFrom() + i * m + j) * scale * lanes.get(v, a);
            double own = error[a];
            if (group.b().length > 0) {
              int b = group.b()[i] * rows + r;
              share *= lanes.get(v, b);
              own += error[b] + model.unit;
            }
            if (share > 0) {
              sum += share;
              excess +=
                  share * (own <= SMALL ? LN2 * own * (1 + 0.5 * own) : Math.expm1(LN2 * own));
            }
          }
        }
        error[out + r] =
            sum > 0
                ? finite(
                    SLACK
                        * (LOG2E * Math.log1p(excess / sum)
                            + (numAdditions + 4) * model.unit
                            + model.input * LOG2E
                            + model.compiledNode))
                : 0;
      }
    }
  }

  private void left(Leave<A> step) {
    for (int r = 0; r < rows; r++) {
      double log2 = lanes.get(v, step.out() * rows + r);
      double exponent = step.exponent() < 0 ? 0 : lanes.get(v, step.exponent() * rows + r);
      double own =
          6 * U * Math.abs(log2 - exponent)
              + (model.u + U) * Math.abs(log2)
              + (step.exponent() < 0 ? 0 : 2 * LOG2E * lanes.maxLoss());
      error[step.out() * rows + r] =
          Double.isNaN(log2) || log2 == Double.NEGATIVE_INFINITY
              ? 0
              : finite(error[step.in() * rows + r] + SLACK * own);
    }
  }
}
