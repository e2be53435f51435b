package org.ugmm.tool;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.MpeEvaluator;
import org.ugmm.engine.data.Certificate.Kind;
import org.ugmm.engine.data.MpeAnswer;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;

/** The most probable values of the missing cells of each row together. */
final class MpeQuery implements RowQuery {
  private final Circuit circuit;
  private final Set<Kind> allowed;
  private final long seed;
  private final Answers answers;

  /** Null where one pass is not enough and each row is searched. */
  private final @Nullable MpeEvaluator evaluator;

  private MpeQuery(
      Circuit circuit, Set<Kind> allowed, long seed, @Nullable MpeEvaluator evaluator) {
    this.circuit = circuit;
    this.allowed = allowed;
    this.seed = seed;
    this.evaluator = evaluator;
    answers = new Answers(circuit, allowed, seed);
  }

  static MpeQuery of(Circuit circuit, Set<Kind> allowed, long seed) {
    return new MpeQuery(
        circuit, allowed, seed, MpeEvaluator.supports(circuit) ? new MpeEvaluator(circuit) : null);
  }

  @Override
  public List<Column> columns() {
    List<Column> columns = new ArrayList<>();
    for (Variable variable : circuit.variables()) {
      columns.add(
          new Column(
              "mpe:" + variable.name(),
              variable instanceof Categorical categorical ? categorical.states() : List.of()));
    }
    columns.add(Column.number("logMpe"));
    columns.add(Column.number("logUpperBound"));
    return columns;
  }

  @Override
  public String statistic() {
    return "mean log of the most probable values";
  }

  @Override
  public RowQuery fork() {
    return new MpeQuery(circuit, allowed, seed, evaluator == null ? null : evaluator.fork());
  }

  @Override
  public Scores score(double[] rows, int numRows, Places places) {
    int numVariables = circuit.numVariables();
    Scores scores = new Scores(numRows, numVariables + 2);
    if (evaluator != null) {
      double[] assignments = new double[numRows * numVariables];
      double[] logs = new double[numRows];
      double[] bounds = new double[numRows];
      evaluator.mpe(rows, numRows, assignments, logs, bounds);
      for (int r = 0; r < numRows; r++) {
        put(scores, r, assignments, r * numVariables, logs[r], bounds[r]);
      }
      return scores;
    }
    for (int r = 0; r < numRows; r++) {
      Evidence evidence = new Evidence(circuit).row(rows, r * numVariables);
      try {
        MpeAnswer answer = answers.mpe(evidence);
        put(scores, r, answer.assignment(), 0, answer.logValue(), answer.logUpperBound());
        scores.certificates[r] = answer.certificate();
      } catch (RefusedException e) {
        if (!answers.isZero(evidence)) {
          throw new RefusedException(places.place(r) + ": " + e.getMessage());
        }
        double zero = Double.NEGATIVE_INFINITY;
        put(scores, r, rows, r * numVariables, zero, zero);
      }
    }
    return scores;
  }

  /** Writes an answer; the cells of the assignment stay empty where the log is -infinity. */
  private void put(Scores scores, int row, double[] assignments, int from, double log, double top) {
    int numVariables = circuit.numVariables();
    int at = row * (numVariables + 2);
    boolean isZero = log == Double.NEGATIVE_INFINITY;
    if (!isZero) {
      System.arraycopy(assignments, from, scores.cells, at, numVariables);
    }
    scores.cells[at + numVariables] = log;
    scores.cells[at + numVariables + 1] = top;
    scores.statistic[row] = isZero ? Double.NaN : log;
  }
}
