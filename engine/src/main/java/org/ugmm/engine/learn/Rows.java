package org.ugmm.engine.learn;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.CircuitException;
import org.ugmm.engine.data.TrainingData;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.flat.FlatCircuit;

/**
 * The rows of a table by the variables of a circuit; a variable that the table lacks is missing in
 * every row.
 */
final class Rows {
  /** Scale over value of a column that has one value only. */
  private static final double CONSTANT_SCALE = 0.01;

  final TrainingData data;
  private final double weightScale;

  /** [variables of the circuit] column of the table, -1 for none. */
  private final int[] column;

  Rows(FlatCircuit circuit, TrainingData data) {
    this.data = data;
    List<Variable> variables = circuit.variables;
    column = new int[variables.size()];
    double most = 1;
    for (int row = 0; row < data.numRows() && data.isWeighted(); row++) {
      most = Math.max(most, data.weight(row));
    }
    weightScale = Math.scalb(1.0, Math.getExponent(most) + (most > 1 ? 1 : 0));
    Arrays.fill(column, -1);
    for (int i = 0; i < data.variables().size(); i++) {
      Variable given = data.variables().get(i);
      int v = circuit.indexOf(given.name());
      Variable own = variables.get(v);
      boolean sameKind = own.getClass() == given.getClass() && isCount(own) == isCount(given);
      if (!sameKind || (numStates(own) != numStates(given)) || column[v] >= 0) {
        throw new CircuitException(
            "column '%s' of the training data: found %s; expected %s, once"
                .formatted(given.name(), describe(given), describe(own)));
      }
      column[v] = i;
    }
  }

  /** The same rows with a variable missing in all of them. */
  Rows(Rows rows, int hidden) {
    data = rows.data;
    weightScale = rows.weightScale;
    column = rows.column.clone();
    column[hidden] = -1;
  }

  private static int numStates(Variable variable) {
    return variable instanceof Variable.Categorical categorical ? categorical.numStates() : 0;
  }

  private static boolean isCount(Variable variable) {
    return variable instanceof Variable.Real real && real.isCount();
  }

  private static String describe(Variable variable) {
    return variable instanceof Variable.Categorical categorical
        ? categorical.numStates() + " states"
        : isCount(variable) ? "a count" : "a real";
  }

  /** A power of two that no weight of a row is above. */
  double weightScale() {
    return weightScale;
  }

  int numRows() {
    return data.numRows();
  }

  /** Value of a cell, NaN where there is none. */
  double value(int row, int variable) {
    return column[variable] < 0 ? Double.NaN : data.value(row, column[variable]);
  }

  /**
   * Values of a variable in some rows, NaN where there is none, and where more than that is known.
   */
  void read(
      int variable, int[] rows, int from, int count, double[] cells, int to, boolean[] isSoft) {
    if (column[variable] < 0) {
      Arrays.fill(cells, to, to + count, Double.NaN);
      return;
    }
    data.read(column[variable], rows, from, count, cells, to);
    if (data.isAnySoft(column[variable])) {
      for (int r = 0; r < count; r++) {
        isSoft[r] |= soft(rows[from + r], variable) != null;
      }
    }
  }

  double @Nullable [] soft(int row, int variable) {
    return column[variable] < 0 ? null : data.soft(row, column[variable]);
  }

  /** What leaves on each variable are taken to have seen: frequencies, variances, floors. */
  LeafPrior[] priors(
      List<Variable> variables, double pseudoCount, double scaleCount, double floor) {
    LeafPrior[] priors = new LeafPrior[variables.size()];
    for (int v = 0; v < priors.length; v++) {
      priors[v] =
          variables.get(v) instanceof Variable.Categorical categorical
              ? LeafPrior.categorical(frequencies(v, categorical.numStates()), pseudoCount)
              : real(v, pseudoCount, scaleCount, floor);
    }
    return priors;
  }

  /** Shares of the states among known cells, each having been seen once more. */
  private double[] frequencies(int v, int numStates) {
    double[] count = new double[numStates];
    Arrays.fill(count, 1);
    double total = numStates;
    for (int row = 0; row < numRows(); row++) {
      double x = value(row, v);
      if (!Double.isNaN(x)) {
        count[(int) x] += data.weight(row);
        total += data.weight(row);
      }
    }
    for (int s = 0; s < numStates; s++) {
      count[s] /= total;
    }
    return count;
  }

  private LeafPrior real(int v, double pseudoCount, double scaleCount, double relativeFloor) {
    double[] known = new double[numRows()];
    int n = 0;
    double total = 0;
    double mean = 0;
    double squares = 0;
    for (int row = 0; row < numRows(); row++) {
      double x = value(row, v);
      double weight = data.weight(row);
      if (!Double.isNaN(x) && weight > 0) {
        known[n++] = x;
        total += weight;
        double d = x - mean;
        mean += d * (weight / total);
        squares += weight * d * (x - mean);
      }
    }
    Arrays.sort(known, 0, n);
    double gap = Double.POSITIVE_INFINITY;
    for (int i = 1; i < n; i++) {
      double d = known[i] - known[i - 1];
      gap = d > 0 ? Math.min(gap, d) : gap;
    }
    double variance = n == 0 ? 0 : squares / total;
    if (!(variance > 0) || variance == Double.POSITIVE_INFINITY) {
      // a constant or unknown column: any scale fits, so one that other values survive
      double size = n == 0 || known[0] == 0 ? 1 : Math.abs(known[0]) * CONSTANT_SCALE;
      return LeafPrior.real(pseudoCount, mean, size * size, scaleCount, size);
    }
    double deviation = Math.sqrt(variance);
    double floor = Math.max(relativeFloor * deviation, relativeFloor > 0 ? gap / 4 : 0);
    return LeafPrior.real(
        pseudoCount, mean, variance, scaleCount, Math.max(floor, deviation * 0x1p-20));
  }
}
