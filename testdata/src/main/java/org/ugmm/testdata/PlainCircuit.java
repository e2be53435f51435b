package org.ugmm.testdata;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * A plain description of a circuit: variables, nodes (children before parents), and a root. It
 * holds no algorithm beyond its own structure; {@link Oracle} and {@link ExactOracle} give it
 * values.
 *
 * @param variables the variables; nodes refer to them by index
 * @param nodes the nodes, children before parents
 * @param root index of the node whose value is the circuit's
 */
public record PlainCircuit(List<PlainVariable> variables, List<PlainNode> nodes, int root) {

  private static final int[] NO_CHILDREN = {};

  /**
   * Checks indices and parameters.
   *
   * @throws IllegalArgumentException naming the node and what is wrong with it
   */
  public PlainCircuit {
    variables = List.copyOf(variables);
    nodes = List.copyOf(nodes);
    if (root < 0 || root >= nodes.size()) {
      throw new IllegalArgumentException("root " + root + " of " + nodes.size() + " nodes");
    }
    for (int i = 0; i < nodes.size(); i++) {
      String problem = problemOf(variables, nodes.get(i), i);
      if (!problem.isEmpty()) {
        throw new IllegalArgumentException("node " + i + ": " + problem);
      }
    }
  }

  private static String problemOf(List<PlainVariable> variables, PlainNode node, int index) {
    for (int child : childrenOf(node)) {
      if (child < 0 || child >= index) {
        return "child " + child + " is not an earlier node";
      }
    }
    int var = varOf(node);
    if (var >= variables.size() || (var < 0 && var != -1)) {
      return "variable " + var + " of " + variables.size();
    }
    if (node instanceof PlainNode.Gaussian g && !isLocationScale(g.mean(), g.scale())) {
      return "mean " + g.mean() + ", scale " + g.scale();
    }
    if (node instanceof PlainNode.Link l && !isLocationScale(l.mean(), l.scale())) {
      return "mean " + l.mean() + ", scale " + l.scale();
    }
    if (node instanceof PlainNode.Categorical c) {
      if (!(variables.get(c.var()) instanceof PlainVariable.Categorical v)
          || v.numStates() != c.p().length) {
        return c.p().length + " probabilities do not fit " + variables.get(c.var());
      }
      return areWeights(c.p()) ? "" : "probabilities " + Arrays.toString(c.p());
    }
    if (node instanceof PlainNode.WeightedSum s) {
      if (s.children().length != s.weights().length) {
        return s.children().length + " children, " + s.weights().length + " weights";
      }
      return areWeights(s.weights()) ? "" : "weights " + Arrays.toString(s.weights());
    }
    return "";
  }

  private static boolean isLocationScale(double mean, double scale) {
    return Double.isFinite(mean) && scale > 0 && Double.isFinite(scale);
  }

  private static boolean areWeights(double[] weights) {
    for (double w : weights) {
      if (!(w >= 0) || Double.isInfinite(w)) {
        return false;
      }
    }
    return true;
  }

  /** The children of a node; empty for a leaf. Not a copy. */
  public static int[] childrenOf(PlainNode node) {
    if (node instanceof PlainNode.Product p) {
      return p.children();
    }
    if (node instanceof PlainNode.WeightedSum s) {
      return s.children();
    }
    return node instanceof PlainNode.Link l ? new int[] {l.child()} : NO_CHILDREN;
  }

  /** The variable a leaf reads, or -1 for a node that reads none. */
  public static int varOf(PlainNode node) {
    if (node instanceof PlainNode.Gaussian g) {
      return g.var();
    }
    if (node instanceof PlainNode.Categorical c) {
      return c.var();
    }
    return node instanceof PlainNode.Base b ? b.var() : -1;
  }

  /** Number of variables. */
  public int numVariables() {
    return variables.size();
  }

  /** Number of children of all nodes together. */
  public long numEdges() {
    long edges = 0;
    for (PlainNode node : nodes) {
      edges += childrenOf(node).length;
    }
    return edges;
  }

  /** Whether any node is a Gaussian link. */
  public boolean hasLinks() {
    return nodes.stream().anyMatch(PlainNode.Link.class::isInstance);
  }

  /** The scope of every node, as sets of variable indices: [number of nodes]. */
  public BitSet[] scopes() {
    BitSet[] scopes = new BitSet[nodes.size()];
    for (int i = 0; i < scopes.length; i++) {
      scopes[i] = new BitSet();
      int var = varOf(nodes.get(i));
      if (var >= 0) {
        scopes[i].set(var);
      }
      for (int child : childrenOf(nodes.get(i))) {
        scopes[i].or(scopes[child]);
      }
    }
    return scopes;
  }

  /** Whether the children of every sum share one scope. */
  public boolean isSmooth() {
    BitSet[] scopes = scopes();
    for (PlainNode node : nodes) {
      if (node instanceof PlainNode.WeightedSum s) {
        for (int child : s.children()) {
          if (!scopes[child].equals(scopes[s.children()[0]])) {
            return false;
          }
        }
      }
    }
    return true;
  }

  /** Whether the children of every product have disjoint scopes. */
  public boolean isDecomposable() {
    BitSet[] scopes = scopes();
    for (PlainNode node : nodes) {
      if (node instanceof PlainNode.Product p) {
        BitSet seen = new BitSet();
        for (int child : p.children()) {
          if (seen.intersects(scopes[child])) {
            return false;
          }
          seen.or(scopes[child]);
        }
      }
    }
    return true;
  }

  /** Whether one pass up answers marginals: smooth, decomposable, and without links. */
  public boolean isTractable() {
    return !hasLinks() && isSmooth() && isDecomposable();
  }

  /** One line per node, readable enough for a failure message; long circuits are cut. */
  @Override
  public String toString() {
    StringBuilder out = new StringBuilder("variables " + variables + ", root " + root);
    int shown = Math.min(nodes.size(), 400);
    for (int i = 0; i < shown; i++) {
      out.append("\n  ").append(i).append(": ").append(describe(nodes.get(i)));
    }
    if (shown < nodes.size()) {
      out.append("\n  ... ").append(nodes.size() - shown).append(" more nodes");
    }
    return out.toString();
  }

  private String describe(PlainNode node) {
    if (node instanceof PlainNode.Gaussian g) {
      return "N(" + variables.get(g.var()).name() + "; " + g.mean() + ", " + g.scale() + ")";
    } else if (node instanceof PlainNode.Categorical c) {
      return variables.get(c.var()).name() + Arrays.toString(c.p());
    } else if (node instanceof PlainNode.Base b) {
      return "base(" + variables.get(b.var()).name() + ")";
    } else if (node instanceof PlainNode.Constant c) {
      return "exp(" + c.logValue() + ")";
    } else if (node instanceof PlainNode.Product p) {
      return "product" + Arrays.toString(p.children());
    } else if (node instanceof PlainNode.WeightedSum s) {
      return "sum" + Arrays.toString(s.children()) + " weights " + Arrays.toString(s.weights());
    }
    PlainNode.Link link = (PlainNode.Link) node;
    return "N(log " + link.child() + "; " + link.mean() + ", " + link.scale() + ")";
  }

  /**
   * The circuit as a {@code ugmm-graph/1} document; every double is printed so that it reads back
   * as itself.
   *
   * @throws IllegalArgumentException if a node is a {@code Base} or a {@code Constant}, which that
   *     format cannot say
   */
  public String toGraphJson() {
    return GraphJson.write(this);
  }
}
