package org.ugmm.engine.mpe;

/**
 * A box of assignments to the unobserved variables: an interval for each real one, one state or all
 * allowed states for each categorical one.
 */
public final class Box {
  /** [numDimensions] lower ends; for a categorical dimension a state index. */
  final double[] lo;

  /** [numDimensions] upper ends; equal to lo for a categorical dimension with one state. */
  final double[] hi;

  /** Proven upper bound on the natural log of the function over the box. */
  double upper = Double.POSITIVE_INFINITY;

  /** The dimension to split at, -1 when the box cannot be split. */
  int split = -1;

  /** Order of creation, so that boxes with equal bounds leave the heap in a fixed order. */
  long serial;

  public Box(double[] lo, double[] hi) {
    this.lo = lo;
    this.hi = hi;
  }

  /** A copy whose ends change on their own, with the same bound. */
  Box copy() {
    Box copy = new Box(lo.clone(), hi.clone());
    copy.upper = upper;
    return copy;
  }

  boolean isPoint(int dimension) {
    return lo[dimension] == hi[dimension];
  }
}
