package org.ugmm.engine;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.batch.Roots;
import org.ugmm.engine.batch.RowCheck;
import org.ugmm.engine.batch.error.PosteriorErrors;
import org.ugmm.engine.batch.plan.DoubleLanes;
import org.ugmm.engine.batch.plan.DownwardPlan;
import org.ugmm.engine.batch.plan.LeafMoments;
import org.ugmm.engine.batch.plan.PlanBuilder;
import org.ugmm.engine.batch.run.DownwardTile;
import org.ugmm.engine.batch.run.Tile;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.Certificate.Exact;
import org.ugmm.engine.data.CircuitException;
import org.ugmm.engine.data.Posterior;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.data.Why;
import org.ugmm.engine.exact.LogEvaluator;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.flat.Reach;
import org.ugmm.engine.kernel.Kernels;
import org.ugmm.engine.number.Rounding;

/**
 * The posteriors of all variables of each row of a batch, from one upward and one downward pass:
 * probabilities of the states of a categorical variable, mean and variance of a real one. One a
 * thread; after the first batch it allocates nothing, but for rows whose density or variance the
 * tile cannot vouch for, which single queries answer.
 *
 * <p>For the whole posterior of a real variable, a Gaussian mixture, see {@link
 * Inference#posterior}.
 */
public final class PosteriorEvaluator {
  /** Bytes of the row vectors of a tile, values and derivatives, that should stay in cache. */
  private static final int CACHE_BYTES = 1 << 19;

  /** Rows of the smallest tile of more than one: what a sparse downward pass takes at a time. */
  private static final int MIN_ROWS = 4 * Kernels.DOUBLE.tile();

  /**
   * A variance that is less of the square of the mean has lost too many digits in the difference.
   */
  private static final double CANCELLATION = 0x1p-20;

  /** Rows with a larger error bound are left to single queries, which refuse what they must. */
  private static final double LARGEST_ERROR = 0x1p-11;

  private final Circuit circuit;
  private final FlatCircuit c;
  private final RowCheck check;

  /** Null for leaves and parameters that the proofs of a tile do not speak of. */
  private final @Nullable DownwardPlan plan;

  /** What rounding can do to what the plan yields; null without a plan. */
  private final @Nullable PosteriorErrors errors;

  /** Passes over one row, and over a tile of rows; each made when a batch first has use for it. */
  private @Nullable Passes single;

  private @Nullable Passes several;
  private final LogEvaluator twin;
  private final Evidence evidence;

  /** [numVariables + 1] first column of each variable. */
  private final int[] column;

  private final boolean[] isReal;

  /** [numVariables] the domain of a real variable, and what its moments are taken about. */
  private final double[] lo;

  private final double[] hi;
  private final double[] center;

  /** [numVariables] whether a variable has a leaf below the root. */
  private final boolean[] occurs;

  /** Answers the rows that the tile leaves; made when it is first needed. */
  private @Nullable Inference inference;

  /** [tile rows] how far the flows of the leaves on a variable are from adding up to 1. */
  private double[] deficit = new double[1];

  /** [tile rows] whether the tile cannot vouch for a row. */
  private boolean[] isLeft = new boolean[1];

  /**
   * An evaluator of posteriors in double precision.
   *
   * @throws RefusedException if the circuit is not smooth and decomposable, or has Gaussian links
   */
  public PosteriorEvaluator(Circuit circuit) {
    this.circuit = circuit;
    c = circuit.flat;
    Why why = c.structure().whyNotTractable();
    if (why != null) {
      throw new RefusedException(
          "one pass up and one down finds the posteriors of smooth and decomposable circuits"
              + " without links",
          why,
          "ask Inference, which answers every circuit");
    }
    check = new RowCheck(c, null);
    column = new int[c.numVariables() + 1];
    for (int v = 0; v < c.numVariables(); v++) {
      column[v + 1] = column[v] + width(c.variables.get(v));
    }
    isReal = new boolean[c.numVariables()];
    lo = new double[isReal.length];
    hi = new double[isReal.length];
    center = new double[isReal.length];
    for (int v = 0; v < isReal.length; v++) {
      if (c.variables.get(v) instanceof Variable.Real real) {
        isReal[v] = true;
        lo[v] = real.lo();
        hi[v] = real.hi();
        center[v] = LeafMoments.center(real);
      }
    }
    DoubleLanes lanes = DoubleLanes.INSTANCE;
    plan =
        lanes.supports(c) && c.anyUnivariate() < 0
            ? new DownwardPlan(PlanBuilder.build(c, new int[] {c.root}, false, lanes))
            : null;
    errors = plan == null ? null : new PosteriorErrors(plan);
    twin = new LogEvaluator(c);
    evidence = new Evidence(circuit);
    occurs = Reach.variables(c);
  }

  private PosteriorEvaluator(PosteriorEvaluator other) {
    circuit = other.circuit;
    c = other.c;
    check = other.check;
    plan = other.plan;
    errors = other.errors;
    column = other.column;
    isReal = other.isReal;
    lo = other.lo;
    hi = other.hi;
    center = other.center;
    occurs = other.occurs;
    twin = new LogEvaluator(c);
    evidence = new Evidence(circuit);
  }

  /** Another evaluator for another thread; the plan is shared, the workspace not. */
  public PosteriorEvaluator fork() {
    return new PosteriorEvaluator(this);
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
   * @throws RefusedException if the evidence of a row is so far out that rounding may change its
   *     posteriors by more than one part in a thousand
   */
  public void posteriors(double[] rows, int numRows, double[] posteriors) {
    answer(rows, numRows, posteriors, null);
  }

  /**
   * As {@link #posteriors(double[], int, double[])}, and a proven bound on the error of each
   * number.
   *
   * @param errorBound (Output) of the shape of {@code posteriors}: bound on the absolute error of
   *     each of its numbers
   */
  public void posteriors(double[] rows, int numRows, double[] posteriors, double[] errorBound) {
    answer(rows, numRows, posteriors, errorBound);
  }

  private void answer(
      double[] rows, int numRows, double[] posteriors, double @Nullable [] errorBound) {
    check.check(rows, numRows, -1);
    for (int from = 0; from < numRows; ) {
      Passes passes = passes(numRows - from);
      int count = passes == null ? 1 : Math.min(passes.tile.rows(), numRows - from);
      if (passes != null) {
        passes.tile.load(rows, from, count);
        passes.tile.run();
        passes.down.run();
        read(passes.down, rows, from, count, posteriors);
      }
      for (int r = 0; r < count; r++) {
        int at = (from + r) * numColumns();
        double flows = passes == null || isLeft[r] ? Double.POSITIVE_INFINITY : flows(passes, r);
        if (!(flows <= LARGEST_ERROR)) {
          readTwin(rows, from + r, posteriors, at, errorBound);
        } else if (errorBound != null && passes != null) {
          bounds(passes.down, r, rows, from + r, posteriors, at, flows, errorBound);
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
      deficit = new double[several.tile.rows()];
      isLeft = new boolean[deficit.length];
    }
    return several;
  }

  /** Reads rows off a tile, and notes which of them it cannot vouch for. */
  private void read(DownwardTile down, double[] rows, int from, int count, double[] out) {
    Arrays.fill(deficit, 0, count, 0);
    Arrays.fill(isLeft, 0, count, false);
    for (int v = 0; v < isReal.length; v++) {
      if (!occurs[v]) {
        readAbsent(v, rows, from, count, out);
      } else if (isReal[v]) {
        readReal(down, v, rows, from, count, out);
      } else {
        readCategorical(down, v, rows, from, count, out);
      }
    }
  }

  /*
   * Whether a cell is missing is a toss: both answers are computed and one is chosen, since a branch
   * would be guessed wrong half of the time.
   */

  private void readReal(
      DownwardTile down, int v, double[] rows, int from, int count, double[] out) {
    int tileRows = down.rows();
    int total = down.moment(v);
    double[] d = down.derivatives();
    int at = from * isReal.length + v;
    int to = from * numColumns() + column[v];
    for (int r = 0; r < count; r++) {
      double value = rows[at];
      boolean missing = Double.isNaN(value);
      double inverse = 1 / d[total + r];
      double mean = d[total + tileRows + r] * inverse;
      double variance = d[total + 2 * tileRows + r] * inverse - mean * mean;
      isLeft[r] |=
          missing ? !(variance > CANCELLATION * mean * mean) : !(value >= lo[v] & value <= hi[v]);
      deficit[r] = Math.max(deficit[r], missing ? Math.abs(d[total + r] - 1) : 0);
      out[to] = missing ? center[v] + mean : value;
      out[to + 1] = missing ? variance : 0;
      at += isReal.length;
      to += numColumns();
    }
  }

  private void readCategorical(
      DownwardTile down, int v, double[] rows, int from, int count, double[] out) {
    int tileRows = down.rows();
    int first = down.moment(v);
    double[] d = down.derivatives();
    int numStates = column[v + 1] - column[v];
    int at = from * isReal.length + v;
    int to = from * numColumns() + column[v];
    for (int r = 0; r < count; r++) {
      double value = rows[at];
      boolean missing = Double.isNaN(value);
      double total = 0;
      for (int s = 0; s < numStates; s++) {
        double p = missing ? d[first + s * tileRows + r] : s == value ? 1 : 0;
        total += p;
        out[to + s] = p;
      }
      for (int s = 0; s < numStates; s++) {
        out[to + s] /= total;
      }
      deficit[r] = Math.max(deficit[r], Math.abs(total - 1));
      at += isReal.length;
      to += numColumns();
    }
  }

  /** A variable without a leaf: what is missing has no posterior. */
  private void readAbsent(int v, double[] rows, int from, int count, double[] out) {
    for (int r = 0; r < count; r++) {
      double value = rows[(from + r) * isReal.length + v];
      int to = (from + r) * numColumns() + column[v];
      if (Double.isNaN(value)) {
        Arrays.fill(out, to, to + column[v + 1] - column[v], 0);
      } else {
        isLeft[r] |= isReal[v] && !(value >= lo[v] && value <= hi[v]);
        observed(v, value, out, to);
      }
    }
  }

  /** Bound on the error of the flows of a row that was read; infinite to leave it. */
  private double flows(Passes passes, int row) {
    double log2 = passes.tile.root(0, row);
    return errors != null && Double.isFinite(log2) && deficit[row] <= DownwardTile.TOLERANCE
        ? errors.flows(log2)
        : Double.POSITIVE_INFINITY;
  }

  /** Bounds the errors of a row that a tile answers. */
  private void bounds(
      DownwardTile down,
      int tileRow,
      double[] rows,
      int row,
      double[] found,
      int at,
      double flows,
      double[] errorBound) {
    Arrays.fill(errorBound, at, at + numColumns(), 0);
    for (int v = 0; v < isReal.length && errors != null; v++) {
      int first = at + column[v];
      int numStates = column[v + 1] - column[v];
      if (!Double.isNaN(rows[row * isReal.length + v]) || !occurs[v]) {
        continue;
      }
      if (isReal[v]) {
        double[] d = down.derivatives();
        int moment = down.moment(v) + tileRow;
        double mean = d[moment + down.rows()] / d[moment]; // about the center
        double variance = found[first + 1];
        errors.moments(v, flows, d, down.rows(), tileRow, mean, variance, errorBound, first);
        errorBound[first] += center[v] == 0 ? 0 : Rounding.U * Math.abs(found[first]);
      } else {
        for (int s = first; s < first + numStates; s++) {
          errorBound[s] = errors.probability(flows, found[s], numStates);
        }
      }
    }
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

  /**
   * The same from single queries in the log domain, however small the density of the row: for rows
   * that the tile leaves. Allocates.
   */
  private void readTwin(
      double[] rows, int row, double[] out, int at, double @Nullable [] errorBound) {
    Arrays.fill(out, at, at + numColumns(), 0);
    if (errorBound != null) {
      Arrays.fill(errorBound, at, at + numColumns(), 0);
    }
    evidence.row(rows, row * c.numVariables());
    if (twin.upward(evidence.flat) == Double.NEGATIVE_INFINITY && twin.relativeErrorBound() == 0) {
      return;
    }
    if (inference == null) {
      inference = new Inference(circuit);
    }
    List<Posterior> posteriors;
    try {
      posteriors = inference.posteriors(evidence);
    } catch (RefusedException e) {
      throw e.atRow(row);
    }
    for (int v = 0; v < c.numVariables(); v++) {
      if (!evidence.isUnobserved(v)) {
        observed(v, evidence.point(v), out, at + column[v]);
      }
    }
    for (Posterior posterior : posteriors) {
      int to = at + column[c.indexOf(posterior.variable().name())];
      double bound = ((Exact) posterior.certificate()).relativeErrorBound();
      if (posterior instanceof CategoricalPosterior categorical) {
        double[] probabilities = categorical.probabilities();
        System.arraycopy(probabilities, 0, out, to, probabilities.length);
        for (int s = to; errorBound != null && s < to + probabilities.length; s++) {
          errorBound[s] = PosteriorErrors.ofWeight(bound, out[s]);
        }
      } else if (posterior instanceof Posterior.Numeric mixture) {
        out[to] = mixture.mean();
        out[to + 1] = mixture.variance();
        if (errorBound != null) {
          errorBound[to] = mixture.meanErrorBound();
          errorBound[to + 1] = mixture.varianceErrorBound();
        }
      }
    }
  }
}
