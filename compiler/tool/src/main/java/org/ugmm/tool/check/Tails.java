package org.ugmm.tool.check;

import java.util.Arrays;
import java.util.BitSet;
import java.util.concurrent.ConcurrentHashMap;
import org.ugmm.engine.Batch;
import org.ugmm.engine.BatchAnswers;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;

/**
 * Tail probabilities of log-densities: how likely a row that the model drew, with the same cells
 * present, is at most as probable. Safe to share between threads.
 */
final class Tails {
  /*
   * One sample of complete rows serves all: cells that a row does not have are taken out of the drawn
   * rows. The densities of a pattern of cells are computed when a row first has it. That two threads
   * may compute the same ones does no harm.
   */
  private static final int MOST_DENSITIES = 1 << 24; // 128 MiB

  private final Inference inference;
  private final double[] drawn;
  private final int count;
  private final ConcurrentHashMap<BitSet, double[]> densities = new ConcurrentHashMap<>();

  /**
   * Draws rows.
   *
   * @throws org.ugmm.engine.data.RefusedException if the model cannot be drawn from
   */
  Tails(Inference inference, int count) {
    this.inference = inference;
    this.count = count;
    drawn = inference.sample(new Evidence(inference.circuit()), count);
  }

  int count() {
    return count;
  }

  /**
   * The Monte-Carlo p-value {@code (1 + k) / (1 + N)} of a row, where k of N drawn rows are at most
   * as probable. Rows that rounding alone tells apart are as probable.
   */
  double tail(double[] values, int from, double log) {
    double[] sorted = densities(values, from);
    int lo = 0;
    int hi = sorted.length;
    while (lo < hi) { // the first that is more probable
      int middle = (lo + hi) >>> 1;
      if (sorted[middle] <= log + Checking.ALIKE) {
        lo = middle + 1;
      } else {
        hi = middle;
      }
    }
    return (1.0 + lo) / (1.0 + count);
  }

  private double[] densities(double[] values, int from) {
    int n = inference.circuit().numVariables();
    BitSet present = new BitSet(n);
    for (int v = 0; v < n; v++) {
      present.set(v, !Double.isNaN(values[from + v]));
    }
    double[] known = densities.get(present);
    if (known != null) {
      return known;
    }
    double[] rows = drawn.clone();
    for (int at = 0; at < rows.length; at++) {
      rows[at] = present.get(at % n) ? rows[at] : Double.NaN;
    }
    BatchAnswers answers = inference.marginal(Batch.of(inference.circuit(), rows));
    double[] sorted = answers.values().clone();
    Arrays.sort(sorted);
    if ((densities.size() + 1L) * count <= MOST_DENSITIES) {
      densities.put(present, sorted);
    }
    return sorted;
  }
}
