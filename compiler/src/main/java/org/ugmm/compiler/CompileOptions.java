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
 */
public record CompileOptions(
    Set<Pass> skipped,
    @Nullable Path variables,
    List<String> columns,
    @Nullable String rootLayer,
    int rootUnit) {

  /** Copies the sets. */
  public CompileOptions {
    skipped = Set.copyOf(skipped);
    columns = List.copyOf(columns);
  }

  /** Every pass, variables as the model declares them, its own root. */
  public static CompileOptions defaults() {
    return new CompileOptions(Set.of(), null, List.of(), null, 0);
  }

  /** Leaves out passes. */
  public CompileOptions without(Pass... passes) {
    EnumSet<Pass> all = EnumSet.noneOf(Pass.class);
    all.addAll(skipped);
    all.addAll(List.of(passes));
    return new CompileOptions(all, variables, columns, rootLayer, rootUnit);
  }

  /** Takes variables from a JSON document. */
  public CompileOptions withVariables(Path file) {
    return new CompileOptions(skipped, file, columns, rootLayer, rootUnit);
  }

  /** Names the variables, for instance after the header row of the data. */
  public CompileOptions withColumns(List<String> names) {
    return new CompileOptions(skipped, variables, names, rootLayer, rootUnit);
  }

  /** Makes one unit of a layer the root. */
  public CompileOptions withRoot(String layer, int unit) {
    return new CompileOptions(skipped, variables, columns, layer, unit);
  }
}
