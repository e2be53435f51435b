package org.ugmm.engine.kernel.simd;

import static org.ugmm.engine.kernel.scalar.ScalarDoubleMath.FRACTION_BITS;
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.LANES;
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.LIMIT_BITS;
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.MAGIC;
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.ONE;
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.SPECIES;
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.ZERO;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import org.ugmm.engine.kernel.GaussianBlock;
import org.ugmm.engine.kernel.scalar.ScalarDoubleGaussian;

// The float twin of this class is derived from it at build.
/**
 * Gaussian kernels in double precision on vectors.
 *
 * <p>A tile is taken two vectors of rows at a time: what the units read is gathered into scratch
 * slots with a constant stride, over which the JIT takes the bounds checks out of the loops.
 */
final class VectorDoubleGaussian extends ScalarDoubleGaussian {
  /** Rows that are taken at a time. */
  private static final int TILE = 2 * LANES;

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
    for (int row = 0; row < tile; row += TILE) {
      int first = gather(v, tile, row, z, 0, scratch * tile);
      VectorDoubleMixtures.units(v, first, z.length, coef, numUnits, tile, out * tile + row);
    }
  }

  /** One row: lanes run across the units of a block; the exponential is written out. */
  private static void mixtureRow(double[] v, int[] z, double[] coef, int from, int out) {
    DoubleVector s = DoubleVector.zero(SPECIES);
    for (int k = 0; k < z.length; k++) {
      int at = from + k * (3 * LANES);
      DoubleVector x = DoubleVector.broadcast(SPECIES, v[z[k]]);
      DoubleVector a = DoubleVector.fromArray(SPECIES, coef, at);
      DoubleVector m = DoubleVector.fromArray(SPECIES, coef, at + LANES);
      DoubleVector c = DoubleVector.fromArray(SPECIES, coef, at + 2 * LANES);
      // double only {
      DoubleVector d = x.sub(m);
      DoubleVector cost = d.mul(a).fma(d, c);
      // }
      // float: FloatVector d = x.fma(a, m);
      // float: FloatVector cost = d.fma(d, c);
      DoubleVector y = cost.reinterpretAsInts().min(LIMIT_BITS).reinterpretAsDoubles();
      DoubleVector t = MAGIC.sub(y);
      DoubleVector r = MAGIC.sub(t).sub(y);
      // double only {
      DoubleVector h = r.mul(r);
      DoubleVector p = VectorDoubleMath.C11.fma(h, VectorDoubleMath.C9).fma(h, VectorDoubleMath.C7);
      p = p.fma(h, VectorDoubleMath.C5).fma(h, VectorDoubleMath.C3).fma(h, VectorDoubleMath.C1);
      DoubleVector e = VectorDoubleMath.C10.fma(h, VectorDoubleMath.C8).fma(h, VectorDoubleMath.C6);
      e = e.fma(h, VectorDoubleMath.C4).fma(h, VectorDoubleMath.C2);
      p = e.fma(r, p).fma(r, ONE);
      // }
      // float: FloatVector p = VectorFloatMath.E5.fma(r, VectorFloatMath.E4);
      // float: p = p.fma(r, VectorFloatMath.E3).fma(r, VectorFloatMath.E2);
      // float: p = p.fma(r, VectorFloatMath.E1).fma(r, ONE);
      LongVector n = t.reinterpretAsLongs().lanewise(VectorOperators.LSHL, FRACTION_BITS);
      s = s.add(p.reinterpretAsLongs().add(n).reinterpretAsDoubles());
    }
    s.intoArray(v, out);
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

  /** Minus the log2 of a component, less the shift. */
  private static DoubleVector cost(double[] v, int z, double[] coef, int at, int stride) {
    DoubleVector x = DoubleVector.fromArray(SPECIES, v, z);
    DoubleVector a = DoubleVector.broadcast(SPECIES, coef[at]);
    DoubleVector m = DoubleVector.broadcast(SPECIES, coef[at + stride]);
    DoubleVector c = DoubleVector.broadcast(SPECIES, coef[at + 2 * stride]);
    // double only {
    DoubleVector d = x.sub(m);
    return d.mul(a).fma(d, c);
    // }
    // float: FloatVector d = x.fma(a, m);
    // float: return d.fma(d, c);
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
