package org.ugmm.engine;

import java.util.Arrays;
import org.ugmm.engine.batch.RowCheck;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.LogProbability;
import org.ugmm.engine.data.MpeAnswer;
import org.ugmm.engine.data.Posterior;
import org.ugmm.engine.data.RealMoments;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.exact.Certify;
import org.ugmm.engine.exact.Interruption;
import org.ugmm.engine.flat.ClosedFormVariables;
import org.ugmm.engine.number.Rounding;

/**
 * One query about each row of a batch: rows that a tile answers with a small bound in bulk, the
 * others as single queries, so that each has the kind of certificate that a single query has. Safe
 * to share between threads.
 */
final class Batches {
  /** Rows that an evaluator is given at once. */
  private static final int CHUNK = 1024;

  /** An error of a log from here on is left to single queries. */
  private static final double LARGEST_ERROR = 0x1p-10;

  private static final Bulk NOTHING_IN_BULK =
      (rows, count, row, isLeft) -> Arrays.fill(isLeft, 0, count, true);

  private final Inference single;
  private final Circuit circuit;
  private final ClosedFormVariables closedForm;
  private final RowCheck check;
  private final Pool<Evaluator> evaluators;
  private final Pool<PosteriorEvaluator> posteriorEvaluators;
  private final Pool<MpeEvaluator> mpeEvaluators;

  Batches(Inference single, ClosedFormVariables closedForm) {
    this.single = single;
    this.closedForm = closedForm;
    circuit = single.circuit();
    check = new RowCheck(circuit.flat, null);
    evaluators = new Pool<>(() -> new Evaluator(circuit));
    posteriorEvaluators = new Pool<>(() -> new PosteriorEvaluator(circuit));
    mpeEvaluators = new Pool<>(() -> new MpeEvaluator(circuit));
  }

  /** Answers rows in bulk. */
  private interface Bulk {
    /**
     * Answers the rows that it can.
     *
     * @param rows row-major [count][numVariables]
     * @param row [count] the number of each
     * @param isLeft (Output) [count] whether a row is left to a single query
     */
    void answer(double[] rows, int count, int[] row, boolean[] isLeft);
  }

  /** Answers one row; may refuse. */
  private interface Single {
    void answer(Evidence evidence, int row);
  }

  BatchAnswers marginal(Batch rows, boolean needsComplete) {
    BatchAnswers answers = new BatchAnswers(rows.numRows(), 1);
    double[] log = new double[CHUNK];
    double[] bound = new double[CHUNK];
    Evaluator evaluator = evaluators.lease();
    try {
      Bulk bulk =
          (values, count, row, isLeft) -> {
            evaluator.logDensity(values, count, log, bound);
            for (int i = 0; i < count; i++) {
              isLeft[i] = !(bound[i] < LARGEST_ERROR);
              answers.values()[row[i]] = log[i];
              answers.exact(row[i], bound[i]);
            }
          };
      Single alone =
          (e, row) -> {
            LogProbability p = needsComplete ? single.logDensity(e) : single.marginal(e);
            answers.values()[row] = p.value();
            answers.certify(row, p.certificate());
          };
      each(rows, answers, -1, needsComplete, bulk, alone);
    } finally {
      evaluators.giveBack(evaluator);
    }
    return answers;
  }

  BatchAnswers posterior(int variable, Batch rows) {
    if (variable < 0 || variable >= circuit.numVariables()) {
      throw new ArgumentException(
          "variable %d; expected an index, 0 .. %d"
              .formatted(variable, circuit.numVariables() - 1));
    }
    boolean isCategorical = circuit.variables().get(variable) instanceof Categorical;
    return isCategorical ? states(variable, rows) : moments(variable, rows);
  }

  private BatchAnswers states(int variable, Batch rows) {
    int numStates = ((Categorical) circuit.variables().get(variable)).numStates();
    BatchAnswers answers = new BatchAnswers(rows.numRows(), numStates);
    double[] posterior = new double[CHUNK * numStates];
    double[] bound = new double[CHUNK];
    if (!single.occurs(variable)) {
      each(rows, answers, variable, false, NOTHING_IN_BULK, alone(variable, answers));
      return answers;
    }
    Evaluator evaluator = evaluators.lease();
    try {
      Bulk bulk =
          (values, count, row, isLeft) -> {
            evaluator.posterior(variable, values, count, posterior, bound);
            for (int i = 0; i < count; i++) {
              double total = 0;
              for (int s = 0; s < numStates; s++) {
                total += posterior[i * numStates + s];
              }
              isLeft[i] = !(bound[i] < LARGEST_ERROR && total > 0);
              System.arraycopy(
                  posterior, i * numStates, answers.values(), row[i] * numStates, numStates);
              answers.exact(row[i], bound[i]);
            }
          };
      each(rows, answers, variable, false, bulk, alone(variable, answers));
    } finally {
      evaluators.giveBack(evaluator);
    }
    return answers;
  }

  private BatchAnswers moments(int variable, Batch rows) {
    BatchAnswers answers = new BatchAnswers(rows.numRows(), 2);
    Single alone = alone(variable, answers);
    if (!circuit.structure().isTractable() || !single.occurs(variable)) {
      each(rows, answers, variable, false, NOTHING_IN_BULK, alone);
      return answers;
    }
    PosteriorEvaluator evaluator = posteriorEvaluators.lease();
    try {
      int numColumns = evaluator.numColumns();
      int column = evaluator.column(variable);
      double[] posterior = new double[CHUNK * numColumns];
      double[] bound = new double[posterior.length];
      Bulk bulk =
          (values, count, row, isLeft) -> {
            evaluator.posteriors(values, count, posterior, bound);
            for (int i = 0; i < count; i++) {
              int at = i * numColumns + column;
              double mean = posterior[at];
              double variance = posterior[at + 1];
              double error = bound[at] / Math.sqrt(variance) + bound[at + 1] / variance;
              isLeft[i] = !(variance > 0 && error < LARGEST_ERROR);
              answers.values()[2 * row[i]] = mean;
              answers.values()[2 * row[i] + 1] = variance;
              answers.exact(row[i], error);
            }
          };
      each(rows, answers, variable, false, bulk, alone);
    } finally {
      posteriorEvaluators.giveBack(evaluator);
    }
    return answers;
  }

  private Single alone(int variable, BatchAnswers answers) {
    return (e, row) -> {
      Posterior posterior = single.posterior(variable, e);
      double[] found;
      if (posterior instanceof CategoricalPosterior categorical) {
        found = categorical.probabilities();
      } else if (posterior instanceof Posterior.Numeric mixture) {
        found = new double[] {mixture.mean(), mixture.variance()};
      } else {
        RealMoments moments = (RealMoments) posterior;
        found = new double[] {moments.mean(), moments.variance()};
      }
      System.arraycopy(found, 0, answers.values(), row * found.length, found.length);
      answers.certify(
          row,
          posterior instanceof Posterior.Numeric mixture
              ? ofMoments(mixture)
              : posterior.certificate());
    };
  }

  /** What is proven of the mean and the variance, which the bound of the weights does not say. */
  private static Certificate ofMoments(Posterior.Numeric p) {
    double size = Math.max(Math.abs(p.mean()), Math.sqrt(p.variance()));
    double error =
        relative(p.meanErrorBound(), size) + relative(p.varianceErrorBound(), p.variance());
    String name = p.variable().name();
    return Certify.exact(Rounding.units(error), "the mean and variance of '%s'", name);
  }

  private static double relative(double error, double size) {
    return error == 0 ? 0 : error / size;
  }

  BatchAnswers mpe(Batch rows) {
    int n = circuit.numVariables();
    int width = n + 2;
    BatchAnswers answers = new BatchAnswers(rows.numRows(), width);
    double[] all = answers.values();
    Single alone =
        (e, row) -> {
          MpeAnswer answer = single.mpe(e);
          System.arraycopy(answer.assignment(), 0, all, row * width, n);
          all[row * width + n] = answer.logValue();
          all[row * width + n + 1] = answer.logUpperBound();
          answers.certify(row, answer.certificate());
        };
    if (!MpeEvaluator.supports(circuit)) {
      each(rows, answers, -1, false, NOTHING_IN_BULK, alone);
      return answers;
    }
    double[] assignments = new double[CHUNK * n];
    double[] log = new double[CHUNK];
    double[] upper = new double[CHUNK];
    MpeEvaluator evaluator = mpeEvaluators.lease();
    try {
      Bulk bulk =
          (values, count, row, isLeft) -> {
            evaluator.mpe(values, count, assignments, log, upper);
            for (int i = 0; i < count; i++) {
              double gap = upper[i] - log[i];
              isLeft[i] = !(gap < LARGEST_ERROR);
              System.arraycopy(assignments, i * n, all, row[i] * width, n);
              all[row[i] * width + n] = log[i];
              all[row[i] * width + n + 1] = upper[i];
              answers.exact(row[i], Math.expm1(gap));
            }
          };
      each(rows, answers, -1, false, bulk, alone);
    } finally {
      mpeEvaluators.giveBack(evaluator);
    }
    return answers;
  }

  /**
   * Answers every row.
   *
   * @param queried a variable whose cells are not read, -1 for none
   * @param needsComplete whether rows with a gap are left to single queries
   */
  private void each(
      Batch rows,
      BatchAnswers answers,
      int queried,
      boolean needsComplete,
      Bulk bulk,
      Single alone) {
    if (rows.circuit() != circuit) {
      throw new ArgumentException("the rows are of another circuit; expected this one");
    }
    int n = circuit.numVariables();
    double[] chunk = new double[Math.min(CHUNK, rows.numRows()) * n];
    int[] row = new int[CHUNK];
    boolean[] isLeft = new boolean[CHUNK];
    int count = 0;
    for (int r = 0; r < rows.numRows(); r++) {
      rows.copy(r, chunk, count * n);
      if (queried >= 0) {
        chunk[count * n + queried] = Double.NaN;
      }
      ArgumentException problem = check.problem(chunk, count, queried);
      if (problem != null) {
        answers.refuse(r, problem);
      } else if (!isBulk(chunk, count, queried, needsComplete)) {
        ask(chunk, count, r, answers, alone);
      } else {
        row[count++] = r;
      }
      if (count == CHUNK || count > 0 && r + 1 == rows.numRows()) {
        flush(chunk, count, row, isLeft, answers, bulk, alone);
        count = 0;
      }
    }
    if (count > 0) {
      flush(chunk, count, row, isLeft, answers, bulk, alone);
    }
  }

  private void flush(
      double[] chunk,
      int count,
      int[] row,
      boolean[] isLeft,
      BatchAnswers answers,
      Bulk bulk,
      Single alone) {
    Interruption.check();
    try {
      bulk.answer(chunk, count, row, isLeft);
    } catch (RefusedException oneRow) {
      Arrays.fill(isLeft, 0, count, true); // each alone says which
    }
    for (int i = 0; i < count; i++) {
      if (isLeft[i]) {
        ask(chunk, i, row[i], answers, alone);
      }
    }
  }

  /** Whether one pass answers a row: what it leaves open can be integrated out. */
  private boolean isBulk(double[] chunk, int i, int queried, boolean needsComplete) {
    int n = circuit.numVariables();
    for (int v = 0; v < n; v++) {
      if (v != queried
          && Double.isNaN(chunk[i * n + v])
          && (needsComplete || closedForm.whyNot(v) != null)) {
        return false;
      }
    }
    return true;
  }

  private void ask(double[] chunk, int i, int row, BatchAnswers answers, Single alone) {
    Interruption.check();
    try {
      alone.answer(new Evidence(circuit).row(chunk, i * circuit.numVariables()), row);
    } catch (RefusedException | ArgumentException problem) {
      answers.refuse(row, problem);
    }
  }
}
