package org.ugmm.compiler.write;

import java.io.IOException;
import java.io.Writer;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evaluator;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;

/** Writes the whole joint table as a Markov network with one function. */
final class UaiWriter {
  private static final int MAX_ENTRIES = 1 << 20;

  private UaiWriter() {}

  static void write(Circuit c, Writer out) throws IOException {
    int n = c.numVariables();
    int[] numStates = new int[n];
    double entries = 1;
    for (int v = 0; v < n; v++) {
      Variable variable = c.variables().get(v);
      if (!(variable instanceof Categorical categorical)) {
        throw ModelWriter.cannot(
            ".uai",
            "variable '" + variable.name() + "' is not categorical",
            "categorical ones only");
      }
      numStates[v] = categorical.numStates();
      entries *= numStates[v];
    }
    if (entries > MAX_ENTRIES) {
      throw ModelWriter.cannot(
          ".uai", "%.3g joint states".formatted(entries), "at most " + MAX_ENTRIES);
    }
    out.write("MARKOV\n" + n + "\n");
    for (int v = 0; v < n; v++) {
      out.write(numStates[v] + (v == n - 1 ? "\n" : " "));
    }
    out.write("1\n" + n);
    for (int v = 0; v < n; v++) {
      out.write(" " + v);
    }
    out.write("\n" + (int) entries + "\n");
    double[] row = new double[n];
    double[] log = new double[1];
    Evaluator evaluator = new Evaluator(c);
    for (int i = 0; i < entries; i++) {
      int rest = i;
      for (int v = n - 1; v >= 0; v--) {
        row[v] = rest % numStates[v];
        rest /= numStates[v];
      }
      evaluator.logDensity(row, 1, log);
      out.write(Math.exp(log[0]) + "\n");
    }
  }
}
