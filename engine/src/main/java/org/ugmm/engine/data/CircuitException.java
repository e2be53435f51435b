package org.ugmm.engine.data;

/** Says that a circuit, a file or evidence is not valid: what, where, expected, found, remedy. */
public final class CircuitException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Creates an exception with a message for the user. */
  public CircuitException(String message) {
    super(message);
  }

  /** Creates an exception with a message for the user and its cause. */
  public CircuitException(String message, Throwable cause) {
    super(message, cause);
  }
}
