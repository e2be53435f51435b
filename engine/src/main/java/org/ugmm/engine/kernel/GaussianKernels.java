package org.ugmm.engine.kernel;

/**
 * Gaussian kernels: blocks of mixtures of Gaussians over the same inputs, and blocks of products of
 * Gaussian leaves on the same variables.
 *
 * <p>A block of M units over n inputs has the coefficients of {@link GaussianBlock}: for unit j and
 * input k three numbers, {@code stride} apart, where stride is 1 for a block of one unit and the
 * number of lanes otherwise, so that a single row runs lanes across units and a tile of rows
 * broadcasts one unit's numbers, both in the order of memory. Differences {@code z - mean} are
 * formed before anything is scaled: they are exact where they are small, so that the form stays
 * accurate however many scales the mean is from 0. Only the mixtures of single precision, whose
 * inputs are rounded anyway, scale first ({@link #isFused}).
 *
 * <p>Results go to consecutive slots from {@code out}, rounded up to a multiple of the stride;
 * those past M are overwritten with numbers that mean nothing. {@code scratch} is the first of n
 * slots that a kernel overwrites freely.
 *
 * @param <A> {@code double[]} or {@code float[]}
 */
public interface GaussianKernels<A> {
  /**
   * Shifted sums of a block of mixtures: {@code v[out + j] = SUM_k 2^-q} with {@code q = c_jk +
   * a_jk (z_k - mean_jk)^2}, linear. A term below about the smallest normal number counts as that:
   * the caller has shifted c so that its minimum is 0 and asks {@link #logs} which sums can be
   * trusted.
   *
   * @param v buffer of row vectors; z_k may be negative infinity, which makes component k zero
   * @param tile rows of the tile
   * @param z slots read by the components, n of them
   * @param coef a above 0, mean or b, c from 0 to infinity
   * @param numUnits M
   */
  void mixtures(A v, int tile, int[] z, A coef, int numUnits, int out, int scratch);

  /**
   * Shifted sums to logs, in place: {@code v[out + j] = shift_j + log2 v[out + j]}.
   *
   * @param shift log2 of what the components of each unit were divided by, as many as slots written
   * @return whether a sum of a unit below {@code numUnits} is too small to be trusted: its log2
   *     before the shift is below {@link #trusted}
   */
  boolean logs(A v, int tile, int out, int numUnits, A shift);

  /**
   * Computes the logs of a block again in two passes, right at any magnitude, and keeps them where
   * one pass cannot be trusted; negative infinity where every component is zero.
   *
   * @param out slots as {@link #logs} left them
   */
  void exactMixtures(A v, int tile, int[] z, A coef, int numUnits, A shift, int out, int scratch);

  /**
   * Whether the coefficients of mixtures are the root of a and minus the mean times it in place of
   * a and the mean: one operation less, and up to half as much error again.
   */
  boolean isFused();

  /** log2 of the smallest shifted sum for which flooring terms does no harm. */
  double trusted();

  /**
   * Products of Gaussian leaves with every variable observed: {@code v[out + j] = constant_j +
   * SUM_k a_jk (x_k - mean_jk)^2}, log2. The caller has added all c to the constants.
   *
   * @param x slots of the variables, finite values
   * @param coef a at most 0, mean, c
   * @param constant as many as slots written
   */
  void products(A v, int tile, int[] x, A coef, A constant, int numUnits, int out, int scratch);

  /**
   * One row of {@link #products} of more than one unit, with its numbers as they are read: the
   * constants of the units, then the a and the means of each input in turn. {@code coef} goes on
   * for as many numbers as a vector has lanes.
   *
   * @param x slots of the variables, n of them from {@code xFrom}
   */
  void productsRow(A v, int[] x, int xFrom, int n, A coef, int from, int numUnits, int out);

  /**
   * Splits the values of a variable, NaN where it is missing, into values, 0 where it is missing,
   * and a mask, 1 where it is observed and else 0.
   *
   * @param x slot of the values, changed in place
   * @param mask slot of the mask
   */
  void mask(A v, int tile, int x, int mask);

  /**
   * Products of Gaussian leaves where observed: {@code v[out + j] = constant_j + SUM_k ob_k (c_jk +
   * a_jk (x_k - mean_jk)^2)}, log2.
   *
   * @param x slots of the variables; finite, 0 where missing
   * @param maskShift slot of a variable's mask (1 observed, 0 missing) less slot of the variable
   */
  void productsObserved(
      A v,
      int tile,
      int[] x,
      int maskShift,
      A coef,
      A constant,
      int numUnits,
      int out,
      int scratch);
}
