package org.ugmm.engine.batch;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.batch.error.ErrorModel;
import org.ugmm.engine.batch.error.TileErrors;
import org.ugmm.engine.batch.plan.DoubleLanes;
import org.ugmm.engine.batch.plan.Lanes;
import org.ugmm.engine.batch.plan.Plan;
import org.ugmm.engine.batch.plan.PlanBuilder;
import org.ugmm.engine.batch.run.Tile;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.exact.LogEvaluator;
import org.ugmm.engine.flat.FlatCircuit;

/**
 * Evaluates some nodes of a circuit for tiles of rows: a tile and its log-domain twins. Rows whose
 * logs are beyond the range of float, or too uncertain in it, go through a tile in double.
 */
public final class Roots<A> {
  /** Rows of the largest tile. */
  public static final int TILE_ROWS = 64;

  /** Absolute error of a natural log from which on a tile's value is not good enough. */
  public static final double LARGEST_ERROR = 0x1p-10;

  /** Roots this much (log2) below the greatest have no part in a share. */
  private static final double NEGLIGIBLE = 1000;

  private static final double LN2 = Math.log(2);

  private final FlatCircuit c;
  private final int[] nodes;
  private final Lanes<A> lanes;
  private final @Nullable Plan<A> plan;

  /** What rounding can do to the values of the plan; made when bounds are first asked for. */
  private @Nullable ErrorModel<A> model;

  /** [sizes] tiles, each made when a batch first has use for it. */
  private final @Nullable Tile<A>[] tiles;

  /** [sizes] bounds of each tile, made when first asked for and needed. */
  private final @Nullable TileErrors<A>[] errors;

  /** [sizes] rows of each tile; lanes run across rows in all but the first. */
  private final int[] sizes;

  /** Whether a computed zero is one: nothing underflows, and no Gaussian is too far out. */
  private final boolean isZeroCertain;

  private @Nullable Tile<A> tile;
  private @Nullable TileErrors<A> tileErrors;
  private final @Nullable LogEvaluator[] twin;

  /** The same nodes in double; made when the first row comes that float cannot answer. */
  private @Nullable Roots<double[]> wide;

  /** [rows of a tile] where the answers of wide rows start in those below; negative for others. */
  private final int[] wideAt;

  /** [rows of a tile][numVariables] the rows that float cannot answer. */
  private double[] wideRows = new double[0];

  /** [rows of a tile][nodes] their answers. */
  private double[] wideLog2 = new double[0];

  private double[] wideError = new double[0];

  public Roots(FlatCircuit circuit, int[] nodes, Lanes<A> lanes) {
    this(
        circuit,
        nodes,
        lanes,
        lanes.supports(circuit) ? PlanBuilder.build(circuit, nodes, true, lanes) : null,
        null);
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // arrays of a generic type
  private Roots(
      FlatCircuit circuit,
      int[] nodes,
      Lanes<A> lanes,
      @Nullable Plan<A> plan,
      @Nullable ErrorModel<A> model) {
    c = circuit;
    this.nodes = nodes;
    this.lanes = lanes;
    this.plan = plan;
    this.model = model;
    tiles = new Tile[3];
    errors = new TileErrors[3];
    twin = new LogEvaluator[nodes.length];
    isZeroCertain = plan != null && plan.linear() && !hasGaussians(circuit);
    int least = lanes.kernels().tile();
    boolean mixtures = plan != null && isMostlyMixtures(plan);
    sizes = new int[] {1, least, mixtures ? least : least * Math.max(1, TILE_ROWS / least)};
    wideAt = new int[Math.max(TILE_ROWS, sizes[2])];
    Arrays.fill(wideAt, -1);
  }

  private static boolean hasGaussians(FlatCircuit c) {
    for (int n = 0; n <= c.root; n++) {
      if (c.kind(n) == NodeKind.GAUSSIAN || c.kind(n) == NodeKind.GAUSSIAN_LINK) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether Gaussian mixtures are most of the work: they are long calls that no larger tile makes
   * cheaper, and a small one keeps their inputs in the nearest cache.
   */
  private static boolean isMostlyMixtures(Plan<?> plan) {
    long mixtures = 0;
    long others = 0;
    for (Plan.Step<?> step : plan.steps()) {
      if (step instanceof Plan.Mixtures<?> m) {
        mixtures += (long) m.gaussians().z().length * m.numUnits();
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

  public Roots<A> fork() {
    Roots<A> fork = new Roots<>(c, nodes, lanes, plan, model);
    fork.wide = wide == null ? null : wide.fork();
    return fork;
  }

  public @Nullable Plan<A> plan() {
    return plan;
  }

  /**
   * Evaluates the next rows of a batch.
   *
   * @param left number of rows left
   * @param bounds whether {@link #error} will be asked
   * @return how many were evaluated
   */
  public int run(double[] rows, int from, int left, boolean bounds) {
    if (plan == null) {
      return Math.min(left, TILE_ROWS);
    }
    int size = left < 3 ? 0 : left <= sizes[1] ? 1 : 2;
    Tile<A> fitting = tiles[size];
    if (fitting == null) {
      fitting = new Tile<>(plan, lanes, sizes[size]);
      tiles[size] = fitting;
    }
    tile = fitting;
    int count = Math.min(left, sizes[size]);
    fitting.load(rows, from, count);
    tileErrors = bounds ? errors(plan, fitting, size) : null;
    if (tileErrors == null) {
      fitting.run();
    } else {
      tileErrors.run();
    }
    if (lanes != DoubleLanes.INSTANCE) {
      widen(rows, from, count, bounds);
    }
    return count;
  }

  private void widen(double[] rows, int from, int count, boolean bounds) {
    Arrays.fill(wideAt, -1);
    int width = c.numVariables();
    int numWide = 0;
    for (int r = 0; r < count; r++) {
      if (isBeyondFloat(r, bounds)) {
        if (wideRows.length == 0) {
          wideRows = new double[wideAt.length * width];
          wideLog2 = new double[wideAt.length * nodes.length];
          wideError = new double[wideAt.length * nodes.length];
        }
        System.arraycopy(rows, (from + r) * width, wideRows, numWide * width, width);
        wideAt[r] = numWide++ * nodes.length;
      }
    }
    for (int done = 0; done < numWide; ) {
      Roots<double[]> inDouble = wide;
      if (inDouble == null) {
        inDouble = new Roots<>(c, nodes, DoubleLanes.INSTANCE);
        wide = inDouble;
      }
      int some = inDouble.run(wideRows, done, numWide - done, bounds);
      for (int r = 0; r < some; r++) {
        for (int i = 0; i < nodes.length; i++) {
          wideLog2[(done + r) * nodes.length + i] = inDouble.log2(i, r);
          wideError[(done + r) * nodes.length + i] = inDouble.error(i, r);
        }
      }
      done += some;
    }
  }

  /**
   * Whether a root of a row has no value, or one that is too uncertain: of several roots, two make
   * a share, each with its error.
   */
  private boolean isBeyondFloat(int tileRow, boolean bounds) {
    double max = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < nodes.length; i++) {
      double log2 = log2(i, tileRow);
      if (Double.isNaN(log2)) {
        return true;
      }
      max = Math.max(max, log2);
    }
    for (int i = 0; i < nodes.length && bounds; i++) {
      boolean counts = nodes.length > 1 && log2(i, tileRow) > max - NEGLIGIBLE;
      if (!(LN2 * error(i, tileRow) < (counts ? LARGEST_ERROR / 2 : LARGEST_ERROR))) {
        return true;
      }
    }
    return false;
  }

  /** What bounds the errors of a tile while it runs; null where the model alone knows them. */
  private @Nullable TileErrors<A> errors(Plan<A> plan, Tile<A> fitting, int size) {
    ErrorModel<A> known = model;
    if (known == null) {
      known = new ErrorModel<>(plan, lanes);
      model = known;
    }
    TileErrors<A> result = errors[size];
    if (result == null && !known.isStatic()) {
      result = new TileErrors<>(fitting, lanes, known);
      errors[size] = result;
    }
    return result;
  }

  /** log2 of a node in a row of the tile; NaN where the twin must be asked. */
  public double log2(int index, int tileRow) {
    Tile<A> current = tile;
    if (current == null) {
      return Double.NaN;
    }
    if (wideAt[tileRow] >= 0) {
      return wideLog2[wideAt[tileRow] + index];
    }
    double log2 = current.root(index, tileRow);
    return Double.isInfinite(log2) && !isZeroCertain ? Double.NaN : log2;
  }

  /**
   * Bound on the absolute error of {@link #log2}, after a run with bounds; 0 for probability 0,
   * infinite after a run without.
   */
  public double error(int index, int tileRow) {
    if (wideAt[tileRow] >= 0) {
      return wideError[wideAt[tileRow] + index];
    }
    TileErrors<A> current = tileErrors;
    if (current != null) {
      return current.root(index, tileRow);
    }
    ErrorModel<A> known = model;
    double log2 = log2(index, tileRow);
    if (log2 == Double.NEGATIVE_INFINITY) {
      return 0;
    }
    return known == null ? Double.POSITIVE_INFINITY : known.error(index, log2);
  }

  /** The log-domain evaluator of a node. */
  public LogEvaluator twin(int index) {
    LogEvaluator result = twin[index];
    if (result == null) {
      result = new LogEvaluator(c, nodes[index]);
      twin[index] = result;
    }
    return result;
  }
}
