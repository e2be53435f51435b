package org.ugmm.compiler.passes;

import it.unimi.dsi.fastutil.doubles.DoubleArrayList;
import it.unimi.dsi.fastutil.ints.Int2IntOpenHashMap;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.util.Arrays;
import org.ugmm.compiler.graph.Graph;
import org.ugmm.compiler.graph.Lowering;
import org.ugmm.engine.data.NodeKind;

/**
 * Writes a smaller graph of the same value: terms of weight zero and dead nodes go, a sum under a
 * sum and a product under a product that nothing else uses merge with it, constants fold, a sum or
 * product of one child with weight 1 is that child, and equal terms of a sum are added up.
 */
final class Simplify {
  /*
   * A round walks the nodes once, children first, and writes each in its new form. What one round
   * exposes, such as a product under a product after the sum between them has gone, the next round
   * takes; rounds stop when the counts no longer fall. Whole towers of nested sums merge at once:
   * first every node that merges into its parent is marked, parents first, together with the product
   * of the weights above it; then the head of a tower collects all its terms. So a tower of 100,000
   * levels costs its edges, not their square.
   *
   * A weight is folded only while it stays a normal double with room to spare: below
   * Lowering.MIN_WEIGHT the nesting, or the constant that holds its log, is kept.
   */
  private static final int MAX_ROUNDS = 16;
  private static final double MAX_WEIGHT = 1e290;
  private static final double LOG_SQRT_2PI = 0.9189385332046727418;

  private final Graph g;
  private final Graph out;
  private final int[] renumbered;
  private final boolean[] absorbed;
  private final double[] factor;
  private final IntArrayList stack = new IntArrayList();
  private final DoubleArrayList stackWeight = new DoubleArrayList();
  private final IntArrayList terms = new IntArrayList();
  private final DoubleArrayList weights = new DoubleArrayList();
  private final Int2IntOpenHashMap positionOf = new Int2IntOpenHashMap();

  private Simplify(Graph g) {
    this.g = g;
    out = g.emptyCopy();
    renumbered = new int[g.numNodes()];
    absorbed = new boolean[g.numNodes()];
    factor = new double[g.numNodes()];
    positionOf.defaultReturnValue(-1);
  }

  static Graph run(Graph g) {
    Graph current = g;
    long size = size(g);
    for (int round = 0; round < MAX_ROUNDS && !isSimple(current); round++) {
      Graph next = new Simplify(current).round();
      long nextSize = size(next);
      current = next;
      if (nextSize >= size) {
        break;
      }
      size = nextSize;
    }
    return current;
  }

  /**
   * Whether a round would copy every live node as it is. Dead nodes stay; the last pass goes by.
   */
  private static boolean isSimple(Graph g) {
    boolean[] live = g.live();
    // the last parent of a node, and whether there was another before it
    int[] parent = new int[g.numNodes()];
    boolean[] isShared = new boolean[g.numNodes()];
    Arrays.fill(parent, -1);
    for (int n = 0; n <= g.root(); n++) {
      if (!live[n]) {
        continue;
      }
      NodeKind kind = g.kind(n);
      boolean isSum = kind == NodeKind.WEIGHTED_SUM;
      if ((isSum || kind == NodeKind.PRODUCT) && g.numChildren(n) < 2) {
        return false;
      }
      for (int i = 0; i < g.numChildren(n); i++) {
        int child = g.child(n, i);
        boolean isTermTwice = isSum && parent[child] == n;
        boolean isNoTerm = isSum && g.parameter(n, i) == 0;
        if (g.kind(child) == NodeKind.CONSTANT || isTermTwice || isNoTerm) {
          return false;
        }
        isShared[child] = parent[child] >= 0;
        parent[child] = n;
      }
    }
    for (int n = 0; n < g.root(); n++) {
      boolean merges = g.kind(n) == NodeKind.WEIGHTED_SUM || g.kind(n) == NodeKind.PRODUCT;
      if (live[n] && merges && !isShared[n] && g.kind(parent[n]) == g.kind(n)) {
        return false;
      }
    }
    return true;
  }

  private static long size(Graph g) {
    return (long) g.numLiveNodes() + g.numLiveEdges();
  }

  private Graph round() {
    boolean[] live = g.live();
    markAbsorbed(live);
    for (int n = 0; n <= g.root(); n++) {
      if (live[n] && !absorbed[n]) {
        renumbered[n] =
            switch (g.kind(n)) {
              case WEIGHTED_SUM -> sum(n);
              case PRODUCT -> product(n);
              case GAUSSIAN_LINK -> link(n);
              default -> out.copy(g, n, renumbered);
            };
        out.origin(renumbered[n], g.origin(n));
      }
    }
    out.root(renumbered[g.root()]);
    return out;
  }

  private void markAbsorbed(boolean[] live) {
    int[] uses = new int[g.numNodes()];
    for (int n = 0; n <= g.root(); n++) {
      if (live[n]) {
        boolean isSum = g.kind(n) == NodeKind.WEIGHTED_SUM;
        for (int i = 0; i < g.numChildren(n); i++) {
          if (!isSum || g.parameter(n, i) > 0) {
            uses[g.child(n, i)]++;
          }
        }
      }
    }
    Arrays.fill(factor, 1);
    for (int n = g.root(); n >= 0; n--) {
      NodeKind kind = g.kind(n);
      if (!live[n] || (kind != NodeKind.WEIGHTED_SUM && kind != NodeKind.PRODUCT)) {
        continue;
      }
      for (int i = 0; i < g.numChildren(n); i++) {
        int child = g.child(n, i);
        if (uses[child] == 1 && g.kind(child) == kind) {
          if (kind == NodeKind.PRODUCT) {
            absorbed[child] = true;
          } else if (g.parameter(n, i) > 0) {
            double above = factor[n] * g.parameter(n, i);
            absorbed[child] = weightsStayNormal(child, above);
            factor[child] = absorbed[child] ? above : 1;
          }
        }
      }
    }
  }

  private boolean weightsStayNormal(int sum, double above) {
    if (!isNormal(above)) {
      return false;
    }
    for (int i = 0; i < g.numChildren(sum); i++) {
      double weight = g.parameter(sum, i);
      if (weight > 0 && !isNormal(weight * above)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isNormal(double weight) {
    return weight >= Lowering.MIN_WEIGHT && weight <= MAX_WEIGHT;
  }

  private int sum(int head) {
    terms.clear();
    weights.clear();
    stack.clear();
    stackWeight.clear();
    pushTerms(head, 1);
    while (!stack.isEmpty()) {
      int n = stack.popInt();
      double weight = stackWeight.popDouble();
      if (absorbed[n] && g.kind(n) == NodeKind.WEIGHTED_SUM) {
        pushTerms(n, weight);
      } else {
        addTerm(renumbered[n], weight);
      }
    }
    addUpEqualTerms();
    if (terms.isEmpty()) {
      return out.constant(Double.NEGATIVE_INFINITY);
    }
    if (terms.size() == 1 && weights.getDouble(0) == 1) {
      return terms.getInt(0);
    }
    if (allConstant()) {
      double folded = logOfConstantSum();
      if (folded < Double.POSITIVE_INFINITY) {
        return out.constant(folded);
      }
    }
    for (int i = 0; i < terms.size(); i++) {
      out.openTerm(terms.getInt(i), weights.getDouble(i));
    }
    return out.closeSum();
  }

  /** Pushes the terms of a sum, last first, so that they are popped in their order. */
  private void pushTerms(int sum, double above) {
    for (int i = g.numChildren(sum) - 1; i >= 0; i--) {
      double weight = g.parameter(sum, i);
      if (weight > 0) {
        stack.push(g.child(sum, i));
        stackWeight.push(weight * above);
      }
    }
  }

  /** Adds a term after its constant factor, or the weight of its only term, has been folded in. */
  private void addTerm(int node, double weight) {
    if (isZero(node)) {
      return;
    }
    if (out.kind(node) == NodeKind.WEIGHTED_SUM && out.numChildren(node) == 1) {
      double folded = weight * out.parameter(node, 0);
      if (isNormal(folded)) {
        add(out.child(node, 0), folded);
        return;
      }
    }
    if (out.kind(node) == NodeKind.PRODUCT
        && out.numChildren(node) > 1
        && out.kind(out.child(node, 0)) == NodeKind.CONSTANT) {
      double folded = weight * Math.exp(out.parameter(out.child(node, 0), 0));
      if (isNormal(folded)) {
        add(productWithoutFirst(node), folded);
        return;
      }
    }
    add(node, weight);
  }

  private void add(int node, double weight) {
    terms.add(node);
    weights.add(weight);
  }

  private int productWithoutFirst(int node) {
    if (out.numChildren(node) == 2) {
      return out.child(node, 1);
    }
    for (int i = 1, n = out.numChildren(node); i < n; i++) {
      out.openChild(out.child(node, i));
    }
    int rest = out.closeProduct();
    out.origin(rest, out.origin(node));
    return rest;
  }

  private void addUpEqualTerms() {
    positionOf.clear();
    int size = 0;
    for (int i = 0; i < terms.size(); i++) {
      int known = positionOf.putIfAbsent(terms.getInt(i), size);
      if (known >= 0 && weights.getDouble(known) + weights.getDouble(i) <= MAX_WEIGHT) {
        weights.set(known, weights.getDouble(known) + weights.getDouble(i));
      } else {
        terms.set(size, terms.getInt(i));
        weights.set(size, weights.getDouble(i));
        size++;
      }
    }
    terms.size(size);
    weights.size(size);
  }

  private boolean allConstant() {
    for (int i = 0; i < terms.size(); i++) {
      if (out.kind(terms.getInt(i)) != NodeKind.CONSTANT) {
        return false;
      }
    }
    return true;
  }

  private double logOfConstantSum() {
    double max = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < terms.size(); i++) {
      max = Math.max(max, Math.log(weights.getDouble(i)) + out.parameter(terms.getInt(i), 0));
    }
    double sum = 0;
    for (int i = 0; i < terms.size(); i++) {
      sum += Math.exp(Math.log(weights.getDouble(i)) + out.parameter(terms.getInt(i), 0) - max);
    }
    return max + Math.log(sum);
  }

  private boolean isZero(int node) {
    return out.kind(node) == NodeKind.CONSTANT
        && out.parameter(node, 0) == Double.NEGATIVE_INFINITY;
  }

  private int product(int head) {
    terms.clear();
    stack.clear();
    pushFactors(head);
    double constant = 0;
    while (!stack.isEmpty()) {
      int n = stack.popInt();
      if (absorbed[n] && g.kind(n) == NodeKind.PRODUCT) {
        pushFactors(n);
        continue;
      }
      int node = renumbered[n];
      if (isZero(node)) {
        return node;
      }
      if (out.kind(node) == NodeKind.CONSTANT
          && Double.isFinite(constant + out.parameter(node, 0))) {
        constant += out.parameter(node, 0);
      } else {
        terms.add(node);
      }
    }
    if (terms.isEmpty()) {
      return out.constant(constant);
    }
    if (terms.size() == 1 && constant == 0) {
      return terms.getInt(0);
    }
    if (constant != 0) {
      int folded = out.constant(constant);
      out.openChild(folded);
    }
    for (int i = 0; i < terms.size(); i++) {
      out.openChild(terms.getInt(i));
    }
    return out.closeProduct();
  }

  private void pushFactors(int product) {
    for (int i = g.numChildren(product) - 1; i >= 0; i--) {
      stack.push(g.child(product, i));
    }
  }

  private int link(int n) {
    int child = renumbered[g.child(n, 0)];
    if (out.kind(child) != NodeKind.CONSTANT) {
      return out.link(child, g.parameter(n, 0), g.parameter(n, 1));
    }
    double z = out.parameter(child, 0);
    if (z == Double.NEGATIVE_INFINITY) {
      return child;
    }
    double d = (z - g.parameter(n, 0)) / g.parameter(n, 1);
    return out.constant(-Math.log(g.parameter(n, 1)) - LOG_SQRT_2PI - 0.5 * d * d);
  }
}
