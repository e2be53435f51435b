package org.ugmm.engine;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.batch.Roots;
import org.ugmm.engine.batch.RowCheck;
import org.ugmm.engine.batch.plan.DoubleLanes;
import org.ugmm.engine.batch.plan.FloatLanes;
import org.ugmm.engine.batch.plan.Plan;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.Precision;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.exact.Certify;
import org.ugmm.engine.exact.Enumeration;
import org.ugmm.engine.exact.Flows;
import org.ugmm.engine.exact.LogEvaluator;
import org.ugmm.engine.exact.PosteriorPass;
import org.ugmm.engine.flat.ClosedFormVariables;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.flat.FlatEvidence;
import org.ugmm.engine.flat.StateRoots;
import org.ugmm.engine.number.Rounding;

/**
 * Evaluates batches of rows: the log-density of complete rows, the log-marginal of rows with
 * missing values, the posterior of a categorical variable. One evaluator a thread ({@link #fork});
 * the circuit and its plan are shared. After the first batch it allocates nothing.
 *
 * <p>Rows are row-major {@code double[numRows * numVariables]}: the value of a real variable, the
 * index of a state, NaN for unobserved. Logs are natural; -infinity is probability zero, and no NaN
 * is ever returned.
 */
public final class Evaluator {
  /*
   * A tile of rows goes through the steps of the plan. Rows for which the tile cannot vouch (its range
   * guard tripped, or the value is zero) are evaluated again by the log-domain twin. A circuit whose
   * parameters are outside the range that the tile's proofs assume has no tile at all.
   *
   * Bounds come from the ErrorModel of the plan: without links from the log-value of the row alone, so
   * they cost a few operations a row; with links from TileErrors, which run beside the steps.
   */

  private static final double LN2 = Math.log(2);
  private static final double U = Rounding.U;

  /** Covers the rounding of a bound. */
  private static final double UP = 1 + 0x1p-40;

  /** Below this natural log the rounding of a log may be no small error of the value. */
  private static final double FAR_OUT = -1e11;

  /** A posterior that is less certain than this is refused. */
  private static final double LARGEST_ERROR = 0x1p-10;

  /** States this much (natural log) less probable than the most probable have no bound. */
  private static final double NEGLIGIBLE = 690;

  private final FlatCircuit c;
  private final Precision precision;
  private final ClosedFormVariables marginals;
  private final RowCheck check;
  private final double logZ;

  /** Bound on the absolute error of {@link #logZ}. */
  private final double logZError;

  private final Roots<?> root;
  private final FlatEvidence evidence;

  /** [numVariables] evaluators with one root a state, made when first asked for. */
  private final @Nullable Roots<?>[] posteriors;

  /** Bound on the absolute error of the natural log that was evaluated last. */
  private double logError;

  /** [states] the same of each state of a posterior, and of the logs of their shares. */
  private double[] stateError = new double[0];

  private double[] shareError = new double[0];

  /** Answers the rows that need it as single queries do; made when first needed. */
  private @Nullable Single single;

  private record Single(LogEvaluator evaluator, PosteriorPass pass) {}

  /** An evaluator in double precision. */
  public Evaluator(Circuit circuit) {
    this(circuit, Precision.DOUBLE);
  }

  /** An evaluator in the given precision. */
  public Evaluator(Circuit circuit, Precision precision) {
    c = circuit.flat;
    this.precision = precision;
    marginals = ClosedFormVariables.of(c);
    check = new RowCheck(c, marginals);
    logZ = circuit.normaliser().logZ();
    logZError = Math.log1p(circuit.normaliser().relativeErrorBound()) * UP;
    evidence = new FlatEvidence(c);
    root = roots(c, new int[] {c.root});
    posteriors = new Roots<?>[c.numVariables()];
  }

  private Evaluator(Evaluator other) {
    c = other.c;
    precision = other.precision;
    marginals = other.marginals;
    check = other.check;
    logZ = other.logZ;
    logZError = other.logZError;
    evidence = new FlatEvidence(c);
    root = other.root.fork();
    posteriors = new Roots<?>[c.numVariables()];
    for (int v = 0; v < posteriors.length; v++) {
      Roots<?> made = other.posteriors[v];
      posteriors[v] = made == null ? null : made.fork();
    }
  }

  /** Another evaluator of the same circuit for another thread; plans are shared, workspaces not. */
  public Evaluator fork() {
    return new Evaluator(this);
  }

  private Roots<?> roots(FlatCircuit circuit, int[] nodes) {
    return precision == Precision.FLOAT && FloatLanes.INSTANCE.supports(circuit)
        ? new Roots<>(circuit, nodes, FloatLanes.INSTANCE)
        : new Roots<>(circuit, nodes, DoubleLanes.INSTANCE);
  }

  @Nullable Plan<?> plan() {
    return root.plan();
  }

  /**
   * The natural log of the density of each row, integrated over its missing values, less log Z
   * where it is known ({@link Circuit#normaliser}).
   *
   * @param rows (Input, not modified) row-major, {@code numRows * numVariables}
   * @param numRows number of rows
   * @param logDensity (Output) one natural log a row
   * @throws ArgumentException if a value is infinite, or not a state index
   * @throws RefusedException if a row lacks a variable that cannot be integrated out in one pass
   */
  public void logDensity(double[] rows, int numRows, double[] logDensity) {
    logDensities(rows, numRows, logDensity, null);
  }

  /**
   * As {@link #logDensity(double[], int, double[])}, and a proven bound on the error of each log.
   * Without Gaussian links the bounds cost a few operations a row. A row whose tile proves a bound
   * of 2^-10 or more is evaluated again in double precision in the log domain. {@link
   * Certificate#ofLog} tells the certificate, which is that of a single query.
   *
   * @param logDensity (Output) one natural log a row; {@code -Double.MAX_VALUE} where it is beyond
   *     the range of a double, and -infinity only for a density of zero
   * @param logErrorBound (Output) one a row: bound on the absolute error of the natural log; 0 for
   *     zero, infinite where none can be proven
   */
  public void logDensity(double[] rows, int numRows, double[] logDensity, double[] logErrorBound) {
    logDensities(rows, numRows, logDensity, logErrorBound);
  }

  private void logDensities(
      double[] rows, int numRows, double[] logDensity, double @Nullable [] bound) {
    check.check(rows, numRows, -1);
    if (logZ == Double.NEGATIVE_INFINITY) {
      throw new RefusedException("the circuit is zero everywhere; it defines no distribution");
    }
    for (int from = 0; from < numRows; ) {
      int count = root.run(rows, from, numRows - from, bound != null);
      for (int r = 0; r < count; r++) {
        int row = from + r;
        double log = value(root, 0, rows, row, r, bound != null);
        boolean isInfinite = log == Double.NEGATIVE_INFINITY;
        logDensity[row] = isInfinite && logError > 0 ? -Double.MAX_VALUE : log - logZ;
        if (bound != null) {
          double rounding = logZ == 0 || isInfinite ? 0 : logZError + U * Math.abs(logDensity[row]);
          bound[row] = (logError + rounding) * UP;
        }
      }
      from += count;
    }
  }

  /**
   * The posterior of a categorical variable given the other values of each row; what a row says of
   * the variable itself is not read. Exact with Gaussian links above the variable as well, since
   * each state is evaluated.
   *
   * @param variable a categorical variable of K states
   * @param rows (Input, not modified) row-major, {@code numRows * numVariables}
   * @param numRows number of rows
   * @param posterior (Output) {@code numRows * K} linear probabilities; all zero where the evidence
   *     has probability zero
   * @throws ArgumentException if the variable is real, a value is infinite, or not a state index
   * @throws RefusedException if a row lacks another variable that cannot be integrated out, or is
   *     so far out that rounding may have moved its posterior
   */
  public void posterior(int variable, double[] rows, int numRows, double[] posterior) {
    posteriors(variable, rows, numRows, posterior, null);
  }

  /**
   * As {@link #posterior(int, double[], int, double[])}, and a proven bound on the error of each
   * row, at the cost of {@link #logDensity(double[], int, double[], double[])}.
   *
   * @param relativeErrorBound (Output) one a row: bound on the relative error of each probability
   *     of the row that is above 1e-290
   * @throws RefusedException as without bounds
   */
  public void posterior(
      int variable, double[] rows, int numRows, double[] posterior, double[] relativeErrorBound) {
    posteriors(variable, rows, numRows, posterior, relativeErrorBound);
  }

  private void posteriors(
      int variable,
      double[] rows,
      int numRows,
      double[] posterior,
      double @Nullable [] relativeErrorBound) {
    if (!(c.variables.get(variable) instanceof Categorical categorical)) {
      throw new ArgumentException(
          "variable '%s' is real; posteriors of a batch are of categorical variables"
              .formatted(c.variables.get(variable).name()));
    }
    check.check(rows, numRows, variable);
    Roots<?> states = posteriors[variable];
    if (states == null) {
      StateRoots each = StateRoots.of(c, variable);
      states = roots(each.circuit(), each.roots());
      posteriors[variable] = states;
    }
    int numStates = categorical.numStates();
    if (stateError.length < numStates) {
      stateError = new double[numStates];
      shareError = new double[numStates];
    }
    for (int from = 0; from < numRows; ) {
      int count = states.run(rows, from, numRows - from, relativeErrorBound != null);
      for (int r = 0; r < count; r++) {
        int at = (from + r) * numStates;
        for (int s = 0; s < numStates; s++) {
          posterior[at + s] = value(states, s, rows, from + r, r, relativeErrorBound != null);
          stateError[s] = logError;
        }
        double max = mostProbable(posterior, at, numStates);
        double worst = 0;
        if (relativeErrorBound != null) {
          worst = posteriorError(posterior, at, numStates);
        } else if (max < FAR_OUT) {
          worst = errorInLogs(states, rows, from + r, posterior, at, numStates);
        }
        if (worst < LARGEST_ERROR) {
          softmax(posterior, at, numStates);
          worst = Math.expm1(worst * UP) * UP;
        } else {
          worst = single(variable, rows, from + r, posterior, at);
        }
        if (relativeErrorBound != null) {
          relativeErrorBound[from + r] = worst;
        }
      }
      from += count;
    }
  }

  private static double mostProbable(double[] log, int from, int numStates) {
    double max = Double.NEGATIVE_INFINITY;
    for (int s = 0; s < numStates; s++) {
      max = Math.max(max, log[from + s]);
    }
    return max;
  }

  /** Computes a row in the log domain; bound on the error of the logs of its probabilities. */
  private double errorInLogs(
      Roots<?> states, double[] rows, int row, double[] log, int at, int numStates) {
    for (int s = 0; s < numStates; s++) {
      log[at + s] = twinValue(states.twin(s), rows, row);
      stateError[s] = logError;
    }
    return posteriorError(log, at, numStates);
  }

  /**
   * Bound on the absolute error of the log of the probabilities that {@link #softmax} will make of
   * natural logs with the errors {@link #stateError}; 0 where all are zero, infinite where a state
   * is beyond the range of a double that may count.
   */
  private double posteriorError(double[] log, int from, int numStates) {
    double max = mostProbable(log, from, numStates);
    if (max == Double.NEGATIVE_INFINITY) {
      double worst = 0;
      for (int s = 0; s < numStates; s++) {
        worst = Math.max(worst, stateError[s]);
      }
      return worst;
    }
    Certify.ofShares(log, from, numStates, stateError, shareError);
    double worst = 0;
    for (int s = 0; s < numStates; s++) {
      worst = Math.max(worst, log[from + s] >= max - NEGLIGIBLE ? shareError[s] : 0);
    }
    return worst + U * (numStates + 4);
  }

  /** The posterior of a row as a single query has it; the bound on its relative error. */
  private double single(int variable, double[] rows, int row, double[] posterior, int at) {
    Single asked = single;
    if (asked == null) {
      LogEvaluator evaluator = new LogEvaluator(c);
      asked = new Single(evaluator, new PosteriorPass(evaluator, new Flows(evaluator)));
      single = asked;
    }
    evidence.row(rows, row * c.numVariables()).unobserve(variable);
    int[] open =
        IntStream.range(0, c.numVariables())
            .filter(v -> evidence.form[v] != FlatEvidence.POINT && marginals.whyNot(v) != null)
            .toArray();
    try {
      PosteriorPass pass = asked.pass;
      if (!pass.run(
          new Enumeration(asked.evaluator, evidence, open, Enumeration.MAX_JOINT_STATES))) {
        Arrays.fill(posterior, at, at + ((Categorical) c.variables.get(variable)).numStates(), 0);
        return 0;
      }
      CategoricalPosterior found = (CategoricalPosterior) pass.posterior(variable, evidence);
      double[] p = found.probabilities();
      System.arraycopy(p, 0, posterior, at, p.length);
      return ((Certificate.Exact) found.certificate()).relativeErrorBound();
    } catch (RefusedException e) {
      throw e.atRow(row);
    }
  }

  /** Natural logs to shares, in place; all zero where all are -infinity. */
  private static void softmax(double[] p, int from, int size) {
    double max = Double.NEGATIVE_INFINITY;
    for (int s = from; s < from + size; s++) {
      max = Math.max(max, p[s]);
    }
    double sum = 0;
    for (int s = from; s < from + size; s++) {
      p[s] = max == Double.NEGATIVE_INFINITY ? 0 : Math.exp(p[s] - max);
      sum += p[s];
    }
    for (int s = from; s < from + size && sum > 0; s++) {
      p[s] /= sum;
    }
  }

  private double value(
      Roots<?> roots, int index, double[] rows, int row, int tileRow, boolean bounds) {
    double log2 = roots.log2(index, tileRow);
    if (Double.isNaN(log2)) {
      return twinValue(roots.twin(index), rows, row);
    }
    if (check.isOutside(rows, row)) {
      logError = 0;
      return Double.NEGATIVE_INFINITY;
    }
    double log = log2 * LN2;
    logError = 0;
    if (bounds) {
      double tileError = LN2 * UP * roots.error(index, tileRow) + 4 * U * Math.abs(log);
      logError = log == Double.NEGATIVE_INFINITY ? 0 : tileError;
      if (!(logError < Roots.LARGEST_ERROR)) {
        double exact = twinValue(roots.twin(index), rows, row);
        if (!(logError <= tileError)) {
          logError = tileError;
          return log;
        }
        return exact;
      }
    }
    return log;
  }

  private double twinValue(LogEvaluator twin, double[] rows, int row) {
    double log = twin.upward(evidence.row(rows, row * c.numVariables()));
    logError = twin.logErrorBound();
    return log;
  }
}
