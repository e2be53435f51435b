package org.ugmm.engine.data;

/**
 * Says that a query can be given none of the allowed certificates, and why: the node, the property
 * that fails and what would help. The circuit and the evidence are valid; a wrong number is worse
 * than no number.
 */
public final class RefusedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Creates a refusal with a message for the user. */
  public RefusedException(String message) {
    super(message);
  }

  /** The refusal of a query given evidence that has probability zero. */
  public static RefusedException zeroProbability() {
    return new RefusedException(
        "the evidence has probability zero; nothing can be conditioned on it");
  }
}
