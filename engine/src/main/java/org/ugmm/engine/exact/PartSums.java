package org.ugmm.engine.exact;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.data.Why;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.flat.FlatEvidence;
import org.ugmm.engine.flat.IndependentParts;
import org.ugmm.engine.number.LogSum;
import org.ugmm.engine.number.Rounding;

/**
 * Sums over categorical variables that no rule takes, by running through their joint states: exact,
 * with proven bounds on rounding. Those of each independent part are run through alone, so that the
 * states of a part count, not their product over all parts.
 */
public final class PartSums {
  private final FlatCircuit c;
  private final LogEvaluator evaluator;
  private final int[] variables;

  /**
   * Prepares sums.
   *
   * @param evaluator of the root; its values are overwritten
   * @param variables those that no rule takes
   */
  public PartSums(LogEvaluator evaluator, int[] variables) {
    this.evaluator = evaluator;
    this.variables = variables;
    c = evaluator.circuit();
  }

  /** Why a part has too many joint states to run through; null where none has. */
  public @Nullable Why whyNot(FlatEvidence e) {
    IndependentParts parts = variables.length > 1 ? parts(variables) : null;
    if (parts == null || parts.isRoot(c)) {
      return Enumeration.whyNot(c, e, variables, Enumeration.MAX_JOINT_STATES);
    }
    for (int[] ofPart : parts.variables) {
      Why why = Enumeration.whyNot(c, e, ofPart, Enumeration.MAX_JOINT_STATES);
      if (why != null) {
        return why;
      }
    }
    return null;
  }

  private IndependentParts parts(int[] over) {
    boolean[] marked = new boolean[c.numVariables()];
    for (int v : over) {
      marked[v] = true;
    }
    return new IndependentParts(c, marked, marked);
  }

  /**
   * The circuit's value summed over the joint states, times the likelihoods of soft evidence.
   *
   * <p>No part may have too many joint states; see {@link #whyNot}.
   */
  public LogSum sum(FlatEvidence e) {
    return sum(e, variables);
  }

  private LogSum sum(FlatEvidence e, int[] over) {
    if (over.length > 1) {
      IndependentParts parts = parts(over);
      if (!parts.isRoot(c)) {
        return byParts(e, parts);
      }
    }
    return total(new Enumeration(evaluator, e, over, Enumeration.MAX_JOINT_STATES));
  }

  private LogSum byParts(FlatEvidence e, IndependentParts parts) {
    int count = parts.top.length;
    double[] logs = new double[count];
    double[] errors = new double[count];
    for (int p = 0; p < count; p++) {
      LogEvaluator below = new LogEvaluator(c, parts.top[p]);
      LogSum part =
          total(new Enumeration(below, e, parts.variables[p], Enumeration.MAX_JOINT_STATES));
      logs[p] = part.value();
      errors[p] = part.errorUnits();
    }
    LogSum whole = new LogSum();
    double value = evaluator.upward(e, parts.top, logs, errors);
    whole.add(value, evaluator.error[c.root]);
    return whole;
  }

  private static LogSum total(Enumeration enumeration) {
    LogSum sum = new LogSum();
    while (enumeration.next()) {
      sum.add(enumeration.logTerm(), enumeration.errorUnits());
    }
    return sum;
  }

  /**
   * The posterior of a categorical variable from the sum at each of its states.
   *
   * @throws RefusedException if the evidence has probability zero
   */
  public CategoricalPosterior posterior(int v, FlatEvidence e) {
    Categorical variable = (Categorical) c.variables.get(v);
    int[] others = Arrays.stream(variables).filter(other -> other != v).toArray();
    LogSum[] state = new LogSum[variable.numStates()];
    LogSum total = new LogSum();
    FlatEvidence fixed = e.copy();
    for (int s = 0; s < state.length; s++) {
      fixed.unobserve(v).observe(v, s);
      LogSum sum = sum(fixed, others);
      double soft = e.form[v] == FlatEvidence.LIKELIHOOD ? e.logLikelihood[v][s] : 0;
      state[s] = new LogSum();
      boolean isZero = soft == Double.NEGATIVE_INFINITY;
      state[s].add(sum.value() + soft, isZero ? 0 : sum.errorUnits() + 3 * Math.abs(soft));
      total.add(state[s].value(), state[s].errorUnits());
    }
    double[] log = new double[state.length];
    double[] error = new double[state.length];
    for (int s = 0; s < state.length; s++) {
      log[s] = state[s].value();
      error[s] = Rounding.logError(state[s].errorUnits());
    }
    return Certify.posterior(variable, log, error, total);
  }
}
