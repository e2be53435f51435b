package org.ugmm.engine.formula;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.ugmm.engine.formula.Formula.And;
import org.ugmm.engine.formula.Formula.Count;
import org.ugmm.engine.formula.Formula.Implies;
import org.ugmm.engine.formula.Formula.Not;
import org.ugmm.engine.formula.Formula.Or;
import org.ugmm.engine.formula.Formula.Range;
import org.ugmm.engine.formula.Formula.States;

/** Writes formulas so that they read back as themselves. */
final class FormulaText {
  /** What no bare name may be. */
  static final Set<String> KEYWORDS =
      Set.of("and", "or", "not", "implies", "in", "exactly", "at", "true", "false");

  private FormulaText() {}

  static String of(Formula formula) {
    if (formula instanceof Range range) {
      return range(range);
    } else if (formula instanceof States states) {
      return states(states);
    } else if (formula instanceof Not not) {
      return "not " + part(not.of());
    } else if (formula instanceof And and) {
      return and.of().isEmpty() ? "true" : join(and.of(), " and ");
    } else if (formula instanceof Or or) {
      return or.of().isEmpty() ? "false" : join(or.of(), " or ");
    } else if (formula instanceof Implies implies) {
      return part(implies.premise()) + " implies " + part(implies.conclusion());
    } else if (formula instanceof Count count) {
      return count(count);
    }
    return formula.toString();
  }

  private static String join(List<Formula> parts, String word) {
    return parts.stream().map(FormulaText::part).collect(Collectors.joining(word));
  }

  private static String part(Formula formula) {
    boolean isJoined =
        formula instanceof And || formula instanceof Or || formula instanceof Implies;
    return isJoined ? "(" + of(formula) + ")" : of(formula);
  }

  private static String count(Count count) {
    String list = " of (" + join(count.of(), ", ") + ")";
    if (count.atLeast() == count.atMost()) {
      return "exactly " + count.atLeast() + list;
    }
    boolean isBounded = count.atMost() < count.of().size();
    String least = "at least " + count.atLeast() + list;
    String most = "at most " + count.atMost() + list;
    return isBounded && count.atLeast() > 0
        ? "(" + least + " and " + most + ")"
        : isBounded ? most : least;
  }

  private static String range(Range range) {
    String name = name(range.variable());
    if (range.lo() == range.hi() && range.includesLo() && range.includesHi()) {
      return name + " = " + number(range.lo());
    }
    boolean hasLo = range.lo() > Double.NEGATIVE_INFINITY;
    boolean hasHi = range.hi() < Double.POSITIVE_INFINITY;
    if (hasLo && hasHi && range.includesLo() && range.includesHi() || !hasLo && !hasHi) {
      return "%s in [%s,%s]"
          .formatted(name, hasLo ? number(range.lo()) : "", hasHi ? number(range.hi()) : "");
    }
    String low = name + (range.includesLo() ? " >= " : " > ") + number(range.lo());
    String high = name + (range.includesHi() ? " <= " : " < ") + number(range.hi());
    return hasLo && hasHi ? "(" + low + " and " + high + ")" : hasLo ? low : high;
  }

  private static String states(States states) {
    if (states.states().isEmpty()) {
      return "false"; // the text has no empty set
    }
    String name = name(states.variable());
    return states.states().size() == 1
        ? name + " = " + name(states.states().get(0))
        : name
            + " in {"
            + states.states().stream().map(FormulaText::name).collect(Collectors.joining("|"))
            + "}";
  }

  private static String number(double value) {
    String text = Double.toString(value);
    return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
  }

  /** A name, in quotes where it must be. */
  static String name(String name) {
    boolean isBare =
        !name.isEmpty()
            && name.chars().allMatch(FormulaParser::isBare)
            && !KEYWORDS.contains(name.toLowerCase(Locale.ROOT));
    return isBare ? name : '"' + name.replace("\"", "\"\"") + '"';
  }
}
