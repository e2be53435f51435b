package org.ugmm.engine.mpe;

import it.unimi.dsi.fastutil.objects.ObjectHeapPriorityQueue;
import java.util.Arrays;
import java.util.Comparator;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.flat.FlatEvidence;
import org.ugmm.engine.leaf.UnivariateLeaf;
import org.ugmm.engine.number.GaussianMass;
import org.ugmm.engine.number.LogValue;

/**
 * The k best assignments of a deterministic, smooth and decomposable circuit: each node keeps its k
 * best trees, merged from its children's lists in order. Not thread-safe.
 */
public final class BestLists {
  /*
   * A sum merges its children's lists; a product is folded child by child, and of two descending
   * lists the best sums come off a heap of frontier pairs: (i, j) is followed by (i, j + 1) and, in
   * column 0, by (i + 1, 0), so every pair is met once (Huang and Chiang, Better k-best parsing,
   * 2005). In a smooth, decomposable and deterministic circuit different trees are different
   * assignments of the categorical variables, and each tree has one best value of every real.
   */
  private record Entry(double log, int first, int second) {}

  private static final Comparator<Entry> GREATEST_FIRST =
      Comparator.<Entry>comparingDouble(x -> -x.log)
          .thenComparingInt(Entry::first)
          .thenComparingInt(Entry::second);

  private final FlatCircuit c;
  private final FlatEvidence e;
  private final int k;
  private final boolean isUp;

  /** [numNodes][at most k] natural logs, descending; trees of value zero are left out. */
  private final double[][] logs;

  /**
   * [numNodes][] leaf: the state; sum: edge and rank; product: the rank in each child's list, one
   * run a tree.
   */
  private final int[][] choice;

  /**
   * Makes the lists.
   *
   * @param isUp whether the logs are upper bounds: then no assignment but the k - 1 best has a
   *     greater log than the k-th, while the trees may be in another order
   */
  public BestLists(FlatCircuit c, FlatEvidence e, int k, boolean isUp) {
    this.c = c;
    this.e = e;
    this.k = k;
    this.isUp = isUp;
    logs = new double[c.numNodes()][];
    choice = new int[c.numNodes()][];
    for (int n = 0; n <= c.root; n++) {
      switch (c.kind(n)) {
        case CATEGORICAL -> categorical(n);
        case GAUSSIAN -> {
          double x = MaxPass.leafPoint(c, e, n);
          boolean inside = ((Variable.Real) c.variables.get(c.variable[n])).contains(x);
          double scale = c.parameter(n, 1);
          double log = GaussianMass.logDensity(x, c.parameter(n, 0), scale);
          double upper = up(log, Math.abs(log) + 3 * Math.abs(Math.log(scale)) + 4);
          single(n, inside ? upper : Double.NEGATIVE_INFINITY);
        }
        case BASE -> single(n, MaxPass.baseIsZero(c, e, n) ? Double.NEGATIVE_INFINITY : 0);
        case CONSTANT -> single(n, c.parameter(n, 0));
        case WEIGHTED_SUM -> sum(n);
        case PRODUCT -> product(n);
        case GAUSSIAN_LINK -> throw new AssertionError("link " + n);
        default -> univariate(n);
      }
    }
  }

  /** How many assignments of positive value there are, at most k. */
  public int size() {
    return logs[c.root].length;
  }

  /** The natural log of a rank. */
  public double log(int rank) {
    return logs[c.root][rank];
  }

  /** A log, or an upper bound where it was rounded on numbers of a magnitude. */
  private double up(double log, double magnitude) {
    return isUp && log > Double.NEGATIVE_INFINITY ? log + MaxPass.PAD * magnitude : log;
  }

  private void single(int n, double log) {
    boolean zero = log == Double.NEGATIVE_INFINITY;
    logs[n] = zero ? new double[0] : new double[] {log};
    choice[n] = new int[0];
  }

  private void univariate(int n) {
    int v = c.variable[n];
    UnivariateLeaf leaf = c.leaf(n);
    boolean isPoint = e.isPoint(v);
    boolean isInterval = e.form[v] == FlatEvidence.INTERVAL;
    double lo = isInterval ? e.a[v] : Double.NEGATIVE_INFINITY;
    double hi = isInterval ? e.b[v] : Double.POSITIVE_INFINITY;
    if (!isPoint && leaf.upper(lo, hi) == Double.POSITIVE_INFINITY) {
      throw ConditionedCircuit.noBound(c, n);
    }
    LogValue found = leaf.logDensity(MaxPass.leafPoint(c, e, n));
    single(n, !isUp ? found.log() : isPoint ? found.upper() : leaf.upper(lo, hi));
  }

  private void categorical(int n) {
    boolean observed = e.isPoint(c.variable[n]);
    ObjectHeapPriorityQueue<Entry> heap = new ObjectHeapPriorityQueue<>(GREATEST_FIRST);
    for (int s = 0; s < c.numParameters(n); s++) {
      double log = MaxPass.stateLog(c, e, n, s);
      if (log > Double.NEGATIVE_INFINITY && (!observed || s == (int) e.a[c.variable[n]])) {
        double error = isUp ? MaxPass.stateError(c, e, n, s) : 0;
        heap.enqueue(new Entry(log + error, s, 0));
      }
    }
    int size = Math.min(k, heap.size());
    logs[n] = new double[size];
    choice[n] = new int[size];
    for (int i = 0; i < size; i++) {
      Entry entry = heap.dequeue();
      logs[n][i] = entry.log;
      choice[n][i] = entry.first;
    }
  }

  private void sum(int n) {
    ObjectHeapPriorityQueue<Entry> heap = new ObjectHeapPriorityQueue<>(GREATEST_FIRST);
    for (int edge = c.edgeStart[n]; edge < c.edgeStart[n + 1]; edge++) {
      push(heap, n, edge, 0);
    }
    double[] list = new double[k];
    int[] picks = new int[2 * k];
    int size = 0;
    while (size < k && !heap.isEmpty()) {
      Entry entry = heap.dequeue();
      list[size] = entry.log;
      picks[2 * size] = entry.first;
      picks[2 * size + 1] = entry.second;
      size++;
      push(heap, n, entry.first, entry.second + 1);
    }
    logs[n] = Arrays.copyOf(list, size);
    choice[n] = Arrays.copyOf(picks, 2 * size);
  }

  private void push(ObjectHeapPriorityQueue<Entry> heap, int n, int edge, int rank) {
    double weight = c.parameter(n, edge - c.edgeStart[n]);
    double[] list = logs[c.child[edge]];
    if (weight > 0 && rank < list.length) {
      double logWeight = Math.log(weight);
      double log = logWeight + list[rank];
      heap.enqueue(new Entry(up(log, Math.abs(logWeight) + Math.abs(log)), edge, rank));
    }
  }

  private double sum(double a, double b) {
    return up(a + b, Math.abs(a + b));
  }

  private void product(int n) {
    int numChildren = c.numChildren(n);
    double[] list = {0};
    int[] ranks = {};
    for (int i = 0; i < numChildren; i++) {
      double[] other = logs[c.child(n, i)];
      ObjectHeapPriorityQueue<Entry> heap = new ObjectHeapPriorityQueue<>(GREATEST_FIRST);
      double[] merged = new double[k];
      int[] mergedRanks = new int[k * (i + 1)];
      int size = 0;
      if (list.length > 0 && other.length > 0) {
        heap.enqueue(new Entry(sum(list[0], other[0]), 0, 0));
      }
      while (size < k && !heap.isEmpty()) {
        Entry entry = heap.dequeue();
        merged[size] = entry.log;
        System.arraycopy(ranks, entry.first * i, mergedRanks, size * (i + 1), i);
        mergedRanks[size * (i + 1) + i] = entry.second;
        size++;
        if (entry.second + 1 < other.length) {
          double log = sum(list[entry.first], other[entry.second + 1]);
          heap.enqueue(new Entry(log, entry.first, entry.second + 1));
        }
        if (entry.second == 0 && entry.first + 1 < list.length) {
          heap.enqueue(new Entry(sum(list[entry.first + 1], other[0]), entry.first + 1, 0));
        }
      }
      list = Arrays.copyOf(merged, size);
      ranks = Arrays.copyOf(mergedRanks, size * (i + 1));
    }
    logs[n] = list;
    choice[n] = ranks;
  }

  /** Writes the values of the tree of a rank into the assignment; leaves the others alone. */
  public void traceback(int rank, double[] assignment) {
    int[] rankOf = new int[c.root + 1];
    Arrays.fill(rankOf, -1);
    rankOf[c.root] = rank;
    for (int n = c.root; n >= 0; n--) {
      int at = rankOf[n];
      if (at < 0) {
        continue;
      }
      switch (c.kind(n)) {
        case GAUSSIAN, HISTOGRAM, POISSON, UNIFORM, EXPONENTIAL, GAMMA, LOG_NORMAL ->
            assignment[c.variable[n]] = MaxPass.leafPoint(c, e, n);
        case CATEGORICAL -> assignment[c.variable[n]] = choice[n][at];
        case WEIGHTED_SUM -> rankOf[c.child[choice[n][2 * at]]] = choice[n][2 * at + 1];
        case PRODUCT -> {
          int numChildren = c.numChildren(n);
          for (int i = 0; i < numChildren; i++) {
            rankOf[c.child(n, i)] = choice[n][at * numChildren + i];
          }
        }
        default -> {}
      }
    }
  }
}
