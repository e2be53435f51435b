package org.ugmm.engine;

import org.ugmm.engine.Variable.Categorical;
import org.ugmm.engine.Variable.Real;

/**
 * Evaluates batches of rows: the log-density of complete rows, the log-marginal of rows with
 * missing values. One evaluator a thread; the circuit is shared. After construction it allocates
 * nothing.
 *
 * <p>Rows are row-major {@code double[numRows * numVariables]}: the value of a real variable, the
 * index of a state, NaN for unobserved. Results are natural logs; -infinity is probability zero,
 * and no NaN is ever returned.
 */
public final class Evaluator {
  /*
   * A tile of rows goes through the steps of the plan. Rows for which the tile cannot vouch (its range
   * guard tripped, or the value is zero) are evaluated again by the log-domain twin.
   */
  private static final int TILE_ROWS = 64;

  private final Circuit c;
  private final boolean linear;
  private final Marginals marginals;
  private final double logZ;
  private final Tile<?> tile;
  private final LogEvaluator[] twin;
  private final int[] roots;
  private final Evidence evidence;

  /** An evaluator in double precision. */
  public Evaluator(Circuit circuit) {
    this(circuit, Precision.DOUBLE);
  }

  /** An evaluator in the given precision. */
  public Evaluator(Circuit circuit, Precision precision) {
    this(circuit, precision, new int[] {circuit.root});
  }

  private static <A> Tile<A> tile(Circuit circuit, int[] roots, Lanes<A> lanes) {
    return new Tile<>(PlanBuilder.build(circuit, roots, true, lanes), lanes, TILE_ROWS);
  }

  Plan<?> plan() {
    return tile.plan();
  }

  Evaluator(Circuit circuit, Precision precision, int[] roots) {
    c = circuit;
    this.roots = roots;
    marginals = Marginals.of(circuit);
    logZ = circuit.normaliser().logZ();
    tile =
        precision == Precision.DOUBLE
            ? tile(circuit, roots, DoubleLanes.INSTANCE)
            : tile(circuit, roots, FloatLanes.INSTANCE);
    linear = tile.plan().linear();
    twin = new LogEvaluator[roots.length];
    evidence = new Evidence(circuit);
  }

  /**
   * The natural log of the density of each row, integrated over its missing values, less log Z
   * where it is known ({@link Circuit#normaliser}).
   *
   * @param rows (Input, not modified) row-major, {@code numRows * numVariables}
   * @param numRows number of rows
   * @param logDensity (Output) one natural log a row
   * @throws CircuitException if a value is infinite, or not a state index
   * @throws RefusedException if a row lacks a variable that cannot be integrated out in one pass
   */
  public void logDensity(double[] rows, int numRows, double[] logDensity) {
    check(rows, numRows);
    for (int from = 0; from < numRows; from += TILE_ROWS) {
      int count = Math.min(TILE_ROWS, numRows - from);
      tile.load(rows, from, count);
      tile.run();
      for (int r = 0; r < count; r++) {
        logDensity[from + r] = value(0, rows, from + r, r) - logZ;
      }
    }
  }

  private double value(int root, double[] rows, int row, int tileRow) {
    double log2 = tile.root(root, tileRow);
    if (linear || Math.abs(log2) < Double.POSITIVE_INFINITY) {
      return isOutside(rows, row) ? Double.NEGATIVE_INFINITY : log2 / PlanBuilder.LOG2E;
    }
    if (twin[root] == null) {
      twin[root] = new LogEvaluator(c, roots[root]);
    }
    return twin[root].upward(evidence.row(rows, row * c.numVariables()));
  }

  /** Whether a value lies outside the domain of its variable. */
  private boolean isOutside(double[] rows, int row) {
    for (int v = 0; v < c.numVariables(); v++) {
      double value = rows[row * c.numVariables() + v];
      if (c.variables.get(v) instanceof Real real && (value < real.lo() || value > real.hi())) {
        return true;
      }
    }
    return false;
  }

  private void check(double[] rows, int numRows) {
    int numVariables = c.numVariables();
    if (numRows < 0 || rows.length < (long) numRows * numVariables) {
      throw new CircuitException(
          "%d values for %d rows of %d variables; expected %d"
              .formatted(rows.length, numRows, numVariables, (long) numRows * numVariables));
    }
    for (int v = 0; v < numVariables; v++) {
      int numStates =
          c.variables.get(v) instanceof Categorical categorical ? categorical.numStates() : 0;
      for (int r = 0; r < numRows; r++) {
        double value = rows[r * numVariables + v];
        if (Double.isNaN(value)) {
          String why = marginals.whyNot(v);
          if (why != null) {
            throw new RefusedException(
                "row %d: variable '%s' is unobserved and cannot be integrated out: %s"
                    .formatted(r, c.variables.get(v).name(), why));
          }
        } else if (numStates > 0
            ? !(value >= 0 && value < numStates && value == Math.rint(value))
            : Double.isInfinite(value)) {
          throw new CircuitException(
              "row %d, variable '%s': value %s; expected %s"
                  .formatted(
                      r,
                      c.variables.get(v).name(),
                      value,
                      numStates > 0
                          ? "a state index, 0 .. " + (numStates - 1)
                          : "a finite number, or NaN for unobserved"));
        }
      }
    }
  }
}
