package org.ugmm.engine.batch.plan;

import java.util.List;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.kernel.Kernels;
import org.ugmm.engine.kernel.ScalingKernels;
import org.ugmm.engine.number.Rounding;

/**
 * Row vectors of one floating-point type: the kernels for them and the small operations between
 * kernel calls. Slot s of a buffer v is {@code v[s * t .. (s + 1) * t)}. Stateless.
 *
 * @param <A> {@code double[]} or {@code float[]}
 */
public abstract sealed class Lanes<A> permits DoubleLanes, FloatLanes {
  /** What {@link #magnitudeBits} is of infinity; of NaN it is more. */
  static final long INFINITY = Double.doubleToRawLongBits(Double.POSITIVE_INFINITY);

  /** What holds of one type and not of the other; the methods of the same names say what. */
  record Limits(
      double unitRoundoff,
      double maxLoss,
      double mantissaUnit,
      double minNormal,
      double maxWeight,
      double maxRatio,
      double linearRange) {
    static final Limits DOUBLE =
        new Limits(0x1p-53, 0x1p-60, 1, Double.MIN_NORMAL, 0x1p200, 1e150, 450);
    static final Limits FLOAT =
        new Limits(
            0x1p-24, 0x1p-30, 1 << ScalingKernels.FLOAT_UNIT, Float.MIN_NORMAL, 0x1p60, 1e15, 55);
  }

  private final Limits limits;

  Lanes(Limits limits) {
    this.limits = limits;
  }

  static long magnitudeBits(double value) {
    return Double.doubleToRawLongBits(value) & Long.MAX_VALUE;
  }

  public abstract Kernels<A> kernels();

  /** A buffer of zeros. */
  public abstract A zeros(int length);

  /** The values in this type; may be the array itself. */
  abstract A array(double[] values);

  abstract A concat(List<A> parts);

  /**
   * Whether the parameters are within the range that the loss bounds and the masks assume: weights
   * far from overflow, and means not so many scales from 0 that their square overflows.
   */
  public final boolean supports(FlatCircuit c) {
    for (int n = 0; n < c.numNodes(); n++) {
      switch (c.kind(n)) {
        case WEIGHTED_SUM -> {
          double total = 0;
          for (int p = c.parameterStart[n]; p < c.parameterStart[n + 1]; p++) {
            total += c.parameter[p];
          }
          if (total > maxWeight()) {
            return false;
          }
        }
        case GAUSSIAN, GAUSSIAN_LINK -> {
          double scale = c.parameter(n, 1);
          if (scale < 1 / maxRatio()
              || scale > maxRatio()
              || Math.abs(c.parameter(n, 0)) / scale > maxRatio()) {
            return false;
          }
        }
        case GAUSSIAN_BLOCK -> {
          return false;
        }
        case HISTOGRAM, POISSON, UNIFORM, EXPONENTIAL, GAMMA, LOG_NORMAL -> {
          if (unitRoundoff() > Rounding.U) {
            return false; // their steps take values as they are, not rounded
          }
        }
        default -> {}
      }
    }
    return true;
  }

  /** Unit roundoff: half an ulp of 1. */
  public final double unitRoundoff() {
    return limits.unitRoundoff();
  }

  /** The largest share of a mantissa that may be lost to underflow when it leaves its block. */
  public final double maxLoss() {
    return limits.maxLoss();
  }

  /** The unit of mantissas, see {@link org.ugmm.engine.kernel.ScalingKernels}. */
  public final double mantissaUnit() {
    return limits.mantissaUnit();
  }

  /** The smallest number of full precision. */
  final double minNormal() {
    return limits.minNormal();
  }

  /** Largest total weight of a sum. */
  final double maxWeight() {
    return limits.maxWeight();
  }

  /** Largest ratio of a mean to its scale, and of 1 to a scale. */
  final double maxRatio() {
    return limits.maxRatio();
  }

  /** Largest |log2| of any value or product for which a plan keeps no exponents. */
  final double linearRange() {
    return limits.linearRange();
  }

  public abstract double get(A v, int index);

  public abstract void set(A v, int index, double value);

  /**
   * Transposes rows of a batch into slots {@code [0, n)} with 0 for NaN, and keeps the masks in
   * slots {@code [n, 2 n)}: 1 where observed, else 0. Rows past {@code count} repeat the last.
   *
   * @param anyMissing (Input and output) which variables miss a value: those of the rows that the
   *     masks are about, then those of the new rows; all false where all masks are 1
   * @param wasMissing (Workspace) as long
   */
  public abstract void load(
      A v, int t, double[] batch, int from, int count, boolean[] anyMissing, boolean[] wasMissing);

  public abstract void fill(A v, int t, int slot, double value);

  /** {@code out += in}. */
  public abstract void add(A v, int t, int in, int out);

  /** {@code out = a * b}. */
  public abstract void multiply(A v, int t, int a, int b, int out);

  /** {@code out += factor * in}. */
  public abstract void addScaled(A v, int t, int factor, int in, int out);

  /** {@code out = mask == 0 ? missing : out}. */
  public abstract void replaceMissing(A v, int t, int mask, double missing, int out);

  /**
   * {@code out += table[state]}, the last entry where the variable is missing.
   *
   * @param numVariables distance from the slot of a variable to the slot of its mask
   */
  public abstract void addTable(
      A v, int t, int variable, int numVariables, double[] table, int out);

  /** {@code out += value}. */
  public abstract void addConstant(A v, int t, double value, int out);

  /** The entry of {@link #addTable} for one row. */
  public abstract double entry(A v, int t, int variable, int numVariables, double[] table, int row);

  /** {@code width} LOG slots to a block: mantissas below 2 units, exponents, loss bounds. */
  public abstract void enter(A v, int t, int[] in, int inFrom, int width, int out);

  /** A mantissa to a LOG slot, NaN where the loss is not negligible; exponent -1 is none. */
  public abstract void leave(A v, int t, int in, int exponent, int out);

  /** {@code out = max(out, a + b)}, b -1 for none. */
  public abstract void maxExponents(A v, int t, int a, int b, int out);

  /** {@code out = 2^(a + b - max)}. */
  public abstract void factors(A v, int t, int a, int b, int max, int out);

  /** {@code out += factor * loss + tiny}. */
  public abstract void addScaledLoss(A v, int t, int factor, int loss, int out);

  /**
   * Scales each row of a block by the power of two that brings its largest mantissa into [1, 2)
   * units, and its loss with it. A row of zeros gets an infinite loss: something may have
   * underflowed.
   */
  public abstract void normalise(A v, int t, int from, int width);
}
