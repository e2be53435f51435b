package org.ugmm.engine.kernel;

import static org.ugmm.engine.kernel.VectorFloatMath.LANES;
import static org.ugmm.engine.kernel.VectorFloatMath.SPECIES;

import jdk.incubator.vector.FloatVector;

/**
 * The inner loops of products of Gaussian leaves in single precision on vectors: two units or one
 * over two vectors of rows that stand with a constant stride, or one row with lanes across units.
 */
final class VectorFloatProducts {
  /** Rows that are taken at a time. */
  private static final int TILE = 2 * LANES;

  private VectorFloatProducts() {}

  static void pair(
      float[] v,
      int first,
      int n,
      float[] coef,
      int from,
      float[] constant,
      int j,
      int out0,
      int out1) {
    FloatVector s00 = FloatVector.broadcast(SPECIES, constant[j]);
    FloatVector s01 = FloatVector.broadcast(SPECIES, constant[j]);
    FloatVector s10 = FloatVector.broadcast(SPECIES, constant[j + 1]);
    FloatVector s11 = FloatVector.broadcast(SPECIES, constant[j + 1]);
    int at = from;
    int end = first + n * TILE;
    for (int row = first; row < end; row += TILE) {
      FloatVector x0 = FloatVector.fromArray(SPECIES, v, row);
      FloatVector x1 = FloatVector.fromArray(SPECIES, v, row + LANES);
      FloatVector a0 = FloatVector.broadcast(SPECIES, coef[at]);
      FloatVector m0 = FloatVector.broadcast(SPECIES, coef[at + LANES]);
      FloatVector d00 = x0.sub(m0);
      s00 = d00.mul(a0).fma(d00, s00);
      FloatVector d01 = x1.sub(m0);
      s01 = d01.mul(a0).fma(d01, s01);
      FloatVector a1 = FloatVector.broadcast(SPECIES, coef[at + 1]);
      FloatVector m1 = FloatVector.broadcast(SPECIES, coef[at + 1 + LANES]);
      FloatVector d10 = x0.sub(m1);
      s10 = d10.mul(a1).fma(d10, s10);
      FloatVector d11 = x1.sub(m1);
      s11 = d11.mul(a1).fma(d11, s11);
      at += 3 * LANES;
    }
    s00.intoArray(v, out0);
    s01.intoArray(v, out0 + LANES);
    s10.intoArray(v, out1);
    s11.intoArray(v, out1 + LANES);
  }

  static void one(
      float[] v, int first, int n, float[] coef, int from, float[] constant, int j, int out0) {
    FloatVector s00 = FloatVector.broadcast(SPECIES, constant[j]);
    FloatVector s01 = FloatVector.broadcast(SPECIES, constant[j]);
    int at = from;
    int end = first + n * TILE;
    for (int row = first; row < end; row += TILE) {
      FloatVector x0 = FloatVector.fromArray(SPECIES, v, row);
      FloatVector x1 = FloatVector.fromArray(SPECIES, v, row + LANES);
      FloatVector a0 = FloatVector.broadcast(SPECIES, coef[at]);
      FloatVector m0 = FloatVector.broadcast(SPECIES, coef[at + 1]);
      FloatVector d00 = x0.sub(m0);
      s00 = d00.mul(a0).fma(d00, s00);
      FloatVector d01 = x1.sub(m0);
      s01 = d01.mul(a0).fma(d01, s01);
      at += 3;
    }
    s00.intoArray(v, out0);
    s01.intoArray(v, out0 + LANES);
  }

  static void row(float[] v, int[] x, float[] coef, int from, float[] constant, int j, int out) {
    FloatVector s = FloatVector.fromArray(SPECIES, constant, j);
    for (int k = 0; k < x.length; k++) {
      int at = from + k * (3 * LANES);
      FloatVector d =
          FloatVector.broadcast(SPECIES, v[x[k]])
              .sub(FloatVector.fromArray(SPECIES, coef, at + LANES));
      s = d.mul(FloatVector.fromArray(SPECIES, coef, at)).fma(d, s);
    }
    s.intoArray(v, out);
  }

  static void pairObserved(
      float[] v,
      int first,
      int maskShift,
      int n,
      float[] coef,
      int from,
      float[] constant,
      int j,
      int out0,
      int out1) {
    FloatVector s00 = FloatVector.broadcast(SPECIES, constant[j]);
    FloatVector s01 = FloatVector.broadcast(SPECIES, constant[j]);
    FloatVector s10 = FloatVector.broadcast(SPECIES, constant[j + 1]);
    FloatVector s11 = FloatVector.broadcast(SPECIES, constant[j + 1]);
    int at = from;
    int end = first + n * TILE;
    for (int row = first; row < end; row += TILE) {
      int mask = row + maskShift;
      FloatVector x0 = FloatVector.fromArray(SPECIES, v, row);
      FloatVector o0 = FloatVector.fromArray(SPECIES, v, mask);
      FloatVector x1 = FloatVector.fromArray(SPECIES, v, row + LANES);
      FloatVector o1 = FloatVector.fromArray(SPECIES, v, mask + LANES);
      FloatVector a0 = FloatVector.broadcast(SPECIES, coef[at]);
      FloatVector m0 = FloatVector.broadcast(SPECIES, coef[at + LANES]);
      FloatVector c0 = FloatVector.broadcast(SPECIES, coef[at + 2 * LANES]);
      FloatVector d00 = x0.sub(m0);
      s00 = d00.mul(a0).fma(d00, c0).fma(o0, s00);
      FloatVector d01 = x1.sub(m0);
      s01 = d01.mul(a0).fma(d01, c0).fma(o1, s01);
      FloatVector a1 = FloatVector.broadcast(SPECIES, coef[at + 1]);
      FloatVector m1 = FloatVector.broadcast(SPECIES, coef[at + 1 + LANES]);
      FloatVector c1 = FloatVector.broadcast(SPECIES, coef[at + 1 + 2 * LANES]);
      FloatVector d10 = x0.sub(m1);
      s10 = d10.mul(a1).fma(d10, c1).fma(o0, s10);
      FloatVector d11 = x1.sub(m1);
      s11 = d11.mul(a1).fma(d11, c1).fma(o1, s11);
      at += 3 * LANES;
    }
    s00.intoArray(v, out0);
    s01.intoArray(v, out0 + LANES);
    s10.intoArray(v, out1);
    s11.intoArray(v, out1 + LANES);
  }

  static void oneObserved(
      float[] v,
      int first,
      int maskShift,
      int n,
      float[] coef,
      int from,
      float[] constant,
      int j,
      int out0) {
    FloatVector s00 = FloatVector.broadcast(SPECIES, constant[j]);
    FloatVector s01 = FloatVector.broadcast(SPECIES, constant[j]);
    int at = from;
    int end = first + n * TILE;
    for (int row = first; row < end; row += TILE) {
      int mask = row + maskShift;
      FloatVector x0 = FloatVector.fromArray(SPECIES, v, row);
      FloatVector o0 = FloatVector.fromArray(SPECIES, v, mask);
      FloatVector x1 = FloatVector.fromArray(SPECIES, v, row + LANES);
      FloatVector o1 = FloatVector.fromArray(SPECIES, v, mask + LANES);
      FloatVector a0 = FloatVector.broadcast(SPECIES, coef[at]);
      FloatVector m0 = FloatVector.broadcast(SPECIES, coef[at + 1]);
      FloatVector c0 = FloatVector.broadcast(SPECIES, coef[at + 2]);
      FloatVector d00 = x0.sub(m0);
      s00 = d00.mul(a0).fma(d00, c0).fma(o0, s00);
      FloatVector d01 = x1.sub(m0);
      s01 = d01.mul(a0).fma(d01, c0).fma(o1, s01);
      at += 3;
    }
    s00.intoArray(v, out0);
    s01.intoArray(v, out0 + LANES);
  }

  static void rowObserved(
      float[] v, int[] x, int maskShift, float[] coef, int from, float[] constant, int j, int out) {
    FloatVector s = FloatVector.fromArray(SPECIES, constant, j);
    for (int k = 0; k < x.length; k++) {
      int at = from + k * (3 * LANES);
      FloatVector d =
          FloatVector.broadcast(SPECIES, v[x[k]])
              .sub(FloatVector.fromArray(SPECIES, coef, at + LANES));
      FloatVector c = FloatVector.fromArray(SPECIES, coef, at + 2 * LANES);
      FloatVector mask = FloatVector.broadcast(SPECIES, v[x[k] + maskShift]);
      s = d.mul(FloatVector.fromArray(SPECIES, coef, at)).fma(d, c).fma(mask, s);
    }
    s.intoArray(v, out);
  }
}
