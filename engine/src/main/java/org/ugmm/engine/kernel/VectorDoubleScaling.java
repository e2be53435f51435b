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
    if (tile < LANES) {
      super.enter(v, tile, in, inFrom, width, out, exponent);
      return;
    }
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
  public void exp2(double[] v, int tile, int in, int out) {
    if (tile < LANES) {
      super.exp2(v, tile, in, out);
      return;
    }
    for (int row = 0; row < tile; row += LANES) {
      VectorDoubleMath.exp2(DoubleVector.fromArray(SPECIES, v, in * tile + row))
          .intoArray(v, out * tile + row);
    }
  }

  @Override
  public void renormalise(double[] v, int tile, int from, int width, int exponent, int loss) {
    if (tile < LANES) {
      super.renormalise(v, tile, from, width, exponent, loss);
      return;
    }
    for (int row = 0; row < tile; row += LANES) {
      DoubleVector max = DoubleVector.zero(SPECIES);
      for (int i = 0; i < width; i++) {
        max = max.max(DoubleVector.fromArray(SPECIES, v, (from + i) * tile + row));
      }
      VectorMask<Double> good =
          max.compare(VectorOperators.GE, DoubleVector.broadcast(SPECIES, Double.MIN_NORMAL))
              .and(max.compare(VectorOperators.LT, DoubleVector.broadcast(SPECIES, HUGE)));
      LongVector biased = max.reinterpretAsLongs().lanewise(VectorOperators.LSHR, FRACTION_BITS);
      DoubleVector scale =
          VectorDoubleMath.ONE.blend(
              LongVector.broadcast(BIASED, MAX_BIASED)
                  .sub(biased)
                  .lanewise(VectorOperators.LSHL, FRACTION_BITS)
                  .reinterpretAsDoubles(),
              good);
      DoubleVector gain =
          biased
              .or(MAGIC_BITS)
              .reinterpretAsDoubles()
              .sub(DoubleVector.broadcast(SPECIES, ScalarDoubleMath.MAGIC + MAX_BIASED / 2));
      DoubleVector.broadcast(SPECIES, ZERO_EXPONENT)
          .blend(DoubleVector.fromArray(SPECIES, v, exponent * tile + row).add(gain), good)
          .intoArray(v, exponent * tile + row);
      DoubleVector.broadcast(SPECIES, Double.POSITIVE_INFINITY)
          .blend(DoubleVector.fromArray(SPECIES, v, loss * tile + row).mul(scale), good)
          .intoArray(v, loss * tile + row);
      for (int i = 0; i < width; i++) {
        int at = (from + i) * tile + row;
        DoubleVector.fromArray(SPECIES, v, at).mul(scale).intoArray(v, at);
      }
    }
  }
}
