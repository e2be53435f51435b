package org.ugmm.engine.formula;

import java.util.List;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.Variable;

/**
 * A Boolean combination of conditions, each of which speaks of one variable. Immutable; equal where
 * it is written alike. Variables and states are known by their names.
 *
 * <p>As text:
 *
 * <pre>{@code
 * petal_length > 3 and (species = setosa or not sepal_width in [2,3])
 * exactly 1 of (smoker = yes, age >= 60) implies risk in {high|medium}
 * }</pre>
 *
 * <p>{@code not} binds closer than {@code and}, that closer than {@code or}, and {@code implies}
 * least, to the right. Conditions are {@code =}, {@code !=}, {@code <}, {@code <=}, {@code >},
 * {@code >=} and a value, {@code in [lo,hi]} of which an end may be left out, and {@code in {a|b}}.
 * Names and states with other characters than letters, digits and {@code _ . - + : /} stand in
 * double quotes, in which two of them are one.
 *
 * <p>What a formula says of a real variable at a single value, as in {@code x = 3}, has probability
 * zero unless no part of the formula holds on intervals: see {@link
 * org.ugmm.engine.formula.Formula.Range}.
 */
public sealed interface Formula {

  /** What always or never holds. */
  record Truth(boolean holds) implements Formula {
    @Override
    public String toString() {
      return Boolean.toString(holds);
    }
  }

  /**
   * A real or count variable lies in an interval. A single value of a real variable is one that it
   * takes with probability zero: it tells only where the formula as a whole leaves the variable no
   * interval, and then as an observed value does, by its density.
   *
   * @param variable its name
   * @param lo lower end, -infinity for none
   * @param includesLo whether the lower end is in
   * @param hi upper end, +infinity for none
   * @param includesHi whether the upper end is in
   */
  record Range(String variable, double lo, boolean includesLo, double hi, boolean includesHi)
      implements Formula {
    /**
     * Checks the ends.
     *
     * @throws ArgumentException if one is NaN or an infinity of the wrong sign, or {@code lo <= hi}
     *     does not hold
     */
    public Range {
      if (!(lo <= hi) || lo == Double.POSITIVE_INFINITY || hi == Double.NEGATIVE_INFINITY) {
        throw new ArgumentException(
            "variable '%s': interval [%s, %s]; expected lo <= hi".formatted(variable, lo, hi),
            variable);
      }
    }

    @Override
    public String toString() {
      return FormulaText.of(this);
    }
  }

  /**
   * A categorical variable is in one of the states.
   *
   * @param variable its name
   * @param states names of states, without order
   */
  record States(String variable, List<String> states) implements Formula {
    /** Copies the list. */
    public States {
      states = List.copyOf(states);
    }

    @Override
    public String toString() {
      return FormulaText.of(this);
    }
  }

  /** What holds where another formula does not. */
  record Not(Formula of) implements Formula {
    @Override
    public String toString() {
      return FormulaText.of(this);
    }
  }

  /** All hold; true where there are none. */
  record And(List<Formula> of) implements Formula {
    /** Copies the list. */
    public And {
      of = List.copyOf(of);
    }

    @Override
    public String toString() {
      return FormulaText.of(this);
    }
  }

  /** At least one holds; false where there are none. */
  record Or(List<Formula> of) implements Formula {
    /** Copies the list. */
    public Or {
      of = List.copyOf(of);
    }

    @Override
    public String toString() {
      return FormulaText.of(this);
    }
  }

  /** Where the premise holds the conclusion does. */
  record Implies(Formula premise, Formula conclusion) implements Formula {
    @Override
    public String toString() {
      return FormulaText.of(this);
    }
  }

  /** As many hold as two numbers allow. */
  record Count(int atLeast, int atMost, List<Formula> of) implements Formula {
    /**
     * Copies the list.
     *
     * @throws ArgumentException if {@code 0 <= atLeast <= atMost} does not hold
     */
    public Count {
      of = List.copyOf(of);
      if (atLeast < 0 || atLeast > atMost) {
        throw new ArgumentException(
            "count of at least %d and at most %d; expected 0 <= at least <= at most"
                .formatted(atLeast, atMost));
      }
    }

    @Override
    public String toString() {
      return FormulaText.of(this);
    }
  }

  /**
   * Reads a formula.
   *
   * @param variables those that it may speak of
   * @throws ArgumentException if it is none; the message names the column, the first being 1
   */
  static Formula parse(String text, List<? extends Variable> variables) {
    return new FormulaParser(text, variables).parse();
  }

  /** This and another. */
  default Formula and(Formula other) {
    return new And(List.of(this, other));
  }

  /** This or another, or both. */
  default Formula or(Formula other) {
    return new Or(List.of(this, other));
  }

  /** What holds where this does not. */
  default Formula not() {
    return new Not(this);
  }
}
