package org.ugmm.engine.data;

import org.jspecify.annotations.Nullable;

/** Says that a circuit or a file is not valid: what, where, expected, found, remedy. */
public final class CircuitException extends UgmmException {
  private static final long serialVersionUID = 1;

  /** Creates an exception with a message for the user. */
  public CircuitException(String problem) {
    this(problem, null);
  }

  /** Creates an exception with a message for the user and its cause. */
  public CircuitException(String problem, @Nullable Throwable cause) {
    super(problem, null, -1, cause);
  }

  private CircuitException(CircuitException e, long row) {
    super(e.problem(), e.variable(), row, e);
  }

  @Override
  public CircuitException atRow(long number) {
    return new CircuitException(this, number);
  }
}
