package org.ugmm.engine.batch.run;

import java.util.Arrays;
import org.ugmm.engine.batch.plan.DoubleLanes;
import org.ugmm.engine.batch.plan.DownwardPlan;
import org.ugmm.engine.batch.plan.Gather;
import org.ugmm.engine.batch.plan.Plan;
import org.ugmm.engine.batch.plan.Plan.Enter;
import org.ugmm.engine.batch.plan.Plan.Group;
import org.ugmm.engine.batch.plan.Plan.Leave;
import org.ugmm.engine.batch.plan.Plan.LinearSums;
import org.ugmm.engine.batch.plan.Plan.LogProducts;
import org.ugmm.engine.batch.plan.Plan.Multiply;
import org.ugmm.engine.batch.plan.Plan.Step;
import org.ugmm.engine.batch.plan.Plan.Sums;
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
    for (int s = plan.steps().size() - 1; s >= 0; s--) {
      Step<double[]> step = plan.steps().get(s);
      double[][] transposed = downward.transposed[s];
      Gather turned = downward.gather[s];
      if (rows == 1 && step instanceof LinearSums<double[]> units) {
        linearSums(units);
      } else if (turned != null) {
        Kernels.DOWNWARD.gather(
            v,
            d,
            rows,
            turned.start(),
            turned.out(),
            turned.above(),
            turned.sibling(),
            turned.weight());
      } else if (step instanceof LogProducts<double[]> product) {
        logProduct(product);
      } else if (step instanceof Sums<double[]> sums && transposed != null) {
        sums(sums, transposed);
      } else if (step instanceof Enter<double[]> enter) {
        enter(enter);
      } else if (step instanceof Multiply<double[]> multiply) {
        multiply(multiply);
      } else if (step instanceof Leave<double[]> leave) {
        leave(leave);
      }
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

  private void logProduct(LogProducts<double[]> step) {
    int in = downward.flow[step.out()] * rows;
    for (int slot : step.addend()) {
      int out = slot * rows;
      for (int r = 0; r < rows; r++) {
        d[out + r] += d[in + r];
      }
    }
  }

  /** The derivative by a log is that by the value times the value. */
  private void enter(Enter<double[]> step) {
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

  /**
   * Sums and products of one row: there is no vector to keep in registers while a node gathers, and
   * sums in their order have fewer surprises for the branch predictor.
   */
  private void linearSums(LinearSums<double[]> step) {
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

  private void sums(Sums<double[]> step, double[][] transposed) {
    int m = step.numUnits();
    for (int g = 0; g < transposed.length; g++) {
      Group<double[]> group = step.groups().get(g);
      if (group.run() > 1) {
        int factor =
            plan.linear() ? -1 : factor(group.exponentA(), group.exponentB(), step.out() + m);
        Kernels.DOWNWARD.productSums(
            v,
            d,
            rows,
            group.a(),
            group.b(),
            group.run(),
            transposed[g],
            step.out(),
            m,
            factor,
            downward.scratch);
        continue;
      }
      int out = step.out();
      if (!plan.linear()) {
        out = scaled(group.exponentA(), group.exponentB(), step.out(), m);
      }
      int size = group.a().length;
      for (int j = 0; j < m; j++) {
        units[j] = out + j;
      }
      product(units, m, transposed[g], size, downward.childSlot);
      if (group.b().length == 0) {
        Kernels.DOWNWARD.add(d, rows, group.a(), downward.childSlot);
      } else {
        Kernels.DOWNWARD.cross(v, d, rows, group.a(), group.b(), downward.childSlot);
      }
    }
  }

  /** Derivatives of a block in the unit of the factors it is made of; their first slot. */
  private int scaled(int exponentA, int exponentB, int from, int width) {
    int factor = factor(exponentA, exponentB, from + width) * rows;
    for (int j = 0; j < width; j++) {
      int in = (from + j) * rows;
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

  private void multiply(Multiply<double[]> step) {
    int out =
        (plan.linear() ? step.out() : scaled(step.exponentA(), step.exponentB(), step.out(), 1))
            * rows;
    int a = step.a() * rows;
    int b = step.b() * rows;
    for (int r = 0; r < rows; r++) {
      double above = d[out + r];
      double left = v[a + r];
      d[a + r] += above * v[b + r];
      d[b + r] += above * left;
    }
  }

  private void leave(Leave<double[]> step) {
    int in = step.out() * rows;
    int out = step.in() * rows;
    for (int r = 0; r < rows; r++) {
      d[out + r] += v[out + r] > 0 ? d[in + r] / v[out + r] : 0;
    }
  }
}
