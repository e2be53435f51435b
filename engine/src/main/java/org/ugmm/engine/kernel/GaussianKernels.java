package org.ugmm.engine.kernel;

/**
 * Gaussian kernels: mixtures of Gaussians over row vectors and products of Gaussian leaves.
 *
 * <p>The {@code n} components of a unit have {@code 3 n} consecutive coefficients from {@code
 * coefFrom}: n values s, then n means m, then n values c, with {@code s = sqrt(log2(e) / 2) /
 * scale} and {@code c = log2(weight / (scale * sqrt(2 pi)))}. The log2 density of component k at z
 * is {@code c - d * d} with {@code d = (z - m) * s}: the difference is exact where it is small, so
 * that the form stays accurate however many scales the mean is from 0, where {@code z * s - m * s}
 * would not.
 *
 * @param <A> {@code double[]} or {@code float[]}
 */
public interface GaussianKernels<A> {
  /**
   * Mixture over row vectors: {@code out = shift + log2 SUM_k 2^(c_k - ((z_k - m_k) s_k)^2)}.
   *
   * <p>One pass without a maximum: the caller has shifted c so that its maximum is 0. A row whose
   * shifted sum is too small to be trusted is computed again in two passes, so the answer is right
   * everywhere; the choice depends on nothing but the row itself.
   *
   * @param v buffer of row vectors; z_k may be negative infinity, which makes component k zero
   * @param tile rows of the tile
   * @param z slots read by the components, {@code n} from {@code zFrom}
   * @param n number of components, at least 1
   * @param coef coefficients, {@code 3 n} from {@code coefFrom}; c at most 0, may be negative
   *     infinity
   * @param shift log2 of what c was divided by
   * @param out slot of the result (log2; negative infinity where every component is zero)
   */
  void mixture(
      A v, int tile, int[] z, int zFrom, int n, A coef, int coefFrom, double shift, int out);

  /**
   * The same mixture for a single row: {@code v} holds one value a slot, and the z are {@code n}
   * consecutive slots from {@code z}. Lanes run across components, coefficients are read once.
   */
  void mixtureRow(A v, int z, int n, A coef, int coefFrom, double shift, int out);

  /**
   * Product of Gaussian leaves with every variable observed: {@code out = constant - SUM_i ((x_i -
   * m_i) s_i)^2}. The caller has added all c to {@code constant}; the c plane is not read.
   *
   * @param x slots of the variables, {@code n} from {@code xFrom}, finite values
   */
  void product(
      A v, int tile, int[] x, int xFrom, int n, A coef, int coefFrom, double constant, int out);

  /**
   * Product of Gaussian leaves where observed: {@code out = constant + SUM_i ob_i (c_i - ((x_i -
   * m_i) s_i)^2)}.
   *
   * @param x slots of the variables, {@code n} from {@code xFrom}; finite, 0 where missing
   * @param maskShift slot of a variable's mask (1 observed, 0 missing) less slot of the variable
   */
  void productObserved(
      A v,
      int tile,
      int[] x,
      int xFrom,
      int n,
      int maskShift,
      A coef,
      int coefFrom,
      double constant,
      int out);
}
