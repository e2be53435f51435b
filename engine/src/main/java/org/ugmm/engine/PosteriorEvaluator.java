package org.ugmm.engine;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.Variable.Categorical;

/**
 * The posteriors of all variables of each row of a batch, from one upward and one downward pass:
 * probabilities of the states of a categorical variable, mean and variance of a real one. One a
 * thread; after the first batch it allocates nothing.
 *
 * <p>For the whole posterior of a real variable, a Gaussian mixture, see {@link
 * Inference#posterior}.
 */
public final class PosteriorEvaluator {
  /** Bytes of the row vectors of a tile, values and derivatives, that should stay in cache. */
  private static final int CACHE_BYTES = 1 << 19;

  private static final int MIN_ROWS = 32;

  private final Circuit c;
  private final RowCheck check;

  /** Null for parameters outside the range that the proofs of a tile assume. */
  private final @Nullable DownwardPlan plan;

  /** Passes over one row, and over a tile of rows; each made when a batch first has use for it. */
  private @Nullable Passes single;

  private @Nullable Passes several;
  private final LogEvaluator twin;
  private final Evidence evidence;

  /** [numVariables + 1] first column of each variable. */
  private final int[] column;

  private final boolean[] isReal;

  /** [numNodes] moments of leaves, for the twin; made when it is first needed. */
  private @Nullable LeafMoments @Nullable [] leaves;

  /**
   * An evaluator of posteriors in double precision.
   *
   * @throws RefusedException if the circuit is not smooth and decomposable, or has Gaussian links
   */
  public PosteriorEvaluator(Circuit circuit) {
    c = circuit;
    Structure structure = circuit.structure();
    if (!structure.isTractable()) {
      throw new RefusedException(
          "posteriors of all variables take a smooth and decomposable circuit without links: "
              + firstOf(
                  structure.whyLinks(), structure.whyNotSmooth(), structure.whyNotDecomposable()));
    }
    check = new RowCheck(circuit, null);
    column = new int[circuit.numVariables() + 1];
    for (int v = 0; v < circuit.numVariables(); v++) {
      column[v + 1] = column[v] + width(circuit.variables.get(v));
    }
    isReal = new boolean[circuit.numVariables()];
    for (int v = 0; v < isReal.length; v++) {
      isReal[v] = circuit.variables.get(v) instanceof Variable.Real;
    }
    DoubleLanes lanes = DoubleLanes.INSTANCE;
    plan =
        lanes.supports(circuit)
            ? new DownwardPlan(PlanBuilder.build(circuit, new int[] {circuit.root}, false, lanes))
            : null;
    twin = new LogEvaluator(circuit);
    evidence = new Evidence(circuit);
  }

  private static String firstOf(@Nullable String... sentences) {
    for (String sentence : sentences) {
      if (sentence != null) {
        return sentence;
      }
    }
    return "";
  }

  private static int width(Variable variable) {
    return variable instanceof Categorical categorical ? categorical.numStates() : 2;
  }

  /** Number of columns of a row of the result. */
  public int numColumns() {
    return column[c.numVariables()];
  }

  /** The first column of a variable: its K probabilities, or its mean and then its variance. */
  public int column(int variable) {
    return column[variable];
  }

  /**
   * Computes the posteriors. An observed variable has probability 1 of its state, or its value and
   * variance 0.
   *
   * @param rows (Input, not modified) row-major, {@code numRows * numVariables}, NaN for unobserved
   * @param numRows number of rows
   * @param posteriors (Output) row-major, {@code numRows * numColumns}, linear; all zero in rows
   *     whose evidence has probability zero
   * @throws CircuitException if a value is infinite, or not a state index
   */
  public void posteriors(double[] rows, int numRows, double[] posteriors) {
    check.check(rows, numRows, -1);
    for (int from = 0; from < numRows; ) {
      Passes passes = passes(numRows - from);
      int count = passes == null ? 1 : Math.min(passes.tile.rows(), numRows - from);
      if (passes != null) {
        passes.tile.load(rows, from, count);
        passes.tile.run();
        passes.down.run();
      }
      for (int r = 0; r < count; r++) {
        int at = (from + r) * numColumns();
        boolean read =
            passes != null
                && Double.isFinite(passes.tile.root(0, r))
                && read(passes.down, rows, from + r, r, posteriors, at);
        if (!read) {
          readTwin(rows, from + r, posteriors, at);
        }
      }
      from += count;
    }
  }

  /** A tile and the way down through it. */
  private record Passes(Tile<double[]> tile, DownwardTile down) {
    static Passes of(DownwardPlan plan, int rows) {
      Tile<double[]> tile = new Tile<>(plan.plan, DoubleLanes.INSTANCE, rows);
      return new Passes(tile, new DownwardTile(tile, plan));
    }
  }

  private @Nullable Passes passes(int numRows) {
    if (plan == null) {
      return null;
    }
    if (numRows < 3) {
      if (single == null) {
        single = Passes.of(plan, 1);
      }
      return single;
    }
    if (several == null) {
      int rows = CACHE_BYTES / (2 * Double.BYTES * plan.numSlots) / MIN_ROWS * MIN_ROWS;
      several = Passes.of(plan, Math.max(MIN_ROWS, Math.min(Roots.TILE_ROWS, rows)));
    }
    return several;
  }

  private boolean read(
      DownwardTile down, double[] rows, int row, int tileRow, double[] out, int at) {
    for (int v = 0; v < isReal.length; v++) {
      double value = rows[row * isReal.length + v];
      if (!Double.isNaN(value)) {
        if (!inDomain(v, value)) {
          return false;
        }
        observed(v, value, out, at + column[v]);
      } else if (!down.isSound(v, isReal[v], tileRow)) {
        return false;
      } else if (isReal[v]) {
        double total = down.moment(v, 0, tileRow);
        real(v, total, down.moment(v, 1, tileRow), down.moment(v, 2, tileRow), out, at);
      } else {
        for (int s = 0; s < column[v + 1] - column[v]; s++) {
          out[at + column[v] + s] = down.moment(v, s, tileRow);
        }
      }
    }
    return true;
  }

  private boolean inDomain(int v, double value) {
    return !isReal[v] || ((Variable.Real) c.variables.get(v)).contains(value);
  }

  private void observed(int v, double value, double[] out, int at) {
    if (!isReal[v]) {
      for (int s = 0; s < column[v + 1] - column[v]; s++) {
        out[at + s] = s == (int) value ? 1 : 0;
      }
    } else {
      out[at] = value;
      out[at + 1] = 0;
    }
  }

  private void real(int v, double total, double first, double second, double[] out, int at) {
    double mean = first / total;
    out[at + column[v]] = LeafMoments.center(c.variables.get(v)) + mean;
    out[at + column[v] + 1] = Math.max(0, second / total - mean * mean);
  }

  /** The same from the log domain: flows of all leaves, however small the density of the row. */
  private void readTwin(double[] rows, int row, double[] out, int at) {
    Arrays.fill(out, at, at + numColumns(), 0);
    evidence.row(rows, row * c.numVariables());
    if (twin.upward(evidence) == Double.NEGATIVE_INFINITY) {
      return;
    }
    twin.downward();
    if (leaves == null) {
      leaves = new LeafMoments[c.numNodes()];
      for (int n = 0; n < c.numNodes(); n++) {
        leaves[n] = c.variable[n] >= 0 ? LeafMoments.of(c, n) : null;
      }
    }
    for (int v = 0; v < c.numVariables(); v++) {
      if (!evidence.isUnobserved(v)) {
        observed(v, evidence.point(v), out, at + column[v]);
      } else {
        fromFlows(leaves, v, out, at);
      }
    }
  }

  private void fromFlows(@Nullable LeafMoments[] leaves, int v, double[] out, int at) {
    double total = 0;
    double first = 0;
    double second = 0;
    for (int n = 0; n < c.numNodes(); n++) {
      LeafMoments leaf = leaves[n];
      if (leaf == null || leaf.variable() != v || twin.flow[n] == 0) {
        continue;
      }
      double[] moments = leaf.moments();
      if (isReal[v]) {
        total += twin.flow[n];
        first += twin.flow[n] * moments[1];
        second += twin.flow[n] * moments[2];
      } else {
        for (int s = 0; s < moments.length; s++) {
          out[at + column[v] + s] += twin.flow[n] * moments[s];
        }
      }
    }
    if (isReal[v] && total > 0) {
      real(v, total, first, second, out, at);
    }
  }
}
