package org.ugmm.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.data.Precision;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Runs a short selection of the benchmarks, each in a JVM of its own, and prints a Markdown table
 * of rates and ratios: {@code java -cp bench/target/benchmarks.jar org.ugmm.bench.Report}. It takes
 * less than five minutes on a quiet machine.
 */
@Command(
    name = "Report",
    description = "Runs a short selection of the benchmarks and prints a Markdown table.")
public final class Report implements Callable<Integer> {
  private static final String ALLOCATION = "gc.alloc.rate.norm";

  @Option(
      names = "--only",
      paramLabel = "REGEX",
      description = "only the lines whose class, method, parameters or name match")
  private @Nullable Pattern only;

  @Option(
      names = "--iterations",
      paramLabel = "N",
      defaultValue = "3",
      description = "measured iterations a line (default 3); there are three of warm-up")
  private int iterations;

  @Option(
      names = "--millis",
      paramLabel = "N",
      defaultValue = "500",
      description = "milliseconds an iteration (default 500)")
  private int millis;

  @Option(names = "--out", paramLabel = "FILE", description = "writes the report to a file as well")
  private @Nullable Path out;

  @SuppressWarnings("UnusedVariable") // picocli reads it
  @Option(names = "--help", usageHelp = true, description = "prints this and ends")
  private boolean help;

  @Option(names = "--list", description = "prints the lines without running them")
  private boolean list;

  private final Map<String, Double> nanosPerRow = new HashMap<>();
  private final Map<Workload, Circuit> circuits = new EnumMap<>(Workload.class);

  /** Runs the report; exit status 0, 1 if a benchmark fails, 2 for a wrong option. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new Report()).execute(args));
  }

  @Override
  public Integer call() throws IOException, RunnerException {
    if (iterations < 1 || millis < 1) {
      throw new CommandLine.ParameterException(
          new CommandLine(this), "--iterations and --millis: expected at least 1");
    }
    List<Line> lines =
        Line.all().stream().filter(l -> only == null || only.matcher(l.key()).find()).toList();
    PrintStream console = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    if (list) {
      lines.forEach(l -> console.println(l.key()));
      return 0;
    }
    List<String> table = new ArrayList<>(Machine.facts());
    table.add("");
    table.add(
        "One fork a line, 3 warm-up and %d measured iterations of %d ms."
            .formatted(iterations, millis));
    table.add("");
    table.add(
        "| what | rows/s | ± % | ns an edge and row | share of roofline | bytes a row |"
            + " ratio |");
    table.add("|---|---:|---:|---:|---:|---:|---|");
    table.forEach(console::println);
    // JMH passes on what its forks say; the table alone is for standard output.
    System.setOut(System.err);
    for (Line line : lines) {
      String row = row(line, run(line));
      console.println(row);
      table.add(row);
    }
    if (out != null) {
      Files.write(out, table, StandardCharsets.UTF_8);
    }
    return 0;
  }

  private RunResult run(Line line) throws RunnerException {
    String name = line.benchmark().getName() + "." + line.method();
    TimeValue time = TimeValue.milliseconds(millis);
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include("^" + Pattern.quote(name) + "$")
            .forks(1)
            .warmupIterations(3)
            .warmupTime(time)
            .measurementIterations(iterations)
            .measurementTime(time)
            .timeUnit(TimeUnit.NANOSECONDS)
            .addProfiler(GCProfiler.class)
            .verbosity(VerboseMode.SILENT)
            .shouldFailOnError(true);
    line.params().forEach(options::param);
    return new Runner(options.build()).runSingle();
  }

  private String row(Line line, RunResult result) {
    Result<?> time = result.getPrimaryResult();
    double nanos = time.getScore() / line.batch();
    if (line.workload() == null && line.params().isEmpty()) {
      nanosPerRow.put(line.what(), nanos);
      return "| %s | %s a second | %s | | | | |"
          .formatted(probe(line), number(1e9 / nanos), error(time));
    }
    nanosPerRow.put(line.what(), nanos);
    Result<?> bytes = result.getSecondaryResults().get(ALLOCATION);
    return "| %s | %s | %s | %s | %s | %s | %s |"
        .formatted(
            line.what(),
            number(1e9 / nanos),
            error(time),
            number(nanos / edges(line)),
            share(line, nanos),
            bytes == null ? "" : number(bytes.getScore() / line.batch()),
            ratio(line, nanos));
  }

  private static String probe(Line line) {
    return switch (line.what()) {
      case "fmaDouble" -> "multiply-adds, double";
      case "fmaFloat" -> "multiply-adds, float";
      case "expDouble" -> "exponentials of the JDK's vector library, double";
      case "expFloat" -> "exponentials of the JDK's vector library, float";
      default -> "stream triad, bytes";
    };
  }

  private long edges(Line line) {
    Workload workload = line.workload();
    if (line.benchmark() == NetworkBenchmark.class) {
      return NetworkBenchmark.EXPONENTIALS / 2;
    }
    return workload == null
        ? Long.parseLong(line.params().getOrDefault("edges", "1"))
        : circuit(workload).numEdges();
  }

  private Circuit circuit(Workload workload) {
    return circuits.computeIfAbsent(workload, Workload::circuit);
  }

  /** Half of the confidence interval in per cent; JMH knows none with a single iteration. */
  private static String error(Result<?> time) {
    double percent = 100 * time.getScoreError() / time.getScore();
    return Double.isNaN(percent) ? "" : String.format(Locale.ROOT, "%.0f", percent);
  }

  private String share(Line line, double nanos) {
    Workload workload = line.workload();
    Workload.Limit limit = workload == null ? Workload.Limit.NONE : workload.limit();
    String suffix = line.precision() == Precision.FLOAT ? "Float" : "Double";
    Double peak = nanosPerRow.get((limit == Workload.Limit.FMA ? "fma" : "exp") + suffix);
    if (line.benchmark() == NetworkBenchmark.class) {
      Double exp = nanosPerRow.get("exp" + suffix);
      return exp == null
          ? ""
          : String.format(Locale.ROOT, "%.2f of exp", NetworkBenchmark.EXPONENTIALS * exp / nanos);
    }
    if (workload == null || limit == Workload.Limit.NONE || peak == null) {
      return "";
    }
    Circuit circuit = circuit(workload);
    long count =
        limit == Workload.Limit.FMA ? Workload.numWeights(circuit) : Workload.numGaussians(circuit);
    String unit = limit == Workload.Limit.FMA ? "FMA" : "exp";
    count *= line.benchmark() == TrainingBenchmark.class ? TrainingBenchmark.PASSES : 1;
    return String.format(Locale.ROOT, "%.2f of %s", count * peak / nanos, unit);
  }

  private String ratio(Line line, double nanos) {
    Double other = line.against() == null ? null : nanosPerRow.get(line.against());
    return other == null
        ? ""
        : String.format(Locale.ROOT, "%s x %s", number(other / nanos), line.against());
  }

  /** Three significant digits, thousands with commas. */
  private static String number(double value) {
    if (value >= 100) {
      return String.format(Locale.ROOT, "%,.0f", value);
    }
    return String.format(
        Locale.ROOT, value >= 10 ? "%.1f" : value >= 0.01 ? "%.2f" : "%.4f", value);
  }
}
