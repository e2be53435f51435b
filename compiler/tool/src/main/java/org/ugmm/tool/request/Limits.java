package org.ugmm.tool.request;

import org.ugmm.engine.data.Budget;

/**
 * How much one request may ask for.
 *
 * @param rows rows of a batch
 * @param values numbers of drawn rows, and assignments of the k best
 * @param boxes most work that a search may be given
 */
public record Limits(int rows, int values, long boxes) {
  /** A budget of so many boxes, and of half as many evaluations, as the default has them. */
  public static Budget ofWork(Budget budget, long boxes) {
    return budget.withBoxes(boxes).withEvaluations(Math.max(1, boxes / 2));
  }
}
