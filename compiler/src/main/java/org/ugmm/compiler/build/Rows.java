package org.ugmm.compiler.build;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evaluator;
import org.ugmm.engine.data.TrainingData;

/** Log-likelihoods of rows of a table under a circuit whose variables have the same names. */
final class Rows {
  private static final int BATCH = 1024;

  private final Circuit circuit;
  private final TrainingData data;

  /** [columns] the variable of the circuit, -1 where it has none of that name. */
  private final int[] variableOf;

  private final Evaluator evaluator;

  Rows(Circuit circuit, TrainingData data) {
    this.circuit = circuit;
    this.data = data;
    Map<String, Integer> index = new HashMap<>();
    for (int v = 0; v < circuit.numVariables(); v++) {
      index.put(circuit.variables().get(v).name(), v);
    }
    variableOf =
        data.variables().stream().mapToInt(v -> index.getOrDefault(v.name(), -1)).toArray();
    evaluator = new Evaluator(circuit);
  }

  /** [rows] natural logs of what each row says. */
  double[] logs() {
    return logs(-1, Double.NaN);
  }

  /** [rows] the same with one column taken to be missing. */
  double[] logsWithout(int column) {
    return logs(column, Double.NaN);
  }

  /** [states][rows] the same with a categorical column in each of its states. */
  double[][] logsByState(int column, int numStates) {
    double[][] logs = new double[numStates][];
    for (int s = 0; s < numStates; s++) {
      logs[s] = logs(column, s);
    }
    return logs;
  }

  private double[] logs(int replaced, double by) {
    double[] logs = new double[data.numRows()];
    double[] batch = new double[Math.min(BATCH, logs.length) * circuit.numVariables()];
    double[] out = new double[BATCH];
    for (int from = 0; from < logs.length; from += BATCH) {
      int count = Math.min(BATCH, logs.length - from);
      Arrays.fill(batch, Double.NaN);
      for (int r = 0; r < count; r++) {
        for (int v = 0; v < variableOf.length; v++) {
          if (variableOf[v] >= 0) {
            batch[r * circuit.numVariables() + variableOf[v]] =
                v == replaced ? by : data.value(from + r, v);
          }
        }
      }
      evaluator.logDensity(batch, count, out);
      System.arraycopy(out, 0, logs, from, count);
    }
    return logs;
  }
}
