package org.ugmm.tool;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.Compilation;
import org.ugmm.engine.Inference;
import org.ugmm.tool.fill.FillLayout;
import org.ugmm.tool.fill.FillSummary;
import org.ugmm.tool.fill.Filling;
import org.ugmm.tool.fill.With;
import org.ugmm.tool.out.JsonOut;
import org.ugmm.tool.out.UsageException;
import org.ugmm.tool.run.TableRun;
import org.ugmm.tool.table.Columns;
import org.ugmm.tool.table.DataTable;
import org.ugmm.tool.table.RowReader;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ugmm impute}: a table with its holes filled. */
@Command(
    name = "impute",
    description =
        "Writes a table with its holes filled by what its model expects there, each row given what"
            + " is known in it.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false,
    footer = {
      "",
      "The table keeps its columns, their order, its rows and every cell that is known. Behind its",
      "columns come NAME:sd or NAME:probability of each variable, empty where the cell was known,",
      "then certificate and note. A row that cannot be read is marked ERROR, one that cannot be",
      "filled REFUSED; both are left as they were, and neither stops the others.",
      "",
      "Example: ugmm impute penguins.circuit penguins.csv -o full.csv"
    })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class ImputeCommand implements Callable<Integer> {
  @Option(
      names = {"-o", "--output"},
      paramLabel = "OUT",
      description =
          "File for the filled table, CSV, or .parquet; replaced as a whole or not at all. Without"
              + " it, or with -, the table goes to standard output.")
  private @Nullable Path output;

  @Option(
      names = "--with",
      paramLabel = "WHAT",
      defaultValue = "mean",
      description =
          "mean, median or mode of the posterior of a number, and the most probable state"
              + " (default: ${DEFAULT-VALUE}); mpe for the values that are most probable together;"
              + " draws=M for values drawn together, each row M times, after a column draw.")
  private String with;

  @Option(
      names = "--uncertainty",
      paramLabel = "columns|none",
      defaultValue = "columns",
      description =
          "columns for the standard deviation of each number that is filled in and the probability"
              + " of each state (default), none to leave them out.")
  private String uncertainty;

  @Mixin private RowOptions rows;

  @Mixin private CommonOptions common;

  private final Console console;

  ImputeCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    With how = With.of(with);
    if (!uncertainty.equals("columns") && !uncertainty.equals("none")) {
      throw new UsageException("--uncertainty %s; expected columns or none".formatted(uncertainty));
    }
    TablePass pass = new TablePass("impute", rows.model, rows.data, output, console);
    if (common.json && !pass.isToFile()) {
      throw new UsageException(
          "--json prints what was filled, and the table takes standard output; name a file with"
              + " -o OUT");
    }
    int numThreads = common.numThreads();
    try (DataTable table = pass.open(rows.table.format(), false, common.quiet)) {
      Compilation compilation = common.compileFor(rows.model, table, console);
      Columns columns = Columns.of(table, compilation.variables(), -1);
      if (!common.quiet) {
        TablePass.note(table, columns.unbound(), columns.unused(), console);
      }
      FillLayout layout =
          new FillLayout(
              table,
              compilation.variables(),
              columns.column(),
              how.kind() == With.Kind.DRAWS,
              uncertainty.equals("columns"));
      Filling filling =
          new Filling(
              compilation, new Inference(compilation.circuit(), common.inference()), how, layout);
      RowReader reader = new RowReader(table, compilation.variables(), columns.column());
      long nanos =
          pass.run(
              new TableRun<>(table, reader, filling, numThreads, rows.isStrict), table.style());
      report(filling.summary(), pass, nanos);
    }
    return 0;
  }

  private void report(FillSummary summary, TablePass pass, long nanos) throws IOException {
    if (!common.quiet && !summary.trouble().isEmpty()) {
      console.note(summary.trouble());
    }
    if (common.json) {
      JsonGenerator json = JsonOut.open(console.out());
      summary.writeJson(json, nanos);
      JsonOut.close(json);
    } else if (!common.quiet) {
      console.note(summary.words() + (pass.isToFile() ? ", written to " + output : ""));
    }
  }
}
