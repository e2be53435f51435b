package org.ugmm.engine.kernel.simd;

import static org.ugmm.engine.kernel.simd.VectorDoubleMath.LANES;
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.SPECIES;

import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;
import org.ugmm.engine.kernel.scalar.ScalarDoubleDense;

// The float twin of this class is derived from it at build.
/**
 * Dense blocks of sums in double precision on vectors.
 *
 * <p>A tile is taken two vectors of rows at a time: children, or the products of two, are laid into
 * scratch slots with a constant stride, over which the JIT takes the bounds checks out of the
 * loops. Then up to 5 outputs by two vectors stay in registers (of 16) over all children: an input
 * vector is read once for 5 outputs, a weight once for two vectors. The blocks are written out,
 * since an array of vectors would be an array of objects.
 */
final class VectorDoubleDense extends ScalarDoubleDense {
  /** Rows that are taken at a time. */
  private static final int TILE = 2 * LANES;

  @Override
  public void sums(
      double[] v, int tile, int[] in, int numIn, double[] w, int numOut, int out, int scratch) {
    if (tile == 1) {
      if (numOut == 1) {
        super.sums(v, 1, in, numIn, w, 1, out, scratch);
      } else {
        for (int c = 0; c < numIn; c++) {
          v[scratch + c] = v[in[c]];
        }
        sumsRow(v, scratch, numIn, w, numOut, out);
      }
      return;
    }
    boolean inPlace = tile == TILE && numIn > 0 && isRun(in, numIn);
    for (int row = 0; row < tile; row += TILE) {
      int first = inPlace ? in[0] * TILE : scratch * tile;
      for (int c = 0; c < numIn && !inPlace; c++) {
        int at = in[c] * tile + row;
        int to = first + c * TILE;
        DoubleVector.fromArray(SPECIES, v, at).intoArray(v, to);
        DoubleVector.fromArray(SPECIES, v, at + LANES).intoArray(v, to + LANES);
      }
      sums(v, first, numIn, w, numOut, tile, out * tile + row);
    }
  }

  private static boolean isRun(int[] slots, int n) {
    for (int c = 1; c < n; c++) {
      if (slots[c] != slots[0] + c) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void productSums(
      double[] v, int tile, int[] a, int[] b, double[] w, int numOut, int out, int scratch) {
    if (tile == 1) {
      if (numOut == 1) {
        super.productSums(v, 1, a, b, w, 1, out, scratch);
      } else {
        for (int c = 0; c < a.length; c++) {
          v[scratch + c] = v[a[c]] * v[b[c]];
        }
        sumsRow(v, scratch, a.length, w, numOut, out);
      }
      return;
    }
    int first = scratch * tile;
    for (int row = 0; row < tile; row += TILE) {
      for (int c = 0; c < a.length; c++) {
        int left = a[c] * tile + row;
        int right = b[c] * tile + row;
        int to = first + c * TILE;
        DoubleVector x0 = DoubleVector.fromArray(SPECIES, v, left);
        DoubleVector x1 = DoubleVector.fromArray(SPECIES, v, left + LANES);
        x0.mul(DoubleVector.fromArray(SPECIES, v, right)).intoArray(v, to);
        x1.mul(DoubleVector.fromArray(SPECIES, v, right + LANES)).intoArray(v, to + LANES);
      }
      sums(v, first, a.length, w, numOut, tile, out * tile + row);
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
    if (tile > 1) {
      VectorDoubleCross.tile(
          v, tile, left, leftFrom, numLeft, right, run, w, wFrom, numOut, out, scratch);
    } else if (run * numOut >= LANES) {
      VectorDoubleCross.row(v, left, leftFrom, numLeft, right, run, w, wFrom, numOut, out, scratch);
    } else {
      super.crossSums(v, 1, left, leftFrom, numLeft, right, run, w, wFrom, numOut, out, scratch);
    }
  }

  @Override
  public int crossScratch(int numLeft, int run, int numOut) {
    return VectorDoubleCross.rowScratch(numLeft, run, numOut);
  }

  /** Sums of children with a stride of {@link #TILE}, in as few blocks as possible. */
  private static void sums(
      double[] v, int first, int n, double[] w, int numOut, int tile, int out) {
    int o = 0;
    while (o < numOut) {
      int left = numOut - o;
      int to = out + o * tile;
      if (left >= 5 && left != 6 && left != 8) {
        sum5(v, first, n, w, o, numOut, tile, to);
        o += 5;
      } else if (left == 4 || left == 8) {
        sum4(v, first, n, w, o, numOut, tile, to);
        o += 4;
      } else if (left == 3 || left == 6) {
        sum3(v, first, n, w, o, numOut, tile, to);
        o += 3;
      } else if (left == 2) {
        sum2(v, first, n, w, o, numOut, tile, to);
        o += 2;
      } else {
        sum1(v, first, n, w, o, numOut, to);
        o++;
      }
    }
  }

  private static void sum5(
      double[] v, int first, int numIn, double[] w, int wFrom, int numOut, int tile, int out) {
    DoubleVector s00 = DoubleVector.zero(SPECIES);
    DoubleVector s01 = DoubleVector.zero(SPECIES);
    DoubleVector s10 = DoubleVector.zero(SPECIES);
    DoubleVector s11 = DoubleVector.zero(SPECIES);
    DoubleVector s20 = DoubleVector.zero(SPECIES);
    DoubleVector s21 = DoubleVector.zero(SPECIES);
    DoubleVector s30 = DoubleVector.zero(SPECIES);
    DoubleVector s31 = DoubleVector.zero(SPECIES);
    DoubleVector s40 = DoubleVector.zero(SPECIES);
    DoubleVector s41 = DoubleVector.zero(SPECIES);
    int at = wFrom;
    int end = first + numIn * TILE;
    for (int row = first; row < end; row += TILE) {
      DoubleVector x0 = DoubleVector.fromArray(SPECIES, v, row);
      DoubleVector x1 = DoubleVector.fromArray(SPECIES, v, row + LANES);
      DoubleVector w0 = DoubleVector.broadcast(SPECIES, w[at]);
      s00 = x0.fma(w0, s00);
      s01 = x1.fma(w0, s01);
      DoubleVector w1 = DoubleVector.broadcast(SPECIES, w[at + 1]);
      s10 = x0.fma(w1, s10);
      s11 = x1.fma(w1, s11);
      DoubleVector w2 = DoubleVector.broadcast(SPECIES, w[at + 2]);
      s20 = x0.fma(w2, s20);
      s21 = x1.fma(w2, s21);
      DoubleVector w3 = DoubleVector.broadcast(SPECIES, w[at + 3]);
      s30 = x0.fma(w3, s30);
      s31 = x1.fma(w3, s31);
      DoubleVector w4 = DoubleVector.broadcast(SPECIES, w[at + 4]);
      s40 = x0.fma(w4, s40);
      s41 = x1.fma(w4, s41);
      at += numOut;
    }
    s00.intoArray(v, out);
    s01.intoArray(v, out + LANES);
    s10.intoArray(v, out + tile);
    s11.intoArray(v, out + tile + LANES);
    s20.intoArray(v, out + 2 * tile);
    s21.intoArray(v, out + 2 * tile + LANES);
    s30.intoArray(v, out + 3 * tile);
    s31.intoArray(v, out + 3 * tile + LANES);
    s40.intoArray(v, out + 4 * tile);
    s41.intoArray(v, out + 4 * tile + LANES);
  }

  private static void sum4(
      double[] v, int first, int numIn, double[] w, int wFrom, int numOut, int tile, int out) {
    DoubleVector s00 = DoubleVector.zero(SPECIES);
    DoubleVector s01 = DoubleVector.zero(SPECIES);
    DoubleVector s10 = DoubleVector.zero(SPECIES);
    DoubleVector s11 = DoubleVector.zero(SPECIES);
    DoubleVector s20 = DoubleVector.zero(SPECIES);
    DoubleVector s21 = DoubleVector.zero(SPECIES);
    DoubleVector s30 = DoubleVector.zero(SPECIES);
    DoubleVector s31 = DoubleVector.zero(SPECIES);
    int at = wFrom;
    int end = first + numIn * TILE;
    for (int row = first; row < end; row += TILE) {
      DoubleVector x0 = DoubleVector.fromArray(SPECIES, v, row);
      DoubleVector x1 = DoubleVector.fromArray(SPECIES, v, row + LANES);
      DoubleVector w0 = DoubleVector.broadcast(SPECIES, w[at]);
      s00 = x0.fma(w0, s00);
      s01 = x1.fma(w0, s01);
      DoubleVector w1 = DoubleVector.broadcast(SPECIES, w[at + 1]);
      s10 = x0.fma(w1, s10);
      s11 = x1.fma(w1, s11);
      DoubleVector w2 = DoubleVector.broadcast(SPECIES, w[at + 2]);
      s20 = x0.fma(w2, s20);
      s21 = x1.fma(w2, s21);
      DoubleVector w3 = DoubleVector.broadcast(SPECIES, w[at + 3]);
      s30 = x0.fma(w3, s30);
      s31 = x1.fma(w3, s31);
      at += numOut;
    }
    s00.intoArray(v, out);
    s01.intoArray(v, out + LANES);
    s10.intoArray(v, out + tile);
    s11.intoArray(v, out + tile + LANES);
    s20.intoArray(v, out + 2 * tile);
    s21.intoArray(v, out + 2 * tile + LANES);
    s30.intoArray(v, out + 3 * tile);
    s31.intoArray(v, out + 3 * tile + LANES);
  }

  private static void sum3(
      double[] v, int first, int numIn, double[] w, int wFrom, int numOut, int tile, int out) {
    DoubleVector s00 = DoubleVector.zero(SPECIES);
    DoubleVector s01 = DoubleVector.zero(SPECIES);
    DoubleVector s10 = DoubleVector.zero(SPECIES);
    DoubleVector s11 = DoubleVector.zero(SPECIES);
    DoubleVector s20 = DoubleVector.zero(SPECIES);
    DoubleVector s21 = DoubleVector.zero(SPECIES);
    int at = wFrom;
    int end = first + numIn * TILE;
    for (int row = first; row < end; row += TILE) {
      DoubleVector x0 = DoubleVector.fromArray(SPECIES, v, row);
      DoubleVector x1 = DoubleVector.fromArray(SPECIES, v, row + LANES);
      DoubleVector w0 = DoubleVector.broadcast(SPECIES, w[at]);
      s00 = x0.fma(w0, s00);
      s01 = x1.fma(w0, s01);
      DoubleVector w1 = DoubleVector.broadcast(SPECIES, w[at + 1]);
      s10 = x0.fma(w1, s10);
      s11 = x1.fma(w1, s11);
      DoubleVector w2 = DoubleVector.broadcast(SPECIES, w[at + 2]);
      s20 = x0.fma(w2, s20);
      s21 = x1.fma(w2, s21);
      at += numOut;
    }
    s00.intoArray(v, out);
    s01.intoArray(v, out + LANES);
    s10.intoArray(v, out + tile);
    s11.intoArray(v, out + tile + LANES);
    s20.intoArray(v, out + 2 * tile);
    s21.intoArray(v, out + 2 * tile + LANES);
  }

  private static void sum2(
      double[] v, int first, int numIn, double[] w, int wFrom, int numOut, int tile, int out) {
    DoubleVector s00 = DoubleVector.zero(SPECIES);
    DoubleVector s01 = DoubleVector.zero(SPECIES);
    DoubleVector s10 = DoubleVector.zero(SPECIES);
    DoubleVector s11 = DoubleVector.zero(SPECIES);
    int at = wFrom;
    int end = first + numIn * TILE;
    for (int row = first; row < end; row += TILE) {
      DoubleVector x0 = DoubleVector.fromArray(SPECIES, v, row);
      DoubleVector x1 = DoubleVector.fromArray(SPECIES, v, row + LANES);
      DoubleVector w0 = DoubleVector.broadcast(SPECIES, w[at]);
      s00 = x0.fma(w0, s00);
      s01 = x1.fma(w0, s01);
      DoubleVector w1 = DoubleVector.broadcast(SPECIES, w[at + 1]);
      s10 = x0.fma(w1, s10);
      s11 = x1.fma(w1, s11);
      at += numOut;
    }
    s00.intoArray(v, out);
    s01.intoArray(v, out + LANES);
    s10.intoArray(v, out + tile);
    s11.intoArray(v, out + tile + LANES);
  }

  private static void sum1(
      double[] v, int first, int numIn, double[] w, int wFrom, int numOut, int out) {
    DoubleVector s00 = DoubleVector.zero(SPECIES);
    DoubleVector s01 = DoubleVector.zero(SPECIES);
    int at = wFrom;
    int end = first + numIn * TILE;
    for (int row = first; row < end; row += TILE) {
      DoubleVector x0 = DoubleVector.fromArray(SPECIES, v, row);
      DoubleVector x1 = DoubleVector.fromArray(SPECIES, v, row + LANES);
      DoubleVector w0 = DoubleVector.broadcast(SPECIES, w[at]);
      s00 = x0.fma(w0, s00);
      s01 = x1.fma(w0, s01);
      at += numOut;
    }
    s00.intoArray(v, out);
    s01.intoArray(v, out + LANES);
  }

  /** One row, of adjacent children, which are overwritten: lanes run across outputs. */
  private static void sumsRow(double[] v, int first, int n, double[] w, int numOut, int out) {
    if (numOut < LANES) {
      narrowRow(v, first, n, w, numOut, out);
    } else {
      wideRow(v, first, n, w, 0, numOut, out);
    }
  }

  /** As many outputs as a vector has lanes, or more; children stay as they are. */
  static void wideRow(double[] v, int first, int n, double[] w, int wFrom, int numOut, int out) {
    for (int o = 0; o < numOut; o += 2 * LANES) {
      // the last vector overlaps the one before it
      int from = Math.min(o, numOut - LANES);
      int next = Math.min(o + LANES, numOut - LANES);
      DoubleVector s0 = DoubleVector.zero(SPECIES);
      DoubleVector s1 = DoubleVector.zero(SPECIES);
      int at = wFrom;
      for (int c = first; c < first + n; c++) {
        DoubleVector x = DoubleVector.broadcast(SPECIES, v[c]);
        s0 = x.fma(DoubleVector.fromArray(SPECIES, w, at + from), s0);
        s1 = x.fma(DoubleVector.fromArray(SPECIES, w, at + next), s1);
        at += numOut;
      }
      s0.intoArray(v, out + from);
      s1.intoArray(v, out + next);
    }
  }

  /**
   * Fewer outputs than a vector has lanes: each read takes weights of the next children along, and
   * the last children, whose reads would leave the array, are added one by one.
   */
  private static void narrowRow(double[] v, int first, int n, double[] w, int numOut, int out) {
    int whole = n < LANES ? 0 : (w.length - LANES) / numOut + 1;
    int at = 0;
    if (whole >= LANES) {
      DoubleVector s = DoubleVector.zero(SPECIES);
      for (int c = first; c < first + whole; c++) {
        s = DoubleVector.broadcast(SPECIES, v[c]).fma(DoubleVector.fromArray(SPECIES, w, at), s);
        at += numOut;
      }
      s.intoArray(v, first);
      System.arraycopy(v, first, v, out, numOut);
    } else {
      whole = 0;
      Arrays.fill(v, out, out + numOut, 0);
    }
    for (int c = first + whole; c < first + n; c++) {
      for (int o = 0; o < numOut; o++) {
        v[out + o] = Math.fma(v[c], w[at + o], v[out + o]);
      }
      at += numOut;
    }
  }
}
