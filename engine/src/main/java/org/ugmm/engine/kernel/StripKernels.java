package org.ugmm.engine.kernel;

/**
 * Arithmetic of training, rows innermost, for sums over all pairs of two factors: no lane is idle
 * however few columns there are. A block is {@code [rows / strip][columns][strip]} from an index of
 * an array, with a whole number of strips. All sums run in an order that depends on nothing but the
 * shapes.
 *
 * @param <A> {@code double[]} or {@code float[]}
 */
public interface StripKernels<A> {
  /** Numbers of a Gaussian's statistics, the last of which is not used. */
  int STATISTICS = 4;

  /** Rows of a strip. */
  int strip();

  /**
   * {@code x[j][r] = height[j] - ((u[r] - mean[j]) slope[j])^2}, or added to it; 0 where u is NaN.
   *
   * @param p mean, slope and height from pFrom, each of the width
   */
  void gaussians(
      A u, int uFrom, A p, int pFrom, A x, int xFrom, int width, int rows, boolean first);

  /**
   * Adds {@code f}, {@code f d} and {@code f d^2} with {@code d = (u[r] - mean[j]) slope[j]} to
   * statistics; nothing where u is NaN.
   *
   * @param s [width][STATISTICS]; 0 is added to up to lanes beyond
   */
  void countGaussians(
      A f, int fFrom, int width, int rows, A u, int uFrom, A p, int pFrom, A s, int sFrom);

  /**
   * {@code x[j][r] = 2^(x[j][r] - e[r])} with e the largest of the row rounded up; where that is
   * out of the range of an integer the row becomes 0 and e 0.
   *
   * @param most receives what no number of a row is above, and the largest little below, where the
   *     exponent goes
   * @param scratch [rows] overwritten
   */
  void exp2(
      A x,
      int xFrom,
      int width,
      int rows,
      int[] exponent,
      double[] most,
      int exponentFrom,
      A scratch);

  /** How many sums are made at a time, of those left. */
  static int block(int left) {
    return left >= 5 && left != 8 ? 5 : left >= 4 ? 4 : 1;
  }

  /**
   * Lays weights out in the order that they are read in, twice: for {@link #sums} {@link #block} m
   * after the other, of each {@code [na][nb][block]}; for {@link #flows} block of j after the
   * other, of each {@code [na][width][block]}.
   *
   * @param x [width][xRow] with the pair ij at {@code i * nb + j}
   * @param sumsFrom where {@code na * nb * width} numbers of y are written
   * @param flowsFrom where as many are
   */
  void pack(A x, int xRow, int na, int nb, int width, A y, int sumsFrom, int flowsFrom);

  /**
   * Sums of products of pairs: {@code c[m][r] = SUM_ij w[m][ij] a[i][r] b[j][r]}, all in v.
   *
   * @param w as {@link #pack} lays it out
   */
  void sums(
      A v, int aFrom, int na, int bFrom, int nb, A w, int wFrom, int cFrom, int width, int rows);

  /**
   * Flows of the factors: with {@code q[ij] = a[i] b[j] SUM_m w[ij][m] g[m]}, adds the sums of q
   * over j to the flows of a, and over i to those of b.
   *
   * @param v the values of both factors
   * @param f their flows, where their values stand; and g, flow over value of the sums
   * @param w as {@link #pack} lays it out
   */
  void flows(
      A v,
      A f,
      int aFrom,
      int na,
      int bFrom,
      int nb,
      A w,
      int wFrom,
      int gFrom,
      int width,
      int rows);

  /**
   * Adds to the statistics of sums: {@code s[m][i * nb + j] += SUM_r g[m][r] a[i][r] b[j][r]}. On
   * vectors 0 is added to up to lanes beyond.
   *
   * @param f where g stands
   * @param v where the factors stand
   * @param sRow distance of m in s
   * @param y [rows][3 strip] overwritten
   * @param z [rows][3 strip] overwritten
   */
  void count(
      A f,
      int gFrom,
      int width,
      A v,
      int aFrom,
      int na,
      int bFrom,
      int nb,
      int rows,
      A s,
      int sFrom,
      int sRow,
      A y,
      A z);

  /**
   * Multiplies each row by a power of two so that its largest number is in [1/2, 1): see {@link
   * TrainingKernels#normalise}.
   *
   * @param most receives the largest number of each row as it then is, where the shift goes
   * @param scratch [rows] overwritten
   * @return whether any number is then above 0 and below {@code 2^tiny}
   */
  boolean normalise(
      A x, int xFrom, int width, int rows, int[] shift, double[] most, int shiftFrom, A scratch);

  /**
   * {@code f[j][r] = f[j][r] 2^shift[r] / y[j][r]}: see {@link TrainingKernels#quotient}.
   *
   * @param scratch [rows] overwritten
   */
  void quotient(A f, A y, int from, int width, int rows, int[] shift, int shiftFrom, A scratch);
}
