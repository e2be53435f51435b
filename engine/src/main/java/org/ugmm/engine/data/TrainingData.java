package org.ugmm.engine.data;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.Variable.Categorical;

/**
 * A table of rows to learn from, kept by columns: 1 byte a state (2 or 4 where a variable has more
 * than 254 states), 4 bytes a real. Cells may be missing, or know only an interval or a likelihood
 * of each state; rows may have weights.
 *
 * <p>A real is kept as a float offset from a value of its column, in units of a power of two, so
 * that 7 digits of the spread are kept however large the values are; {@link Builder#doubles} keeps
 * all digits at 8 bytes a real. Immutable and safe to share between threads.
 */
public final class TrainingData {
  private final List<Variable> variables;
  private final Column[] columns;
  private final int numRows;

  /** [rows of the columns] weights; null where all are 1. */
  private final double @Nullable [] weight;

  /** [numRows] rows of the columns; null for all of them in order. */
  private final int @Nullable [] selected;

  private TrainingData(
      List<Variable> variables,
      Column[] columns,
      int numRows,
      double @Nullable [] weight,
      int @Nullable [] selected) {
    this.variables = variables;
    this.columns = columns;
    this.numRows = numRows;
    this.weight = weight;
    this.selected = selected;
  }

  /** A builder of a table with the given columns. */
  public static Builder builder(List<Variable> variables) {
    return new Builder(variables);
  }

  /**
   * A table of weights 1.
   *
   * @param rowMajor [numRows * number of variables] values of reals, state indices, NaN for missing
   * @throws CircuitException if a cell is infinite or not a state index, or a row is not whole
   */
  public static TrainingData of(List<Variable> variables, double[] rowMajor) {
    Builder builder = builder(variables);
    int width = variables.size();
    if (width == 0 || rowMajor.length % width != 0) {
      throw new CircuitException(
          "%d cells of %d variables; expected whole rows".formatted(rowMajor.length, width));
    }
    for (int at = 0; at < rowMajor.length; at += width) {
      builder.addRow(Arrays.copyOfRange(rowMajor, at, at + width));
    }
    return builder.build();
  }

  /** The columns. */
  public List<Variable> variables() {
    return variables;
  }

  /** Number of rows. */
  public int numRows() {
    return numRows;
  }

  /** A value or the index of a state; NaN where the cell is missing or {@link #soft}. */
  public double value(int row, int variable) {
    return columns[variable].get(at(row));
  }

  /**
   * Values of some rows: {@code out[to + i] = value(rows[from + i], variable)}.
   *
   * @param count number of rows
   */
  public void read(int variable, int[] rows, int from, int count, double[] out, int to) {
    columns[variable].read(selected, rows, from, count, out, to);
  }

  /**
   * What is known of a cell without a value: {lower end, upper end} of a real, ends may be
   * infinite; the linear likelihood of each state of a categorical; null where nothing is known.
   */
  public double @Nullable [] soft(int row, int variable) {
    return columns[variable].soft(at(row));
  }

  /** Whether any cell of a column has an interval or likelihoods. */
  public boolean isAnySoft(int variable) {
    return columns[variable].isAnySoft();
  }

  /** The weight of a row, 1 unless given. */
  public double weight(int row) {
    return weight == null ? 1 : weight[at(row)];
  }

  /** Whether any row was given a weight. */
  public boolean isWeighted() {
    return weight != null;
  }

  /** The sum of the weights. */
  public double totalWeight() {
    if (weight == null) {
      return numRows;
    }
    double total = 0;
    for (int row = 0; row < numRows; row++) {
      total += weight(row);
    }
    return total;
  }

  /**
   * Some of the rows, any order, repeats allowed; shares the cells of this table.
   *
   * @param rows row numbers; copied
   */
  public TrainingData select(int[] rows) {
    int[] chosen = new int[rows.length];
    for (int i = 0; i < rows.length; i++) {
      chosen[i] = at(rows[i]);
    }
    return new TrainingData(variables, columns, rows.length, weight, chosen);
  }

  private int at(int row) {
    if (row < 0 || row >= numRows) {
      throw new IndexOutOfBoundsException("row %d of %d".formatted(row, numRows));
    }
    return selected == null ? row : selected[row];
  }

  /** Takes rows one by one. Not thread-safe. */
  public static final class Builder {
    private final List<Variable> variables;
    private final Column.Builder[] columns;
    private double[] weight = {};
    private boolean isWeighted;
    private int numRows;

    private Builder(List<Variable> variables) {
      this.variables = List.copyOf(variables);
      columns = new Column.Builder[variables.size()];
      for (int v = 0; v < columns.length; v++) {
        columns[v] = Column.builder(variables.get(v));
      }
    }

    /** Keeps all digits of a real column; before the first row. */
    public Builder doubles(int variable) {
      columns[variable].keepDoubles();
      return this;
    }

    /** Adds a row of weight 1; see {@link #addRow(double[], double)}. */
    public Builder addRow(double[] row) {
      return addRow(row, 1);
    }

    /**
     * Adds a row.
     *
     * @param row [number of variables] values of reals, state indices, NaN for missing
     * @param rowWeight how many rows it counts for
     * @throws CircuitException if a cell is infinite, not a state index or not a count, or the
     *     weight is negative or not finite; nothing is added then
     */
    public Builder addRow(double[] row, double rowWeight) {
      if (row.length != columns.length) {
        throw new CircuitException(
            "row %d has %d cells; expected %d, one a variable"
                .formatted(numRows, row.length, columns.length));
      }
      if (!(rowWeight >= 0) || rowWeight == Double.POSITIVE_INFINITY) {
        throw new CircuitException(
            "row %d: weight %s; expected a finite number of at least 0"
                .formatted(numRows, rowWeight));
      }
      for (int v = 0; v < row.length; v++) {
        checkCell(variables.get(v), row[v]);
      }
      for (int v = 0; v < row.length; v++) {
        columns[v].add(numRows, row[v]);
      }
      addWeight(rowWeight);
      numRows++;
      return this;
    }

    private void checkCell(Variable variable, double x) {
      if (variable instanceof Categorical categorical) {
        if (!Double.isNaN(x) && !(x >= 0 && x < categorical.numStates() && x == Math.rint(x))) {
          throw new CircuitException(
              "row %d, variable '%s': value %s; expected a state index, 0 .. %d, or NaN"
                  .formatted(numRows, variable.name(), x, categorical.numStates() - 1));
        }
      } else if (variable instanceof Variable.Real real
          && real.isCount()
          && !Double.isNaN(x)
          && !(x >= 0 && x == Math.rint(x) && x < Double.POSITIVE_INFINITY)) {
        throw new CircuitException(
            "row %d, variable '%s': value %s; expected a count, 0, 1, 2, ..., or NaN for missing"
                .formatted(numRows, variable.name(), x));
      } else if (Double.isInfinite(x)) {
        throw new CircuitException(
            "row %d, variable '%s': value %s; expected a finite number, or NaN for missing"
                .formatted(numRows, variable.name(), x));
      }
    }

    private void addWeight(double rowWeight) {
      if (!isWeighted && rowWeight == 1) {
        return;
      }
      if (numRows >= weight.length) {
        weight = Arrays.copyOf(weight, Math.max(1024, 2 * numRows));
      }
      if (!isWeighted) {
        Arrays.fill(weight, 0, numRows, 1);
        isWeighted = true;
      }
      weight[numRows] = rowWeight;
    }

    /**
     * Knows of the last row that a real lies in an interval, ends may be infinite.
     *
     * @throws CircuitException if the variable is categorical or {@code lo < hi} does not hold
     */
    public Builder interval(int variable, double lo, double hi) {
      if (!(variables.get(variable) instanceof Variable.Real) || !(lo < hi)) {
        throw new CircuitException(
            "row %d, variable '%s': interval [%s, %s]; expected lo < hi of a real variable"
                .formatted(numRows - 1, variables.get(variable).name(), lo, hi));
      }
      columns[variable].soften(lastRow(), new double[] {lo, hi});
      return this;
    }

    /**
     * Knows of the last row that a categorical variable is in one of some states.
     *
     * @throws CircuitException if the variable is real, or no state is given
     */
    public Builder states(int variable, int... states) {
      if (!(variables.get(variable) instanceof Categorical categorical)) {
        throw new CircuitException(
            "row %d, variable '%s' is real; give an interval, not states"
                .formatted(numRows - 1, variables.get(variable).name()));
      }
      double[] likelihood = new double[categorical.numStates()];
      for (int state : states) {
        likelihood[state] = 1;
      }
      return likelihood(variable, likelihood);
    }

    /**
     * Knows of the last row the linear likelihood of each state of a categorical variable.
     *
     * @throws CircuitException if the variable is real, there is not one a state, one is negative
     *     or not finite, or all are zero
     */
    public Builder likelihood(int variable, double... likelihood) {
      boolean isValid =
          variables.get(variable) instanceof Categorical categorical
              && categorical.numStates() == likelihood.length;
      double sum = 0;
      for (double l : likelihood) {
        isValid &= l >= 0;
        sum += l;
      }
      if (!isValid || !(sum > 0) || sum == Double.POSITIVE_INFINITY) {
        throw new CircuitException(
            "row %d, variable '%s': likelihoods %s; expected a finite number of at least 0 for each"
                    .formatted(
                        numRows - 1, variables.get(variable).name(), Arrays.toString(likelihood))
                + " state of a categorical variable, not all zero");
      }
      columns[variable].soften(lastRow(), likelihood.clone());
      return this;
    }

    private int lastRow() {
      if (numRows == 0) {
        throw new CircuitException("no row yet; add a row before saying more of its cells");
      }
      return numRows - 1;
    }

    /** The table; the builder must not be used any more. */
    public TrainingData build() {
      Column[] built = new Column[columns.length];
      for (int v = 0; v < built.length; v++) {
        built[v] = columns[v].build(numRows);
      }
      double[] weights = isWeighted ? Arrays.copyOf(weight, numRows) : null;
      return new TrainingData(variables, built, numRows, weights, null);
    }
  }
}
