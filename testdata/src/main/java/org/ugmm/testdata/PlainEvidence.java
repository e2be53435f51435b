package org.ugmm.testdata;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** What is known of one variable of a {@link PlainCircuit}. */
public sealed interface PlainEvidence {

  /** Nothing is known. */
  record Unobserved() implements PlainEvidence {
    @Override
    public String toString() {
      return "?";
    }
  }

  /** The value of a real variable, or the state index (not the code) of a categorical one. */
  record Point(double value) implements PlainEvidence {
    @Override
    public String toString() {
      return Double.toString(value);
    }
  }

  /** A real variable lies in [lo, hi]; either end may be infinite. */
  record Interval(double lo, double hi) implements PlainEvidence {
    public Interval {
      if (!(lo <= hi)) {
        throw new IllegalArgumentException("interval [" + lo + ", " + hi + "]: lo > hi or NaN");
      }
    }
  }

  /**
   * A categorical variable is in one of the allowed states.
   *
   * @param allowed [K]
   */
  record States(boolean[] allowed) implements PlainEvidence {
    @Override
    public String toString() {
      return "States" + Arrays.toString(allowed);
    }
  }

  /**
   * Soft evidence on a categorical variable: each state's value is multiplied by its likelihood.
   *
   * @param perState [K] linear, non-negative
   */
  record Likelihood(double[] perState) implements PlainEvidence {
    @Override
    public String toString() {
      return "Likelihood" + Arrays.toString(perState);
    }
  }

  /** The one instance of {@link Unobserved} anybody needs. */
  PlainEvidence UNOBSERVED = new Unobserved();

  /** Complete or partial point evidence from a row; NaN means unobserved. */
  static List<PlainEvidence> ofRow(double... row) {
    PlainEvidence[] evidence = new PlainEvidence[row.length];
    Arrays.setAll(evidence, i -> Double.isNaN(row[i]) ? UNOBSERVED : new Point(row[i]));
    return List.of(evidence);
  }

  /** No evidence on {@code numVariables} variables. */
  static List<PlainEvidence> none(int numVariables) {
    return Collections.nCopies(numVariables, UNOBSERVED);
  }

  /** A copy of {@code evidence} with the entry of one variable replaced. */
  static List<PlainEvidence> with(List<PlainEvidence> evidence, int var, PlainEvidence value) {
    PlainEvidence[] copy = evidence.toArray(PlainEvidence[]::new);
    copy[var] = value;
    return List.of(copy);
  }
}
