package org.ugmm.engine.kernel;

/**
 * Arithmetic of training layers of uGMM units, one block of {@link #lanes} units at a time.
 *
 * <p>Parameters of a block of units over n inputs are {@code [n][3][lanes]}: mean, natural log of
 * the scale, logit; coefficients, sums, gradients and moments have the same shape. Coefficients are
 * those of {@link GaussianKernels#mixtures}, so that blocks side by side are a {@link
 * GaussianBlock}. Weights and masks are {@code [n][lanes]}. Rows of a tile are innermost: {@code
 * v[slot * tile + row]}.
 *
 * <p>Inputs are standardised: what a unit means is a density of the raw input {@code centre_k +
 * spread_k z_k}, of which only the logs of the spreads are needed. A unit's value is kept as log2
 * less a shift, as {@link GaussianKernels#logs} leaves it with shifts of 0.
 *
 * @param <A> {@code double[]} or {@code float[]}
 */
public interface UnitKernels<A> {
  /** Units of a block. */
  int lanes();

  /**
   * Leaves out components of a block at random, but never all of a unit.
   *
   * @param mask (output) [n][lanes] from {@code maskFrom}: 0, or what leaves a component out
   * @param dropout probability that a component is left out, in steps of 2^-16
   * @param random a state of SplitMix64, of which the mask is a function
   */
  void mask(A mask, int maskFrom, int n, double dropout, long random);

  /**
   * Coefficients of a block from its parameters. With weights {@code w_k} the softmax of {@code
   * logit_k + mask_k + logSpread_k}, component k is {@code w_k / spread_k N(z_k; mean, scale^2)}.
   *
   * @param parameter first parameter at {@code from}
   * @param mask [n][lanes] 0, or a large negative number where a component is left out
   * @param maskFrom first number of the block in {@code mask} and {@code weight}
   * @param logSpread [n] natural logs
   * @param coef (output) at {@code from}; the smallest c of each unit is 0
   * @param weight (output) [n][lanes] w, linear
   * @param shift (output) [lanes] from {@code shiftFrom}: log2 of what sums were divided by
   */
  void coefficients(
      A parameter,
      int from,
      A mask,
      int maskFrom,
      A logSpread,
      int n,
      A coef,
      A weight,
      A shift,
      int shiftFrom);

  /**
   * Adds to the sums of a block over rows, for component k of each unit, with the component's share
   * r of the unit's value and d the difference that the coefficients form: {@code g r}, {@code g r
   * d} and {@code g r d^2}.
   *
   * @param z slot of the first input, n in a row
   * @param numRows rows that count, at most a tile
   * @param rows [rows][2][lanes] values and gradients g of the units
   * @param sums at {@code from}, as {@code coef}
   */
  void addSums(
      A v, int tile, int z, int n, int numRows, A coef, int from, A rows, int rowsFrom, A sums);

  /**
   * Gradients of the inputs: {@code v[(out + k) * tile + row] = SUM_j g_j r_jk (mean_jk - z_k) /
   * scale_jk^2}.
   *
   * @param coef of all units
   * @param numUnits M
   * @param y slot of the first unit's values
   * @param g slot of the first unit's gradients
   */
  void inputGradients(A v, int tile, int z, int n, A coef, int numUnits, int y, int g, int out);

  /**
   * Turns the sums of a block into gradients of its parameters, in place.
   *
   * @param isTied whether the components of a unit share a mean: each then gets the whole gradient
   * @param squares (output) [lanes] from {@code squaresFrom}: the sum of the squares of each unit's
   */
  void gradients(
      A sums,
      A coef,
      int from,
      A weight,
      int weightFrom,
      int n,
      boolean isTied,
      A squares,
      int squaresFrom);

  /**
   * One step of Adam (Kingma and Ba, ICLR 2015) downhill along the gradients of a block.
   *
   * @param factor of all gradients, for clipping
   * @param rate length of a step over the root of 1 less the decay, corrected for the start
   * @param correction of the second moment for the start
   * @param least smallest log of a scale
   * @param most largest log of a scale
   */
  void adam(
      A parameter,
      A gradient,
      A first,
      A second,
      int from,
      int n,
      double factor,
      double rate,
      double correction,
      double least,
      double most);

  /**
   * Rows of a table as a tile: {@code v[(z + k) * tile + r] = table[row[from + r]][k]}; rows of the
   * tile past {@code numRows} become 0.
   */
  void load(float[][] table, int[] row, int from, int numRows, int n, A v, int tile, int z);

  /** {@code v[(out + j) * tile + row] = factor[j] v[(in + j) * tile + row] + offset[j]}. */
  void affine(A v, int tile, int in, int numUnits, A factor, A offset, int out);

  /**
   * Interleaves the values and gradients of the units of a block as {@link #addSums} reads them;
   * units past the last get gradient 0.
   *
   * @param y slot of the block's first value
   * @param g slot of the block's first gradient
   * @param numUnits units of the block that there are
   */
  void interleave(A v, int tile, int y, int g, int numUnits, A rows, int rowsFrom);
}
