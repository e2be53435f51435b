package org.ugmm.compiler.read.circuit;

import it.unimi.dsi.fastutil.doubles.DoubleArrayList;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ugmm.compiler.model.ModelException;
import org.ugmm.compiler.model.NodeTable;
import org.ugmm.compiler.model.Source;
import org.ugmm.engine.data.NodeKind;

/**
 * Reads the equations that SPFlow 0.x writes as text, such as {@code (0.3*(Gaussian(V0|mean=1.0;
 * stdev=2.0)) + 0.7*(...))}. Variables keep the names that the equation gives them.
 */
public final class SpflowReader {
  private static final Pattern LEAF = Pattern.compile("[A-Za-z]\\w*\\s*\\(([^|()]+)\\|");
  private static final Pattern NUMBERED = Pattern.compile("V\\d{1,9}");
  private static final int MAX_DEPTH = 1_000;

  private final String source;
  private final String text;
  private final Draft draft;
  private final Map<String, Integer> numberOf = new HashMap<>();
  private final Map<Integer, String> nameOf = new HashMap<>();
  private int at;
  private int depth;

  private SpflowReader(Source source) throws IOException {
    this.source = source.name();
    text = source.text();
    draft = new Draft(source.name(), "spflow", false);
  }

  /** Reads the document. */
  public static NodeTable read(Source source) throws IOException {
    SpflowReader reader = new SpflowReader(source);
    reader.numberVariables();
    int root = reader.expression();
    if (reader.peek() != 0) {
      throw reader.fail("the end of the text");
    }
    return reader.draft.build(root, v -> reader.nameOf.getOrDefault(v, "V" + v));
  }

  /** Variables stand in the order of their numbers, or, named otherwise, as they come. */
  private void numberVariables() {
    List<String> names = new ArrayList<>();
    for (Matcher m = LEAF.matcher(text); m.find(); ) {
      names.add(m.group(1).strip());
    }
    boolean areNumbered = names.stream().allMatch(n -> NUMBERED.matcher(n).matches());
    for (String name : names) {
      int number = areNumbered ? Integer.parseInt(name.substring(1)) : numberOf.size();
      if (numberOf.putIfAbsent(name, number) == null) {
        nameOf.put(number, name);
      }
    }
  }

  private char peek() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
    return at < text.length() ? text.charAt(at) : 0;
  }

  private boolean take(char c) {
    if (peek() == c) {
      at++;
      return true;
    }
    return false;
  }

  private void expect(char c) {
    if (!take(c)) {
      throw fail("'" + c + "'");
    }
  }

  private boolean atNumber() {
    return "0123456789.+-".indexOf(peek()) >= 0 && peek() != 0;
  }

  /** A sum of weighted nodes, or a product of nodes. */
  private int expression() {
    if (atNumber()) {
      return sum();
    }
    IntArrayList factors = new IntArrayList();
    do {
      factors.add(node());
    } while (take('*'));
    return factors.size() == 1 ? factors.getInt(0) : draft.product(factors.toIntArray());
  }

  private int sum() {
    IntArrayList terms = new IntArrayList();
    DoubleArrayList weights = new DoubleArrayList();
    do {
      double weight = number();
      if (!(weight >= 0)) {
        throw fail("a weight that is not negative before this");
      }
      weights.add(weight);
      expect('*');
      terms.add(node());
    } while (take('+'));
    return draft.sum(terms.toIntArray(), weights.toDoubleArray());
  }

  private int node() {
    if (!take('(')) {
      return leaf();
    }
    if (++depth > MAX_DEPTH) {
      throw fail("at most " + MAX_DEPTH + " parentheses inside each other");
    }
    int inside = expression();
    depth--;
    expect(')');
    return inside;
  }

  private double number() {
    int from = at;
    peek();
    int start = at;
    while (at < text.length()
        && ("0123456789.eE".indexOf(text.charAt(at)) >= 0
            || "+-".indexOf(text.charAt(at)) >= 0
                && (at == start || "eE".indexOf(text.charAt(at - 1)) >= 0))) {
      at++;
    }
    double value = parse(text.substring(start, at));
    if (Double.isNaN(value)) {
      at = from;
      throw fail("a finite number");
    }
    return value;
  }

  private static double parse(String word) {
    String plain = word.strip();
    if (plain.isEmpty() || plain.length() > 400 || !plain.matches("[0-9.eE+-]+")) {
      return Double.NaN;
    }
    try {
      double value = Double.parseDouble(plain);
      return Double.isInfinite(value) ? Double.NaN : value;
    } catch (NumberFormatException e) {
      return Double.NaN;
    }
  }

  private int leaf() {
    peek();
    int from = at;
    while (at < text.length() && Character.isLetterOrDigit(text.charAt(at))) {
      at++;
    }
    String kind = text.substring(from, at);
    if (kind.isEmpty()) {
      throw fail("a node: a parenthesis or the name of a leaf");
    }
    expect('(');
    int bar = text.indexOf('|', at);
    int close = text.indexOf(')', at);
    if (bar < 0 || close < bar) {
      throw fail("the variable of the leaf, a bar, its parameters and a parenthesis");
    }
    Integer variable = numberOf.get(text.substring(at, bar).strip());
    if (variable == null) {
      throw fail("the name of a variable");
    }
    Leaf leaf = new Leaf(kind, variable, parameters(text.substring(bar + 1, close)));
    at = close + 1;
    return leaf(leaf);
  }

  /** A leaf as read; a parameter without a name has that of its place, from 0 on. */
  private record Leaf(String kind, int variable, Map<String, double[]> parameters) {}

  private Map<String, double[]> parameters(String inside) {
    Map<String, double[]> parameters = new HashMap<>();
    for (String part : inside.split(";")) {
      int equals = part.indexOf('=');
      String name = equals < 0 ? "" + parameters.size() : part.substring(0, equals).strip();
      String value = part.substring(equals + 1).strip();
      boolean isList = value.startsWith("[") && value.endsWith("]");
      String[] words =
          isList
              ? value.substring(1, value.length() - 1).strip().split("[,\\s]+")
              : new String[] {value};
      double[] numbers = new double[words.length];
      for (int i = 0; i < words.length; i++) {
        numbers[i] = parse(words[i]);
        if (Double.isNaN(numbers[i])) {
          throw fail("finite numbers as parameters, found '" + ModelException.shorten(part) + "'");
        }
      }
      parameters.put(name, numbers);
    }
    return parameters;
  }

  private int leaf(Leaf leaf) {
    switch (leaf.kind) {
      case "Gaussian" -> {
        double scale = parameter(leaf, "stdev");
        if (!(scale > 0)) {
          throw fail("a positive 'stdev' before this, found " + scale);
        }
        return draft.gaussian(leaf.variable, parameter(leaf, "mean"), scale, place());
      }
      case "Bernoulli" -> {
        double p = parameter(leaf, "p");
        return draft.discrete(leaf.variable, 0, logs(1 - p, p), place());
      }
      case "Categorical" -> {
        return draft.discrete(leaf.variable, 0, logs(list(leaf, "p")), place());
      }
      case "Histogram" -> {
        logs(list(leaf, "1"));
        return draft.histogram(leaf.variable, list(leaf, "0"), list(leaf, "1"), place());
      }
      case "Poisson" -> {
        return family(NodeKind.POISSON, leaf, parameter(leaf, "mean"));
      }
      case "Exponential" -> {
        return family(NodeKind.EXPONENTIAL, leaf, parameter(leaf, "l"));
      }
      case "Gamma" -> {
        return family(NodeKind.GAMMA, leaf, parameter(leaf, "alpha"), parameter(leaf, "beta"));
      }
      case "LogNormal" -> {
        return family(NodeKind.LOG_NORMAL, leaf, parameter(leaf, "mean"), parameter(leaf, "stdev"));
      }
      default ->
          throw fail(
              "a leaf Gaussian, Bernoulli, Categorical, Histogram, Poisson, Exponential, Gamma or LogNormal before this, found '%s', which has no node of its own in a circuit"
                  .formatted(ModelException.shorten(leaf.kind)));
    }
  }

  private int family(NodeKind kind, Leaf leaf, double... parameters) {
    return draft.leaf(kind, leaf.variable, parameters, place());
  }

  private double[] list(Leaf leaf, String name) {
    double[] values = leaf.parameters.get(name);
    if (values == null) {
      throw fail("the parameter '%s' of %s before this".formatted(name, leaf.kind));
    }
    return values;
  }

  private double parameter(Leaf leaf, String name) {
    double[] values = list(leaf, name);
    if (values.length != 1) {
      throw fail("one number as '%s' before this".formatted(name));
    }
    return values[0];
  }

  private double[] logs(double... probabilities) {
    for (double p : probabilities) {
      if (!(p >= 0)) {
        throw fail("probabilities that are not negative before this, found " + p);
      }
    }
    return Logs.of(probabilities);
  }

  private String place() {
    return "character " + at;
  }

  private ModelException fail(String expected) {
    String found =
        peek() == 0
            ? "the text ends"
            : "found '" + text.substring(at, Math.min(text.length(), at + 20)) + "'";
    return ModelException.at(source, place(), found, expected);
  }
}
