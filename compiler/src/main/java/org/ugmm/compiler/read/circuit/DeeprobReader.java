package org.ugmm.compiler.read.circuit;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.ugmm.compiler.model.ModelException;
import org.ugmm.compiler.model.NodeTable;
import org.ugmm.compiler.model.Source;
import org.ugmm.compiler.read.json.JsonCursor;
import org.ugmm.engine.data.NodeKind;

/**
 * Reads the JSON of deeprob-kit, a graph of nodes and links from child to parent. Weights and
 * probabilities, which it rounds to eight decimals, are divided by their sums. Column number i,
 * from 0 on, becomes {@code xi}.
 */
public final class DeeprobReader {
  private final String source;
  private final Draft draft;
  private final Map<Integer, Node> nodes = new HashMap<>();

  /** A node as read, and its place in the draft once it is there. */
  private static final class Node {
    private final int id;
    private final String place;
    private String kind = "";
    private int[] scope = {};
    private double[] weights = {};
    private final Map<String, double[]> parameters = new HashMap<>();
    private final Map<Integer, Integer> childAt = new TreeMap<>();
    private int drafted = -1;
    private boolean isOpen;

    Node(int id, String place) {
      this.id = id;
      this.place = place;
    }
  }

  private DeeprobReader(String source) {
    this.source = source;
    draft = new Draft(source, "deeprob-kit", false);
  }

  /** Reads the document. */
  public static NodeTable read(Source source) throws IOException {
    DeeprobReader reader = new DeeprobReader(source.name());
    try (JsonCursor in = JsonCursor.open(source)) {
      in.next();
      in.expectObject("a circuit");
      for (String field; (field = in.nextFreeField()) != null; ) {
        switch (field) {
          case "nodes" -> reader.nodes(in);
          case "links", "edges" -> reader.links(in);
          default -> in.skip();
        }
      }
      in.expectEnd();
    }
    return reader.draft.build(reader.root(), v -> "x" + v);
  }

  private void nodes(JsonCursor in) throws IOException {
    in.expectArray("nodes");
    while (in.nextElement()) {
      in.expectObject("a node");
      Node node = new Node(-1, in.place());
      int id = -1;
      for (String field; (field = in.nextFreeField()) != null; ) {
        switch (field) {
          case "id" -> id = in.integer("the id of a node", 0, Integer.MAX_VALUE);
          case "class" -> node.kind = in.string("the class of a node");
          case "scope" -> node.scope = toInts(in.numbers("a column"), in);
          case "weights" -> node.weights = in.numbers("a weight");
          case "params" -> parameters(in, node);
          default -> in.skip();
        }
      }
      known(id, node.place, node);
    }
  }

  /** Takes what was read of a node; links may have named it before. */
  private void known(int id, String place, Node read) {
    Node node = node(id, place);
    if (!node.kind.isEmpty()) {
      throw fail(place, "a second node with id " + id, "each id once");
    }
    node.kind = read.kind;
    node.scope = read.scope;
    node.weights = read.weights;
    node.parameters.putAll(read.parameters);
  }

  private Node node(int id, String place) {
    return nodes.computeIfAbsent(id, i -> new Node(i, place));
  }

  private static int[] toInts(double[] numbers, JsonCursor in) {
    int[] ints = new int[numbers.length];
    for (int i = 0; i < ints.length; i++) {
      ints[i] = (int) numbers[i];
      if (ints[i] != numbers[i] || ints[i] < 0) {
        throw in.fail("column " + numbers[i], "an integer, 0, 1, 2, ...");
      }
    }
    return ints;
  }

  private static void parameters(JsonCursor in, Node node) throws IOException {
    in.expectObject("the parameters");
    for (String field; (field = in.nextFreeField()) != null; ) {
      if (in.isNull()) {
        continue;
      }
      node.parameters.put(field, in.flatNumbers("a parameter"));
    }
  }

  private void links(JsonCursor in) throws IOException {
    in.expectArray("links");
    while (in.nextElement()) {
      in.expectObject("a link");
      String place = in.place();
      int child = -1;
      int parent = -1;
      int position = -1;
      for (String field; (field = in.nextFreeField()) != null; ) {
        switch (field) {
          case "source" -> child = in.integer("the id of the child", 0, Integer.MAX_VALUE);
          case "target" -> parent = in.integer("the id of the parent", 0, Integer.MAX_VALUE);
          case "idx" -> position = in.integer("the place of the child", 0, Integer.MAX_VALUE);
          default -> in.skip();
        }
      }
      if (child < 0 || parent < 0) {
        throw fail(place, "a link without source or target", "both");
      }
      Node of = node(parent, place);
      int at = position < 0 ? of.childAt.size() : position;
      if (of.childAt.putIfAbsent(at, child) != null) {
        throw fail(place, "a second child %d of node %d".formatted(at, parent), "each place once");
      }
    }
  }

  /** Drafts the nodes below the one with id 0, children first. */
  private int root() {
    Node root = node(0, "whole file");
    List<Node> stack = new ArrayList<>();
    stack.add(root);
    while (!stack.isEmpty()) {
      Node node = stack.get(stack.size() - 1);
      if (node.drafted >= 0) {
        stack.remove(stack.size() - 1);
      } else if (node.isOpen) {
        node.drafted = draft(node);
        stack.remove(stack.size() - 1);
      } else {
        node.isOpen = true;
        for (int id : node.childAt.values()) {
          Node child = node(id, node.place);
          if (child.isOpen && child.drafted < 0) {
            throw fail(node.place, "a cycle through node " + id, "a graph without one");
          }
          stack.add(child);
        }
      }
    }
    return root.drafted;
  }

  private int draft(Node node) {
    switch (node.kind) {
      case "Sum" -> {
        if (node.weights.length != node.childAt.size() || node.weights.length == 0) {
          throw fail(
              node.place,
              "%d weights for %d children".formatted(node.weights.length, node.childAt.size()),
              "one weight a child");
        }
        return draft.sum(children(node), shares(node, node.weights, "weights"));
      }
      case "Product" -> {
        if (node.childAt.isEmpty()) {
          throw fail(node.place, "no child of node " + node.id, "at least one");
        }
        return draft.product(children(node));
      }
      case "Bernoulli" -> {
        double p = parameter(node, "p");
        if (!(p >= 0 && p <= 1)) {
          throw fail(node.place, "p = " + p, "a probability");
        }
        return draft.discrete(column(node), 0, Logs.of(1 - p, p), node.place);
      }
      case "Categorical" -> {
        double[] shares = shares(node, array(node, "probabilities"), "probabilities");
        return draft.discrete(column(node), 0, Logs.of(shares), node.place);
      }
      case "Isotonic" -> {
        double[] densities = shares(node, array(node, "densities"), "densities");
        return draft.histogram(column(node), array(node, "breaks"), densities, node.place);
      }
      case "Gaussian" -> {
        double scale = parameter(node, "stddev");
        if (!(scale > 0)) {
          throw fail(node.place, "stddev = " + scale, "a positive number");
        }
        return draft.gaussian(column(node), parameter(node, "mean"), scale, node.place);
      }
      case "Uniform" -> {
        double start = parameter(node, "start");
        double[] ends = {start, start + parameter(node, "width")};
        return draft.leaf(NodeKind.UNIFORM, column(node), ends, node.place);
      }
      case "BinaryCLT" -> {
        return tree(node);
      }
      default ->
          throw fail(
              node.place,
              "a node of the class '" + ModelException.shorten(node.kind) + "'",
              "Sum, Product, Bernoulli, Categorical, Isotonic, Uniform, Gaussian or BinaryCLT");
    }
  }

  private int[] children(Node node) {
    return node.childAt.values().stream().mapToInt(id -> node(id, node.place).drafted).toArray();
  }

  private int column(Node node) {
    if (node.scope.length != 1) {
      throw fail(node.place, node.scope.length + " columns of a leaf", "one");
    }
    return node.scope[0];
  }

  private double[] array(Node node, String name) {
    double[] values = node.parameters.get(name);
    if (values == null) {
      throw fail(node.place, "no parameter '" + name + "'", "it in 'params'");
    }
    return values;
  }

  private double parameter(Node node, String name) {
    double[] values = array(node, name);
    if (values.length != 1) {
      throw fail(node.place, values.length + " numbers as '" + name + "'", "one");
    }
    return values[0];
  }

  private double[] shares(Node node, double[] values, String what) {
    double sum = 0;
    for (double value : values) {
      if (value < 0) {
        throw fail(node.place, what + " with " + value, "numbers that are not negative");
      }
      sum += value;
    }
    if (!(Math.abs(sum - 1) <= 1e-3)) {
      throw fail(node.place, what + " that sum to " + sum, "1, up to rounding");
    }
    double[] shares = values.clone();
    for (int i = 0; i < shares.length; i++) {
      shares[i] /= sum;
    }
    return shares;
  }

  /**
   * A tree of binary columns as a circuit: for each column and each state of its parent in the tree
   * one node, the mixture over its own states.
   */
  private int tree(Node node) {
    int n = node.scope.length;
    int[] parent = new int[n];
    double[] tree = array(node, "tree");
    double[] logs = array(node, "params");
    if (n == 0 || tree.length != n || logs.length != 4 * n) {
      throw fail(
          node.place,
          "%d parents and %d parameters of %d columns".formatted(tree.length, logs.length, n),
          "a parent and four parameters a column");
    }
    int root = -1;
    for (int i = 0; i < n; i++) {
      parent[i] = (int) tree[i];
      if (parent[i] != tree[i] || parent[i] < -1 || parent[i] >= n) {
        throw fail(node.place, "parent " + tree[i], "a place in the scope, or -1");
      }
      if (parent[i] < 0 && root >= 0) {
        throw fail(node.place, "a second root of the tree", "one");
      }
      root = parent[i] < 0 ? i : root;
    }
    List<Integer> order = childrenFirst(node, parent, root);
    List<List<int[]>> below = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      below.add(new ArrayList<>());
    }
    int[] last = {-1, -1};
    for (int i : order) {
      int[] given = new int[2];
      for (int state = 0; state < 2; state++) {
        given[state] =
            column(
                node,
                node.scope[i],
                below.get(i),
                logs[4 * i + 2 * state],
                logs[4 * i + 2 * state + 1]);
      }
      if (parent[i] >= 0) {
        below.get(parent[i]).add(given);
      }
      last = given;
    }
    return last[0];
  }

  private List<Integer> childrenFirst(Node node, int[] parent, int root) {
    List<Integer> order = new ArrayList<>();
    List<List<Integer>> children = new ArrayList<>();
    for (int i = 0; i < parent.length; i++) {
      children.add(new ArrayList<>());
    }
    for (int i = 0; i < parent.length; i++) {
      if (parent[i] >= 0) {
        children.get(parent[i]).add(i);
      }
    }
    if (root >= 0) {
      order.add(root);
    }
    for (int at = 0; at < order.size(); at++) {
      order.addAll(children.get(order.get(at)));
    }
    if (order.size() != parent.length) {
      throw fail(node.place, "a tree with a cycle", "one whose columns all hang on one root");
    }
    Collections.reverse(order);
    return order;
  }

  /** The mixture over the states of one column; below it what each of its states selects. */
  private int column(Node node, int column, List<int[]> below, double log0, double log1) {
    if (below.isEmpty()) {
      return draft.discrete(column, 0, new double[] {log0, log1}, node.place);
    }
    int[] terms = new int[2];
    for (int state = 0; state < 2; state++) {
      int[] factors = new int[below.size() + 1];
      factors[0] = draft.indicator(column, state, node.place);
      for (int b = 0; b < below.size(); b++) {
        factors[b + 1] = below.get(b)[state];
      }
      terms[state] = draft.product(factors);
    }
    return draft.sum(terms, new double[] {Math.exp(log0), Math.exp(log1)});
  }

  private ModelException fail(String place, String found, String expected) {
    return ModelException.at(source, place, found, expected);
  }
}
