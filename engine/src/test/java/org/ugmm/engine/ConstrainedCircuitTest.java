package org.ugmm.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.data.LogProbability;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.formula.Formula;
import org.ugmm.testdata.PlainCircuit;
import org.ugmm.testdata.RandomCircuits;
import org.ugmm.testdata.RandomEvidence;

/** Circuits times formulas against the same questions given the formula. */
class ConstrainedCircuitTest {
  private static final long MANY = 1_000_000;
  private static final double NONE = Double.NEGATIVE_INFINITY;

  private static List<Variable> states(Circuit circuit) {
    return circuit.variables().stream().filter(Categorical.class::isInstance).toList();
  }

  @Test
  void where_randomCircuits_isTheDistributionGivenTheFormula() {
    int done = 0;
    for (long seed = 0; done < 100; seed++) {
      Random random = new Random(seed);
      PlainCircuit plain = RandomCircuits.tractable(seed);
      Circuit circuit = Plain.circuit(plain);
      if (states(circuit).isEmpty()) {
        continue;
      }
      Formula formula = RandomFormulas.of(states(circuit), 1 + random.nextInt(6), random);
      String what = "seed " + seed + " where " + formula + "\n" + plain;
      Inference inference = new Inference(circuit);
      Evidence where = new Evidence(circuit).where(formula);
      done++;
      if (inference.marginal(where).value() == NONE) {
        assertThrows(RefusedException.class, () -> circuit.where(formula, MANY), what);
        continue;
      }
      Circuit product = circuit.where(formula, MANY);
      assertTrue(product.structure().isTractable(), what);
      Inference constrained = new Inference(product);
      for (long s = 0; s < 3; s++) {
        Evidence e = Plain.evidence(circuit, RandomEvidence.any(plain, seed + s));
        Evidence same = Plain.evidence(product, RandomEvidence.any(plain, seed + s));
        LogProbability expected = inference.conditional(e, where);
        LogProbability actual = constrained.marginal(same);
        if (expected.value() == NONE) {
          assertEquals(NONE, actual.value(), what);
        } else {
          double slack = 1e-11 * (1 + Math.abs(inference.marginal(e).value()));
          assertEquals(expected.value(), actual.value(), slack, what);
        }
      }
    }
  }

  private static Circuit standard() {
    CircuitBuilder builder =
        Circuit.builder(
            List.of(
                Variable.real("x"),
                Variable.categorical("k", "a", "b", "c"),
                Variable.categorical("m", "a", "b")));
    int[] parts = new int[2];
    for (int i = 0; i < 2; i++) {
      parts[i] =
          builder.product(
              builder.gaussian(0, i, 1 + i),
              builder.categoricalLog(
                  1, Math.log(0.5 - 0.3 * i), Math.log(0.3), Math.log(0.2 + 0.3 * i)),
              builder.categoricalLog(2, Math.log(0.6 - 0.4 * i), Math.log(0.4 + 0.4 * i)));
    }
    return builder.build(builder.sumLinear(parts, new double[] {0.3, 0.7}));
  }

  private static Circuit where(String formula, long maxEdges) {
    Circuit circuit = standard();
    return circuit.where(Formula.parse(formula, circuit.variables()), maxEdges);
  }

  @Test
  void where_oneIntervalOfAReal_becomesItsDomain() {
    Circuit circuit = standard();
    Circuit product = where("x > 0.5 and (k = a or m = b)", MANY);
    assertEquals(0.5, ((Variable.Real) product.variables().get(0)).lo());
    assertEquals(0, product.normaliser().logZ(), 1e-14);
    Evidence given = new Evidence(circuit).where("x > 0.5 and (k = a or m = b)");
    double expected =
        new Inference(circuit)
            .conditional(new Evidence(circuit).observe("x", 1).observe("k", "b"), given)
            .value();
    double actual =
        new Inference(product)
            .marginal(new Evidence(product).observe("x", 1).observe("k", "b"))
            .value();
    assertEquals(expected, actual, 1e-14);
  }

  @Test
  void where_cannotBeCompiled_saysWhy() {
    refused("x > 0 and k = a or x < 1 and k = b", MANY, "variable 'x' different intervals");
    refused("x = 3", MANY, "single values");
    refused("k = a and k = b", MANY, "never holds");
    refused("k = a or m = b", 5, "more than 5 edges");
    refused("k = a or m = b or k = b", 1, "more than 1 edges");
    Circuit deep = Plain.circuit(RandomCircuits.linkNetwork(1, 1, true, new int[] {2, 1}, 3));
    Formula formula = Formula.parse("c0 = s0", deep.variables());
    assertThrows(RefusedException.class, () -> deep.where(formula, MANY));
  }

  private static void refused(String formula, long maxEdges, String expected) {
    RefusedException e =
        assertThrows(RefusedException.class, () -> where(formula, maxEdges), formula);
    assertTrue(e.getMessage().contains(expected), e.getMessage());
  }
}
