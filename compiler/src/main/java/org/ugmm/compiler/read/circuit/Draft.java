package org.ugmm.compiler.read.circuit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.model.ModelException;
import org.ugmm.compiler.model.ModelVariable;
import org.ugmm.compiler.model.NodeTable;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;

/**
 * A circuit of a format that declares no variables: what they are follows from all leaves together.
 * A variable with Gaussian leaves is real; one whose leaves speak of integers is categorical, its
 * states named by the integers from the least to the greatest that a leaf mentions.
 */
final class Draft {
  /*
   * Leaves on integers without an end, and histograms on the reals, have no node of their own in a
   * circuit yet. Whether one can be had as a table over integers is decided here and nowhere else.
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
    domain(variable, true, place);
    return add(NodeKind.GAUSSIAN, variable, 0, new int[0], new double[] {mean, scale});
  }

  /**
   * A leaf over integers.
   *
   * @param lowest the integer of the first entry
   * @param logs natural logs, one an integer; 0 elsewhere
   */
  int discrete(int variable, int lowest, double[] logs, String place) {
    Domain domain = domain(variable, false, place);
    domain.lo = Math.min(domain.lo, lowest);
    domain.hi = Math.max(domain.hi, lowest + logs.length - 1);
    if ((long) domain.hi - domain.lo >= MAX_STATES) {
      throw ModelException.at(
          source,
          place,
          "variable %d takes integers from %d to %d".formatted(variable, domain.lo, domain.hi),
          "at most " + MAX_STATES + " of them");
    }
    return add(NodeKind.CATEGORICAL, variable, lowest, new int[0], logs);
  }

  /** A leaf that is one integer. */
  int indicator(int variable, int value, String place) {
    return discrete(variable, value, new double[1], place);
  }

  /**
   * A leaf that has a constant density between breaks; only between integers, where it is a table.
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
    for (int i = 0; i < breaks.length; i++) {
      if (breaks[i] != Math.rint(breaks[i]) || Math.abs(breaks[i]) > 1e9) {
        throw ModelException.at(
            source,
            place,
            "a histogram with the break " + breaks[i],
            "breaks at integers; a histogram on a real variable cannot be compiled yet");
      }
      if (i > 0 && !(breaks[i] > breaks[i - 1])) {
        throw ModelException.at(source, place, "breaks that do not ascend", "ascending breaks");
      }
    }
    int lowest = (int) breaks[0];
    int length = (int) Math.min(breaks[densities.length] - lowest, 1L + MAX_STATES);
    double[] logs = new double[length];
    int bin = 0;
    for (int i = 0; i < length; i++) {
      while (bin < densities.length - 1 && lowest + i >= breaks[bin + 1]) {
        bin++;
      }
      logs[i] = Math.log(densities[bin]);
    }
    return discrete(variable, lowest, logs, place);
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

  private Domain domain(int variable, boolean isReal, String place) {
    Domain domain = domains.get(variable);
    if (domain == null) {
      domain = new Domain();
      domain.isReal = isReal;
      domains.put(variable, domain);
    }
    if (domain.isReal != isReal) {
      throw ModelException.at(
          source,
          place,
          "a %s leaf on variable %d, which is %s by an earlier leaf"
              .formatted(
                  isReal ? "Gaussian" : "discrete", variable, isReal ? "discrete" : "Gaussian"),
          "leaves of one kind on a variable");
    }
    return domain;
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
    Domain domain = domain(variable, false, place);
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
      double[] numbers = node.numbers;
      if (node.kind == NodeKind.CATEGORICAL) {
        numbers = padded(node, domains.get(node.variable));
      }
      for (double number : numbers) {
        table.openParameter(number);
      }
      table.close(node.kind, variable, i);
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

  private static double[] padded(Node node, @Nullable Domain domain) {
    if (domain == null) {
      throw new AssertionError("no domain of variable " + node.variable);
    }
    double[] logs = new double[domain.hi - domain.lo + 1];
    Arrays.fill(logs, Double.NEGATIVE_INFINITY);
    System.arraycopy(node.numbers, 0, logs, node.lowest - domain.lo, node.numbers.length);
    return logs;
  }

  private static ModelVariable variable(String name, Domain domain) {
    if (domain.isReal) {
      return ModelVariable.of(Variable.real(name));
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
