package org.ugmm.tool;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.Compilation;
import org.ugmm.compiler.CompileOptions;
import org.ugmm.compiler.Domain;
import org.ugmm.compiler.ModelCompiler;
import org.ugmm.compiler.model.Network;
import org.ugmm.engine.data.Budget;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.InferenceOptions;
import org.ugmm.engine.data.Precision;
import org.ugmm.tool.out.InputException;
import org.ugmm.tool.out.UsageException;
import org.ugmm.tool.request.Limits;
import org.ugmm.tool.table.ColumnNames;
import org.ugmm.tool.table.DataTable;
import org.ugmm.tool.table.ValueReader;
import picocli.CommandLine.Option;

/** The options that every command takes. */
@SuppressWarnings("NullAway.Init") // picocli sets the fields that have a default value
final class CommonOptions {
  private static final Pattern DOMAIN = Pattern.compile("(.+)=\\[([^,]+),([^,]+)]");

  @Option(names = "--json", description = "Print one JSON document and nothing else.")
  boolean json;

  @Option(
      names = "--allow",
      split = ",",
      paramLabel = "KIND",
      defaultValue = "exact,enclosed",
      description =
          "Certificates that an answer may have: exact, enclosed, estimated (default:"
              + " ${DEFAULT-VALUE}).")
  List<Certificate.Kind> allow;

  @Option(
      names = "--tolerance",
      paramLabel = "X",
      description =
          "How close a proven bound must come to the most probable value, in nats, and how small"
              + " the relative error of an estimate should be (default: 1e-9).")
  @Nullable Double tolerance;

  @Option(
      names = "--budget",
      paramLabel = "N",
      description =
          "Work of one search or proof: boxes (default: 200000), or a time such as 5s, with which"
              + " answers depend on the clock.")
  @Nullable String budget;

  @Option(
      names = "--precision",
      paramLabel = "TYPE",
      defaultValue = "double",
      description =
          "double or float: the arithmetic of score (default: ${DEFAULT-VALUE}). Rows beyond the"
              + " range of float are computed again in double: where most are, as in a large .psdd,"
              + " float is slower. Single queries always use double.")
  Precision precision;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads of score (default: the processors that there are).")
  @Nullable Integer threads;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Seed of random numbers (default: ${DEFAULT-VALUE}).")
  long seed;

  @Option(names = "--quiet", description = "No progress, notes or headings.")
  boolean quiet;

  @Option(names = "--stacktrace", description = "Print a stack trace when something fails.")
  boolean stacktrace;

  @Option(
      names = "--variables",
      paramLabel = "FILE",
      description = "JSON file with the variables of a model that does not declare them.")
  @Nullable Path variables;

  @Option(
      names = "--domain",
      paramLabel = "NAME=[LO,HI]",
      description =
          "Domain of the real variables of this name, in which * and ? stand for any text and any"
              + " character, as in 'p*=[0,1]'; what integrates or searches over a variable of a"
              + " deep network needs one.")
  List<String> domains = new ArrayList<>();

  @Option(
      names = "--evidence",
      paramLabel = "FILE",
      description = "What is observed in a Bayesian or Markov network (.evid), part of the model.")
  @Nullable Path evidence;

  @Option(
      names = "--max-edges",
      paramLabel = "N",
      defaultValue = "" + CompileOptions.DEFAULT_MAX_EDGES,
      description =
          "Edges that the circuit of a Bayesian or Markov network may have (default:"
              + " ${DEFAULT-VALUE}).")
  long maxEdges;

  /** What answers may have, and cost. */
  InferenceOptions inference() {
    InferenceOptions options =
        InferenceOptions.DEFAULT
            .allowing(allow.toArray(new Certificate.Kind[0]))
            .withSeed(seed)
            .withBudget(budget());
    if (tolerance != null && !(tolerance >= 0 && tolerance < 1)) {
      throw new UsageException("--tolerance " + tolerance + "; expected at least 0, below 1");
    }
    return tolerance == null ? options : options.withTolerance(tolerance);
  }

  private Budget budget() {
    if (budget == null) {
      return Budget.DEFAULT;
    }
    Duration time = Amount.time(budget);
    if (time != null) {
      return ofTime(time);
    }
    if (!budget.matches("\\d{1,12}")) {
      throw new UsageException(
          "--budget %s; expected a number of boxes, such as 1000000, or a time, such as 5s"
              .formatted(budget));
    }
    return Limits.ofWork(Budget.DEFAULT, Long.parseLong(budget));
  }

  /** A time is the only limit of a search where it is given. */
  private static Budget ofTime(Duration time) {
    return Budget.DEFAULT.withBoxes(1L << 50).withTime(time);
  }

  int numThreads() {
    int count = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
    if (count < 1) {
      throw new UsageException("--threads " + count + "; expected at least 1");
    }
    return count;
  }

  /**
   * Compiles a model for a table, whose header names the variables of a model that has no names.
   */
  Compilation compileFor(Path model, DataTable table, Console console) {
    Compilation bare = compile(model, List.of());
    if (!bare.format().equals("safetensors") || variables != null || table.header().isEmpty()) {
      return bare;
    }
    int numInputs = bare.variables().size() - (bare.classVariable() == null ? 0 : 1);
    ColumnNames named = ColumnNames.of(table.header(), numInputs);
    if (!named.note().isEmpty() && !quiet) {
      console.note(table.name() + ": " + named.note());
    }
    return named.names().isEmpty() ? bare : compile(model, named.names());
  }

  private List<Domain> declaredDomains() {
    List<Domain> declared = new ArrayList<>();
    for (String option : domains) {
      Matcher parts = DOMAIN.matcher(option);
      double lo = parts.matches() ? ValueReader.number(parts.group(2).strip()) : Double.NaN;
      double hi = parts.matches() ? ValueReader.number(parts.group(3).strip()) : Double.NaN;
      if (!(lo < hi)) {
        throw new UsageException(
            "--domain '%s'; expected NAME=[LO,HI] with LO below HI, such as 'p*=[0,1]'"
                .formatted(option));
      }
      declared.add(new Domain(parts.group(1), lo, hi));
    }
    return declared;
  }

  /** Compiles a model; {@code columns} name the variables of one that has no names of its own. */
  Compilation compile(Path model, List<String> columns) {
    try {
      return ModelCompiler.compile(model, compileOptions(columns));
    } catch (IOException e) {
      throw InputException.unreadable(model, e);
    }
  }

  /** Reads a layered network without compiling it; null where a file holds another model. */
  @Nullable Network network(Path model) {
    try {
      return ModelCompiler.network(model, compileOptions(List.of()));
    } catch (IOException e) {
      throw InputException.unreadable(model, e);
    }
  }

  private CompileOptions compileOptions(List<String> columns) {
    if (maxEdges < 1) {
      throw new UsageException("--max-edges " + maxEdges + "; expected at least 1");
    }
    CompileOptions options =
        CompileOptions.defaults().withMaxEdges(maxEdges).withDomains(declaredDomains());
    if (evidence != null) {
      options = options.withEvidence(evidence);
    }
    if (variables != null) {
      options = options.withVariables(variables);
    } else if (!columns.isEmpty()) {
      options = options.withColumns(columns);
    }
    return options;
  }
}
