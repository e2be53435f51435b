package org.ugmm.engine.kernel;

/** Dense blocks of sums in double precision, in plain loops over the rows. */
class ScalarDoubleDense implements DenseKernels<double[]> {
  @Override
  public void sums(
      double[] v, int tile, int[] in, int numIn, double[] w, int numOut, int out, int scratch) {
    for (int o = 0; o < numOut; o++) {
      clear(v, tile, out + o);
      for (int c = 0; c < numIn; c++) {
        double weight = w[c * numOut + o];
        for (int row = 0; row < tile; row++) {
          int at = (out + o) * tile + row;
          v[at] = Math.fma(v[in[c] * tile + row], weight, v[at]);
        }
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
    for (int row = 0; row < tile; row++) {
      for (int o = 0; o < numOut; o++) {
        double sum = 0;
        for (int j = 0; j < run; j++) {
          double inner = 0;
          for (int i = 0; i < numLeft; i++) {
            int at = wFrom + (i * run + j) * numOut + o;
            inner = Math.fma(v[left[leftFrom + i] * tile + row], w[at], inner);
          }
          sum = Math.fma(v[(right + j) * tile + row], inner, sum);
        }
        v[(out + o) * tile + row] = sum;
      }
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

  private static void addProduct(double[] v, int tile, int a, int b, double weight, int out) {
    for (int row = 0; row < tile; row++) {
      int at = out * tile + row;
      v[at] = Math.fma(v[a * tile + row] * v[b * tile + row], weight, v[at]);
    }
  }
}
