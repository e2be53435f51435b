package org.ugmm.tool;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.ugmm.compiler.Compilation;
import org.ugmm.compiler.write.ModelWriter;
import org.ugmm.tool.out.FileOutput;
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
          "The file to write, .json (ugmm-graph/1), .psdd, .jpc, .uai, .dot or .gv; replaced as a"
              + " whole or not at all.")
  private Path output;

  @Mixin private CommonOptions common;

  private final Console console;

  ConvertCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    ModelWriter writer = ModelWriter.of(output.toString());
    if (writer == null) {
      throw new UsageException(
          "-o %s: the ending tells no format; expected %s, or 'ugmm compile' for a .circuit file"
              .formatted(output, ModelWriter.allEndings()));
    }
    Compilation compilation = common.compile(model, List.of());
    try (FileOutput file = FileOutput.open(output, model)) {
      try {
        writer.write(compilation.circuit(), file.stream());
        file.commit();
      } catch (IOException e) {
        throw new OutputException(output, e);
      }
    }
    if (!common.quiet && !common.json) {
      console
          .out()
          .printf(
              Locale.ROOT,
              "%s (%s): %s variables, %s nodes; wrote %s%n",
              model,
              compilation.format(),
              Words.count(compilation.circuit().numVariables()),
              Words.count(compilation.circuit().numNodes()),
              output);
    }
    return 0;
  }
}
