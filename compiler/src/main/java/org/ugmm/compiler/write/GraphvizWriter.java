package org.ugmm.compiler.write;

import java.io.IOException;
import java.io.Writer;
import java.util.Locale;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Variable.Categorical;

/** Writes a drawing for Graphviz: the root on top, weights beside the edges of sums. */
final class GraphvizWriter {
  private static final int MAX_STATES = 6;

  private GraphvizWriter() {}

  static void write(Circuit c, Writer out) throws IOException {
    out.write("digraph circuit {\n  node [shape=box, fontname=\"sans-serif\"];\n");
    for (int n = 0; n <= c.root(); n++) {
      String shape = c.numChildren(n) > 0 ? ", shape=circle" : "";
      out.write("  n%d [label=\"%s\"%s];\n".formatted(n, label(c, n), shape));
      for (int i = 0; i < c.numChildren(n); i++) {
        String weight =
            c.kind(n) == NodeKind.WEIGHTED_SUM
                ? " [label=\"%s\"]".formatted(number(c.parameter(n, i)))
                : "";
        out.write("  n%d -> n%d%s;\n".formatted(n, c.child(n, i), weight));
      }
    }
    out.write("}\n");
  }

  private static String label(Circuit c, int n) {
    String name =
        c.variable(n) < 0
            ? ""
            : c.variables().get(c.variable(n)).name().replace("\\", "\\\\").replace("\"", "\\\"");
    return switch (c.kind(n)) {
      case GAUSSIAN ->
          "%s\\nN(%s, %s)".formatted(name, number(c.parameter(n, 0)), number(c.parameter(n, 1)));
      case CATEGORICAL -> name + "\\n" + states(c, n);
      case CONSTANT -> number(Math.exp(c.parameter(n, 0)));
      case WEIGHTED_SUM -> "+";
      case PRODUCT -> "\u00d7";
      case GAUSSIAN_LINK ->
          "link\\n%s, %s".formatted(number(c.parameter(n, 0)), number(c.parameter(n, 1)));
      default -> name + "\\n" + c.kind(n).name().toLowerCase(Locale.ROOT);
    };
  }

  private static String states(Circuit c, int n) {
    StringBuilder text = new StringBuilder();
    int shown = 0;
    Categorical variable = (Categorical) c.variables().get(c.variable(n));
    for (int s = 0; s < c.numParameters(n); s++) {
      double p = Math.exp(c.parameter(n, s));
      if (p > 0 && shown++ < MAX_STATES) {
        text.append(text.isEmpty() ? "" : ", ");
        text.append(variable.states().get(s).replace("\\", "\\\\").replace("\"", "\\\""));
        text.append(": ").append(number(p));
      }
    }
    return shown > MAX_STATES ? text + ", ..." : text.toString();
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.4g", value);
  }
}
