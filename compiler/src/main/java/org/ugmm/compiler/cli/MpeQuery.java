package org.ugmm.compiler.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.ugmm.engine.Certificate.Kind;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.MpeAnswer;
import org.ugmm.engine.RefusedException;
import org.ugmm.engine.Variable;
import org.ugmm.engine.Variable.Categorical;

/** The most probable values of the missing cells of each row together. */
final class MpeQuery implements RowQuery {
  private final Circuit circuit;
  private final Set<Kind> allowed;
  private final long seed;
  private final Answers answers;

  MpeQuery(Circuit circuit, Set<Kind> allowed, long seed) {
    this.circuit = circuit;
    this.allowed = allowed;
    this.seed = seed;
    answers = new Answers(circuit, allowed, seed);
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
    return new MpeQuery(circuit, allowed, seed);
  }

  @Override
  public Scores score(double[] rows, int numRows, Places places) {
    int numVariables = circuit.numVariables();
    int numColumns = numVariables + 2;
    Scores scores = new Scores(numRows, numColumns);
    for (int r = 0; r < numRows; r++) {
      Evidence evidence = new Evidence(circuit).row(rows, r * numVariables);
      int at = r * numColumns;
      try {
        MpeAnswer answer = answers.mpe(evidence);
        System.arraycopy(answer.assignment(), 0, scores.cells, at, numVariables);
        scores.cells[at + numVariables] = answer.logValue();
        scores.cells[at + numVariables + 1] = answer.logUpperBound();
        scores.certificates[r] = answer.certificate();
        scores.statistic[r] = answer.logValue();
      } catch (RefusedException e) {
        if (!answers.isZero(evidence)) {
          throw new RefusedException(places.place(r) + ": " + e.getMessage());
        }
        scores.cells[at + numVariables] = Double.NEGATIVE_INFINITY;
        scores.cells[at + numVariables + 1] = Double.NEGATIVE_INFINITY;
        scores.statistic[r] = Double.NaN;
      }
    }
    return scores;
  }
}
