package org.ugmm.engine.kernel;

/** What ranges of arguments make of Gaussians, in double precision. */
public interface RangeKernels {
  /**
   * How near to the mean of a Gaussian and how far from it a range comes: for each input k {@code
   * v[near + k] = max(0, lo - above_k, below_k - hi)} and {@code v[far + k] = min(lo - above_k,
   * below_k - hi)}, the largest distance with its sign turned. The mean lies in {@code [below_k,
   * above_k]}.
   *
   * @param lo row vectors of lower ends, no NaN; -infinity is allowed
   * @param hi row vectors of upper ends, no NaN; not below the lower ends
   * @param tile rows of a row vector
   * @param in [n] row vectors of the inputs in lo and hi
   * @param v (Output) row vectors of distances
   * @param near row vector of the first of n smallest distances
   * @param far row vector of the first of n largest ones
   */
  void distances(
      double[] lo,
      double[] hi,
      int tile,
      int[] in,
      double[] below,
      double[] above,
      double[] v,
      int near,
      int far);
}
