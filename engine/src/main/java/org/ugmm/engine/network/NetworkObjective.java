package org.ugmm.engine.network;

/**
 * What learning of a network climbs, a row: {@code discriminative log p(class given the rest) + (1
 * - discriminative) log p(row) / numVariables}, with the roots as class densities; of a network of
 * one root, the log-density alone.
 *
 * @param logPriors [classes] natural logs of the weights of the classes; {0} for one root. Not
 *     modified
 * @param discriminative share of the class, 0 to 1
 * @param numVariables number of variables of a row
 */
public record NetworkObjective(double[] logPriors, double discriminative, int numVariables) {
  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if the share is not from 0 to 1 or there is no variable
   */
  public NetworkObjective {
    if (!(discriminative >= 0 && discriminative <= 1) || numVariables < 1) {
      throw new IllegalArgumentException(
          "discriminative share %s of %d variables; expected 0 to 1 of at least one"
              .formatted(discriminative, numVariables));
    }
    logPriors = logPriors.clone();
  }

  double logPrior(int root) {
    return logPriors[root];
  }
}
