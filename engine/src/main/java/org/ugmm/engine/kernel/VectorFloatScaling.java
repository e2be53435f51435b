package org.ugmm.engine.kernel;

import static org.ugmm.engine.kernel.ScalarFloatMath.FRACTION_BITS;
import static org.ugmm.engine.kernel.ScalarFloatMath.MAGIC;
import static org.ugmm.engine.kernel.ScalarFloatMath.MAX_BIASED;
import static org.ugmm.engine.kernel.VectorFloatMath.LANES;
import static org.ugmm.engine.kernel.VectorFloatMath.SPECIES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** Scaling of blocks in single precision on vectors. */
final class VectorFloatScaling extends ScalarFloatScaling {
  private static final int MAGIC_BITS = Float.floatToRawIntBits(MAGIC);

  @Override
  public void enter(float[] v, int tile, int[] in, int inFrom, int width, int out, int exponent) {
    FloatVector magic = FloatVector.broadcast(SPECIES, MAGIC);
    FloatVector none = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
    for (int row = 0; row < tile; row += LANES) {
      FloatVector max = none;
      for (int i = 0; i < width; i++) {
        max = max.max(FloatVector.fromArray(SPECIES, v, in[inFrom + i] * tile + row));
      }
      FloatVector e =
          max.add(magic)
              .sub(magic)
              .blend(FloatVector.zero(SPECIES), max.compare(VectorOperators.EQ, none));
      e.intoArray(v, exponent * tile + row);
      for (int i = 0; i < width; i++) {
        VectorFloatMath.exp2(FloatVector.fromArray(SPECIES, v, in[inFrom + i] * tile + row).sub(e))
            .intoArray(v, (out + i) * tile + row);
      }
    }
  }

  @Override
  public boolean renormalise(float[] v, int tile, int from, int width, int exponent) {
    FloatVector zero = FloatVector.zero(SPECIES);
    FloatVector least = FloatVector.broadcast(SPECIES, Float.POSITIVE_INFINITY);
    for (int row = 0; row < tile; row += LANES) {
      FloatVector max = zero;
      for (int i = 0; i < width; i++) {
        FloatVector x = FloatVector.fromArray(SPECIES, v, (from + i) * tile + row);
        max = max.max(x);
        least = least.min(x);
      }
      VectorMask<Float> empty = max.compare(VectorOperators.EQ, zero);
      IntVector biased = max.reinterpretAsInts().lanewise(VectorOperators.LSHR, FRACTION_BITS);
      FloatVector scale =
          biased
              .neg()
              .add(MAX_BIASED)
              .lanewise(VectorOperators.LSHL, FRACTION_BITS)
              .reinterpretAsFloats()
              .blend(FloatVector.broadcast(SPECIES, 1), empty);
      FloatVector gain =
          biased
              .or(MAGIC_BITS)
              .reinterpretAsFloats()
              .sub(FloatVector.broadcast(SPECIES, MAGIC + MAX_BIASED / 2))
              .blend(zero, empty);
      FloatVector.fromArray(SPECIES, v, exponent * tile + row)
          .add(gain)
          .intoArray(v, exponent * tile + row);
      for (int i = 0; i < width; i++) {
        int at = (from + i) * tile + row;
        FloatVector.fromArray(SPECIES, v, at).mul(scale).intoArray(v, at);
      }
    }
    return !least.compare(VectorOperators.LT, FloatVector.broadcast(SPECIES, TRUSTED)).anyTrue();
  }

  @Override
  public void leave(float[] v, int tile, int from, int width, int exponent, int out) {
    for (int row = 0; row < tile; row += LANES) {
      FloatVector e = FloatVector.fromArray(SPECIES, v, exponent * tile + row);
      for (int i = 0; i < width; i++) {
        VectorFloatMath.log2(FloatVector.fromArray(SPECIES, v, (from + i) * tile + row))
            .add(e)
            .intoArray(v, (out + i) * tile + row);
      }
    }
  }

  @Override
  public void divide(float[] d, float[] v, int tile, int from, int width) {
    FloatVector zero = FloatVector.zero(SPECIES);
    for (int i = from * tile; i < (from + width) * tile; i += LANES) {
      FloatVector x = FloatVector.fromArray(SPECIES, v, i);
      FloatVector.fromArray(SPECIES, d, i)
          .div(x)
          .blend(zero, x.compare(VectorOperators.EQ, zero))
          .intoArray(d, i);
    }
  }

  @Override
  public void multiply(float[] d, float[] v, int tile, int from, int width) {
    for (int i = from * tile; i < (from + width) * tile; i += LANES) {
      FloatVector.fromArray(SPECIES, d, i)
          .mul(FloatVector.fromArray(SPECIES, v, i))
          .intoArray(d, i);
    }
  }
}
