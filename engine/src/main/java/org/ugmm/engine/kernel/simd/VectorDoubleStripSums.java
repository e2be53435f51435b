package org.ugmm.engine.kernel.simd;

import static org.ugmm.engine.kernel.simd.VectorDoubleMath.LANES;
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.SPECIES;
import static org.ugmm.engine.kernel.simd.VectorDoubleStrips.STRIP;

import jdk.incubator.vector.DoubleVector;
import org.ugmm.engine.kernel.StripKernels;

/**
 * Sums of products of pairs in double precision, a strip at a time: the second factors are summed
 * up for each first one, and these sums for all first ones, so that the products are never made.
 *
 * <p>Five sums by two vectors stay in registers; seven loads feed ten multiply-adds. The weights of
 * five sums are adjacent and inner loops step by constants, so that the JIT compiler takes the
 * bounds checks out of them. What goes on over the outer loop is in memory: there are no registers
 * for it, and the compiler would spill in the inner loop.
 */
// The float twin of this class is derived from it at build.
final class VectorDoubleStripSums {
  private VectorDoubleStripSums() {}

  /** See {@link StripKernels#sums}. */
  static void sums(
      double[] v,
      int aFrom,
      int na,
      int bFrom,
      int nb,
      double[] w,
      int wFrom,
      int cFrom,
      int width) {
    int at = wFrom;
    for (int m = 0; m < width; ) {
      int n = StripKernels.block(width - m);
      int to = cFrom + m * STRIP;
      switch (n) {
        case 5 -> five(v, aFrom, na, bFrom, nb, w, at, to);
        case 4 -> four(v, aFrom, na, bFrom, nb, w, at, to);
        default -> one(v, aFrom, na, bFrom, nb, w, at, to);
      }
      at += n * na * nb;
      m += n;
    }
  }

  private static void five(
      double[] v, int aFrom, int na, int bFrom, int nb, double[] w, int wFrom, int to) {
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
    for (int i = 0; i < na; i++) {
      int from = wFrom + i * nb * 5;
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
      for (int j = 0; j < nb; j++) {
        DoubleVector y0 = DoubleVector.fromArray(SPECIES, v, bFrom + j * STRIP);
        DoubleVector y1 = DoubleVector.fromArray(SPECIES, v, bFrom + j * STRIP + LANES);
        DoubleVector f0 = DoubleVector.broadcast(SPECIES, w[from + j * 5]);
        t00 = y0.fma(f0, t00);
        t01 = y1.fma(f0, t01);
        DoubleVector f1 = DoubleVector.broadcast(SPECIES, w[from + j * 5 + 1]);
        t10 = y0.fma(f1, t10);
        t11 = y1.fma(f1, t11);
        DoubleVector f2 = DoubleVector.broadcast(SPECIES, w[from + j * 5 + 2]);
        t20 = y0.fma(f2, t20);
        t21 = y1.fma(f2, t21);
        DoubleVector f3 = DoubleVector.broadcast(SPECIES, w[from + j * 5 + 3]);
        t30 = y0.fma(f3, t30);
        t31 = y1.fma(f3, t31);
        DoubleVector f4 = DoubleVector.broadcast(SPECIES, w[from + j * 5 + 4]);
        t40 = y0.fma(f4, t40);
        t41 = y1.fma(f4, t41);
      }
      DoubleVector x0 = DoubleVector.fromArray(SPECIES, v, aFrom + i * STRIP);
      DoubleVector x1 = DoubleVector.fromArray(SPECIES, v, aFrom + i * STRIP + LANES);
      s00 = x0.fma(t00, s00);
      s01 = x1.fma(t01, s01);
      s10 = x0.fma(t10, s10);
      s11 = x1.fma(t11, s11);
      s20 = x0.fma(t20, s20);
      s21 = x1.fma(t21, s21);
      s30 = x0.fma(t30, s30);
      s31 = x1.fma(t31, s31);
      s40 = x0.fma(t40, s40);
      s41 = x1.fma(t41, s41);
    }
    s00.intoArray(v, to);
    s01.intoArray(v, to + LANES);
    s10.intoArray(v, to + STRIP);
    s11.intoArray(v, to + STRIP + LANES);
    s20.intoArray(v, to + 2 * STRIP);
    s21.intoArray(v, to + 2 * STRIP + LANES);
    s30.intoArray(v, to + 3 * STRIP);
    s31.intoArray(v, to + 3 * STRIP + LANES);
    s40.intoArray(v, to + 4 * STRIP);
    s41.intoArray(v, to + 4 * STRIP + LANES);
  }

  private static void four(
      double[] v, int aFrom, int na, int bFrom, int nb, double[] w, int wFrom, int to) {
    DoubleVector s00 = DoubleVector.zero(SPECIES);
    DoubleVector s01 = DoubleVector.zero(SPECIES);
    DoubleVector s10 = DoubleVector.zero(SPECIES);
    DoubleVector s11 = DoubleVector.zero(SPECIES);
    DoubleVector s20 = DoubleVector.zero(SPECIES);
    DoubleVector s21 = DoubleVector.zero(SPECIES);
    DoubleVector s30 = DoubleVector.zero(SPECIES);
    DoubleVector s31 = DoubleVector.zero(SPECIES);
    for (int i = 0; i < na; i++) {
      int from = wFrom + i * nb * 4;
      DoubleVector t00 = DoubleVector.zero(SPECIES);
      DoubleVector t01 = DoubleVector.zero(SPECIES);
      DoubleVector t10 = DoubleVector.zero(SPECIES);
      DoubleVector t11 = DoubleVector.zero(SPECIES);
      DoubleVector t20 = DoubleVector.zero(SPECIES);
      DoubleVector t21 = DoubleVector.zero(SPECIES);
      DoubleVector t30 = DoubleVector.zero(SPECIES);
      DoubleVector t31 = DoubleVector.zero(SPECIES);
      for (int j = 0; j < nb; j++) {
        DoubleVector y0 = DoubleVector.fromArray(SPECIES, v, bFrom + j * STRIP);
        DoubleVector y1 = DoubleVector.fromArray(SPECIES, v, bFrom + j * STRIP + LANES);
        DoubleVector f0 = DoubleVector.broadcast(SPECIES, w[from + j * 4]);
        t00 = y0.fma(f0, t00);
        t01 = y1.fma(f0, t01);
        DoubleVector f1 = DoubleVector.broadcast(SPECIES, w[from + j * 4 + 1]);
        t10 = y0.fma(f1, t10);
        t11 = y1.fma(f1, t11);
        DoubleVector f2 = DoubleVector.broadcast(SPECIES, w[from + j * 4 + 2]);
        t20 = y0.fma(f2, t20);
        t21 = y1.fma(f2, t21);
        DoubleVector f3 = DoubleVector.broadcast(SPECIES, w[from + j * 4 + 3]);
        t30 = y0.fma(f3, t30);
        t31 = y1.fma(f3, t31);
      }
      DoubleVector x0 = DoubleVector.fromArray(SPECIES, v, aFrom + i * STRIP);
      DoubleVector x1 = DoubleVector.fromArray(SPECIES, v, aFrom + i * STRIP + LANES);
      s00 = x0.fma(t00, s00);
      s01 = x1.fma(t01, s01);
      s10 = x0.fma(t10, s10);
      s11 = x1.fma(t11, s11);
      s20 = x0.fma(t20, s20);
      s21 = x1.fma(t21, s21);
      s30 = x0.fma(t30, s30);
      s31 = x1.fma(t31, s31);
    }
    s00.intoArray(v, to);
    s01.intoArray(v, to + LANES);
    s10.intoArray(v, to + STRIP);
    s11.intoArray(v, to + STRIP + LANES);
    s20.intoArray(v, to + 2 * STRIP);
    s21.intoArray(v, to + 2 * STRIP + LANES);
    s30.intoArray(v, to + 3 * STRIP);
    s31.intoArray(v, to + 3 * STRIP + LANES);
  }

  private static void one(
      double[] v, int aFrom, int na, int bFrom, int nb, double[] w, int wFrom, int to) {
    DoubleVector s00 = DoubleVector.zero(SPECIES);
    DoubleVector s01 = DoubleVector.zero(SPECIES);
    for (int i = 0; i < na; i++) {
      int from = wFrom + i * nb;
      DoubleVector t00 = DoubleVector.zero(SPECIES);
      DoubleVector t01 = DoubleVector.zero(SPECIES);
      for (int j = 0; j < nb; j++) {
        DoubleVector y0 = DoubleVector.fromArray(SPECIES, v, bFrom + j * STRIP);
        DoubleVector y1 = DoubleVector.fromArray(SPECIES, v, bFrom + j * STRIP + LANES);
        DoubleVector f0 = DoubleVector.broadcast(SPECIES, w[from + j]);
        t00 = y0.fma(f0, t00);
        t01 = y1.fma(f0, t01);
      }
      DoubleVector x0 = DoubleVector.fromArray(SPECIES, v, aFrom + i * STRIP);
      DoubleVector x1 = DoubleVector.fromArray(SPECIES, v, aFrom + i * STRIP + LANES);
      s00 = x0.fma(t00, s00);
      s01 = x1.fma(t01, s01);
    }
    s00.intoArray(v, to);
    s01.intoArray(v, to + LANES);
  }

  /** See {@link StripKernels#flows}. */
  static void flows(
      double[] v,
      double[] f,
      int aFrom,
      int na,
      int bFrom,
      int nb,
      double[] w,
      int wFrom,
      int gFrom,
      int width) {
    int at = wFrom;
    for (int j = 0; j < nb; ) {
      int n = StripKernels.block(nb - j);
      int b = bFrom + j * STRIP;
      switch (n) {
        case 5 -> fiveFlows(v, f, aFrom, na, b, w, at, gFrom, width);
        case 4 -> fourFlows(v, f, aFrom, na, b, w, at, gFrom, width);
        default -> oneFlow(v, f, aFrom, na, b, w, at, gFrom, width);
      }
      at += n * na * width;
      j += n;
    }
  }

  private static void fiveFlows(
      double[] v,
      double[] f,
      int aFrom,
      int na,
      int bFrom,
      double[] w,
      int wFrom,
      int gFrom,
      int width) {
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
    for (int i = 0; i < na; i++) {
      int from = wFrom + i * width * 5;
      DoubleVector u00 = DoubleVector.zero(SPECIES);
      DoubleVector u01 = DoubleVector.zero(SPECIES);
      DoubleVector u10 = DoubleVector.zero(SPECIES);
      DoubleVector u11 = DoubleVector.zero(SPECIES);
      DoubleVector u20 = DoubleVector.zero(SPECIES);
      DoubleVector u21 = DoubleVector.zero(SPECIES);
      DoubleVector u30 = DoubleVector.zero(SPECIES);
      DoubleVector u31 = DoubleVector.zero(SPECIES);
      DoubleVector u40 = DoubleVector.zero(SPECIES);
      DoubleVector u41 = DoubleVector.zero(SPECIES);
      for (int m = 0; m < width; m++) {
        DoubleVector g0 = DoubleVector.fromArray(SPECIES, f, gFrom + m * STRIP);
        DoubleVector g1 = DoubleVector.fromArray(SPECIES, f, gFrom + m * STRIP + LANES);
        DoubleVector f0 = DoubleVector.broadcast(SPECIES, w[from + m * 5]);
        u00 = g0.fma(f0, u00);
        u01 = g1.fma(f0, u01);
        DoubleVector f1 = DoubleVector.broadcast(SPECIES, w[from + m * 5 + 1]);
        u10 = g0.fma(f1, u10);
        u11 = g1.fma(f1, u11);
        DoubleVector f2 = DoubleVector.broadcast(SPECIES, w[from + m * 5 + 2]);
        u20 = g0.fma(f2, u20);
        u21 = g1.fma(f2, u21);
        DoubleVector f3 = DoubleVector.broadcast(SPECIES, w[from + m * 5 + 3]);
        u30 = g0.fma(f3, u30);
        u31 = g1.fma(f3, u31);
        DoubleVector f4 = DoubleVector.broadcast(SPECIES, w[from + m * 5 + 4]);
        u40 = g0.fma(f4, u40);
        u41 = g1.fma(f4, u41);
      }
      int a = aFrom + i * STRIP;
      DoubleVector x0 = DoubleVector.fromArray(SPECIES, v, a);
      s00 = u00.fma(x0, s00);
      s10 = u10.fma(x0, s10);
      s20 = u20.fma(x0, s20);
      s30 = u30.fma(x0, s30);
      s40 = u40.fma(x0, s40);
      DoubleVector q0 = u00.mul(DoubleVector.fromArray(SPECIES, v, bFrom));
      q0 = u10.fma(DoubleVector.fromArray(SPECIES, v, bFrom + STRIP), q0);
      q0 = u20.fma(DoubleVector.fromArray(SPECIES, v, bFrom + 2 * STRIP), q0);
      q0 = u30.fma(DoubleVector.fromArray(SPECIES, v, bFrom + 3 * STRIP), q0);
      q0 = u40.fma(DoubleVector.fromArray(SPECIES, v, bFrom + 4 * STRIP), q0);
      q0.fma(x0, DoubleVector.fromArray(SPECIES, f, a)).intoArray(f, a);
      DoubleVector x1 = DoubleVector.fromArray(SPECIES, v, a + LANES);
      s01 = u01.fma(x1, s01);
      s11 = u11.fma(x1, s11);
      s21 = u21.fma(x1, s21);
      s31 = u31.fma(x1, s31);
      s41 = u41.fma(x1, s41);
      DoubleVector q1 = u01.mul(DoubleVector.fromArray(SPECIES, v, bFrom + LANES));
      q1 = u11.fma(DoubleVector.fromArray(SPECIES, v, bFrom + STRIP + LANES), q1);
      q1 = u21.fma(DoubleVector.fromArray(SPECIES, v, bFrom + 2 * STRIP + LANES), q1);
      q1 = u31.fma(DoubleVector.fromArray(SPECIES, v, bFrom + 3 * STRIP + LANES), q1);
      q1 = u41.fma(DoubleVector.fromArray(SPECIES, v, bFrom + 4 * STRIP + LANES), q1);
      q1.fma(x1, DoubleVector.fromArray(SPECIES, f, a + LANES)).intoArray(f, a + LANES);
    }
    add(s00, v, f, bFrom);
    add(s01, v, f, bFrom + LANES);
    add(s10, v, f, bFrom + STRIP);
    add(s11, v, f, bFrom + STRIP + LANES);
    add(s20, v, f, bFrom + 2 * STRIP);
    add(s21, v, f, bFrom + 2 * STRIP + LANES);
    add(s30, v, f, bFrom + 3 * STRIP);
    add(s31, v, f, bFrom + 3 * STRIP + LANES);
    add(s40, v, f, bFrom + 4 * STRIP);
    add(s41, v, f, bFrom + 4 * STRIP + LANES);
  }

  private static void fourFlows(
      double[] v,
      double[] f,
      int aFrom,
      int na,
      int bFrom,
      double[] w,
      int wFrom,
      int gFrom,
      int width) {
    DoubleVector s00 = DoubleVector.zero(SPECIES);
    DoubleVector s01 = DoubleVector.zero(SPECIES);
    DoubleVector s10 = DoubleVector.zero(SPECIES);
    DoubleVector s11 = DoubleVector.zero(SPECIES);
    DoubleVector s20 = DoubleVector.zero(SPECIES);
    DoubleVector s21 = DoubleVector.zero(SPECIES);
    DoubleVector s30 = DoubleVector.zero(SPECIES);
    DoubleVector s31 = DoubleVector.zero(SPECIES);
    for (int i = 0; i < na; i++) {
      int from = wFrom + i * width * 4;
      DoubleVector u00 = DoubleVector.zero(SPECIES);
      DoubleVector u01 = DoubleVector.zero(SPECIES);
      DoubleVector u10 = DoubleVector.zero(SPECIES);
      DoubleVector u11 = DoubleVector.zero(SPECIES);
      DoubleVector u20 = DoubleVector.zero(SPECIES);
      DoubleVector u21 = DoubleVector.zero(SPECIES);
      DoubleVector u30 = DoubleVector.zero(SPECIES);
      DoubleVector u31 = DoubleVector.zero(SPECIES);
      for (int m = 0; m < width; m++) {
        DoubleVector g0 = DoubleVector.fromArray(SPECIES, f, gFrom + m * STRIP);
        DoubleVector g1 = DoubleVector.fromArray(SPECIES, f, gFrom + m * STRIP + LANES);
        DoubleVector f0 = DoubleVector.broadcast(SPECIES, w[from + m * 4]);
        u00 = g0.fma(f0, u00);
        u01 = g1.fma(f0, u01);
        DoubleVector f1 = DoubleVector.broadcast(SPECIES, w[from + m * 4 + 1]);
        u10 = g0.fma(f1, u10);
        u11 = g1.fma(f1, u11);
        DoubleVector f2 = DoubleVector.broadcast(SPECIES, w[from + m * 4 + 2]);
        u20 = g0.fma(f2, u20);
        u21 = g1.fma(f2, u21);
        DoubleVector f3 = DoubleVector.broadcast(SPECIES, w[from + m * 4 + 3]);
        u30 = g0.fma(f3, u30);
        u31 = g1.fma(f3, u31);
      }
      int a = aFrom + i * STRIP;
      DoubleVector x0 = DoubleVector.fromArray(SPECIES, v, a);
      s00 = u00.fma(x0, s00);
      s10 = u10.fma(x0, s10);
      s20 = u20.fma(x0, s20);
      s30 = u30.fma(x0, s30);
      DoubleVector q0 = u00.mul(DoubleVector.fromArray(SPECIES, v, bFrom));
      q0 = u10.fma(DoubleVector.fromArray(SPECIES, v, bFrom + STRIP), q0);
      q0 = u20.fma(DoubleVector.fromArray(SPECIES, v, bFrom + 2 * STRIP), q0);
      q0 = u30.fma(DoubleVector.fromArray(SPECIES, v, bFrom + 3 * STRIP), q0);
      q0.fma(x0, DoubleVector.fromArray(SPECIES, f, a)).intoArray(f, a);
      DoubleVector x1 = DoubleVector.fromArray(SPECIES, v, a + LANES);
      s01 = u01.fma(x1, s01);
      s11 = u11.fma(x1, s11);
      s21 = u21.fma(x1, s21);
      s31 = u31.fma(x1, s31);
      DoubleVector q1 = u01.mul(DoubleVector.fromArray(SPECIES, v, bFrom + LANES));
      q1 = u11.fma(DoubleVector.fromArray(SPECIES, v, bFrom + STRIP + LANES), q1);
      q1 = u21.fma(DoubleVector.fromArray(SPECIES, v, bFrom + 2 * STRIP + LANES), q1);
      q1 = u31.fma(DoubleVector.fromArray(SPECIES, v, bFrom + 3 * STRIP + LANES), q1);
      q1.fma(x1, DoubleVector.fromArray(SPECIES, f, a + LANES)).intoArray(f, a + LANES);
    }
    add(s00, v, f, bFrom);
    add(s01, v, f, bFrom + LANES);
    add(s10, v, f, bFrom + STRIP);
    add(s11, v, f, bFrom + STRIP + LANES);
    add(s20, v, f, bFrom + 2 * STRIP);
    add(s21, v, f, bFrom + 2 * STRIP + LANES);
    add(s30, v, f, bFrom + 3 * STRIP);
    add(s31, v, f, bFrom + 3 * STRIP + LANES);
  }

  private static void oneFlow(
      double[] v,
      double[] f,
      int aFrom,
      int na,
      int bFrom,
      double[] w,
      int wFrom,
      int gFrom,
      int width) {
    DoubleVector s00 = DoubleVector.zero(SPECIES);
    DoubleVector s01 = DoubleVector.zero(SPECIES);
    for (int i = 0; i < na; i++) {
      int from = wFrom + i * width;
      DoubleVector u00 = DoubleVector.zero(SPECIES);
      DoubleVector u01 = DoubleVector.zero(SPECIES);
      for (int m = 0; m < width; m++) {
        DoubleVector g0 = DoubleVector.fromArray(SPECIES, f, gFrom + m * STRIP);
        DoubleVector g1 = DoubleVector.fromArray(SPECIES, f, gFrom + m * STRIP + LANES);
        DoubleVector f0 = DoubleVector.broadcast(SPECIES, w[from + m]);
        u00 = g0.fma(f0, u00);
        u01 = g1.fma(f0, u01);
      }
      int a = aFrom + i * STRIP;
      DoubleVector x0 = DoubleVector.fromArray(SPECIES, v, a);
      s00 = u00.fma(x0, s00);
      DoubleVector q0 = u00.mul(DoubleVector.fromArray(SPECIES, v, bFrom));
      q0.fma(x0, DoubleVector.fromArray(SPECIES, f, a)).intoArray(f, a);
      DoubleVector x1 = DoubleVector.fromArray(SPECIES, v, a + LANES);
      s01 = u01.fma(x1, s01);
      DoubleVector q1 = u01.mul(DoubleVector.fromArray(SPECIES, v, bFrom + LANES));
      q1.fma(x1, DoubleVector.fromArray(SPECIES, f, a + LANES)).intoArray(f, a + LANES);
    }
    add(s00, v, f, bFrom);
    add(s01, v, f, bFrom + LANES);
  }

  private static void add(DoubleVector sum, double[] v, double[] f, int at) {
    sum.fma(DoubleVector.fromArray(SPECIES, v, at), DoubleVector.fromArray(SPECIES, f, at))
        .intoArray(f, at);
  }
}
