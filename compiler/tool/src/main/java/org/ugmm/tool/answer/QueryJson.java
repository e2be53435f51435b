package org.ugmm.tool.answer;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.ugmm.compiler.Compilation;
import org.ugmm.compiler.model.ModelVariable;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.GaussianMixture;
import org.ugmm.engine.data.LogProbability;
import org.ugmm.engine.data.MpeAnswer;
import org.ugmm.engine.data.Posterior;
import org.ugmm.engine.data.RealMoments;
import org.ugmm.engine.mixture.LeafMixture;
import org.ugmm.tool.out.JsonOut;

/**
 * Prints an answer as one JSON document with the fields {@code query}, {@code given}, {@code value}
 * and {@code certificate}. A log that is -infinity is the string "-Infinity", as JSON has no number
 * for it; a missing bound is null.
 */
public record QueryJson(Compilation model, Given given, long seed, OutputStream out)
    implements QueryOutput {

  @Override
  public void print(Question question, List<Answer> answers) throws IOException {
    JsonGenerator json = JsonOut.open(out);
    json.writeStartObject();
    json.writeStringField("query", name(question));
    given(json, given);
    if (question instanceof RowQuestion.ProbabilityOf of) {
      probability(json, of, ((Answer.Log) answers.get(0)).log());
      json.writeEndObject();
      JsonOut.close(json);
      return;
    }
    json.writeFieldName("value");
    boolean isOne = answers.size() == 1;
    if (!isOne) {
      json.writeStartArray();
    }
    for (Answer answer : answers) {
      value(json, question, answer);
    }
    if (!isOne) {
      json.writeEndArray();
    }
    if (question instanceof Question.Sample) {
      json.writeNumberField("seed", seed);
      json.writeObjectFieldStart("certificate");
      json.writeStringField("kind", Certificate.Kind.EXACT.name());
      json.writeEndObject();
    } else {
      json.writeBooleanField("normalised", answers.stream().allMatch(QueryJson::isNormalised));
      List<Certificate> all = new ArrayList<>();
      answers.forEach(answer -> all.addAll(QueryText.certificates(answer)));
      if (!all.isEmpty()) {
        JsonOut.certificate(json, QueryText.weakest(all));
      }
    }
    json.writeEndObject();
    JsonOut.close(json);
  }

  /**
   * A probability and its log. The certificate speaks of the probability, which is {@code
   * exp(logValue)} also where that is too small for a double; then {@code logErrorBound} tells.
   */
  private static void probability(
      JsonGenerator json, RowQuestion.ProbabilityOf question, LogProbability answer)
      throws IOException {
    json.writeStringField("formula", question.words());
    json.writeNumberField("value", Math.exp(answer.value()));
    json.writeNumberField("logValue", answer.value());
    if (answer.certificate() instanceof Certificate.Exact exact) {
      json.writeNumberField("logErrorBound", exact.relativeErrorBound());
    }
    JsonOut.certificate(json, QueryText.linear(answer.certificate()));
  }

  private String name(Question question) {
    return question instanceof RowQuestion.PosteriorOf
        ? "posterior"
        : question.text(model.circuit());
  }

  private static boolean isNormalised(Answer answer) {
    if (answer instanceof Answer.Log log) {
      return log.log().normalised();
    }
    if (answer instanceof Answer.Chosen chosen) {
      return chosen.best().normalised();
    }
    return !(answer instanceof Answer.Explanations explanations)
        || explanations.best().stream().allMatch(MpeAnswer::normalised);
  }

  /**
   * Evidence: numbers, names of states, [lo, hi] with null for no end, lists, likelihoods; and the
   * formula that holds, where there is one.
   */
  static void given(JsonGenerator json, Given given) throws IOException {
    json.writeObjectFieldStart("given");
    for (Map.Entry<String, Known> entry : given.known().entrySet()) {
      json.writeFieldName(entry.getKey());
      Known known = entry.getValue();
      if (known instanceof Known.Value point) {
        json.writeNumber(point.value());
      } else if (known instanceof Known.State state) {
        json.writeString(state.name());
      } else if (known instanceof Known.Interval interval) {
        JsonOut.interval(json, interval.lo(), interval.hi());
      } else if (known instanceof Known.States states) {
        json.writeArray(states.names().toArray(String[]::new), 0, states.names().size());
      } else if (known instanceof Known.Likelihood soft) {
        json.writeStartObject();
        for (int i = 0; i < soft.names().size(); i++) {
          json.writeNumberField(soft.names().get(i), soft.likelihoods().get(i));
        }
        json.writeEndObject();
      }
    }
    json.writeEndObject();
    if (given.where() != null) {
      json.writeStringField("where", given.where());
    }
  }

  private void value(JsonGenerator json, Question question, Answer answer) throws IOException {
    if (answer instanceof Answer.Log log) {
      json.writeNumber(log.log().value());
    } else if (answer instanceof Answer.Distribution of) {
      posterior(json, of.posterior());
    } else if (answer instanceof Answer.Joint joint) {
      joint(json, joint);
    } else if (answer instanceof Answer.Chosen chosen) {
      chosen(json, chosen);
    } else if (answer instanceof Answer.Explanations explanations) {
      boolean isList = question instanceof Question.KBest;
      if (isList) {
        json.writeStartArray();
      }
      for (MpeAnswer mpe : explanations.best()) {
        explanation(json, mpe);
      }
      if (isList) {
        json.writeEndArray();
      }
    } else {
      double[] rows = ((Answer.Samples) answer).rows();
      json.writeStartArray();
      for (int from = 0; from < rows.length; from += model.variables().size()) {
        row(json, rows, from);
      }
      json.writeEndArray();
    }
  }

  private void joint(JsonGenerator json, Answer.Joint joint) throws IOException {
    json.writeStartArray();
    for (int j = 0; j < joint.states().length; j++) {
      json.writeStartObject();
      json.writeObjectFieldStart("assignment");
      for (int i = 0; i < joint.variables().length; i++) {
        ModelVariable variable = model.variables().get(joint.variables()[i]);
        json.writeFieldName(variable.name());
        JsonOut.value(json, variable, joint.states()[j][i]);
      }
      json.writeEndObject();
      json.writeNumberField("probability", Math.exp(joint.probabilities().get(j).value()));
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private void explanation(JsonGenerator json, MpeAnswer answer) throws IOException {
    json.writeStartObject();
    json.writeFieldName("assignment");
    row(json, answer.assignment(), 0);
    bounds(json, answer);
  }

  private static void bounds(JsonGenerator json, MpeAnswer answer) throws IOException {
    json.writeNumberField("logValue", answer.logValue());
    json.writeNumberField("logUpperBound", answer.logUpperBound());
    json.writeEndObject();
  }

  private void chosen(JsonGenerator json, Answer.Chosen answer) throws IOException {
    json.writeStartObject();
    json.writeObjectFieldStart("assignment");
    for (int i = 0; i < answer.variables().length; i++) {
      ModelVariable variable = model.variables().get(answer.variables()[i]);
      json.writeFieldName(variable.name());
      JsonOut.value(json, variable, answer.best().assignment()[i]);
    }
    json.writeEndObject();
    bounds(json, answer.best());
  }

  /** Logs of the probabilities that are too small for the bound of the certificate to hold. */
  private static void logsOfTiny(JsonGenerator json, CategoricalPosterior posterior)
      throws IOException {
    List<String> states = posterior.variable().states();
    boolean isOpen = false;
    for (int s = 0; s < states.size(); s++) {
      if (!posterior.isTiny(s)) {
        continue;
      }
      if (!isOpen) {
        json.writeObjectFieldStart("logProbabilities");
        isOpen = true;
      }
      json.writeObjectFieldStart(states.get(s));
      json.writeNumberField("value", posterior.logProbability(s));
      json.writeNumberField("errorBound", posterior.logErrorBound(s));
      json.writeEndObject();
    }
    if (isOpen) {
      json.writeEndObject();
    }
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
      logsOfTiny(json, categorical);
    } else if (answer instanceof GaussianMixture mixture) {
      json.writeStringField("kind", "real");
      JsonOut.numbers(json, "weights", mixture.weights());
      JsonOut.numbers(json, "means", mixture.means());
      JsonOut.numbers(json, "scales", mixture.scales());
      moments(json, mixture);
      if (Double.isFinite(mixture.lo()) || Double.isFinite(mixture.hi())) {
        json.writeNumberField("uniformWeight", mixture.uniformWeight());
        JsonOut.interval(json, "interval", mixture.lo(), mixture.hi());
      }
    } else if (answer instanceof LeafMixture mixture) {
      leaves(json, mixture);
    } else if (answer instanceof RealMoments moments) {
      json.writeStringField("kind", "real");
      json.writeNumberField("mean", moments.mean());
      json.writeNumberField("variance", moments.variance());
    }
    json.writeEndObject();
  }

  /** The mean and the variance, each with its own bound: the certificate's is of the weights. */
  private static void moments(JsonGenerator json, Posterior.Numeric of) throws IOException {
    json.writeNumberField("mean", of.mean());
    bound(json, "meanErrorBound", of.meanErrorBound());
    json.writeNumberField("variance", of.variance());
    bound(json, "varianceErrorBound", of.varianceErrorBound());
  }

  /** A bound on an absolute error; no field where there is none. */
  private static void bound(JsonGenerator json, String name, double bound) throws IOException {
    if (bound < Double.POSITIVE_INFINITY) {
      json.writeNumberField(name, bound);
    }
  }

  private static void leaves(JsonGenerator json, LeafMixture mixture) throws IOException {
    json.writeStringField("kind", mixture.variable().isCount() ? "count" : "real");
    json.writeArrayFieldStart("components");
    for (LeafMixture.Component component : mixture.components()) {
      json.writeStartObject();
      json.writeNumberField("weight", component.weight());
      json.writeStringField("family", component.kind().name().toLowerCase(Locale.ROOT));
      json.writeArrayFieldStart("parameters");
      for (double parameter : component.parameters()) {
        json.writeNumber(parameter);
      }
      json.writeEndArray();
      json.writeNumberField("mean", component.mean());
      json.writeNumberField("variance", component.variance());
      json.writeEndObject();
    }
    json.writeEndArray();
    moments(json, mixture);
    if (Double.isFinite(mixture.lo()) || Double.isFinite(mixture.hi())) {
      JsonOut.interval(json, "interval", mixture.lo(), mixture.hi());
    }
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
}
