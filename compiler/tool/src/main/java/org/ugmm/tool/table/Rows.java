package org.ugmm.tool.table;

import de.siegmar.fastcsv.reader.CsvRecord;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Rows of a table as numbers.
 *
 * @param records what was read, for what is copied to the answers
 * @param values row-major [rows][variables]: numbers and indices of states, NaN where a cell is
 *     missing or cannot be read
 * @param errors [rows] why a row cannot be read; null where it can
 */
public record Rows(List<CsvRecord> records, double[] values, @Nullable String[] errors) {
  /** Number of rows. */
  public int numRows() {
    return records.size();
  }
}
