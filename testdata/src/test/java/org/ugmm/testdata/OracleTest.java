package org.ugmm.testdata;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.ugmm.testdata.RandomCircuits.Family;
import org.ugmm.testdata.RandomCircuits.Variant;

class OracleTest {

  private static final PlainEvidence OPEN = PlainEvidence.UNOBSERVED;

  /** 0.4 [c=0] N(x; 0, 1) + 0.6 [c=1] N(x; 2, 0.5). */
  private static PlainCircuit twoClasses() {
    CircuitBuilder b =
        new CircuitBuilder(
            List.of(PlainVariable.Categorical.of("c", 2), new PlainVariable.Real("x")));
    int left = b.product(b.indicator(0, 0), b.gaussian(1, 0, 1));
    int right = b.product(b.indicator(0, 1), b.gaussian(1, 2, 0.5));
    return b.build(b.sum(new int[] {left, right}, 0.4, 0.6));
  }

  private static PlainEvidence at(double value) {
    return new PlainEvidence.Point(value);
  }

  @Test
  void logValue_completeEvidence_matchesHandComputed() {
    double expected = Math.log(0.6 / (0.5 * Math.sqrt(2 * Math.PI)) * Math.exp(-2));
    assertEquals(expected, Oracle.logValue(twoClasses(), PlainEvidence.ofRow(1, 1)), 1e-14);
  }

  @Test
  void logValue_partialEvidence_matchesHandComputed() {
    PlainCircuit circuit = twoClasses();
    assertEquals(0, Oracle.logZ(circuit), 1e-15);
    assertEquals(Math.log(0.4), Oracle.logValue(circuit, List.of(at(0), OPEN)), 1e-15);
    List<PlainEvidence> negative =
        List.of(at(0), new PlainEvidence.Interval(Double.NEGATIVE_INFINITY, 0));
    assertEquals(Math.log(0.2), Oracle.logValue(circuit, negative), 1e-15);
    List<PlainEvidence> soft = List.of(new PlainEvidence.Likelihood(new double[] {0.5, 2}), OPEN);
    assertEquals(Math.log(1.4), Oracle.logValue(circuit, soft), 1e-15);
    List<PlainEvidence> set = List.of(new PlainEvidence.States(new boolean[] {false, true}), OPEN);
    assertEquals(Math.log(0.6), Oracle.logValue(circuit, set), 1e-15);
  }

  @Test
  void logValue_boundedDomain_truncates() {
    PlainVariable x = new PlainVariable.Real("x", new PlainVariable.Domain(0, 3), null);
    CircuitBuilder b = new CircuitBuilder(List.of(x));
    PlainCircuit gaussian = b.build(b.gaussian(0, 0, 1));
    assertEquals(Double.NEGATIVE_INFINITY, Oracle.logValue(gaussian, PlainEvidence.ofRow(-1)));
    // Phi(3) - Phi(0)
    assertEquals(Math.log(0.49865010196836990547), Oracle.logZ(gaussian), 1e-14);
    PlainCircuit base = new PlainCircuit(List.of(x), List.of(new PlainNode.Base(0)), 0);
    assertEquals(Math.log(3), Oracle.logZ(base), 1e-15);
    assertEquals(0, Oracle.logValue(base, PlainEvidence.ofRow(1)));
  }

  @Test
  void logValue_link_matchesHandComputed() {
    CircuitBuilder b = new CircuitBuilder(List.of(new PlainVariable.Real("x")));
    PlainCircuit circuit = b.build(b.link(b.gaussian(0, 0, 1), -1, 2));
    double inner = -0.5 - 0.5 * Math.log(2 * Math.PI);
    double expected = -(inner + 1) * (inner + 1) / 8 - Math.log(2) - 0.5 * Math.log(2 * Math.PI);
    assertEquals(expected, Oracle.logValue(circuit, PlainEvidence.ofRow(1)), 1e-15);
    assertThrows(IllegalArgumentException.class, () -> Oracle.logZ(circuit));
  }

  @Test
  void logValue_categoricalVariants_agreesWithEnumeration() {
    for (Variant variant : Variant.values()) {
      for (long seed = 0; seed < 8; seed++) {
        PlainCircuit circuit =
            RandomCircuits.tractable(Family.CATEGORICAL, variant, 1 + (int) seed % 5, seed);
        List<PlainEvidence> evidence = RandomEvidence.any(circuit, seed);
        double expected = Oracle.marginalByEnumeration(circuit, evidence);
        double actual = Oracle.logValue(circuit, evidence);
        assertClose(expected, actual, 1e-12, variant + " seed " + seed + "\n" + circuit);
      }
    }
  }

  @Test
  void logValue_randomCircuits_agreesWithExactOracle() {
    for (long seed = 0; seed < 300; seed++) {
      PlainCircuit circuit = RandomCircuits.tractable(seed);
      List<PlainEvidence> evidence =
          seed % 3 == 0
              ? RandomEvidence.complete(circuit, seed)
              : seed % 3 == 1
                  ? RandomEvidence.points(circuit, 0.5, seed)
                  : RandomEvidence.any(circuit, seed);
      double expected = ExactOracle.logValueAsDouble(circuit, evidence);
      double actual = Oracle.logValue(circuit, evidence);
      assertClose(expected, actual, 1e-12, "seed " + seed + " " + evidence + "\n" + circuit);
    }
  }

  @Test
  void logValue_linkNetworks_agreesWithExactOracle() {
    for (long seed = 0; seed < 30; seed++) {
      PlainCircuit circuit = RandomCircuits.linkNetwork(seed);
      List<PlainEvidence> evidence = RandomEvidence.complete(circuit, seed);
      for (int v = 0; v < evidence.size(); v++) {
        if (circuit.variables().get(v) instanceof PlainVariable.Categorical) {
          evidence = PlainEvidence.with(evidence, v, OPEN);
        }
      }
      double expected = ExactOracle.logValueAsDouble(circuit, evidence);
      double actual = Oracle.logValue(circuit, evidence);
      assertClose(expected, actual, 1e-11, "seed " + seed + " " + evidence + "\n" + circuit);
    }
  }

  @Test
  void posteriorAndMpe_twoClasses_matchHandComputed() {
    List<PlainEvidence> evidence = List.of(OPEN, at(0));
    double left = 0.4;
    double right = 0.6 / 0.5 * Math.exp(-8);
    double[] posterior = Oracle.posteriorByEnumeration(twoClasses(), evidence, 0);
    assertArrayEquals(
        new double[] {left / (left + right), right / (left + right)}, posterior, 1e-15);
    Oracle.Mpe mpe = Oracle.mpeByEnumeration(twoClasses(), evidence, 1e-12);
    assertEquals(1, mpe.maximisers().size());
    assertArrayEquals(new int[] {0, -1}, mpe.maximisers().get(0));
    assertEquals(Math.log(left / Math.sqrt(2 * Math.PI)), mpe.logValue(), 1e-15);
  }

  @Test
  void relativeError_ofRoundedLog_isSmall() {
    PlainCircuit circuit = twoClasses();
    List<PlainEvidence> evidence = PlainEvidence.ofRow(1, 0.3);
    double log = Oracle.logValue(circuit, evidence);
    double error = ExactOracle.relativeError(log, ExactOracle.logValue(circuit, evidence));
    assertTrue(error < 1e-14, () -> "error " + error);
    assertEquals(
        Math.expm1(1e-3),
        ExactOracle.relativeError(log + 1e-3, ExactOracle.logValue(circuit, evidence)),
        1e-14);
    assertEquals(0, ExactOracle.relativeError(Double.NEGATIVE_INFINITY, null));
  }

  static void assertClose(double expected, double actual, double tolerance, String message) {
    if (Double.isInfinite(expected)) {
      assertEquals(expected, actual, message);
    } else {
      assertEquals(expected, actual, tolerance * Math.max(1, Math.abs(expected)), message);
    }
  }
}
