package org.ugmm.engine.logic;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import it.unimi.dsi.fastutil.objects.Object2IntOpenHashMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.data.Variable.Real;
import org.ugmm.engine.data.Why;
import org.ugmm.engine.flat.FlatBuilder;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.flat.FlatEvidence;
import org.ugmm.engine.flat.Reach;
import org.ugmm.engine.flat.Scopes;

/**
 * A circuit times a formula: a circuit of the same values where the formula holds, and zero
 * elsewhere.
 */
public final class Constrained {
  /*
   * A sum over the cubes of the formula, each of which is the circuit with the states outside the cube
   * taken off its leaves. Copies of a node by cubes that say the same of its scope are one node, so that
   * what lies apart from the formula is never copied and in structured circuits little is. A Gaussian
   * cut to an interval is no leaf; but where all cubes leave a real variable one interval, that becomes
   * its domain.
   */
  private static final int ZERO = -1;
  private static final double LARGEST_LOG = 600;

  private final FlatCircuit c;
  private final Scopes scopes;
  private final long maxEdges;
  private final FlatBuilder builder;
  private final boolean[] live;

  /** Categorical variables that the formula names, ascending by their place in the diagram. */
  private final int[] named;

  /** [named] nodes above each, by scope id, are looked up here. */
  private final Object2IntOpenHashMap<List<Integer>> copies = new Object2IntOpenHashMap<>();

  private final List<Object2IntOpenHashMap<List<Double>>> masks = new ArrayList<>();
  private long numEdges;

  private Constrained(
      FlatCircuit circuit, List<Variable> variables, Diagram diagram, long maxEdges) {
    c = circuit;
    this.maxEdges = maxEdges;
    scopes = Scopes.of(c);
    builder = new FlatBuilder(variables);
    live = Reach.from(c, c.root);
    copies.defaultReturnValue(Integer.MIN_VALUE);
    IntArrayList categorical = new IntArrayList();
    for (int at = 0; at < diagram.numVariables(); at++) {
      if (c.variables.get(diagram.variable(at)) instanceof Categorical) {
        categorical.add(diagram.variable(at));
        masks.add(new Object2IntOpenHashMap<>());
      }
    }
    named = categorical.toIntArray();
  }

  /**
   * Multiplies.
   *
   * @param logProbability natural log of the integral over where the formula holds, by which the
   *     result is divided where that is in the range of a double
   * @param maxEdges edges that the result may have
   * @throws RefusedException if the result would have more edges, if the formula leaves a real
   *     variable different intervals, or if it never holds
   */
  public static FlatCircuit of(
      FlatCircuit circuit, Diagram diagram, double logProbability, long maxEdges) {
    Cubes cubes = new Cubes(diagram, new FlatEvidence(circuit));
    if (cubes.leastPins() != 0) {
      throw refused(
          cubes.leastPins() < 0
              ? "the formula never holds"
              : "the formula holds only at single values of real variables",
          "give one that holds with positive probability");
    }
    List<FlatEvidence> all = new ArrayList<>();
    double count = cubes.count(0);
    if (count > maxEdges) {
      throw refused(
          "the formula has %.0f disjoint parts, of which each needs an edge at least, and %d edges"
                  .formatted(count, maxEdges)
              + " are allowed",
          "raise --max-edges, or ask with the formula instead of compiling it");
    }
    cubes.forEach(0, (cube, first, pinned) -> all.add(cube.copy()));
    List<Variable> variables = domains(circuit, all);
    return new Constrained(circuit, variables, diagram, maxEdges).product(all, logProbability);
  }

  private static RefusedException refused(String detail, String remedy) {
    return new RefusedException("", Why.of(Why.Reason.NO_CLOSED_FORM, detail), remedy);
  }

  /** The variables with the domains that the cubes leave them. */
  private static List<Variable> domains(FlatCircuit c, List<FlatEvidence> cubes) {
    List<Variable> variables = new ArrayList<>(c.variables);
    FlatEvidence first = cubes.get(0);
    for (int v = 0; v < variables.size(); v++) {
      if (!(variables.get(v) instanceof Real real)) {
        continue;
      }
      for (FlatEvidence cube : cubes) {
        boolean isSame =
            cube.form[v] == first.form[v]
                && (cube.form[v] == FlatEvidence.UNOBSERVED
                    || cube.a[v] == first.a[v] && cube.b[v] == first.b[v]);
        if (!isSame) {
          throw refused(
              "the formula leaves variable '%s' different intervals in different cases, and a leaf"
                      .formatted(real.name())
                  + " that is cut to an interval is none that a circuit knows",
              "constrain it to one interval, or ask with --where");
        }
      }
      if (first.form[v] == FlatEvidence.INTERVAL) {
        double lo = real.least(first.a[v]);
        double hi = real.greatest(first.b[v]);
        variables.set(v, new Real(real.name(), lo, hi, real.prior(), real.isCount()));
      }
    }
    return variables;
  }

  private FlatCircuit product(List<FlatEvidence> cubes, double logProbability) {
    int[] copyOf = new int[c.numNodes()];
    IntArrayList roots = new IntArrayList();
    for (FlatEvidence cube : cubes) {
      int root = copy(cube, copyOf);
      if (root != ZERO) {
        roots.add(root);
      }
    }
    if (roots.isEmpty()) {
      throw refused(
          "the formula holds with probability zero",
          "give one that holds with positive probability");
    }
    double[] weights = new double[roots.size()];
    Arrays.fill(weights, Math.abs(logProbability) < LARGEST_LOG ? Math.exp(-logProbability) : 1);
    count(weights.length);
    return compact(builder.build(builder.weightedSum(roots.toIntArray(), weights)));
  }

  /** The circuit within a cube; {@link #ZERO} where that is zero. */
  private int copy(FlatEvidence cube, int[] copyOf) {
    int[] mask = new int[named.length];
    for (int i = 0; i < named.length; i++) {
      mask[i] = maskId(cube, i);
    }
    for (int n = 0; n <= c.root; n++) {
      if (!live[n]) {
        continue;
      }
      List<Integer> key = new ArrayList<>();
      key.add(n);
      for (int i = 0; i < named.length; i++) {
        if (mask[i] != 0 && scopes.contains(n, named[i])) {
          key.add(i);
          key.add(mask[i]);
        }
      }
      int known = copies.getInt(key);
      if (known == Integer.MIN_VALUE) {
        known = make(n, key.size() > 1, cube, copyOf);
        copies.put(key, known);
      }
      copyOf[n] = known;
    }
    return copyOf[c.root];
  }

  /** A number for what a cube says of a named variable, 0 where it says nothing. */
  private int maskId(FlatEvidence cube, int i) {
    int v = named[i];
    if (cube.isUnobserved(v)) {
      return 0;
    }
    List<Double> mask = new ArrayList<>();
    int numStates = ((Categorical) c.variables.get(v)).numStates();
    for (int s = 0; s < numStates; s++) {
      mask.add(logAllowed(cube, v, s));
    }
    Object2IntOpenHashMap<List<Double>> known = masks.get(i);
    known.putIfAbsent(mask, known.size() + 1);
    return known.getInt(mask);
  }

  private static double logAllowed(FlatEvidence cube, int v, int s) {
    boolean isIn =
        cube.isPoint(v)
            ? cube.point(v) == s
            : cube.isUnobserved(v) || cube.logLikelihood[v][s] > Double.NEGATIVE_INFINITY;
    return isIn ? 0 : Double.NEGATIVE_INFINITY;
  }

  private int make(int n, boolean isCut, FlatEvidence cube, int[] copyOf) {
    NodeKind kind = c.kind(n);
    if (!isCut) {
      count(c.numChildren(n));
      return builder.copy(c, n, copyOf);
    }
    return switch (kind) {
      case CATEGORICAL -> cutLeaf(n, cube);
      case WEIGHTED_SUM -> cutSum(n, copyOf);
      case PRODUCT -> {
        for (int i = 0; i < c.numChildren(n); i++) {
          if (copyOf[c.child(n, i)] == ZERO) {
            yield ZERO;
          }
        }
        count(c.numChildren(n));
        yield builder.copy(c, n, copyOf);
      }
      default ->
          throw refused(
              "node %d is a %s above a variable that the formula names".formatted(n, kind),
              "ask with --where");
    };
  }

  private int cutLeaf(int n, FlatEvidence cube) {
    double[] logs = new double[c.numParameters(n)];
    boolean isZero = true;
    for (int s = 0; s < logs.length; s++) {
      logs[s] = c.parameter(n, s) + logAllowed(cube, c.variable[n], s);
      isZero &= logs[s] == Double.NEGATIVE_INFINITY;
    }
    return isZero ? ZERO : builder.rounded(builder.categorical(c.variable[n], logs), c.rounding(n));
  }

  private int cutSum(int n, int[] copyOf) {
    IntArrayList children = new IntArrayList();
    double[] weights = new double[c.numChildren(n)];
    for (int i = 0; i < c.numChildren(n); i++) {
      int child = copyOf[c.child(n, i)];
      if (child != ZERO && c.parameter(n, i) > 0) {
        weights[children.size()] = c.parameter(n, i);
        children.add(child);
      }
    }
    if (children.isEmpty()) {
      return ZERO;
    }
    count(children.size());
    int sum = builder.weightedSum(children.toIntArray(), Arrays.copyOf(weights, children.size()));
    return builder.rounded(sum, c.rounding(n));
  }

  private void count(int edges) {
    numEdges += edges;
    if (numEdges > maxEdges) {
      throw refused(
          "the circuit times the formula has more than %d edges, from %d"
              .formatted(maxEdges, c.numEdges()),
          "raise --max-edges, or ask with the formula instead of compiling it");
    }
  }

  /** Without nodes that nothing reads any more. */
  private static FlatCircuit compact(FlatCircuit whole) {
    boolean[] used = Reach.from(whole, whole.root);
    FlatBuilder kept = new FlatBuilder(whole.variables);
    int[] copyOf = new int[whole.numNodes()];
    for (int n = 0; n <= whole.root; n++) {
      if (used[n]) {
        copyOf[n] = kept.copy(whole, n, copyOf);
      }
    }
    return kept.build(copyOf[whole.root]);
  }
}
