package org.ugmm.tool;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Says that an output cannot be written; exit status 1. */
final class OutputException extends RuntimeException {
  private static final long serialVersionUID = 1;

  OutputException(String message) {
    super(message);
  }

  OutputException(Path file, IOException cause) {
    super(file + ": cannot be written: " + why(cause), cause);
  }

  private static String why(IOException cause) {
    if (cause instanceof NoSuchFileException) {
      return "its folder does not exist";
    }
    return cause instanceof AccessDeniedException ? "permission denied" : cause.toString();
  }
}
