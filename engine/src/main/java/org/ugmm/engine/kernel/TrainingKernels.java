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

  /** The same, rows innermost. */
  StripKernels<A> strips();

  /** Numbers below {@code 2^tiny} of a block's largest are treated as zero. */
  int tiny();

  /** A product below {@code 2^vanishing} becomes 0; between that and tiny it loses digits. */
  int vanishing();

  /** An array of zeros. */
  A zeros(int length);

  /** Fills part of an array. */
  void fill(A a, int from, int length, double value);

  /** A number as double. */
  double get(A a, int at);

  /** Rounds a number; below {@code 2^tiny} it becomes 0. */
  void set(A a, int at, double value);

  /** Columns of a panel: see {@link #pack}. */
  int panel();

  /**
   * Matrix product {@code c[i][j] = SUM_k a[i][k] b[k][j]}.
   *
   * @param aRow distance of rows of a
   * @param b {@code [depth][width]} as {@link #pack} lays it out
   * @param cRow distance of rows of c
   * @param numRows number of i
   * @param width number of j
   * @param depth number of k
   */
  void product(
      A a,
      int aFrom,
      int aRow,
      A b,
      int bFrom,
      A c,
      int cFrom,
      int cRow,
      int numRows,
      int width,
      int depth);

  /**
   * Adds outer products {@code c[i][j] += SUM_k a[k][i] b[k][j]}.
   *
   * @param num number of i
   * @param c {@code [num][width]}
   * @param width number of j
   * @param depth number of k
   */
  void outer(
      A a,
      int aFrom,
      int aRow,
      int num,
      A b,
      int bFrom,
      int bRow,
      A c,
      int cFrom,
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

  /**
   * Flows of the factors of all products: {@code f[r][a + i] += v[r][a + i] SUM_j u[r][i * nb + j]
   * v[r][b + j]} and {@code f[r][b + j] += v[r][b + j] SUM_i u[r][i * nb + j] v[r][a + i]}.
   * Overwrites u; on vectors it reads up to lanes beyond.
   *
   * @param u [rows][na * nb] flow over value of each product
   * @param v the values of both factors
   * @param f their flows, where their values stand
   */
  void crossFlows(
      A u,
      int uFrom,
      int uStride,
      A v,
      A f,
      int aFrom,
      int aStride,
      int na,
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
   *
   * @param most receives the largest number of each row as it then is, where the shift goes
   * @return whether any number is then above 0 and below {@code 2^tiny}
   */
  boolean normalise(
      A x, int xFrom, int stride, int rows, int width, int[] shift, double[] most, int shiftFrom);

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
   *
   * @param most receives what no number of a row is above, and the largest little below, where the
   *     exponent goes
   */
  void exp2(
      A x,
      int xFrom,
      int stride,
      int rows,
      int width,
      int[] exponent,
      double[] most,
      int exponentFrom);

  /** {@code x[x0 + j] = column[from + j]} rounded, j below n; below {@code 2^tiny} becomes 0. */
  void load(double[] source, int from, A x, int x0, int n);

  /**
   * Lays a matrix out for {@link #product}, {@link #panel} columns after the other: of each panel
   * all rows, of each row the panel's columns.
   *
   * @param x its element i, j stands at {@code i * xRow + j * xColumn}
   * @param y [rows][width]; columns beyond those of x keep what they hold
   */
  void pack(A x, int xRow, int xColumn, int rows, int columns, A y, int yFrom, int width);

  /** {@code counts[at + j] += scale * weight[w + j] * s[s0 + j]}, j below n. */
  void countWeights(
      A s, int s0, double[] weight, int w, double scale, double[] counts, int at, int n);
}
