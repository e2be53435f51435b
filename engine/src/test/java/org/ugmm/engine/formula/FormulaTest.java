package org.ugmm.engine.formula;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.formula.Formula.And;
import org.ugmm.engine.formula.Formula.Count;
import org.ugmm.engine.formula.Formula.Implies;
import org.ugmm.engine.formula.Formula.Not;
import org.ugmm.engine.formula.Formula.Or;
import org.ugmm.engine.formula.Formula.Range;
import org.ugmm.engine.formula.Formula.States;

/** How formulas are read, what is said of wrong ones, and that their text reads back. */
class FormulaTest {
  private static final double INF = Double.POSITIVE_INFINITY;

  private static final List<Variable> VARIABLES =
      List.of(
          Variable.real("petal_length"),
          Variable.real("x"),
          Variable.real("odd name \"q\""),
          Variable.real("not"),
          Variable.categorical("species", "setosa", "versicolor", "a b"),
          Variable.categorical("digit", "0", "1", "and"));

  private static Formula parse(String text) {
    return Formula.parse(text, VARIABLES);
  }

  @Test
  void parse_issueExample_isTheTree() {
    assertEquals(
        new And(
            List.of(
                new Range("petal_length", 3, false, INF, false),
                new Or(
                    List.of(
                        new States("species", List.of("setosa")),
                        new Not(new Range("x", 2, true, 3, true)))))),
        parse("petal_length > 3 and (species = setosa or not x in [2,3])"));
  }

  @Test
  void parse_operators_bindAsSaid() {
    Formula a = parse("x > 1");
    Formula b = parse("x < 0");
    Formula c = parse("digit=1");
    assertEquals(new Or(List.of(a, new And(List.of(b, c)))), parse("x>1 or x<0 and digit = 1"));
    assertEquals(new Implies(a, new Implies(b, c)), parse("x > 1 implies x < 0 IMPLIES digit=1"));
    assertEquals(new And(List.of(new Not(a), b)), parse("not x > 1 and x < 0"));
    assertEquals(a, parse("not not x > 1"));
    assertEquals(new Count(2, 2, List.of(a, b, c)), parse("exactly 2 of (x > 1, x < 0, digit=1)"));
    assertEquals(new Count(1, 2, List.of(a, b)), parse("at least 1 of (x > 1, x < 0)"));
    assertEquals(new Count(0, 1, List.of(a, b)), parse("at most 1 of (x > 1, x < 0)"));
  }

  @Test
  void parse_values_areReadByTheKindOfVariable() {
    assertEquals(new Range("x", 3, true, 3, true), parse("x = 3"));
    assertEquals(new Range("x", -0.5, true, -0.5, true), parse("x=-.5"));
    assertEquals(new Range("x", 1, true, INF, false), parse("x in [1,]"));
    assertEquals(new Range("x", 1e-3, true, 2, true), parse("x = [1e-3, 2]"));
    assertEquals(new Not(new Range("x", 1, true, 2, true)), parse("x != [1,2]"));
    assertEquals(new States("digit", List.of("1")), parse("digit = 1.0"));
    assertEquals(new States("species", List.of("versicolor")), parse("species = 1"));
    assertEquals(new States("digit", List.of("and", "0")), parse("digit in {and|0}"));
    assertEquals(new States("species", List.of("a b")), parse("species = \"a b\""));
    assertEquals(
        new Range("odd name \"q\"", 0, true, INF, false), parse("\"odd name \"\"q\"\"\" >= 0"));
    assertEquals(new Range("not", 0, true, INF, false), parse("not >= 0"));
  }

  @Test
  void toString_any_readsBack() {
    for (String text :
        List.of(
            "petal_length > 3 and (species = setosa or not x in [2,3])",
            "x > 1 implies x < 0 implies digit = and",
            "(x > 1 implies x < 0) implies species in {setosa|\"a b\"}",
            "exactly 2 of (x > 1, not (x < 0 or x = 2), digit = 1)",
            "at most 1 of (x > 1, x < 0, true) or false",
            "at least 2 of (x > 1, x < 0, true)",
            "\"odd name \"\"q\"\"\" in [,3] and \"not\" = 1e-300")) {
      Formula formula = parse(text);
      assertEquals(formula, parse(formula.toString()), formula.toString());
    }
    Formula open = new Range("x", 1, false, 2, true);
    assertEquals("(x > 1 and x <= 2)", open.toString());
  }

  @Test
  void parse_wrongText_namesTheColumnAndWhatWasExpected() {
    assertWrong("x > 3 and", "formula, column 10, at the end: expected a condition");
    assertWrong("x > 3 and y = 2", "column 11, at 'y = 2': no variable 'y'; the variables are ");
    assertWrong("species = rose", "column 11, at 'rose': variable 'species' has no state 'rose'");
    assertWrong("digit > 1", "column 7, at '> 1': variable 'digit' is categorical");
    assertWrong("digit in [0,1]", "column 10, at '[0,1]': variable 'digit' is categorical");
    assertWrong("x in {a|b}", "column 6, at '{a|b}': variable 'x' is not categorical");
    assertWrong("x = three", "column 5, at 'three': expected a finite number for variable 'x'");
    assertWrong("x = 1e999", "column 5, at '1e999': expected a finite number");
    assertWrong("x = NaN", "expected a finite number");
    assertWrong("x in [3,2]", "column 6, at '[3,2]': interval [3.0, 2.0]; expected lo <= hi");
    assertWrong("(x > 3", "column 7, at the end: expected ')'");
    assertWrong("x > 3)", "column 6, at ')': expected 'and', 'or', 'implies' or the end");
    assertWrong("x 3", "column 3, at '3': expected =, !=, <, <=, >, >= or in after 'x'");
    assertWrong("x & 3", "column 3, at '& 3': '&' has no meaning here");
    assertWrong("\"x > 3", "column 1, at '\"x > 3': a double quote without its partner");
    assertWrong("exactly 3 of (x > 1, x < 0)", "column 9, at '3 of (x > 1, x < 0)': 3 of 2");
    assertWrong("exactly two of (x > 1)", "expected a whole number, found 'two'");
    assertWrong("at 3 of (x > 1)", "column 4, at '3 of (x > 1)': expected 'least' or 'most'");
    assertWrong("", "column 1, at the end: expected a condition");
    assertWrong("(".repeat(100_000), "nested more than 200 deep");
    assertWrong("(not ".repeat(1000), "nested more than 200 deep");
  }

  private static void assertWrong(String text, String expected) {
    ArgumentException e = assertThrows(ArgumentException.class, () -> parse(text), text);
    assertTrue(e.getMessage().contains(expected), e.getMessage());
  }
}
