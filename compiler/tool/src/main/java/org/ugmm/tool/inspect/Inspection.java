package org.ugmm.tool.inspect;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.Compilation;
import org.ugmm.engine.Capabilities.Query;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.InferenceOptions;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Structure;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Why;
import org.ugmm.tool.out.Words;

/**
 * What can be said of a circuit without a query.
 *
 * @param nodes number of nodes of each kind that occurs
 * @param depth edges on the longest path from the root to a leaf
 * @param sizeBytes bytes of the circuit's arrays in memory
 * @param properties each structural property, and why it fails
 * @param queries each query and the certificate that its answers get
 * @param passMicros measured time of one upward pass over one row in scalar code; NaN where it was
 *     not measured
 */
public record Inspection(
    Map<NodeKind, Integer> nodes,
    int depth,
    long sizeBytes,
    List<Property> properties,
    List<QueryFacts> queries,
    double passMicros) {
  /** What a model with Gaussians over several variables does not answer, and what would. */
  public static final String OF_BLOCKS =
      "no intervals of two of their columns, no posterior of one given an interval of another, no"
          + " --constraint, the most probable explanation is ENCLOSED, and rows are answered one by"
          + " one, not in bulk; --structure univariate learns a model that answers these";

  private static final int MAX_EDGES_MEASURED = 2_000_000;

  /** Long enough for the JIT to compile the pass over a small circuit. */
  private static final long MEASURED_NANOS = 200_000_000L;

  /** Passes that are measured of a circuit over which one takes longer. */
  private static final int FEWEST_MEASURED = 3;

  /** A structural property, and why it fails: null when it holds. */
  public record Property(String name, @Nullable String whyNot, boolean isChecked) {}

  /** A query, the certificate of its answers, and what an answer costs. */
  public record QueryFacts(String query, String certificate, String cost) {}

  /** Whether there are Gaussians over several variables, with what that costs. */
  public boolean hasBlocks() {
    return nodes.containsKey(NodeKind.GAUSSIAN_BLOCK);
  }

  /** Inspects a compiled model; measures a pass for some milliseconds. */
  public static Inspection of(Compilation compilation) {
    Circuit circuit = compilation.circuit();
    Map<NodeKind, Integer> nodes = new EnumMap<>(NodeKind.class);
    int[] level = new int[circuit.numNodes()];
    for (int n = 0; n < level.length; n++) {
      nodes.merge(circuit.kind(n), 1, Integer::sum);
      for (int i = 0; i < circuit.numChildren(n); i++) {
        level[n] = Math.max(level[n], level[circuit.child(n, i)] + 1);
      }
    }
    // a byte of kind, three ints a node, one int an edge, one double a parameter
    long sizeBytes =
        13L * circuit.numNodes() + 4L * circuit.numEdges() + 8L * circuit.numParameters();
    return new Inspection(
        nodes,
        level[circuit.root()],
        sizeBytes,
        properties(compilation),
        queries(circuit, nodes),
        passMicros(circuit));
  }

  private static List<Property> properties(Compilation compilation) {
    Circuit circuit = compilation.circuit();
    Structure structure = circuit.structure();
    List<Property> properties = new ArrayList<>();
    properties.add(property("smooth", compilation, structure.whyNotSmooth()));
    properties.add(property("decomposable", compilation, structure.whyNotDecomposable()));
    boolean isFeasible = Splits.isFeasible(circuit);
    properties.add(
        new Property(
            "structured-decomposable",
            isFeasible ? Splits.whyNot(circuit) : "not checked: the circuit is too large",
            isFeasible));
    properties.add(property("deterministic", compilation, structure.whyNotDeterministic()));
    properties.add(property("free of links", compilation, structure.whyLinks()));
    return properties;
  }

  private static Property property(String name, Compilation compilation, @Nullable Why why) {
    return new Property(name, why == null ? null : compilation.analysis().inModelTerms(why), true);
  }

  private static List<QueryFacts> queries(Circuit circuit, Map<NodeKind, Integer> nodes) {
    Structure structure = circuit.structure();
    String pass =
        "1 pass: %s edges, %s exps"
            .formatted(Words.count(circuit.numEdges()), Words.count(numExps(nodes)));
    List<QueryFacts> queries = new ArrayList<>();
    queries.add(
        new QueryFacts(
            "log-density",
            "EXACT" + (circuit.normaliser().isKnown() ? "" : ", unnormalised (log Z not known)"),
            pass));
    if (structure.isTractable()) {
      queries.add(new QueryFacts("marginal", "EXACT, whatever is missing", "1 pass"));
      queries.add(
          new QueryFacts("posterior", "EXACT, whatever is missing", "2 passes, all variables"));
      queries.add(new QueryFacts("sample", "EXACT", "2 passes, then one path a row"));
    } else {
      String answerable = answerable(circuit);
      String orEstimated = answerable;
      String orProven = answerable;
      String cost = "1 pass a joint state";
      String costOfProof = cost;
      if (structure.hasLinks()) {
        String estimated = "ESTIMATED, if allowed, where what is missing has a domain";
        orEstimated += "; " + estimated;
        orProven +=
            "; of a categorical variable ENCLOSED where one state is proven the most probable, else"
                + " "
                + estimated;
        cost += "; quadrature to 3 reals, a lattice beyond";
        costOfProof += "; branch and bound to 0.8 s, then as a marginal";
      }
      queries.add(new QueryFacts("marginal", orEstimated, cost));
      queries.add(new QueryFacts("posterior", orProven, costOfProof));
      queries.add(new QueryFacts("sample", answerable, "1 pass a joint state"));
    }
    queries.add(mpe(circuit, nodes));
    return queries;
  }

  /** Gaussians, links, and one exp a child of a sum when a pass is computed in logs. */
  private static long numExps(Map<NodeKind, Integer> nodes) {
    return (long) nodes.getOrDefault(NodeKind.GAUSSIAN, 0)
        + nodes.getOrDefault(NodeKind.GAUSSIAN_LINK, 0);
  }

  private static String answerable(Circuit circuit) {
    List<String> refused =
        new Inference(circuit, InferenceOptions.DEFAULT.allowing())
            .capabilities()
            .of(Query.MARGINAL)
            .refusedWithout();
    long numReal = circuit.variables().stream().filter(v -> v instanceof Variable.Real).count();
    if (refused.isEmpty()) {
      return "EXACT, whatever is missing";
    }
    return refused.size() == numReal
        ? "EXACT while only categorical variables are missing, else refused"
        : "EXACT, but refused where one of %s is missing".formatted(some(refused));
  }

  private static String some(List<String> names) {
    return names.size() <= 4
        ? String.join(", ", names)
        : String.join(", ", names.subList(0, 4)) + ", ... (" + names.size() + " in all)";
  }

  private static QueryFacts mpe(Circuit circuit, Map<NodeKind, Integer> nodes) {
    Structure structure = circuit.structure();
    if (structure.isDeterministic() && structure.isDecomposable() && !structure.hasLinks()) {
      return new QueryFacts("mpe", "EXACT", "1 max pass and a traceback");
    }
    List<String> unbounded = new ArrayList<>();
    for (Variable variable : circuit.variables()) {
      if (structure.hasLinks() && variable instanceof Variable.Real real && !real.isBounded()) {
        unbounded.add(real.name());
      }
    }
    if (nodes.containsKey(NodeKind.GAUSSIAN_BLOCK)) {
      return new QueryFacts("mpe", "ENCLOSED by the sum of all peaks", "a peak a part");
    }
    String proven = "EXACT, or ENCLOSED when its budget ends";
    return new QueryFacts(
        "mpe",
        unbounded.isEmpty()
            ? proven
            : proven
                + "; refused where one of %s is missing (no domain)".formatted(some(unbounded)),
        "branch and bound");
  }

  private static double passMicros(Circuit circuit) {
    if (circuit.numEdges() > MAX_EDGES_MEASURED) {
      return Double.NaN;
    }
    Inference inference = new Inference(circuit);
    Evidence evidence = complete(circuit);
    double best = Double.POSITIVE_INFINITY;
    long start = System.nanoTime();
    int count = 0;
    for (long now = start; now - start < MEASURED_NANOS || count < FEWEST_MEASURED; count++) {
      inference.marginal(evidence);
      long after = System.nanoTime();
      best = Math.min(best, (after - now) / 1e3);
      now = after;
    }
    return best;
  }

  /** Evidence with a value of every variable: the middle of its domain, or 0. */
  private static Evidence complete(Circuit circuit) {
    Evidence evidence = new Evidence(circuit);
    for (int v = 0; v < circuit.numVariables(); v++) {
      evidence.observe(
          v,
          circuit.variables().get(v) instanceof Variable.Real real && real.isBounded()
              ? 0.5 * real.lo() + 0.5 * real.hi()
              : 0);
    }
    return evidence;
  }
}
