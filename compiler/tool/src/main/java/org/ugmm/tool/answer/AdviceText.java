package org.ugmm.tool.answer;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.ugmm.compiler.Compilation;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.Posterior;
import org.ugmm.engine.data.Quantity;
import org.ugmm.engine.explain.Advice;
import org.ugmm.tool.out.JsonOut;
import org.ugmm.tool.out.Refusal;
import org.ugmm.tool.out.TextTable;
import org.ugmm.tool.out.Words;

/**
 * Advice for people and for programs, the most useful first.
 *
 * @param cost of each variable of which one is said; 1 of the others
 */
public record AdviceText(Compilation model, Given given, Advice advice, Map<Integer, Double> cost) {

  private String name(Advice.Gain gain) {
    return model.circuit().variables().get(gain.variable()).name();
  }

  private double cost(Advice.Gain gain) {
    return cost.getOrDefault(gain.variable(), 1.0);
  }

  /** Information by cost; -1 where there is no answer. */
  private double worth(Advice.Gain gain) {
    Quantity information = gain.information();
    return information == null ? -1 : information.value() / cost(gain);
  }

  private List<Advice.Gain> ranked() {
    List<Advice.Gain> gains = new ArrayList<>(advice.gains());
    gains.sort(Comparator.comparingDouble(gain -> -worth(gain)));
    return gains;
  }

  private String refusal(Advice.Gain gain) {
    return gain.problem() == null ? "" : Refusal.words(gain.problem(), model.analysis());
  }

  private static String rounded(Quantity quantity) {
    if (quantity.certificate() instanceof Certificate.Estimated estimated) {
      // no more digits than the error leaves
      double error = estimated.errorEstimate();
      return error < 1e-6 * Math.abs(quantity.value())
          ? Words.rounded(quantity.value())
          : "%s +- %s".formatted(Words.within(quantity.value(), error), Words.bound(error));
    }
    return Words.rounded(quantity.value());
  }

  private static String certificate(Quantity quantity) {
    return quantity.certificate().kind().name();
  }

  /** Prints for a person. */
  public void print(PrintStream out, boolean isQuiet) {
    Posterior now = advice.target();
    String name = now.variable().name();
    boolean hasCosts = !cost.isEmpty();
    if (!isQuiet) {
      out.println("what to measure next, to know %s given %s".formatted(name, given.words()));
    }
    TextTable before = new TextTable("", "");
    if (now instanceof CategoricalPosterior states) {
      int best = states.mostProbable();
      before.row(
          "now",
          "%s, right with probability %s; entropy %s nats"
              .formatted(
                  states.variable().states().get(best),
                  Words.rounded(states.probability(best)),
                  Words.rounded(states.entropy())));
    } else if (now instanceof Posterior.Numeric numeric) {
      before.row(
          "now",
          "mean %s, variance %s"
              .formatted(Words.rounded(numeric.mean()), Words.rounded(numeric.variance())));
    }
    before.print(out);
    out.println();
    String then = now instanceof CategoricalPosterior ? ">right then" : ">variance then";
    TextTable table =
        hasCosts
            ? new TextTable("measure", ">nats", ">cost", ">nats/cost", then, "certificate")
            : new TextTable("measure", ">nats", then, "certificate");
    List<String> refused = new ArrayList<>();
    for (Advice.Gain gain : ranked()) {
      Quantity information = gain.information();
      Quantity decision = gain.decision();
      if (information == null || decision == null) {
        refused.add("  %s: %s".formatted(name(gain), refusal(gain)));
      } else if (hasCosts) {
        table.row(
            name(gain),
            rounded(information),
            Words.number(cost(gain)),
            Words.rounded(worth(gain)),
            rounded(decision),
            certificate(information));
      } else {
        table.row(name(gain), rounded(information), rounded(decision), certificate(information));
      }
    }
    table.print(out);
    if (!refused.isEmpty()) {
      out.println();
      out.println("  refused");
      refused.forEach(out::println);
    }
  }

  /** Writes one JSON document. */
  public void writeJson(OutputStream out) throws IOException {
    JsonGenerator json = JsonOut.open(out);
    json.writeStartObject();
    json.writeStringField("query", "advise");
    QueryJson.given(json, given);
    json.writeStringField("target", advice.target().variable().name());
    json.writeObjectFieldStart("now");
    if (advice.target() instanceof CategoricalPosterior states) {
      json.writeNumberField("accuracy", states.probability(states.mostProbable()));
      json.writeNumberField("entropy", states.entropy());
    } else if (advice.target() instanceof Posterior.Numeric numeric) {
      json.writeNumberField("mean", numeric.mean());
      json.writeNumberField("variance", numeric.variance());
    }
    JsonOut.certificate(json, advice.target().certificate());
    json.writeEndObject();
    json.writeArrayFieldStart("candidates");
    for (Advice.Gain gain : ranked()) {
      json.writeStartObject();
      json.writeStringField("variable", name(gain));
      Quantity information = gain.information();
      Quantity decision = gain.decision();
      if (information == null || decision == null) {
        json.writeStringField("refused", refusal(gain));
      } else {
        boolean isState = advice.target() instanceof CategoricalPosterior;
        JsonOut.quantity(json, "information", information);
        JsonOut.quantity(json, isState ? "expectedAccuracy" : "expectedVariance", decision);
        json.writeNumberField("cost", cost(gain));
        json.writeNumberField("informationPerCost", worth(gain));
      }
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
    JsonOut.close(json);
  }
}
