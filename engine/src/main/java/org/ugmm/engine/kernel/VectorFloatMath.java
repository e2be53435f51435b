package org.ugmm.engine.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link ScalarFloatMath} on vectors: the same operations in the same order, so the same bits.
 *
 * <p>Constants are vectors in static fields. The JIT inlines methods up to 325 bytecodes and stops
 * inlining when a method has too many nodes; broadcasting each constant where it is used doubles
 * both, and a vector method that is not inlined boxes its vectors. Accumulators of loops start from
 * a fresh broadcast all the same: starting from a constant object boxes them.
 *
 * <p>Conversions between integers and floating point go through {@link ScalarFloatMath#MAGIC}: the
 * double-precision twin must, and this keeps the two alike.
 */
final class VectorFloatMath {
  static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  static final int LANES = SPECIES.length();

  static final FloatVector C1 = FloatVector.broadcast(SPECIES, ScalarFloatMath.C1);
  static final FloatVector C2 = FloatVector.broadcast(SPECIES, ScalarFloatMath.C2);
  static final FloatVector C3 = FloatVector.broadcast(SPECIES, ScalarFloatMath.C3);
  static final FloatVector C4 = FloatVector.broadcast(SPECIES, ScalarFloatMath.C4);
  static final FloatVector C5 = FloatVector.broadcast(SPECIES, ScalarFloatMath.C5);
  static final FloatVector C6 = FloatVector.broadcast(SPECIES, ScalarFloatMath.C6);
  static final FloatVector E1 = FloatVector.broadcast(SPECIES, ScalarFloatMath.E1);
  static final FloatVector E2 = FloatVector.broadcast(SPECIES, ScalarFloatMath.E2);
  static final FloatVector E3 = FloatVector.broadcast(SPECIES, ScalarFloatMath.E3);
  static final FloatVector E4 = FloatVector.broadcast(SPECIES, ScalarFloatMath.E4);
  static final FloatVector E5 = FloatVector.broadcast(SPECIES, ScalarFloatMath.E5);
  static final FloatVector P0 = FloatVector.broadcast(SPECIES, ScalarFloatMath.P0);
  static final FloatVector P1 = FloatVector.broadcast(SPECIES, ScalarFloatMath.P1);
  static final FloatVector P2 = FloatVector.broadcast(SPECIES, ScalarFloatMath.P2);
  static final FloatVector P3 = FloatVector.broadcast(SPECIES, ScalarFloatMath.P3);
  static final FloatVector LOG2_E = FloatVector.broadcast(SPECIES, ScalarFloatMath.LOG2_E);
  static final FloatVector LOG2_E_LOW = FloatVector.broadcast(SPECIES, ScalarFloatMath.LOG2_E_LOW);
  static final FloatVector MAGIC = FloatVector.broadcast(SPECIES, ScalarFloatMath.MAGIC);
  static final FloatVector MIN_EXPONENT =
      FloatVector.broadcast(SPECIES, ScalarFloatMath.MIN_EXPONENT);

  /** {@link ScalarFloatMath#LIMIT}. */
  static final IntVector LIMIT_BITS =
      IntVector.broadcast(
          VectorSpecies.of(int.class, SPECIES.vectorShape()),
          Float.floatToRawIntBits(ScalarFloatMath.LIMIT));

  static final FloatVector MIN_NORMAL = FloatVector.broadcast(SPECIES, ScalarFloatMath.MIN_NORMAL);
  static final FloatVector LIFT = FloatVector.broadcast(SPECIES, ScalarFloatMath.LIFT);
  static final FloatVector LIFT_EXPONENT =
      FloatVector.broadcast(SPECIES, ScalarFloatMath.LIFT_EXPONENT);
  static final FloatVector ZERO = FloatVector.zero(SPECIES);

  /** The index of each lane. */
  static final FloatVector IOTA = FloatVector.zero(SPECIES).addIndex(1);

  static final FloatVector ONE = FloatVector.broadcast(SPECIES, 1);

  /** Probability zero. */
  static final FloatVector NONE = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);

  private static final FloatVector TWO = FloatVector.broadcast(SPECIES, 2);

  /** Offset that makes exponents non-negative. */
  private static final int BIAS = ScalarFloatMath.MAX_BIASED / 2 + 1;

  private static final int MAGIC_BITS = Float.floatToRawIntBits(ScalarFloatMath.MAGIC);

  private static final FloatVector MAGIC_BIAS =
      FloatVector.broadcast(SPECIES, ScalarFloatMath.MAGIC + BIAS);

  private VectorFloatMath() {}

  /** 2^x for x below 128: 0 below -126. */
  static FloatVector exp2(FloatVector x) {
    VectorMask<Float> zero = x.compare(VectorOperators.LT, MIN_EXPONENT);
    FloatVector y = x.blend(ZERO, zero);
    FloatVector t = y.add(MAGIC);
    FloatVector r = y.sub(t.sub(MAGIC));
    FloatVector p = C6;
    p = p.fma(r, C5);
    p = p.fma(r, C4);
    p = p.fma(r, C3);
    p = p.fma(r, C2);
    p = p.fma(r, C1);
    p = p.fma(r, ONE);
    return p.reinterpretAsInts()
        .add(t.reinterpretAsInts().lanewise(VectorOperators.LSHL, ScalarFloatMath.FRACTION_BITS))
        .reinterpretAsFloats()
        .blend(ZERO, zero);
  }

  /** Base-2 logarithm of finite x; negative infinity at 0 and below. */
  static FloatVector log2(FloatVector x) {
    VectorMask<Float> subnormal = x.compare(VectorOperators.LT, MIN_NORMAL);
    IntVector bits = x.blend(x.mul(LIFT), subnormal).reinterpretAsInts();
    IntVector exponent =
        bits.add((BIAS << ScalarFloatMath.FRACTION_BITS) - ScalarFloatMath.SQRT_HALF_BITS)
            .lanewise(VectorOperators.LSHR, ScalarFloatMath.FRACTION_BITS);
    FloatVector f =
        bits.sub(exponent.lanewise(VectorOperators.LSHL, ScalarFloatMath.FRACTION_BITS))
            .add(BIAS << ScalarFloatMath.FRACTION_BITS)
            .reinterpretAsFloats()
            .sub(ONE);
    FloatVector k =
        exponent
            .or(MAGIC_BITS)
            .reinterpretAsFloats()
            .sub(MAGIC_BIAS)
            .sub(ZERO.blend(LIFT_EXPONENT, subnormal));
    FloatVector s = f.div(f.add(TWO));
    FloatVector z = s.mul(s);
    FloatVector p = P3;
    p = p.fma(z, P2);
    p = p.fma(z, P1);
    p = p.fma(z, P0);
    FloatVector correction = s.mul(z.neg().fma(p, f));
    FloatVector high = f.mul(LOG2_E);
    FloatVector low = f.fma(LOG2_E_LOW, f.fma(LOG2_E, high.neg()));
    low = correction.neg().fma(LOG2_E, low);
    FloatVector sum = k.add(high);
    return sum.add(k.sub(sum).add(high).add(low)).blend(NONE, x.compare(VectorOperators.LE, ZERO));
  }
}
