package org.ugmm.engine.kernel;

import static org.ugmm.engine.kernel.ScalarDoubleMath.FRACTION_BITS;
import static org.ugmm.engine.kernel.VectorDoubleMath.C1;
import static org.ugmm.engine.kernel.VectorDoubleMath.C10;
import static org.ugmm.engine.kernel.VectorDoubleMath.C11;
import static org.ugmm.engine.kernel.VectorDoubleMath.C2;
import static org.ugmm.engine.kernel.VectorDoubleMath.C3;
import static org.ugmm.engine.kernel.VectorDoubleMath.C4;
import static org.ugmm.engine.kernel.VectorDoubleMath.C5;
import static org.ugmm.engine.kernel.VectorDoubleMath.C6;
import static org.ugmm.engine.kernel.VectorDoubleMath.C7;
import static org.ugmm.engine.kernel.VectorDoubleMath.C8;
import static org.ugmm.engine.kernel.VectorDoubleMath.C9;
import static org.ugmm.engine.kernel.VectorDoubleMath.LANES;
import static org.ugmm.engine.kernel.VectorDoubleMath.MAGIC;
import static org.ugmm.engine.kernel.VectorDoubleMath.MIN_EXPONENT;
import static org.ugmm.engine.kernel.VectorDoubleMath.NONE;
import static org.ugmm.engine.kernel.VectorDoubleMath.ONE;
import static org.ugmm.engine.kernel.VectorDoubleMath.SPECIES;
import static org.ugmm.engine.kernel.VectorDoubleMath.ZERO;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Gaussian kernels in double precision on vectors.
 *
 * <p>The exponential is written out in the two loops that matter, two vectors wide. The JIT counts
 * the nodes of a method while it inlines; a vector operation is worth hundreds, and once the count
 * is past a limit only methods of the JDK itself are still inlined. A helper called beyond that
 * point would box its vectors, many times slower than the arithmetic.
 */
final class VectorDoubleGaussian extends ScalarDoubleGaussian {
  /** Rows of a tile of two vectors. */
  private static final int TILE = 2 * LANES;

  @Override
  public void mixture(
      double[] v,
      int tile,
      int[] z,
      int zFrom,
      int n,
      double[] coef,
      int coefFrom,
      double shift,
      int out) {
    if (tile < LANES) {
      super.mixture(v, tile, z, zFrom, n, coef, coefFrom, shift, out);
      return;
    }
    boolean run = tile == TILE && isRun(z, zFrom, n);
    for (int row = 0; row < tile; row += 2 * LANES) {
      // A tile of one vector computes it twice.
      int next = Math.min(row + LANES, tile - LANES);
      if (run) {
        shiftedRun(v, z[zFrom] * TILE, n, coef, coefFrom, out * tile);
      } else {
        shiftedSums(v, tile, row, next, z, zFrom, n, coef, coefFrom, out * tile);
      }
    }
    for (int row = 0; row < tile; row += LANES) {
      int at = out * tile + row;
      DoubleVector log = VectorDoubleMath.log2(DoubleVector.fromArray(SPECIES, v, at));
      log.add(DoubleVector.broadcast(SPECIES, shift)).intoArray(v, at);
      if (log.compare(VectorOperators.LT, DoubleVector.broadcast(SPECIES, TRUSTED)).anyTrue()) {
        exactSums(v, tile, row, z, zFrom, n, coef, coefFrom, shift, at);
      }
    }
  }

  private static boolean isRun(int[] z, int from, int n) {
    for (int k = 1; k < n; k++) {
      if (z[from + k] != z[from] + k) {
        return false;
      }
    }
    return true;
  }

  /**
   * The sums of a tile of two vectors over adjacent slots: the stride is a constant, so that the
   * JIT takes the bounds checks out of the loop.
   */
  private static void shiftedRun(
      double[] v, int first, int n, double[] coef, int coefFrom, int out) {
    DoubleVector sum0 = DoubleVector.zero(SPECIES);
    DoubleVector sum1 = DoubleVector.zero(SPECIES);
    for (int k = 0; k < n; k++) {
      int at = first + k * TILE;
      DoubleVector s = DoubleVector.broadcast(SPECIES, coef[coefFrom + k]);
      DoubleVector m = DoubleVector.broadcast(SPECIES, coef[coefFrom + n + k]);
      DoubleVector c = DoubleVector.broadcast(SPECIES, coef[coefFrom + 2 * n + k]);
      DoubleVector d0 = DoubleVector.fromArray(SPECIES, v, at).sub(m).mul(s);
      DoubleVector y0 = c.sub(d0.mul(d0)).max(MIN_EXPONENT);
      DoubleVector t0 = y0.add(MAGIC);
      DoubleVector r0 = y0.sub(t0.sub(MAGIC));
      DoubleVector p0 = C11;
      p0 = p0.fma(r0, C10);
      p0 = p0.fma(r0, C9);
      p0 = p0.fma(r0, C8);
      p0 = p0.fma(r0, C7);
      p0 = p0.fma(r0, C6);
      p0 = p0.fma(r0, C5);
      p0 = p0.fma(r0, C4);
      p0 = p0.fma(r0, C3);
      p0 = p0.fma(r0, C2);
      p0 = p0.fma(r0, C1);
      p0 = p0.fma(r0, ONE);
      sum0 =
          sum0.add(
              p0.reinterpretAsLongs()
                  .add(t0.reinterpretAsLongs().lanewise(VectorOperators.LSHL, FRACTION_BITS))
                  .reinterpretAsDoubles());
      DoubleVector d1 = DoubleVector.fromArray(SPECIES, v, at + LANES).sub(m).mul(s);
      DoubleVector y1 = c.sub(d1.mul(d1)).max(MIN_EXPONENT);
      DoubleVector t1 = y1.add(MAGIC);
      DoubleVector r1 = y1.sub(t1.sub(MAGIC));
      DoubleVector p1 = C11;
      p1 = p1.fma(r1, C10);
      p1 = p1.fma(r1, C9);
      p1 = p1.fma(r1, C8);
      p1 = p1.fma(r1, C7);
      p1 = p1.fma(r1, C6);
      p1 = p1.fma(r1, C5);
      p1 = p1.fma(r1, C4);
      p1 = p1.fma(r1, C3);
      p1 = p1.fma(r1, C2);
      p1 = p1.fma(r1, C1);
      p1 = p1.fma(r1, ONE);
      sum1 =
          sum1.add(
              p1.reinterpretAsLongs()
                  .add(t1.reinterpretAsLongs().lanewise(VectorOperators.LSHL, FRACTION_BITS))
                  .reinterpretAsDoubles());
    }
    sum0.intoArray(v, out);
    sum1.intoArray(v, out + LANES);
  }

  private static void shiftedSums(
      double[] v,
      int tile,
      int row,
      int next,
      int[] z,
      int zFrom,
      int n,
      double[] coef,
      int coefFrom,
      int out) {
    DoubleVector sum0 = DoubleVector.zero(SPECIES);
    DoubleVector sum1 = DoubleVector.zero(SPECIES);
    for (int k = 0; k < n; k++) {
      int at = z[zFrom + k] * tile;
      DoubleVector s = DoubleVector.broadcast(SPECIES, coef[coefFrom + k]);
      DoubleVector m = DoubleVector.broadcast(SPECIES, coef[coefFrom + n + k]);
      DoubleVector c = DoubleVector.broadcast(SPECIES, coef[coefFrom + 2 * n + k]);
      DoubleVector d0 = DoubleVector.fromArray(SPECIES, v, at + row).sub(m).mul(s);
      DoubleVector y0 = c.sub(d0.mul(d0)).max(MIN_EXPONENT);
      DoubleVector t0 = y0.add(MAGIC);
      DoubleVector r0 = y0.sub(t0.sub(MAGIC));
      DoubleVector p0 = C11;
      p0 = p0.fma(r0, C10);
      p0 = p0.fma(r0, C9);
      p0 = p0.fma(r0, C8);
      p0 = p0.fma(r0, C7);
      p0 = p0.fma(r0, C6);
      p0 = p0.fma(r0, C5);
      p0 = p0.fma(r0, C4);
      p0 = p0.fma(r0, C3);
      p0 = p0.fma(r0, C2);
      p0 = p0.fma(r0, C1);
      p0 = p0.fma(r0, ONE);
      sum0 =
          sum0.add(
              p0.reinterpretAsLongs()
                  .add(t0.reinterpretAsLongs().lanewise(VectorOperators.LSHL, FRACTION_BITS))
                  .reinterpretAsDoubles());
      DoubleVector d1 = DoubleVector.fromArray(SPECIES, v, at + next).sub(m).mul(s);
      DoubleVector y1 = c.sub(d1.mul(d1)).max(MIN_EXPONENT);
      DoubleVector t1 = y1.add(MAGIC);
      DoubleVector r1 = y1.sub(t1.sub(MAGIC));
      DoubleVector p1 = C11;
      p1 = p1.fma(r1, C10);
      p1 = p1.fma(r1, C9);
      p1 = p1.fma(r1, C8);
      p1 = p1.fma(r1, C7);
      p1 = p1.fma(r1, C6);
      p1 = p1.fma(r1, C5);
      p1 = p1.fma(r1, C4);
      p1 = p1.fma(r1, C3);
      p1 = p1.fma(r1, C2);
      p1 = p1.fma(r1, C1);
      p1 = p1.fma(r1, ONE);
      sum1 =
          sum1.add(
              p1.reinterpretAsLongs()
                  .add(t1.reinterpretAsLongs().lanewise(VectorOperators.LSHL, FRACTION_BITS))
                  .reinterpretAsDoubles());
    }
    sum0.intoArray(v, out + row);
    sum1.intoArray(v, out + next);
  }

  /** Computes a vector of rows in two passes and keeps those that one pass got too small. */
  private static void exactSums(
      double[] v,
      int tile,
      int row,
      int[] z,
      int zFrom,
      int n,
      double[] coef,
      int coefFrom,
      double shift,
      int out) {
    DoubleVector max = DoubleVector.broadcast(SPECIES, Double.NEGATIVE_INFINITY);
    for (int k = 0; k < n; k++) {
      DoubleVector d =
          DoubleVector.fromArray(SPECIES, v, z[zFrom + k] * tile + row)
              .sub(DoubleVector.broadcast(SPECIES, coef[coefFrom + n + k]))
              .mul(DoubleVector.broadcast(SPECIES, coef[coefFrom + k]));
      max = max.max(DoubleVector.broadcast(SPECIES, coef[coefFrom + 2 * n + k]).sub(d.mul(d)));
    }
    max = max.blend(ZERO, max.compare(VectorOperators.EQ, NONE));
    DoubleVector sum = DoubleVector.zero(SPECIES);
    for (int k = 0; k < n; k++) {
      DoubleVector d =
          DoubleVector.fromArray(SPECIES, v, z[zFrom + k] * tile + row)
              .sub(DoubleVector.broadcast(SPECIES, coef[coefFrom + n + k]))
              .mul(DoubleVector.broadcast(SPECIES, coef[coefFrom + k]));
      DoubleVector c = DoubleVector.broadcast(SPECIES, coef[coefFrom + 2 * n + k]);
      sum = sum.add(VectorDoubleMath.exp2(c.sub(d.mul(d)).sub(max)));
    }
    DoubleVector fast = DoubleVector.fromArray(SPECIES, v, out);
    VectorMask<Double> small =
        fast.compare(VectorOperators.LT, DoubleVector.broadcast(SPECIES, TRUSTED + shift));
    DoubleVector exact =
        VectorDoubleMath.log2(sum).add(max).add(DoubleVector.broadcast(SPECIES, shift));
    fast.blend(exact, small).intoArray(v, out);
  }

  @Override
  public void mixtureRow(
      double[] v, int z, int n, double[] coef, int coefFrom, double shift, int out) {
    int bound = n - n % (2 * LANES);
    double sum = bound == 0 ? 0 : sumLanes(v, z, n, bound, coef, coefFrom);
    sum += sumRow(v, z, bound, n, coef, coefFrom);
    v[out] = finishRow(v, z, n, coef, coefFrom, sum) + shift;
  }

  private static double sumLanes(double[] v, int z, int n, int bound, double[] coef, int coefFrom) {
    DoubleVector sum0 = DoubleVector.zero(SPECIES);
    DoubleVector sum1 = DoubleVector.zero(SPECIES);
    for (int k = 0; k < bound; k += 2 * LANES) {
      DoubleVector d0 =
          DoubleVector.fromArray(SPECIES, v, z + k)
              .sub(DoubleVector.fromArray(SPECIES, coef, coefFrom + n + k))
              .mul(DoubleVector.fromArray(SPECIES, coef, coefFrom + k));
      DoubleVector y0 =
          DoubleVector.fromArray(SPECIES, coef, coefFrom + 2 * n + k)
              .sub(d0.mul(d0))
              .max(MIN_EXPONENT);
      DoubleVector t0 = y0.add(MAGIC);
      DoubleVector r0 = y0.sub(t0.sub(MAGIC));
      DoubleVector p0 = C11;
      p0 = p0.fma(r0, C10);
      p0 = p0.fma(r0, C9);
      p0 = p0.fma(r0, C8);
      p0 = p0.fma(r0, C7);
      p0 = p0.fma(r0, C6);
      p0 = p0.fma(r0, C5);
      p0 = p0.fma(r0, C4);
      p0 = p0.fma(r0, C3);
      p0 = p0.fma(r0, C2);
      p0 = p0.fma(r0, C1);
      p0 = p0.fma(r0, ONE);
      sum0 =
          sum0.add(
              p0.reinterpretAsLongs()
                  .add(t0.reinterpretAsLongs().lanewise(VectorOperators.LSHL, FRACTION_BITS))
                  .reinterpretAsDoubles());
      DoubleVector d1 =
          DoubleVector.fromArray(SPECIES, v, z + k + LANES)
              .sub(DoubleVector.fromArray(SPECIES, coef, coefFrom + n + k + LANES))
              .mul(DoubleVector.fromArray(SPECIES, coef, coefFrom + k + LANES));
      DoubleVector y1 =
          DoubleVector.fromArray(SPECIES, coef, coefFrom + 2 * n + k + LANES)
              .sub(d1.mul(d1))
              .max(MIN_EXPONENT);
      DoubleVector t1 = y1.add(MAGIC);
      DoubleVector r1 = y1.sub(t1.sub(MAGIC));
      DoubleVector p1 = C11;
      p1 = p1.fma(r1, C10);
      p1 = p1.fma(r1, C9);
      p1 = p1.fma(r1, C8);
      p1 = p1.fma(r1, C7);
      p1 = p1.fma(r1, C6);
      p1 = p1.fma(r1, C5);
      p1 = p1.fma(r1, C4);
      p1 = p1.fma(r1, C3);
      p1 = p1.fma(r1, C2);
      p1 = p1.fma(r1, C1);
      p1 = p1.fma(r1, ONE);
      sum1 =
          sum1.add(
              p1.reinterpretAsLongs()
                  .add(t1.reinterpretAsLongs().lanewise(VectorOperators.LSHL, FRACTION_BITS))
                  .reinterpretAsDoubles());
    }
    return sum0.add(sum1).reduceLanes(VectorOperators.ADD);
  }

  @Override
  public void product(
      double[] v,
      int tile,
      int[] x,
      int xFrom,
      int n,
      double[] coef,
      int coefFrom,
      double constant,
      int out) {
    if (tile < LANES) {
      super.product(v, tile, x, xFrom, n, coef, coefFrom, constant, out);
      return;
    }
    for (int row = 0; row < tile; row += 2 * LANES) {
      int next = Math.min(row + LANES, tile - LANES);
      DoubleVector sum0 = DoubleVector.broadcast(SPECIES, constant);
      DoubleVector sum1 = sum0;
      for (int i = 0; i < n; i++) {
        int at = x[xFrom + i] * tile;
        DoubleVector s = DoubleVector.broadcast(SPECIES, coef[coefFrom + i]);
        DoubleVector m = DoubleVector.broadcast(SPECIES, coef[coefFrom + n + i]);
        DoubleVector d0 = DoubleVector.fromArray(SPECIES, v, at + row).sub(m).mul(s);
        DoubleVector d1 = DoubleVector.fromArray(SPECIES, v, at + next).sub(m).mul(s);
        sum0 = sum0.sub(d0.mul(d0));
        sum1 = sum1.sub(d1.mul(d1));
      }
      sum0.intoArray(v, out * tile + row);
      sum1.intoArray(v, out * tile + next);
    }
  }

  @Override
  public void productObserved(
      double[] v,
      int tile,
      int[] x,
      int xFrom,
      int n,
      int maskShift,
      double[] coef,
      int coefFrom,
      double constant,
      int out) {
    if (tile < LANES) {
      super.productObserved(v, tile, x, xFrom, n, maskShift, coef, coefFrom, constant, out);
      return;
    }
    for (int row = 0; row < tile; row += 2 * LANES) {
      int next = Math.min(row + LANES, tile - LANES);
      DoubleVector sum0 = DoubleVector.broadcast(SPECIES, constant);
      DoubleVector sum1 = sum0;
      for (int i = 0; i < n; i++) {
        int at = x[xFrom + i] * tile;
        int mask = at + maskShift * tile;
        DoubleVector s = DoubleVector.broadcast(SPECIES, coef[coefFrom + i]);
        DoubleVector m = DoubleVector.broadcast(SPECIES, coef[coefFrom + n + i]);
        DoubleVector c = DoubleVector.broadcast(SPECIES, coef[coefFrom + 2 * n + i]);
        DoubleVector d0 = DoubleVector.fromArray(SPECIES, v, at + row).sub(m).mul(s);
        DoubleVector d1 = DoubleVector.fromArray(SPECIES, v, at + next).sub(m).mul(s);
        sum0 = DoubleVector.fromArray(SPECIES, v, mask + row).fma(c.sub(d0.mul(d0)), sum0);
        sum1 = DoubleVector.fromArray(SPECIES, v, mask + next).fma(c.sub(d1.mul(d1)), sum1);
      }
      sum0.intoArray(v, out * tile + row);
      sum1.intoArray(v, out * tile + next);
    }
  }
}
