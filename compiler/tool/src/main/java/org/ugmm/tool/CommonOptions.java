package org.ugmm.tool;

import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.Compilation;
import org.ugmm.compiler.CompileOptions;
import org.ugmm.compiler.ModelCompiler;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.Precision;
import org.ugmm.tool.out.InputException;
import org.ugmm.tool.out.UsageException;
import org.ugmm.tool.table.ColumnNames;
import org.ugmm.tool.table.DataTable;
import picocli.CommandLine.Option;

/** The options that every command takes. */
@SuppressWarnings("NullAway.Init") // picocli sets the fields that have a default value
final class CommonOptions {
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
      names = "--precision",
      paramLabel = "TYPE",
      defaultValue = "double",
      description =
          "double or float: the arithmetic of score (default: ${DEFAULT-VALUE}); single queries"
              + " always use double.")
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

  /** The allowed kinds; what is exact is always allowed. */
  Set<Certificate.Kind> allowed() {
    Set<Certificate.Kind> kinds = EnumSet.of(Certificate.Kind.EXACT);
    kinds.addAll(allow);
    return kinds;
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

  /** Compiles a model; {@code columns} name the variables of one that has no names of its own. */
  Compilation compile(Path model, List<String> columns) {
    if (maxEdges < 1) {
      throw new UsageException("--max-edges " + maxEdges + "; expected at least 1");
    }
    CompileOptions options = CompileOptions.defaults().withMaxEdges(maxEdges);
    if (evidence != null) {
      options = options.withEvidence(evidence);
    }
    if (variables != null) {
      options = options.withVariables(variables);
    } else if (!columns.isEmpty()) {
      options = options.withColumns(columns);
    }
    try {
      return ModelCompiler.compile(model, options);
    } catch (IOException e) {
      throw InputException.unreadable(model, e);
    }
  }
}
