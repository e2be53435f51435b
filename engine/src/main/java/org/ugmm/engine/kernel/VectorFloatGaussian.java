package org.ugmm.engine.kernel;

import static org.ugmm.engine.kernel.ScalarFloatMath.FRACTION_BITS;
import static org.ugmm.engine.kernel.VectorFloatMath.E1;
import static org.ugmm.engine.kernel.VectorFloatMath.E2;
import static org.ugmm.engine.kernel.VectorFloatMath.E3;
import static org.ugmm.engine.kernel.VectorFloatMath.E4;
import static org.ugmm.engine.kernel.VectorFloatMath.E5;
import static org.ugmm.engine.kernel.VectorFloatMath.LANES;
import static org.ugmm.engine.kernel.VectorFloatMath.LIMIT_BITS;
import static org.ugmm.engine.kernel.VectorFloatMath.MAGIC;
import static org.ugmm.engine.kernel.VectorFloatMath.ONE;
import static org.ugmm.engine.kernel.VectorFloatMath.SPECIES;
import static org.ugmm.engine.kernel.VectorFloatMath.ZERO;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Gaussian kernels in single precision on vectors.
 *
 * <p>A tile is taken two vectors of rows at a time: what the units read is gathered into scratch
 * slots with a constant stride, over which the JIT takes the bounds checks out of the loops.
 * Mixtures are computed two by two, so that a value is read once for both. The exponential is
 * written out: the JIT counts the nodes of a method while it inlines; a vector operation is worth
 * hundreds, and once the count is past a limit only methods of the JDK itself are still inlined. A
 * helper called beyond that point would box its vectors, many times slower than the arithmetic.
 *
 * <p>Exponents are clamped by the smaller of two integers: they are not negative, so their bits are
 * ordered as they are, and a floating-point minimum of Java costs five instructions.
 */
final class VectorFloatGaussian extends ScalarFloatGaussian {
  /** Rows that are taken at a time. */
  private static final int TILE = 2 * LANES;

  VectorFloatGaussian() {
    super(LANES);
  }

  @Override
  public void mixtures(
      float[] v, int tile, int[] z, float[] coef, int numUnits, int out, int scratch) {
    if (tile == 1) {
      if (numUnits == 1) {
        super.mixtures(v, 1, z, coef, 1, out, scratch);
      }
      for (int j = 0; numUnits > 1 && j < numUnits; j += LANES) {
        mixtureRow(v, z, coef, j * z.length * 3, out + j);
      }
      return;
    }
    int n = z.length;
    for (int row = 0; row < tile; row += TILE) {
      int first = gather(v, tile, row, z, 0, scratch * tile);
      if (numUnits == 1) {
        oneMixture(v, first, n, coef, 0, out * tile + row);
      }
      for (int j = 0; numUnits > 1 && j < numUnits; j += 2) {
        int at = j / LANES * n * (3 * LANES) + j % LANES;
        int to = (out + j) * tile + row;
        twoMixtures(v, first, n, coef, at, to, to + tile);
      }
    }
  }

  /** Where {@link #TILE} rows of some slots stand with that stride: copied, or as they are. */
  private static int gather(float[] v, int tile, int row, int[] slots, int slotShift, int to) {
    if (tile == TILE && isRun(slots)) {
      return (slots[0] + slotShift) * TILE;
    }
    int at = to;
    for (int slot : slots) {
      int from = (slot + slotShift) * tile + row;
      FloatVector.fromArray(SPECIES, v, from).intoArray(v, at);
      FloatVector.fromArray(SPECIES, v, from + LANES).intoArray(v, at + LANES);
      at += TILE;
    }
    return to;
  }

  private static boolean isRun(int[] slots) {
    for (int k = 1; k < slots.length; k++) {
      if (slots[k] != slots[0] + k) {
        return false;
      }
    }
    return slots.length > 0;
  }

  private static void twoMixtures(
      float[] v, int first, int n, float[] coef, int from, int out0, int out1) {
    FloatVector s00 = FloatVector.broadcast(SPECIES, 0);
    FloatVector s01 = FloatVector.broadcast(SPECIES, 0);
    FloatVector s10 = FloatVector.broadcast(SPECIES, 0);
    FloatVector s11 = FloatVector.broadcast(SPECIES, 0);
    int at = from;
    int end = first + n * TILE;
    for (int row = first; row < end; row += TILE) {
      FloatVector x0 = FloatVector.fromArray(SPECIES, v, row);
      FloatVector x1 = FloatVector.fromArray(SPECIES, v, row + LANES);
      FloatVector a0 = FloatVector.broadcast(SPECIES, coef[at]);
      FloatVector m0 = FloatVector.broadcast(SPECIES, coef[at + LANES]);
      FloatVector c0 = FloatVector.broadcast(SPECIES, coef[at + 2 * LANES]);
      FloatVector d00 = x0.fma(a0, m0);
      FloatVector y00 = d00.fma(d00, c0).reinterpretAsInts().min(LIMIT_BITS).reinterpretAsFloats();
      FloatVector t00 = MAGIC.sub(y00);
      FloatVector r00 = MAGIC.sub(t00).sub(y00);
      FloatVector p00 = E5;
      p00 = p00.fma(r00, E4);
      p00 = p00.fma(r00, E3);
      p00 = p00.fma(r00, E2);
      p00 = p00.fma(r00, E1);
      p00 = p00.fma(r00, ONE);
      s00 =
          s00.add(
              p00.reinterpretAsInts()
                  .add(t00.reinterpretAsInts().lanewise(VectorOperators.LSHL, FRACTION_BITS))
                  .reinterpretAsFloats());
      FloatVector d01 = x1.fma(a0, m0);
      FloatVector y01 = d01.fma(d01, c0).reinterpretAsInts().min(LIMIT_BITS).reinterpretAsFloats();
      FloatVector t01 = MAGIC.sub(y01);
      FloatVector r01 = MAGIC.sub(t01).sub(y01);
      FloatVector p01 = E5;
      p01 = p01.fma(r01, E4);
      p01 = p01.fma(r01, E3);
      p01 = p01.fma(r01, E2);
      p01 = p01.fma(r01, E1);
      p01 = p01.fma(r01, ONE);
      s01 =
          s01.add(
              p01.reinterpretAsInts()
                  .add(t01.reinterpretAsInts().lanewise(VectorOperators.LSHL, FRACTION_BITS))
                  .reinterpretAsFloats());
      FloatVector a1 = FloatVector.broadcast(SPECIES, coef[at + 1]);
      FloatVector m1 = FloatVector.broadcast(SPECIES, coef[at + 1 + LANES]);
      FloatVector c1 = FloatVector.broadcast(SPECIES, coef[at + 1 + 2 * LANES]);
      FloatVector d10 = x0.fma(a1, m1);
      FloatVector y10 = d10.fma(d10, c1).reinterpretAsInts().min(LIMIT_BITS).reinterpretAsFloats();
      FloatVector t10 = MAGIC.sub(y10);
      FloatVector r10 = MAGIC.sub(t10).sub(y10);
      FloatVector p10 = E5;
      p10 = p10.fma(r10, E4);
      p10 = p10.fma(r10, E3);
      p10 = p10.fma(r10, E2);
      p10 = p10.fma(r10, E1);
      p10 = p10.fma(r10, ONE);
      s10 =
          s10.add(
              p10.reinterpretAsInts()
                  .add(t10.reinterpretAsInts().lanewise(VectorOperators.LSHL, FRACTION_BITS))
                  .reinterpretAsFloats());
      FloatVector d11 = x1.fma(a1, m1);
      FloatVector y11 = d11.fma(d11, c1).reinterpretAsInts().min(LIMIT_BITS).reinterpretAsFloats();
      FloatVector t11 = MAGIC.sub(y11);
      FloatVector r11 = MAGIC.sub(t11).sub(y11);
      FloatVector p11 = E5;
      p11 = p11.fma(r11, E4);
      p11 = p11.fma(r11, E3);
      p11 = p11.fma(r11, E2);
      p11 = p11.fma(r11, E1);
      p11 = p11.fma(r11, ONE);
      s11 =
          s11.add(
              p11.reinterpretAsInts()
                  .add(t11.reinterpretAsInts().lanewise(VectorOperators.LSHL, FRACTION_BITS))
                  .reinterpretAsFloats());
      at += 3 * LANES;
    }
    s00.intoArray(v, out0);
    s01.intoArray(v, out0 + LANES);
    s10.intoArray(v, out1);
    s11.intoArray(v, out1 + LANES);
  }

  private static void oneMixture(float[] v, int first, int n, float[] coef, int from, int out0) {
    FloatVector s00 = FloatVector.broadcast(SPECIES, 0);
    FloatVector s01 = FloatVector.broadcast(SPECIES, 0);
    int at = from;
    int end = first + n * TILE;
    for (int row = first; row < end; row += TILE) {
      FloatVector a0 = FloatVector.broadcast(SPECIES, coef[at]);
      FloatVector m0 = FloatVector.broadcast(SPECIES, coef[at + 1]);
      FloatVector c0 = FloatVector.broadcast(SPECIES, coef[at + 2]);
      FloatVector d00 = FloatVector.fromArray(SPECIES, v, row).fma(a0, m0);
      FloatVector y00 = d00.fma(d00, c0).reinterpretAsInts().min(LIMIT_BITS).reinterpretAsFloats();
      FloatVector t00 = MAGIC.sub(y00);
      FloatVector r00 = MAGIC.sub(t00).sub(y00);
      FloatVector p00 = E5;
      p00 = p00.fma(r00, E4);
      p00 = p00.fma(r00, E3);
      p00 = p00.fma(r00, E2);
      p00 = p00.fma(r00, E1);
      p00 = p00.fma(r00, ONE);
      s00 =
          s00.add(
              p00.reinterpretAsInts()
                  .add(t00.reinterpretAsInts().lanewise(VectorOperators.LSHL, FRACTION_BITS))
                  .reinterpretAsFloats());
      FloatVector d01 = FloatVector.fromArray(SPECIES, v, row + LANES).fma(a0, m0);
      FloatVector y01 = d01.fma(d01, c0).reinterpretAsInts().min(LIMIT_BITS).reinterpretAsFloats();
      FloatVector t01 = MAGIC.sub(y01);
      FloatVector r01 = MAGIC.sub(t01).sub(y01);
      FloatVector p01 = E5;
      p01 = p01.fma(r01, E4);
      p01 = p01.fma(r01, E3);
      p01 = p01.fma(r01, E2);
      p01 = p01.fma(r01, E1);
      p01 = p01.fma(r01, ONE);
      s01 =
          s01.add(
              p01.reinterpretAsInts()
                  .add(t01.reinterpretAsInts().lanewise(VectorOperators.LSHL, FRACTION_BITS))
                  .reinterpretAsFloats());
      at += 3;
    }
    s00.intoArray(v, out0);
    s01.intoArray(v, out0 + LANES);
  }

  /** One row: lanes run across the units of a block. */
  private static void mixtureRow(float[] v, int[] z, float[] coef, int from, int out) {
    FloatVector s00 = FloatVector.zero(SPECIES);
    for (int k = 0; k < z.length; k++) {
      int at = from + k * (3 * LANES);
      FloatVector a0 = FloatVector.fromArray(SPECIES, coef, at);
      FloatVector c0 = FloatVector.fromArray(SPECIES, coef, at + 2 * LANES);
      FloatVector d00 =
          FloatVector.broadcast(SPECIES, v[z[k]])
              .fma(a0, FloatVector.fromArray(SPECIES, coef, at + LANES));
      FloatVector y00 = d00.fma(d00, c0).reinterpretAsInts().min(LIMIT_BITS).reinterpretAsFloats();
      FloatVector t00 = MAGIC.sub(y00);
      FloatVector r00 = MAGIC.sub(t00).sub(y00);
      FloatVector p00 = E5;
      p00 = p00.fma(r00, E4);
      p00 = p00.fma(r00, E3);
      p00 = p00.fma(r00, E2);
      p00 = p00.fma(r00, E1);
      p00 = p00.fma(r00, ONE);
      s00 =
          s00.add(
              p00.reinterpretAsInts()
                  .add(t00.reinterpretAsInts().lanewise(VectorOperators.LSHL, FRACTION_BITS))
                  .reinterpretAsFloats());
    }
    s00.intoArray(v, out);
  }

  @Override
  public boolean logs(float[] v, int tile, int out, int numUnits, float[] shift) {
    if (tile == 1) {
      if (numUnits == 1) {
        return super.logs(v, 1, out, 1, shift);
      }
      boolean small = false;
      for (int j = 0; j < numUnits; j += LANES) {
        // units past the last have a sum that can be trusted
        small |= logs(v, out + j, FloatVector.fromArray(SPECIES, shift, j));
      }
      return small;
    }
    boolean small = false;
    for (int j = 0; j < numUnits; j++) {
      FloatVector unit = FloatVector.broadcast(SPECIES, shift[j]);
      for (int row = 0; row < tile; row += LANES) {
        small |= logs(v, (out + j) * tile + row, unit);
      }
    }
    return small;
  }

  private static boolean logs(float[] v, int at, FloatVector shift) {
    FloatVector log = VectorFloatMath.log2(FloatVector.fromArray(SPECIES, v, at));
    log.add(shift).intoArray(v, at);
    return log.compare(VectorOperators.LT, FloatVector.broadcast(SPECIES, TRUSTED)).anyTrue();
  }

  @Override
  public void exactMixtures(
      float[] v,
      int tile,
      int[] z,
      float[] coef,
      int numUnits,
      float[] shift,
      int out,
      int scratch) {
    if (tile == 1) {
      super.exactMixtures(v, 1, z, coef, numUnits, shift, out, scratch);
      return;
    }
    GaussianBlock block = GaussianBlock.of(numUnits, z.length, LANES);
    for (int j = 0; j < numUnits; j++) {
      for (int row = 0; row < tile; row += LANES) {
        int at = (out + j) * tile + row;
        FloatVector fast = FloatVector.fromArray(SPECIES, v, at);
        FloatVector least = FloatVector.broadcast(SPECIES, TRUSTED + shift[j]);
        VectorMask<Float> small = fast.compare(VectorOperators.LT, least);
        if (small.anyTrue()) {
          exactMixture(v, tile, row, z, coef, block.at(j, 0), block.stride(), scratch * tile);
          FloatVector exact = FloatVector.fromArray(SPECIES, v, scratch * tile);
          fast.blend(exact.add(FloatVector.broadcast(SPECIES, shift[j])), small).intoArray(v, at);
        }
      }
    }
  }

  /** The log2 of one unit in one vector of rows, in two passes. */
  private static void exactMixture(
      float[] v, int tile, int row, int[] z, float[] coef, int from, int stride, int to) {
    FloatVector min = FloatVector.broadcast(SPECIES, Float.POSITIVE_INFINITY);
    int at = from;
    for (int slot : z) {
      min = min.min(cost(v, slot * tile + row, coef, at, stride));
      at += 3 * stride;
    }
    VectorMask<Float> none =
        min.compare(VectorOperators.EQ, FloatVector.broadcast(SPECIES, Float.POSITIVE_INFINITY));
    FloatVector finite = min.blend(FloatVector.zero(SPECIES), none);
    FloatVector sum = FloatVector.zero(SPECIES);
    at = from;
    for (int slot : z) {
      FloatVector cost = cost(v, slot * tile + row, coef, at, stride);
      sum = sum.add(VectorFloatMath.exp2(finite.sub(cost)));
      at += 3 * stride;
    }
    VectorFloatMath.log2(sum).sub(finite).intoArray(v, to);
  }

  private static FloatVector cost(float[] v, int z, float[] coef, int at, int stride) {
    FloatVector a = FloatVector.broadcast(SPECIES, coef[at]);
    FloatVector m = FloatVector.broadcast(SPECIES, coef[at + stride]);
    FloatVector c = FloatVector.broadcast(SPECIES, coef[at + 2 * stride]);
    FloatVector d = FloatVector.fromArray(SPECIES, v, z).fma(a, m);
    return d.fma(d, c);
  }

  @Override
  public void products(
      float[] v,
      int tile,
      int[] x,
      float[] coef,
      float[] constant,
      int numUnits,
      int out,
      int scratch) {
    if (tile == 1) {
      if (numUnits == 1) {
        super.products(v, 1, x, coef, constant, 1, out, scratch);
      }
      for (int j = 0; numUnits > 1 && j < numUnits; j += LANES) {
        VectorFloatProducts.row(v, x, coef, j * x.length * 3, constant, j, out + j);
      }
      return;
    }
    int n = x.length;
    for (int row = 0; row < tile; row += TILE) {
      int first = gather(v, tile, row, x, 0, scratch * tile);
      if (numUnits == 1) {
        VectorFloatProducts.one(v, first, n, coef, 0, constant, 0, out * tile + row);
      }
      for (int j = 0; numUnits > 1 && j < numUnits; j += 2) {
        int at = j / LANES * n * (3 * LANES) + j % LANES;
        int to = (out + j) * tile + row;
        VectorFloatProducts.pair(v, first, n, coef, at, constant, j, to, to + tile);
      }
    }
  }

  @Override
  public void productsRow(
      float[] v, int[] x, int xFrom, int n, float[] coef, int from, int numUnits, int out) {
    for (int j = 0; j < numUnits; j += LANES) {
      // the last vector overlaps the one before it, an only one may go past the units
      int unit = Math.max(0, Math.min(j, numUnits - LANES));
      int at = from + unit;
      FloatVector s = FloatVector.fromArray(SPECIES, coef, at);
      for (int k = xFrom; k < xFrom + n; k++) {
        FloatVector d =
            FloatVector.broadcast(SPECIES, v[x[k]])
                .sub(FloatVector.fromArray(SPECIES, coef, at + 2 * numUnits));
        s = d.mul(FloatVector.fromArray(SPECIES, coef, at + numUnits)).fma(d, s);
        at += 2 * numUnits;
      }
      s.intoArray(v, out + unit);
    }
  }

  @Override
  public void mask(float[] v, int tile, int x, int mask) {
    if (tile == 1) {
      super.mask(v, 1, x, mask);
      return;
    }
    for (int row = 0; row < tile; row += LANES) {
      FloatVector value = FloatVector.fromArray(SPECIES, v, x * tile + row);
      VectorMask<Float> observed = value.compare(VectorOperators.EQ, value);
      ZERO.blend(ONE, observed).intoArray(v, mask * tile + row);
      ZERO.blend(value, observed).intoArray(v, x * tile + row);
    }
  }

  @Override
  public void productsObserved(
      float[] v,
      int tile,
      int[] x,
      int maskShift,
      float[] coef,
      float[] constant,
      int numUnits,
      int out,
      int scratch) {
    if (tile == 1) {
      if (numUnits == 1) {
        super.productsObserved(v, 1, x, maskShift, coef, constant, 1, out, scratch);
      }
      for (int j = 0; numUnits > 1 && j < numUnits; j += LANES) {
        VectorFloatProducts.rowObserved(
            v, x, maskShift, coef, j * x.length * 3, constant, j, out + j);
      }
      return;
    }
    int n = x.length;
    for (int row = 0; row < tile; row += TILE) {
      int first = gather(v, tile, row, x, 0, scratch * tile);
      int masks = gather(v, tile, row, x, maskShift, scratch * tile + n * TILE);
      if (numUnits == 1) {
        VectorFloatProducts.oneObserved(
            v, first, masks - first, n, coef, 0, constant, 0, out * tile + row);
      }
      for (int j = 0; numUnits > 1 && j < numUnits; j += 2) {
        int at = j / LANES * n * (3 * LANES) + j % LANES;
        int to = (out + j) * tile + row;
        VectorFloatProducts.pairObserved(
            v, first, masks - first, n, coef, at, constant, j, to, to + tile);
      }
    }
  }
}
