package org.ugmm.tool.request;

/** Says that a JSON document is no request: not JSON at all, or not these fields. */
public final class RequestException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final boolean isMalformed;
  private final String where;

  private RequestException(String message, boolean isMalformed, String where) {
    super(message);
    this.isMalformed = isMalformed;
    this.where = where;
  }

  /**
   * The text is not JSON.
   *
   * @param where the line and the column
   */
  static RequestException malformed(String message, String where) {
    return new RequestException(message, true, where);
  }

  /**
   * The JSON is no request.
   *
   * @param where a JSON pointer
   */
  public static RequestException unexpected(String where, String message) {
    return new RequestException(message, false, where);
  }

  /** Whether the text is not even JSON. */
  public boolean isMalformed() {
    return isMalformed;
  }

  /** Where: a JSON pointer, or a line and a column. */
  public String where() {
    return where;
  }
}
