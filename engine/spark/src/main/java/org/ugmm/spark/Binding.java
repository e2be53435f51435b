package org.ugmm.spark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.NullType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.data.Variable.Real;

/**
 * Which columns of a table are which variables of a circuit, by name, and how their cells are read:
 * null and NaN are missing, states are text, or numbers that are their codes. Immutable.
 */
final class Binding implements Serializable {
  private static final long serialVersionUID = 1;
  private static final int NAMES_SHOWN = 12;

  private final int numVariables;

  /** [bound columns] names of the columns, and the variables that they are. */
  private final String[] column;

  private final int[] variable;
  private final Reader[] reader;

  private Binding(int numVariables, String[] column, int[] variable, Reader[] reader) {
    this.numVariables = numVariables;
    this.column = column;
    this.variable = variable;
    this.reader = reader;
  }

  /** Reads the cells of one column. */
  private record Reader(
      String name,
      boolean isReal,
      boolean isCount,
      String states,
      Map<String, Integer> state,
      double[] number)
      implements Serializable {}

  /**
   * Binds the columns of a table.
   *
   * @param wanted which variables are read; null for all
   * @throws ArgumentException if no column is a variable, or one has a type that cannot be read
   */
  static Binding of(StructType schema, List<Variable> variables, boolean @Nullable [] wanted) {
    Map<String, Integer> byName = new HashMap<>();
    for (int v = 0; v < variables.size(); v++) {
      byName.put(variables.get(v).name(), v);
    }
    List<String> columns = new ArrayList<>();
    List<Integer> bound = new ArrayList<>();
    List<Reader> readers = new ArrayList<>();
    boolean isAnyKnown = false;
    for (StructField field : schema.fields()) {
      Integer v = byName.get(field.name());
      if (v == null) {
        continue;
      }
      isAnyKnown = true;
      if (columns.contains(field.name())) {
        throw new ArgumentException(
            "two columns are called '%s'; expected one: rename or drop the other"
                .formatted(field.name()),
            field.name());
      }
      if (wanted == null || wanted[v]) {
        check(field, variables.get(v));
        columns.add(field.name());
        bound.add(v);
        readers.add(reader(variables.get(v)));
      }
    }
    if (!isAnyKnown) {
      throw new ArgumentException(
          "no column of the table [%s] is a variable of the circuit [%s]; rename the columns"
              .formatted(
                  names(Arrays.asList(schema.fieldNames())),
                  names(variables.stream().map(Variable::name).toList())));
    }
    return new Binding(
        variables.size(),
        columns.toArray(new String[0]),
        bound.stream().mapToInt(v -> v).toArray(),
        readers.toArray(new Reader[0]));
  }

  static String names(List<String> names) {
    String shown = names.stream().limit(NAMES_SHOWN).collect(Collectors.joining(", "));
    int more = names.size() - NAMES_SHOWN;
    return more > 0 ? shown + " and %d more".formatted(more) : shown;
  }

  private static void check(StructField field, Variable variable) {
    DataType type = field.dataType();
    boolean isText = type instanceof StringType || type instanceof BooleanType;
    boolean isNumber = type instanceof NumericType || type instanceof NullType;
    if (variable instanceof Categorical ? isText || isNumber : isNumber) {
      return;
    }
    throw new ArgumentException(
        "column '%s' has the type %s; the variable is %s: cast it to %s"
            .formatted(
                field.name(),
                type.simpleString(),
                variable instanceof Categorical ? "categorical" : "real",
                variable instanceof Categorical ? "string" : "double"),
        field.name());
  }

  private static Reader reader(Variable variable) {
    if (!(variable instanceof Categorical categorical)) {
      boolean isCount = variable instanceof Real real && real.isCount();
      return new Reader(variable.name(), true, isCount, "", Map.of(), new double[0]);
    }
    Map<String, Integer> state = new HashMap<>();
    double[] number = new double[categorical.numStates()];
    boolean namesAreNumbers = false;
    for (int s = 0; s < number.length; s++) {
      state.put(categorical.states().get(s), s);
      number[s] = number(categorical.states().get(s));
      namesAreNumbers |= !Double.isNaN(number[s]);
    }
    for (int s = 0; s < number.length && !namesAreNumbers; s++) {
      number[s] = categorical.code(s);
    }
    return new Reader(variable.name(), false, false, names(categorical.states()), state, number);
  }

  private static double number(String text) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      return Double.NaN;
    }
  }

  /** The columns that are read, in the order in which {@link #read} expects them. */
  List<String> columns() {
    return List.of(column);
  }

  /** The variables of these columns. */
  int[] variables() {
    return variable.clone();
  }

  /**
   * Reads the bound columns of a row, which begin it; all other variables are missing.
   *
   * @param values (Output) the variables of the row begin at {@code at}
   * @return what is wrong with the row, null for nothing
   */
  @Nullable String read(Row row, double[] values, int at) {
    Arrays.fill(values, at, at + numVariables, Double.NaN);
    String problem = null;
    for (int i = 0; i < variable.length; i++) {
      if (!row.isNullAt(i)) {
        double value = value(reader[i], row.get(i));
        if (value == Double.NEGATIVE_INFINITY) {
          problem = problem == null ? problem(reader[i], row.get(i)) : problem;
        } else {
          values[at + variable[i]] = value;
        }
      }
    }
    return problem;
  }

  /** The value of a cell, NaN where it is missing, -infinity where it is none of its variable. */
  private static double value(Reader reader, Object cell) {
    if (cell instanceof Number number) {
      double x = number.doubleValue();
      if (Double.isNaN(x)) {
        return x;
      }
      if (reader.isReal) {
        boolean isValue =
            !Double.isInfinite(x) && (!reader.isCount || (x >= 0 && x == Math.rint(x)));
        return isValue ? x : Double.NEGATIVE_INFINITY;
      }
      for (int s = 0; s < reader.number.length; s++) {
        if (reader.number[s] == x) {
          return s;
        }
      }
      return Double.NEGATIVE_INFINITY;
    }
    Integer state = reader.state.get(cell instanceof String text ? text : cell.toString());
    return state == null ? Double.NEGATIVE_INFINITY : state;
  }

  private static String problem(Reader reader, Object cell) {
    if (reader.isReal) {
      return "column '%s': %s; expected %s"
          .formatted(
              reader.name, cell, reader.isCount ? "a count, 0, 1, 2, ..." : "a finite number");
    }
    String text = cell.toString();
    return "column '%s': '%s' is no state of it; expected one of %s"
        .formatted(
            reader.name, text.length() > 40 ? text.substring(0, 40) + "..." : text, reader.states);
  }
}
