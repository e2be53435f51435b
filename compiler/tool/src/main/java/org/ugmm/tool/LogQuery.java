package org.ugmm.tool;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evaluator;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.data.LogProbability;
import org.ugmm.engine.data.RefusedException;

/** Log-densities of complete rows, or log-marginals of rows with missing cells. */
final class LogQuery implements RowQuery {
  private final Circuit circuit;
  private final Settings settings;
  private final boolean needsComplete;
  private final Evaluator evaluator;
  private @Nullable Answers answers;

  private LogQuery(Circuit circuit, Settings settings, boolean needsComplete, Evaluator evaluator) {
    this.circuit = circuit;
    this.settings = settings;
    this.needsComplete = needsComplete;
    this.evaluator = evaluator;
  }

  static LogQuery of(Circuit circuit, Settings settings, boolean needsComplete) {
    return new LogQuery(
        circuit, settings, needsComplete, new Evaluator(circuit, settings.precision()));
  }

  @Override
  public List<Column> columns() {
    return List.of(Column.number(needsComplete ? "logDensity" : "logMarginal"));
  }

  @Override
  public String statistic() {
    return needsComplete ? "mean log-density" : "mean log-marginal";
  }

  @Override
  public RowQuery fork() {
    return new LogQuery(circuit, settings, needsComplete, evaluator.fork());
  }

  @Override
  public Scores score(double[] rows, int numRows, Places places) {
    if (needsComplete) {
      requireComplete(rows, numRows, places);
    }
    Scores scores = new Scores(numRows, 1);
    try {
      if (settings.wantsBounds()) {
        scores.bounds = new double[numRows];
        evaluator.logDensity(rows, numRows, scores.cells, scores.bounds);
      } else {
        evaluator.logDensity(rows, numRows, scores.cells);
      }
    } catch (RefusedException e) {
      // some row lacks a variable that one pass cannot integrate out, or is so far out that its
      // density has no bound
      oneByOne(rows, scores, places);
    }
    for (int r = 0; r < numRows; r++) {
      double log = scores.cells[r];
      scores.statistic[r] = log == Double.NEGATIVE_INFINITY ? Double.NaN : log;
    }
    return scores;
  }

  private void oneByOne(double[] rows, Scores scores, Places places) {
    if (answers == null) {
      answers = new Answers(circuit, settings.allowed(), settings.seed());
    }
    Evidence evidence = new Evidence(circuit);
    for (int r = 0; r < scores.numRows; r++) {
      try {
        LogProbability answer = answers.marginal(evidence.row(rows, r * circuit.numVariables()));
        scores.cells[r] = answer.value();
        scores.certify(r, answer.certificate());
      } catch (RefusedException e) {
        throw new RefusedException(places.place(r) + ": " + e.getMessage());
      }
    }
  }

  private void requireComplete(double[] rows, int numRows, Places places) {
    int numVariables = circuit.numVariables();
    for (int at = 0; at < numRows * numVariables; at++) {
      if (Double.isNaN(rows[at])) {
        throw new InputException(
            ("%s: variable '%s' is missing; a log-density needs a value of every variable, so ask"
                    + " with --query marginal")
                .formatted(
                    places.place(at / numVariables),
                    circuit.variables().get(at % numVariables).name()));
      }
    }
  }
}
