package org.ugmm.engine;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.UgmmException;

/**
 * The answers to one query about each row of a batch: numbers, and of each row its status, and its
 * certificate or what is wrong with it. One row never keeps another from its answer.
 */
public final class BatchAnswers {
  /** What came of a row. */
  public enum Status {
    /** Answered in closed form. */
    EXACT,
    /** Answered with a proven interval. */
    ENCLOSED,
    /** Answered with an estimate. */
    ESTIMATED,
    /** No answer with an allowed certificate. */
    REFUSED,
    /** A value of the row is not one of its variable. */
    ERROR;

    /** Whether there is an answer. */
    public boolean isAnswered() {
      return this != REFUSED && this != ERROR;
    }
  }

  private final int numColumns;
  private final double[] values;
  private final Status[] status;

  /** [numRows] bound of an EXACT answer. */
  private final double[] bound;

  /** [numRows] other certificates and what is wrong; null for EXACT answers. */
  private final @Nullable Object[] other;

  /** Room for answers. */
  BatchAnswers(int numRows, int numColumns) {
    this.numColumns = numColumns;
    values = new double[Math.multiplyExact(numRows, numColumns)];
    Arrays.fill(values, Double.NaN);
    status = new Status[numRows];
    Arrays.fill(status, Status.REFUSED);
    bound = new double[numRows];
    other = new Object[numRows];
  }

  /** Number of rows. */
  public int numRows() {
    return status.length;
  }

  /** Number of numbers of each answer. */
  public int numColumns() {
    return numColumns;
  }

  /**
   * The numbers, row-major {@code [numRows][numColumns]}; NaN in rows without an answer. Not a
   * copy: the caller owns the answers.
   */
  public double[] values() {
    return values;
  }

  /** A number of a row; NaN where there is no answer. */
  public double value(int row, int column) {
    return values[row * numColumns + column];
  }

  /** What came of a row. */
  public Status status(int row) {
    return status[row];
  }

  /** The certificate of a row, of the kind that a single query has; null without an answer. */
  public @Nullable Certificate certificate(int row) {
    if (status[row] == Status.EXACT) {
      return new Certificate.Exact(bound[row]);
    }
    return other[row] instanceof Certificate certificate ? certificate : null;
  }

  /** What is wrong with a row, or why it is refused; null where it has an answer. */
  public @Nullable UgmmException problem(int row) {
    return other[row] instanceof UgmmException problem ? problem : null;
  }

  /** Number of rows with a status. */
  public int count(Status wanted) {
    int count = 0;
    for (Status s : status) {
      count += s == wanted ? 1 : 0;
    }
    return count;
  }

  /** Notes that a row has an answer in closed form, whose numbers are or will be in place. */
  void exact(int row, double relativeErrorBound) {
    status[row] = Status.EXACT;
    bound[row] = relativeErrorBound;
  }

  /** Notes the certificate of a row. */
  void certify(int row, Certificate certificate) {
    if (certificate instanceof Certificate.Exact exact) {
      exact(row, exact.relativeErrorBound());
      return;
    }
    status[row] = certificate instanceof Certificate.Enclosed ? Status.ENCLOSED : Status.ESTIMATED;
    other[row] = certificate;
  }

  /** Notes what is wrong with a row. */
  void refuse(int row, UgmmException problem) {
    Arrays.fill(values, row * numColumns, (row + 1) * numColumns, Double.NaN);
    status[row] = problem instanceof RefusedException ? Status.REFUSED : Status.ERROR;
    other[row] = problem.atRow(row);
  }
}
