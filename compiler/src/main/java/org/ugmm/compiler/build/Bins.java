package org.ugmm.compiler.build;

import java.util.Arrays;
import org.ugmm.engine.data.TrainingData;
import org.ugmm.engine.data.Variable.Categorical;

/**
 * The columns of a table as a few bins each, for what only counts: states of categorical columns,
 * quantiles of real ones. Immutable.
 */
final class Bins {
  private static final int MOST = 15;

  /** From here on two bins a column, which are counted by bits. */
  private static final int MANY_COLUMNS = 1000;

  /** Rows that a cell of a pair of columns should hold, or its count is mostly noise. */
  private static final int ROWS_A_CELL = 5;

  /** [columns][rows] the bin of a cell, -1 where it is missing. */
  private final byte[][] code;

  /** [columns] number of bins, at least 1. */
  private final int[] numBins;

  private final int numRows;

  private Bins(byte[][] code, int[] numBins, int numRows) {
    this.code = code;
    this.numBins = numBins;
    this.numRows = numRows;
  }

  /** Bins of all columns, at most {@code most} each, 2 or more. */
  static Bins of(Cloud cloud, int most) {
    TrainingData data = cloud.data();
    int numRows = cloud.numRows();
    int limit = Math.min(most, Math.min(MOST, (int) Math.sqrt((double) numRows / ROWS_A_CELL)));
    byte[][] code = new byte[data.variables().size()][numRows];
    int[] numBins = new int[code.length];
    for (int v = 0; v < code.length; v++) {
      numBins[v] =
          data.variables().get(v) instanceof Categorical categorical && !cloud.hasLevels(v)
              ? states(cloud, v, categorical.numStates(), most, code[v])
              : quantiles(cloud, v, Math.max(2, limit), code[v]);
    }
    return new Bins(code, numBins, numRows);
  }

  /** How many bins a column may have, or counting all pairs would take too long. */
  static int mostFor(int numColumns) {
    return numColumns <= MANY_COLUMNS ? MOST : 2;
  }

  int numColumns() {
    return code.length;
  }

  int numRows() {
    return numRows;
  }

  int numBins(int column) {
    return numBins[column];
  }

  /** [rows] the bins of a column, -1 where the cell is missing. */
  byte[] codes(int column) {
    return code[column];
  }

  /** The most frequent states have a bin each, all others share the last. */
  private static int states(Cloud cloud, int v, int numStates, int most, byte[] code) {
    if (numStates <= most) {
      for (int r = 0; r < code.length; r++) {
        double x = cloud.value(r, v);
        code[r] = Double.isNaN(x) ? -1 : (byte) x;
      }
      return numStates;
    }
    long[] ranked = new long[numStates];
    for (int s = 0; s < numStates; s++) {
      ranked[s] = s;
    }
    for (int r = 0; r < code.length; r++) {
      double x = cloud.value(r, v);
      if (!Double.isNaN(x)) {
        ranked[(int) x] -= 1L << 32; // the most frequent first, ties by number
      }
    }
    Arrays.sort(ranked);
    byte[] binOf = new byte[numStates];
    for (int i = 0; i < numStates; i++) {
      binOf[(int) ranked[i]] = (byte) Math.min(i, most - 1);
    }
    for (int r = 0; r < code.length; r++) {
      double x = cloud.value(r, v);
      code[r] = Double.isNaN(x) ? -1 : binOf[(int) x];
    }
    return most;
  }

  /** Cuts between distinct values, so that equal values share a bin. */
  private static int quantiles(Cloud cloud, int v, int most, byte[] code) {
    double[] sorted = new double[code.length];
    int count = 0;
    for (int r = 0; r < code.length; r++) {
      double x = cloud.value(r, v);
      if (!Double.isNaN(x)) {
        sorted[count++] = x;
      }
    }
    Arrays.sort(sorted, 0, count);
    double[] cut = new double[most];
    int numCuts = 0;
    for (int i = 1; i < most && count > 0; i++) {
      double candidate = sorted[(int) ((long) i * count / most)];
      if (candidate > sorted[0] && (numCuts == 0 || candidate > cut[numCuts - 1])) {
        cut[numCuts++] = candidate;
      }
    }
    for (int r = 0; r < code.length; r++) {
      double x = cloud.value(r, v);
      if (Double.isNaN(x)) {
        code[r] = -1;
      } else {
        int found = Arrays.binarySearch(cut, 0, numCuts, x);
        code[r] = (byte) (found >= 0 ? found + 1 : -found - 1);
      }
    }
    return numCuts + 1;
  }
}
