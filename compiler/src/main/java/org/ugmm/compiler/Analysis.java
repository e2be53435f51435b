package org.ugmm.compiler;

import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.graph.Graph;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Structure;

/**
 * The structural properties of a compiled circuit, with witnesses in the words of the model.
 * Computed when first asked for; safe to share between threads.
 */
public final class Analysis {
  private final @Nullable Graph graph;
  private final Circuit circuit;

  Analysis(@Nullable Graph graph, Circuit circuit) {
    this.graph = graph;
    this.circuit = circuit;
  }

  /** The properties, as the engine proves them. */
  public Structure structure() {
    return circuit.structure();
  }

  /** A node of the circuit in the words of the model. */
  public String describe(int node) {
    return graph == null ? "node " + node : graph.describe(node);
  }
}
