package org.ugmm.tool.fill;

import java.io.StringWriter;
import org.ugmm.tool.run.Outcomes;
import org.ugmm.tool.table.Rows;

/** Some rows whose holes are filled, as text. */
public final class Filled extends Outcomes {
  final StringWriter text = new StringWriter();
  int numCells;
  int numFilledRows;

  Filled(Rows rows) {
    super(rows);
  }
}
