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
   * Derivatives of sums over products of two, handed to both factors of each: with {@code p = SUM_j
   * w(j, c) * d[units + j] * v[factor]} for each of the C children, {@code d[a[c]] += p * v[b[c]]}
   * and {@code d[b[c]] += p * v[a[c]]}, in the order of the children.
   *
   * @param run a divisor of C: within each so many children a stays and b counts up
   * @param w [C / run] [numUnits] [run] weights
   * @param units first of the slots of {@code numUnits} sums
   * @param factor slot of a factor of all derivatives, -1 for none
   * @param scratch first of {@code numUnits + C} slots of d that are overwritten freely
   */
  void productSums(
      double[] v,
      double[] d,
      int tile,
      int[] a,
      int[] b,
      int run,
      double[] w,
      int units,
      int numUnits,
      int factor,
      int scratch);

  /** {@code d[from + i] *= v[from + i]} for n slots. */
  void multiply(double[] v, double[] d, int tile, int from, int n);

  /**
   * Weighted sums of derivatives, three of them: {@code d[out + o] = SUM_c w[3 * c + o] *
   * d[in[c]]}.
   */
  void moments(double[] d, int tile, int[] in, double[] w, int out);

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
