package org.ugmm.tool;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.Compilation;
import org.ugmm.compiler.ModelCompiler;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.formula.Formula;
import org.ugmm.tool.inspect.InspectionJson;
import org.ugmm.tool.out.InputException;
import org.ugmm.tool.out.JsonOut;
import org.ugmm.tool.out.OutputException;
import org.ugmm.tool.out.UsageException;
import org.ugmm.tool.out.Words;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ugmm compile}: any model to a {@code .circuit} file. */
@Command(
    name = "compile",
    description = "Compiles a model to a .circuit file, which loads without compiling again.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false)
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class CompileCommand implements Callable<Integer> {
  @Parameters(paramLabel = "MODEL", description = "The model, a file of any format that is read.")
  private Path model;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "FILE",
      description = "The .circuit file to write; replaced as a whole or not at all.")
  private Path output;

  @Option(
      names = "--constraint",
      paramLabel = "FILE",
      description =
          "What always holds from then on: a formula, as --where of query takes it, or an .sdd or"
              + " .nnf file (number i is the i-th variable, or what FILE.names says). The circuit"
              + " is multiplied by it and normalised; --max-edges limits the product.")
  private @Nullable Path constraint;

  @Mixin private CommonOptions common;

  private final Console console;

  CompileCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    if (!output.toString().toLowerCase(Locale.ROOT).endsWith(".circuit")) {
      throw new UsageException(
          "-o %s: expected a name that ends in .circuit, by which the other commands know it"
              .formatted(output));
    }
    long start = System.nanoTime();
    Compilation compilation = common.compile(model, List.of());
    Circuit circuit = constrained(compilation.circuit());
    try {
      circuit.save(output);
    } catch (IOException e) {
      throw new OutputException(output, e);
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    if (common.json) {
      printJson(compilation, circuit, seconds);
    } else if (!common.quiet) {
      console
          .out()
          .printf(
              Locale.ROOT,
              "%s (%s): %s variables, %s nodes, %s edges%n",
              model,
              compilation.format(),
              Words.count(circuit.numVariables()),
              Words.count(circuit.numNodes()),
              Words.count(circuit.numEdges()));
      InspectCommand.printPasses(compilation.passes(), console.out());
      console
          .out()
          .printf(
              Locale.ROOT,
              "wrote %s, %s bytes, in %.2f s%n",
              output,
              Words.count(Files.size(output)),
              seconds);
    }
    return 0;
  }

  /** The circuit times the formula of the file; itself without one. */
  private Circuit constrained(Circuit circuit) {
    if (constraint == null) {
      return circuit;
    }
    try {
      Formula formula = ModelCompiler.constraint(constraint, circuit.variables());
      return circuit.where(formula, common.maxEdges);
    } catch (IOException e) {
      throw InputException.unreadable(constraint, e);
    } catch (ArgumentException e) {
      throw new InputException("%s: %s".formatted(constraint, e.getMessage()));
    }
  }

  private void printJson(Compilation compilation, Circuit circuit, double seconds)
      throws IOException {
    JsonGenerator json = JsonOut.open(console.out());
    json.writeStartObject();
    json.writeStringField("model", model.toString());
    json.writeStringField("format", compilation.format());
    json.writeStringField("output", output.toString());
    json.writeNumberField("variables", circuit.numVariables());
    json.writeNumberField("nodes", circuit.numNodes());
    json.writeNumberField("edges", circuit.numEdges());
    json.writeNumberField("parameters", circuit.numParameters());
    json.writeNumberField("bytes", Files.size(output));
    InspectionJson.passes(json, compilation.passes());
    json.writeNumberField("elapsedSeconds", seconds);
    json.writeEndObject();
    JsonOut.close(json);
  }
}
