package org.ugmm.compiler.read.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import it.unimi.dsi.fastutil.doubles.DoubleArrayList;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.io.CharConversionException;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.model.ModelException;
import org.ugmm.compiler.model.Source;

/**
 * A strict reader over one JSON document: every method says what it expects and throws a {@link
 * ModelException} with the place when something else is there. Streams, so that a document may be
 * larger than memory allows for a tree. Not thread-safe.
 */
public final class JsonCursor implements Closeable {
  /*
   * The limits are far above what the formats need and keep a hostile text from costing more than
   * its own length: our formats nest six deep, and names are short.
   */
  private static final int MAX_DEPTH = 64;

  private static final int MAX_NUMBER = 1_000;

  private static final JsonFactory FACTORY =
      new JsonFactoryBuilder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxNumberLength(MAX_NUMBER)
                  .maxStringLength(100_000)
                  .maxNameLength(10_000)
                  .build())
          .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .build();

  private static final int SHOWN = 60;

  /** What the parser's messages quote: the character or word that it did not expect. */
  private static final Pattern QUOTED = Pattern.compile("'(.[^']*)'");

  private static final Pattern BAD_BYTE = Pattern.compile("UTF-8.*(0x\\p{XDigit}+)");

  private final String source;
  private final JsonParser parser;

  private JsonCursor(String source, JsonParser parser) {
    this.source = source;
    this.parser = parser;
  }

  /** Opens a document; {@link #next} must be called to reach its first token. */
  public static JsonCursor open(Source source) throws IOException {
    InputStream in = source.open();
    try {
      return new JsonCursor(source.name(), FACTORY.createParser(in));
    } catch (JsonProcessingException | CharConversionException e) {
      in.close();
      throw new ModelException(source.name() + ": not a JSON text: " + reason(e), e);
    } catch (IOException e) {
      in.close();
      throw e;
    }
  }

  /** Opens a piece of a larger document. */
  public static JsonCursor open(String source, byte[] bytes, int offset, int length)
      throws IOException {
    return new JsonCursor(source, FACTORY.createParser(bytes, offset, length));
  }

  @Override
  public void close() throws IOException {
    parser.close();
  }

  /** Moves to the next token; null at the end of the document. */
  public @Nullable JsonToken next() throws IOException {
    try {
      return parser.nextToken();
    } catch (JsonProcessingException | CharConversionException e) {
      throw broken(e);
    }
  }

  /** The text of the current token; a long one is read from the document only here. */
  private String text() throws IOException {
    try {
      return parser.getText();
    } catch (JsonProcessingException | CharConversionException e) {
      throw broken(e);
    }
  }

  private ModelException broken(IOException e) {
    return new ModelException(
        "%s: %s: not a JSON text: %s".formatted(source, place(), reason(e)), e);
  }

  /** The parser's findings in words of our own: its messages speak of itself. */
  private static String reason(IOException e) {
    if (e instanceof JsonEOFException) {
      return "the text ends within a value; expected its end";
    }
    if (e instanceof StreamConstraintsException) {
      return "too deep or too long; expected at most %d levels, numbers of %d characters"
          .formatted(MAX_DEPTH, MAX_NUMBER);
    }
    String message =
        e instanceof JsonProcessingException json ? json.getOriginalMessage() : e.getMessage();
    Matcher bytes = BAD_BYTE.matcher(String.valueOf(message));
    if (bytes.find()) {
      return "byte " + bytes.group(1) + "; expected text in UTF-8";
    }
    Matcher quoted = QUOTED.matcher(String.valueOf(message));
    return (quoted.find() ? "found '" + shorten(quoted.group(1), SHOWN) + "'; " : "")
        + "expected the syntax of JSON (RFC 8259)";
  }

  /** The JSON pointer, line and column of the current token. */
  public String place() {
    String pointer = shorten(parser.getParsingContext().pathAsPointer().toString(), 200);
    JsonLocation at = parser.currentTokenLocation();
    return "%s (line %d, column %d)"
        .formatted(pointer.isEmpty() ? "/" : pointer, at.getLineNr(), at.getColumnNr());
  }

  /** A defect at the current token. */
  public ModelException fail(String found, String expected) {
    return ModelException.at(source, place(), found, expected);
  }

  private ModelException unexpected(String expected) throws IOException {
    JsonToken token = parser.currentToken();
    if (token == null) {
      return fail("the text ends", expected);
    }
    return fail("found " + describe(token), expected);
  }

  private String describe(JsonToken token) throws IOException {
    return switch (token) {
      case START_OBJECT -> "an object";
      case START_ARRAY -> "an array";
      case END_ARRAY -> "the end of the array";
      case END_OBJECT -> "the end of the object";
      case VALUE_STRING, FIELD_NAME -> "'" + shorten(text(), SHOWN) + "'";
      default -> shorten(text(), SHOWN);
    };
  }

  /** A text of at most so many characters, for a message. */
  public static String shorten(String text, int limit) {
    return text.length() <= limit ? text : text.substring(0, limit) + "...";
  }

  /** Requires the current token to start an object. */
  public void expectObject(String what) throws IOException {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      throw unexpected(what + ", an object");
    }
  }

  /** Requires the current token to start an array. */
  public void expectArray(String what) throws IOException {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      throw unexpected(what + ", an array");
    }
  }

  /** Moves to the next element of an array; false at its end. */
  public boolean nextElement() throws IOException {
    JsonToken token = next();
    if (token == null) {
      throw unexpected("the end of the array");
    }
    return token != JsonToken.END_ARRAY;
  }

  /**
   * Moves to the value of the next field of an object.
   *
   * @param names the fields that may stand here
   * @param seen one bit for each of the names that has been read; a field read twice is an error
   * @return the position of the field in names; -1 at the end of the object
   */
  public int nextField(List<String> names, Seen seen) throws IOException {
    JsonToken token = next();
    if (token == JsonToken.END_OBJECT) {
      return -1;
    }
    if (token != JsonToken.FIELD_NAME) {
      throw unexpected("a field");
    }
    String name = parser.currentName();
    int field = names.indexOf(name);
    if (field < 0) {
      throw fail(
          "unknown field '" + shorten(name, SHOWN) + "'", "one of " + String.join(", ", names));
    }
    seen.add(field, this, names);
    next();
    return field;
  }

  /** Moves to the value of the next field of an object with free names; null at its end. */
  public @Nullable String nextFreeField() throws IOException {
    JsonToken token = next();
    if (token == JsonToken.END_OBJECT) {
      return null;
    }
    if (token != JsonToken.FIELD_NAME) {
      throw unexpected("a field");
    }
    String name = parser.currentName();
    next();
    return name;
  }

  /** Passes over the current value whatever it is. */
  public void skip() throws IOException {
    try {
      parser.skipChildren();
    } catch (JsonProcessingException | CharConversionException e) {
      throw broken(e);
    }
    if (parser.currentToken() == null) {
      throw unexpected("the end of the object or array");
    }
  }

  /** Requires the document to end here. */
  public void expectEnd() throws IOException {
    if (next() != null) {
      throw unexpected("the end of the text");
    }
  }

  /** The current value as maps, lists, texts, numbers and truth values; null for null. */
  public @Nullable Object tree() throws IOException {
    JsonToken token = parser.currentToken();
    if (token == JsonToken.START_OBJECT) {
      Map<String, @Nullable Object> map = new LinkedHashMap<>();
      for (String field; (field = nextFreeField()) != null; ) {
        map.put(field, tree());
      }
      return map;
    }
    if (token == JsonToken.START_ARRAY) {
      List<@Nullable Object> list = new ArrayList<>();
      while (nextElement()) {
        list.add(tree());
      }
      return list;
    }
    if (token == JsonToken.VALUE_STRING) {
      return text();
    }
    if (token == JsonToken.VALUE_TRUE || token == JsonToken.VALUE_FALSE) {
      return token == JsonToken.VALUE_TRUE;
    }
    return token == JsonToken.VALUE_NULL ? null : number("a value");
  }

  /** Whether the current value is null. */
  public boolean isNull() {
    return parser.currentToken() == JsonToken.VALUE_NULL;
  }

  /** The current value, a string. */
  public String string(String what) throws IOException {
    if (parser.currentToken() != JsonToken.VALUE_STRING) {
      throw unexpected(what + ", a string");
    }
    return text();
  }

  /** The current value, a finite number. */
  public double number(String what) throws IOException {
    JsonToken token = parser.currentToken();
    if (token != JsonToken.VALUE_NUMBER_FLOAT && token != JsonToken.VALUE_NUMBER_INT) {
      throw unexpected(what + ", a finite number");
    }
    double value;
    try {
      value = parser.getDoubleValue();
    } catch (JsonProcessingException e) {
      throw broken(e);
    }
    if (!Double.isFinite(value)) {
      throw fail(
          "found " + shorten(text(), SHOWN) + ", beyond the range of a double",
          what + ", a finite number");
    }
    return value;
  }

  /** The current value, an integer in {@code [lo, hi]}. */
  public int integer(String what, int lo, int hi) throws IOException {
    if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
      throw unexpected(what + ", an integer");
    }
    long value = Long.MIN_VALUE;
    try {
      if (parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
        value = parser.getLongValue();
      }
    } catch (JsonProcessingException e) {
      throw broken(e);
    }
    if (value < lo || value > hi) {
      throw fail(
          "found " + shorten(text(), SHOWN),
          lo > hi ? what + "; there is none yet to name" : what + ", " + lo + " .. " + hi);
    }
    return (int) value;
  }

  /** The current value, an array of finite numbers, appended to a list. */
  void numbers(String what, DoubleArrayList into) throws IOException {
    expectArray(what);
    while (nextElement()) {
      into.add(number(what));
    }
  }

  /** The current value, an array of finite numbers. */
  public double[] numbers(String what) throws IOException {
    DoubleArrayList list = new DoubleArrayList();
    numbers(what, list);
    return list.toDoubleArray();
  }

  /** The current value, a finite number or arrays of such inside each other, in their order. */
  public double[] flatNumbers(String what) throws IOException {
    DoubleArrayList list = new DoubleArrayList();
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      list.add(number(what));
      return list.toDoubleArray();
    }
    for (int depth = 1; depth > 0; ) {
      JsonToken token = next();
      if (token == JsonToken.START_ARRAY) {
        depth++;
      } else if (token == JsonToken.END_ARRAY) {
        depth--;
      } else {
        list.add(number(what));
      }
    }
    return list.toDoubleArray();
  }

  /** The current value, an array of integers in {@code [lo, hi]}, appended to a list. */
  public void integers(String what, int lo, int hi, IntConsumer into) throws IOException {
    expectArray(what);
    while (nextElement()) {
      into.accept(integer(what, lo, hi));
    }
  }

  /** The current value, an array of strings. */
  public List<String> strings(String what) throws IOException {
    expectArray(what);
    List<String> list = new ArrayList<>();
    while (nextElement()) {
      list.add(string(what));
    }
    return list;
  }

  /** The current value, an array of rows of finite numbers; the rows may differ in length. */
  double[][] matrix(String what) throws IOException {
    expectArray(what);
    List<double[]> rows = new ArrayList<>();
    DoubleArrayList row = new DoubleArrayList();
    while (nextElement()) {
      row.clear();
      numbers(what, row);
      rows.add(row.toDoubleArray());
    }
    return rows.toArray(new double[0][]);
  }

  /** The current value, an array of rows of integers in {@code [lo, hi]}. */
  int[][] intMatrix(String what, int lo, int hi) throws IOException {
    expectArray(what);
    List<int[]> rows = new ArrayList<>();
    IntArrayList row = new IntArrayList();
    while (nextElement()) {
      row.clear();
      integers(what, lo, hi, row::add);
      rows.add(row.toIntArray());
    }
    return rows.toArray(new int[0][]);
  }

  /** The fields of one object that have been read. */
  public static final class Seen {
    private long bits;

    private void add(int field, JsonCursor cursor, List<String> names) {
      if (has(field)) {
        throw cursor.fail("field '" + names.get(field) + "' stands twice", "it once");
      }
      bits |= 1L << field;
    }

    /** Whether a field has been read. */
    public boolean has(int field) {
      return (bits >>> field & 1) != 0;
    }

    /** Requires a field to have been read, at the end of its object. */
    public void require(int field, JsonCursor cursor, List<String> names) {
      if (!has(field)) {
        throw cursor.fail("no field '" + names.get(field) + "'", "that field with its value");
      }
    }

    /** Forgets all, for the next object. */
    public void clear() {
      bits = 0;
    }
  }
}
