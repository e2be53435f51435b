package org.ugmm.engine.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link ScalarFloatMath} on vectors: the same operations in the same order, so the same bits.
 *
 * <p>Conversions between integers and floating point go through {@link ScalarFloatMath#MAGIC}: the
 * double-precision twin must, and this keeps the two alike.
 */
final class VectorFloatMath {
  static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  static final int LANES = SPECIES.length();

  /** Offset that makes exponents non-negative. */
  private static final int BIAS = ScalarFloatMath.MAX_BIASED / 2 + 1;

  private static final int MAGIC_BITS = Float.floatToRawIntBits(ScalarFloatMath.MAGIC);

  private VectorFloatMath() {}

  /** 2^x for x below 128, taking every x below -126 as -126. */
  static FloatVector exp2Floored(FloatVector x) {
    FloatVector y = x.max(FloatVector.broadcast(SPECIES, ScalarFloatMath.MIN_EXPONENT));
    FloatVector t = y.add(FloatVector.broadcast(SPECIES, ScalarFloatMath.MAGIC));
    FloatVector r = y.sub(t.sub(FloatVector.broadcast(SPECIES, ScalarFloatMath.MAGIC)));
    FloatVector p = FloatVector.broadcast(SPECIES, ScalarFloatMath.C6);
    p = p.fma(r, FloatVector.broadcast(SPECIES, ScalarFloatMath.C5));
    p = p.fma(r, FloatVector.broadcast(SPECIES, ScalarFloatMath.C4));
    p = p.fma(r, FloatVector.broadcast(SPECIES, ScalarFloatMath.C3));
    p = p.fma(r, FloatVector.broadcast(SPECIES, ScalarFloatMath.C2));
    p = p.fma(r, FloatVector.broadcast(SPECIES, ScalarFloatMath.C1));
    p = p.fma(r, FloatVector.broadcast(SPECIES, 1));
    return p.reinterpretAsInts()
        .add(t.reinterpretAsInts().lanewise(VectorOperators.LSHL, ScalarFloatMath.FRACTION_BITS))
        .reinterpretAsFloats();
  }

  /** 2^x: 0 below -126, positive infinity from 128. */
  static FloatVector exp2(FloatVector x) {
    VectorMask<Float> zero =
        x.compare(VectorOperators.LT, FloatVector.broadcast(SPECIES, ScalarFloatMath.MIN_EXPONENT));
    return exp2Floored(x.min(FloatVector.broadcast(SPECIES, ScalarFloatMath.MAX_EXPONENT)))
        .blend(FloatVector.zero(SPECIES), zero);
  }

  /** Base-2 logarithm of finite x; negative infinity at 0 and below. */
  static FloatVector log2(FloatVector x) {
    FloatVector zero = FloatVector.zero(SPECIES);
    VectorMask<Float> subnormal =
        x.compare(VectorOperators.LT, FloatVector.broadcast(SPECIES, ScalarFloatMath.MIN_NORMAL));
    IntVector bits =
        x.blend(x.mul(FloatVector.broadcast(SPECIES, ScalarFloatMath.LIFT)), subnormal)
            .reinterpretAsInts();
    IntVector exponent =
        bits.add((BIAS << ScalarFloatMath.FRACTION_BITS) - ScalarFloatMath.SQRT_HALF_BITS)
            .lanewise(VectorOperators.LSHR, ScalarFloatMath.FRACTION_BITS);
    FloatVector f =
        bits.sub(exponent.lanewise(VectorOperators.LSHL, ScalarFloatMath.FRACTION_BITS))
            .add(BIAS << ScalarFloatMath.FRACTION_BITS)
            .reinterpretAsFloats()
            .sub(FloatVector.broadcast(SPECIES, 1));
    FloatVector k =
        exponent
            .or(MAGIC_BITS)
            .reinterpretAsFloats()
            .sub(FloatVector.broadcast(SPECIES, ScalarFloatMath.MAGIC + BIAS))
            .sub(
                zero.blend(
                    FloatVector.broadcast(SPECIES, ScalarFloatMath.LIFT_EXPONENT), subnormal));
    FloatVector s = f.div(f.add(FloatVector.broadcast(SPECIES, 2)));
    FloatVector z = s.mul(s);
    FloatVector p = FloatVector.broadcast(SPECIES, ScalarFloatMath.P3);
    p = p.fma(z, FloatVector.broadcast(SPECIES, ScalarFloatMath.P2));
    p = p.fma(z, FloatVector.broadcast(SPECIES, ScalarFloatMath.P1));
    p = p.fma(z, FloatVector.broadcast(SPECIES, ScalarFloatMath.P0));
    FloatVector log2e = FloatVector.broadcast(SPECIES, ScalarFloatMath.LOG2_E);
    FloatVector correction = s.mul(z.neg().fma(p, f));
    FloatVector high = f.mul(log2e);
    FloatVector low =
        f.fma(FloatVector.broadcast(SPECIES, ScalarFloatMath.LOG2_E_LOW), f.fma(log2e, high.neg()));
    low = correction.neg().fma(log2e, low);
    FloatVector sum = k.add(high);
    return sum.add(k.sub(sum).add(high).add(low))
        .blend(
            FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY),
            x.compare(VectorOperators.LE, zero));
  }
}
