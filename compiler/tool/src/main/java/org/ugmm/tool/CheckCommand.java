package org.ugmm.tool;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.Compilation;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.tool.check.CheckReport;
import org.ugmm.tool.check.Checking;
import org.ugmm.tool.check.Drift;
import org.ugmm.tool.out.Refusal;
import org.ugmm.tool.out.UsageException;
import org.ugmm.tool.run.TableRun;
import org.ugmm.tool.table.Columns;
import org.ugmm.tool.table.DataTable;
import org.ugmm.tool.table.RowReader;
import org.ugmm.tool.table.TableStyle;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ugmm check}: surprising rows and cells, and drift. */
@Command(
    name = "check",
    description =
        "Finds the rows of a table, and the cells in them, that surprise its model, and how a"
            + " second table differs from the first.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false,
    footer = {
      "",
      "The tail of a row is how likely a row that the model draws, with the same cells, is at most",
      "as probable: estimated by drawn rows, whatever --allow says. The tail of a cell is how"
          + " likely",
      "a value as far out is, given the other cells of its row: exact.",
      "",
      "Example: ugmm check penguins.circuit penguins.csv --against penguins-2010.csv"
    })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class CheckCommand implements Callable<Integer> {
  @Option(
      names = {"-o", "--output"},
      paramLabel = "OUT",
      description =
          "File for the tails of every row and cell, CSV or .parquet; - for standard output.")
  private @Nullable Path output;

  @Option(
      names = "--against",
      paramLabel = "DATA2",
      description = "A second table, which is compared with DATA column by column and jointly.")
  private @Nullable Path against;

  @Option(
      names = "--fdr",
      paramLabel = "RATE",
      defaultValue = "" + CheckReport.RATE,
      description =
          "What share of the rows that are marked, and of the cells, may be marked in error"
              + " (Benjamini-Hochberg; default: ${DEFAULT-VALUE}).")
  private double rate;

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "" + CheckReport.SAMPLES,
      description = "Rows to draw from the model (default: ${DEFAULT-VALUE}).")
  private int samples;

  @Mixin private RowOptions rows;

  @Mixin private CommonOptions common;

  private final Console console;

  CheckCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    if (!(rate > 0 && rate < 1)) {
      throw new UsageException("--fdr %s; expected a rate between 0 and 1".formatted(rate));
    }
    if (samples < CheckReport.LEAST_SAMPLES || samples > 10_000_000) {
      throw new UsageException("--samples %d; expected 100 to 10000000".formatted(samples));
    }
    boolean toStdout = output != null && output.toString().equals("-");
    if (toStdout && common.json) {
      throw new UsageException("--json and -o - both take standard output; name a file with -o");
    }
    TablePass pass = new TablePass("check", rows.model, rows.data, output, console);
    Compilation compilation;
    Checking checking;
    try (DataTable table = pass.open(rows.table.format(), true, common.quiet)) {
      compilation = common.compileFor(rows.model, table, console);
      checking = checking(compilation);
      run(table, compilation, checking);
    }
    checking.findings().mark(rate);
    Drift drift = null;
    if (against != null) {
      TablePass second = new TablePass("check", rows.model, against, null, console);
      Checking another = checking.ofAnother();
      try (DataTable table = second.open(rows.table.format(), true, common.quiet)) {
        run(table, compilation, another);
      }
      drift = Drift.between(checking.findings(), another.findings());
    }
    CheckReport report = new CheckReport(checking.findings(), rate, drift);
    if (output != null) {
      write(output, toStdout, checking);
    }
    if (common.json) {
      report.writeJson(console.out());
    } else {
      report.print(toStdout ? console.err() : console.out());
    }
    return 0;
  }

  private Checking checking(Compilation compilation) {
    try {
      Inference inference = new Inference(compilation.circuit(), common.inference());
      return new Checking(compilation, inference, samples);
    } catch (RefusedException e) {
      throw new Refusal(e, compilation.analysis());
    }
  }

  private void run(DataTable table, Compilation compilation, Checking checking) throws IOException {
    Columns columns = Columns.of(table, compilation.variables(), -1);
    if (!common.quiet) {
      TablePass.note(table, columns.unbound(), columns.unused(), console);
    }
    RowReader reader = new RowReader(table, compilation.variables(), columns.column());
    new TableRun<>(table, reader, checking, common.numThreads(), rows.isStrict)
        .run(OutputStream.nullOutputStream());
  }

  private void write(Path file, boolean toStdout, Checking checking) throws IOException {
    if (toStdout) {
      checking.findings().writeCsv(console.out());
      return;
    }
    Path second = against == null ? rows.data : against;
    TablePass.write(
        file,
        TableStyle.PLAIN,
        out -> checking.findings().writeCsv(out),
        rows.data,
        rows.model,
        second);
  }
}
