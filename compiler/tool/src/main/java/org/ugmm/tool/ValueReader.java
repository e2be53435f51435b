package org.ugmm.tool;

import it.unimi.dsi.fastutil.objects.Object2IntOpenHashMap;
import java.util.List;
import java.util.stream.Collectors;
import org.ugmm.compiler.read.ModelVariable;
import org.ugmm.engine.data.Variable.Categorical;

/**
 * Reads the values of one variable from text: numbers of a real variable, states of a categorical
 * one as their indices. Immutable.
 *
 * <p>The name of a state comes first. Where no state of the variable has a name that looks like a
 * number, a number that is the code of a state means that state; where names do look like numbers,
 * a number means the state whose name is that number, so that the two can never be mixed up.
 */
final class ValueReader {
  private static final int SHOWN = 40;
  private static final int STATES_SHOWN = 12;

  private final ModelVariable variable;
  private final Object2IntOpenHashMap<String> stateByName = new Object2IntOpenHashMap<>();

  /** [states] the number that stands for each state; empty for a real variable. */
  private final double[] number;

  ValueReader(ModelVariable variable) {
    this.variable = variable;
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
      number[s] = number(states.get(s));
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

  /** Whether a cell of a table says that the value is not known. */
  static boolean isMissing(String cell) {
    return switch (cell.length()) {
      case 0 -> true;
      case 1 -> cell.equals("?");
      case 2 -> cell.equals("NA");
      case 3 -> cell.equals("NaN");
      default -> false;
    };
  }

  /**
   * The value of a cell of a table: a number, the index of a state, NaN where it is missing.
   *
   * @throws InputException if it is not a value of the variable; the message begins with what was
   *     found and does not name the place
   */
  double cell(String text) {
    if (!stateByName.isEmpty()) {
      int state = stateByName.getInt(text);
      if (state >= 0 && !isMissing(text)) {
        return state;
      }
    }
    String stripped = text.strip();
    return isMissing(stripped) ? Double.NaN : value(stripped);
  }

  /**
   * A number, or the index of a state.
   *
   * @throws InputException if it is not a value of the variable
   */
  double value(String text) {
    if (variable.variable() instanceof Categorical categorical) {
      return state(text, categorical);
    }
    double value = number(text);
    if (Double.isNaN(value)) {
      throw new InputException(
          "variable '%s': '%s'; expected a number".formatted(variable.name(), shorten(text)));
    }
    if (Double.isInfinite(value)) {
      throw new InputException(
          "variable '%s': '%s' is infinite; expected a finite number"
              .formatted(variable.name(), shorten(text)));
    }
    return value;
  }

  /** The index of a state. */
  int state(String text, Categorical categorical) {
    int state = stateByName.getInt(text);
    if (state >= 0) {
      return state;
    }
    double value = number(text);
    for (int s = 0; s < number.length; s++) {
      if (number[s] == value) {
        return s;
      }
    }
    throw new InputException(
        "variable '%s': '%s' is not one of its states; expected %s"
            .formatted(variable.name(), shorten(text), states(categorical)));
  }

  /** The text of a value as {@link #value} reads it. */
  static String text(ModelVariable variable, double value) {
    return variable.variable() instanceof Categorical categorical
        ? categorical.states().get((int) value)
        : Words.number(value);
  }

  private static String states(Categorical categorical) {
    List<String> states = categorical.states();
    String shown = states.stream().limit(STATES_SHOWN).collect(Collectors.joining(", "));
    return states.size() <= STATES_SHOWN ? shown : shown + ", ... (" + states.size() + " in all)";
  }

  static String shorten(String text) {
    return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "...";
  }

  /**
   * A decimal number or an infinity; NaN where the text is neither. Java's own reader takes type
   * suffixes and hexadecimal digits too, which no table means.
   */
  static double number(String text) {
    if (text.isEmpty()) {
      return Double.NaN;
    }
    char last = text.charAt(text.length() - 1);
    if (last > '9') {
      return switch (text.toLowerCase(java.util.Locale.ROOT)) {
        case "inf", "+inf", "infinity", "+infinity" -> Double.POSITIVE_INFINITY;
        case "-inf", "-infinity" -> Double.NEGATIVE_INFINITY;
        default -> Double.NaN;
      };
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!(c >= '0' && c <= '9' || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E')) {
        return Double.NaN;
      }
    }
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      return Double.NaN;
    }
  }
}
