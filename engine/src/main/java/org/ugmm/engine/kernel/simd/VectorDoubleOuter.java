package org.ugmm.engine.kernel.simd;

import static org.ugmm.engine.kernel.simd.VectorDoubleMath.LANES;
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.SPECIES;

import jdk.incubator.vector.DoubleVector;
import org.ugmm.engine.kernel.TrainingKernels;

/**
 * Statistics of dense sums in double precision on vectors: blocks as in {@link VectorDoubleMatrix}.
 * All that a step reads it reads first, so that a failed bounds check needs no sums of the step
 * before.
 */
// The float twin of this class is derived from it at build.
final class VectorDoubleOuter {
  private VectorDoubleOuter() {}

  /** See {@link TrainingKernels#outer}; the width is a multiple of lanes. */
  static void outer(
      double[] a,
      int aFrom,
      int aRow,
      int num,
      double[] b,
      int bFrom,
      int bRow,
      double[] c,
      int cFrom,
      int width,
      int depth) {
    int numBlocks = (num + VectorDoubleMatrix.ROWS - 1) / VectorDoubleMatrix.ROWS;
    for (int j = 0; j < width; j += 2 * LANES) {
      boolean isNarrow = j + LANES == width;
      for (int block = 0; block < numBlocks; block++) {
        int i = num * block / numBlocks;
        int n = num * (block + 1) / numBlocks - i;
        int to = cFrom + i * width + j;
        if (isNarrow) {
          narrow(n, a, aFrom + i, aRow, b, bFrom + j, bRow, c, to, width, depth);
        } else {
          wide(n, a, aFrom + i, aRow, b, bFrom + j, bRow, c, to, width, depth);
        }
      }
    }
  }

  private static void wide(
      int n,
      double[] a,
      int aFrom,
      int aRow,
      double[] b,
      int bFrom,
      int bRow,
      double[] c,
      int cFrom,
      int cRow,
      int depth) {
    switch (n) {
      case 4 -> four(a, aFrom, aRow, b, bFrom, bRow, c, cFrom, cRow, depth);
      case 3 -> three(a, aFrom, aRow, b, bFrom, bRow, c, cFrom, cRow, depth);
      case 2 -> two(a, aFrom, aRow, b, bFrom, bRow, c, cFrom, cRow, depth);
      default -> one(a, aFrom, aRow, b, bFrom, bRow, c, cFrom, depth);
    }
  }

  private static void narrow(
      int n,
      double[] a,
      int aFrom,
      int aRow,
      double[] b,
      int bFrom,
      int bRow,
      double[] c,
      int cFrom,
      int cRow,
      int depth) {
    if (n == 4) {
      fourNarrow(a, aFrom, aRow, b, bFrom, bRow, c, cFrom, cRow, depth);
    } else {
      for (int i = 0; i < n; i++) {
        oneNarrow(a, aFrom + i, aRow, b, bFrom, bRow, c, cFrom + i * cRow, depth);
      }
    }
  }

  private static void four(
      double[] a,
      int aFrom,
      int aRow,
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
    int at = aFrom;
    int from = bFrom;
    for (int k = 0; k < depth; k++) {
      double a0 = a[at];
      double a1 = a[at + 1];
      double a2 = a[at + 2];
      double a3 = a[at + 3];
      DoubleVector b0 = DoubleVector.fromArray(SPECIES, b, from);
      DoubleVector b1 = DoubleVector.fromArray(SPECIES, b, from + LANES);
      s00 = b0.fma(DoubleVector.broadcast(SPECIES, a0), s00);
      s01 = b1.fma(DoubleVector.broadcast(SPECIES, a0), s01);
      s10 = b0.fma(DoubleVector.broadcast(SPECIES, a1), s10);
      s11 = b1.fma(DoubleVector.broadcast(SPECIES, a1), s11);
      s20 = b0.fma(DoubleVector.broadcast(SPECIES, a2), s20);
      s21 = b1.fma(DoubleVector.broadcast(SPECIES, a2), s21);
      s30 = b0.fma(DoubleVector.broadcast(SPECIES, a3), s30);
      s31 = b1.fma(DoubleVector.broadcast(SPECIES, a3), s31);
      at += aRow;
      from += bRow;
    }
    add(s00, c, cFrom);
    add(s01, c, cFrom + LANES);
    add(s10, c, cFrom + cRow);
    add(s11, c, cFrom + cRow + LANES);
    add(s20, c, cFrom + 2 * cRow);
    add(s21, c, cFrom + 2 * cRow + LANES);
    add(s30, c, cFrom + 3 * cRow);
    add(s31, c, cFrom + 3 * cRow + LANES);
  }

  private static void three(
      double[] a,
      int aFrom,
      int aRow,
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
    int at = aFrom;
    int from = bFrom;
    for (int k = 0; k < depth; k++) {
      double a0 = a[at];
      double a1 = a[at + 1];
      double a2 = a[at + 2];
      DoubleVector b0 = DoubleVector.fromArray(SPECIES, b, from);
      DoubleVector b1 = DoubleVector.fromArray(SPECIES, b, from + LANES);
      s00 = b0.fma(DoubleVector.broadcast(SPECIES, a0), s00);
      s01 = b1.fma(DoubleVector.broadcast(SPECIES, a0), s01);
      s10 = b0.fma(DoubleVector.broadcast(SPECIES, a1), s10);
      s11 = b1.fma(DoubleVector.broadcast(SPECIES, a1), s11);
      s20 = b0.fma(DoubleVector.broadcast(SPECIES, a2), s20);
      s21 = b1.fma(DoubleVector.broadcast(SPECIES, a2), s21);
      at += aRow;
      from += bRow;
    }
    add(s00, c, cFrom);
    add(s01, c, cFrom + LANES);
    add(s10, c, cFrom + cRow);
    add(s11, c, cFrom + cRow + LANES);
    add(s20, c, cFrom + 2 * cRow);
    add(s21, c, cFrom + 2 * cRow + LANES);
  }

  private static void two(
      double[] a,
      int aFrom,
      int aRow,
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
      double a0 = a[at];
      double a1 = a[at + 1];
      DoubleVector b0 = DoubleVector.fromArray(SPECIES, b, from);
      DoubleVector b1 = DoubleVector.fromArray(SPECIES, b, from + LANES);
      s00 = b0.fma(DoubleVector.broadcast(SPECIES, a0), s00);
      s01 = b1.fma(DoubleVector.broadcast(SPECIES, a0), s01);
      s10 = b0.fma(DoubleVector.broadcast(SPECIES, a1), s10);
      s11 = b1.fma(DoubleVector.broadcast(SPECIES, a1), s11);
      at += aRow;
      from += bRow;
    }
    add(s00, c, cFrom);
    add(s01, c, cFrom + LANES);
    add(s10, c, cFrom + cRow);
    add(s11, c, cFrom + cRow + LANES);
  }

  private static void one(
      double[] a,
      int aFrom,
      int aRow,
      double[] b,
      int bFrom,
      int bRow,
      double[] c,
      int cFrom,
      int depth) {
    DoubleVector s00 = DoubleVector.zero(SPECIES);
    DoubleVector s01 = DoubleVector.zero(SPECIES);
    int at = aFrom;
    int from = bFrom;
    for (int k = 0; k < depth; k++) {
      double a0 = a[at];
      DoubleVector b0 = DoubleVector.fromArray(SPECIES, b, from);
      DoubleVector b1 = DoubleVector.fromArray(SPECIES, b, from + LANES);
      s00 = b0.fma(DoubleVector.broadcast(SPECIES, a0), s00);
      s01 = b1.fma(DoubleVector.broadcast(SPECIES, a0), s01);
      at += aRow;
      from += bRow;
    }
    add(s00, c, cFrom);
    add(s01, c, cFrom + LANES);
  }

  private static void fourNarrow(
      double[] a,
      int aFrom,
      int aRow,
      double[] b,
      int bFrom,
      int bRow,
      double[] c,
      int cFrom,
      int cRow,
      int depth) {
    DoubleVector s00 = DoubleVector.zero(SPECIES);
    DoubleVector s10 = DoubleVector.zero(SPECIES);
    DoubleVector s20 = DoubleVector.zero(SPECIES);
    DoubleVector s30 = DoubleVector.zero(SPECIES);
    int at = aFrom;
    int from = bFrom;
    for (int k = 0; k < depth; k++) {
      double a0 = a[at];
      double a1 = a[at + 1];
      double a2 = a[at + 2];
      double a3 = a[at + 3];
      DoubleVector b0 = DoubleVector.fromArray(SPECIES, b, from);
      s00 = b0.fma(DoubleVector.broadcast(SPECIES, a0), s00);
      s10 = b0.fma(DoubleVector.broadcast(SPECIES, a1), s10);
      s20 = b0.fma(DoubleVector.broadcast(SPECIES, a2), s20);
      s30 = b0.fma(DoubleVector.broadcast(SPECIES, a3), s30);
      at += aRow;
      from += bRow;
    }
    add(s00, c, cFrom);
    add(s10, c, cFrom + cRow);
    add(s20, c, cFrom + 2 * cRow);
    add(s30, c, cFrom + 3 * cRow);
  }

  private static void oneNarrow(
      double[] a,
      int aFrom,
      int aRow,
      double[] b,
      int bFrom,
      int bRow,
      double[] c,
      int cFrom,
      int depth) {
    DoubleVector s00 = DoubleVector.zero(SPECIES);
    int at = aFrom;
    int from = bFrom;
    for (int k = 0; k < depth; k++) {
      double a0 = a[at];
      DoubleVector b0 = DoubleVector.fromArray(SPECIES, b, from);
      s00 = b0.fma(DoubleVector.broadcast(SPECIES, a0), s00);
      at += aRow;
      from += bRow;
    }
    add(s00, c, cFrom);
  }

  private static void add(DoubleVector sum, double[] c, int at) {
    sum.add(DoubleVector.fromArray(SPECIES, c, at)).intoArray(c, at);
  }
}
