package org.ugmm.engine.kernel;

import static org.ugmm.engine.kernel.VectorFloatMath.LANES;
import static org.ugmm.engine.kernel.VectorFloatMath.SPECIES;

import jdk.incubator.vector.FloatVector;

/**
 * Dense blocks of sums in single precision on vectors.
 *
 * <p>A block of 5 or 4 outputs by two vectors of rows stays in registers (of 16) over all children:
 * an input vector is read once for 5 outputs, a weight once for two vectors. The blocks are written
 * out, since an array of vectors would be an array of objects. A tile of one vector computes it
 * twice. Pairs are walked in one loop: nested loops box the accumulators on JDK 17.
 */
final class VectorFloatDense extends ScalarFloatDense {
  /** Size of the next block of outputs: as few blocks, and of 1, as possible. */
  private static int blockSize(int left) {
    if (left >= 4 && left % 4 == 0) {
      return 4;
    }
    return left >= 5 ? 5 : left == 4 ? 4 : 1;
  }

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
    if (tile < LANES) {
      super.sums(v, tile, in, inFrom, numIn, w, wFrom, numOut, out);
      return;
    }
    for (int row = 0; row < tile; row += 2 * LANES) {
      int next = Math.min(row + LANES, tile - LANES);
      int o = 0;
      while (o < numOut) {
        int size = blockSize(numOut - o);
        if (size == 5) {
          sum5(v, tile, row, next, in, inFrom, numIn, w, wFrom + o, numOut, out + o);
        } else if (size == 4) {
          sum4(v, tile, row, next, in, inFrom, numIn, w, wFrom + o, numOut, out + o);
        } else {
          sum1(v, tile, row, next, in, inFrom, numIn, w, wFrom + o, numOut, out + o);
        }
        o += size;
      }
    }
  }

  private static void sum5(
      float[] v,
      int tile,
      int row,
      int next,
      int[] in,
      int inFrom,
      int numIn,
      float[] w,
      int wFrom,
      int numOut,
      int out) {
    FloatVector s00 = FloatVector.zero(SPECIES);
    FloatVector s01 = FloatVector.zero(SPECIES);
    FloatVector s10 = FloatVector.zero(SPECIES);
    FloatVector s11 = FloatVector.zero(SPECIES);
    FloatVector s20 = FloatVector.zero(SPECIES);
    FloatVector s21 = FloatVector.zero(SPECIES);
    FloatVector s30 = FloatVector.zero(SPECIES);
    FloatVector s31 = FloatVector.zero(SPECIES);
    FloatVector s40 = FloatVector.zero(SPECIES);
    FloatVector s41 = FloatVector.zero(SPECIES);
    int at = wFrom;
    for (int c = 0; c < numIn; c++) {
      int child = in[inFrom + c] * tile;
      FloatVector x0 = FloatVector.fromArray(SPECIES, v, child + row);
      FloatVector x1 = FloatVector.fromArray(SPECIES, v, child + next);
      FloatVector w0 = FloatVector.broadcast(SPECIES, w[at]);
      s00 = x0.fma(w0, s00);
      s01 = x1.fma(w0, s01);
      FloatVector w1 = FloatVector.broadcast(SPECIES, w[at + 1]);
      s10 = x0.fma(w1, s10);
      s11 = x1.fma(w1, s11);
      FloatVector w2 = FloatVector.broadcast(SPECIES, w[at + 2]);
      s20 = x0.fma(w2, s20);
      s21 = x1.fma(w2, s21);
      FloatVector w3 = FloatVector.broadcast(SPECIES, w[at + 3]);
      s30 = x0.fma(w3, s30);
      s31 = x1.fma(w3, s31);
      FloatVector w4 = FloatVector.broadcast(SPECIES, w[at + 4]);
      s40 = x0.fma(w4, s40);
      s41 = x1.fma(w4, s41);
      at += numOut;
    }
    s00.intoArray(v, out * tile + row);
    s01.intoArray(v, out * tile + next);
    s10.intoArray(v, (out + 1) * tile + row);
    s11.intoArray(v, (out + 1) * tile + next);
    s20.intoArray(v, (out + 2) * tile + row);
    s21.intoArray(v, (out + 2) * tile + next);
    s30.intoArray(v, (out + 3) * tile + row);
    s31.intoArray(v, (out + 3) * tile + next);
    s40.intoArray(v, (out + 4) * tile + row);
    s41.intoArray(v, (out + 4) * tile + next);
  }

  private static void sum4(
      float[] v,
      int tile,
      int row,
      int next,
      int[] in,
      int inFrom,
      int numIn,
      float[] w,
      int wFrom,
      int numOut,
      int out) {
    FloatVector s00 = FloatVector.zero(SPECIES);
    FloatVector s01 = FloatVector.zero(SPECIES);
    FloatVector s10 = FloatVector.zero(SPECIES);
    FloatVector s11 = FloatVector.zero(SPECIES);
    FloatVector s20 = FloatVector.zero(SPECIES);
    FloatVector s21 = FloatVector.zero(SPECIES);
    FloatVector s30 = FloatVector.zero(SPECIES);
    FloatVector s31 = FloatVector.zero(SPECIES);
    int at = wFrom;
    for (int c = 0; c < numIn; c++) {
      int child = in[inFrom + c] * tile;
      FloatVector x0 = FloatVector.fromArray(SPECIES, v, child + row);
      FloatVector x1 = FloatVector.fromArray(SPECIES, v, child + next);
      FloatVector w0 = FloatVector.broadcast(SPECIES, w[at]);
      s00 = x0.fma(w0, s00);
      s01 = x1.fma(w0, s01);
      FloatVector w1 = FloatVector.broadcast(SPECIES, w[at + 1]);
      s10 = x0.fma(w1, s10);
      s11 = x1.fma(w1, s11);
      FloatVector w2 = FloatVector.broadcast(SPECIES, w[at + 2]);
      s20 = x0.fma(w2, s20);
      s21 = x1.fma(w2, s21);
      FloatVector w3 = FloatVector.broadcast(SPECIES, w[at + 3]);
      s30 = x0.fma(w3, s30);
      s31 = x1.fma(w3, s31);
      at += numOut;
    }
    s00.intoArray(v, out * tile + row);
    s01.intoArray(v, out * tile + next);
    s10.intoArray(v, (out + 1) * tile + row);
    s11.intoArray(v, (out + 1) * tile + next);
    s20.intoArray(v, (out + 2) * tile + row);
    s21.intoArray(v, (out + 2) * tile + next);
    s30.intoArray(v, (out + 3) * tile + row);
    s31.intoArray(v, (out + 3) * tile + next);
  }

  private static void sum1(
      float[] v,
      int tile,
      int row,
      int next,
      int[] in,
      int inFrom,
      int numIn,
      float[] w,
      int wFrom,
      int numOut,
      int out) {
    FloatVector s00 = FloatVector.zero(SPECIES);
    FloatVector s01 = FloatVector.zero(SPECIES);
    int at = wFrom;
    for (int c = 0; c < numIn; c++) {
      int child = in[inFrom + c] * tile;
      FloatVector x0 = FloatVector.fromArray(SPECIES, v, child + row);
      FloatVector x1 = FloatVector.fromArray(SPECIES, v, child + next);
      FloatVector w0 = FloatVector.broadcast(SPECIES, w[at]);
      s00 = x0.fma(w0, s00);
      s01 = x1.fma(w0, s01);
      at += numOut;
    }
    s00.intoArray(v, out * tile + row);
    s01.intoArray(v, out * tile + next);
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
    if (tile < LANES) {
      super.productSums(v, tile, a, b, from, numIn, w, wFrom, numOut, out);
      return;
    }
    for (int row = 0; row < tile; row += 2 * LANES) {
      int next = Math.min(row + LANES, tile - LANES);
      int o = 0;
      while (o < numOut) {
        int size = blockSize(numOut - o);
        if (size == 5) {
          product5(v, tile, row, next, a, b, from, numIn, w, wFrom + o, numOut, out + o);
        } else if (size == 4) {
          product4(v, tile, row, next, a, b, from, numIn, w, wFrom + o, numOut, out + o);
        } else {
          product1(v, tile, row, next, a, b, from, numIn, w, wFrom + o, numOut, out + o);
        }
        o += size;
      }
    }
  }

  private static void product5(
      float[] v,
      int tile,
      int row,
      int next,
      int[] a,
      int[] b,
      int from,
      int numIn,
      float[] w,
      int wFrom,
      int numOut,
      int out) {
    FloatVector s00 = FloatVector.zero(SPECIES);
    FloatVector s01 = FloatVector.zero(SPECIES);
    FloatVector s10 = FloatVector.zero(SPECIES);
    FloatVector s11 = FloatVector.zero(SPECIES);
    FloatVector s20 = FloatVector.zero(SPECIES);
    FloatVector s21 = FloatVector.zero(SPECIES);
    FloatVector s30 = FloatVector.zero(SPECIES);
    FloatVector s31 = FloatVector.zero(SPECIES);
    FloatVector s40 = FloatVector.zero(SPECIES);
    FloatVector s41 = FloatVector.zero(SPECIES);
    int at = wFrom;
    for (int c = 0; c < numIn; c++) {
      int left = a[from + c] * tile;
      int right = b[from + c] * tile;
      FloatVector x0 =
          FloatVector.fromArray(SPECIES, v, left + row)
              .mul(FloatVector.fromArray(SPECIES, v, right + row));
      FloatVector x1 =
          FloatVector.fromArray(SPECIES, v, left + next)
              .mul(FloatVector.fromArray(SPECIES, v, right + next));
      FloatVector w0 = FloatVector.broadcast(SPECIES, w[at]);
      s00 = x0.fma(w0, s00);
      s01 = x1.fma(w0, s01);
      FloatVector w1 = FloatVector.broadcast(SPECIES, w[at + 1]);
      s10 = x0.fma(w1, s10);
      s11 = x1.fma(w1, s11);
      FloatVector w2 = FloatVector.broadcast(SPECIES, w[at + 2]);
      s20 = x0.fma(w2, s20);
      s21 = x1.fma(w2, s21);
      FloatVector w3 = FloatVector.broadcast(SPECIES, w[at + 3]);
      s30 = x0.fma(w3, s30);
      s31 = x1.fma(w3, s31);
      FloatVector w4 = FloatVector.broadcast(SPECIES, w[at + 4]);
      s40 = x0.fma(w4, s40);
      s41 = x1.fma(w4, s41);
      at += numOut;
    }
    s00.intoArray(v, out * tile + row);
    s01.intoArray(v, out * tile + next);
    s10.intoArray(v, (out + 1) * tile + row);
    s11.intoArray(v, (out + 1) * tile + next);
    s20.intoArray(v, (out + 2) * tile + row);
    s21.intoArray(v, (out + 2) * tile + next);
    s30.intoArray(v, (out + 3) * tile + row);
    s31.intoArray(v, (out + 3) * tile + next);
    s40.intoArray(v, (out + 4) * tile + row);
    s41.intoArray(v, (out + 4) * tile + next);
  }

  private static void product4(
      float[] v,
      int tile,
      int row,
      int next,
      int[] a,
      int[] b,
      int from,
      int numIn,
      float[] w,
      int wFrom,
      int numOut,
      int out) {
    FloatVector s00 = FloatVector.zero(SPECIES);
    FloatVector s01 = FloatVector.zero(SPECIES);
    FloatVector s10 = FloatVector.zero(SPECIES);
    FloatVector s11 = FloatVector.zero(SPECIES);
    FloatVector s20 = FloatVector.zero(SPECIES);
    FloatVector s21 = FloatVector.zero(SPECIES);
    FloatVector s30 = FloatVector.zero(SPECIES);
    FloatVector s31 = FloatVector.zero(SPECIES);
    int at = wFrom;
    for (int c = 0; c < numIn; c++) {
      int left = a[from + c] * tile;
      int right = b[from + c] * tile;
      FloatVector x0 =
          FloatVector.fromArray(SPECIES, v, left + row)
              .mul(FloatVector.fromArray(SPECIES, v, right + row));
      FloatVector x1 =
          FloatVector.fromArray(SPECIES, v, left + next)
              .mul(FloatVector.fromArray(SPECIES, v, right + next));
      FloatVector w0 = FloatVector.broadcast(SPECIES, w[at]);
      s00 = x0.fma(w0, s00);
      s01 = x1.fma(w0, s01);
      FloatVector w1 = FloatVector.broadcast(SPECIES, w[at + 1]);
      s10 = x0.fma(w1, s10);
      s11 = x1.fma(w1, s11);
      FloatVector w2 = FloatVector.broadcast(SPECIES, w[at + 2]);
      s20 = x0.fma(w2, s20);
      s21 = x1.fma(w2, s21);
      FloatVector w3 = FloatVector.broadcast(SPECIES, w[at + 3]);
      s30 = x0.fma(w3, s30);
      s31 = x1.fma(w3, s31);
      at += numOut;
    }
    s00.intoArray(v, out * tile + row);
    s01.intoArray(v, out * tile + next);
    s10.intoArray(v, (out + 1) * tile + row);
    s11.intoArray(v, (out + 1) * tile + next);
    s20.intoArray(v, (out + 2) * tile + row);
    s21.intoArray(v, (out + 2) * tile + next);
    s30.intoArray(v, (out + 3) * tile + row);
    s31.intoArray(v, (out + 3) * tile + next);
  }

  private static void product1(
      float[] v,
      int tile,
      int row,
      int next,
      int[] a,
      int[] b,
      int from,
      int numIn,
      float[] w,
      int wFrom,
      int numOut,
      int out) {
    FloatVector s00 = FloatVector.zero(SPECIES);
    FloatVector s01 = FloatVector.zero(SPECIES);
    int at = wFrom;
    for (int c = 0; c < numIn; c++) {
      int left = a[from + c] * tile;
      int right = b[from + c] * tile;
      FloatVector x0 =
          FloatVector.fromArray(SPECIES, v, left + row)
              .mul(FloatVector.fromArray(SPECIES, v, right + row));
      FloatVector x1 =
          FloatVector.fromArray(SPECIES, v, left + next)
              .mul(FloatVector.fromArray(SPECIES, v, right + next));
      FloatVector w0 = FloatVector.broadcast(SPECIES, w[at]);
      s00 = x0.fma(w0, s00);
      s01 = x1.fma(w0, s01);
      at += numOut;
    }
    s00.intoArray(v, out * tile + row);
    s01.intoArray(v, out * tile + next);
  }

  @Override
  public void sumsRow(float[] v, int[] in, int numIn, float[] w, int numOut, int out) {
    if (numOut < LANES) {
      super.sumsRow(v, in, numIn, w, numOut, out);
      return;
    }
    for (int o = 0; o < numOut; o += LANES) {
      // the last vector overlaps the one before it
      int from = Math.min(o, numOut - LANES);
      FloatVector sum = FloatVector.zero(SPECIES);
      for (int c = 0; c < numIn; c++) {
        FloatVector weights = FloatVector.fromArray(SPECIES, w, c * numOut + from);
        sum = weights.fma(FloatVector.broadcast(SPECIES, v[in[c]]), sum);
      }
      sum.intoArray(v, out + from);
    }
  }

  @Override
  public void productSumsRow(
      float[] v, int[] a, int[] b, int numIn, float[] w, int numOut, int out) {
    if (numOut < LANES) {
      super.productSumsRow(v, a, b, numIn, w, numOut, out);
      return;
    }
    for (int o = 0; o < numOut; o += LANES) {
      int from = Math.min(o, numOut - LANES);
      FloatVector sum = FloatVector.zero(SPECIES);
      for (int c = 0; c < numIn; c++) {
        FloatVector weights = FloatVector.fromArray(SPECIES, w, c * numOut + from);
        sum = weights.fma(FloatVector.broadcast(SPECIES, v[a[c]] * v[b[c]]), sum);
      }
      sum.intoArray(v, out + from);
    }
  }
}
