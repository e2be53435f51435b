package org.ugmm.engine;

import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.Names;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.data.Variable.Real;
import org.ugmm.engine.flat.FlatEvidence;
import org.ugmm.engine.formula.Formula;

/**
 * What is known of each variable: nothing, a point, an interval, a set of states, or a likelihood
 * for each state; and a formula that holds, if there is one. A new object knows nothing. Methods
 * return this object, so that they chain.
 *
 * <p>No query changes evidence or keeps it. Threads may share it while nobody changes it; one that
 * does changes a {@link #copy}.
 */
public final class Evidence {
  private final Circuit circuit;

  /** What is known, as arrays. */
  final FlatEvidence flat;

  private @Nullable Formula formula;

  /** Evidence that knows nothing. */
  public Evidence(Circuit circuit) {
    this(circuit, new FlatEvidence(circuit.flat));
  }

  /**
   * Evidence of what each variable is, by name: a number or a state index, the name of a state, a
   * collection of names of states of which one holds, or null or NaN for nothing.
   *
   * @throws ArgumentException if there is no such variable or state, or a value is not of its kind
   */
  public static Evidence of(Circuit circuit, Map<String, ?> values) {
    Evidence evidence = new Evidence(circuit);
    values.forEach(evidence::know);
    return evidence;
  }

  /**
   * Evidence of a row: values of real variables, state indices of categorical ones, NaN for
   * nothing.
   *
   * @throws ArgumentException if there is not one number a variable, a value is infinite, or not a
   *     state index
   */
  public static Evidence ofRow(Circuit circuit, double... row) {
    if (row.length != circuit.numVariables()) {
      throw new ArgumentException(
          "a row of %d values; expected %d, one a variable"
              .formatted(row.length, circuit.numVariables()));
    }
    return new Evidence(circuit).row(row, 0);
  }

  private void know(String variable, @Nullable Object value) {
    int v = circuit.indexOf(variable);
    if (value == null) {
      unobserve(v);
    } else if (value instanceof Number number) {
      if (Double.isNaN(number.doubleValue())) {
        unobserve(v);
      } else {
        observe(v, number.doubleValue());
      }
    } else if (value instanceof CharSequence state) {
      observe(variable, state.toString());
    } else if (value instanceof Collection<?> states) {
      states(variable, states.stream().map(String::valueOf).toArray(String[]::new));
    } else {
      throw new ArgumentException(
          "variable '%s': a value of %s; expected a number, a state or a collection of states"
              .formatted(variable, value.getClass().getName()),
          variable);
    }
  }

  /** Evidence of arrays, which it owns from now on. */
  Evidence(Circuit circuit, FlatEvidence flat) {
    this.circuit = circuit;
    this.flat = flat;
  }

  /** A copy that changes on its own. */
  public Evidence copy() {
    Evidence copy = withoutFormula();
    copy.formula = formula;
    return copy;
  }

  /** A copy that knows of no formula. */
  public Evidence withoutFormula() {
    return new Evidence(circuit, flat.copy());
  }

  /**
   * Knows that a formula holds, besides what is known of each variable and formulas known before.
   * Single queries that are no derivatives take it; {@link Formula} says what it is.
   */
  public Evidence where(Formula holds) {
    formula = formula == null ? holds : formula.and(holds);
    return this;
  }

  /**
   * Knows that a formula holds, which is read from text; see {@link #where(Formula)}.
   *
   * @throws ArgumentException if it cannot be read; the message names the column
   */
  public Evidence where(String holds) {
    return where(Formula.parse(holds, circuit.variables()));
  }

  /** The formula that is known to hold, null for none. */
  public @Nullable Formula formula() {
    return formula;
  }

  /**
   * This and other evidence.
   *
   * @throws ArgumentException if a variable is in both
   */
  Evidence and(Evidence query) {
    Evidence joint = copy();
    if (query.formula != null) {
      joint.where(query.formula);
    }
    for (int v = 0; v < circuit.numVariables(); v++) {
      if (query.isUnobserved(v)) {
        continue;
      }
      if (!isUnobserved(v)) {
        String name = variable(v).name();
        throw new ArgumentException(
            "variable '%s' is in the query and in what is given; expected it in one of them"
                .formatted(name),
            name);
      }
      joint.flat.take(v, query.flat);
    }
    return joint;
  }

  Formula requireFormula() {
    return Objects.requireNonNull(formula);
  }

  /** The circuit that this speaks of. */
  public Circuit circuit() {
    return circuit;
  }

  /** Whether nothing is known of a variable. */
  public boolean isUnobserved(int variable) {
    return flat.isUnobserved(index(variable));
  }

  /** Whether a variable has a value. */
  public boolean isPoint(int variable) {
    return flat.isPoint(index(variable));
  }

  /** Whether every variable has a value. */
  public boolean isComplete() {
    for (byte of : flat.form) {
      if (of != FlatEvidence.POINT) {
        return false;
      }
    }
    return true;
  }

  /** The value or state index of a variable that has one. */
  public double point(int variable) {
    return flat.point(index(variable));
  }

  /** Forgets what is known of a variable. */
  public Evidence unobserve(int variable) {
    flat.unobserve(index(variable));
    return this;
  }

  /**
   * Takes a row: values of real variables, state indices of categorical ones, NaN for unobserved.
   *
   * @throws ArgumentException if there are too few values, or one is infinite or not a state index
   */
  public Evidence row(double[] rows, int offset) {
    if (offset < 0 || offset > rows.length - circuit.numVariables()) {
      throw new ArgumentException(
          "%d values from %d; expected %d of them, one a variable"
              .formatted(rows.length, offset, circuit.numVariables()));
    }
    for (int v = 0; v < circuit.numVariables(); v++) {
      double value = rows[offset + v];
      if (Double.isNaN(value)) {
        unobserve(v);
      } else {
        observe(v, value);
      }
    }
    return this;
  }

  /**
   * Observes a value of a real variable or a state index of a categorical one.
   *
   * @throws ArgumentException if the value is not finite, not a state index or not a count
   */
  public Evidence observe(int variable, double value) {
    if (variable(variable) instanceof Categorical categorical) {
      if (!(value >= 0 && value < categorical.numStates() && value == Math.rint(value))) {
        throw new ArgumentException(
            "variable '%s': value %s; expected a state index, 0 .. %d"
                .formatted(categorical.name(), value, categorical.numStates() - 1),
            categorical.name());
      }
    } else if (variable(variable) instanceof Real real
        && real.isCount()
        && !(value >= 0 && value == Math.rint(value) && value < Double.POSITIVE_INFINITY)) {
      throw new ArgumentException(
          "variable '%s': value %s; expected a count, 0, 1, 2, ..., or leave it unobserved"
              .formatted(real.name(), value),
          real.name());
    } else if (!Double.isFinite(value)) {
      throw new ArgumentException(
          "variable '%s': value %s; expected a finite number, or leave it unobserved"
              .formatted(variable(variable).name(), value),
          variable(variable).name());
    }
    flat.observe(variable, value);
    return this;
  }

  /** Observes by name; see {@link #observe(int, double)}. */
  public Evidence observe(String variable, double value) {
    return observe(circuit.indexOf(variable), value);
  }

  /**
   * Observes a state of a categorical variable.
   *
   * @throws ArgumentException if there is no such variable or state
   */
  public Evidence observe(String variable, String state) {
    int v = circuit.indexOf(variable);
    return observe(v, stateIndex(v, state));
  }

  /**
   * Knows that a real variable lies in {@code [lo, hi]}; an end may be infinite.
   *
   * @throws ArgumentException if the variable is categorical or {@code lo <= hi} does not hold
   */
  public Evidence interval(int variable, double lo, double hi) {
    if (!(variable(variable) instanceof Real real)) {
      throw new ArgumentException(
          "variable '%s' is categorical; give a set of its states, not an interval"
              .formatted(variable(variable).name()),
          variable(variable).name());
    }
    if (!(lo <= hi) || lo == Double.POSITIVE_INFINITY || hi == Double.NEGATIVE_INFINITY) {
      throw new ArgumentException(
          "variable '%s': interval [%s, %s]; expected lo <= hi".formatted(real.name(), lo, hi),
          real.name());
    }
    flat.interval(variable, lo, hi);
    return this;
  }

  /** Knows an interval by name; see {@link #interval(int, double, double)}. */
  public Evidence interval(String variable, double lo, double hi) {
    return interval(circuit.indexOf(variable), lo, hi);
  }

  /**
   * Knows that a categorical variable is in one of the states.
   *
   * @throws ArgumentException if there is no such variable or state, or no state is given
   */
  public Evidence states(String variable, String... states) {
    int v = circuit.indexOf(variable);
    double[] likelihood = new double[categorical(v).numStates()];
    for (String state : states) {
      likelihood[stateIndex(v, state)] = 1;
    }
    return likelihood(v, likelihood);
  }

  /**
   * Soft evidence: the likelihood of each state of a categorical variable, linear.
   *
   * @throws ArgumentException if the variable is not categorical, the length is wrong, a likelihood
   *     is negative or not finite, or all are zero
   */
  public Evidence likelihood(int variable, double... likelihood) {
    Categorical categorical = categorical(variable);
    double[] logs = new double[likelihood.length];
    boolean any = false;
    for (int s = 0; s < likelihood.length; s++) {
      if (!(likelihood[s] >= 0) || likelihood[s] == Double.POSITIVE_INFINITY) {
        throw new ArgumentException(
            "variable '%s': likelihood %s of state %d; expected a finite number of at least 0"
                .formatted(categorical.name(), likelihood[s], s),
            categorical.name());
      }
      any |= likelihood[s] > 0;
      logs[s] = StrictMath.log(likelihood[s]);
    }
    if (logs.length != categorical.numStates() || !any) {
      throw new ArgumentException(
          "variable '%s': %d likelihoods, %s; expected %d, one a state, not all of them zero"
              .formatted(
                  categorical.name(),
                  logs.length,
                  any ? "not all zero" : "none above zero",
                  categorical.numStates()),
          categorical.name());
    }
    flat.likelihood(variable, logs);
    return this;
  }

  /** Soft evidence by name; see {@link #likelihood(int, double...)}. */
  public Evidence likelihood(String variable, double... likelihood) {
    return likelihood(circuit.indexOf(variable), likelihood);
  }

  private int index(int variable) {
    if (variable < 0 || variable >= circuit.numVariables()) {
      throw new ArgumentException(
          "variable %d; expected an index, 0 .. %d"
              .formatted(variable, circuit.numVariables() - 1));
    }
    return variable;
  }

  private Variable variable(int index) {
    return circuit.variables().get(index(index));
  }

  private Categorical categorical(int variable) {
    if (variable(variable) instanceof Categorical categorical) {
      return categorical;
    }
    throw new ArgumentException(
        "variable '%s' is real; give a number or an interval, not states"
            .formatted(variable(variable).name()),
        variable(variable).name());
  }

  private int stateIndex(int variable, String state) {
    Categorical categorical = categorical(variable);
    int index = categorical.states().indexOf(state);
    if (index < 0) {
      throw new ArgumentException(
          "variable '%s' has no state '%s'; its states are %s"
              .formatted(categorical.name(), state, Names.list(categorical.states())),
          categorical.name());
    }
    return index;
  }

  /** What is known, by name. */
  @Override
  public String toString() {
    StringJoiner text = new StringJoiner(", ", "{", "}");
    for (int v = 0; v < circuit.numVariables(); v++) {
      Variable variable = circuit.variables().get(v);
      switch (flat.form[v]) {
        case FlatEvidence.POINT ->
            text.add(
                variable.name()
                    + "="
                    + (variable instanceof Categorical categorical
                        ? categorical.states().get((int) flat.a[v])
                        : flat.a[v]));
        case FlatEvidence.INTERVAL ->
            text.add("%s=[%s, %s]".formatted(variable.name(), flat.a[v], flat.b[v]));
        case FlatEvidence.LIKELIHOOD ->
            text.add(variable.name() + ": log " + Arrays.toString(flat.logLikelihood[v]));
        default -> {}
      }
    }
    if (formula != null) {
      text.add("where " + formula);
    }
    return text.toString();
  }
}
