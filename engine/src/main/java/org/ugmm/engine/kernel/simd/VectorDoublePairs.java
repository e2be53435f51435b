package org.ugmm.engine.kernel.simd;

import static org.ugmm.engine.kernel.simd.VectorDoubleMath.LANES;
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.SPECIES;

import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import org.ugmm.engine.kernel.TrainingKernels;

/**
 * Products of all pairs of two factors in training, in double precision on vectors.
 *
 * <p>The usual widths of a second factor, up to one vector and up to two, have loops of their own
 * that keep it in registers. Vectors run over the end of each run of products, into the next one;
 * the second factor is 0 there.
 */
// The float twin of this class is derived from it at build.
final class VectorDoublePairs {
  /** Sums over lanes are made of so many vectors at once, which are at least as wide. */
  static final int GROUP = 4;

  private static final VectorShuffle<Double> BY_8 = turnedBy(8);
  private static final VectorShuffle<Double> BY_4 = turnedBy(4);
  private static final VectorShuffle<Double> SWAP_2 = swapped(2);
  private static final VectorShuffle<Double> SWAP_1 = swapped(1);
  private static final VectorMask<Double> ODD_2 = odd(2);
  private static final VectorMask<Double> ODD_1 = odd(1);

  /** [2 LANES] ones, then zeros: from LANES - n on stand n ones. */
  private static final double[] ONES = new double[2 * LANES];

  static {
    Arrays.fill(ONES, 0, LANES, 1);
  }

  private VectorDoublePairs() {}

  /** Ones in the first lanes, zeros in the others. */
  static DoubleVector ones(int lanes) {
    return DoubleVector.fromArray(SPECIES, ONES, LANES - Math.min(lanes, LANES));
  }

  /** See {@link TrainingKernels#cross}. */
  static void cross(
      double[] a,
      int aFrom,
      int aStride,
      int na,
      double[] b,
      int bFrom,
      int bStride,
      int nb,
      double[] x,
      int xFrom,
      int xStride,
      int rows) {
    if (nb > LANES && nb <= 2 * LANES) {
      cross2(a, aFrom, aStride, na, b, bFrom, bStride, nb, x, xFrom, xStride, rows);
      return;
    }
    for (int r = 0; r < rows; r++) {
      int left = aFrom + r * aStride;
      int right = bFrom + r * bStride;
      int to = xFrom + r * xStride;
      for (int i = 0; i < na; i++) {
        for (int j = 0; j < nb; j += LANES) {
          DoubleVector.fromArray(SPECIES, b, right + j).mul(a[left + i]).intoArray(x, to + j);
        }
        to += nb;
      }
    }
  }

  private static void cross2(
      double[] a,
      int aFrom,
      int aStride,
      int na,
      double[] b,
      int bFrom,
      int bStride,
      int nb,
      double[] x,
      int xFrom,
      int xStride,
      int rows) {
    for (int r = 0; r < rows; r++) {
      int left = aFrom + r * aStride;
      int right = bFrom + r * bStride;
      DoubleVector b0 = DoubleVector.fromArray(SPECIES, b, right);
      DoubleVector b1 = DoubleVector.fromArray(SPECIES, b, right + LANES);
      int to = xFrom + r * xStride;
      for (int i = 0; i < na; i++) {
        DoubleVector factor = DoubleVector.broadcast(SPECIES, a[left + i]);
        b0.mul(factor).intoArray(x, to);
        b1.mul(factor).intoArray(x, to + LANES);
        to += nb;
      }
    }
  }

  /**
   * See {@link TrainingKernels#crossFlows}; strides are multiples of lanes. The sums for first
   * factors are laid over the start of u, where all was read before, and multiplied afterwards.
   */
  static void flows(
      double[] u,
      int uFrom,
      int uStride,
      double[] v,
      double[] f,
      int aFrom,
      int aStride,
      int na,
      int bFrom,
      int bStride,
      int nb,
      int rows) {
    if (nb <= LANES || nb > 2 * LANES || na < GROUP) {
      for (int r = 0; r < rows; r++) {
        int from = uFrom + r * uStride;
        flowsAny(u, from, v, f, aFrom + r * aStride, na, bFrom + r * bStride, nb);
      }
      return;
    }
    flows2(u, uFrom, uStride, v, f, aFrom, aStride, na, bFrom, bStride, nb, rows);
    for (int r = 0; r < rows; r++) {
      for (int i = 0; i < na; i += LANES) {
        int at = aFrom + r * aStride + i;
        DoubleVector.fromArray(SPECIES, u, uFrom + r * uStride + i)
            .fma(DoubleVector.fromArray(SPECIES, v, at), DoubleVector.fromArray(SPECIES, f, at))
            .intoArray(f, at);
      }
    }
  }

  /** Four first factors at a time; the last four overlap those before, whose products are in. */
  private static void flows2(
      double[] u,
      int uFrom,
      int uStride,
      double[] v,
      double[] f,
      int aFrom,
      int aStride,
      int na,
      int bFrom,
      int bStride,
      int nb,
      int rows) {
    DoubleVector inside = DoubleVector.fromArray(SPECIES, ONES, 2 * LANES - nb);
    for (int r = 0; r < rows; r++) {
      int from = uFrom + r * uStride;
      int left = aFrom + r * aStride;
      int right = bFrom + r * bStride;
      DoubleVector b0 = DoubleVector.fromArray(SPECIES, v, right);
      DoubleVector b1 = DoubleVector.fromArray(SPECIES, v, right + LANES).mul(inside);
      DoubleVector s0 = DoubleVector.zero(SPECIES);
      DoubleVector s1 = DoubleVector.zero(SPECIES);
      for (int done = 0; done < na; done += GROUP) {
        int i = Math.min(done, na - GROUP);
        int at = from + i * nb;
        DoubleVector x0 = DoubleVector.fromArray(SPECIES, u, at);
        DoubleVector y0 = DoubleVector.fromArray(SPECIES, u, at + LANES);
        DoubleVector x1 = DoubleVector.fromArray(SPECIES, u, at + nb);
        DoubleVector y1 = DoubleVector.fromArray(SPECIES, u, at + nb + LANES);
        DoubleVector x2 = DoubleVector.fromArray(SPECIES, u, at + 2 * nb);
        DoubleVector y2 = DoubleVector.fromArray(SPECIES, u, at + 2 * nb + LANES);
        DoubleVector x3 = DoubleVector.fromArray(SPECIES, u, at + 3 * nb);
        DoubleVector y3 = DoubleVector.fromArray(SPECIES, u, at + 3 * nb + LANES);
        int overlap = done - i;
        DoubleVector a0 = DoubleVector.broadcast(SPECIES, overlap > 0 ? 0 : v[left + i]);
        DoubleVector a1 = DoubleVector.broadcast(SPECIES, overlap > 1 ? 0 : v[left + i + 1]);
        DoubleVector a2 = DoubleVector.broadcast(SPECIES, overlap > 2 ? 0 : v[left + i + 2]);
        DoubleVector a3 = DoubleVector.broadcast(SPECIES, v[left + i + 3]);
        s0 = a3.fma(x3, a2.fma(x2, a1.fma(x1, a0.fma(x0, s0))));
        s1 = a3.fma(y3, a2.fma(y2, a1.fma(y1, a0.fma(y0, s1))));
        DoubleVector d0 = y0.fma(b1, x0.mul(b0));
        DoubleVector d1 = y1.fma(b1, x1.mul(b0));
        DoubleVector d2 = y2.fma(b1, x2.mul(b0));
        DoubleVector d3 = y3.fma(b1, x3.mul(b0));
        sums(d0, d1, d2, d3).intoArray(u, from + i);
      }
      b0.fma(s0, DoubleVector.fromArray(SPECIES, f, right)).intoArray(f, right);
      b1.fma(s1, DoubleVector.fromArray(SPECIES, f, right + LANES)).intoArray(f, right + LANES);
    }
  }

  /** The sums of the lanes of four vectors, in the first lanes and again in every four others. */
  static DoubleVector sums(DoubleVector d0, DoubleVector d1, DoubleVector d2, DoubleVector d3) {
    DoubleVector low = d0.blend(d1, ODD_1).add(d1.blend(d0, ODD_1).rearrange(SWAP_1));
    DoubleVector high = d2.blend(d3, ODD_1).add(d3.blend(d2, ODD_1).rearrange(SWAP_1));
    DoubleVector s = low.blend(high, ODD_2).add(high.blend(low, ODD_2).rearrange(SWAP_2));
    if (LANES > 8) {
      s = s.add(s.rearrange(BY_8));
    }
    if (LANES > 4) {
      s = s.add(s.rearrange(BY_4));
    }
    return s;
  }

  private static void flowsAny(
      double[] u, int from, double[] v, double[] f, int left, int na, int right, int nb) {
    int whole = nb - nb % LANES;
    DoubleVector last = DoubleVector.fromArray(SPECIES, ONES, LANES - (nb - whole));
    for (int i = 0; i < na; i++) {
      int at = from + i * nb;
      DoubleVector factor = DoubleVector.broadcast(SPECIES, v[left + i]);
      DoubleVector sum = DoubleVector.zero(SPECIES);
      for (int j = 0; j < nb; j += LANES) {
        DoubleVector product =
            DoubleVector.fromArray(SPECIES, u, at + j)
                .mul(DoubleVector.fromArray(SPECIES, v, right + j));
        product = j < whole ? product : product.mul(last);
        sum = sum.add(product);
        product.fma(factor, DoubleVector.fromArray(SPECIES, f, right + j)).intoArray(f, right + j);
      }
      f[left + i] += sums(sum, sum, sum, sum).lane(0) * v[left + i];
    }
  }

  private static VectorShuffle<Double> turnedBy(int lanes) {
    return VectorShuffle.fromOp(SPECIES, lane -> (lane + lanes) % LANES);
  }

  private static VectorShuffle<Double> swapped(int lanes) {
    return VectorShuffle.fromOp(SPECIES, lane -> (lane ^ lanes) % LANES);
  }

  private static VectorMask<Double> odd(int lanes) {
    boolean[] is = new boolean[LANES];
    for (int lane = 0; lane < LANES; lane++) {
      is[lane] = (lane & lanes) != 0;
    }
    return VectorMask.fromArray(SPECIES, is, 0);
  }
}
