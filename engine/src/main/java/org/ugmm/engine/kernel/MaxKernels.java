package org.ugmm.engine.kernel;

/** Max-product over a tile in the log domain, where no product can leave the range of a double. */
public interface MaxKernels {
  /**
   * Largest elements: {@code v[out + u] = max_e (w[e] + v[a[e]] + v[b[e]])} over the elements
   * {@code [start[u], start[u + 1])} of each unit, -infinity for a unit without elements. Units are
   * evaluated in order, so a unit may read an earlier one.
   *
   * @param v (Input, output) row vectors of natural logs, slot s at {@code [s * tile, (s + 1) *
   *     tile)}; -infinity is allowed, NaN and infinity are not
   * @param tile rows of a row vector
   * @param start [units + 1]
   * @param a [elements] slots
   * @param b [elements] slots
   * @param w [elements] natural logs
   * @param out slot of the first unit; the others follow
   */
  void maxima(double[] v, int tile, int[] start, int[] a, int[] b, double[] w, int out);
}
