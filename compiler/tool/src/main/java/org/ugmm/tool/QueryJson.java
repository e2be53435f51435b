package org.ugmm.tool;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import org.ugmm.compiler.Compilation;
import org.ugmm.compiler.read.ModelVariable;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.GaussianMixture;
import org.ugmm.engine.data.LogProbability;
import org.ugmm.engine.data.MpeAnswer;
import org.ugmm.engine.data.Posterior;
import org.ugmm.engine.data.RealMoments;

/**
 * Prints an answer as one JSON document with the fields {@code query}, {@code given}, {@code value}
 * and {@code certificate}. A log that is -infinity is the string "-Infinity", as JSON has no number
 * for it; a missing bound is null.
 */
record QueryJson(Compilation model, Given given, OutputStream out) implements QueryOutput {

  @Override
  public void logProbability(String query, LogProbability answer) throws IOException {
    JsonGenerator json = start(query);
    json.writeNumberField("value", answer.value());
    end(json, answer.normalised(), answer.certificate());
  }

  @Override
  public void posteriors(List<Posterior> answers) throws IOException {
    JsonGenerator json = start("posterior");
    json.writeFieldName("value");
    boolean isOne = answers.size() == 1;
    if (!isOne) {
      json.writeStartArray();
    }
    for (Posterior answer : answers) {
      posterior(json, answer);
    }
    if (!isOne) {
      json.writeEndArray();
    }
    List<Certificate> certificates = answers.stream().map(Posterior::certificate).toList();
    end(json, true, QueryText.weakest(certificates));
  }

  private static void posterior(JsonGenerator json, Posterior answer) throws IOException {
    json.writeStartObject();
    json.writeStringField("variable", answer.variable().name());
    if (answer instanceof CategoricalPosterior categorical) {
      json.writeStringField("kind", "categorical");
      json.writeObjectFieldStart("probabilities");
      List<String> states = categorical.variable().states();
      for (int s = 0; s < states.size(); s++) {
        json.writeNumberField(states.get(s), categorical.probability(s));
      }
      json.writeEndObject();
    } else if (answer instanceof GaussianMixture mixture) {
      json.writeStringField("kind", "real");
      JsonOut.numbers(json, "weights", mixture.weights());
      JsonOut.numbers(json, "means", mixture.means());
      JsonOut.numbers(json, "scales", mixture.scales());
      json.writeNumberField("mean", mixture.mean());
      json.writeNumberField("variance", mixture.variance());
      if (Double.isFinite(mixture.lo()) || Double.isFinite(mixture.hi())) {
        json.writeNumberField("uniformWeight", mixture.uniformWeight());
        JsonOut.interval(json, "interval", mixture.lo(), mixture.hi());
      }
    } else if (answer instanceof RealMoments moments) {
      json.writeStringField("kind", "real");
      json.writeNumberField("mean", moments.mean());
      json.writeNumberField("variance", moments.variance());
    }
    json.writeEndObject();
  }

  @Override
  public void mpe(MpeAnswer answer) throws IOException {
    JsonGenerator json = start("mpe");
    json.writeObjectFieldStart("value");
    json.writeFieldName("assignment");
    row(json, answer.assignment(), 0);
    json.writeNumberField("logValue", answer.logValue());
    json.writeNumberField("logUpperBound", answer.logUpperBound());
    json.writeEndObject();
    end(json, answer.normalised(), answer.certificate());
  }

  @Override
  public void samples(double[] rows, long seed) throws IOException {
    JsonGenerator json = start("sample");
    json.writeArrayFieldStart("value");
    for (int from = 0; from < rows.length; from += model.variables().size()) {
      row(json, rows, from);
    }
    json.writeEndArray();
    json.writeNumberField("seed", seed);
    json.writeObjectFieldStart("certificate");
    json.writeStringField("kind", Certificate.Kind.EXACT.name());
    json.writeEndObject();
    json.writeEndObject();
    JsonOut.close(json);
  }

  private void row(JsonGenerator json, double[] rows, int from) throws IOException {
    json.writeStartObject();
    for (int v = 0; v < model.variables().size(); v++) {
      ModelVariable variable = model.variables().get(v);
      json.writeFieldName(variable.name());
      JsonOut.value(json, variable, rows[from + v]);
    }
    json.writeEndObject();
  }

  private JsonGenerator start(String query) throws IOException {
    JsonGenerator json = JsonOut.open(out);
    json.writeStartObject();
    json.writeStringField("query", query);
    JsonOut.given(json, given.values());
    return json;
  }

  private static void end(JsonGenerator json, boolean normalised, Certificate certificate)
      throws IOException {
    json.writeBooleanField("normalised", normalised);
    JsonOut.certificate(json, certificate);
    json.writeEndObject();
    JsonOut.close(json);
  }
}
