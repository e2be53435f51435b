package org.ugmm.engine.mpe;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import it.unimi.dsi.fastutil.ints.IntArrays;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The MPE of a structured-decomposable circuit over categorical variables, bottom-up and without
 * determinism: a hidden Markov chain whose states are summed out, for instance.
 *
 * <p>Assignments to the variables below a group of nodes matter only by the values of those nodes
 * that others read. An assignment whose values are all at most those of another is never needed,
 * because the root grows with each of them. What is left is a Pareto front, often a small one.
 */
public final class Fronts {
  /*
   * Nodes with one scope are a group. The products of a group all have factors in the same groups;
   * its front is made from theirs factor by factor. Where a front has more points than there is work
   * for, a point may be left out for another that is less by at most a slack in each log. At most one
   * node of a group is a factor of any term of the root, so the log of the root is then less by at
   * most that slack: the sum of all slacks, and of all rounding, is what the bound has to allow for.
   */
  private static final double FIRST_SLACK = 1e-9;
  private static final double LAST_SLACK = 1e3;
  private static final double ULP = 0x1p-52;

  /** Slacks that are tried at most. */
  private static final int PASSES = 16;

  private static final int MOST_POINTS = 4_096;

  private final ConditionedCircuit r;

  /** [numNodes] group of a node. */
  private final int[] groupOf;

  private final List<Group> groups = new ArrayList<>();

  /** [numNodes] position of a node among those of its group that others read, -1 for others. */
  private final int[] place;

  /** [numNodes] how much less than the true log a front's may be, by slack and by rounding. */
  private final double[] error;

  /** [numNodes] largest sum of the magnitudes that were rounded on the way to a node's log. */
  private final double[] magnitude;

  /** [numNodes] log of a node at the point being made. */
  private final double[] value;

  /** [numDimensions] the assignment found. */
  private final double[] point;

  private double upper = Double.NaN;
  private boolean complete = true;

  /** Nodes with one scope, and their front. */
  private static final class Group {
    /** Groups of the factors of the products; empty where the scope is one dimension. */
    final int[] factors;

    final int dimension;
    final IntArrayList nodes = new IntArrayList();
    final IntArrayList products = new IntArrayList();
    final IntArrayList read = new IntArrayList();

    /** The points of the front: logs of the nodes read. */
    double[][] front = {};

    /** [point] its state, of a dimension; else the point of the last factor's step. */
    int[] origin = {};

    /** [factor][point of its step] point of the step before, and of the front of the factor. */
    final int[][] before;

    final int[][] taken;

    Group(int[] factors, int dimension) {
      this.factors = factors;
      this.dimension = dimension;
      before = new int[factors.length][];
      taken = new int[factors.length][];
    }
  }

  private Fronts(ConditionedCircuit r) {
    this.r = r;
    groupOf = new int[r.numNodes];
    place = new int[r.numNodes];
    error = new double[r.numNodes];
    magnitude = new double[r.numNodes];
    value = new double[r.numNodes];
    point = new double[r.numDimensions];
  }

  /**
   * Finds a good assignment and a proven bound.
   *
   * @param work about how many comparisons and additions of numbers it may take
   * @return null where the circuit is not of this kind, or its fronts are too large
   */
  public static @Nullable Fronts of(ConditionedCircuit r, long work) {
    for (boolean isDiscrete : r.discrete) {
      if (!isDiscrete) {
        return null;
      }
    }
    Fronts fronts = new Fronts(r);
    return r.numDimensions > 0 && fronts.group() && fronts.run(work) ? fronts : null;
  }

  /** [numDimensions] the assignment; the caller may not write to it. */
  public double[] point() {
    return point;
  }

  /** Proven: no assignment has a greater natural log. */
  public double upper() {
    return upper;
  }

  /** Whether nothing was left out: only rounding is between the assignment and the bound. */
  public boolean isComplete() {
    return complete;
  }

  /** Finds the groups; false where the circuit is not structured. */
  private boolean group() {
    int[] ofDimension = new int[r.numDimensions];
    Arrays.fill(ofDimension, -1);
    Map<List<Integer>, Integer> ofFactors = new HashMap<>();
    for (int k = 0; k < r.numNodes; k++) {
      int from = r.start[k];
      int to = r.start[k + 1];
      int group = -1;
      if (r.kind[k] == ConditionedCircuit.CATEGORICAL) {
        int d = r.dimension[k];
        if (ofDimension[d] < 0) {
          ofDimension[d] = groups.size();
          groups.add(new Group(new int[0], d));
        }
        group = ofDimension[d];
      } else if (r.kind[k] == ConditionedCircuit.PRODUCT && to - from > 1) {
        List<Integer> factors = new ArrayList<>();
        for (int e = from; e < to; e++) {
          factors.add(groupOf[r.child[e]]);
        }
        factors.sort(null);
        for (int f = 1; f < factors.size(); f++) {
          if (factors.get(f).equals(factors.get(f - 1))) {
            return false; // not decomposable
          }
        }
        Integer known = ofFactors.get(factors);
        if (known == null) {
          known = groups.size();
          ofFactors.put(factors, known);
          groups.add(new Group(factors.stream().mapToInt(i -> i).toArray(), -1));
        }
        group = known;
        groups.get(group).products.add(k);
      } else if (from < to) {
        group = groupOf[r.child[from]];
        for (int e = from; e < to; e++) {
          if (groupOf[r.child[e]] != group) {
            return false;
          }
        }
      }
      if (group < 0) {
        return false; // a constant below a sum: its other children have a larger scope
      }
      groupOf[k] = group;
      groups.get(group).nodes.add(k);
    }
    Arrays.fill(place, -1);
    boolean[] isRead = new boolean[r.numNodes];
    isRead[r.root()] = true;
    for (int k = 0; k < r.numNodes; k++) {
      for (int e = r.start[k]; e < r.start[k + 1]; e++) {
        isRead[r.child[e]] |= groupOf[r.child[e]] != groupOf[k];
      }
    }
    for (int k = 0; k < r.numNodes; k++) {
      if (isRead[k]) {
        place[k] = groups.get(groupOf[k]).read.size();
        groups.get(groupOf[k]).read.add(k);
      }
    }
    return true;
  }

  private boolean run(long work) {
    long share = Math.max(1, work / groups.size());
    for (Group group : groups) {
      if (group.read.isEmpty()) {
        continue; // below nothing that is read
      }
      boolean done = group.dimension >= 0 ? states(group) : products(group, share);
      if (!done) {
        return false;
      }
    }
    Group top = groups.get(groupOf[r.root()]);
    int best = 0;
    for (int i = 1; i < top.front.length; i++) {
      best = top.front[i][place[r.root()]] > top.front[best][place[r.root()]] ? i : best;
    }
    if (top.front.length == 0) {
      return false;
    }
    upper = top.front[best][place[r.root()]] + error[r.root()];
    trace(groupOf[r.root()], best);
    return true;
  }

  /** Each state of one dimension. */
  private boolean states(Group group) {
    boolean[] allowed = r.allowed[group.dimension];
    List<double[]> points = new ArrayList<>();
    IntArrayList states = new IntArrayList();
    for (int s = 0; s < allowed.length; s++) {
      if (allowed[s]) {
        for (int k : group.nodes.toIntArray()) {
          if (r.kind[k] == ConditionedCircuit.CATEGORICAL) {
            value[k] = r.table[k][s];
            note(k, Math.abs(value[k]));
          }
        }
        points.add(finish(group));
        states.add(s);
      }
    }
    return close(group, points, states.toIntArray(), Integer.MAX_VALUE);
  }

  private boolean products(Group group, long share) {
    int[] products = group.products.toIntArray();
    List<double[]> partial = new ArrayList<>();
    partial.add(new double[products.length]);
    for (int f = 0; f < group.factors.length; f++) {
      double[][] front = groups.get(group.factors[f]).front;
      int[] factor = new int[products.length];
      for (int p = 0; p < products.length; p++) {
        int child = factor(products[p], group.factors[f]);
        factor[p] = place[child];
        error[products[p]] += error[child];
      }
      List<double[]> sums = new ArrayList<>(partial.size() * front.length);
      double[] largest = new double[products.length];
      for (double[] left : partial) {
        for (double[] right : front) {
          double[] sum = left.clone();
          for (int p = 0; p < sum.length; p++) {
            sum[p] += right[factor[p]];
            if (sum[p] > Double.NEGATIVE_INFINITY) {
              largest[p] = Math.max(largest[p], Math.abs(sum[p]));
            }
          }
          sums.add(sum);
        }
      }
      Kept kept = prune(sums, most(share, sums.size(), products.length));
      if (kept == null) {
        return false;
      }
      group.before[f] = new int[kept.points.length];
      group.taken[f] = new int[kept.points.length];
      partial.clear();
      for (int i = 0; i < kept.points.length; i++) {
        partial.add(sums.get(kept.points[i]));
        group.before[f][i] = kept.points[i] / front.length;
        group.taken[f][i] = kept.points[i] % front.length;
      }
      for (int p = 0; p < products.length; p++) {
        error[products[p]] += kept.slack;
        magnitude[products[p]] += largest[p];
      }
    }
    List<double[]> points = new ArrayList<>();
    int[] origins = new int[partial.size()];
    for (int i = 0; i < partial.size(); i++) {
      for (int p = 0; p < products.length; p++) {
        value[products[p]] = partial.get(i)[p];
      }
      points.add(finish(group));
      origins[i] = i;
    }
    return close(group, points, origins, most(share, points.size(), group.read.size()));
  }

  private int factor(int product, int group) {
    for (int e = r.start[product]; e < r.start[product + 1]; e++) {
      if (groupOf[r.child[e]] == group) {
        return r.child[e];
      }
    }
    throw new AssertionError("product " + product + " has no factor in group " + group);
  }

  /** The nodes above the leaves or factors of a group; the logs of those that others read. */
  private double[] finish(Group group) {
    for (int k : group.nodes.toIntArray()) {
      if (r.kind[k] == ConditionedCircuit.SUM) {
        value[k] = sum(k);
      } else if (r.kind[k] == ConditionedCircuit.PRODUCT) {
        boolean isCopy = r.start[k + 1] - r.start[k] == 1;
        double log = r.constant[k] + (isCopy ? value[r.child[r.start[k]]] : value[k]);
        note(k, Math.abs(r.constant[k]) + Math.abs(log));
        value[k] = log;
      }
    }
    double[] logs = new double[group.read.size()];
    for (int i = 0; i < logs.length; i++) {
      logs[i] = value[group.read.getInt(i)];
    }
    return logs;
  }

  private double sum(int k) {
    double max = Double.NEGATIVE_INFINITY;
    double largestWeight = 0;
    for (int e = r.start[k]; e < r.start[k + 1]; e++) {
      max = Math.max(max, r.logWeight[e] + value[r.child[e]]);
      largestWeight = Math.max(largestWeight, Math.abs(r.logWeight[e]));
    }
    if (max == Double.NEGATIVE_INFINITY) {
      return max;
    }
    double sum = 0;
    for (int e = r.start[k]; e < r.start[k + 1]; e++) {
      sum += Math.exp(r.logWeight[e] + value[r.child[e]] - max);
    }
    // a term far below the greatest has a log of more rounding, and as much less weight
    note(k, Math.abs(max) + largestWeight + (r.start[k + 1] - r.start[k]) + 4);
    return max + Math.log(sum);
  }

  private void note(int k, double rounded) {
    if (rounded < Double.POSITIVE_INFINITY) {
      magnitude[k] = Math.max(magnitude[k], rounded);
    }
  }

  /** Bounds the errors of the nodes of a group and keeps its front. */
  private boolean close(Group group, List<double[]> points, int[] origins, int most) {
    for (int k : group.nodes.toIntArray()) {
      if (r.kind[k] == ConditionedCircuit.SUM) {
        for (int e = r.start[k]; e < r.start[k + 1]; e++) {
          error[k] = Math.max(error[k], error[r.child[e]]);
        }
      } else if (r.start[k + 1] - r.start[k] == 1) {
        error[k] = error[r.child[r.start[k]]];
      }
      error[k] += 1.01 * (r.constantError[k] + 8 * ULP * magnitude[k]);
    }
    Kept kept = prune(points, most);
    if (kept == null) {
      return false;
    }
    group.front = new double[kept.points.length][];
    group.origin = new int[kept.points.length];
    for (int i = 0; i < kept.points.length; i++) {
      group.front[i] = points.get(kept.points[i]);
      group.origin[i] = origins[kept.points[i]];
    }
    for (int k : group.read.toIntArray()) {
      error[k] += kept.slack;
    }
    return true;
  }

  /** The most points of a front, so that comparing all candidates with all kept fits the share. */
  private static int most(long share, int candidates, int width) {
    long each = share / PASSES / Math.max(1, width);
    long most = Math.min(each / Math.max(1, candidates), (long) Math.cbrt(each));
    return (int) Math.max(2, Math.min(most, MOST_POINTS));
  }

  /** Points of a front and by how much they may be less than one left out. */
  private record Kept(int[] points, double slack) {}

  /** Leaves out points that others replace; null where too many are left whatever the slack. */
  private @Nullable Kept prune(List<double[]> points, int most) {
    double[] key = new double[points.size()];
    int[] order = new int[points.size()];
    int size = 0;
    for (int i = 0; i < key.length; i++) {
      for (double log : points.get(i)) {
        key[i] += Math.max(log, -1e6);
      }
      if (Arrays.stream(points.get(i)).anyMatch(log -> log > Double.NEGATIVE_INFINITY)) {
        order[size++] = i;
      }
    }
    int[] greatestFirst = Arrays.copyOf(order, size);
    IntArrays.stableSort(greatestFirst, (i, j) -> Double.compare(key[j], key[i]));
    for (double slack = 0; slack < LAST_SLACK; slack = slack == 0 ? FIRST_SLACK : 8 * slack) {
      int[] kept = new int[Math.min(most, size)];
      int count = 0;
      boolean fits = true;
      for (int i = 0; i < size && fits; i++) {
        double[] candidate = points.get(greatestFirst[i]);
        boolean replaced = false;
        for (int j = 0; j < count && !replaced; j++) {
          replaced = covers(points.get(kept[j]), candidate, slack);
        }
        if (!replaced) {
          fits = count < most;
          if (fits) {
            kept[count++] = greatestFirst[i];
          }
        }
      }
      if (fits) {
        complete &= slack == 0;
        return new Kept(Arrays.copyOf(kept, count), slack);
      }
    }
    return null;
  }

  private static boolean covers(double[] a, double[] b, double slack) {
    for (int i = 0; i < a.length; i++) {
      if (!(a[i] + slack >= b[i])) {
        return false;
      }
    }
    return true;
  }

  /** Follows a point of a group's front down to the states. */
  private void trace(int group, int best) {
    int[] chosen = new int[groups.size()];
    Arrays.fill(chosen, -1);
    chosen[group] = best;
    for (int g = groups.size() - 1; g >= 0; g--) {
      if (chosen[g] < 0) {
        continue;
      }
      Group at = groups.get(g);
      int i = at.origin[chosen[g]];
      if (at.dimension >= 0) {
        point[at.dimension] = i;
      }
      for (int f = at.factors.length - 1; f >= 0; f--) {
        chosen[at.factors[f]] = at.taken[f][i];
        i = at.before[f][i];
      }
    }
  }
}
