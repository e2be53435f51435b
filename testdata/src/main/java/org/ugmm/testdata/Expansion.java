package org.ugmm.testdata;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Integrals by multiplying a small circuit out: f is the sum over its induced trees of a
 * coefficient times a product of leaves. Each tree is integrated variable by variable, and a tree
 * without a leaf on some variable of the root's scope gets that variable's base measure. This is
 * the definition which smoothing must reproduce; it needs neither smoothness nor, for categorical
 * and observed variables, decomposability.
 */
public final class Expansion {

  private static final int MOST_TREES = 200_000;

  private final PlainCircuit circuit;
  private final Support[] supports;
  private final Map<List<Integer>, Double> integrals = new HashMap<>();

  private Expansion(PlainCircuit circuit, List<PlainEvidence> evidence) {
    this.circuit = circuit;
    this.supports = Support.of(circuit, evidence);
  }

  /**
   * One induced tree.
   *
   * @param logCoefficient log of the product of its weights and constants
   * @param leaves indices of its leaf nodes, one entry per occurrence
   */
  private record Tree(double logCoefficient, List<Integer> leaves) {}

  /**
   * The log of the smoothed f integrated over what the evidence leaves open.
   *
   * @return -infinity for probability zero
   * @throws IllegalArgumentException if there are links, over 200,000 trees, an infinite base
   *     measure, or an open real variable with two leaves in one tree
   */
  public static double logValue(PlainCircuit circuit, List<PlainEvidence> evidence) {
    return new Expansion(circuit, evidence).logSum();
  }

  private double logSum() {
    List<List<Tree>> trees = new ArrayList<>();
    for (int i = 0; i < circuit.nodes().size(); i++) {
      trees.add(treesOf(i, trees));
    }
    BitSet scope = circuit.scopes()[circuit.root()];
    List<Tree> all = trees.get(circuit.root());
    double[] terms = new double[all.size()];
    for (int t = 0; t < terms.length; t++) {
      double log = all.get(t).logCoefficient();
      for (int var = scope.nextSetBit(0); var >= 0; var = scope.nextSetBit(var + 1)) {
        log += logIntegral(var, all.get(t).leaves());
      }
      terms[t] = log;
    }
    return Oracle.logSumExp(terms);
  }

  private List<Tree> treesOf(int index, List<List<Tree>> below) {
    PlainNode node = circuit.nodes().get(index);
    List<Tree> grown = new ArrayList<>();
    if (node instanceof PlainNode.WeightedSum s) {
      for (int c = 0; c < s.children().length; c++) {
        double logWeight = Math.log(s.weights()[c]);
        if (logWeight > Double.NEGATIVE_INFINITY) {
          for (Tree tree : below.get(s.children()[c])) {
            grown.add(new Tree(logWeight + tree.logCoefficient(), tree.leaves()));
          }
        }
      }
    } else if (node instanceof PlainNode.Product p) {
      grown.add(new Tree(0, List.of()));
      for (int child : p.children()) {
        grown = product(grown, below.get(child));
      }
    } else if (node instanceof PlainNode.Constant c) {
      grown.add(new Tree(c.logValue(), List.of()));
    } else if (node instanceof PlainNode.Link) {
      throw new IllegalArgumentException("node " + index + " is a link: no sum of products");
    } else {
      grown.add(new Tree(0, List.of(index)));
    }
    if (grown.size() > MOST_TREES) {
      throw new IllegalArgumentException("node " + index + " has over " + MOST_TREES + " trees");
    }
    return grown;
  }

  private static List<Tree> product(List<Tree> left, List<Tree> right) {
    if ((long) left.size() * right.size() > MOST_TREES) {
      throw new IllegalArgumentException("a product has over " + MOST_TREES + " trees");
    }
    List<Tree> product = new ArrayList<>();
    for (Tree a : left) {
      for (Tree b : right) {
        List<Integer> leaves = new ArrayList<>(a.leaves());
        leaves.addAll(b.leaves());
        product.add(new Tree(a.logCoefficient() + b.logCoefficient(), leaves));
      }
    }
    return product;
  }

  private double logIntegral(int var, List<Integer> leavesOfTree) {
    List<Integer> leaves = new ArrayList<>();
    leaves.add(-1 - var);
    for (int leaf : leavesOfTree) {
      if (PlainCircuit.varOf(circuit.nodes().get(leaf)) == var) {
        leaves.add(leaf);
      }
    }
    return integrals.computeIfAbsent(leaves, key -> integrate(var, key.subList(1, key.size())));
  }

  private double integrate(int var, List<Integer> leaves) {
    PlainVariable variable = circuit.variables().get(var);
    if (leaves.isEmpty()) {
      return Oracle.logLeaf(new PlainNode.Base(var), variable, supports[var]);
    }
    if (leaves.size() == 1) {
      return Oracle.logLeaf(circuit.nodes().get(leaves.get(0)), variable, supports[var]);
    }
    if (supports[var] instanceof Support.Weights w) {
      double[] terms = new double[w.weights().length];
      for (int k = 0; k < terms.length; k++) {
        double[] only = new double[terms.length];
        only[k] = 1;
        terms[k] = Math.log(w.weights()[k]) + logProduct(leaves, new Support.Weights(only), var);
      }
      return Oracle.logSumExp(terms);
    } else if (supports[var] instanceof Support.At at) {
      return logProduct(leaves, at, var);
    }
    throw new IllegalArgumentException(
        "variable " + variable + " is open and has " + leaves.size() + " leaves in one tree");
  }

  private double logProduct(List<Integer> leaves, Support at, int var) {
    double log = 0;
    for (int leaf : leaves) {
      log += Oracle.logLeaf(circuit.nodes().get(leaf), circuit.variables().get(var), at);
    }
    return log;
  }
}
