package org.ugmm.tool.serve;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.LogProbability;
import org.ugmm.engine.data.Posterior;
import org.ugmm.engine.data.RealMoments;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable.Real;
import org.ugmm.tool.answer.Given;
import org.ugmm.tool.answer.Question;
import org.ugmm.tool.answer.RowQuestion;
import org.ugmm.tool.draw.Axis;
import org.ugmm.tool.draw.Backdrop;
import org.ugmm.tool.out.JsonOut;
import org.ugmm.tool.request.QueryRequest;

/** All that the explorer page shows of some variables, drawn, in one answer. */
final class Explore {
  /** Variables that are drawn; the others come as numbers. */
  private static final int DRAWN = 40;

  /** Above this many variables one refusal stands for all. */
  private static final int ASKED_ALONE = 64;

  private final ServedModel.Loaded model;
  private final Inference inference;
  private final Backdrop backdrop;
  private final Evidence evidence;
  private final Map<String, Posterior> posteriors = new HashMap<>();
  private @Nullable RefusedException refused;

  private Explore(ServedModel.Loaded model, Inference inference, Given given) {
    this.model = model;
    this.inference = inference;
    backdrop = model.backdrop();
    evidence = given.evidence();
  }

  /** The answer about the variables whose posterior is asked. */
  static byte[] answer(ServedModel.Loaded model, Inference inference, QueryRequest request)
      throws IOException {
    Explore explore = new Explore(model, inference, request.rows().get(0).given());
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    JsonGenerator json = JsonOut.open(out);
    json.writeStartObject();
    explore.marginal(json);
    explore.ask();
    json.writeArrayFieldStart("variables");
    int drawn = 0;
    for (Question question : request.questions()) {
      if (question instanceof RowQuestion row && row.queried() >= 0) {
        explore.variable(json, row.queried(), drawn++ < DRAWN);
      }
    }
    json.writeEndArray();
    json.writeEndObject();
    JsonOut.close(json);
    return out.toByteArray();
  }

  private void marginal(JsonGenerator json) throws IOException {
    json.writeObjectFieldStart("marginal");
    try {
      LogProbability log = inference.marginal(evidence);
      json.writeNumberField("value", log.value());
      json.writeBooleanField("normalised", log.normalised());
      JsonOut.certificate(json, log.certificate());
    } catch (RefusedException e) {
      problem(json, e);
    }
    json.writeEndObject();
  }

  private void problem(JsonGenerator json, RuntimeException e) throws IOException {
    json.writeObjectFieldStart("problem");
    Problem.of(e, model.compilation().analysis()).write(json);
    json.writeEndObject();
  }

  /** Asks for all posteriors in one go, where that is possible. */
  private void ask() {
    try {
      for (Posterior posterior : inference.posteriors(evidence)) {
        posteriors.put(posterior.variable().name(), posterior);
      }
    } catch (RefusedException e) {
      refused = e;
    }
  }

  private void variable(JsonGenerator json, int variable, boolean isDrawn) throws IOException {
    json.writeStartObject();
    String name = model.circuit().variables().get(variable).name();
    json.writeStringField("variable", name);
    boolean isReal = model.circuit().variables().get(variable) instanceof Real;
    boolean isCount =
        model.circuit().variables().get(variable) instanceof Real real && real.isCount();
    json.writeStringField("kind", isCount ? "count" : isReal ? "real" : "categorical");
    Axis axis = isDrawn ? backdrop.axis(variable) : null;
    if (axis != null) {
      JsonOut.interval(json, "axis", axis.lo(), axis.hi());
    }
    if (evidence.isPoint(variable)) {
      json.writeBooleanField("isKnown", true);
      if (isDrawn) {
        json.writeStringField("drawing", backdrop.draw(variable, evidence.point(variable)));
      }
    } else {
      try {
        Posterior posterior = posterior(variable, name);
        numbers(json, posterior, isDrawn);
        if (isDrawn) {
          json.writeStringField("drawing", backdrop.draw(variable, posterior));
        }
      } catch (RefusedException | ArgumentException e) {
        problem(json, e);
      }
    }
    json.writeEndObject();
  }

  private Posterior posterior(int variable, String name) {
    Posterior found = posteriors.get(name);
    if (found != null) {
      return found;
    }
    if (refused != null && model.circuit().numVariables() > ASKED_ALONE) {
      throw refused;
    }
    return inference.posterior(variable, evidence);
  }

  private static void numbers(JsonGenerator json, Posterior posterior, boolean isDrawn)
      throws IOException {
    if (posterior instanceof CategoricalPosterior states) {
      json.writeObjectFieldStart("probabilities");
      for (int s = 0; s < states.variable().numStates(); s++) {
        json.writeNumberField(states.variable().states().get(s), states.probability(s));
      }
      json.writeEndObject();
    } else if (posterior instanceof Posterior.Numeric mixture) {
      json.writeNumberField("mean", mixture.mean());
      json.writeNumberField("deviation", Math.sqrt(mixture.variance()));
      if (isDrawn) {
        json.writeNumberField("low", mixture.quantile(0.05));
        json.writeNumberField("high", mixture.quantile(0.95));
      }
    } else if (posterior instanceof RealMoments moments) {
      json.writeNumberField("mean", moments.mean());
      json.writeNumberField("deviation", Math.sqrt(moments.variance()));
    }
    JsonOut.certificate(json, posterior.certificate());
  }
}
