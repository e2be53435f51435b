package org.ugmm.engine.kernel.simd;

import static org.ugmm.engine.kernel.simd.VectorDoubleMath.LANES;
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.SPECIES;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorShuffle;
import org.ugmm.engine.kernel.TrainingKernels;

/**
 * Values and flows of dense sums in double precision on vectors.
 *
 * <p>Four rows by two vectors of columns stay in registers over all terms, with what the JIT
 * compiler loads at once, sixteen: six loads feed eight multiply-adds. A panel of two vectors of b
 * is used by all rows before the next, so that it stays in the first-level cache. Panels are
 * packed, and rows of a adjacent, so that the loops step by constants and the JIT compiler needs no
 * bounds check in them; a check keeps the sums of the step before alive, for which there are no
 * registers. The blocks are written out, since an array of vectors would be an array of objects.
 */
// The float twin of this class is derived from it at build.
final class VectorDoubleMatrix {
  private static final VectorShuffle<Double> BY_8 = turnedBy(8);
  private static final VectorShuffle<Double> BY_4 = turnedBy(4);
  private static final VectorShuffle<Double> BY_2 = turnedBy(2);
  private static final VectorShuffle<Double> BY_1 = turnedBy(1);

  /** Most rows at a time. */
  static final int ROWS = 4;

  private VectorDoubleMatrix() {}

  /** See {@link TrainingKernels#product}; the width is a multiple of lanes. */
  static void product(
      double[] a,
      int aFrom,
      int aRow,
      double[] b,
      int bFrom,
      double[] c,
      int cFrom,
      int cRow,
      int numRows,
      int width,
      int depth) {
    int whole = numRows / 4 * 4;
    for (int j = 0; j < width; j += 2 * LANES) {
      int panel = bFrom + j * depth;
      if (j + LANES == width) {
        narrow(a, aFrom, aRow, b, panel, c, cFrom + j, cRow, numRows, depth);
        continue;
      }
      four(a, aFrom, aRow, b, panel, c, cFrom + j, cRow, whole, depth);
      int from = aFrom + whole * aRow;
      int to = cFrom + whole * cRow + j;
      switch (numRows - whole) {
        case 3 -> three(a, from, aRow, b, panel, c, to, cRow, depth);
        case 2 -> two(a, from, aRow, b, panel, c, to, cRow, depth);
        case 1 -> one(a, from, b, panel, c, to, depth);
        default -> {}
      }
    }
  }

  /** All rows, four at a time: a call a group would take as long as ten terms. */
  private static void four(
      double[] a,
      int aFrom,
      int aRow,
      double[] b,
      int bFrom,
      double[] c,
      int cFrom,
      int cRow,
      int numRows,
      int depth) {
    for (int i = 0; i < numRows; i += 4) {
      int r0 = aFrom + i * aRow;
      int r1 = r0 + aRow;
      int r2 = r1 + aRow;
      int r3 = r2 + aRow;
      DoubleVector s00 = DoubleVector.zero(SPECIES);
      DoubleVector s01 = DoubleVector.zero(SPECIES);
      DoubleVector s10 = DoubleVector.zero(SPECIES);
      DoubleVector s11 = DoubleVector.zero(SPECIES);
      DoubleVector s20 = DoubleVector.zero(SPECIES);
      DoubleVector s21 = DoubleVector.zero(SPECIES);
      DoubleVector s30 = DoubleVector.zero(SPECIES);
      DoubleVector s31 = DoubleVector.zero(SPECIES);
      for (int k = 0; k < depth; k++) {
        DoubleVector b0 = DoubleVector.fromArray(SPECIES, b, bFrom + k * (2 * LANES));
        DoubleVector b1 = DoubleVector.fromArray(SPECIES, b, bFrom + k * (2 * LANES) + LANES);
        DoubleVector a0 = DoubleVector.broadcast(SPECIES, a[r0 + k]);
        s00 = a0.fma(b0, s00);
        s01 = a0.fma(b1, s01);
        DoubleVector a1 = DoubleVector.broadcast(SPECIES, a[r1 + k]);
        s10 = a1.fma(b0, s10);
        s11 = a1.fma(b1, s11);
        DoubleVector a2 = DoubleVector.broadcast(SPECIES, a[r2 + k]);
        s20 = a2.fma(b0, s20);
        s21 = a2.fma(b1, s21);
        DoubleVector a3 = DoubleVector.broadcast(SPECIES, a[r3 + k]);
        s30 = a3.fma(b0, s30);
        s31 = a3.fma(b1, s31);
      }
      int to = cFrom + i * cRow;
      s00.intoArray(c, to);
      s01.intoArray(c, to + LANES);
      to += cRow;
      s10.intoArray(c, to);
      s11.intoArray(c, to + LANES);
      to += cRow;
      s20.intoArray(c, to);
      s21.intoArray(c, to + LANES);
      to += cRow;
      s30.intoArray(c, to);
      s31.intoArray(c, to + LANES);
    }
  }

  private static void three(
      double[] a,
      int aFrom,
      int aRow,
      double[] b,
      int bFrom,
      double[] c,
      int cFrom,
      int cRow,
      int depth) {
    int r1 = aFrom + aRow;
    int r2 = aFrom + 2 * aRow;
    DoubleVector s00 = DoubleVector.zero(SPECIES);
    DoubleVector s01 = DoubleVector.zero(SPECIES);
    DoubleVector s10 = DoubleVector.zero(SPECIES);
    DoubleVector s11 = DoubleVector.zero(SPECIES);
    DoubleVector s20 = DoubleVector.zero(SPECIES);
    DoubleVector s21 = DoubleVector.zero(SPECIES);
    for (int k = 0; k < depth; k++) {
      DoubleVector b0 = DoubleVector.fromArray(SPECIES, b, bFrom + k * (2 * LANES));
      DoubleVector b1 = DoubleVector.fromArray(SPECIES, b, bFrom + k * (2 * LANES) + LANES);
      DoubleVector a0 = DoubleVector.broadcast(SPECIES, a[aFrom + k]);
      s00 = a0.fma(b0, s00);
      s01 = a0.fma(b1, s01);
      DoubleVector a1 = DoubleVector.broadcast(SPECIES, a[r1 + k]);
      s10 = a1.fma(b0, s10);
      s11 = a1.fma(b1, s11);
      DoubleVector a2 = DoubleVector.broadcast(SPECIES, a[r2 + k]);
      s20 = a2.fma(b0, s20);
      s21 = a2.fma(b1, s21);
    }
    s00.intoArray(c, cFrom);
    s01.intoArray(c, cFrom + LANES);
    s10.intoArray(c, cFrom + cRow);
    s11.intoArray(c, cFrom + cRow + LANES);
    s20.intoArray(c, cFrom + 2 * cRow);
    s21.intoArray(c, cFrom + 2 * cRow + LANES);
  }

  private static void two(
      double[] a,
      int aFrom,
      int aRow,
      double[] b,
      int bFrom,
      double[] c,
      int cFrom,
      int cRow,
      int depth) {
    int r1 = aFrom + aRow;
    DoubleVector s00 = DoubleVector.zero(SPECIES);
    DoubleVector s01 = DoubleVector.zero(SPECIES);
    DoubleVector s10 = DoubleVector.zero(SPECIES);
    DoubleVector s11 = DoubleVector.zero(SPECIES);
    for (int k = 0; k < depth; k++) {
      DoubleVector b0 = DoubleVector.fromArray(SPECIES, b, bFrom + k * (2 * LANES));
      DoubleVector b1 = DoubleVector.fromArray(SPECIES, b, bFrom + k * (2 * LANES) + LANES);
      DoubleVector a0 = DoubleVector.broadcast(SPECIES, a[aFrom + k]);
      s00 = a0.fma(b0, s00);
      s01 = a0.fma(b1, s01);
      DoubleVector a1 = DoubleVector.broadcast(SPECIES, a[r1 + k]);
      s10 = a1.fma(b0, s10);
      s11 = a1.fma(b1, s11);
    }
    s00.intoArray(c, cFrom);
    s01.intoArray(c, cFrom + LANES);
    s10.intoArray(c, cFrom + cRow);
    s11.intoArray(c, cFrom + cRow + LANES);
  }

  private static void one(
      double[] a, int aFrom, double[] b, int bFrom, double[] c, int cFrom, int depth) {
    DoubleVector s00 = DoubleVector.zero(SPECIES);
    DoubleVector s01 = DoubleVector.zero(SPECIES);
    for (int k = 0; k < depth; k++) {
      DoubleVector b0 = DoubleVector.fromArray(SPECIES, b, bFrom + k * (2 * LANES));
      DoubleVector b1 = DoubleVector.fromArray(SPECIES, b, bFrom + k * (2 * LANES) + LANES);
      DoubleVector a0 = DoubleVector.broadcast(SPECIES, a[aFrom + k]);
      s00 = a0.fma(b0, s00);
      s01 = a0.fma(b1, s01);
    }
    s00.intoArray(c, cFrom);
    s01.intoArray(c, cFrom + LANES);
  }

  /** All rows of a panel of one vector, four at a time. */
  private static void narrow(
      double[] a,
      int aFrom,
      int aRow,
      double[] b,
      int bFrom,
      double[] c,
      int cFrom,
      int cRow,
      int numRows,
      int depth) {
    int whole = numRows / 4 * 4;
    for (int i = 0; i < whole; i += 4) {
      int r0 = aFrom + i * aRow;
      int r1 = r0 + aRow;
      int r2 = r1 + aRow;
      int r3 = r2 + aRow;
      DoubleVector s0 = DoubleVector.zero(SPECIES);
      DoubleVector s1 = DoubleVector.zero(SPECIES);
      DoubleVector s2 = DoubleVector.zero(SPECIES);
      DoubleVector s3 = DoubleVector.zero(SPECIES);
      for (int k = 0; k < depth; k++) {
        DoubleVector b0 = DoubleVector.fromArray(SPECIES, b, bFrom + k * LANES);
        s0 = b0.fma(DoubleVector.broadcast(SPECIES, a[r0 + k]), s0);
        s1 = b0.fma(DoubleVector.broadcast(SPECIES, a[r1 + k]), s1);
        s2 = b0.fma(DoubleVector.broadcast(SPECIES, a[r2 + k]), s2);
        s3 = b0.fma(DoubleVector.broadcast(SPECIES, a[r3 + k]), s3);
      }
      int to = cFrom + i * cRow;
      s0.intoArray(c, to);
      s1.intoArray(c, to + cRow);
      s2.intoArray(c, to + 2 * cRow);
      s3.intoArray(c, to + 3 * cRow);
    }
    for (int i = whole; i < numRows; i++) {
      oneNarrow(a, aFrom + i * aRow, b, bFrom, c, cFrom + i * cRow, depth);
    }
  }

  private static void oneNarrow(
      double[] a, int aFrom, double[] b, int bFrom, double[] c, int cFrom, int depth) {
    DoubleVector s00 = DoubleVector.zero(SPECIES);
    for (int k = 0; k < depth; k++) {
      DoubleVector b0 = DoubleVector.fromArray(SPECIES, b, bFrom + k * LANES);
      DoubleVector a0 = DoubleVector.broadcast(SPECIES, a[aFrom + k]);
      s00 = a0.fma(b0, s00);
    }
    s00.intoArray(c, cFrom);
  }

  /** {@code c[i] = SUM_k a(i, k) b[k]} with adjacent terms, a whole number of vectors of them. */
  static void dot(
      double[] a,
      int aFrom,
      int aRow,
      double[] b,
      int bFrom,
      double[] c,
      int cFrom,
      int cRow,
      int numRows,
      int depth) {
    for (int i = 0; i < numRows; i++) {
      DoubleVector s = DoubleVector.zero(SPECIES);
      int from = aFrom + i * aRow;
      for (int k = 0; k < depth; k += LANES) {
        s =
            DoubleVector.fromArray(SPECIES, a, from + k)
                .fma(DoubleVector.fromArray(SPECIES, b, bFrom + k), s);
      }
      c[cFrom + i * cRow] = sumOfLanes(s);
    }
  }

  /**
   * The sum of all lanes, halves added to halves. {@code reduceLanes} leaves the order open, and
   * the JIT's differs from the interpreter's: the same training would end with other bits from run
   * to run.
   */
  private static double sumOfLanes(DoubleVector s) {
    if (LANES > 8) {
      s = s.add(s.rearrange(BY_8));
    }
    if (LANES > 4) {
      s = s.add(s.rearrange(BY_4));
    }
    if (LANES > 2) {
      s = s.add(s.rearrange(BY_2));
    }
    if (LANES > 1) {
      s = s.add(s.rearrange(BY_1));
    }
    return s.lane(0);
  }

  private static VectorShuffle<Double> turnedBy(int lanes) {
    return VectorShuffle.fromOp(SPECIES, lane -> (lane + lanes) % LANES);
  }
}
