package org.ugmm.engine.kernel;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link ScalarDoubleMath} on vectors: the same operations in the same order, so the same bits.
 *
 * <p>Conversions between integers and floating point go through {@link ScalarDoubleMath#MAGIC}:
 * AVX2 has no instruction for 64-bit integers, and without one the Vector API falls back to boxed
 * lanes.
 */
final class VectorDoubleMath {
  static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
  static final int LANES = SPECIES.length();

  /** Offset that makes exponents non-negative. */
  private static final long BIAS = ScalarDoubleMath.MAX_BIASED / 2 + 1;

  private static final long MAGIC_BITS = Double.doubleToRawLongBits(ScalarDoubleMath.MAGIC);

  private VectorDoubleMath() {}

  /** 2^x for x below 1024, taking every x below -1022 as -1022. */
  static DoubleVector exp2Floored(DoubleVector x) {
    DoubleVector y = x.max(DoubleVector.broadcast(SPECIES, ScalarDoubleMath.MIN_EXPONENT));
    DoubleVector t = y.add(DoubleVector.broadcast(SPECIES, ScalarDoubleMath.MAGIC));
    DoubleVector r = y.sub(t.sub(DoubleVector.broadcast(SPECIES, ScalarDoubleMath.MAGIC)));
    DoubleVector p = DoubleVector.broadcast(SPECIES, ScalarDoubleMath.C11);
    p = p.fma(r, DoubleVector.broadcast(SPECIES, ScalarDoubleMath.C10));
    p = p.fma(r, DoubleVector.broadcast(SPECIES, ScalarDoubleMath.C9));
    p = p.fma(r, DoubleVector.broadcast(SPECIES, ScalarDoubleMath.C8));
    p = p.fma(r, DoubleVector.broadcast(SPECIES, ScalarDoubleMath.C7));
    p = p.fma(r, DoubleVector.broadcast(SPECIES, ScalarDoubleMath.C6));
    p = p.fma(r, DoubleVector.broadcast(SPECIES, ScalarDoubleMath.C5));
    p = p.fma(r, DoubleVector.broadcast(SPECIES, ScalarDoubleMath.C4));
    p = p.fma(r, DoubleVector.broadcast(SPECIES, ScalarDoubleMath.C3));
    p = p.fma(r, DoubleVector.broadcast(SPECIES, ScalarDoubleMath.C2));
    p = p.fma(r, DoubleVector.broadcast(SPECIES, ScalarDoubleMath.C1));
    p = p.fma(r, DoubleVector.broadcast(SPECIES, 1));
    return p.reinterpretAsLongs()
        .add(t.reinterpretAsLongs().lanewise(VectorOperators.LSHL, ScalarDoubleMath.FRACTION_BITS))
        .reinterpretAsDoubles();
  }

  /** 2^x: 0 below -1022, positive infinity from 1024. */
  static DoubleVector exp2(DoubleVector x) {
    VectorMask<Double> zero =
        x.compare(
            VectorOperators.LT, DoubleVector.broadcast(SPECIES, ScalarDoubleMath.MIN_EXPONENT));
    return exp2Floored(x.min(DoubleVector.broadcast(SPECIES, ScalarDoubleMath.MAX_EXPONENT)))
        .blend(DoubleVector.zero(SPECIES), zero);
  }

  /** Base-2 logarithm of finite x; negative infinity at 0 and below. */
  static DoubleVector log2(DoubleVector x) {
    DoubleVector zero = DoubleVector.zero(SPECIES);
    VectorMask<Double> subnormal =
        x.compare(VectorOperators.LT, DoubleVector.broadcast(SPECIES, ScalarDoubleMath.MIN_NORMAL));
    LongVector bits =
        x.blend(x.mul(DoubleVector.broadcast(SPECIES, ScalarDoubleMath.LIFT)), subnormal)
            .reinterpretAsLongs();
    LongVector exponent =
        bits.add((BIAS << ScalarDoubleMath.FRACTION_BITS) - ScalarDoubleMath.SQRT_HALF_BITS)
            .lanewise(VectorOperators.LSHR, ScalarDoubleMath.FRACTION_BITS);
    DoubleVector f =
        bits.sub(exponent.lanewise(VectorOperators.LSHL, ScalarDoubleMath.FRACTION_BITS))
            .add(BIAS << ScalarDoubleMath.FRACTION_BITS)
            .reinterpretAsDoubles()
            .sub(DoubleVector.broadcast(SPECIES, 1));
    DoubleVector k =
        exponent
            .or(MAGIC_BITS)
            .reinterpretAsDoubles()
            .sub(DoubleVector.broadcast(SPECIES, ScalarDoubleMath.MAGIC + BIAS))
            .sub(
                zero.blend(
                    DoubleVector.broadcast(SPECIES, ScalarDoubleMath.LIFT_EXPONENT), subnormal));
    DoubleVector s = f.div(f.add(DoubleVector.broadcast(SPECIES, 2)));
    DoubleVector z = s.mul(s);
    DoubleVector p = DoubleVector.broadcast(SPECIES, ScalarDoubleMath.P6);
    p = p.fma(z, DoubleVector.broadcast(SPECIES, ScalarDoubleMath.P5));
    p = p.fma(z, DoubleVector.broadcast(SPECIES, ScalarDoubleMath.P4));
    p = p.fma(z, DoubleVector.broadcast(SPECIES, ScalarDoubleMath.P3));
    p = p.fma(z, DoubleVector.broadcast(SPECIES, ScalarDoubleMath.P2));
    p = p.fma(z, DoubleVector.broadcast(SPECIES, ScalarDoubleMath.P1));
    p = p.fma(z, DoubleVector.broadcast(SPECIES, ScalarDoubleMath.P0));
    DoubleVector log2e = DoubleVector.broadcast(SPECIES, ScalarDoubleMath.LOG2_E);
    DoubleVector correction = s.mul(z.neg().fma(p, f));
    DoubleVector high = f.mul(log2e);
    DoubleVector low =
        f.fma(
            DoubleVector.broadcast(SPECIES, ScalarDoubleMath.LOG2_E_LOW), f.fma(log2e, high.neg()));
    low = correction.neg().fma(log2e, low);
    DoubleVector sum = k.add(high);
    return sum.add(k.sub(sum).add(high).add(low))
        .blend(
            DoubleVector.broadcast(SPECIES, Double.NEGATIVE_INFINITY),
            x.compare(VectorOperators.LE, zero));
  }
}
