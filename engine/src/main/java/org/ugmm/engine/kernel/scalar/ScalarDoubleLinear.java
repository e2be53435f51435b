package org.ugmm.engine.kernel.scalar;

import org.jspecify.annotations.Nullable;
import org.ugmm.engine.kernel.LinearKernels;

// The float twin of this class is derived from it at build.
/** Linear-domain units in double precision, in plain loops over the rows. */
public class ScalarDoubleLinear implements LinearKernels<double[]> {
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
    for (int u = unitFrom; u < unitTo; u++) {
      for (int row = 0; row < tile; row++) {
        double sum = 0;
        for (int e = start[u]; e < start[u + 1]; e++) {
          double x = v[a[e] * tile + row];
          sum = Math.fma(b == null ? x : x * v[b[e] * tile + row], w[e], sum);
        }
        v[out[u] * tile + row] = sum;
      }
    }
  }
}
