package org.ugmm.engine.data;

import org.jspecify.annotations.Nullable;

/**
 * Says that a call is wrong: a name that the circuit does not know, a value that its variable
 * cannot have, an array that is too short, an option out of its range. The circuit is right.
 */
public final class ArgumentException extends UgmmException {
  private static final long serialVersionUID = 1;

  /** Creates an exception about the call as a whole. */
  public ArgumentException(String problem) {
    this(problem, null);
  }

  /** Creates an exception about a variable. */
  public ArgumentException(String problem, @Nullable String variable) {
    super(problem, variable, -1, null);
  }

  private ArgumentException(ArgumentException e, long row) {
    super(e.problem(), e.variable(), row, e);
  }

  @Override
  public ArgumentException atRow(long number) {
    return new ArgumentException(this, number);
  }
}
