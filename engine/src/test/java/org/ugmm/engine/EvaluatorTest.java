package org.ugmm.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.Precision;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.exact.LogEvaluator;
import org.ugmm.testdata.Oracle;
import org.ugmm.testdata.PlainCircuit;
import org.ugmm.testdata.PlainEvidence;
import org.ugmm.testdata.RandomCircuits;

class EvaluatorTest {
  private static final double NAN = Double.NaN;

  @Test
  void logDensity_randomTractableCircuits_equalsTheOracle() {
    for (int seed = 0; seed < 2000; seed++) {
      PlainCircuit plain = RandomCircuits.tractable(seed);
      Circuit circuit = Plain.circuit(plain);
      double[] rows = rows(circuit, 1 + seed % 70, 0.4, seed);
      assertEqualsOracle(plain, circuit, rows, Precision.DOUBLE, 2e-12, "seed " + seed);
    }
  }

  @Test
  void logDensity_float_isCloseToTheOracle() {
    for (int seed = 0; seed < 500; seed++) {
      PlainCircuit plain =
          RandomCircuits.tractable(
              RandomCircuits.Family.MIXED, RandomCircuits.Variant.PLAIN, 1 + seed % 8, seed);
      Circuit circuit = Plain.circuit(plain);
      double[] rows = rows(circuit, 33, 0.4, seed);
      assertEqualsOracle(plain, circuit, rows, Precision.FLOAT, 5e-4, "seed " + seed);
    }
  }

  @Test
  void logDensity_randomLinkNetworksWithCompleteRows_equalsTheTwin() {
    for (int seed = 0; seed < 500; seed++) {
      PlainCircuit plain = RandomCircuits.linkNetwork(seed);
      Circuit circuit = Plain.circuit(plain);
      int numVariables = circuit.numVariables();
      double[] rows = rows(circuit, 20, 0, seed);
      double[] found = new double[20];
      new Evaluator(circuit).logDensity(rows, 20, found);
      LogEvaluator twin = new LogEvaluator(circuit.flat);
      for (int r = 0; r < 20; r++) {
        double expected = twin.upward(new Evidence(circuit).row(rows, r * numVariables).flat);
        // links amplify rounding; the twin knows by how much, the tile rounds a few times more
        double tolerance = 1e-12 * Math.abs(expected) + 30 * twin.relativeErrorBound();
        if (tolerance < 1e-3) {
          assertEquals(expected, found[r], tolerance, "seed " + seed + " row " + r);
        }
      }
    }
  }

  private static void assertEqualsOracle(
      PlainCircuit plain,
      Circuit circuit,
      double[] rows,
      Precision precision,
      double tolerance,
      String what) {
    int numVariables = circuit.numVariables();
    int numRows = rows.length / numVariables;
    double logZ = Oracle.logZ(plain);
    if (logZ == Double.NEGATIVE_INFINITY) {
      return;
    }
    double[] found = new double[numRows];
    new Evaluator(circuit, precision).logDensity(rows, numRows, found);
    for (int r = 0; r < numRows; r++) {
      double[] row = java.util.Arrays.copyOfRange(rows, r * numVariables, (r + 1) * numVariables);
      List<PlainEvidence> evidence = PlainEvidence.ofRow(row);
      double expected = Oracle.logValue(plain, evidence) - logZ;
      double scale = Math.max(1, Math.abs(expected) + Math.abs(logZ));
      assertEquals(
          expected, found[r], expected == found[r] ? 0 : tolerance * scale, what + " row " + r);
    }
  }

  /** Rows of random values, some far out, with missing cells. */
  private static double[] rows(Circuit circuit, int numRows, double missing, long seed) {
    Random random = new Random(seed);
    double[] rows = new double[numRows * circuit.numVariables()];
    for (int i = 0; i < rows.length; i++) {
      Variable variable = circuit.variables().get(i % circuit.numVariables());
      if (random.nextDouble() < missing) {
        rows[i] = NAN;
      } else if (variable instanceof Variable.Categorical categorical) {
        rows[i] = random.nextInt(categorical.numStates());
      } else {
        rows[i] = random.nextGaussian() * (random.nextInt(20) == 0 ? 100 : 2);
      }
    }
    return rows;
  }

  @Test
  void logDensity_wideDenseCircuit_equalsTheTwinAtEveryTileFill() {
    Circuit circuit = Plain.circuit(RandomCircuits.rat(16, 3, 3, 7, 5));
    LogEvaluator twin = new LogEvaluator(circuit.flat);
    Evaluator evaluator = new Evaluator(circuit);
    Evaluator floats = new Evaluator(circuit, Precision.FLOAT);
    for (int numRows : new int[] {0, 1, 2, 15, 16, 17, 63, 64, 65, 130}) {
      double[] rows = rows(circuit, numRows, 0.3, numRows);
      double[] found = new double[numRows];
      double[] inFloat = new double[numRows];
      evaluator.logDensity(rows, numRows, found);
      floats.logDensity(rows, numRows, inFloat);
      for (int r = 0; r < numRows; r++) {
        double expected = twin.upward(new Evidence(circuit).row(rows, r * 16).flat);
        assertEquals(expected, found[r], 1e-12 * (1 + Math.abs(expected)));
        assertEquals(expected, inFloat[r], 1e-4 * (1 + Math.abs(expected)));
      }
    }
  }

  @Test
  void logDensity_completeRowAloneOrInABatch_hasTheSameBits() {
    int numRows = 67;
    for (int k = 2; k <= 12; k++) { // factors too few to be summed one by one, and enough
      Circuit circuit = Plain.circuit(RandomCircuits.rat(8, 2, 2, k, k));
      double[] rows = rows(circuit, numRows, 0, k);
      for (Precision precision : Precision.values()) {
        Evaluator evaluator = new Evaluator(circuit, precision);
        double[] batch = new double[numRows];
        evaluator.logDensity(rows, numRows, batch);
        for (int r = 0; r < numRows; r++) {
          double[] alone = new double[1];
          evaluator.logDensity(Arrays.copyOfRange(rows, r * 8, r * 8 + 8), 1, alone);
          assertEquals(batch[r], alone[0], precision + ", K = " + k);
        }
      }
    }
  }

  @Test
  void logDensity_unitThatUnderflowsBesideItsBlock_isRecomputed() {
    // the sum reads only the unit that is 2^-2000 of the other unit of its block
    CircuitBuilder b = Circuit.builder(List.of(Variable.real("x"), Variable.real("y")));
    int near = b.gaussian(0, 0, 1);
    int far = b.gaussian(0, 60, 1);
    int y0 = b.gaussian(1, 0, 1);
    int y1 = b.gaussian(1, 100, 1);
    int low = b.sumLinear(new int[] {near, far}, new double[] {1, 0});
    int high = b.sumLinear(new int[] {near, far}, new double[] {0, 1});
    int left = b.sumLinear(new int[] {y0, y1}, new double[] {1, 0});
    int right = b.sumLinear(new int[] {y0, y1}, new double[] {0, 1});
    int root =
        b.sumLinear(
            new int[] {b.product(low, right), b.product(high, left)}, new double[] {0.5, 0.5});
    Circuit circuit = b.build(root);
    double[] rows = {0, 0, 60, 100, 0, 100, 30, 50, NAN, 0};
    for (Precision precision : Precision.values()) {
      double[] found = new double[5];
      new Evaluator(circuit, precision).logDensity(rows, 5, found);
      LogEvaluator twin = new LogEvaluator(circuit.flat);
      for (int r = 0; r < 5; r++) {
        double expected = twin.upward(new Evidence(circuit).row(rows, 2 * r).flat);
        assertEquals(expected, found[r], 1e-6 * Math.abs(expected), precision + " row " + r);
      }
    }
  }

  @Test
  void posterior_classOfALinkNetwork_isTheSoftmaxOfItsRoots() {
    CircuitBuilder b =
        Circuit.builder(List.of(Variable.real("x"), Variable.categorical("c", "a", "b")));
    int unit =
        b.sumLinear(
            new int[] {b.gaussian(0, 0, 1), b.gaussian(0, 3, 0.5)}, new double[] {0.3, 0.7});
    int rootA = b.link(unit, -1, 0.7);
    int rootB = b.link(unit, -4, 1.1);
    double none = Double.NEGATIVE_INFINITY;
    int root =
        b.sumLinear(
            new int[] {
              b.product(b.categoricalLog(1, 0, none), rootA),
              b.product(b.categoricalLog(1, none, 0), rootB)
            },
            new double[] {0.25, 0.75});
    Circuit circuit = b.build(root);
    double[] rows = {0.1, NAN, 2.5, 0, -4, 1};
    double[] found = new double[6];
    new Evaluator(circuit).posterior(1, rows, 3, found);
    for (int r = 0; r < 3; r++) {
      double x = rows[2 * r];
      double log = Math.log(0.3 * density(x, 0, 1) + 0.7 * density(x, 3, 0.5));
      double a = 0.25 * density(log, -1, 0.7);
      double c = 0.75 * density(log, -4, 1.1);
      assertArrayEquals(
          new double[] {a / (a + c), c / (a + c)},
          new double[] {found[2 * r], found[2 * r + 1]},
          1e-12);
    }
  }

  private static double density(double x, double mean, double scale) {
    double d = (x - mean) / scale;
    return Math.exp(-0.5 * d * d) / (scale * Math.sqrt(2 * Math.PI));
  }

  @Test
  void posterior_randomCircuits_equalsEnumeration() {
    int checked = 0;
    for (int seed = 0; seed < 600; seed++) {
      PlainCircuit plain = RandomCircuits.tractable(seed);
      Circuit circuit = Plain.circuit(plain);
      int numVariables = circuit.numVariables();
      int variable = seed % numVariables;
      if (!(circuit.variables().get(variable) instanceof Variable.Categorical categorical)) {
        continue;
      }
      int numStates = categorical.numStates();
      double[] rows = rows(circuit, 5, 0.4, seed);
      double[] found = new double[5 * numStates];
      try {
        new Evaluator(circuit).posterior(variable, rows, 5, found);
      } catch (RefusedException e) {
        assertTrue(e.getMessage().contains("rounding may change the posterior"), e.getMessage());
        continue; // a row some 1e6 scales out
      }
      LogEvaluator twin = new LogEvaluator(circuit.flat);
      for (int r = 0; r < 5; r++) {
        double[] logs = new double[numStates];
        for (int s = 0; s < numStates; s++) {
          Evidence evidence = new Evidence(circuit).row(rows, r * numVariables);
          logs[s] = twin.upward(evidence.observe(variable, s).flat);
        }
        double total = Oracle.logSumExp(logs);
        twin.upward(new Evidence(circuit).row(rows, r * numVariables).flat);
        double tolerance = 1e-11 + 30 * twin.relativeErrorBound();
        for (int s = 0; s < numStates && tolerance < 1e-6; s++) {
          double expected = total == Double.NEGATIVE_INFINITY ? 0 : Math.exp(logs[s] - total);
          assertEquals(expected, found[r * numStates + s], tolerance, "seed " + seed);
          checked++;
        }
      }
    }
    assertTrue(checked > 1000, "checked " + checked);
  }

  @Test
  void fork_anotherThread_givesTheSameBits() {
    Circuit circuit = Plain.circuit(RandomCircuits.rat(16, 3, 3, 7, 5));
    double[] rows = rows(circuit, 500, 0.3, 1);
    double[] expected = new double[500];
    Evaluator evaluator = new Evaluator(circuit);
    evaluator.logDensity(rows, 500, expected);
    java.util.stream.IntStream.range(0, 8)
        .parallel()
        .forEach(
            i -> {
              double[] found = new double[500];
              evaluator.fork().logDensity(rows, 500, found);
              assertArrayEquals(expected, found, 0);
            });
  }

  @Test
  void logDensity_missingBelowALink_isRefused() {
    CircuitBuilder b = Circuit.builder(List.of(Variable.real("x")));
    Circuit circuit = b.build(b.link(b.gaussian(0, 0, 1), 0, 1));
    RefusedException e =
        assertThrows(
            RefusedException.class,
            () -> new Evaluator(circuit).logDensity(new double[] {NAN}, 1, new double[1]));
    assertEquals(
        "row 0: variable 'x' is unobserved and cannot be integrated out in one pass: node 1 is"
            + " a Gaussian link above a leaf on 'x'; ask Inference for this row",
        e.getMessage());
  }

  @Test
  void logDensity_valueThatIsNoState_isRefused() {
    CircuitBuilder b = Circuit.builder(List.of(Variable.categorical("c", "a", "b")));
    Circuit circuit = b.build(b.categoricalLog(0, 0, 0));
    ArgumentException e =
        assertThrows(
            ArgumentException.class,
            () -> new Evaluator(circuit).logDensity(new double[] {0, 2}, 2, new double[2]));
    assertEquals("row 1: variable 'c': value 2.0; expected a state index, 0 .. 1", e.getMessage());
  }

  /**
   * A sum over a node and a product whose exponents are so far apart that one factor underflows.
   */
  @Test
  void logDensity_groupsOfAFloatSumFarApart_areWithinTheirBounds() {
    for (int logWeight = -124; logWeight <= -20; logWeight += 4) {
      CircuitBuilder b = Circuit.builder(List.of(Variable.real("x"), Variable.real("y")));
      int[] far = new int[4];
      for (int k = 0; k < far.length; k++) {
        far[k] = b.product(b.gaussian(0, 0.1 * k, 1), b.gaussian(1, 0.2 * k, 1));
      }
      int single = b.sumLinear(far, new double[] {0.1, 0.2, 0.3, 0.4});
      int[] leftLeaves = {b.gaussian(0, 0, 0.1), b.gaussian(0, 0.1, 0.1), b.gaussian(0, 0.2, 0.1)};
      int[] rightLeaves = {b.gaussian(1, 0, 0.1), b.gaussian(1, 0.1, 0.1), b.gaussian(1, 0.2, 0.1)};
      int left = b.sumLinear(leftLeaves, new double[] {0.5, 0.2, 0.3});
      int right = b.sumLinear(rightLeaves, new double[] {0.5, 0.2, 0.3});
      double weight = Math.scalb(1.1, logWeight);
      int root = b.sumLinear(new int[] {single, b.product(left, right)}, new double[] {weight, 1});
      Circuit c = b.build(root);
      int n = 300;
      double[] rows = new double[2 * n];
      for (int r = 0; r < n; r++) {
        rows[2 * r] = 0.005 * r;
        rows[2 * r + 1] = 0.004 * r;
      }
      double[] log = new double[n];
      double[] bound = new double[n];
      new Evaluator(c, Precision.FLOAT).logDensity(rows, n, log, bound);
      LogEvaluator plain = new LogEvaluator(c.flat);
      for (int r = 0; r < n; r++) {
        double exact = plain.upward(new Evidence(c).row(rows, 2 * r).flat) - c.normaliser().logZ();
        String what = "weight 2^" + logWeight + ", row " + r;
        assertEquals(exact, log[r], bound[r] + 1e-13 * Math.abs(exact), what);
        assertTrue(bound[r] < 1e-2, what);
      }
    }
  }
}
