package org.ugmm.tool.request;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.ugmm.compiler.Compilation;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.InferenceOptions;
import org.ugmm.tool.out.Words;

/**
 * Reads the fields of a request as they come, in any order: those of its kind, and {@code allow},
 * {@code tolerance}, {@code budget} and {@code seed} of all kinds.
 *
 * @param <R> the request
 */
abstract class RequestReader<R> {
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER).build();

  final JsonParser json;
  final Compilation model;
  final Circuit circuit;
  final Limits limits;
  private InferenceOptions options;

  RequestReader(JsonParser json, Compilation model, InferenceOptions defaults, Limits limits) {
    this.json = json;
    this.model = model;
    this.limits = limits;
    circuit = model.circuit();
    options = defaults;
  }

  /** Makes the reader of a kind of requests. */
  interface Maker<R> {
    RequestReader<R> of(JsonParser json);
  }

  /** Reads a document that is one request. */
  static <R> R read(byte[] text, Maker<R> maker) {
    try (JsonParser json = JSON.createParser(text)) {
      R request = maker.of(json).document();
      if (json.nextToken() != null) {
        throw RequestException.malformed("there is more after the document", place(json));
      }
      return request;
    } catch (JsonProcessingException e) {
      String where =
          e.getLocation() == null
              ? "body"
              : "line %d, column %d"
                  .formatted(e.getLocation().getLineNr(), e.getLocation().getColumnNr());
      throw RequestException.malformed(
          "the body is not JSON: " + Words.shorten(e.getOriginalMessage()), where);
    } catch (IOException e) {
      throw RequestException.malformed("the body is not UTF-8 text", "body");
    }
  }

  private static String place(JsonParser json) {
    return "line %d, column %d"
        .formatted(json.currentLocation().getLineNr(), json.currentLocation().getColumnNr());
  }

  /** Reads the value of a field of this kind; false where there is no such field. */
  abstract boolean field(String field) throws IOException;

  /** The fields of this kind, for messages: {@code "query, given"}. */
  abstract String fields();

  /** A field that no request of this kind goes without, for messages. */
  abstract String needed();

  /** Makes the request when all fields are read. */
  abstract R request(InferenceOptions options);

  private R document() throws IOException {
    if (json.nextToken() == null) {
      throw RequestException.malformed("the body is empty; expected a JSON object", "body");
    }
    if (!json.isExpectedStartObjectToken()) {
      throw RequestException.unexpected(
          "", "expected a JSON object with the field '%s'".formatted(needed()));
    }
    Set<String> seen = new HashSet<>();
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String field = json.currentName();
      if (!seen.add(field)) {
        throw RequestException.unexpected("/" + Words.shorten(field), "the field comes twice");
      }
      json.nextToken();
      if (!field(field)) {
        common(field);
      }
    }
    return request(options);
  }

  private void common(String field) throws IOException {
    switch (field) {
      case "allow" -> options = options.allowing(kinds());
      case "tolerance" -> options = options.withTolerance(tolerance());
      case "budget" ->
          options =
              options.withBudget(
                  Limits.ofWork(options.budget(), integer(field, 0, limits.boxes())));
      case "seed" -> options = options.withSeed(integer(field, Long.MIN_VALUE, Long.MAX_VALUE));
      default ->
          throw RequestException.unexpected(
              "/" + Words.shorten(field),
              "no such field; expected %s, allow, tolerance, budget or seed".formatted(fields()));
    }
  }

  final String text(String field) throws IOException {
    if (json.currentToken() != JsonToken.VALUE_STRING) {
      throw RequestException.unexpected("/" + field, "expected a text");
    }
    return json.getText();
  }

  final long integer(String field, long least, long most) throws IOException {
    if (json.currentToken() != JsonToken.VALUE_NUMBER_INT
        || json.getNumberType() == JsonParser.NumberType.BIG_INTEGER
        || json.getLongValue() < least
        || json.getLongValue() > most) {
      throw RequestException.unexpected(
          "/" + field, "expected an integer from %d to %d".formatted(least, most));
    }
    return json.getLongValue();
  }

  /** A number; NaN where it is none. */
  final double number() throws IOException {
    return json.currentToken().isNumeric() ? json.getDoubleValue() : Double.NaN;
  }

  final boolean bool(String field) throws IOException {
    if (!json.currentToken().isBoolean()) {
      throw RequestException.unexpected("/" + field, "expected true or false");
    }
    return json.getBooleanValue();
  }

  /** A list of texts. */
  final List<String> texts(String field) throws IOException {
    List<String> found = new ArrayList<>();
    if (json.currentToken() == JsonToken.START_ARRAY) {
      while (json.nextToken() == JsonToken.VALUE_STRING) {
        found.add(json.getText());
      }
    }
    if (json.currentToken() != JsonToken.END_ARRAY) {
      throw RequestException.unexpected("/" + field, "expected a list of texts");
    }
    return found;
  }

  private double tolerance() throws IOException {
    double value = number();
    if (!(value >= 0 && value < 1)) {
      throw RequestException.unexpected(
          "/tolerance", "expected a number of at least 0 and below 1");
    }
    return value;
  }

  private Certificate.Kind[] kinds() throws IOException {
    Set<Certificate.Kind> kinds = EnumSet.of(Certificate.Kind.EXACT);
    if (json.currentToken() == JsonToken.START_ARRAY) {
      while (json.nextToken() == JsonToken.VALUE_STRING) {
        String name = json.getText().toUpperCase(Locale.ROOT);
        boolean isKind = false;
        for (Certificate.Kind kind : Certificate.Kind.values()) {
          if (kind.name().equals(name)) {
            isKind = kinds.add(kind) || kind == Certificate.Kind.EXACT;
          }
        }
        if (!isKind) {
          break;
        }
      }
    }
    if (json.currentToken() != JsonToken.END_ARRAY) {
      throw RequestException.unexpected(
          "/allow", "expected a list of exact, enclosed and estimated, each once");
    }
    return kinds.toArray(new Certificate.Kind[0]);
  }
}
