package org.ugmm.engine.data;

import java.time.Duration;

/**
 * How much work a query may take where the answer is searched for or integrated numerically. Closed
 * forms take what they take. All limits but the last count work, so that a query has the same
 * answer on every run and every machine.
 *
 * @param boxes most boxes that the search for one MPE looks at, a box of a circuit of more than 500
 *     edges counting as several; a proof of an integral or of a class looks at 5 times as many over
 *     the number of terms of the network with links
 * @param evaluations most evaluations of the circuit by a lattice; quadrature of one or two reals
 *     does not stop short, and that of three takes as many as about a second has on a small
 *     network, if that is more
 * @param bytes most bytes that the boxes of one branch and bound may take
 * @param nanos most nanoseconds of each proof or search; {@link Long#MAX_VALUE}, the default, for
 *     no limit: with a limit an answer depends on the clock
 */
public record Budget(long boxes, long evaluations, long bytes, long nanos) {
  /** 200,000 boxes, 100,000 evaluations, 512 MiB, no limit of time. */
  public static final Budget DEFAULT = new Budget(200_000, 100_000, 1L << 29, Long.MAX_VALUE);

  /**
   * Checks the limits.
   *
   * @throws ArgumentException if a limit is negative, or there are no evaluations
   */
  public Budget {
    if (boxes < 0 || evaluations < 1 || bytes < 0 || nanos < 0) {
      throw new ArgumentException(
          ("budget of %d boxes, %d evaluations, %d bytes and %d ns; expected none below 0 and at"
                  + " least 1 evaluation")
              .formatted(boxes, evaluations, bytes, nanos));
    }
  }

  /** The most boxes of a size that may wait at once. */
  public long waiting(long bytesOfBox) {
    return Math.max(1, bytes / bytesOfBox);
  }

  /** The same with another limit of boxes. */
  public Budget withBoxes(long newBoxes) {
    return new Budget(newBoxes, evaluations, bytes, nanos);
  }

  /** The same with another limit of evaluations. */
  public Budget withEvaluations(long newEvaluations) {
    return new Budget(boxes, newEvaluations, bytes, nanos);
  }

  /** The same with another limit of bytes. */
  public Budget withBytes(long newBytes) {
    return new Budget(boxes, evaluations, newBytes, nanos);
  }

  /** The same with a limit of time. */
  public Budget withTime(Duration time) {
    return new Budget(boxes, evaluations, bytes, time.toNanos());
  }
}
