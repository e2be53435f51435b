package org.ugmm.engine;

import org.ugmm.engine.Plan.Enter;
import org.ugmm.engine.Plan.Leave;
import org.ugmm.engine.Plan.LogProduct;
import org.ugmm.engine.Plan.Mixtures;
import org.ugmm.engine.Plan.Multiply;
import org.ugmm.engine.Plan.Sums;

/**
 * The workspace of an evaluator for one plan: row vectors of {@link #rows} rows, rows innermost,
 * and the kernels that run the steps of the plan on them. Not thread-safe.
 */
abstract sealed class Tile permits DoubleTile {
  /** Exponent of a block that is zero; sums of a few stay finite in float. */
  static final double ZERO_EXPONENT = -0x1p60;

  final Plan plan;
  final int rows;

  Tile(Plan plan, int rows) {
    this.plan = plan;
    this.rows = rows;
  }

  /**
   * Takes rows of a batch.
   *
   * @param batch row-major, NaN where unobserved
   * @param from first row
   * @param count number of rows, at most {@link #rows}; the rest of the tile repeats the last
   */
  abstract void load(double[] batch, int from, int count);

  /** Runs all steps. */
  final void run() {
    for (Plan.Step step : plan.steps()) {
      step.run(this);
    }
  }

  /**
   * log2 of a root in a row after {@link #run}; NaN where too much may have been lost to underflow,
   * or where the value is zero or out of range, so that the row must be evaluated in the log
   * domain.
   */
  abstract double root(int index, int row);

  abstract void mixtures(Mixtures step);

  abstract void logProduct(LogProduct step);

  abstract void enter(Enter step);

  abstract void sums(Sums step);

  abstract void multiply(Multiply step);

  abstract void leave(Leave step);
}
