package org.ugmm.engine.mpe;

import org.ugmm.engine.leaf.UnivariateLeaf;

/** Reads an assignment off a conditioned circuit by choosing one child at every sum. */
final class Traceback {
  private Traceback() {}

  /** Chooses at every sum the child whose weighted log is greatest. */
  static void greatest(
      ConditionedCircuit r, double[] log, double[] lo, double[] hi, double[] point) {
    walk(r, log, lo, hi, point, null);
  }

  /** Chooses at every sum a child with probability proportional to its weighted value. */
  static void random(
      ConditionedCircuit r,
      double[] log,
      double[] lo,
      double[] hi,
      double[] point,
      java.util.SplittableRandom random) {
    walk(r, log, lo, hi, point, random);
  }

  private static void walk(
      ConditionedCircuit r,
      double[] log,
      double[] lo,
      double[] hi,
      double[] point,
      java.util.@org.jspecify.annotations.Nullable SplittableRandom random) {
    boolean[] used = new boolean[r.numNodes];
    used[r.root()] = true;
    for (int k = r.root(); k >= 0; k--) {
      if (!used[k]) {
        continue;
      }
      int d = r.dimension[k];
      switch (r.kind[k]) {
        case ConditionedCircuit.GAUSSIAN -> point[d] = Math.min(Math.max(r.mean[k], lo[d]), hi[d]);
        case ConditionedCircuit.UNIVARIATE -> {
          UnivariateLeaf leaf = r.leaf[k];
          point[d] = leaf == null ? lo[d] : leaf.mode(lo[d], hi[d]);
        }
        case ConditionedCircuit.CATEGORICAL -> {
          int best = -1;
          for (int s = (int) lo[d]; s <= (int) hi[d]; s++) {
            if (r.allowed[d][s] && (best < 0 || r.table[k][s] > r.table[k][best])) {
              best = s;
            }
          }
          point[d] = best;
        }
        case ConditionedCircuit.PRODUCT -> {
          for (int e = r.start[k]; e < r.start[k + 1]; e++) {
            used[r.child[e]] = true;
          }
        }
        case ConditionedCircuit.SUM -> used[r.child[choose(r, log, k, random)]] = true;
        default -> {}
      }
    }
  }

  private static int choose(
      ConditionedCircuit r,
      double[] log,
      int k,
      java.util.@org.jspecify.annotations.Nullable SplittableRandom random) {
    int best = r.start[k];
    double greatest = Double.NEGATIVE_INFINITY;
    for (int e = r.start[k]; e < r.start[k + 1]; e++) {
      double value = r.logWeight[e] + log[r.child[e]];
      if (random != null) {
        value -= Math.log(-Math.log(random.nextDouble(0x1p-53, 1)));
      }
      if (value > greatest) {
        greatest = value;
        best = e;
      }
    }
    return best;
  }
}
