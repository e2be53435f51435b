package org.ugmm.tool.request;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.OutputStream;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.Compilation;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.Certificate.Kind;
import org.ugmm.engine.data.InferenceOptions;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.explain.Advisor;
import org.ugmm.tool.answer.AdviceText;
import org.ugmm.tool.answer.ExplanationText;
import org.ugmm.tool.answer.Given;
import org.ugmm.tool.out.Words;
import org.ugmm.tool.table.ValueReader;

/**
 * A JSON document that asks about the posterior of one variable: why it is what it is, or what to
 * measure next to know more.
 *
 * @param target index of the variable
 * @param given what is known
 * @param state index of the state that is explained, -1 for the most probable one
 * @param cost of measuring a variable, by index; 1 of the others
 * @param options how it may be answered
 */
public record AboutRequest(
    int target, Given given, int state, Map<Integer, Double> cost, InferenceOptions options) {

  /**
   * Reads what is to be explained: {@code target}, {@code state}, {@code given}, {@code where} and
   * the options of {@link QueryRequest#read}.
   *
   * @throws RequestException if it is not JSON or not these fields
   * @throws org.ugmm.tool.out.InputException if a value is none of its variable
   * @throws ArgumentException if there is no such variable
   */
  public static AboutRequest readExplain(
      byte[] text, Compilation model, InferenceOptions defaults, Limits limits) {
    return RequestReader.read(text, json -> new Reader(json, model, defaults, limits, "state"));
  }

  /**
   * Reads what advice is asked for: {@code target}, {@code cost}, {@code given}, {@code where} and
   * the options of {@link QueryRequest#read}. Estimates are allowed where the document does not say
   * otherwise, as in the command.
   *
   * @throws RequestException as {@link #readExplain}
   * @throws org.ugmm.tool.out.InputException as that
   * @throws ArgumentException as that
   */
  public static AboutRequest readAdvise(
      byte[] text, Compilation model, InferenceOptions defaults, Limits limits) {
    InferenceOptions estimating = defaults.allowing(Kind.EXACT, Kind.ENCLOSED, Kind.ESTIMATED);
    return RequestReader.read(text, json -> new Reader(json, model, estimating, limits, "cost"));
  }

  /** Writes the document that {@code explain --json} prints. */
  public void explain(Compilation model, Inference inference, OutputStream out) throws IOException {
    ExplanationText.of(model, inference, given, target, state).writeJson(out);
  }

  /** Writes the document that {@code advise --json} prints. */
  public void advise(Compilation model, Inference inference, OutputStream out) throws IOException {
    new AdviceText(model, given, new Advisor(inference).advise(target, given.evidence()), cost)
        .writeJson(out);
  }

  private static final class Reader extends RequestReader<AboutRequest> {
    /** The one field that the other kind does not have. */
    private final String own;

    private @Nullable String target;
    private @Nullable String state;
    private @Nullable String where;
    private final Map<Integer, Double> cost = new HashMap<>();
    private Given given;

    Reader(
        JsonParser json, Compilation model, InferenceOptions defaults, Limits limits, String own) {
      super(json, model, defaults, limits);
      this.own = own;
      given = Given.nothing(circuit);
    }

    @Override
    String fields() {
      return "target, %s, given, where".formatted(own);
    }

    @Override
    String needed() {
      return "target";
    }

    @Override
    boolean field(String field) throws IOException {
      switch (field) {
        case "target" -> target = text(field);
        case "where" -> where = text(field);
        case "given" -> given = GivenJson.read(json, model);
        default -> {
          if (!field.equals(own)) {
            return false;
          }
          if (own.equals("state")) {
            state = text(field);
          } else {
            costs();
          }
        }
      }
      return true;
    }

    private void costs() throws IOException {
      if (json.currentToken() != JsonToken.START_OBJECT) {
        throw RequestException.unexpected("/cost", "expected an object of costs by variable");
      }
      while (json.nextToken() != JsonToken.END_OBJECT) {
        String name = json.currentName();
        int variable = circuit.indexOf(name);
        json.nextToken();
        double value = number();
        if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
          throw RequestException.unexpected(
              "/cost/" + Words.shorten(name), "expected a cost above 0, such as 2.5");
        }
        cost.put(variable, value);
      }
    }

    @Override
    AboutRequest request(InferenceOptions options) {
      if (target == null) {
        throw RequestException.unexpected("/target", "missing; expected the name of a variable");
      }
      int variable = circuit.indexOf(target);
      int index = -1;
      if (state != null) {
        if (!(circuit.variables().get(variable) instanceof Categorical categorical)) {
          throw RequestException.unexpected(
              "/state", "variable '%s' has no states".formatted(Words.shorten(target)));
        }
        index = new ValueReader(model.variables().get(variable)).state(state, categorical);
      }
      Given all = where == null ? given : given.where(where);
      return new AboutRequest(variable, all, index, cost, options);
    }
  }
}
