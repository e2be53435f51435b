package org.ugmm.engine.kernel.simd;

import static org.ugmm.engine.kernel.simd.VectorDoubleMath.LANES;
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.SPECIES;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import org.ugmm.engine.kernel.scalar.ScalarDoubleStrips;

/**
 * Training in double precision, rows innermost, on vectors: a strip is two vectors. Sums of pairs
 * are in {@link VectorDoubleStripSums}.
 */
// The float twin of this class is derived from it at build.
final class VectorDoubleStrips extends ScalarDoubleStrips {
  private static final double SMALLEST = 0x1p-900; // double only
  // float: private static final float SMALLEST = 0x1p-100f;

  static final int STRIP = 2 * LANES;

  /** Ones in the lanes of a Gaussian's statistics, zeros in the others. */
  private static final DoubleVector COUNTED = VectorDoublePairs.ones(3);

  @Override
  public int strip() {
    return STRIP;
  }

  @Override
  public void gaussians(
      double[] u,
      int uFrom,
      double[] p,
      int pFrom,
      double[] x,
      int xFrom,
      int width,
      int rows,
      boolean first) {
    for (int r = 0; r < rows; r += LANES) {
      DoubleVector z = DoubleVector.fromArray(SPECIES, u, uFrom + r);
      VectorMask<Double> unknown = z.compare(VectorOperators.NE, z);
      int to = xFrom + r / STRIP * (STRIP * width) + r % STRIP;
      for (int j = 0; j < width; j++) {
        DoubleVector d = z.sub(p[pFrom + j]).mul(p[pFrom + width + j]);
        DoubleVector log = DoubleVector.broadcast(SPECIES, p[pFrom + 2 * width + j]).sub(d.mul(d));
        log = log.blend(VectorDoubleMath.ZERO, unknown);
        if (!first) {
          log = log.add(DoubleVector.fromArray(SPECIES, x, to + j * STRIP));
        }
        log.intoArray(x, to + j * STRIP);
      }
    }
  }

  @Override
  public void countGaussians(
      double[] f,
      int fFrom,
      int width,
      int rows,
      double[] u,
      int uFrom,
      double[] p,
      int pFrom,
      double[] s,
      int sFrom) {
    if (LANES < VectorDoublePairs.GROUP) {
      super.countGaussians(f, fFrom, width, rows, u, uFrom, p, pFrom, s, sFrom);
      return;
    }
    for (int j = 0; j < width; j++) {
      DoubleVector mean = DoubleVector.broadcast(SPECIES, p[pFrom + j]);
      DoubleVector slope = DoubleVector.broadcast(SPECIES, p[pFrom + width + j]);
      DoubleVector s0 = DoubleVector.zero(SPECIES);
      DoubleVector s1 = DoubleVector.zero(SPECIES);
      DoubleVector s2 = DoubleVector.zero(SPECIES);
      int from = fFrom + j * STRIP;
      for (int r = 0; r < rows; r += LANES) {
        int at = from + r / STRIP * (STRIP * width) + r % STRIP;
        DoubleVector z = DoubleVector.fromArray(SPECIES, u, uFrom + r);
        VectorMask<Double> unknown = z.compare(VectorOperators.NE, z);
        DoubleVector flow =
            DoubleVector.fromArray(SPECIES, f, at).blend(VectorDoubleMath.ZERO, unknown);
        DoubleVector d = z.sub(mean).mul(slope).blend(VectorDoubleMath.ZERO, unknown);
        s0 = s0.add(flow);
        DoubleVector product = flow.mul(d);
        s1 = s1.add(product);
        s2 = product.fma(d, s2);
      }
      int to = sFrom + j * STATISTICS;
      VectorDoublePairs.sums(s0, s1, s2, s2)
          .fma(COUNTED, DoubleVector.fromArray(SPECIES, s, to))
          .intoArray(s, to);
    }
  }

  @Override
  public void exp2(
      double[] x,
      int xFrom,
      int width,
      int rows,
      int[] exponent,
      /*double*/ double[] most,
      int exponentFrom,
      double[] scratch) {
    largest(x, xFrom, width, rows, Double.NEGATIVE_INFINITY, scratch);
    roundUp(scratch, rows, exponent, most, exponentFrom);
    for (int r = 0; r < rows; r += LANES) {
      DoubleVector e = DoubleVector.fromArray(SPECIES, scratch, r);
      int from = xFrom + r / STRIP * (STRIP * width) + r % STRIP;
      for (int j = 0; j < width; j++) {
        int at = from + j * STRIP;
        VectorDoubleMath.exp2(DoubleVector.fromArray(SPECIES, x, at).sub(e)).intoArray(x, at);
      }
    }
  }

  private static void largest(
      double[] x, int xFrom, int width, int rows, double atLeast, double[] largest) {
    for (int r = 0; r < rows; r += LANES) {
      DoubleVector most = DoubleVector.broadcast(SPECIES, atLeast);
      int from = xFrom + r / STRIP * (STRIP * width) + r % STRIP;
      for (int j = 0; j < width; j++) {
        DoubleVector next = DoubleVector.fromArray(SPECIES, x, from + j * STRIP);
        most = most.blend(next, most.compare(VectorOperators.LT, next));
      }
      most.intoArray(largest, r);
    }
  }

  @Override
  public void sums(
      double[] v,
      int aFrom,
      int na,
      int bFrom,
      int nb,
      double[] w,
      int wFrom,
      int cFrom,
      int width,
      int rows) {
    for (int r = 0; r < rows; r += STRIP) {
      int a = aFrom + r * na;
      int b = bFrom + r * nb;
      VectorDoubleStripSums.sums(v, a, na, b, nb, w, wFrom, cFrom + r * width, width);
    }
  }

  @Override
  public void flows(
      double[] v,
      double[] f,
      int aFrom,
      int na,
      int bFrom,
      int nb,
      double[] w,
      int wFrom,
      int gFrom,
      int width,
      int rows) {
    for (int r = 0; r < rows; r += STRIP) {
      int a = aFrom + r * na;
      int b = bFrom + r * nb;
      VectorDoubleStripSums.flows(v, f, a, na, b, nb, w, wFrom, gFrom + r * width, width);
    }
  }

  @Override
  public void count(
      double[] f,
      int gFrom,
      int width,
      double[] v,
      int aFrom,
      int na,
      int bFrom,
      int nb,
      int rows,
      double[] s,
      int sFrom,
      int sRow,
      double[] y,
      double[] z) {
    VectorDoubleStripCounts.count(
        f, gFrom, width, v, aFrom, na, bFrom, nb, rows, s, sFrom, sRow, y, z);
  }

  @Override
  public boolean normalise(
      double[] x,
      int xFrom,
      int width,
      int rows,
      int[] shift,
      /*double*/ double[] most,
      int shiftFrom,
      double[] scratch) {
    largest(x, xFrom, width, rows, 0, scratch);
    shifts(scratch, rows, shift, most, shiftFrom);
    DoubleVector least = DoubleVector.broadcast(SPECIES, Double.MAX_VALUE);
    for (int r = 0; r < rows; r += LANES) {
      DoubleVector by = DoubleVector.fromArray(SPECIES, scratch, r);
      int from = xFrom + r / STRIP * (STRIP * width) + r % STRIP;
      for (int j = 0; j < width; j++) {
        int at = from + j * STRIP;
        DoubleVector next = DoubleVector.fromArray(SPECIES, x, at).mul(by);
        next.intoArray(x, at);
        DoubleVector above = next.blend(Double.MAX_VALUE, next.compare(VectorOperators.EQ, 0));
        least = least.blend(above, above.compare(VectorOperators.LT, least));
      }
    }
    return least.reduceLanes(VectorOperators.MIN) < SMALLEST;
  }

  @Override
  public void quotient(
      double[] f,
      double[] y,
      int from,
      int width,
      int rows,
      int[] shift,
      int shiftFrom,
      double[] scratch) {
    powers(shift, shiftFrom, rows, scratch);
    for (int r = 0; r < rows; r += LANES) {
      DoubleVector by = DoubleVector.fromArray(SPECIES, scratch, r);
      int first = from + r / STRIP * (STRIP * width) + r % STRIP;
      for (int j = 0; j < width; j++) {
        int at = first + j * STRIP;
        DoubleVector value = DoubleVector.fromArray(SPECIES, y, at);
        VectorMask<Double> isTiny = value.compare(VectorOperators.LT, SMALLEST);
        DoubleVector.fromArray(SPECIES, f, at)
            .mul(by)
            .div(value)
            .blend(VectorDoubleMath.ZERO, isTiny)
            .intoArray(f, at);
      }
    }
  }
}
