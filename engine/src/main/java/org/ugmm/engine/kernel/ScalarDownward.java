package org.ugmm.engine.kernel;

/** Derivatives in plain loops over the rows. */
class ScalarDownward implements DownwardKernels {
  @Override
  public void add(double[] d, int tile, int[] in, int from) {
    for (int c = 0; c < in.length; c++) {
      for (int row = 0; row < tile; row++) {
        d[in[c] * tile + row] += d[(from + c) * tile + row];
      }
    }
  }

  @Override
  public void cross(double[] v, double[] d, int tile, int[] a, int[] b, int from) {
    for (int c = 0; c < a.length; c++) {
      for (int row = 0; row < tile; row++) {
        double p = d[(from + c) * tile + row];
        int left = a[c] * tile + row;
        int right = b[c] * tile + row;
        d[left] = Math.fma(p, v[right], d[left]);
        d[right] = Math.fma(p, v[left], d[right]);
      }
    }
  }

  @Override
  public void gather(
      double[] v,
      double[] d,
      int tile,
      int[] start,
      int[] out,
      int[] above,
      int[] sibling,
      double[] w) {
    for (int u = 0; u < out.length; u++) {
      for (int row = 0; row < tile; row++) {
        double sum = 0;
        for (int e = start[u]; e < start[u + 1]; e++) {
          sum = Math.fma(d[above[e] * tile + row] * v[sibling[e] * tile + row], w[e], sum);
        }
        d[out[u] * tile + row] = sum;
      }
    }
  }
}
