package org.ugmm.engine.explain;

import java.util.Arrays;
import org.ugmm.engine.Batch;
import org.ugmm.engine.BatchAnswers;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.Certificate.Exact;
import org.ugmm.engine.data.Posterior;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Why;
import org.ugmm.engine.exact.Interruption;

/**
 * The measure of a target given some pieces of the evidence: log-odds of a state, or a mean; with a
 * proven bound on its absolute error. One thread at a time.
 */
final class SubsetMeasure {
  /** Probabilities below this are told by single queries, which know their logs. */
  private static final double SMALLEST = CategoricalPosterior.SMALLEST;

  private static final double ULP = 0x1p-52;
  private static final int CHUNK = 4096;

  private final Inference inference;
  private final Evidence evidence;
  private final int target;

  /** The state, -1 for a real target. */
  private final int state;

  /** The variables of the pieces. */
  private final int[] pieces;

  private final boolean isBatch;

  SubsetMeasure(Inference inference, Evidence evidence, int target, int state, int[] pieces) {
    this.inference = inference;
    this.evidence = evidence;
    this.target = target;
    this.state = state;
    this.pieces = pieces;
    boolean isPoints = evidence.isUnobserved(target) && evidence.formula() == null;
    for (int v : pieces) {
      isPoints &= evidence.isPoint(v);
    }
    isBatch = isPoints;
  }

  /** How many times as long as in a batch one set takes. */
  int cost() {
    return isBatch ? 1 : 16;
  }

  /**
   * Measures sets of pieces.
   *
   * @param sets [count][pieces] which of them a set has
   * @param value (Output) [count]
   * @param error (Output) [count] bounds on the absolute errors
   * @throws RefusedException if a measure is infinite, or has no closed form
   */
  void measure(boolean[][] sets, int count, double[] value, double[] error) {
    if (!isBatch) {
      for (int i = 0; i < count; i++) {
        single(sets[i], value, error, i);
      }
      return;
    }
    int n = inference.circuit().numVariables();
    for (int from = 0; from < count; from += CHUNK) {
      int size = Math.min(CHUNK, count - from);
      double[] rows = new double[size * n];
      Arrays.fill(rows, Double.NaN);
      for (int i = 0; i < size; i++) {
        for (int p = 0; p < pieces.length; p++) {
          if (sets[from + i][p]) {
            rows[i * n + pieces[p]] = evidence.point(pieces[p]);
          }
        }
      }
      BatchAnswers answers = inference.posterior(target, Batch.of(inference.circuit(), rows));
      for (int i = 0; i < size; i++) {
        if (!read(answers, i, value, error, from + i)) {
          single(sets[from + i], value, error, from + i);
        }
      }
    }
  }

  /** Takes the answer of a row; false where a single query knows more. */
  private boolean read(BatchAnswers answers, int row, double[] value, double[] error, int at) {
    if (!(answers.certificate(row) instanceof Exact exact)) {
      return false;
    }
    double relative = exact.relativeErrorBound();
    if (state < 0) {
      value[at] = answers.value(row, 0);
      error[at] = relative * Math.sqrt(answers.value(row, 1)) * (1 + 2 * relative);
      return true;
    }
    double others = 0;
    for (int s = 0; s < answers.numColumns(); s++) {
      others += s == state ? 0 : answers.value(row, s);
    }
    double p = answers.value(row, state);
    if (!(p >= SMALLEST && others >= SMALLEST)) {
      return false;
    }
    double one = Math.log(p);
    double other = Math.log(others);
    value[at] = one - other;
    error[at] =
        2 * relative / (1 - relative)
            + ULP * (answers.numColumns() + Math.abs(one) + Math.abs(other) + Math.abs(value[at]));
    return true;
  }

  private void single(boolean[] set, double[] value, double[] error, int at) {
    Interruption.check();
    Evidence some = evidence.copy();
    for (int p = 0; p < pieces.length; p++) {
      if (!set[p]) {
        some.unobserve(pieces[p]);
      }
    }
    Posterior posterior;
    try {
      posterior = inference.posterior(target, some);
    } catch (RefusedException e) {
      throw without(set, e);
    }
    if (!(posterior.certificate() instanceof Exact)) {
      throw refused(
          Why.Reason.NO_CLOSED_FORM,
          "the posterior of '%s' is %s %s"
              .formatted(name(target), posterior.certificate().kind(), given(set)),
          "observe more variables: only exact posteriors are explained");
    }
    if (posterior instanceof CategoricalPosterior states) {
      logOdds(states, set, value, error, at);
    } else if (posterior instanceof Posterior.Numeric mixture) {
      value[at] = mixture.mean();
      error[at] = mixture.meanErrorBound();
    } else {
      throw refused(
          Why.Reason.NO_CLOSED_FORM,
          "the mean of '%s' has no closed form %s".formatted(name(target), given(set)),
          "observe more variables");
    }
  }

  private void logOdds(
      CategoricalPosterior states, boolean[] set, double[] value, double[] error, int at) {
    int numStates = states.probabilities().length;
    double max = Double.NEGATIVE_INFINITY;
    double worst = 0;
    for (int s = 0; s < numStates; s++) {
      max = s == state ? max : Math.max(max, states.logProbability(s));
    }
    double sum = 0;
    for (int s = 0; s < numStates; s++) {
      double log = states.logProbability(s);
      if (s != state && log > max - 745) {
        sum += Math.exp(log - max);
        worst = Math.max(worst, states.logErrorBound(s));
      }
    }
    double one = states.logProbability(state);
    double other = max + Math.log(sum);
    double bound = worst + states.logErrorBound(state);
    if (!Double.isFinite(one) || !Double.isFinite(other) || !(bound < Double.POSITIVE_INFINITY)) {
      String name = states.variable().states().get(state);
      throw refused(
          Why.Reason.ZERO_PROBABILITY,
          "'%s' is %s %s, so the log-odds are infinite"
              .formatted(name, one < other ? "impossible" : "certain", given(set)),
          "leave out the evidence that rules states out, or ask for another state");
    }
    value[at] = one - other;
    error[at] =
        bound + ULP * (2 * numStates + Math.abs(one) + 2 * Math.abs(other) + Math.abs(value[at]));
  }

  private static RefusedException refused(Why.Reason reason, String detail, String remedy) {
    return new RefusedException("", Why.of(reason, detail), remedy);
  }

  private RefusedException without(boolean[] set, RefusedException e) {
    return e.at("there is no explanation, which needs the posterior " + given(set));
  }

  /** The set in words. */
  private String given(boolean[] set) {
    StringBuilder text = new StringBuilder();
    int count = 0;
    for (int p = 0; p < pieces.length; p++) {
      if (set[p]) {
        count++;
        text.append(count == 1 ? "" : ", ").append(count <= 8 ? name(pieces[p]) : "...");
        if (count > 8) {
          break;
        }
      }
    }
    return count == 0 ? "without evidence" : "given " + text;
  }

  private String name(int variable) {
    Variable of = inference.circuit().variables().get(variable);
    return of.name();
  }
}
