package org.ugmm.engine.data;

/**
 * How far an MPE search goes.
 *
 * @param tolerance the answer is EXACT once the proven upper bound is within this of the value, in
 *     natural-log units
 * @param maxBoxes most boxes that branch and bound may look at; the same budget gives the same
 *     answer on every machine
 * @param maxNanos most nanoseconds to spend; {@link Long#MAX_VALUE} for no limit
 */
public record MpeOptions(double tolerance, long maxBoxes, long maxNanos) {
  /** Tolerance 1e-9, at most 200,000 boxes, no limit of time. */
  public static final MpeOptions DEFAULT = new MpeOptions(1e-9, 200_000, Long.MAX_VALUE);

  /**
   * Checks the options.
   *
   * @throws IllegalArgumentException if the tolerance is negative or not finite, or a budget is
   *     negative
   */
  public MpeOptions {
    if (!(tolerance >= 0) || tolerance == Double.POSITIVE_INFINITY) {
      throw new IllegalArgumentException(
          "tolerance %s; expected a finite number of at least 0".formatted(tolerance));
    }
    if (maxBoxes < 0 || maxNanos < 0) {
      throw new IllegalArgumentException(
          "budget of %d boxes and %d ns; expected at least 0".formatted(maxBoxes, maxNanos));
    }
  }

  /** The same with another tolerance in natural-log units. */
  public MpeOptions withTolerance(double newTolerance) {
    return new MpeOptions(newTolerance, maxBoxes, maxNanos);
  }

  /** The same with another budget of boxes. */
  public MpeOptions withMaxBoxes(long newMaxBoxes) {
    return new MpeOptions(tolerance, newMaxBoxes, maxNanos);
  }

  /** The same with another budget of time in nanoseconds. */
  public MpeOptions withMaxNanos(long newMaxNanos) {
    return new MpeOptions(tolerance, maxBoxes, newMaxNanos);
  }
}
