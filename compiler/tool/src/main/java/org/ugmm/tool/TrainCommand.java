package org.ugmm.tool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.CompileOptions;
import org.ugmm.compiler.ModelCompiler;
import org.ugmm.compiler.build.Family;
import org.ugmm.compiler.build.TrainOptions;
import org.ugmm.compiler.build.Trained;
import org.ugmm.compiler.build.Training;
import org.ugmm.compiler.build.network.NetworkOptions;
import org.ugmm.compiler.build.network.TrainedNetwork;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.data.LearnOptions;
import org.ugmm.engine.data.Precision;
import org.ugmm.tool.out.FileOutput;
import org.ugmm.tool.out.InputException;
import org.ugmm.tool.out.UsageException;
import org.ugmm.tool.table.LearnedColumn;
import org.ugmm.tool.table.LearnedTable;
import org.ugmm.tool.table.ValueReader;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ugmm train}: a table with holes becomes an exact circuit. */
@Command(
    name = "train",
    description =
        "Learns a model from a table, holes and all: tries structures and sizes, compares them on"
            + " rows kept back, and mixes the best.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false)
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class TrainCommand implements Callable<Integer> {

  @Parameters(
      paramLabel = "DATA",
      description =
          "CSV file with a header row, or .parquet; - for standard input; or idx files as"
              + " IMAGES,LABELS, or IMAGES with the labels beside them.")
  private Path data;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "MODEL",
      description =
          "The .circuit file to write (of a network also .json or .safetensors); replaced as a"
              + " whole or not at all.")
  private @Nullable Path output;

  @Option(
      names = "--class",
      paramLabel = "NAME",
      description =
          "The column that a classifier asks for: candidates are chosen by it, and score --query"
              + " class knows it.")
  private @Nullable String className;

  @Option(
      names = "--valid",
      paramLabel = "FILE|FRACTION",
      description =
          "Rows to compare candidates on: a table, or a fraction of DATA to keep back (default:"
              + " five folds of a small table, part of a large one).")
  private @Nullable String valid;

  @Option(
      names = "--kinds",
      split = ",",
      paramLabel = "NAME=KIND",
      description =
          "Kinds of columns: real, categorical, count, or id to leave one out; * in a name stands"
              + " for any text.")
  private Map<String, LearnedColumn.Kind> kinds = new HashMap<>();

  @Option(
      names = "--structure",
      paramLabel = "NAME",
      defaultValue = "auto",
      description =
          "auto, univariate (auto without full covariances), independent, mixture, gaussian, tree,"
              + " grid:HxW, random, forest, or a model file, whose parameters are learned anew"
              + " (default: ${DEFAULT-VALUE}).")
  private String structure;

  @Option(
      names = "--states",
      paramLabel = "auto|K",
      defaultValue = "auto",
      description = "Components or hidden states (default: chosen by validation).")
  private String states;

  @Option(
      names = "--learn",
      paramLabel = "HOW",
      description =
          "em, gradient, or hybrid: em, and with --class candidates are also learned on along a"
              + " gradient that tells classes apart, where that helps (default: hybrid). With"
              + " --network, gradient: the class given the rest (default), or hybrid: half of it"
              + " the density of the whole row.")
  private TrainOptions.@Nullable Method method;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      defaultValue = "0",
      description = "Passes over the rows for each candidate (default: by the number of rows).")
  private int epochs;

  @Option(
      names = "--budget",
      paramLabel = "LIMIT",
      description =
          "What the search may cost: time of the clock such as 90s or 5m, or work such as 1e11,"
              + " weights times rows passed over, with which every run gives the same model"
              + " (default: 1.5e11).")
  private @Nullable String budget;

  @Option(names = "--weights", paramLabel = "NAME", description = "Column with weights of rows.")
  private @Nullable String weights;

  @Option(
      names = "--start",
      paramLabel = "MODEL",
      description = "Learn the parameters of this model on, instead of searching for one.")
  private @Nullable Path start;

  @Option(
      names = "--resume",
      description = "Go on from what a run with the same settings left beside MODEL.")
  private boolean isResumed;

  @Option(names = "--dry-run", description = "Show the kinds of the columns and stop.")
  private boolean isDry;

  @Mixin private TableOptions tableOptions;

  @Mixin private NetworkOption network;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Seed of random numbers (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads (default: the processors that there are); any number, same model.")
  private @Nullable Integer threads;

  @Option(
      names = "--precision",
      paramLabel = "TYPE",
      defaultValue = "float",
      description = "double or float: the arithmetic of learning (default: ${DEFAULT-VALUE}).")
  private Precision precision;

  @Option(names = "--json", description = "Print one JSON document and nothing else.")
  private boolean json;

  @Option(names = "--quiet", description = "No progress and no notes.")
  private boolean quiet;

  /** Read by {@link Main}, which prints it. */
  @Option(names = "--stacktrace", description = "Print a stack trace when something fails.")
  boolean stacktrace;

  private final Console console;

  TrainCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    TrainOptions options = options();
    LearnedTable.Request request =
        new LearnedTable.Request(
            kinds, className, weights, tableOptions.format(), network.isAsked());
    if (output != null && !isDry) {
      FileOutput.open(output, data).close(); // not after hours that it cannot be written
    }
    LearnedTable table = LearnedTable.read(data, console.in(), request);
    if (!quiet) {
      table.notes().forEach(console::note);
    }
    TrainReport report = new TrainReport(console.out(), table, request);
    if (isDry) {
      report.columns(json);
      return 0;
    }
    if (valid != null && options.validFraction() == 0) {
      LearnedTable kept = LearnedTable.like(table, Path.of(valid), console.in(), request);
      if (!quiet) {
        kept.notes().forEach(console::note);
      }
      options = options.withValid(kept.data());
    }
    Path target = output == null ? missingOutput() : output;
    NetworkOptions shape = network.isAsked() ? network.options(target, method()) : null;
    Path checkpoints = target.resolveSibling(target.getFileName() + ".train");
    try (Interrupt interrupt = new Interrupt();
        ProgressLine progress = new ProgressLine(console, quiet)) {
      options = options.withProgress(progress::show, interrupt::isWanted);
      if (!isResumed) {
        Training.forget(checkpoints);
      }
      if (shape != null) {
        options = options.withCheckpoints(checkpoints);
        TrainedNetwork trained = network.train(table, options, shape);
        progress.clear();
        if (!quiet) {
          NetworkOption.notes(trained, target).forEach(console::note);
        }
        network.write(trained, report, settings(), target);
        if (!trained.isStopped()) {
          Training.forget(checkpoints);
        }
        network.print(trained, report, target, json, console.out());
        console.out().flush();
        return 0;
      }
      Training training = Training.of(table.data());
      Trained trained = training.learn(options.withCheckpoints(checkpoints));
      trained.circuit().withCard(report.card(trained, settings())).save(target);
      progress.clear();
      if (!trained.isStopped()) {
        Training.forget(checkpoints);
      }
      report.print(trained, target, json);
      console.out().flush();
    }
    return 0;
  }

  private TrainOptions.Method method() {
    TrainOptions.Method usual =
        network.isAsked() ? TrainOptions.Method.GRADIENT : TrainOptions.Method.HYBRID;
    return method == null ? usual : method;
  }

  /** What of the command line decides the model, for its card. */
  private Map<String, Object> settings() {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("ugmm", Main.version());
    settings.put("java", Runtime.version().toString());
    settings.put("data", data.toString());
    settings.put("structure", structure);
    settings.put("states", states);
    settings.put("learn", method().name().toLowerCase(Locale.ROOT));
    settings.put("epochs", epochs == 0 ? "auto" : Integer.toString(epochs));
    settings.put("budget", budget == null ? Double.toString(TrainOptions.DEFAULT_BUDGET) : budget);
    settings.put("valid", valid == null ? "auto" : valid);
    settings.put("seed", seed);
    settings.put("precision", precision.name().toLowerCase(Locale.ROOT));
    if (weights != null) {
      settings.put("weightColumn", weights);
    }
    if (start != null) {
      settings.put("start", start.toString());
    }
    if (network.isAsked()) {
      network.addSettings(settings);
    }
    return settings;
  }

  private TrainOptions options() {
    if (output == null && !isDry) {
      missingOutput();
    }
    if (!network.isAsked()) {
      network.requireNone();
    } else if (start != null || !structure.equals("auto") || !states.equals("auto")) {
      throw new UsageException(
          "--network stands for the structure; leave out --structure, --states and --start");
    } else if (output != null) {
      network.options(output, method());
    }
    try {
      LearnOptions learn =
          LearnOptions.DEFAULT.withSeed(seed).withThreads(numThreads()).withPrecision(precision);
      TrainOptions options =
          TrainOptions.DEFAULT
              .withFamily(isFile() ? Family.AUTO : Family.parse(structure), numStates())
              .withMethod(method())
              .withEpochs(epochs)
              .withClassVariable(className)
              .withLearn(learn)
              .withStart(start == null ? null : circuit(start));
      if (isFile()) {
        options = options.withStructure(circuit(Path.of(structure)));
      }
      options = withBudget(options);
      double fraction = valid == null ? Double.NaN : ValueReader.number(valid);
      return Double.isNaN(fraction) || Files.exists(Path.of(valid))
          ? options
          : options.withValidFraction(fraction);
    } catch (IllegalArgumentException e) {
      throw new UsageException(String.valueOf(e.getMessage()));
    }
  }

  /** Whether the structure is that of a file. */
  private boolean isFile() {
    boolean isFile = Files.isRegularFile(Path.of(structure));
    if (isFile && start != null) {
      throw new UsageException(
          "--structure %s and --start %s; expected one model to learn from"
              .formatted(structure, start));
    }
    return isFile;
  }

  private static Path missingOutput() {
    throw new UsageException("no -o MODEL; expected the .circuit file to write");
  }

  private int numThreads() {
    int count = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
    if (count < 1) {
      throw new UsageException("--threads " + count + "; expected at least 1");
    }
    return count;
  }

  private int numStates() {
    if (states.equals("auto")) {
      return 0;
    }
    double number = ValueReader.number(states);
    if (!(number >= 1 && number <= 65_536 && number == Math.rint(number))) {
      throw new UsageException("--states %s; expected auto or 1 .. 65536".formatted(states));
    }
    return (int) number;
  }

  private TrainOptions withBudget(TrainOptions options) {
    if (budget == null) {
      return options;
    }
    Duration time = Amount.time(budget.toLowerCase(Locale.ROOT));
    if (time != null) {
      return options.withBudget(Double.MAX_VALUE, time.toNanos());
    }
    double work = ValueReader.number(budget);
    if (!(work > 0)) {
      throw new UsageException(
          "--budget %s; expected a time such as 90s or 5m, or work such as 1e11".formatted(budget));
    }
    return options.withBudget(work, Long.MAX_VALUE);
  }

  private static Circuit circuit(Path model) {
    try {
      return ModelCompiler.compile(model, CompileOptions.defaults()).circuit();
    } catch (IOException e) {
      throw InputException.unreadable(model, e);
    }
  }
}
