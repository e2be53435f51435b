package org.ugmm.tool.check;

import java.util.Arrays;
import org.ugmm.tool.run.Outcomes;
import org.ugmm.tool.table.Rows;

/** What a model thinks of some rows. */
final class Checked extends Outcomes {
  /** [rows] natural log of the density of the cells that are present; NaN without an answer. */
  final double[] log;

  /** [rows] tail probability of that. */
  final double[] tail;

  /** Row-major [rows][variables] log of the tail of each cell given the others, NaN for none. */
  final double[] cells;

  Checked(Rows rows, int numVariables) {
    super(rows);
    log = new double[rows.numRows()];
    tail = new double[rows.numRows()];
    cells = new double[rows.numRows() * numVariables];
    Arrays.fill(log, Double.NaN);
    Arrays.fill(tail, Double.NaN);
    Arrays.fill(cells, Double.NaN);
  }
}
