package org.ugmm.compiler;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.emit.Emitter;
import org.ugmm.compiler.graph.Graph;
import org.ugmm.compiler.graph.Lowering;
import org.ugmm.compiler.passes.PassReport;
import org.ugmm.compiler.passes.Pipeline;
import org.ugmm.compiler.read.Model;
import org.ugmm.compiler.read.ModelException;
import org.ugmm.compiler.read.ModelReader;
import org.ugmm.compiler.read.ModelVariable;
import org.ugmm.compiler.read.Network;
import org.ugmm.compiler.read.Source;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.data.CircuitException;

/** Compiles models to circuits: read, lower, run the passes, emit. */
public final class ModelCompiler {
  private ModelCompiler() {}

  /**
   * Compiles a model; a {@code .circuit} file is loaded as it is.
   *
   * @param model a {@code .json}, {@code .safetensors}, {@code .psdd} or {@code .circuit} file
   * @throws IOException if a file cannot be read
   * @throws ModelException if the model is not valid; the message names the file, the place, what
   *     was found and what was expected
   * @throws CircuitException if a {@code .circuit} file is not valid
   */
  public static Compilation compile(Path model, CompileOptions options) throws IOException {
    if (model.toString().toLowerCase(Locale.ROOT).endsWith(".circuit")) {
      return loaded(Circuit.load(model));
    }
    return compile(Source.file(model), options);
  }

  /**
   * Compiles a document; the ending of its name tells the format.
   *
   * @throws IOException if it cannot be read
   * @throws ModelException if it is not a valid model
   */
  public static Compilation compile(Source document, CompileOptions options) throws IOException {
    Path side = options.variables();
    Model model =
        ModelReader.read(document, side == null ? null : Source.file(side), options.columns());
    try {
      return compile(model, options);
    } catch (CircuitException e) {
      throw new ModelException(document.name() + ": " + e.getMessage(), e);
    }
  }

  private static Compilation compile(Model model, CompileOptions options) {
    Graph lowered = Lowering.lower(model, options.rootLayer(), options.rootUnit());
    List<PassReport> reports = new ArrayList<>();
    Graph ordered = Pipeline.run(lowered, options.skipped(), reports);
    Circuit circuit = Emitter.emit(ordered);
    String classVariable = options.rootLayer() == null ? classVariable(model) : null;
    if (classVariable != null) {
      circuit = circuit.withClassVariable(classVariable);
    }
    return new Compilation(
        circuit,
        model.format(),
        Lowering.variables(model, options.rootLayer()),
        classVariable,
        layers(model),
        reports,
        new Analysis(ordered, circuit));
  }

  private static Compilation loaded(Circuit circuit) {
    return new Compilation(
        circuit,
        "circuit",
        circuit.variables().stream().map(ModelVariable::of).toList(),
        circuit.classVariable(),
        List.of(),
        List.of(),
        new Analysis(null, circuit));
  }

  private static @Nullable String classVariable(Model model) {
    return model instanceof Network network && network.classes() != null
        ? network.classes().variable().name()
        : null;
  }

  private static List<LayerInfo> layers(Model model) {
    List<LayerInfo> layers = new ArrayList<>();
    if (model instanceof Network network) {
      for (var layer : network.layers()) {
        layers.add(
            new LayerInfo(
                layer.name(),
                layer.type(),
                layer.numUnits(),
                network.numInputs(layer),
                layer.numParameters()));
      }
    }
    return layers;
  }
}
