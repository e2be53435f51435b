package org.ugmm.tool.answer;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.Compilation;
import org.ugmm.compiler.model.ModelVariable;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.tool.out.InputException;
import org.ugmm.tool.out.UsageException;
import org.ugmm.tool.out.Words;
import org.ugmm.tool.table.ValueReader;

/**
 * What the options {@code --given NAME=VALUE} say.
 *
 * @param evidence for the engine
 * @param known for display, by name in the order given
 * @param where the formula that holds, as it was given; null for none
 */
public record Given(Evidence evidence, Map<String, Known> known, @Nullable String where) {
  private static final String EXAMPLE =
      "expected NAME=VALUE, such as petal_length=1.4, or NAME~{a:0.7,b:0.3}";

  /**
   * Reads the options.
   *
   * @throws UsageException if an option has no {@code =} or names a variable twice
   * @throws InputException if there is no such variable, or the value is none of its values
   */
  public static Given of(Compilation model, List<String> options) {
    return of(model, options, null);
  }

  /**
   * Reads the options and a formula.
   *
   * @param where the formula, null for none
   * @throws UsageException as {@link #of(Compilation, List)}
   * @throws org.ugmm.engine.data.ArgumentException if the formula is none
   */
  public static Given of(Compilation model, List<String> options, @Nullable String where) {
    Circuit circuit = model.circuit();
    Given given = nothing(circuit);
    for (String option : options) {
      int end = nameEnd(circuit, option);
      if (end < 1) {
        throw new UsageException("--given '%s': %s".formatted(Words.shorten(option), EXAMPLE));
      }
      String name = option.substring(0, end);
      int variable = circuit.indexOf(name);
      if (given.known.containsKey(name)) {
        throw new UsageException("--given: variable '%s' is given twice".formatted(name));
      }
      String value = option.substring(end).replaceFirst("^=", "").strip();
      given.add(variable, read(model.variables().get(variable), value));
    }
    return where == null ? given : given.where(where);
  }

  /** Nothing is known yet; {@link #add} adds to it. */
  public static Given nothing(Circuit circuit) {
    return new Given(new Evidence(circuit), new LinkedHashMap<>(), null);
  }

  /**
   * The same, and a formula that holds.
   *
   * @throws ArgumentException if the formula is none
   */
  public Given where(String formula) {
    return new Given(evidence.where(formula), known, formula);
  }

  /**
   * Adds what is known of a variable of which nothing was.
   *
   * @throws ArgumentException if it is nothing that can be known of this variable
   */
  public void add(int variable, Known what) {
    Variable of = evidence.circuit().variables().get(variable);
    if (what instanceof Known.Value point) {
      evidence.observe(variable, point.value());
    } else if (what instanceof Known.State state) {
      evidence.observe(of.name(), state.name());
    } else if (what instanceof Known.Interval interval) {
      evidence.interval(variable, interval.lo(), interval.hi());
    } else if (what instanceof Known.States states) {
      evidence.states(of.name(), states.names().toArray(String[]::new));
    } else if (what instanceof Known.Likelihood soft && of instanceof Categorical categorical) {
      double[] likelihood = new double[categorical.numStates()];
      for (int i = 0; i < soft.names().size(); i++) {
        likelihood[categorical.states().indexOf(soft.names().get(i))] = soft.likelihoods().get(i);
      }
      evidence.likelihood(variable, likelihood);
    }
    known.put(of.name(), what);
  }

  /** Where the name ends: names may hold '=' and '~' as well, the longest that exists is meant. */
  private static int nameEnd(Circuit circuit, String option) {
    int end = -1;
    for (int at = 0; at < option.length(); at++) {
      boolean isEnd = option.charAt(at) == '=' || option.startsWith("~{", at);
      String name = option.substring(0, at);
      if (isEnd && (end < 0 || circuit.variables().stream().anyMatch(v -> v.name().equals(name)))) {
        end = at;
      }
    }
    return end;
  }

  /**
   * Reads what is known of a variable as an option says it: {@code 1.4}, {@code a}, {@code
   * [1.5,2]}, {@code {a|b}} or {@code ~{a:0.7,b:0.3}}.
   *
   * @throws InputException if it is none of its values
   */
  public static Known read(ModelVariable variable, String text) {
    ValueReader reader = new ValueReader(variable);
    if (variable.variable() instanceof Categorical categorical) {
      boolean isBraced = text.endsWith("}") && !categorical.states().contains(text);
      if (isBraced && text.startsWith("~{")) {
        return likelihood(reader, categorical, text.substring(2, text.length() - 1));
      }
      if (isBraced && text.startsWith("{")) {
        return states(reader, categorical, text);
      }
      return new Known.State(categorical.states().get(reader.state(text, categorical)));
    }
    return text.startsWith("[")
        ? interval(variable.name(), text)
        : new Known.Value(reader.value(text));
  }

  private static Known states(ValueReader reader, Categorical categorical, String text) {
    return new Known.States(
        List.of(text.substring(1, text.length() - 1).split("\\|", -1)).stream()
            .map(part -> categorical.states().get(reader.state(part.strip(), categorical)))
            .distinct()
            .toList());
  }

  private static Known likelihood(ValueReader reader, Categorical categorical, String inner) {
    List<String> names = new ArrayList<>();
    List<Double> values = new ArrayList<>();
    for (String part : inner.split(",", -1)) {
      int colon = part.lastIndexOf(':');
      double value = colon < 0 ? Double.NaN : ValueReader.number(part.substring(colon + 1).strip());
      if (!(value >= 0) || Double.isInfinite(value)) {
        throw new InputException(
            "variable '%s': '%s'; expected a likelihood such as ~{a:0.7,b:0.3}, finite and not"
                    .formatted(categorical.name(), Words.shorten(part))
                + " negative");
      }
      int state = reader.state(part.substring(0, colon).strip(), categorical);
      if (names.contains(categorical.states().get(state))) {
        throw new InputException(
            "variable '%s': the likelihood of '%s' is given twice"
                .formatted(categorical.name(), categorical.states().get(state)));
      }
      names.add(categorical.states().get(state));
      values.add(value);
    }
    return new Known.Likelihood(names, values);
  }

  private static Known.Interval interval(String name, String text) {
    int comma = text.indexOf(',');
    if (text.endsWith("]") && comma > 0) {
      String low = text.substring(1, comma).strip();
      String high = text.substring(comma + 1, text.length() - 1).strip();
      double lo = low.isEmpty() ? Double.NEGATIVE_INFINITY : ValueReader.number(low);
      double hi = high.isEmpty() ? Double.POSITIVE_INFINITY : ValueReader.number(high);
      if (!Double.isNaN(lo) && !Double.isNaN(hi)) {
        return new Known.Interval(lo, hi);
      }
    }
    throw new InputException(
        "variable '%s': '%s'; expected an interval such as [1.5,2], or [1.5,] without an upper end"
            .formatted(name, Words.shorten(text)));
  }

  /** What is known in words: {@code x = 1, k in {a|b}}; {@code nothing} where it is nothing. */
  String words() {
    if (known.isEmpty() && where == null) {
      return "nothing";
    }
    List<String> words = new ArrayList<>();
    known.forEach((name, of) -> words.add(words(name, of)));
    if (where != null) {
      words.add("where " + where);
    }
    return String.join(", ", words);
  }

  /** What is known of one variable, in words. */
  String words(String name) {
    return words(name, Objects.requireNonNull(known.get(name)));
  }

  private static String words(String name, Known known) {
    if (known instanceof Known.Value point) {
      return name + " = " + Words.number(point.value());
    }
    if (known instanceof Known.State state) {
      return name + " = " + state.name();
    }
    if (known instanceof Known.Interval interval) {
      return "%s in [%s, %s]"
          .formatted(name, Words.number(interval.lo()), Words.number(interval.hi()));
    }
    if (known instanceof Known.States states) {
      return name + " in {" + String.join("|", states.names()) + "}";
    }
    Known.Likelihood soft = (Known.Likelihood) known;
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < soft.names().size(); i++) {
      parts.add(soft.names().get(i) + ":" + Words.number(soft.likelihoods().get(i)));
    }
    return name + " ~ {" + String.join(", ", parts) + "}";
  }

  /** Whether all that is known are points, so that a row of numbers can hold it. */
  boolean isPoints() {
    return where == null
        && known.values().stream()
            .allMatch(of -> of instanceof Known.Value || of instanceof Known.State);
  }
}
