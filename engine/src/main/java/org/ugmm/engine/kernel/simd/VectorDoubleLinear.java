package org.ugmm.engine.kernel.simd;

import static org.ugmm.engine.kernel.simd.VectorDoubleMath.LANES;
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.SPECIES;

import jdk.incubator.vector.DoubleVector;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.kernel.scalar.ScalarDoubleLinear;

// The float twin of this class is derived from it at build.
/**
 * Linear-domain units in double precision on vectors, two vectors of rows a pass: units have few
 * elements, so the tile is the long side.
 */
final class VectorDoubleLinear extends ScalarDoubleLinear {
  @Override
  public void sums(
      double[] v,
      int tile,
      int[] start,
      int unitFrom,
      int unitTo,
      int[] out,
      int[] a,
      int @Nullable [] b,
      double[] w) {
    if (tile < LANES) {
      super.sums(v, tile, start, unitFrom, unitTo, out, a, b, w);
      return;
    }
    for (int u = unitFrom; u < unitTo; u++) {
      if (b == null) {
        sum(v, tile, start[u], start[u + 1], out[u], a, w);
      } else {
        productSum(v, tile, start[u], start[u + 1], out[u], a, b, w);
      }
    }
  }

  private static void sum(double[] v, int tile, int from, int to, int out, int[] a, double[] w) {
    for (int row = 0; row < tile; row += 2 * LANES) {
      int next = Math.min(row + LANES, tile - LANES);
      DoubleVector sum0 = DoubleVector.zero(SPECIES);
      DoubleVector sum1 = sum0;
      for (int e = from; e < to; e++) {
        int left = a[e] * tile;
        DoubleVector weight = DoubleVector.broadcast(SPECIES, w[e]);
        sum0 = DoubleVector.fromArray(SPECIES, v, left + row).fma(weight, sum0);
        sum1 = DoubleVector.fromArray(SPECIES, v, left + next).fma(weight, sum1);
      }
      sum0.intoArray(v, out * tile + row);
      sum1.intoArray(v, out * tile + next);
    }
  }

  private static void productSum(
      double[] v, int tile, int from, int to, int out, int[] a, int[] b, double[] w) {
    for (int row = 0; row < tile; row += 2 * LANES) {
      int next = Math.min(row + LANES, tile - LANES);
      DoubleVector sum0 = DoubleVector.zero(SPECIES);
      DoubleVector sum1 = sum0;
      for (int e = from; e < to; e++) {
        int left = a[e] * tile;
        int right = b[e] * tile;
        DoubleVector weight = DoubleVector.broadcast(SPECIES, w[e]);
        DoubleVector x0 =
            DoubleVector.fromArray(SPECIES, v, left + row)
                .mul(DoubleVector.fromArray(SPECIES, v, right + row));
        DoubleVector x1 =
            DoubleVector.fromArray(SPECIES, v, left + next)
                .mul(DoubleVector.fromArray(SPECIES, v, right + next));
        sum0 = x0.fma(weight, sum0);
        sum1 = x1.fma(weight, sum1);
      }
      sum0.intoArray(v, out * tile + row);
      sum1.intoArray(v, out * tile + next);
    }
  }
}
