package org.ugmm.compiler.read.json;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.model.Classes;
import org.ugmm.compiler.model.ModelVariable;
import org.ugmm.compiler.model.Source;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.data.Variable.Prior;
import org.ugmm.engine.data.Variable.Real;

/** Reads the variables and classes that the JSON formats share. */
public final class VariablesReader {
  /** Every leaf on a variable holds a number a state, so a short text must not ask for more. */
  static final int MAX_STATES = 4_096;

  private static final List<String> FIELDS =
      List.of("name", "kind", "domain", "prior", "states", "codes");
  private static final int NAME = 0;
  private static final int KIND = 1;
  private static final int DOMAIN = 2;
  private static final int PRIOR = 3;
  private static final int STATES = 4;
  private static final int CODES = 5;
  private static final List<String> PRIOR_FIELDS = List.of("mean", "scale");
  private static final List<String> CLASS_FIELDS = List.of("variable", "states", "priors");

  private VariablesReader() {}

  /** The current value of the cursor, an array of variables. */
  public static List<ModelVariable> variables(JsonCursor in) throws IOException {
    in.expectArray("variables");
    List<ModelVariable> variables = new ArrayList<>();
    Set<String> names = new HashSet<>();
    while (in.nextElement()) {
      ModelVariable variable = variable(in);
      if (!names.add(variable.name())) {
        throw in.fail(
            "variable '" + variable.name() + "' is declared twice", "each name once; rename one");
      }
      variables.add(variable);
    }
    if (variables.isEmpty()) {
      throw in.fail("no variable", "at least one");
    }
    return variables;
  }

  private static ModelVariable variable(JsonCursor in) throws IOException {
    in.expectObject("a variable");
    JsonCursor.Seen seen = new JsonCursor.Seen();
    String name = "";
    String kind = "";
    double[] domain = {Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY};
    Prior prior = null;
    List<String> states = List.of();
    double[] codes = {};
    for (int field; (field = in.nextField(FIELDS, seen)) >= 0; ) {
      switch (field) {
        case NAME -> name = name(in);
        case KIND -> kind = kind(in);
        case DOMAIN -> domain = domain(in);
        case PRIOR -> prior = prior(in);
        case STATES -> states = states(in);
        case CODES -> codes = in.numbers("a code for each state");
        default -> throw new AssertionError(field);
      }
    }
    seen.require(NAME, in, FIELDS);
    seen.require(KIND, in, FIELDS);
    if (!kind.equals("categorical")) {
      refuse(in, seen, STATES, name, "categorical");
      refuse(in, seen, CODES, name, "categorical");
      if (kind.equals("count")) {
        refuse(in, seen, PRIOR, name, "real");
        return count(in, name, seen.has(DOMAIN) ? domain : new double[] {0, domain[1]});
      }
      return ModelVariable.of(new Real(name, domain[0], domain[1], prior));
    }
    refuse(in, seen, DOMAIN, name, "real");
    refuse(in, seen, PRIOR, name, "real");
    seen.require(STATES, in, FIELDS);
    if (!seen.has(CODES)) {
      return ModelVariable.of(new Categorical(name, states));
    }
    if (codes.length != states.size()) {
      throw in.fail(
          "variable '%s' has %d codes for %d states".formatted(name, codes.length, states.size()),
          "one code a state");
    }
    return ModelVariable.categorical(name, states, codes);
  }

  private static ModelVariable count(JsonCursor in, String name, double[] domain)
      throws IOException {
    if (domain[0] < 0 || domain[0] != Math.rint(domain[0]) || domain[1] != Math.rint(domain[1])) {
      throw in.fail(
          "the domain %s of the count '%s'".formatted(firstNumbers(domain), name),
          "whole numbers from 0");
    }
    return ModelVariable.of(new Real(name, domain[0], domain[1], null, true));
  }

  private static void refuse(
      JsonCursor in, JsonCursor.Seen seen, int field, String name, String kind) {
    if (seen.has(field)) {
      throw in.fail(
          "variable '%s' has the field '%s'".formatted(name, FIELDS.get(field)),
          "it only where the kind is " + kind);
    }
  }

  static String name(JsonCursor in) throws IOException {
    String name = in.string("a name");
    if (name.isBlank()) {
      throw in.fail("found '" + name + "'", "a name that is not blank");
    }
    return name;
  }

  private static String kind(JsonCursor in) throws IOException {
    String kind = in.string("the kind");
    if (!kind.equals("real") && !kind.equals("count") && !kind.equals("categorical")) {
      throw in.fail(
          "found '" + JsonCursor.shorten(kind, 60) + "'", "'real', 'count' or 'categorical'");
    }
    return kind;
  }

  private static double[] domain(JsonCursor in) throws IOException {
    double[] domain = in.numbers("the domain [lo, hi]");
    if (domain.length != 2 || !(domain[0] < domain[1])) {
      throw in.fail(
          "domain of " + domain.length + " numbers " + firstNumbers(domain),
          "two numbers [lo, hi] with lo < hi");
    }
    if (domain[1] - domain[0] == Double.POSITIVE_INFINITY) {
      throw in.fail("domain " + firstNumbers(domain), "a length within the range of a double");
    }
    return domain;
  }

  private static String firstNumbers(double[] numbers) {
    return Arrays.toString(Arrays.copyOf(numbers, Math.min(numbers.length, 4)));
  }

  private static Prior prior(JsonCursor in) throws IOException {
    in.expectObject("the prior");
    JsonCursor.Seen seen = new JsonCursor.Seen();
    double mean = 0;
    double scale = 1;
    for (int field; (field = in.nextField(PRIOR_FIELDS, seen)) >= 0; ) {
      if (field == 0) {
        mean = in.number("the mean");
      } else {
        scale = scale(in);
      }
    }
    seen.require(0, in, PRIOR_FIELDS);
    seen.require(1, in, PRIOR_FIELDS);
    return new Prior(mean, scale);
  }

  static double scale(JsonCursor in) throws IOException {
    double scale = in.number("the scale");
    if (!(scale > 0)) {
      throw in.fail("scale " + scale, "a positive number, the standard deviation");
    }
    return scale;
  }

  private static List<String> states(JsonCursor in) throws IOException {
    List<String> states = in.strings("the states");
    Set<String> distinct = new HashSet<>();
    for (String state : states) {
      if (!distinct.add(state)) {
        throw in.fail("state '" + JsonCursor.shorten(state, 60) + "' stands twice", "it once");
      }
    }
    if (states.isEmpty() || states.size() > MAX_STATES) {
      throw in.fail(states.size() + " states", "1 .. " + MAX_STATES);
    }
    return states;
  }

  /** The current value of the cursor, a description of class densities. */
  static Classes classes(JsonCursor in) throws IOException {
    in.expectObject("classes");
    JsonCursor.Seen seen = new JsonCursor.Seen();
    String name = "";
    List<String> states = List.of();
    double[] priors = null;
    for (int field; (field = in.nextField(CLASS_FIELDS, seen)) >= 0; ) {
      switch (field) {
        case 0 -> name = name(in);
        case 1 -> states = states(in);
        case 2 -> priors = priors(in);
        default -> throw new AssertionError(field);
      }
    }
    seen.require(0, in, CLASS_FIELDS);
    seen.require(1, in, CLASS_FIELDS);
    if (priors != null && priors.length != states.size()) {
      throw in.fail(
          "%d priors for %d states".formatted(priors.length, states.size()), "one prior a state");
    }
    return new Classes(new Categorical(name, states), priors == null ? uniform(states) : priors);
  }

  /** Classes named 0, 1, 2, ... with equal priors. */
  static Classes defaultClasses(String name, int numClasses) {
    String[] states = new String[numClasses];
    Arrays.setAll(states, Integer::toString);
    Categorical variable = Variable.categorical(name, states);
    return new Classes(variable, uniform(variable.states()));
  }

  private static double[] uniform(List<String> states) {
    double[] priors = new double[states.size()];
    Arrays.fill(priors, 1.0 / states.size());
    return priors;
  }

  private static double[] priors(JsonCursor in) throws IOException {
    double[] priors = in.numbers("a prior for each class");
    double sum = 0;
    for (double prior : priors) {
      if (prior < 0) {
        throw in.fail("prior " + prior, "a number that is not negative");
      }
      sum += prior;
    }
    if (!(sum > 0) || sum == Double.POSITIVE_INFINITY) {
      throw in.fail("priors that sum to " + sum, "a positive, finite sum");
    }
    return priors;
  }

  /** A side file: variables, and classes where the model has several root units. */
  record SideFile(List<ModelVariable> variables, @Nullable Classes classes) {}

  /** Reads {@code {"variables": [...], "classes": {...}}}. */
  static SideFile sideFile(Source source) throws IOException {
    List<String> fields = List.of("variables", "classes");
    try (JsonCursor in = JsonCursor.open(source)) {
      in.next();
      in.expectObject("a description of variables");
      JsonCursor.Seen seen = new JsonCursor.Seen();
      List<ModelVariable> variables = List.of();
      Classes classes = null;
      for (int field; (field = in.nextField(fields, seen)) >= 0; ) {
        if (field == 0) {
          variables = variables(in);
        } else {
          classes = classes(in);
        }
      }
      seen.require(0, in, fields);
      in.expectEnd();
      return new SideFile(variables, classes);
    }
  }
}
