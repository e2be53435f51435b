package org.ugmm.engine.kernel;

import static org.ugmm.engine.kernel.ScalarFloatMath.exp2;
import static org.ugmm.engine.kernel.ScalarFloatMath.log2;

/** Log-domain units in single precision, one row at a time. */
class ScalarFloatLog implements LogKernels<float[]> {
  @Override
  public void logSum(
      float[] v, int tile, int[] child, int from, int n, float[] logWeight, int wFrom, int out) {
    for (int row = 0; row < tile; row++) {
      float max = Float.NEGATIVE_INFINITY;
      for (int c = 0; c < n; c++) {
        max = Math.max(max, logWeight[wFrom + c] + v[child[from + c] * tile + row]);
      }
      float base = max == Float.NEGATIVE_INFINITY ? 0 : max;
      float sum = 0;
      for (int c = 0; c < n; c++) {
        sum += exp2((logWeight[wFrom + c] + v[child[from + c] * tile + row]) - base);
      }
      v[out * tile + row] = log2(sum) + base;
    }
  }

  @Override
  public void logMax(
      float[] v, int tile, int[] child, int from, int n, float[] logWeight, int wFrom, int out) {
    for (int row = 0; row < tile; row++) {
      float max = Float.NEGATIVE_INFINITY;
      for (int c = 0; c < n; c++) {
        max = Math.max(max, logWeight[wFrom + c] + v[child[from + c] * tile + row]);
      }
      v[out * tile + row] = max;
    }
  }

  @Override
  public void logProduct(
      float[] v, int tile, int[] child, int from, int n, double constant, int out) {
    for (int row = 0; row < tile; row++) {
      float sum = (float) constant;
      for (int c = 0; c < n; c++) {
        sum += v[child[from + c] * tile + row];
      }
      v[out * tile + row] = sum;
    }
  }

  @Override
  public void logSumDown(
      float[] v,
      float[] d,
      int tile,
      int[] child,
      int from,
      int n,
      float[] logWeight,
      int wFrom,
      int out) {
    for (int row = 0; row < tile; row++) {
      float value = v[out * tile + row];
      if (value == Float.NEGATIVE_INFINITY) {
        continue;
      }
      float flow = d[out * tile + row];
      for (int c = 0; c < n; c++) {
        int at = child[from + c] * tile + row;
        d[at] = Math.fma(flow, exp2((logWeight[wFrom + c] + v[at]) - value), d[at]);
      }
    }
  }

  @Override
  public void productDown(float[] d, int tile, int[] child, int from, int n, int out) {
    for (int c = 0; c < n; c++) {
      for (int row = 0; row < tile; row++) {
        d[child[from + c] * tile + row] += d[out * tile + row];
      }
    }
  }

  @Override
  public int logArgMax(
      float[] v, int tile, int row, int[] child, int from, int n, float[] logWeight, int wFrom) {
    int best = 0;
    float max = Float.NEGATIVE_INFINITY;
    for (int c = 0; c < n; c++) {
      float x = logWeight[wFrom + c] + v[child[from + c] * tile + row];
      if (x > max) {
        max = x;
        best = c;
      }
    }
    return best;
  }
}
