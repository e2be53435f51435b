package org.ugmm.engine;

import it.unimi.dsi.fastutil.doubles.DoubleArrayList;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.Plan.Enter;
import org.ugmm.engine.Plan.Group;
import org.ugmm.engine.Plan.Leave;
import org.ugmm.engine.Plan.LinearSums;
import org.ugmm.engine.Plan.LogProducts;
import org.ugmm.engine.Plan.Mixtures;
import org.ugmm.engine.Plan.Multiply;
import org.ugmm.engine.Plan.Step;
import org.ugmm.engine.Plan.Sums;
import org.ugmm.engine.kernel.DenseKernels;
import org.ugmm.engine.kernel.Kernels;

/**
 * The downward pass over a tile (Darwiche, JACM 2003): from one upward and one downward pass the
 * posterior of every variable that a row lacks. Not thread-safe.
 */
final class DownwardTile {
  /*
   * d[s] is the derivative of the natural log of the root: by the natural log of a LOG slot, which is
   * the share of the root that uses the node (its flow), and by the mantissa of a block. Exponents
   * enter as one power of two a block and row, so derivatives stay as well scaled as mantissas.
   *
   * The moments of a variable are a matrix product of the flows of its leaves and of what these say of
   * it. In a smooth and decomposable circuit the flows of the leaves on one variable add up to 1, which
   * is checked row by row: a row where underflow took more than the tolerance is left to the log domain.
   */
  private static final double TOLERANCE = 0x1p-40;

  private final Tile<double[]> tile;
  private final Plan<double[]> plan;
  private final int rows;
  private final double[] v;

  /** Row vectors: derivatives of all slots, moments of all variables, derivatives of children. */
  private final double[] d;

  /** [steps] what a step of linear sums hands down; null for other steps. */
  private final @Nullable Gather[] gather;

  /** [steps] [groups] [M * C] weights of dense sums by sum then child; null for other steps. */
  private final double[] @Nullable [][] transposed;

  /** [largest M] slots of the sums of a step. */
  private final int[] units;

  /** First of the slots for what reaches the children of a group. */
  private final int childSlot;

  /** First of the slots that dense kernels overwrite. */
  private final int scratch;

  /** Pairs of slots {@code [from, to)} that are added to and so start from 0. */
  private final int[] cleared;

  /** [numVariables + 1] slot of the first moment of each variable. */
  private final int[] momentSlot;

  /** [numVariables] slots of the leaves on a variable. */
  private final int[][] leafSlots;

  /** [numVariables] [leaves * moments] what they say of it. */
  private final double[][] leafMoments;

  DownwardTile(Tile<double[]> tile) {
    this.tile = tile;
    plan = tile.plan();
    rows = tile.rows();
    v = tile.values();
    Circuit c = plan.circuit();
    momentSlot = new int[c.numVariables() + 1];
    momentSlot[0] = plan.numSlots();
    for (int x = 0; x < c.numVariables(); x++) {
      momentSlot[x + 1] = momentSlot[x] + LeafMoments.size(c.variables.get(x));
    }
    childSlot = momentSlot[c.numVariables()];
    int numSteps = plan.steps().size();
    transposed = new double[numSteps][][];
    int mostUnits = 0;
    int mostChildren = 0;
    for (int s = 0; s < numSteps; s++) {
      if (plan.steps().get(s) instanceof Sums<double[]> sums) {
        mostUnits = Math.max(mostUnits, sums.numUnits());
        double[][] weights = new double[sums.groups().size()][];
        for (int g = 0; g < weights.length; g++) {
          Group<double[]> group = sums.groups().get(g);
          weights[g] = transpose(group.weight(), group.a().length);
          mostChildren = Math.max(mostChildren, group.a().length);
        }
        transposed[s] = weights;
      }
    }
    units = new int[mostUnits];
    scratch = childSlot + mostChildren;
    leafSlots = new int[c.numVariables()][];
    leafMoments = new double[c.numVariables()][];
    collectLeaves();
    int widest = mostUnits;
    for (int[] slots : leafSlots) {
      widest = Math.max(widest, slots.length);
    }
    d = new double[Math.multiplyExact(scratch + widest, rows)];
    gather = new Gather[numSteps];
    boolean[] isRead = new boolean[plan.numSlots()];
    boolean[] isWritten = new boolean[plan.numSlots()];
    isRead[plan.root()[0]] = true;
    for (int s = numSteps - 1; s >= 0; s--) {
      if (plan.steps().get(s) instanceof LinearSums<double[]> units) {
        Gather turned = Gather.of(units, 2 * c.numVariables(), isRead);
        for (int slot : turned.out()) {
          isWritten[slot] |= !isRead[slot];
          isRead[slot] = true;
        }
        gather[s] = turned;
      } else {
        plan.steps().get(s).reads(slot -> isRead[slot] = true);
      }
    }
    cleared = runs(isWritten);
  }

  /** [C * M] to [M * C]. */
  private static double[] transpose(double[] weight, int numChildren) {
    int numUnits = weight.length / numChildren;
    double[] result = new double[weight.length];
    for (int i = 0; i < weight.length; i++) {
      result[i % numUnits * numChildren + i / numUnits] = weight[i];
    }
    return result;
  }

  /** The runs of slots that are false. */
  private static int[] runs(boolean[] slots) {
    IntArrayList runs = new IntArrayList();
    for (int s = 0; s < slots.length; s++) {
      if (!slots[s] && (s == 0 || slots[s - 1])) {
        runs.add(s);
      }
      if (!slots[s] && (s + 1 == slots.length || slots[s + 1])) {
        runs.add(s + 1);
      }
    }
    return runs.toIntArray();
  }

  private void collectLeaves() {
    List<IntArrayList> slots = new ArrayList<>();
    List<DoubleArrayList> moments = new ArrayList<>();
    for (int x = 0; x < leafSlots.length; x++) {
      slots.add(new IntArrayList());
      moments.add(new DoubleArrayList());
    }
    for (Step<double[]> step : plan.steps()) {
      if (step instanceof Mixtures<double[]> mixtures) {
        for (int j = 0; j < mixtures.moments().size(); j++) {
          add(mixtures.moments().get(j), mixtures.out() + j, slots, moments);
        }
      } else if (step instanceof LogProducts<double[]> product) {
        for (int j = 0; j < product.moments().size(); j++) {
          for (LeafMoments leaf : product.moments().get(j)) {
            add(leaf, product.out() + j, slots, moments);
          }
        }
      }
    }
    for (int x = 0; x < leafSlots.length; x++) {
      leafSlots[x] = slots.get(x).toIntArray();
      leafMoments[x] = moments.get(x).toDoubleArray();
    }
  }

  private static void add(
      LeafMoments leaf, int slot, List<IntArrayList> slots, List<DoubleArrayList> moments) {
    slots.get(leaf.variable()).add(slot);
    for (double moment : leaf.moments()) {
      moments.get(leaf.variable()).add(moment);
    }
  }

  /** Runs all steps in reverse after {@link Tile#run}. */
  void run() {
    for (int i = 0; i < cleared.length; i += 2) {
      Arrays.fill(d, cleared[i] * rows, cleared[i + 1] * rows, 0);
    }
    int root = plan.root()[0] * rows;
    Arrays.fill(d, root, root + rows, 1);
    for (int s = plan.steps().size() - 1; s >= 0; s--) {
      Step<double[]> step = plan.steps().get(s);
      Gather turned = gather[s];
      if (turned != null) {
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
      } else if (step instanceof Sums<double[]> sums && transposed[s] != null) {
        sums(sums, transposed[s]);
      } else if (step instanceof Enter<double[]> enter) {
        enter(enter);
      } else if (step instanceof Multiply<double[]> multiply) {
        multiply(multiply);
      } else if (step instanceof Leave<double[]> leave) {
        leave(leave);
      }
    }
    for (int x = 0; x < leafSlots.length; x++) {
      if (tile.isAnyMissing(x)) {
        int numMoments = momentSlot[x + 1] - momentSlot[x];
        Kernels.DOUBLE
            .dense()
            .sums(
                d,
                rows,
                leafSlots[x],
                leafSlots[x].length,
                leafMoments[x],
                numMoments,
                momentSlot[x],
                scratch);
      }
    }
  }

  /** A moment of a variable in a row. */
  double moment(int variable, int index, int row) {
    return d[(momentSlot[variable] + index) * rows + row];
  }

  /** Whether the flows of the leaves on a variable that a row lacks add up to 1. */
  boolean isSound(int variable, int row) {
    double total = 0;
    boolean categorical = plan.circuit().variables.get(variable) instanceof Variable.Categorical;
    int size = categorical ? momentSlot[variable + 1] - momentSlot[variable] : 1;
    for (int m = 0; m < size; m++) {
      total += moment(variable, m, row);
    }
    return Math.abs(total - 1) <= TOLERANCE;
  }

  private void logProduct(LogProducts<double[]> step) {
    int in = step.out() * rows;
    for (int slot : step.addend()) {
      int out = slot * rows;
      for (int r = 0; r < rows; r++) {
        d[out + r] += d[in + r];
      }
    }
  }

  /** The derivative by a log is that by the value times the value. */
  private void enter(Enter<double[]> step) {
    for (int i = 0; i < step.in().length; i++) {
      int in = (step.out() + i) * rows;
      int out = step.in()[i] * rows;
      for (int r = 0; r < rows; r++) {
        d[out + r] += d[in + r] * v[in + r];
      }
    }
  }

  private void sums(Sums<double[]> step, double[][] transposed) {
    int m = step.numUnits();
    for (int g = 0; g < transposed.length; g++) {
      Group<double[]> group = step.groups().get(g);
      int out = step.out();
      if (!plan.linear()) {
        out = scaled(group.exponentA(), group.exponentB(), step.out(), m);
      }
      int size = group.a().length;
      for (int j = 0; j < m; j++) {
        units[j] = out + j;
      }
      DenseKernels<double[]> dense = Kernels.DOUBLE.dense();
      dense.sums(d, rows, units, m, transposed[g], size, childSlot, scratch);
      if (group.b().length == 0) {
        Kernels.DOWNWARD.add(d, rows, group.a(), childSlot);
      } else {
        Kernels.DOWNWARD.cross(v, d, rows, group.a(), group.b(), childSlot);
      }
    }
  }

  /** Derivatives of a block in the unit of the factors it is made of; their first slot. */
  private int scaled(int exponentA, int exponentB, int from, int width) {
    int factor = plan.scratch() * rows;
    DoubleLanes.INSTANCE.factors(v, rows, exponentA, exponentB, from + width, plan.scratch());
    for (int j = 0; j < width; j++) {
      int in = (from + j) * rows;
      int out = (plan.scratch() + j) * rows;
      for (int r = 0; r < rows; r++) {
        d[out + r] = d[in + r] * v[factor + r];
      }
    }
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
