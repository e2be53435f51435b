package org.ugmm.testdata;

import java.util.StringJoiner;

/** Writes a {@link PlainCircuit} as {@code ugmm-graph/1}. */
final class GraphJson {

  private GraphJson() {}

  static String write(PlainCircuit circuit) {
    StringBuilder out = new StringBuilder("{\"format\": \"ugmm-graph/1\",\n \"variables\": [");
    String separator = "\n  ";
    for (PlainVariable variable : circuit.variables()) {
      out.append(separator).append(variable(variable));
      separator = ",\n  ";
    }
    out.append("],\n \"nodes\": [");
    separator = "\n  ";
    for (int i = 0; i < circuit.nodes().size(); i++) {
      out.append(separator).append(node(circuit, i));
      separator = ",\n  ";
    }
    return out.append("],\n \"root\": ").append(circuit.root()).append("}\n").toString();
  }

  private static String variable(PlainVariable variable) {
    if (variable instanceof PlainVariable.Categorical c) {
      StringJoiner states = new StringJoiner(", ", "[", "]");
      boolean defaultCodes = true;
      for (int k = 0; k < c.numStates(); k++) {
        states.add("\"s" + k + "\"");
        defaultCodes &= c.codes()[k] == k;
      }
      return "{\"name\": "
          + quote(c.name())
          + ", \"kind\": \"categorical\", \"states\": "
          + states
          + (defaultCodes ? "" : ", \"codes\": " + numbers(c.codes()))
          + "}";
    }
    PlainVariable.Real real = (PlainVariable.Real) variable;
    StringBuilder out = new StringBuilder("{\"name\": " + quote(real.name()));
    out.append(", \"kind\": \"real\"");
    PlainVariable.Domain domain = real.domain();
    if (domain != null) {
      out.append(", \"domain\": [" + domain.lo() + ", " + domain.hi() + "]");
    }
    PlainVariable.Prior prior = real.prior();
    if (prior != null) {
      out.append(", \"prior\": " + meanAndScale(prior.mean(), prior.scale()));
    }
    return out.append("}").toString();
  }

  private static String node(PlainCircuit circuit, int index) {
    PlainNode node = circuit.nodes().get(index);
    if (node instanceof PlainNode.Gaussian g) {
      return "{\"gaussian\": {\"variable\": "
          + quote(circuit.variables().get(g.var()).name())
          + ", "
          + meanAndScale(g.mean(), g.scale()).substring(1)
          + "}";
    } else if (node instanceof PlainNode.Categorical c) {
      return "{\"categorical\": {\"variable\": "
          + quote(circuit.variables().get(c.var()).name())
          + ", \"probabilities\": "
          + numbers(c.p())
          + "}}";
    } else if (node instanceof PlainNode.Product p) {
      return "{\"product\": {\"children\": " + indices(p.children()) + "}}";
    } else if (node instanceof PlainNode.WeightedSum s) {
      return "{\"sum\": {\"children\": "
          + indices(s.children())
          + ", \"weights\": "
          + numbers(s.weights())
          + "}}";
    } else if (node instanceof PlainNode.Link l) {
      return "{\"link\": {\"child\": "
          + l.child()
          + ", "
          + meanAndScale(l.mean(), l.scale()).substring(1)
          + "}";
    }
    throw new IllegalArgumentException(
        "node " + index + " is a " + node + ", which ugmm-graph/1 cannot express");
  }

  private static String meanAndScale(double mean, double scale) {
    return "{\"mean\": " + mean + ", \"scale\": " + scale + "}";
  }

  private static String numbers(double[] values) {
    StringJoiner out = new StringJoiner(", ", "[", "]");
    for (double value : values) {
      out.add(Double.toString(value));
    }
    return out.toString();
  }

  private static String indices(int[] values) {
    StringJoiner out = new StringJoiner(", ", "[", "]");
    for (int value : values) {
      out.add(Integer.toString(value));
    }
    return out.toString();
  }

  private static String quote(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
