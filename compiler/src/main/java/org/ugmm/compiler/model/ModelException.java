package org.ugmm.compiler.model;

/**
 * Says that a model is not valid: the file, the place in it, what was expected, what was found and,
 * where that is not plain, what to do about it.
 */
public final class ModelException extends RuntimeException {
  private static final long serialVersionUID = 1;
  private static final int SHOWN = 60;

  /** Creates an exception with a message for the user. */
  public ModelException(String message) {
    super(message);
  }

  /** Creates an exception with a message for the user and its cause. */
  public ModelException(String message, Throwable cause) {
    super(message, cause);
  }

  /**
   * The exception for a defect at one place.
   *
   * @param source the file
   * @param place where in the file: a JSON pointer, a line, a tensor
   * @param found what is there
   * @param expected what should be there, and what to do about it
   */
  public static ModelException at(String source, String place, String found, String expected) {
    return new ModelException("%s: %s: %s; expected %s".formatted(source, place, found, expected));
  }

  /** A piece of a file as a message quotes it: not longer than a person reads. */
  public static String shorten(String text) {
    return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "...";
  }
}
