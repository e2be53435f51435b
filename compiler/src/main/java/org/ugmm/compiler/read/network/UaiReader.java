package org.ugmm.compiler.read.network;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.ugmm.compiler.model.Factor;
import org.ugmm.compiler.model.FactorModel;
import org.ugmm.compiler.model.ModelException;
import org.ugmm.compiler.model.Source;

/**
 * Reads Bayesian and Markov networks in the format of the UAI competitions. Variable number i is
 * named {@code xi}, its states "0", "1", ...
 */
public final class UaiReader {
  private final String source;
  private final TextScanner in;

  private UaiReader(Source source) throws IOException {
    this.source = source.name();
    in = new TextScanner(this.source, withoutComments(source.text()));
  }

  /** Blanks out lines that start with the word c and what follows a #. */
  private static String withoutComments(String text) {
    StringBuilder plain = new StringBuilder(text.length());
    for (String line : (Iterable<String>) text.lines()::iterator) {
      String kept = line.indexOf('#') < 0 ? line : line.substring(0, line.indexOf('#'));
      boolean isComment = kept.equals("c") || kept.startsWith("c ") || kept.startsWith("c\t");
      plain.append(isComment ? "" : kept).append('\n');
    }
    return plain.toString();
  }

  /** Reads the document. */
  public static FactorModel read(Source source) throws IOException {
    return new UaiReader(source).document();
  }

  /**
   * Reads what is observed in a network: one state a variable.
   *
   * @return [variables] the observed state, -1 where nothing is known
   */
  public static int[] evidence(Source source, FactorModel model) throws IOException {
    return new UaiReader(source).observed(model);
  }

  private FactorModel document() {
    String kind = in.word("", "BAYES or MARKOV");
    boolean isBayes = kind.equalsIgnoreCase("BAYES");
    if (!isBayes && !kind.equalsIgnoreCase("MARKOV")) {
      throw ModelException.at(
          source, "line 1", "found '" + ModelException.shorten(kind) + "'", "BAYES or MARKOV");
    }
    NetworkBuilder network = new NetworkBuilder(source, "uai");
    int numVariables = in.integer("", "the number of variables", 1, 1_000_000);
    for (int v = 0; v < numVariables; v++) {
      int numStates = in.integer("", "the number of states of x" + v, 1, NetworkBuilder.MAX_STATES);
      network.variable(
          "x" + v, IntStream.range(0, numStates).mapToObj(Integer::toString).toList(), in.place());
    }
    int numFunctions = in.integer("", "the number of functions", 0, 10_000_000);
    List<int[]> scopes = new ArrayList<>();
    for (int f = 0; f < numFunctions; f++) {
      scopes.add(scope(f, numVariables));
    }
    List<Factor> factors = new ArrayList<>();
    boolean[] hasTable = new boolean[numVariables];
    for (int f = 0; f < numFunctions; f++) {
      int[] scope = scopes.get(f);
      String place = in.place();
      double[] values = values(f, scope, network);
      if (isBayes) {
        if (scope.length == 0) {
          throw ModelException.at(
              source, place, "function %d without a variable".formatted(f), "its child, at least");
        }
        int child = scope[scope.length - 1];
        if (hasTable[child]) {
          throw ModelException.at(
              source,
              place,
              "function %d is a second table of 'x%d', its last variable".formatted(f, child),
              "the child last, each variable once as a child; write MARKOV where it is no Bayesian network");
        }
        hasTable[child] = true;
        network.table(scope, values, place);
      } else {
        network.kept(values.length);
        factors.add(new Factor(scope, values));
      }
    }
    if (!in.atEnd()) {
      throw in.fail("the end of the text behind the last table");
    }
    return isBayes
        ? network.build()
        : new FactorModel(source, "uai", network.variables(), factors, List.of());
  }

  private int[] scope(int f, int numVariables) {
    int size = in.integer("", "the number of variables of function " + f, 0, numVariables);
    int[] scope = new int[size];
    for (int i = 0; i < size; i++) {
      scope[i] = in.integer("", "a variable of function " + f, 0, numVariables - 1);
    }
    if (Arrays.stream(scope).distinct().count() != size) {
      throw ModelException.at(
          source, in.place(), "a variable twice in function " + f, "each variable once");
    }
    return scope;
  }

  private double[] values(int f, int[] scope, NetworkBuilder network) {
    String place = in.place();
    int numEntries = network.numEntries(scope, place);
    int count = in.integer("", "the number of entries of function " + f, 0, Integer.MAX_VALUE);
    if (count != numEntries) {
      throw ModelException.at(
          source,
          place,
          "%d entries of function %d".formatted(count, f),
          numEntries + ", from the numbers of states");
    }
    double[] values = new double[Math.min(count, 1 << 16)];
    for (int i = 0; i < count; i++) {
      if (i == values.length) {
        values = Arrays.copyOf(values, Math.min(count, 2 * i));
      }
      values[i] = in.nonNegative("", "an entry of function " + f);
    }
    return values;
  }

  private int[] observed(FactorModel model) {
    List<String> words = new ArrayList<>();
    while (!in.atEnd()) {
      words.add(in.word("", "a number"));
    }
    int[] numbers = new int[words.size()];
    for (int i = 0; i < numbers.length; i++) {
      double number = TextScanner.number(words.get(i));
      if (!(number >= 0 && number == (int) number)) {
        throw ModelException.at(
            source,
            "whole file",
            "found '" + ModelException.shorten(words.get(i)) + "'",
            "numbers of variables and states");
      }
      numbers[i] = (int) number;
    }
    // older files say first how many samples of evidence follow
    boolean saysSamples =
        numbers.length >= 2 && numbers[0] == 1 && numbers.length == 2 + 2L * numbers[1];
    int first = saysSamples ? 1 : 0;
    if (numbers.length <= first || numbers.length != first + 1 + 2L * numbers[first]) {
      throw ModelException.at(
          source,
          "whole file",
          numbers.length + " numbers",
          "the number of observed variables, then a variable and a state for each");
    }
    int[] state = new int[model.variables().size()];
    Arrays.fill(state, -1);
    for (int i = first + 1; i < numbers.length; i += 2) {
      int v = numbers[i];
      if (v >= state.length || numbers[i + 1] >= model.numStates(v)) {
        throw ModelException.at(
            source,
            "whole file",
            "state %d of variable %d".formatted(numbers[i + 1], v),
            v >= state.length
                ? "a variable, 0 .. " + (state.length - 1)
                : "a state, 0 .. " + (model.numStates(v) - 1));
      }
      if (state[v] >= 0 && state[v] != numbers[i + 1]) {
        throw ModelException.at(
            source, "whole file", "two states of variable " + v, "one state a variable");
      }
      state[v] = numbers[i + 1];
    }
    return state;
  }
}
