package org.ugmm.tool;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.Compilation;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.formula.Formula;
import org.ugmm.tool.answer.AnswerSink;
import org.ugmm.tool.answer.AskOptions;
import org.ugmm.tool.answer.Asker;
import org.ugmm.tool.answer.Given;
import org.ugmm.tool.answer.Question;
import org.ugmm.tool.answer.RowQuestion;
import org.ugmm.tool.answer.Scoring;
import org.ugmm.tool.answer.Summary;
import org.ugmm.tool.out.InputException;
import org.ugmm.tool.out.JsonOut;
import org.ugmm.tool.out.UsageException;
import org.ugmm.tool.out.Words;
import org.ugmm.tool.run.TableRun;
import org.ugmm.tool.table.Columns;
import org.ugmm.tool.table.DataTable;
import org.ugmm.tool.table.RowReader;
import org.ugmm.tool.table.TableStyle;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ugmm score}: the same questions about every row of a table. */
@Command(
    name = "score",
    description = "Answers queries about every row of a CSV file, in the order of its rows.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false,
    footer = {
      "",
      "Columns bind to variables by name; a variable without a column is unknown. Rows of",
      "probability zero have the log -Infinity; what is conditioned on them has empty cells, and"
          + " the",
      "mean of a summary leaves them out. A row that cannot be read is marked ERROR, one that has",
      "no answer REFUSED, each with the reason in its last cell; neither stops the others."
    })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class ScoreCommand implements Callable<Integer> {
  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      description = "The model, a file of any format that is read.")
  private Path model;

  @Parameters(
      index = "1",
      paramLabel = "DATA",
      description =
          "CSV file, also .gz, or .parquet; - for standard input; or idx files as IMAGES,LABELS, or"
              + " IMAGES with the labels beside them.")
  private Path data;

  @Option(
      names = "--query",
      paramLabel = "QUERY",
      description =
          "log-density, marginal, posterior=NAME, quantiles=NAME:p;p, mpe or class; several"
              + " separated by commas.")
  private @Nullable String queryText;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "OUT",
      description =
          "File for the answers, CSV or .parquet; replaced as a whole or not at all. Without it and"
              + " without --summary they go to standard output, as with -.")
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
      names = "--given",
      paramLabel = "NAME=VALUE",
      description =
          "What is known in every row, as in query; it comes before what the row says of NAME.")
  private List<String> given = new ArrayList<>();

  @Option(
      names = "--where",
      paramLabel = "FORMULA",
      description = "What holds in every row, as in query; every answer is given that it does.")
  private @Nullable String where;

  @Option(
      names = "--probability-of",
      paramLabel = "FORMULA",
      description =
          "Probability that a formula holds given each row, and its natural log; besides --query or"
              + " alone, any number of times.")
  private List<String> probabilitiesOf = new ArrayList<>();

  @Option(
      names = "--keep-columns",
      description = "Begin each row of answers with the cells of the data.")
  private boolean keepsColumns;

  @Option(
      names = "--id",
      paramLabel = "NAME",
      description = "Begin each row of answers with this column of the data.")
  private @Nullable String idColumn;

  @Option(
      names = "--strict",
      description = "Stop at the first row in error (exit status 3) or refused (4).")
  private boolean isStrict;

  @Mixin private TableOptions tableOptions;

  @Mixin private CommonOptions common;

  private final Console console;

  ScoreCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    if (queryText == null && probabilitiesOf.isEmpty()) {
      throw new UsageException("no --query and no --probability-of; " + Question.EXPECTED);
    }
    int numThreads = common.numThreads();
    TablePass pass = new TablePass("score", model, data, output, console);
    try (DataTable table = pass.open(tableOptions.format(), wantsSummary, common.quiet)) {
      Compilation compilation = common.compileFor(model, table, console);
      Circuit circuit = compilation.circuit();
      int queriedClass = asksClass() ? classVariable(compilation) : -1;
      List<RowQuestion> questions = questions(circuit, queriedClass);
      requireBoundsAreKnown(questions);
      Given known = Given.of(compilation, given, where);
      requireOpen(questions, known, circuit);
      int queried = questions.size() == 1 ? questions.get(0).queried() : -1;
      Columns columns = Columns.of(table, compilation.variables(), queried);
      noteColumns(table, columns, circuit, questions, known);
      AskOptions options = new AskOptions(common.inference(), common.precision, wantsBounds);
      Asker asker = new Asker(compilation, options, known, questions);
      Scoring scoring = new Scoring(asker, sink(asker, table, pass));
      RowReader reader = new RowReader(table, compilation.variables(), columns.column());
      Summary summary = scoring.summary();
      summary.elapsed(
          pass.run(new TableRun<>(table, reader, scoring, numThreads, isStrict), TableStyle.PLAIN));
      report(summary, pass);
    }
    return 0;
  }

  private List<RowQuestion> questions(Circuit circuit, int queriedClass) {
    List<RowQuestion> questions = new ArrayList<>();
    if (queryText != null) {
      questions.addAll(Question.parse(queryText, circuit, queriedClass));
    }
    for (String words : probabilitiesOf) {
      Formula formula = Formula.parse(words, circuit.variables());
      questions.add(new RowQuestion.ProbabilityOf(formula, words));
    }
    return questions;
  }

  private boolean asksClass() {
    boolean asks = List.of(String.valueOf(queryText).split(",")).contains("class");
    if (className != null && !asks) {
      throw new UsageException("--class is for --query class, not for --query " + queryText);
    }
    return asks;
  }

  private void requireBoundsAreKnown(List<RowQuestion> questions) {
    for (RowQuestion question : questions) {
      if (wantsBounds && question instanceof RowQuestion.Mpe) {
        throw new UsageException(
            "--error-bound is for densities and probabilities; --query mpe states logUpperBound");
      }
      boolean isNumber =
          question instanceof RowQuestion.Log
              || question instanceof RowQuestion.ProbabilityOf
              || question instanceof RowQuestion.PosteriorOf of && of.numStates() > 0;
      if (wantsBounds && !isNumber) {
        throw new UsageException(
            "--error-bound is one number a row, and a mean and a variance are two; ask for the"
                + " posterior of a categorical variable");
      }
    }
  }

  private static void requireOpen(List<RowQuestion> questions, Given given, Circuit circuit) {
    for (RowQuestion question : questions) {
      if (question.queried() >= 0 && given.evidence().isPoint(question.queried())) {
        throw new UsageException(
            "variable '%s' is given and asked for; expected it in one of the two"
                .formatted(circuit.variables().get(question.queried()).name()));
      }
    }
  }

  /** The variable that {@code class} asks for. */
  private int classVariable(Compilation compilation) {
    Circuit circuit = compilation.circuit();
    String name = className != null ? className : compilation.classVariable();
    if (name != null) {
      int variable = circuit.indexOf(name);
      if (!(circuit.variables().get(variable) instanceof Categorical)) {
        throw new InputException(
            "variable '%s' is real; expected a categorical variable as the class".formatted(name));
      }
      return variable;
    }
    int[] categorical =
        IntStream.range(0, circuit.numVariables())
            .filter(v -> circuit.variables().get(v) instanceof Categorical)
            .toArray();
    if (categorical.length != 1) {
      throw new UsageException(
          "--query class: the model has %d categorical variables; name one with --class NAME"
              .formatted(categorical.length));
    }
    return categorical[0];
  }

  /** Says which columns and variables found no partner. */
  private void noteColumns(
      DataTable table, Columns columns, Circuit circuit, List<RowQuestion> questions, Given given) {
    List<String> unbound = new ArrayList<>(columns.unbound());
    unbound.removeIf(name -> !given.evidence().isUnobserved(circuit.indexOf(name)));
    boolean needsAll =
        questions.stream().anyMatch(q -> q instanceof RowQuestion.Log log && log.needsComplete());
    if (needsAll && !unbound.isEmpty()) {
      throw new InputException(
          ("%s: line 1: no column for %s; a log-density needs a value of every variable, so ask"
                  + " with --query marginal")
              .formatted(table.name(), Words.some(unbound)));
    }
    for (RowQuestion question : questions) {
      if (question.queried() >= 0) {
        unbound.remove(circuit.variables().get(question.queried()).name());
      }
    }
    List<String> unused = new ArrayList<>(columns.unused());
    unused.remove(String.valueOf(idColumn));
    if (!common.quiet) {
      TablePass.note(table, unbound, unused, console);
    }
  }

  /** How answers are written; null where nobody wants them. */
  private @Nullable AnswerSink sink(Asker asker, DataTable table, TablePass pass) {
    AnswerSink.Layout layout = layout(asker, table);
    if (output == null && wantsSummary) {
      return null;
    }
    return pass.isToFile() || !common.json
        ? new AnswerSink.Csv(layout)
        : new AnswerSink.Json(layout);
  }

  private AnswerSink.Layout layout(Asker asker, DataTable table) {
    List<Integer> kept = new ArrayList<>();
    List<String> names = new ArrayList<>();
    if (idColumn != null) {
      int column = table.header().indexOf(idColumn);
      if (column < 0) {
        throw new InputException(
            "%s: line 1: no column '%s' for --id; found %s"
                .formatted(table.name(), idColumn, Words.some(table.header())));
      }
      kept.add(column);
    }
    for (int i = 0; keepsColumns && i < table.numColumns(); i++) {
      if (!kept.contains(i)) {
        kept.add(i);
      }
    }
    for (int column : kept) {
      names.add(
          column < table.header().size() ? table.header().get(column) : "column" + (column + 1));
    }
    return new AnswerSink.Layout(kept, names, asker.columns(), wantsBounds);
  }

  private void report(Summary summary, TablePass pass) throws IOException {
    if (!common.quiet && !summary.trouble().isEmpty()) {
      console.note(summary.trouble());
    }
    if (output != null && !pass.isToFile() && wantsSummary) {
      summary.print(console.err()); // standard output is the table's
    } else if (common.json && (wantsSummary || pass.isToFile())) {
      JsonGenerator json = JsonOut.open(console.out());
      summary.writeJson(json);
      JsonOut.close(json);
    } else if (wantsSummary) {
      summary.print(console.out());
    } else if (pass.isToFile() && !common.quiet) {
      console.out().println("%s rows written to %s".formatted(Words.count(summary.rows()), output));
    }
  }
}
