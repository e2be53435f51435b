package org.ugmm.engine.kernel.simd;

import static org.ugmm.engine.kernel.simd.VectorDoubleMath.LANES;
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.SPECIES;

import jdk.incubator.vector.DoubleVector;
import org.ugmm.engine.kernel.scalar.ScalarDownward;

/** Derivatives on vectors. */
public final class VectorDownward extends ScalarDownward {
  /** Rows that sums of products take at a time. */
  private static final int TILE = 2 * LANES;

  @Override
  public void add(double[] d, int tile, int[] in, int from) {
    if (tile < LANES) {
      super.add(d, tile, in, from);
      return;
    }
    for (int c = 0; c < in.length; c++) {
      int out = in[c] * tile;
      int above = (from + c) * tile;
      for (int row = 0; row < tile; row += LANES) {
        DoubleVector.fromArray(SPECIES, d, out + row)
            .add(DoubleVector.fromArray(SPECIES, d, above + row))
            .intoArray(d, out + row);
      }
    }
  }

  @Override
  public void cross(double[] v, double[] d, int tile, int[] a, int[] b, int from) {
    if (tile < LANES) {
      super.cross(v, d, tile, a, b, from);
      return;
    }
    int c = 0;
    while (c < a.length) {
      if (a[c] == b[c]) {
        handOut(v, d, tile, a[c] * tile, b[c] * tile, (from + c) * tile);
        c++;
        continue;
      }
      int end = c + 1;
      while (end < a.length && a[end] == a[c] && b[end] != a[c]) {
        end++;
      }
      for (int row = 0; row < tile; row += LANES) {
        run(v, d, tile, row, a[c] * tile + row, b, c, end, from);
      }
      c = end;
    }
  }

  /** Products that share their first factor, whose derivative stays in a register. */
  private static void run(
      double[] v, double[] d, int tile, int row, int left, int[] b, int c, int end, int from) {
    DoubleVector value = DoubleVector.fromArray(SPECIES, v, left);
    DoubleVector sum = DoubleVector.fromArray(SPECIES, d, left);
    for (int i = c; i < end; i++) {
      int right = b[i] * tile + row;
      DoubleVector p = DoubleVector.fromArray(SPECIES, d, (from + i) * tile + row);
      sum = p.fma(DoubleVector.fromArray(SPECIES, v, right), sum);
      p.fma(value, DoubleVector.fromArray(SPECIES, d, right)).intoArray(d, right);
    }
    sum.intoArray(d, left);
  }

  @Override
  public void productSums(
      double[] v,
      double[] d,
      int tile,
      int[] a,
      int[] b,
      int run,
      double[] w,
      int units,
      int numUnits,
      int factor,
      int scratch) {
    if (tile == 1 && run >= LANES) {
      scale(v, d, 1, units, numUnits, factor, scratch);
      int sums = scratch + numUnits;
      for (int c = 0; c < a.length; c += run) {
        VectorDoubleDense.wideRow(d, scratch, numUnits, w, c * numUnits, run, sums);
        runOfRow(v, d, a[c], b[c], run, sums);
      }
      return;
    }
    if (tile % TILE != 0) {
      super.productSums(v, d, tile, a, b, run, w, units, numUnits, factor, scratch);
      return;
    }
    int first = scratch * tile;
    for (int row = 0; row < tile; row += TILE) {
      scale(v, d, tile, row, units, numUnits, factor, first);
      for (int c = 0; c < a.length; c += run) {
        int left = a[c] * tile + row;
        int right = b[c] * tile + row;
        for (int i = 0; i < run; ) {
          int at = c * numUnits + i;
          int to = right + i * tile;
          int rest = run - i;
          if (rest % 5 == 0) {
            five(v, d, tile, first, numUnits, w, at, run, left, to);
            i += 5;
          } else if (rest >= 4) {
            four(v, d, tile, first, numUnits, w, at, run, left, to);
            i += 4;
          } else {
            one(v, d, first, numUnits, w, at, run, left, to);
            i++;
          }
        }
      }
    }
  }

  /** The derivatives of sums laid out with a stride of {@link #TILE}. */
  private static void scale(
      double[] v, double[] d, int tile, int row, int units, int numUnits, int factor, int to) {
    DoubleVector scale0 = DoubleVector.broadcast(SPECIES, 1);
    DoubleVector scale1 = scale0;
    if (factor >= 0) {
      scale0 = DoubleVector.fromArray(SPECIES, v, factor * tile + row);
      scale1 = DoubleVector.fromArray(SPECIES, v, factor * tile + row + LANES);
    }
    for (int j = 0; j < numUnits; j++) {
      int at = (units + j) * tile + row;
      DoubleVector.fromArray(SPECIES, d, at).mul(scale0).intoArray(d, to + j * TILE);
      DoubleVector.fromArray(SPECIES, d, at + LANES)
          .mul(scale1)
          .intoArray(d, to + j * TILE + LANES);
    }
  }

  private static void five(
      double[] v,
      double[] d,
      int tile,
      int first,
      int numUnits,
      double[] w,
      int wFrom,
      int run,
      int left,
      int right) {
    DoubleVector p00 = DoubleVector.zero(SPECIES);
    DoubleVector p01 = DoubleVector.zero(SPECIES);
    DoubleVector p10 = DoubleVector.zero(SPECIES);
    DoubleVector p11 = DoubleVector.zero(SPECIES);
    DoubleVector p20 = DoubleVector.zero(SPECIES);
    DoubleVector p21 = DoubleVector.zero(SPECIES);
    DoubleVector p30 = DoubleVector.zero(SPECIES);
    DoubleVector p31 = DoubleVector.zero(SPECIES);
    DoubleVector p40 = DoubleVector.zero(SPECIES);
    DoubleVector p41 = DoubleVector.zero(SPECIES);
    int at = wFrom;
    int end = first + numUnits * TILE;
    for (int unit = first; unit < end; unit += TILE) {
      DoubleVector x0 = DoubleVector.fromArray(SPECIES, d, unit);
      DoubleVector x1 = DoubleVector.fromArray(SPECIES, d, unit + LANES);
      DoubleVector w0 = DoubleVector.broadcast(SPECIES, w[at]);
      p00 = x0.fma(w0, p00);
      p01 = x1.fma(w0, p01);
      DoubleVector w1 = DoubleVector.broadcast(SPECIES, w[at + 1]);
      p10 = x0.fma(w1, p10);
      p11 = x1.fma(w1, p11);
      DoubleVector w2 = DoubleVector.broadcast(SPECIES, w[at + 2]);
      p20 = x0.fma(w2, p20);
      p21 = x1.fma(w2, p21);
      DoubleVector w3 = DoubleVector.broadcast(SPECIES, w[at + 3]);
      p30 = x0.fma(w3, p30);
      p31 = x1.fma(w3, p31);
      DoubleVector w4 = DoubleVector.broadcast(SPECIES, w[at + 4]);
      p40 = x0.fma(w4, p40);
      p41 = x1.fma(w4, p41);
      at += run;
    }
    DoubleVector v0 = DoubleVector.fromArray(SPECIES, v, left);
    DoubleVector v1 = DoubleVector.fromArray(SPECIES, v, left + LANES);
    DoubleVector s0 = DoubleVector.fromArray(SPECIES, d, left);
    DoubleVector s1 = DoubleVector.fromArray(SPECIES, d, left + LANES);
    int to = right;
    s0 = p00.fma(DoubleVector.fromArray(SPECIES, v, to), s0);
    s1 = p01.fma(DoubleVector.fromArray(SPECIES, v, to + LANES), s1);
    p00.fma(v0, DoubleVector.fromArray(SPECIES, d, to)).intoArray(d, to);
    p01.fma(v1, DoubleVector.fromArray(SPECIES, d, to + LANES)).intoArray(d, to + LANES);
    to += tile;
    s0 = p10.fma(DoubleVector.fromArray(SPECIES, v, to), s0);
    s1 = p11.fma(DoubleVector.fromArray(SPECIES, v, to + LANES), s1);
    p10.fma(v0, DoubleVector.fromArray(SPECIES, d, to)).intoArray(d, to);
    p11.fma(v1, DoubleVector.fromArray(SPECIES, d, to + LANES)).intoArray(d, to + LANES);
    to += tile;
    s0 = p20.fma(DoubleVector.fromArray(SPECIES, v, to), s0);
    s1 = p21.fma(DoubleVector.fromArray(SPECIES, v, to + LANES), s1);
    p20.fma(v0, DoubleVector.fromArray(SPECIES, d, to)).intoArray(d, to);
    p21.fma(v1, DoubleVector.fromArray(SPECIES, d, to + LANES)).intoArray(d, to + LANES);
    to += tile;
    s0 = p30.fma(DoubleVector.fromArray(SPECIES, v, to), s0);
    s1 = p31.fma(DoubleVector.fromArray(SPECIES, v, to + LANES), s1);
    p30.fma(v0, DoubleVector.fromArray(SPECIES, d, to)).intoArray(d, to);
    p31.fma(v1, DoubleVector.fromArray(SPECIES, d, to + LANES)).intoArray(d, to + LANES);
    to += tile;
    s0 = p40.fma(DoubleVector.fromArray(SPECIES, v, to), s0);
    s1 = p41.fma(DoubleVector.fromArray(SPECIES, v, to + LANES), s1);
    p40.fma(v0, DoubleVector.fromArray(SPECIES, d, to)).intoArray(d, to);
    p41.fma(v1, DoubleVector.fromArray(SPECIES, d, to + LANES)).intoArray(d, to + LANES);
    s0.intoArray(d, left);
    s1.intoArray(d, left + LANES);
  }

  private static void four(
      double[] v,
      double[] d,
      int tile,
      int first,
      int numUnits,
      double[] w,
      int wFrom,
      int run,
      int left,
      int right) {
    DoubleVector p00 = DoubleVector.zero(SPECIES);
    DoubleVector p01 = DoubleVector.zero(SPECIES);
    DoubleVector p10 = DoubleVector.zero(SPECIES);
    DoubleVector p11 = DoubleVector.zero(SPECIES);
    DoubleVector p20 = DoubleVector.zero(SPECIES);
    DoubleVector p21 = DoubleVector.zero(SPECIES);
    DoubleVector p30 = DoubleVector.zero(SPECIES);
    DoubleVector p31 = DoubleVector.zero(SPECIES);
    int at = wFrom;
    int end = first + numUnits * TILE;
    for (int unit = first; unit < end; unit += TILE) {
      DoubleVector x0 = DoubleVector.fromArray(SPECIES, d, unit);
      DoubleVector x1 = DoubleVector.fromArray(SPECIES, d, unit + LANES);
      DoubleVector w0 = DoubleVector.broadcast(SPECIES, w[at]);
      p00 = x0.fma(w0, p00);
      p01 = x1.fma(w0, p01);
      DoubleVector w1 = DoubleVector.broadcast(SPECIES, w[at + 1]);
      p10 = x0.fma(w1, p10);
      p11 = x1.fma(w1, p11);
      DoubleVector w2 = DoubleVector.broadcast(SPECIES, w[at + 2]);
      p20 = x0.fma(w2, p20);
      p21 = x1.fma(w2, p21);
      DoubleVector w3 = DoubleVector.broadcast(SPECIES, w[at + 3]);
      p30 = x0.fma(w3, p30);
      p31 = x1.fma(w3, p31);
      at += run;
    }
    DoubleVector v0 = DoubleVector.fromArray(SPECIES, v, left);
    DoubleVector v1 = DoubleVector.fromArray(SPECIES, v, left + LANES);
    DoubleVector s0 = DoubleVector.fromArray(SPECIES, d, left);
    DoubleVector s1 = DoubleVector.fromArray(SPECIES, d, left + LANES);
    int to = right;
    s0 = p00.fma(DoubleVector.fromArray(SPECIES, v, to), s0);
    s1 = p01.fma(DoubleVector.fromArray(SPECIES, v, to + LANES), s1);
    p00.fma(v0, DoubleVector.fromArray(SPECIES, d, to)).intoArray(d, to);
    p01.fma(v1, DoubleVector.fromArray(SPECIES, d, to + LANES)).intoArray(d, to + LANES);
    to += tile;
    s0 = p10.fma(DoubleVector.fromArray(SPECIES, v, to), s0);
    s1 = p11.fma(DoubleVector.fromArray(SPECIES, v, to + LANES), s1);
    p10.fma(v0, DoubleVector.fromArray(SPECIES, d, to)).intoArray(d, to);
    p11.fma(v1, DoubleVector.fromArray(SPECIES, d, to + LANES)).intoArray(d, to + LANES);
    to += tile;
    s0 = p20.fma(DoubleVector.fromArray(SPECIES, v, to), s0);
    s1 = p21.fma(DoubleVector.fromArray(SPECIES, v, to + LANES), s1);
    p20.fma(v0, DoubleVector.fromArray(SPECIES, d, to)).intoArray(d, to);
    p21.fma(v1, DoubleVector.fromArray(SPECIES, d, to + LANES)).intoArray(d, to + LANES);
    to += tile;
    s0 = p30.fma(DoubleVector.fromArray(SPECIES, v, to), s0);
    s1 = p31.fma(DoubleVector.fromArray(SPECIES, v, to + LANES), s1);
    p30.fma(v0, DoubleVector.fromArray(SPECIES, d, to)).intoArray(d, to);
    p31.fma(v1, DoubleVector.fromArray(SPECIES, d, to + LANES)).intoArray(d, to + LANES);
    s0.intoArray(d, left);
    s1.intoArray(d, left + LANES);
  }

  private static void one(
      double[] v,
      double[] d,
      int first,
      int numUnits,
      double[] w,
      int wFrom,
      int run,
      int left,
      int right) {
    DoubleVector p00 = DoubleVector.zero(SPECIES);
    DoubleVector p01 = DoubleVector.zero(SPECIES);
    int at = wFrom;
    int end = first + numUnits * TILE;
    for (int unit = first; unit < end; unit += TILE) {
      DoubleVector w0 = DoubleVector.broadcast(SPECIES, w[at]);
      p00 = DoubleVector.fromArray(SPECIES, d, unit).fma(w0, p00);
      p01 = DoubleVector.fromArray(SPECIES, d, unit + LANES).fma(w0, p01);
      at += run;
    }
    DoubleVector v0 = DoubleVector.fromArray(SPECIES, v, left);
    DoubleVector v1 = DoubleVector.fromArray(SPECIES, v, left + LANES);
    DoubleVector s0 = DoubleVector.fromArray(SPECIES, d, left);
    DoubleVector s1 = DoubleVector.fromArray(SPECIES, d, left + LANES);
    int to = right;
    s0 = p00.fma(DoubleVector.fromArray(SPECIES, v, to), s0);
    s1 = p01.fma(DoubleVector.fromArray(SPECIES, v, to + LANES), s1);
    p00.fma(v0, DoubleVector.fromArray(SPECIES, d, to)).intoArray(d, to);
    p01.fma(v1, DoubleVector.fromArray(SPECIES, d, to + LANES)).intoArray(d, to + LANES);
    s0.intoArray(d, left);
    s1.intoArray(d, left + LANES);
  }

  /** One row: a run of products that share their first factor. */
  private static void runOfRow(double[] v, double[] d, int left, int right, int run, int from) {
    double sum = d[left];
    for (int i = 0; i < run; i++) {
      sum = Math.fma(d[from + i], v[right + i], sum);
    }
    d[left] = sum;
    int i = 0;
    DoubleVector value = DoubleVector.broadcast(SPECIES, v[left]);
    for (; i + LANES <= run; i += LANES) {
      DoubleVector.fromArray(SPECIES, d, from + i)
          .fma(value, DoubleVector.fromArray(SPECIES, d, right + i))
          .intoArray(d, right + i);
    }
    for (; i < run; i++) {
      d[right + i] = Math.fma(d[from + i], v[left], d[right + i]);
    }
  }

  @Override
  public void moments(double[] d, int tile, int[] in, double[] w, int out) {
    if (tile % TILE != 0) {
      super.moments(d, tile, in, w, out);
      return;
    }
    for (int row = 0; row < tile; row += TILE) {
      DoubleVector s00 = DoubleVector.zero(SPECIES);
      DoubleVector s01 = DoubleVector.zero(SPECIES);
      DoubleVector s10 = DoubleVector.zero(SPECIES);
      DoubleVector s11 = DoubleVector.zero(SPECIES);
      DoubleVector s20 = DoubleVector.zero(SPECIES);
      DoubleVector s21 = DoubleVector.zero(SPECIES);
      for (int c = 0; c < in.length; c++) {
        DoubleVector x0 = DoubleVector.fromArray(SPECIES, d, in[c] * tile + row);
        DoubleVector x1 = DoubleVector.fromArray(SPECIES, d, in[c] * tile + row + LANES);
        DoubleVector w0 = DoubleVector.broadcast(SPECIES, w[3 * c]);
        s00 = x0.fma(w0, s00);
        s01 = x1.fma(w0, s01);
        DoubleVector w1 = DoubleVector.broadcast(SPECIES, w[3 * c + 1]);
        s10 = x0.fma(w1, s10);
        s11 = x1.fma(w1, s11);
        DoubleVector w2 = DoubleVector.broadcast(SPECIES, w[3 * c + 2]);
        s20 = x0.fma(w2, s20);
        s21 = x1.fma(w2, s21);
      }
      int to = out * tile + row;
      s00.intoArray(d, to);
      s01.intoArray(d, to + LANES);
      s10.intoArray(d, to + tile);
      s11.intoArray(d, to + tile + LANES);
      s20.intoArray(d, to + 2 * tile);
      s21.intoArray(d, to + 2 * tile + LANES);
    }
  }

  @Override
  public void gather(
      double[] v,
      double[] d,
      int tile,
      int[] start,
      int[] out,
      int[] above,
      int[] sibling,
      double[] w) {
    if (tile < LANES) {
      super.gather(v, d, tile, start, out, above, sibling, w);
    } else if (tile % (8 * LANES) == 0) {
      for (int u = 0; u < out.length; u++) {
        for (int row = 0; row < tile; row += 8 * LANES) {
          gatherEight(v, d, tile, row, start[u], start[u + 1], out[u] * tile, above, sibling, w);
        }
      }
    } else {
      for (int u = 0; u < out.length; u++) {
        for (int row = 0; row < tile; row += LANES) {
          gatherOne(v, d, tile, row, start[u], start[u + 1], out[u] * tile, above, sibling, w);
        }
      }
    }
  }

  private static void gatherEight(
      double[] v,
      double[] d,
      int tile,
      int row,
      int from,
      int to,
      int out,
      int[] above,
      int[] sibling,
      double[] w) {
    DoubleVector sum0 = DoubleVector.zero(SPECIES);
    DoubleVector sum1 = sum0;
    DoubleVector sum2 = sum0;
    DoubleVector sum3 = sum0;
    DoubleVector sum4 = sum0;
    DoubleVector sum5 = sum0;
    DoubleVector sum6 = sum0;
    DoubleVector sum7 = sum0;
    for (int e = from; e < to; e++) {
      int flow = above[e] * tile + row;
      int value = sibling[e] * tile + row;
      DoubleVector weight = DoubleVector.broadcast(SPECIES, w[e]);
      sum0 =
          DoubleVector.fromArray(SPECIES, d, flow)
              .mul(DoubleVector.fromArray(SPECIES, v, value))
              .fma(weight, sum0);
      sum1 =
          DoubleVector.fromArray(SPECIES, d, flow + LANES)
              .mul(DoubleVector.fromArray(SPECIES, v, value + LANES))
              .fma(weight, sum1);
      sum2 =
          DoubleVector.fromArray(SPECIES, d, flow + 2 * LANES)
              .mul(DoubleVector.fromArray(SPECIES, v, value + 2 * LANES))
              .fma(weight, sum2);
      sum3 =
          DoubleVector.fromArray(SPECIES, d, flow + 3 * LANES)
              .mul(DoubleVector.fromArray(SPECIES, v, value + 3 * LANES))
              .fma(weight, sum3);
      sum4 =
          DoubleVector.fromArray(SPECIES, d, flow + 4 * LANES)
              .mul(DoubleVector.fromArray(SPECIES, v, value + 4 * LANES))
              .fma(weight, sum4);
      sum5 =
          DoubleVector.fromArray(SPECIES, d, flow + 5 * LANES)
              .mul(DoubleVector.fromArray(SPECIES, v, value + 5 * LANES))
              .fma(weight, sum5);
      sum6 =
          DoubleVector.fromArray(SPECIES, d, flow + 6 * LANES)
              .mul(DoubleVector.fromArray(SPECIES, v, value + 6 * LANES))
              .fma(weight, sum6);
      sum7 =
          DoubleVector.fromArray(SPECIES, d, flow + 7 * LANES)
              .mul(DoubleVector.fromArray(SPECIES, v, value + 7 * LANES))
              .fma(weight, sum7);
    }
    sum0.intoArray(d, out + row);
    sum1.intoArray(d, out + row + LANES);
    sum2.intoArray(d, out + row + 2 * LANES);
    sum3.intoArray(d, out + row + 3 * LANES);
    sum4.intoArray(d, out + row + 4 * LANES);
    sum5.intoArray(d, out + row + 5 * LANES);
    sum6.intoArray(d, out + row + 6 * LANES);
    sum7.intoArray(d, out + row + 7 * LANES);
  }

  private static void gatherOne(
      double[] v,
      double[] d,
      int tile,
      int row,
      int from,
      int to,
      int out,
      int[] above,
      int[] sibling,
      double[] w) {
    DoubleVector sum = DoubleVector.zero(SPECIES);
    for (int e = from; e < to; e++) {
      sum =
          DoubleVector.fromArray(SPECIES, d, above[e] * tile + row)
              .mul(DoubleVector.fromArray(SPECIES, v, sibling[e] * tile + row))
              .fma(DoubleVector.broadcast(SPECIES, w[e]), sum);
    }
    sum.intoArray(d, out + row);
  }
}
