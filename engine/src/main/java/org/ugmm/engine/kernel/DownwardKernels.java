package org.ugmm.engine.kernel;

/**
 * Derivatives on the way down, in double precision: row vectors {@code d} whose slots are those of
 * the values {@code v}, slot s at {@code [s * tile, (s + 1) * tile)}. Tiles are smaller than a
 * vector or whole vectors. Derivatives below dense sums are sums themselves: {@link
 * DenseKernels#sums} with transposed weights.
 */
public interface DownwardKernels {
  /** Hands derivatives to single children: {@code d[in[c]] += d[from + c]}. */
  void add(double[] d, int tile, int[] in, int from);

  /**
   * Hands derivatives of products to both factors: {@code d[a[c]] += d[from + c] * v[b[c]]} and
   * {@code d[b[c]] += d[from + c] * v[a[c]]}. Fastest where neighbours share their first factor.
   */
  void cross(double[] v, double[] d, int tile, int[] a, int[] b, int from);

  /**
   * Derivatives gathered from above, node by node: {@code d[out[u]] = SUM_e w[e] * d[above[e]] *
   * v[sibling[e]]} over the elements {@code [start[u], start[u + 1])}. Nodes are computed in order,
   * so a node may read an earlier one, and its own former value.
   */
  void gather(
      double[] v,
      double[] d,
      int tile,
      int[] start,
      int[] out,
      int[] above,
      int[] sibling,
      double[] w);
}
