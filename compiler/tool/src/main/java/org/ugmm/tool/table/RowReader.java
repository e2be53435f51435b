package org.ugmm.tool.table;

import de.siegmar.fastcsv.reader.CsvRecord;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.model.ModelVariable;
import org.ugmm.tool.out.InputException;

/** Reads records into rows of values. Immutable, so that threads may share it. */
public final class RowReader {
  private final ValueReader[] readers;

  /** [variables] the column of each variable, -1 for none. */
  private final int[] column;

  private final int numColumns;

  /**
   * Prepares to read the rows of a table.
   *
   * @param column [variables] the column of each variable, -1 for none
   */
  public RowReader(DataTable table, List<ModelVariable> variables, int[] column) {
    Set<String> missing = table.format().missing();
    readers =
        variables.stream()
            .map(v -> new ValueReader(v, table.decimals(), missing))
            .toArray(ValueReader[]::new);
    this.column = column.clone();
    numColumns = table.numColumns();
  }

  /** Reads records; what cannot be read is an error of its row. */
  public Rows read(List<CsvRecord> records) {
    int numVariables = readers.length;
    double[] values = new double[records.size() * numVariables];
    @Nullable String[] errors = new String[records.size()];
    for (int r = 0; r < records.size(); r++) {
      errors[r] = read(records.get(r), values, r * numVariables);
    }
    return new Rows(records, values, errors);
  }

  private @Nullable String read(CsvRecord row, double[] values, int from) {
    int to = from + readers.length;
    int v = 0;
    try {
      if (row.getFieldCount() != numColumns) {
        throw new InputException(
            "%d cells; expected %d, as in the first line"
                .formatted(row.getFieldCount(), numColumns));
      }
      for (; v < readers.length; v++) {
        values[from + v] = column[v] < 0 ? Double.NaN : readers[v].cell(row.getField(column[v]));
      }
      return null;
    } catch (InputException e) {
      Arrays.fill(values, from, to, Double.NaN);
      boolean isCell = row.getFieldCount() == numColumns;
      return "line %d%s: %s"
          .formatted(
              row.getStartingLineNumber(),
              isCell ? ", column " + (column[v] + 1) : "",
              e.getMessage());
    }
  }
}
