package org.ugmm.engine.kernel.simd;

import static org.ugmm.engine.kernel.scalar.ScalarDoubleMath.FRACTION_BITS;
import static org.ugmm.engine.kernel.scalar.ScalarDoubleMath.log2;
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.LANES;
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.LOG2_E;
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.MAGIC;
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.ONE;
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.SPECIES;
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.exp2;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector; // double only
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies; // double only
import org.ugmm.engine.kernel.scalar.ScalarDoubleMath;
import org.ugmm.engine.kernel.scalar.ScalarDoubleUnits;

// The float twin of this class is derived from it at build.
/**
 * Training of uGMM units in double precision on vectors: lanes run across units where sums over
 * rows are formed, so that nothing is added across lanes, and across rows where sums over units
 * are. The exponential is written out in the two loops that matter, as in {@link
 * VectorDoubleMixtures}.
 */
final class VectorDoubleUnits extends ScalarDoubleUnits {
  // double only {
  /** {@link #LIMIT} for the high halves, the largest integer for the low ones. */
  private static final IntVector LIMIT_BITS =
      LongVector.broadcast(
              VectorSpecies.of(long.class, SPECIES.vectorShape()),
              Double.doubleToRawLongBits(LIMIT) | 0x7fffffffL)
          .reinterpretAsInts();

  // }
  // float: private static final IntVector LIMIT_BITS =
  // float:     FloatVector.broadcast(SPECIES, LIMIT).reinterpretAsInts();

  VectorDoubleUnits() {
    super(LANES);
  }

  @Override
  public void coefficients(
      double[] parameter,
      int from,
      double[] mask,
      int maskFrom,
      double[] logSpread,
      int n,
      double[] coef,
      double[] weight,
      double[] shift,
      int shiftFrom) {
    logits(parameter, from, mask, maskFrom, logSpread, n, weight, shift, shiftFrom);
    weights(weight, maskFrom, n, shift, shiftFrom, coef, from);
    logs(coef, from, shift, shiftFrom);
    for (int k = 0; k < n; k++) {
      scale(parameter, from + 3 * k * LANES, coef);
    }
    heights(parameter, from, mask, maskFrom, n, coef, shift, shiftFrom);
  }

  // Small methods: past a number of nodes the JIT inlines no more, and vectors become objects.

  /** All logits to {@code weight}, the largest of each unit to {@code shift}. */
  private static void logits(
      double[] parameter,
      int from,
      double[] mask,
      int maskFrom,
      double[] logSpread,
      int n,
      double[] weight,
      double[] shift,
      int shiftFrom) {
    DoubleVector max = DoubleVector.broadcast(SPECIES, Double.NEGATIVE_INFINITY);
    for (int k = 0; k < n; k++) {
      DoubleVector logit =
          DoubleVector.fromArray(SPECIES, parameter, from + (3 * k + 2) * LANES)
              .add(DoubleVector.fromArray(SPECIES, mask, maskFrom + k * LANES))
              .add(DoubleVector.broadcast(SPECIES, logSpread[k]));
      logit.intoArray(weight, maskFrom + k * LANES);
      max = max.max(logit);
    }
    max.intoArray(shift, shiftFrom);
  }

  /** The softmax of the logits in {@code weight}; what it divides by to {@code total}. */
  private static void weights(
      double[] weight,
      int from,
      int n,
      double[] shift,
      int shiftFrom,
      double[] total,
      int totalFrom) {
    DoubleVector max = DoubleVector.fromArray(SPECIES, shift, shiftFrom);
    DoubleVector sum = DoubleVector.broadcast(SPECIES, 0);
    for (int k = 0; k < n; k++) {
      DoubleVector logit = DoubleVector.fromArray(SPECIES, weight, from + k * LANES);
      DoubleVector w = exp2(logit.sub(max).mul(LOG2_E));
      w.intoArray(weight, from + k * LANES);
      sum = sum.add(w);
    }
    sum.intoArray(total, totalFrom);
    DoubleVector inverse = ONE.div(sum);
    for (int k = 0; k < n; k++) {
      int at = from + k * LANES;
      DoubleVector.fromArray(SPECIES, weight, at).mul(inverse).intoArray(weight, at);
    }
  }

  /**
   * From the largest logit in {@code shift}, log2 of what the softmax has divided by. One number at
   * a time, the same bits: where the logarithm of a vector was compiled before, the JIT calls it
   * here instead of inlining it, and its vectors become objects.
   */
  private static void logs(double[] total, int totalFrom, double[] shift, int shiftFrom) {
    for (int lane = 0; lane < LANES; lane++) {
      double log = log2(total[totalFrom + lane]);
      shift[shiftFrom + lane] = Math.fma(shift[shiftFrom + lane], ScalarDoubleMath.LOG2_E, log);
    }
  }

  /** What differences are scaled by, and the mean, of one component of each unit. */
  private static void scale(double[] parameter, int at, double[] coef) {
    DoubleVector mean = DoubleVector.fromArray(SPECIES, parameter, at);
    DoubleVector log = DoubleVector.fromArray(SPECIES, parameter, at + LANES).mul(LOG2_E);
    // double only {
    exp2(log.add(log).neg()).mul(DoubleVector.broadcast(SPECIES, HALF_LOG2_E)).intoArray(coef, at);
    mean.intoArray(coef, at + LANES);
    // }
    // float: FloatVector a = exp2(log.neg()).mul(FloatVector.broadcast(SPECIES, ROOT));
    // float: a.intoArray(coef, at);
    // float: mean.neg().mul(a).intoArray(coef, at + LANES);
  }

  /** Minus log2 of the components at their means, less the least; minus that to {@code shift}. */
  private static void heights(
      double[] parameter,
      int from,
      double[] mask,
      int maskFrom,
      int n,
      double[] coef,
      double[] shift,
      int shiftFrom) {
    DoubleVector normaliser =
        DoubleVector.fromArray(SPECIES, shift, shiftFrom)
            .add(DoubleVector.broadcast(SPECIES, LOG2_ROOT_2PI));
    DoubleVector least = DoubleVector.broadcast(SPECIES, Double.POSITIVE_INFINITY);
    for (int k = 0; k < n; k++) {
      int at = from + 3 * k * LANES;
      DoubleVector logit =
          DoubleVector.fromArray(SPECIES, parameter, at + 2 * LANES)
              .add(DoubleVector.fromArray(SPECIES, mask, maskFrom + k * LANES));
      DoubleVector c =
          DoubleVector.fromArray(SPECIES, parameter, at + LANES).sub(logit).fma(LOG2_E, normaliser);
      c.intoArray(coef, at + 2 * LANES);
      least = least.min(c);
    }
    for (int k = 0; k < n; k++) {
      int at = from + (3 * k + 2) * LANES;
      DoubleVector.fromArray(SPECIES, coef, at).sub(least).intoArray(coef, at);
    }
    least.neg().intoArray(shift, shiftFrom);
  }

  @Override
  public void addSums(
      double[] v,
      int tile,
      int z,
      int n,
      int numRows,
      double[] coef,
      int from,
      double[] rows,
      int rowsFrom,
      double[] sums) {
    for (int k = 0; k < n; k++) {
      int at = from + 3 * k * LANES;
      addSums(v, (z + k) * tile, numRows, coef, at, rows, rowsFrom, sums);
    }
  }

  /** One component of each unit. */
  private static void addSums(
      double[] v,
      int z,
      int numRows,
      double[] coef,
      int at,
      double[] rows,
      int rowsFrom,
      double[] sums) {
    DoubleVector a = DoubleVector.fromArray(SPECIES, coef, at);
    DoubleVector m = DoubleVector.fromArray(SPECIES, coef, at + LANES);
    DoubleVector c = DoubleVector.fromArray(SPECIES, coef, at + 2 * LANES);
    DoubleVector s0 = DoubleVector.broadcast(SPECIES, 0);
    DoubleVector s1 = DoubleVector.broadcast(SPECIES, 0);
    DoubleVector s2 = DoubleVector.broadcast(SPECIES, 0);
    int row = rowsFrom;
    for (int r = z; r < z + numRows; r++, row += 2 * LANES) {
      DoubleVector x = DoubleVector.broadcast(SPECIES, v[r]);
      DoubleVector cy = c.add(DoubleVector.fromArray(SPECIES, rows, row));
      // double only {
      DoubleVector d = x.sub(m);
      DoubleVector q = d.mul(a).fma(d, cy);
      // }
      // float: FloatVector d = x.fma(a, m);
      // float: FloatVector q = d.fma(d, cy);
      DoubleVector y = q.reinterpretAsInts().min(LIMIT_BITS).reinterpretAsDoubles();
      DoubleVector t = MAGIC.sub(y);
      DoubleVector f = MAGIC.sub(t).sub(y);
      // double only {
      DoubleVector h = f.mul(f);
      DoubleVector p = VectorDoubleMath.C11.fma(h, VectorDoubleMath.C9).fma(h, VectorDoubleMath.C7);
      p = p.fma(h, VectorDoubleMath.C5).fma(h, VectorDoubleMath.C3).fma(h, VectorDoubleMath.C1);
      DoubleVector o = VectorDoubleMath.C10.fma(h, VectorDoubleMath.C8).fma(h, VectorDoubleMath.C6);
      o = o.fma(h, VectorDoubleMath.C4).fma(h, VectorDoubleMath.C2);
      p = o.fma(f, p).fma(f, ONE);
      // }
      // float: FloatVector p = VectorFloatMath.E5.fma(f, VectorFloatMath.E4);
      // float: p = p.fma(f, VectorFloatMath.E3).fma(f, VectorFloatMath.E2);
      // float: p = p.fma(f, VectorFloatMath.E1).fma(f, ONE);
      DoubleVector e =
          p.reinterpretAsLongs()
              .add(t.reinterpretAsLongs().lanewise(VectorOperators.LSHL, FRACTION_BITS))
              .reinterpretAsDoubles()
              .mul(DoubleVector.fromArray(SPECIES, rows, row + LANES));
      DoubleVector ed = e.mul(d);
      s0 = s0.add(e);
      s1 = s1.add(ed);
      s2 = ed.fma(d, s2);
    }
    s0.add(DoubleVector.fromArray(SPECIES, sums, at)).intoArray(sums, at);
    s1.add(DoubleVector.fromArray(SPECIES, sums, at + LANES)).intoArray(sums, at + LANES);
    s2.add(DoubleVector.fromArray(SPECIES, sums, at + 2 * LANES)).intoArray(sums, at + 2 * LANES);
  }

  @Override
  public void inputGradients(
      double[] v, int tile, int z, int n, double[] coef, int numUnits, int y, int g, int out) {
    for (int k = 0; k < n; k++) {
      for (int row = 0; row < tile; row += LANES) {
        inputGradient(
            v,
            (z + k) * tile + row,
            tile,
            coef,
            3 * k * LANES,
            3 * n * LANES,
            numUnits,
            y * tile + row,
            g * tile + row,
            (out + k) * tile + row);
      }
    }
  }

  /** One input in one vector of rows. */
  private static void inputGradient(
      double[] v,
      int z,
      int tile,
      double[] coef,
      int from,
      int blockSize,
      int numUnits,
      int y,
      int g,
      int out) {
    DoubleVector x = DoubleVector.fromArray(SPECIES, v, z);
    DoubleVector sum = DoubleVector.broadcast(SPECIES, 0);
    for (int j = 0; j < numUnits; j++) {
      int at = from + j / LANES * blockSize + j % LANES;
      DoubleVector a = DoubleVector.broadcast(SPECIES, coef[at]);
      DoubleVector m = DoubleVector.broadcast(SPECIES, coef[at + LANES]);
      DoubleVector cy =
          DoubleVector.broadcast(SPECIES, coef[at + 2 * LANES])
              .add(DoubleVector.fromArray(SPECIES, v, y + j * tile));
      // double only {
      DoubleVector d = x.sub(m);
      DoubleVector q = d.mul(a).fma(d, cy);
      // }
      // float: FloatVector d = x.fma(a, m);
      // float: FloatVector q = d.fma(d, cy);
      DoubleVector b = q.reinterpretAsInts().min(LIMIT_BITS).reinterpretAsDoubles();
      DoubleVector t = MAGIC.sub(b);
      DoubleVector f = MAGIC.sub(t).sub(b);
      // double only {
      DoubleVector h = f.mul(f);
      DoubleVector p = VectorDoubleMath.C11.fma(h, VectorDoubleMath.C9).fma(h, VectorDoubleMath.C7);
      p = p.fma(h, VectorDoubleMath.C5).fma(h, VectorDoubleMath.C3).fma(h, VectorDoubleMath.C1);
      DoubleVector o = VectorDoubleMath.C10.fma(h, VectorDoubleMath.C8).fma(h, VectorDoubleMath.C6);
      o = o.fma(h, VectorDoubleMath.C4).fma(h, VectorDoubleMath.C2);
      p = o.fma(f, p).fma(f, ONE);
      // }
      // float: FloatVector p = VectorFloatMath.E5.fma(f, VectorFloatMath.E4);
      // float: p = p.fma(f, VectorFloatMath.E3).fma(f, VectorFloatMath.E2);
      // float: p = p.fma(f, VectorFloatMath.E1).fma(f, ONE);
      DoubleVector e =
          p.reinterpretAsLongs()
              .add(t.reinterpretAsLongs().lanewise(VectorOperators.LSHL, FRACTION_BITS))
              .reinterpretAsDoubles()
              .mul(DoubleVector.fromArray(SPECIES, v, g + j * tile));
      sum = e.fma(d.mul(a), sum);
    }
    sum.mul(-TWO_LN_2).intoArray(v, out);
  }

  @Override
  public void gradients(
      double[] sums,
      double[] coef,
      int from,
      double[] weight,
      int weightFrom,
      int n,
      boolean isTied,
      double[] squares,
      int squaresFrom) {
    DoubleVector total = DoubleVector.broadcast(SPECIES, 0);
    DoubleVector mean = DoubleVector.broadcast(SPECIES, 0);
    for (int k = 0; k < n; k++) {
      int at = from + 3 * k * LANES;
      DoubleVector s0 = DoubleVector.fromArray(SPECIES, sums, at);
      DoubleVector s2 = DoubleVector.fromArray(SPECIES, sums, at + 2 * LANES);
      DoubleVector a = DoubleVector.fromArray(SPECIES, coef, at).mul(TWO_LN_2);
      DoubleVector g = DoubleVector.fromArray(SPECIES, sums, at + LANES).mul(a);
      total = total.add(s0);
      mean = mean.add(g);
      g.intoArray(sums, at);
      s2.mul(a).sub(s0).intoArray(sums, at + LANES); // double only
      // float: s2.mul(TWO_LN_2).sub(s0).intoArray(sums, at + LANES);
      s0.intoArray(sums, at + 2 * LANES);
    }
    DoubleVector square = DoubleVector.broadcast(SPECIES, 0);
    for (int k = 0; k < n; k++) {
      int at = from + 3 * k * LANES;
      DoubleVector w = DoubleVector.fromArray(SPECIES, weight, weightFrom + k * LANES);
      DoubleVector logit = DoubleVector.fromArray(SPECIES, sums, at + 2 * LANES).sub(w.mul(total));
      logit.intoArray(sums, at + 2 * LANES);
      if (isTied) {
        mean.intoArray(sums, at);
      }
      DoubleVector m = DoubleVector.fromArray(SPECIES, sums, at);
      DoubleVector scale = DoubleVector.fromArray(SPECIES, sums, at + LANES);
      square = square.add(m.mul(m).add(scale.mul(scale)).add(logit.mul(logit)));
    }
    square.intoArray(squares, squaresFrom);
  }

  @Override
  public void adam(
      double[] parameter,
      double[] gradient,
      double[] first,
      double[] second,
      int from,
      int n,
      /*double*/ double factor,
      /*double*/ double rate,
      /*double*/ double correction,
      /*double*/ double least,
      /*double*/ double most) {
    double f = (double) factor;
    double step = (double) rate;
    double correct = (double) correction;
    double lo = (double) least;
    double hi = (double) most;
    for (int i = from; i < from + 3 * n * LANES; i += LANES) {
      DoubleVector g = DoubleVector.fromArray(SPECIES, gradient, i).mul(f);
      DoubleVector m =
          DoubleVector.fromArray(SPECIES, first, i).mul(DECAY_FIRST).add(g.mul(1 - DECAY_FIRST));
      DoubleVector s =
          DoubleVector.fromArray(SPECIES, second, i)
              .mul(DECAY_SECOND)
              .add(g.mul(1 - DECAY_SECOND).mul(g));
      m.intoArray(first, i);
      s.intoArray(second, i);
      DoubleVector root = s.mul(correct).sqrt().add(EPSILON);
      DoubleVector.fromArray(SPECIES, parameter, i)
          .sub(m.mul(step).div(root))
          .intoArray(parameter, i);
    }
    for (int k = 0; k < n; k++) {
      int at = from + (3 * k + 1) * LANES;
      DoubleVector.fromArray(SPECIES, parameter, at).max(lo).min(hi).intoArray(parameter, at);
    }
  }
}
