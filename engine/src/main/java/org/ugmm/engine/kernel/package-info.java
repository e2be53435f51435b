/**
 * Numerical kernels of the evaluator: pure functions over raw arrays, in a scalar and a SIMD form.
 *
 * <p>A <em>tile</em> holds {@code tile} rows, one or a multiple of {@link Kernels#tile}. In a
 * single row lanes run across units where there are enough of them. Row vector {@code s} ("slot" s)
 * of a buffer {@code v} is {@code v[s * tile .. (s + 1) * tile)}: rows are innermost. Logarithms
 * are to base 2 throughout, so that exponents split into integer and fraction without a
 * multiplication; log2(e) belongs in the coefficients. Negative infinity is probability zero and is
 * legal in every log-domain buffer; NaN and positive infinity are not, and no kernel makes them.
 *
 * <p>Kernels check nothing but array bounds and allocate nothing. They hold no state: one instance
 * serves all threads.
 */
@NullMarked
package org.ugmm.engine.kernel;

import org.jspecify.annotations.NullMarked;
