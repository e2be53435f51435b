package org.ugmm.engine.kernel;

import static org.ugmm.engine.kernel.VectorDoubleMath.LANES;
import static org.ugmm.engine.kernel.VectorDoubleMath.NONE;
import static org.ugmm.engine.kernel.VectorDoubleMath.SPECIES;
import static org.ugmm.engine.kernel.VectorDoubleMath.ZERO;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** Log-domain units in double precision on vectors. */
final class VectorDoubleLog extends ScalarDoubleLog {
  @Override
  public void logSum(
      double[] v, int tile, int[] child, int from, int n, double[] logWeight, int wFrom, int out) {
    logMax(v, tile, child, from, n, logWeight, wFrom, out);
    for (int row = 0; row < tile; row += LANES) {
      DoubleVector max = DoubleVector.fromArray(SPECIES, v, out * tile + row);
      DoubleVector base = max.blend(ZERO, max.compare(VectorOperators.EQ, NONE));
      DoubleVector sum = DoubleVector.zero(SPECIES);
      for (int c = 0; c < n; c++) {
        DoubleVector term =
            DoubleVector.broadcast(SPECIES, logWeight[wFrom + c])
                .add(DoubleVector.fromArray(SPECIES, v, child[from + c] * tile + row));
        sum = sum.add(VectorDoubleMath.exp2(term.sub(base)));
      }
      VectorDoubleMath.log2(sum).add(base).intoArray(v, out * tile + row);
    }
  }

  @Override
  public void logMax(
      double[] v, int tile, int[] child, int from, int n, double[] logWeight, int wFrom, int out) {
    for (int row = 0; row < tile; row += 2 * LANES) {
      int next = Math.min(row + LANES, tile - LANES);
      DoubleVector max0 = DoubleVector.broadcast(SPECIES, Double.NEGATIVE_INFINITY);
      DoubleVector max1 = max0;
      for (int c = 0; c < n; c++) {
        int at = child[from + c] * tile;
        DoubleVector weight = DoubleVector.broadcast(SPECIES, logWeight[wFrom + c]);
        max0 = max0.max(DoubleVector.fromArray(SPECIES, v, at + row).add(weight));
        max1 = max1.max(DoubleVector.fromArray(SPECIES, v, at + next).add(weight));
      }
      max0.intoArray(v, out * tile + row);
      max1.intoArray(v, out * tile + next);
    }
  }

  @Override
  public void logProduct(
      double[] v, int tile, int[] child, int from, int n, double constant, int out) {
    for (int row = 0; row < tile; row += 2 * LANES) {
      int next = Math.min(row + LANES, tile - LANES);
      DoubleVector sum0 = DoubleVector.broadcast(SPECIES, constant);
      DoubleVector sum1 = sum0;
      for (int c = 0; c < n; c++) {
        int at = child[from + c] * tile;
        sum0 = sum0.add(DoubleVector.fromArray(SPECIES, v, at + row));
        sum1 = sum1.add(DoubleVector.fromArray(SPECIES, v, at + next));
      }
      sum0.intoArray(v, out * tile + row);
      sum1.intoArray(v, out * tile + next);
    }
  }

  @Override
  public void logSumDown(
      double[] v,
      double[] d,
      int tile,
      int[] child,
      int from,
      int n,
      double[] logWeight,
      int wFrom,
      int out) {
    for (int row = 0; row < tile; row += LANES) {
      DoubleVector value = DoubleVector.fromArray(SPECIES, v, out * tile + row);
      VectorMask<Double> none = value.compare(VectorOperators.EQ, NONE);
      DoubleVector base = value.blend(ZERO, none);
      DoubleVector flow = DoubleVector.fromArray(SPECIES, d, out * tile + row).blend(ZERO, none);
      for (int c = 0; c < n; c++) {
        int at = child[from + c] * tile + row;
        DoubleVector term =
            DoubleVector.broadcast(SPECIES, logWeight[wFrom + c])
                .add(DoubleVector.fromArray(SPECIES, v, at));
        flow.fma(VectorDoubleMath.exp2(term.sub(base)), DoubleVector.fromArray(SPECIES, d, at))
            .intoArray(d, at);
      }
    }
  }

  @Override
  public void productDown(double[] d, int tile, int[] child, int from, int n, int out) {
    for (int row = 0; row < tile; row += LANES) {
      DoubleVector flow = DoubleVector.fromArray(SPECIES, d, out * tile + row);
      for (int c = 0; c < n; c++) {
        int at = child[from + c] * tile + row;
        DoubleVector.fromArray(SPECIES, d, at).add(flow).intoArray(d, at);
      }
    }
  }
}
