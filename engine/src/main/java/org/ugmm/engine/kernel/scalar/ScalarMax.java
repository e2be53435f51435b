package org.ugmm.engine.kernel.scalar;

import org.ugmm.engine.kernel.MaxKernels;

/** Max-product in plain loops over the rows. */
public class ScalarMax implements MaxKernels {
  @Override
  public void maxima(double[] v, int tile, int[] start, int[] a, int[] b, double[] w, int out) {
    for (int u = 0; u + 1 < start.length; u++) {
      for (int row = 0; row < tile; row++) {
        double max = Double.NEGATIVE_INFINITY;
        for (int e = start[u]; e < start[u + 1]; e++) {
          max = Math.max(max, v[a[e] * tile + row] + v[b[e] * tile + row] + w[e]);
        }
        v[(out + u) * tile + row] = max;
      }
    }
  }
}
