package org.ugmm.tool.table;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.ugmm.compiler.model.ModelVariable;
import org.ugmm.tool.out.InputException;
import org.ugmm.tool.out.Words;

/**
 * Which column of a table belongs to which variable: by name, in order where there is no header.
 *
 * @param column [variables] the column of each variable, -1 for none
 * @param unbound names of the variables without a column
 * @param unused names of the columns without a variable
 */
public record Columns(int[] column, List<String> unbound, List<String> unused) {
  /**
   * Binds the columns of a table.
   *
   * @param queried a variable that needs no column, -1 for none
   * @throws InputException if no variable has a column, or there is no header row and the number of
   *     columns is not that of the variables
   */
  public static Columns of(DataTable table, List<ModelVariable> variables, int queried) {
    int[] column = new int[variables.size()];
    int numColumns = table.numColumns();
    if (!table.header().isEmpty()) {
      Map<String, Integer> index = table.indexByName();
      Arrays.setAll(column, v -> index.getOrDefault(variables.get(v).name(), -1));
      if (column.length > 0 && Arrays.stream(column).allMatch(c -> c < 0)) {
        throw new InputException(
            ("%s: line 1: no column is named like a variable (%s), found %s with %s; name the"
                    + " columns, or pass --no-header where they are in the order of the variables")
                .formatted(
                    table.name(),
                    Words.some(variables.stream().map(ModelVariable::name).toList()),
                    Words.some(table.header()),
                    table.dialect()));
      }
    } else if (numColumns == column.length || numColumns < 0) {
      Arrays.setAll(column, v -> v);
    } else if (queried >= 0 && numColumns == column.length - 1) {
      Arrays.setAll(column, v -> v == queried ? -1 : v < queried ? v : v - 1);
    } else {
      throw new InputException(
          "%s: line 1: %d columns with %s; expected %d, one a variable, as there is no header row"
              .formatted(table.name(), numColumns, table.dialect(), column.length));
    }
    return new Columns(column, unbound(variables, column), unused(table.header(), column));
  }

  private static List<String> unbound(List<ModelVariable> variables, int[] column) {
    List<String> names = new ArrayList<>();
    for (int v = 0; v < column.length; v++) {
      if (column[v] < 0) {
        names.add(variables.get(v).name());
      }
    }
    return names;
  }

  private static List<String> unused(List<String> header, int[] column) {
    List<String> names = new ArrayList<>(header);
    for (int c : column) {
      if (c >= 0 && c < header.size()) {
        names.remove(header.get(c));
      }
    }
    return names;
  }
}
