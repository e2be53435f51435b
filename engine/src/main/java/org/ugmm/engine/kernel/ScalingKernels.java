package org.ugmm.engine.kernel;

/**
 * Ways between the log domain and the scaled linear domain.
 *
 * <p>A scaled block is {@code width} consecutive slots of mantissas and one slot of exponents:
 * value = mantissa * 2^exponent, row by row, exponents being integers.
 *
 * @param <A> {@code double[]} or {@code float[]}
 */
public interface ScalingKernels<A> {
  /**
   * Enters the linear domain: the exponent is the largest log2 value of the row rounded to an
   * integer, mantissas are {@code 2^(v - exponent)}, the largest between 0.7 and 1.42. A row whose
   * values are all negative infinity gets exponent 0 and mantissas 0. Mantissas below the smallest
   * normal number become 0.
   *
   * @param in slots of log2 values, {@code width} from {@code inFrom}
   * @param out first of {@code width} slots of mantissas; may be the slots read
   * @param exponent slot of the exponents, outside the block
   */
  void enter(A v, int tile, int[] in, int inFrom, int width, int out, int exponent);

  /**
   * Multiplies each row of a block by the power of two that brings its largest mantissa into [1, 2)
   * and adds the opposite to the exponents, exactly. Rows of zeros are left alone.
   *
   * @return whether every mantissa was at least 2^-960 (double) or 2^-100 (float) beforehand. If
   *     not, some mantissa may be short of summands that underflowed, and the caller must compute
   *     the block in the log domain unless zero is the true value
   */
  boolean renormalise(A v, int tile, int from, int width, int exponent);

  /** Leaves the linear domain: {@code v[out + i] = log2(v[from + i]) + exponent}. */
  void leave(A v, int tile, int from, int width, int exponent, int out);

  /**
   * Divides flows by values, {@code d[s] = d[s] / v[s]} for {@code width} slots from {@code from},
   * zero where the value is zero: flows of a block become derivatives.
   */
  void divide(A d, A v, int tile, int from, int width);

  /** Multiplies derivatives by values, {@code d[s] = d[s] * v[s]}: derivatives become flows. */
  void multiply(A d, A v, int tile, int from, int width);
}
