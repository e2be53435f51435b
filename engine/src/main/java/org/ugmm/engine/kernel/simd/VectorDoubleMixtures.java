package org.ugmm.engine.kernel.simd;

import static org.ugmm.engine.kernel.scalar.ScalarDoubleMath.FRACTION_BITS;
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.LANES;
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.LIMIT_BITS;
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.MAGIC;
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.ONE;
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.SPECIES;

import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorOperators;

// The float twin of this class is derived from it at build.
/**
 * The loops over the components of Gaussian mixtures in double precision on vectors, one unit at a
 * time: two together are more than the C1 compiler can take, and what it cannot compile may not
 * reach C2. Two units of float, with its shorter polynomial, are not: {@link FloatMixturePairs}.
 *
 * <p>The exponential is written out: the JIT counts the nodes of a method while it inlines; a
 * vector operation is worth hundreds, and once the count is past a limit only methods of the JDK
 * itself are still inlined. A helper called beyond that point would box its vectors, many times
 * slower than the arithmetic.
 *
 * <p>Exponents are clamped by the smaller of two integers: they are not negative, so their bits are
 * ordered as they are, and a floating-point minimum of Java costs five instructions.
 */
final class VectorDoubleMixtures {
  /** Rows that are taken at a time. */
  private static final int TILE = 2 * LANES;

  /** Inputs that are added to a unit at a time. */
  private static final int INPUTS = 128;

  private VectorDoubleMixtures() {}

  /** All units of a block for {@link #TILE} rows of inputs from {@code first} on. */
  static void units(double[] v, int first, int n, double[] coef, int numUnits, int tile, int out) {
    if (numUnits == 1) {
      mixture(v, first, n, coef, 0, 1, out);
      return;
    }
    // double only {
    for (int j = 0; j < numUnits; j++) {
      int at = j / LANES * n * (3 * LANES) + j % LANES;
      mixture(v, first, n, coef, at, LANES, out + j * tile);
    }
    // }
    // float: for (int j = 0; j < numUnits; j += 2) {
    // float:   int at = j / LANES * n * (3 * LANES) + j % LANES;
    // float:   FloatMixturePairs.pair(v, first, n, coef, at, out + j * tile, out + (j + 1) * tile);
    // float: }
  }

  /**
   * One unit, some inputs at a time: the sums stand in v in between. A loop that is left more often
   * is compiled without boxes: what follows a loop of 784 rounds is so rare in the JIT's profile
   * that one accumulator of two would leave it as an object (JDK 17).
   */
  private static void mixture(
      double[] v, int first, int n, double[] coef, int from, int stride, int out) {
    Arrays.fill(v, out, out + TILE, 0);
    for (int k = 0; k < n; k += INPUTS) {
      int row = first + k * TILE;
      int at = from + k * 3 * stride;
      add(v, row, Math.min(n - k, INPUTS), coef, at, stride, out);
    }
  }

  private static void add(
      double[] v, int first, int n, double[] coef, int from, int stride, int out) {
    DoubleVector s00 = DoubleVector.fromArray(SPECIES, v, out);
    DoubleVector s01 = DoubleVector.fromArray(SPECIES, v, out + LANES);
    int at = from;
    int end = first + n * TILE;
    for (int row = first; row < end; row += TILE) {
      DoubleVector a0 = DoubleVector.broadcast(SPECIES, coef[at]);
      DoubleVector m0 = DoubleVector.broadcast(SPECIES, coef[at + stride]);
      DoubleVector c0 = DoubleVector.broadcast(SPECIES, coef[at + 2 * stride]);
      // double only {
      DoubleVector d00 = DoubleVector.fromArray(SPECIES, v, row).sub(m0);
      DoubleVector q00 = d00.mul(a0).fma(d00, c0);
      // }
      // float: FloatVector d00 = FloatVector.fromArray(SPECIES, v, row).fma(a0, m0);
      // float: FloatVector q00 = d00.fma(d00, c0);
      DoubleVector y00 = q00.reinterpretAsInts().min(LIMIT_BITS).reinterpretAsDoubles();
      DoubleVector t00 = MAGIC.sub(y00);
      DoubleVector r00 = MAGIC.sub(t00).sub(y00);
      // double only {
      DoubleVector h00 = r00.mul(r00);
      DoubleVector p00 = VectorDoubleMath.C11.fma(h00, VectorDoubleMath.C9);
      p00 = p00.fma(h00, VectorDoubleMath.C7).fma(h00, VectorDoubleMath.C5);
      p00 = p00.fma(h00, VectorDoubleMath.C3).fma(h00, VectorDoubleMath.C1);
      DoubleVector e00 = VectorDoubleMath.C10.fma(h00, VectorDoubleMath.C8);
      e00 = e00.fma(h00, VectorDoubleMath.C6).fma(h00, VectorDoubleMath.C4);
      p00 = e00.fma(h00, VectorDoubleMath.C2).fma(r00, p00).fma(r00, ONE);
      // }
      // float: FloatVector p00 = VectorFloatMath.E5.fma(r00, VectorFloatMath.E4);
      // float: p00 = p00.fma(r00, VectorFloatMath.E3).fma(r00, VectorFloatMath.E2);
      // float: p00 = p00.fma(r00, VectorFloatMath.E1).fma(r00, ONE);
      s00 =
          s00.add(
              p00.reinterpretAsLongs()
                  .add(t00.reinterpretAsLongs().lanewise(VectorOperators.LSHL, FRACTION_BITS))
                  .reinterpretAsDoubles());
      // double only {
      DoubleVector d01 = DoubleVector.fromArray(SPECIES, v, row + LANES).sub(m0);
      DoubleVector q01 = d01.mul(a0).fma(d01, c0);
      // }
      // float: FloatVector d01 = FloatVector.fromArray(SPECIES, v, row + LANES).fma(a0, m0);
      // float: FloatVector q01 = d01.fma(d01, c0);
      DoubleVector y01 = q01.reinterpretAsInts().min(LIMIT_BITS).reinterpretAsDoubles();
      DoubleVector t01 = MAGIC.sub(y01);
      DoubleVector r01 = MAGIC.sub(t01).sub(y01);
      // double only {
      DoubleVector h01 = r01.mul(r01);
      DoubleVector p01 = VectorDoubleMath.C11.fma(h01, VectorDoubleMath.C9);
      p01 = p01.fma(h01, VectorDoubleMath.C7).fma(h01, VectorDoubleMath.C5);
      p01 = p01.fma(h01, VectorDoubleMath.C3).fma(h01, VectorDoubleMath.C1);
      DoubleVector e01 = VectorDoubleMath.C10.fma(h01, VectorDoubleMath.C8);
      e01 = e01.fma(h01, VectorDoubleMath.C6).fma(h01, VectorDoubleMath.C4);
      p01 = e01.fma(h01, VectorDoubleMath.C2).fma(r01, p01).fma(r01, ONE);
      // }
      // float: FloatVector p01 = VectorFloatMath.E5.fma(r01, VectorFloatMath.E4);
      // float: p01 = p01.fma(r01, VectorFloatMath.E3).fma(r01, VectorFloatMath.E2);
      // float: p01 = p01.fma(r01, VectorFloatMath.E1).fma(r01, ONE);
      s01 =
          s01.add(
              p01.reinterpretAsLongs()
                  .add(t01.reinterpretAsLongs().lanewise(VectorOperators.LSHL, FRACTION_BITS))
                  .reinterpretAsDoubles());
      at += 3 * stride;
    }
    s00.intoArray(v, out);
    s01.intoArray(v, out + LANES);
  }
}
