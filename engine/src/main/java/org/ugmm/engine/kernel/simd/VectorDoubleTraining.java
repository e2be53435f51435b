package org.ugmm.engine.kernel.simd;

import static org.ugmm.engine.kernel.simd.VectorDoubleMath.LANES;
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.SPECIES;

import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import org.ugmm.engine.kernel.StripKernels;
import org.ugmm.engine.kernel.scalar.ScalarDoubleTraining;

/** Training in double precision on vectors. */
// The float twin of this class is derived from it at build.
final class VectorDoubleTraining extends ScalarDoubleTraining {
  private static final double SMALLEST = 0x1p-900; // double only
  // float: private static final float SMALLEST = 0x1p-100f;
  private static final double LARGEST_EXPONENT = 0x1p30; // double only

  // float: private static final float LARGEST_EXPONENT = 0x1p30f;

  private static final StripKernels<double[]> STRIPS = new VectorDoubleStrips();

  @Override
  public int lanes() {
    return LANES;
  }

  @Override
  public StripKernels<double[]> strips() {
    return STRIPS;
  }

  @Override
  public int panel() {
    return 2 * LANES;
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
    if (width % LANES == 0) {
      VectorDoubleMatrix.product(a, aFrom, aRow, b, bFrom, c, cFrom, cRow, numRows, width, depth);
    } else if (width == 1 && depth % LANES == 0) {
      VectorDoubleMatrix.dot(a, aFrom, aRow, b, bFrom, c, cFrom, cRow, numRows, depth);
    } else {
      super.product(a, aFrom, aRow, b, bFrom, c, cFrom, cRow, numRows, width, depth);
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
    if (width % LANES == 0) {
      VectorDoubleOuter.outer(a, aFrom, aRow, num, b, bFrom, bRow, c, cFrom, width, depth);
    } else {
      super.outer(a, aFrom, aRow, num, b, bFrom, bRow, c, cFrom, width, depth);
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
    if (width % LANES != 0) {
      super.times(y, yFrom, yStride, x, xFrom, xStride, rows, width, first);
      return;
    }
    boolean whole = yStride == width && xStride == width;
    int numRows = whole ? 1 : rows;
    int length = whole ? rows * width : width;
    for (int r = 0; r < numRows; r++) {
      int from = yFrom + r * yStride;
      int to = xFrom + r * xStride;
      if (first) {
        System.arraycopy(y, from, x, to, length);
        continue;
      }
      for (int j = 0; j < length; j += LANES) {
        DoubleVector.fromArray(SPECIES, y, from + j)
            .mul(DoubleVector.fromArray(SPECIES, x, to + j))
            .intoArray(x, to + j);
      }
    }
  }

  @Override
  public void add(
      double[] y, int yFrom, int yStride, double[] x, int xFrom, int xStride, int rows, int width) {
    if (width % LANES != 0) {
      super.add(y, yFrom, yStride, x, xFrom, xStride, rows, width);
      return;
    }
    boolean whole = yStride == width && xStride == width;
    int numRows = whole ? 1 : rows;
    int length = whole ? rows * width : width;
    for (int r = 0; r < numRows; r++) {
      int from = yFrom + r * yStride;
      int to = xFrom + r * xStride;
      for (int j = 0; j < length; j += LANES) {
        DoubleVector.fromArray(SPECIES, y, from + j)
            .add(DoubleVector.fromArray(SPECIES, x, to + j))
            .intoArray(x, to + j);
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
    VectorDoublePairs.cross(a, aFrom, aStride, na, b, bFrom, bStride, nb, x, xFrom, xStride, rows);
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
    if (LANES < VectorDoublePairs.GROUP || aStride % LANES != 0) {
      super.crossFlows(u, uFrom, uStride, v, f, aFrom, aStride, na, bFrom, bStride, nb, rows);
    } else {
      VectorDoublePairs.flows(
          u, uFrom, uStride, v, f, aFrom, aStride, na, bFrom, bStride, nb, rows);
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
    if (width % LANES != 0) {
      return super.normalise(x, xFrom, stride, rows, width, shift, most, shiftFrom);
    }
    // the bits of numbers that are not negative are in their order, and integers compare faster
    LongVector zero = VectorDoubleMath.ZERO.reinterpretAsLongs();
    LongVector greatest = DoubleVector.broadcast(SPECIES, Double.MAX_VALUE).reinterpretAsLongs();
    boolean anyLess = false; // zeros too
    for (int r = 0; r < rows; r++) {
      int from = xFrom + r * stride;
      LongVector largest = zero;
      LongVector least = greatest;
      for (int j = 0; j < width; j += LANES) {
        LongVector next = DoubleVector.fromArray(SPECIES, x, from + j).reinterpretAsLongs();
        largest = largest.max(next);
        least = least.min(next);
      }
      double max = Double.longBitsToDouble(largest.reduceLanes(VectorOperators.MAX));
      int s = shift(max);
      shift[shiftFrom + r] = s;
      double by = s == NO_SHIFT ? 1 : power(s);
      most[shiftFrom + r] = max * by;
      anyLess |= least.reinterpretAsDoubles().compare(VectorOperators.LT, SMALLEST / by).anyTrue();
      for (int j = 0; j < width && by != 1; j += LANES) {
        DoubleVector.fromArray(SPECIES, x, from + j).mul(by).intoArray(x, from + j);
      }
    }
    return anyLess && isAnyTiny(x, xFrom, stride, rows, width);
  }

  /** Whether a number is above zero and too small. */
  private static boolean isAnyTiny(double[] x, int xFrom, int stride, int rows, int width) {
    DoubleVector least = DoubleVector.broadcast(SPECIES, Double.MAX_VALUE);
    for (int r = 0; r < rows; r++) {
      for (int j = xFrom + r * stride; j < xFrom + r * stride + width; j += LANES) {
        DoubleVector next = DoubleVector.fromArray(SPECIES, x, j);
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
      int stride,
      int rows,
      int width,
      int[] shift,
      int shiftFrom) {
    if (stride % LANES != 0) {
      super.quotient(f, y, from, stride, rows, width, shift, shiftFrom);
      return;
    }
    for (int r = 0; r < rows; r++) {
      int s = shift[shiftFrom + r];
      double by = s == NO_SHIFT ? 0 : power(s);
      for (int at = from + r * stride; at < from + r * stride + width; at += LANES) {
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
    if (stride % LANES != 0) {
      super.tables(table, tableFrom, row, rowFrom, x, xFrom, stride, rows, first);
      return;
    }
    for (int r = 0; r < rows; r++) {
      int from = tableFrom + row[rowFrom + r] * stride;
      int to = xFrom + r * stride;
      if (first) {
        System.arraycopy(table, from, x, to, stride);
        continue;
      }
      for (int j = 0; j < stride; j += LANES) {
        DoubleVector.fromArray(SPECIES, table, from + j)
            .add(DoubleVector.fromArray(SPECIES, x, to + j))
            .intoArray(x, to + j);
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
    if (stride % LANES != 0) {
      super.countTables(x, xFrom, stride, rows, row, rowFrom, table, tableFrom);
      return;
    }
    for (int r = 0; r < rows; r++) {
      int to = tableFrom + row[rowFrom + r] * stride;
      int from = xFrom + r * stride;
      for (int j = 0; j < stride; j += LANES) {
        DoubleVector.fromArray(SPECIES, x, from + j)
            .add(DoubleVector.fromArray(SPECIES, table, to + j))
            .intoArray(table, to + j);
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
    if (stride % LANES != 0) {
      super.gaussians(u, uFrom, p, pFrom, x, xFrom, stride, rows, first);
      return;
    }
    for (int j = 0; j < stride; j += LANES) {
      DoubleVector mean = DoubleVector.fromArray(SPECIES, p, pFrom + j);
      DoubleVector slope = DoubleVector.fromArray(SPECIES, p, pFrom + stride + j);
      DoubleVector height = DoubleVector.fromArray(SPECIES, p, pFrom + 2 * stride + j);
      for (int r = 0; r < rows && first; r++) {
        density(u[uFrom + r], mean, slope, height).intoArray(x, xFrom + r * stride + j);
      }
      for (int r = 0; r < rows && !first; r++) {
        int to = xFrom + r * stride + j;
        density(u[uFrom + r], mean, slope, height)
            .add(DoubleVector.fromArray(SPECIES, x, to))
            .intoArray(x, to);
      }
    }
  }

  /** log2 of a density, 0 where z is NaN: without a branch, which would box the vectors. */
  private static DoubleVector density(
      double z, DoubleVector mean, DoubleVector slope, DoubleVector height) {
    double known = Double.isNaN(z) ? 0 : 1;
    DoubleVector d = mean.sub(Double.isNaN(z) ? 0 : z).mul(slope);
    return height.sub(d.mul(d)).mul(known);
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
    if (stride % LANES != 0) {
      super.countGaussians(f, fFrom, stride, rows, u, uFrom, p, pFrom, s, sFrom);
      return;
    }
    for (int j = 0; j < stride; j += LANES) {
      DoubleVector mean = DoubleVector.fromArray(SPECIES, p, pFrom + j);
      DoubleVector slope = DoubleVector.fromArray(SPECIES, p, pFrom + stride + j);
      DoubleVector s0 = DoubleVector.zero(SPECIES);
      DoubleVector s1 = DoubleVector.zero(SPECIES);
      DoubleVector s2 = DoubleVector.zero(SPECIES);
      for (int r = 0; r < rows; r++) {
        double z = u[uFrom + r];
        double known = Double.isNaN(z) ? 0 : 1; // without a branch, which would box the sums
        DoubleVector flow = DoubleVector.fromArray(SPECIES, f, fFrom + r * stride + j).mul(known);
        DoubleVector d =
            DoubleVector.broadcast(SPECIES, Double.isNaN(z) ? 0 : z).sub(mean).mul(slope);
        s0 = s0.add(flow);
        s1 = flow.fma(d, s1);
        s2 = flow.mul(d).fma(d, s2);
      }
      addTo(s0, s, sFrom + j);
      addTo(s1, s, sFrom + stride + j);
      addTo(s2, s, sFrom + 2 * stride + j);
    }
  }

  private static void addTo(DoubleVector sum, double[] s, int at) {
    sum.add(DoubleVector.fromArray(SPECIES, s, at)).intoArray(s, at);
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
    if (stride % LANES != 0) {
      super.exp2(x, xFrom, stride, rows, width, exponent, most, exponentFrom);
      return;
    }
    for (int r = 0; r < rows; r++) {
      int from = xFrom + r * stride;
      DoubleVector largest = DoubleVector.broadcast(SPECIES, Double.NEGATIVE_INFINITY);
      for (int j = 0; j < stride; j += LANES) {
        DoubleVector next = DoubleVector.fromArray(SPECIES, x, from + j);
        largest = largest.blend(next, largest.compare(VectorOperators.LT, next));
      }
      double max = largest.reduceLanes(VectorOperators.MAX);
      if (!(Math.abs(max) < LARGEST_EXPONENT)) {
        Arrays.fill(x, from, from + stride, 0);
        exponent[exponentFrom + r] = 0;
        most[exponentFrom + r] = 0;
        continue;
      }
      double e = (double) Math.ceil(max);
      exponent[exponentFrom + r] = (int) e;
      most[exponentFrom + r] = exp2Bound(max - e);
      for (int j = 0; j < stride; j += LANES) {
        VectorDoubleMath.exp2(DoubleVector.fromArray(SPECIES, x, from + j).sub(e))
            .intoArray(x, from + j);
      }
    }
  }
}
