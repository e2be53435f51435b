package org.ugmm.testdata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.ugmm.testdata.RandomCircuits.Family;
import org.ugmm.testdata.RandomCircuits.Variant;

/** {@link Expansion} and {@link Quadrature} against hand-computed values and the rule. */
class IntegrationTest {

  private static final PlainEvidence OPEN = PlainEvidence.UNOBSERVED;

  @Test
  void expansion_randomTractableCircuits_agreesWithTheRule() {
    int compared = 0;
    for (long seed = 0; seed < 200; seed++) {
      PlainCircuit circuit = RandomCircuits.tractable(seed);
      if (circuit.numVariables() > 4) {
        continue;
      }
      List<PlainEvidence> evidence = RandomEvidence.any(circuit, seed);
      double expected = Expansion.logValue(circuit, evidence);
      double actual = Oracle.logValue(circuit, evidence);
      OracleTest.assertClose(expected, actual, 1e-11, "seed " + seed + "\n" + circuit);
      compared++;
    }
    assertTrue(compared > 50, "too few circuits are small");
  }

  @Test
  void expansion_nonSmoothOnDomains_matchesHandComputed() {
    // 0.3 N(a; 0, 1) + 0.7 [c = 1], a in [-2, 3], c of three states.
    CircuitBuilder b =
        new CircuitBuilder(
            List.of(
                new PlainVariable.Real("a", new PlainVariable.Domain(-2, 3), null),
                PlainVariable.Categorical.of("c", 3)));
    int[] children = {b.gaussian(0, 0, 1), b.indicator(1, 1)};
    PlainCircuit circuit = b.build(b.sum(children, 0.3, 0.7));
    double mass = Math.exp(NormalInterval.log(-2, 3));
    List<PlainEvidence> none = PlainEvidence.none(2);
    assertEquals(Math.log(0.3 * mass * 3 + 0.7 * 5), Expansion.logValue(circuit, none), 1e-14);
    double expected = Expansion.logValue(circuit, none);
    assertEquals(expected, Quadrature.logMarginal(circuit, none), 1e-12);
  }

  @Test
  void expansion_nonSmoothWithoutBaseMeasure_isRefused() {
    PlainCircuit circuit = RandomCircuits.nonSmooth(false, 3);
    List<PlainEvidence> none = PlainEvidence.none(circuit.numVariables());
    assertThrows(IllegalArgumentException.class, () -> Expansion.logValue(circuit, none));
  }

  @Test
  void expansion_nonSmoothSmoothable_isFiniteForAnyEvidence() {
    for (long seed = 0; seed < 40; seed++) {
      PlainCircuit circuit = RandomCircuits.nonSmooth(true, seed);
      List<PlainEvidence> none = PlainEvidence.none(circuit.numVariables());
      double logZ = Expansion.logValue(circuit, none);
      assertTrue(Double.isFinite(logZ), "seed " + seed + "\n" + circuit);
    }
  }

  @Test
  void logMarginal_tractableOneAndTwoReals_agreesWithTheRule() {
    for (Variant variant : List.of(Variant.PLAIN, Variant.BOUNDED, Variant.DETERMINISTIC)) {
      for (long seed = 0; seed < 6; seed++) {
        int vars = variant == Variant.BOUNDED ? 2 : 1 + (int) seed % 2;
        PlainCircuit circuit =
            RandomCircuits.tractable(
                seed % 3 == 0 ? Family.MIXED : Family.REAL, variant, vars, seed);
        List<PlainEvidence> evidence =
            seed < 2 ? PlainEvidence.none(vars) : RandomEvidence.any(circuit, seed);
        double expected = Oracle.logValue(circuit, evidence);
        double actual = Quadrature.logMarginal(circuit, evidence);
        String message = variant + " seed " + seed + " " + evidence + "\n" + circuit;
        OracleTest.assertClose(expected, actual, 1e-10, message);
      }
    }
  }

  @Test
  void logMarginal_linkNetworkOfOneReal_agreesWithTrapezoidalRule() {
    PlainCircuit circuit = RandomCircuits.linkNetwork(1, 0, false, new int[] {3, 1}, 5);
    double actual = Quadrature.logMarginal(circuit, PlainEvidence.none(1));
    // The trapezoidal rule converges faster than any power on a smooth function of the line.
    double sum = 0;
    double step = 1.0 / 64;
    for (int i = -64 * 400; i <= 64 * 400; i++) {
      sum += Math.exp(Oracle.logValue(circuit, PlainEvidence.ofRow(i * step))) * step;
    }
    assertEquals(Math.log(sum), actual, 1e-10);
  }

  @Test
  void logMarginal_linkNetworkOnDomain_agreesWithMidpointRule() {
    PlainCircuit circuit = RandomCircuits.linkNetwork(1, 1, true, new int[] {3, 1}, 5);
    double actual = Quadrature.logMarginal(circuit, PlainEvidence.none(2));
    PlainVariable.Domain domain = ((PlainVariable.Real) circuit.variables().get(0)).domain();
    assertNotNull(domain);
    double step = (domain.hi() - domain.lo()) / 4000;
    double sum = 0;
    for (int i = 0; i < 4000; i++) {
      PlainEvidence x = new PlainEvidence.Point(domain.lo() + (i + 0.5) * step);
      sum += Math.exp(Oracle.logValue(circuit, List.of(x, OPEN))) * step;
    }
    assertEquals(Math.log(sum), actual, 1e-6);
  }

  @Test
  void logMarginal_linkNetworkOfTwoInputsOnTheLine_isRefusedAsInfinite() {
    PlainCircuit circuit = RandomCircuits.linkNetwork(1, 1, false, new int[] {3, 1}, 5);
    IllegalArgumentException error =
        assertThrows(
            IllegalArgumentException.class,
            () -> Quadrature.logMarginal(circuit, PlainEvidence.none(2)));
    assertTrue(error.getMessage().contains("does not fall off"), error.getMessage());
  }

  @Test
  void logValue_nonSmoothOutsideDomain_isZero() {
    PlainVariable a = new PlainVariable.Real("a", new PlainVariable.Domain(0, 1), null);
    PlainVariable b = new PlainVariable.Real("b", new PlainVariable.Domain(0, 1), null);
    CircuitBuilder builder = new CircuitBuilder(List.of(a, b));
    int[] children = {builder.gaussian(0, 0, 1), builder.gaussian(1, 0, 1)};
    PlainCircuit circuit = builder.build(builder.sum(children, 0.5, 0.5));
    List<PlainEvidence> outside = PlainEvidence.ofRow(2, 0.5);
    assertEquals(Double.NEGATIVE_INFINITY, Oracle.logValue(circuit, outside));
    assertEquals(Double.NEGATIVE_INFINITY, Expansion.logValue(circuit, outside));
    assertNull(ExactOracle.logValue(circuit, outside));
  }

  @Test
  void posteriorMoments_mixture_matchHandComputed() {
    CircuitBuilder b = new CircuitBuilder(List.of(new PlainVariable.Real("x")));
    int[] children = {b.gaussian(0, -1, 0.5), b.gaussian(0, 3, 2)};
    PlainCircuit circuit = b.build(b.sum(children, 0.25, 0.75));
    Quadrature.Moments moments = Quadrature.posteriorMoments(circuit, List.of(OPEN), 0);
    assertEquals(2, moments.mean(), 1e-11);
    assertEquals(0.25 * (0.25 + 9) + 0.75 * (4 + 1), moments.variance(), 1e-10);
  }
}
