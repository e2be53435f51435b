package org.ugmm.bench;

import java.util.Arrays;

/**
 * What imputation usually is: means and most frequent states, and chained regressions (van Buuren
 * and Groothuis-Oudshoorn, mice, 2011) that predict each column from all others, over and over.
 */
final class ChainedRegression {
  private static final int ROUNDS = 10;
  private static final double RIDGE = 1;

  private final HoledTable table;

  /** [columns + 1] the first input of each column: a number, or one of each state but the first. */
  private final int[] first;

  /** [rows][inputs], numbers standardised, and a last input of 1. */
  private final double[][] x;

  private final double[][] moments;

  private ChainedRegression(HoledTable table) {
    this.table = table;
    int numColumns = table.variables().size();
    first = new int[numColumns + 1];
    moments = new double[numColumns][];
    for (int c = 0; c < numColumns; c++) {
      first[c + 1] = first[c] + (table.isReal(c) ? 1 : table.numStates(c) - 1);
      moments[c] = table.moments(c);
    }
    x = new double[table.numRows()][first[numColumns] + 1];
    for (double[] row : x) {
      row[row.length - 1] = 1;
    }
  }

  /** Means and most frequent states of the columns. */
  static double[][] means(HoledTable table) {
    double[][] filled = new double[table.numRows()][];
    Arrays.setAll(filled, r -> table.seen()[r].clone());
    for (int c = 0; c < table.variables().size(); c++) {
      double value = table.isReal(c) ? table.moments(c)[0] : mostFrequent(table, c);
      for (double[] row : filled) {
        row[c] = Double.isNaN(row[c]) ? value : row[c];
      }
    }
    return filled;
  }

  private static int mostFrequent(HoledTable table, int column) {
    int[] count = new int[table.numStates(column)];
    int best = 0;
    for (double[] row : table.seen()) {
      if (!Double.isNaN(row[column])) {
        int s = (int) row[column];
        best = ++count[s] > count[best] ? s : best;
      }
    }
    return best;
  }

  /** Ridge regressions of each column on all others, ten rounds, from means. */
  static double[][] fill(HoledTable table) {
    ChainedRegression chain = new ChainedRegression(table);
    double[][] filled = means(table);
    for (int r = 0; r < filled.length; r++) {
      for (int c = 0; c < filled[r].length; c++) {
        chain.encode(r, c, filled[r][c]);
      }
    }
    for (int round = 0; round < ROUNDS; round++) {
      for (int c = 0; c < table.variables().size(); c++) {
        chain.predict(c, filled);
      }
    }
    return filled;
  }

  private void encode(int row, int column, double value) {
    if (table.isReal(column)) {
      x[row][first[column]] = (value - moments[column][0]) / moments[column][1];
    } else {
      for (int s = 1; s < table.numStates(column); s++) {
        x[row][first[column] + s - 1] = s == value ? 1 : 0;
      }
    }
  }

  /** Predicts the holes of a column: a number by one regression, a state by one of each. */
  private void predict(int column, double[][] filled) {
    int n = x[0].length;
    int from = first[column];
    int to = first[column + 1];
    double[][] gram = new double[n][n];
    int numTargets = table.isReal(column) ? 1 : table.numStates(column);
    double[][] right = new double[numTargets][n];
    for (int r = 0; r < x.length; r++) {
      double seen = table.seen()[r][column];
      if (Double.isNaN(seen)) {
        continue;
      }
      for (int i = 0; i < n; i++) {
        for (int j = 0; j <= i; j++) {
          gram[i][j] += x[r][i] * x[r][j];
        }
        for (int t = 0; t < numTargets; t++) {
          double y = table.isReal(column) ? x[r][from] : seen == t ? 1 : 0;
          right[t][i] += x[r][i] * y;
        }
      }
    }
    for (int i = 0; i < n; i++) {
      gram[i][i] += i == n - 1 ? 1e-9 : RIDGE;
      boolean isOwn = i >= from && i < to;
      for (int j = 0; j < n; j++) {
        boolean otherIsOwn = j >= from && j < to;
        if (isOwn || otherIsOwn) {
          gram[i][j] = i == j ? 1 : 0; // its own inputs tell nothing
        }
      }
      for (int t = 0; isOwn && t < numTargets; t++) {
        right[t][i] = 0;
      }
    }
    factor(gram);
    for (double[] target : right) {
      solve(gram, target);
    }
    for (int r = 0; r < x.length; r++) {
      if (Double.isNaN(table.seen()[r][column])) {
        int best = 0;
        double[] found = new double[numTargets];
        for (int t = 0; t < numTargets; t++) {
          for (int i = 0; i < n; i++) {
            found[t] += right[t][i] * x[r][i];
          }
          best = found[t] > found[best] ? t : best;
        }
        filled[r][column] =
            table.isReal(column) ? moments[column][0] + moments[column][1] * found[0] : best;
        encode(r, column, filled[r][column]);
      }
    }
  }

  /** Cholesky, in the lower triangle. */
  private static void factor(double[][] a) {
    for (int j = 0; j < a.length; j++) {
      for (int i = j; i < a.length; i++) {
        double sum = a[i][j];
        for (int k = 0; k < j; k++) {
          sum -= a[i][k] * a[j][k];
        }
        a[i][j] = i == j ? Math.sqrt(Math.max(sum, 1e-12)) : sum / a[j][j];
      }
    }
  }

  private static void solve(double[][] l, double[] b) {
    for (int i = 0; i < b.length; i++) {
      for (int k = 0; k < i; k++) {
        b[i] -= l[i][k] * b[k];
      }
      b[i] /= l[i][i];
    }
    for (int i = b.length - 1; i >= 0; i--) {
      for (int k = i + 1; k < b.length; k++) {
        b[i] -= l[k][i] * b[k];
      }
      b[i] /= l[i][i];
    }
  }
}
