package org.ugmm.engine;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;

/**
 * Class posteriors of the paper's Iris network by Gauss-Legendre panels over the unknown features,
 * written out from the layers' formulas: nothing of the engine takes part. A grid of cells, finer
 * about the narrow Gaussians of the first layer, is halved until no link of the second or the third
 * layer is crossed within few nodes, which intervals show, and wherever halving changes the
 * integral.
 */
public final class DenseIris {
  private static final int NODES = 12;
  private static final int PANELS = 16;

  /** Scales from its mean within which a narrow Gaussian is to be seen. */
  private static final double REACH = 7;

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
    List<double[]> cells = new ArrayList<>();
    double total = 0;
    for (int i = 0; i + 1 < first.length; i++) {
      for (int j = 0; j + 1 < second.length; j++) {
        double[] cell = {first[i], first[i + 1], second[j], second[j + 1]};
        cells.add(cell);
        total += Arrays.stream(rule(seen, open, cell)).sum();
      }
    }
    double[] sum = new double[3];
    for (double[] cell : cells) {
      resolve(seen, open, cell, tolerance * total, sum);
    }
    total = Arrays.stream(sum).sum();
    return new double[] {sum[0] / total, sum[1] / total, sum[2] / total};
  }

  /** Halves a cell until no link is crossed too fast to be seen, then refines its parts. */
  private void resolve(double[][] seen, int[] open, double[] cell, double allowed, double[] sum) {
    int d = crossed(seen, open, cell);
    if (d < 0) {
      refine(seen, open, cell, rule(seen, open, cell), allowed, sum);
      return;
    }
    for (int side = 0; side < 2; side++) {
      double[] half = cell.clone();
      half[2 * d + 1 - side] = 0.5 * (cell[2 * d] + cell[2 * d + 1]);
      resolve(seen, open, half, allowed, sum);
    }
  }

  /** Halves a cell along every feature until that changes nothing, and adds it up. */
  private void refine(
      double[][] seen, int[] open, double[] cell, double[] coarse, double allowed, double[] sum) {
    int parts = 1 << open.length;
    double[][] ends = new double[parts][];
    double[][] fine = new double[parts][];
    double[] change = coarse.clone();
    for (int part = 0; part < parts; part++) {
      ends[part] = cell.clone();
      for (int d = 0; d < open.length; d++) {
        ends[part][2 * d + 1 - (part >> d & 1)] = 0.5 * (cell[2 * d] + cell[2 * d + 1]);
      }
      fine[part] = rule(seen, open, ends[part]);
      for (int s = 0; s < 3; s++) {
        change[s] -= fine[part][s];
      }
    }
    boolean isDone = Arrays.stream(change).allMatch(c -> Math.abs(c) <= allowed);
    for (int part = 0; part < parts; part++) {
      for (int s = 0; s < 3 && isDone; s++) {
        sum[s] += fine[part][s];
      }
      if (!isDone) {
        refine(seen, open, ends[part], fine[part], allowed, sum);
      }
    }
  }

  /** The integrals of the three species over one cell by one panel a feature. */
  private double[] rule(double[][] seen, int[] open, double[] cell) {
    boolean isPair = open.length > 1;
    double[][] leaf0 = leaves(open[0], cell[0], cell[1]);
    double[][] leaf1 = isPair ? leaves(open[1], cell[2], cell[3]) : new double[1][10];
    double[] z = new double[10];
    double[] sum = new double[3];
    for (int s = 0; s < 3; s++) {
      for (int i = 0; i < NODES; i++) {
        for (int j = 0; j < leaf1.length; j++) {
          for (int u = 0; u < 10; u++) {
            z[u] = Math.log(seen[s][u] + leaf0[i][u] + leaf1[j][u]);
          }
          sum[s] += weight[i] * (isPair ? weight[j] : 1) * above(z);
        }
      }
      sum[s] *= 0.5 * (cell[1] - cell[0]) * (isPair ? 0.5 * (cell[3] - cell[2]) : 1);
    }
    return sum;
  }

  /**
   * The feature along which to halve a cell of which a link may be crossed within few nodes for
   * some species, -1 for none.
   */
  private int crossed(double[][] seen, int[] open, double[] cell) {
    double[][] leaf0 = ranges(open[0], cell[0], cell[1]);
    double[][] leaf1 = open.length > 1 ? ranges(open[1], cell[2], cell[3]) : new double[10][2];
    double[][] z = new double[10][2];
    for (double[] state : seen) {
      for (int u = 0; u < 10; u++) {
        z[u][0] = Math.log(state[u] + leaf0[u][0] + leaf1[u][0]);
        z[u][1] = Math.log(state[u] + leaf0[u][1] + leaf1[u][1]);
      }
      for (int j = 0; j < 5; j++) {
        double[] p = new double[2];
        double[] byFeature = new double[2];
        for (int u = 0; u < 10; u++) {
          double move0 = leaf0[u][1] - leaf0[u][0];
          double move1 = leaf1[u][1] - leaf1[u][0];
          if (isCrossed(1, j, u, z[u][0], z[u][1])) {
            return move0 >= move1 ? 0 : 1;
          }
          double[] link = range(1, j, u, z[u][0], z[u][1]);
          p[0] += link[0];
          p[1] += link[1];
          byFeature[move0 >= move1 ? 0 : 1] += link[1] - link[0];
        }
        if (isCrossed(2, 0, j, Math.log(p[0]), Math.log(p[1]))) {
          return byFeature[0] >= byFeature[1] ? 0 : 1;
        }
      }
    }
    return -1;
  }

  private boolean isCrossed(int layer, int unit, int input, double least, double most) {
    double mean = layers[layer][0][unit][input];
    double scale = 1 / inverse[layer][unit][input];
    double reach = REACH * scale;
    return most - least > NODES * scale && most > mean - reach && least < mean + reach;
  }

  /** The least and the greatest value of a weighted component over an interval of its input. */
  private double[] range(int layer, int unit, int input, double from, double to) {
    double mean = layers[layer][0][unit][input];
    double near = Math.min(Math.max(mean, from), to);
    double far = mean - from > to - mean ? from : to;
    return new double[] {gaussian(layer, unit, input, far), gaussian(layer, unit, input, near)};
  }

  /** [unit] the ranges of the components of the first layer that read a feature. */
  private double[][] ranges(int v, double from, double to) {
    double[][] ranges = new double[10][];
    Arrays.setAll(ranges, u -> range(0, u, v, from, to));
    return ranges;
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
