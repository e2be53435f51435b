package org.ugmm.compiler.build;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.ugmm.engine.data.TrainingData;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;

/** Random tables for the tests of this package; the same seed gives the same table. */
final class SampleTables {
  private SampleTables() {}

  /**
   * Rows of two groups that differ in every column: reals, states, and holes.
   *
   * @param missing probability that a cell is missing
   */
  static TrainingData mixed(int numRows, int numColumns, double missing, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Variable> variables = new ArrayList<>();
    for (int v = 0; v < numColumns; v++) {
      variables.add(
          switch (v % 3) {
            case 0 -> Variable.real("x" + v);
            case 1 -> Variable.categorical("x" + v, "no", "yes");
            default -> Variable.categorical("x" + v, "a", "b", "c", "d");
          });
    }
    double[] rows = new double[numRows * numColumns];
    for (int r = 0; r < numRows; r++) {
      int group = random.nextInt(2);
      for (int v = 0; v < numColumns; v++) {
        double value;
        if (variables.get(v) instanceof Categorical c) {
          int likely = group * (c.numStates() - 1);
          value = random.nextDouble() < 0.8 ? likely : random.nextInt(c.numStates());
        } else {
          value = 10 * v + 3 * group + Cloud.gaussian(random);
        }
        rows[r * numColumns + v] = random.nextDouble() < missing ? Double.NaN : value;
      }
    }
    return TrainingData.of(variables, rows);
  }

  /** A chain of bits: each equals the one before with probability 0.9. */
  static TrainingData chain(int numRows, int numColumns, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Variable> variables = new ArrayList<>();
    for (int v = 0; v < numColumns; v++) {
      variables.add(Variable.categorical("b" + v, "0", "1"));
    }
    double[] rows = new double[numRows * numColumns];
    for (int at = 0; at < rows.length; at++) {
      boolean isFirst = at % numColumns == 0;
      rows[at] = isFirst || random.nextDouble() < 0.1 ? random.nextInt(2) : rows[at - 1];
    }
    return TrainingData.of(variables, rows);
  }

  /** Rows of the same columns, each column shuffled: the margins without what ties them. */
  static TrainingData shuffled(TrainingData data, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int numColumns = data.variables().size();
    double[] rows = new double[data.numRows() * numColumns];
    for (int at = 0; at < rows.length; at++) {
      rows[at] = data.value(random.nextInt(data.numRows()), at % numColumns);
    }
    return TrainingData.of(data.variables(), rows);
  }

  /** The mean of logs. */
  static double mean(double[] logs) {
    double sum = 0;
    for (double log : logs) {
      sum += log;
    }
    return sum / logs.length;
  }
}
