package org.ugmm.compiler.build.network;

import java.util.stream.IntStream;
import org.ugmm.compiler.build.Trained.Accuracy;
import org.ugmm.engine.network.NetworkLearner;
import org.ugmm.engine.network.NetworkObjective;
import org.ugmm.engine.network.NetworkRows;

/**
 * What a network says of rows, by their weights.
 *
 * @param loss minus the mean of what is climbed
 * @param joint mean log-density of the rows, class and all, as the network leaves it
 * @param accuracy how often the most probable class is right; of no rows without classes
 * @param classLog mean log-probability of the right class
 * @param calibration expected calibration error: by ten bins of the probability of the answer, how
 *     far that is from how often it is right
 */
record Scores(double loss, double joint, Accuracy accuracy, double classLog, double calibration) {
  private static final int BINS = 10;
  private static final int ROWS = 4096;

  static Scores of(NetworkLearner learner, NetworkRows rows, NetworkObjective objective) {
    int last = learner.numLayers() - 1;
    int numRoots = learner.numUnits(last);
    int n = rows.numRows();
    int[] order = IntStream.range(0, n).toArray();
    double[] root = new double[Math.min(n, ROWS) * numRoots];
    Sums sums = new Sums(numRoots);
    for (int from = 0; from < n; from += ROWS) {
      int count = Math.min(ROWS, n - from);
      learner.values(rows, order, from, count, last, root);
      for (int i = 0; i < count; i++) {
        int label = numRoots == 1 ? 0 : rows.label(from + i);
        for (int c = 0; c < numRoots; c++) {
          root[i * numRoots + c] += objective.logPriors()[c];
        }
        sums.add(rows.weight(from + i), root, i * numRoots, label, root[i * numRoots + label]);
      }
    }
    return sums.scores(objective.discriminative(), objective.numVariables());
  }

  /** Rows so far. */
  static final class Sums {
    private final int numRoots;
    private final double[] sure = new double[BINS];
    private final double[] hits = new double[BINS];
    private double total;
    private double joint;
    private double known;
    private double classLog;
    private int numKnown;
    private int right;

    Sums(int numRoots) {
      this.numRoots = numRoots;
    }

    /**
     * Adds a row.
     *
     * @param root natural logs of the classes, up to a constant
     * @param at where they start
     * @param label the right class; -1 where it is not known
     * @param rowJoint the log-density of the row
     */
    void add(double weight, double[] root, int at, int label, double rowJoint) {
      total += weight;
      joint += weight * rowJoint;
      if (label < 0) {
        return;
      }
      double max = Double.NEGATIVE_INFINITY;
      int answer = 0;
      for (int c = 0; c < numRoots; c++) {
        if (root[at + c] > max) {
          max = root[at + c];
          answer = c;
        }
      }
      double sum = 0;
      for (int c = 0; c < numRoots; c++) {
        sum += Math.exp(root[at + c] - max);
      }
      known += weight;
      classLog += weight * (root[at + label] - max - Math.log(sum));
      numKnown++;
      right += answer == label ? 1 : 0;
      int bin = (int) Math.min(BINS - 1, BINS / sum);
      sure[bin] += 1 / sum;
      hits[bin] += answer == label ? 1 : 0;
    }

    /**
     * What they come to.
     *
     * @param share of the class in what is climbed
     */
    Scores scores(double share, int numVariables) {
      double off = 0;
      for (int b = 0; b < BINS; b++) {
        off += Math.abs(sure[b] - hits[b]) / numKnown;
      }
      double climbed = (1 - share) * joint / total / numVariables;
      climbed += share == 0 ? 0 : share * classLog / known;
      return new Scores(
          -climbed,
          joint / total,
          new Accuracy(numRoots == 1 ? 0 : right, numRoots == 1 ? 0 : numKnown),
          classLog / known,
          numRoots == 1 ? Double.NaN : off);
    }
  }
}
