package org.ugmm.engine.kernel;

/**
 * Ways between the log domain and the scaled linear domain.
 *
 * <p>A scaled block is {@code width} consecutive slots of mantissas, a slot of exponents, and a
 * slot of loss bounds: value = mantissa * 2^exponent, row by row, exponents being integers; a loss
 * bounds what underflow took from any mantissa of the row, in units of 2^exponent.
 *
 * @param <A> {@code double[]} or {@code float[]}
 */
public interface ScalingKernels<A> {
  /** Exponent of a row of a block that is zero, or that underflowed; sums of a few are exact. */
  float ZERO_EXPONENT = -0x1p60f;

  /**
   * Logarithm of the unit of mantissas in single precision: they are kept about 2^30, so that a
   * product of two is hardly ever subnormal, which costs some processors a hundred cycles.
   */
  int FLOAT_UNIT = 30;

  /** {@code v[out] = 2^v[in]}, 0 where the result is not a normal number. */
  void exp2(A v, int tile, int in, int out);

  /**
   * Enters the linear domain: the exponent is the largest log2 value of the row rounded to an
   * integer, less that of the unit, mantissas are {@code 2^(v - exponent)}, the largest between 0.7
   * and 1.42 units. A row whose values are all negative infinity gets mantissas 0. Mantissas below
   * the smallest normal number times the unit become 0. The unit is 2^{@link #FLOAT_UNIT} in single
   * precision and 1 in double.
   *
   * @param in slots of log2 values, {@code width} from {@code inFrom}
   * @param out first of {@code width} slots of mantissas, none of them read
   * @param exponent slot of the exponents, outside the block
   */
  void enter(A v, int tile, int[] in, int inFrom, int width, int out, int exponent);

  /**
   * The exponents and loss bounds of sums of products of two blocks, or of sums over one: exponents
   * add, and {@code loss = factor * (loss of a + loss of b + what underflow can take)}. The slot of
   * a loss follows that of its exponent.
   *
   * @param exponentA slot of the exponents of a block
   * @param exponentB slot of those of the other, -1 without one
   * @param exponent slot of the exponents that are written
   */
  void combine(A v, int tile, int exponentA, int exponentB, double factor, int exponent);

  /**
   * Multiplies each row of a block by the power of two that brings its largest mantissa to one unit
   * or more and below two, or as near as a power of two can, its loss as well, and adds the
   * opposite to the exponents, exactly. A row whose mantissas are all below the smallest normal
   * number, or one of which is near overflow, gets an infinite loss.
   *
   * @param exponent slot of the exponents
   * @param loss slot of the loss bounds
   */
  void renormalise(A v, int tile, int from, int width, int exponent, int loss);
}
