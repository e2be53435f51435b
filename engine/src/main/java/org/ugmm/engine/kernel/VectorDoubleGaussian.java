package org.ugmm.engine.kernel;

import static org.ugmm.engine.kernel.ScalarDoubleMath.FRACTION_BITS;
import static org.ugmm.engine.kernel.VectorDoubleMath.C1;
import static org.ugmm.engine.kernel.VectorDoubleMath.C10;
import static org.ugmm.engine.kernel.VectorDoubleMath.C11;
import static org.ugmm.engine.kernel.VectorDoubleMath.C2;
import static org.ugmm.engine.kernel.VectorDoubleMath.C3;
import static org.ugmm.engine.kernel.VectorDoubleMath.C4;
import static org.ugmm.engine.kernel.VectorDoubleMath.C5;
import static org.ugmm.engine.kernel.VectorDoubleMath.C6;
import static org.ugmm.engine.kernel.VectorDoubleMath.C7;
import static org.ugmm.engine.kernel.VectorDoubleMath.C8;
import static org.ugmm.engine.kernel.VectorDoubleMath.C9;
import static org.ugmm.engine.kernel.VectorDoubleMath.LANES;
import static org.ugmm.engine.kernel.VectorDoubleMath.LIMIT_BITS;
import static org.ugmm.engine.kernel.VectorDoubleMath.MAGIC;
import static org.ugmm.engine.kernel.VectorDoubleMath.ONE;
import static org.ugmm.engine.kernel.VectorDoubleMath.SPECIES;
import static org.ugmm.engine.kernel.VectorDoubleMath.ZERO;

import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Gaussian kernels in double precision on vectors.
 *
 * <p>A tile is taken two vectors of rows at a time: what the units read is gathered into scratch
 * slots with a constant stride, over which the JIT takes the bounds checks out of the loops.
 * Mixtures are computed one by one: two together are more than the C1 compiler can take, and what
 * it cannot compile may not reach C2. The exponential is written out: the JIT counts the nodes of a
 * method while it inlines; a vector operation is worth hundreds, and once the count is past a limit
 * only methods of the JDK itself are still inlined. A helper called beyond that point would box its
 * vectors, many times slower than the arithmetic.
 *
 * <p>Exponents are clamped by the smaller of two integers: they are not negative, so their bits are
 * ordered as they are, and a floating-point minimum of Java costs five instructions.
 */
final class VectorDoubleGaussian extends ScalarDoubleGaussian {
  /** Rows that are taken at a time. */
  private static final int TILE = 2 * LANES;

  /** Inputs that are added to a unit of a mixture at a time. */
  private static final int INPUTS = 128;

  VectorDoubleGaussian() {
    super(LANES);
  }

  @Override
  public void mixtures(
      double[] v, int tile, int[] z, double[] coef, int numUnits, int out, int scratch) {
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
        mixture(v, first, n, coef, 0, 1, out * tile + row);
      }
      for (int j = 0; numUnits > 1 && j < numUnits; j++) {
        int at = j / LANES * n * (3 * LANES) + j % LANES;
        mixture(v, first, n, coef, at, LANES, (out + j) * tile + row);
      }
    }
  }

  /** Where {@link #TILE} rows of some slots stand with that stride: copied, or as they are. */
  private static int gather(double[] v, int tile, int row, int[] slots, int slotShift, int to) {
    if (tile == TILE && isRun(slots)) {
      return (slots[0] + slotShift) * TILE;
    }
    int at = to;
    for (int slot : slots) {
      int from = (slot + slotShift) * tile + row;
      DoubleVector.fromArray(SPECIES, v, from).intoArray(v, at);
      DoubleVector.fromArray(SPECIES, v, from + LANES).intoArray(v, at + LANES);
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

  /**
   * One unit, some inputs at a time: the sums stand in v in between. A loop that is left more often
   * is compiled without boxes: what follows a loop of 784 rounds is so rare in the JIT's profile
   * that one accumulator of two would leave it as an object (JDK 17).
   */
  private static void mixture(
      double[] v, int first, int n, double[] coef, int from, int stride, int out) {
    Arrays.fill(v, out, out + TILE, 0);
    for (int k = 0; k < n; k += INPUTS) {
      int row = first + k * TILE;
      int at = from + k * 3 * stride;
      if (stride == 1) {
        addOneUnit(v, row, Math.min(n - k, INPUTS), coef, at, out);
      } else {
        addUnit(v, row, Math.min(n - k, INPUTS), coef, at, out);
      }
    }
  }

  private static void addUnit(double[] v, int first, int n, double[] coef, int from, int out0) {
    DoubleVector s00 = DoubleVector.fromArray(SPECIES, v, out0);
    DoubleVector s01 = DoubleVector.fromArray(SPECIES, v, out0 + LANES);
    int at = from;
    int end = first + n * TILE;
    for (int row = first; row < end; row += TILE) {
      DoubleVector a0 = DoubleVector.broadcast(SPECIES, coef[at]);
      DoubleVector m0 = DoubleVector.broadcast(SPECIES, coef[at + LANES]);
      DoubleVector c0 = DoubleVector.broadcast(SPECIES, coef[at + 2 * LANES]);
      DoubleVector d00 = DoubleVector.fromArray(SPECIES, v, row).sub(m0);
      DoubleVector y00 =
          d00.mul(a0).fma(d00, c0).reinterpretAsInts().min(LIMIT_BITS).reinterpretAsDoubles();
      DoubleVector t00 = MAGIC.sub(y00);
      DoubleVector r00 = MAGIC.sub(t00).sub(y00);
      DoubleVector h00 = r00.mul(r00);
      DoubleVector p00 = C11;
      p00 = p00.fma(h00, C9);
      p00 = p00.fma(h00, C7);
      p00 = p00.fma(h00, C5);
      p00 = p00.fma(h00, C3);
      p00 = p00.fma(h00, C1);
      DoubleVector e00 = C10;
      e00 = e00.fma(h00, C8);
      e00 = e00.fma(h00, C6);
      e00 = e00.fma(h00, C4);
      e00 = e00.fma(h00, C2);
      p00 = e00.fma(r00, p00).fma(r00, ONE);
      s00 =
          s00.add(
              p00.reinterpretAsLongs()
                  .add(t00.reinterpretAsLongs().lanewise(VectorOperators.LSHL, FRACTION_BITS))
                  .reinterpretAsDoubles());
      DoubleVector d01 = DoubleVector.fromArray(SPECIES, v, row + LANES).sub(m0);
      DoubleVector y01 =
          d01.mul(a0).fma(d01, c0).reinterpretAsInts().min(LIMIT_BITS).reinterpretAsDoubles();
      DoubleVector t01 = MAGIC.sub(y01);
      DoubleVector r01 = MAGIC.sub(t01).sub(y01);
      DoubleVector h01 = r01.mul(r01);
      DoubleVector p01 = C11;
      p01 = p01.fma(h01, C9);
      p01 = p01.fma(h01, C7);
      p01 = p01.fma(h01, C5);
      p01 = p01.fma(h01, C3);
      p01 = p01.fma(h01, C1);
      DoubleVector e01 = C10;
      e01 = e01.fma(h01, C8);
      e01 = e01.fma(h01, C6);
      e01 = e01.fma(h01, C4);
      e01 = e01.fma(h01, C2);
      p01 = e01.fma(r01, p01).fma(r01, ONE);
      s01 =
          s01.add(
              p01.reinterpretAsLongs()
                  .add(t01.reinterpretAsLongs().lanewise(VectorOperators.LSHL, FRACTION_BITS))
                  .reinterpretAsDoubles());
      at += 3 * LANES;
    }
    s00.intoArray(v, out0);
    s01.intoArray(v, out0 + LANES);
  }

  private static void addOneUnit(double[] v, int first, int n, double[] coef, int from, int out0) {
    DoubleVector s00 = DoubleVector.fromArray(SPECIES, v, out0);
    DoubleVector s01 = DoubleVector.fromArray(SPECIES, v, out0 + LANES);
    int at = from;
    int end = first + n * TILE;
    for (int row = first; row < end; row += TILE) {
      DoubleVector a0 = DoubleVector.broadcast(SPECIES, coef[at]);
      DoubleVector m0 = DoubleVector.broadcast(SPECIES, coef[at + 1]);
      DoubleVector c0 = DoubleVector.broadcast(SPECIES, coef[at + 2]);
      DoubleVector d00 = DoubleVector.fromArray(SPECIES, v, row).sub(m0);
      DoubleVector y00 =
          d00.mul(a0).fma(d00, c0).reinterpretAsInts().min(LIMIT_BITS).reinterpretAsDoubles();
      DoubleVector t00 = MAGIC.sub(y00);
      DoubleVector r00 = MAGIC.sub(t00).sub(y00);
      DoubleVector h00 = r00.mul(r00);
      DoubleVector p00 = C11;
      p00 = p00.fma(h00, C9);
      p00 = p00.fma(h00, C7);
      p00 = p00.fma(h00, C5);
      p00 = p00.fma(h00, C3);
      p00 = p00.fma(h00, C1);
      DoubleVector e00 = C10;
      e00 = e00.fma(h00, C8);
      e00 = e00.fma(h00, C6);
      e00 = e00.fma(h00, C4);
      e00 = e00.fma(h00, C2);
      p00 = e00.fma(r00, p00).fma(r00, ONE);
      s00 =
          s00.add(
              p00.reinterpretAsLongs()
                  .add(t00.reinterpretAsLongs().lanewise(VectorOperators.LSHL, FRACTION_BITS))
                  .reinterpretAsDoubles());
      DoubleVector d01 = DoubleVector.fromArray(SPECIES, v, row + LANES).sub(m0);
      DoubleVector y01 =
          d01.mul(a0).fma(d01, c0).reinterpretAsInts().min(LIMIT_BITS).reinterpretAsDoubles();
      DoubleVector t01 = MAGIC.sub(y01);
      DoubleVector r01 = MAGIC.sub(t01).sub(y01);
      DoubleVector h01 = r01.mul(r01);
      DoubleVector p01 = C11;
      p01 = p01.fma(h01, C9);
      p01 = p01.fma(h01, C7);
      p01 = p01.fma(h01, C5);
      p01 = p01.fma(h01, C3);
      p01 = p01.fma(h01, C1);
      DoubleVector e01 = C10;
      e01 = e01.fma(h01, C8);
      e01 = e01.fma(h01, C6);
      e01 = e01.fma(h01, C4);
      e01 = e01.fma(h01, C2);
      p01 = e01.fma(r01, p01).fma(r01, ONE);
      s01 =
          s01.add(
              p01.reinterpretAsLongs()
                  .add(t01.reinterpretAsLongs().lanewise(VectorOperators.LSHL, FRACTION_BITS))
                  .reinterpretAsDoubles());
      at += 3;
    }
    s00.intoArray(v, out0);
    s01.intoArray(v, out0 + LANES);
  }

  /** One row: lanes run across the units of a block. */
  private static void mixtureRow(double[] v, int[] z, double[] coef, int from, int out) {
    DoubleVector s00 = DoubleVector.zero(SPECIES);
    for (int k = 0; k < z.length; k++) {
      int at = from + k * (3 * LANES);
      DoubleVector a0 = DoubleVector.fromArray(SPECIES, coef, at);
      DoubleVector c0 = DoubleVector.fromArray(SPECIES, coef, at + 2 * LANES);
      DoubleVector d00 =
          DoubleVector.broadcast(SPECIES, v[z[k]])
              .sub(DoubleVector.fromArray(SPECIES, coef, at + LANES));
      DoubleVector y00 =
          d00.mul(a0).fma(d00, c0).reinterpretAsInts().min(LIMIT_BITS).reinterpretAsDoubles();
      DoubleVector t00 = MAGIC.sub(y00);
      DoubleVector r00 = MAGIC.sub(t00).sub(y00);
      DoubleVector h00 = r00.mul(r00);
      DoubleVector p00 = C11;
      p00 = p00.fma(h00, C9);
      p00 = p00.fma(h00, C7);
      p00 = p00.fma(h00, C5);
      p00 = p00.fma(h00, C3);
      p00 = p00.fma(h00, C1);
      DoubleVector e00 = C10;
      e00 = e00.fma(h00, C8);
      e00 = e00.fma(h00, C6);
      e00 = e00.fma(h00, C4);
      e00 = e00.fma(h00, C2);
      p00 = e00.fma(r00, p00).fma(r00, ONE);
      s00 =
          s00.add(
              p00.reinterpretAsLongs()
                  .add(t00.reinterpretAsLongs().lanewise(VectorOperators.LSHL, FRACTION_BITS))
                  .reinterpretAsDoubles());
    }
    s00.intoArray(v, out);
  }

  @Override
  public boolean logs(double[] v, int tile, int out, int numUnits, double[] shift) {
    if (tile == 1) {
      if (numUnits == 1) {
        return super.logs(v, 1, out, 1, shift);
      }
      boolean small = false;
      for (int j = 0; j < numUnits; j += LANES) {
        // units past the last have a sum that can be trusted
        small |= logs(v, out + j, DoubleVector.fromArray(SPECIES, shift, j));
      }
      return small;
    }
    boolean small = false;
    for (int j = 0; j < numUnits; j++) {
      DoubleVector unit = DoubleVector.broadcast(SPECIES, shift[j]);
      for (int row = 0; row < tile; row += LANES) {
        small |= logs(v, (out + j) * tile + row, unit);
      }
    }
    return small;
  }

  private static boolean logs(double[] v, int at, DoubleVector shift) {
    DoubleVector log = VectorDoubleMath.log2(DoubleVector.fromArray(SPECIES, v, at));
    log.add(shift).intoArray(v, at);
    return log.compare(VectorOperators.LT, DoubleVector.broadcast(SPECIES, TRUSTED)).anyTrue();
  }

  @Override
  public void exactMixtures(
      double[] v,
      int tile,
      int[] z,
      double[] coef,
      int numUnits,
      double[] shift,
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
        DoubleVector fast = DoubleVector.fromArray(SPECIES, v, at);
        DoubleVector least = DoubleVector.broadcast(SPECIES, TRUSTED + shift[j]);
        VectorMask<Double> small = fast.compare(VectorOperators.LT, least);
        if (small.anyTrue()) {
          exactMixture(v, tile, row, z, coef, block.at(j, 0), block.stride(), scratch * tile);
          DoubleVector exact = DoubleVector.fromArray(SPECIES, v, scratch * tile);
          fast.blend(exact.add(DoubleVector.broadcast(SPECIES, shift[j])), small).intoArray(v, at);
        }
      }
    }
  }

  /** The log2 of one unit in one vector of rows, in two passes. */
  private static void exactMixture(
      double[] v, int tile, int row, int[] z, double[] coef, int from, int stride, int to) {
    DoubleVector min = DoubleVector.broadcast(SPECIES, Double.POSITIVE_INFINITY);
    int at = from;
    for (int slot : z) {
      min = min.min(cost(v, slot * tile + row, coef, at, stride));
      at += 3 * stride;
    }
    VectorMask<Double> none =
        min.compare(VectorOperators.EQ, DoubleVector.broadcast(SPECIES, Double.POSITIVE_INFINITY));
    DoubleVector finite = min.blend(DoubleVector.zero(SPECIES), none);
    DoubleVector sum = DoubleVector.zero(SPECIES);
    at = from;
    for (int slot : z) {
      DoubleVector cost = cost(v, slot * tile + row, coef, at, stride);
      sum = sum.add(VectorDoubleMath.exp2(finite.sub(cost)));
      at += 3 * stride;
    }
    VectorDoubleMath.log2(sum).sub(finite).intoArray(v, to);
  }

  private static DoubleVector cost(double[] v, int z, double[] coef, int at, int stride) {
    DoubleVector a = DoubleVector.broadcast(SPECIES, coef[at]);
    DoubleVector m = DoubleVector.broadcast(SPECIES, coef[at + stride]);
    DoubleVector c = DoubleVector.broadcast(SPECIES, coef[at + 2 * stride]);
    DoubleVector d = DoubleVector.fromArray(SPECIES, v, z).sub(m);
    return d.mul(a).fma(d, c);
  }

  @Override
  public void products(
      double[] v,
      int tile,
      int[] x,
      double[] coef,
      double[] constant,
      int numUnits,
      int out,
      int scratch) {
    if (tile == 1) {
      if (numUnits == 1) {
        super.products(v, 1, x, coef, constant, 1, out, scratch);
      }
      for (int j = 0; numUnits > 1 && j < numUnits; j += LANES) {
        VectorDoubleProducts.row(v, x, coef, j * x.length * 3, constant, j, out + j);
      }
      return;
    }
    int n = x.length;
    for (int row = 0; row < tile; row += TILE) {
      int first = gather(v, tile, row, x, 0, scratch * tile);
      if (numUnits == 1) {
        VectorDoubleProducts.one(v, first, n, coef, 0, constant, 0, out * tile + row);
      }
      for (int j = 0; numUnits > 1 && j < numUnits; j += 2) {
        int at = j / LANES * n * (3 * LANES) + j % LANES;
        int to = (out + j) * tile + row;
        VectorDoubleProducts.pair(v, first, n, coef, at, constant, j, to, to + tile);
      }
    }
  }

  @Override
  public void productsRow(
      double[] v, int[] x, int xFrom, int n, double[] coef, int from, int numUnits, int out) {
    for (int j = 0; j < numUnits; j += LANES) {
      // the last vector overlaps the one before it, an only one may go past the units
      int unit = Math.max(0, Math.min(j, numUnits - LANES));
      int at = from + unit;
      DoubleVector s = DoubleVector.fromArray(SPECIES, coef, at);
      for (int k = xFrom; k < xFrom + n; k++) {
        DoubleVector d =
            DoubleVector.broadcast(SPECIES, v[x[k]])
                .sub(DoubleVector.fromArray(SPECIES, coef, at + 2 * numUnits));
        s = d.mul(DoubleVector.fromArray(SPECIES, coef, at + numUnits)).fma(d, s);
        at += 2 * numUnits;
      }
      s.intoArray(v, out + unit);
    }
  }

  @Override
  public void mask(double[] v, int tile, int x, int mask) {
    if (tile == 1) {
      super.mask(v, 1, x, mask);
      return;
    }
    for (int row = 0; row < tile; row += LANES) {
      DoubleVector value = DoubleVector.fromArray(SPECIES, v, x * tile + row);
      VectorMask<Double> observed = value.compare(VectorOperators.EQ, value);
      ZERO.blend(ONE, observed).intoArray(v, mask * tile + row);
      ZERO.blend(value, observed).intoArray(v, x * tile + row);
    }
  }

  @Override
  public void productsObserved(
      double[] v,
      int tile,
      int[] x,
      int maskShift,
      double[] coef,
      double[] constant,
      int numUnits,
      int out,
      int scratch) {
    if (tile == 1) {
      if (numUnits == 1) {
        super.productsObserved(v, 1, x, maskShift, coef, constant, 1, out, scratch);
      }
      for (int j = 0; numUnits > 1 && j < numUnits; j += LANES) {
        VectorDoubleProducts.rowObserved(
            v, x, maskShift, coef, j * x.length * 3, constant, j, out + j);
      }
      return;
    }
    int n = x.length;
    for (int row = 0; row < tile; row += TILE) {
      int first = gather(v, tile, row, x, 0, scratch * tile);
      int masks = gather(v, tile, row, x, maskShift, scratch * tile + n * TILE);
      if (numUnits == 1) {
        VectorDoubleProducts.oneObserved(
            v, first, masks - first, n, coef, 0, constant, 0, out * tile + row);
      }
      for (int j = 0; numUnits > 1 && j < numUnits; j += 2) {
        int at = j / LANES * n * (3 * LANES) + j % LANES;
        int to = (out + j) * tile + row;
        VectorDoubleProducts.pairObserved(
            v, first, masks - first, n, coef, at, constant, j, to, to + tile);
      }
    }
  }
}
