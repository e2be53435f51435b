package org.ugmm.engine.kernel;

/**
 * Arithmetic of training, columns innermost. A block is {@code [rows][stride]} from an index of an
 * array: the columns of a row are adjacent. Strides of blocks that vectors work on are multiples of
 * {@link #lanes}; columns beyond a block's width hold anything finite and weigh nothing. All sums
 * run in an order that depends on nothing but the shapes.
 *
 * @param <A> {@code double[]} or {@code float[]}
 */
public interface TrainingKernels<A> {
  /** What strides are multiples of. */
  int lanes();

  /** Numbers below {@code 2^tiny} of a block's largest are treated as zero. */
  int tiny();

  /** An array of zeros. */
  A zeros(int length);

  /** Fills part of an array. */
  void fill(A a, int from, int length, double value);

  /** A number as double. */
  double get(A a, int at);

  /** Rounds a number; below {@code 2^tiny} it becomes 0. */
  void set(A a, int at, double value);

  /**
   * Matrix product {@code c[i][j] = SUM_k a(i, k) b[k][j]}.
   *
   * @param aRow distance of {@code a(i, k)} and {@code a(i + 1, k)}
   * @param aColumn distance of {@code a(i, k)} and {@code a(i, k + 1)}
   * @param numRows number of i
   * @param width number of j; on vectors a multiple of {@link #lanes}, or 1
   * @param depth number of k
   */
  void matrix(
      A a,
      int aFrom,
      int aRow,
      int aColumn,
      A b,
      int bFrom,
      int bRow,
      A c,
      int cFrom,
      int cRow,
      int numRows,
      int width,
      int depth);

  /** {@code x[r][j] = y[r][j]}, or multiplied by it, over a width that is a multiple of lanes. */
  void times(
      A y, int yFrom, int yStride, A x, int xFrom, int xStride, int rows, int width, boolean first);

  /** {@code x[r][j] += y[r][j]} over a width that is a multiple of lanes. */
  void add(A y, int yFrom, int yStride, A x, int xFrom, int xStride, int rows, int width);

  /** {@code x[r][c] = y[r][column[c]]}, or multiplied by it. */
  void gather(
      A y,
      int yFrom,
      int yStride,
      int[] column,
      A x,
      int xFrom,
      int xStride,
      int rows,
      boolean first);

  /** {@code f[r][column[c]] += x[r][c]}. */
  void scatter(A x, int xFrom, int xStride, int[] column, A f, int fFrom, int fStride, int rows);

  /** All products of two: {@code x[r][i * nb + j] = a[r][i] b[r][j]}; writes up to lanes beyond. */
  void cross(
      A a,
      int aFrom,
      int aStride,
      int na,
      A b,
      int bFrom,
      int bStride,
      int nb,
      A x,
      int xFrom,
      int xStride,
      int rows);

  /** {@code fa[r][i] += SUM_j x[r][i * nb + j]} and {@code fb[r][j] += SUM_i x[r][i * nb + j]}. */
  void crossFlows(
      A x,
      int xFrom,
      int xStride,
      A fa,
      int aFrom,
      int aStride,
      int na,
      A fb,
      int bFrom,
      int bStride,
      int nb,
      int rows);

  /** {@code x[r][j] *= factor[r]} where the factor is not 1. */
  void scaleRows(A x, int xFrom, int stride, int rows, int width, A factor, int factorFrom);

  /**
   * Multiplies each row by a power of two so that its largest number is in [1/2, 1): by {@code
   * 2^shift[r]}; a row without a number of at least {@code 2^tiny} stays, its shift is the largest
   * integer.
   */
  void normalise(A x, int xFrom, int stride, int rows, int width, int[] shift, int shiftFrom);

  /**
   * {@code f[r][j] = f[r][j] 2^shift[r] / y[r][j]}, 0 where y is below {@code 2^tiny} and in rows
   * whose shift is the largest integer.
   */
  void quotient(A f, A y, int from, int stride, int rows, int width, int[] shift, int shiftFrom);

  /** {@code x[r] = table[row[r]]}, or added to it: rows of a table of the stride of x. */
  void tables(
      A table,
      int tableFrom,
      int[] row,
      int rowFrom,
      A x,
      int xFrom,
      int stride,
      int rows,
      boolean first);

  /** {@code table[row[r]] += x[r]}. */
  void countTables(
      A x, int xFrom, int stride, int rows, int[] row, int rowFrom, A table, int tableFrom);

  /**
   * {@code x[r][j] = height[j] - ((u[r] - mean[j]) slope[j])^2}, or added to it; 0 where u is NaN.
   *
   * @param p mean, slope and height from pFrom, each of the stride of x
   */
  void gaussians(
      A u, int uFrom, A p, int pFrom, A x, int xFrom, int stride, int rows, boolean first);

  /**
   * Adds {@code f}, {@code f d} and {@code f d^2} with {@code d = (u[r] - mean[j]) slope[j]} to
   * three rows of statistics; nothing where u is NaN.
   */
  void countGaussians(
      A f, int fFrom, int stride, int rows, A u, int uFrom, A p, int pFrom, A s, int sFrom);

  /**
   * {@code x[r][j] = 2^(x[r][j] - e[r])} with e the largest of the row rounded up; where that is
   * out of the range of an integer the row becomes 0 and e 0.
   */
  void exp2(A x, int xFrom, int stride, int rows, int width, int[] exponent, int exponentFrom);

  /** {@code x[x0 + j] = column[from + j]} rounded, j below n; below {@code 2^tiny} becomes 0. */
  void load(double[] source, int from, A x, int x0, int n);

  /** {@code y[j][i] = x[i][j]}. */
  void transpose(A x, int xFrom, int xStride, int rows, int columns, A y, int yFrom, int yStride);

  /** {@code counts[at + j] += scale * weight[w + j] * s[s0 + j]}, j below n. */
  void countWeights(
      A s, int s0, double[] weight, int w, double scale, double[] counts, int at, int n);
}
