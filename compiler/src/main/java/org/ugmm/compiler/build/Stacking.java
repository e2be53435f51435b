package org.ugmm.compiler.build;

import java.util.Arrays;

/**
 * Weights of a mixture of models by what each says of rows that it has not seen (Wolpert 1992): by
 * EM for the likelihood of the rows, by exponentiated gradients for that of their classes.
 */
final class Stacking {
  /** The least log-probability of a class that is worth caring about: one in twenty. */
  static final double WORST = Math.log(0.05);

  private static final int EM_STEPS = 300;
  private static final int GRADIENT_STEPS = 400;
  private static final double RATE = 2;

  private Stacking() {}

  /**
   * Weights that make the rows most probable.
   *
   * @param logs [models][rows] natural logs
   * @param rowWeight [rows]
   * @return [models] adding to 1
   */
  static double[] forRows(double[][] logs, double[] rowWeight) {
    double[] weight = new double[logs.length];
    Arrays.fill(weight, 1.0 / logs.length);
    double[] posterior = new double[logs.length];
    for (int step = 0; step < EM_STEPS; step++) {
      double[] sum = new double[logs.length];
      double total = 0;
      for (int r = 0; r < rowWeight.length; r++) {
        if (posterior(logs, weight, r, posterior) > Double.NEGATIVE_INFINITY) {
          total += rowWeight[r];
          for (int m = 0; m < sum.length; m++) {
            sum[m] += rowWeight[r] * posterior[m];
          }
        }
      }
      if (total == 0) {
        return weight;
      }
      for (int m = 0; m < sum.length; m++) {
        weight[m] = sum[m] / total;
      }
    }
    return weight;
  }

  /**
   * Weights that make the classes of the rows most probable, those aside that it finds hopelessly
   * improbable ({@link #WORST}): they would only teach it to be sure of nothing.
   *
   * @param own [models][rows] natural logs of the rows with their class
   * @param all [models][rows] natural logs of the rows without it
   */
  static double[] forClasses(double[][] own, double[][] all, double[] rowWeight) {
    double[] weight = new double[own.length];
    Arrays.fill(weight, 1.0 / own.length);
    double total = Arrays.stream(rowWeight).sum();
    double[] posterior = new double[own.length];
    double[] without = new double[own.length];
    for (int step = 0; step < GRADIENT_STEPS; step++) {
      double[] gradient = new double[own.length];
      for (int r = 0; r < rowWeight.length; r++) {
        double log = posterior(own, weight, r, posterior) - posterior(all, weight, r, without);
        for (int m = 0; m < gradient.length && log > WORST; m++) {
          gradient[m] += rowWeight[r] * (posterior[m] - without[m]);
        }
      }
      double sum = 0;
      for (int m = 0; m < weight.length; m++) {
        weight[m] *= Math.exp(Math.max(-30, Math.min(30, RATE * gradient[m] / total)));
        sum += weight[m];
      }
      for (int m = 0; m < weight.length; m++) {
        weight[m] /= sum;
      }
    }
    return weight;
  }

  /** [rows] natural logs of the rows under the mixture. */
  static double[] mixed(double[][] logs, double[] weight) {
    double[] mixed = new double[logs[0].length];
    double[] posterior = new double[logs.length];
    for (int r = 0; r < mixed.length; r++) {
      mixed[r] = posterior(logs, weight, r, posterior);
    }
    return mixed;
  }

  /** Fills in which model a row is from; returns the log of the mixture. */
  private static double posterior(double[][] logs, double[] weight, int r, double[] posterior) {
    double most = Double.NEGATIVE_INFINITY;
    for (int m = 0; m < logs.length; m++) {
      most = weight[m] > 0 ? Math.max(most, logs[m][r]) : most;
    }
    if (most == Double.NEGATIVE_INFINITY) {
      Arrays.fill(posterior, 0);
      return most;
    }
    double sum = 0;
    for (int m = 0; m < logs.length; m++) {
      posterior[m] = weight[m] > 0 ? weight[m] * Math.exp(logs[m][r] - most) : 0;
      sum += posterior[m];
    }
    for (int m = 0; m < logs.length; m++) {
      posterior[m] /= sum;
    }
    return most + Math.log(sum);
  }
}
