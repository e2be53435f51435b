package org.ugmm.tool;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.ugmm.compiler.Compilation;
import org.ugmm.compiler.LayerInfo;
import org.ugmm.compiler.model.ModelVariable;
import org.ugmm.compiler.passes.PassReport;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.tool.inspect.Card;
import org.ugmm.tool.inspect.Cost;
import org.ugmm.tool.inspect.Inspection;
import org.ugmm.tool.inspect.InspectionJson;
import org.ugmm.tool.out.JsonOut;
import org.ugmm.tool.out.TextTable;
import org.ugmm.tool.out.Words;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ugmm inspect}: what a model is and what can be asked of it. */
@Command(
    name = "inspect",
    description = "Shows what a model is made of and which queries it answers, how exactly.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false)
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class InspectCommand implements Callable<Integer> {
  private static final int VARIABLES_SHOWN = 20;
  private static final int STATES_SHOWN = 8;

  @Parameters(paramLabel = "MODEL", description = "The model, a file of any format that is read.")
  private Path model;

  @Option(
      names = "--cost",
      description =
          "Show only what a row costs in arithmetic, and a perceptron with as many units in each"
              + " layer.")
  private boolean isCost;

  @Mixin private CommonOptions common;

  private final Console console;

  InspectCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    Compilation compilation = common.compile(model, List.of());
    Inspection inspection = Inspection.of(compilation);
    if (isCost) {
      printCost(Cost.of(compilation, inspection.sizeBytes()));
      return 0;
    }
    if (common.json) {
      JsonGenerator json = JsonOut.open(console.out());
      InspectionJson.write(json, model.toString(), compilation, inspection);
      JsonOut.close(json);
    } else {
      print(compilation, inspection);
    }
    return 0;
  }

  private void printCost(Cost cost) throws IOException {
    if (!common.json) {
      cost.print(console.out());
      return;
    }
    JsonGenerator json = JsonOut.open(console.out());
    json.writeStartObject();
    json.writeStringField("model", model.toString());
    cost.write(json);
    json.writeEndObject();
    JsonOut.close(json);
  }

  private void print(Compilation compilation, Inspection inspection) throws IOException {
    PrintStream out = console.out();
    Circuit circuit = compilation.circuit();
    out.println("%s (%s)".formatted(model, compilation.format()));
    printVariables(compilation, out);
    if (circuit.card() != null) {
      out.println("\nlearned");
      Card.print(circuit.card(), out);
    }
    if (!compilation.layers().isEmpty()) {
      out.println("\nlayers");
      TextTable table = new TextTable("name", "type", ">units", ">inputs", ">parameters");
      for (LayerInfo layer : compilation.layers()) {
        table.row(
            layer.name(),
            layer.type(),
            Words.count(layer.units()),
            Words.count(layer.inputs()),
            Words.count(layer.parameters()));
      }
      table.print(out);
    }
    out.println("\ncircuit");
    String kinds =
        inspection.nodes().entrySet().stream()
            .map(e -> Words.count(e.getValue()) + " " + kind(e.getKey()))
            .collect(Collectors.joining(", "));
    new TextTable("", ">", "")
        .row("nodes", Words.count(circuit.numNodes()), kinds)
        .row("edges", Words.count(circuit.numEdges()), "")
        .row("parameters", Words.count(circuit.numParameters()), "")
        .row("depth", Words.count(inspection.depth()), "edges from the root to the deepest leaf")
        .row("bytes", Words.count(inspection.sizeBytes()), "in memory")
        .print(out);
    new TextTable("", "").row("log Z", logZ(circuit)).print(out);
    out.println("\nstructure");
    TextTable properties = new TextTable("", "", "");
    for (Inspection.Property property : inspection.properties()) {
      properties.row(
          property.name(), holds(property), property.whyNot() == null ? "" : property.whyNot());
    }
    properties.print(out);
    out.println("\nqueries");
    TextTable queries = new TextTable("query", "certificate", "cost of an answer");
    for (Inspection.QueryFacts query : inspection.queries()) {
      queries.row(query.query(), query.certificate(), query.cost());
    }
    queries.print(out);
    if (inspection.hasBlocks()) {
      out.println("  full covariances: " + Inspection.OF_BLOCKS);
    }
    if (!Double.isNaN(inspection.passMicros())) {
      out.printf(
          Locale.ROOT,
          "  one pass over one row takes %.1f microseconds here, the fastest within 0.2 s%n",
          inspection.passMicros());
    }
    if (!compilation.passes().isEmpty()) {
      out.println("\npasses");
      printPasses(compilation.passes(), out);
    }
  }

  private static void printVariables(Compilation compilation, PrintStream out) {
    List<ModelVariable> variables = compilation.variables();
    out.println("\nvariables");
    TextTable table = new TextTable("name", "kind", "");
    for (ModelVariable variable : variables.subList(0, shown(variables.size()))) {
      addVariable(table, variable, compilation);
    }
    for (ModelVariable variable : variables.subList(shown(variables.size()), variables.size())) {
      if (variable.name().equals(compilation.classVariable())) {
        addVariable(table, variable, compilation);
      }
    }
    table.print(out);
    if (variables.size() > shown(variables.size())) {
      out.printf("  ... %d in all; --json has them all%n", variables.size());
    }
  }

  private static void addVariable(TextTable table, ModelVariable variable, Compilation of) {
    boolean isClass = variable.name().equals(of.classVariable());
    table.row(
        variable.name(),
        kind(variable.variable()),
        values(variable.variable()) + (isClass ? "; the class of the root units" : ""));
  }

  private static String kind(Variable variable) {
    if (variable instanceof Categorical) {
      return "categorical";
    }
    return ((Variable.Real) variable).isCount() ? "count" : "real";
  }

  private static int shown(int size) {
    return size <= VARIABLES_SHOWN ? size : VARIABLES_SHOWN / 2;
  }

  private static String values(Variable variable) {
    if (variable instanceof Categorical categorical) {
      List<String> states = categorical.states();
      return states.size() <= STATES_SHOWN
          ? String.join(", ", states)
          : String.join(", ", states.subList(0, STATES_SHOWN))
              + ", ... ("
              + states.size()
              + " states)";
    }
    Variable.Real real = (Variable.Real) variable;
    Variable.Prior prior = real.prior();
    if (real.isCount()) {
      return Double.isInfinite(real.hi())
          ? "%s, %s, ...".formatted(Words.number(real.lo()), Words.number(real.lo() + 1))
          : "%s to %s".formatted(Words.number(real.lo()), Words.number(real.hi()));
    }
    String domain =
        Double.isInfinite(real.lo()) && Double.isInfinite(real.hi())
            ? "the whole line"
            : "[%s, %s]".formatted(Words.number(real.lo()), Words.number(real.hi()));
    return prior == null
        ? domain
        : "%s, prior with mean %s and scale %s"
            .formatted(domain, Words.number(prior.mean()), Words.number(prior.scale()));
  }

  private static String logZ(Circuit circuit) {
    var normaliser = circuit.normaliser();
    return normaliser.isKnown()
        ? "%s, relative error of Z at most %s"
            .formatted(normaliser.logZ(), Words.bound(normaliser.relativeErrorBound()))
        : "not known: " + normaliser.whyUnknown();
  }

  private static String holds(Inspection.Property property) {
    return !property.isChecked() ? "?" : property.whyNot() == null ? "yes" : "no";
  }

  private static String kind(NodeKind kind) {
    return kind.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  static void printPasses(List<PassReport> passes, PrintStream out) {
    if (passes.isEmpty()) {
      return;
    }
    TextTable table = new TextTable("pass", ">nodes", ">", ">edges", ">", ">ms");
    for (PassReport pass : passes) {
      table.row(
          pass.pass(),
          Words.count(pass.nodesBefore()),
          "-> " + Words.count(pass.nodesAfter()),
          Words.count(pass.edgesBefore()),
          "-> " + Words.count(pass.edgesAfter()),
          String.format(Locale.ROOT, "%.1f", pass.elapsedMillis()));
    }
    table.print(out);
    for (PassReport pass : passes) {
      for (String note : pass.notes()) {
        out.println("  " + pass.pass() + ": " + note);
      }
    }
  }
}
