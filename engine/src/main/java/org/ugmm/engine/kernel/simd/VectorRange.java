package org.ugmm.engine.kernel.simd;

import static org.ugmm.engine.kernel.simd.VectorDoubleMath.LANES;
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.SPECIES;
import static org.ugmm.engine.kernel.simd.VectorDoubleMath.ZERO;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import org.ugmm.engine.kernel.RangeKernels;
import org.ugmm.engine.kernel.scalar.ScalarRange;

/** {@link RangeKernels} on vectors: comparisons, since Java's maximum takes five instructions. */
public final class VectorRange extends ScalarRange {
  @Override
  public void distances(
      double[] lo,
      double[] hi,
      int tile,
      int[] in,
      double[] below,
      double[] above,
      double[] v,
      int near,
      int far) {
    if (tile % LANES != 0) {
      super.distances(lo, hi, tile, in, below, above, v, near, far);
      return;
    }
    for (int k = 0; k < in.length; k++) {
      DoubleVector least = DoubleVector.broadcast(SPECIES, below[k]);
      DoubleVector most = DoubleVector.broadcast(SPECIES, above[k]);
      for (int row = 0; row < tile; row += LANES) {
        int at = in[k] * tile + row;
        DoubleVector right = DoubleVector.fromArray(SPECIES, lo, at).sub(most);
        DoubleVector left = least.sub(DoubleVector.fromArray(SPECIES, hi, at));
        VectorMask<Double> isRight = right.compare(VectorOperators.GT, left);
        DoubleVector larger = left.blend(right, isRight);
        right.blend(left, isRight).intoArray(v, (far + k) * tile + row);
        ZERO.blend(larger, larger.compare(VectorOperators.GT, ZERO))
            .intoArray(v, (near + k) * tile + row);
      }
    }
  }
}
