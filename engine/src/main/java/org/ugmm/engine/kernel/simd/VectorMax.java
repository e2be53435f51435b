package org.ugmm.engine.kernel.simd;

import static org.ugmm.engine.kernel.simd.VectorDoubleMath.LANES;
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.SPECIES;

import jdk.incubator.vector.DoubleVector;
import org.ugmm.engine.kernel.scalar.ScalarMax;

/** Max-product on vectors, two vectors of rows a pass. */
public final class VectorMax extends ScalarMax {
  @Override
  public void maxima(double[] v, int tile, int[] start, int[] a, int[] b, double[] w, int out) {
    if (tile < LANES) {
      super.maxima(v, tile, start, a, b, w, out);
      return;
    }
    for (int u = 0; u + 1 < start.length; u++) {
      unit(v, tile, start[u], start[u + 1], a, b, w, (out + u) * tile);
    }
  }

  private static void unit(
      double[] v, int tile, int from, int to, int[] a, int[] b, double[] w, int out) {
    for (int pass = 0; pass < tile; pass += 2 * LANES) {
      // the last vectors overlap those before them
      int row = Math.min(pass, tile - LANES);
      int next = Math.min(row + LANES, tile - LANES);
      DoubleVector max0 = DoubleVector.broadcast(SPECIES, Double.NEGATIVE_INFINITY);
      DoubleVector max1 = max0;
      for (int e = from; e < to; e++) {
        int left = a[e] * tile;
        int right = b[e] * tile;
        DoubleVector weight = DoubleVector.broadcast(SPECIES, w[e]);
        max0 =
            DoubleVector.fromArray(SPECIES, v, left + row)
                .add(DoubleVector.fromArray(SPECIES, v, right + row))
                .add(weight)
                .max(max0);
        max1 =
            DoubleVector.fromArray(SPECIES, v, left + next)
                .add(DoubleVector.fromArray(SPECIES, v, right + next))
                .add(weight)
                .max(max1);
      }
      max0.intoArray(v, out + row);
      max1.intoArray(v, out + next);
    }
  }
}
