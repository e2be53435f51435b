package org.ugmm.engine.kernel;

import static org.ugmm.engine.kernel.VectorDoubleMath.LANES;
import static org.ugmm.engine.kernel.VectorDoubleMath.SPECIES;

import jdk.incubator.vector.DoubleVector;

/** Derivatives on vectors. */
final class VectorDownward extends ScalarDownward {
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
    DoubleVector sum = DoubleVector.zero(SPECIES);
    for (int i = c; i < end; i++) {
      int right = b[i] * tile + row;
      DoubleVector p = DoubleVector.fromArray(SPECIES, d, (from + i) * tile + row);
      sum = p.fma(DoubleVector.fromArray(SPECIES, v, right), sum);
      p.fma(value, DoubleVector.fromArray(SPECIES, d, right)).intoArray(d, right);
    }
    sum.add(DoubleVector.fromArray(SPECIES, d, left)).intoArray(d, left);
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
    } else if (tile % (4 * LANES) == 0) {
      for (int u = 0; u < out.length; u++) {
        for (int row = 0; row < tile; row += 4 * LANES) {
          gatherFour(v, d, tile, row, start[u], start[u + 1], out[u] * tile, above, sibling, w);
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

  private static void gatherFour(
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
    }
    sum0.intoArray(d, out + row);
    sum1.intoArray(d, out + row + LANES);
    sum2.intoArray(d, out + row + 2 * LANES);
    sum3.intoArray(d, out + row + 3 * LANES);
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
