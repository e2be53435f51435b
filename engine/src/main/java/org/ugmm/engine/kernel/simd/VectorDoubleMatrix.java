package org.ugmm.engine.kernel.simd;

import static org.ugmm.engine.kernel.simd.VectorDoubleMath.LANES;
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.SPECIES;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorShuffle;
import org.ugmm.engine.kernel.TrainingKernels;

/**
 * Matrix products in double precision on vectors.
 *
 * <p>Six rows by two vectors of columns stay in registers (of 16) over all terms: eight loads feed
 * twelve multiply-adds. A panel of two vectors of b is used by all rows before the next, so that it
 * stays in the first-level cache. The blocks are written out, since an array of vectors would be an
 * array of objects.
 */
// The float twin of this class is derived from it at build.
final class VectorDoubleMatrix {
  private static final VectorShuffle<Double> BY_8 = turnedBy(8);
  private static final VectorShuffle<Double> BY_4 = turnedBy(4);
  private static final VectorShuffle<Double> BY_2 = turnedBy(2);
  private static final VectorShuffle<Double> BY_1 = turnedBy(1);

  private VectorDoubleMatrix() {}

  /** See {@link TrainingKernels#matrix}; the width is a multiple of lanes. */
  static void product(
      double[] a,
      int aFrom,
      int aRow,
      int aColumn,
      double[] b,
      int bFrom,
      int bRow,
      double[] c,
      int cFrom,
      int cRow,
      int numRows,
      int width,
      int depth) {
    int j = 0;
    for (; j + 2 * LANES <= width; j += 2 * LANES) {
      int i = 0;
      for (; i + 6 <= numRows; i += 6) {
        six(
            a,
            aFrom + i * aRow,
            aRow,
            aColumn,
            b,
            bFrom + j,
            bRow,
            c,
            cFrom + i * cRow + j,
            cRow,
            depth);
      }
      for (; i + 2 <= numRows; i += 2) {
        two(
            a,
            aFrom + i * aRow,
            aRow,
            aColumn,
            b,
            bFrom + j,
            bRow,
            c,
            cFrom + i * cRow + j,
            cRow,
            depth);
      }
      if (i < numRows) {
        int at = cFrom + i * cRow + j;
        one(a, aFrom + i * aRow, aColumn, b, bFrom + j, bRow, c, at, depth);
        one(a, aFrom + i * aRow, aColumn, b, bFrom + j + LANES, bRow, c, at + LANES, depth);
      }
    }
    if (j < width) {
      int i = 0;
      for (; i + 6 <= numRows; i += 6) {
        sixNarrow(
            a,
            aFrom + i * aRow,
            aRow,
            aColumn,
            b,
            bFrom + j,
            bRow,
            c,
            cFrom + i * cRow + j,
            cRow,
            depth);
      }
      for (; i < numRows; i++) {
        one(a, aFrom + i * aRow, aColumn, b, bFrom + j, bRow, c, cFrom + i * cRow + j, depth);
      }
    }
  }

  private static void six(
      double[] a,
      int aFrom,
      int aRow,
      int aColumn,
      double[] b,
      int bFrom,
      int bRow,
      double[] c,
      int cFrom,
      int cRow,
      int depth) {
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
    DoubleVector s50 = DoubleVector.zero(SPECIES);
    DoubleVector s51 = DoubleVector.zero(SPECIES);
    int at = aFrom;
    int from = bFrom;
    for (int k = 0; k < depth; k++) {
      DoubleVector b0 = DoubleVector.fromArray(SPECIES, b, from);
      DoubleVector b1 = DoubleVector.fromArray(SPECIES, b, from + LANES);
      DoubleVector a0 = DoubleVector.broadcast(SPECIES, a[at]);
      s00 = a0.fma(b0, s00);
      s01 = a0.fma(b1, s01);
      DoubleVector a1 = DoubleVector.broadcast(SPECIES, a[at + aRow]);
      s10 = a1.fma(b0, s10);
      s11 = a1.fma(b1, s11);
      DoubleVector a2 = DoubleVector.broadcast(SPECIES, a[at + 2 * aRow]);
      s20 = a2.fma(b0, s20);
      s21 = a2.fma(b1, s21);
      DoubleVector a3 = DoubleVector.broadcast(SPECIES, a[at + 3 * aRow]);
      s30 = a3.fma(b0, s30);
      s31 = a3.fma(b1, s31);
      DoubleVector a4 = DoubleVector.broadcast(SPECIES, a[at + 4 * aRow]);
      s40 = a4.fma(b0, s40);
      s41 = a4.fma(b1, s41);
      DoubleVector a5 = DoubleVector.broadcast(SPECIES, a[at + 5 * aRow]);
      s50 = a5.fma(b0, s50);
      s51 = a5.fma(b1, s51);
      at += aColumn;
      from += bRow;
    }
    s00.intoArray(c, cFrom);
    s01.intoArray(c, cFrom + LANES);
    s10.intoArray(c, cFrom + cRow);
    s11.intoArray(c, cFrom + cRow + LANES);
    s20.intoArray(c, cFrom + 2 * cRow);
    s21.intoArray(c, cFrom + 2 * cRow + LANES);
    s30.intoArray(c, cFrom + 3 * cRow);
    s31.intoArray(c, cFrom + 3 * cRow + LANES);
    s40.intoArray(c, cFrom + 4 * cRow);
    s41.intoArray(c, cFrom + 4 * cRow + LANES);
    s50.intoArray(c, cFrom + 5 * cRow);
    s51.intoArray(c, cFrom + 5 * cRow + LANES);
  }

  private static void two(
      double[] a,
      int aFrom,
      int aRow,
      int aColumn,
      double[] b,
      int bFrom,
      int bRow,
      double[] c,
      int cFrom,
      int cRow,
      int depth) {
    DoubleVector s00 = DoubleVector.zero(SPECIES);
    DoubleVector s01 = DoubleVector.zero(SPECIES);
    DoubleVector s10 = DoubleVector.zero(SPECIES);
    DoubleVector s11 = DoubleVector.zero(SPECIES);
    int at = aFrom;
    int from = bFrom;
    for (int k = 0; k < depth; k++) {
      DoubleVector b0 = DoubleVector.fromArray(SPECIES, b, from);
      DoubleVector b1 = DoubleVector.fromArray(SPECIES, b, from + LANES);
      DoubleVector a0 = DoubleVector.broadcast(SPECIES, a[at]);
      s00 = a0.fma(b0, s00);
      s01 = a0.fma(b1, s01);
      DoubleVector a1 = DoubleVector.broadcast(SPECIES, a[at + aRow]);
      s10 = a1.fma(b0, s10);
      s11 = a1.fma(b1, s11);
      at += aColumn;
      from += bRow;
    }
    s00.intoArray(c, cFrom);
    s01.intoArray(c, cFrom + LANES);
    s10.intoArray(c, cFrom + cRow);
    s11.intoArray(c, cFrom + cRow + LANES);
  }

  private static void one(
      double[] a,
      int aFrom,
      int aColumn,
      double[] b,
      int bFrom,
      int bRow,
      double[] c,
      int cFrom,
      int depth) {
    DoubleVector sum = DoubleVector.zero(SPECIES);
    int at = aFrom;
    int from = bFrom;
    for (int k = 0; k < depth; k++) {
      sum =
          DoubleVector.broadcast(SPECIES, a[at]).fma(DoubleVector.fromArray(SPECIES, b, from), sum);
      at += aColumn;
      from += bRow;
    }
    sum.intoArray(c, cFrom);
  }

  private static void sixNarrow(
      double[] a,
      int aFrom,
      int aRow,
      int aColumn,
      double[] b,
      int bFrom,
      int bRow,
      double[] c,
      int cFrom,
      int cRow,
      int depth) {
    DoubleVector s0 = DoubleVector.zero(SPECIES);
    DoubleVector s1 = DoubleVector.zero(SPECIES);
    DoubleVector s2 = DoubleVector.zero(SPECIES);
    DoubleVector s3 = DoubleVector.zero(SPECIES);
    DoubleVector s4 = DoubleVector.zero(SPECIES);
    DoubleVector s5 = DoubleVector.zero(SPECIES);
    int at = aFrom;
    int from = bFrom;
    for (int k = 0; k < depth; k++) {
      DoubleVector b0 = DoubleVector.fromArray(SPECIES, b, from);
      s0 = DoubleVector.broadcast(SPECIES, a[at]).fma(b0, s0);
      s1 = DoubleVector.broadcast(SPECIES, a[at + aRow]).fma(b0, s1);
      s2 = DoubleVector.broadcast(SPECIES, a[at + 2 * aRow]).fma(b0, s2);
      s3 = DoubleVector.broadcast(SPECIES, a[at + 3 * aRow]).fma(b0, s3);
      s4 = DoubleVector.broadcast(SPECIES, a[at + 4 * aRow]).fma(b0, s4);
      s5 = DoubleVector.broadcast(SPECIES, a[at + 5 * aRow]).fma(b0, s5);
      at += aColumn;
      from += bRow;
    }
    s0.intoArray(c, cFrom);
    s1.intoArray(c, cFrom + cRow);
    s2.intoArray(c, cFrom + 2 * cRow);
    s3.intoArray(c, cFrom + 3 * cRow);
    s4.intoArray(c, cFrom + 4 * cRow);
    s5.intoArray(c, cFrom + 5 * cRow);
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
