package org.ugmm.tool;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evaluator;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.PosteriorEvaluator;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.GaussianMixture;
import org.ugmm.engine.data.Posterior;
import org.ugmm.engine.data.RealMoments;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;

/**
 * The posterior of one variable given the other cells of each row. What a row says of the variable
 * itself is never evidence; it is what the answer is judged by.
 */
final class PosteriorQuery implements RowQuery {
  private final Circuit circuit;
  private final Settings settings;
  private final int variable;
  private final boolean isClass;

  /** Null where the variable is real. */
  private final @Nullable Evaluator evaluator;

  /** Null where the variable is categorical, or one pass does not yield means. */
  private final @Nullable PosteriorEvaluator means;

  private @Nullable Answers answers;

  private PosteriorQuery(
      Circuit circuit,
      Settings settings,
      int variable,
      boolean isClass,
      @Nullable Evaluator evaluator,
      @Nullable PosteriorEvaluator means) {
    this.circuit = circuit;
    this.settings = settings;
    this.variable = variable;
    this.isClass = isClass;
    this.evaluator = evaluator;
    this.means = means;
  }

  /**
   * Prepares the query.
   *
   * @param isClass whether the column {@code class} is wanted
   */
  static PosteriorQuery of(Circuit circuit, Settings settings, int variable, boolean isClass) {
    Evaluator evaluator = null;
    PosteriorEvaluator means = null;
    if (circuit.variables().get(variable) instanceof Categorical) {
      evaluator = new Evaluator(circuit, settings.precision());
      // plans the posterior before the evaluator is forked, so that all threads share the plan
      evaluator.posterior(variable, new double[0], 0, new double[0]);
    } else if (circuit.structure().isTractable()) {
      means = new PosteriorEvaluator(circuit);
    }
    return new PosteriorQuery(circuit, settings, variable, isClass, evaluator, means);
  }

  @Override
  public List<Column> columns() {
    Variable queried = circuit.variables().get(variable);
    List<Column> columns = new ArrayList<>();
    if (queried instanceof Categorical categorical) {
      if (isClass) {
        columns.add(new Column("class", categorical.states()));
      }
      for (String state : categorical.states()) {
        columns.add(Column.number((isClass ? "class" : queried.name()) + ":" + state));
      }
    } else {
      columns.add(Column.number(queried.name() + ":mean"));
      columns.add(Column.number(queried.name() + ":variance"));
    }
    return columns;
  }

  @Override
  public String statistic() {
    return evaluator == null ? "mean of the means" : "mean probability of the answer";
  }

  @Override
  public RowQuery fork() {
    return new PosteriorQuery(
        circuit,
        settings,
        variable,
        isClass,
        evaluator == null ? null : evaluator.fork(),
        means == null ? null : means.fork());
  }

  @Override
  public Scores score(double[] rows, int numRows, Places places) {
    if (evaluator == null) {
      return means(rows, numRows, places);
    }
    int numStates = ((Categorical) circuit.variables().get(variable)).numStates();
    double[] posterior = new double[numRows * numStates];
    int first = isClass ? 1 : 0;
    int numColumns = numStates + first;
    Scores scores = new Scores(numRows, numColumns);
    try {
      if (settings.wantsBounds()) {
        scores.bounds = new double[numRows];
        evaluator.posterior(variable, rows, numRows, posterior, scores.bounds);
      } else {
        evaluator.posterior(variable, rows, numRows, posterior);
      }
    } catch (RefusedException e) {
      // some row lacks another variable that one pass cannot integrate out
      oneByOne(rows, scores, posterior, places);
    }
    for (int r = 0; r < numRows; r++) {
      int best = mostProbable(posterior, r * numStates, numStates);
      double actual = rows[r * circuit.numVariables() + variable];
      boolean isJudged = !Double.isNaN(actual);
      scores.judged += isJudged ? 1 : 0;
      if (posterior[r * numStates + best] == 0) {
        scores.statistic[r] = Double.NaN;
        continue;
      }
      scores.correct += isJudged && best == (int) actual ? 1 : 0;
      scores.statistic[r] = posterior[r * numStates + best];
      if (isClass) {
        scores.cells[r * numColumns] = best;
      }
      System.arraycopy(posterior, r * numStates, scores.cells, r * numColumns + first, numStates);
    }
    return scores;
  }

  private static int mostProbable(double[] posterior, int from, int numStates) {
    int best = 0;
    for (int s = 1; s < numStates; s++) {
      best = posterior[from + s] > posterior[from + best] ? s : best;
    }
    return best;
  }

  private void oneByOne(double[] rows, Scores scores, double[] posterior, Places places) {
    for (int r = 0; r < scores.numRows; r++) {
      if (answer(rows, r, places) instanceof CategoricalPosterior answer) {
        double[] probability = answer.probabilities();
        System.arraycopy(probability, 0, posterior, r * probability.length, probability.length);
        scores.certify(r, answer.certificate());
      }
    }
  }

  private Scores means(double[] rows, int numRows, Places places) {
    Scores scores = new Scores(numRows, 2);
    double[] found = batchOfMeans(rows, numRows);
    for (int r = 0; r < numRows; r++) {
      int at = means == null ? 0 : r * means.numColumns() + means.column(variable);
      boolean isFound = found.length > 0 && found[at + 1] > 0;
      Posterior answer = isFound ? null : answer(rows, r, places);
      if (isFound) {
        scores.cells[2 * r] = found[at];
        scores.cells[2 * r + 1] = found[at + 1];
      } else if (answer instanceof RealMoments moments) {
        scores.cells[2 * r] = moments.mean();
        scores.cells[2 * r + 1] = moments.variance();
        scores.certify(r, moments.certificate());
      } else if (answer instanceof GaussianMixture mixture) {
        scores.cells[2 * r] = mixture.mean();
        scores.cells[2 * r + 1] = mixture.variance();
        scores.certify(r, mixture.certificate());
      }
      scores.statistic[r] = scores.cells[2 * r];
    }
    return scores;
  }

  /** The posteriors of all variables by rows; empty where they must be found row by row. */
  private double[] batchOfMeans(double[] rows, int numRows) {
    if (means == null) {
      return new double[0];
    }
    double[] open = rows.clone();
    for (int r = 0; r < numRows; r++) {
      open[r * circuit.numVariables() + variable] = Double.NaN;
    }
    double[] found = new double[numRows * means.numColumns()];
    try {
      means.posteriors(open, numRows, found);
      return found;
    } catch (RefusedException e) {
      return new double[0]; // some row has no answer, and the message shall say which
    }
  }

  /** The posterior of one row; null where the row has probability zero. */
  private @Nullable Posterior answer(double[] rows, int row, Places places) {
    if (answers == null) {
      answers = new Answers(circuit, settings.allowed(), settings.seed());
    }
    Evidence evidence = new Evidence(circuit).row(rows, row * circuit.numVariables());
    evidence.unobserve(variable);
    try {
      return answers.posterior(variable, evidence);
    } catch (RefusedException e) {
      if (answers.isZero(evidence)) {
        return null;
      }
      throw new RefusedException(places.place(row) + ": " + e.getMessage());
    }
  }
}
