package org.ugmm.engine.kernel;

/**
 * Blocks of weighted sums over the same children, in the scaled linear domain: matrix products with
 * the rows of the tile as the long side, blocked over outputs so that they stay in registers.
 *
 * <p>Weights: {@code w[c * numOut + o]} is the weight of child c in output o, non-negative. The
 * {@code numOut} results are consecutive slots, none of them read. {@code scratch} is the first of
 * as many slots as there are children, which are overwritten freely. Terms are added in the same
 * order in any tile, so that a row has the same bits in all of them.
 *
 * @param <A> {@code double[]} or {@code float[]}
 */
public interface DenseKernels<A> {
  /** Sums over row vectors: {@code v[out + o] = SUM_c w[c][o] * v[in[c]]}, c below numIn. */
  void sums(A v, int tile, int[] in, int numIn, A w, int numOut, int out, int scratch);

  /** Sums over products of two: {@code v[out + o] = SUM_c w[c][o] * v[a[c]] * v[b[c]]}. */
  void productSums(A v, int tile, int[] a, int[] b, A w, int numOut, int out, int scratch);

  /**
   * Sums over all products of some slots and a run of others, in sums of sums: {@code v[out + o] =
   * SUM_j v[right + j] SUM_i w[i * run + j][o] * v[left[i]]}. A term is rounded as often as there
   * are factors of both sorts, not products.
   *
   * @param left slots of the first factors, {@code numLeft} from {@code leftFrom}, at least 4
   * @param run number of second factors, at least 4
   * @param wFrom where the weights start
   * @param scratch also first of {@link #crossScratch} slots
   */
  void crossSums(
      A v,
      int tile,
      int[] left,
      int leftFrom,
      int numLeft,
      int right,
      int run,
      A w,
      int wFrom,
      int numOut,
      int out,
      int scratch);

  /** Slots that {@link #crossSums} overwrites in a tile of one row. */
  int crossScratch(int numLeft, int run, int numOut);
}
