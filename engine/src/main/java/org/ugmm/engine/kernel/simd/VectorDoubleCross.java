package org.ugmm.engine.kernel.simd;

import static org.ugmm.engine.kernel.simd.VectorDoubleMath.LANES;
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.SPECIES;

import jdk.incubator.vector.DoubleVector;
import org.ugmm.engine.kernel.DenseKernels;

// The float twin of this class is derived from it at build.
/**
 * {@link DenseKernels#crossSums} in double precision on vectors.
 *
 * <p>One row has lanes across the sums of all second factors, whose weights are adjacent: a first
 * factor is read once for all of them, and no sum waits for more than the first factors. A tile is
 * taken two vectors of rows at a time, with up to 5 outputs in registers as in {@link
 * VectorDoubleDense}.
 */
final class VectorDoubleCross {
  /** Rows that are taken at a time. */
  private static final int TILE = 2 * LANES;

  private VectorDoubleCross() {}

  static void tile(
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
    int first = scratch * tile;
    for (int row = 0; row < tile; row += TILE) {
      int to = first;
      for (int i = 0; i < numLeft; i++) {
        copy(v, left[leftFrom + i] * tile + row, to);
        to += TILE;
      }
      for (int j = 0; j < run; j++) {
        copy(v, (right + j) * tile + row, to);
        to += TILE;
      }
      sums(v, first, numLeft, run, w, wFrom, numOut, tile, out * tile + row);
    }
  }

  private static void copy(double[] v, int from, int to) {
    DoubleVector.fromArray(SPECIES, v, from).intoArray(v, to);
    DoubleVector.fromArray(SPECIES, v, from + LANES).intoArray(v, to + LANES);
  }

  /** Sums over factors with a stride of {@link #TILE}, in as few blocks as possible. */
  private static void sums(
      double[] v,
      int first,
      int numLeft,
      int run,
      double[] w,
      int wFrom,
      int numOut,
      int tile,
      int out) {
    int o = 0;
    while (o < numOut) {
      int left = numOut - o;
      int to = out + o * tile;
      if (left >= 5 && left != 6 && left != 8) {
        cross5(v, first, numLeft, run, w, wFrom + o, numOut, tile, to);
        o += 5;
      } else if (left == 4 || left == 8) {
        cross4(v, first, numLeft, run, w, wFrom + o, numOut, tile, to);
        o += 4;
      } else if (left == 3 || left == 6) {
        cross3(v, first, numLeft, run, w, wFrom + o, numOut, tile, to);
        o += 3;
      } else if (left == 2) {
        cross2(v, first, numLeft, run, w, wFrom + o, numOut, tile, to);
        o += 2;
      } else {
        cross1(v, first, numLeft, run, w, wFrom + o, numOut, to);
        o++;
      }
    }
  }

  private static void cross5(
      double[] v,
      int first,
      int numLeft,
      int run,
      double[] w,
      int wFrom,
      int numOut,
      int tile,
      int out) {
    int middle = first + numLeft * TILE;
    int end = middle + run * TILE;
    int from = wFrom;
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
    for (int y = middle; y < end; y += TILE) {
      DoubleVector t00 = DoubleVector.zero(SPECIES);
      DoubleVector t01 = DoubleVector.zero(SPECIES);
      DoubleVector t10 = DoubleVector.zero(SPECIES);
      DoubleVector t11 = DoubleVector.zero(SPECIES);
      DoubleVector t20 = DoubleVector.zero(SPECIES);
      DoubleVector t21 = DoubleVector.zero(SPECIES);
      DoubleVector t30 = DoubleVector.zero(SPECIES);
      DoubleVector t31 = DoubleVector.zero(SPECIES);
      DoubleVector t40 = DoubleVector.zero(SPECIES);
      DoubleVector t41 = DoubleVector.zero(SPECIES);
      int at = from;
      for (int x = first; x < middle; x += TILE) {
        DoubleVector x0 = DoubleVector.fromArray(SPECIES, v, x);
        DoubleVector x1 = DoubleVector.fromArray(SPECIES, v, x + LANES);
        DoubleVector w0 = DoubleVector.broadcast(SPECIES, w[at]);
        t00 = x0.fma(w0, t00);
        t01 = x1.fma(w0, t01);
        DoubleVector w1 = DoubleVector.broadcast(SPECIES, w[at + 1]);
        t10 = x0.fma(w1, t10);
        t11 = x1.fma(w1, t11);
        DoubleVector w2 = DoubleVector.broadcast(SPECIES, w[at + 2]);
        t20 = x0.fma(w2, t20);
        t21 = x1.fma(w2, t21);
        DoubleVector w3 = DoubleVector.broadcast(SPECIES, w[at + 3]);
        t30 = x0.fma(w3, t30);
        t31 = x1.fma(w3, t31);
        DoubleVector w4 = DoubleVector.broadcast(SPECIES, w[at + 4]);
        t40 = x0.fma(w4, t40);
        t41 = x1.fma(w4, t41);
        at += run * numOut;
      }
      from += numOut;
      DoubleVector y0 = DoubleVector.fromArray(SPECIES, v, y);
      DoubleVector y1 = DoubleVector.fromArray(SPECIES, v, y + LANES);
      s00 = y0.fma(t00, s00);
      s01 = y1.fma(t01, s01);
      s10 = y0.fma(t10, s10);
      s11 = y1.fma(t11, s11);
      s20 = y0.fma(t20, s20);
      s21 = y1.fma(t21, s21);
      s30 = y0.fma(t30, s30);
      s31 = y1.fma(t31, s31);
      s40 = y0.fma(t40, s40);
      s41 = y1.fma(t41, s41);
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

  private static void cross4(
      double[] v,
      int first,
      int numLeft,
      int run,
      double[] w,
      int wFrom,
      int numOut,
      int tile,
      int out) {
    int middle = first + numLeft * TILE;
    int end = middle + run * TILE;
    int from = wFrom;
    DoubleVector s00 = DoubleVector.zero(SPECIES);
    DoubleVector s01 = DoubleVector.zero(SPECIES);
    DoubleVector s10 = DoubleVector.zero(SPECIES);
    DoubleVector s11 = DoubleVector.zero(SPECIES);
    DoubleVector s20 = DoubleVector.zero(SPECIES);
    DoubleVector s21 = DoubleVector.zero(SPECIES);
    DoubleVector s30 = DoubleVector.zero(SPECIES);
    DoubleVector s31 = DoubleVector.zero(SPECIES);
    for (int y = middle; y < end; y += TILE) {
      DoubleVector t00 = DoubleVector.zero(SPECIES);
      DoubleVector t01 = DoubleVector.zero(SPECIES);
      DoubleVector t10 = DoubleVector.zero(SPECIES);
      DoubleVector t11 = DoubleVector.zero(SPECIES);
      DoubleVector t20 = DoubleVector.zero(SPECIES);
      DoubleVector t21 = DoubleVector.zero(SPECIES);
      DoubleVector t30 = DoubleVector.zero(SPECIES);
      DoubleVector t31 = DoubleVector.zero(SPECIES);
      int at = from;
      for (int x = first; x < middle; x += TILE) {
        DoubleVector x0 = DoubleVector.fromArray(SPECIES, v, x);
        DoubleVector x1 = DoubleVector.fromArray(SPECIES, v, x + LANES);
        DoubleVector w0 = DoubleVector.broadcast(SPECIES, w[at]);
        t00 = x0.fma(w0, t00);
        t01 = x1.fma(w0, t01);
        DoubleVector w1 = DoubleVector.broadcast(SPECIES, w[at + 1]);
        t10 = x0.fma(w1, t10);
        t11 = x1.fma(w1, t11);
        DoubleVector w2 = DoubleVector.broadcast(SPECIES, w[at + 2]);
        t20 = x0.fma(w2, t20);
        t21 = x1.fma(w2, t21);
        DoubleVector w3 = DoubleVector.broadcast(SPECIES, w[at + 3]);
        t30 = x0.fma(w3, t30);
        t31 = x1.fma(w3, t31);
        at += run * numOut;
      }
      from += numOut;
      DoubleVector y0 = DoubleVector.fromArray(SPECIES, v, y);
      DoubleVector y1 = DoubleVector.fromArray(SPECIES, v, y + LANES);
      s00 = y0.fma(t00, s00);
      s01 = y1.fma(t01, s01);
      s10 = y0.fma(t10, s10);
      s11 = y1.fma(t11, s11);
      s20 = y0.fma(t20, s20);
      s21 = y1.fma(t21, s21);
      s30 = y0.fma(t30, s30);
      s31 = y1.fma(t31, s31);
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

  private static void cross3(
      double[] v,
      int first,
      int numLeft,
      int run,
      double[] w,
      int wFrom,
      int numOut,
      int tile,
      int out) {
    int middle = first + numLeft * TILE;
    int end = middle + run * TILE;
    int from = wFrom;
    DoubleVector s00 = DoubleVector.zero(SPECIES);
    DoubleVector s01 = DoubleVector.zero(SPECIES);
    DoubleVector s10 = DoubleVector.zero(SPECIES);
    DoubleVector s11 = DoubleVector.zero(SPECIES);
    DoubleVector s20 = DoubleVector.zero(SPECIES);
    DoubleVector s21 = DoubleVector.zero(SPECIES);
    for (int y = middle; y < end; y += TILE) {
      DoubleVector t00 = DoubleVector.zero(SPECIES);
      DoubleVector t01 = DoubleVector.zero(SPECIES);
      DoubleVector t10 = DoubleVector.zero(SPECIES);
      DoubleVector t11 = DoubleVector.zero(SPECIES);
      DoubleVector t20 = DoubleVector.zero(SPECIES);
      DoubleVector t21 = DoubleVector.zero(SPECIES);
      int at = from;
      for (int x = first; x < middle; x += TILE) {
        DoubleVector x0 = DoubleVector.fromArray(SPECIES, v, x);
        DoubleVector x1 = DoubleVector.fromArray(SPECIES, v, x + LANES);
        DoubleVector w0 = DoubleVector.broadcast(SPECIES, w[at]);
        t00 = x0.fma(w0, t00);
        t01 = x1.fma(w0, t01);
        DoubleVector w1 = DoubleVector.broadcast(SPECIES, w[at + 1]);
        t10 = x0.fma(w1, t10);
        t11 = x1.fma(w1, t11);
        DoubleVector w2 = DoubleVector.broadcast(SPECIES, w[at + 2]);
        t20 = x0.fma(w2, t20);
        t21 = x1.fma(w2, t21);
        at += run * numOut;
      }
      from += numOut;
      DoubleVector y0 = DoubleVector.fromArray(SPECIES, v, y);
      DoubleVector y1 = DoubleVector.fromArray(SPECIES, v, y + LANES);
      s00 = y0.fma(t00, s00);
      s01 = y1.fma(t01, s01);
      s10 = y0.fma(t10, s10);
      s11 = y1.fma(t11, s11);
      s20 = y0.fma(t20, s20);
      s21 = y1.fma(t21, s21);
    }
    s00.intoArray(v, out);
    s01.intoArray(v, out + LANES);
    s10.intoArray(v, out + tile);
    s11.intoArray(v, out + tile + LANES);
    s20.intoArray(v, out + 2 * tile);
    s21.intoArray(v, out + 2 * tile + LANES);
  }

  private static void cross2(
      double[] v,
      int first,
      int numLeft,
      int run,
      double[] w,
      int wFrom,
      int numOut,
      int tile,
      int out) {
    int middle = first + numLeft * TILE;
    int end = middle + run * TILE;
    int from = wFrom;
    DoubleVector s00 = DoubleVector.zero(SPECIES);
    DoubleVector s01 = DoubleVector.zero(SPECIES);
    DoubleVector s10 = DoubleVector.zero(SPECIES);
    DoubleVector s11 = DoubleVector.zero(SPECIES);
    for (int y = middle; y < end; y += TILE) {
      DoubleVector t00 = DoubleVector.zero(SPECIES);
      DoubleVector t01 = DoubleVector.zero(SPECIES);
      DoubleVector t10 = DoubleVector.zero(SPECIES);
      DoubleVector t11 = DoubleVector.zero(SPECIES);
      int at = from;
      for (int x = first; x < middle; x += TILE) {
        DoubleVector x0 = DoubleVector.fromArray(SPECIES, v, x);
        DoubleVector x1 = DoubleVector.fromArray(SPECIES, v, x + LANES);
        DoubleVector w0 = DoubleVector.broadcast(SPECIES, w[at]);
        t00 = x0.fma(w0, t00);
        t01 = x1.fma(w0, t01);
        DoubleVector w1 = DoubleVector.broadcast(SPECIES, w[at + 1]);
        t10 = x0.fma(w1, t10);
        t11 = x1.fma(w1, t11);
        at += run * numOut;
      }
      from += numOut;
      DoubleVector y0 = DoubleVector.fromArray(SPECIES, v, y);
      DoubleVector y1 = DoubleVector.fromArray(SPECIES, v, y + LANES);
      s00 = y0.fma(t00, s00);
      s01 = y1.fma(t01, s01);
      s10 = y0.fma(t10, s10);
      s11 = y1.fma(t11, s11);
    }
    s00.intoArray(v, out);
    s01.intoArray(v, out + LANES);
    s10.intoArray(v, out + tile);
    s11.intoArray(v, out + tile + LANES);
  }

  private static void cross1(
      double[] v, int first, int numLeft, int run, double[] w, int wFrom, int numOut, int out) {
    int middle = first + numLeft * TILE;
    int end = middle + run * TILE;
    int from = wFrom;
    DoubleVector s00 = DoubleVector.zero(SPECIES);
    DoubleVector s01 = DoubleVector.zero(SPECIES);
    for (int y = middle; y < end; y += TILE) {
      DoubleVector t00 = DoubleVector.zero(SPECIES);
      DoubleVector t01 = DoubleVector.zero(SPECIES);
      int at = from;
      for (int x = first; x < middle; x += TILE) {
        DoubleVector x0 = DoubleVector.fromArray(SPECIES, v, x);
        DoubleVector x1 = DoubleVector.fromArray(SPECIES, v, x + LANES);
        DoubleVector w0 = DoubleVector.broadcast(SPECIES, w[at]);
        t00 = x0.fma(w0, t00);
        t01 = x1.fma(w0, t01);
        at += run * numOut;
      }
      from += numOut;
      DoubleVector y0 = DoubleVector.fromArray(SPECIES, v, y);
      DoubleVector y1 = DoubleVector.fromArray(SPECIES, v, y + LANES);
      s00 = y0.fma(t00, s00);
      s01 = y1.fma(t01, s01);
    }
    s00.intoArray(v, out);
    s01.intoArray(v, out + LANES);
  }

  /** Slots that {@link #row} overwrites: sums of second factors, some slack, and first factors. */
  static int rowScratch(int numLeft, int run, int numOut) {
    return run * numOut + LANES + numLeft;
  }

  /** One row; {@code run * numOut} is the lanes of a vector or more. */
  static void row(
      double[] v,
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
    int width = run * numOut;
    int first = scratch + width + LANES;
    for (int i = 0; i < numLeft; i++) {
      v[first + i] = v[left[leftFrom + i]];
    }
    int o = 0;
    for (; o <= width - 6 * LANES; o += 6 * LANES) {
      row6(v, first, numLeft, w, wFrom + o, width, scratch + o);
    }
    for (; o < width; o += LANES) {
      int from = Math.min(o, width - LANES); // the last vector overlaps the one before it
      row1(v, first, numLeft, w, wFrom + from, width, scratch + from);
    }
    if (numOut >= LANES) {
      VectorDoubleDense.wideRow(v, right, run, v, scratch, numOut, out);
      return;
    }
    row1(v, right, run, v, scratch, numOut, scratch);
    System.arraycopy(v, scratch, v, out, numOut);
  }

  /** The first of {@code width} sums over adjacent children. */
  private static void row6(
      double[] v, int first, int n, double[] w, int wFrom, int width, int out) {
    DoubleVector s0 = DoubleVector.zero(SPECIES);
    DoubleVector s1 = DoubleVector.zero(SPECIES);
    DoubleVector s2 = DoubleVector.zero(SPECIES);
    DoubleVector s3 = DoubleVector.zero(SPECIES);
    DoubleVector s4 = DoubleVector.zero(SPECIES);
    DoubleVector s5 = DoubleVector.zero(SPECIES);
    int at = wFrom;
    for (int c = first; c < first + n; c++) {
      DoubleVector x = DoubleVector.broadcast(SPECIES, v[c]);
      s0 = x.fma(DoubleVector.fromArray(SPECIES, w, at), s0);
      s1 = x.fma(DoubleVector.fromArray(SPECIES, w, at + LANES), s1);
      s2 = x.fma(DoubleVector.fromArray(SPECIES, w, at + 2 * LANES), s2);
      s3 = x.fma(DoubleVector.fromArray(SPECIES, w, at + 3 * LANES), s3);
      s4 = x.fma(DoubleVector.fromArray(SPECIES, w, at + 4 * LANES), s4);
      s5 = x.fma(DoubleVector.fromArray(SPECIES, w, at + 5 * LANES), s5);
      at += width;
    }
    s0.intoArray(v, out);
    s1.intoArray(v, out + LANES);
    s2.intoArray(v, out + 2 * LANES);
    s3.intoArray(v, out + 3 * LANES);
    s4.intoArray(v, out + 4 * LANES);
    s5.intoArray(v, out + 5 * LANES);
  }

  private static void row1(
      double[] v, int first, int n, double[] w, int wFrom, int width, int out) {
    DoubleVector s0 = DoubleVector.zero(SPECIES);
    int at = wFrom;
    for (int c = first; c < first + n; c++) {
      s0 = DoubleVector.broadcast(SPECIES, v[c]).fma(DoubleVector.fromArray(SPECIES, w, at), s0);
      at += width;
    }
    s0.intoArray(v, out);
  }
}
