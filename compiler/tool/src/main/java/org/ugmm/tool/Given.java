package org.ugmm.tool;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ugmm.compiler.Compilation;
import org.ugmm.compiler.read.ModelVariable;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.data.Variable.Categorical;

/**
 * What the options {@code --given NAME=VALUE} say.
 *
 * @param evidence for the engine
 * @param values for display, by name in the order given: a Double, the name of a state, an {@link
 *     Interval}, or a List of names of states
 */
record Given(Evidence evidence, Map<String, Object> values) {
  /** An interval of a real variable; an end may be infinite. */
  record Interval(double lo, double hi) {}

  /**
   * Reads the options.
   *
   * @throws UsageException if an option has no {@code =} or names a variable twice
   * @throws InputException if there is no such variable, or the value is none of its values
   */
  static Given of(Compilation model, List<String> options) {
    Circuit circuit = model.circuit();
    Given given = new Given(new Evidence(circuit), new LinkedHashMap<>());
    for (String option : options) {
      int equals = nameEnd(circuit, option);
      if (equals < 1) {
        throw new UsageException(
            "--given '%s': expected NAME=VALUE, such as petal_length=1.4"
                .formatted(ValueReader.shorten(option)));
      }
      String name = option.substring(0, equals);
      int variable = circuit.indexOf(name);
      if (given.values.containsKey(name)) {
        throw new UsageException("--given: variable '%s' is given twice".formatted(name));
      }
      given.read(model.variables().get(variable), variable, option.substring(equals + 1).strip());
    }
    return given;
  }

  /** Where the name ends: names may contain '=' as well, the longest that exists is meant. */
  private static int nameEnd(Circuit circuit, String option) {
    int first = option.indexOf('=');
    int end = first;
    for (int at = first; at >= 0; at = option.indexOf('=', at + 1)) {
      String name = option.substring(0, at);
      if (circuit.variables().stream().anyMatch(v -> v.name().equals(name))) {
        end = at;
      }
    }
    return end;
  }

  private void read(ModelVariable variable, int index, String text) {
    ValueReader reader = new ValueReader(variable);
    String name = variable.name();
    if (variable.variable() instanceof Categorical categorical) {
      boolean isName = categorical.states().contains(text);
      if (!isName && text.startsWith("{") && text.endsWith("}")) {
        readSet(reader, categorical, text);
      } else {
        int state = reader.state(text, categorical);
        evidence.observe(index, state);
        values.put(name, categorical.states().get(state));
      }
    } else if (text.startsWith("[")) {
      Interval interval = interval(name, text);
      evidence.interval(index, interval.lo, interval.hi);
      values.put(name, interval);
    } else {
      double value = reader.value(text);
      evidence.observe(index, value);
      values.put(name, value);
    }
  }

  private void readSet(ValueReader reader, Categorical categorical, String text) {
    String inner = text.substring(1, text.length() - 1);
    List<String> states =
        inner
            .lines()
            .flatMap(line -> List.of(line.split("\\|", -1)).stream())
            .map(part -> categorical.states().get(reader.state(part.strip(), categorical)))
            .distinct()
            .toList();
    if (states.isEmpty()) {
      throw new InputException(
          "variable '%s': '%s' is an empty set; expected {a|b}"
              .formatted(categorical.name(), text));
    }
    evidence.states(categorical.name(), states.toArray(String[]::new));
    values.put(categorical.name(), states);
  }

  private static Interval interval(String name, String text) {
    int comma = text.indexOf(',');
    if (text.endsWith("]") && comma > 0) {
      String low = text.substring(1, comma).strip();
      String high = text.substring(comma + 1, text.length() - 1).strip();
      double lo = low.isEmpty() ? Double.NEGATIVE_INFINITY : ValueReader.number(low);
      double hi = high.isEmpty() ? Double.POSITIVE_INFINITY : ValueReader.number(high);
      if (!Double.isNaN(lo) && !Double.isNaN(hi)) {
        return new Interval(lo, hi);
      }
    }
    throw new InputException(
        "variable '%s': '%s'; expected an interval such as [1.5,2], or [1.5,] without an upper end"
            .formatted(name, ValueReader.shorten(text)));
  }
}
