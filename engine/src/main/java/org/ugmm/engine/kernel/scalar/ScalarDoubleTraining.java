package org.ugmm.engine.kernel.scalar;

import java.util.Arrays;
import org.ugmm.engine.kernel.StripKernels;
import org.ugmm.engine.kernel.TrainingKernels;

/** Training in double precision without vectors. */
// The float twin of this class is derived from it at build.
public class ScalarDoubleTraining implements TrainingKernels<double[]> {
  private static final int TINY = -900; // double only
  private static final int VANISHING = Double.MIN_EXPONENT - 52; // double only
  // float: private static final int TINY = -100;
  // float: private static final int VANISHING = Float.MIN_EXPONENT - 23;
  private static final double SMALLEST = 0x1p-900; // double only
  // float: private static final float SMALLEST = 0x1p-100f;
  private static final double LARGEST_EXPONENT = 0x1p30; // double only
  // float: private static final float LARGEST_EXPONENT = 0x1p30f;
  private static final int BIAS = 1023; // double only

  // float: private static final int BIAS = 127;
  private static final int FRACTION_BITS = 52; // double only

  // float: private static final int FRACTION_BITS = 23;

  /** The shift of a row that is zero. */
  public static final int NO_SHIFT = Integer.MAX_VALUE;

  private static final StripKernels<double[]> STRIPS = new ScalarDoubleStrips();

  @Override
  public int lanes() {
    return 1;
  }

  @Override
  public StripKernels<double[]> strips() {
    return STRIPS;
  }

  @Override
  public final int tiny() {
    return TINY;
  }

  @Override
  public final int vanishing() {
    return VANISHING;
  }

  @Override
  public final double[] zeros(int length) {
    return new double[length];
  }

  @Override
  public final void fill(double[] a, int from, int length, /*double*/ double value) {
    Arrays.fill(a, from, from + length, (double) value);
  }

  @Override
  public final /*double*/ double get(double[] a, int at) {
    return a[at];
  }

  @Override
  public final void set(double[] a, int at, /*double*/ double value) {
    double rounded = (double) value;
    a[at] = Math.abs(rounded) < SMALLEST ? 0 : rounded;
  }

  /** 2^exponent, 0 below the normal range and infinity above it. */
  public static double power(int exponent) {
    long biased = Math.min(Math.max(exponent + BIAS, 0), 2 * BIAS + 1);
    return Double.longBitsToDouble(biased << FRACTION_BITS);
  }

  @Override
  public int panel() {
    return 1 << 16;
  }

  @Override
  public void product(
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
    for (int from = 0; from < width; from += panel()) {
      int panel = Math.min(panel(), width - from);
      for (int i = 0; i < numRows; i++) {
        int to = cFrom + i * cRow + from;
        Arrays.fill(c, to, to + panel, 0);
        for (int k = 0; k < depth; k++) {
          double factor = a[aFrom + i * aRow + k];
          int at = bFrom + from * depth + k * panel;
          for (int j = 0; j < panel; j++) {
            c[to + j] += factor * b[at + j];
          }
        }
      }
    }
  }

  @Override
  public void outer(
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
    for (int k = 0; k < depth; k++) {
      for (int i = 0; i < num; i++) {
        double factor = a[aFrom + k * aRow + i];
        for (int j = 0; j < width; j++) {
          c[cFrom + i * width + j] += factor * b[bFrom + k * bRow + j];
        }
      }
    }
  }

  @Override
  public void times(
      double[] y,
      int yFrom,
      int yStride,
      double[] x,
      int xFrom,
      int xStride,
      int rows,
      int width,
      boolean first) {
    for (int r = 0; r < rows; r++) {
      for (int j = 0; j < width; j++) {
        int at = xFrom + r * xStride + j;
        double factor = y[yFrom + r * yStride + j];
        x[at] = first ? factor : x[at] * factor;
      }
    }
  }

  @Override
  public void add(
      double[] y, int yFrom, int yStride, double[] x, int xFrom, int xStride, int rows, int width) {
    for (int r = 0; r < rows; r++) {
      for (int j = 0; j < width; j++) {
        x[xFrom + r * xStride + j] += y[yFrom + r * yStride + j];
      }
    }
  }

  @Override
  public final void gather(
      double[] y,
      int yFrom,
      int yStride,
      int[] column,
      double[] x,
      int xFrom,
      int xStride,
      int rows,
      boolean first) {
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < column.length; c++) {
        int at = xFrom + r * xStride + c;
        double factor = y[yFrom + r * yStride + column[c]];
        x[at] = first ? factor : x[at] * factor;
      }
    }
  }

  @Override
  public final void scatter(
      double[] x,
      int xFrom,
      int xStride,
      int[] column,
      double[] f,
      int fFrom,
      int fStride,
      int rows) {
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < column.length; c++) {
        f[fFrom + r * fStride + column[c]] += x[xFrom + r * xStride + c];
      }
    }
  }

  @Override
  public void cross(
      double[] a,
      int aFrom,
      int aStride,
      int na,
      double[] b,
      int bFrom,
      int bStride,
      int nb,
      double[] x,
      int xFrom,
      int xStride,
      int rows) {
    for (int r = 0; r < rows; r++) {
      int to = xFrom + r * xStride;
      for (int i = 0; i < na; i++) {
        double factor = a[aFrom + r * aStride + i];
        for (int j = 0; j < nb; j++) {
          x[to++] = factor * b[bFrom + r * bStride + j];
        }
      }
    }
  }

  @Override
  public void crossFlows(
      double[] u,
      int uFrom,
      int uStride,
      double[] v,
      double[] f,
      int aFrom,
      int aStride,
      int na,
      int bFrom,
      int bStride,
      int nb,
      int rows) {
    for (int r = 0; r < rows; r++) {
      int from = uFrom + r * uStride;
      for (int i = aFrom + r * aStride; i < aFrom + r * aStride + na; i++) {
        double sum = 0;
        for (int j = bFrom + r * bStride; j < bFrom + r * bStride + nb; j++) {
          double quotient = u[from++];
          sum += quotient * v[j];
          f[j] += quotient * v[i] * v[j];
        }
        f[i] += sum * v[i];
      }
    }
  }

  @Override
  public final void scaleRows(
      double[] x, int xFrom, int stride, int rows, int width, double[] factor, int factorFrom) {
    for (int r = 0; r < rows; r++) {
      double by = factor[factorFrom + r];
      for (int j = 0; j < width && by != 1; j++) {
        x[xFrom + r * stride + j] *= by;
      }
    }
  }

  @Override
  public boolean normalise(
      double[] x,
      int xFrom,
      int stride,
      int rows,
      int width,
      int[] shift,
      /*double*/ double[] most,
      int shiftFrom) {
    boolean anyTiny = false;
    for (int r = 0; r < rows; r++) {
      int from = xFrom + r * stride;
      double max = 0;
      for (int j = 0; j < width; j++) {
        max = Math.max(max, x[from + j]);
      }
      shift[shiftFrom + r] = shift(max);
      double by = max >= SMALLEST ? power(shift(max)) : 1;
      most[shiftFrom + r] = max * by;
      for (int j = 0; j < width; j++) {
        x[from + j] *= by;
        anyTiny |= x[from + j] > 0 && x[from + j] < SMALLEST;
      }
    }
    return anyTiny;
  }

  /** A little above 2^x, x in (-1, 0]: the chord of a convex function. */
  public static /*double*/ double exp2Bound(double x) {
    return 1 + x / 2;
  }

  /** By what power of two a largest number comes into [1/2, 1). */
  public static int shift(double max) {
    return max >= SMALLEST ? -1 - Math.getExponent(max) : NO_SHIFT;
  }

  @Override
  public void quotient(
      double[] f,
      double[] y,
      int from,
      int stride,
      int rows,
      int width,
      int[] shift,
      int shiftFrom) {
    for (int r = 0; r < rows; r++) {
      int s = shift[shiftFrom + r];
      double by = s == NO_SHIFT ? 0 : power(s);
      for (int at = from + r * stride; at < from + r * stride + width; at++) {
        f[at] = y[at] < SMALLEST ? 0 : f[at] * by / y[at];
      }
    }
  }

  @Override
  public void tables(
      double[] table,
      int tableFrom,
      int[] row,
      int rowFrom,
      double[] x,
      int xFrom,
      int stride,
      int rows,
      boolean first) {
    for (int r = 0; r < rows; r++) {
      int from = tableFrom + row[rowFrom + r] * stride;
      for (int j = 0; j < stride; j++) {
        int at = xFrom + r * stride + j;
        x[at] = first ? table[from + j] : x[at] + table[from + j];
      }
    }
  }

  @Override
  public void countTables(
      double[] x,
      int xFrom,
      int stride,
      int rows,
      int[] row,
      int rowFrom,
      double[] table,
      int tableFrom) {
    for (int r = 0; r < rows; r++) {
      int to = tableFrom + row[rowFrom + r] * stride;
      for (int j = 0; j < stride; j++) {
        table[to + j] += x[xFrom + r * stride + j];
      }
    }
  }

  @Override
  public void gaussians(
      double[] u,
      int uFrom,
      double[] p,
      int pFrom,
      double[] x,
      int xFrom,
      int stride,
      int rows,
      boolean first) {
    for (int r = 0; r < rows; r++) {
      double z = u[uFrom + r];
      int to = xFrom + r * stride;
      if (Double.isNaN(z)) {
        if (first) {
          Arrays.fill(x, to, to + stride, 0);
        }
        continue;
      }
      for (int j = 0; j < stride; j++) {
        double d = (z - p[pFrom + j]) * p[pFrom + stride + j];
        double log = Math.fma(-d, d, p[pFrom + 2 * stride + j]);
        x[to + j] = first ? log : x[to + j] + log;
      }
    }
  }

  @Override
  public void countGaussians(
      double[] f,
      int fFrom,
      int stride,
      int rows,
      double[] u,
      int uFrom,
      double[] p,
      int pFrom,
      double[] s,
      int sFrom) {
    for (int r = 0; r < rows; r++) {
      double z = u[uFrom + r];
      for (int j = 0; j < stride && !Double.isNaN(z); j++) {
        double flow = f[fFrom + r * stride + j];
        double d = (z - p[pFrom + j]) * p[pFrom + stride + j];
        s[sFrom + j] += flow;
        s[sFrom + stride + j] = Math.fma(flow, d, s[sFrom + stride + j]);
        s[sFrom + 2 * stride + j] = Math.fma(flow * d, d, s[sFrom + 2 * stride + j]);
      }
    }
  }

  @Override
  public void exp2(
      double[] x,
      int xFrom,
      int stride,
      int rows,
      int width,
      int[] exponent,
      /*double*/ double[] most,
      int exponentFrom) {
    for (int r = 0; r < rows; r++) {
      int from = xFrom + r * stride;
      double max = Double.NEGATIVE_INFINITY;
      for (int j = 0; j < width; j++) {
        max = Math.max(max, x[from + j]);
      }
      if (!(Math.abs(max) < LARGEST_EXPONENT)) {
        Arrays.fill(x, from, from + stride, 0);
        exponent[exponentFrom + r] = 0;
        most[exponentFrom + r] = 0;
        continue;
      }
      double e = (double) Math.ceil(max);
      exponent[exponentFrom + r] = (int) e;
      most[exponentFrom + r] = exp2Bound(max - e);
      for (int j = 0; j < stride; j++) {
        x[from + j] = ScalarDoubleMath.exp2(x[from + j] - e);
      }
    }
  }

  @Override
  public final void load(/*double*/ double[] source, int from, double[] x, int x0, int n) {
    for (int j = 0; j < n; j++) {
      double rounded = (double) source[from + j];
      x[x0 + j] = rounded < SMALLEST ? 0 : rounded;
    }
  }

  @Override
  public final void pack(
      double[] x, int xRow, int xColumn, int rows, int columns, double[] y, int yFrom, int width) {
    for (int from = 0; from < columns; from += panel()) {
      int panel = Math.min(panel(), width - from);
      int numColumns = Math.min(panel, columns - from);
      for (int i = 0; i < rows; i++) {
        int to = yFrom + from * rows + i * panel;
        int at = i * xRow + from * xColumn;
        for (int j = 0; j < numColumns; j++) {
          y[to + j] = x[at + j * xColumn];
        }
      }
    }
  }

  @Override
  public final void countWeights(
      double[] s,
      int s0,
      /*double*/ double[] weight,
      int w,
      /*double*/ double scale,
      /*double*/ double[] counts,
      int at,
      int n) {
    for (int j = 0; j < n; j++) {
      counts[at + j] += scale * weight[w + j] * s[s0 + j];
    }
  }
}
