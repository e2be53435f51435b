package org.ugmm.engine.kernel;

import static org.ugmm.engine.kernel.ScalarDoubleMath.exp2;
import static org.ugmm.engine.kernel.ScalarDoubleMath.log2;

/** Log-domain units in double precision, one row at a time. */
class ScalarDoubleLog implements LogKernels<double[]> {
  @Override
  public void logSum(
      double[] v, int tile, int[] child, int from, int n, double[] logWeight, int wFrom, int out) {
    for (int row = 0; row < tile; row++) {
      double max = Double.NEGATIVE_INFINITY;
      for (int c = 0; c < n; c++) {
        max = Math.max(max, logWeight[wFrom + c] + v[child[from + c] * tile + row]);
      }
      double base = max == Double.NEGATIVE_INFINITY ? 0 : max;
      double sum = 0;
      for (int c = 0; c < n; c++) {
        sum += exp2((logWeight[wFrom + c] + v[child[from + c] * tile + row]) - base);
      }
      v[out * tile + row] = log2(sum) + base;
    }
  }

  @Override
  public void logMax(
      double[] v, int tile, int[] child, int from, int n, double[] logWeight, int wFrom, int out) {
    for (int row = 0; row < tile; row++) {
      double max = Double.NEGATIVE_INFINITY;
      for (int c = 0; c < n; c++) {
        max = Math.max(max, logWeight[wFrom + c] + v[child[from + c] * tile + row]);
      }
      v[out * tile + row] = max;
    }
  }

  @Override
  public void logProduct(
      double[] v, int tile, int[] child, int from, int n, double constant, int out) {
    for (int row = 0; row < tile; row++) {
      double sum = constant;
      for (int c = 0; c < n; c++) {
        sum += v[child[from + c] * tile + row];
      }
      v[out * tile + row] = sum;
    }
  }

  @Override
  public void logSumDown(
      double[] v,
      double[] d,
      int tile,
      int[] child,
      int from,
      int n,
      double[] logWeight,
      int wFrom,
      int out) {
    for (int row = 0; row < tile; row++) {
      double value = v[out * tile + row];
      if (value == Double.NEGATIVE_INFINITY) {
        continue;
      }
      double flow = d[out * tile + row];
      for (int c = 0; c < n; c++) {
        int at = child[from + c] * tile + row;
        d[at] = Math.fma(flow, exp2((logWeight[wFrom + c] + v[at]) - value), d[at]);
      }
    }
  }

  @Override
  public void productDown(double[] d, int tile, int[] child, int from, int n, int out) {
    for (int c = 0; c < n; c++) {
      for (int row = 0; row < tile; row++) {
        d[child[from + c] * tile + row] += d[out * tile + row];
      }
    }
  }

  @Override
  public int logArgMax(
      double[] v, int tile, int row, int[] child, int from, int n, double[] logWeight, int wFrom) {
    int best = 0;
    double max = Double.NEGATIVE_INFINITY;
    for (int c = 0; c < n; c++) {
      double x = logWeight[wFrom + c] + v[child[from + c] * tile + row];
      if (x > max) {
        max = x;
        best = c;
      }
    }
    return best;
  }
}
