package org.ugmm.engine.batch.plan;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.util.Arrays;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.flat.FlatBuilder;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.number.Rounding;

/**
 * The circuit as the planner reads it: products that are not wholly in the log domain have two
 * factors, and every live node has a form and is known to be needed as log, as mantissa, or both.
 */
final class PlanForms {
  static final byte DEAD = 0;
  static final byte LOG = 1;
  static final byte MIXTURE = 2;
  static final byte SUM = 3;
  static final byte PAIR = 4;

  final FlatCircuit c;
  final int[] roots;
  final boolean linear;

  /** [numNodes] one of the constants above. */
  final byte[] form;

  /** [numNodes] whether a step or a root reads the log of the node. */
  final boolean[] needLog;

  /** [numNodes] whether a product must be formed rather than read as a pair by the sums above. */
  final boolean[] needUnit;

  /** Live nodes, children first, in depth-first order from the roots. */
  final int[] order;

  private PlanForms(FlatCircuit c, int[] roots, boolean linear) {
    this.c = c;
    this.roots = roots;
    this.linear = linear;
    order = depthFirst(c, roots);
    form = forms(c, order, linear);
    needLog = new boolean[c.numNodes()];
    needUnit = new boolean[c.numNodes()];
    for (int root : roots) {
      needLog[root] = true;
    }
    for (int i = order.length - 1; i >= 0; i--) {
      markNeeds(order[i]);
    }
  }

  static PlanForms of(FlatCircuit circuit, int[] roots, double linearRange) {
    int[] order = depthFirst(circuit, roots);
    boolean linear = isLinear(circuit, order, linearRange);
    byte[] form = forms(circuit, order, linear);
    for (int n : order) {
      if (form[n] == PAIR && circuit.numChildren(n) != 2) {
        Factored factored = factor(circuit, form, linear, roots);
        return new PlanForms(factored.circuit, factored.roots, linear);
      }
    }
    return new PlanForms(circuit, roots, linear);
  }

  private static int[] depthFirst(FlatCircuit c, int[] roots) {
    byte[] state = new byte[c.numNodes()];
    IntArrayList order = new IntArrayList();
    IntArrayList stack = new IntArrayList();
    for (int root : roots) {
      stack.push(root);
      while (!stack.isEmpty()) {
        int n = stack.topInt();
        if (state[n] == 0) {
          state[n] = 1;
          for (int e = c.edgeStart[n + 1] - 1; e >= c.edgeStart[n]; e--) {
            if (state[c.child[e]] == 0) {
              stack.push(c.child[e]);
            }
          }
        } else {
          stack.popInt();
          if (state[n] == 1) {
            state[n] = 2;
            order.add(n);
          }
        }
      }
    }
    return order.toIntArray();
  }

  private static byte[] forms(FlatCircuit c, int[] order, boolean linear) {
    byte[] form = new byte[c.numNodes()];
    int[] uses = new int[c.numNodes()];
    for (int n : order) {
      for (int e = c.edgeStart[n]; e < c.edgeStart[n + 1]; e++) {
        uses[c.child[e]]++;
      }
    }
    for (int n : order) {
      form[n] =
          switch (c.kind(n)) {
            case WEIGHTED_SUM -> isMixture(c, n, uses) ? MIXTURE : SUM;
            case PRODUCT ->
                linear || hasScaledFactor(c, form, n) || isSharedPair(c, n, uses) ? PAIR : LOG;
            default -> LOG;
          };
    }
    return form;
  }

  /**
   * Whether the sum is over Gaussians or links that hardly any other node reads; categorical leaves
   * and constants may stand among them.
   */
  private static boolean isMixture(FlatCircuit c, int sum, int[] uses) {
    int shared = 0;
    int gaussians = 0;
    for (int e = c.edgeStart[sum]; e < c.edgeStart[sum + 1]; e++) {
      int child = c.child[e];
      switch (c.kind(child)) {
        case GAUSSIAN, GAUSSIAN_LINK -> {
          gaussians++;
          shared += uses[child] > 1 ? 1 : 0;
        }
        case CATEGORICAL, CONSTANT -> {}
        default -> {
          return false;
        }
      }
    }
    return gaussians > 0 && 2 * shared <= gaussians;
  }

  private static boolean hasScaledFactor(FlatCircuit c, byte[] form, int product) {
    for (int e = c.edgeStart[product]; e < c.edgeStart[product + 1]; e++) {
      byte childForm = form[c.child[e]];
      if (childForm == SUM || childForm == PAIR) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether the product is of two nodes that other products read too, as where two regions meet: in
   * the linear domain that takes an exponential a factor rather than one a product.
   */
  private static boolean isSharedPair(FlatCircuit c, int product, int[] uses) {
    return c.numChildren(product) == 2
        && uses[c.child(product, 0)] > 1
        && uses[c.child(product, 1)] > 1;
  }

  /** Whether all values and products are known to stay in the range of a double. */
  private static boolean isLinear(FlatCircuit c, int[] order, double range) {
    double[] lo = new double[c.numNodes()];
    double[] hi = new double[c.numNodes()];
    for (int n : order) {
      int from = c.edgeStart[n];
      switch (c.kind(n)) {
        case CATEGORICAL -> {
          lo[n] = Double.POSITIVE_INFINITY;
          for (int i = 0; i < c.numParameters(n); i++) {
            if (c.parameter(n, i) > Double.NEGATIVE_INFINITY) {
              lo[n] = Math.min(lo[n], c.parameter(n, i) * Rounding.LOG2E);
            }
          }
          hi[n] = LeafTables.missing(c, n);
        }
        case CONSTANT -> {
          lo[n] = c.parameter(n, 0) * Rounding.LOG2E;
          hi[n] = lo[n];
        }
        case WEIGHTED_SUM -> {
          lo[n] = Double.POSITIVE_INFINITY;
          hi[n] = Double.NEGATIVE_INFINITY;
          for (int e = from; e < c.edgeStart[n + 1]; e++) {
            double weight = c.parameter[c.parameterStart[n] + e - from];
            if (weight > 0) {
              double log = Math.log(weight) * Rounding.LOG2E;
              lo[n] = Math.min(lo[n], log + lo[c.child[e]]);
              hi[n] = Math.max(hi[n], log + hi[c.child[e]]);
            }
          }
          hi[n] += Math.log(c.numChildren(n)) * Rounding.LOG2E;
        }
        case PRODUCT -> {
          for (int e = from; e < c.edgeStart[n + 1]; e++) {
            lo[n] += Math.min(0, lo[c.child[e]]);
            hi[n] += Math.max(0, hi[c.child[e]]);
          }
        }
        default -> {
          return false;
        }
      }
      boolean alwaysZero = lo[n] == Double.POSITIVE_INFINITY;
      if (!alwaysZero && !(lo[n] >= -range && hi[n] <= range)) {
        return false;
      }
      if (alwaysZero) {
        lo[n] = 0;
        hi[n] = 0;
      }
    }
    return true;
  }

  private static boolean isLogForm(byte form) {
    return form == LOG || form == MIXTURE;
  }

  private record Factored(FlatCircuit circuit, int[] roots) {}

  /** Rewrites products so that each has two factors, at most one of them in the log domain. */
  private static Factored factor(FlatCircuit c, byte[] form, boolean linear, int[] roots) {
    FlatBuilder builder = new FlatBuilder(c.variables);
    int[] copy = new int[c.numNodes()];
    for (int n = 0; n < c.numNodes(); n++) {
      if (form[n] == DEAD) {
        continue;
      }
      if (form[n] != PAIR) {
        copy[n] = builder.copy(c, n, copy);
        continue;
      }
      IntArrayList logs = new IntArrayList();
      IntArrayList scaled = new IntArrayList();
      for (int i = 0; i < c.numChildren(n); i++) {
        int child = c.child(n, i);
        (linear || !isLogForm(form[child]) ? scaled : logs).add(copy[child]);
      }
      if (!logs.isEmpty()) {
        scaled.add(logs.size() == 1 ? logs.getInt(0) : builder.product(logs.toIntArray()));
      }
      int product = scaled.getInt(0);
      for (int i = 1; i < scaled.size(); i++) {
        product = builder.product(product, scaled.getInt(i));
      }
      copy[n] = product;
    }
    int[] copiedRoots = Arrays.stream(roots).map(root -> copy[root]).toArray();
    return new Factored(builder.build(copiedRoots[0]), copiedRoots);
  }

  /** Marks what the children of a node are needed as; parents come before. */
  private void markNeeds(int n) {
    needUnit[n] |= needLog[n] && form[n] == PAIR;
    for (int e = c.edgeStart[n]; e < c.edgeStart[n + 1]; e++) {
      int child = c.child[e];
      boolean link = c.kind(child) == NodeKind.GAUSSIAN_LINK;
      switch (form[n]) {
        case MIXTURE -> {
          if (link) {
            needLog[c.child(child, 0)] = true;
          }
        }
        case LOG -> {
          if (link && c.kind(n) == NodeKind.PRODUCT) {
            needLog[c.child(child, 0)] = true;
          } else if (!c.kind(child).isLeaf()
              || c.kind(child).isUnivariate()
              || c.kind(n) == NodeKind.GAUSSIAN_LINK) {
            needLog[child] |= needLog[n];
          }
        }
        default -> {
          needLog[child] |= isLogForm(form[child]);
          needUnit[child] |= form[n] == PAIR && form[child] == PAIR;
        }
      }
    }
  }
}
