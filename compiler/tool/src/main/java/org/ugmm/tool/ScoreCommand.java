package org.ugmm.tool;

import com.fasterxml.jackson.core.JsonGenerator;
import de.siegmar.fastcsv.reader.CsvRecord;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.Compilation;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.data.Variable.Categorical;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ugmm score}: one query for every row of a table. */
@Command(
    name = "score",
    description = "Answers one query for every row of a CSV file, in the order of its rows.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false,
    footer = {
      "",
      "Cells that are empty, NA, NaN or ? are unknown, as are variables without a column. Rows of",
      "probability zero have the log -Infinity; what is conditioned on them has empty cells, and"
          + " the",
      "mean of a summary leaves them out."
    })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class ScoreCommand implements Callable<Integer> {
  private static final String POSTERIOR = "posterior=";
  private static final int NAMES_SHOWN = 5;

  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      description = "The model, a file of any format that is read.")
  private Path model;

  @Parameters(index = "1", paramLabel = "DATA", description = "CSV file; - for standard input.")
  private Path data;

  @Option(
      names = "--query",
      required = true,
      paramLabel = "QUERY",
      description = "log-density, marginal, posterior=NAME, mpe or class.")
  private String queryText;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "OUT",
      description =
          "CSV file for the answers; replaced as a whole or not at all. Without it and without"
              + " --summary they go to standard output.")
  private @Nullable Path output;

  @Option(
      names = "--summary",
      description = "Print rows, mean, rows of probability zero, accuracy and rows per second.")
  private boolean wantsSummary;

  @Option(
      names = "--error-bound",
      description =
          "Add a column relativeErrorBound: how far rounding may have moved each density or"
              + " probability, proven; a summary states the largest.")
  private boolean wantsBounds;

  @Option(
      names = "--class",
      paramLabel = "NAME",
      description = "The variable that --query class asks for.")
  private @Nullable String className;

  @Option(
      names = "--no-header",
      description = "The file has no header row; its columns are in the order of the variables.")
  private boolean hasNoHeader;

  @Mixin private CommonOptions common;

  private final Console console;

  ScoreCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    requireKnownQuery();
    int numThreads = common.numThreads();
    try (DataTable table =
        DataTable.open(data, !hasNoHeader, console.in(), in -> withProgress(in))) {
      List<String> columns = table.header().stream().map(String::strip).toList();
      boolean declaresNone = model.toString().toLowerCase(Locale.ROOT).endsWith(".safetensors");
      Compilation compilation = common.compile(model, declaresNone ? columns : List.of());
      int queried = queriedVariable(compilation);
      requireBoundsAreKnown(compilation.circuit(), queried);
      List<CsvRecord> first = hasNoHeader ? table.nextRows(1) : List.of();
      RowReader reader =
          RowReader.of(
              compilation.variables(),
              table,
              first.isEmpty() ? -1 : first.get(0).getFieldCount(),
              queried);
      noteMissingColumns(table, reader, compilation.circuit(), queried);
      RowQuery query = query(compilation.circuit(), queried);
      ScoreRun run = new ScoreRun(table, reader, query, format(query), numThreads);
      report(answer(run, first), query);
    }
    return 0;
  }

  private void requireKnownQuery() {
    boolean isKnown =
        switch (queryText) {
          case "log-density", "marginal", "mpe", "class" -> true;
          default -> queryText.startsWith(POSTERIOR) && queryText.length() > POSTERIOR.length();
        };
    if (!isKnown) {
      throw new UsageException(
          "--query %s; expected log-density, marginal, posterior=NAME, mpe or class"
              .formatted(queryText));
    }
    if (className != null && !queryText.equals("class")) {
      throw new UsageException("--class is for --query class, not for --query " + queryText);
    }
  }

  private void requireBoundsAreKnown(Circuit circuit, int queried) {
    if (wantsBounds && queryText.equals("mpe")) {
      throw new UsageException(
          "--error-bound is for densities and probabilities; --query mpe states logUpperBound");
    }
    if (wantsBounds && queried >= 0 && !(circuit.variables().get(queried) instanceof Categorical)) {
      throw new UsageException(
          "--error-bound is one number a row, and a mean and a variance are two; ask for the posterior of a categorical"
              + " variable");
    }
  }

  /** The variable whose posterior is asked for, -1 for none. */
  private int queriedVariable(Compilation compilation) {
    Circuit circuit = compilation.circuit();
    if (queryText.startsWith(POSTERIOR)) {
      return circuit.indexOf(queryText.substring(POSTERIOR.length()));
    }
    if (!queryText.equals("class")) {
      return -1;
    }
    String name = className != null ? className : compilation.classVariable();
    if (name != null) {
      int variable = circuit.indexOf(name);
      if (!(circuit.variables().get(variable) instanceof Categorical)) {
        throw new InputException(
            "variable '%s' is real; expected a categorical variable as the class".formatted(name));
      }
      return variable;
    }
    List<Integer> categorical = new ArrayList<>();
    for (int v = 0; v < circuit.numVariables(); v++) {
      if (circuit.variables().get(v) instanceof Categorical) {
        categorical.add(v);
      }
    }
    if (categorical.size() != 1) {
      throw new UsageException(
          "--query class: the model has %d categorical variables; name one with --class NAME"
              .formatted(categorical.size()));
    }
    return categorical.get(0);
  }

  private void noteMissingColumns(DataTable table, RowReader reader, Circuit circuit, int queried) {
    List<String> missing = new ArrayList<>(reader.missingColumns());
    if (queried >= 0) {
      missing.remove(circuit.variables().get(queried).name());
    }
    if (missing.isEmpty()) {
      return;
    }
    String names =
        String.join(", ", missing.subList(0, Math.min(NAMES_SHOWN, missing.size())))
            + (missing.size() > NAMES_SHOWN ? ", ... (" + missing.size() + " in all)" : "");
    if (queryText.equals("log-density")) {
      throw new InputException(
          ("%s: line 1: no column for %s; a log-density needs a value of every variable, so ask"
                  + " with --query marginal")
              .formatted(table.name(), names));
    }
    if (!common.quiet) {
      console
          .err()
          .println(
              "ugmm: note: %s has no column for %s; taken as unknown"
                  .formatted(table.name(), names));
    }
  }

  private RowQuery query(Circuit circuit, int queried) {
    RowQuery.Settings settings =
        new RowQuery.Settings(common.allowed(), common.seed, common.precision, wantsBounds);
    if (queried >= 0) {
      return PosteriorQuery.of(circuit, settings, queried, queryText.equals("class"));
    }
    return queryText.equals("mpe")
        ? MpeQuery.of(circuit, common.allowed(), common.seed)
        : LogQuery.of(circuit, settings, queryText.equals("log-density"));
  }

  /** How answers are written; null where nobody wants them. */
  private @Nullable RowFormat format(RowQuery query) {
    if (output == null && wantsSummary) {
      return null;
    }
    return output == null && common.json
        ? new RowFormat.Json(query.columns(), wantsBounds)
        : new RowFormat.Csv(query.columns(), wantsBounds);
  }

  private Summary answer(ScoreRun run, List<CsvRecord> first) throws IOException {
    if (output == null) {
      return run.run(first, console.out());
    }
    try (AtomicOutput out = AtomicOutput.open(output)) {
      Summary summary = run.run(first, out.stream());
      out.commit();
      return summary;
    }
  }

  private void report(Summary summary, RowQuery query) throws IOException {
    if (common.json && (wantsSummary || output != null)) {
      JsonGenerator json = JsonOut.open(console.out());
      summary.writeJson(json);
      JsonOut.close(json);
    } else if (wantsSummary) {
      summary.print(console.out(), query.statistic());
    } else if (output != null && !common.quiet) {
      console.out().println("%s rows written to %s".formatted(Words.count(summary.rows()), output));
    }
  }

  /** Shows how much of the file is read, unless rows or another program's text go to the screen. */
  private InputStream withProgress(InputStream in) {
    boolean rowsOnScreen = output == null && !wantsSummary;
    if (!console.isTerminal() || common.quiet || rowsOnScreen) {
      return in;
    }
    long size = -1;
    try {
      size = data.toString().equals("-") ? -1 : Files.size(data);
    } catch (IOException e) {
      // a pipe or a device: the bar goes without an end
      size = -1;
    }
    return ProgressBar.wrap(
        in,
        new ProgressBarBuilder()
            .setTaskName("score")
            .setInitialMax(size)
            .setUnit(" MB", 1_000_000)
            .setStyle(ProgressBarStyle.ASCII)
            .setUpdateIntervalMillis(250)
            .clearDisplayOnFinish()
            .setConsumer(new ConsoleProgressBarConsumer(console.err(), 79)));
  }
}
