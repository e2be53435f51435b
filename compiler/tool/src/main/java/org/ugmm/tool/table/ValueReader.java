package org.ugmm.tool.table;

import it.unimi.dsi.fastutil.objects.Object2IntOpenHashMap;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.ugmm.compiler.model.ModelVariable;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.tool.out.InputException;
import org.ugmm.tool.out.Words;

/**
 * Reads the values of one variable from text: numbers of a real variable, states of a categorical
 * one as their indices. Immutable.
 *
 * <p>The name of a state comes first, also where that name is a usual text for a missing value.
 * Where no state of the variable has a name that looks like a number, a number that is the code of
 * a state means that state; where names do look like numbers, a number means the state whose name
 * is that number, so that the two can never be mixed up.
 */
public final class ValueReader {
  private static final int STATES_SHOWN = 12;
  private static final char UNREADABLE = '\uFFFD';

  private final ModelVariable variable;
  private final Decimals decimals;
  private final Set<String> missing;

  /** [128] whether a missing value may begin with the character; spares numbers the look-up. */
  private final boolean[] beginsMissing = new boolean[128];

  private final Object2IntOpenHashMap<String> stateByName = new Object2IntOpenHashMap<>();

  /** [states] the number that stands for each state; empty for a real variable. */
  private final double[] number;

  /** Reads values that a person typed: numbers with a decimal point, nothing missing. */
  public ValueReader(ModelVariable variable) {
    this(variable, Decimals.POINT, Set.of());
  }

  ValueReader(ModelVariable variable, Decimals decimals, Set<String> missing) {
    this.variable = variable;
    this.decimals = decimals;
    this.missing = missing;
    for (String text : missing) {
      if (!text.isEmpty()) {
        beginsMissing[text.charAt(0) & 127] = true;
      }
    }
    stateByName.defaultReturnValue(-1);
    if (variable.variable() instanceof Categorical categorical) {
      number = numbers(categorical.states(), variable.codes());
      for (int s = 0; s < categorical.numStates(); s++) {
        stateByName.put(categorical.states().get(s), s);
      }
    } else {
      number = new double[0];
    }
  }

  private static double[] numbers(List<String> states, List<Double> codes) {
    double[] number = new double[states.size()];
    boolean namesAreNumbers = false;
    for (int s = 0; s < number.length; s++) {
      number[s] = Decimals.POINT.number(states.get(s));
      namesAreNumbers |= !Double.isNaN(number[s]);
    }
    for (int s = 0; s < number.length && !namesAreNumbers; s++) {
      number[s] = codes.get(s);
    }
    return number;
  }

  ModelVariable variable() {
    return variable;
  }

  private boolean isMissing(String text) {
    return text.isEmpty()
        ? missing.contains(text)
        : beginsMissing[text.charAt(0) & 127] && missing.contains(text);
  }

  /**
   * The value of a cell of a table: a number, the index of a state, NaN where it is missing.
   *
   * @throws InputException if it is not a value of the variable; the message begins with what was
   *     found and does not name the place
   */
  double cell(String text) {
    int state = stateByName.isEmpty() ? -1 : stateByName.getInt(text);
    if (state >= 0) {
      return state;
    }
    String stripped = text.strip();
    state = stateByName.isEmpty() ? -1 : stateByName.getInt(stripped);
    if (state >= 0) {
      return state;
    }
    return isMissing(stripped) ? Double.NaN : value(stripped);
  }

  /**
   * A number, or the index of a state.
   *
   * @throws InputException if it is not a value of the variable
   */
  public double value(String text) {
    if (variable.variable() instanceof Categorical categorical) {
      return state(text, categorical);
    }
    double value = decimals.number(text);
    if (Double.isNaN(value)) {
      throw new InputException(
          "variable '%s': '%s'; expected a number%s"
              .formatted(variable.name(), Words.shorten(text), decimals.hint(text)));
    }
    if (Double.isInfinite(value)) {
      throw new InputException(
          "variable '%s': '%s' is infinite; expected a finite number"
              .formatted(variable.name(), Words.shorten(text)));
    }
    return value;
  }

  /**
   * The index of a state.
   *
   * @throws InputException if it is none
   */
  public int state(String text, Categorical categorical) {
    int state = stateByName.getInt(text);
    if (state >= 0) {
      return state;
    }
    double value = decimals.number(text);
    for (int s = 0; s < number.length; s++) {
      if (number[s] == value) {
        return s;
      }
    }
    throw new InputException(
        "variable '%s': '%s' is not one of its states; expected %s%s"
            .formatted(
                variable.name(),
                Words.shorten(text),
                states(categorical),
                text.indexOf(UNREADABLE) >= 0
                    ? "; the table has bytes of another encoding, told by --encoding, such as"
                        + " --encoding windows-1252"
                    : ""));
  }

  /** A decimal number or an infinity, NaN for other text. */
  public static double number(String text) {
    return Decimals.POINT.number(text);
  }

  /** The text of a value as {@link #value} reads it. */
  public static String text(ModelVariable variable, double value) {
    if (!(variable.variable() instanceof Categorical categorical)) {
      return Double.isNaN(value) ? "" : Words.number(value);
    }
    return Double.isNaN(value)
        ? TableFormat.missingText(categorical.states())
        : categorical.states().get((int) value);
  }

  private static String states(Categorical categorical) {
    List<String> states = categorical.states();
    String shown = states.stream().limit(STATES_SHOWN).collect(Collectors.joining(", "));
    return states.size() <= STATES_SHOWN ? shown : shown + ", ... (" + states.size() + " in all)";
  }
}
