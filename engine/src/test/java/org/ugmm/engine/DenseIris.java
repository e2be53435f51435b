package org.ugmm.engine;

import java.io.IOException;
import java.util.Arrays;
import java.util.TreeSet;

/**
 * Class posteriors of the paper's Iris network by Gauss-Legendre panels over the unknown features,
 * written out from the layers' formulas: nothing of the engine takes part. A grid of cells, finer
 * about the narrow Gaussians of the first layer, is halved where a narrow link of the second layer
 * is crossed within few nodes, and wherever halving changes the integral.
 */
final class DenseIris {
  private static final int NODES = 12;
  private static final int PANELS = 16;

  /** [layer][mean, log scale, logit][unit][input]. */
  private final double[][][][] layers;

  /** [layer][unit][input] log of weight over (scale times the root of two pi). */
  private final double[][][] logFactor = new double[3][][];

  /** [layer][unit][input] 1 / scale. */
  private final double[][][] inverse = new double[3][][];

  /** [4] the domains: the ranges of the data widened by half their widths. */
  private final double[] lo = new double[4];

  private final double[] hi = new double[4];
  private final double[] node = new double[NODES];
  private final double[] weight = new double[NODES];

  DenseIris() throws IOException {
    layers = PaperNetwork.read("iris-deep");
    Arrays.fill(lo, Double.POSITIVE_INFINITY);
    Arrays.fill(hi, Double.NEGATIVE_INFINITY);
    for (double[] row : PaperNetwork.csv("iris.csv")) {
      for (int v = 0; v < 4; v++) {
        lo[v] = Math.min(lo[v], row[v]);
        hi[v] = Math.max(hi[v], row[v]);
      }
    }
    for (int v = 0; v < 4; v++) {
      double half = 0.5 * (hi[v] - lo[v]);
      lo[v] -= half;
      hi[v] += half;
    }
    for (int l = 0; l < 3; l++) {
      logFactor[l] = new double[layers[l][0].length][];
      inverse[l] = new double[logFactor[l].length][];
      for (int u = 0; u < logFactor[l].length; u++) {
        double[] logit = layers[l][2][u];
        double total = Arrays.stream(logit).map(Math::exp).sum();
        double[] logScale = layers[l][1][u];
        logFactor[l][u] = new double[logit.length];
        inverse[l][u] = Arrays.stream(logScale).map(log -> Math.exp(-log)).toArray();
        for (int k = 0; k < logit.length; k++) {
          logFactor[l][u][k] =
              logit[k] - Math.log(total) - logScale[k] - 0.5 * Math.log(2 * Math.PI);
        }
      }
    }
    legendre();
  }

  /** Nodes and weights on [-1, 1], by Newton's method on the Legendre polynomial. */
  private void legendre() {
    for (int i = 0; i < NODES; i++) {
      double x = Math.cos(Math.PI * (i + 0.75) / (NODES + 0.5));
      double slope = 1;
      for (int round = 0; round < 100; round++) {
        double p = 1;
        double before = 0;
        for (int k = 1; k <= NODES; k++) {
          double next = ((2 * k - 1) * x * p - (k - 1) * before) / k;
          before = p;
          p = next;
        }
        slope = NODES * (x * p - before) / (x * x - 1);
        x -= p / slope;
      }
      node[i] = x;
      weight[i] = 2 / ((1 - x * x) * slope * slope);
    }
  }

  /**
   * The posterior of the species.
   *
   * @param row the features
   * @param open one or two features to integrate out
   * @param tolerance change of the integral by which a cell may fall short, as a share of the whole
   */
  double[] posterior(double[] row, int[] open, double tolerance) {
    double[][] seen = new double[3][10];
    for (int s = 0; s < 3; s++) {
      for (int u = 0; u < 10; u++) {
        seen[s][u] = gaussian(0, u, 4, s);
        for (int v = 0; v < 4; v++) {
          boolean isOpen = v == open[0] || v == open[open.length - 1];
          seen[s][u] += isOpen ? 0 : gaussian(0, u, v, row[v]);
        }
      }
    }
    double[] first = ends(open[0]);
    double[] second = open.length > 1 ? ends(open[1]) : new double[] {0, 1};
    double[][][] coarse = new double[first.length - 1][second.length - 1][];
    double total = 0;
    for (int i = 0; i + 1 < first.length; i++) {
      for (int j = 0; j + 1 < second.length; j++) {
        coarse[i][j] = cell(seen, open, first[i], first[i + 1], second[j], second[j + 1]);
        total += coarse[i][j][0] + coarse[i][j][1] + coarse[i][j][2];
      }
    }
    double allowed = tolerance * total;
    double[] sum = new double[3];
    for (int i = 0; i + 1 < first.length; i++) {
      for (int j = 0; j + 1 < second.length; j++) {
        refine(
            seen,
            open,
            new double[] {first[i], first[i + 1], second[j], second[j + 1]},
            coarse[i][j],
            allowed,
            sum);
      }
    }
    total = Arrays.stream(sum).sum();
    return new double[] {sum[0] / total, sum[1] / total, sum[2] / total};
  }

  /**
   * Halves a cell and adds it up: along the feature in which a narrow link is crossed too fast to
   * be seen, else along every feature until that changes nothing.
   */
  private void refine(
      double[][] seen, int[] open, double[] cell, double[] coarse, double allowed, double[] sum) {
    int crossed = (int) coarse[3];
    int parts = crossed >= 0 ? 2 : 1 << open.length;
    double[][] ends = new double[parts][];
    double[][] fine = new double[parts][];
    double[] change = coarse.clone();
    for (int part = 0; part < parts; part++) {
      double[] c = cell.clone();
      for (int d = 0; d < open.length; d++) {
        int side = crossed >= 0 ? part : part >> d & 1;
        if (crossed < 0 || crossed == d) {
          c[2 * d + 1 - side] = 0.5 * (cell[2 * d] + cell[2 * d + 1]);
        }
      }
      ends[part] = c;
      fine[part] = cell(seen, open, c[0], c[1], c[2], c[3]);
      for (int s = 0; s < 3; s++) {
        change[s] -= fine[part][s];
      }
    }
    double most = 0;
    for (int s = 0; s < 3; s++) {
      most = Math.max(most, Math.abs(change[s]));
    }
    for (int part = 0; part < parts; part++) {
      if (crossed >= 0 || most > allowed || fine[part][3] >= 0) {
        refine(seen, open, ends[part], fine[part], allowed, sum);
      } else {
        for (int s = 0; s < 3; s++) {
          sum[s] += fine[part][s];
        }
      }
    }
  }

  /**
   * The integrals of the three species over one cell by one panel a feature; then the feature along
   * which a narrow link is crossed within few nodes, -1 for none.
   */
  private double[] cell(
      double[][] seen, int[] open, double lo0, double hi0, double lo1, double hi1) {
    double[][] leaf0 = leaves(open[0], lo0, hi0);
    boolean isPair = open.length > 1;
    double[][] leaf1 = isPair ? leaves(open[1], lo1, hi1) : new double[1][10];
    double[] z = new double[10];
    double[] least = new double[10];
    double[] most = new double[10];
    double[] sum = {0, 0, 0, -1};
    for (int s = 0; s < 3; s++) {
      Arrays.fill(least, Double.POSITIVE_INFINITY);
      Arrays.fill(most, Double.NEGATIVE_INFINITY);
      for (int i = 0; i < NODES; i++) {
        for (int j = 0; j < leaf1.length; j++) {
          for (int u = 0; u < 10; u++) {
            z[u] = Math.log(seen[s][u] + leaf0[i][u] + leaf1[j][u]);
            least[u] = Math.min(least[u], z[u]);
            most[u] = Math.max(most[u], z[u]);
          }
          sum[s] += weight[i] * (isPair ? weight[j] : 1) * above(z);
        }
      }
      sum[s] *= 0.5 * (hi0 - lo0) * (isPair ? 0.5 * (hi1 - lo1) : 1);
      for (int u = 0; u < 10; u++) {
        if (isCrossed(u, least[u], most[u])) {
          sum[3] = range(leaf0, u) >= range(leaf1, u) ? 0 : 1;
        }
      }
    }
    return sum;
  }

  private boolean isCrossed(int u, double least, double most) {
    boolean isCrossed = false;
    for (int j = 0; j < 5; j++) {
      double mean = layers[1][0][j][u];
      double scale = 1 / inverse[1][j][u];
      isCrossed |=
          most - least > NODES * scale && most > mean - 4 * scale && least < mean + 4 * scale;
    }
    return isCrossed;
  }

  private static double range(double[][] leaf, int u) {
    double least = leaf[0][u];
    double most = leaf[0][u];
    for (double[] at : leaf) {
      least = Math.min(least, at[u]);
      most = Math.max(most, at[u]);
    }
    return most - least;
  }

  /** [node][unit] the components of the first layer that read a feature. */
  private double[][] leaves(int v, double from, double to) {
    double[][] leaf = new double[NODES][10];
    for (int k = 0; k < NODES; k++) {
      double x = 0.5 * (from + to) + 0.5 * (to - from) * node[k];
      for (int u = 0; u < 10; u++) {
        leaf[k][u] = gaussian(0, u, v, x);
      }
    }
    return leaf;
  }

  /** The root where the units of the first layer have the natural logs z. */
  private double above(double[] z) {
    double root = 0;
    for (int j = 0; j < 5; j++) {
      double[] mean = layers[1][0][j];
      double[] rate = inverse[1][j];
      double[] log = logFactor[1][j];
      double p = 0;
      for (int i = 0; i < 10; i++) {
        double d = (z[i] - mean[i]) * rate[i];
        double e = log[i] - 0.5 * d * d;
        p += e < -700 ? 0 : Math.exp(e);
      }
      root += gaussian(2, 0, j, Math.log(p));
    }
    return root;
  }

  /** A weighted component; 0 where it is below 1e-304. */
  private double gaussian(int layer, int unit, int input, double x) {
    double d = (x - layers[layer][0][unit][input]) * inverse[layer][unit][input];
    double log = logFactor[layer][unit][input] - 0.5 * d * d;
    return log < -700 ? 0 : Math.exp(log);
  }

  /** Equal panels, and finer ones about the narrow Gaussians of the first layer. */
  private double[] ends(int v) {
    TreeSet<Double> ends = new TreeSet<>();
    double width = hi[v] - lo[v];
    for (int k = 0; k <= PANELS; k++) {
      ends.add(lo[v] + width * k / PANELS);
    }
    for (int u = 0; u < 10; u++) {
      for (int k = -8; k <= 8 && width > PANELS * Math.exp(layers[0][1][u][v]); k += 4) {
        ends.add(layers[0][0][u][v] + k * Math.exp(layers[0][1][u][v]));
      }
    }
    return ends.subSet(lo[v], true, hi[v], true).stream().mapToDouble(x -> x).toArray();
  }
}
