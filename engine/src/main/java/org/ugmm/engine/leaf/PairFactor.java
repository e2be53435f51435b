package org.ugmm.engine.leaf;

import org.jspecify.annotations.Nullable;

/**
 * A Cholesky factor whose entries are unevaluated sums of two doubles, so that what it says of a
 * matrix near to singular still has the digits of a double. Immutable.
 */
final class PairFactor {
  /*
   * A product of pairs is formed with a fused multiply-add, an inner product adds up what the
   * additions of its high parts lose. With u = 2^-53 and B the sum of the absolute terms each of n
   * steps errs by 4 u^2 of its product and by u of a low part that is at most 2 n u B, so that an
   * inner product errs by 4 (n + 1)^2 u^2 B at most. By Higham, Accuracy and Stability, theorem 10.3,
   * L L^T then differs from the matrix by that part of |L| |L|^T.
   */
  final int size;

  /** [size (size + 1) / 2] lower triangle, row by row: high parts and low parts. */
  private final double[] hi;

  private final double[] lo;

  private PairFactor(int size, double[] hi, double[] lo) {
    this.size = size;
    this.hi = hi;
    this.lo = lo;
  }

  /** Bound on the relative error, by absolute terms, of the inner products of a matrix. */
  static double error(int size) {
    return ((size + 1.0) * (size + 1.0) + 16) * 0x1p-104;
  }

  /**
   * The factor of a matrix.
   *
   * @param lower (Input) lower triangle, row by row
   * @return null where a pivot is not positive
   */
  static @Nullable PairFactor of(int size, double[] lower) {
    PairFactor f = new PairFactor(size, lower.clone(), new double[lower.length]);
    for (int i = 0; i < size; i++) {
      for (int j = 0; j <= i; j++) {
        if (!f.entry(i, j)) {
          return null;
        }
      }
    }
    return f;
  }

  private boolean entry(int i, int j) {
    int at = at(i, j);
    Pair sum = new Pair(hi[at], 0);
    for (int k = 0; k < j; k++) {
      sum.subtract(hi[at(i, k)], lo[at(i, k)], hi[at(j, k)], lo[at(j, k)]);
    }
    if (i != j) {
      sum.divide(hi[at(j, j)], lo[at(j, j)]);
    } else if (sum.value() > 0) {
      sum.root();
    } else {
      return false;
    }
    hi[at] = sum.hi;
    lo[at] = sum.lo;
    return true;
  }

  private static int at(int i, int j) {
    return i * (i + 1) / 2 + j;
  }

  /** An entry of the factor, rounded. */
  double entryAt(int i, int j) {
    return hi[at(i, j)];
  }

  /**
   * Solves the first equations of L y = r in place.
   *
   * @param y [count] pairs
   */
  void solve(Pair[] y, int count) {
    for (int i = 0; i < count; i++) {
      for (int k = 0; k < i; k++) {
        y[i].subtract(hi[at(i, k)], lo[at(i, k)], y[k].hi, y[k].lo);
      }
      y[i].divide(hi[at(i, i)], lo[at(i, i)]);
    }
  }

  /** The product of the first columns of a row with a vector. */
  Pair times(int row, Pair[] y, int count) {
    Pair sum = new Pair(0, 0);
    for (int k = 0; k < count; k++) {
      sum.subtract(-hi[at(row, k)], -lo[at(row, k)], y[k].hi, y[k].lo);
    }
    sum.renormalise();
    return sum;
  }

  /** The product of columns {@code from .. min(i, j)} of two rows. */
  Pair gram(int i, int j, int from) {
    Pair sum = new Pair(0, 0);
    for (int k = from; k <= Math.min(i, j); k++) {
      sum.subtract(-hi[at(i, k)], -lo[at(i, k)], hi[at(j, k)], lo[at(j, k)]);
    }
    sum.renormalise();
    return sum;
  }

  /** [rows][] the inverse of the rows and columns from one on, in plain doubles, lower triangle. */
  double[][] inverse(int from) {
    int rows = size - from;
    double[][] inverse = new double[rows][];
    for (int i = 0; i < rows; i++) {
      inverse[i] = new double[i + 1];
      double pivot = hi[at(from + i, from + i)];
      for (int k = 0; k < i; k++) {
        double factor = hi[at(from + i, from + k)];
        for (int j = 0; j <= k; j++) {
          inverse[i][j] -= factor * inverse[k][j];
        }
      }
      for (int j = 0; j < i; j++) {
        inverse[i][j] /= pivot;
      }
      inverse[i][i] = 1 / pivot;
    }
    return inverse;
  }

  /** The unevaluated sum of two doubles. */
  static final class Pair {
    double hi;
    double lo;

    Pair(double hi, double lo) {
      this.hi = hi;
      this.lo = lo;
    }

    /** The difference of two doubles, which is exact but for overflow. */
    static Pair difference(double a, double b) {
      double d = a - b;
      double back = d - a;
      return new Pair(d, (a - (d - back)) + (-b - back));
    }

    /** Takes off a product of pairs; the low part may grow beyond an ulp of the high one. */
    void subtract(double ah, double al, double bh, double bl) {
      double p = -ah * bh;
      double rest = Math.fma(-ah, bh, -p) - (ah * bl + al * bh);
      double sum = hi + p;
      double back = sum - hi;
      lo += ((hi - (sum - back)) + (p - back)) + rest;
      hi = sum;
    }

    void renormalise() {
      double sum = hi + lo;
      double back = sum - hi;
      lo = (hi - (sum - back)) + (lo - back);
      hi = sum;
    }

    double value() {
      return hi + lo;
    }

    void divide(double bh, double bl) {
      renormalise();
      double q = hi / bh;
      subtract(q, 0, bh, bl);
      double rest = (hi + lo) / bh;
      hi = q;
      lo = rest;
      renormalise();
    }

    void root() {
      renormalise();
      double x = Math.sqrt(hi);
      lo = (Math.fma(-x, x, hi) + lo) / (2 * x);
      hi = x;
      renormalise();
    }

    /** Times a power of two. */
    Pair scaled(int exponent) {
      return new Pair(Math.scalb(hi, exponent), Math.scalb(lo, exponent));
    }
  }
}
