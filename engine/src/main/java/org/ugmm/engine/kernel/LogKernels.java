package org.ugmm.engine.kernel;

/**
 * Sums, maxima and products of single units in the log domain (base 2). Negative infinity is
 * probability zero, in values and in weights.
 *
 * @param <A> {@code double[]} or {@code float[]}
 */
public interface LogKernels<A> {
  /**
   * Weighted sum: {@code v[out] = log2 SUM_c 2^(logWeight_c + v[child_c])}, in two passes.
   *
   * @param child slots of the children, {@code n} from {@code from}
   * @param logWeight log2 weights, {@code n} from {@code wFrom}
   */
  void logSum(A v, int tile, int[] child, int from, int n, A logWeight, int wFrom, int out);

  /** Weighted maximum: {@code v[out] = max_c (logWeight_c + v[child_c])}. */
  void logMax(A v, int tile, int[] child, int from, int n, A logWeight, int wFrom, int out);

  /** Product: {@code v[out] = constant + SUM_c v[child_c]}. */
  void logProduct(A v, int tile, int[] child, int from, int n, double constant, int out);

  /**
   * Shares of a weighted sum: {@code d[child_c] += d[out] * 2^(logWeight_c + v[child_c] - v[out])}
   * where {@code v[out]} is above negative infinity.
   *
   * @param v log2 values of the upward pass
   * @param d flows (linear)
   */
  void logSumDown(
      A v, A d, int tile, int[] child, int from, int n, A logWeight, int wFrom, int out);

  /** Flow of a product goes to each child: {@code d[child_c] += d[out]}. */
  void productDown(A d, int tile, int[] child, int from, int n, int out);

  /** First child, from 0, at which {@link #logMax} takes its maximum in one row of the tile. */
  int logArgMax(A v, int tile, int row, int[] child, int from, int n, A logWeight, int wFrom);
}
