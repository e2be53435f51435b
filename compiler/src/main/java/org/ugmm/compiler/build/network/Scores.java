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
    double joint = 0;
    double classLog = 0;
    double total = 0;
    int right = 0;
    double[] sure = new double[BINS];
    double[] hits = new double[BINS];
    for (int from = 0; from < n; from += ROWS) {
      int count = Math.min(ROWS, n - from);
      learner.values(rows, order, from, count, last, root);
      for (int i = 0; i < count; i++) {
        double w = rows.weight(from + i);
        int label = numRoots == 1 ? 0 : rows.label(from + i);
        double max = Double.NEGATIVE_INFINITY;
        int answer = 0;
        for (int c = 0; c < numRoots; c++) {
          root[i * numRoots + c] += objective.logPriors()[c];
          if (root[i * numRoots + c] > max) {
            max = root[i * numRoots + c];
            answer = c;
          }
        }
        double sum = 0;
        for (int c = 0; c < numRoots; c++) {
          sum += Math.exp(root[i * numRoots + c] - max);
        }
        total += w;
        joint += w * root[i * numRoots + label];
        classLog += w * (root[i * numRoots + label] - max - Math.log(sum));
        right += answer == label ? 1 : 0;
        int bin = (int) Math.min(BINS - 1, BINS / sum);
        sure[bin] += 1 / sum;
        hits[bin] += answer == label ? 1 : 0;
      }
    }
    double off = 0;
    for (int b = 0; b < BINS; b++) {
      off += Math.abs(sure[b] - hits[b]) / n;
    }
    double share = objective.discriminative();
    double climbed = share * classLog + (1 - share) * joint / objective.numVariables();
    return new Scores(
        -climbed / total,
        joint / total,
        new Accuracy(numRoots == 1 ? 0 : right, numRoots == 1 ? 0 : n),
        classLog / total,
        numRoots == 1 ? Double.NaN : off);
  }
}
