package org.ugmm.engine.data;

import org.jspecify.annotations.Nullable;

/**
 * The root of all that this library throws for a reason of its own. A program reads the fields; the
 * message is for people.
 */
public abstract class UgmmException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final String problem;
  private final @Nullable String variable;
  private final long row;

  /**
   * Creates an exception.
   *
   * @param problem what is wrong, for people, without the row
   * @param variable name of the variable that it is about, null for none
   * @param row number of the row of a batch, -1 for none
   * @param cause what brought it about, null for nothing
   */
  protected UgmmException(
      String problem, @Nullable String variable, long row, @Nullable Throwable cause) {
    super(row < 0 ? problem : "row " + row + ": " + problem, cause);
    this.problem = problem;
    this.variable = variable;
    this.row = row;
  }

  /** What is wrong, for people, without the row. */
  public final String problem() {
    return problem;
  }

  /** Name of the variable that it is about, null for none. */
  public final @Nullable String variable() {
    return variable;
  }

  /** Number of the row of a batch that it is about, counted from 0; -1 for none. */
  public final long row() {
    return row;
  }

  /** Number of the node of the circuit that it is about, -1 for none. */
  public int node() {
    return -1;
  }

  /** What would help, null where the message says what was expected and no more can be said. */
  public @Nullable String remedy() {
    return null;
  }

  /** The same about a row of a batch. */
  public abstract UgmmException atRow(long number);
}
