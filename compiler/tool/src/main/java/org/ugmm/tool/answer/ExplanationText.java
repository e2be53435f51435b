package org.ugmm.tool.answer;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.Compilation;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.Quantity;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.explain.Explainer;
import org.ugmm.engine.explain.Explanation;
import org.ugmm.tool.out.JsonOut;
import org.ugmm.tool.out.TextTable;
import org.ugmm.tool.out.Waterfall;
import org.ugmm.tool.out.Words;

/**
 * An explanation for people, for programs and as a picture.
 *
 * @param before the shares of the components of the model without evidence, null where it has none
 * @param after the same with it
 */
public record ExplanationText(
    Compilation model,
    Given given,
    Explanation explanation,
    @Nullable CategoricalPosterior before,
    @Nullable CategoricalPosterior after) {
  private static final int COMPONENTS_SHOWN = 5;

  /**
   * Explains the posterior of a variable.
   *
   * @param state as {@link Explainer#explain(int, int, Evidence)} takes it
   * @throws org.ugmm.engine.data.ArgumentException as that says
   * @throws org.ugmm.engine.data.RefusedException as that says
   */
  public static ExplanationText of(
      Compilation model, Inference inference, Given given, int variable, int state) {
    Circuit circuit = model.circuit();
    return new ExplanationText(
        model,
        given,
        new Explainer(inference).explain(variable, state, given.evidence()),
        circuit.components(new Evidence(circuit)),
        circuit.components(given.evidence()));
  }

  /** The pieces, those that moved the answer most first. */
  private List<Explanation.Piece> sorted() {
    List<Explanation.Piece> pieces = new ArrayList<>(explanation.pieces());
    pieces.sort(
        Comparator.comparingDouble((Explanation.Piece p) -> -Math.abs(p.shapley().value())));
    return pieces;
  }

  private String name(Explanation.Piece piece) {
    return model.circuit().variables().get(piece.variable()).name();
  }

  /** A piece as it was given. */
  private String words(Explanation.Piece piece) {
    return given.words(name(piece));
  }

  private boolean isReal() {
    return explanation.state() < 0;
  }

  private String state() {
    return ((Categorical) explanation.target()).states().get(explanation.state());
  }

  /** {@code log-odds of species = setosa}, {@code mean of x}. */
  String measure() {
    String name = explanation.target().name();
    return isReal() ? "mean of " + name : "log-odds of %s = %s".formatted(name, state());
  }

  private static double probability(double logOdds) {
    return 1 / (1 + Math.exp(-logOdds));
  }

  private String value(Quantity measure) {
    return isReal()
        ? Words.rounded(measure.value())
        : "%s (probability %s)"
            .formatted(Words.rounded(measure.value()), Words.rounded(probability(measure.value())));
  }

  /** Prints for a person. */
  public void print(PrintStream out, boolean isQuiet) {
    if (!isQuiet) {
      out.println("%s given %s".formatted(measure(), given.words()));
    }
    boolean isExact =
        explanation.pieces().stream()
            .allMatch(p -> p.shapley().certificate() instanceof Certificate.Exact);
    TextTable table =
        isExact
            ? new TextTable("evidence", ">shapley", ">without it")
            : new TextTable("evidence", ">shapley", ">+-", ">without it");
    for (Explanation.Piece piece : sorted()) {
      String shapley = Words.signed(piece.shapley().value());
      String without = Words.signed(-piece.leaveOneOut().value());
      if (piece.shapley().certificate() instanceof Certificate.Estimated estimated) {
        table.row(words(piece), shapley, Words.bound(estimated.errorEstimate()), without);
      } else {
        table.row(words(piece), shapley, without);
      }
    }
    table.print(out);
    out.println();
    double change = explanation.after().value() - explanation.before().value();
    TextTable sums = new TextTable("", "");
    sums.row("without the evidence", value(explanation.before()));
    sums.row("sum of the Shapley values", Words.signed(explanation.sum()));
    sums.row("with the evidence", value(explanation.after()));
    sums.row("certificate", certificate(isExact, change));
    sums.print(out);
    components(out);
  }

  private String certificate(boolean isExact, double change) {
    if (isExact) {
      return "exact: the sum is the change %s up to an error of at most %s"
          .formatted(Words.signed(change), Words.bound(explanation.sumErrorBound()));
    }
    Quantity any = explanation.pieces().get(0).shapley();
    return "estimated (not proven): %s, +- is the standard error"
        .formatted(((Certificate.Estimated) any.certificate()).method());
  }

  private void components(PrintStream out) {
    if (before == null || after == null) {
      return;
    }
    out.println();
    double[] now = after.probabilities();
    TextTable table = new TextTable("component", ">share before", ">share now");
    for (int i : largest(now)) {
      table.row(
          after.variable().states().get(i) + " of " + now.length,
          Words.percent(before.probability(i)),
          Words.percent(now[i]));
    }
    table.print(out);
  }

  private static List<Integer> largest(double[] share) {
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < share.length; i++) {
      order.add(i);
    }
    order.sort(Comparator.comparingDouble(i -> -share[i]));
    return order.subList(0, Math.min(COMPONENTS_SHOWN, order.size()));
  }

  /** Writes one JSON document. */
  public void writeJson(OutputStream out) throws IOException {
    JsonGenerator json = JsonOut.open(out);
    json.writeStartObject();
    json.writeStringField("query", "explain");
    QueryJson.given(json, given);
    json.writeStringField("target", explanation.target().name());
    if (isReal()) {
      json.writeStringField("measure", "mean");
    } else {
      json.writeStringField("state", state());
      json.writeStringField("measure", "logOdds");
    }
    JsonOut.quantity(json, "before", explanation.before());
    JsonOut.quantity(json, "after", explanation.after());
    json.writeArrayFieldStart("pieces");
    for (Explanation.Piece piece : sorted()) {
      json.writeStartObject();
      json.writeStringField("variable", name(piece));
      JsonOut.quantity(json, "shapley", piece.shapley());
      JsonOut.quantity(json, "leaveOneOut", piece.leaveOneOut());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeNumberField("sum", explanation.sum());
    if (explanation.sumErrorBound() < Double.POSITIVE_INFINITY) {
      json.writeNumberField("sumErrorBound", explanation.sumErrorBound());
    }
    if (before != null && after != null) {
      json.writeArrayFieldStart("components");
      for (int i : largest(after.probabilities())) {
        json.writeStartObject();
        json.writeNumberField("component", i + 1);
        json.writeNumberField("before", before.probability(i));
        json.writeNumberField("after", after.probability(i));
        json.writeEndObject();
      }
      json.writeEndArray();
    }
    json.writeEndObject();
    JsonOut.close(json);
  }

  /** A waterfall from the measure without evidence to that with it, as SVG. */
  public String svg() {
    Waterfall waterfall =
        new Waterfall(measure(), "without the evidence", explanation.before().value());
    for (Explanation.Piece piece : sorted()) {
      waterfall.step(words(piece), piece.shapley().value());
    }
    return waterfall.svg("with the evidence", explanation.after().value());
  }
}
