package org.ugmm.compiler.passes;

import java.util.Arrays;
import java.util.List;
import org.eclipse.collections.api.factory.Lists;
import org.eclipse.collections.api.list.MutableList;
import org.ugmm.compiler.graph.Graph;
import org.ugmm.compiler.graph.ScopeTable;
import org.ugmm.compiler.model.ModelException;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.CircuitBuilder;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Normaliser;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Prior;
import org.ugmm.engine.data.Variable.Real;

/**
 * Makes sums smooth: a child that lacks variables of its sum is multiplied by their base measure,
 * the prior where one is declared, Lebesgue measure on a bounded domain, counting measure on
 * states.
 */
final class Smooth {
  /*
   * A sum is made smooth as a whole or left as it is: with half of its children completed it would
   * answer no more queries, and a prior would change its value for nothing. In a circuit with links
   * nothing is done: there is no integral through a link that smoothness would help, and a prior
   * factor would change the value that the paper defines.
   */
  private static final int NOTED = 3;

  private final Graph g;
  private final Graph out;
  private final int[] renumbered;
  private final int[] baseOf;

  private Smooth(Graph g) {
    this.g = g;
    out = g.emptyCopy();
    renumbered = new int[g.numNodes()];
    baseOf = new int[g.variables().size()];
    Arrays.fill(baseOf, -1);
  }

  static Graph run(Graph g, List<String> notes) {
    if (g.hasLinks()) {
      notes.add("left as it is: nothing integrates through Gaussian links");
      return g;
    }
    boolean[] live = g.live();
    ScopeTable scopes = ScopeTable.of(g, live);
    for (int n = 0; n <= g.root(); n++) {
      if (live[n] && g.kind(n) == NodeKind.WEIGHTED_SUM && !isSmooth(g, scopes, n)) {
        return new Smooth(g).run(live, scopes, notes);
      }
    }
    return g;
  }

  private Graph run(boolean[] live, ScopeTable scopes, List<String> notes) {
    MutableList<String> left = Lists.mutable.empty();
    int numLeft = 0;
    boolean changed = false;
    for (int n = 0; n <= g.root(); n++) {
      if (!live[n]) {
        continue;
      }
      if (g.kind(n) != NodeKind.WEIGHTED_SUM || isSmooth(g, scopes, n)) {
        renumbered[n] = out.copy(g, n, renumbered);
        continue;
      }
      int open = firstOpenVariable(scopes, n);
      if (open >= 0) {
        renumbered[n] = out.copy(g, n, renumbered);
        if (++numLeft <= NOTED) {
          left.add(
              "%s is not smooth: a child lacks variable '%s', which has neither a 'domain' nor a 'prior'; declare one"
                  .formatted(g.describe(n), g.variables().get(open).name()));
        }
      } else {
        renumbered[n] = smoothed(scopes, n);
        out.origin(renumbered[n], g.origin(n));
        changed = true;
      }
    }
    notes.addAll(left);
    if (numLeft > NOTED) {
      notes.add("%d sums in all are not smooth".formatted(numLeft));
    }
    out.root(renumbered[g.root()]);
    return changed ? out : g;
  }

  private static boolean isSmooth(Graph g, ScopeTable scopes, int sum) {
    for (int i = 0; i < g.numChildren(sum); i++) {
      if (g.parameter(sum, i) > 0 && scopes.id(g.child(sum, i)) != scopes.id(sum)) {
        return false;
      }
    }
    return true;
  }

  /** A variable that a child lacks and that has no finite base measure; -1 when there is none. */
  private int firstOpenVariable(ScopeTable scopes, int sum) {
    int previous = -1;
    for (int i = 0; i < g.numChildren(sum); i++) {
      int id = scopes.id(g.child(sum, i));
      if (g.parameter(sum, i) == 0 || id == previous) {
        continue;
      }
      previous = id;
      for (int v : scopes.difference(scopes.id(sum), id)) {
        if (g.variables().get(v) instanceof Real real && !real.hasFiniteBaseMeasure()) {
          return v;
        }
      }
    }
    return -1;
  }

  private int smoothed(ScopeTable scopes, int sum) {
    int[] children = new int[g.numChildren(sum)];
    for (int i = 0; i < children.length; i++) {
      int child = g.child(sum, i);
      children[i] = renumbered[child];
      if (g.parameter(sum, i) == 0) {
        continue;
      }
      int[] lacking = scopes.difference(scopes.id(sum), scopes.id(child));
      if (lacking.length > 0) {
        int[] bases = Arrays.stream(lacking).map(this::base).toArray();
        out.openChild(children[i]);
        for (int base : bases) {
          out.openChild(base);
        }
        children[i] = out.closeProduct();
      }
    }
    for (int i = 0; i < children.length; i++) {
      if (g.parameter(sum, i) > 0) {
        out.openTerm(children[i], g.parameter(sum, i));
      }
    }
    return out.rounded(out.closeSum(), g.rounding(sum));
  }

  private int base(int v) {
    if (baseOf[v] < 0) {
      if (!(g.variables().get(v) instanceof Real real)) {
        double[] ones = new double[((Variable.Categorical) g.variables().get(v)).numStates()];
        baseOf[v] = out.categorical(v, ones);
      } else {
        Prior prior = real.prior();
        baseOf[v] = prior == null ? out.base(v) : priorNode(v, real, prior);
      }
    }
    return baseOf[v];
  }

  /** The prior as a density on the domain: divided by its mass there. */
  private int priorNode(int v, Real real, Prior prior) {
    int leaf = out.gaussian(v, prior.mean(), prior.scale());
    if (real.lo() == Double.NEGATIVE_INFINITY && real.hi() == Double.POSITIVE_INFINITY) {
      return leaf;
    }
    CircuitBuilder alone = Circuit.builder(List.of(real));
    Normaliser mass = alone.build(alone.gaussian(0, prior.mean(), prior.scale())).normaliser();
    double logMass = mass.logZ();
    if (logMass == Double.NEGATIVE_INFINITY) {
      throw new ModelException(
          "variable '%s': the prior with mean %s and scale %s has no mass on the domain [%s, %s]; expected a prior that overlaps it"
              .formatted(real.name(), prior.mean(), prior.scale(), real.lo(), real.hi()));
    }
    double units = Math.log1p(mass.relativeErrorBound()) / 0x1p-53;
    return out.product(leaf, out.rounded(out.constant(-logMass), units));
  }
}
