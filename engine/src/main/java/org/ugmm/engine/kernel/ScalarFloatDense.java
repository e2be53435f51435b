package org.ugmm.engine.kernel;

/** Dense blocks of sums in single precision, in plain loops over the rows. */
class ScalarFloatDense implements DenseKernels<float[]> {
  @Override
  public void sums(
      float[] v,
      int tile,
      int[] in,
      int inFrom,
      int numIn,
      float[] w,
      int wFrom,
      int numOut,
      int out) {
    for (int o = 0; o < numOut; o++) {
      clear(v, tile, out + o);
      for (int c = 0; c < numIn; c++) {
        float weight = w[wFrom + c * numOut + o];
        for (int row = 0; row < tile; row++) {
          int at = (out + o) * tile + row;
          v[at] = Math.fma(v[in[inFrom + c] * tile + row], weight, v[at]);
        }
      }
    }
  }

  @Override
  public void productSums(
      float[] v,
      int tile,
      int[] a,
      int[] b,
      int from,
      int numIn,
      float[] w,
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

  @Override
  public void sumsRow(float[] v, int[] in, int numIn, float[] w, int numOut, int out) {
    for (int o = 0; o < numOut; o++) {
      float sum = 0;
      for (int c = 0; c < numIn; c++) {
        sum = Math.fma(v[in[c]], w[c * numOut + o], sum);
      }
      v[out + o] = sum;
    }
  }

  @Override
  public void productSumsRow(
      float[] v, int[] a, int[] b, int numIn, float[] w, int numOut, int out) {
    for (int o = 0; o < numOut; o++) {
      float sum = 0;
      for (int c = 0; c < numIn; c++) {
        sum = Math.fma(v[a[c]] * v[b[c]], w[c * numOut + o], sum);
      }
      v[out + o] = sum;
    }
  }
}
