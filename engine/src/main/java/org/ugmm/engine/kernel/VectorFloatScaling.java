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

/**
 * Scaling of blocks in single precision on vectors. Largest values are found by comparisons, those
 * of mantissas by comparing their bits: Java's floating-point maximum costs five instructions.
 */
final class VectorFloatScaling extends ScalarFloatScaling {
  private static final VectorSpecies<Integer> BIASED =
      VectorSpecies.of(int.class, SPECIES.vectorShape());
  private static final int MAGIC_BITS = Float.floatToRawIntBits(ScalarFloatMath.MAGIC);

  @Override
  public void enter(float[] v, int tile, int[] in, int inFrom, int width, int out, int exponent) {
    if (tile < LANES) {
      enterRow(v, in, inFrom, width, out, exponent);
      return;
    }
    for (int row = 0; row < tile; row += 2 * LANES) {
      exponents(v, tile, row, in, inFrom, width, exponent * tile + row);
      mantissas(v, tile, row, in, inFrom, width, exponent * tile + row, out);
    }
  }

  /** The largest log2 of each row rounded to an integer, in units. */
  private static void exponents(
      float[] v, int tile, int row, int[] in, int inFrom, int width, int to) {
    FloatVector max0 = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
    FloatVector max1 = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
    for (int i = 0; i < width; i++) {
      int at = in[inFrom + i] * tile + row;
      FloatVector x0 = FloatVector.fromArray(SPECIES, v, at);
      FloatVector x1 = FloatVector.fromArray(SPECIES, v, at + LANES);
      max0 = max0.blend(x0, max0.compare(VectorOperators.LT, x0));
      max1 = max1.blend(x1, max1.compare(VectorOperators.LT, x1));
    }
    max0.add(VectorFloatMath.MAGIC)
        .sub(VectorFloatMath.MAGIC)
        .blend(ZERO, max0.compare(VectorOperators.EQ, NONE))
        .sub(FLOAT_UNIT)
        .intoArray(v, to);
    max1.add(VectorFloatMath.MAGIC)
        .sub(VectorFloatMath.MAGIC)
        .blend(ZERO, max1.compare(VectorOperators.EQ, NONE))
        .sub(FLOAT_UNIT)
        .intoArray(v, to + LANES);
  }

  /** 2^(v - exponent), written out for two vectors: see {@link VectorFloatMath#exp2}. */
  private static void mantissas(
      float[] v, int tile, int row, int[] in, int inFrom, int width, int exponent, int out) {
    FloatVector e0 = FloatVector.fromArray(SPECIES, v, exponent).add(FLOAT_UNIT);
    FloatVector e1 = FloatVector.fromArray(SPECIES, v, exponent + LANES).add(FLOAT_UNIT);
    for (int i = 0; i < width; i++) {
      int at = in[inFrom + i] * tile + row;
      int to = (out + i) * tile + row;
      FloatVector x0 = FloatVector.fromArray(SPECIES, v, at).sub(e0);
      VectorMask<Float> zero0 = x0.compare(VectorOperators.LT, VectorFloatMath.MIN_EXPONENT);
      FloatVector y0 = x0.blend(ZERO, zero0);
      FloatVector t0 = y0.add(VectorFloatMath.MAGIC);
      FloatVector r0 = y0.sub(t0.sub(VectorFloatMath.MAGIC));
      FloatVector p0 = VectorFloatMath.C6;
      p0 = p0.fma(r0, VectorFloatMath.C5);
      p0 = p0.fma(r0, VectorFloatMath.C4);
      p0 = p0.fma(r0, VectorFloatMath.C3);
      p0 = p0.fma(r0, VectorFloatMath.C2);
      p0 = p0.fma(r0, VectorFloatMath.C1);
      p0 = p0.fma(r0, VectorFloatMath.ONE);
      p0.reinterpretAsInts()
          .add(t0.reinterpretAsInts().lanewise(VectorOperators.LSHL, FRACTION_BITS))
          .reinterpretAsFloats()
          .blend(ZERO, zero0)
          .mul(UNIT)
          .intoArray(v, to);
      FloatVector x1 = FloatVector.fromArray(SPECIES, v, at + LANES).sub(e1);
      VectorMask<Float> zero1 = x1.compare(VectorOperators.LT, VectorFloatMath.MIN_EXPONENT);
      FloatVector y1 = x1.blend(ZERO, zero1);
      FloatVector t1 = y1.add(VectorFloatMath.MAGIC);
      FloatVector r1 = y1.sub(t1.sub(VectorFloatMath.MAGIC));
      FloatVector p1 = VectorFloatMath.C6;
      p1 = p1.fma(r1, VectorFloatMath.C5);
      p1 = p1.fma(r1, VectorFloatMath.C4);
      p1 = p1.fma(r1, VectorFloatMath.C3);
      p1 = p1.fma(r1, VectorFloatMath.C2);
      p1 = p1.fma(r1, VectorFloatMath.C1);
      p1 = p1.fma(r1, VectorFloatMath.ONE);
      p1.reinterpretAsInts()
          .add(t1.reinterpretAsInts().lanewise(VectorOperators.LSHL, FRACTION_BITS))
          .reinterpretAsFloats()
          .blend(ZERO, zero1)
          .mul(UNIT)
          .intoArray(v, to + LANES);
    }
  }

  /** One row: lanes run across adjacent slots. */
  private static void enterRow(float[] v, int[] in, int inFrom, int width, int out, int exponent) {
    float max =
        width >= LANES && isRun(in, inFrom, width)
            ? max(v, in[inFrom], width)
            : max(v, in, inFrom, width);
    float e =
        max == Float.NEGATIVE_INFINITY ? 0 : (max + ScalarFloatMath.MAGIC) - ScalarFloatMath.MAGIC;
    int i = 0;
    while (i < width) {
      int from = in[inFrom + i];
      int run = 1;
      while (i + run < width && in[inFrom + i + run] == from + run) {
        run++;
      }
      exp2Run(v, from, run, e, out + i);
      i += run;
    }
    v[exponent] = e - FLOAT_UNIT; // last, since the vectors above may read it
  }

  private static boolean isRun(int[] in, int inFrom, int width) {
    for (int i = 1; i < width; i++) {
      if (in[inFrom + i] != in[inFrom] + i) {
        return false;
      }
    }
    return true;
  }

  private static float max(float[] v, int[] in, int inFrom, int width) {
    float max = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < width; i++) {
      max = v[in[inFrom + i]] > max ? v[in[inFrom + i]] : max;
    }
    return max;
  }

  /** The largest of adjacent numbers, as many as a vector has lanes or more. */
  private static float max(float[] v, int from, int n) {
    FloatVector max = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
    for (int i = 0; i < n; i += LANES) {
      FloatVector x = FloatVector.fromArray(SPECIES, v, from + Math.min(i, n - LANES));
      max = max.blend(x, max.compare(VectorOperators.LT, x));
    }
    return max.reduceLanes(VectorOperators.MAX);
  }

  private static void exp2Run(float[] v, int from, int n, float e, int out) {
    if (n >= LANES) {
      for (int i = 0; i < n; i += LANES) {
        int at = Math.min(i, n - LANES); // the last vector overlaps the one before it
        VectorFloatMath.exp2(FloatVector.fromArray(SPECIES, v, from + at).sub(e))
            .mul(UNIT)
            .intoArray(v, out + at);
      }
    } else if (n > 1 && Math.max(from, out) + LANES <= v.length) {
      VectorMask<Float> mask =
          VectorFloatMath.IOTA.compare(VectorOperators.LT, FloatVector.broadcast(SPECIES, n));
      FloatVector result =
          VectorFloatMath.exp2(FloatVector.fromArray(SPECIES, v, from).sub(e)).mul(UNIT);
      FloatVector.fromArray(SPECIES, v, out).blend(result, mask).intoArray(v, out);
    } else {
      for (int i = 0; i < n; i++) {
        v[out + i] = ScalarFloatMath.exp2(v[from + i] - e) * UNIT;
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
  public void combine(
      float[] v, int tile, int exponentA, int exponentB, double factor, int exponent) {
    if (tile < LANES) {
      super.combine(v, tile, exponentA, exponentB, factor, exponent);
      return;
    }
    FloatVector tiny = FloatVector.broadcast(SPECIES, Float.MIN_NORMAL);
    for (int row = 0; row < tile; row += LANES) {
      int a = exponentA * tile + row;
      FloatVector sum = FloatVector.fromArray(SPECIES, v, a);
      FloatVector loss = FloatVector.fromArray(SPECIES, v, a + tile).add(tiny);
      if (exponentB >= 0) {
        int b = exponentB * tile + row;
        sum = sum.add(FloatVector.fromArray(SPECIES, v, b));
        loss = loss.add(FloatVector.fromArray(SPECIES, v, b + tile));
      }
      sum.intoArray(v, exponent * tile + row);
      loss.mul((float) factor).intoArray(v, (exponent + 1) * tile + row);
    }
  }

  @Override
  public void renormalise(float[] v, int tile, int from, int width, int exponent, int loss) {
    if (tile < LANES) {
      if (tile == 1 && width >= LANES) {
        renormaliseRow(v, from, width, exponent, loss);
      } else {
        super.renormalise(v, tile, from, width, exponent, loss);
      }
      return;
    }
    for (int row = 0; row < tile; row += LANES) {
      // in double precision the high halves decide, and the exponent is all that is read
      IntVector most = IntVector.zero(BIASED);
      for (int i = 0; i < width; i++) {
        int at = (from + i) * tile + row;
        most = most.max(FloatVector.fromArray(SPECIES, v, at).reinterpretAsInts());
      }
      FloatVector max = most.reinterpretAsFloats();
      VectorMask<Float> good =
          max.compare(VectorOperators.GE, FloatVector.broadcast(SPECIES, Float.MIN_NORMAL))
              .and(max.compare(VectorOperators.LT, FloatVector.broadcast(SPECIES, HUGE)));
      IntVector biased = max.reinterpretAsInts().lanewise(VectorOperators.LSHR, FRACTION_BITS);
      IntVector by =
          IntVector.broadcast(BIASED, BIASED_UNIT)
              .sub(biased)
              .min(IntVector.broadcast(BIASED, MAX_BIASED));
      FloatVector scale =
          VectorFloatMath.ONE.blend(
              by.lanewise(VectorOperators.LSHL, FRACTION_BITS).reinterpretAsFloats(), good);
      FloatVector gain =
          FloatVector.broadcast(SPECIES, ScalarFloatMath.MAGIC + MAX_BIASED / 2)
              .sub(by.or(MAGIC_BITS).reinterpretAsFloats());
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

  /** One row of as many mantissas as a vector has lanes or more. */
  private static void renormaliseRow(float[] v, int from, int width, int exponent, int loss) {
    // the last vector overlaps the one before it
    FloatVector last = FloatVector.fromArray(SPECIES, v, from + width - LANES);
    IntVector bits = last.reinterpretAsInts();
    for (int i = 0; i < width - LANES; i += LANES) {
      bits = bits.max(FloatVector.fromArray(SPECIES, v, from + i).reinterpretAsInts());
    }
    int most = bits.reduceLanes(VectorOperators.MAX);
    float max = Float.intBitsToFloat(most);
    if (!(max >= Float.MIN_NORMAL && max < HUGE)) {
      v[exponent] = (float) ZERO_EXPONENT;
      v[loss] = Float.POSITIVE_INFINITY;
      return;
    }
    int by = Math.min(BIASED_UNIT - (most >>> FRACTION_BITS), MAX_BIASED);
    float scale = Float.intBitsToFloat(by << FRACTION_BITS);
    v[exponent] += (float) (MAX_BIASED / 2 - by);
    v[loss] *= scale;
    for (int i = 0; i < width - LANES; i += LANES) {
      FloatVector.fromArray(SPECIES, v, from + i).mul(scale).intoArray(v, from + i);
    }
    last.mul(scale).intoArray(v, from + width - LANES);
  }
}
