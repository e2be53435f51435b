package org.ugmm.tool.out;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Says that an output cannot be written; exit status 1. */
public final class OutputException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public OutputException(String message) {
    super(message);
  }

  public OutputException(Path file, IOException cause) {
    super(file + ": cannot be written: " + why(cause), cause);
  }

  /** A failed write to standard output. */
  public OutputException(IOException cause) {
    super("standard output: cannot be written: " + why(cause), cause);
  }

  /** Whether the reader of a pipe has gone, as {@code head} does: no failure worth words. */
  public boolean isReaderGone() {
    return getCause() instanceof IOException cause && "Broken pipe".equals(cause.getMessage());
  }

  private static String why(IOException cause) {
    if (cause instanceof NoSuchFileException) {
      return "its folder does not exist";
    }
    if (cause instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (cause instanceof FileSystemException of && of.getReason() != null) {
      return of.getReason(); // the message begins with a file that nobody named
    }
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }
}
