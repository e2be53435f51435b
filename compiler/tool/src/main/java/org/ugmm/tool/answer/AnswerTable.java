package org.ugmm.tool.answer;

import java.util.Arrays;
import org.ugmm.tool.run.Outcomes;
import org.ugmm.tool.table.Rows;

/** The answers for a batch of rows. */
public final class AnswerTable extends Outcomes {
  final int numColumns;

  /** Row-major [rows][columns]: numbers, or indices of states; NaN for an empty cell. */
  final double[] cells;

  /** [rows] proven bound on the relative error of each answer, NaN where there is none. */
  final double[] bounds;

  AnswerTable(Rows rows, int numColumns) {
    super(rows);
    this.numColumns = numColumns;
    int numRows = rows.numRows();
    cells = new double[numRows * numColumns];
    bounds = new double[numRows];
    Arrays.fill(cells, Double.NaN);
    Arrays.fill(bounds, Double.NaN);
  }
}
