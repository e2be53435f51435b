package org.ugmm.tool.out;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.io.IOException;
import java.io.OutputStream;
import org.ugmm.compiler.model.ModelVariable;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.Certificate.Enclosed;
import org.ugmm.engine.data.Certificate.Estimated;
import org.ugmm.engine.data.Certificate.Exact;
import org.ugmm.engine.data.Quantity;
import org.ugmm.engine.data.Variable.Categorical;

/** Writes the parts that the JSON documents of the command share. */
public final class JsonOut {
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(JsonWriteFeature.WRITE_NAN_AS_STRINGS)
          .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER) // the same digits on every JDK
          .build();

  private JsonOut() {}

  /** A generator of one document, UTF-8. The stream stays open. */
  public static JsonGenerator open(OutputStream out) throws IOException {
    JsonGenerator json = JSON.createGenerator(out);
    json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
    return json;
  }

  /** Ends the document and its line. */
  public static void close(JsonGenerator json) throws IOException {
    json.writeRaw('\n');
    json.close();
  }

  /** A field [lo, hi], with null for an end that is infinite. */
  public static void interval(JsonGenerator json, String name, double lo, double hi)
      throws IOException {
    json.writeFieldName(name);
    interval(json, lo, hi);
  }

  /** [lo, hi], with null for an end that is infinite. */
  public static void interval(JsonGenerator json, double lo, double hi) throws IOException {
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
  public static void value(JsonGenerator json, ModelVariable variable, double value)
      throws IOException {
    if (Double.isNaN(value)) {
      json.writeNull();
    } else if (variable.variable() instanceof Categorical categorical) {
      json.writeString(categorical.states().get((int) value));
    } else {
      json.writeNumber(value);
    }
  }

  /** An array of numbers. */
  public static void numbers(JsonGenerator json, String name, double[] values) throws IOException {
    json.writeFieldName(name);
    json.writeArray(values, 0, values.length);
  }

  /** A field with a number and its certificate. */
  public static void quantity(JsonGenerator json, String name, Quantity quantity)
      throws IOException {
    json.writeObjectFieldStart(name);
    json.writeNumberField("value", quantity.value());
    certificate(json, quantity.certificate());
    json.writeEndObject();
  }

  /** The field {@code certificate}. */
  public static void certificate(JsonGenerator json, Certificate certificate) throws IOException {
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
