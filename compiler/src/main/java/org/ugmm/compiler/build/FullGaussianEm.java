package org.ugmm.compiler.build;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.ugmm.engine.data.TrainingData;
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
  private static final int COMPLETE_STEPS = 20;
  private static final double LEAST_GAIN = 1e-4;

  /** Smaller shares of a row teach a component nothing. */
  private static final double LEAST_SHARE = 1e-9;

  /** Multiply-adds of one factorisation in pairs of doubles, over the cube of the columns. */
  private static final double JUDGED = 2;

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

  /** [rows] weights that add to the number of rows. */
  private final double[] rowWeight;

  /** [rows][k] */
  private final double[][] share;

  private final double[] weight;
  private final double[][] mean;
  private final double[][][] covariance;

  /** [k][categorical columns][states] expected rows, without a prior. */
  private final double[][][] count;

  /** Of the states the column whose states have components of their own; -1 for none. */
  private final int guide;

  FullGaussianEm(
      Cloud cloud,
      int[] columns,
      int[] reals,
      int[] states,
      int guide,
      int components,
      double ridge) {
    this.cloud = cloud;
    this.columns = columns;
    this.reals = reals;
    this.states = states;
    this.guide = guide;
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
    double total = IntStream.range(0, n).mapToDouble(cloud::weight).sum();
    rowWeight = new double[n];
    Arrays.setAll(rowWeight, r -> total > 0 ? cloud.weight(r) * n / total : 1);
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

  /** Multiply-adds a component that {@link #run} takes at most, about. */
  static double work(TrainingData train, int[] reals) {
    double d = reals.length;
    int rows = Math.min(Cloud.MOST_ROWS, train.numRows());
    Set<BitSet> patterns = new HashSet<>();
    double splits = d * d * d;
    double known = 0;
    for (int i = 0; i < rows; i++) {
      int r = (int) ((long) i * train.numRows() / rows);
      BitSet missing = new BitSet(reals.length);
      for (int j = 0; j < reals.length; j++) {
        missing.set(j, Double.isNaN(train.value(r, reals[j])));
      }
      double m = missing.cardinality();
      known += 1 - m / d;
      if (patterns.add(missing)) {
        splits += m * m * d;
      }
    }
    return steps(known / rows) * (2 * rows * d * d + splits) + JUDGED * patterns.size() * d * d * d;
  }

  private int numStates(int i) {
    return ((Categorical) cloud.data().variables().get(states[i])).numStates();
  }

  /** Fits from groups of rows. */
  void run(long seed) {
    start(groups(new SplittableRandom(seed)));
    double before = Double.NEGATIVE_INFINITY;
    long known =
        rowsByPattern.entrySet().stream()
            .mapToLong(e -> (long) e.getKey().cardinality() * e.getValue().size())
            .sum();
    double most = steps((double) known / ((double) n * d));
    for (int step = 0; step < most; step++) {
      double log = step();
      if (!(log - before > LEAST_GAIN * Math.max(1, Math.abs(log)))) {
        return;
      }
      before = log;
    }
  }

  /** [rows] groups of rows, those of a state of the guide apart; -1 where it is missing. */
  private int[] groups(SplittableRandom random) {
    if (guide < 0) {
      return cloud.groups(columns, k, 0, random);
    }
    int[] group = new int[n];
    Arrays.fill(group, -1);
    int each = k / numStates(guide);
    for (int s = 0; s < numStates(guide); s++) {
      int state = s;
      int[] rows =
          IntStream.range(0, n).filter(r -> cloud.value(r, states[guide]) == state).toArray();
      int[] within = cloud.only(rows).groups(columns, each, 0, random);
      for (int i = 0; i < rows.length; i++) {
        group[rows[i]] = s * each + within[i];
      }
    }
    return group;
  }

  /** Whether a component may have a row: it has not another state of the guide. */
  private boolean isOpen(int r, int z) {
    double state = guide < 0 ? Double.NaN : cloud.value(r, states[guide]);
    return Double.isNaN(state) || (int) state == z / (k / numStates(guide));
  }

  /** Steps at most: the more cells are missing, the slower it climbs. */
  private static double steps(double knownShare) {
    return COMPLETE_STEPS / Math.max(0.2, knownShare * knownShare);
  }

  /** The means of groups, and the spread of whole columns. */
  private void start(int[] group) {
    Arrays.fill(weight, 1.0 / (n + k));
    double[][] seen = new double[k][d];
    for (int r = 0; r < n; r++) {
      int z = group[r];
      if (z < 0) {
        continue;
      }
      weight[z] += rowWeight[r] / (n + k);
      for (int j = 0; j < d; j++) {
        if (pattern[r].get(j)) {
          seen[z][j]++;
          mean[z][j] += (x[r][j] - mean[z][j]) / seen[z][j];
        }
      }
      for (int i = 0; i < states.length; i++) {
        double state = cloud.value(r, states[i]);
        if (!Double.isNaN(state)) {
          count[z][i][(int) state] += rowWeight[r];
        }
      }
    }
  }

  /** The inverse of a positive definite matrix, and half the log of its determinant. */
  private static final class Inverse {
    final double[][] of;
    final double halfLog;

    Inverse(double[][] c) {
      int size = c.length;
      double[][] factor = new double[size][size];
      double log = 0;
      for (int i = 0; i < size; i++) {
        for (int j = 0; j <= i; j++) {
          double sum = c[i][j];
          for (int a = 0; a < j; a++) {
            sum -= factor[i][a] * factor[j][a];
          }
          factor[i][j] = i == j ? Math.sqrt(Math.max(1e-12, sum)) : sum / factor[j][j];
        }
        log += Math.log(factor[i][i]);
      }
      halfLog = log;
      // columns of the inverse factor, as rows, and their products
      double[][] half = new double[size][size];
      for (int j = 0; j < size; j++) {
        half[j][j] = 1 / factor[j][j];
        for (int i = j + 1; i < size; i++) {
          double sum = 0;
          for (int a = j; a < i; a++) {
            sum -= factor[i][a] * half[j][a];
          }
          half[j][i] = sum / factor[i][i];
        }
      }
      of = new double[size][size];
      for (int i = 0; i < size; i++) {
        for (int j = 0; j <= i; j++) {
          double sum = 0;
          for (int a = i; a < size; a++) {
            sum += half[i][a] * half[j][a];
          }
          of[i][j] = sum;
          of[j][i] = sum;
        }
      }
    }
  }

  /**
   * What a row that lacks some cells says of them under a component: by the inverse of the
   * covariance, whose part of what is missing is small where little is.
   */
  private static final class Split {
    final int[] known;
    final int[] missing;

    /** [missing][known] regression of what is missing on what is known. */
    final double[][] slope;

    /** [missing][missing] covariance given what is known. */
    final double[][] rest;

    final double logConstant;
    private final double[][] precision;

    Split(BitSet pattern, int d, Inverse inverse) {
      precision = inverse.of;
      known = pattern.stream().toArray();
      BitSet others = (BitSet) pattern.clone();
      others.flip(0, d);
      missing = others.stream().toArray();
      int m = missing.length;
      double[][] among = new double[m][m];
      for (int i = 0; i < m; i++) {
        for (int j = 0; j < m; j++) {
          among[i][j] = precision[missing[i]][missing[j]];
        }
      }
      Inverse left = new Inverse(among);
      rest = left.of;
      slope = new double[m][known.length];
      for (int i = 0; i < m; i++) {
        for (int a = 0; a < m; a++) {
          double[] row = precision[missing[a]];
          for (int j = 0; j < known.length; j++) {
            slope[i][j] -= rest[i][a] * row[known[j]];
          }
        }
      }
      logConstant = -(known.length * HALF_LOG_TWO_PI + inverse.halfLog + left.halfLog);
    }

    /** Fills in what is missing by what is expected of it. */
    void fill(double[] away) {
      for (int i = 0; i < missing.length; i++) {
        double sum = 0;
        for (int j = 0; j < known.length; j++) {
          sum += slope[i][j] * away[known[j]];
        }
        away[missing[i]] = sum;
      }
    }

    /** The log-density of what is known, filled in. */
    double log(double[] away) {
      double square = 0;
      for (int i : known) {
        double sum = 0;
        for (int j = 0; j < away.length; j++) {
          sum += precision[i][j] * away[j];
        }
        square += away[i] * sum;
      }
      return logConstant - 0.5 * square;
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
    Inverse[] inverse = new Inverse[k];
    Arrays.setAll(inverse, z -> new Inverse(covariance[z]));
    for (Map.Entry<BitSet, IntArrayList> alike : rowsByPattern.entrySet()) {
      Split[] split = new Split[k];
      Arrays.setAll(split, z -> new Split(alike.getKey(), d, inverse[z]));
      for (int r : alike.getValue()) {
        all += rowWeight[r] * shares(r, split);
        for (int z = 0; z < k; z++) {
          add(sums[z], r, split[z], z);
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
      if (!isOpen(r, z)) {
        log[z] = Double.NEGATIVE_INFINITY;
        continue;
      }
      log[z] = Math.log(weight[z]) + split[z].log(away(r, split[z], z));
      for (int i = 0; i < states.length; i++) {
        double state = cloud.value(r, states[i]);
        if (i != guide && !Double.isNaN(state)) {
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

  /** [d] the distance of a row from the mean of a component, filled in. */
  private double[] away(int r, Split split, int z) {
    double[] away = new double[d];
    for (int j : split.known) {
      away[j] = x[r][j] - mean[z][j];
    }
    split.fill(away);
    return away;
  }

  private void add(Sums sums, int r, Split split, int z) {
    double part = share[r][z] * rowWeight[r];
    if (part < LEAST_SHARE) {
      return;
    }
    double[] away = away(r, split, z);
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

  /** [rows][k] how much of a row each component has. */
  double[][] shares() {
    return share;
  }

  /** [states] probabilities of the guide, drawn towards those of all rows. */
  double[] guide(int z, double priorRows) {
    int i = guide;
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
