package org.ugmm.tool.out;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Says that an input cannot be read or is not valid; exit status 3. */
public final class InputException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public InputException(String message) {
    super(message);
  }

  public InputException(String message, Throwable cause) {
    super(message, cause);
  }

  /** An input that the operating system does not let us read. */
  public static InputException unreadable(Path file, IOException cause) {
    String why;
    if (cause instanceof NoSuchFileException) {
      why = "no such file";
    } else if (cause instanceof AccessDeniedException) {
      why = "permission denied";
    } else if (Files.isDirectory(file)) {
      why = "is a folder; expected a file";
    } else if (cause instanceof CharacterCodingException) {
      why = "is not UTF-8 text";
    } else {
      why = "cannot be read: " + cause.getMessage();
    }
    String named = cause instanceof FileSystemException e ? e.getFile() : null;
    return new InputException((named == null ? file : named) + ": " + why, cause);
  }
}
