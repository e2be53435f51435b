package org.ugmm.engine;

import org.jspecify.annotations.Nullable;

/** Evaluates some nodes of a circuit for tiles of rows: a tile and its log-domain twins. */
final class Roots<A> {
  static final int TILE_ROWS = 64;

  private final Circuit c;
  private final int[] nodes;
  private final Lanes<A> lanes;
  private final @Nullable Plan<A> plan;
  private final @Nullable Tile<A> tile;
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
    tile = plan == null ? null : new Tile<>(plan, lanes, TILE_ROWS);
    twin = new LogEvaluator[nodes.length];
  }

  Roots<A> fork() {
    return new Roots<>(c, nodes, lanes, plan);
  }

  @Nullable Plan<A> plan() {
    return plan;
  }

  /** Evaluates up to TILE_ROWS rows of a batch. */
  void run(double[] rows, int from, int count) {
    if (tile != null) {
      tile.load(rows, from, count);
      tile.run();
    }
  }

  /** log2 of a node in a row of the tile; NaN where the twin must be asked. */
  double log2(int index, int tileRow) {
    if (tile == null) {
      return Double.NaN;
    }
    double log2 = tile.root(index, tileRow);
    return Double.isInfinite(log2) && !tile.plan().linear() ? Double.NaN : log2;
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
