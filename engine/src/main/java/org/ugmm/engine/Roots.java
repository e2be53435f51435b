package org.ugmm.engine;

import org.jspecify.annotations.Nullable;

/** Evaluates some nodes of a circuit for tiles of rows: a tile and its log-domain twins. */
final class Roots<A> {
  /** Rows of the largest tile. */
  static final int TILE_ROWS = 64;

  private static final int SMALL_ROWS = 16;

  private final Circuit c;
  private final int[] nodes;
  private final Lanes<A> lanes;
  private final @Nullable Plan<A> plan;

  /** [sizes] tiles, each made when a batch first has use for it. */
  private final @Nullable Tile<?>[] tiles = new Tile<?>[3];

  /** [sizes] rows of each tile; lanes run across rows in all but the first. */
  private final int[] sizes;

  private @Nullable Tile<?> tile;
  private final @Nullable LogEvaluator[] twin;

  Roots(Circuit circuit, int[] nodes, Lanes<A> lanes) {
    this(
        circuit,
        nodes,
        lanes,
        lanes.supports(circuit) ? PlanBuilder.build(circuit, nodes, true, lanes) : null);
  }

  private Roots(Circuit circuit, int[] nodes, Lanes<A> lanes, @Nullable Plan<A> plan) {
    c = circuit;
    this.nodes = nodes;
    this.lanes = lanes;
    this.plan = plan;
    twin = new LogEvaluator[nodes.length];
    boolean mixtures = plan != null && isMostlyMixtures(plan);
    int large = mixtures ? 2 * lanes.kernels().lanes() : TILE_ROWS;
    sizes = new int[] {1, Math.min(SMALL_ROWS, large), large};
  }

  /** Whether Gaussian mixtures are most of the work: their kernel wants tiles of two vectors. */
  private static boolean isMostlyMixtures(Plan<?> plan) {
    long mixtures = 0;
    long others = 0;
    for (Plan.Step<?> step : plan.steps()) {
      if (step instanceof Plan.Mixtures<?> m) {
        mixtures += (long) m.z().length * m.shift().length;
      } else if (step instanceof Plan.Sums<?> sums) {
        for (Plan.Group<?> group : sums.groups()) {
          others += (long) group.a().length * sums.numUnits();
        }
      } else {
        others++;
      }
    }
    return mixtures > 4 * others;
  }

  Roots<A> fork() {
    return new Roots<>(c, nodes, lanes, plan);
  }

  @Nullable Plan<A> plan() {
    return plan;
  }

  /**
   * Evaluates the next rows of a batch.
   *
   * @param left number of rows left
   * @return how many were evaluated
   */
  int run(double[] rows, int from, int left) {
    if (plan == null) {
      return Math.min(left, TILE_ROWS);
    }
    int size = left < 3 ? 0 : left <= sizes[1] ? 1 : 2;
    Tile<?> fitting = tiles[size];
    if (fitting == null) {
      fitting = new Tile<>(plan, lanes, sizes[size]);
      tiles[size] = fitting;
    }
    tile = fitting;
    int count = Math.min(left, sizes[size]);
    fitting.load(rows, from, count);
    fitting.run();
    return count;
  }

  /** log2 of a node in a row of the tile; NaN where the twin must be asked. */
  double log2(int index, int tileRow) {
    Tile<?> current = tile;
    if (current == null) {
      return Double.NaN;
    }
    double log2 = current.root(index, tileRow);
    return Double.isInfinite(log2) && !current.plan().linear() ? Double.NaN : log2;
  }

  /** The log-domain evaluator of a node. */
  LogEvaluator twin(int index) {
    LogEvaluator result = twin[index];
    if (result == null) {
      result = new LogEvaluator(c, nodes[index]);
      twin[index] = result;
    }
    return result;
  }
}
