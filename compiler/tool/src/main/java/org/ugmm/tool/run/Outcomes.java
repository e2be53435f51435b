package org.ugmm.tool.run;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.Certificate;
import org.ugmm.tool.table.Rows;

/** What became of some rows: of each its status, and what is to be said of it. */
public class Outcomes {
  /** What became of a row; where several things were asked of it, the weakest counts. */
  public enum Status {
    EXACT,
    ENCLOSED,
    ESTIMATED,
    REFUSED,
    ERROR;

    /** The status of an answer. */
    public static Status of(Certificate certificate) {
      return switch (certificate.kind()) {
        case EXACT -> EXACT;
        case ENCLOSED -> ENCLOSED;
        case ESTIMATED -> ESTIMATED;
      };
    }
  }

  private final Rows rows;
  private final Status[] status;
  private final @Nullable String[] notes;

  /** All rows are EXACT, but those in error that cannot be read. */
  protected Outcomes(Rows rows) {
    this.rows = rows;
    status = new Status[rows.numRows()];
    notes = new String[rows.numRows()];
    Arrays.fill(status, Status.EXACT);
    for (int r = 0; r < status.length; r++) {
      String error = rows.errors()[r];
      if (error != null) {
        mark(r, Status.ERROR, error);
      }
    }
  }

  /** The rows. */
  public final Rows rows() {
    return rows;
  }

  /** Number of rows. */
  public final int numRows() {
    return status.length;
  }

  /** What became of a row. */
  public final Status status(int row) {
    return status[row];
  }

  /** The reason of a refusal or an error, what a certificate leaves open; null for none. */
  public final @Nullable String note(int row) {
    return notes[row];
  }

  /** Whether a row has no answer to something that was asked. */
  public final boolean isRefused(int row) {
    return status[row].compareTo(Status.REFUSED) >= 0;
  }

  /** Lowers the status of a row to another's if that is weaker, and adds a note. */
  public final void mark(int row, Status other, String note) {
    if (other.compareTo(status[row]) > 0) {
      status[row] = other;
    }
    if (!note.isEmpty()) {
      String before = notes[row];
      notes[row] = before == null ? note : before + "; " + note;
    }
  }
}
