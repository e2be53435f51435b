package org.ugmm.engine.kernel.simd;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector; // double only
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.ugmm.engine.kernel.DoublePolynomials;
import org.ugmm.engine.kernel.scalar.ScalarDoubleMath;

// The float twin of this class is derived from it at build.
/**
 * {@link ScalarDoubleMath} on vectors: the same operations in the same order, so the same bits.
 *
 * <p>Constants are vectors in static fields. The JIT inlines methods up to 325 bytecodes and stops
 * inlining when a method has too many nodes; broadcasting each constant where it is used doubles
 * both, and a vector method that is not inlined boxes its vectors. Accumulators of loops start from
 * a fresh broadcast all the same: starting from a constant object boxes them.
 *
 * <p>Conversions between integers and floating point go through {@link ScalarDoubleMath#MAGIC}:
 * AVX2 has no instruction for 64-bit integers, and without one the Vector API falls back to boxed
 * lanes.
 */
public final class VectorDoubleMath {
  static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
  static final int LANES = SPECIES.length();

  static final DoubleVector C1 = DoubleVector.broadcast(SPECIES, DoublePolynomials.C1);
  static final DoubleVector C2 = DoubleVector.broadcast(SPECIES, DoublePolynomials.C2);
  static final DoubleVector C3 = DoubleVector.broadcast(SPECIES, DoublePolynomials.C3);
  static final DoubleVector C4 = DoubleVector.broadcast(SPECIES, DoublePolynomials.C4);
  static final DoubleVector C5 = DoubleVector.broadcast(SPECIES, DoublePolynomials.C5);
  static final DoubleVector C6 = DoubleVector.broadcast(SPECIES, DoublePolynomials.C6);
  // double only {
  static final DoubleVector C7 = DoubleVector.broadcast(SPECIES, DoublePolynomials.C7);
  static final DoubleVector C8 = DoubleVector.broadcast(SPECIES, DoublePolynomials.C8);
  static final DoubleVector C9 = DoubleVector.broadcast(SPECIES, DoublePolynomials.C9);
  static final DoubleVector C10 = DoubleVector.broadcast(SPECIES, DoublePolynomials.C10);
  static final DoubleVector C11 = DoubleVector.broadcast(SPECIES, DoublePolynomials.C11);
  // }
  // float: static final FloatVector E1 = FloatVector.broadcast(SPECIES, FloatPolynomials.E1);
  // float: static final FloatVector E2 = FloatVector.broadcast(SPECIES, FloatPolynomials.E2);
  // float: static final FloatVector E3 = FloatVector.broadcast(SPECIES, FloatPolynomials.E3);
  // float: static final FloatVector E4 = FloatVector.broadcast(SPECIES, FloatPolynomials.E4);
  // float: static final FloatVector E5 = FloatVector.broadcast(SPECIES, FloatPolynomials.E5);
  static final DoubleVector P0 = DoubleVector.broadcast(SPECIES, DoublePolynomials.P0);
  static final DoubleVector P1 = DoubleVector.broadcast(SPECIES, DoublePolynomials.P1);
  static final DoubleVector P2 = DoubleVector.broadcast(SPECIES, DoublePolynomials.P2);
  static final DoubleVector P3 = DoubleVector.broadcast(SPECIES, DoublePolynomials.P3);
  // double only {
  static final DoubleVector P4 = DoubleVector.broadcast(SPECIES, DoublePolynomials.P4);
  static final DoubleVector P5 = DoubleVector.broadcast(SPECIES, DoublePolynomials.P5);
  static final DoubleVector P6 = DoubleVector.broadcast(SPECIES, DoublePolynomials.P6);
  // }
  static final DoubleVector LOG2_E = DoubleVector.broadcast(SPECIES, ScalarDoubleMath.LOG2_E);
  static final DoubleVector LOG2_E_LOW =
      DoubleVector.broadcast(SPECIES, ScalarDoubleMath.LOG2_E_LOW);
  static final DoubleVector MAGIC = DoubleVector.broadcast(SPECIES, ScalarDoubleMath.MAGIC);
  static final DoubleVector MIN_EXPONENT =
      DoubleVector.broadcast(SPECIES, ScalarDoubleMath.MIN_EXPONENT);

  // double only {
  /** {@link ScalarDoubleMath#LIMIT} for the high halves, the largest integer for the low ones. */
  static final IntVector LIMIT_BITS =
      LongVector.broadcast(
              VectorSpecies.of(long.class, SPECIES.vectorShape()),
              (long) ScalarDoubleMath.LIMIT_HIGH << 32 | 0x7fffffffL)
          .reinterpretAsInts();

  // }
  // float: static final IntVector LIMIT_BITS =
  // float:     FloatVector.broadcast(SPECIES, ScalarFloatMath.LIMIT).reinterpretAsInts();

  static final DoubleVector MIN_NORMAL = DoubleVector.broadcast(SPECIES, Double.MIN_NORMAL);
  static final DoubleVector LIFT = DoubleVector.broadcast(SPECIES, ScalarDoubleMath.LIFT);
  static final DoubleVector LIFT_EXPONENT =
      DoubleVector.broadcast(SPECIES, ScalarDoubleMath.LIFT_EXPONENT);
  static final DoubleVector ZERO = DoubleVector.zero(SPECIES);

  /** The index of each lane. */
  static final DoubleVector IOTA = DoubleVector.zero(SPECIES).addIndex(1);

  static final DoubleVector ONE = DoubleVector.broadcast(SPECIES, 1);

  /** Probability zero. */
  static final DoubleVector NONE = DoubleVector.broadcast(SPECIES, Double.NEGATIVE_INFINITY);

  private static final DoubleVector TWO = DoubleVector.broadcast(SPECIES, 2);

  /** Offset that makes exponents non-negative. */
  private static final long BIAS = ScalarDoubleMath.MAX_BIASED / 2 + 1;

  private static final long MAGIC_BITS = Double.doubleToRawLongBits(ScalarDoubleMath.MAGIC);

  private static final DoubleVector MAGIC_BIAS =
      DoubleVector.broadcast(SPECIES, ScalarDoubleMath.MAGIC + BIAS);

  private VectorDoubleMath() {}

  /** 2^x for x that has no overflow: 0 where the result is not a normal number. */
  static DoubleVector exp2(DoubleVector x) {
    VectorMask<Double> zero = x.compare(VectorOperators.LT, MIN_EXPONENT);
    DoubleVector y = x.blend(ZERO, zero);
    DoubleVector t = y.add(MAGIC);
    DoubleVector r = y.sub(t.sub(MAGIC));
    // double only {
    DoubleVector p = C11.fma(r, C10).fma(r, C9).fma(r, C8).fma(r, C7).fma(r, C6);
    // }
    // float: FloatVector p = C6;
    p = p.fma(r, C5);
    p = p.fma(r, C4);
    p = p.fma(r, C3);
    p = p.fma(r, C2);
    p = p.fma(r, C1);
    p = p.fma(r, ONE);
    return p.reinterpretAsLongs()
        .add(t.reinterpretAsLongs().lanewise(VectorOperators.LSHL, ScalarDoubleMath.FRACTION_BITS))
        .reinterpretAsDoubles()
        .blend(ZERO, zero);
  }

  /** Base-2 logarithm of finite x; negative infinity at 0 and below. */
  static DoubleVector log2(DoubleVector x) {
    VectorMask<Double> subnormal = x.compare(VectorOperators.LT, MIN_NORMAL);
    LongVector bits = x.blend(x.mul(LIFT), subnormal).reinterpretAsLongs();
    LongVector exponent =
        bits.add((BIAS << ScalarDoubleMath.FRACTION_BITS) - ScalarDoubleMath.SQRT_HALF_BITS)
            .lanewise(VectorOperators.LSHR, ScalarDoubleMath.FRACTION_BITS);
    DoubleVector f =
        bits.sub(exponent.lanewise(VectorOperators.LSHL, ScalarDoubleMath.FRACTION_BITS))
            .add(BIAS << ScalarDoubleMath.FRACTION_BITS)
            .reinterpretAsDoubles()
            .sub(ONE);
    DoubleVector k =
        exponent
            .or(MAGIC_BITS)
            .reinterpretAsDoubles()
            .sub(MAGIC_BIAS)
            .sub(ZERO.blend(LIFT_EXPONENT, subnormal));
    DoubleVector s = f.div(f.add(TWO));
    DoubleVector z = s.mul(s);
    // double only {
    DoubleVector p = P6.fma(z, P5).fma(z, P4).fma(z, P3);
    // }
    // float: FloatVector p = P3;
    p = p.fma(z, P2);
    p = p.fma(z, P1);
    p = p.fma(z, P0);
    DoubleVector correction = s.mul(z.neg().fma(p, f));
    DoubleVector high = f.mul(LOG2_E);
    DoubleVector low = f.fma(LOG2_E_LOW, f.fma(LOG2_E, high.neg()));
    low = correction.neg().fma(LOG2_E, low);
    DoubleVector sum = k.add(high);
    return sum.add(k.sub(sum).add(high).add(low)).blend(NONE, x.compare(VectorOperators.LE, ZERO));
  }
}
