package org.ugmm.compiler.graph;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.CircuitBuilder;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Variable;

/**
 * A directed acyclic graph of circuit nodes in which equal nodes are one node: adding a node equal
 * to an earlier one yields the earlier. Children come before parents. Passes read one graph and
 * write another; a graph only grows. Not thread-safe.
 */
public final class Graph {
  /*
   * Struct of arrays, as in org.ugmm.engine.Circuit and with the same parameters, grown by doubling.
   * A new node is first appended, then looked up by its content in a table of hashes and node numbers
   * with linear probing; when an equal node is there, the appended one is taken back. A word of the
   * table holds the hash itself, so that a look-up that finds nothing reads one cache line. So a node
   * costs its content and about 30 bytes, and no object: 10^7 edges fit a small heap. The children of a
   * product and of a sum keep their order, so two sums with the same terms in another order are two.
   */
  private static final NodeKind[] KINDS = NodeKind.values();
  private static final int MAX_TABLE = 1 << 30;
  private static final int MAX_LENGTH = Integer.MAX_VALUE - 16;

  private final List<Variable> variables;
  private final Origins origins;
  private byte[] kind;
  private int[] variable;
  private int[] edgeStart;
  private int[] parameterStart;
  private int[] hash;
  private int[] origin;
  private double[] rounding;
  private int[] child;
  private double[] parameter;
  private int numNodes;
  private int root = -1;

  /** Whether each node can be reached from the root; null when that is not known any more. */
  private boolean @Nullable [] live;

  /** [power of two] hash and number plus one of a node, 0 where there is none. */
  private long[] table = {};

  /** Nodes {@code [0, numTabled)} are in the table; the others were appended as known to differ. */
  private int numTabled;

  /** An empty graph. */
  public Graph(List<Variable> variables, Origins origins) {
    this(variables, origins, 16, 16, 16);
  }

  private Graph(List<Variable> variables, Origins origins, int nodes, int edges, int parameters) {
    this.variables = List.copyOf(variables);
    this.origins = origins;
    kind = new byte[nodes];
    variable = new int[nodes];
    edgeStart = new int[nodes + 1];
    parameterStart = new int[nodes + 1];
    hash = new int[nodes];
    origin = new int[nodes];
    rounding = new double[nodes];
    child = new int[edges];
    parameter = new double[parameters];
  }

  /** An empty graph over the same variables with room for what this one holds. */
  public Graph emptyCopy() {
    return new Graph(
        variables,
        origins,
        Math.max(16, numNodes),
        Math.max(16, numEdges()),
        Math.max(16, numParameters()));
  }

  /** The variables. */
  public List<Variable> variables() {
    return variables;
  }

  /** Where nodes come from in the words of the model. */
  public Origins origins() {
    return origins;
  }

  /** Number of nodes, live or not. */
  public int numNodes() {
    return numNodes;
  }

  /** Number of edges. */
  public int numEdges() {
    return edgeStart[numNodes];
  }

  /** Number of parameters. */
  public int numParameters() {
    return parameterStart[numNodes];
  }

  /** The root; -1 before it is set. */
  public int root() {
    return root;
  }

  /** Sets the root. */
  public void root(int node) {
    assert node >= 0 && node < numNodes : node;
    root = node;
    live = null;
  }

  /** The kind of a node. */
  public NodeKind kind(int node) {
    return KINDS[kind[node]];
  }

  /** The variable of a leaf, -1 for other nodes. */
  public int variable(int node) {
    return variable[node];
  }

  /** The origin of a node for {@link #origins}; -1 when no pass knows one. */
  public int origin(int node) {
    return origin[node];
  }

  /** Records where a node comes from, unless that is known. */
  public void origin(int node, int from) {
    if (origin[node] < 0) {
      origin[node] = from;
    }
  }

  /**
   * What was rounded of the parameters of a node since the model was read, in units of 2^-53:
   * bounds the relative error of a scale and of each weight, the absolute error of each log.
   */
  public double rounding(int node) {
    return rounding[node];
  }

  /**
   * Notes what was rounded of the parameters of a node; where equal nodes became one, the most.
   *
   * @return the node
   */
  public int rounded(int node, double units) {
    rounding[node] = Math.max(rounding[node], units);
    return node;
  }

  /** [numNodes] {@link #rounding} of all nodes; empty where nothing was rounded. */
  public double[] roundings() {
    for (int n = 0; n < numNodes; n++) {
      if (rounding[n] > 0) {
        return Arrays.copyOf(rounding, numNodes);
      }
    }
    return new double[0];
  }

  /** Number of children. */
  public int numChildren(int node) {
    return edgeStart[node + 1] - edgeStart[node];
  }

  /** The i-th child, an earlier node. */
  public int child(int node, int i) {
    return child[edgeStart[node] + i];
  }

  /** Number of parameters of a node. */
  public int numParameters(int node) {
    return parameterStart[node + 1] - parameterStart[node];
  }

  /** The i-th parameter of a node, in the meaning of {@code Circuit.parameter}. */
  public double parameter(int node, int i) {
    return parameter[parameterStart[node] + i];
  }

  /** The parameters of a node, a copy. */
  public double[] parameters(int node) {
    return Arrays.copyOfRange(parameter, parameterStart[node], parameterStart[node + 1]);
  }

  /** The children of a node, a copy. */
  public int[] children(int node) {
    return Arrays.copyOfRange(child, edgeStart[node], edgeStart[node + 1]);
  }

  /** A Gaussian leaf on a real variable. */
  public int gaussian(int variableIndex, double mean, double scale) {
    openParameter(mean);
    openParameter(scale);
    return close(NodeKind.GAUSSIAN, variableIndex);
  }

  /** A categorical leaf; natural logs, one a state. */
  public int categorical(int variableIndex, double... logs) {
    for (double log : logs) {
      openParameter(log);
    }
    return close(NodeKind.CATEGORICAL, variableIndex);
  }

  /** A leaf of one of the rarer families, with the parameters of its kind. */
  public int leaf(NodeKind family, int variableIndex, double... parameters) {
    for (double value : parameters) {
      openParameter(value);
    }
    return close(family, variableIndex);
  }

  /** A Gaussian over several real variables, with the parameters of its kind. */
  public int block(double... parameters) {
    for (double value : parameters) {
      openParameter(value);
    }
    return close(NodeKind.GAUSSIAN_BLOCK, -1);
  }

  /** The variables of a Gaussian over several of them. */
  public int[] blockVariables(int node) {
    return CircuitBuilder.blockVariables(parameters(node));
  }

  /** The base measure of a real variable with a bounded domain. */
  public int base(int variableIndex) {
    return close(NodeKind.BASE, variableIndex);
  }

  /** A constant, as a natural log. */
  public int constant(double log) {
    openParameter(log);
    return close(NodeKind.CONSTANT, -1);
  }

  /** A Gaussian over the log of a node. */
  public int link(int node, double mean, double scale) {
    openChild(node);
    openParameter(mean);
    openParameter(scale);
    return close(NodeKind.GAUSSIAN_LINK, -1);
  }

  /** A product. */
  public int product(int... children) {
    for (int c : children) {
      openChild(c);
    }
    return closeProduct();
  }

  /** Appends a child to the node that the next close ends. */
  public void openChild(int node) {
    assert node >= 0 && node < numNodes : node;
    int at = edgeStart[numNodes] + openEdges;
    if (at == child.length) {
      child = Arrays.copyOf(child, grown(at));
    }
    child[at] = node;
    openEdges++;
  }

  /** Appends a child with a linear weight to the sum that the next close ends. */
  public void openTerm(int node, double weight) {
    openChild(node);
    openParameter(weight);
  }

  /** Ends a product of the open children, at least one. */
  public int closeProduct() {
    return close(NodeKind.PRODUCT, -1);
  }

  /** Ends a sum of the open terms, at least one. */
  public int closeSum() {
    return close(NodeKind.WEIGHTED_SUM, -1);
  }

  /** Adds a copy of a node of another graph with its children renumbered. */
  public int copy(Graph from, int node, int[] renumbered) {
    for (int e = from.edgeStart[node]; e < from.edgeStart[node + 1]; e++) {
      openChild(renumbered[from.child[e]]);
    }
    for (int p = from.parameterStart[node]; p < from.parameterStart[node + 1]; p++) {
      openParameter(from.parameter[p]);
    }
    int copy = close(from.kind(node), from.variable[node]);
    origin(copy, from.origin[node]);
    return rounded(copy, from.rounding[node]);
  }

  /**
   * Adds copies of the live nodes of another graph in an order, all of them. They differ from each
   * other as they do there, so none is looked up.
   *
   * @param order the nodes, children first
   * @param count how many of these
   * @return [nodes of the other graph] the number of each copy
   */
  public int[] copyAll(Graph from, int[] order, int count) {
    int[] renumbered = new int[from.numNodes];
    for (int i = 0; i < count; i++) {
      int n = order[i];
      for (int e = from.edgeStart[n]; e < from.edgeStart[n + 1]; e++) {
        openChild(renumbered[from.child[e]]);
      }
      for (int p = from.parameterStart[n]; p < from.parameterStart[n + 1]; p++) {
        openParameter(from.parameter[p]);
      }
      renumbered[n] = append(from.kind[n], from.variable[n]);
      origin[renumbered[n]] = from.origin[n];
      rounding[renumbered[n]] = from.rounding[n];
      hash[renumbered[n]] = hashOf(renumbered[n]);
      numNodes++;
    }
    return renumbered;
  }

  private int openEdges;
  private int openParameters;

  private void openParameter(double value) {
    assert !Double.isNaN(value);
    int at = parameterStart[numNodes] + openParameters;
    if (at == parameter.length) {
      parameter = Arrays.copyOf(parameter, grown(at));
    }
    parameter[at] = value;
    openParameters++;
  }

  /** Writes the open node behind the last one, without counting it. */
  private int append(byte nodeKind, int variableIndex) {
    int node = numNodes;
    if (node == kind.length) {
      growNodes();
    }
    live = null;
    kind[node] = nodeKind;
    variable[node] = variableIndex;
    origin[node] = -1;
    rounding[node] = 0;
    edgeStart[node + 1] = edgeStart[node] + openEdges;
    parameterStart[node + 1] = parameterStart[node] + openParameters;
    openEdges = 0;
    openParameters = 0;
    return node;
  }

  private int close(NodeKind nodeKind, int variableIndex) {
    int node = append((byte) nodeKind.ordinal(), variableIndex);
    hash[node] = hashOf(node);
    if (2 * (numNodes + 1L) > table.length && table.length < MAX_TABLE) {
      growTable();
    }
    while (numTabled < numNodes) {
      table[slotOf(numTabled)] = entry(numTabled);
      numTabled++;
    }
    int slot = slotOf(node);
    if (table[slot] != 0) {
      return (int) table[slot] - 1;
    }
    table[slot] = entry(node);
    numTabled++;
    numNodes++;
    return node;
  }

  private long entry(int node) {
    return (long) hash[node] << 32 | (node + 1);
  }

  /** Where a node equal to this one stands in the table, or else where this one belongs. */
  private int slotOf(int node) {
    int mask = table.length - 1;
    int slot = hash[node] & mask;
    while (table[slot] != 0) {
      if ((int) (table[slot] >>> 32) == hash[node] && sameContent((int) table[slot] - 1, node)) {
        return slot;
      }
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private void growTable() {
    long[] old = table;
    table = new long[(int) Math.min(MAX_TABLE, 4L * Integer.highestOneBit(Math.max(16, numNodes)))];
    int mask = table.length - 1;
    for (long entry : old) {
      if (entry != 0) {
        int slot = (int) (entry >>> 32) & mask;
        while (table[slot] != 0) {
          slot = (slot + 1) & mask;
        }
        table[slot] = entry;
      }
    }
  }

  private void growNodes() {
    int length = grown(numNodes);
    kind = Arrays.copyOf(kind, length);
    variable = Arrays.copyOf(variable, length);
    hash = Arrays.copyOf(hash, length);
    origin = Arrays.copyOf(origin, length);
    rounding = Arrays.copyOf(rounding, length);
    edgeStart = Arrays.copyOf(edgeStart, length + 1);
    parameterStart = Arrays.copyOf(parameterStart, length + 1);
  }

  private static int grown(int length) {
    if (length >= MAX_LENGTH) {
      throw new IllegalStateException("a circuit of more than " + MAX_LENGTH + " nodes or edges");
    }
    return (int) Math.min(MAX_LENGTH, length + (length >> 1) + 16L);
  }

  private int hashOf(int node) {
    long h = kind[node] * 31L + variable[node];
    for (int e = edgeStart[node]; e < edgeStart[node + 1]; e++) {
      h = (h ^ child[e]) * 0x9E3779B97F4A7C15L;
      h ^= h >>> 32;
    }
    for (int p = parameterStart[node]; p < parameterStart[node + 1]; p++) {
      h = (h ^ Double.doubleToLongBits(parameter[p])) * 0x9E3779B97F4A7C15L;
      h ^= h >>> 32;
    }
    return (int) (h ^ h >>> 32);
  }

  /** Whether two nodes say the same; numbers by their bits. Most have a few of them. */
  private boolean sameContent(int a, int b) {
    int edges = numChildren(a);
    int parameters = numParameters(a);
    if (kind[a] != kind[b]
        || variable[a] != variable[b]
        || edges != numChildren(b)
        || parameters != numParameters(b)) {
      return false;
    }
    for (int i = 0; i < edges; i++) {
      if (child[edgeStart[a] + i] != child[edgeStart[b] + i]) {
        return false;
      }
    }
    for (int i = 0; i < parameters; i++) {
      if (Double.doubleToRawLongBits(parameter[parameterStart[a] + i])
          != Double.doubleToRawLongBits(parameter[parameterStart[b] + i])) {
        return false;
      }
    }
    return true;
  }

  /** Whether each node can be reached from the root. The caller must not change it. */
  public boolean[] live() {
    boolean[] known = live;
    if (known == null) {
      known = new boolean[numNodes];
      known[root] = true;
      for (int n = root; n >= 0; n--) {
        if (known[n]) {
          for (int e = edgeStart[n]; e < edgeStart[n + 1]; e++) {
            known[child[e]] = true;
          }
        }
      }
      live = known;
    }
    return known;
  }

  /** Number of live nodes. */
  public int numLiveNodes() {
    int count = 0;
    for (boolean isLive : live()) {
      count += isLive ? 1 : 0;
    }
    return count;
  }

  /** Number of edges of live nodes. */
  public int numLiveEdges() {
    boolean[] isLive = live();
    int count = 0;
    for (int n = 0; n < numNodes; n++) {
      count += isLive[n] ? numChildren(n) : 0;
    }
    return count;
  }

  /** Whether a Gaussian link can be reached from the root. */
  public boolean hasLinks() {
    boolean[] isLive = live();
    for (int n = 0; n <= root; n++) {
      if (isLive[n] && kind(n) == NodeKind.GAUSSIAN_LINK) {
        return true;
      }
    }
    return false;
  }

  /** A node in the words of the model, such as {@code product unit 12 of layer 'joint'}. */
  public String describe(int node) {
    String word =
        switch (kind(node)) {
          case GAUSSIAN -> "Gaussian";
          case CATEGORICAL -> "categorical";
          case BASE -> "base measure";
          case CONSTANT -> "constant";
          case WEIGHTED_SUM -> "sum";
          case PRODUCT -> "product";
          case GAUSSIAN_LINK -> "Gaussian link";
          case HISTOGRAM -> "histogram";
          case POISSON -> "Poisson";
          case UNIFORM -> "uniform";
          case EXPONENTIAL -> "exponential";
          case GAMMA -> "gamma";
          case LOG_NORMAL -> "log-normal";
          case GAUSSIAN_BLOCK -> "Gaussian over several variables";
        };
    if (origin[node] >= 0) {
      return word + " " + origins.describe(origin[node]);
    }
    return variable[node] >= 0
        ? word + " on '" + variables.get(variable[node]).name() + "'"
        : word + " made by the compiler";
  }
}
