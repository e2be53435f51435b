package org.ugmm.compiler;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.model.ModelVariable;
import org.ugmm.compiler.passes.PassReport;
import org.ugmm.engine.Circuit;

/**
 * A compiled model and how it came about.
 *
 * @param circuit the circuit
 * @param format the format of the model: {@code ugmm-network/1}, {@code ugmm-graph/1}, {@code
 *     safetensors}, {@code psdd} or {@code circuit}
 * @param variables the variables of the circuit in its order, with the codes of their states
 * @param classVariable the variable that tells which root unit of a network is meant; null when
 *     there is none
 * @param layers the layers of a network; empty for other models
 * @param passes what each pass did, in order
 * @param analysis the structure of the circuit in the words of the model
 */
public record Compilation(
    Circuit circuit,
    String format,
    List<ModelVariable> variables,
    @Nullable String classVariable,
    List<LayerInfo> layers,
    List<PassReport> passes,
    Analysis analysis) {
  /** Copies the lists. */
  public Compilation {
    variables = List.copyOf(variables);
    layers = List.copyOf(layers);
    passes = List.copyOf(passes);
  }
}
