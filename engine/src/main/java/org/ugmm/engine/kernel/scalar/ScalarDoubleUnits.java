package org.ugmm.engine.kernel.scalar;

import static org.ugmm.engine.kernel.scalar.ScalarDoubleMath.LOG2_E;
import static org.ugmm.engine.kernel.scalar.ScalarDoubleMath.exp2;
import static org.ugmm.engine.kernel.scalar.ScalarDoubleMath.log2;

import java.util.Arrays;
import org.ugmm.engine.kernel.GaussianBlock;
import org.ugmm.engine.kernel.UnitKernels;

// The float twin of this class is derived from it at build.
/** Training of uGMM units in double precision without vectors. */
public class ScalarDoubleUnits implements UnitKernels<double[]> {
  /** log2(e) / 2: what a squared difference in scales costs. */
  public static final double HALF_LOG2_E = LOG2_E / 2;

  /** 1 over it. */
  public static final double TWO_LN_2 = 1 / HALF_LOG2_E;

  /** The root of log2(e) / 2, in coefficients of single precision. */
  public static final double ROOT = (double) Math.sqrt(HALF_LOG2_E);

  /** log2 of the root of 2 pi. */
  public static final double LOG2_ROOT_2PI = 0x1.536439a4c6efbp0; // double only

  // float: public static final float LOG2_ROOT_2PI = 0x1.53643ap0f;

  /** Decay of the first moment, and of the second. */
  public static final double DECAY_FIRST = 0.9; // double only

  public static final double DECAY_SECOND = 0.999; // double only

  // float: public static final float DECAY_FIRST = 0.9f;
  // float: public static final float DECAY_SECOND = 0.999f;
  public static final double EPSILON = 1e-8; // double only

  // float: public static final float EPSILON = 1e-8f;

  /*
   * A share of a unit is taken to be at least 2^-LIMIT, and a gradient below SMALLEST to be 0: their
   * products are then no subnormal numbers, which cost a hundred cycles each.
   */
  /** Shares below 2 to minus this count as that. */
  public static final double LIMIT = 512; // double only

  // float: public static final float LIMIT = 64;

  private static final double SMALLEST = 0x1p-400; // double only

  // float: private static final float SMALLEST = 0x1p-56f;

  /** Added to a logit it leaves the component out. */
  private static final double LEFT_OUT = -1e30; // double only

  // float: private static final float LEFT_OUT = -1e30f;

  private static final int DRAWS = 1 << 16;

  /** Columns that are loaded at a time, so that what is written stays in the nearest cache. */
  private static final int COLUMNS = 32;

  private final int lanes;

  /** Kernels on blocks of so many units. */
  public ScalarDoubleUnits(int lanes) {
    this.lanes = lanes;
  }

  @Override
  public final int lanes() {
    return lanes;
  }

  @Override
  public final void mask(
      double[] mask, int maskFrom, int n, /*double*/ double dropout, /*double*/ long random) {
    int threshold = (int) Math.round(dropout * DRAWS);
    /*double*/ long state = random;
    /*double*/ long bits = 0;
    for (int i = 0; i < n * lanes; i++) {
      if (i % 4 == 0) {
        state = SplitMix.next(state);
        bits = SplitMix.bits(state);
      }
      mask[maskFrom + i] = (int) (bits & (DRAWS - 1)) < threshold ? LEFT_OUT : 0;
      bits >>>= 16;
    }
    for (int lane = 0; lane < lanes; lane++) {
      boolean isEmpty = true;
      for (int k = 0; k < n && isEmpty; k++) {
        isEmpty = mask[maskFrom + k * lanes + lane] != 0;
      }
      if (isEmpty) {
        state = SplitMix.next(state);
        int one = (int) ((SplitMix.bits(state) >>> 33) % n);
        mask[maskFrom + one * lanes + lane] = 0;
      }
    }
  }

  @Override
  public void coefficients(
      double[] parameter,
      int from,
      double[] mask,
      int maskFrom,
      double[] logSpread,
      int n,
      double[] coef,
      double[] weight,
      double[] shift,
      int shiftFrom) {
    for (int lane = 0; lane < lanes; lane++) {
      double max = Double.NEGATIVE_INFINITY;
      for (int k = 0; k < n; k++) {
        double logit = parameter[from + (3 * k + 2) * lanes + lane];
        max = Math.max(max, logit + mask[maskFrom + k * lanes + lane] + logSpread[k]);
      }
      double sum = 0;
      for (int k = 0; k < n; k++) {
        double logit = parameter[from + (3 * k + 2) * lanes + lane];
        double w = exp2((logit + mask[maskFrom + k * lanes + lane] + logSpread[k] - max) * LOG2_E);
        weight[maskFrom + k * lanes + lane] = w;
        sum += w;
      }
      double normaliser = Math.fma(max, LOG2_E, log2(sum)) + LOG2_ROOT_2PI;
      double least = Double.POSITIVE_INFINITY;
      for (int k = 0; k < n; k++) {
        int at = from + 3 * k * lanes + lane;
        double logScale = parameter[at + lanes];
        double logit = parameter[at + 2 * lanes] + mask[maskFrom + k * lanes + lane];
        // double only {
        coef[at] = HALF_LOG2_E * exp2(logScale * (-2 * LOG2_E));
        coef[at + lanes] = parameter[at];
        // }
        // float: coef[at] = ROOT * exp2(logScale * -LOG2_E);
        // float: coef[at + lanes] = -parameter[at] * coef[at];
        coef[at + 2 * lanes] = Math.fma(logScale - logit, LOG2_E, normaliser);
        least = Math.min(least, coef[at + 2 * lanes]);
      }
      double inverse = 1 / sum;
      for (int k = 0; k < n; k++) {
        coef[from + (3 * k + 2) * lanes + lane] -= least;
        weight[maskFrom + k * lanes + lane] *= inverse;
      }
      shift[shiftFrom + lane] = -least;
    }
  }

  @Override
  public void addSums(
      double[] v,
      int tile,
      int z,
      int n,
      int numRows,
      double[] coef,
      int from,
      double[] rows,
      int rowsFrom,
      double[] sums) {
    for (int k = 0; k < n; k++) {
      for (int lane = 0; lane < lanes; lane++) {
        int at = from + 3 * k * lanes + lane;
        double a = coef[at];
        double m = coef[at + lanes];
        double c = coef[at + 2 * lanes];
        double s0 = sums[at];
        double s1 = sums[at + lanes];
        double s2 = sums[at + 2 * lanes];
        for (int r = 0; r < numRows; r++) {
          double x = v[(z + k) * tile + r];
          double y = rows[rowsFrom + 2 * r * lanes + lane];
          double g = rows[rowsFrom + (2 * r + 1) * lanes + lane];
          // double only {
          double d = x - m;
          double q = Math.fma(d * a, d, c + y);
          // }
          // float: float d = Math.fma(x, a, m);
          // float: float q = Math.fma(d, d, c + y);
          double e = ScalarDoubleMath.exp2Minus(Math.min(q, LIMIT)) * g;
          s0 += e;
          double ed = e * d;
          s1 += ed;
          s2 = Math.fma(ed, d, s2);
        }
        sums[at] = s0;
        sums[at + lanes] = s1;
        sums[at + 2 * lanes] = s2;
      }
    }
  }

  @Override
  public void inputGradients(
      double[] v, int tile, int z, int n, double[] coef, int numUnits, int y, int g, int out) {
    GaussianBlock block = new GaussianBlock(numUnits, n, lanes);
    for (int k = 0; k < n; k++) {
      for (int r = 0; r < tile; r++) {
        double x = v[(z + k) * tile + r];
        double sum = 0;
        for (int j = 0; j < numUnits; j++) {
          int at = block.at(j, k);
          double a = coef[at];
          double yj = v[(y + j) * tile + r];
          // double only {
          double d = x - coef[at + lanes];
          double q = Math.fma(d * a, d, coef[at + 2 * lanes] + yj);
          // }
          // float: float d = Math.fma(x, a, coef[at + lanes]);
          // float: float q = Math.fma(d, d, coef[at + 2 * lanes] + yj);
          double e = ScalarDoubleMath.exp2Minus(Math.min(q, LIMIT)) * v[(g + j) * tile + r];
          sum = Math.fma(e, d * a, sum);
        }
        v[(out + k) * tile + r] = -TWO_LN_2 * sum;
      }
    }
  }

  @Override
  public void gradients(
      double[] sums,
      double[] coef,
      int from,
      double[] weight,
      int weightFrom,
      int n,
      boolean isTied,
      double[] squares,
      int squaresFrom) {
    for (int lane = 0; lane < lanes; lane++) {
      double total = 0;
      double mean = 0;
      for (int k = 0; k < n; k++) {
        int at = from + 3 * k * lanes + lane;
        double s0 = sums[at];
        double a = coef[at] * TWO_LN_2;
        total += s0;
        sums[at] = sums[at + lanes] * a;
        mean += sums[at];
        sums[at + lanes] = sums[at + 2 * lanes] * a - s0; // double only
        // float: sums[at + lanes] = sums[at + 2 * lanes] * TWO_LN_2 - s0;
        sums[at + 2 * lanes] = s0;
      }
      double square = 0;
      for (int k = 0; k < n; k++) {
        int at = from + 3 * k * lanes + lane;
        double logit = sums[at + 2 * lanes] - weight[weightFrom + k * lanes + lane] * total;
        sums[at + 2 * lanes] = logit;
        if (isTied) {
          sums[at] = mean;
        }
        double scale = sums[at + lanes];
        square += sums[at] * sums[at] + scale * scale + logit * logit;
      }
      squares[squaresFrom + lane] = square;
    }
  }

  @Override
  public void adam(
      double[] parameter,
      double[] gradient,
      double[] first,
      double[] second,
      int from,
      int n,
      /*double*/ double factor,
      /*double*/ double rate,
      /*double*/ double correction,
      /*double*/ double least,
      /*double*/ double most) {
    double f = (double) factor;
    double step = (double) rate;
    double correct = (double) correction;
    double lo = (double) least;
    double hi = (double) most;
    for (int i = from; i < from + 3 * n * lanes; i++) {
      double g = gradient[i] * f;
      double m = DECAY_FIRST * first[i] + (1 - DECAY_FIRST) * g;
      double s = DECAY_SECOND * second[i] + (1 - DECAY_SECOND) * g * g;
      first[i] = m;
      second[i] = s;
      parameter[i] -= step * m / ((double) Math.sqrt(s * correct) + EPSILON);
    }
    for (int k = 0; k < n; k++) {
      int at = from + (3 * k + 1) * lanes;
      for (int i = at; i < at + lanes; i++) {
        parameter[i] = Math.min(hi, Math.max(lo, parameter[i]));
      }
    }
  }

  @Override
  public final void load(
      float[][] table, int[] row, int from, int numRows, int n, double[] v, int tile, int z) {
    for (int k0 = 0; k0 < n; k0 += COLUMNS) {
      int to = Math.min(n, k0 + COLUMNS);
      for (int r = 0; r < numRows; r++) {
        float[] cells = table[row[from + r]];
        for (int k = k0; k < to; k++) {
          v[(z + k) * tile + r] = cells[k];
        }
      }
      for (int k = k0; k < to; k++) {
        Arrays.fill(v, (z + k) * tile + numRows, (z + k + 1) * tile, 0);
      }
    }
  }

  @Override
  public void affine(
      double[] v, int tile, int in, int numUnits, double[] factor, double[] offset, int out) {
    for (int j = 0; j < numUnits; j++) {
      double f = factor[j];
      double o = offset[j];
      for (int r = 0; r < tile; r++) {
        v[(out + j) * tile + r] = v[(in + j) * tile + r] * f + o;
      }
    }
  }

  @Override
  public void interleave(
      double[] v, int tile, int y, int g, int numUnits, double[] rows, int rowsFrom) {
    for (int lane = 0; lane < lanes; lane++) {
      for (int r = 0; r < tile; r++) {
        int at = rowsFrom + 2 * r * lanes + lane;
        rows[at] = lane < numUnits ? v[(y + lane) * tile + r] : 0;
        double gradient = lane < numUnits ? v[(g + lane) * tile + r] : 0;
        rows[at + lanes] = Math.abs(gradient) < SMALLEST ? 0 : gradient;
      }
    }
  }
}
