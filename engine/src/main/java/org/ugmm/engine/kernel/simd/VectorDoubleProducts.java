package org.ugmm.engine.kernel.simd;

import static org.ugmm.engine.kernel.simd.VectorDoubleMath.LANES;
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.SPECIES;

import jdk.incubator.vector.DoubleVector;

// The float twin of this class is derived from it at build.
/**
 * The inner loops of products of Gaussian leaves in double precision on vectors: two units or one
 * over two vectors of rows that stand with a constant stride, or one row with lanes across units.
 */
final class VectorDoubleProducts {
  /** Rows that are taken at a time. */
  private static final int TILE = 2 * LANES;

  private VectorDoubleProducts() {}

  static void pair(
      double[] v,
      int first,
      int n,
      double[] coef,
      int from,
      double[] constant,
      int j,
      int out0,
      int out1) {
    DoubleVector s00 = DoubleVector.broadcast(SPECIES, constant[j]);
    DoubleVector s01 = DoubleVector.broadcast(SPECIES, constant[j]);
    DoubleVector s10 = DoubleVector.broadcast(SPECIES, constant[j + 1]);
    DoubleVector s11 = DoubleVector.broadcast(SPECIES, constant[j + 1]);
    int at = from;
    int end = first + n * TILE;
    for (int row = first; row < end; row += TILE) {
      DoubleVector x0 = DoubleVector.fromArray(SPECIES, v, row);
      DoubleVector x1 = DoubleVector.fromArray(SPECIES, v, row + LANES);
      DoubleVector a0 = DoubleVector.broadcast(SPECIES, coef[at]);
      DoubleVector m0 = DoubleVector.broadcast(SPECIES, coef[at + LANES]);
      DoubleVector d00 = x0.sub(m0);
      s00 = d00.mul(a0).fma(d00, s00);
      DoubleVector d01 = x1.sub(m0);
      s01 = d01.mul(a0).fma(d01, s01);
      DoubleVector a1 = DoubleVector.broadcast(SPECIES, coef[at + 1]);
      DoubleVector m1 = DoubleVector.broadcast(SPECIES, coef[at + 1 + LANES]);
      DoubleVector d10 = x0.sub(m1);
      s10 = d10.mul(a1).fma(d10, s10);
      DoubleVector d11 = x1.sub(m1);
      s11 = d11.mul(a1).fma(d11, s11);
      at += 3 * LANES;
    }
    s00.intoArray(v, out0);
    s01.intoArray(v, out0 + LANES);
    s10.intoArray(v, out1);
    s11.intoArray(v, out1 + LANES);
  }

  static void one(
      double[] v, int first, int n, double[] coef, int from, double[] constant, int j, int out0) {
    DoubleVector s00 = DoubleVector.broadcast(SPECIES, constant[j]);
    DoubleVector s01 = DoubleVector.broadcast(SPECIES, constant[j]);
    int at = from;
    int end = first + n * TILE;
    for (int row = first; row < end; row += TILE) {
      DoubleVector x0 = DoubleVector.fromArray(SPECIES, v, row);
      DoubleVector x1 = DoubleVector.fromArray(SPECIES, v, row + LANES);
      DoubleVector a0 = DoubleVector.broadcast(SPECIES, coef[at]);
      DoubleVector m0 = DoubleVector.broadcast(SPECIES, coef[at + 1]);
      DoubleVector d00 = x0.sub(m0);
      s00 = d00.mul(a0).fma(d00, s00);
      DoubleVector d01 = x1.sub(m0);
      s01 = d01.mul(a0).fma(d01, s01);
      at += 3;
    }
    s00.intoArray(v, out0);
    s01.intoArray(v, out0 + LANES);
  }

  static void row(double[] v, int[] x, double[] coef, int from, double[] constant, int j, int out) {
    DoubleVector s = DoubleVector.fromArray(SPECIES, constant, j);
    for (int k = 0; k < x.length; k++) {
      int at = from + k * (3 * LANES);
      DoubleVector d =
          DoubleVector.broadcast(SPECIES, v[x[k]])
              .sub(DoubleVector.fromArray(SPECIES, coef, at + LANES));
      s = d.mul(DoubleVector.fromArray(SPECIES, coef, at)).fma(d, s);
    }
    s.intoArray(v, out);
  }

  static void pairObserved(
      double[] v,
      int first,
      int maskShift,
      int n,
      double[] coef,
      int from,
      double[] constant,
      int j,
      int out0,
      int out1) {
    DoubleVector s00 = DoubleVector.broadcast(SPECIES, constant[j]);
    DoubleVector s01 = DoubleVector.broadcast(SPECIES, constant[j]);
    DoubleVector s10 = DoubleVector.broadcast(SPECIES, constant[j + 1]);
    DoubleVector s11 = DoubleVector.broadcast(SPECIES, constant[j + 1]);
    int at = from;
    int end = first + n * TILE;
    for (int row = first; row < end; row += TILE) {
      int mask = row + maskShift;
      DoubleVector x0 = DoubleVector.fromArray(SPECIES, v, row);
      DoubleVector o0 = DoubleVector.fromArray(SPECIES, v, mask);
      DoubleVector x1 = DoubleVector.fromArray(SPECIES, v, row + LANES);
      DoubleVector o1 = DoubleVector.fromArray(SPECIES, v, mask + LANES);
      DoubleVector a0 = DoubleVector.broadcast(SPECIES, coef[at]);
      DoubleVector m0 = DoubleVector.broadcast(SPECIES, coef[at + LANES]);
      DoubleVector c0 = DoubleVector.broadcast(SPECIES, coef[at + 2 * LANES]);
      DoubleVector d00 = x0.sub(m0);
      s00 = d00.mul(a0).fma(d00, c0).fma(o0, s00);
      DoubleVector d01 = x1.sub(m0);
      s01 = d01.mul(a0).fma(d01, c0).fma(o1, s01);
      DoubleVector a1 = DoubleVector.broadcast(SPECIES, coef[at + 1]);
      DoubleVector m1 = DoubleVector.broadcast(SPECIES, coef[at + 1 + LANES]);
      DoubleVector c1 = DoubleVector.broadcast(SPECIES, coef[at + 1 + 2 * LANES]);
      DoubleVector d10 = x0.sub(m1);
      s10 = d10.mul(a1).fma(d10, c1).fma(o0, s10);
      DoubleVector d11 = x1.sub(m1);
      s11 = d11.mul(a1).fma(d11, c1).fma(o1, s11);
      at += 3 * LANES;
    }
    s00.intoArray(v, out0);
    s01.intoArray(v, out0 + LANES);
    s10.intoArray(v, out1);
    s11.intoArray(v, out1 + LANES);
  }

  static void oneObserved(
      double[] v,
      int first,
      int maskShift,
      int n,
      double[] coef,
      int from,
      double[] constant,
      int j,
      int out0) {
    DoubleVector s00 = DoubleVector.broadcast(SPECIES, constant[j]);
    DoubleVector s01 = DoubleVector.broadcast(SPECIES, constant[j]);
    int at = from;
    int end = first + n * TILE;
    for (int row = first; row < end; row += TILE) {
      int mask = row + maskShift;
      DoubleVector x0 = DoubleVector.fromArray(SPECIES, v, row);
      DoubleVector o0 = DoubleVector.fromArray(SPECIES, v, mask);
      DoubleVector x1 = DoubleVector.fromArray(SPECIES, v, row + LANES);
      DoubleVector o1 = DoubleVector.fromArray(SPECIES, v, mask + LANES);
      DoubleVector a0 = DoubleVector.broadcast(SPECIES, coef[at]);
      DoubleVector m0 = DoubleVector.broadcast(SPECIES, coef[at + 1]);
      DoubleVector c0 = DoubleVector.broadcast(SPECIES, coef[at + 2]);
      DoubleVector d00 = x0.sub(m0);
      s00 = d00.mul(a0).fma(d00, c0).fma(o0, s00);
      DoubleVector d01 = x1.sub(m0);
      s01 = d01.mul(a0).fma(d01, c0).fma(o1, s01);
      at += 3;
    }
    s00.intoArray(v, out0);
    s01.intoArray(v, out0 + LANES);
  }

  static void rowObserved(
      double[] v,
      int[] x,
      int maskShift,
      double[] coef,
      int from,
      double[] constant,
      int j,
      int out) {
    DoubleVector s = DoubleVector.fromArray(SPECIES, constant, j);
    for (int k = 0; k < x.length; k++) {
      int at = from + k * (3 * LANES);
      DoubleVector d =
          DoubleVector.broadcast(SPECIES, v[x[k]])
              .sub(DoubleVector.fromArray(SPECIES, coef, at + LANES));
      DoubleVector c = DoubleVector.fromArray(SPECIES, coef, at + 2 * LANES);
      DoubleVector mask = DoubleVector.broadcast(SPECIES, v[x[k] + maskShift]);
      s = d.mul(DoubleVector.fromArray(SPECIES, coef, at)).fma(d, c).fma(mask, s);
    }
    s.intoArray(v, out);
  }
}
