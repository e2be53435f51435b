package org.ugmm.engine.kernel;

import org.jspecify.annotations.Nullable;

/**
 * Units that are sums of weighted products of two children, in the plain linear domain, for
 * circuits whose values have a static range bound that rules out underflow.
 *
 * <p>Unit u has the elements {@code start[u] .. start[u + 1])}; element e is {@code w[e] * v[a[e]]
 * * v[b[e]]}, or {@code w[e] * v[a[e]]} for all elements when {@code b} is {@code null}. Its result
 * goes to slot {@code out[u]}. Units are evaluated in order, so a unit may read an earlier one.
 *
 * @param <A> {@code double[]} or {@code float[]}
 */
public interface LinearKernels<A> {
  /** Sums of elements, for units {@code [unitFrom, unitTo)}; a unit without elements is 0. */
  void sums(
      A v,
      int tile,
      int[] start,
      int unitFrom,
      int unitTo,
      int[] out,
      int[] a,
      int @Nullable [] b,
      A w);
}
