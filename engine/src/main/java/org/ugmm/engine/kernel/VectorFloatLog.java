package org.ugmm.engine.kernel;

import static org.ugmm.engine.kernel.VectorFloatMath.LANES;
import static org.ugmm.engine.kernel.VectorFloatMath.NONE;
import static org.ugmm.engine.kernel.VectorFloatMath.SPECIES;
import static org.ugmm.engine.kernel.VectorFloatMath.ZERO;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** Log-domain units in single precision on vectors. */
final class VectorFloatLog extends ScalarFloatLog {
  @Override
  public void logSum(
      float[] v, int tile, int[] child, int from, int n, float[] logWeight, int wFrom, int out) {
    logMax(v, tile, child, from, n, logWeight, wFrom, out);
    for (int row = 0; row < tile; row += LANES) {
      FloatVector max = FloatVector.fromArray(SPECIES, v, out * tile + row);
      FloatVector base = max.blend(ZERO, max.compare(VectorOperators.EQ, NONE));
      FloatVector sum = FloatVector.zero(SPECIES);
      for (int c = 0; c < n; c++) {
        FloatVector term =
            FloatVector.broadcast(SPECIES, logWeight[wFrom + c])
                .add(FloatVector.fromArray(SPECIES, v, child[from + c] * tile + row));
        sum = sum.add(VectorFloatMath.exp2(term.sub(base)));
      }
      VectorFloatMath.log2(sum).add(base).intoArray(v, out * tile + row);
    }
  }

  @Override
  public void logMax(
      float[] v, int tile, int[] child, int from, int n, float[] logWeight, int wFrom, int out) {
    for (int row = 0; row < tile; row += 2 * LANES) {
      int next = Math.min(row + LANES, tile - LANES);
      FloatVector max0 = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
      FloatVector max1 = max0;
      for (int c = 0; c < n; c++) {
        int at = child[from + c] * tile;
        FloatVector weight = FloatVector.broadcast(SPECIES, logWeight[wFrom + c]);
        max0 = max0.max(FloatVector.fromArray(SPECIES, v, at + row).add(weight));
        max1 = max1.max(FloatVector.fromArray(SPECIES, v, at + next).add(weight));
      }
      max0.intoArray(v, out * tile + row);
      max1.intoArray(v, out * tile + next);
    }
  }

  @Override
  public void logProduct(
      float[] v, int tile, int[] child, int from, int n, double constant, int out) {
    for (int row = 0; row < tile; row += 2 * LANES) {
      int next = Math.min(row + LANES, tile - LANES);
      FloatVector sum0 = FloatVector.broadcast(SPECIES, (float) constant);
      FloatVector sum1 = sum0;
      for (int c = 0; c < n; c++) {
        int at = child[from + c] * tile;
        sum0 = sum0.add(FloatVector.fromArray(SPECIES, v, at + row));
        sum1 = sum1.add(FloatVector.fromArray(SPECIES, v, at + next));
      }
      sum0.intoArray(v, out * tile + row);
      sum1.intoArray(v, out * tile + next);
    }
  }

  @Override
  public void logSumDown(
      float[] v,
      float[] d,
      int tile,
      int[] child,
      int from,
      int n,
      float[] logWeight,
      int wFrom,
      int out) {
    for (int row = 0; row < tile; row += LANES) {
      FloatVector value = FloatVector.fromArray(SPECIES, v, out * tile + row);
      VectorMask<Float> none = value.compare(VectorOperators.EQ, NONE);
      FloatVector base = value.blend(ZERO, none);
      FloatVector flow = FloatVector.fromArray(SPECIES, d, out * tile + row).blend(ZERO, none);
      for (int c = 0; c < n; c++) {
        int at = child[from + c] * tile + row;
        FloatVector term =
            FloatVector.broadcast(SPECIES, logWeight[wFrom + c])
                .add(FloatVector.fromArray(SPECIES, v, at));
        flow.fma(VectorFloatMath.exp2(term.sub(base)), FloatVector.fromArray(SPECIES, d, at))
            .intoArray(d, at);
      }
    }
  }

  @Override
  public void productDown(float[] d, int tile, int[] child, int from, int n, int out) {
    for (int row = 0; row < tile; row += LANES) {
      FloatVector flow = FloatVector.fromArray(SPECIES, d, out * tile + row);
      for (int c = 0; c < n; c++) {
        int at = child[from + c] * tile + row;
        FloatVector.fromArray(SPECIES, d, at).add(flow).intoArray(d, at);
      }
    }
  }
}
