package org.ugmm.compiler.read.network;

import it.unimi.dsi.fastutil.doubles.DoubleArrayList;
import org.ugmm.compiler.model.ModelException;

/**
 * Words, numbers and punctuation of a text, with the line of each for messages. A comment starts
 * with {@code //} or stands in {@code /*}; white space separates words.
 */
final class TextScanner {
  private static final int MAX_NUMBER = 400;

  private final String source;
  private final String text;
  private int at;

  /** Where lines were counted up to, so that asking for the line twice costs nothing. */
  private int countedTo;

  private int line = 1;

  TextScanner(String source, String text) {
    this.source = source;
    this.text = text;
  }

  /** Moves to the next character that is neither white space nor in a comment. */
  private void skipSpace() {
    while (at < text.length()) {
      if (Character.isWhitespace(text.charAt(at)) || text.charAt(at) == '\uFEFF') {
        at++;
      } else if (text.startsWith("//", at)) {
        at = endOf("\n");
      } else if (text.startsWith("/*", at)) {
        at = endOf("*/");
      } else {
        return;
      }
    }
  }

  /** The position behind the next occurrence of a mark, or the end of the text. */
  private int endOf(String mark) {
    int found = text.indexOf(mark, at + mark.length());
    return found < 0 ? text.length() : found + mark.length();
  }

  /** Whether nothing but white space and comments is left. */
  boolean atEnd() {
    skipSpace();
    return at == text.length();
  }

  /** The next character, which is not white space; 0 at the end of the text. */
  char peek() {
    skipSpace();
    return at == text.length() ? 0 : text.charAt(at);
  }

  /** Takes the next character if it is this one. */
  boolean take(char c) {
    if (peek() == c) {
      at++;
      return true;
    }
    return false;
  }

  /** Takes the next character, which must be this one. */
  void expect(char c) {
    if (!take(c)) {
      throw fail("'" + c + "'");
    }
  }

  /** Takes one character, whatever it is. */
  void skipCharacter() {
    skipSpace();
    at = Math.min(text.length(), at + 1);
  }

  /** Takes everything up to and with this character, quoted text as a whole. */
  void skipPast(char end) {
    while (!take(end)) {
      if (atEnd()) {
        throw fail("'" + end + "'");
      }
      if (text.charAt(at) == '"' && isClosedInLine()) {
        quoted();
      } else {
        at++;
      }
    }
  }

  /** Whether the quotation mark here opens a quotation, and is no sign of inches in free text. */
  private boolean isClosedInLine() {
    int close = text.indexOf('"', at + 1);
    int newline = text.indexOf('\n', at);
    return close >= 0 && (newline < 0 || close < newline);
  }

  /** Where the next character stands, for {@link #moveTo}. */
  int position() {
    skipSpace();
    return at;
  }

  /** Goes on reading at a place that was passed before. */
  void moveTo(int position) {
    if (position < countedTo) {
      countedTo = 0;
      line = 1;
    }
    at = position;
  }

  /**
   * A word, or a text in double quotes without them.
   *
   * @param delimiters the characters that end a word besides white space
   * @param what what it should be, for the message when there is none
   */
  String word(String delimiters, String what) {
    if (peek() == '"') {
      return quoted();
    }
    int from = at;
    while (at < text.length()
        && !Character.isWhitespace(text.charAt(at))
        && delimiters.indexOf(text.charAt(at)) < 0
        && !text.startsWith("//", at)
        && !text.startsWith("/*", at)) {
      at++;
    }
    if (from == at) {
      throw fail(what);
    }
    return text.substring(from, at);
  }

  private String quoted() {
    int end = text.indexOf('"', at + 1);
    if (end < 0) {
      throw fail("a closing quotation mark");
    }
    String quoted = text.substring(at + 1, end);
    at = end + 1;
    return quoted;
  }

  /** Whether a number may start here. */
  boolean atNumber() {
    char c = peek();
    return c >= '0' && c <= '9' || c == '.' || c == '-' || c == '+';
  }

  /** A number, finite and not negative. */
  double nonNegative(String delimiters, String what) {
    String word = word(delimiters, what);
    double value = number(word);
    if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
      throw ModelException.at(
          source,
          place(),
          "found '" + ModelException.shorten(word) + "'",
          what + ", a finite number, not negative");
    }
    return value;
  }

  /** Numbers up to a character that ends them, which is taken too. */
  double[] numbers(char end, String delimiters, String what) {
    DoubleArrayList numbers = new DoubleArrayList();
    while (!take(end)) {
      if (!take(',') && !take('|')) {
        numbers.add(nonNegative(delimiters, what));
      }
    }
    return numbers.toDoubleArray();
  }

  /** The number that a word writes in decimal; NaN when it writes none. */
  static double number(String word) {
    if (word.length() > MAX_NUMBER) {
      return Double.NaN;
    }
    for (int i = 0; i < word.length(); i++) {
      if ("0123456789.eE+-".indexOf(word.charAt(i)) < 0) {
        return Double.NaN;
      }
    }
    try {
      return Double.parseDouble(word);
    } catch (NumberFormatException e) {
      return Double.NaN;
    }
  }

  /** An integer in a range. */
  int integer(String delimiters, String what, int lo, int hi) {
    String word = word(delimiters, what);
    try {
      int value = Integer.parseInt(word);
      if (value >= lo && value <= hi) {
        return value;
      }
    } catch (NumberFormatException e) {
      throw ModelException.at(
          source, place(), "found '" + ModelException.shorten(word) + "'", what + ", an integer");
    }
    throw ModelException.at(
        source, place(), "found " + word, "%s, %d .. %d".formatted(what, lo, hi));
  }

  /** The line of the next character. */
  String place() {
    while (countedTo < at) {
      if (text.charAt(countedTo++) == '\n') {
        line++;
      }
    }
    return "line " + line;
  }

  /** A defect here: something else was expected. */
  ModelException fail(String expected) {
    String found;
    if (atEnd()) {
      found = "the text ends";
    } else {
      int end = Math.min(text.length(), at + 20);
      found = "found '" + text.substring(at, end).lines().findFirst().orElse("") + "'";
    }
    return ModelException.at(source, place(), found, expected);
  }
}
