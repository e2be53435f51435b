package org.ugmm.engine.kernel;

/**
 * Blocks of weighted sums over the same children, in the scaled linear domain: matrix products with
 * the rows of the tile as the long side, blocked over outputs so that they stay in registers.
 *
 * <p>Weights: {@code w[wFrom + c * numOut + o]} is the weight of child c in output o, non-negative.
 * The {@code numOut} results are consecutive slots.
 *
 * @param <A> {@code double[]} or {@code float[]}
 */
public interface DenseKernels<A> {
  /** Sums over row vectors: {@code v[out + o] = SUM_c w[c][o] * v[in[c]]}. */
  void sums(A v, int tile, int[] in, int inFrom, int numIn, A w, int wFrom, int numOut, int out);

  /** Sums over products of two: {@code v[out + o] = SUM_c w[c][o] * v[a[c]] * v[b[c]]}. */
  void productSums(
      A v, int tile, int[] a, int[] b, int from, int numIn, A w, int wFrom, int numOut, int out);

  /** {@link #sums} for one row: {@code v} holds one value a slot. Lanes run across outputs. */
  void sumsRow(A v, int[] in, int numIn, A w, int numOut, int out);

  /** {@link #productSums} for one row: {@code v} holds one value a slot. */
  void productSumsRow(A v, int[] a, int[] b, int numIn, A w, int numOut, int out);
}
