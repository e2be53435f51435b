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
import org.ugmm.compiler.model.Network;
import org.ugmm.compiler.write.ModelWriter;
import org.ugmm.compiler.write.NetworkWriter;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.data.UgmmException;
import org.ugmm.tool.out.FileOutput;
import org.ugmm.tool.out.InputException;
import org.ugmm.tool.out.JsonOut;
import org.ugmm.tool.out.OutputException;
import org.ugmm.tool.out.UsageException;
import org.ugmm.tool.out.Words;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ugmm convert}: any model into the format of another tool. */
@Command(
    name = "convert",
    description = "Writes a model in another format, told by the ending of the file.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false)
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class ConvertCommand implements Callable<Integer> {
  @Parameters(paramLabel = "MODEL", description = "The model, a file of any format that is read.")
  private Path model;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "FILE",
      description =
          "The file to write, .json (ugmm-graph/1), .psdd, .jpc, .uai, .onnx, .dot or .gv; of a"
              + " layered network also .network.json (ugmm-network/1) and .safetensors; replaced as"
              + " a whole or not at all.")
  private Path output;

  @Option(
      names = "--class",
      paramLabel = "NAME",
      description =
          "The categorical variable whose posterior an .onnx model answers; the class of the model"
              + " unless said otherwise.")
  private @Nullable String className;

  @Mixin private CommonOptions common;

  private final Console console;

  ConvertCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    NetworkWriter networks = NetworkWriter.of(output.toString());
    ModelWriter writer = ModelWriter.of(output.toString());
    if (className != null && (networks != null || (writer != null && writer != ModelWriter.ONNX))) {
      throw new UsageException("--class: only an .onnx model answers for a class");
    }
    if (networks != null) {
      write(networks);
      return 0;
    }
    if (writer == null) {
      throw new UsageException(
          "-o %s: the ending tells no format; expected %s, of a layered network .network.json or .safetensors, or 'ugmm compile' for a .circuit file"
              .formatted(output, ModelWriter.allEndings()));
    }
    Compilation compilation = common.compile(model, List.of());
    Circuit circuit = compilation.circuit();
    if (className != null) {
      try {
        circuit = circuit.withClassVariable(className);
      } catch (UgmmException e) {
        throw new UsageException("--class %s: %s".formatted(className, e.getMessage()));
      }
    }
    try (FileOutput file = FileOutput.open(output, model)) {
      try {
        writer.write(circuit, file.stream());
        file.commit();
      } catch (IOException e) {
        throw new OutputException(output, e);
      }
    }
    if (common.json) {
      JsonGenerator json = open(compilation.format());
      json.writeNumberField("variables", circuit.numVariables());
      json.writeNumberField("nodes", circuit.numNodes());
      json.writeEndObject();
      JsonOut.close(json);
    } else if (!common.quiet) {
      console
          .out()
          .printf(
              Locale.ROOT,
              "%s (%s): %s variables, %s nodes; wrote %s%n",
              model,
              compilation.format(),
              Words.count(circuit.numVariables()),
              Words.count(circuit.numNodes()),
              output);
    }
    return 0;
  }

  private JsonGenerator open(String format) throws IOException {
    JsonGenerator json = JsonOut.open(console.out());
    json.writeStartObject();
    json.writeStringField("model", model.toString());
    json.writeStringField("format", format);
    json.writeStringField("output", output.toString());
    json.writeNumberField("bytes", Files.size(output));
    return json;
  }

  /** Writes a layered network as such. */
  private void write(NetworkWriter writer) throws IOException {
    Network network = common.network(model);
    if (network == null) {
      throw new InputException(
          "%s: is no layered network; %s holds nothing else, expected %s"
              .formatted(model, writer.ending(), ModelWriter.allEndings()));
    }
    try (FileOutput file = FileOutput.open(output, model)) {
      try {
        writer.write(network, file.stream());
        file.commit();
      } catch (IOException e) {
        throw new OutputException(output, e);
      }
    }
    if (common.json) {
      JsonGenerator json = open(network.format());
      json.writeNumberField("layers", network.layers().size());
      json.writeEndObject();
      JsonOut.close(json);
    } else if (!common.quiet) {
      console
          .out()
          .printf(
              Locale.ROOT,
              "%s (%s): %s layers; wrote %s%n",
              model,
              network.format(),
              Words.count(network.layers().size()),
              output);
    }
  }
}
