package org.ugmm.engine.mpe;

import java.util.SplittableRandom;
import org.ugmm.engine.leaf.UnivariateLeaf;

/** Finds good assignments of a conditioned circuit: starts from tracebacks, then climbs. */
public final class Ascent {
  /*
   * A step for the reals is the mean shift of a Gaussian mixture (Carreira-Perpinan 2000), which is
   * expectation maximisation and so never lowers the value:
   *   x_i = SUM flow mean / scale^2 / SUM flow / scale^2   over the leaves on i,
   * cut to the box, which is exact because the bound it maximises is a separable parabola. A step for
   * the states tries each state of each variable with the others held.
   */
  private static final int STARTS = 16;
  private static final int MAX_STEPS = 300;
  private static final long MAX_STATE_WORK = 20_000_000;

  private final ConditionedCircuit r;
  private final double[] value;
  private final double[] flow;
  private final double[] top;
  private final double[] bottom;
  private final double[] point;
  private final double[] before;
  private long stateWork;

  public Ascent(ConditionedCircuit r) {
    this.r = r;
    value = new double[r.numNodes];
    flow = new double[r.numNodes];
    point = new double[r.numDimensions];
    before = new double[r.numDimensions];
    top = new double[r.numDimensions];
    bottom = new double[r.numDimensions];
  }

  /** Offers what it finds through the bound, which evaluates with rounding enclosed. */
  public void run(TaylorBound bound, Incumbent incumbent) {
    maxProduct();
    double[] greatest = value.clone();
    SplittableRandom random = new SplittableRandom(20250907);
    for (int start = 0; start < STARTS; start++) {
      for (int d = 0; d < r.numDimensions; d++) {
        double middle = 0.5 * r.rootLo[d] + 0.5 * r.rootHi[d];
        point[d] = r.discrete[d] ? firstAllowed(d) : r.whole[d] ? Math.floor(middle) : middle;
      }
      if (start == 0) {
        Traceback.greatest(r, greatest, r.rootLo, r.rootHi, point);
      } else {
        Traceback.random(r, greatest, r.rootLo, r.rootHi, point, random);
      }
      climb();
      bound.offer(point, incumbent);
    }
  }

  private double firstAllowed(int d) {
    int s = 0;
    while (!r.allowed[d][s]) {
      s++;
    }
    return s;
  }

  /** The greatest value of any single tree of each node. */
  private void maxProduct() {
    for (int k = 0; k < r.numNodes; k++) {
      int d = r.dimension[k];
      switch (r.kind[k]) {
        case ConditionedCircuit.CONSTANT -> value[k] = r.constant[k];
        case ConditionedCircuit.GAUSSIAN -> {
          double x = Math.min(Math.max(r.mean[k], r.rootLo[d]), r.rootHi[d]);
          double z = (x - r.mean[k]) / r.scale[k];
          value[k] = r.constant[k] - 0.5 * z * z;
        }
        case ConditionedCircuit.UNIVARIATE ->
            value[k] = log(k, leaf(k).mode(r.rootLo[d], r.rootHi[d]));
        case ConditionedCircuit.CATEGORICAL -> {
          value[k] = Double.NEGATIVE_INFINITY;
          for (double log : r.table[k]) {
            value[k] = Math.max(value[k], log);
          }
        }
        case ConditionedCircuit.PRODUCT -> product(k);
        default -> {
          value[k] = Double.NEGATIVE_INFINITY;
          for (int e = r.start[k]; e < r.start[k + 1]; e++) {
            value[k] = Math.max(value[k], r.logWeight[e] + value[r.child[e]]);
          }
        }
      }
    }
  }

  private UnivariateLeaf leaf(int k) {
    UnivariateLeaf leaf = r.leaf[k];
    if (leaf == null) {
      throw new AssertionError(k);
    }
    return leaf;
  }

  private double log(int k, double x) {
    return leaf(k).logDensity(x).log();
  }

  private void product(int k) {
    double sum = r.constant[k];
    for (int e = r.start[k]; e < r.start[k + 1]; e++) {
      sum += value[r.child[e]];
    }
    value[k] = sum;
  }

  private double evaluate() {
    for (int k = 0; k < r.numNodes; k++) {
      int d = r.dimension[k];
      switch (r.kind[k]) {
        case ConditionedCircuit.CONSTANT -> value[k] = r.constant[k];
        case ConditionedCircuit.GAUSSIAN -> {
          double z = (point[d] - r.mean[k]) / r.scale[k];
          value[k] = r.constant[k] - 0.5 * z * z;
        }
        case ConditionedCircuit.UNIVARIATE -> value[k] = log(k, point[d]);
        case ConditionedCircuit.CATEGORICAL -> value[k] = r.table[k][(int) point[d]];
        case ConditionedCircuit.PRODUCT -> product(k);
        default -> {
          double max = Double.NEGATIVE_INFINITY;
          for (int e = r.start[k]; e < r.start[k + 1]; e++) {
            max = Math.max(max, r.logWeight[e] + value[r.child[e]]);
          }
          double sum = 0;
          for (int e = r.start[k]; e < r.start[k + 1] && max > Double.NEGATIVE_INFINITY; e++) {
            sum += Math.exp(r.logWeight[e] + value[r.child[e]] - max);
          }
          value[k] = max == Double.NEGATIVE_INFINITY ? max : max + Math.log(sum);
        }
      }
    }
    return value[r.root()];
  }

  private void climb() {
    double current = evaluate();
    for (int step = 0; step < MAX_STEPS; step++) {
      double last = current;
      if (step % 10 == 0 && stateWork < MAX_STATE_WORK) {
        current = climbStates(current);
      }
      System.arraycopy(point, 0, before, 0, point.length);
      if (current == Double.NEGATIVE_INFINITY || !shiftReals()) {
        return;
      }
      current = evaluate();
      if (!(current >= last)) {
        System.arraycopy(before, 0, point, 0, point.length);
        return;
      }
      if (current - last < 1e-12 && step % 10 != 9) {
        return;
      }
    }
  }

  private double climbStates(double start) {
    double current = start;
    for (int d = 0; d < r.numDimensions && stateWork < MAX_STATE_WORK; d++) {
      if (!r.discrete[d]) {
        continue;
      }
      double best = point[d];
      for (int s = 0; s < r.allowed[d].length; s++) {
        if (r.allowed[d][s] && s != best) {
          point[d] = s;
          stateWork += r.child.length;
          double candidate = evaluate();
          if (candidate > current) {
            current = candidate;
            best = s;
          }
        }
      }
      point[d] = best;
    }
    current = climbModes(current);
    evaluate();
    return current;
  }

  /** Tries the modes of the leaves whose slope is not known, then ever smaller steps. */
  private double climbModes(double start) {
    double current = start;
    for (int k = 0; k < r.numNodes && stateWork < MAX_STATE_WORK; k++) {
      if (r.kind[k] == ConditionedCircuit.UNIVARIATE) {
        int d = r.dimension[k];
        current = better(d, leaf(k).mode(r.rootLo[d], r.rootHi[d]), current);
      }
    }
    for (int d = 0; d < r.numDimensions && r.hasUnivariate; d++) {
      double step = r.discrete[d] ? 0 : 0.25 * (r.rootHi[d] - r.rootLo[d]);
      for (int i = 0; i < 40 && step > 0 && stateWork < MAX_STATE_WORK; i++) {
        double length = r.whole[d] ? Math.ceil(step) : step;
        double before = current;
        current = better(d, Math.min(r.rootHi[d], point[d] + length), current);
        current = better(d, Math.max(r.rootLo[d], point[d] - length), current);
        step *= current > before ? 1 : 0.5;
        if (r.whole[d] && step < 0.5) {
          break;
        }
      }
    }
    return current;
  }

  /** Moves a coordinate where that is better. */
  private double better(int d, double x, double current) {
    double old = point[d];
    if (x == old) {
      return current;
    }
    point[d] = x;
    stateWork += r.child.length + 1;
    double candidate = evaluate();
    if (candidate > current) {
      return candidate;
    }
    point[d] = old;
    return current;
  }

  /** One mean-shift step from the values just computed; false without reals. */
  private boolean shiftReals() {
    java.util.Arrays.fill(flow, 0);
    java.util.Arrays.fill(top, 0);
    java.util.Arrays.fill(bottom, 0);
    flow[r.root()] = 1;
    for (int k = r.root(); k >= 0; k--) {
      double f = flow[k];
      if (f == 0) {
        continue;
      }
      switch (r.kind[k]) {
        case ConditionedCircuit.GAUSSIAN -> {
          double weight = f / r.scale[k] / r.scale[k];
          top[r.dimension[k]] += weight * r.mean[k];
          bottom[r.dimension[k]] += weight;
        }
        case ConditionedCircuit.PRODUCT -> {
          for (int e = r.start[k]; e < r.start[k + 1]; e++) {
            flow[r.child[e]] += f;
          }
        }
        case ConditionedCircuit.SUM -> {
          for (int e = r.start[k]; e < r.start[k + 1]; e++) {
            flow[r.child[e]] += f * Math.exp(r.logWeight[e] + value[r.child[e]] - value[k]);
          }
        }
        default -> {}
      }
    }
    boolean any = false;
    for (int d = 0; d < r.numDimensions; d++) {
      double x = top[d] / bottom[d];
      if (!r.discrete[d] && bottom[d] > 0 && Double.isFinite(x)) {
        point[d] = Math.min(Math.max(x, r.rootLo[d]), r.rootHi[d]);
        any = true;
      }
    }
    return any;
  }
}
