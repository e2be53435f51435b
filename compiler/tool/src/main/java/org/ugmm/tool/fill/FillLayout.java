package org.ugmm.tool.fill;

import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.writer.CsvWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ugmm.compiler.model.ModelVariable;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.tool.run.Outcomes;
import org.ugmm.tool.table.DataTable;
import org.ugmm.tool.table.TableStyle;

/** The columns of a filled table. Immutable. */
public final class FillLayout {
  private final TableStyle style;
  private final List<ModelVariable> variables;
  private final List<String> names = new ArrayList<>();

  /** [columns of the data] the variable of each, -1 for none. */
  private final int[] variable;

  /** The variables that have a column, in the order of the columns. */
  private final int[] bound;

  private final boolean isDrawn;
  private final boolean hasDoubt;

  /**
   * The layout.
   *
   * @param column [variables] the column of each variable, -1 for none
   * @param isDrawn whether a column {@code draw} comes first
   * @param hasDoubt whether each variable has a column of its standard deviation or probability
   */
  public FillLayout(
      DataTable table,
      List<ModelVariable> variables,
      int[] column,
      boolean isDrawn,
      boolean hasDoubt) {
    style = table.style();
    this.variables = variables;
    this.isDrawn = isDrawn;
    this.hasDoubt = hasDoubt;
    variable = new int[Math.max(0, table.numColumns())];
    Arrays.fill(variable, -1);
    for (int v = 0; v < column.length; v++) {
      if (column[v] >= 0 && column[v] < variable.length) {
        variable[column[v]] = v;
      }
    }
    bound = Arrays.stream(variable).filter(v -> v >= 0).toArray();
    if (isDrawn) {
      names.add("draw");
    }
    for (int c = 0; c < variable.length; c++) {
      names.add(
          table.headerCells().isEmpty()
              ? variables.get(variable[c]).name()
              : table.headerCells().get(c));
    }
    for (int v : bound) {
      if (hasDoubt) {
        ModelVariable of = variables.get(v);
        names.add(of.name() + (of.variable() instanceof Categorical ? ":probability" : ":sd"));
      }
    }
    names.add("certificate");
    names.add("note");
  }

  /** The variables that have a column. */
  int[] bound() {
    return bound;
  }

  boolean hasDoubt() {
    return hasDoubt;
  }

  /** A writer of rows. */
  CsvWriter writer(StringWriter text) {
    return style.writer(text);
  }

  /** The header row. */
  byte[] head() {
    StringWriter text = new StringWriter();
    writer(text).writeRecord(names);
    return style.bytes(text.toString(), true);
  }

  byte[] bytes(StringWriter text) {
    return style.bytes(text.toString(), false);
  }

  /**
   * Writes one row.
   *
   * @param draw its number, from 1
   * @param fill [variables] from {@code at}; NaN where the cell stays as it is
   * @param doubt [variables] from {@code at}; NaN for none
   */
  void write(
      CsvWriter csv, Outcomes outcomes, int row, int draw, double[] fill, double[] doubt, int at) {
    CsvRecord record = outcomes.rows().records().get(row);
    List<String> cells = new ArrayList<>(names.size());
    if (isDrawn) {
      cells.add(Integer.toString(draw));
    }
    for (int c = 0; c < variable.length; c++) {
      int v = variable[c];
      boolean isFilled = v >= 0 && !Double.isNaN(fill[at + v]);
      String cell = c < record.getFieldCount() ? record.getField(c) : "";
      cells.add(isFilled ? text(v, fill[at + v]) : cell);
    }
    for (int v : bound) {
      if (hasDoubt) {
        cells.add(style.number(doubt[at + v]));
      }
    }
    cells.add(outcomes.status(row).name());
    String note = outcomes.note(row);
    cells.add(note == null ? "" : note);
    csv.writeRecord(cells);
  }

  private String text(int v, double value) {
    return variables.get(v).variable() instanceof Categorical categorical
        ? categorical.states().get((int) value)
        : style.number(value);
  }
}
