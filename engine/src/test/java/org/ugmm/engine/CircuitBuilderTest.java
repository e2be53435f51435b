package org.ugmm.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.data.CircuitException;
import org.ugmm.engine.data.Variable;

class CircuitBuilderTest {
  private static final List<Variable> VARIABLES = List.of(Variable.categorical("c", "a", "b"));

  @Test
  void linearAndLog_sameNumbers_areTheSameCircuit() {
    CircuitBuilder linear = Circuit.builder(VARIABLES);
    int left = linear.product(linear.categoricalLinear(0, 0.25, 0.75), linear.constantLinear(2));
    int right = linear.categoricalLinear(0, 1, 0);
    Circuit one = linear.build(linear.sumLinear(new int[] {left, right}, new double[] {0.5, 3}));
    CircuitBuilder log = Circuit.builder(VARIABLES);
    left =
        log.product(
            log.categoricalLog(0, Math.log(0.25), Math.log(0.75)), log.constantLog(Math.log(2)));
    right = log.categoricalLog(0, 0, Double.NEGATIVE_INFINITY);
    Circuit two =
        log.build(log.sumLog(new int[] {left, right}, new double[] {Math.log(0.5), Math.log(3)}));
    assertEquals(Math.log(0.5 * 2 + 3), one.normaliser().logZ(), 1e-15);
    assertEquals(one.normaliser().logZ(), two.normaliser().logZ(), 1e-15);
    for (String state : List.of("a", "b")) {
      assertEquals(
          new Inference(one).marginal(new Evidence(one).observe("c", state)).value(),
          new Inference(two).marginal(new Evidence(two).observe("c", state)).value(),
          1e-15);
    }
  }

  @Test
  void linear_negativeNumber_isNoCircuit() {
    CircuitBuilder b = Circuit.builder(VARIABLES);
    int root = b.categoricalLinear(0, -0.5, 1.5);
    assertThrows(CircuitException.class, () -> b.build(root));
  }
}
