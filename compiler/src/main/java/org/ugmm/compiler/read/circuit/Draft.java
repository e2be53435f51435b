package org.ugmm.compiler.read.circuit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;
import org.ugmm.compiler.model.ModelException;
import org.ugmm.compiler.model.ModelVariable;
import org.ugmm.compiler.model.NodeTable;
import org.ugmm.engine.CircuitBuilder;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;

/**
 * A circuit of a format that declares no variables: what they are follows from all leaves together.
 * A variable with Gaussian leaves, or others on the reals, is real; one with Poisson leaves is a
 * count; one whose leaves speak of integers only is categorical, its states named by the integers
 * from the least to the greatest that a leaf mentions.
 */
final class Draft {
  /*
   * A histogram between integers may stand for a table or for a density. It is a table unless another
   * leaf of its variable, in front of it or behind, says that the variable is real or a count.
   */
  private static final int MAX_STATES = 4_096;

  private final String source;
  private final String format;
  private final boolean logWeights;
  private final List<Node> nodes = new ArrayList<>();
  private final Map<Integer, Domain> domains = new TreeMap<>();

  /** A leaf with its parameters, or an inner node with its children and log or linear weights. */
  private record Node(NodeKind kind, int variable, int lowest, int[] children, double[] numbers) {}

  /** What the leaves of one variable have in common. */
  private static final class Domain {
    private boolean isReal;
    private boolean isTable;
    private boolean isCount;
    private int lo = Integer.MAX_VALUE;
    private int hi = Integer.MIN_VALUE;
  }

  /**
   * An empty draft.
   *
   * @param logWeights whether the weights of sums are natural logs
   */
  Draft(String source, String format, boolean logWeights) {
    this.source = source;
    this.format = format;
    this.logWeights = logWeights;
  }

  int numNodes() {
    return nodes.size();
  }

  private int add(NodeKind kind, int variable, int lowest, int[] children, double[] numbers) {
    nodes.add(new Node(kind, variable, lowest, children, numbers));
    return nodes.size() - 1;
  }

  /** A Gaussian leaf; the scale is positive. */
  int gaussian(int variable, double mean, double scale, String place) {
    domain(variable).isReal = true;
    requireOneKind(variable, "Gaussian", place);
    return add(NodeKind.GAUSSIAN, variable, 0, new int[0], new double[] {mean, scale});
  }

  /** A leaf of a family on the reals or, if Poisson, on counts; parameters as those of the kind. */
  int leaf(NodeKind kind, int variable, double[] parameters, String place) {
    boolean isCount = kind == NodeKind.POISSON;
    Variable assumed = isCount ? Variable.count("x") : Variable.real("x");
    String problem = CircuitBuilder.leafProblem(kind, assumed, parameters);
    if (problem != null) {
      String[] parts = problem.split("; expected ", 2);
      throw ModelException.at(source, place, parts[0], parts[1]);
    }
    Domain domain = domain(variable);
    domain.isCount |= isCount;
    domain.isReal |= !isCount;
    requireOneKind(variable, kind.name().toLowerCase(Locale.ROOT).replace('_', '-'), place);
    return add(kind, variable, 0, new int[0], parameters);
  }

  /**
   * A leaf over integers.
   *
   * @param lowest the integer of the first entry
   * @param logs natural logs, one an integer; 0 elsewhere
   */
  int discrete(int variable, int lowest, double[] logs, String place) {
    domain(variable).isTable = true;
    requireOneKind(variable, "discrete", place);
    mention(variable, lowest, lowest + logs.length - 1L, place);
    return add(NodeKind.CATEGORICAL, variable, lowest, new int[0], logs);
  }

  private void mention(int variable, long lowest, long highest, String place) {
    Domain domain = domain(variable);
    long lo = Math.min(domain.lo, lowest);
    long hi = Math.max(domain.hi, highest);
    if (hi - lo >= MAX_STATES) {
      throw ModelException.at(
          source,
          place,
          "variable %d takes integers from %d to %d".formatted(variable, lo, hi),
          "at most " + MAX_STATES + " of them");
    }
    domain.lo = (int) lo;
    domain.hi = (int) hi;
  }

  /** A leaf that is one integer. */
  int indicator(int variable, int value, String place) {
    return discrete(variable, value, new double[1], place);
  }

  /**
   * A leaf that has a constant density between breaks, and 0 elsewhere; of integers, each has the
   * density of the break in front of it.
   *
   * @param densities one fewer than breaks, linear
   */
  int histogram(int variable, double[] breaks, double[] densities, String place) {
    if (breaks.length != densities.length + 1 || densities.length == 0) {
      throw ModelException.at(
          source,
          place,
          "%d breaks for %d densities".formatted(breaks.length, densities.length),
          "one break more than densities");
    }
    for (double density : densities) {
      if (!(density >= 0 && density < Double.POSITIVE_INFINITY)) {
        throw ModelException.at(
            source, place, "density " + density, "a finite number, not negative");
      }
    }
    boolean areIntegers = true;
    for (int i = 0; i < breaks.length; i++) {
      areIntegers &= breaks[i] == Math.rint(breaks[i]) && Math.abs(breaks[i]) <= 1e9;
      if (i > 0 && !(breaks[i] > breaks[i - 1])) {
        throw ModelException.at(source, place, "breaks that do not ascend", "ascending breaks");
      }
    }
    if (areIntegers && !domain(variable).isReal) {
      mention(variable, (long) breaks[0], (long) breaks[densities.length] - 1, place);
    } else if (!areIntegers) {
      domain(variable).isReal = true;
      requireOneKind(variable, "histogram of real breaks as a", place);
    }
    double[] numbers = Arrays.copyOf(breaks, breaks.length + densities.length);
    System.arraycopy(densities, 0, numbers, breaks.length, densities.length);
    return add(NodeKind.HISTOGRAM, variable, 0, new int[0], numbers);
  }

  /** The number of successes in n trials. */
  int binomial(int variable, int n, double logSuccess, String place) {
    double logFailure = Logs.complement(logSuccess);
    double[] logs = new double[n + 1];
    double logChoices = 0;
    for (int k = 0; k <= n; k++) {
      double success = k == 0 ? 0 : k * logSuccess;
      double failure = k == n ? 0 : (n - k) * logFailure;
      logs[k] = logChoices + success + failure;
      logChoices += Math.log((double) (n - k) / (k + 1));
    }
    return discrete(variable, 0, logs, place);
  }

  private Domain domain(int variable) {
    return domains.computeIfAbsent(variable, v -> new Domain());
  }

  private void requireOneKind(int variable, String leaf, String place) {
    Domain domain = domain(variable);
    if (domain.isReal && (domain.isTable || domain.isCount)) {
      throw ModelException.at(
          source,
          place,
          "a %s leaf on variable %d, which is %s by an earlier leaf"
              .formatted(leaf, variable, leaf.equals("discrete") ? "real" : "discrete"),
          "leaves of one kind on a variable");
    }
  }

  int product(int[] children) {
    return add(NodeKind.PRODUCT, -1, 0, children, new double[0]);
  }

  int sum(int[] children, double[] weights) {
    return add(NodeKind.WEIGHTED_SUM, -1, 0, children, weights);
  }

  /** A number, as its natural log. */
  int constant(double log) {
    return add(NodeKind.CONSTANT, -1, 0, new int[0], new double[] {log});
  }

  /** Makes a variable take the integers from 0 on, whatever its leaves mention. */
  void declare(int variable, int numStates, String place) {
    Domain domain = domain(variable);
    domain.isTable = true;
    requireOneKind(variable, "discrete", place);
    domain.lo = 0;
    domain.hi = Math.max(domain.hi, numStates - 1);
  }

  /**
   * The circuit.
   *
   * @param nameOf the name of the variable of each number that leaves use
   */
  NodeTable build(int root, IntFunction<String> nameOf) {
    List<ModelVariable> variables = new ArrayList<>();
    Map<Integer, Integer> indexOf = new TreeMap<>();
    domains.forEach(
        (number, domain) -> {
          indexOf.put(number, variables.size());
          variables.add(variable(nameOf.apply(number), domain));
        });
    NodeTable table = new NodeTable(source, format, variables, logWeights);
    for (int i = 0; i < nodes.size(); i++) {
      Node node = nodes.get(i);
      for (int child : node.children) {
        table.openChild(child);
      }
      int variable = node.variable < 0 ? -1 : indexOf.getOrDefault(node.variable, -1);
      NodeKind kind = node.kind;
      double[] numbers = node.numbers;
      if (kind == NodeKind.CATEGORICAL || kind == NodeKind.HISTOGRAM) {
        Domain domain = domain(node.variable);
        boolean isTable = !domain.isReal && !domain.isCount;
        numbers = isTable ? table(node, domain) : masses(node, nameOf.apply(node.variable));
        kind = isTable ? NodeKind.CATEGORICAL : NodeKind.HISTOGRAM;
      }
      for (double number : numbers) {
        table.openParameter(number);
      }
      table.close(kind, variable, i);
    }
    table.root(withRest(table, root, indexOf));
    return table;
  }

  /** A root times 1 for every state of the categorical variables that it does not mention. */
  private int withRest(NodeTable table, int root, Map<Integer, Integer> indexOf) {
    boolean[] live = new boolean[nodes.size()];
    BitSet mentioned = new BitSet();
    live[root] = true;
    for (int i = root; i >= 0; i--) {
      if (live[i]) {
        for (int child : nodes.get(i).children) {
          live[child] = true;
        }
        if (nodes.get(i).variable >= 0) {
          mentioned.set(indexOf.getOrDefault(nodes.get(i).variable, 0));
        }
      }
    }
    List<Integer> factors = new ArrayList<>();
    factors.add(root);
    for (int v = 0; v < indexOf.size(); v++) {
      if (!mentioned.get(v) && table.variables().get(v).variable() instanceof Categorical rest) {
        for (int s = 0; s < rest.numStates(); s++) {
          table.openParameter(0);
        }
        factors.add(table.numNodes());
        table.close(NodeKind.CATEGORICAL, v, root);
      }
    }
    if (factors.size() == 1) {
      return root;
    }
    factors.forEach(table::openChild);
    table.close(NodeKind.PRODUCT, -1, root);
    return table.numNodes() - 1;
  }

  /** The logs of all states of a variable, of a leaf over integers. */
  private static double[] table(Node node, Domain domain) {
    double[] logs = new double[domain.hi - domain.lo + 1];
    Arrays.fill(logs, Double.NEGATIVE_INFINITY);
    if (node.kind == NodeKind.CATEGORICAL) {
      System.arraycopy(node.numbers, 0, logs, node.lowest - domain.lo, node.numbers.length);
      return logs;
    }
    int numBins = node.numbers.length / 2;
    for (int bin = 0; bin < numBins; bin++) {
      for (int i = (int) node.numbers[bin]; i < node.numbers[bin + 1]; i++) {
        logs[i - domain.lo] = Math.log(node.numbers[numBins + 1 + bin]);
      }
    }
    return logs;
  }

  /** Breaks and masses of a leaf on a real variable or on counts. */
  private double[] masses(Node node, String name) {
    int numBins = node.kind == NodeKind.HISTOGRAM ? node.numbers.length / 2 : node.numbers.length;
    double[] result = new double[2 * numBins + 1];
    for (int bin = 0; bin <= numBins; bin++) {
      result[bin] =
          node.kind == NodeKind.HISTOGRAM ? node.numbers[bin] : (double) node.lowest + bin;
    }
    for (int bin = 0; bin < numBins; bin++) {
      result[numBins + 1 + bin] =
          node.kind == NodeKind.HISTOGRAM
              ? node.numbers[numBins + 1 + bin] * (result[bin + 1] - result[bin])
              : Math.exp(node.numbers[bin]);
    }
    Variable variable = domain(node.variable).isReal ? Variable.real(name) : Variable.count(name);
    String problem = CircuitBuilder.leafProblem(NodeKind.HISTOGRAM, variable, result);
    if (problem != null) {
      throw new ModelException(source + ": " + problem);
    }
    return result;
  }

  private static ModelVariable variable(String name, Domain domain) {
    if (domain.isReal) {
      return ModelVariable.of(Variable.real(name));
    }
    if (domain.isCount) {
      return ModelVariable.of(Variable.count(name));
    }
    List<String> states = new ArrayList<>();
    double[] codes = new double[domain.hi - domain.lo + 1];
    for (int s = 0; s < codes.length; s++) {
      codes[s] = domain.lo + s;
      states.add(Integer.toString(domain.lo + s));
    }
    return ModelVariable.categorical(name, states, codes);
  }
}
