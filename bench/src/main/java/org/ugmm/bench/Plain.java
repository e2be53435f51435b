package org.ugmm.bench;

import java.util.ArrayList;
import java.util.List;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.CircuitBuilder;
import org.ugmm.engine.data.Variable;
import org.ugmm.testdata.PlainCircuit;
import org.ugmm.testdata.PlainNode;
import org.ugmm.testdata.PlainVariable;

/** Makes a flat circuit of a plain one over reals. */
final class Plain {
  private Plain() {}

  /**
   * The flat circuit, node for node.
   *
   * @throws IllegalArgumentException if a variable or node is not of a kind that RAT-SPNs over
   *     reals have
   */
  static Circuit circuit(PlainCircuit plain) {
    List<Variable> variables = new ArrayList<>();
    for (PlainVariable variable : plain.variables()) {
      variables.add(Variable.real(variable.name()));
    }
    CircuitBuilder builder = Circuit.builder(variables);
    for (PlainNode node : plain.nodes()) {
      if (node instanceof PlainNode.Gaussian g) {
        builder.gaussian(g.var(), g.mean(), g.scale());
      } else if (node instanceof PlainNode.Product p) {
        builder.product(p.children());
      } else if (node instanceof PlainNode.WeightedSum s) {
        builder.sumLinear(s.children(), s.weights());
      } else {
        throw new IllegalArgumentException(
            "node " + node + "; expected a Gaussian, a product or a weighted sum");
      }
    }
    return builder.build(plain.root());
  }
}
