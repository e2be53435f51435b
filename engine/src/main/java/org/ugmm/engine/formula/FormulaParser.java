package org.ugmm.engine.formula;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.Names;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.formula.Formula.And;
import org.ugmm.engine.formula.Formula.Count;
import org.ugmm.engine.formula.Formula.Implies;
import org.ugmm.engine.formula.Formula.Not;
import org.ugmm.engine.formula.Formula.Or;
import org.ugmm.engine.formula.Formula.Range;
import org.ugmm.engine.formula.Formula.States;
import org.ugmm.engine.formula.Formula.Truth;

/** Reads one formula by recursive descent. */
final class FormulaParser {
  private static final int MAX_DEPTH = 200;
  private static final int MAX_LENGTH = 1 << 20;
  private static final int EXCERPT = 24;
  private static final Set<String> OPERATORS = Set.of("=", "==", "!=", "<", "<=", ">", ">=");

  /**
   * A word, a quoted text, a mark, or the end.
   *
   * @param column where it begins, from 0
   */
  private record Token(Kind kind, String text, int column) {
    boolean is(String mark) {
      return kind == Kind.MARK && text.equals(mark);
    }

    boolean isWord(String word) {
      return kind == Kind.WORD && text.toLowerCase(Locale.ROOT).equals(word);
    }

    String shown() {
      return kind == Kind.END ? "the end" : "'" + text + "'";
    }
  }

  private enum Kind {
    WORD,
    QUOTED,
    MARK,
    END
  }

  private final String text;
  private final List<? extends Variable> variables;
  private final List<Token> tokens = new ArrayList<>();
  private int next;
  private int depth;

  FormulaParser(String text, List<? extends Variable> variables) {
    this.text = text;
    this.variables = variables;
  }

  Formula parse() {
    if (text.length() > MAX_LENGTH) {
      throw new ArgumentException(
          "a formula of %d characters; expected at most %d".formatted(text.length(), MAX_LENGTH));
    }
    tokenise();
    Formula formula = implication();
    if (peek().kind != Kind.END) {
      throw expected("'and', 'or', 'implies' or the end");
    }
    return formula;
  }

  /** Whether a character needs no quotes in a name. */
  static boolean isBare(int c) {
    return Character.isLetterOrDigit(c) || "_.-+:/#$%@*?'".indexOf(c) >= 0 || c > 0x7f;
  }

  private void tokenise() {
    int at = 0;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (Character.isWhitespace(c) || Character.isSpaceChar(c)) {
        at++;
      } else if (c == '"') {
        at = quoted(at);
      } else if (isBare(c)) {
        int end = at;
        while (end < text.length()
            && isBare(text.charAt(end))
            && !Character.isSpaceChar(text.charAt(end))) {
          end++;
        }
        tokens.add(new Token(Kind.WORD, text.substring(at, end), at));
        at = end;
      } else {
        boolean isPair = "=!<>".indexOf(c) >= 0 && text.startsWith("=", at + 1);
        String mark = text.substring(at, at + (isPair ? 2 : 1));
        if (!OPERATORS.contains(mark) && "()[]{}|,".indexOf(c) < 0) {
          throw error(at, "'%s' has no meaning here; put odd names in double quotes".formatted(c));
        }
        tokens.add(new Token(Kind.MARK, mark, at));
        at += mark.length();
      }
    }
    tokens.add(new Token(Kind.END, "", text.length()));
  }

  private int quoted(int from) {
    StringBuilder name = new StringBuilder();
    int at = from + 1;
    while (at < text.length()) {
      if (text.charAt(at) != '"') {
        name.append(text.charAt(at++));
      } else if (text.startsWith("\"\"", at)) {
        name.append('"');
        at += 2;
      } else {
        tokens.add(new Token(Kind.QUOTED, name.toString(), from));
        return at + 1;
      }
    }
    throw error(from, "a double quote without its partner");
  }

  private Token peek() {
    return tokens.get(next);
  }

  private Token take() {
    Token token = tokens.get(next);
    next += token.kind == Kind.END ? 0 : 1;
    return token;
  }

  private boolean takeWord(String word) {
    boolean is = peek().isWord(word);
    next += is ? 1 : 0;
    return is;
  }

  private boolean takeMark(String mark) {
    boolean is = peek().is(mark);
    next += is ? 1 : 0;
    return is;
  }

  private void require(String mark) {
    if (!takeMark(mark)) {
      throw expected("'" + mark + "'");
    }
  }

  private ArgumentException expected(String what) {
    return error(peek().column, "expected %s, found %s".formatted(what, peek().shown()));
  }

  private ArgumentException error(int column, String problem) {
    return error(column, problem, null);
  }

  private ArgumentException error(int column, String problem, @Nullable String variable) {
    int end = Math.min(text.length(), column + EXCERPT);
    String at =
        column >= text.length()
            ? "at the end"
            : "at '" + text.substring(column, end) + (end < text.length() ? "..." : "") + "'";
    return new ArgumentException(
        "formula, column %d, %s: %s".formatted(column + 1, at, problem), variable);
  }

  private Formula implication() {
    if (++depth > MAX_DEPTH) {
      throw error(peek().column, "nested more than %d deep".formatted(MAX_DEPTH));
    }
    List<Formula> chain = new ArrayList<>();
    do {
      chain.add(disjunction());
    } while (takeWord("implies"));
    depth--;
    Formula formula = chain.get(chain.size() - 1);
    for (int i = chain.size() - 2; i >= 0; i--) {
      formula = new Implies(chain.get(i), formula);
    }
    return formula;
  }

  private Formula disjunction() {
    List<Formula> parts = new ArrayList<>();
    do {
      parts.add(conjunction());
    } while (takeWord("or"));
    return parts.size() == 1 ? parts.get(0) : new Or(parts);
  }

  private Formula conjunction() {
    List<Formula> parts = new ArrayList<>();
    do {
      parts.add(unit());
    } while (takeWord("and"));
    return parts.size() == 1 ? parts.get(0) : new And(parts);
  }

  private Formula unit() {
    boolean isNegated = false;
    while (isKeyword("not") && takeWord("not")) {
      isNegated = !isNegated;
    }
    Formula formula = positive();
    return isNegated ? new Not(formula) : formula;
  }

  /** Whether the next word is a keyword and not the name of a variable before an operator. */
  private boolean isKeyword(String word) {
    if (!peek().isWord(word)) {
      return false;
    }
    Token after = tokens.get(next + 1);
    boolean isCondition =
        after.kind == Kind.MARK && OPERATORS.contains(after.text) || after.isWord("in");
    return !isCondition;
  }

  private Formula positive() {
    if (takeMark("(")) {
      Formula formula = implication();
      require(")");
      return formula;
    }
    if (isKeyword("true") || isKeyword("false")) {
      return new Truth(take().isWord("true"));
    }
    if (isKeyword("exactly") || isKeyword("at")) {
      return count();
    }
    return condition();
  }

  private Formula count() {
    boolean isExact = take().isWord("exactly");
    boolean isLeast = !isExact && takeWord("least");
    if (!isExact && !isLeast && !takeWord("most")) {
      throw expected("'least' or 'most'");
    }
    Token number = take();
    int k = wholeNumber(number);
    if (!takeWord("of")) {
      throw expected("'of'");
    }
    require("(");
    List<Formula> parts = new ArrayList<>();
    do {
      parts.add(implication());
    } while (takeMark(","));
    require(")");
    if (k > parts.size()) {
      throw error(
          number.column,
          "%d of %d conditions; expected at most %d".formatted(k, parts.size(), parts.size()));
    }
    return new Count(isExact || isLeast ? k : 0, isLeast ? parts.size() : k, parts);
  }

  private int wholeNumber(Token token) {
    boolean isNumber =
        token.kind == Kind.WORD
            && token.text.length() <= 6
            && token.text.chars().allMatch(c -> c >= '0' && c <= '9');
    if (!isNumber) {
      throw error(token.column, "expected a whole number, found " + token.shown());
    }
    return Integer.parseInt(token.text);
  }

  private Formula condition() {
    Token name = peek();
    if (name.kind != Kind.WORD && name.kind != Kind.QUOTED) {
      throw expected("a condition such as NAME = VALUE, 'not' or '('");
    }
    next++;
    Variable variable = variable(name);
    Token operator = take();
    if (operator.isWord("in")) {
      if (!peek().is("[") && !peek().is("{")) {
        throw expected("an interval such as [1,2] or a set such as {a|b}");
      }
      return value(variable);
    }
    if (operator.kind != Kind.MARK || !OPERATORS.contains(operator.text)) {
      throw error(
          operator.column,
          "expected =, !=, <, <=, >, >= or in after '%s', found %s"
              .formatted(name.text, operator.shown()));
    }
    boolean isEqual = operator.text.startsWith("=");
    if (isEqual || operator.text.equals("!=")) {
      Formula equal = value(variable);
      return isEqual ? equal : new Not(equal);
    }
    return compare(variable, operator);
  }

  private Variable variable(Token name) {
    for (Variable variable : variables) {
      if (variable.name().equals(name.text)) {
        return variable;
      }
    }
    throw error(
        name.column,
        "no variable '%s'; the variables are %s"
            .formatted(name.text, Names.list(variables.stream().map(Variable::name).toList())),
        name.text);
  }

  private Formula compare(Variable variable, Token operator) {
    if (variable instanceof Categorical) {
      throw error(
          operator.column,
          "variable '%s' is categorical and its states have no order; expected =, != or in {a|b}"
              .formatted(variable.name()),
          variable.name());
    }
    double bound = number(variable);
    boolean isIncluded = operator.text.endsWith("=");
    return operator.text.startsWith("<")
        ? new Range(variable.name(), Double.NEGATIVE_INFINITY, false, bound, isIncluded)
        : new Range(variable.name(), bound, isIncluded, Double.POSITIVE_INFINITY, false);
  }

  private Formula value(Variable variable) {
    Token start = peek();
    if (variable instanceof Categorical categorical) {
      if (start.is("[")) {
        throw error(
            start.column,
            "variable '%s' is categorical; expected states such as {a|b}"
                .formatted(variable.name()),
            variable.name());
      }
      Set<String> states = new LinkedHashSet<>();
      if (takeMark("{")) {
        do {
          states.add(state(categorical));
        } while (takeMark("|") || takeMark(","));
        require("}");
      } else {
        states.add(state(categorical));
      }
      return new States(variable.name(), List.copyOf(states));
    }
    if (start.is("{")) {
      throw error(
          start.column,
          "variable '%s' is not categorical; expected a number or an interval such as [1,2]"
              .formatted(variable.name()),
          variable.name());
    }
    if (!takeMark("[")) {
      double point = number(variable);
      return new Range(variable.name(), point, true, point, true);
    }
    boolean hasLo = !peek().is(",");
    double lo = hasLo ? number(variable) : Double.NEGATIVE_INFINITY;
    require(",");
    boolean hasHi = !peek().is("]");
    double hi = hasHi ? number(variable) : Double.POSITIVE_INFINITY;
    require("]");
    if (!(lo <= hi)) {
      throw error(start.column, "interval [%s, %s]; expected lo <= hi".formatted(lo, hi));
    }
    return new Range(variable.name(), lo, hasLo, hi, hasHi);
  }

  private double number(Variable variable) {
    Token token = take();
    double value = token.kind == Kind.WORD ? number(token.text) : Double.NaN;
    if (!Double.isFinite(value)) {
      throw error(
          token.column,
          "expected a finite number for variable '%s', found %s"
              .formatted(variable.name(), token.shown()),
          variable.name());
    }
    return value + 0.0;
  }

  private static double number(String text) {
    boolean isDecimal = text.matches("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?");
    return isDecimal ? Double.parseDouble(text) : Double.NaN;
  }

  private String state(Categorical variable) {
    Token token = take();
    if (token.kind != Kind.WORD && token.kind != Kind.QUOTED) {
      throw error(
          token.column,
          "expected a state of '%s', found %s".formatted(variable.name(), token.shown()));
    }
    if (variable.states().contains(token.text)) {
      return token.text;
    }
    String coded = token.kind == Kind.WORD ? byNumber(variable, number(token.text)) : null;
    if (coded == null) {
      throw error(
          token.column,
          "variable '%s' has no state '%s'; its states are %s"
              .formatted(variable.name(), token.text, Names.list(variable.states())),
          variable.name());
    }
    return coded;
  }

  /**
   * The state that a number means: where no name of a state is a number the one with that code, and
   * else the one whose name is that number.
   */
  private static @Nullable String byNumber(Categorical variable, double value) {
    List<Double> named = variable.states().stream().map(FormulaParser::number).toList();
    boolean namesAreNumbers = named.stream().anyMatch(n -> !Double.isNaN(n));
    for (int s = 0; s < named.size(); s++) {
      double number = namesAreNumbers ? Objects.requireNonNull(named.get(s)) : variable.code(s);
      if (number == value) {
        return variable.states().get(s);
      }
    }
    return null;
  }
}
