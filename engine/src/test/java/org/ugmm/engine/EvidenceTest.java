package org.ugmm.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.Variable;

class EvidenceTest {
  private static Circuit circuit() {
    CircuitBuilder b =
        Circuit.builder(List.of(Variable.real("x"), Variable.categorical("c", "a", "b", "d")));
    return b.build(
        b.product(
            b.gaussian(0, 0, 1), b.categoricalLog(1, Math.log(0.5), Math.log(0.3), Math.log(0.2))));
  }

  private static double log(Evidence e) {
    return new Inference(e.circuit()).marginal(e).value();
  }

  @Test
  void of_mapOfEveryKind_isWhatChainedCallsSay() {
    Circuit c = circuit();
    Evidence chained = new Evidence(c).observe("x", 1.5).observe("c", "b");
    Map<String, Object> values = new HashMap<>();
    values.put("x", 1.5f);
    values.put("c", "b");
    assertEquals(chained.toString(), Evidence.of(c, values).toString());
    values.put("c", 1);
    assertEquals(chained.toString(), Evidence.of(c, values).toString());
    values.put("x", null);
    values.put("c", List.of("a", "d"));
    Evidence set = Evidence.of(c, values);
    assertTrue(set.isUnobserved(0));
    assertEquals(Math.log(0.7), log(set), 1e-14);
    values.put("c", Double.NaN);
    assertTrue(Evidence.of(c, values).isUnobserved(1));
  }

  @Test
  void ofRow_oneNumberAVariable_isTheRow() {
    Circuit c = circuit();
    Evidence e = Evidence.ofRow(c, Double.NaN, 2);
    assertTrue(e.isUnobserved(0));
    assertEquals(2, e.point(1));
    assertEquals("{c=d}", e.toString());
    assertFalse(e.copy().observe("x", 1).isUnobserved(0));
    assertTrue(e.isUnobserved(0), "a copy changes on its own");
  }

  private static void assertSays(String message, String variable, Executable call) {
    ArgumentException e = assertThrows(ArgumentException.class, call);
    assertEquals(message, e.getMessage());
    assertEquals(variable, e.variable());
  }

  @Test
  void anyCall_wrongArgument_saysWhatWasExpected() {
    Circuit c = circuit();
    assertSays(
        "a row of 3 values; expected 2, one a variable", null, () -> Evidence.ofRow(c, 1, 2, 3));
    assertSays(
        "2 values from 1; expected 2 of them, one a variable",
        null,
        () -> new Evidence(c).row(new double[2], 1));
    assertSays("variable 2; expected an index, 0 .. 1", null, () -> new Evidence(c).observe(2, 0));
    assertSays("variable -1; expected an index, 0 .. 1", null, () -> new Evidence(c).isPoint(-1));
    assertSays(
        "no variable 'y'; the variables are x, c", "y", () -> Evidence.of(c, Map.of("y", 1)));
    assertSays(
        "variable 'c' has no state 'z'; its states are a, b, d",
        "c",
        () -> Evidence.of(c, Map.of("c", "z")));
    assertSays(
        "variable 'x' is real; give a number or an interval, not states",
        "x",
        () -> Evidence.of(c, Map.of("x", "tall")));
    assertSays(
        "variable 'x': a value of [I; expected a number, a state or a collection of states",
        "x",
        () -> Evidence.of(c, Map.of("x", new int[1])));
    assertSays(
        "variable 'x': value Infinity; expected a finite number, or leave it unobserved",
        "x",
        () -> new Evidence(c).observe("x", Double.POSITIVE_INFINITY));
    assertSays(
        "variable 5; expected an index, 0 .. 1",
        null,
        () -> new Inference(c).posterior(5, new Evidence(c)));
  }

  @Test
  void batch_arraysAndColumns_areTheSameRows() {
    Circuit c = circuit();
    double nan = Double.NaN;
    double[] flat = {1, 0, nan, 2, -1, nan};
    Batch one = Batch.of(c, flat);
    Batch two = Batch.of(c, new double[][] {{1, 0}, {nan, 2}, {-1, nan}});
    Map<String, double[]> columns =
        Map.of("c", new double[] {0, 2, nan}, "x", new double[] {1, nan, -1});
    Batch three = Batch.ofColumns(c, columns);
    Inference inference = new Inference(c);
    double[] expected = inference.marginal(one).values();
    assertTrue(Arrays.equals(expected, inference.marginal(two).values()));
    assertTrue(Arrays.equals(expected, inference.marginal(three).values()));
    assertEquals(expected[2], inference.marginal(one.slice(2, 1)).value(0, 0));
    assertTrue(Double.isNaN(Batch.ofColumns(c, Map.of("c", new double[] {1})).value(0, 0)));
    assertSays(
        "5 values; expected whole rows of 2 variables", null, () -> Batch.of(c, new double[5]));
    assertSays(
        "row 1: 1 values; expected 2, one a variable",
        null,
        () -> Batch.of(c, new double[][] {{1, 0}, {1}}));
    assertSays("2 rows from 2; expected rows among 3", null, () -> one.slice(2, 2));
  }
}
