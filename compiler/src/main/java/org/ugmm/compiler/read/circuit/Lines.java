package org.ugmm.compiler.read.circuit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.model.ModelException;
import org.ugmm.compiler.model.Source;

/**
 * A text of lines of words and numbers, read where it lies. Empty lines and lines whose first word
 * is a c are passed.
 */
final class Lines {
  private static final String BYTE_ORDER_MARK = "\u00EF\u00BB\u00BF";

  private final String source;
  private final byte[] text;

  /** What is left of the current line: {@code [at, end)}. */
  private int at;

  private int end;

  /** Where the next line starts. */
  private int nextLine;

  /** The word that was read last: {@code [wordStart, at)}. */
  private int wordStart;

  private int number;
  private @Nullable String comment;

  Lines(Source source) throws IOException {
    this.source = source.name();
    text = source.readAll();
    boolean isMarked = string(0, Math.min(3, text.length)).equals(BYTE_ORDER_MARK);
    nextLine = isMarked ? 3 : 0;
  }

  /** Moves to the next line with content; false at the end of the text. */
  boolean next() {
    while (nextLine < text.length) {
      at = nextLine;
      end = at;
      while (end < text.length && text[end] != '\n' && text[end] != '\r') {
        end++;
      }
      boolean hasTwo = end + 1 < text.length && text[end] == '\r' && text[end + 1] == '\n';
      nextLine = end + (hasTwo ? 2 : 1);
      number++;
      skipSpace();
      if (at < end && !isComment()) {
        return true;
      }
      if (at < end && string(at, end).startsWith("c p weight")) {
        comment = string(at + 2, end);
        return true;
      }
    }
    at = end;
    return false;
  }

  private boolean isComment() {
    return text[at] == 'c' && (at + 1 == end || isSpace(text[at + 1]));
  }

  private static boolean isSpace(byte c) {
    return c == ' ' || c == '\t' || c == '\f';
  }

  private void skipSpace() {
    while (at < end && isSpace(text[at])) {
      at++;
    }
  }

  private String string(int from, int to) {
    return new String(text, from, to - from, StandardCharsets.ISO_8859_1);
  }

  /** The weight that a comment of the current line states, without the c; null when none. */
  @Nullable String takeWeight() {
    String weight = comment;
    comment = null;
    return weight;
  }

  boolean hasMore() {
    skipSpace();
    return at < end;
  }

  /** The number of words left in the line. */
  int numLeft() {
    int count = 0;
    boolean inWord = false;
    for (int i = at; i < end; i++) {
      boolean isPart = !isSpace(text[i]);
      count += isPart && !inWord ? 1 : 0;
      inWord = isPart;
    }
    return count;
  }

  String word(String what) {
    read(what);
    return lastWord();
  }

  /** The word that was read last. */
  private String lastWord() {
    return new String(text, wordStart, at - wordStart, StandardCharsets.UTF_8);
  }

  private void read(String what) {
    skipSpace();
    wordStart = at;
    while (at < end && !isSpace(text[at])) {
      at++;
    }
    if (wordStart == at) {
      throw fail("the line ends", what);
    }
  }

  int integer(String what, int lo, int hi) {
    read(what);
    int first = text[wordStart] == '-' || text[wordStart] == '+' ? wordStart + 1 : wordStart;
    long value = 0;
    for (int i = first; i < at; i++) {
      int digit = text[i] - '0';
      if (digit < 0 || digit > 9 || value > Integer.MAX_VALUE) {
        throw notAnInteger(what);
      }
      value = 10 * value + digit;
    }
    if (first == at) {
      throw notAnInteger(what);
    }
    value = text[wordStart] == '-' ? -value : value;
    if (value < lo || value > hi) {
      throw fail(
          "found " + ModelException.shorten(lastWord()),
          hi == Integer.MAX_VALUE
              ? what + " of at least " + lo
              : "%s, %d .. %d".formatted(what, lo, hi));
    }
    return (int) value;
  }

  private ModelException notAnInteger(String what) {
    return fail("found '" + ModelException.shorten(lastWord()) + "'", what + ", an integer");
  }

  /** A finite number. */
  double number(String what) {
    read(what);
    double value = Decimals.parse(text, wordStart, at);
    if (!Double.isFinite(value)) {
      throw fail("found '" + ModelException.shorten(lastWord()) + "'", what + ", a finite number");
    }
    return value;
  }

  /** A natural log: a finite number or minus infinity. */
  double log(String what) {
    read(what);
    double value = Decimals.parse(text, wordStart, at);
    if (Double.isFinite(value)) {
      return value;
    }
    String word = lastWord().toLowerCase(Locale.ROOT);
    if (!word.equals("-inf") && !word.equals("-infinity")) {
      throw fail("found '" + ModelException.shorten(lastWord()) + "'", what + ", a natural log");
    }
    return Double.NEGATIVE_INFINITY;
  }

  /** Requires the end of the line. */
  void end() {
    if (hasMore()) {
      throw fail(
          "found '" + ModelException.shorten(word("a word")) + "' more", "the end of the line");
    }
  }

  int number() {
    return number;
  }

  ModelException fail(String found, String expected) {
    return ModelException.at(source, "line " + number, found, expected);
  }
}
