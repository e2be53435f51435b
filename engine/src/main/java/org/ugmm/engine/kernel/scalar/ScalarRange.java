package org.ugmm.engine.kernel.scalar;

import org.ugmm.engine.kernel.RangeKernels;

/** {@link RangeKernels} without the Vector API, and the reference of their twin. */
public class ScalarRange implements RangeKernels {
  @Override
  public void distances(
      double[] lo,
      double[] hi,
      int tile,
      int[] in,
      double[] below,
      double[] above,
      double[] v,
      int near,
      int far) {
    for (int k = 0; k < in.length; k++) {
      for (int row = 0; row < tile; row++) {
        double right = lo[in[k] * tile + row] - above[k];
        double left = below[k] - hi[in[k] * tile + row];
        double most = right > left ? right : left;
        v[(near + k) * tile + row] = most > 0 ? most : 0;
        v[(far + k) * tile + row] = right > left ? left : right;
      }
    }
  }
}
