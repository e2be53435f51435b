package org.ugmm.compiler.cli;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.Certificate;

/** The answers for a batch of rows. */
final class Scores {
  /** Number of rows. */
  final int numRows;

  /** Row-major [rows][columns]: numbers, or indices of states; NaN for an empty cell. */
  final double[] cells;

  /** [rows] the certificate of each answer; null for EXACT. */
  final @Nullable Certificate[] certificates;

  /** [rows] what the mean of a summary is taken of; NaN for a row of probability zero. */
  final double[] statistic;

  /** Rows whose class is known. */
  int judged;

  /** Rows whose class is known and that of the answer. */
  int correct;

  Scores(int numRows, int numColumns) {
    this.numRows = numRows;
    cells = new double[numRows * numColumns];
    certificates = new Certificate[numRows];
    statistic = new double[numRows];
    Arrays.fill(cells, Double.NaN);
  }
}
