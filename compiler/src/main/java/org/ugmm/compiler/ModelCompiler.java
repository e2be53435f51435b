package org.ugmm.compiler;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.eliminate.Elimination;
import org.ugmm.compiler.emit.Emitter;
import org.ugmm.compiler.graph.Graph;
import org.ugmm.compiler.graph.Lowering;
import org.ugmm.compiler.model.FactorModel;
import org.ugmm.compiler.model.Model;
import org.ugmm.compiler.model.ModelException;
import org.ugmm.compiler.model.ModelVariable;
import org.ugmm.compiler.model.Network;
import org.ugmm.compiler.model.Source;
import org.ugmm.compiler.passes.PassReport;
import org.ugmm.compiler.passes.Pipeline;
import org.ugmm.compiler.read.ConstraintReader;
import org.ugmm.compiler.read.ModelReader;
import org.ugmm.compiler.read.network.UaiReader;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.data.CircuitException;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Why;
import org.ugmm.engine.formula.Formula;

/** Compiles models to circuits: read, lower, run the passes, emit. */
public final class ModelCompiler {
  /** The first bytes of a {@code .circuit} file. */
  private static final byte[] CIRCUIT = {(byte) 0x89, 'G', 'M', 'M'};

  /** Formats of formulas, whose circuits count models. */
  private static final Set<String> COUNTS = Set.of("nnf", "sdd");

  private ModelCompiler() {}

  /**
   * Reads a layered network, with declared domains, without compiling it.
   *
   * @return null where the file holds a model of another kind
   * @throws IOException if a file cannot be read
   * @throws ModelException if the model is not valid
   */
  public static @Nullable Network network(Path file, CompileOptions options) throws IOException {
    if (isCircuit(file)) {
      return null;
    }
    Path side = options.variables();
    Model model =
        ModelReader.read(
            Source.file(file), side == null ? null : Source.file(side), options.columns());
    return model instanceof Network network
        ? new Network(
            network.source(),
            network.format(),
            Domain.declared(network.variables(), options.domains(), network.source()),
            network.layers(),
            network.classes())
        : null;
  }

  /**
   * Compiles a model; a {@code .circuit} file is loaded as it is.
   *
   * @param model a model file of any format that is read, or a {@code .circuit} file
   * @throws IOException if a file cannot be read
   * @throws ModelException if the model is not valid; the message names the file, the place, what
   *     was found and what was expected
   * @throws CircuitException if a {@code .circuit} file is not valid
   */
  public static Compilation compile(Path model, CompileOptions options) throws IOException {
    if (isCircuit(model)) {
      refuseEvidence(model.toString(), options);
      if (!options.domains().isEmpty()) {
        throw new ModelException(
            "%s: a .circuit file has its domains compiled in; declare them when compiling the model"
                .formatted(model));
      }
      return loaded(Circuit.load(model));
    }
    return compile(Source.file(model), options);
  }

  /**
   * Reads what always holds of the variables of a circuit, for {@link Circuit#where}: a formula as
   * text, or one that a knowledge compiler has made, {@code .sdd} with its {@code .vtree}, or
   * {@code .nnf} of c2d or d4. Their variable number i says that the i-th variable of the circuit,
   * one of two states, is in the one that affirms by its name (1, true, yes, on, present,
   * positive), else in the second; or what a file {@code .names} beside it says, in lines as {@code
   * 3 smoke = yes}.
   *
   * @throws IOException if it cannot be read
   * @throws ModelException if it is not a valid constraint on these variables
   */
  public static Formula constraint(Path file, List<Variable> variables) throws IOException {
    return ConstraintReader.read(Source.file(file), variables);
  }

  private static boolean isCircuit(Path model) throws IOException {
    return model.toString().toLowerCase(Locale.ROOT).endsWith(".circuit")
        || Arrays.equals(Source.file(model).head(CIRCUIT.length), CIRCUIT);
  }

  /**
   * Compiles a document; its content tells the format, or else the ending of its name.
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

  /**
   * Compiles a model that has been read or learned.
   *
   * @throws IOException if a file that the options name cannot be read
   * @throws ModelException if it is not a valid model
   */
  public static Compilation compile(Model model, CompileOptions options) throws IOException {
    if (!(model instanceof FactorModel)) {
      refuseEvidence(model.source(), options);
    }
    List<ModelVariable> variables =
        Domain.declared(
            Lowering.variables(model, options.rootLayer()), options.domains(), model.source());
    List<PassReport> reports = new ArrayList<>();
    Graph lowered =
        model instanceof FactorModel network
            ? eliminated(network, options, reports)
            : Lowering.lower(model, variables, options.rootLayer(), options.rootUnit());
    Graph ordered = Pipeline.run(lowered, options.skipped(), reports);
    Circuit circuit = Emitter.emit(ordered);
    String classVariable = options.rootLayer() == null ? classVariable(model) : null;
    if (classVariable != null) {
      circuit = circuit.withClassVariable(classVariable);
    }
    Analysis analysis = new Analysis(ordered, circuit);
    if (COUNTS.contains(model.format())) {
      requireExclusive(model, analysis);
    }
    return new Compilation(
        circuit, model.format(), variables, classVariable, layers(model), reports, analysis);
  }

  /** A formula counts each of its models once only where its disjuncts exclude each other. */
  private static void requireExclusive(Model formula, Analysis analysis) {
    Why why = analysis.structure().whyNotDeterministic();
    if (why != null && !why.children().isEmpty()) {
      throw new ModelException(
          "%s: the disjuncts of a disjunction are not seen to exclude each other, so models would be counted more than once (%s); expected a deterministic formula, as c2d, d4 and the SDD package write"
              .formatted(formula.source(), analysis.inModelTerms(why)));
    }
  }

  private static void refuseEvidence(String model, CompileOptions options) {
    if (options.evidence() != null) {
      throw new ModelException(
          "%s: evidence %s is given too; only a Bayesian or Markov network takes it"
              .formatted(model, options.evidence()));
    }
  }

  private static Graph eliminated(
      FactorModel network, CompileOptions options, List<PassReport> reports) throws IOException {
    if (options.rootLayer() != null) {
      throw new ModelException(
          "%s: no layer '%s'; a network of tables has no layers"
              .formatted(network.source(), options.rootLayer()));
    }
    int[] observed = new int[network.variables().size()];
    Arrays.fill(observed, -1);
    Path evidence = options.evidence();
    if (evidence != null) {
      observed = UaiReader.evidence(Source.file(evidence), network);
    }
    long start = System.nanoTime();
    List<String> notes = new ArrayList<>();
    Graph graph = Elimination.compile(network, observed, options.maxEdges(), notes);
    long entries = network.factors().stream().mapToLong(f -> f.values().length).sum();
    reports.add(
        new PassReport(
            "eliminate",
            network.factors().size(),
            (int) entries,
            graph.numLiveNodes(),
            graph.numLiveEdges(),
            (System.nanoTime() - start) / 1e6,
            notes));
    return graph;
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
