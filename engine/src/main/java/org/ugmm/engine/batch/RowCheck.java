package org.ugmm.engine.batch;

import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.data.Variable.Real;
import org.ugmm.engine.data.Why;
import org.ugmm.engine.flat.ClosedFormVariables;
import org.ugmm.engine.flat.FlatCircuit;

/**
 * Checks rows of a batch before they are evaluated: one pass in the order of memory that looks at
 * little but ranges, and a closer look at the rows that are not in them. Immutable.
 */
public final class RowCheck {
  private final FlatCircuit c;
  private final @Nullable ClosedFormVariables closedForm;

  /** [numVariables] smallest and largest value that is not remarkable, within the domain. */
  private final double[] lo;

  private final double[] hi;

  /** [numVariables] number of states, 0 of a real variable. */
  private final int[] numStates;

  /** [numVariables] whether a variable is a count. */
  private final boolean[] isCount;

  private final boolean anyWhole;
  private final boolean anyDomain;

  /** Whether any variable may be missing. */
  private final boolean mayMiss;

  /**
   * A check for queries that integrate missing variables out, unless closedForm is null: then
   * variables may be missing whatever the circuit.
   */
  public RowCheck(FlatCircuit circuit, @Nullable ClosedFormVariables closedForm) {
    c = circuit;
    this.closedForm = closedForm;
    int numVariables = circuit.numVariables();
    lo = new double[numVariables];
    hi = new double[numVariables];
    numStates = new int[numVariables];
    isCount = new boolean[numVariables];
    boolean wholes = false;
    boolean domains = false;
    boolean anyMayMiss = true;
    for (int v = 0; v < numVariables; v++) {
      anyMayMiss &= closedForm == null || closedForm.whyNot(v) == null;
      if (circuit.variables.get(v) instanceof Categorical categorical) {
        numStates[v] = categorical.numStates();
        hi[v] = categorical.numStates() - 1;
        wholes = true;
      } else {
        Real real = (Real) circuit.variables.get(v);
        lo[v] = Math.max(-Double.MAX_VALUE, real.lo());
        hi[v] = Math.min(Double.MAX_VALUE, real.hi());
        isCount[v] = real.isCount();
        wholes |= real.isCount();
        domains |= real.lo() > Double.NEGATIVE_INFINITY || real.hi() < Double.POSITIVE_INFINITY;
      }
    }
    anyWhole = wholes;
    anyDomain = domains;
    mayMiss = anyMayMiss;
  }

  /**
   * Checks a batch.
   *
   * @param rows (Input, not modified) row-major, {@code numRows * numVariables}
   * @param queried a variable whose cells are not read, -1 for none
   * @throws ArgumentException if there are too few values, a value is infinite, or not a state
   *     index
   * @throws RefusedException if a row lacks a variable that cannot be integrated out in one pass
   */
  public void check(double[] rows, int numRows, int queried) {
    int numVariables = lo.length;
    if (numRows < 0 || rows.length < (long) numRows * numVariables) {
      throw new ArgumentException(
          "%d values for %d rows of %d variables; expected %d"
              .formatted(rows.length, numRows, numVariables, (long) numRows * numVariables));
    }
    for (int r = 0; r < numRows; r++) {
      if (!isPlain(rows, r * numVariables)) {
        lookCloser(rows, r, queried);
      }
    }
  }

  /**
   * Whether every value of a row is in its range and every state a whole number; NaN is where any
   * variable may be missing. Without branches, which no processor foresees where cells are missing
   * at random.
   */
  private boolean isPlain(double[] rows, int at) {
    boolean plain = true;
    for (int v = 0; v < lo.length; v++) {
      double value = rows[at + v];
      plain &= !(value < lo[v]) & !(value > hi[v]);
    }
    for (int v = 0; v < lo.length && anyWhole; v++) {
      double fraction = rows[at + v] - Math.rint(rows[at + v]);
      plain &= (numStates[v] == 0 & !isCount[v]) | !(Math.abs(fraction) > 0);
    }
    for (int v = 0; v < lo.length && !mayMiss; v++) {
      plain &= !Double.isNaN(rows[at + v]);
    }
    return plain;
  }

  private void lookCloser(double[] rows, int r, int queried) {
    for (int v = 0; v < lo.length; v++) {
      if (v == queried) {
        continue;
      }
      if (isWrong(v, rows[r * lo.length + v])) {
        throw wrong(v, rows[r * lo.length + v]).atRow(r);
      }
      Why why = closedForm == null ? null : closedForm.whyNot(v);
      if (why != null && Double.isNaN(rows[r * lo.length + v])) {
        throw new RefusedException(
                "variable '%s' is unobserved and cannot be integrated out in one pass"
                    .formatted(c.variables.get(v).name()),
                why,
                "ask Inference for this row")
            .atRow(r);
      }
    }
  }

  /** Whether a value is infinite, not a state index or not a count; NaN is not. */
  private boolean isWrong(int v, double value) {
    if (isCount[v] && (value < 0 || Math.abs(value - Math.rint(value)) > 0)) {
      return true;
    }
    return numStates[v] > 0
        ? value < 0 || value >= numStates[v] || Math.abs(value - Math.rint(value)) > 0
        : Double.isInfinite(value);
  }

  private ArgumentException wrong(int v, double value) {
    String name = c.variables.get(v).name();
    return new ArgumentException(
        "variable '%s': value %s; expected %s"
            .formatted(
                name,
                value,
                numStates[v] > 0
                    ? "a state index, 0 .. " + (numStates[v] - 1)
                    : isCount[v]
                        ? "a count, 0, 1, 2, ..., or NaN for unobserved"
                        : "a finite number, or NaN for unobserved"),
        name);
  }

  /**
   * What is wrong with a row; null for nothing.
   *
   * @param queried a variable whose cell is not read, -1 for none
   */
  public @Nullable ArgumentException problem(double[] rows, int row, int queried) {
    for (int v = 0; v < lo.length; v++) {
      double value = rows[row * lo.length + v];
      if (v != queried && isWrong(v, value)) {
        return wrong(v, value);
      }
    }
    return null;
  }

  /** Whether a value of a checked row lies outside the domain of its variable. */
  public boolean isOutside(double[] rows, int row) {
    if (!anyDomain) {
      return false;
    }
    boolean outside = false;
    int at = row * lo.length;
    for (int v = 0; v < lo.length; v++) {
      outside |= numStates[v] == 0 && (rows[at + v] < lo[v] || rows[at + v] > hi[v]);
    }
    return outside;
  }
}
