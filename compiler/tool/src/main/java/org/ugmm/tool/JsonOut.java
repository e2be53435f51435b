package org.ugmm.tool;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import org.ugmm.compiler.read.ModelVariable;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.Certificate.Enclosed;
import org.ugmm.engine.data.Certificate.Estimated;
import org.ugmm.engine.data.Certificate.Exact;
import org.ugmm.engine.data.Variable.Categorical;

/** Writes the parts that the JSON documents of the command share. */
final class JsonOut {
  private JsonOut() {}

  /** A generator of one document, UTF-8. The stream stays open. */
  static JsonGenerator open(OutputStream out) throws IOException {
    JsonGenerator json =
        JsonFactory.builder()
            .enable(JsonWriteFeature.WRITE_NAN_AS_STRINGS)
            .build()
            .createGenerator(out);
    json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
    return json;
  }

  /** Ends the document and its line. */
  static void close(JsonGenerator json) throws IOException {
    json.writeRaw('\n');
    json.close();
  }

  /** Evidence: numbers, names of states, [lo, hi] with null for no end, lists of states. */
  static void given(JsonGenerator json, Map<String, Object> values) throws IOException {
    json.writeObjectFieldStart("given");
    for (Map.Entry<String, Object> entry : values.entrySet()) {
      json.writeFieldName(entry.getKey());
      Object value = entry.getValue();
      if (value instanceof Given.Interval interval) {
        interval(json, interval.lo(), interval.hi());
      } else if (value instanceof List<?> states) {
        json.writeStartArray();
        for (Object state : states) {
          json.writeString((String) state);
        }
        json.writeEndArray();
      } else if (value instanceof Double number) {
        json.writeNumber(number);
      } else {
        json.writeString((String) value);
      }
    }
    json.writeEndObject();
  }

  /** A field [lo, hi], with null for an end that is infinite. */
  static void interval(JsonGenerator json, String name, double lo, double hi) throws IOException {
    json.writeFieldName(name);
    interval(json, lo, hi);
  }

  private static void interval(JsonGenerator json, double lo, double hi) throws IOException {
    json.writeStartArray();
    endpoint(json, lo);
    endpoint(json, hi);
    json.writeEndArray();
  }

  private static void endpoint(JsonGenerator json, double end) throws IOException {
    if (Double.isInfinite(end)) {
      json.writeNull();
    } else {
      json.writeNumber(end);
    }
  }

  /** The value of a variable: a number or the name of a state, null for NaN. */
  static void value(JsonGenerator json, ModelVariable variable, double value) throws IOException {
    if (Double.isNaN(value)) {
      json.writeNull();
    } else if (variable.variable() instanceof Categorical categorical) {
      json.writeString(categorical.states().get((int) value));
    } else {
      json.writeNumber(value);
    }
  }

  /** An array of numbers. */
  static void numbers(JsonGenerator json, String name, double[] values) throws IOException {
    json.writeFieldName(name);
    json.writeArray(values, 0, values.length);
  }

  /** The field {@code certificate}. */
  static void certificate(JsonGenerator json, Certificate certificate) throws IOException {
    json.writeObjectFieldStart("certificate");
    json.writeStringField("kind", certificate.kind().name());
    if (certificate instanceof Exact exact) {
      json.writeFieldName("relativeErrorBound");
      endpoint(json, exact.relativeErrorBound());
    } else if (certificate instanceof Enclosed enclosed) {
      json.writeNumberField("lo", enclosed.lo());
      json.writeNumberField("hi", enclosed.hi());
    } else if (certificate instanceof Estimated estimated) {
      json.writeNumberField("errorEstimate", estimated.errorEstimate());
      json.writeStringField("method", estimated.method());
      json.writeNumberField("seed", estimated.seed());
      json.writeNumberField("evaluations", estimated.evaluations());
    }
    json.writeEndObject();
  }
}
