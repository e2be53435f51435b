package org.ugmm.compiler.write;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.data.Variable.Real;

/**
 * Writes what a circuit says of complete rows as an ONNX model: the posterior of its class variable
 * where it has one, and the log-density of the row.
 *
 * <p>The input {@code rows} is a matrix of doubles: a column for each variable but the class, in
 * their order, reals as they are and states by their numbers from 0 on. Outputs are {@code
 * logDensity} [rows] (of the columns, the class summed out) and, with a class, {@code
 * probabilities} [rows][states] and {@code label} [rows]. A row of density 0 has NaN for
 * probabilities. All in double, in the log domain.
 */
final class OnnxWriter {
  /*
   * Nodes whose children are ready form a level; those of one kind and number of children in it are
   * one gather and one operation on a tensor. What later levels need of the results so far lies in
   * one tensor, the pool: [rows][nodes] as long as no node depends on the class, then
   * [rows][states][nodes], so that what does not depend on the class is computed once.
   */
  private static final double LOG_SQRT_2PI = 0.9189385332046727418;
  private static final long MAX_BYTES = 1_000_000_000; // a message must stay below two gigabytes

  private final Circuit c;
  private final int classVariable;
  private final OnnxGraph graph = new OnnxGraph();

  /** [variables] the column of each, -1 for the class. */
  private final int[] column;

  private final int[] level;
  private final boolean[] ofClass;

  /** [nodes] the last level that reads a node. */
  private final int[] lastUse;

  /** The nodes in the pool, and where each stands there. */
  private IntArrayList pooled = new IntArrayList();

  private final int[] position;
  private String pool = "";

  private OnnxWriter(Circuit circuit) {
    c = circuit;
    for (Variable variable : c.variables()) {
      if (variable instanceof Real real && real.isCount()) {
        throw ModelWriter.cannot(
            ".onnx", "variable '" + variable.name() + "' is a count", "reals and categories only");
      }
    }
    String name = c.classVariable();
    classVariable = name == null ? -1 : c.indexOf(name);
    column = new int[c.numVariables()];
    int numColumns = 0;
    for (int v = 0; v < column.length; v++) {
      column[v] = v == classVariable ? -1 : numColumns++;
    }
    int n = c.numNodes();
    level = new int[n];
    ofClass = new boolean[n];
    lastUse = new int[n];
    position = new int[n];
    Arrays.fill(position, -1);
  }

  static void write(Circuit circuit, OutputStream stream) throws IOException {
    OnnxWriter writer = new OnnxWriter(circuit);
    writer.build();
    writer.graph.model().writeTo(stream);
  }

  private void build() {
    boolean[] live = new boolean[c.numNodes()];
    live[c.root()] = true;
    for (int n = c.root(); n >= 0; n--) {
      for (int i = 0; live[n] && i < c.numChildren(n); i++) {
        live[c.child(n, i)] = true;
      }
    }
    graph.input("rows", OnnxGraph.DOUBLE, columns().size());
    graph.property("columns", String.join("\n", columns()));
    plan(live);
    run(live, false);
    if (classVariable >= 0) {
      graph.property("classes", String.join("\n", classes()));
      widen();
      run(live, true);
    }
    outputs();
  }

  private List<String> columns() {
    List<String> names = new ArrayList<>();
    for (int v = 0; v < column.length; v++) {
      if (v != classVariable) {
        names.add(c.variables().get(v).name());
      }
    }
    return names;
  }

  private List<String> classes() {
    return ((Categorical) c.variables().get(classVariable)).states();
  }

  /** What depends on the class, which level each node has, and which reads it last. */
  private void plan(boolean[] live) {
    for (int n = 0; n <= c.root(); n++) {
      ofClass[n] = classVariable >= 0 && c.variable(n) == classVariable;
      for (int i = 0; i < c.numChildren(n); i++) {
        ofClass[n] |= ofClass[c.child(n, i)];
      }
    }
    if (classVariable >= 0 && !ofClass[c.root()]) {
      throw ModelWriter.cannot(
          ".onnx", "its class variable has no leaf below the root", "a class that it speaks of");
    }
    lastUse[c.root()] = Integer.MAX_VALUE;
    for (int n = 0; n <= c.root(); n++) {
      for (int i = 0; i < c.numChildren(n); i++) {
        int child = c.child(n, i);
        if (ofClass[child] == ofClass[n]) {
          level[n] = Math.max(level[n], level[child] + 1);
        }
      }
      level[n] = ofClass[n] && !c.kind(n).isLeaf() ? Math.max(1, level[n]) : level[n];
      for (int i = 0; live[n] && i < c.numChildren(n); i++) {
        int child = c.child(n, i);
        boolean isSamePool = ofClass[child] == ofClass[n];
        lastUse[child] = Math.max(lastUse[child], isSamePool ? level[n] : Integer.MAX_VALUE);
      }
    }
  }

  /** Adds the operations of the nodes that depend on the class, or of those that do not. */
  private void run(boolean[] live, boolean withClass) {
    TreeMap<Integer, TreeMap<Long, IntArrayList>> levels = new TreeMap<>();
    for (int n = 0; n <= c.root(); n++) {
      if (live[n] && ofClass[n] == withClass) {
        long group = (long) c.kind(n).ordinal() << 32 | c.numChildren(n);
        levels
            .computeIfAbsent(level[n], l -> new TreeMap<>())
            .computeIfAbsent(group, g -> new IntArrayList())
            .add(n);
      }
    }
    for (var entry : levels.entrySet()) {
      List<String> results = new ArrayList<>();
      IntArrayList added = new IntArrayList();
      for (IntArrayList group : entry.getValue().values()) {
        results.add(group(group.toIntArray(), withClass));
        added.addAll(group);
      }
      intoPool(results, added, entry.getKey(), withClass ? 2 : 1);
      if (graph.size() > MAX_BYTES) {
        throw ModelWriter.cannot(
            ".onnx", "more than %,d bytes of parameters".formatted(MAX_BYTES), "fewer");
      }
    }
  }

  /** Joins the results of a level with what later levels read of the pool. */
  private void intoPool(List<String> results, IntArrayList added, int now, int axis) {
    IntArrayList kept = new IntArrayList();
    for (int i = 0; i < pooled.size(); i++) {
      if (lastUse[pooled.getInt(i)] > now) {
        kept.add(pooled.getInt(i));
      }
    }
    List<String> parts = new ArrayList<>();
    if (!kept.isEmpty()) {
      parts.add(kept.size() == pooled.size() ? pool : gather(positions(kept), axis));
    }
    parts.addAll(results);
    kept.addAll(added);
    pooled = kept;
    for (int i = 0; i < pooled.size(); i++) {
      position[pooled.getInt(i)] = i;
    }
    pool =
        parts.size() == 1
            ? parts.get(0)
            : graph.add("Concat", "axis", axis, parts.toArray(new String[0]));
  }

  private long[] positions(IntArrayList nodes) {
    return nodes.intStream().mapToLong(n -> position[n]).toArray();
  }

  private String gather(long[] positions, int axis) {
    String indices = graph.integers(new long[] {positions.length}, positions);
    return graph.add("Gather", "axis", axis, pool, indices);
  }

  /** The nodes that the part with the class reads, once for each of its states. */
  private void widen() {
    IntArrayList read = new IntArrayList();
    for (int i = 0; i < pooled.size(); i++) {
      if (lastUse[pooled.getInt(i)] == Integer.MAX_VALUE) {
        read.add(pooled.getInt(i));
      }
    }
    pooled = read;
    if (read.isEmpty()) {
      return;
    }
    String narrow = gather(positions(read), 1);
    String column1 = graph.add("Unsqueeze", narrow, graph.integers(new long[] {1}, 1));
    pool = graph.add("Expand", column1, graph.integers(new long[] {3}, 1, classes().size(), 1));
    for (int i = 0; i < read.size(); i++) {
      position[read.getInt(i)] = i;
    }
  }

  /** The values of nodes of one kind and number of children, in a tensor with them last. */
  private String group(int[] nodes, boolean withClass) {
    NodeKind kind = c.kind(nodes[0]);
    int axis = withClass ? 2 : 1;
    return switch (kind) {
      case GAUSSIAN -> gaussian(nodes, columnsOf(nodes));
      case GAUSSIAN_LINK -> gaussian(nodes, graph.add("Gather", "axis", axis, pool, child(nodes)));
      case CATEGORICAL -> withClass ? constant(nodes, true) : categorical(nodes);
      case BASE, CONSTANT -> constant(nodes, false);
      case PRODUCT -> graph.sumLast(graph.add("Gather", "axis", axis, pool, children(nodes)));
      case WEIGHTED_SUM -> {
        int arity = c.numChildren(nodes[0]);
        double[] logs = new double[nodes.length * arity];
        for (int i = 0; i < logs.length; i++) {
          logs[i] = Math.log(c.parameter(nodes[i / arity], i % arity));
        }
        String terms = graph.add("Gather", "axis", axis, pool, children(nodes));
        String weighted =
            graph.add("Add", terms, graph.doubles(new long[] {nodes.length, arity}, logs));
        yield logSum(weighted);
      }
      case HISTOGRAM, POISSON, UNIFORM, EXPONENTIAL, GAMMA, LOG_NORMAL, GAUSSIAN_BLOCK ->
          throw ModelWriter.cannot(
              ".onnx",
              "a leaf of the kind " + kind.name().toLowerCase(Locale.ROOT),
              "Gaussian and categorical ones only");
    };
  }

  /**
   * The log of the sum of exponentials over the last axis, which goes. ReduceLogSumExp of ONNX
   * Runtime does not subtract the greatest term first.
   */
  private String logSum(String logs) {
    String lowest = graph.doubles(new long[0], -Double.MAX_VALUE);
    String greatest = graph.add("Max", graph.maxLast(logs), lowest);
    String sum = graph.sumLast(graph.add("Exp", graph.add("Sub", logs, greatest)));
    String narrow = graph.add("Squeeze", greatest, graph.integers(new long[] {1}, -1));
    return graph.add("Add", graph.add("Log", sum), narrow);
  }

  private String children(int[] nodes) {
    int arity = c.numChildren(nodes[0]);
    long[] positions = new long[nodes.length * arity];
    for (int i = 0; i < positions.length; i++) {
      positions[i] = position[c.child(nodes[i / arity], i % arity)];
    }
    return graph.integers(new long[] {nodes.length, arity}, positions);
  }

  /** The only child of each node. */
  private String child(int[] nodes) {
    long[] positions = Arrays.stream(nodes).mapToLong(n -> position[c.child(n, 0)]).toArray();
    return graph.integers(new long[] {nodes.length}, positions);
  }

  /** The column of each leaf. */
  private String columnsOf(int[] leaves) {
    long[] columns = Arrays.stream(leaves).mapToLong(n -> column[c.variable(n)]).toArray();
    String indices = graph.integers(new long[] {columns.length}, columns);
    return graph.add("Gather", "axis", 1, "rows", indices);
  }

  /** {@code -z^2 / 2 - log scale - log sqrt(2 pi)}. */
  private String gaussian(int[] nodes, String x) {
    double[] means = new double[nodes.length];
    double[] scales = new double[nodes.length];
    double[] constants = new double[nodes.length];
    for (int i = 0; i < nodes.length; i++) {
      means[i] = c.parameter(nodes[i], 0);
      scales[i] = c.parameter(nodes[i], 1);
      constants[i] = -Math.log(scales[i]) - LOG_SQRT_2PI;
    }
    long[] shape = {nodes.length};
    String difference = graph.add("Sub", x, graph.doubles(shape, means));
    String z = graph.add("Div", difference, graph.doubles(shape, scales));
    String square = graph.add("Mul", z, z);
    String half = graph.add("Mul", square, graph.doubles(new long[0], -0.5));
    return graph.add("Add", half, graph.doubles(shape, constants));
  }

  /**
   * The logs of the states in the rows, from one table: for each leaf one entry for what is no
   * state, its states, and one more.
   */
  private String categorical(int[] leaves) {
    int n = leaves.length;
    long[] offset = new long[n];
    long[] last = new long[n];
    int size = 0;
    for (int i = 0; i < n; i++) {
      offset[i] = size + 1L;
      last[i] = c.numParameters(leaves[i]);
      size += c.numParameters(leaves[i]) + 2;
    }
    double[] table = new double[size];
    Arrays.fill(table, Double.NEGATIVE_INFINITY);
    for (int i = 0; i < n; i++) {
      for (int s = 0; s < last[i]; s++) {
        table[(int) offset[i] + s] = c.parameter(leaves[i], s);
      }
    }
    String x = columnsOf(leaves);
    String state = graph.add("Cast", "to", OnnxGraph.INT64, x);
    state = graph.add("Max", state, graph.integers(new long[0], -1));
    state = graph.add("Min", state, graph.integers(new long[] {n}, last));
    String entry = graph.add("Add", state, graph.integers(new long[] {n}, offset));
    String logs = graph.add("Gather", "axis", 0, graph.doubles(new long[] {size}, table), entry);
    // a missing value is not a number, and what follows from it is none
    String nothing = graph.add("Mul", x, graph.doubles(new long[0], 0));
    return graph.add("Add", logs, nothing);
  }

  /** Values that no column changes, [1][nodes] or [1][states][nodes], in every row. */
  private String constant(int[] nodes, boolean areClassLeaves) {
    int numStates = areClassLeaves ? classes().size() : 1;
    double[] values = new double[numStates * nodes.length];
    for (int i = 0; i < values.length; i++) {
      int n = nodes[i % nodes.length];
      values[i] = c.kind(n) == NodeKind.BASE ? 0 : c.parameter(n, i / nodes.length);
    }
    boolean isWide = areClassLeaves;
    long[] shape = isWide ? new long[] {1, numStates, nodes.length} : new long[] {1, nodes.length};
    String numRows =
        graph.add("Gather", graph.add("Shape", "rows"), graph.integers(new long[] {1}, 0));
    String ones = isWide ? graph.integers(new long[] {2}, 1, 1) : graph.integers(new long[] {1}, 1);
    String target = graph.add("Concat", "axis", 0, numRows, ones);
    return graph.add("Expand", graph.doubles(shape, values), target);
  }

  /** A log that is minus infinity where a column is outside the domain of its variable. */
  private String withinDomains(String log) {
    IntArrayList bounded = new IntArrayList();
    for (int v = 0; v < column.length; v++) {
      Variable variable = c.variables().get(v);
      boolean isBounded =
          variable instanceof Real real
              && (real.lo() > Double.NEGATIVE_INFINITY || real.hi() < Double.POSITIVE_INFINITY);
      if (isBounded) {
        bounded.add(v);
      }
    }
    if (bounded.isEmpty()) {
      return log;
    }
    long[] shape = {bounded.size()};
    long[] columns = bounded.intStream().mapToLong(v -> column[v]).toArray();
    double[] lo = bounded.intStream().mapToDouble(v -> real(v).lo()).toArray();
    double[] hi = bounded.intStream().mapToDouble(v -> real(v).hi()).toArray();
    String x = graph.add("Gather", "axis", 1, "rows", graph.integers(shape, columns));
    String isBelow = graph.add("Less", x, graph.doubles(shape, lo));
    String isAbove = graph.add("Greater", x, graph.doubles(shape, hi));
    String nothing = graph.doubles(new long[0], Double.NEGATIVE_INFINITY);
    String outside = graph.add("Or", isBelow, isAbove);
    String factors = graph.add("Where", outside, nothing, graph.doubles(new long[0], 0));
    String sum = graph.sumLast(factors);
    return graph.add(
        "Add",
        log,
        classVariable < 0 ? sum : graph.add("Unsqueeze", sum, graph.integers(new long[] {1}, 1)));
  }

  private Real real(int v) {
    return (Real) c.variables().get(v);
  }

  private void outputs() {
    String index = graph.integers(new long[0], position[c.root()]);
    String value =
        withinDomains(graph.add("Gather", "axis", classVariable < 0 ? 1 : 2, pool, index));
    String logZ = graph.doubles(new long[0], c.normaliser().logZ());
    String log = classVariable < 0 ? value : logSum(value);
    graph.addOutput("logDensity", "Sub", log, logZ);
    graph.output("logDensity", OnnxGraph.DOUBLE);
    if (classVariable >= 0) {
      String total = graph.add("Unsqueeze", log, graph.integers(new long[] {1}, 1));
      String probabilities = graph.add("Exp", graph.add("Sub", value, total));
      graph.addOutput("probabilities", "Identity", probabilities);
      graph.output("probabilities", OnnxGraph.DOUBLE, classes().size());
      String label = graph.add("ArgMax", "keepdims", 0, graph.add("Transpose", value));
      graph.addOutput("label", "Identity", label);
      graph.output("label", OnnxGraph.INT64);
    }
  }
}
