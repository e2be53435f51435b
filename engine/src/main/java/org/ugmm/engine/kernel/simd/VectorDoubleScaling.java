package org.ugmm.engine.kernel.simd;

import static org.ugmm.engine.kernel.scalar.ScalarDoubleMath.FRACTION_BITS;
import static org.ugmm.engine.kernel.scalar.ScalarDoubleMath.MAX_BIASED;
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.C1;
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.C10; // double only
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.C11; // double only
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.C2;
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.C3;
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.C4;
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.C5;
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.C6;
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.C7; // double only
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.C8; // double only
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.C9; // double only
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.LANES;
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.NONE;
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.SPECIES;
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.ZERO;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector; // double only
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.ugmm.engine.kernel.scalar.ScalarDoubleMath;
import org.ugmm.engine.kernel.scalar.ScalarDoubleScaling;

// The float twin of this class is derived from it at build.
/**
 * Scaling of blocks in double precision on vectors. Largest values are found by comparisons, those
 * of mantissas by comparing their bits: Java's floating-point maximum costs five instructions.
 */
final class VectorDoubleScaling extends ScalarDoubleScaling {
  private static final VectorSpecies<Long> BIASED =
      VectorSpecies.of(long.class, SPECIES.vectorShape());
  private static final VectorSpecies<Integer> HALVES =
      VectorSpecies.of(int.class, SPECIES.vectorShape());
  private static final long MAGIC_BITS = Double.doubleToRawLongBits(ScalarDoubleMath.MAGIC);

  @Override
  public void enter(double[] v, int tile, int[] in, int inFrom, int width, int out, int exponent) {
    if (tile < LANES) {
      enterRow(v, in, inFrom, width, out, exponent);
      return;
    }
    for (int row = 0; row < tile; row += 2 * LANES) {
      exponents(v, tile, row, in, inFrom, width, exponent * tile + row);
      mantissas(v, tile, row, in, inFrom, width, exponent * tile + row, out);
    }
  }

  /** The largest log2 of each row rounded to an integer, in units; 0 for negative infinity. */
  private static void exponents(
      double[] v, int tile, int row, int[] in, int inFrom, int width, int to) {
    DoubleVector max0 = DoubleVector.broadcast(SPECIES, Double.NEGATIVE_INFINITY);
    DoubleVector max1 = DoubleVector.broadcast(SPECIES, Double.NEGATIVE_INFINITY);
    for (int i = 0; i < width; i++) {
      int at = in[inFrom + i] * tile + row;
      DoubleVector x0 = DoubleVector.fromArray(SPECIES, v, at);
      DoubleVector x1 = DoubleVector.fromArray(SPECIES, v, at + LANES);
      max0 = max0.blend(x0, max0.compare(VectorOperators.LT, x0));
      max1 = max1.blend(x1, max1.compare(VectorOperators.LT, x1));
    }
    max0.add(VectorDoubleMath.MAGIC)
        .sub(VectorDoubleMath.MAGIC)
        .blend(ZERO, max0.compare(VectorOperators.EQ, NONE))
        // float: .sub(FLOAT_UNIT)
        .intoArray(v, to);
    max1.add(VectorDoubleMath.MAGIC)
        .sub(VectorDoubleMath.MAGIC)
        .blend(ZERO, max1.compare(VectorOperators.EQ, NONE))
        // float: .sub(FLOAT_UNIT)
        .intoArray(v, to + LANES);
  }

  /** 2^(v - exponent), written out for two vectors: see {@link VectorDoubleMath#exp2}. */
  private static void mantissas(
      double[] v, int tile, int row, int[] in, int inFrom, int width, int exponent, int out) {
    DoubleVector e0 = DoubleVector.fromArray(SPECIES, v, exponent);
    DoubleVector e1 = DoubleVector.fromArray(SPECIES, v, exponent + LANES);
    // float: e0 = e0.add(FLOAT_UNIT);
    // float: e1 = e1.add(FLOAT_UNIT);
    for (int i = 0; i < width; i++) {
      int at = in[inFrom + i] * tile + row;
      int to = (out + i) * tile + row;
      DoubleVector x0 = DoubleVector.fromArray(SPECIES, v, at).sub(e0);
      VectorMask<Double> zero0 = x0.compare(VectorOperators.LT, VectorDoubleMath.MIN_EXPONENT);
      DoubleVector y0 = x0.blend(ZERO, zero0);
      DoubleVector t0 = y0.add(VectorDoubleMath.MAGIC);
      DoubleVector r0 = y0.sub(t0.sub(VectorDoubleMath.MAGIC));
      // double only {
      DoubleVector p0 = C11.fma(r0, C10).fma(r0, C9).fma(r0, C8).fma(r0, C7).fma(r0, C6);
      // }
      // float: FloatVector p0 = C6;
      p0 = p0.fma(r0, C5);
      p0 = p0.fma(r0, C4);
      p0 = p0.fma(r0, C3);
      p0 = p0.fma(r0, C2);
      p0 = p0.fma(r0, C1);
      p0 = p0.fma(r0, VectorDoubleMath.ONE);
      p0.reinterpretAsLongs()
          .add(t0.reinterpretAsLongs().lanewise(VectorOperators.LSHL, FRACTION_BITS))
          .reinterpretAsDoubles()
          .blend(ZERO, zero0)
          // float: .mul(UNIT)
          .intoArray(v, to);
      DoubleVector x1 = DoubleVector.fromArray(SPECIES, v, at + LANES).sub(e1);
      VectorMask<Double> zero1 = x1.compare(VectorOperators.LT, VectorDoubleMath.MIN_EXPONENT);
      DoubleVector y1 = x1.blend(ZERO, zero1);
      DoubleVector t1 = y1.add(VectorDoubleMath.MAGIC);
      DoubleVector r1 = y1.sub(t1.sub(VectorDoubleMath.MAGIC));
      // double only {
      DoubleVector p1 = C11.fma(r1, C10).fma(r1, C9).fma(r1, C8).fma(r1, C7).fma(r1, C6);
      // }
      // float: FloatVector p1 = C6;
      p1 = p1.fma(r1, C5);
      p1 = p1.fma(r1, C4);
      p1 = p1.fma(r1, C3);
      p1 = p1.fma(r1, C2);
      p1 = p1.fma(r1, C1);
      p1 = p1.fma(r1, VectorDoubleMath.ONE);
      p1.reinterpretAsLongs()
          .add(t1.reinterpretAsLongs().lanewise(VectorOperators.LSHL, FRACTION_BITS))
          .reinterpretAsDoubles()
          .blend(ZERO, zero1)
          // float: .mul(UNIT)
          .intoArray(v, to + LANES);
    }
  }

  /** One row: lanes run across adjacent slots. */
  private static void enterRow(double[] v, int[] in, int inFrom, int width, int out, int exponent) {
    double max =
        width >= LANES && isRun(in, inFrom, width)
            ? max(v, in[inFrom], width)
            : max(v, in, inFrom, width);
    double e =
        max == Double.NEGATIVE_INFINITY
            ? 0
            : (max + ScalarDoubleMath.MAGIC) - ScalarDoubleMath.MAGIC;
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
    // float: e -= FLOAT_UNIT;
    v[exponent] = e; // last, since the vectors above may read it
  }

  private static boolean isRun(int[] in, int inFrom, int width) {
    for (int i = 1; i < width; i++) {
      if (in[inFrom + i] != in[inFrom] + i) {
        return false;
      }
    }
    return true;
  }

  private static double max(double[] v, int[] in, int inFrom, int width) {
    double max = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < width; i++) {
      max = v[in[inFrom + i]] > max ? v[in[inFrom + i]] : max;
    }
    return max;
  }

  /** The largest of adjacent numbers, as many as a vector has lanes or more. */
  private static double max(double[] v, int from, int n) {
    DoubleVector max = DoubleVector.broadcast(SPECIES, Double.NEGATIVE_INFINITY);
    for (int i = 0; i < n; i += LANES) {
      DoubleVector x = DoubleVector.fromArray(SPECIES, v, from + Math.min(i, n - LANES));
      max = max.blend(x, max.compare(VectorOperators.LT, x));
    }
    return max.reduceLanes(VectorOperators.MAX);
  }

  private static void exp2Run(double[] v, int from, int n, double e, int out) {
    if (n >= LANES) {
      for (int i = 0; i < n; i += LANES) {
        int at = Math.min(i, n - LANES); // the last vector overlaps the one before it
        VectorDoubleMath.exp2(DoubleVector.fromArray(SPECIES, v, from + at).sub(e))
            // float: .mul(UNIT)
            .intoArray(v, out + at);
      }
    } else if (n > 1 && Math.max(from, out) + LANES <= v.length) {
      VectorMask<Double> mask =
          VectorDoubleMath.IOTA.compare(VectorOperators.LT, DoubleVector.broadcast(SPECIES, n));
      DoubleVector result = VectorDoubleMath.exp2(DoubleVector.fromArray(SPECIES, v, from).sub(e));
      // float: result = result.mul(UNIT);
      DoubleVector.fromArray(SPECIES, v, out).blend(result, mask).intoArray(v, out);
    } else {
      for (int i = 0; i < n; i++) {
        v[out + i] = ScalarDoubleMath.exp2(v[from + i] - e);
        // float: v[out + i] *= UNIT;
      }
    }
  }

  @Override
  public void exp2(double[] v, int tile, int in, int out) {
    if (tile < LANES) {
      super.exp2(v, tile, in, out);
      return;
    }
    // VectorDoubleMath.exp2 written out: not every compilation inlined it, and a call boxes
    for (int row = 0; row < tile; row += LANES) {
      DoubleVector x = DoubleVector.fromArray(SPECIES, v, in * tile + row);
      VectorMask<Double> zero = x.compare(VectorOperators.LT, VectorDoubleMath.MIN_EXPONENT);
      DoubleVector y = x.blend(ZERO, zero);
      DoubleVector t = y.add(VectorDoubleMath.MAGIC);
      DoubleVector r = y.sub(t.sub(VectorDoubleMath.MAGIC));
      // double only {
      DoubleVector p = C11.fma(r, C10).fma(r, C9).fma(r, C8).fma(r, C7).fma(r, C6);
      // }
      // float: FloatVector p = C6;
      p = p.fma(r, C5);
      p = p.fma(r, C4);
      p = p.fma(r, C3);
      p = p.fma(r, C2);
      p = p.fma(r, C1);
      p = p.fma(r, VectorDoubleMath.ONE);
      p.reinterpretAsLongs()
          .add(t.reinterpretAsLongs().lanewise(VectorOperators.LSHL, FRACTION_BITS))
          .reinterpretAsDoubles()
          .blend(ZERO, zero)
          .intoArray(v, out * tile + row);
    }
  }

  @Override
  public void combine(
      double[] v, int tile, int exponentA, int exponentB, /*double*/ double factor, int exponent) {
    if (tile < LANES) {
      super.combine(v, tile, exponentA, exponentB, factor, exponent);
      return;
    }
    double f = factor; // double only
    // float: float f = (float) factor;
    DoubleVector tiny = DoubleVector.broadcast(SPECIES, Double.MIN_NORMAL);
    for (int row = 0; row < tile; row += LANES) {
      int a = exponentA * tile + row;
      DoubleVector sum = DoubleVector.fromArray(SPECIES, v, a);
      DoubleVector loss = DoubleVector.fromArray(SPECIES, v, a + tile).add(tiny);
      if (exponentB >= 0) {
        int b = exponentB * tile + row;
        sum = sum.add(DoubleVector.fromArray(SPECIES, v, b));
        loss = loss.add(DoubleVector.fromArray(SPECIES, v, b + tile));
      }
      sum.intoArray(v, exponent * tile + row);
      loss.mul(f).intoArray(v, (exponent + 1) * tile + row);
    }
  }

  @Override
  public void renormalise(double[] v, int tile, int from, int width, int exponent, int loss) {
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
      IntVector most = IntVector.zero(HALVES);
      for (int i = 0; i < width; i++) {
        int at = (from + i) * tile + row;
        most = most.max(DoubleVector.fromArray(SPECIES, v, at).reinterpretAsInts());
      }
      DoubleVector max = most.reinterpretAsDoubles();
      VectorMask<Double> good =
          max.compare(VectorOperators.GE, DoubleVector.broadcast(SPECIES, Double.MIN_NORMAL))
              .and(max.compare(VectorOperators.LT, DoubleVector.broadcast(SPECIES, HUGE)));
      LongVector biased = max.reinterpretAsLongs().lanewise(VectorOperators.LSHR, FRACTION_BITS);
      LongVector by = LongVector.broadcast(BIASED, MAX_BIASED).sub(biased); // double only
      // float: IntVector by = IntVector.broadcast(BIASED, BIASED_UNIT).sub(biased).min(MAX_BIASED);
      DoubleVector scale =
          VectorDoubleMath.ONE.blend(
              by.lanewise(VectorOperators.LSHL, FRACTION_BITS).reinterpretAsDoubles(), good);
      DoubleVector gain =
          DoubleVector.broadcast(SPECIES, ScalarDoubleMath.MAGIC + MAX_BIASED / 2)
              .sub(by.or(MAGIC_BITS).reinterpretAsDoubles());
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

  /** One row of as many mantissas as a vector has lanes or more. */
  private static void renormaliseRow(double[] v, int from, int width, int exponent, int loss) {
    // the last vector overlaps the one before it
    DoubleVector last = DoubleVector.fromArray(SPECIES, v, from + width - LANES);
    IntVector bits = last.reinterpretAsInts();
    for (int i = 0; i < width - LANES; i += LANES) {
      bits = bits.max(DoubleVector.fromArray(SPECIES, v, from + i).reinterpretAsInts());
    }
    // double only {
    LongVector high = bits.reinterpretAsLongs().lanewise(VectorOperators.LSHR, Integer.SIZE);
    long most = high.reduceLanes(VectorOperators.MAX) << Integer.SIZE;
    // }
    // float: int most = bits.reduceLanes(VectorOperators.MAX);
    double max = Double.longBitsToDouble(most);
    if (!(max >= Double.MIN_NORMAL && max < HUGE)) {
      v[exponent] = ZERO_EXPONENT;
      v[loss] = Double.POSITIVE_INFINITY;
      return;
    }
    long biased = most >>> FRACTION_BITS;
    long by = MAX_BIASED - biased; // double only
    // float: int by = Math.min(BIASED_UNIT - biased, MAX_BIASED);
    double scale = Double.longBitsToDouble(by << FRACTION_BITS);
    v[exponent] += (double) (MAX_BIASED / 2 - by);
    v[loss] *= scale;
    for (int i = 0; i < width - LANES; i += LANES) {
      DoubleVector.fromArray(SPECIES, v, from + i).mul(scale).intoArray(v, from + i);
    }
    last.mul(scale).intoArray(v, from + width - LANES);
  }
}
