package org.ugmm.compiler.read.network;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.model.Factor;
import org.ugmm.compiler.model.FactorModel;
import org.ugmm.compiler.model.ModelException;
import org.ugmm.compiler.model.ModelVariable;
import org.ugmm.engine.data.Variable.Categorical;

/**
 * Collects the variables and conditional tables of a Bayesian network, whatever the format, and
 * checks what no format can state by its grammar: names, shapes, sums of rows, cycles.
 */
final class NetworkBuilder {
  /*
   * Published tables are rounded to a few decimals. A row whose sum is off by more than KEPT and no
   * more than SLACK is divided by its sum; one that is off by less keeps the very numbers of its
   * file, and the distribution is their product divided by its sum. The notes tell of both.
   */
  private static final double SLACK = 1e-3;
  private static final double KEPT = 1e-6;
  private static final double ROUNDING = 1e-15;
  static final int MAX_STATES = 4_096;
  private static final int MAX_VARIABLES = 1_000_000;

  /** A text of a few lines must not ask for more memory than a network that is worth reading. */
  private static final int MAX_ENTRIES = 1 << 25;

  private final String source;
  private final String format;
  private final List<ModelVariable> variables = new ArrayList<>();
  private final Map<String, Integer> indexOf = new HashMap<>();
  private final List<Map<String, Integer>> stateOf = new ArrayList<>();
  private final List<@Nullable Factor> tables = new ArrayList<>();
  private long numEntries;
  private int numDivided;
  private int numKept;
  private double greatestGap;
  private String greatestGapAt = "";

  NetworkBuilder(String source, String format) {
    this.source = source;
    this.format = format;
  }

  /** Declares a variable. */
  void variable(String name, List<String> states, String place) {
    if (name.isBlank()) {
      throw fail(place, "a blank name of a variable", "a name");
    }
    if (states.isEmpty() || states.size() > MAX_STATES) {
      throw fail(
          place,
          "variable '%s' has %d states".formatted(name, states.size()),
          "1 .. " + MAX_STATES);
    }
    Map<String, Integer> numbers = new HashMap<>();
    for (String state : states) {
      if (numbers.putIfAbsent(state, numbers.size()) != null) {
        throw fail(
            place, "state '%s' of '%s' stands twice".formatted(state, name), "each state once");
      }
    }
    if (variables.size() == MAX_VARIABLES) {
      throw fail(place, "variable '" + name + "'", "at most " + MAX_VARIABLES + " variables");
    }
    if (indexOf.putIfAbsent(name, variables.size()) != null) {
      throw fail(place, "variable '" + name + "' is declared twice", "each name once");
    }
    variables.add(ModelVariable.of(new Categorical(name, states)));
    stateOf.add(numbers);
    tables.add(null);
  }

  /** The index of a declared variable. */
  int indexOf(String name, String place) {
    Integer index = indexOf.get(name);
    if (index == null) {
      throw fail(
          place,
          "no variable '" + ModelException.shorten(name) + "'",
          "one that the file declares");
    }
    return index;
  }

  /** The index of a state of a variable. */
  int stateOf(int variable, String state, String place) {
    Integer index = stateOf.get(variable).get(state);
    if (index == null) {
      throw fail(
          place,
          "no state '%s' of '%s'".formatted(ModelException.shorten(state), name(variable)),
          "one of " + ModelException.shorten(stateOf.get(variable).keySet().toString()));
    }
    return index;
  }

  int numStates(int variable) {
    return stateOf.get(variable).size();
  }

  String name(int variable) {
    return variables.get(variable).name();
  }

  /**
   * The scope of a conditional table: the parents in their order, then the child.
   *
   * @throws ModelException if the child has a table already or a variable stands twice
   */
  int[] scope(int child, int[] parents, String place) {
    if (tables.get(child) != null) {
      throw fail(place, "a second table for '" + name(child) + "'", "one table a variable");
    }
    int[] scope = Arrays.copyOf(parents, parents.length + 1);
    scope[parents.length] = child;
    HashSet<Integer> distinct = new HashSet<>();
    for (int v : scope) {
      if (!distinct.add(v)) {
        throw fail(
            place,
            "'%s' stands twice in the table of '%s'".formatted(name(v), name(child)),
            "each variable once");
      }
    }
    return scope;
  }

  /** The number of entries of a table, after making sure that it may be held. */
  int numEntries(int[] scope, String place) {
    double size = 1;
    for (int v : scope) {
      size *= numStates(v);
    }
    if (size + numEntries > MAX_ENTRIES) {
      throw fail(
          place,
          "the table of '%s' has %s entries".formatted(name(scope[scope.length - 1]), count(size)),
          "at most %s in all tables together".formatted(count(MAX_ENTRIES)));
    }
    return (int) size;
  }

  private static String count(double size) {
    return size < 1e15 ? String.format(Locale.ROOT, "%,d", (long) size) : "" + size;
  }

  /** Counts the entries of a table that is kept elsewhere. */
  void kept(int numEntriesOfTable) {
    numEntries += numEntriesOfTable;
  }

  List<ModelVariable> variables() {
    return variables;
  }

  /**
   * Takes the table of the last variable of a scope given the others.
   *
   * @param values [entries] the last variable fastest; kept
   */
  void table(int[] scope, double[] values, String place) {
    int child = scope[scope.length - 1];
    int numStates = numStates(child);
    for (int row = 0; row < values.length; row += numStates) {
      double sum = 0;
      for (int s = 0; s < numStates; s++) {
        sum += values[row + s];
      }
      double gap = Math.abs(sum - 1);
      if (!(gap <= SLACK)) {
        throw fail(
            place,
            "the probabilities of '%s'%s sum to %s"
                .formatted(name(child), given(scope, row / numStates), sum),
            "1, up to " + SLACK);
      }
      if (gap > KEPT) {
        for (int s = 0; s < numStates; s++) {
          values[row + s] /= sum;
        }
        numDivided++;
      } else if (gap > ROUNDING * numStates) {
        numKept++;
      }
      if (gap > greatestGap) {
        greatestGap = gap;
        greatestGapAt = "'" + name(child) + "'" + given(scope, row / numStates);
      }
    }
    numEntries += values.length;
    tables.set(child, new Factor(scope, values));
  }

  /** The states of the parents of a row, for a message. */
  String given(int[] scope, int row) {
    if (scope.length == 1) {
      return "";
    }
    StringBuilder text = new StringBuilder();
    int rest = row;
    for (int p = scope.length - 2; p >= 0; p--) {
      int numStates = numStates(scope[p]);
      String state =
          ((Categorical) variables.get(scope[p]).variable()).states().get(rest % numStates);
      text.insert(0, ", " + name(scope[p]) + " = " + state);
      rest /= numStates;
    }
    return " given " + text.substring(2);
  }

  /** The network, after a check that every variable has a table and none depends on itself. */
  FactorModel build() {
    if (variables.isEmpty()) {
      throw fail("whole file", "no variable", "at least one");
    }
    for (int v = 0; v < tables.size(); v++) {
      if (tables.get(v) == null) {
        throw fail(
            "whole file", "no table for variable '" + name(v) + "'", "one for each variable");
      }
    }
    List<Factor> factors = new ArrayList<>();
    for (Factor table : tables) {
      if (table != null) {
        factors.add(table);
      }
    }
    requireAcyclic(factors);
    List<String> notes = new ArrayList<>();
    if (numDivided > 0) {
      notes.add(
          String.format(
              Locale.ROOT,
              "%d rows of probabilities were divided by their sums, which differed from 1 by up to %.2g (%s)",
              numDivided,
              greatestGap,
              greatestGapAt));
    }
    if (numKept > 0) {
      notes.add(
          "%d rows of probabilities sum to 1 only up to %s and were kept as they are"
              .formatted(numKept, KEPT));
    }
    return new FactorModel(source, format, variables, factors, notes);
  }

  private void requireAcyclic(List<Factor> factors) {
    int[] open = new int[variables.size()];
    List<List<Integer>> children = new ArrayList<>();
    for (int v = 0; v < open.length; v++) {
      children.add(new ArrayList<>());
    }
    ArrayDeque<Integer> ready = new ArrayDeque<>();
    for (int v = 0; v < open.length; v++) {
      int[] scope = factors.get(v).scope();
      open[v] = scope.length - 1;
      for (int p = 0; p < open[v]; p++) {
        children.get(scope[p]).add(v);
      }
      if (open[v] == 0) {
        ready.add(v);
      }
    }
    int done = 0;
    while (!ready.isEmpty()) {
      done++;
      for (int child : children.get(ready.remove())) {
        if (--open[child] == 0) {
          ready.add(child);
        }
      }
    }
    if (done < open.length) {
      int v = 0;
      while (open[v] == 0) {
        v++;
      }
      throw fail(
          "whole file",
          "'%s' depends on itself through its parents, or on such a variable".formatted(name(v)),
          "a network without a cycle");
    }
  }

  ModelException fail(String place, String found, String expected) {
    return ModelException.at(source, place, found, expected);
  }
}
