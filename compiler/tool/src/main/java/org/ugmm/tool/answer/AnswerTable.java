package org.ugmm.tool.answer;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.Certificate;
import org.ugmm.tool.table.Rows;

/** The answers for a batch of rows. */
final class AnswerTable {
  /** What became of a row; the weakest of its questions counts. */
  enum Status {
    EXACT,
    ENCLOSED,
    ESTIMATED,
    REFUSED,
    ERROR;

    static Status of(Certificate certificate) {
      return switch (certificate.kind()) {
        case EXACT -> EXACT;
        case ENCLOSED -> ENCLOSED;
        case ESTIMATED -> ESTIMATED;
      };
    }
  }

  /** The rows that were asked about. */
  final Rows rows;

  final int numColumns;

  /** Row-major [rows][columns]: numbers, or indices of states; NaN for an empty cell. */
  final double[] cells;

  /** [rows]. */
  final Status[] status;

  /** [rows] the reason of a refusal or an error, what a certificate leaves open; null for none. */
  final @Nullable String[] notes;

  /** [rows] proven bound on the relative error of each answer, NaN where there is none. */
  final double[] bounds;

  AnswerTable(Rows rows, int numColumns) {
    this.rows = rows;
    this.numColumns = numColumns;
    int numRows = rows.numRows();
    cells = new double[numRows * numColumns];
    status = new Status[numRows];
    notes = new String[numRows];
    bounds = new double[numRows];
    Arrays.fill(cells, Double.NaN);
    Arrays.fill(status, Status.EXACT);
    Arrays.fill(bounds, Double.NaN);
  }

  int numRows() {
    return rows.numRows();
  }

  /** Whether a row has no answer to some question. */
  boolean isRefused(int row) {
    return status[row].compareTo(Status.REFUSED) >= 0;
  }

  /** Lowers the status of a row to another's if that is weaker, and adds a note. */
  void mark(int row, Status other, String note) {
    if (other.compareTo(status[row]) > 0) {
      status[row] = other;
    }
    if (!note.isEmpty()) {
      String before = notes[row];
      notes[row] = before == null ? note : before + "; " + note;
    }
  }
}
