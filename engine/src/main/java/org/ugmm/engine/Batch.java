package org.ugmm.engine;

import java.util.Arrays;
import java.util.Map;
import org.ugmm.engine.data.ArgumentException;

/**
 * The rows of a batch: of each the value of every real variable and the state index of every
 * categorical one, NaN where nothing is known. Values are looked at when they are asked about, and
 * a wrong one is an error of its row alone. Safe to share between threads while nobody changes the
 * array it was made of.
 */
public final class Batch {
  private final Circuit circuit;
  private final double[] values;
  private final int first;
  private final int numRows;

  private Batch(Circuit circuit, double[] values, int first, int numRows) {
    this.circuit = circuit;
    this.values = values;
    this.first = first;
    this.numRows = numRows;
  }

  /**
   * Rows in one array, which is not copied.
   *
   * @param values row-major {@code [rows][numVariables]}
   * @throws ArgumentException if the values are not whole rows
   */
  public static Batch of(Circuit circuit, double[] values) {
    int numVariables = circuit.numVariables();
    if (numVariables == 0 || values.length % numVariables != 0) {
      throw new ArgumentException(
          "%d values; expected whole rows of %d variables".formatted(values.length, numVariables));
    }
    return new Batch(circuit, values, 0, values.length / numVariables);
  }

  /**
   * Rows in one array each, which are copied.
   *
   * @param values [rows][numVariables]
   * @throws ArgumentException if a row does not have one value a variable
   */
  public static Batch of(Circuit circuit, double[][] values) {
    int numVariables = circuit.numVariables();
    double[] all = new double[Math.multiplyExact(values.length, numVariables)];
    for (int r = 0; r < values.length; r++) {
      if (values[r].length != numVariables) {
        throw new ArgumentException(
                "%d values; expected %d, one a variable".formatted(values[r].length, numVariables))
            .atRow(r);
      }
      System.arraycopy(values[r], 0, all, r * numVariables, numVariables);
    }
    return new Batch(circuit, all, 0, values.length);
  }

  /**
   * Rows by columns, which are copied; of a variable without a column nothing is known.
   *
   * @param columns by name of the variable, [rows] each
   * @throws ArgumentException if there is no column or no such variable, or columns differ in
   *     length
   */
  public static Batch ofColumns(Circuit circuit, Map<String, double[]> columns) {
    int numVariables = circuit.numVariables();
    int numRows = -1;
    double[] all = {};
    for (Map.Entry<String, double[]> column : columns.entrySet()) {
      int v = circuit.indexOf(column.getKey());
      double[] values = column.getValue();
      if (numRows < 0) {
        numRows = values.length;
        all = new double[Math.multiplyExact(numRows, numVariables)];
        Arrays.fill(all, Double.NaN);
      } else if (values.length != numRows) {
        throw new ArgumentException(
            "column '%s' has %d rows; expected %d as in the others"
                .formatted(column.getKey(), values.length, numRows),
            column.getKey());
      }
      for (int r = 0; r < numRows; r++) {
        all[r * numVariables + v] = values[r];
      }
    }
    if (numRows < 0) {
      throw new ArgumentException("no columns; expected one at least");
    }
    return new Batch(circuit, all, 0, numRows);
  }

  /**
   * Some of these rows; nothing is copied.
   *
   * @throws ArgumentException if there are no such rows
   */
  public Batch slice(int from, int count) {
    if (from < 0 || count < 0 || from > numRows - count) {
      throw new ArgumentException(
          "%d rows from %d; expected rows among %d".formatted(count, from, numRows));
    }
    return new Batch(circuit, values, first + from, count);
  }

  /** The circuit whose variables the columns are. */
  public Circuit circuit() {
    return circuit;
  }

  /** Number of rows. */
  public int numRows() {
    return numRows;
  }

  /** The value of a variable in a row. */
  public double value(int row, int variable) {
    return values[(first + row) * circuit.numVariables() + variable];
  }

  /** Copies a row. */
  void copy(int row, double[] to, int offset) {
    int numVariables = circuit.numVariables();
    System.arraycopy(values, (first + row) * numVariables, to, offset, numVariables);
  }
}
