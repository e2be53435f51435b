package org.ugmm.compiler.read.network;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.ugmm.compiler.model.FactorModel;
import org.ugmm.compiler.model.Source;

/**
 * Reads Bayesian networks in the Interchange Format (BIF 0.15), as the public repositories and
 * bnlearn, pgmpy and others write it.
 */
public final class BifReader {
  private static final String DELIMITERS = "{}(),;";
  private static final String IN_TYPE = DELIMITERS + "[]";
  private static final String IN_HEAD = DELIMITERS + "|";

  private final TextScanner in;
  private final NetworkBuilder network;

  private BifReader(Source source) throws IOException {
    in = new TextScanner(source.name(), source.text());
    network = new NetworkBuilder(source.name(), "bif");
  }

  /** Reads the document. */
  public static FactorModel read(Source source) throws IOException {
    BifReader reader = new BifReader(source);
    reader.document();
    return reader.network.build();
  }

  /** Blocks in any order, with any text between them; the tables are read last. */
  private void document() {
    IntArrayList tables = new IntArrayList();
    while (!in.atEnd()) {
      if (DELIMITERS.indexOf(in.peek()) >= 0) {
        in.skipCharacter();
        continue;
      }
      switch (in.word(DELIMITERS, "a block").toLowerCase(Locale.ROOT)) {
        case "network" -> {
          while (in.peek() != '{') {
            in.word(DELIMITERS, "the block of the network");
          }
          in.skipPast('}');
        }
        case "variable" -> variable();
        case "probability" -> {
          tables.add(in.position());
          while (!in.atEnd() && !in.take('}')) {
            in.skipCharacter();
          }
        }
        default -> {} // text between the blocks
      }
    }
    for (int i = 0; i < tables.size(); i++) {
      in.moveTo(tables.getInt(i));
      probability();
    }
  }

  private void variable() {
    String place = in.place();
    String name = in.word(DELIMITERS, "the name of a variable");
    in.expect('{');
    List<String> states = List.of();
    while (!in.take('}')) {
      String field = in.word(DELIMITERS, "'type', 'property' or '}'");
      if (field.equalsIgnoreCase("type")) {
        states = states();
      }
      in.skipPast(';');
    }
    network.variable(name, states, place);
  }

  private List<String> states() {
    String type = in.word(IN_TYPE, "the type of a variable");
    if (!type.equalsIgnoreCase("discrete")) {
      throw in.fail("the type 'discrete', found '" + type + "' before this");
    }
    int count = -1;
    if (in.take('[')) {
      count = in.integer(IN_TYPE, "the number of states", 1, Integer.MAX_VALUE);
      in.expect(']');
    }
    in.expect('{');
    List<String> states = new ArrayList<>();
    while (!in.take('}')) {
      if (!in.take(',')) {
        states.add(in.word(DELIMITERS, "the name of a state"));
      }
    }
    if (count >= 0 && states.size() != count) {
      throw in.fail(count + " states as announced, found " + states.size() + " before this");
    }
    return states;
  }

  private void probability() {
    String place = in.place();
    in.expect('(');
    int child = network.indexOf(in.word(IN_HEAD, "the name of a variable"), place);
    List<Integer> parents = new ArrayList<>();
    while (!in.take(')')) {
      if (!in.take('|') && !in.take(',')) {
        parents.add(network.indexOf(in.word(IN_HEAD, "the name of a parent"), in.place()));
      }
    }
    int[] scope =
        network.scope(child, parents.stream().mapToInt(Integer::intValue).toArray(), place);
    int numEntries = network.numEntries(scope, place);
    network.table(scope, rows(scope, numEntries, place), place);
  }

  private double[] rows(int[] scope, int numEntries, String place) {
    int numStates = network.numStates(scope[scope.length - 1]);
    double[] values = new double[numEntries];
    Arrays.fill(values, Double.NaN);
    double[] rest = {};
    in.expect('{');
    while (!in.take('}')) {
      if (in.take('(')) {
        int row = row(scope);
        if (!Double.isNaN(values[row * numStates])) {
          throw in.fail("each row once, found a second one" + network.given(scope, row));
        }
        System.arraycopy(numbers(numStates), 0, values, row * numStates, numStates);
        continue;
      }
      switch (in.word(DELIMITERS, "a row, 'table', 'default' or '}'").toLowerCase(Locale.ROOT)) {
        case "table" -> {
          if (Arrays.stream(values).anyMatch(p -> !Double.isNaN(p))) {
            throw in.fail("either one 'table' or rows, found probabilities before this 'table'");
          }
          values = table(numbers(numEntries), numStates);
        }
        case "default" -> {
          if (rest.length > 0) {
            throw in.fail("one 'default', found a second one");
          }
          rest = numbers(numStates);
        }
        case "property" -> in.skipPast(';');
        default -> throw in.fail("a row, 'table', 'default' or 'property' before this");
      }
    }
    fillMissing(values, rest, scope, place);
    return values;
  }

  private double[] numbers(int count) {
    double[] numbers = in.numbers(';', DELIMITERS + "|", "a probability");
    if (numbers.length != count) {
      throw in.fail(count + " probabilities, found " + numbers.length + " before this");
    }
    return numbers;
  }

  /** A row starts with the states of the parents in their order. */
  private int row(int[] scope) {
    int row = 0;
    for (int p = 0; p < scope.length - 1; p++) {
      in.take(',');
      String state = in.word(DELIMITERS, "a state of '" + network.name(scope[p]) + "'");
      row = row * network.numStates(scope[p]) + network.stateOf(scope[p], state, in.place());
    }
    in.expect(')');
    return row;
  }

  /** In a table the child varies slowest, here fastest. */
  private static double[] table(double[] childSlowest, int numStates) {
    int numRows = childSlowest.length / numStates;
    double[] values = new double[childSlowest.length];
    for (int s = 0; s < numStates; s++) {
      for (int row = 0; row < numRows; row++) {
        values[row * numStates + s] = childSlowest[s * numRows + row];
      }
    }
    return values;
  }

  private void fillMissing(double[] values, double[] rest, int[] scope, String place) {
    int numStates = network.numStates(scope[scope.length - 1]);
    for (int at = 0; at < values.length; at += numStates) {
      if (Double.isNaN(values[at])) {
        if (rest.length == 0) {
          throw network.fail(
              place,
              "no row for '%s'%s"
                  .formatted(
                      network.name(scope[scope.length - 1]), network.given(scope, at / numStates)),
              "one for every state of the parents, or a line 'default'");
        }
        System.arraycopy(rest, 0, values, at, numStates);
      }
    }
  }
}
