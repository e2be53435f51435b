package org.ugmm.engine.kernel.simd;

import static org.ugmm.engine.kernel.scalar.ScalarFloatMath.FRACTION_BITS;
import static org.ugmm.engine.kernel.simd.VectorFloatMath.E1;
import static org.ugmm.engine.kernel.simd.VectorFloatMath.E2;
import static org.ugmm.engine.kernel.simd.VectorFloatMath.E3;
import static org.ugmm.engine.kernel.simd.VectorFloatMath.E4;
import static org.ugmm.engine.kernel.simd.VectorFloatMath.E5;
import static org.ugmm.engine.kernel.simd.VectorFloatMath.LANES;
import static org.ugmm.engine.kernel.simd.VectorFloatMath.LIMIT_BITS;
import static org.ugmm.engine.kernel.simd.VectorFloatMath.MAGIC;
import static org.ugmm.engine.kernel.simd.VectorFloatMath.ONE;
import static org.ugmm.engine.kernel.simd.VectorFloatMath.SPECIES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Gaussian mixtures in single precision on vectors, two units at a time, so that a value is read
 * once for both. See {@link VectorDoubleMixtures} for why the exponential is written out.
 */
final class FloatMixturePairs {
  /** Rows that are taken at a time. */
  private static final int TILE = 2 * LANES;

  private FloatMixturePairs() {}

  /** Two adjacent units of a block for two vectors of rows of inputs from {@code first} on. */
  static void pair(float[] v, int first, int n, float[] coef, int from, int out0, int out1) {
    FloatVector s00 = FloatVector.broadcast(SPECIES, 0);
    FloatVector s01 = FloatVector.broadcast(SPECIES, 0);
    FloatVector s10 = FloatVector.broadcast(SPECIES, 0);
    FloatVector s11 = FloatVector.broadcast(SPECIES, 0);
    int at = from;
    int end = first + n * TILE;
    for (int row = first; row < end; row += TILE) {
      FloatVector a0 = FloatVector.broadcast(SPECIES, coef[at]);
      FloatVector x0 = FloatVector.fromArray(SPECIES, v, row);
      FloatVector m0 = FloatVector.broadcast(SPECIES, coef[at + LANES]);
      FloatVector x1 = FloatVector.fromArray(SPECIES, v, row + LANES);
      FloatVector c0 = FloatVector.broadcast(SPECIES, coef[at + 2 * LANES]);
      FloatVector d00 = x0.fma(a0, m0);
      FloatVector d01 = x1.fma(a0, m0);
      FloatVector y00 = d00.fma(d00, c0).reinterpretAsInts().min(LIMIT_BITS).reinterpretAsFloats();
      FloatVector y01 = d01.fma(d01, c0).reinterpretAsInts().min(LIMIT_BITS).reinterpretAsFloats();
      FloatVector t00 = MAGIC.sub(y00);
      FloatVector t01 = MAGIC.sub(y01);
      FloatVector r00 = MAGIC.sub(t00).sub(y00);
      FloatVector r01 = MAGIC.sub(t01).sub(y01);
      FloatVector p00 = E5.fma(r00, E4).fma(r00, E3).fma(r00, E2).fma(r00, E1).fma(r00, ONE);
      FloatVector p01 = E5.fma(r01, E4).fma(r01, E3).fma(r01, E2).fma(r01, E1).fma(r01, ONE);
      s00 =
          s00.add(
              p00.reinterpretAsInts()
                  .add(t00.reinterpretAsInts().lanewise(VectorOperators.LSHL, FRACTION_BITS))
                  .reinterpretAsFloats());
      s01 =
          s01.add(
              p01.reinterpretAsInts()
                  .add(t01.reinterpretAsInts().lanewise(VectorOperators.LSHL, FRACTION_BITS))
                  .reinterpretAsFloats());
      FloatVector a1 = FloatVector.broadcast(SPECIES, coef[at + 1]);
      FloatVector m1 = FloatVector.broadcast(SPECIES, coef[at + 1 + LANES]);
      FloatVector c1 = FloatVector.broadcast(SPECIES, coef[at + 1 + 2 * LANES]);
      at += 3 * LANES;
      FloatVector d10 = x0.fma(a1, m1);
      FloatVector d11 = x1.fma(a1, m1);
      FloatVector y10 = d10.fma(d10, c1).reinterpretAsInts().min(LIMIT_BITS).reinterpretAsFloats();
      FloatVector y11 = d11.fma(d11, c1).reinterpretAsInts().min(LIMIT_BITS).reinterpretAsFloats();
      FloatVector t10 = MAGIC.sub(y10);
      FloatVector t11 = MAGIC.sub(y11);
      FloatVector r10 = MAGIC.sub(t10).sub(y10);
      FloatVector r11 = MAGIC.sub(t11).sub(y11);
      FloatVector p10 = E5.fma(r10, E4).fma(r10, E3).fma(r10, E2).fma(r10, E1).fma(r10, ONE);
      FloatVector p11 = E5.fma(r11, E4).fma(r11, E3).fma(r11, E2).fma(r11, E1).fma(r11, ONE);
      s10 =
          s10.add(
              p10.reinterpretAsInts()
                  .add(t10.reinterpretAsInts().lanewise(VectorOperators.LSHL, FRACTION_BITS))
                  .reinterpretAsFloats());
      s11 =
          s11.add(
              p11.reinterpretAsInts()
                  .add(t11.reinterpretAsInts().lanewise(VectorOperators.LSHL, FRACTION_BITS))
                  .reinterpretAsFloats());
    }
    s00.intoArray(v, out0);
    s01.intoArray(v, out0 + LANES);
    s10.intoArray(v, out1);
    s11.intoArray(v, out1 + LANES);
  }
}
