package org.ugmm.tool.request;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.Compilation;
import org.ugmm.compiler.model.ModelVariable;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.tool.answer.Given;
import org.ugmm.tool.answer.Known;
import org.ugmm.tool.out.InputException;
import org.ugmm.tool.table.ValueReader;

/**
 * Reads evidence as {@link org.ugmm.tool.answer.QueryJson} writes it: numbers, names of states,
 * {@code [lo, hi]} with null for no end, lists of states, likelihoods as objects. A text about a
 * real variable, or one that is no state, is read as the option {@code --given} reads it; null is
 * nothing.
 */
final class GivenJson {
  private GivenJson() {}

  /** Reads an object; the parser stands on its beginning, then on its end. */
  static Given read(JsonParser json, Compilation model) throws IOException {
    if (!json.isExpectedStartObjectToken()) {
      throw RequestException.unexpected(
          "/given", "expected an object with a field for each variable that is known");
    }
    Given given = Given.nothing(model.circuit());
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String name = json.currentName();
      int variable = model.circuit().indexOf(name);
      if (given.known().containsKey(name)) {
        throw RequestException.unexpected("/given", "variable '%s' is given twice".formatted(name));
      }
      json.nextToken();
      Known known = value(json, model.variables().get(variable));
      if (known != null) {
        given.add(variable, known);
      }
    }
    return given;
  }

  private static @Nullable Known value(JsonParser json, ModelVariable variable) throws IOException {
    Categorical categorical = variable.variable() instanceof Categorical of ? of : null;
    switch (json.currentToken()) {
      case VALUE_NULL -> {
        return null;
      }
      case VALUE_STRING -> {
        return Given.read(variable, json.getText());
      }
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
        return categorical == null
            ? new Known.Value(finite(json, variable))
            : Given.read(variable, json.getText());
      }
      case START_ARRAY -> {
        return categorical == null ? interval(json, variable) : states(json, variable);
      }
      case START_OBJECT -> {
        if (categorical != null) {
          return likelihood(json, variable, categorical);
        }
      }
      default -> {}
    }
    throw new InputException(
        "variable '%s': found %s; expected %s"
            .formatted(
                variable.name(),
                json.currentToken().name(),
                categorical == null
                    ? "a number, an interval [lo, hi] or null"
                    : "the name of a state, a list of states, an object of likelihoods or null"));
  }

  private static double finite(JsonParser json, ModelVariable variable) throws IOException {
    double value = json.getDoubleValue();
    if (Double.isInfinite(value)) {
      throw new InputException(
          "variable '%s': '%s' is too large for a double; expected a finite number"
              .formatted(variable.name(), json.getText()));
    }
    return value;
  }

  private static Known interval(JsonParser json, ModelVariable variable) throws IOException {
    double[] ends = {Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY};
    int count = 0;
    while (json.nextToken() != JsonToken.END_ARRAY) {
      boolean isOpen = json.currentToken() == JsonToken.VALUE_NULL;
      if (count == 2 || !isOpen && !json.currentToken().isNumeric()) {
        throw badInterval(variable);
      }
      if (!isOpen) {
        ends[count] = finite(json, variable);
      }
      count++;
    }
    if (count != 2) {
      throw badInterval(variable);
    }
    return new Known.Interval(ends[0], ends[1]);
  }

  private static InputException badInterval(ModelVariable variable) {
    return new InputException(
        "variable '%s': expected an interval of two numbers [lo, hi], with null for an open end"
            .formatted(variable.name()));
  }

  private static Known states(JsonParser json, ModelVariable variable) throws IOException {
    List<String> names = new ArrayList<>();
    while (json.nextToken() != JsonToken.END_ARRAY) {
      if (!json.currentToken().isScalarValue() || json.currentToken() == JsonToken.VALUE_NULL) {
        throw new InputException(
            "variable '%s': expected a list of names of states".formatted(variable.name()));
      }
      String state = state(variable, json.getText());
      if (!names.contains(state)) {
        names.add(state);
      }
    }
    return new Known.States(names);
  }

  private static String state(ModelVariable variable, String text) {
    Categorical categorical = (Categorical) variable.variable();
    return categorical.states().get(new ValueReader(variable).state(text, categorical));
  }

  private static Known likelihood(JsonParser json, ModelVariable variable, Categorical categorical)
      throws IOException {
    List<String> names = new ArrayList<>();
    List<Double> values = new ArrayList<>();
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String state = state(variable, json.currentName());
      boolean isNumber = json.nextToken().isNumeric();
      double value = isNumber ? finite(json, variable) : Double.NaN;
      if (!(value >= 0) || names.contains(state)) {
        throw new InputException(
            "variable '%s': the likelihood of '%s'; expected one number for each state, finite and"
                    .formatted(categorical.name(), state)
                + " not negative");
      }
      names.add(state);
      values.add(value);
    }
    return new Known.Likelihood(names, values);
  }
}
