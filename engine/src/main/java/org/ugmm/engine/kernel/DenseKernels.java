package org.ugmm.engine.kernel;

/**
 * Blocks of weighted sums over the same children, in the scaled linear domain: matrix products with
 * the rows of the tile as the long side, blocked over outputs so that they stay in registers.
 *
 * <p>Weights: {@code w[c * numOut + o]} is the weight of child c in output o, non-negative. The
 * {@code numOut} results are consecutive slots, none of them read. {@code scratch} is the first of
 * as many slots as there are children, which are overwritten freely. Children are added in their
 * order, so that a row has the same bits in any tile.
 *
 * @param <A> {@code double[]} or {@code float[]}
 */
public interface DenseKernels<A> {
  /** Sums over row vectors: {@code v[out + o] = SUM_c w[c][o] * v[in[c]]}, c below numIn. */
  void sums(A v, int tile, int[] in, int numIn, A w, int numOut, int out, int scratch);

  /**
   * Sums over products of two: {@code v[out + o] = SUM_c w[c][o] * v[a[c]] * v[b[c]]}.
   *
   * @param run a divisor of the number of children: within each so many children a stays and b
   *     counts up
   */
  void productSums(A v, int tile, int[] a, int[] b, int run, A w, int numOut, int out, int scratch);
}
