package org.ugmm.compiler.eliminate;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.ugmm.compiler.graph.Graph;
import org.ugmm.compiler.graph.Origins;
import org.ugmm.compiler.model.Factor;
import org.ugmm.compiler.model.FactorModel;
import org.ugmm.compiler.model.ModelException;
import org.ugmm.compiler.model.ModelVariable;
import org.ugmm.engine.data.Variable;

/**
 * Compiles a product of tables to a circuit by eliminating its variables one after the other and
 * recording what is multiplied and added instead of doing it.
 */
public final class Elimination {
  /*
   * Darwiche, A differential approach to inference in Bayesian networks (JACM 2003), with diagrams
   * for tables as in Chavira, Darwiche, Compiling Bayesian networks using variable elimination (IJCAI
   * 2007): a zero ends a path, and where two rows are alike both are one diagram, so that the circuit
   * grows with the structure inside the tables and not with their size. To eliminate X, all functions
   * of X are multiplied; for each way to set the other variables, the states of X whose sums from
   * below agree form one group, a leaf over X that holds their weights. The groups' leaves exclude
   * each other, and every function that is not zero covers exactly the variables eliminated below it:
   * the circuit is deterministic, decomposable and smooth by construction.
   */

  /** Weights of a sum stay between these, so that products with them keep their digits. */
  private static final double MIN_WEIGHT = 1e-290;

  private static final double MAX_WEIGHT = 1e290;

  /** A table with so many entries more than edges are allowed is not worth trying. */
  private static final double HOPELESS = 1e4;

  /** What compiling takes at its peak, measured on grids of 10^6 and 10^7 edges, rounded up. */
  private static final long BYTES_PER_EDGE = 200;

  /**
   * An estimate that no structure can lower is believed where it is so many times what is allowed.
   */
  private static final double CERTAIN = 2;

  /** What the part done so far lets expect is believed from this part of the allowed edges on... */
  private static final double TELLING = 0.05;

  /** ...where it is so many times what is allowed. */
  private static final double FAR_TOO_MANY = 20;

  private static final int SHOWN = 12;

  private final FactorModel model;
  private final int[] observed;
  private final boolean isGiven;
  private final long maxEdges;
  private final boolean isHeapSmall;
  private final Graph graph;
  private final List<IntArrayList> buckets = new ArrayList<>();
  private final IntArrayList constants = new IntArrayList();
  private final IntArrayList roots = new IntArrayList();
  private double logConstant;
  private int[] order = {};
  private int[] place = {};
  private Diagrams diagrams = new Diagrams(new int[0]);

  /** Thrown inside only: the circuit has outgrown the edges that are allowed. */
  private static final class OverBudget extends RuntimeException {
    private static final long serialVersionUID = 1;

    OverBudget() {
      super(null, null, false, false);
    }
  }

  private Elimination(FactorModel model, int[] observed, long maxEdges) {
    this.model = model;
    this.observed = observed.clone();
    for (int v = 0; v < observed.length; v++) {
      if (model.numStates(v) == 1) {
        this.observed[v] = 0; // known, and of no weight in the search for an order
      }
    }
    isGiven = Arrays.stream(observed).anyMatch(s -> s >= 0);
    long affordable = Runtime.getRuntime().maxMemory() / BYTES_PER_EDGE;
    isHeapSmall = affordable < maxEdges;
    this.maxEdges = Math.min(maxEdges, affordable);
    List<Variable> variables = new ArrayList<>();
    for (ModelVariable variable : model.variables()) {
      variables.add(variable.variable());
    }
    graph = new Graph(variables, Origins.nodes());
  }

  /**
   * The circuit of a product of tables.
   *
   * @param observed [variables] a state that is known, -1 where none is; the circuit is zero in the
   *     other states of the variable
   * @param maxEdges how many edges the circuit may have
   * @param notes (Output) what a user should know is appended
   * @throws ModelException if the circuit does not fit, or every joint state has probability zero
   */
  public static Graph compile(
      FactorModel model, int[] observed, long maxEdges, List<String> notes) {
    Elimination elimination = new Elimination(model, observed, maxEdges);
    return elimination.run(notes);
  }

  private Graph run(List<String> notes) {
    List<int[]> scopes = new ArrayList<>();
    for (Factor factor : model.factors()) {
      scopes.add(Arrays.stream(factor.scope()).filter(v -> observed[v] < 0).toArray());
    }
    Ordering best = OrderSearch.best(model, scopes, HOPELESS * maxEdges);
    if (best.order().length == 0) {
      throw tooLarge(best, false);
    }
    order = best.order();
    place = new int[order.length];
    for (int i = 0; i < order.length; i++) {
      place[order[i]] = i;
      buckets.add(new IntArrayList());
    }
    diagrams = new Diagrams(place);
    int[] functions = model.factors().stream().mapToInt(this::diagram).toArray();
    if (best.edges() > CERTAIN * maxEdges && haveNoStructure(functions)) {
      throw tooLarge(best, true);
    }
    try {
      eliminateAll(functions, best);
    } catch (OverBudget e) {
      throw tooLarge(best, true);
    }
    notes.addAll(model.notes());
    notes.add(
        "eliminated %d variables; the largest table has %d of them, %s joint states"
            .formatted(order.length, best.clique().length, count(best.cliqueStates())));
    return graph;
  }

  /**
   * Whether no entry is zero and no two rows are alike: a circuit is then as large as estimated.
   */
  private boolean haveNoStructure(int[] functions) {
    for (int f = 0; f < functions.length; f++) {
      Factor factor = model.factors().get(f);
      double numTests = 0;
      double numRows = 1;
      for (int i : byPlace(factor)) {
        numTests += numRows;
        numRows *= model.numStates(factor.scope()[i]);
      }
      if (diagrams.numTests(functions[f]) < numTests) {
        return false;
      }
    }
    return true;
  }

  private void eliminateAll(int[] functions, Ordering best) {
    for (int function : functions) {
      add(function);
    }
    double done = 0;
    for (int v : order) {
      double share = done / best.edges();
      if (graph.numEdges() > TELLING * maxEdges
          && graph.numEdges() / share > FAR_TOO_MANY * maxEdges) {
        throw new OverBudget();
      }
      done += best.edgesOf()[place[v]];
      if (observed[v] >= 0) {
        roots.add(leafOf(v, observed[v]));
        continue;
      }
      IntArrayList bucket = buckets.get(place[v]);
      if (bucket.isEmpty()) {
        double[] logs = new double[model.numStates(v)];
        roots.add(graph.categorical(v, logs)); // no table speaks of it: 1 in every state
      } else {
        add(new Bucket(v, bucket.toIntArray()).sumOut());
      }
      bucket.clear();
    }
    for (int i = 0; i < constants.size(); i++) {
      int leaf = constants.getInt(i);
      logConstant += Math.log(diagrams.weight(leaf));
      if (diagrams.node(leaf) != Diagrams.NONE) {
        roots.add(diagrams.node(leaf));
      }
    }
    if (logConstant == Double.NEGATIVE_INFINITY) {
      throw new ModelException(
          "%s: every joint state has probability zero%s; expected at least one that has not"
              .formatted(model.source(), isGiven ? " given what is observed" : ""));
    }
    if (logConstant != 0) {
      roots.add(graph.constant(logConstant));
    }
    graph.root(roots.size() == 1 ? roots.getInt(0) : graph.product(roots.toIntArray()));
  }

  /** Puts a function where the first of its variables is eliminated. */
  private void add(int diagram) {
    if (diagrams.isLeaf(diagram)) {
      constants.add(diagram);
    } else {
      buckets.get(diagrams.lowest(diagram)).add(diagram);
    }
  }

  private int leafOf(int v, int state) {
    double[] logs = new double[model.numStates(v)];
    Arrays.fill(logs, Double.NEGATIVE_INFINITY);
    logs[state] = 0;
    return graph.categorical(v, logs);
  }

  /** The diagram of a table where the observed variables are in their states. */
  private int diagram(Factor factor) {
    int[] scope = factor.scope();
    int[] stride = new int[scope.length];
    int length = 1;
    int offset = 0;
    for (int i = scope.length - 1; i >= 0; i--) {
      stride[i] = length;
      offset += Math.max(0, observed[scope[i]]) * length;
      length *= model.numStates(scope[i]);
    }
    return diagram(factor, byPlace(factor), stride, 0, offset);
  }

  /**
   * Where the variables of a table that are not observed stand in its scope, those first that are
   * eliminated last.
   */
  private int[] byPlace(Factor factor) {
    int[] scope = factor.scope();
    return IntStream.range(0, scope.length)
        .filter(i -> observed[scope[i]] < 0)
        .boxed()
        .sorted((a, b) -> Integer.compare(place[scope[b]], place[scope[a]]))
        .mapToInt(i -> i)
        .toArray();
  }

  private int diagram(Factor factor, int[] byPlace, int[] stride, int depth, int offset) {
    if (depth == byPlace.length) {
      return diagrams.leaf(factor.values()[offset], Diagrams.NONE);
    }
    int i = byPlace[depth];
    int v = factor.scope()[i];
    int[] test = new int[1 + model.numStates(v)];
    test[0] = v;
    for (int s = 0; s < test.length - 1; s++) {
      test[1 + s] = diagram(factor, byPlace, stride, depth + 1, offset + s * stride[i]);
    }
    return diagrams.test(test, test.length);
  }

  /** The functions of one variable, which is eliminated from their product. */
  private final class Bucket {
    private final int x;
    private final int[] functions;
    private final Tuples known = new Tuples();
    private final IntArrayList results = new IntArrayList();

    /** [states of x] the weight of each, 0 where the product is zero, and the sums from below. */
    private final double[] weight;

    private final double[] logWeight;
    private final int[] below;

    Bucket(int x, int[] functions) {
      this.x = x;
      this.functions = functions;
      int numStates = model.numStates(x);
      weight = new double[numStates];
      logWeight = new double[numStates];
      below = new int[numStates];
    }

    int sumOut() {
      return sumOut(functions);
    }

    private int sumOut(int[] tuple) {
      int top = -1;
      for (int f : tuple) {
        if (f == Diagrams.ZERO) {
          return Diagrams.ZERO;
        }
        top = Math.max(top, diagrams.isLeaf(f) ? -1 : place[diagrams.variable(f)]);
      }
      int number = known.intern(tuple, tuple.length);
      if (number < results.size()) {
        return results.getInt(number);
      }
      results.add(-1);
      requireBudget();
      int result = top <= place[x] ? sum(tuple) : split(tuple, order[top]);
      results.set(number, result);
      return result;
    }

    private int split(int[] tuple, int v) {
      int[] test = new int[1 + model.numStates(v)];
      test[0] = v;
      int[] next = new int[tuple.length];
      for (int s = 0; s < test.length - 1; s++) {
        for (int i = 0; i < tuple.length; i++) {
          next[i] = in(tuple[i], v, s);
        }
        test[1 + s] = sumOut(next);
      }
      return diagrams.test(test, test.length);
    }

    private int in(int diagram, int v, int state) {
      return diagrams.variable(diagram) == v ? diagrams.child(diagram, state) : diagram;
    }

    private void requireBudget() {
      if (graph.numEdges() > maxEdges
          || graph.numParameters() > 2 * maxEdges
          || diagrams.size() > 4 * maxEdges
          || known.numInts() > 4 * maxEdges) {
        throw new OverBudget();
      }
    }

    /** The sum over the states of x, for one setting of the other variables. */
    private int sum(int[] tuple) {
      int first = -1;
      boolean isOneGroup = true;
      for (int s = 0; s < weight.length; s++) {
        multiply(tuple, s);
        if (weight[s] > 0) {
          first = first < 0 ? s : first;
          isOneGroup &= below[s] == below[first];
        }
      }
      if (first < 0) {
        return Diagrams.ZERO;
      }
      if (isOneGroup) {
        return diagrams.leaf(1, group(first, false));
      }
      IntArrayList terms = new IntArrayList();
      double[] weights = new double[weight.length];
      for (int s = first; s < weight.length; s++) {
        if (weight[s] > 0) {
          boolean isAlone = isAlone(s);
          weights[terms.size()] = isAlone ? weight[s] : 1;
          terms.add(group(s, isAlone));
        }
      }
      for (int i = 0; i < terms.size(); i++) {
        graph.openTerm(terms.getInt(i), weights[i]);
      }
      return diagrams.leaf(1, graph.closeSum());
    }

    /** The product of the functions in one state of x. */
    private void multiply(int[] tuple, int s) {
      double product = 1;
      double log = 0;
      below[s] = Diagrams.NONE;
      int numBelow = 0;
      for (int f : tuple) {
        int leaf = in(f, x, s);
        if (leaf == Diagrams.ZERO) {
          weight[s] = 0;
          return;
        }
        double factor = diagrams.weight(leaf);
        if (!isNormal(product * factor)) {
          log += Math.log(product);
          product = 1;
        }
        product *= factor;
        if (diagrams.node(leaf) != Diagrams.NONE) {
          below[s] = diagrams.node(leaf);
          numBelow++;
        }
      }
      weight[s] = product;
      logWeight[s] = log == 0 ? Double.NaN : log + Math.log(product);
      if (numBelow > 1) {
        for (int f : tuple) {
          int node = diagrams.node(in(f, x, s));
          if (node != Diagrams.NONE) {
            graph.openChild(node);
          }
        }
        below[s] = graph.closeProduct();
      }
    }

    private static boolean isNormal(double weight) {
      return weight >= MIN_WEIGHT && weight <= MAX_WEIGHT;
    }

    /** Whether no other state has the same sums below it, and the weight may stand in a sum. */
    private boolean isAlone(int state) {
      if (!Double.isNaN(logWeight[state]) || !isNormal(weight[state])) {
        return false;
      }
      for (int s = 0; s < weight.length; s++) {
        if (s != state && weight[s] > 0 && below[s] == below[state]) {
          return false;
        }
      }
      return true;
    }

    /**
     * A leaf over the states with the same sums below as a state, times these sums; takes the
     * states out.
     */
    private int group(int state, boolean isAlone) {
      double[] logs = new double[weight.length];
      Arrays.fill(logs, Double.NEGATIVE_INFINITY);
      int rest = below[state];
      for (int s = state; s < logs.length; s++) {
        if (weight[s] > 0 && below[s] == rest) {
          double log = Double.isNaN(logWeight[s]) ? Math.log(weight[s]) : logWeight[s];
          logs[s] = isAlone ? 0 : log;
          weight[s] = 0;
        }
      }
      int leaf = graph.categorical(x, logs);
      return rest == Diagrams.NONE ? leaf : graph.product(leaf, rest);
    }
  }

  private ModelException tooLarge(Ordering best, boolean hasTried) {
    StringBuilder names = new StringBuilder();
    for (int i = 0; i < Math.min(SHOWN, best.clique().length); i++) {
      names.append(i == 0 ? "" : ", ").append(model.variables().get(best.clique()[i]).name());
    }
    if (best.clique().length > SHOWN) {
      names.append(", ...");
    }
    return new ModelException(
        "%s: the circuit of this network needs more than %s edges%s: the largest table of the best order found spans %d variables (%s) with %s joint states; %s, or say what is observed with --evidence FILE"
            .formatted(
                model.source(),
                count(maxEdges),
                hasTried
                    ? ", an estimated %s without the structure inside its tables"
                        .formatted(count(best.edges()))
                    : "",
                best.clique().length,
                names,
                count(best.cliqueStates()),
                isHeapSmall
                    ? "this is what the memory of the JVM holds; give it more with UGMM_JAVA_OPTS=-Xmx8g"
                    : "allow more with --max-edges N"));
  }

  private static String count(double value) {
    return value < 1e9
        ? String.format(Locale.ROOT, "%,d", (long) value)
        : String.format(Locale.ROOT, "%.2e", value);
  }
}
