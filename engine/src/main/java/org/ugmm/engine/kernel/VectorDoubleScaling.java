package org.ugmm.engine.kernel;

import static org.ugmm.engine.kernel.ScalarDoubleMath.FRACTION_BITS;
import static org.ugmm.engine.kernel.ScalarDoubleMath.MAX_BIASED;
import static org.ugmm.engine.kernel.VectorDoubleMath.LANES;
import static org.ugmm.engine.kernel.VectorDoubleMath.NONE;
import static org.ugmm.engine.kernel.VectorDoubleMath.SPECIES;
import static org.ugmm.engine.kernel.VectorDoubleMath.ZERO;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Scaling of blocks in double precision on vectors. */
final class VectorDoubleScaling extends ScalarDoubleScaling {
  private static final VectorSpecies<Long> BIASED =
      VectorSpecies.of(long.class, SPECIES.vectorShape());
  private static final long MAGIC_BITS = Double.doubleToRawLongBits(ScalarDoubleMath.MAGIC);

  @Override
  public void enter(double[] v, int tile, int[] in, int inFrom, int width, int out, int exponent) {
    for (int row = 0; row < tile; row += LANES) {
      DoubleVector max = DoubleVector.broadcast(SPECIES, Double.NEGATIVE_INFINITY);
      for (int i = 0; i < width; i++) {
        max = max.max(DoubleVector.fromArray(SPECIES, v, in[inFrom + i] * tile + row));
      }
      DoubleVector e =
          max.add(VectorDoubleMath.MAGIC)
              .sub(VectorDoubleMath.MAGIC)
              .blend(ZERO, max.compare(VectorOperators.EQ, NONE));
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
    boolean trusted = true;
    for (int row = 0; row < tile; row += LANES) {
      DoubleVector max = DoubleVector.zero(SPECIES);
      DoubleVector min = DoubleVector.broadcast(SPECIES, Double.POSITIVE_INFINITY);
      for (int i = 0; i < width; i++) {
        DoubleVector x = DoubleVector.fromArray(SPECIES, v, (from + i) * tile + row);
        max = max.max(x);
        min = min.min(x);
      }
      trusted &=
          !min.compare(VectorOperators.LT, DoubleVector.broadcast(SPECIES, TRUSTED)).anyTrue();
      VectorMask<Double> empty = max.compare(VectorOperators.EQ, ZERO);
      LongVector biased = max.reinterpretAsLongs().lanewise(VectorOperators.LSHR, FRACTION_BITS);
      DoubleVector scale =
          LongVector.broadcast(BIASED, MAX_BIASED)
              .sub(biased)
              .lanewise(VectorOperators.LSHL, FRACTION_BITS)
              .reinterpretAsDoubles()
              .blend(VectorDoubleMath.ONE, empty);
      DoubleVector gain =
          biased
              .or(MAGIC_BITS)
              .reinterpretAsDoubles()
              .sub(DoubleVector.broadcast(SPECIES, ScalarDoubleMath.MAGIC + MAX_BIASED / 2))
              .blend(ZERO, empty);
      DoubleVector.fromArray(SPECIES, v, exponent * tile + row)
          .add(gain)
          .intoArray(v, exponent * tile + row);
      for (int i = 0; i < width; i++) {
        int at = (from + i) * tile + row;
        DoubleVector.fromArray(SPECIES, v, at).mul(scale).intoArray(v, at);
      }
    }
    return trusted;
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
    for (int i = from * tile; i < (from + width) * tile; i += LANES) {
      DoubleVector x = DoubleVector.fromArray(SPECIES, v, i);
      DoubleVector.fromArray(SPECIES, d, i)
          .div(x)
          .blend(ZERO, x.compare(VectorOperators.EQ, ZERO))
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
