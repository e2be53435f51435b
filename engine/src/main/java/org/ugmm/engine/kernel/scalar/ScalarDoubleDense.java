package org.ugmm.engine.kernel.scalar;

import org.ugmm.engine.kernel.DenseKernels;

// The float twin of this class is derived from it at build.
/** Dense blocks of sums in double precision, in plain loops over the rows. */
public class ScalarDoubleDense implements DenseKernels<double[]> {
  @Override
  public void sums(
      double[] v, int tile, int[] in, int numIn, double[] w, int numOut, int out, int scratch) {
    for (int o = 0; o < numOut; o++) {
      clear(v, tile, out + o);
      for (int c = 0; c < numIn; c++) {
        add(v, tile, in[c], w[c * numOut + o], out + o);
      }
    }
  }

  @Override
  public void productSums(
      double[] v, int tile, int[] a, int[] b, double[] w, int numOut, int out, int scratch) {
    for (int o = 0; o < numOut; o++) {
      clear(v, tile, out + o);
      for (int c = 0; c < a.length; c++) {
        addProduct(v, tile, a[c], b[c], w[c * numOut + o], out + o);
      }
    }
  }

  @Override
  public void crossSums(
      double[] v,
      int tile,
      int[] left,
      int leftFrom,
      int numLeft,
      int right,
      int run,
      double[] w,
      int wFrom,
      int numOut,
      int out,
      int scratch) {
    if (tile == 1) {
      crossRow(v, left, leftFrom, numLeft, right, run, w, wFrom, numOut, out);
      return;
    }
    for (int o = 0; o < numOut; o++) {
      clear(v, tile, out + o);
      for (int j = 0; j < run; j++) {
        clear(v, tile, scratch);
        for (int i = 0; i < numLeft; i++) {
          double weight = w[wFrom + (i * run + j) * numOut + o];
          add(v, tile, left[leftFrom + i], weight, scratch);
        }
        for (int row = 0; row < tile; row++) {
          int at = (out + o) * tile + row;
          v[at] = Math.fma(v[(right + j) * tile + row], v[scratch * tile + row], v[at]);
        }
      }
    }
  }

  private static void crossRow(
      double[] v,
      int[] left,
      int leftFrom,
      int numLeft,
      int right,
      int run,
      double[] w,
      int wFrom,
      int numOut,
      int out) {
    for (int o = 0; o < numOut; o++) {
      double sum = 0;
      for (int j = 0; j < run; j++) {
        double inner = 0;
        for (int i = 0; i < numLeft; i++) {
          int at = wFrom + (i * run + j) * numOut + o;
          inner = Math.fma(v[left[leftFrom + i]], w[at], inner);
        }
        sum = Math.fma(v[right + j], inner, sum);
      }
      v[out + o] = sum;
    }
  }

  @Override
  public int crossScratch(int numLeft, int run, int numOut) {
    return 0;
  }

  private static void clear(double[] v, int tile, int out) {
    for (int row = 0; row < tile; row++) {
      v[out * tile + row] = 0;
    }
  }

  private static void add(double[] v, int tile, int in, double weight, int out) {
    for (int row = 0; row < tile; row++) {
      int at = out * tile + row;
      v[at] = Math.fma(v[in * tile + row], weight, v[at]);
    }
  }

  private static void addProduct(double[] v, int tile, int a, int b, double weight, int out) {
    for (int row = 0; row < tile; row++) {
      int at = out * tile + row;
      v[at] = Math.fma(v[a * tile + row] * v[b * tile + row], weight, v[at]);
    }
  }
}
