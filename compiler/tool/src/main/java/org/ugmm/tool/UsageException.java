package org.ugmm.tool;

/** Says that the command line cannot be understood; exit status 2. */
final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1;

  UsageException(String message) {
    super(message);
  }
}
