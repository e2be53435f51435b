package org.ugmm.engine.learn;

import org.ugmm.engine.data.NodeKind;

/**
 * Gradients by expected counts, and the step of Adam (Kingma and Ba, ICLR 2015) along them. The
 * unconstrained parameters are logits of weights and of probabilities, means, and logs of scales.
 * Leaves of the rarer families keep their parameters.
 */
final class GradientStep {
  /*
   * By Fisher's identity the gradient of log p is the expected gradient of the complete
   * log-probability: of a logit S_c - w_c SUM S, of a mean s1 / scale, of a log scale s2 - s0, with the
   * statistics of GaussianLeaf.
   */
  private static final double DECAY_FIRST = 0.9;
  private static final double DECAY_SECOND = 0.999;
  private static final double EPSILON = 1e-8;

  private final TrainedCircuit c;
  private final LeafPrior[] priors;

  /** [numParameters] running means of the gradient and of its square. */
  private final double[] first;

  private final double[] second;
  private int numSteps;

  GradientStep(TrainedCircuit c, LeafPrior[] priors) {
    this.c = c;
    this.priors = priors;
    first = new double[c.parameter.length];
    second = new double[c.parameter.length];
  }

  /** [numParameters] gradient of the weighted sum of logs that the counts are of. */
  static double[] gradient(TrainedCircuit c, double[] counts) {
    double[] gradient = new double[c.parameter.length];
    for (int n = 0; n < c.numNodes; n++) {
      int p = c.parameterStart[n];
      int s = c.statisticStart[n];
      int size = c.numParameters(n);
      if (c.kind[n] == NodeKind.GAUSSIAN) {
        gradient[p] = counts[s + 1] / c.parameter[p + 1];
        gradient[p + 1] = counts[s + 2] - counts[s];
      } else if (c.kind[n] == NodeKind.WEIGHTED_SUM || c.kind[n] == NodeKind.CATEGORICAL) {
        double sum = 0;
        for (int i = 0; i < size; i++) {
          sum += counts[s + i];
        }
        for (int i = 0; i < size; i++) {
          gradient[p + i] = counts[s + i] - c.parameter[p + i] * sum;
        }
      }
    }
    return gradient;
  }

  /**
   * One step uphill.
   *
   * @param gradient of the mean objective
   * @param rate size of a step in each parameter, means in standard deviations of their variables
   */
  void climb(double[] gradient, double rate) {
    numSteps++;
    double correctFirst = 1 - Math.pow(DECAY_FIRST, numSteps);
    double correctSecond = 1 - Math.pow(DECAY_SECOND, numSteps);
    double[] move = new double[gradient.length];
    for (int n = 0; n < c.numNodes; n++) {
      for (int p = c.parameterStart[n]; p < c.parameterStart[n + 1]; p++) {
        boolean isMean = c.kind[n] == NodeKind.GAUSSIAN && p == c.parameterStart[n];
        double unit = isMean ? priors[c.variable[n]].unit() : 1;
        double g = gradient[p] * unit;
        first[p] = DECAY_FIRST * first[p] + (1 - DECAY_FIRST) * g;
        second[p] = DECAY_SECOND * second[p] + (1 - DECAY_SECOND) * g * g;
        double root = Math.sqrt(second[p] / correctSecond) + EPSILON;
        move[p] = unit * rate * (first[p] / correctFirst) / root;
      }
    }
    for (int n = 0; n < c.numNodes; n++) {
      if (c.live[n]) {
        move(n, move);
      }
    }
  }

  private void move(int n, double[] move) {
    int p = c.parameterStart[n];
    int size = c.numParameters(n);
    switch (c.kind[n]) {
      case GAUSSIAN -> {
        c.parameter[p] += move[p];
        double scale = c.parameter[p + 1] * Math.exp(move[p + 1]);
        c.parameter[p + 1] = Math.max(scale, priors[c.variable[n]].scaleFloor());
      }
      case WEIGHTED_SUM, CATEGORICAL -> {
        double sum = 0;
        for (int i = p; i < p + size; i++) {
          c.parameter[i] *= Math.exp(move[i]);
          sum += c.parameter[i];
        }
        for (int i = p; i < p + size; i++) {
          c.parameter[i] /= sum;
        }
      }
      default -> {}
    }
  }
}
