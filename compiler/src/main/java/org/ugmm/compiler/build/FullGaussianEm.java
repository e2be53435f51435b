package org.ugmm.compiler.build;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.ugmm.engine.data.Variable.Categorical;

/**
 * Fits a mixture of Gaussians with full covariances, times tables of states, to rows with missing
 * cells, by expectation and maximisation: what is missing counts with its mean and covariance given
 * the rest of its row (Ghahramani and Jordan, Supervised learning from incomplete data via an EM
 * approach, 1994). Not thread-safe.
 */
final class FullGaussianEm {
  /*
   * Columns are counted in their standard deviations. A covariance is drawn towards that within all
   * components, as if as many rows had been seen as there are columns, and gets the ridge on top.
   */
  private static final int MOST_STEPS = 20;
  private static final double LEAST_GAIN = 1e-4;
  private static final double HALF_LOG_TWO_PI = 0.9189385332046727418;

  private final Cloud cloud;
  private final int[] columns;
  private final int[] reals;
  private final int[] states;
  private final int k;
  private final double ridge;
  private final int d;
  private final int n;

  /** [rows][d] standardised, NaN where a cell is missing. */
  private final double[][] x;

  /** [rows] which cells of a row there are. */
  private final BitSet[] pattern;

  /** Rows with the same cells missing. */
  private final Map<BitSet, IntArrayList> rowsByPattern = new LinkedHashMap<>();

  /** [rows][k] */
  private final double[][] share;

  private final double[] weight;
  private final double[][] mean;
  private final double[][][] covariance;

  /** [k][categorical columns][states] expected rows, without a prior. */
  private final double[][][] count;

  FullGaussianEm(
      Cloud cloud, int[] columns, int[] reals, int[] states, int components, double ridge) {
    this.cloud = cloud;
    this.columns = columns;
    this.reals = reals;
    this.states = states;
    this.ridge = ridge;
    k = components;
    d = reals.length;
    n = cloud.numRows();
    x = new double[n][d];
    pattern = new BitSet[n];
    for (int r = 0; r < n; r++) {
      pattern[r] = new BitSet(d);
      for (int j = 0; j < d; j++) {
        x[r][j] = (cloud.value(r, reals[j]) - cloud.mean(reals[j])) / cloud.scale(reals[j]);
        pattern[r].set(j, !Double.isNaN(x[r][j]));
      }
      rowsByPattern.computeIfAbsent(pattern[r], p -> new IntArrayList()).add(r);
    }
    share = new double[n][k];
    weight = new double[k];
    mean = new double[k][d];
    covariance = new double[k][d][d];
    count = new double[k][states.length][];
    for (int z = 0; z < k; z++) {
      for (int i = 0; i < states.length; i++) {
        count[z][i] = new double[numStates(i)];
      }
      for (int j = 0; j < d; j++) {
        covariance[z][j][j] = 1;
      }
    }
  }

  private int numStates(int i) {
    return ((Categorical) cloud.data().variables().get(states[i])).numStates();
  }

  /** Fits from groups of rows. */
  void run(long seed) {
    int[] group = cloud.groups(columns, k, 0, new SplittableRandom(seed));
    start(group);
    double before = Double.NEGATIVE_INFINITY;
    for (int step = 0; step < MOST_STEPS; step++) {
      double log = step();
      if (!(log - before > LEAST_GAIN * Math.max(1, Math.abs(log)))) {
        return;
      }
      before = log;
    }
  }

  /** The means of groups, and the spread of whole columns. */
  private void start(int[] group) {
    Arrays.fill(weight, 1.0 / (n + k));
    double[][] seen = new double[k][d];
    for (int r = 0; r < n; r++) {
      int z = Math.max(0, group[r]);
      weight[z] += 1.0 / (n + k);
      for (int j = 0; j < d; j++) {
        if (pattern[r].get(j)) {
          seen[z][j]++;
          mean[z][j] += (x[r][j] - mean[z][j]) / seen[z][j];
        }
      }
      for (int i = 0; i < states.length; i++) {
        double state = cloud.value(r, states[i]);
        if (!Double.isNaN(state)) {
          count[z][i][(int) state]++;
        }
      }
    }
  }

  /** What a row that lacks some cells says of them under a component. */
  private static final class Split {
    final int[] known;
    final int[] missing;

    /** Cholesky factor of the covariance of what is known. */
    final double[][] factor;

    /** [missing][known] regression of what is missing on what is known. */
    final double[][] slope;

    /** [missing][missing] covariance given what is known. */
    final double[][] rest;

    final double logConstant;

    Split(BitSet pattern, int d, double[][] c) {
      known = pattern.stream().toArray();
      BitSet others = (BitSet) pattern.clone();
      others.flip(0, d);
      missing = others.stream().toArray();
      int o = known.length;
      factor = new double[o][o];
      double log = o * HALF_LOG_TWO_PI;
      for (int i = 0; i < o; i++) {
        for (int j = 0; j <= i; j++) {
          double sum = c[known[i]][known[j]];
          for (int a = 0; a < j; a++) {
            sum -= factor[i][a] * factor[j][a];
          }
          factor[i][j] = i == j ? Math.sqrt(Math.max(1e-12, sum)) : sum / factor[j][j];
        }
        log += Math.log(factor[i][i]);
      }
      logConstant = -log;
      int m = missing.length;
      slope = new double[m][];
      double[][] half = new double[m][];
      for (int i = 0; i < m; i++) {
        double[] row = new double[o];
        for (int j = 0; j < o; j++) {
          row[j] = c[missing[i]][known[j]];
        }
        half[i] = down(row);
        slope[i] = up(half[i]);
      }
      rest = new double[m][m];
      for (int i = 0; i < m; i++) {
        for (int j = 0; j <= i; j++) {
          double sum = c[missing[i]][missing[j]];
          for (int a = 0; a < o; a++) {
            sum -= half[i][a] * half[j][a];
          }
          rest[i][j] = sum;
          rest[j][i] = sum;
        }
      }
    }

    /** Solves with the factor. */
    double[] down(double[] b) {
      double[] y = new double[b.length];
      for (int i = 0; i < b.length; i++) {
        double sum = b[i];
        for (int a = 0; a < i; a++) {
          sum -= factor[i][a] * y[a];
        }
        y[i] = sum / factor[i][i];
      }
      return y;
    }

    /** Solves with its transpose. */
    private double[] up(double[] b) {
      double[] y = b.clone();
      for (int i = b.length - 1; i >= 0; i--) {
        y[i] /= factor[i][i];
        for (int a = 0; a < i; a++) {
          y[a] -= factor[i][a] * y[i];
        }
      }
      return y;
    }
  }

  /** Sums over rows, by their shares of a component. */
  private static final class Sums {
    double rows;

    /** [d] deviations from the mean so far. */
    final double[] first;

    /** [d][d] their products, lower triangle. */
    final double[][] second;

    final double[][] count;

    Sums(int d, double[][] like) {
      first = new double[d];
      second = new double[d][d];
      count = new double[like.length][];
      Arrays.setAll(count, i -> new double[like[i].length]);
    }
  }

  /** One step; the mean log of the rows before it. */
  private double step() {
    Sums[] sums = new Sums[k];
    Arrays.setAll(sums, z -> new Sums(d, count[z]));
    double all = 0;
    for (Map.Entry<BitSet, IntArrayList> alike : rowsByPattern.entrySet()) {
      Split[] split = new Split[k];
      Arrays.setAll(split, z -> new Split(alike.getKey(), d, covariance[z]));
      for (int r : alike.getValue()) {
        all += shares(r, split);
        for (int z = 0; z < k; z++) {
          add(sums[z], r, split[z], mean[z], share[r][z]);
        }
      }
    }
    maximise(sums);
    return all / n;
  }

  /** The shares of the components in a row; the log of the row. */
  private double shares(int r, Split[] split) {
    double[] log = share[r];
    for (int z = 0; z < k; z++) {
      double[] away = new double[split[z].known.length];
      for (int i = 0; i < away.length; i++) {
        away[i] = x[r][split[z].known[i]] - mean[z][split[z].known[i]];
      }
      double square = 0;
      for (double y : split[z].down(away)) {
        square += y * y;
      }
      log[z] = Math.log(weight[z]) + split[z].logConstant - 0.5 * square;
      for (int i = 0; i < states.length; i++) {
        double state = cloud.value(r, states[i]);
        if (!Double.isNaN(state)) {
          double total = Arrays.stream(count[z][i]).sum() + numStates(i);
          log[z] += Math.log((count[z][i][(int) state] + 1) / total);
        }
      }
    }
    double max = Arrays.stream(log).max().orElseThrow();
    double sum = 0;
    for (int z = 0; z < k; z++) {
      log[z] = Math.exp(log[z] - max);
      sum += log[z];
    }
    for (int z = 0; z < k; z++) {
      share[r][z] /= sum;
    }
    return max + Math.log(sum);
  }

  private void add(Sums sums, int r, Split split, double[] center, double part) {
    if (part == 0) {
      return;
    }
    double[] away = new double[d];
    for (int j : split.known) {
      away[j] = x[r][j] - center[j];
    }
    for (int i = 0; i < split.missing.length; i++) {
      double sum = 0;
      for (int j = 0; j < split.known.length; j++) {
        sum += split.slope[i][j] * away[split.known[j]];
      }
      away[split.missing[i]] = sum;
    }
    sums.rows += part;
    for (int i = 0; i < d; i++) {
      double left = part * away[i];
      sums.first[i] += left;
      for (int j = 0; j <= i; j++) {
        sums.second[i][j] += left * away[j];
      }
    }
    for (int i = 0; i < split.missing.length; i++) {
      for (int j = 0; j <= i; j++) {
        sums.second[split.missing[i]][split.missing[j]] += part * split.rest[i][j];
      }
    }
    for (int i = 0; i < states.length; i++) {
      double state = cloud.value(r, states[i]);
      if (!Double.isNaN(state)) {
        sums.count[i][(int) state] += part;
      }
    }
  }

  private void maximise(Sums[] sums) {
    double[][] within = new double[d][d];
    for (Sums sum : sums) {
      for (int i = 0; i < d && sum.rows > 0; i++) {
        for (int j = 0; j <= i; j++) {
          sum.second[i][j] -= sum.first[i] * sum.first[j] / sum.rows;
          within[i][j] += sum.second[i][j] / n;
        }
      }
    }
    double prior = k == 1 ? 0 : d;
    for (int z = 0; z < k; z++) {
      Sums sum = sums[z];
      weight[z] = (sum.rows + 1) / (n + k);
      for (int i = 0; i < d; i++) {
        mean[z][i] += sum.rows > 0 ? sum.first[i] / sum.rows : 0;
        for (int j = 0; j <= i; j++) {
          double c = (sum.second[i][j] + prior * within[i][j]) / (sum.rows + prior);
          covariance[z][i][j] = i == j ? c + ridge : c;
          covariance[z][j][i] = covariance[z][i][j];
        }
      }
      System.arraycopy(sum.count, 0, count[z], 0, states.length);
    }
  }

  /** [rows] the component of the greatest share. */
  int[] groups() {
    int[] group = new int[n];
    for (int r = 0; r < n; r++) {
      for (int z = 1; z < k; z++) {
        group[r] = share[r][z] > share[r][group[r]] ? z : group[r];
      }
    }
    return group;
  }

  double[] weights() {
    return weight;
  }

  /** [d] in the units of the columns. */
  double[] mean(int z) {
    double[] result = new double[d];
    Arrays.setAll(result, j -> cloud.mean(reals[j]) + mean[z][j] * cloud.scale(reals[j]));
    return result;
  }

  /** [d][d] in the units of the columns, symmetric. */
  double[][] covariance(int z) {
    double[][] result = new double[d][d];
    for (int i = 0; i < d; i++) {
      for (int j = 0; j <= i; j++) {
        double c = covariance[z][i][j] * cloud.scale(reals[i]) * cloud.scale(reals[j]);
        result[i][j] = c;
        result[j][i] = c;
      }
    }
    return result;
  }

  /** [states] probabilities of a categorical column, drawn towards those of all rows. */
  double[] states(int z, int i, double priorRows) {
    double[] p = count[z][i].clone();
    double[] whole = new double[p.length];
    double total = p.length;
    Arrays.fill(whole, 1);
    for (int c = 0; c < k; c++) {
      for (int s = 0; s < p.length; s++) {
        whole[s] += count[c][i][s];
        total += count[c][i][s];
      }
    }
    double sum = Arrays.stream(p).sum();
    for (int s = 0; s < p.length; s++) {
      p[s] = (p[s] + priorRows * whole[s] / total) / (sum + priorRows);
    }
    return p;
  }
}
