package org.ugmm.engine.data;

/**
 * What gradients climb, a row: {@code discriminative log p(class given the rest) + (1 -
 * discriminative) log p(row) / D} with D the number of variables.
 *
 * @param classVariable the class; empty where discriminative is 0
 * @param discriminative share of the class, 0 to 1: in between keeps what the model knows of the
 *     features, so that it still answers when some are missing
 */
public record Objective(String classVariable, double discriminative) {
  /** The mean log-likelihood over the number of variables. */
  public static final Objective GENERATIVE = new Objective("", 0);

  /** Minus the cross-entropy of the class. */
  public static Objective discriminative(String classVariable) {
    return new Objective(classVariable, 1);
  }

  /**
   * Checks the share.
   *
   * @throws IllegalArgumentException if it is not from 0 to 1
   */
  public Objective {
    if (!(discriminative >= 0 && discriminative <= 1)) {
      throw new IllegalArgumentException(
          "discriminative share %s; expected 0 to 1".formatted(discriminative));
    }
  }
}
