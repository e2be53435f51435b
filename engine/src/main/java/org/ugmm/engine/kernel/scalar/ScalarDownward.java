package org.ugmm.engine.kernel.scalar;

import java.util.Arrays;
import org.ugmm.engine.kernel.DownwardKernels;

/** Derivatives in plain loops over the rows. */
public class ScalarDownward implements DownwardKernels {
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
      handOut(v, d, tile, a[c] * tile, b[c] * tile, (from + c) * tile);
    }
  }

  @Override
  public void productSums(
      double[] v,
      double[] d,
      int tile,
      int[] a,
      int[] b,
      int run,
      double[] w,
      int units,
      int numUnits,
      int factor,
      int scratch) {
    scale(v, d, tile, units, numUnits, factor, scratch);
    int sum = (scratch + numUnits) * tile;
    for (int c = 0; c < a.length; c++) {
      Arrays.fill(d, sum, sum + tile, 0);
      for (int j = 0; j < numUnits; j++) {
        double weight = w[(c / run * numUnits + j) * run + c % run];
        for (int row = 0; row < tile; row++) {
          d[sum + row] = Math.fma(d[(scratch + j) * tile + row], weight, d[sum + row]);
        }
      }
      handOut(v, d, tile, a[c] * tile, b[c] * tile, sum);
    }
  }

  /** {@code d[out + j] = d[units + j] * v[factor]}. */
  public static void scale(
      double[] v, double[] d, int tile, int units, int numUnits, int factor, int out) {
    for (int i = 0; i < numUnits * tile; i++) {
      double scale = factor < 0 ? 1 : v[factor * tile + i % tile];
      d[out * tile + i] = d[units * tile + i] * scale;
    }
  }

  public static void handOut(double[] v, double[] d, int tile, int left, int right, int from) {
    for (int row = 0; row < tile; row++) {
      double p = d[from + row];
      d[left + row] = Math.fma(p, v[right + row], d[left + row]);
      d[right + row] = Math.fma(p, v[left + row], d[right + row]);
    }
  }

  @Override
  public void multiply(double[] v, double[] d, int tile, int from, int n) {
    for (int i = from * tile; i < (from + n) * tile; i++) {
      d[i] *= v[i];
    }
  }

  @Override
  public void moments(double[] d, int tile, int[] in, double[] w, int out) {
    for (int row = 0; row < tile; row++) {
      double sum0 = 0;
      double sum1 = 0;
      double sum2 = 0;
      for (int c = 0; c < in.length; c++) {
        double x = d[in[c] * tile + row];
        sum0 = Math.fma(x, w[3 * c], sum0);
        sum1 = Math.fma(x, w[3 * c + 1], sum1);
        sum2 = Math.fma(x, w[3 * c + 2], sum2);
      }
      d[out * tile + row] = sum0;
      d[(out + 1) * tile + row] = sum1;
      d[(out + 2) * tile + row] = sum2;
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
