package org.ugmm.compiler;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.passes.Pass;

/**
 * What a compilation may be told. Immutable; the {@code with} methods return a changed copy.
 *
 * @param skipped passes to leave out
 * @param variables a JSON document {@code {"variables": [...], "classes": {...}}} for a model that
 *     does not declare its variables; null when there is none
 * @param columns names for the variables of such a model, in order, all real; one more than it has
 *     inputs names its class variable. Empty for x0, x1, ...
 * @param rootLayer the layer whose unit becomes the root; null for the root of the model
 * @param rootUnit the unit of that layer
 * @param maxEdges how many edges the circuit of a Bayesian or Markov network may have
 * @param evidence a file of what is observed in such a network ({@code .evid}), which then becomes
 *     part of the model; null when there is none
 * @param domains domains of real variables, in place of those that the model declares; of two that
 *     fit a variable the later one counts
 */
public record CompileOptions(
    Set<Pass> skipped,
    @Nullable Path variables,
    List<String> columns,
    @Nullable String rootLayer,
    int rootUnit,
    long maxEdges,
    @Nullable Path evidence,
    List<Domain> domains) {
  /** Edges that the circuit of a network may have unless told otherwise. */
  public static final long DEFAULT_MAX_EDGES = 20_000_000;

  /** Copies the sets. */
  public CompileOptions {
    skipped = Set.copyOf(skipped);
    columns = List.copyOf(columns);
    domains = List.copyOf(domains);
  }

  /** Every pass, variables as the model declares them, its own root. */
  public static CompileOptions defaults() {
    return new CompileOptions(
        Set.of(), null, List.of(), null, 0, DEFAULT_MAX_EDGES, null, List.of());
  }

  /** Leaves out passes. */
  public CompileOptions without(Pass... passes) {
    EnumSet<Pass> all = EnumSet.noneOf(Pass.class);
    all.addAll(skipped);
    all.addAll(List.of(passes));
    return new CompileOptions(
        all, variables, columns, rootLayer, rootUnit, maxEdges, evidence, domains);
  }

  /** Takes variables from a JSON document. */
  public CompileOptions withVariables(Path file) {
    return new CompileOptions(
        skipped, file, columns, rootLayer, rootUnit, maxEdges, evidence, domains);
  }

  /** Names the variables, for instance after the header row of the data. */
  public CompileOptions withColumns(List<String> names) {
    return new CompileOptions(
        skipped, variables, names, rootLayer, rootUnit, maxEdges, evidence, domains);
  }

  /** Makes one unit of a layer the root. */
  public CompileOptions withRoot(String layer, int unit) {
    return new CompileOptions(
        skipped, variables, columns, layer, unit, maxEdges, evidence, domains);
  }

  /** Allows so many edges for the circuit of a Bayesian or Markov network. */
  public CompileOptions withMaxEdges(long count) {
    return new CompileOptions(
        skipped, variables, columns, rootLayer, rootUnit, count, evidence, domains);
  }

  /** Makes what a file says is observed part of a Bayesian or Markov network. */
  public CompileOptions withEvidence(Path file) {
    return new CompileOptions(
        skipped, variables, columns, rootLayer, rootUnit, maxEdges, file, domains);
  }

  /** Declares domains of real variables. */
  public CompileOptions withDomains(List<Domain> declared) {
    return new CompileOptions(
        skipped, variables, columns, rootLayer, rootUnit, maxEdges, evidence, declared);
  }
}
