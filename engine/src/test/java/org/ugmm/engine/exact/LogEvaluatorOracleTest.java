package org.ugmm.engine.exact;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.CircuitBuilder;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Flat;
import org.ugmm.engine.Plain;
import org.ugmm.engine.data.Variable;
import org.ugmm.testdata.ExactOracle;
import org.ugmm.testdata.Oracle;
import org.ugmm.testdata.PlainCircuit;
import org.ugmm.testdata.PlainEvidence;
import org.ugmm.testdata.PlainNode;
import org.ugmm.testdata.PlainVariable;
import org.ugmm.testdata.RandomCircuits;
import org.ugmm.testdata.RandomEvidence;

/**
 * The evaluator against the oracles. The number of queries whose error bound is checked against
 * 50-digit arithmetic is 1,000, or the system property {@code org.ugmm.test.boundQueries}.
 */
class LogEvaluatorOracleTest {
  private static final int CIRCUITS = 2_400;
  private static final int BOUND_QUERIES = Integer.getInteger("org.ugmm.test.boundQueries", 1_000);

  /** The oracle's own rounding, where the evaluator's answer is exact. */
  private static final double ORACLE_ERROR = 1e-45;

  private static PlainCircuit tractable(int seed) {
    RandomCircuits.Family[] families = RandomCircuits.Family.values();
    RandomCircuits.Variant[] variants = RandomCircuits.Variant.values();
    return RandomCircuits.tractable(
        families[seed % families.length],
        variants[seed / families.length % variants.length],
        1 + seed % 5,
        seed);
  }

  @Test
  void upward_anyEvidence_equalsTheOracle() {
    for (int seed = 0; seed < CIRCUITS; seed++) {
      PlainCircuit plain = tractable(seed);
      Circuit circuit = Plain.circuit(plain);
      LogEvaluator evaluator = new LogEvaluator(Flat.of(circuit));
      for (int query = 0; query < 4; query++) {
        List<PlainEvidence> evidence = RandomEvidence.any(plain, 4L * seed + query);
        double expected = Oracle.logValue(plain, evidence);
        double actual = evaluator.upward(Flat.of(Plain.evidence(circuit, evidence)));
        assertClose(expected, actual, describe(seed, plain, evidence));
        assertEquals(
            expected == Double.NEGATIVE_INFINITY,
            evaluator.relativeErrorBound() == 0 && actual == Double.NEGATIVE_INFINITY,
            describe(seed, plain, evidence));
      }
    }
  }

  @Test
  void upward_linksAndCompleteEvidence_equalsTheOracle() {
    for (int seed = 0; seed < 500; seed++) {
      PlainCircuit plain = RandomCircuits.linkNetwork(seed);
      Circuit circuit = Plain.circuit(plain);
      List<PlainEvidence> evidence = RandomEvidence.complete(plain, seed);
      double actual =
          new LogEvaluator(Flat.of(circuit)).upward(Flat.of(Plain.evidence(circuit, evidence)));
      assertClose(Oracle.logValue(plain, evidence), actual, describe(seed, plain, evidence), 1e-9);
    }
  }

  @Test
  void relativeErrorBound_anyQuery_isNeverBelowTheErrorAndMostlyClose() {
    List<Double> ratios = new ArrayList<>();
    for (int seed = 0, query = 0; query < BOUND_QUERIES; seed++) {
      PlainCircuit plain = seed % 8 == 7 ? RandomCircuits.linkNetwork(seed) : tractable(seed);
      if (gaussianReadsCodes(plain)) {
        continue; // the adapter rounds its log-density; the bound speaks of the engine's circuit
      }
      Circuit circuit = Plain.circuit(plain);
      LogEvaluator evaluator = new LogEvaluator(Flat.of(circuit));
      for (int i = 0; i < 2; i++, query++) {
        List<PlainEvidence> evidence =
            plain.hasLinks()
                ? RandomEvidence.complete(plain, query)
                : RandomEvidence.any(plain, query);
        double computed = evaluator.upward(Flat.of(Plain.evidence(circuit, evidence)));
        double bound = evaluator.relativeErrorBound();
        double error = ExactOracle.relativeError(computed, ExactOracle.logValue(plain, evidence));
        assertTrue(
            error <= bound + ORACLE_ERROR,
            () -> "error " + error + " above bound " + bound + ": " + plain + " " + evidence);
        if (error > ORACLE_ERROR) {
          ratios.add(bound / error);
        }
      }
    }
    double[] sorted = ratios.stream().mapToDouble(r -> r).sorted().toArray();
    double median = sorted[sorted.length / 2];
    assertTrue(median <= 1_000, "median ratio " + median);
    System.out.printf(
        "error bounds: %d queries, bound/error median %.1f, least %.2f%n",
        BOUND_QUERIES, median, sorted[0]);
  }

  private static boolean gaussianReadsCodes(PlainCircuit plain) {
    return plain.nodes().stream()
        .anyMatch(
            node ->
                node instanceof PlainNode.Gaussian g
                    && plain.variables().get(g.var()) instanceof PlainVariable.Categorical);
  }

  @Test
  void downward_tractableCircuit_leafFlowsOfAVariableSumToOne() {
    for (int seed = 0; seed < CIRCUITS; seed++) {
      PlainCircuit plain = tractable(seed);
      Circuit circuit = Plain.circuit(plain);
      List<PlainEvidence> evidence = RandomEvidence.any(plain, seed);
      LogEvaluator evaluator = new LogEvaluator(Flat.of(circuit));
      double value = evaluator.upward(Flat.of(Plain.evidence(circuit, evidence)));
      evaluator.downward();
      double[] flow = new double[circuit.numVariables()];
      for (int n = 0; n < circuit.numNodes(); n++) {
        if (circuit.variable(n) >= 0) {
          flow[circuit.variable(n)] += evaluator.flow[n];
        }
      }
      double expected = value == Double.NEGATIVE_INFINITY ? 0 : 1;
      for (double f : flow) {
        // shares are exponentials of differences of logs, whose errors the bound knows
        double tolerance = 1e-11 + 4 * circuit.numNodes() * evaluator.relativeErrorBound();
        assertEquals(expected, f, tolerance, describe(seed, plain, evidence));
      }
    }
  }

  @Test
  void downward_categoricalCircuit_givesPosteriorsEqualToEnumeration() {
    RandomCircuits.Variant[] variants = RandomCircuits.Variant.values();
    for (int seed = 0; seed < 400; seed++) {
      PlainCircuit plain =
          RandomCircuits.tractable(
              RandomCircuits.Family.CATEGORICAL,
              variants[seed % variants.length],
              1 + seed % 4,
              seed);
      List<PlainEvidence> evidence = RandomEvidence.points(plain, 0.6, seed);
      Circuit circuit = Plain.circuit(plain);
      LogEvaluator evaluator = new LogEvaluator(Flat.of(circuit));
      if (evaluator.upward(Flat.of(Plain.evidence(circuit, evidence)))
          == Double.NEGATIVE_INFINITY) {
        continue;
      }
      evaluator.downward();
      for (int v = 0; v < circuit.numVariables(); v++) {
        if (evidence.get(v) instanceof PlainEvidence.Unobserved) {
          assertArrayClose(
              Oracle.posteriorByEnumeration(plain, evidence, v),
              posterior(circuit, evaluator, v),
              1e-11 + 4 * circuit.numNodes() * evaluator.relativeErrorBound(),
              describe(seed, plain, evidence));
        }
      }
    }
  }

  private static double[] posterior(Circuit circuit, LogEvaluator evaluator, int v) {
    double[] posterior =
        new double[((Variable.Categorical) circuit.variables().get(v)).numStates()];
    for (int n = 0; n < circuit.numNodes(); n++) {
      if (circuit.variable(n) == v && evaluator.flow[n] > 0) {
        for (int s = 0; s < posterior.length; s++) {
          posterior[s] +=
              evaluator.flow[n] * Math.exp(circuit.parameter(n, s) - evaluator.value(n));
        }
      }
    }
    return posterior;
  }

  @Test
  void downward_links_givesTheSlopeOfTheRoot() {
    CircuitBuilder builder = Circuit.builder(List.of(Variable.real("x")));
    int leaf = builder.gaussian(0, 0.5, 2);
    int link = builder.link(leaf, -1, 0.7);
    Circuit circuit = builder.build(link);
    LogEvaluator evaluator = new LogEvaluator(Flat.of(circuit));
    evaluator.upward(Flat.of(new Evidence(circuit).observe(0, 1.25)));
    evaluator.downward();
    double z = evaluator.value(leaf);
    assertEquals(-(z + 1) / 0.49, evaluator.flow[leaf], 1e-13);
    assertEquals(1, evaluator.flow[link]);
  }

  private static void assertClose(double expected, double actual, String message) {
    assertClose(expected, actual, message, 1e-11);
  }

  private static void assertClose(
      double expected, double actual, String message, double tolerance) {
    if (expected != actual) {
      assertEquals(expected, actual, tolerance * Math.max(1, Math.abs(expected)), message);
    }
  }

  private static void assertArrayClose(
      double[] expected, double[] actual, double tolerance, String message) {
    for (int s = 0; s < expected.length; s++) {
      assertEquals(
          expected[s], actual[s], tolerance, message + Arrays.toString(expected) + " state " + s);
    }
  }

  private static String describe(int seed, PlainCircuit plain, List<PlainEvidence> evidence) {
    return plain.nodes().size() > 80
        ? "seed " + seed
        : "seed " + seed + ", " + evidence + ", " + plain;
  }
}
