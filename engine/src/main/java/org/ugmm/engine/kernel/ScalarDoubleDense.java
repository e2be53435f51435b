package org.ugmm.engine.kernel;

/** Dense blocks of sums in double precision, in plain loops over the rows. */
class ScalarDoubleDense implements DenseKernels<double[]> {
  @Override
  public void sums(
      double[] v,
      int tile,
      int[] in,
      int inFrom,
      int numIn,
      double[] w,
      int wFrom,
      int numOut,
      int out) {
    for (int o = 0; o < numOut; o++) {
      clear(v, tile, out + o);
      for (int c = 0; c < numIn; c++) {
        double weight = w[wFrom + c * numOut + o];
        for (int row = 0; row < tile; row++) {
          int at = (out + o) * tile + row;
          v[at] = Math.fma(v[in[inFrom + c] * tile + row], weight, v[at]);
        }
      }
    }
  }

  @Override
  public void productSums(
      double[] v,
      int tile,
      int[] a,
      int[] b,
      int from,
      int numIn,
      double[] w,
      int wFrom,
      int numOut,
      int out) {
    for (int o = 0; o < numOut; o++) {
      clear(v, tile, out + o);
      for (int c = 0; c < numIn; c++) {
        addProduct(v, tile, a[from + c], b[from + c], w[wFrom + c * numOut + o], out + o);
      }
    }
  }

  private static void clear(double[] v, int tile, int out) {
    for (int row = 0; row < tile; row++) {
      v[out * tile + row] = 0;
    }
  }

  private static void addProduct(double[] v, int tile, int a, int b, double weight, int out) {
    for (int row = 0; row < tile; row++) {
      int at = out * tile + row;
      v[at] = Math.fma(v[a * tile + row] * v[b * tile + row], weight, v[at]);
    }
  }

  @Override
  public void sumsDown(
      double[] d,
      int tile,
      int[] in,
      int inFrom,
      int numIn,
      double[] w,
      int wFrom,
      int numOut,
      int out) {
    for (int c = 0; c < numIn; c++) {
      for (int row = 0; row < tile; row++) {
        d[in[inFrom + c] * tile + row] += above(d, tile, row, w, wFrom + c * numOut, numOut, out);
      }
    }
  }

  @Override
  public void productSumsDown(
      double[] v,
      double[] d,
      int tile,
      int[] a,
      int[] b,
      int from,
      int numIn,
      double[] w,
      int wFrom,
      int numOut,
      int out) {
    for (int c = 0; c < numIn; c++) {
      productDown(v, d, tile, a[from + c], b[from + c], w, wFrom + c * numOut, numOut, out);
    }
  }

  private static void productDown(
      double[] v, double[] d, int tile, int a, int b, double[] w, int wFrom, int numOut, int out) {
    for (int row = 0; row < tile; row++) {
      double p = above(d, tile, row, w, wFrom, numOut, out);
      double left = v[a * tile + row];
      double right = v[b * tile + row];
      d[a * tile + row] = Math.fma(p, right, d[a * tile + row]);
      d[b * tile + row] = Math.fma(p, left, d[b * tile + row]);
    }
  }

  /** Derivative that reaches one child: {@code SUM_o w[wFrom + o] * d[out + o]}. */
  private static double above(
      double[] d, int tile, int row, double[] w, int wFrom, int numOut, int out) {
    double p = 0;
    for (int o = 0; o < numOut; o++) {
      p = Math.fma(d[(out + o) * tile + row], w[wFrom + o], p);
    }
    return p;
  }

  @Override
  public void sumsRow(double[] v, int[] in, int numIn, double[] w, int numOut, int out) {
    for (int o = 0; o < numOut; o++) {
      double sum = 0;
      for (int c = 0; c < numIn; c++) {
        sum = Math.fma(v[in[c]], w[c * numOut + o], sum);
      }
      v[out + o] = sum;
    }
  }

  @Override
  public void productSumsRow(
      double[] v, int[] a, int[] b, int numIn, double[] w, int numOut, int out) {
    for (int o = 0; o < numOut; o++) {
      double sum = 0;
      for (int c = 0; c < numIn; c++) {
        sum = Math.fma(v[a[c]] * v[b[c]], w[c * numOut + o], sum);
      }
      v[out + o] = sum;
    }
  }
}
