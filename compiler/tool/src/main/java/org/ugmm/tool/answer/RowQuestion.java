package org.ugmm.tool.answer;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;
import org.ugmm.engine.MpeEvaluator;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.MpeAnswer;
import org.ugmm.engine.data.Posterior;
import org.ugmm.engine.data.RealMoments;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.data.Why;
import org.ugmm.engine.formula.Formula;

/**
 * A question whose answer fills columns of a table. Its cells are numbers or indices of states, NaN
 * where there is nothing to say: what is conditioned on evidence of probability zero.
 */
public sealed interface RowQuestion extends Question {
  /** The columns of an answer. */
  List<Column> columns(Circuit circuit);

  /**
   * Writes an answer into the cells of a row.
   *
   * @param cells (Output) the columns begin at {@code at}
   */
  void put(Answer answer, double[] cells, int at);

  /** The variable that rows may not observe, since it is asked for; -1 for none. */
  default int queried() {
    return -1;
  }

  /** Asks for many rows at once; null where each row is asked by itself. */
  @Nullable Batch batch(Circuit circuit, AskOptions options);

  /** What the mean of a summary is taken of, for people. */
  String statistic();

  /** What that mean takes of a row: of the cells that begin at {@code at}; NaN for nothing. */
  double statistic(double[] cells, int at);

  /**
   * The natural log of the density of complete rows, or of rows with missing cells integrated out.
   */
  record Log(boolean needsComplete) implements RowQuestion {
    @Override
    public String text(Circuit circuit) {
      return needsComplete ? "log-density" : "marginal";
    }

    @Override
    public Answer ask(Inference inference, Evidence evidence) {
      if (evidence.formula() == null) {
        return new Answer.Log(
            needsComplete ? inference.logDensity(evidence) : inference.marginal(evidence));
      }
      Evidence row = evidence.withoutFormula();
      if (needsComplete && !row.isComplete()) {
        return new Answer.Log(inference.logDensity(row)); // which says what is missing
      }
      Evidence where = new Evidence(evidence.circuit()).where(evidence.formula());
      return new Answer.Log(inference.conditional(row, where));
    }

    @Override
    public List<Column> columns(Circuit circuit) {
      return List.of(Column.number(needsComplete ? "logDensity" : "logMarginal"));
    }

    @Override
    public void put(Answer answer, double[] cells, int at) {
      cells[at] = ((Answer.Log) answer).log().value();
    }

    @Override
    public Batch batch(Circuit circuit, AskOptions options) {
      return Batch.Logs.of(circuit, options, needsComplete);
    }

    @Override
    public String statistic() {
      return needsComplete ? "mean log-density" : "mean log-marginal";
    }

    @Override
    public double statistic(double[] cells, int at) {
      return cells[at] == Double.NEGATIVE_INFINITY ? Double.NaN : cells[at];
    }
  }

  /**
   * The posterior of one variable given the rest of a row.
   *
   * @param isClass whether the most probable state has a column {@code class}
   * @param numStates states of the variable, 0 where it is real
   */
  record PosteriorOf(int variable, boolean isClass, int numStates) implements RowQuestion {
    @Override
    public String text(Circuit circuit) {
      return isClass ? "class" : "posterior=" + circuit.variables().get(variable).name();
    }

    @Override
    public Answer ask(Inference inference, Evidence evidence) {
      return new Answer.Distribution(inference.posterior(variable, evidence));
    }

    @Override
    public int queried() {
      return variable;
    }

    @Override
    public List<Column> columns(Circuit circuit) {
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
    public void put(Answer answer, double[] cells, int at) {
      Posterior posterior = ((Answer.Distribution) answer).posterior();
      if (posterior instanceof CategoricalPosterior categorical) {
        putStates(categorical.probabilities(), 0, numStates, cells, isClass ? at + 1 : at);
      } else if (posterior instanceof Posterior.Numeric mixture) {
        cells[at] = mixture.mean();
        cells[at + 1] = mixture.variance();
      } else if (posterior instanceof RealMoments moments) {
        cells[at] = moments.mean();
        cells[at + 1] = moments.variance();
      }
    }

    /**
     * Writes probabilities and, where asked, the most probable state before them; nothing where all
     * are zero.
     *
     * @param first where the probabilities go
     */
    void putStates(double[] probabilities, int from, int count, double[] cells, int first) {
      int best = from;
      for (int s = from + 1; s < from + count; s++) {
        best = probabilities[s] > probabilities[best] ? s : best;
      }
      if (probabilities[best] == 0) {
        return;
      }
      System.arraycopy(probabilities, from, cells, first, count);
      if (isClass) {
        cells[first - 1] = best - from;
      }
    }

    @Override
    public @Nullable Batch batch(Circuit circuit, AskOptions options) {
      if (circuit.variables().get(variable) instanceof Categorical) {
        return Batch.States.of(circuit, options, this);
      }
      return circuit.structure().isTractable() ? Batch.Means.of(circuit, variable) : null;
    }

    @Override
    public String statistic() {
      return numStates > 0 ? "mean probability of the answer" : "mean of the means";
    }

    @Override
    public double statistic(double[] cells, int at) {
      if (numStates == 0) {
        return cells[at];
      }
      int best = mostProbable(cells, at);
      return best < 0 ? Double.NaN : cells[at + (isClass ? 1 : 0) + best];
    }

    /** The state that the cells of a row call the most probable, -1 where they are empty. */
    int mostProbable(double[] cells, int at) {
      int first = isClass ? at + 1 : at;
      if (Double.isNaN(cells[first])) {
        return -1;
      }
      int best = 0;
      for (int s = 1; s < numStates; s++) {
        best = cells[first + s] > cells[first + best] ? s : best;
      }
      return best;
    }
  }

  /**
   * Quantiles of a real variable given the rest of a row.
   *
   * @param levels between 0 and 1
   */
  record Quantiles(int variable, List<Double> levels) implements RowQuestion {
    @Override
    public String text(Circuit circuit) {
      return "quantiles=" + circuit.variables().get(variable).name();
    }

    @Override
    public Answer ask(Inference inference, Evidence evidence) {
      Posterior posterior = inference.posterior(variable, evidence);
      if (!(posterior instanceof Posterior.Numeric)) {
        String name = posterior.variable().name();
        throw new RefusedException(
            "",
            Why.of(
                Why.Reason.NO_CLOSED_FORM,
                "the quantiles of variable '%s' are not known, only its mean and variance"
                    .formatted(name),
                name),
            "ask with posterior=NAME");
      }
      return new Answer.Distribution(posterior);
    }

    @Override
    public int queried() {
      return variable;
    }

    @Override
    public List<Column> columns(Circuit circuit) {
      String name = circuit.variables().get(variable).name();
      return levels.stream().map(level -> Column.number(name + ":" + level)).toList();
    }

    @Override
    public void put(Answer answer, double[] cells, int at) {
      Posterior.Numeric mixture = (Posterior.Numeric) ((Answer.Distribution) answer).posterior();
      for (int i = 0; i < levels.size(); i++) {
        cells[at + i] = mixture.quantile(levels.get(i));
      }
    }

    @Override
    public @Nullable Batch batch(Circuit circuit, AskOptions options) {
      return null;
    }

    @Override
    public String statistic() {
      return "mean of the first quantile";
    }

    @Override
    public double statistic(double[] cells, int at) {
      return cells[at];
    }
  }

  /**
   * The probability that a formula holds.
   *
   * @param words the formula as it was given
   */
  record ProbabilityOf(Formula formula, String words) implements RowQuestion {
    @Override
    public String text(Circuit circuit) {
      return "probability";
    }

    @Override
    public Answer ask(Inference inference, Evidence evidence) {
      return new Answer.Log(inference.probability(formula, evidence));
    }

    @Override
    public List<Column> columns(Circuit circuit) {
      return List.of(
          Column.number("probability:" + words), Column.number("logProbability:" + words));
    }

    @Override
    public void put(Answer answer, double[] cells, int at) {
      double log = ((Answer.Log) answer).log().value();
      cells[at] = Math.exp(log);
      cells[at + 1] = log;
    }

    @Override
    public @Nullable Batch batch(Circuit circuit, AskOptions options) {
      return null;
    }

    @Override
    public String statistic() {
      return "mean probability";
    }

    @Override
    public double statistic(double[] cells, int at) {
      return cells[at];
    }
  }

  /** The most probable values of what is missing in a row, all together. */
  record Mpe(int numVariables) implements RowQuestion {
    @Override
    public String text(Circuit circuit) {
      return "mpe";
    }

    @Override
    public Answer ask(Inference inference, Evidence evidence) {
      return new Answer.Explanations(
          List.of(Answer.Explanations.given(inference.mpe(evidence), inference, evidence)));
    }

    @Override
    public List<Column> columns(Circuit circuit) {
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
    public void put(Answer answer, double[] cells, int at) {
      MpeAnswer mpe = ((Answer.Explanations) answer).best().get(0);
      System.arraycopy(mpe.assignment(), 0, cells, at, numVariables);
      cells[at + numVariables] = mpe.logValue();
      cells[at + numVariables + 1] = mpe.logUpperBound();
    }

    @Override
    public @Nullable Batch batch(Circuit circuit, AskOptions options) {
      return MpeEvaluator.supports(circuit) ? Batch.Explanations.of(circuit) : null;
    }

    @Override
    public String statistic() {
      return "mean log of the most probable values";
    }

    @Override
    public double statistic(double[] cells, int at) {
      double log = cells[at + numVariables];
      return log == Double.NEGATIVE_INFINITY ? Double.NaN : log;
    }
  }
}
