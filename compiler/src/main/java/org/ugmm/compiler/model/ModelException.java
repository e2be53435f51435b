package org.ugmm.compiler.model;

import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.UgmmException;

/**
 * Says that a model is not valid: the file, the place in it, what was expected, what was found and,
 * where that is not plain, what to do about it.
 */
public final class ModelException extends UgmmException {
  private static final long serialVersionUID = 1;
  private static final int SHOWN = 60;

  /** Creates an exception with a message for the user. */
  public ModelException(String message) {
    this(message, null);
  }

  /** Creates an exception with a message for the user and its cause. */
  public ModelException(String message, @Nullable Throwable cause) {
    super(message, null, -1, cause);
  }

  private ModelException(ModelException e, long row) {
    super(e.problem(), e.variable(), row, e);
  }

  @Override
  public ModelException atRow(long number) {
    return new ModelException(this, number);
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
