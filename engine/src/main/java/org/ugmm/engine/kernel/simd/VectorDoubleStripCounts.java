package org.ugmm.engine.kernel.simd;

import static org.ugmm.engine.kernel.simd.VectorDoubleMath.LANES;
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.SPECIES;
import static org.ugmm.engine.kernel.simd.VectorDoubleStrips.STRIP;

import jdk.incubator.vector.DoubleVector;
import org.ugmm.engine.kernel.StripKernels;

/**
 * Statistics of sums of products of pairs in double precision. Products of some first factors and
 * all second ones are laid out by rows, so that no sums over lanes are needed and hardly a lane is
 * idle.
 *
 * <p>Two sums by four vectors stay in registers over all rows. Smaller blocks the JIT compiler
 * unrolls, and larger ones it loads all operands of first: either way it spills, and the loop waits
 * for it.
 */
// The float twin of this class is derived from it at build.
final class VectorDoubleStripCounts {
  /** Products of a row. */
  private static final int WIDTH = 4 * LANES;

  /** Distance of rows of products: the last may run over the width. */
  private static final int ROW = WIDTH + LANES;

  private VectorDoubleStripCounts() {}

  /**
   * See {@link StripKernels#count}.
   *
   * @param y [rows][WIDTH] overwritten: second factors
   * @param z [rows][ROW] overwritten: products
   */
  static void count(
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
    for (int j = 0; j < nb; j += WIDTH) {
      int n = Math.min(WIDTH, nb - j);
      layByRows(v, bFrom + j * STRIP, nb * STRIP, n, rows, y);
      int most = n < nb ? 1 : WIDTH / n;
      for (int i = 0; i < na; i += most) {
        int num = Math.min(most, na - i);
        multiply(v, aFrom + i * STRIP, na * STRIP, num, y, n, rows, z);
        int to = sFrom + i * nb + j;
        int m = 0;
        for (; m < width - 1; m += 2) {
          two(f, gFrom + m * STRIP, width * STRIP, z, rows, s, to + m * sRow, sRow);
        }
        if (m < width) {
          one(f, gFrom + m * STRIP, width * STRIP, z, rows, s, to + m * sRow);
        }
      }
    }
  }

  /** Lays columns out by rows. */
  private static void layByRows(
      double[] v, int from, int stripSize, int numColumns, int rows, double[] y) {
    for (int strip = 0; strip < rows / STRIP; strip++) {
      int to = strip * (STRIP * WIDTH);
      for (int j = 0; j < numColumns; j++) {
        int at = from + strip * stripSize + j * STRIP;
        for (int r = 0; r < STRIP; r++) {
          y[to + j + r * WIDTH] = v[at + r];
        }
      }
    }
  }

  /** Products of some first factors and n second ones; zeros up to the width. */
  private static void multiply(
      double[] v, int aFrom, int aStrip, int num, double[] y, int n, int rows, double[] z) {
    for (int strip = 0; strip < rows / STRIP; strip++) {
      int from = strip * (STRIP * WIDTH);
      for (int i = 0; i < num; i++) {
        int a = aFrom + strip * aStrip + i * STRIP;
        int to = strip * (STRIP * ROW) + i * n;
        if (n <= LANES) {
          multiply1(v, a, y, from, z, to);
        } else if (n <= 2 * LANES) {
          multiply2(v, a, y, from, z, to);
        } else {
          multiply4(v, a, y, from, z, to);
        }
      }
    }
    for (int c = num * n; c < WIDTH; c += LANES) {
      for (int r = 0; r < rows; r++) {
        VectorDoubleMath.ZERO.intoArray(z, r * ROW + c);
      }
    }
  }

  private static void multiply1(double[] v, int a, double[] y, int from, double[] z, int to) {
    for (int r = 0; r < STRIP; r++) {
      DoubleVector factor = DoubleVector.broadcast(SPECIES, v[a + r]);
      factor.mul(DoubleVector.fromArray(SPECIES, y, from + r * WIDTH)).intoArray(z, to + r * ROW);
    }
  }

  private static void multiply2(double[] v, int a, double[] y, int from, double[] z, int to) {
    for (int r = 0; r < STRIP; r++) {
      DoubleVector factor = DoubleVector.broadcast(SPECIES, v[a + r]);
      factor.mul(DoubleVector.fromArray(SPECIES, y, from + r * WIDTH)).intoArray(z, to + r * ROW);
      factor
          .mul(DoubleVector.fromArray(SPECIES, y, from + r * WIDTH + LANES))
          .intoArray(z, to + r * ROW + LANES);
    }
  }

  private static void multiply4(double[] v, int a, double[] y, int from, double[] z, int to) {
    for (int r = 0; r < STRIP; r++) {
      DoubleVector factor = DoubleVector.broadcast(SPECIES, v[a + r]);
      factor.mul(DoubleVector.fromArray(SPECIES, y, from + r * WIDTH)).intoArray(z, to + r * ROW);
      factor
          .mul(DoubleVector.fromArray(SPECIES, y, from + r * WIDTH + LANES))
          .intoArray(z, to + r * ROW + LANES);
      factor
          .mul(DoubleVector.fromArray(SPECIES, y, from + r * WIDTH + 2 * LANES))
          .intoArray(z, to + r * ROW + 2 * LANES);
      factor
          .mul(DoubleVector.fromArray(SPECIES, y, from + r * WIDTH + 3 * LANES))
          .intoArray(z, to + r * ROW + 3 * LANES);
    }
  }

  private static void two(
      double[] f, int gFrom, int gStrip, double[] z, int rows, double[] s, int sFrom, int sRow) {
    DoubleVector s00 = DoubleVector.zero(SPECIES);
    DoubleVector s01 = DoubleVector.zero(SPECIES);
    DoubleVector s02 = DoubleVector.zero(SPECIES);
    DoubleVector s03 = DoubleVector.zero(SPECIES);
    DoubleVector s10 = DoubleVector.zero(SPECIES);
    DoubleVector s11 = DoubleVector.zero(SPECIES);
    DoubleVector s12 = DoubleVector.zero(SPECIES);
    DoubleVector s13 = DoubleVector.zero(SPECIES);
    for (int strip = 0; strip < rows / STRIP; strip++) {
      int g = gFrom + strip * gStrip;
      int from = strip * (STRIP * ROW);
      for (int r = 0; r < STRIP; r++) {
        DoubleVector f0 = DoubleVector.broadcast(SPECIES, f[g + r]);
        DoubleVector f1 = DoubleVector.broadcast(SPECIES, f[g + r + STRIP]);
        DoubleVector z0 = DoubleVector.fromArray(SPECIES, z, from + r * ROW);
        s00 = z0.fma(f0, s00);
        s10 = z0.fma(f1, s10);
        DoubleVector z1 = DoubleVector.fromArray(SPECIES, z, from + r * ROW + LANES);
        s01 = z1.fma(f0, s01);
        s11 = z1.fma(f1, s11);
        DoubleVector z2 = DoubleVector.fromArray(SPECIES, z, from + r * ROW + 2 * LANES);
        s02 = z2.fma(f0, s02);
        s12 = z2.fma(f1, s12);
        DoubleVector z3 = DoubleVector.fromArray(SPECIES, z, from + r * ROW + 3 * LANES);
        s03 = z3.fma(f0, s03);
        s13 = z3.fma(f1, s13);
      }
    }
    add(s00, s, sFrom);
    add(s01, s, sFrom + LANES);
    add(s02, s, sFrom + 2 * LANES);
    add(s03, s, sFrom + 3 * LANES);
    add(s10, s, sFrom + sRow);
    add(s11, s, sFrom + sRow + LANES);
    add(s12, s, sFrom + sRow + 2 * LANES);
    add(s13, s, sFrom + sRow + 3 * LANES);
  }

  private static void one(
      double[] f, int gFrom, int gStrip, double[] z, int rows, double[] s, int sFrom) {
    DoubleVector s00 = DoubleVector.zero(SPECIES);
    DoubleVector s01 = DoubleVector.zero(SPECIES);
    DoubleVector s02 = DoubleVector.zero(SPECIES);
    DoubleVector s03 = DoubleVector.zero(SPECIES);
    for (int strip = 0; strip < rows / STRIP; strip++) {
      int g = gFrom + strip * gStrip;
      int from = strip * (STRIP * ROW);
      for (int r = 0; r < STRIP; r++) {
        DoubleVector f0 = DoubleVector.broadcast(SPECIES, f[g + r]);
        DoubleVector z0 = DoubleVector.fromArray(SPECIES, z, from + r * ROW);
        s00 = z0.fma(f0, s00);
        DoubleVector z1 = DoubleVector.fromArray(SPECIES, z, from + r * ROW + LANES);
        s01 = z1.fma(f0, s01);
        DoubleVector z2 = DoubleVector.fromArray(SPECIES, z, from + r * ROW + 2 * LANES);
        s02 = z2.fma(f0, s02);
        DoubleVector z3 = DoubleVector.fromArray(SPECIES, z, from + r * ROW + 3 * LANES);
        s03 = z3.fma(f0, s03);
      }
    }
    add(s00, s, sFrom);
    add(s01, s, sFrom + LANES);
    add(s02, s, sFrom + 2 * LANES);
    add(s03, s, sFrom + 3 * LANES);
  }

  private static void add(DoubleVector sum, double[] s, int at) {
    sum.add(DoubleVector.fromArray(SPECIES, s, at)).intoArray(s, at);
  }
}
