package org.ugmm.compiler.write;

import java.io.IOException;
import java.io.Writer;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Variable.Real;

/** Writes the text circuits of Juice. Variable number i, from 1 on, is the i-th of the circuit. */
final class JpcWriter {
  private JpcWriter() {}

  static void write(Circuit c, Writer out) throws IOException {
    int numLines = 0;
    for (int n = 0; n <= c.root(); n++) {
      numLines += numLines(c, n);
    }
    for (int v = 0; v < c.numVariables(); v++) {
      if (c.variables().get(v) instanceof Real real && real.isBounded()) {
        throw ModelWriter.cannot(
            ".jpc", "variable '" + real.name() + "' lives on a bounded domain", "the whole line");
      }
      out.write("c variable %d: %s%n".formatted(v + 1, oneLine(c.variables().get(v).name())));
    }
    out.write("jpc " + numLines + "\n");
    int[] id = new int[c.numNodes()];
    int next = 0;
    for (int n = 0; n <= c.root(); n++) {
      StringBuilder line = new StringBuilder();
      double log = 0;
      switch (c.kind(n)) {
        case GAUSSIAN ->
            line.append(
                "G %d 0 %d %s %s"
                    .formatted(next, c.variable(n) + 1, c.parameter(n, 0), c.parameter(n, 1)));
        case CATEGORICAL -> {
          line.append("C %d 0 %d".formatted(next, c.variable(n) + 1));
          for (int s = 0; s < c.numParameters(n); s++) {
            line.append(' ').append(log(c.parameter(n, s)));
          }
        }
        case WEIGHTED_SUM -> {
          line.append("S %d 0 %d".formatted(next, c.numChildren(n)));
          for (int i = 0; i < c.numChildren(n); i++) {
            line.append(' ')
                .append(id[c.child(n, i)])
                .append(' ')
                .append(log(Math.log(c.parameter(n, i))));
          }
        }
        case PRODUCT -> log = product(c, n, id, next, line);
        case CONSTANT -> {}
        default ->
            throw ModelWriter.cannot(
                ".jpc",
                "node %d of the kind %s".formatted(n, c.kind(n)),
                "Gaussian and categorical leaves, sums and products");
      }
      if (!line.isEmpty()) {
        out.append(line).append('\n');
        id[n] = next++;
      }
      if (log != 0) {
        out.write("S %d 0 1 %d %s\n".formatted(next, id[n], log(log)));
        id[n] = next++;
      }
    }
  }

  private static String oneLine(String name) {
    return name.replaceAll("\\s+", " ");
  }

  private static String log(double log) {
    return log == Double.NEGATIVE_INFINITY ? "-Inf" : Double.toString(log);
  }

  private static double constantOf(Circuit c, int product) {
    double log = 0;
    for (int i = 0; i < c.numChildren(product); i++) {
      int child = c.child(product, i);
      log += c.kind(child) == NodeKind.CONSTANT ? c.parameter(child, 0) : 0;
    }
    return log;
  }

  private static int numLines(Circuit c, int n) {
    return switch (c.kind(n)) {
      case CONSTANT -> 0;
      case PRODUCT -> constantOf(c, n) == 0 ? 1 : 2;
      default -> 1;
    };
  }

  /** The line of a product without its constants, whose log is returned. */
  private static double product(Circuit c, int n, int[] id, int next, StringBuilder line) {
    StringBuilder children = new StringBuilder();
    int count = 0;
    for (int i = 0; i < c.numChildren(n); i++) {
      int child = c.child(n, i);
      if (c.kind(child) != NodeKind.CONSTANT) {
        children.append(' ').append(id[child]);
        count++;
      }
    }
    if (count == 0) {
      throw ModelWriter.cannot(
          ".jpc", "product " + n + " of constants", "a factor with a variable");
    }
    line.append("P %d 0 %d".formatted(next, count)).append(children);
    return constantOf(c, n);
  }
}
