package org.ugmm.engine.kernel;

import static org.ugmm.engine.kernel.ScalarFloatMath.FRACTION_BITS;
import static org.ugmm.engine.kernel.ScalarFloatMath.MAX_BIASED;
import static org.ugmm.engine.kernel.VectorFloatMath.LANES;
import static org.ugmm.engine.kernel.VectorFloatMath.NONE;
import static org.ugmm.engine.kernel.VectorFloatMath.SPECIES;
import static org.ugmm.engine.kernel.VectorFloatMath.ZERO;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Scaling of blocks in single precision on vectors. */
final class VectorFloatScaling extends ScalarFloatScaling {
  private static final VectorSpecies<Integer> BIASED =
      VectorSpecies.of(int.class, SPECIES.vectorShape());
  private static final int MAGIC_BITS = Float.floatToRawIntBits(ScalarFloatMath.MAGIC);

  @Override
  public void enter(float[] v, int tile, int[] in, int inFrom, int width, int out, int exponent) {
    if (tile < LANES) {
      super.enter(v, tile, in, inFrom, width, out, exponent);
      return;
    }
    for (int row = 0; row < tile; row += LANES) {
      FloatVector max = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
      for (int i = 0; i < width; i++) {
        max = max.max(FloatVector.fromArray(SPECIES, v, in[inFrom + i] * tile + row));
      }
      FloatVector e =
          max.add(VectorFloatMath.MAGIC)
              .sub(VectorFloatMath.MAGIC)
              .blend(ZERO, max.compare(VectorOperators.EQ, NONE));
      e.intoArray(v, exponent * tile + row);
      for (int i = 0; i < width; i++) {
        VectorFloatMath.exp2(FloatVector.fromArray(SPECIES, v, in[inFrom + i] * tile + row).sub(e))
            .intoArray(v, (out + i) * tile + row);
      }
    }
  }

  @Override
  public void exp2(float[] v, int tile, int in, int out) {
    if (tile < LANES) {
      super.exp2(v, tile, in, out);
      return;
    }
    for (int row = 0; row < tile; row += LANES) {
      VectorFloatMath.exp2(FloatVector.fromArray(SPECIES, v, in * tile + row))
          .intoArray(v, out * tile + row);
    }
  }

  @Override
  public void renormalise(float[] v, int tile, int from, int width, int exponent, int loss) {
    if (tile < LANES) {
      super.renormalise(v, tile, from, width, exponent, loss);
      return;
    }
    for (int row = 0; row < tile; row += LANES) {
      FloatVector max = FloatVector.zero(SPECIES);
      for (int i = 0; i < width; i++) {
        max = max.max(FloatVector.fromArray(SPECIES, v, (from + i) * tile + row));
      }
      VectorMask<Float> good =
          max.compare(VectorOperators.GE, FloatVector.broadcast(SPECIES, Float.MIN_NORMAL))
              .and(max.compare(VectorOperators.LT, FloatVector.broadcast(SPECIES, HUGE)));
      IntVector biased = max.reinterpretAsInts().lanewise(VectorOperators.LSHR, FRACTION_BITS);
      FloatVector scale =
          VectorFloatMath.ONE.blend(
              IntVector.broadcast(BIASED, MAX_BIASED)
                  .sub(biased)
                  .lanewise(VectorOperators.LSHL, FRACTION_BITS)
                  .reinterpretAsFloats(),
              good);
      FloatVector gain =
          biased
              .or(MAGIC_BITS)
              .reinterpretAsFloats()
              .sub(FloatVector.broadcast(SPECIES, ScalarFloatMath.MAGIC + MAX_BIASED / 2));
      FloatVector.broadcast(SPECIES, (float) ZERO_EXPONENT)
          .blend(FloatVector.fromArray(SPECIES, v, exponent * tile + row).add(gain), good)
          .intoArray(v, exponent * tile + row);
      FloatVector.broadcast(SPECIES, Float.POSITIVE_INFINITY)
          .blend(FloatVector.fromArray(SPECIES, v, loss * tile + row).mul(scale), good)
          .intoArray(v, loss * tile + row);
      for (int i = 0; i < width; i++) {
        int at = (from + i) * tile + row;
        FloatVector.fromArray(SPECIES, v, at).mul(scale).intoArray(v, at);
      }
    }
  }
}
