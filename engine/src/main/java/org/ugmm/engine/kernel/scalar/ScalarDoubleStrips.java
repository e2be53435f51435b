package org.ugmm.engine.kernel.scalar;

import java.util.Arrays;
import org.ugmm.engine.kernel.StripKernels;

/** Training in double precision, rows innermost, without vectors. */
// The float twin of this class is derived from it at build.
public class ScalarDoubleStrips implements StripKernels<double[]> {
  private static final double SMALLEST = 0x1p-900; // double only
  // float: private static final float SMALLEST = 0x1p-100f;
  private static final double LARGEST_EXPONENT = 0x1p30; // double only

  // float: private static final float LARGEST_EXPONENT = 0x1p30f;

  @Override
  public int strip() {
    return 2;
  }

  /** Where a row of a column of a block stands. */
  private int at(int from, int width, int column, int row) {
    int strip = strip();
    return from + (row / strip * width + column) * strip + row % strip;
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
    for (int r = 0; r < rows; r++) {
      double z = u[uFrom + r];
      for (int j = 0; j < width; j++) {
        int at = at(xFrom, width, j, r);
        double d = (z - p[pFrom + j]) * p[pFrom + width + j];
        double log = Double.isNaN(z) ? 0 : Math.fma(-d, d, p[pFrom + 2 * width + j]);
        x[at] = first ? log : x[at] + log;
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
    for (int r = 0; r < rows; r++) {
      double z = u[uFrom + r];
      for (int j = 0; j < width && !Double.isNaN(z); j++) {
        double flow = f[at(fFrom, width, j, r)];
        double d = (z - p[pFrom + j]) * p[pFrom + width + j];
        int to = sFrom + STATISTICS * j;
        s[to] += flow;
        s[to + 1] = Math.fma(flow, d, s[to + 1]);
        s[to + 2] = Math.fma(flow * d, d, s[to + 2]);
      }
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
    for (int r = 0; r < rows; r++) {
      for (int j = 0; j < width; j++) {
        int at = at(xFrom, width, j, r);
        x[at] = ScalarDoubleMath.exp2(x[at] - scratch[r]);
      }
    }
  }

  private void largest(
      double[] x, int xFrom, int width, int rows, double atLeast, double[] largest) {
    Arrays.fill(largest, 0, rows, atLeast);
    for (int r = 0; r < rows; r++) {
      for (int j = 0; j < width; j++) {
        largest[r] = Math.max(largest[r], x[at(xFrom, width, j, r)]);
      }
    }
  }

  /** Rounds exponents up; one that is out of range becomes infinite, and is written as 0. */
  protected static void roundUp(
      double[] x, int rows, int[] exponent, /*double*/ double[] most, int exponentFrom) {
    for (int r = 0; r < rows; r++) {
      boolean inRange = Math.abs(x[r]) < LARGEST_EXPONENT;
      double up = (double) Math.ceil(x[r]);
      exponent[exponentFrom + r] = inRange ? (int) up : 0;
      most[exponentFrom + r] = inRange ? ScalarDoubleTraining.exp2Bound(x[r] - up) : 0;
      x[r] = inRange ? up : Double.POSITIVE_INFINITY;
    }
  }

  @Override
  public final void pack(
      double[] x, int xRow, int na, int nb, int width, double[] y, int sumsFrom, int flowsFrom) {
    int to = sumsFrom;
    for (int m = 0, n; m < width; m += n) {
      n = StripKernels.block(width - m);
      for (int ij = 0; ij < na * nb; ij++) {
        for (int k = m; k < m + n; k++) {
          y[to++] = x[k * xRow + ij];
        }
      }
    }
    to = flowsFrom;
    for (int j = 0, n; j < nb; j += n) {
      n = StripKernels.block(nb - j);
      for (int i = 0; i < na; i++) {
        for (int m = 0; m < width; m++) {
          for (int k = j; k < j + n; k++) {
            y[to++] = x[m * xRow + i * nb + k];
          }
        }
      }
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
    for (int r = 0; r < rows; r++) {
      for (int m = 0, n; m < width; m += n) {
        n = StripKernels.block(width - m);
        for (int k = 0; k < n; k++) {
          int weight = wFrom + m * na * nb + k;
          double sum = 0;
          for (int i = 0; i < na; i++) {
            double inner = 0;
            for (int j = 0; j < nb; j++, weight += n) {
              inner = Math.fma(w[weight], v[at(bFrom, nb, j, r)], inner);
            }
            sum = Math.fma(v[at(aFrom, na, i, r)], inner, sum);
          }
          v[at(cFrom, width, m + k, r)] = sum;
        }
      }
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
    for (int r = 0; r < rows; r++) {
      for (int i = 0; i < na; i++) {
        double left = v[at(aFrom, na, i, r)];
        double sum = 0;
        for (int j = 0; j < nb; j++) {
          double product = quotient(f, r, i, j, na, nb, w, wFrom, gFrom, width);
          int to = at(bFrom, nb, j, r);
          product *= v[to];
          sum += product;
          f[to] = Math.fma(product, left, f[to]);
        }
        int to = at(aFrom, na, i, r);
        f[to] = Math.fma(sum, left, f[to]);
      }
    }
  }

  /** Flow over value of a pair. */
  private double quotient(
      double[] f,
      int r,
      int i,
      int j,
      int na,
      int nb,
      double[] w,
      int wFrom,
      int gFrom,
      int width) {
    int first = 0;
    int n = StripKernels.block(nb);
    while (first + n <= j) {
      first += n;
      n = StripKernels.block(nb - first);
    }
    int weight = wFrom + (first * na + i * n) * width + j - first;
    double sum = 0;
    for (int m = 0; m < width; m++) {
      sum = Math.fma(w[weight + m * n], f[at(gFrom, width, m, r)], sum);
    }
    return sum;
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
    for (int r = 0; r < rows; r++) {
      for (int m = 0; m < width; m++) {
        double quotient = f[at(gFrom, width, m, r)];
        for (int i = 0; i < na; i++) {
          double factor = v[at(aFrom, na, i, r)];
          for (int j = 0; j < nb; j++) {
            int to = sFrom + m * sRow + i * nb + j;
            s[to] = Math.fma(factor * v[at(bFrom, nb, j, r)], quotient, s[to]);
          }
        }
      }
    }
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
    boolean anyTiny = false;
    for (int r = 0; r < rows; r++) {
      for (int j = 0; j < width; j++) {
        int at = at(xFrom, width, j, r);
        x[at] *= scratch[r];
        anyTiny |= x[at] > 0 && x[at] < SMALLEST;
      }
    }
    return anyTiny;
  }

  /** Replaces the largest number of each row by the power of two that the row is to be times. */
  protected static void shifts(
      double[] largest, int rows, int[] shift, /*double*/ double[] most, int shiftFrom) {
    for (int r = 0; r < rows; r++) {
      int s = ScalarDoubleTraining.shift(largest[r]);
      shift[shiftFrom + r] = s;
      double by = s == ScalarDoubleTraining.NO_SHIFT ? 1 : ScalarDoubleTraining.power(s);
      most[shiftFrom + r] = largest[r] * by;
      largest[r] = by;
    }
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
    for (int r = 0; r < rows; r++) {
      for (int j = 0; j < width; j++) {
        int at = at(from, width, j, r);
        f[at] = y[at] < SMALLEST ? 0 : f[at] * scratch[r] / y[at];
      }
    }
  }

  /** The powers of two of shifts, 0 where a row is zero. */
  protected static void powers(int[] shift, int shiftFrom, int rows, double[] to) {
    for (int r = 0; r < rows; r++) {
      int s = shift[shiftFrom + r];
      to[r] = s == ScalarDoubleTraining.NO_SHIFT ? 0 : ScalarDoubleTraining.power(s);
    }
  }
}
