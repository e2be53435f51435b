package org.ugmm.engine;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.Certificate.Exact;
import org.ugmm.engine.Variable.Categorical;

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

  private static final int MIN_ROWS = 32;

  /**
   * A variance that is less of the square of the mean has lost too many digits in the difference.
   */
  private static final double CANCELLATION = 0x1p-20;

  /** Rows with a larger error bound are left to single queries, which refuse what they must. */
  private static final double LARGEST_ERROR = 0x1p-11;

  private final Circuit c;
  private final RowCheck check;

  /** Null for parameters outside the range that the proofs of a tile assume. */
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

  /** [numVariables] whether a variable has a leaf below the root. */
  private final boolean[] occurs;

  /** Answers the rows that the tile leaves; made when it is first needed. */
  private @Nullable Inference inference;

  /** The error bound of the row that was read last. */
  private double tileError;

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
    errors = plan == null ? null : new PosteriorErrors(plan);
    twin = new LogEvaluator(circuit);
    evidence = new Evidence(circuit);
    occurs = new boolean[circuit.numVariables()];
    boolean[] live = Reach.from(circuit, circuit.root);
    for (int n = 0; n <= circuit.root; n++) {
      if (live[n] && circuit.variable[n] >= 0) {
        occurs[circuit.variable[n]] = true;
      }
    }
  }

  private PosteriorEvaluator(PosteriorEvaluator other) {
    c = other.c;
    check = other.check;
    plan = other.plan;
    errors = other.errors;
    column = other.column;
    isReal = other.isReal;
    occurs = other.occurs;
    twin = new LogEvaluator(c);
    evidence = new Evidence(c);
  }

  /** Another evaluator for another thread; the plan is shared, the workspace not. */
  public PosteriorEvaluator fork() {
    return new PosteriorEvaluator(this);
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
   * @throws RefusedException if the evidence of a row is so far out that rounding may change its
   *     posteriors by more than one part in a thousand
   */
  public void posteriors(double[] rows, int numRows, double[] posteriors) {
    answer(rows, numRows, posteriors, null);
  }

  /**
   * As {@link #posteriors(double[], int, double[])}, and a proven bound on the error of the
   * probabilities. The means and variances of real variables have none.
   *
   * @param errorBound (Output) one a row: bound on the absolute error of each probability of a
   *     state of the row
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
      }
      for (int r = 0; r < count; r++) {
        int at = (from + r) * numColumns();
        boolean read =
            passes != null
                && Double.isFinite(passes.tile.root(0, r))
                && read(passes, rows, from + r, r, posteriors, at);
        double bound = read ? tileError : readTwin(rows, from + r, posteriors, at);
        if (errorBound != null) {
          errorBound[from + r] = bound;
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

  /** Reads a row off a tile unless it cannot vouch for it; sets {@link #tileError}. */
  private boolean read(Passes passes, double[] rows, int row, int tileRow, double[] out, int at) {
    DownwardTile down = passes.down;
    double deficit = 0;
    for (int v = 0; v < isReal.length; v++) {
      double value = rows[row * isReal.length + v];
      int first = at + column[v];
      if (!Double.isNaN(value)) {
        if (!inDomain(v, value)) {
          return false;
        }
        observed(v, value, out, first);
        continue;
      }
      if (!occurs[v]) {
        Arrays.fill(out, first, at + column[v + 1], 0);
        continue;
      }
      double missing = down.deficit(v, isReal[v], tileRow);
      if (!(missing <= DownwardTile.TOLERANCE)) {
        return false;
      }
      deficit = Math.max(deficit, missing);
      if (isReal[v]) {
        double total = down.moment(v, 0, tileRow);
        double mean = down.moment(v, 1, tileRow) / total;
        double variance = down.moment(v, 2, tileRow) / total - mean * mean;
        if (!(variance > CANCELLATION * mean * mean)) {
          return false;
        }
        out[first] = LeafMoments.center(c.variables.get(v)) + mean;
        out[first + 1] = variance;
      } else {
        for (int s = 0; s < column[v + 1] - column[v]; s++) {
          out[first + s] = down.moment(v, s, tileRow);
        }
      }
    }
    tileError =
        errors == null
            ? Double.POSITIVE_INFINITY
            : errors.bound(passes.tile.root(0, tileRow), deficit);
    return tileError <= LARGEST_ERROR;
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

  /**
   * The same from single queries in the log domain, however small the density of the row: for rows
   * that the tile leaves. Allocates.
   *
   * @return bound on the absolute error of the probabilities
   */
  private double readTwin(double[] rows, int row, double[] out, int at) {
    Arrays.fill(out, at, at + numColumns(), 0);
    evidence.row(rows, row * c.numVariables());
    if (twin.upward(evidence) == Double.NEGATIVE_INFINITY && twin.relativeErrorBound() == 0) {
      return 0;
    }
    if (inference == null) {
      inference = new Inference(c);
    }
    List<Posterior> posteriors;
    try {
      posteriors = inference.posteriors(evidence);
    } catch (RefusedException e) {
      throw new RefusedException("row %d: %s".formatted(row, e.getMessage()));
    }
    for (int v = 0; v < c.numVariables(); v++) {
      if (!evidence.isUnobserved(v)) {
        observed(v, evidence.point(v), out, at + column[v]);
      }
    }
    double bound = 0;
    for (Posterior posterior : posteriors) {
      int to = at + column[c.indexOf(posterior.variable().name())];
      if (posterior instanceof CategoricalPosterior categorical) {
        double[] probabilities = categorical.probabilities();
        System.arraycopy(probabilities, 0, out, to, probabilities.length);
      } else if (posterior instanceof GaussianMixture mixture) {
        out[to] = mixture.mean();
        out[to + 1] = mixture.variance();
      }
      bound = Math.max(bound, ((Exact) posterior.certificate()).relativeErrorBound());
    }
    return bound;
  }
}
