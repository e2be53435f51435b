package org.ugmm.engine.explain;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.Posterior;
import org.ugmm.engine.data.Quantity;
import org.ugmm.engine.data.RefusedException;

/**
 * What the value of each variable that is not known would tell of a target. Immutable.
 *
 * @param target the posterior of the target as it is now
 * @param gains one for each candidate, in the order of the variables
 */
public record Advice(Posterior target, List<Gain> gains) {

  /**
   * What one value would tell.
   *
   * @param variable index of the candidate
   * @param information the mutual information of candidate and target given the evidence, in nats:
   *     how much the entropy of the target falls, on average over the values that the candidate may
   *     turn out to have; null where it is refused
   * @param decision what the target is left with, on average: the probability that the state then
   *     most probable is right, or the variance that is left of a real target; null where refused
   * @param problem why there is no answer; null where there is one
   */
  public record Gain(
      int variable,
      @Nullable Quantity information,
      @Nullable Quantity decision,
      @Nullable RefusedException problem) {}

  /** Copies the list. */
  public Advice {
    gains = List.copyOf(gains);
  }
}
