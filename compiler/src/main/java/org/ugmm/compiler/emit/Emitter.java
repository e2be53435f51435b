package org.ugmm.compiler.emit;

import org.ugmm.compiler.graph.Graph;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.CircuitBuilder;

/** Writes an ordered graph as a flat circuit; node n of the graph is node n of the circuit. */
public final class Emitter {
  private Emitter() {}

  /**
   * The circuit of a graph without dead nodes.
   *
   * @throws org.ugmm.engine.data.CircuitException if the graph is not a valid circuit
   */
  public static Circuit emit(Graph g) {
    CircuitBuilder builder = Circuit.builder(g.variables());
    for (int n = 0; n < g.numNodes(); n++) {
      int emitted =
          switch (g.kind(n)) {
            case GAUSSIAN -> builder.gaussian(g.variable(n), g.parameter(n, 0), g.parameter(n, 1));
            case CATEGORICAL -> builder.categoricalLog(g.variable(n), g.parameters(n));
            case BASE -> builder.base(g.variable(n));
            case CONSTANT -> builder.constantLog(g.parameter(n, 0));
            case WEIGHTED_SUM -> builder.sumLinear(g.children(n), g.parameters(n));
            case PRODUCT -> builder.product(g.children(n));
            case GAUSSIAN_LINK -> builder.link(g.child(n, 0), g.parameter(n, 0), g.parameter(n, 1));
            case GAUSSIAN_BLOCK -> builder.gaussianBlock(g.parameters(n));
            default -> builder.leaf(g.kind(n), g.variable(n), g.parameters(n));
          };
      assert emitted == n : "node " + n + " emitted as " + emitted;
    }
    Circuit circuit = builder.build(g.root());
    double[] roundings = g.roundings();
    return roundings.length == 0 ? circuit : circuit.withRounding(roundings);
  }
}
