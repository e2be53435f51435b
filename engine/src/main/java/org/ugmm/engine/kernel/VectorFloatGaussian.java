package org.ugmm.engine.kernel;

import static org.ugmm.engine.kernel.ScalarFloatMath.FRACTION_BITS;
import static org.ugmm.engine.kernel.VectorFloatMath.C1;
import static org.ugmm.engine.kernel.VectorFloatMath.C2;
import static org.ugmm.engine.kernel.VectorFloatMath.C3;
import static org.ugmm.engine.kernel.VectorFloatMath.C4;
import static org.ugmm.engine.kernel.VectorFloatMath.C5;
import static org.ugmm.engine.kernel.VectorFloatMath.C6;
import static org.ugmm.engine.kernel.VectorFloatMath.LANES;
import static org.ugmm.engine.kernel.VectorFloatMath.MAGIC;
import static org.ugmm.engine.kernel.VectorFloatMath.MIN_EXPONENT;
import static org.ugmm.engine.kernel.VectorFloatMath.NONE;
import static org.ugmm.engine.kernel.VectorFloatMath.ONE;
import static org.ugmm.engine.kernel.VectorFloatMath.SPECIES;
import static org.ugmm.engine.kernel.VectorFloatMath.ZERO;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Gaussian kernels in single precision on vectors.
 *
 * <p>The exponential is written out in the two loops that matter, two vectors wide. The JIT counts
 * the nodes of a method while it inlines; a vector operation is worth hundreds, and once the count
 * is past a limit only methods of the JDK itself are still inlined. A helper called beyond that
 * point would box its vectors, many times slower than the arithmetic.
 */
final class VectorFloatGaussian extends ScalarFloatGaussian {
  /** Rows of a tile of two vectors. */
  private static final int TILE = 2 * LANES;

  @Override
  public void mixture(
      float[] v,
      int tile,
      int[] z,
      int zFrom,
      int n,
      float[] coef,
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
      FloatVector log = VectorFloatMath.log2(FloatVector.fromArray(SPECIES, v, at));
      log.add(FloatVector.broadcast(SPECIES, (float) shift)).intoArray(v, at);
      if (log.compare(VectorOperators.LT, FloatVector.broadcast(SPECIES, TRUSTED)).anyTrue()) {
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
  private static void shiftedRun(float[] v, int first, int n, float[] coef, int coefFrom, int out) {
    FloatVector sum0 = FloatVector.zero(SPECIES);
    FloatVector sum1 = FloatVector.zero(SPECIES);
    for (int k = 0; k < n; k++) {
      int at = first + k * TILE;
      FloatVector s = FloatVector.broadcast(SPECIES, coef[coefFrom + k]);
      FloatVector m = FloatVector.broadcast(SPECIES, coef[coefFrom + n + k]);
      FloatVector c = FloatVector.broadcast(SPECIES, coef[coefFrom + 2 * n + k]);
      FloatVector d0 = FloatVector.fromArray(SPECIES, v, at).sub(m).mul(s);
      FloatVector y0 = c.sub(d0.mul(d0)).max(MIN_EXPONENT);
      FloatVector t0 = y0.add(MAGIC);
      FloatVector r0 = y0.sub(t0.sub(MAGIC));
      FloatVector p0 = C6;
      p0 = p0.fma(r0, C5);
      p0 = p0.fma(r0, C4);
      p0 = p0.fma(r0, C3);
      p0 = p0.fma(r0, C2);
      p0 = p0.fma(r0, C1);
      p0 = p0.fma(r0, ONE);
      sum0 =
          sum0.add(
              p0.reinterpretAsInts()
                  .add(t0.reinterpretAsInts().lanewise(VectorOperators.LSHL, FRACTION_BITS))
                  .reinterpretAsFloats());
      FloatVector d1 = FloatVector.fromArray(SPECIES, v, at + LANES).sub(m).mul(s);
      FloatVector y1 = c.sub(d1.mul(d1)).max(MIN_EXPONENT);
      FloatVector t1 = y1.add(MAGIC);
      FloatVector r1 = y1.sub(t1.sub(MAGIC));
      FloatVector p1 = C6;
      p1 = p1.fma(r1, C5);
      p1 = p1.fma(r1, C4);
      p1 = p1.fma(r1, C3);
      p1 = p1.fma(r1, C2);
      p1 = p1.fma(r1, C1);
      p1 = p1.fma(r1, ONE);
      sum1 =
          sum1.add(
              p1.reinterpretAsInts()
                  .add(t1.reinterpretAsInts().lanewise(VectorOperators.LSHL, FRACTION_BITS))
                  .reinterpretAsFloats());
    }
    sum0.intoArray(v, out);
    sum1.intoArray(v, out + LANES);
  }

  private static void shiftedSums(
      float[] v,
      int tile,
      int row,
      int next,
      int[] z,
      int zFrom,
      int n,
      float[] coef,
      int coefFrom,
      int out) {
    FloatVector sum0 = FloatVector.zero(SPECIES);
    FloatVector sum1 = FloatVector.zero(SPECIES);
    for (int k = 0; k < n; k++) {
      int at = z[zFrom + k] * tile;
      FloatVector s = FloatVector.broadcast(SPECIES, coef[coefFrom + k]);
      FloatVector m = FloatVector.broadcast(SPECIES, coef[coefFrom + n + k]);
      FloatVector c = FloatVector.broadcast(SPECIES, coef[coefFrom + 2 * n + k]);
      FloatVector d0 = FloatVector.fromArray(SPECIES, v, at + row).sub(m).mul(s);
      FloatVector y0 = c.sub(d0.mul(d0)).max(MIN_EXPONENT);
      FloatVector t0 = y0.add(MAGIC);
      FloatVector r0 = y0.sub(t0.sub(MAGIC));
      FloatVector p0 = C6;
      p0 = p0.fma(r0, C5);
      p0 = p0.fma(r0, C4);
      p0 = p0.fma(r0, C3);
      p0 = p0.fma(r0, C2);
      p0 = p0.fma(r0, C1);
      p0 = p0.fma(r0, ONE);
      sum0 =
          sum0.add(
              p0.reinterpretAsInts()
                  .add(t0.reinterpretAsInts().lanewise(VectorOperators.LSHL, FRACTION_BITS))
                  .reinterpretAsFloats());
      FloatVector d1 = FloatVector.fromArray(SPECIES, v, at + next).sub(m).mul(s);
      FloatVector y1 = c.sub(d1.mul(d1)).max(MIN_EXPONENT);
      FloatVector t1 = y1.add(MAGIC);
      FloatVector r1 = y1.sub(t1.sub(MAGIC));
      FloatVector p1 = C6;
      p1 = p1.fma(r1, C5);
      p1 = p1.fma(r1, C4);
      p1 = p1.fma(r1, C3);
      p1 = p1.fma(r1, C2);
      p1 = p1.fma(r1, C1);
      p1 = p1.fma(r1, ONE);
      sum1 =
          sum1.add(
              p1.reinterpretAsInts()
                  .add(t1.reinterpretAsInts().lanewise(VectorOperators.LSHL, FRACTION_BITS))
                  .reinterpretAsFloats());
    }
    sum0.intoArray(v, out + row);
    sum1.intoArray(v, out + next);
  }

  /** Computes a vector of rows in two passes and keeps those that one pass got too small. */
  private static void exactSums(
      float[] v,
      int tile,
      int row,
      int[] z,
      int zFrom,
      int n,
      float[] coef,
      int coefFrom,
      double shift,
      int out) {
    FloatVector max = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
    for (int k = 0; k < n; k++) {
      FloatVector d =
          FloatVector.fromArray(SPECIES, v, z[zFrom + k] * tile + row)
              .sub(FloatVector.broadcast(SPECIES, coef[coefFrom + n + k]))
              .mul(FloatVector.broadcast(SPECIES, coef[coefFrom + k]));
      max = max.max(FloatVector.broadcast(SPECIES, coef[coefFrom + 2 * n + k]).sub(d.mul(d)));
    }
    max = max.blend(ZERO, max.compare(VectorOperators.EQ, NONE));
    FloatVector sum = FloatVector.zero(SPECIES);
    for (int k = 0; k < n; k++) {
      FloatVector d =
          FloatVector.fromArray(SPECIES, v, z[zFrom + k] * tile + row)
              .sub(FloatVector.broadcast(SPECIES, coef[coefFrom + n + k]))
              .mul(FloatVector.broadcast(SPECIES, coef[coefFrom + k]));
      FloatVector c = FloatVector.broadcast(SPECIES, coef[coefFrom + 2 * n + k]);
      sum = sum.add(VectorFloatMath.exp2(c.sub(d.mul(d)).sub(max)));
    }
    FloatVector fast = FloatVector.fromArray(SPECIES, v, out);
    VectorMask<Float> small =
        fast.compare(VectorOperators.LT, FloatVector.broadcast(SPECIES, TRUSTED + (float) shift));
    FloatVector exact =
        VectorFloatMath.log2(sum).add(max).add(FloatVector.broadcast(SPECIES, (float) shift));
    fast.blend(exact, small).intoArray(v, out);
  }

  @Override
  public void mixtureRow(
      float[] v, int z, int n, float[] coef, int coefFrom, double shift, int out) {
    int bound = n - n % (2 * LANES);
    float sum = bound == 0 ? 0 : sumLanes(v, z, n, bound, coef, coefFrom);
    sum += sumRow(v, z, bound, n, coef, coefFrom);
    v[out] = finishRow(v, z, n, coef, coefFrom, sum) + (float) shift;
  }

  private static float sumLanes(float[] v, int z, int n, int bound, float[] coef, int coefFrom) {
    FloatVector sum0 = FloatVector.zero(SPECIES);
    FloatVector sum1 = FloatVector.zero(SPECIES);
    for (int k = 0; k < bound; k += 2 * LANES) {
      FloatVector d0 =
          FloatVector.fromArray(SPECIES, v, z + k)
              .sub(FloatVector.fromArray(SPECIES, coef, coefFrom + n + k))
              .mul(FloatVector.fromArray(SPECIES, coef, coefFrom + k));
      FloatVector y0 =
          FloatVector.fromArray(SPECIES, coef, coefFrom + 2 * n + k)
              .sub(d0.mul(d0))
              .max(MIN_EXPONENT);
      FloatVector t0 = y0.add(MAGIC);
      FloatVector r0 = y0.sub(t0.sub(MAGIC));
      FloatVector p0 = C6;
      p0 = p0.fma(r0, C5);
      p0 = p0.fma(r0, C4);
      p0 = p0.fma(r0, C3);
      p0 = p0.fma(r0, C2);
      p0 = p0.fma(r0, C1);
      p0 = p0.fma(r0, ONE);
      sum0 =
          sum0.add(
              p0.reinterpretAsInts()
                  .add(t0.reinterpretAsInts().lanewise(VectorOperators.LSHL, FRACTION_BITS))
                  .reinterpretAsFloats());
      FloatVector d1 =
          FloatVector.fromArray(SPECIES, v, z + k + LANES)
              .sub(FloatVector.fromArray(SPECIES, coef, coefFrom + n + k + LANES))
              .mul(FloatVector.fromArray(SPECIES, coef, coefFrom + k + LANES));
      FloatVector y1 =
          FloatVector.fromArray(SPECIES, coef, coefFrom + 2 * n + k + LANES)
              .sub(d1.mul(d1))
              .max(MIN_EXPONENT);
      FloatVector t1 = y1.add(MAGIC);
      FloatVector r1 = y1.sub(t1.sub(MAGIC));
      FloatVector p1 = C6;
      p1 = p1.fma(r1, C5);
      p1 = p1.fma(r1, C4);
      p1 = p1.fma(r1, C3);
      p1 = p1.fma(r1, C2);
      p1 = p1.fma(r1, C1);
      p1 = p1.fma(r1, ONE);
      sum1 =
          sum1.add(
              p1.reinterpretAsInts()
                  .add(t1.reinterpretAsInts().lanewise(VectorOperators.LSHL, FRACTION_BITS))
                  .reinterpretAsFloats());
    }
    return sum0.add(sum1).reduceLanes(VectorOperators.ADD);
  }

  @Override
  public void product(
      float[] v,
      int tile,
      int[] x,
      int xFrom,
      int n,
      float[] coef,
      int coefFrom,
      double constant,
      int out) {
    if (tile < LANES) {
      super.product(v, tile, x, xFrom, n, coef, coefFrom, constant, out);
      return;
    }
    for (int row = 0; row < tile; row += 2 * LANES) {
      int next = Math.min(row + LANES, tile - LANES);
      FloatVector sum0 = FloatVector.broadcast(SPECIES, (float) constant);
      FloatVector sum1 = sum0;
      for (int i = 0; i < n; i++) {
        int at = x[xFrom + i] * tile;
        FloatVector s = FloatVector.broadcast(SPECIES, coef[coefFrom + i]);
        FloatVector m = FloatVector.broadcast(SPECIES, coef[coefFrom + n + i]);
        FloatVector d0 = FloatVector.fromArray(SPECIES, v, at + row).sub(m).mul(s);
        FloatVector d1 = FloatVector.fromArray(SPECIES, v, at + next).sub(m).mul(s);
        sum0 = sum0.sub(d0.mul(d0));
        sum1 = sum1.sub(d1.mul(d1));
      }
      sum0.intoArray(v, out * tile + row);
      sum1.intoArray(v, out * tile + next);
    }
  }

  @Override
  public void productObserved(
      float[] v,
      int tile,
      int[] x,
      int xFrom,
      int n,
      int maskShift,
      float[] coef,
      int coefFrom,
      double constant,
      int out) {
    if (tile < LANES) {
      super.productObserved(v, tile, x, xFrom, n, maskShift, coef, coefFrom, constant, out);
      return;
    }
    for (int row = 0; row < tile; row += 2 * LANES) {
      int next = Math.min(row + LANES, tile - LANES);
      FloatVector sum0 = FloatVector.broadcast(SPECIES, (float) constant);
      FloatVector sum1 = sum0;
      for (int i = 0; i < n; i++) {
        int at = x[xFrom + i] * tile;
        int mask = at + maskShift * tile;
        FloatVector s = FloatVector.broadcast(SPECIES, coef[coefFrom + i]);
        FloatVector m = FloatVector.broadcast(SPECIES, coef[coefFrom + n + i]);
        FloatVector c = FloatVector.broadcast(SPECIES, coef[coefFrom + 2 * n + i]);
        FloatVector d0 = FloatVector.fromArray(SPECIES, v, at + row).sub(m).mul(s);
        FloatVector d1 = FloatVector.fromArray(SPECIES, v, at + next).sub(m).mul(s);
        sum0 = FloatVector.fromArray(SPECIES, v, mask + row).fma(c.sub(d0.mul(d0)), sum0);
        sum1 = FloatVector.fromArray(SPECIES, v, mask + next).fma(c.sub(d1.mul(d1)), sum1);
      }
      sum0.intoArray(v, out * tile + row);
      sum1.intoArray(v, out * tile + next);
    }
  }
}
