package org.ugmm.compiler.build;

import java.util.function.BooleanSupplier;

/**
 * What training may still cost: work, which is the same on every machine, and if the caller wishes
 * the clock. Not thread-safe.
 */
final class Effort {
  /** Weights that a row takes the time of, beside those of its circuit: small circuits are slow. */
  private static final double ROW_WEIGHTS = 1000;

  /** What a time counts after each later one. */
  private static final double MEMORY = 0.9;

  private final double budget;
  private final long deadline;
  private final long limitNanos;
  private final BooleanSupplier stop;
  private double done;

  /** What was timed of late, and how long it took. */
  private double timed;

  private double nanos;

  /** Of the clock's time, what is left for what follows the search. */
  private long reservedNanos;

  /**
   * Starts the clock.
   *
   * @param budget weights times rows that learning may pass over
   * @param limitNanos of the clock, Long.MAX_VALUE for none
   * @param stop whether the caller wants what there is
   */
  Effort(double budget, long limitNanos, BooleanSupplier stop) {
    this.budget = budget;
    this.limitNanos = limitNanos;
    deadline = limitNanos == Long.MAX_VALUE ? Long.MAX_VALUE : System.nanoTime() + limitNanos;
    this.stop = stop;
  }

  /** Whether to end at once with what there is. */
  boolean isOver() {
    return stop.getAsBoolean() || (deadline != Long.MAX_VALUE && System.nanoTime() - deadline > 0);
  }

  /** Keeps a share of the clock's time for learning once more from all rows. */
  void reserve(double share) {
    reservedNanos = limitNanos == Long.MAX_VALUE ? 0 : (long) (share * limitNanos);
  }

  private long left() {
    return deadline - reservedNanos - System.nanoTime();
  }

  /** Whether so much more work fits, by the budget and by the speed so far; see {@link #time}. */
  boolean allows(double work, double passes) {
    if (isOver() || done + work > budget) {
      return false;
    }
    return deadline == Long.MAX_VALUE || timed == 0 || expectedNanos(work, passes) < left();
  }

  /** What share of the effort that is left so much work would take. */
  double share(double work, double passes) {
    double share = work / Math.max(work, budget - done);
    if (deadline != Long.MAX_VALUE && timed > 0) {
      share = Math.max(share, expectedNanos(work, passes) / Math.max(1, left()));
    }
    return share;
  }

  /** Counts work that was done, also that of a run that this one goes on from. */
  void add(double work) {
    done += work;
  }

  private double expectedNanos(double work, double passes) {
    return (work + ROW_WEIGHTS * passes) * nanos / timed;
  }

  /**
   * Measures the speed. The last ten times or so count, as a candidate of twice the size mostly
   * comes next: weights of small circuits take longer.
   *
   * @param work weights times rows
   * @param passes rows, as often as they were passed over
   */
  void time(double work, double passes, long elapsedNanos) {
    timed = MEMORY * timed + work + ROW_WEIGHTS * passes;
    nanos = MEMORY * nanos + elapsedNanos;
  }
}
