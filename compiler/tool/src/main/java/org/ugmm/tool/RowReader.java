package org.ugmm.tool;

import de.siegmar.fastcsv.reader.CsvRecord;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.ugmm.compiler.read.ModelVariable;

/** Turns rows of a table into rows of a batch. Immutable and shared between threads. */
final class RowReader {
  private final String tableName;
  private final ValueReader[] readers;

  /** [variables] the column of each, -1 where the table has none. */
  private final int[] column;

  private RowReader(String tableName, ValueReader[] readers, int[] column) {
    this.tableName = tableName;
    this.readers = readers;
    this.column = column;
  }

  /**
   * Finds the columns of the variables: by name, in order where the table has no header row.
   *
   * @param queried a variable that needs no column, -1 for none
   * @throws InputException if no variable has a column, or there is no header row and the number of
   *     columns is not that of the variables
   */
  static RowReader of(List<ModelVariable> variables, DataTable table, int numColumns, int queried) {
    int[] column = new int[variables.size()];
    if (!table.header().isEmpty()) {
      Map<String, Integer> index = table.indexByName();
      for (int v = 0; v < column.length; v++) {
        column[v] = index.getOrDefault(variables.get(v).name(), -1);
      }
      if (column.length > 0 && Arrays.stream(column).allMatch(c -> c < 0)) {
        throw new InputException(
            ("%s: line 1: no column is named like a variable (%s, ...); name the columns, or pass"
                    + " --no-header where they are in the order of the variables")
                .formatted(table.name(), variables.get(0).name()));
      }
    } else if (numColumns == column.length || numColumns < 0) {
      Arrays.setAll(column, v -> v);
    } else if (queried >= 0 && numColumns == column.length - 1) {
      Arrays.setAll(column, v -> v == queried ? -1 : v < queried ? v : v - 1);
    } else {
      throw new InputException(
          "%s: line 1: %d columns; expected %d, one a variable, as there is no header row"
              .formatted(table.name(), numColumns, column.length));
    }
    ValueReader[] readers = variables.stream().map(ValueReader::new).toArray(ValueReader[]::new);
    return new RowReader(table.name(), readers, column);
  }

  /** Whether the table has a column for a variable. */
  boolean hasColumn(int variable) {
    return column[variable] >= 0;
  }

  /** The names of the variables that have no column. */
  List<String> missingColumns() {
    List<String> names = new ArrayList<>();
    for (int v = 0; v < column.length; v++) {
      if (column[v] < 0) {
        names.add(readers[v].variable().name());
      }
    }
    return names;
  }

  /** The name of the table and the line of a row, for messages. */
  String place(CsvRecord row) {
    return tableName + ": line " + row.getStartingLineNumber();
  }

  /**
   * Reads rows.
   *
   * @return row-major [rows][variables], NaN where a cell is missing
   * @throws InputException if a cell cannot be read
   */
  double[] read(List<CsvRecord> rows) {
    double[] values = new double[rows.size() * readers.length];
    for (int r = 0; r < rows.size(); r++) {
      CsvRecord row = rows.get(r);
      for (int v = 0; v < readers.length; v++) {
        int at = r * readers.length + v;
        values[at] = column[v] < 0 ? Double.NaN : cell(row, v);
      }
    }
    return values;
  }

  private double cell(CsvRecord row, int variable) {
    try {
      return readers[variable].cell(row.getField(column[variable]));
    } catch (InputException e) {
      throw new InputException(
          "%s, column %d: %s".formatted(place(row), column[variable] + 1, e.getMessage()), e);
    }
  }
}
