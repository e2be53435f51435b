package org.ugmm.engine.batch.run;

import java.util.Arrays;
import org.ugmm.engine.batch.plan.Block;
import org.ugmm.engine.batch.plan.DoubleLanes;
import org.ugmm.engine.batch.plan.DownwardPlan;
import org.ugmm.engine.batch.plan.Gather;
import org.ugmm.engine.batch.plan.Plan;
import org.ugmm.engine.batch.plan.Plan.Enter;
import org.ugmm.engine.batch.plan.Plan.Group;
import org.ugmm.engine.batch.plan.Plan.Leave;
import org.ugmm.engine.batch.plan.Plan.LinearSums;
import org.ugmm.engine.batch.plan.Plan.LogProducts;
import org.ugmm.engine.batch.plan.Plan.Mixtures;
import org.ugmm.engine.batch.plan.Plan.Multiply;
import org.ugmm.engine.batch.plan.Plan.Sums;
import org.ugmm.engine.batch.plan.Plan.Univariate;
import org.ugmm.engine.batch.plan.StepVisitor;
import org.ugmm.engine.kernel.Kernels;

/**
 * The downward pass over a tile (Darwiche, JACM 2003): from one upward and one downward pass the
 * posterior of every variable that a row lacks. Not thread-safe.
 */
public final class DownwardTile {
  /*
   * d[s] is the derivative of the natural log of the root: by the natural log of a LOG slot, which is
   * the share of the root that uses the node (its flow), and by the mantissa of a block. Exponents
   * enter as one power of two a block and row, so derivatives stay as well scaled as mantissas.
   *
   * The moments of a variable are a matrix product of the flows of its leaves and of what these say of
   * it. In a smooth and decomposable circuit the flows of the leaves on one variable add up to 1, which
   * is checked row by row: a row where underflow took more than the tolerance is left to the log domain.
   */
  public static final double TOLERANCE = 0x1p-40;

  private final Tile<double[]> tile;
  private final Plan<double[]> plan;
  private final DownwardPlan downward;
  private final int rows;
  private final double[] v;

  /** Row vectors: derivatives of all slots, moments of all variables, derivatives of children. */
  private final double[] d;

  /** Hands the derivatives of what a step wrote to what it read. */
  private final Down down = new Down();

  /** The step that hands down. */
  private int index;

  /** [largest M] slots of the sums of a step. */
  private final int[] units;

  public DownwardTile(Tile<double[]> tile, DownwardPlan downward) {
    this.tile = tile;
    this.downward = downward;
    plan = tile.plan();
    rows = tile.rows();
    v = tile.values();
    d = new double[Math.multiplyExact(downward.numSlots, rows)];
    units = new int[downward.mostUnits];
  }

  /** Runs all steps in reverse after {@link Tile#run}. */
  public void run() {
    int[] cleared = downward.cleared;
    if (rows == 1) {
      Arrays.fill(d, 0, plan.scratch(), 0); // nothing is gathered
    }
    for (int i = 0; i < cleared.length; i += 2) {
      Arrays.fill(d, cleared[i] * rows, cleared[i + 1] * rows, 0);
    }
    int root = plan.root()[0] * rows;
    Arrays.fill(d, root, root + rows, 1);
    for (index = plan.steps().size() - 1; index >= 0; index--) {
      plan.steps().get(index).accept(down);
    }
    int[] momentSlot = downward.momentSlot;
    for (int x = 0; x + 1 < momentSlot.length; x++) {
      if (tile.isAnyMissing(x)) {
        int numMoments = momentSlot[x + 1] - momentSlot[x];
        int[] leaves = downward.leafSlots[x];
        double[] moments = downward.leafMoments[x];
        if (numMoments == 3) {
          Kernels.DOWNWARD.moments(d, rows, leaves, moments, momentSlot[x]);
        } else {
          product(leaves, leaves.length, moments, numMoments, momentSlot[x]);
        }
      }
    }
  }

  private final class Down implements StepVisitor<double[]> {
    @Override
    public void mixtures(Mixtures<double[]> step) {
      // leaves: what they say of their variables is in the moments
    }

    @Override
    public void logProducts(LogProducts<double[]> step) {
      int in = downward.flow[step.out()] * rows;
      for (int slot : step.addend()) {
        int out = slot * rows;
        for (int r = 0; r < rows; r++) {
          d[out + r] += d[in + r];
        }
      }
    }

    @Override
    public void univariate(Univariate<double[]> step) {
      throw new AssertionError("posteriors of such leaves are single queries");
    }

    /** The derivative by a log is that by the value times the value. */
    @Override
    public void enter(Enter<double[]> step) {
      int[] in = step.in();
      Kernels.DOWNWARD.multiply(v, d, rows, step.out(), in.length);
      for (int i = 0; i < in.length; i++) {
        int from = (step.out() + i) * rows;
        int to = in[i] * rows;
        if (downward.flow[in[i]] * rows != from) {
          for (int r = 0; r < rows; r++) {
            d[to + r] += d[from + r];
          }
        }
      }
    }

    @Override
    public void sums(Sums<double[]> step) {
      double[][] transposed = downward.transposed[index];
      for (int g = 0; transposed != null && g < transposed.length; g++) {
        group(step, step.groups().get(g), transposed[g]);
      }
    }

    @Override
    public void multiply(Multiply<double[]> step) {
      int from = step.out();
      int out =
          (plan.linear() ? from : scaled(step.exponentA(), step.exponentB(), step.to())) * rows;
      int a = step.a() * rows;
      int b = step.b() * rows;
      for (int r = 0; r < rows; r++) {
        double above = d[out + r];
        double left = v[a + r];
        d[a + r] += above * v[b + r];
        d[b + r] += above * left;
      }
    }

    @Override
    public void leave(Leave<double[]> step) {
      int in = step.out() * rows;
      int out = step.in() * rows;
      for (int r = 0; r < rows; r++) {
        d[out + r] += v[out + r] > 0 ? d[in + r] / v[out + r] : 0;
      }
    }

    @Override
    public void linearSums(LinearSums<double[]> step) {
      Gather gather = downward.gather[index];
      if (rows == 1) {
        oneRow(step);
      } else if (gather != null) {
        Kernels.DOWNWARD.gather(
            v,
            d,
            rows,
            gather.start(),
            gather.out(),
            gather.above(),
            gather.sibling(),
            gather.weight());
      }
    }
  }

  /** {@code d[out + o] = SUM_c w[c * numOut + o] * d[in[c]]}. */
  private void product(int[] in, int numIn, double[] w, int numOut, int out) {
    Kernels.DOUBLE.dense().sums(d, rows, in, numIn, w, numOut, out, downward.scratch);
  }

  public int rows() {
    return rows;
  }

  /** Row vectors, of the moments among others. */
  public double[] derivatives() {
    return d;
  }

  /**
   * Where the row vectors of the moments of a variable start. The first of a real one, and all of a
   * categorical one together, are the flows of its leaves, which add up to 1.
   */
  public int moment(int variable) {
    return downward.momentSlot[variable] * rows;
  }

  /**
   * Sums and products of one row: there is no vector to keep in registers while a node gathers, and
   * sums in their order have fewer surprises for the branch predictor.
   */
  private void oneRow(LinearSums<double[]> step) {
    int[] start = step.start();
    int[] a = step.a();
    int[] b = step.b();
    double[] w = step.weight();
    for (int u = step.outs().length - 1; u >= 0; u--) {
      double above = d[step.outs()[u]];
      for (int e = start[u]; e < start[u + 1]; e++) {
        d[a[e]] = Math.fma(above * v[b[e]], w[e], d[a[e]]);
        d[b[e]] = Math.fma(above * v[a[e]], w[e], d[b[e]]);
      }
    }
  }

  /**
   * What a group of children gets from the sums above it.
   *
   * @param weight [C / run] [M] [run], or [M] [C] where the group has no runs
   */
  private void group(Sums<double[]> step, Group<double[]> group, double[] weight) {
    int m = step.numUnits();
    if (group.run() > 1) {
      int factor =
          plan.linear() ? -1 : factor(group.exponentA(), group.exponentB(), step.to().exponents());
      Kernels.DOWNWARD.productSums(
          v,
          d,
          rows,
          group.a(),
          group.b(),
          group.run(),
          weight,
          step.out(),
          m,
          factor,
          downward.scratch);
      return;
    }
    int out = step.out();
    if (!plan.linear()) {
      out = scaled(group.exponentA(), group.exponentB(), step.to());
    }
    for (int j = 0; j < m; j++) {
      units[j] = out + j;
    }
    product(units, m, weight, group.a().length, downward.childSlot);
    if (group.b().length == 0) {
      Kernels.DOWNWARD.add(d, rows, group.a(), downward.childSlot);
    } else {
      Kernels.DOWNWARD.cross(v, d, rows, group.a(), group.b(), downward.childSlot);
    }
  }

  /** Derivatives of a block in the unit of the factors it is made of; their first slot. */
  private int scaled(int exponentA, int exponentB, Block block) {
    int factor = factor(exponentA, exponentB, block.exponents()) * rows;
    for (int j = 0; j < block.width(); j++) {
      int in = (block.first() + j) * rows;
      int out = (plan.scratch() + j) * rows;
      for (int r = 0; r < rows; r++) {
        d[out + r] = d[in + r] * v[factor + r];
      }
    }
    return plan.scratch();
  }

  /** A slot of what a unit of the factors is in the unit of the block made of them. */
  private int factor(int exponentA, int exponentB, int exponent) {
    DoubleLanes.INSTANCE.factors(v, rows, exponentA, exponentB, exponent, plan.scratch());
    return plan.scratch();
  }
}
