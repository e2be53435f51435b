package org.ugmm.engine.data;

/**
 * How far an estimated integral goes.
 *
 * @param relativeTolerance wanted error of the integral, relative to it
 * @param maxEvaluations most evaluations of a lattice; quadrature of one or two reals does not stop
 *     short, and that of three takes as many as about a second has on a small network, if that is
 *     more
 * @param seed of the lattice's random shifts
 */
public record IntegralOptions(double relativeTolerance, long maxEvaluations, long seed) {
  /** Relative tolerance 1e-8, at most 100,000 evaluations, seed 1. */
  public static final IntegralOptions DEFAULT = new IntegralOptions(1e-8, 100_000, 1);

  /**
   * Checks the options.
   *
   * @throws IllegalArgumentException if the tolerance is not in (0, 1) or the evaluations are fewer
   *     than 1
   */
  public IntegralOptions {
    if (!(relativeTolerance > 0 && relativeTolerance < 1) || maxEvaluations < 1) {
      throw new IllegalArgumentException(
          "relative tolerance %s and %d evaluations; expected a tolerance in (0, 1) and at least 1"
              .formatted(relativeTolerance, maxEvaluations));
    }
  }
}
