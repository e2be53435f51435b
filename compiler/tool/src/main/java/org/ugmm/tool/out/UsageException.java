package org.ugmm.tool.out;

/** Says that the command line cannot be understood; exit status 2. */
public final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public UsageException(String message) {
    super(message);
  }
}
