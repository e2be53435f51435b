package org.ugmm.engine.batch.plan;

import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.kernel.GaussianBlock;
import org.ugmm.engine.leaf.UnivariateLeaf;

/**
 * What a tile does to evaluate a circuit: a straight list of steps over row vectors. Immutable and
 * shared by the evaluators of a circuit.
 *
 * @param <A> {@code double[]} or {@code float[]}
 * @param circuit the circuit
 * @param steps the steps in order
 * @param numSlots number of row vectors of the workspace; slots {@code [0, numVariables)} hold the
 *     values of the variables, 0 where missing, and {@code [numVariables, 2 numVariables)} 1 where
 *     observed, else 0; slot {@code 2 numVariables} holds ones
 * @param scratch first of {@code numScratch} slots that steps overwrite freely
 * @param numScratch number of scratch slots
 * @param root slot of the log2 value of each root
 * @param row the steps as a single row takes them
 * @param linear whether every node stays in the range of a double in the linear domain, so that no
 *     exponents are kept
 */
public record Plan<A>(
    FlatCircuit circuit,
    List<Step<A>> steps,
    int numSlots,
    int scratch,
    int numScratch,
    int[] root,
    RowCode<A> row,
    boolean linear) {
  /*
   * A node's value stands in one of three forms. LOG: log2 of the value. SCALED: blocks of nodes with
   * linear mantissas that share a row of exponents and a row of loss bounds; mantissas are
   * below 2 units and the largest of a row is above half a unit: see ScalingKernels. LINEAR: the value itself, in circuits whose range
   * is bounded. Leaves, products
   * of leaves and Gaussian mixtures are LOG, other sums are SCALED or LINEAR, and a product of these
   * is formed where the sum above reads it.
   *
   * A loss bound says how much of the row's unit 2^exponent may be missing from any mantissa of the
   * block because something underflowed on the way. It is carried up beside the exponent; the
   * evaluator recomputes a row whose bound at the root is not negligible in the log domain. So the
   * range guard is a proof, and costs three operations a block and row.
   */

  /** One step: reads row vectors and writes one run of them. */
  public sealed interface Step<A>
      permits Mixtures, LogProducts, Univariate, Enter, Sums, Multiply, Leave, LinearSums {
    /** The first row vector that it writes. */
    int out();

    /** Tells the row vectors that it reads, one of each run at least. */
    void reads(IntConsumer reader);

    /** The same step over other row vectors. */
    Step<A> at(IntUnaryOperator slot);

    /** Calls the method of the visitor that is for this kind of step. */
    void accept(StepVisitor<A> visitor);
  }

  private static int[] map(int[] registers, IntUnaryOperator slot) {
    int[] slots = new int[registers.length];
    for (int i = 0; i < slots.length; i++) {
      slots[i] = map(registers[i], slot);
    }
    return slots;
  }

  private static int map(int register, IntUnaryOperator slot) {
    return register < 0 ? register : slot.applyAsInt(register);
  }

  private static void each(int[] registers, IntConsumer reader) {
    for (int register : registers) {
      if (register >= 0) {
        reader.accept(register);
      }
    }
  }

  /**
   * Gaussians of the values of some slots, a row of them for each unit of a block: the log2 of unit
   * j and input k is {@code height(j, k) - ((z_k - mean(j, k)) slope(j, k))^2} with the slope
   * {@code sqrt(log2(e) / 2) / scale} and the mean in the unit of z.
   *
   * @param z [N] slots: values of variables, log2 of nodes
   * @param block M units of N inputs, and where their coefficients stand
   * @param coefficients as {@link org.ugmm.engine.kernel.GaussianKernels} reads them: for a mixture
   *     the square of the slope, the mean and minus the height, for a product minus the square, the
   *     mean and the height
   * @param fused whether they are the slope, minus the mean times it, and minus the height
   */
  public record Gaussians<A>(int[] z, GaussianBlock block, A coefficients, boolean fused) {
    Gaussians<A> at(IntUnaryOperator slot) {
      return new Gaussians<>(map(z, slot), block, coefficients, fused);
    }

    public double slope(Lanes<A> lanes, int unit, int input) {
      double a = lanes.get(coefficients, block.at(unit, input));
      return fused ? a : Math.sqrt(Math.abs(a));
    }

    public double mean(Lanes<A> lanes, int unit, int input) {
      double b = lanes.get(coefficients, block.at(unit, input) + block.stride());
      return fused ? -b / slope(lanes, unit, input) : b;
    }

    public double height(Lanes<A> lanes, int unit, int input) {
      double c = lanes.get(coefficients, block.at(unit, input) + 2 * block.stride());
      return lanes.get(coefficients, block.at(unit, input)) > 0 ? -c : c;
    }
  }

  /**
   * Units that are each a weighted sum of Gaussians, of categorical leaves and of a constant, log2:
   * {@code out[j] = shift[j] + log2(addend[j] + SUM_k 2^gaussian(j, k) + SUM_t
   * table[j][t][state])}.
   *
   * @param gaussians the Gaussians; a height is the log2 of weight over {@code scale sqrt(2 pi)}
   *     less the shift
   * @param numUnits M
   * @param shift [slots written] log2 of the largest component at its mean, 0 past M
   * @param tableVariable [T] variables of the categorical leaves
   * @param table [M] [T] linear by state and last where it is missing, over 2^shift
   * @param addend [M] linear, over 2^shift
   * @param observed slot of the mask when all components are Gaussians of one variable that may be
   *     missing, else -1
   * @param missing [M] log2 of the unit where that variable is missing
   * @param moments [M] what the unit says of that variable where it is missing; empty in a plan for
   *     upward passes only, and where the z differ
   * @param out first slot written
   */
  public record Mixtures<A>(
      Gaussians<A> gaussians,
      int numUnits,
      A shift,
      int[] tableVariable,
      double[][][] table,
      double[] addend,
      int observed,
      double[] missing,
      List<LeafMoments> moments,
      int out)
      implements Step<A> {
    /** Whether the components are Gaussians alone. */
    public boolean isPure() {
      return tableVariable.length == 0 && addend.length == 0;
    }

    @Override
    public void reads(IntConsumer reader) {
      each(gaussians.z, reader);
    }

    @Override
    public Step<A> at(IntUnaryOperator slot) {
      return new Mixtures<>(
          gaussians.at(slot),
          numUnits,
          shift,
          tableVariable,
          table,
          addend,
          observed,
          missing,
          moments,
          slot.applyAsInt(out));
    }

    @Override
    public void accept(StepVisitor<A> visitor) {
      visitor.mixtures(this);
    }
  }

  /**
   * The log2 of products of leaves on the same variables; or of one product that also has links and
   * LOG nodes as factors. A Gaussian leaf adds {@code observed * gaussian(j, k)} with a height that
   * is less the log2 of its integral, which stands in the constant.
   *
   * @param leaves Gaussian leaves, the values of variables whose mask may be 0
   * @param numUnits M
   * @param constant [slots written] log2
   * @param complete [slots written] constant and all heights: what counts where nothing is missing
   * @param tableVariable [K] variables of the other leaves
   * @param table [M] [K] log2 by state, and last where it is missing; a base measure has one state
   * @param links Gaussians of LOG nodes, null unless M is 1
   * @param addend [S] slots of LOG nodes, none unless M is 1
   * @param moments [M] what the leaves say of their variables where these are missing; empty in a
   *     plan for upward passes only
   * @param out first slot written
   */
  public record LogProducts<A>(
      Gaussians<A> leaves,
      int numUnits,
      A constant,
      A complete,
      int[] tableVariable,
      double[][][] table,
      @Nullable Gaussians<A> links,
      int[] addend,
      List<List<LeafMoments>> moments,
      int out)
      implements Step<A> {
    @Override
    public void reads(IntConsumer reader) {
      each(leaves.z, reader);
      if (links != null) {
        each(links.z, reader);
      }
      each(addend, reader);
    }

    @Override
    public Step<A> at(IntUnaryOperator slot) {
      return new LogProducts<>(
          leaves.at(slot),
          numUnits,
          constant,
          complete,
          tableVariable,
          table,
          links == null ? null : links.at(slot),
          map(addend, slot),
          moments,
          slot.applyAsInt(out));
    }

    @Override
    public void accept(StepVisitor<A> visitor) {
      visitor.logProducts(this);
    }
  }

  /**
   * The log2 of a leaf of one of the rarer families, row by row; plans of the double type alone.
   *
   * @param variable the variable of the leaf
   * @param leaf the leaf
   * @param missing its log2 where the variable is missing
   * @param out slot written
   */
  public record Univariate<A>(int variable, UnivariateLeaf leaf, double missing, int out)
      implements Step<A> {
    @Override
    public void reads(IntConsumer reader) {
      reader.accept(variable);
    }

    @Override
    public Step<A> at(IntUnaryOperator slot) {
      return new Univariate<>(variable, leaf, missing, slot.applyAsInt(out));
    }

    @Override
    public void accept(StepVisitor<A> visitor) {
      visitor.univariate(this);
    }
  }

  /**
   * LOG slots to one SCALED block, or to LINEAR slots.
   *
   * @param in [W] LOG slots
   * @param to W mantissas
   */
  public record Enter<A>(int[] in, Block to) implements Step<A> {
    @Override
    public int out() {
      return to.first();
    }

    @Override
    public void reads(IntConsumer reader) {
      each(in, reader);
    }

    @Override
    public Step<A> at(IntUnaryOperator slot) {
      return new Enter<>(map(in, slot), to.at(slot));
    }

    @Override
    public void accept(StepVisitor<A> visitor) {
      visitor.enter(this);
    }
  }

  /**
   * Weighted sums over common children, each a mantissa or a product of two.
   *
   * @param groups children by the blocks that they come from
   * @param to M sums
   */
  public record Sums<A>(List<Group<A>> groups, Block to) implements Step<A> {
    /** Number of sums M. */
    public int numUnits() {
      return to.width();
    }

    @Override
    public int out() {
      return to.first();
    }

    @Override
    public void reads(IntConsumer reader) {
      for (Group<A> group : groups) {
        each(group.a, reader);
        each(group.b, reader);
      }
    }

    @Override
    public Step<A> at(IntUnaryOperator slot) {
      List<Group<A>> moved = groups.stream().map(group -> group.at(slot)).toList();
      return new Sums<>(moved, to.at(slot));
    }

    @Override
    public void accept(StepVisitor<A> visitor) {
      visitor.sums(this);
    }
  }

  /**
   * Children whose factors come from one pair of blocks.
   *
   * @param a [C] slots of the first factor
   * @param b [C] slots of the second factor; empty when children are single mantissas
   * @param run within each so many children the first factor stays and the second counts up; 1
   *     before slots are assigned
   * @param left the first factor of each run, when all runs have the same second factors and there
   *     are 4 or more of either: then sums are summed by factor; else empty
   * @param exponentA slot of the exponents of the first factor's block; loss bounds follow it
   * @param exponentB slot of those of the second, -1 without one
   * @param weight [C * M] from weightFrom, linear, by child then sum
   * @param lossFactor how much a loss in either factor can grow in a sum: 4 times the largest total
   *     weight of a sum and the number of children, for mantissas below 2 units and weights that
   *     underflow, 64 times that of subnormal ones; times the unit of mantissas where children are
   *     products
   */
  public record Group<A>(
      int[] a,
      int[] b,
      int run,
      int[] left,
      int exponentA,
      int exponentB,
      A weight,
      int weightFrom,
      double lossFactor) {
    private static final int LEAST_FACTORS = 4;

    /** Whether children are all products of {@link #left} and one run of second factors. */
    public boolean isCross() {
      return left.length > 0;
    }

    /** How often a term is rounded at most, from a weighted product to the sum of the group. */
    public int numAdditions() {
      return isCross() ? left.length + run : a.length;
    }

    Group<A> at(IntUnaryOperator slot) {
      int[] first = map(a, slot);
      int[] second = map(b, slot);
      int length = run(first, second);
      return new Group<>(
          first,
          second,
          length,
          left(first, second, length),
          map(exponentA, slot),
          map(exponentB, slot),
          weight,
          weightFrom,
          lossFactor);
    }

    /** The same with its weights at a place in another array. */
    Group<A> with(A weights, int from) {
      return new Group<>(a, b, run, left, exponentA, exponentB, weights, from, lossFactor);
    }

    /** The length of equal runs of one first factor and adjacent second ones; 1 for none. */
    private static int run(int[] a, int[] b) {
      int length = 1;
      while (continues(a, b, length)) {
        length++;
      }
      if (a.length % length != 0) {
        return 1;
      }
      for (int i = 0; i < b.length; i++) {
        if (i % length > 0 && !continues(a, b, i)) {
          return 1;
        }
      }
      return length;
    }

    private static int[] left(int[] a, int[] b, int run) {
      if (run < LEAST_FACTORS || a.length / run < LEAST_FACTORS) {
        return new int[0];
      }
      int[] left = new int[a.length / run];
      for (int i = 0; i < left.length; i++) {
        left[i] = a[i * run];
        if (b[i * run] != b[0]) {
          return new int[0];
        }
      }
      return left;
    }

    private static boolean continues(int[] a, int[] b, int i) {
      return i < b.length && a[i] == a[i - 1] && b[i] == b[i - 1] + 1;
    }
  }

  /** The product of two mantissas as a block of one. */
  public record Multiply<A>(int a, int b, int exponentA, int exponentB, Block to)
      implements Step<A> {
    @Override
    public int out() {
      return to.first();
    }

    @Override
    public void reads(IntConsumer reader) {
      reader.accept(a);
      reader.accept(b);
    }

    @Override
    public Step<A> at(IntUnaryOperator slot) {
      return new Multiply<>(
          map(a, slot), map(b, slot), map(exponentA, slot), map(exponentB, slot), to.at(slot));
    }

    @Override
    public void accept(StepVisitor<A> visitor) {
      visitor.multiply(this);
    }
  }

  /** A mantissa with its exponent and loss bound to a LOG slot; in a linear plan exponent is -1. */
  public record Leave<A>(int in, int exponent, int out) implements Step<A> {
    @Override
    public void reads(IntConsumer reader) {
      reader.accept(in);
    }

    @Override
    public Step<A> at(IntUnaryOperator slot) {
      return new Leave<>(map(in, slot), map(exponent, slot), slot.applyAsInt(out));
    }

    @Override
    public void accept(StepVisitor<A> visitor) {
      visitor.leave(this);
    }
  }

  /**
   * Sums and products of a linear plan, in order, each {@code out[u] = SUM_e weight[e] a[e] b[e]}
   * over elements {@code [start[u], start[u + 1])}.
   *
   * @param start [units + 1]
   * @param outs [units] slots
   * @param a [elements] slots
   * @param b [elements] slots
   * @param weight [elements] linear
   */
  public record LinearSums<A>(int[] start, int[] outs, int[] a, int[] b, A weight)
      implements Step<A> {
    @Override
    public int out() {
      throw new IllegalStateException("units are merged after their slots are assigned");
    }

    @Override
    public void reads(IntConsumer reader) {
      each(a, reader);
      each(b, reader);
    }

    @Override
    public Step<A> at(IntUnaryOperator slot) {
      return new LinearSums<>(start, map(outs, slot), map(a, slot), map(b, slot), weight);
    }

    @Override
    public void accept(StepVisitor<A> visitor) {
      visitor.linearSums(this);
    }
  }
}
