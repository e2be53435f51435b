package org.ugmm.compiler.passes;

import it.unimi.dsi.fastutil.doubles.DoubleArrayList;
import it.unimi.dsi.fastutil.ints.Int2IntOpenHashMap;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.util.Arrays;
import org.ugmm.compiler.graph.Graph;
import org.ugmm.compiler.graph.Lowering;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.data.Variable.Real;

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

  /** So many terms are compared with each other sooner than looked up. */
  private static final int FEW = 8;

  private static final double MAX_WEIGHT = 1e290;
  private static final double LOG_SQRT_2PI = 0.9189385332046727418;

  /** A link of a constant that would be further off, in units of 2^-53, stays a link. */
  private static final double LARGEST_ROUNDING = 0x1p30;

  private final Graph g;
  private final Graph out;
  private final int[] renumbered;
  private final boolean[] absorbed;
  private final double[] factor;
  private final IntArrayList stack = new IntArrayList();
  private final DoubleArrayList stackWeight = new DoubleArrayList();
  private final IntArrayList terms = new IntArrayList();
  private final DoubleArrayList weights = new DoubleArrayList();

  /** Roundings of the weights on the stack and of the terms, in units of 2^-53. */
  private final DoubleArrayList stackRounding = new DoubleArrayList();

  private final DoubleArrayList roundings = new DoubleArrayList();
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
    keepVanished(g, current);
    return current;
  }

  /**
   * Multiplies the root by the base measure of variables that no leaf names any more, since all
   * that named them had weight zero: summed out, they count as before.
   */
  private static void keepVanished(Graph before, Graph after) {
    boolean[] was = mentioned(before);
    boolean[] is = mentioned(after);
    IntArrayList bases = new IntArrayList();
    for (int v = 0; v < was.length; v++) {
      if (!was[v] || is[v]) {
        continue;
      }
      if (before.variables().get(v) instanceof Categorical categorical) {
        bases.add(after.categorical(v, new double[categorical.numStates()]));
      } else if (before.variables().get(v) instanceof Real real
          && real.isBounded()
          && !real.isCount()) {
        bases.add(after.base(v));
      }
    }
    if (!bases.isEmpty()) {
      after.openChild(after.root());
      bases.forEach(after::openChild);
      after.root(after.closeProduct());
    }
  }

  /** [variables] whether a live leaf is on a variable. */
  private static boolean[] mentioned(Graph g) {
    boolean[] live = g.live();
    boolean[] mentioned = new boolean[g.variables().size()];
    for (int n = 0; n <= g.root(); n++) {
      if (live[n] && g.variable(n) >= 0) {
        mentioned[g.variable(n)] = true;
      }
    }
    return mentioned;
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
    stackRounding.clear();
    roundings.clear();
    pushTerms(head, 1, 0);
    while (!stack.isEmpty()) {
      int n = stack.popInt();
      double weight = stackWeight.popDouble();
      double units = stackRounding.popDouble();
      if (absorbed[n] && g.kind(n) == NodeKind.WEIGHTED_SUM) {
        pushTerms(n, weight, units);
      } else {
        addTerm(renumbered[n], weight, units);
      }
    }
    addUpEqualTerms();
    if (terms.isEmpty()) {
      return out.constant(Double.NEGATIVE_INFINITY);
    }
    double units = 0;
    for (int i = 0; i < roundings.size(); i++) {
      units = Math.max(units, roundings.getDouble(i));
    }
    if (terms.size() == 1 && weights.getDouble(0) == 1 && units == 0) {
      return terms.getInt(0);
    }
    if (allConstant()) {
      double folded = logOfConstantSum();
      if (folded < Double.POSITIVE_INFINITY) {
        return out.rounded(out.constant(folded), ofConstantSum(folded, units));
      }
    }
    for (int i = 0; i < terms.size(); i++) {
      out.openTerm(terms.getInt(i), weights.getDouble(i));
    }
    return out.rounded(out.closeSum(), units);
  }

  /** Pushes the terms of a sum, last first, so that they are popped in their order. */
  private void pushTerms(int sum, double above, double unitsAbove) {
    double units = g.rounding(sum) + unitsAbove + (above == 1 ? 0 : 1);
    for (int i = g.numChildren(sum) - 1; i >= 0; i--) {
      double weight = g.parameter(sum, i);
      if (weight > 0) {
        stack.push(g.child(sum, i));
        stackWeight.push(weight * above);
        stackRounding.push(units);
      }
    }
  }

  /** Adds a term after its constant factor, or the weight of its only term, has been folded in. */
  private void addTerm(int node, double weight, double units) {
    if (isZero(node)) {
      return;
    }
    if (out.kind(node) == NodeKind.WEIGHTED_SUM && out.numChildren(node) == 1) {
      double folded = weight * out.parameter(node, 0);
      if (isNormal(folded)) {
        add(out.child(node, 0), folded, units + out.rounding(node) + 1);
        return;
      }
    }
    if (out.kind(node) == NodeKind.PRODUCT
        && out.numChildren(node) > 1
        && out.kind(out.child(node, 0)) == NodeKind.CONSTANT) {
      double folded = weight * Math.exp(out.parameter(out.child(node, 0), 0));
      if (isNormal(folded)) {
        int constant = out.child(node, 0);
        add(productWithoutFirst(node), folded, units + ofConstant(constant) + 3);
        return;
      }
    }
    add(node, weight, units);
  }

  private void add(int node, double weight, double units) {
    terms.add(node);
    weights.add(weight);
    roundings.add(units);
  }

  /** Roundings of a constant that no longer stands as one, where its size is counted. */
  private double ofConstant(int node) {
    return out.rounding(node) + 2 * Math.abs(out.parameter(node, 0)) + 1;
  }

  /** Roundings of {@link #logOfConstantSum}. */
  private double ofConstantSum(double folded, double units) {
    double most = 0;
    for (int i = 0; i < terms.size(); i++) {
      double log = out.parameter(terms.getInt(i), 0);
      double logWeight = Math.log(weights.getDouble(i));
      most = Math.max(most, ofConstant(terms.getInt(i)) + 3 * Math.abs(logWeight) + Math.abs(log));
    }
    // a term far below the sum counts little, however far; its share times its depth is below 1
    return units + most + 2.0 * terms.size() + 4 * Math.abs(folded) + 12;
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
    boolean areFew = terms.size() <= FEW;
    if (!areFew) {
      positionOf.clear();
    }
    int size = 0;
    for (int i = 0; i < terms.size(); i++) {
      int term = terms.getInt(i);
      int known = areFew ? firstOf(term, size) : positionOf.putIfAbsent(term, size);
      if (known >= 0 && weights.getDouble(known) + weights.getDouble(i) <= MAX_WEIGHT) {
        weights.set(known, weights.getDouble(known) + weights.getDouble(i));
        double units = Math.max(roundings.getDouble(known), roundings.getDouble(i));
        roundings.set(known, units + 1);
      } else {
        terms.set(size, terms.getInt(i));
        weights.set(size, weights.getDouble(i));
        roundings.set(size, roundings.getDouble(i));
        size++;
      }
    }
    terms.size(size);
    weights.size(size);
    roundings.size(size);
  }

  /** Where a term stands among the first ones; -1 where it does not. */
  private int firstOf(int term, int size) {
    for (int i = 0; i < size; i++) {
      if (terms.getInt(i) == term) {
        return i;
      }
    }
    return -1;
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
    double units = 0;
    int numConstants = 0;
    double lastRounding = 0;
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
        units += ofConstant(node) + Math.abs(constant);
        lastRounding = out.rounding(node);
        numConstants++;
      } else {
        terms.add(node);
      }
    }
    if (numConstants == 1) {
      units = lastRounding;
    }
    if (terms.isEmpty()) {
      return out.rounded(out.constant(constant), units);
    }
    if (terms.size() == 1 && constant == 0 && units == 0) {
      return terms.getInt(0);
    }
    if (constant != 0 || units != 0) {
      int folded = out.rounded(out.constant(constant), units);
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
      return out.rounded(out.link(child, g.parameter(n, 0), g.parameter(n, 1)), g.rounding(n));
    }
    double z = out.parameter(child, 0);
    if (z == Double.NEGATIVE_INFINITY) {
      return child;
    }
    double scale = g.parameter(n, 1);
    double d = (z - g.parameter(n, 0)) / scale;
    double logScale = Math.log(scale);
    double incoming = 1.01 * ofConstant(child) / scale;
    double units =
        (6 + 2.02 * g.rounding(n)) * 0.5 * d * d
            + 4 * Math.abs(logScale)
            + g.rounding(n)
            + Math.abs(d) * incoming
            + 0x1p-54 * incoming * incoming
            + 8;
    return units < LARGEST_ROUNDING
        ? out.rounded(out.constant(-logScale - LOG_SQRT_2PI - 0.5 * d * d), units)
        : out.rounded(out.link(child, g.parameter(n, 0), scale), g.rounding(n));
  }
}
