package org.ugmm.engine.network;

import java.util.SplittableRandom;

/** A network as its definition says, in double precision, one row at a time. */
final class PlainNetwork {
  static final int PARTS = 3;

  final int[] sizes;

  /** [layers][units][inputs][mean, log scale, logit], in spreads from the centre. */
  final double[][][][] parameter;

  final double[][] centre;
  final double[][] spread;

  PlainNetwork(int[] sizes, boolean isTied, SplittableRandom random) {
    this.sizes = sizes;
    parameter = new double[sizes.length - 1][][][];
    centre = new double[sizes.length - 1][];
    spread = new double[sizes.length - 1][];
    for (int l = 0; l + 1 < sizes.length; l++) {
      parameter[l] = new double[sizes[l + 1]][sizes[l]][PARTS];
      centre[l] = new double[sizes[l]];
      spread[l] = new double[sizes[l]];
      for (int k = 0; k < sizes[l]; k++) {
        centre[l][k] = isTied ? -1 : random.nextDouble(-3, 1);
        spread[l][k] = isTied ? 1.5 : Math.exp(random.nextDouble(-1, 1));
      }
      for (double[][] unit : parameter[l]) {
        double mean = random.nextDouble(-1.5, 1.5);
        for (double[] component : unit) {
          component[0] = isTied ? mean : random.nextDouble(-1.5, 1.5);
          component[1] = random.nextDouble(-1, 1);
          component[2] = random.nextDouble(-2, 2);
        }
      }
    }
  }

  void give(NetworkLearner learner) {
    for (int l = 0; l < parameter.length; l++) {
      learner.setSpread(l, centre[l], spread[l]);
      for (int j = 0; j < parameter[l].length; j++) {
        for (int k = 0; k < parameter[l][j].length; k++) {
          double[] p = parameter[l][j][k];
          learner.set(l, j, k, p[0], p[1], p[2]);
        }
      }
    }
  }

  /** Natural logs of the roots of a row of standardised inputs. */
  double[] roots(double[] standardised) {
    double[] x = new double[standardised.length];
    for (int k = 0; k < x.length; k++) {
      x[k] = centre[0][k] + spread[0][k] * standardised[k];
    }
    for (int l = 0; l < parameter.length; l++) {
      x = layer(l, x);
    }
    return x;
  }

  private double[] layer(int l, double[] x) {
    double[] y = new double[parameter[l].length];
    for (int j = 0; j < y.length; j++) {
      double[] logit = new double[x.length];
      double[] log = new double[x.length];
      for (int k = 0; k < x.length; k++) {
        double[] p = parameter[l][j][k];
        double mean = centre[l][k] + spread[l][k] * p[0];
        double scale = spread[l][k] * Math.exp(p[1]);
        logit[k] = p[2] + Math.log(spread[l][k]);
        double u = (x[k] - mean) / scale;
        log[k] = logit[k] - Math.log(scale * Math.sqrt(2 * Math.PI)) - u * u / 2;
      }
      y[j] = logSum(log) - logSum(logit);
    }
    return y;
  }

  static double logSum(double[] logs) {
    double max = Double.NEGATIVE_INFINITY;
    for (double log : logs) {
      max = Math.max(max, log);
    }
    double sum = 0;
    for (double log : logs) {
      sum += Math.exp(log - max);
    }
    return max + Math.log(sum);
  }

  /** The mean loss of rows. */
  double loss(double[][] rows, int[] label, double[] weight, NetworkObjective objective) {
    double sum = 0;
    double total = 0;
    for (int r = 0; r < rows.length; r++) {
      double[] joint = roots(rows[r]);
      for (int c = 0; c < joint.length; c++) {
        joint[c] += objective.logPrior(c);
      }
      double own = joint[joint.length == 1 ? 0 : label[r]];
      double share = objective.discriminative();
      sum -=
          weight[r]
              * (share * (own - logSum(joint)) + (1 - share) * own / objective.numVariables());
      total += weight[r];
    }
    return sum / total;
  }
}
