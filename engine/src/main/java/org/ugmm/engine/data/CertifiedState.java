package org.ugmm.engine.data;

/**
 * Whether one state of a categorical variable is the most probable whatever the unobserved
 * variables are, within their domains.
 *
 * @param state the state: the only one that can win everywhere, since it wins at the middle of the
 *     domains
 * @param outcome what was proven
 * @param logMargin proven: at every completion {@code log f} of the state exceeds that of every
 *     other state by at least this; -infinity where nothing is proven
 * @param witness [numVariables] when refuted, a completion where another state is proven to win;
 *     empty otherwise; meaningless at the variable itself; the caller owns it
 * @param boxes boxes that branch and bound looked at
 */
@SuppressWarnings("ArrayRecordComponent") // two answers are compared by state and outcome
public record CertifiedState(
    int state, Outcome outcome, double logMargin, double[] witness, long boxes) {

  /** What was proven. */
  public enum Outcome {
    /** The state wins at every completion. */
    CERTIFIED,
    /** No state wins at every completion: the witness shows one where this state loses. */
    REFUTED,
    /** The budget ended before either was proven. */
    UNDECIDED
  }
}
