package org.ugmm.engine.learn;

import java.util.Arrays;
import org.ugmm.engine.data.NodeKind;

/** What EM makes of the parameters of a circuit by expected counts. */
final class EmStep {
  /*
   * Full batch: w = (S + a / K) / (sum of S + a). Rescaled (arXiv:2505.19982): the old parameters count
   * for (1 - e) TD_n rows and the batch for e S / |B|, with TD_n the probability that the model itself
   * comes to node n. Pseudo-counts are rows of the whole table: a / N beside |B| / |B|.
   */
  private final TrainedCircuit c;
  private final LeafPrior[] priors;
  private final double pseudoCount;
  private final Ties ties;
  private final Workers workers;

  /** [numNodes] whether a node has the parameters of another. */
  private final boolean[] follows;

  /** [numNodes] whether a leaf shares its mean, and so is none to update by itself. */
  private final boolean[] sharesMean;

  /** [numNodes] probability that the model comes to a node, from the root down. */
  private final double[] topDown;

  EmStep(TrainedCircuit c, LeafPrior[] priors, double pseudoCount, Ties ties, Workers workers) {
    this.workers = workers;
    this.c = c;
    this.priors = priors;
    this.pseudoCount = pseudoCount;
    this.ties = ties;
    follows = ties.followers(c.numNodes);
    sharesMean = new boolean[c.numNodes];
    for (int[] leaves : ties.meanGroups()) {
      for (int n : leaves) {
        sharesMean[n] = true;
      }
    }
    topDown = new double[c.numNodes];
  }

  /**
   * Replaces all parameters by those of a step.
   *
   * @param statistics of the batch; overwritten
   * @param weight of the rows of the batch whose probability is above zero
   * @param zeroWeight of its other rows: pseudo-counts are shares of all rows
   * @param totalWeight of all rows of the table
   * @param step 1 for the whole of EM, less to keep some of the old parameters
   */
  void update(
      double[] statistics, double weight, double zeroWeight, double totalWeight, double step) {
    if (step < 1) {
      passDown();
    } else {
      Arrays.fill(topDown, 0);
    }
    ties.gather(topDown);
    ties.gather(c.statisticStart, statistics);
    // in rows: the batch counts step / weight each, so that its whole is step
    double perRow = step < 1 ? step / weight : 1;
    double priorShare = step < 1 ? step / totalWeight : (weight + zeroWeight) / totalWeight;
    int threads = workers.threadsFor(c.parameter.length);
    workers.run(
        threads,
        t -> {
          int to = t == threads - 1 ? c.numNodes : nodeAt(t + 1, threads);
          for (int n = nodeAt(t, threads); n < to; n++) {
            if (c.live[n] && !follows[n] && !sharesMean[n]) {
              update(n, statistics, (1 - step) * topDown[n], perRow, priorShare);
            }
          }
        });
    for (int[] leaves : ties.meanGroups()) {
      updateShared(leaves, 1 - step, statistics, perRow, priorShare);
    }
    ties.copy(c);
  }

  /** The first node of a thread where all have about as many parameters. */
  private int nodeAt(int thread, int threads) {
    int parameter = (int) ((long) c.parameter.length * thread / threads);
    int found = Arrays.binarySearch(c.parameterStart, parameter);
    int node = found < 0 ? -found - 1 : found;
    while (node > 0 && c.parameterStart[node - 1] == parameter) {
      node--;
    }
    return Math.min(node, c.numNodes);
  }

  private void update(int n, double[] statistics, double kept, double perRow, double priorShare) {
    if (c.kind[n] == NodeKind.WEIGHTED_SUM) {
      updateSum(n, kept, statistics, perRow, priorShare * pseudoCount);
    } else if (c.variable[n] >= 0) {
      LeafKind.of(c.kind[n])
          .update(
              c.parameter,
              c.parameterStart[n],
              c.numParameters(n),
              kept,
              statistics,
              c.statisticStart[n],
              perRow,
              priors[c.variable[n]],
              priorShare);
    }
  }

  /** The mean of some leaves for their present scales, then each scale for that mean (ECM). */
  private void updateShared(
      int[] leaves, double keptShare, double[] statistics, double perRow, double priorShare) {
    double least = Double.POSITIVE_INFINITY;
    for (int n : leaves) {
      boolean isSeen = keptShare * topDown[n] + perRow * statistics[c.statisticStart[n]] > 0;
      least = isSeen ? Math.min(least, c.parameter[c.parameterStart[n] + 1]) : least;
    }
    double precision = 0; // in 1 / least^2
    double pull = 0;
    for (int n : leaves) {
      double ratio = least / c.parameter[c.parameterStart[n] + 1];
      int s = c.statisticStart[n];
      double seen = keptShare * topDown[n] + perRow * statistics[s];
      if (seen > 0) {
        precision += seen * ratio * ratio;
        pull += perRow * statistics[s + 1] * ratio;
      }
    }
    if (!(precision > 0)) {
      return;
    }
    double shift = least * (pull / precision);
    double mean = c.parameter[c.parameterStart[leaves[0]]] + shift;
    for (int n : leaves) {
      int at = c.parameterStart[n];
      double kept = keptShare * topDown[n];
      double moved = shift / c.parameter[at + 1];
      int from = c.statisticStart[n];
      GaussianLeaf.move(
          c.parameter,
          at,
          kept,
          statistics,
          from,
          perRow,
          priors[c.variable[n]],
          priorShare,
          moved);
    }
    c.parameter[c.parameterStart[leaves[0]]] = mean; // even where the first has seen nothing
  }

  private void passDown() {
    Arrays.fill(topDown, 0);
    topDown[c.root] = 1;
    for (int n = c.root; n >= 0; n--) {
      boolean isSum = c.kind[n] == NodeKind.WEIGHTED_SUM;
      int toWeight = c.parameterStart[n] - c.edgeStart[n];
      for (int e = c.edgeStart[n]; e < c.edgeStart[n + 1] && topDown[n] > 0; e++) {
        topDown[c.child[e]] += isSum ? topDown[n] * c.parameter[e + toWeight] : topDown[n];
      }
    }
  }

  private void updateSum(int n, double kept, double[] statistics, double perRow, double pseudo) {
    int numChildren = c.edgeStart[n + 1] - c.edgeStart[n];
    int at = c.parameterStart[n];
    int from = c.statisticStart[n];
    double each = pseudo / numChildren;
    double sum = 0;
    for (int i = 0; i < numChildren; i++) {
      double seen = kept * c.parameter[at + i] + perRow * statistics[from + i] + each;
      statistics[from + i] = seen;
      sum += seen;
    }
    if (sum > 0) {
      for (int i = 0; i < numChildren; i++) {
        c.parameter[at + i] = statistics[from + i] / sum;
      }
    }
  }

  /** Log of the prior of the parameters, up to a constant: what EM maximises beside the data. */
  double logPrior() {
    double log = 0;
    for (int n = 0; n < c.numNodes; n++) {
      if (!c.live[n] || follows[n]) {
        continue;
      }
      int at = c.parameterStart[n];
      if (c.kind[n] == NodeKind.WEIGHTED_SUM && pseudoCount > 0) {
        int numChildren = c.numParameters(n);
        for (int i = 0; i < numChildren; i++) {
          log += pseudoCount / numChildren * Math.log(c.parameter[at + i]);
        }
      } else if (c.variable[n] >= 0) {
        log +=
            LeafKind.of(c.kind[n])
                .logPrior(c.parameter, at, c.numParameters(n), priors[c.variable[n]]);
      }
    }
    return log;
  }
}
