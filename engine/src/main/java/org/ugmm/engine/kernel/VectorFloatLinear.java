package org.ugmm.engine.kernel;

import static org.ugmm.engine.kernel.VectorFloatMath.LANES;
import static org.ugmm.engine.kernel.VectorFloatMath.SPECIES;

import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/**
 * Linear-domain units in single precision on vectors, two vectors of rows a pass: units have few
 * elements, so the tile is the int side.
 */
final class VectorFloatLinear extends ScalarFloatLinear {
  @Override
  public void sums(
      float[] v,
      int tile,
      int[] start,
      int unitFrom,
      int unitTo,
      int[] out,
      int[] a,
      int @Nullable [] b,
      float[] w) {
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

  private static void sum(float[] v, int tile, int from, int to, int out, int[] a, float[] w) {
    for (int row = 0; row < tile; row += 2 * LANES) {
      int next = Math.min(row + LANES, tile - LANES);
      FloatVector sum0 = FloatVector.zero(SPECIES);
      FloatVector sum1 = sum0;
      for (int e = from; e < to; e++) {
        int left = a[e] * tile;
        FloatVector weight = FloatVector.broadcast(SPECIES, w[e]);
        sum0 = FloatVector.fromArray(SPECIES, v, left + row).fma(weight, sum0);
        sum1 = FloatVector.fromArray(SPECIES, v, left + next).fma(weight, sum1);
      }
      sum0.intoArray(v, out * tile + row);
      sum1.intoArray(v, out * tile + next);
    }
  }

  private static void productSum(
      float[] v, int tile, int from, int to, int out, int[] a, int[] b, float[] w) {
    for (int row = 0; row < tile; row += 2 * LANES) {
      int next = Math.min(row + LANES, tile - LANES);
      FloatVector sum0 = FloatVector.zero(SPECIES);
      FloatVector sum1 = sum0;
      for (int e = from; e < to; e++) {
        int left = a[e] * tile;
        int right = b[e] * tile;
        FloatVector weight = FloatVector.broadcast(SPECIES, w[e]);
        FloatVector x0 =
            FloatVector.fromArray(SPECIES, v, left + row)
                .mul(FloatVector.fromArray(SPECIES, v, right + row));
        FloatVector x1 =
            FloatVector.fromArray(SPECIES, v, left + next)
                .mul(FloatVector.fromArray(SPECIES, v, right + next));
        sum0 = x0.fma(weight, sum0);
        sum1 = x1.fma(weight, sum1);
      }
      sum0.intoArray(v, out * tile + row);
      sum1.intoArray(v, out * tile + next);
    }
  }
}
