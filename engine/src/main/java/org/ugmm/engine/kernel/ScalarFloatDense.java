package org.ugmm.engine.kernel;

/** Dense blocks of sums in single precision, in plain loops over the rows. */
class ScalarFloatDense implements DenseKernels<float[]> {
  @Override
  public void sums(
      float[] v, int tile, int[] in, int numIn, float[] w, int numOut, int out, int scratch) {
    for (int o = 0; o < numOut; o++) {
      clear(v, tile, out + o);
      for (int c = 0; c < numIn; c++) {
        float weight = w[c * numOut + o];
        for (int row = 0; row < tile; row++) {
          int at = (out + o) * tile + row;
          v[at] = Math.fma(v[in[c] * tile + row], weight, v[at]);
        }
      }
    }
  }

  @Override
  public void productSums(
      float[] v, int tile, int[] a, int[] b, int run, float[] w, int numOut, int out, int scratch) {
    for (int o = 0; o < numOut; o++) {
      clear(v, tile, out + o);
      for (int c = 0; c < a.length; c++) {
        addProduct(v, tile, a[c], b[c], w[c * numOut + o], out + o);
      }
    }
  }

  private static void clear(float[] v, int tile, int out) {
    for (int row = 0; row < tile; row++) {
      v[out * tile + row] = 0;
    }
  }

  private static void addProduct(float[] v, int tile, int a, int b, float weight, int out) {
    for (int row = 0; row < tile; row++) {
      int at = out * tile + row;
      v[at] = Math.fma(v[a * tile + row] * v[b * tile + row], weight, v[at]);
    }
  }
}
