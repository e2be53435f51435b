package org.ugmm.tool.answer;

import java.util.List;
import org.ugmm.engine.data.LogProbability;
import org.ugmm.engine.data.MpeAnswer;
import org.ugmm.engine.data.Posterior;

/** The answer of one question about one set of evidence. */
public sealed interface Answer {
  /** A log-density or log-marginal. */
  record Log(LogProbability log) implements Answer {}

  /** The posterior of a variable. */
  record Distribution(Posterior posterior) implements Answer {}

  /**
   * Probabilities of the joint states of some variables.
   *
   * @param variables their indices
   * @param states row-major [joint states][variables], indices of states
   * @param probabilities [joint states] linear, with what is proven of each
   */
  record Joint(int[] variables, int[][] states, List<LogProbability> probabilities)
      implements Answer {}

  /** The most probable explanations, the most probable first. */
  record Explanations(List<MpeAnswer> best) implements Answer {}

  /**
   * Drawn rows.
   *
   * @param rows row-major [count][variables]
   */
  record Samples(double[] rows) implements Answer {}
}
