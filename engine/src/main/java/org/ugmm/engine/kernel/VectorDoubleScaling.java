package org.ugmm.engine.kernel;

import static org.ugmm.engine.kernel.ScalarDoubleMath.FRACTION_BITS;
import static org.ugmm.engine.kernel.ScalarDoubleMath.MAGIC;
import static org.ugmm.engine.kernel.ScalarDoubleMath.MAX_BIASED;
import static org.ugmm.engine.kernel.VectorDoubleMath.LANES;
import static org.ugmm.engine.kernel.VectorDoubleMath.SPECIES;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** Scaling of blocks in double precision on vectors. */
final class VectorDoubleScaling extends ScalarDoubleScaling {
  private static final long MAGIC_BITS = Double.doubleToRawLongBits(MAGIC);

  @Override
  public void enter(double[] v, int tile, int[] in, int inFrom, int width, int out, int exponent) {
    DoubleVector magic = DoubleVector.broadcast(SPECIES, MAGIC);
    DoubleVector none = DoubleVector.broadcast(SPECIES, Double.NEGATIVE_INFINITY);
    for (int row = 0; row < tile; row += LANES) {
      DoubleVector max = none;
      for (int i = 0; i < width; i++) {
        max = max.max(DoubleVector.fromArray(SPECIES, v, in[inFrom + i] * tile + row));
      }
      DoubleVector e =
          max.add(magic)
              .sub(magic)
              .blend(DoubleVector.zero(SPECIES), max.compare(VectorOperators.EQ, none));
      e.intoArray(v, exponent * tile + row);
      for (int i = 0; i < width; i++) {
        VectorDoubleMath.exp2(
                DoubleVector.fromArray(SPECIES, v, in[inFrom + i] * tile + row).sub(e))
            .intoArray(v, (out + i) * tile + row);
      }
    }
  }

  @Override
  public boolean renormalise(double[] v, int tile, int from, int width, int exponent) {
    DoubleVector zero = DoubleVector.zero(SPECIES);
    DoubleVector least = DoubleVector.broadcast(SPECIES, Double.POSITIVE_INFINITY);
    for (int row = 0; row < tile; row += LANES) {
      DoubleVector max = zero;
      for (int i = 0; i < width; i++) {
        DoubleVector x = DoubleVector.fromArray(SPECIES, v, (from + i) * tile + row);
        max = max.max(x);
        least = least.min(x);
      }
      VectorMask<Double> empty = max.compare(VectorOperators.EQ, zero);
      LongVector biased = max.reinterpretAsLongs().lanewise(VectorOperators.LSHR, FRACTION_BITS);
      DoubleVector scale =
          biased
              .neg()
              .add(MAX_BIASED)
              .lanewise(VectorOperators.LSHL, FRACTION_BITS)
              .reinterpretAsDoubles()
              .blend(DoubleVector.broadcast(SPECIES, 1), empty);
      DoubleVector gain =
          biased
              .or(MAGIC_BITS)
              .reinterpretAsDoubles()
              .sub(DoubleVector.broadcast(SPECIES, MAGIC + MAX_BIASED / 2))
              .blend(zero, empty);
      DoubleVector.fromArray(SPECIES, v, exponent * tile + row)
          .add(gain)
          .intoArray(v, exponent * tile + row);
      for (int i = 0; i < width; i++) {
        int at = (from + i) * tile + row;
        DoubleVector.fromArray(SPECIES, v, at).mul(scale).intoArray(v, at);
      }
    }
    return !least.compare(VectorOperators.LT, DoubleVector.broadcast(SPECIES, TRUSTED)).anyTrue();
  }

  @Override
  public void leave(double[] v, int tile, int from, int width, int exponent, int out) {
    for (int row = 0; row < tile; row += LANES) {
      DoubleVector e = DoubleVector.fromArray(SPECIES, v, exponent * tile + row);
      for (int i = 0; i < width; i++) {
        VectorDoubleMath.log2(DoubleVector.fromArray(SPECIES, v, (from + i) * tile + row))
            .add(e)
            .intoArray(v, (out + i) * tile + row);
      }
    }
  }

  @Override
  public void divide(double[] d, double[] v, int tile, int from, int width) {
    DoubleVector zero = DoubleVector.zero(SPECIES);
    for (int i = from * tile; i < (from + width) * tile; i += LANES) {
      DoubleVector x = DoubleVector.fromArray(SPECIES, v, i);
      DoubleVector.fromArray(SPECIES, d, i)
          .div(x)
          .blend(zero, x.compare(VectorOperators.EQ, zero))
          .intoArray(d, i);
    }
  }

  @Override
  public void multiply(double[] d, double[] v, int tile, int from, int width) {
    for (int i = from * tile; i < (from + width) * tile; i += LANES) {
      DoubleVector.fromArray(SPECIES, d, i)
          .mul(DoubleVector.fromArray(SPECIES, v, i))
          .intoArray(d, i);
    }
  }
}
