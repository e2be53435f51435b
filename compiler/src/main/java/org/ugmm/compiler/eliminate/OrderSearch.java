package org.ugmm.compiler.eliminate;

import it.unimi.dsi.fastutil.ints.IntOpenHashSet;
import java.util.Arrays;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.model.FactorModel;

/**
 * Searches for an order of elimination whose tables are small: greedy orders by several measures,
 * then the same with ties broken and measures blurred at random, within a budget of work.
 */
final class OrderSearch {
  /*
   * Kjaerulff, Triangulation of graphs: algorithms giving small total state space (1990), and
   * Fishelson, Geiger, Optimizing exact genetic linkage computations (2004): no greedy measure is best
   * everywhere, and restarts with noise gain more than a cleverer measure. The budget grows with the
   * best cost so far, so that small networks are not searched longer than they take to compile.
   */
  private enum Measure {
    /** The number of joint states of the table that the elimination makes. */
    STATES,
    /** The number of pairs of neighbours that it joins. */
    FILL,
    /** The same, each pair counted by its number of joint states. */
    WEIGHTED_FILL
  }

  private static final long MIN_WORK = 100_000;
  private static final long MAX_WORK = 60_000_000;
  private static final int WORK_PER_EDGE = 10;
  private static final int MAX_TRIALS = 200;
  private static final int MAX_IDLE_TRIALS = 20;
  private static final int WORK_PER_VARIABLE = 30;
  private static final long SEED = 1;

  /**
   * Measures that look at pairs of neighbours are left out where there are more pairs than this.
   */
  private static final double MAX_PAIRS = 2e7;

  private final double[] numStates;
  private final IntOpenHashSet[] neighbours;
  private final double maxStates;
  private long work;

  private OrderSearch(double[] numStates, IntOpenHashSet[] neighbours, double maxStates) {
    this.numStates = numStates;
    this.neighbours = neighbours;
    this.maxStates = maxStates;
  }

  /**
   * The best order found.
   *
   * @param model the tables
   * @param scopes their scopes, without variables that are observed
   * @param maxStates an order is given up when one of its tables has more joint states
   */
  static Ordering best(FactorModel model, Iterable<int[]> scopes, double maxStates) {
    int n = model.variables().size();
    IntOpenHashSet[] neighbours = new IntOpenHashSet[n];
    double[] numStates = new double[n];
    for (int v = 0; v < n; v++) {
      neighbours[v] = new IntOpenHashSet(4);
      numStates[v] = model.numStates(v);
    }
    for (int[] scope : scopes) {
      for (int a : scope) {
        for (int b : scope) {
          if (a != b) {
            neighbours[a].add(b);
          }
        }
      }
    }
    return new OrderSearch(numStates, neighbours, maxStates).search();
  }

  private Ordering search() {
    SplittableRandom random = new SplittableRandom(SEED);
    Measure[] measures = {Measure.FILL, Measure.WEIGHTED_FILL, Measure.STATES};
    if (numPairs() > MAX_PAIRS) {
      measures = new Measure[] {Measure.STATES};
    }
    Ordering best = null;
    int idle = 0;
    for (int trial = 0; trial < MAX_TRIALS; trial++) {
      double noise = trial < measures.length ? 0 : 0.25 * (trial / measures.length % 3);
      Ordering found = order(measures[trial % measures.length], noise, random, best);
      if (found == null) {
        idle++; // that measure costs more than it can gain
        continue;
      }
      if (best == null
          || found.order().length > 0
              && (best.order().length == 0 || found.edges() < best.edges())) {
        best = found;
        idle = -1;
      }
      idle++;
      double limit = Math.min(MAX_WORK, MIN_WORK + WORK_PER_EDGE * best.edges());
      if (trial + 1 >= measures.length && (work > limit || idle == MAX_IDLE_TRIALS)) {
        break;
      }
    }
    if (best == null) {
      throw new AssertionError("no trial");
    }
    return best;
  }

  private double numPairs() {
    double pairs = 0;
    for (IntOpenHashSet set : neighbours) {
      pairs += (double) set.size() * set.size();
    }
    return pairs;
  }

  /** A variable with its cost when it was queued; a later cost makes the entry void. */
  private record Candidate(double cost, double tie, int variable) implements Comparable<Candidate> {
    @Override
    public int compareTo(Candidate other) {
      int byCost = Double.compare(cost, other.cost);
      int byTie = byCost != 0 ? byCost : Double.compare(tie, other.tie);
      return byTie != 0 ? byTie : Integer.compare(variable, other.variable);
    }
  }

  /**
   * One greedy order; given up when a table, or all together, are too large to be of use.
   *
   * @return null when the measure alone, which looks at pairs of neighbours, took the whole budget
   */
  private @Nullable Ordering order(
      Measure measure, double noise, SplittableRandom random, @Nullable Ordering best) {
    int n = neighbours.length;
    long before = work;
    IntOpenHashSet[] open = new IntOpenHashSet[n];
    Arrays.setAll(open, v -> neighbours[v].clone());
    double[] cost = new double[n];
    PriorityQueue<Candidate> queue = new PriorityQueue<>(Math.max(1, n));
    for (int v = 0; v < n; v++) {
      cost[v] = cost(measure, noise, random, open, v);
      queue.add(new Candidate(cost[v], random.nextDouble(), v));
    }
    boolean[] done = new boolean[n];
    int[] order = new int[n];
    double[] states = new double[n];
    int[][] rest = new int[n][];
    double sum = 0;
    int largest = -1;
    work += (long) WORK_PER_VARIABLE * n;
    double limit = best == null || best.order().length == 0 ? Double.MAX_VALUE : best.edges();
    for (int i = 0; i < n; ) {
      Candidate next = queue.remove();
      int v = next.variable;
      if (done[v] || next.cost != cost[v]) {
        continue;
      }
      done[v] = true;
      int[] others = open[v].toIntArray();
      order[i] = v;
      rest[v] = others;
      states[v] = size(open, v);
      sum += states[v];
      largest = largest < 0 || states[v] > states[largest] ? v : largest;
      if (states[v] > maxStates || sum > limit) {
        return new Ordering(new int[0], sum, new double[0], clique(v, others), states[v]);
      }
      if (measure != Measure.STATES && work - before > MAX_WORK) {
        return null;
      }
      eliminate(open, v, others);
      requeue(measure, noise, random, open, others, cost, queue);
      i++;
    }
    double[] edgesOf = edges(order, states, rest);
    double edges = Arrays.stream(edgesOf).sum();
    return new Ordering(order, edges, edgesOf, clique(largest, rest[largest]), states[largest]);
  }

  private static int[] clique(int v, int[] others) {
    int[] clique = Arrays.copyOf(others, others.length + 1);
    clique[others.length] = v;
    Arrays.sort(clique);
    return clique;
  }

  private void eliminate(IntOpenHashSet[] open, int v, int[] others) {
    for (int a : others) {
      open[a].remove(v);
      for (int b : others) {
        if (a != b) {
          open[a].add(b);
        }
      }
    }
    work += (long) others.length * others.length;
  }

  /** The costs of the neighbours change, and by pairs that they now share those of theirs. */
  private void requeue(
      Measure measure,
      double noise,
      SplittableRandom random,
      IntOpenHashSet[] open,
      int[] others,
      double[] cost,
      PriorityQueue<Candidate> queue) {
    IntOpenHashSet changed = new IntOpenHashSet(others);
    if (measure != Measure.STATES) {
      for (int a : others) {
        changed.addAll(open[a]);
      }
    }
    for (int a : changed.toIntArray()) {
      cost[a] = cost(measure, noise, random, open, a);
      queue.add(new Candidate(cost[a], random.nextDouble(), a));
    }
  }

  private double cost(
      Measure measure, double noise, SplittableRandom random, IntOpenHashSet[] open, int v) {
    double blur = noise == 0 ? 1 : 1 + noise * random.nextDouble();
    if (measure == Measure.STATES) {
      work += open[v].size();
      return Math.log(size(open, v)) * blur;
    }
    int[] others = open[v].toIntArray();
    work += (long) others.length * others.length / 2 + 1;
    double sum = 0;
    for (int i = 1; i < others.length; i++) {
      IntOpenHashSet of = open[others[i]];
      for (int j = 0; j < i; j++) {
        if (!of.contains(others[j])) {
          sum += measure == Measure.FILL ? 1 : numStates[others[i]] * numStates[others[j]];
        }
      }
    }
    return sum * blur;
  }

  /** The number of joint states of a variable and its neighbours. */
  private double size(IntOpenHashSet[] open, int v) {
    double product = numStates[v];
    for (int other : open[v].toIntArray()) {
      product *= numStates[other];
    }
    return product;
  }

  /**
   * The edges of the circuit of an order: each entry of a table is a term of a sum and a product of
   * a leaf with the sums that come from below; where none comes, a leaf stands for the whole sum.
   */
  private static double[] edges(int[] order, double[] states, int[][] rest) {
    int n = order.length;
    int[] place = new int[n];
    for (int i = 0; i < n; i++) {
      place[order[i]] = i;
    }
    int[] messages = new int[n];
    double[] edges = new double[n];
    for (int v : order) {
      if (messages[v] > 0) {
        edges[place[v]] = states[v] * (2 + messages[v]);
      }
      int first = n;
      for (int other : rest[v]) {
        first = Math.min(first, place[other]);
      }
      if (first < n) {
        messages[order[first]]++;
      }
    }
    return edges;
  }
}
