package org.ugmm.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.exact.LogEvaluator;
import org.ugmm.engine.number.GaussianMass;

/** Shapes that break recursion, quadratic loops and dense sets of variables. */
@Timeout(60)
class LargeCircuitTest {
  @Test
  void chainOf100000Levels_isAnsweredWithoutAStack() {
    Circuit circuit = FlatCircuits.chain(100_000);
    assertTrue(circuit.structure().isTractable());
    LogEvaluator evaluator = new LogEvaluator(circuit.flat);
    double value = evaluator.upward(new Evidence(circuit).observe(0, 0).flat);
    assertEquals(-GaussianMass.LOG_SQRT_2PI, value, evaluator.relativeErrorBound());
    assertTrue(evaluator.relativeErrorBound() < 1e-9);
    evaluator.downward();
    assertEquals(1, evaluator.flow[0], 1e-9);
    assertEquals(0, circuit.normaliser().logZ(), circuit.normaliser().relativeErrorBound());
  }

  @Test
  void chainOf100000DecisionsOnOneBit_endsWithAVerdict() {
    CircuitBuilder builder = Circuit.builder(List.of(Variable.categorical("a", "no", "yes")));
    int no = builder.categoricalLog(0, 0, Double.NEGATIVE_INFINITY);
    int yes = builder.categoricalLog(0, Double.NEGATIVE_INFINITY, 0);
    int node = no;
    for (int level = 0; level < 100_000; level++) {
      node = builder.sumLinear(new int[] {node}, new double[] {1});
    }
    int root = builder.sumLinear(new int[] {node, yes}, new double[] {0.5, 0.5});
    assertNotNull(builder.build(root).structure());
  }

  @Test
  void thousandVariables_areSmoothAndDecomposable() {
    Circuit circuit = FlatCircuits.dense(1_000, 4);
    assertTrue(circuit.structure().isTractable());
    assertEquals(0, circuit.normaliser().logZ(), 1e-9);
    LogEvaluator evaluator = new LogEvaluator(circuit.flat);
    assertTrue(Double.isFinite(evaluator.upward(new Evidence(circuit).observe(500, 0.5).flat)));
    evaluator.downward();
    double flow = 0;
    for (int n = 0; n < circuit.numNodes(); n++) {
      flow += circuit.variable(n) == 999 ? evaluator.flow[n] : 0;
    }
    assertEquals(1, flow, 1e-9);
  }

  @Test
  void oneNode_isAnswered() {
    CircuitBuilder builder = Circuit.builder(List.of(Variable.real("x", 0, 4)));
    Circuit circuit = builder.build(builder.base(0));
    assertEquals(Math.log(4), circuit.normaliser().logZ(), 1e-15);
    LogEvaluator evaluator = new LogEvaluator(circuit.flat);
    assertEquals(0, evaluator.upward(new Evidence(circuit).observe(0, 4).flat));
    assertEquals(
        Double.NEGATIVE_INFINITY, evaluator.upward(new Evidence(circuit).observe(0, 5).flat));
    assertEquals(
        Math.log(2), evaluator.upward(new Evidence(circuit).interval(0, 2, 9).flat), 1e-15);
  }

  @Test
  void millionEdges_areAnswered() {
    Circuit circuit = FlatCircuits.dense(250, 64);
    assertTrue(circuit.numEdges() > 1_000_000);
    assertTrue(circuit.structure().isTractable());
    assertEquals(0, circuit.normaliser().logZ(), 1e-9);
  }

  @Test
  void widestSums_endWithAVerdict() {
    int width = 200_000;
    CircuitBuilder builder = Circuit.builder(List.of(Variable.real("x")));
    int leaf = builder.gaussian(0, 0, 1);
    int[] children = new int[width];
    double[] weights = new double[width];
    int zeros = builder.sumLinear(children, weights);
    Arrays.fill(weights, 1);
    int[] singles = new int[width];
    for (int i = 0; i < width; i++) {
      singles[i] = builder.constantLog(Double.NEGATIVE_INFINITY);
    }
    int zero = builder.product(builder.sumLinear(singles, weights), leaf);
    int root = builder.sumLinear(new int[] {zeros, zero, leaf}, new double[] {1, 1, 1});
    Circuit circuit = builder.build(root);
    assertNull(circuit.structure().whyNotDeterministic());
    assertNull(circuit.structure().whyNotSmooth());
  }

  @Test
  void beyondTheRangeOfADouble_isRefusedOrUnbounded() {
    CircuitBuilder builder = Circuit.builder(List.of(Variable.real("x")));
    int leaf = builder.gaussian(0, 0, 1);
    int huge = builder.constantLog(Double.MAX_VALUE);
    int beyond = builder.product(huge, huge);
    int tiny = builder.constantLog(-Double.MAX_VALUE);
    int below = builder.product(tiny, tiny);
    int zero = builder.product(beyond, builder.constantLog(Double.NEGATIVE_INFINITY), leaf);
    int mixed = builder.product(beyond, below);
    Circuit circuit = builder.build(mixed);
    LogEvaluator evaluator = new LogEvaluator(circuit.flat, below);
    Evidence evidence = new Evidence(circuit).observe(0, 1);
    assertEquals(Double.NEGATIVE_INFINITY, evaluator.upward(evidence.flat));
    assertEquals(Double.POSITIVE_INFINITY, evaluator.relativeErrorBound());
    evaluator = new LogEvaluator(circuit.flat, zero);
    assertEquals(Double.NEGATIVE_INFINITY, evaluator.upward(evidence.flat));
    assertEquals(0, evaluator.relativeErrorBound());
    LogEvaluator refusing = new LogEvaluator(circuit.flat);
    RefusedException e = assertThrows(RefusedException.class, () -> refusing.upward(evidence.flat));
    assertEquals(
        "the log-value of node 7 is beyond the range of a double; rescale the constants",
        e.getMessage());
  }
}
