package org.ugmm.compiler.model;

import it.unimi.dsi.fastutil.doubles.DoubleArrayList;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.util.List;
import org.ugmm.engine.data.NodeKind;

/** A circuit node by node as a file states it, children first. Readers fill it, then it is read. */
public final class NodeTable implements Model {
  /*
   * Struct of arrays as in org.ugmm.engine.Circuit, except that the weights of a sum are natural
   * logs when logWeights is set: the lowering decides which are too small for a linear weight.
   */
  private static final NodeKind[] KINDS = NodeKind.values();

  private final String source;
  private final String format;
  private List<ModelVariable> variables;
  private final boolean logWeights;
  private final IntArrayList kind = new IntArrayList();
  private final IntArrayList variable = new IntArrayList();
  private final IntArrayList edgeStart = IntArrayList.of(0);
  private final IntArrayList parameterStart = IntArrayList.of(0);
  private final IntArrayList label = new IntArrayList();

  private final IntArrayList child = new IntArrayList();
  private final DoubleArrayList parameter = new DoubleArrayList();

  private int root = -1;

  /**
   * An empty table.
   *
   * @param logWeights whether the weights of sums are natural logs
   */
  public NodeTable(
      String source, String format, List<ModelVariable> variables, boolean logWeights) {
    this.source = source;
    this.format = format;
    this.variables = List.copyOf(variables);
    this.logWeights = logWeights;
  }

  /** Appends a child, an earlier node, to the node that the next close ends. */
  public void openChild(int node) {
    child.add(node);
  }

  /** Appends a parameter to the node that the next close ends. */
  public void openParameter(double value) {
    parameter.add(value);
  }

  /** Ends the node whose children and parameters have been appended. */
  public void close(NodeKind nodeKind, int variableIndex, int nodeLabel) {
    kind.add(nodeKind.ordinal());
    variable.add(variableIndex);
    edgeStart.add(child.size());
    parameterStart.add(parameter.size());
    label.add(nodeLabel);
  }

  /** Says what the variables are, for a format that has told it only at its end. */
  public void variables(List<ModelVariable> all) {
    variables = List.copyOf(all);
  }

  /** Says which node is the root. */
  public void root(int node) {
    root = node;
  }

  /** Number of children appended to the node being read. */
  public int openChildren() {
    return child.size() - edgeStart.getInt(kind.size());
  }

  /** Number of parameters appended to the node being read. */
  public int openParameters() {
    return parameter.size() - parameterStart.getInt(kind.size());
  }

  @Override
  public String source() {
    return source;
  }

  @Override
  public String format() {
    return format;
  }

  @Override
  public List<ModelVariable> variables() {
    return variables;
  }

  /** Whether the weights of sums are natural logs. */
  public boolean logWeights() {
    return logWeights;
  }

  /** Number of nodes. */
  public int numNodes() {
    return kind.size();
  }

  /** The root node. */
  public int root() {
    return root;
  }

  /** The kind of a node. */
  public NodeKind kind(int node) {
    return KINDS[kind.getInt(node)];
  }

  /** The variable of a leaf, -1 for other nodes. */
  public int variable(int node) {
    return variable.getInt(node);
  }

  /** The number by which the file names the node. */
  public int label(int node) {
    return label.getInt(node);
  }

  /** Number of children of a node. */
  public int numChildren(int node) {
    return edgeStart.getInt(node + 1) - edgeStart.getInt(node);
  }

  /** The i-th child of a node, an earlier node. */
  public int child(int node, int i) {
    return child.getInt(edgeStart.getInt(node) + i);
  }

  /** Number of parameters of a node. */
  public int numParameters(int node) {
    return parameterStart.getInt(node + 1) - parameterStart.getInt(node);
  }

  /** The i-th parameter of a node, in the meaning of {@code Circuit.parameter} but for weights. */
  public double parameter(int node, int i) {
    return parameter.getDouble(parameterStart.getInt(node) + i);
  }
}
