package org.ugmm.engine.logic;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import it.unimi.dsi.fastutil.ints.IntLinkedOpenHashSet;
import it.unimi.dsi.fastutil.longs.Long2IntOpenHashMap;
import it.unimi.dsi.fastutil.longs.Long2ObjectOpenHashMap;
import it.unimi.dsi.fastutil.objects.Object2IntOpenHashMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable;
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
   * From the root down each node is asked for its product with some formulas over its scope: a sum
   * passes them on, a product cuts them by the scopes of its children (Splits), a leaf loses the
   * states outside. A node is made once for each formula that it is asked for, so that what lies apart
   * from the formula is never copied, and where the formula fits the products of the circuit little
   * is. The parts of a cut exclude each other, so that a deterministic circuit stays one. From the
   * leaves up the new nodes are made.
   *
   * A Gaussian cut to an interval is no leaf; but where the formula leaves a real variable one interval
   * whatever else holds, that becomes its domain.
   */
  private static final int ZERO = -1;

  /** The product of nothing. */
  private static final int ONE = -2;

  private static final double LARGEST_LOG = 600;
  private static final long MAX_WORK = 20_000_000;

  private final FlatCircuit c;
  private final Diagram diagram;
  private final Scopes scopes;
  private final Splits splits;
  private final long maxEdges;
  private final FlatBuilder builder;

  /** [numNodes] the formulas that a node is asked for. */
  private final @Nullable IntLinkedOpenHashSet[] asked;

  /** The new node by node and formula. */
  private final Long2IntOpenHashMap made = new Long2IntOpenHashMap();

  /** [numNodes] the new node of a node without a formula. */
  private final int[] whole;

  /** By product and formula. */
  private final Long2ObjectOpenHashMap<Cut> cuts = new Long2ObjectOpenHashMap<>();

  private long numAsked;
  private long numEdges;

  private Constrained(
      FlatCircuit circuit, Diagram diagram, List<Variable> variables, long maxEdges) {
    c = circuit;
    this.diagram = diagram;
    this.maxEdges = maxEdges;
    scopes = Scopes.of(c);
    splits = new Splits(diagram, MAX_WORK);
    builder = new FlatBuilder(variables);
    asked = new IntLinkedOpenHashSet[c.numNodes()];
    whole = new int[c.numNodes()];
  }

  /**
   * Multiplies and normalises.
   *
   * @param diagram of the formula; nobody else may use it
   * @param logIntegral natural log of the integral of a circuit, by which the result is divided
   *     where that is in the range of a double
   * @param maxEdges edges that the result may have
   * @throws RefusedException if the result would have more edges, if the formula leaves a real
   *     variable different intervals, or if it never holds
   */
  public static FlatCircuit of(
      FlatCircuit circuit,
      Diagram diagram,
      ToDoubleFunction<FlatCircuit> logIntegral,
      long maxEdges) {
    int pins = new Cubes(diagram, new FlatEvidence(circuit)).leastPins();
    if (pins != 0) {
      throw refused(
          pins < 0
              ? "the formula never holds"
              : "the formula holds only at single values of real variables",
          "give one that holds with positive probability");
    }
    List<Variable> variables = new ArrayList<>(circuit.variables);
    int formula = domains(diagram, variables);
    Constrained product = new Constrained(circuit, diagram, variables, maxEdges);
    return product.product(formula, logIntegral);
  }

  private static RefusedException refused(String detail, String remedy) {
    return new RefusedException("", Why.of(Why.Reason.NO_CLOSED_FORM, detail), remedy);
  }

  /** Moves the intervals of reals into their domains; returns what is left of the formula. */
  private static int domains(Diagram diagram, List<Variable> variables) {
    Intervals intervals = new Intervals(diagram, List.copyOf(variables));
    int formula = intervals.massive(diagram.root());
    for (int at = 0; at < diagram.numVariables(); at++) {
      int v = diagram.variable(at);
      if (variables.get(v) instanceof Real real) {
        Intervals.Interval only = intervals.only(formula, at, real);
        if (only == null) {
          throw refused(
              "the formula leaves variable '%s' different intervals in different cases, and a leaf"
                      .formatted(real.name())
                  + " that is cut to an interval is none that a circuit knows",
              "constrain it to one interval, or ask with --where");
        }
        formula = only.rest();
        variables.set(v, new Real(real.name(), only.lo(), only.hi(), real.prior(), real.isCount()));
      }
    }
    return formula;
  }

  private FlatCircuit product(int formula, ToDoubleFunction<FlatCircuit> logIntegral) {
    ask(c.root, formula);
    for (int n = c.root; n >= 0; n--) {
      IntLinkedOpenHashSet formulas = asked[n];
      if (formulas != null) {
        for (int f : formulas.toIntArray()) {
          pass(n, f);
        }
      }
    }
    for (int n = 0; n <= c.root; n++) {
      IntLinkedOpenHashSet formulas = asked[n];
      if (formulas != null) {
        for (int f : formulas.toIntArray()) {
          made.put(key(n, f), make(n, f));
        }
      }
    }
    int root = made(c.root, formula);
    double log =
        root == ZERO ? Double.NEGATIVE_INFINITY : logIntegral.applyAsDouble(builder.build(root));
    if (log == Double.NEGATIVE_INFINITY) {
      throw refused(
          "the formula holds with probability zero",
          "give one that holds with positive probability");
    }
    double weight = Math.abs(log) < LARGEST_LOG ? Math.exp(-log) : 1;
    return compact(builder.build(builder.weightedSum(new int[] {root}, new double[] {weight})));
  }

  private static long key(int node, int formula) {
    return (long) node << 32 | formula;
  }

  private int made(int node, int formula) {
    return made.get(key(node, formula));
  }

  private void ask(int node, int formula) {
    IntLinkedOpenHashSet formulas = asked[node];
    if (formulas == null) {
      formulas = new IntLinkedOpenHashSet();
      asked[node] = formulas;
    }
    if (formulas.add(formula) && ++numAsked > maxEdges) {
      throw tooLarge(); // nearly each of them is a node that an edge leads to
    }
  }

  /** Asks the children for what a node needs. */
  private void pass(int n, int formula) {
    boolean isProduct = c.kind(n) == NodeKind.PRODUCT;
    if (isProduct && formula != Diagram.TRUE) {
      cuts.put(key(n, formula), new Cut(n, formula));
      return;
    }
    for (int i = 0; i < c.numChildren(n); i++) {
      if (isProduct || formula == Diagram.TRUE || c.parameter(n, i) > 0) {
        ask(c.child(n, i), formula);
      }
    }
  }

  private int make(int n, int formula) {
    if (formula == Diagram.TRUE) {
      count(c.numChildren(n));
      whole[n] = builder.copy(c, n, whole);
      return whole[n];
    }
    return switch (c.kind(n)) {
      case CATEGORICAL -> cutLeaf(n, formula);
      case WEIGHTED_SUM -> cutSum(n, formula);
      case PRODUCT -> cuts.get(key(n, formula)).make();
      default ->
          throw refused(
              "node %d is a %s above a variable that the formula names".formatted(n, c.kind(n)),
              "ask with --where");
    };
  }

  private int cutLeaf(int n, int formula) {
    Cells cells = diagram.cells(diagram.level(formula));
    double[] logs = new double[c.numParameters(n)];
    boolean isZero = true;
    for (int s = 0; s < logs.length; s++) {
      boolean isIn = diagram.child(formula, cells.ofState[s]) == Diagram.TRUE;
      logs[s] = isIn ? c.parameter(n, s) : Double.NEGATIVE_INFINITY;
      isZero &= logs[s] == Double.NEGATIVE_INFINITY;
    }
    return isZero ? ZERO : builder.rounded(builder.categorical(c.variable[n], logs), c.rounding(n));
  }

  private int cutSum(int n, int formula) {
    IntArrayList children = new IntArrayList();
    double[] weights = new double[c.numChildren(n)];
    for (int i = 0; i < c.numChildren(n); i++) {
      int child = c.parameter(n, i) > 0 ? made(c.child(n, i), formula) : ZERO;
      if (child != ZERO) {
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

  /** A product times a formula over several of its children. */
  private final class Cut {
    /*
     * The child that has the first variable of the formula is cut off, and what is left of the
     * formula is cut again, until nothing is left. What is left may be the same on several ways.
     */
    /** Children of which the formula says nothing. */
    private final IntArrayList others = new IntArrayList();

    /** Children of which it says something, and the places of their variables. */
    private final IntArrayList children = new IntArrayList();

    private final List<BitSet> places = new ArrayList<>();
    private final Map<Left, List<Pair>> pairs = new HashMap<>();

    /** What is left of the formula, and which children are cut off. */
    private record Left(int formula, BitSet done) {}

    /** A formula that a child is asked for, and what is left with it. */
    private record Pair(int child, int formula, Left left) {}

    Cut(int product, int formula) {
      BitSet support = splits.support(formula);
      for (int i = 0; i < c.numChildren(product); i++) {
        int child = c.child(product, i);
        BitSet below = new BitSet();
        support.stream()
            .filter(at -> scopes.contains(child, diagram.variable(at)))
            .forEach(below::set);
        if (below.isEmpty()) {
          others.add(child);
          ask(child, Diagram.TRUE);
        } else {
          children.add(child);
          places.add(below);
        }
      }
      List<Left> open = new ArrayList<>(List.of(new Left(formula, new BitSet())));
      while (!open.isEmpty()) {
        Left left = open.remove(open.size() - 1);
        if (!pairs.containsKey(left)) {
          List<Pair> cut = cut(left);
          pairs.put(left, cut);
          cut.forEach(pair -> open.add(pair.left));
        }
      }
    }

    private List<Pair> cut(Left left) {
      List<Pair> cut = new ArrayList<>();
      if (left.formula == Diagram.TRUE) {
        for (int k = left.done.nextClearBit(0); k < children.size(); ) {
          ask(children.getInt(k), Diagram.TRUE);
          k = left.done.nextClearBit(k + 1);
        }
        return cut;
      }
      int k = 0;
      while (!places.get(k).get(diagram.level(left.formula))) {
        k++;
      }
      BitSet done = (BitSet) left.done.clone();
      done.set(k);
      for (var pair : splits.of(left.formula, places.get(k)).int2IntEntrySet()) {
        if (pair.getIntKey() != Diagram.FALSE) {
          ask(children.getInt(k), pair.getIntValue());
          cut.add(new Pair(k, pair.getIntValue(), new Left(pair.getIntKey(), done)));
        }
      }
      return cut;
    }

    int make() {
      Object2IntOpenHashMap<Left> nodeOf = new Object2IntOpenHashMap<>();
      int node = ONE;
      List<Map.Entry<Left, List<Pair>>> leastLeftFirst = new ArrayList<>(pairs.entrySet());
      leastLeftFirst.sort(Comparator.comparingInt(cut -> -cut.getKey().done.cardinality()));
      for (var cut : leastLeftFirst) {
        Left left = cut.getKey();
        node = left.formula == Diagram.TRUE ? free(left) : sum(cut.getValue(), nodeOf);
        nodeOf.put(left, node);
      }
      IntArrayList factors = new IntArrayList();
      others.forEach(child -> factors.add(made(child, Diagram.TRUE)));
      factors.add(node);
      return product(factors);
    }

    private int free(Left left) {
      IntArrayList factors = new IntArrayList();
      for (int k = left.done.nextClearBit(0); k < children.size(); ) {
        factors.add(made(children.getInt(k), Diagram.TRUE));
        k = left.done.nextClearBit(k + 1);
      }
      return product(factors);
    }

    private int sum(List<Pair> parts, Object2IntOpenHashMap<Left> nodeOf) {
      IntArrayList terms = new IntArrayList();
      for (Pair pair : parts) {
        int term =
            product(
                IntArrayList.of(
                    made(children.getInt(pair.child), pair.formula), nodeOf.getInt(pair.left)));
        if (term != ZERO) {
          terms.add(term);
        }
      }
      if (terms.size() < 2) {
        return terms.isEmpty() ? ZERO : terms.getInt(0);
      }
      count(terms.size());
      double[] ones = new double[terms.size()];
      Arrays.fill(ones, 1);
      return builder.weightedSum(terms.toIntArray(), ones);
    }

    private int product(IntArrayList factors) {
      if (factors.contains(ZERO)) {
        return ZERO;
      }
      int[] nodes = factors.intStream().filter(node -> node != ONE).toArray();
      if (nodes.length < 2) {
        return nodes.length == 0 ? ONE : nodes[0];
      }
      count(nodes.length);
      return builder.product(nodes);
    }
  }

  private void count(int edges) {
    numEdges += edges;
    if (numEdges > maxEdges) {
      throw tooLarge();
    }
  }

  private RefusedException tooLarge() {
    return refused(
        "the circuit times the formula has more than %d edges, from %d"
            .formatted(maxEdges, c.numEdges()),
        "raise --max-edges, or ask with the formula instead of compiling it");
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
