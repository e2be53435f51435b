package org.ugmm.engine.kernel;

import org.jspecify.annotations.Nullable;

/** Linear-domain units in single precision, in plain loops over the rows. */
class ScalarFloatLinear implements LinearKernels<float[]> {
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
    for (int u = unitFrom; u < unitTo; u++) {
      for (int row = 0; row < tile; row++) {
        float sum = 0;
        for (int e = start[u]; e < start[u + 1]; e++) {
          float x = v[a[e] * tile + row];
          sum = Math.fma(b == null ? x : x * v[b[e] * tile + row], w[e], sum);
        }
        v[out[u] * tile + row] = sum;
      }
    }
  }
}
