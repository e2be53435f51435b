package org.ugmm.engine.mpe;

import java.util.Arrays;
import java.util.List;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.exact.LogEvaluator;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.flat.FlatEvidence;
import org.ugmm.engine.flat.Scopes;
import org.ugmm.engine.number.Rounding;

/**
 * Bounds what the states of some chosen categorical variables can make of a circuit in which all
 * others are summed and integrated out: the bound of marginal MAP (Huang, Chavira and Darwiche,
 * Solving MAP exactly by searching on compiled arithmetic circuits, AAAI 2006). A dimension of a
 * box is a chosen variable: one state, or all of them. Not thread-safe.
 */
public final class ChosenBound implements BoxBound {
  /*
   * The circuit is a polynomial with non-negative coefficients in the values of its leaves, so that the
   * largest value of each leaf of a free variable bounds all of its states. That is tight where the
   * states decide between the children of a sum: of children whose supports exclude each other in a
   * chosen variable one at most is not zero, so that the greatest of them takes the place of their sum.
   * The children of each sum are parted into groups by that, variable by variable, and the bound is the
   * greatest sum of a group.
   *
   * What lies below no chosen variable does not change during a search. Logs are carried as upper
   * bounds: each operation adds more than it may have rounded.
   */
  private static final double U = Rounding.U;

  /** Terms of a sum may be wrong by their distance to the largest, which is below 745. */
  private static final double SPREAD = 760;

  private static final int ROUNDS = 2;

  private final FlatCircuit c;
  private final LogEvaluator evaluator;
  private final FlatEvidence given;
  private final FlatEvidence current;

  /** [dimensions] the chosen variables, those first whose states tell most. */
  private final int[] variables;

  /** [dimensions] [states] natural logs of the likelihoods that the evidence gives. */
  private final double[][] soft;

  /** Nodes above leaves of chosen variables, ascending. */
  private final int[] above;

  /** [numVariables] dimension of a variable, -1 for those not chosen. */
  private final int[] dimension;

  /** [numEdges] group of each child of a sum among the children of that sum; from 0. */
  private final int[] group;

  /** [numNodes] number of groups of each sum. */
  private final int[] numGroups;

  /** [numNodes] upper bound on the natural log of each node. */
  private final double[] upper;

  private double[] max = new double[16];
  private double[] sum = new double[16];

  /**
   * Prepares bounds.
   *
   * @param evaluator of the root of a circuit without links; its values are overwritten
   * @param chosen categorical variables that the evidence leaves open
   * @param given (Input, not modified) what else is open has a closed form
   */
  public ChosenBound(
      FlatCircuit circuit, LogEvaluator evaluator, int[] chosen, FlatEvidence given) {
    c = circuit;
    this.evaluator = evaluator;
    this.given = given;
    current = given.copy();
    variables = chosen.clone();
    dimension = new int[c.numVariables()];
    soft = new double[chosen.length][];
    group = new int[c.numEdges()];
    numGroups = new int[c.numNodes()];
    upper = new double[c.numNodes()];
    Scopes scopes = Scopes.of(c);
    boolean[] isAbove = new boolean[c.numNodes()];
    int count = 0;
    for (int n = 0; n <= c.root; n++) {
      for (int v : chosen) {
        isAbove[n] |= scopes.contains(n, v);
      }
      count += isAbove[n] ? 1 : 0;
    }
    above = new int[count];
    evaluator.upward(given);
    for (int n = 0, k = 0; n <= c.root; n++) {
      if (isAbove[n]) {
        above[k++] = n;
      } else {
        boolean isZero = evaluator.value(n) == Double.NEGATIVE_INFINITY;
        double error = Math.log1p(evaluator.relativeErrorBound(n));
        upper[n] =
            isZero && error == 0 ? Double.NEGATIVE_INFINITY : slack(evaluator.value(n) + error, 2);
        if (isZero && error > 0) {
          upper[n] = Rounding.BEYOND_RANGE;
        }
      }
    }
    place();
    part(isAbove);
    order();
  }

  private static double slack(double log, double units) {
    return log + U * (units + 2 * Math.abs(log));
  }

  /** Fills what depends on the order of the variables. */
  private void place() {
    Arrays.fill(dimension, -1);
    for (int d = 0; d < variables.length; d++) {
      int v = variables[d];
      dimension[v] = d;
      int numStates = ((Categorical) c.variables.get(v)).numStates();
      soft[d] =
          given.form[v] == FlatEvidence.LIKELIHOOD ? given.logLikelihood[v] : new double[numStates];
    }
  }

  /** Parts the children of sums by the chosen variables, each twice: one may help another. */
  private void part(boolean[] isAbove) {
    for (int n : above) {
      numGroups[n] = 1;
    }
    long[] support = new long[c.numNodes()];
    for (int round = 0; round < ROUNDS; round++) {
      for (int d = 0; d < variables.length; d++) {
        if (soft[d].length <= Long.SIZE) {
          supports(d, isAbove, support);
          for (int n : above) {
            if (c.kind(n) == NodeKind.WEIGHTED_SUM) {
              refine(n, support);
            }
          }
        }
      }
    }
  }

  /** The states of a chosen variable in which each node can be other than zero, as bits. */
  private void supports(int d, boolean[] isAbove, long[] support) {
    for (int n = 0; n <= c.root; n++) {
      support[n] = -1;
      if (!isAbove[n]) {
        continue;
      }
      int from = c.edgeStart[n];
      int to = c.edgeStart[n + 1];
      if (c.variable[n] == variables[d]) {
        support[n] = 0;
        for (int s = 0; s < soft[d].length; s++) {
          boolean isPossible = c.parameter(n, s) + soft[d][s] > Double.NEGATIVE_INFINITY;
          support[n] |= isPossible ? 1L << s : 0;
        }
      } else if (c.kind(n) == NodeKind.WEIGHTED_SUM) {
        support[n] = 0;
        for (int i = from; i < to; i++) {
          support[n] |= c.parameter(n, i - from) > 0 ? support[c.child[i]] : 0;
        }
      } else {
        for (int i = from; i < to; i++) {
          support[n] &= support[c.child[i]];
        }
      }
    }
  }

  /** Parts each group of children of a sum into those that share no state. */
  private void refine(int n, long[] support) {
    int from = c.edgeStart[n];
    int to = c.edgeStart[n + 1];
    int groups = 0;
    int[] refined = new int[to - from];
    Arrays.fill(refined, -1);
    for (int i = from; i < to; i++) {
      if (refined[i - from] >= 0) {
        continue;
      }
      long states = support[c.child[i]];
      boolean grows = true;
      while (grows) {
        grows = false;
        for (int j = i; j < to; j++) {
          long other = support[c.child[j]];
          boolean joins = j == i || (other & states) != 0;
          if (refined[j - from] < 0 && group[j] == group[i] && joins) {
            refined[j - from] = groups;
            grows |= (other & ~states) != 0;
            states |= other;
          }
        }
      }
      groups++;
    }
    System.arraycopy(refined, 0, group, from, refined.length);
    numGroups[n] = groups;
    if (groups > max.length) {
      max = new double[groups];
      sum = new double[groups];
    }
  }

  /** Puts those variables first whose states lower the bound most. */
  private void order() {
    Box box = root();
    double whole = pass(box);
    Integer[] order = new Integer[variables.length];
    double[] drop = new double[variables.length];
    for (int d = 0; d < order.length; d++) {
      order[d] = d;
      double hi = box.hi[d];
      for (int s = 0; s < soft[d].length; s++) {
        box.lo[d] = s;
        box.hi[d] = s;
        drop[d] += Math.min(50, whole - pass(box)) / soft[d].length;
      }
      box.lo[d] = 0;
      box.hi[d] = hi;
    }
    Arrays.sort(order, (a, b) -> Double.compare(drop[b], drop[a]));
    int[] before = variables.clone();
    for (int d = 0; d < order.length; d++) {
      variables[d] = before[order[d]];
    }
    place();
  }

  /** The box of all states. */
  public Box root() {
    double[] hi = new double[variables.length];
    Arrays.setAll(hi, d -> soft[d].length - 1);
    return new Box(new double[hi.length], hi);
  }

  /** The chosen variables in the order of the dimensions; a copy. */
  public int[] variables() {
    return variables.clone();
  }

  /**
   * Offers assignments: one found by fixing a state at a time where the bound stays greatest, and
   * then better ones that differ in one variable, as long as there are any.
   */
  public void ascend(Incumbent incumbent) {
    Box box = root();
    for (int d = 0; d < variables.length; d++) {
      double best = Double.NEGATIVE_INFINITY;
      int state = 0;
      for (int s = 0; s < soft[d].length; s++) {
        box.lo[d] = s;
        box.hi[d] = s;
        double found = pass(box);
        if (found > best) {
          best = found;
          state = s;
        }
      }
      box.lo[d] = state;
      box.hi[d] = state;
    }
    double[] point = box.lo;
    boolean improves = incumbent.offer(point, exact(point));
    while (improves) {
      improves = false;
      for (int d = 0; d < variables.length; d++) {
        double before = point[d];
        double kept = before;
        for (int s = 0; s < soft[d].length; s++) {
          point[d] = s;
          if (s != before && incumbent.offer(point, exact(point))) {
            improves = true;
            kept = s;
          }
        }
        point[d] = kept;
      }
    }
  }

  /** A lower bound on the natural log of the sum at states of all chosen variables. */
  private double exact(double[] point) {
    double log = evaluator.upward(at(point));
    return log - evaluator.logErrorBound();
  }

  /** The evidence and states of the chosen variables; good until the next call. */
  public FlatEvidence at(double[] point) {
    for (int d = 0; d < point.length; d++) {
      int v = variables[d];
      int s = (int) point[d];
      if (given.form[v] == FlatEvidence.LIKELIHOOD) {
        double[] only = new double[soft[d].length];
        Arrays.fill(only, Double.NEGATIVE_INFINITY);
        only[s] = soft[d][s];
        current.likelihood(v, only);
      } else {
        current.observe(v, s);
      }
    }
    return current;
  }

  @Override
  public double bound(Box box, Incumbent incumbent, double enough) {
    box.split = -1;
    for (int d = variables.length - 1; d >= 0; d--) {
      box.split = box.isPoint(d) ? box.split : d;
    }
    double bound = pass(box);
    if (box.split < 0 && bound > incumbent.value) {
      double log = evaluator.upward(at(box.lo));
      incumbent.offer(box.lo, log - evaluator.logErrorBound());
      double error = evaluator.logErrorBound();
      return error < Double.POSITIVE_INFINITY ? Math.min(bound, log + error) : bound;
    }
    return bound;
  }

  @Override
  public void split(Box box, List<Box> parts) {
    for (int s = 0; s < soft[box.split].length; s++) {
      if (soft[box.split][s] > Double.NEGATIVE_INFINITY) {
        Box part = box.copy();
        part.lo[box.split] = s;
        part.hi[box.split] = s;
        parts.add(part);
      }
    }
  }

  private double pass(Box box) {
    for (int n : above) {
      upper[n] =
          switch (c.kind(n)) {
            case WEIGHTED_SUM -> ofSum(n);
            case PRODUCT -> ofProduct(n);
            default -> ofLeaf(n, box);
          };
    }
    return upper[c.root];
  }

  private double ofLeaf(int n, Box box) {
    int d = dimension[c.variable[n]];
    double best = Double.NEGATIVE_INFINITY;
    for (int s = (int) box.lo[d]; s <= box.hi[d]; s++) {
      double log = c.parameter(n, s) + soft[d][s];
      if (log > Double.NEGATIVE_INFINITY) { // a likelihood and a probability may cancel
        double size = Math.abs(c.parameter(n, s)) + Math.abs(soft[d][s]);
        best = Math.max(best, slack(log, 4 + 4 * size + 2 * c.rounding(n)));
      }
    }
    return best;
  }

  private double ofProduct(int n) {
    double total = 0;
    double rounded = 0;
    for (int i = c.edgeStart[n]; i < c.edgeStart[n + 1]; i++) {
      double child = upper[c.child[i]];
      if (child == Double.NEGATIVE_INFINITY) {
        return child;
      }
      total += child;
      rounded += Math.abs(total);
    }
    return Double.isNaN(total) ? Double.POSITIVE_INFINITY : slack(total, 2 * rounded);
  }

  private double ofSum(int n) {
    int from = c.edgeStart[n];
    int to = c.edgeStart[n + 1];
    int groups = numGroups[n];
    Arrays.fill(max, 0, groups, Double.NEGATIVE_INFINITY);
    Arrays.fill(sum, 0, groups, 0);
    for (int i = from; i < to; i++) {
      if (c.parameter(n, i - from) > 0) {
        double term = Math.log(c.parameter(n, i - from)) + upper[c.child[i]];
        max[group[i]] = Math.max(max[group[i]], term);
      }
    }
    for (int i = from; i < to; i++) {
      double weight = c.parameter(n, i - from);
      if (weight > 0 && max[group[i]] > Double.NEGATIVE_INFINITY) {
        double logWeight = Math.log(weight);
        double term = logWeight + upper[c.child[i]];
        double largest = max[group[i]];
        double share = largest == Double.POSITIVE_INFINITY ? 1 : Math.exp(term - largest);
        // the log of the weight, the sum and the difference were rounded
        sum[group[i]] +=
            share * (1 + U * (SPREAD + 3 * Math.abs(logWeight) + 2 * Math.abs(largest) + 8))
                + Double.MIN_VALUE;
      }
    }
    double best = Double.NEGATIVE_INFINITY;
    for (int g = 0; g < groups; g++) {
      if (max[g] > Double.NEGATIVE_INFINITY) {
        best = Math.max(best, max[g] + Math.log(sum[g]));
      }
    }
    return best == Double.NEGATIVE_INFINITY
        ? best
        : slack(best, 4 + (to - from) + 2 * c.rounding(n));
  }
}
