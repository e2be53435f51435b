package org.ugmm.compiler;

import java.util.Arrays;
import org.eclipse.collections.api.map.primitive.MutableIntObjectMap;
import org.eclipse.collections.impl.factory.primitive.IntObjectMaps;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.graph.Graph;
import org.ugmm.compiler.graph.ScopeTable;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Structure;
import org.ugmm.engine.data.Why;

/**
 * The structural properties of a compiled circuit, with witnesses in the words of the model. Each
 * is computed when it is asked for. Safe to share between threads.
 */
public final class Analysis {
  private final @Nullable Graph graph;
  private final Circuit circuit;

  Analysis(@Nullable Graph graph, Circuit circuit) {
    this.graph = graph;
    this.circuit = circuit;
  }

  /** The properties as the engine proves them; its witnesses speak of circuit nodes. */
  public Structure structure() {
    return circuit.structure();
  }

  /**
   * A node of the circuit in the words of the model, such as {@code product unit 12 of layer
   * 'joint'}.
   */
  public String describe(int node) {
    return graph == null ? "node " + node : graph.describe(node);
  }

  /**
   * A reason in the words of the model, such as {@code sum unit 0 of layer 'h' is not smooth:
   * children Gaussian on 'x' and Gaussian on 'y' ...}.
   */
  public String inModelTerms(Why why) {
    return graph == null ? why.text() : why.text(this::describe);
  }

  /** The message of a refusal in the words of the model. */
  public String inModelTerms(RefusedException refusal) {
    return graph == null ? refusal.problem() : refusal.problem(this::describe);
  }

  /**
   * Why the circuit is not structured-decomposable: two products over the same variables split them
   * in different ways, or one is not decomposable. Null when every scope always splits the same
   * way.
   */
  public @Nullable String whyNotStructured() {
    Why overlap = circuit.structure().whyNotDecomposable();
    if (overlap != null) {
      return inModelTerms(overlap);
    }
    if (graph == null) {
      return "not examined: the circuit came from a .circuit file";
    }
    boolean[] live = new boolean[graph.numNodes()];
    Arrays.fill(live, true);
    ScopeTable scopes = ScopeTable.of(graph, live);
    MutableIntObjectMap<int[]> splitOf = IntObjectMaps.mutable.empty();
    MutableIntObjectMap<Integer> firstOf = IntObjectMaps.mutable.empty();
    for (int n = 0; n < graph.numNodes(); n++) {
      int[] split = graph.kind(n) == NodeKind.PRODUCT ? split(graph, scopes, n) : new int[0];
      if (split.length < 2) {
        continue;
      }
      int[] known = splitOf.getIfAbsentPut(scopes.id(n), split);
      Integer first = firstOf.getIfAbsentPut(scopes.id(n), n);
      if (!Arrays.equals(known, split)) {
        return "%s and %s split the same %d variables in different ways"
            .formatted(describe(first), describe(n), scopes.size(scopes.id(n)));
      }
    }
    return null;
  }

  /** The scopes of the children of a product in ascending order, without constants. */
  private static int[] split(Graph graph, ScopeTable scopes, int product) {
    int[] ids = new int[graph.numChildren(product)];
    int size = 0;
    for (int i = 0; i < ids.length; i++) {
      int id = scopes.id(graph.child(product, i));
      if (scopes.size(id) > 0) {
        ids[size++] = id;
      }
    }
    int[] split = Arrays.copyOf(ids, size);
    Arrays.sort(split);
    return split;
  }
}
