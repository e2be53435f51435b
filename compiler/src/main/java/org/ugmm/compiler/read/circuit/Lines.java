package org.ugmm.compiler.read.circuit;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.StringTokenizer;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.model.ModelException;
import org.ugmm.compiler.model.Source;

/** A text of lines of words and numbers. Empty lines and lines that start with a c are passed. */
final class Lines implements Closeable {
  private static final int MAX_NUMBER = 400;

  private final String source;
  private final BufferedReader in;
  private StringTokenizer words = new StringTokenizer("");
  private int number;
  private @Nullable String comment;

  Lines(Source source) throws IOException {
    this.source = source.name();
    // a text that is not UTF-8 has a wrong word where it matters, and is refused there
    in = new BufferedReader(new InputStreamReader(source.open(), StandardCharsets.UTF_8));
  }

  /** Moves to the next line with content; false at the end of the text. */
  boolean next() throws IOException {
    for (String line; (line = in.readLine()) != null; ) {
      number++;
      words = new StringTokenizer(line);
      if (words.hasMoreTokens() && !line.startsWith("c ") && !line.equals("c")) {
        return true;
      }
      if (line.startsWith("c p weight")) {
        comment = line.substring(2);
        return true;
      }
    }
    return false;
  }

  /** The weight that a comment of the current line states, without the c; null when none. */
  @Nullable String takeWeight() {
    String weight = comment;
    comment = null;
    return weight;
  }

  boolean hasMore() {
    return words.hasMoreTokens();
  }

  int numLeft() {
    return words.countTokens();
  }

  String word(String what) {
    if (!words.hasMoreTokens()) {
      throw fail("the line ends", what);
    }
    return words.nextToken();
  }

  int integer(String what, int lo, int hi) {
    String word = word(what);
    try {
      int value = Integer.parseInt(word);
      if (value >= lo && value <= hi) {
        return value;
      }
    } catch (NumberFormatException e) {
      throw fail("found '" + ModelException.shorten(word) + "'", what + ", an integer");
    }
    throw fail("found " + word, "%s, %d .. %d".formatted(what, lo, hi));
  }

  /** A finite number. */
  double number(String what) {
    String word = word(what);
    double value = parse(word);
    if (!Double.isFinite(value)) {
      throw fail("found '" + ModelException.shorten(word) + "'", what + ", a finite number");
    }
    return value;
  }

  /** A natural log: a finite number or minus infinity. */
  double log(String what) {
    String word = word(what);
    boolean isZero = word.equalsIgnoreCase("-inf") || word.equalsIgnoreCase("-infinity");
    double value = isZero ? Double.NEGATIVE_INFINITY : parse(word);
    if (!(value < Double.POSITIVE_INFINITY)) {
      throw fail("found '" + ModelException.shorten(word) + "'", what + ", a natural log");
    }
    return value;
  }

  private static double parse(String word) {
    if (word.length() > MAX_NUMBER) {
      return Double.NaN;
    }
    for (int i = 0; i < word.length(); i++) {
      if ("0123456789.eE+-".indexOf(word.charAt(i)) < 0) {
        return Double.NaN;
      }
    }
    try {
      double value = Double.parseDouble(word);
      return Double.isInfinite(value) ? Double.NaN : value;
    } catch (NumberFormatException e) {
      return Double.NaN;
    }
  }

  /** Requires the end of the line. */
  void end() {
    if (words.hasMoreTokens()) {
      throw fail(
          "found '" + ModelException.shorten(words.nextToken()) + "' more", "the end of the line");
    }
  }

  int number() {
    return number;
  }

  ModelException fail(String found, String expected) {
    return ModelException.at(source, "line " + number, found, expected);
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
