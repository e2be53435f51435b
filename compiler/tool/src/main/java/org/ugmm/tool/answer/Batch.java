package org.ugmm.tool.answer;

import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evaluator;
import org.ugmm.engine.MpeEvaluator;
import org.ugmm.engine.PosteriorEvaluator;

/** A question asked for many rows at once. One a thread ({@link #fork}). */
sealed interface Batch {
  /** A row with an error of a log from here on is asked by itself, which tells its certificate. */
  double LARGEST_ERROR = 0x1p-10;

  /** The same for another thread. */
  Batch fork();

  /**
   * Answers rows.
   *
   * @param rows (Input, not modified) row-major [numRows][variables], NaN for unobserved
   * @param cells (Output) row-major [numRows][columns], NaN before
   * @param bounds (Output) [numRows] bound on the relative error, 0 where the answer has its own
   * @param open (Output) [numRows] rows that must be asked by themselves
   * @throws RuntimeException if a row has no answer here
   */
  void answer(double[] rows, int numRows, double[] cells, double[] bounds, boolean[] open);

  /** Log-densities. */
  record Logs(Evaluator evaluator, int numVariables, boolean needsComplete) implements Batch {
    static Logs of(Circuit circuit, AskOptions options, boolean needsComplete) {
      return new Logs(
          new Evaluator(circuit, options.precision()), circuit.numVariables(), needsComplete);
    }

    @Override
    public Batch fork() {
      return new Logs(evaluator.fork(), numVariables, needsComplete);
    }

    @Override
    public void answer(
        double[] rows, int numRows, double[] cells, double[] bounds, boolean[] open) {
      evaluator.logDensity(rows, numRows, cells, bounds);
      for (int r = 0; r < numRows; r++) {
        open[r] = !(bounds[r] < LARGEST_ERROR);
        bounds[r] = Math.expm1(bounds[r]);
      }
      for (int at = 0; needsComplete && at < numRows * numVariables; at++) {
        open[at / numVariables] |= Double.isNaN(rows[at]);
      }
    }
  }

  /** Probabilities of the states of a variable. */
  record States(Evaluator evaluator, RowQuestion.PosteriorOf question) implements Batch {
    static States of(Circuit circuit, AskOptions options, RowQuestion.PosteriorOf question) {
      Evaluator evaluator = new Evaluator(circuit, options.precision());
      // plans the posterior before the evaluator is forked, so that all threads share the plan
      evaluator.posterior(question.variable(), new double[0], 0, new double[0]);
      return new States(evaluator, question);
    }

    @Override
    public Batch fork() {
      return new States(evaluator.fork(), question);
    }

    @Override
    public void answer(
        double[] rows, int numRows, double[] cells, double[] bounds, boolean[] open) {
      int numStates = question.numStates();
      double[] posterior = new double[numRows * numStates];
      evaluator.posterior(question.variable(), rows, numRows, posterior, bounds);
      int first = question.isClass() ? 1 : 0;
      for (int r = 0; r < numRows; r++) {
        open[r] = !(bounds[r] < LARGEST_ERROR);
        int at = r * (numStates + first);
        question.putStates(posterior, r * numStates, numStates, cells, at + first);
      }
    }
  }

  /** Mean and variance of a real variable. */
  record Means(PosteriorEvaluator evaluator, int variable, int numVariables) implements Batch {
    static Means of(Circuit circuit, int variable) {
      return new Means(new PosteriorEvaluator(circuit), variable, circuit.numVariables());
    }

    @Override
    public Batch fork() {
      return new Means(evaluator.fork(), variable, numVariables);
    }

    @Override
    public void answer(
        double[] rows, int numRows, double[] cells, double[] bounds, boolean[] open) {
      double[] unobserved = rows.clone();
      for (int r = 0; r < numRows; r++) {
        unobserved[r * numVariables + variable] = Double.NaN;
      }
      int numColumns = evaluator.numColumns();
      double[] found = new double[numRows * numColumns];
      evaluator.posteriors(unobserved, numRows, found);
      for (int r = 0; r < numRows; r++) {
        int from = r * numColumns + evaluator.column(variable);
        open[r] = !(found[from + 1] > 0); // of probability zero, or too small to tell
        if (!open[r]) {
          cells[2 * r] = found[from];
          cells[2 * r + 1] = found[from + 1];
        }
      }
    }
  }

  /** Most probable explanations, where one pass is enough. */
  record Explanations(MpeEvaluator evaluator, int numVariables) implements Batch {
    static Explanations of(Circuit circuit) {
      return new Explanations(new MpeEvaluator(circuit), circuit.numVariables());
    }

    @Override
    public Batch fork() {
      return new Explanations(evaluator.fork(), numVariables);
    }

    @Override
    public void answer(
        double[] rows, int numRows, double[] cells, double[] bounds, boolean[] open) {
      double[] assignments = new double[numRows * numVariables];
      double[] logs = new double[numRows];
      double[] tops = new double[numRows];
      evaluator.mpe(rows, numRows, assignments, logs, tops);
      for (int r = 0; r < numRows; r++) {
        int at = r * (numVariables + 2);
        open[r] = logs[r] != Double.NEGATIVE_INFINITY && !(tops[r] - logs[r] < LARGEST_ERROR);
        if (logs[r] != Double.NEGATIVE_INFINITY) {
          System.arraycopy(assignments, r * numVariables, cells, at, numVariables);
        }
        cells[at + numVariables] = logs[r];
        cells[at + numVariables + 1] = tops[r];
      }
    }
  }
}
