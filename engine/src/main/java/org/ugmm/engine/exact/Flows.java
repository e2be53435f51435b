package org.ugmm.engine.exact;

import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.flat.FlatCircuit;

/**
 * The downward pass: how much of the root's value uses each node, with a bound on the rounding
 * error (Darwiche, A differential approach to inference in Bayesian networks, JACM 2003). One
 * evaluator's companion; not thread-safe; allocates nothing after construction.
 */
public final class Flows {
  /*
   * flow[n] = value[n] / value[root] * d value[root] / d value[n]. Errors are those of the derivative
   * alone, first order, in units of 2^-53. With flow and values as computed, the derivative is
   * flow[n] * value[root] / value[n]; by this a child of a sum gets the sum's derivative times the
   * weight, where the rounding of the sum's value cancels, and a child of a product gets the product's
   * derivative times its siblings, whose errors are those of the product less the child's own. Parents'
   * shares are averaged by their contribution. Nothing flows below links: what lies there is complete.
   */
  private final FlatCircuit c;
  private final LogEvaluator evaluator;

  /** [numNodes] flows, linear; 0 below links and where the root is zero. */
  final double[] flow;

  /** [numNodes] flow-weighted error of the derivative before a node is visited, the error after. */
  private final double[] derivativeError;

  /** [numNodes] number of edges into each node. */
  private final int[] numParents;

  private double doubt;
  private boolean hasUnderflow;

  public Flows(LogEvaluator evaluator) {
    this.evaluator = evaluator;
    c = evaluator.circuit();
    flow = new double[c.numNodes()];
    derivativeError = new double[c.numNodes()];
    numParents = new int[c.numNodes()];
    for (int n : c.child) {
      numParents[n]++;
    }
  }

  /** Computes the flows for the evaluator's last upward pass. */
  void downward() {
    Arrays.fill(flow, 0);
    Arrays.fill(derivativeError, 0);
    begin();
    for (int n = c.root; n >= 0 && flow[c.root] > 0; n--) {
      visit(n, null);
    }
  }

  /**
   * Computes the flows of some nodes: of the root, and of others with all their parents. The bits
   * are those of all flows.
   */
  void downward(BitSet among) {
    for (int n = among.nextSetBit(0); n >= 0; n = among.nextSetBit(n + 1)) {
      flow[n] = 0;
      derivativeError[n] = 0;
    }
    begin();
    for (int n = among.previousSetBit(c.root); n >= 0; n = among.previousSetBit(n - 1)) {
      visit(n, among);
    }
  }

  private void begin() {
    doubt = 0;
    hasUnderflow = false;
    flow[c.root] = evaluator.value[c.root] == Double.NEGATIVE_INFINITY ? 0 : 1;
  }

  private void visit(int n, @Nullable BitSet among) {
    double f = flow[n];
    if (f == 0) {
      return;
    }
    derivativeError[n] = derivativeError[n] / f + numParents[n];
    switch (c.kind(n)) {
      case WEIGHTED_SUM -> {
        doubt += evaluator.doubt[n] == 0 ? 0 : f * evaluator.doubt[n];
        belowSum(n, f, among);
      }
      case PRODUCT -> belowProduct(n, f, among);
      default -> {}
    }
  }

  private void belowSum(int n, double f, @Nullable BitSet among) {
    int toWeight = c.parameterStart[n] - c.edgeStart[n];
    for (int i = c.edgeStart[n]; i < c.edgeStart[n + 1]; i++) {
      int child = c.child[i];
      double weight = c.parameter[i + toWeight];
      boolean isAsked = among == null || among.get(child);
      if (!isAsked || weight == 0 || evaluator.value[child] == Double.NEGATIVE_INFINITY) {
        continue;
      }
      double logRatio = evaluator.value[child] - evaluator.value[n];
      double error = derivativeError[n] + Math.abs(logRatio) + 4 + c.rounding(n);
      double share;
      if (logRatio < 700 && weight < 0x1p200 && weight > 0x1p-200) {
        share = f * (weight * Math.exp(logRatio));
      } else {
        double logWeight = Math.log(weight);
        share = f * Math.exp(logWeight + logRatio);
        error += 4 * Math.abs(logWeight) + Math.abs(logRatio);
      }
      hasUnderflow |= share == 0;
      flow[child] += share;
      derivativeError[child] += share * error;
    }
  }

  private void belowProduct(int n, double f, @Nullable BitSet among) {
    for (int i = c.edgeStart[n]; i < c.edgeStart[n + 1]; i++) {
      int child = c.child[i];
      if (among != null && !among.get(child)) {
        continue;
      }
      flow[child] += f;
      derivativeError[child] +=
          f * (derivativeError[n] + Math.max(0, evaluator.error[n] - evaluator.error[child]));
    }
  }

  /**
   * Share of the root, in units of 2^-53, that flows may lack or have too much of because the
   * values of children of sums have large errors.
   */
  double doubtUnits() {
    return doubt;
  }

  /** Whether a node without flow may have one too small for a double. */
  boolean hasUnderflow() {
    return hasUnderflow;
  }

  /** Bound on the relative error of the derivative of a node with flow, in units of 2^-53. */
  double derivativeErrorUnits(int node) {
    return derivativeError[node];
  }
}
