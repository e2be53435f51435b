package org.ugmm.tool;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.Certificate;

/** The answers for a batch of rows. */
final class Scores {
  /** Number of rows. */
  final int numRows;

  /** Row-major [rows][columns]: numbers, or indices of states; NaN for an empty cell. */
  final double[] cells;

  /** [rows] the certificate of each answer; null for EXACT. */
  final @Nullable Certificate[] certificates;

  /**
   * [rows] proven bound on the relative error of each answer, NaN where its certificate has none;
   * empty where nobody asked.
   */
  double[] bounds = new double[0];

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

  /** Sets the certificate of a row and, where bounds are wanted, what it says of the error. */
  void certify(int row, Certificate certificate) {
    certificates[row] = certificate;
    if (bounds.length > 0) {
      bounds[row] =
          certificate instanceof Certificate.Exact exact ? exact.relativeErrorBound() : Double.NaN;
    }
  }
}
