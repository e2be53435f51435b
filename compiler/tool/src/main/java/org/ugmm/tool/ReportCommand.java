package org.ugmm.tool;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.Compilation;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.tool.out.FileOutput;
import org.ugmm.tool.out.JsonOut;
import org.ugmm.tool.out.OutputException;
import org.ugmm.tool.out.UsageException;
import org.ugmm.tool.report.Judged;
import org.ugmm.tool.report.Report;
import org.ugmm.tool.run.TableRun;
import org.ugmm.tool.table.Columns;
import org.ugmm.tool.table.DataTable;
import org.ugmm.tool.table.RowReader;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ugmm report}: a page about a model. */
@Command(
    name = "report",
    description =
        "Writes one HTML page about a model: its circuit, what it answers and why, each variable,"
            + " which depend on each other, and how it fits a table.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false,
    footer = {
      "",
      "The page has everything in it, loads nothing, and needs no script.",
      "",
      "Example: ugmm report penguins.circuit penguins.csv -o penguins.html"
    })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class ReportCommand implements Callable<Integer> {
  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      description = "The model, a file of any format that is read.")
  private Path model;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "DATA",
      description = "CSV file, also .gz, or .parquet, whose rows the model is judged by.")
  private @Nullable Path data;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      required = true,
      description = "HTML file; replaced as a whole or not at all.")
  private Path output;

  @Option(
      names = "--class",
      paramLabel = "NAME",
      description = "The variable whose states are predicted (default: that of the model).")
  private @Nullable String className;

  @Mixin private TableOptions tableOptions;

  @Mixin private CommonOptions common;

  private final Console console;

  ReportCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    Path[] inputs = data == null ? new Path[] {model} : new Path[] {model, data};
    try (FileOutput out = FileOutput.open(output, inputs)) {
      String page = data == null ? page(common.compile(model, List.of()), "", null) : judged(data);
      try {
        out.stream().write(page.getBytes(StandardCharsets.UTF_8));
      } catch (IOException e) {
        throw new OutputException(output, e);
      }
      out.commit();
    }
    if (common.json) {
      JsonGenerator json = JsonOut.open(console.out());
      json.writeStartObject();
      json.writeStringField("model", model.toString());
      json.writeStringField("data", data == null ? null : data.toString());
      json.writeStringField("output", output.toString());
      json.writeNumberField("bytes", Files.size(output));
      json.writeEndObject();
      JsonOut.close(json);
    } else if (!common.quiet) {
      console.note("written to " + output);
    }
    return 0;
  }

  private String judged(Path table) throws IOException {
    TablePass pass = new TablePass("report", model, table, null, console);
    try (DataTable rows = pass.open(tableOptions.format(), true, common.quiet)) {
      Compilation compilation = common.compileFor(model, rows, console);
      Columns columns = Columns.of(rows, compilation.variables(), -1);
      if (!common.quiet) {
        TablePass.note(rows, columns.unbound(), columns.unused(), console);
      }
      RowReader reader = new RowReader(rows, compilation.variables(), columns.column());
      Judged judged =
          new Judged(
              new Inference(compilation.circuit(), common.inference()), classVariable(compilation));
      new TableRun<>(rows, reader, judged, common.numThreads(), false)
          .run(OutputStream.nullOutputStream());
      return page(compilation, String.valueOf(table.getFileName()), judged);
    }
  }

  /** The variable that is predicted, -1 for none. */
  private int classVariable(Compilation compilation) {
    String named = className != null ? className : compilation.classVariable();
    if (named == null) {
      return -1;
    }
    int variable = compilation.circuit().indexOf(named);
    if (!(compilation.circuit().variables().get(variable) instanceof Categorical)) {
      throw new UsageException(
          "--class %s: is no categorical variable; expected one whose states are predicted"
              .formatted(named));
    }
    return variable;
  }

  private String page(Compilation compilation, String table, @Nullable Judged judged) {
    Inference inference = new Inference(compilation.circuit(), common.inference());
    return Report.of(String.valueOf(model.getFileName()), compilation, inference, table, judged);
  }
}
