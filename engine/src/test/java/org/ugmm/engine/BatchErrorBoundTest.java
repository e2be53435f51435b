package org.ugmm.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.data.Precision;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.number.GaussianMass;
import org.ugmm.testdata.ExactOracle;
import org.ugmm.testdata.PlainCircuit;
import org.ugmm.testdata.PlainEvidence;
import org.ugmm.testdata.PlainNode;
import org.ugmm.testdata.PlainVariable;
import org.ugmm.testdata.RandomCircuits;

/**
 * The error bounds of batches against arithmetic with more than 50 digits. The number of rows for
 * each precision is 600, or the system property {@code org.ugmm.test.boundQueries}.
 */
class BatchErrorBoundTest {
  private static final int QUERIES = Integer.getInteger("org.ugmm.test.boundQueries", 600);

  /** The oracle's own rounding, where an answer is exact. */
  private static final double ORACLE_ERROR = 1e-45;

  @Test
  void logDensity_doubleWithoutLinks_neverErrsMoreThanItsBound() {
    double median = check(Precision.DOUBLE, false);
    assertTrue(median <= 1_000, "median ratio " + median);
  }

  @Test
  void logDensity_floatWithoutLinks_neverErrsMoreThanItsBound() {
    check(Precision.FLOAT, false);
  }

  @Test
  void logDensity_doubleWithLinks_neverErrsMoreThanItsBound() {
    double median = check(Precision.DOUBLE, true);
    assertTrue(median <= 1_000, "median ratio " + median);
  }

  @Test
  void logDensity_floatWithLinks_neverErrsMoreThanItsBound() {
    check(Precision.FLOAT, true);
  }

  private static double check(Precision precision, boolean links) {
    double[] ratios = new double[QUERIES + 100];
    double[] bounds = new double[QUERIES + 100];
    int count = 0;
    int refused = 0;
    for (int seed = 0, query = 0; query < QUERIES; seed++) {
      PlainCircuit plain = links ? network(seed) : tractable(seed);
      if (gaussianReadsCodes(plain)) {
        continue; // the adapter rounds its log-density; the bound speaks of the engine's circuit
      }
      Circuit circuit = Plain.circuit(plain);
      int numVariables = circuit.numVariables();
      int numRows = new int[] {1, 2, 3, 7, 18}[seed % 5];
      double[] rows = rows(circuit, numRows, links ? 0 : 0.3, seed);
      double[] log = new double[numRows];
      double[] bound = new double[numRows];
      try {
        new Evaluator(circuit, precision).logDensity(rows, numRows, log, bound);
      } catch (RefusedException e) {
        refused++; // a value some 1e10 scales out
        continue;
      }
      BigDecimal logZ =
          circuit.normaliser().isKnown()
              ? ExactOracle.logValue(plain, PlainEvidence.ofRow(nothing(numVariables)))
              : BigDecimal.ZERO;
      if (logZ == null) {
        continue; // zero everywhere
      }
      for (int r = 0; r < numRows; r++, query++) {
        double[] row = Arrays.copyOfRange(rows, r * numVariables, (r + 1) * numVariables);
        BigDecimal value = ExactOracle.logValue(plain, PlainEvidence.ofRow(row));
        double error =
            ExactOracle.relativeError(log[r], value == null ? null : value.subtract(logZ));
        double relativeBound = Math.expm1(bound[r]); // the bound is that of the log
        if (!(error <= relativeBound + ORACLE_ERROR)) {
          throw new AssertionError(
              "seed %d row %d %s: %s, exactly %s: error %s above bound %s: %s"
                  .formatted(
                      seed, r, Arrays.toString(row), log[r], value, error, relativeBound, plain));
        }
        if (error > ORACLE_ERROR && query < QUERIES) {
          bounds[count] = relativeBound;
          ratios[count++] = relativeBound / error;
        }
      }
    }
    assertTrue(refused <= QUERIES / 50, "refused batches " + refused);
    Arrays.sort(ratios, 0, count);
    Arrays.sort(bounds, 0, count);
    System.out.printf(
        "batch error bounds, %s%s: %d rows, bound median %.1e, 90 %% %.1e; bound/error median %.1f,"
            + " least %.2f%n",
        precision,
        links ? ", links" : "",
        count,
        bounds[count / 2],
        bounds[count * 9 / 10],
        ratios[count / 2],
        ratios[0]);
    return ratios[count / 2];
  }

  private static PlainCircuit tractable(int seed) {
    RandomCircuits.Family[] families = RandomCircuits.Family.values();
    RandomCircuits.Variant[] variants = RandomCircuits.Variant.values();
    if (seed % 31 == 30) {
      return RandomCircuits.rat(8, 2, 2, 3, seed);
    }
    return RandomCircuits.tractable(
        families[seed % families.length],
        variants[seed / families.length % variants.length],
        1 + seed % 7,
        seed);
  }

  /** Stacked networks, most of them with reals only: of several widths, up to three layers. */
  private static PlainCircuit network(int seed) {
    return switch (seed % 3) {
      case 0 -> RandomCircuits.linkNetwork(seed);
      case 1 -> RandomCircuits.linkNetwork(1 + seed % 4, 0, false, new int[] {5, 1}, seed);
      default -> RandomCircuits.linkNetwork(3, 0, seed % 2 == 0, new int[] {4, 3, 1}, seed);
    };
  }

  private static boolean gaussianReadsCodes(PlainCircuit plain) {
    return plain.nodes().stream()
        .anyMatch(
            node ->
                node instanceof PlainNode.Gaussian g
                    && plain.variables().get(g.var()) instanceof PlainVariable.Categorical);
  }

  private static double[] nothing(int numVariables) {
    double[] row = new double[numVariables];
    Arrays.fill(row, Double.NaN);
    return row;
  }

  /** Rows of random values, some far out, with missing cells. */
  static double[] rows(Circuit circuit, int numRows, double missing, long seed) {
    Random random = new Random(seed);
    double[] rows = new double[numRows * circuit.numVariables()];
    for (int i = 0; i < rows.length; i++) {
      Variable variable = circuit.variables().get(i % circuit.numVariables());
      if (random.nextDouble() < missing) {
        rows[i] = Double.NaN;
      } else if (variable instanceof Variable.Categorical categorical) {
        rows[i] = random.nextInt(categorical.numStates());
      } else {
        rows[i] = random.nextGaussian() * (random.nextInt(20) == 0 ? 100 : 2);
      }
    }
    return rows;
  }

  @Test
  void posterior_anyState_neverErrsMoreThanItsBound() {
    int checked = 0;
    for (int seed = 0; seed < 400; seed++) {
      PlainCircuit plain = tractable(seed);
      if (gaussianReadsCodes(plain)) {
        continue;
      }
      Circuit circuit = Plain.circuit(plain);
      int numVariables = circuit.numVariables();
      int variable = seed % numVariables;
      if (!(circuit.variables().get(variable) instanceof Variable.Categorical categorical)) {
        continue;
      }
      int numStates = categorical.numStates();
      double[] rows = rows(circuit, 4, 0.3, seed);
      for (Precision precision : Precision.values()) {
        double[] found = new double[4 * numStates];
        double[] bound = new double[4];
        new Evaluator(circuit, precision).posterior(variable, rows, 4, found, bound);
        for (int r = 0; r < 4; r++) {
          double[] row = Arrays.copyOfRange(rows, r * numVariables, (r + 1) * numVariables);
          row[variable] = Double.NaN;
          BigDecimal total = ExactOracle.logValue(plain, PlainEvidence.ofRow(row));
          for (int s = 0; s < numStates; s++) {
            row[variable] = s;
            @Nullable BigDecimal joint = ExactOracle.logValue(plain, PlainEvidence.ofRow(row));
            if (total == null || joint == null) {
              assertEquals(0, found[r * numStates + s]);
              continue;
            }
            double exact = joint.subtract(total).doubleValue();
            if (exact > Math.log(1e-290)) {
              double p = Math.exp(exact);
              double error = Math.abs(found[r * numStates + s] - p) / p;
              double oracle = 4e-16 * (1 + Math.abs(exact)); // p is a double
              assertTrue(
                  error <= bound[r] + oracle, "seed " + seed + ": " + error + " > " + bound[r]);
              checked++;
            }
          }
        }
      }
    }
    assertTrue(checked > 500, "checked " + checked);
  }

  @Test
  void logDensity_withBounds_isTheValueWithout() {
    for (int seed = 0; seed < 60; seed++) {
      Circuit circuit = Plain.circuit(seed % 2 == 0 ? network(seed) : tractable(seed));
      double[] rows = rows(circuit, 70, 0, seed);
      double[] plain = new double[70];
      double[] log = new double[70];
      double[] bound = new double[70];
      Evaluator evaluator = new Evaluator(circuit);
      evaluator.logDensity(rows, 70, plain);
      evaluator.logDensity(rows, 70, log, bound);
      for (int r = 0; r < 70; r++) {
        assertTrue(plain[r] == log[r] || bound[r] > 0.5, "seed " + seed);
      }
    }
  }

  @Test
  void logDensity_floatOfFarOffset_isAnsweredInDouble() {
    // single precision does not tell 1,000,000.01 from 1,000,000
    CircuitBuilder b = Circuit.builder(List.of(Variable.real("x")));
    Circuit circuit = b.build(b.gaussian(0, 1e6, 1e-3));
    double[] log = new double[1];
    double[] bound = new double[1];
    new Evaluator(circuit, Precision.FLOAT).logDensity(new double[] {1e6 + 0.01}, 1, log, bound);
    double d = (1e6 + 0.01 - 1e6) / 1e-3;
    assertEquals(-0.5 * d * d - Math.log(1e-3) - GaussianMass.LOG_SQRT_2PI, log[0], 1e-9);
    assertTrue(bound[0] < 1e-9);
  }

  @Test
  void posterior_rowWhoseLogsHaveNoDigits_isThatOfTheirDifference() {
    CircuitBuilder b =
        Circuit.builder(List.of(Variable.real("x"), Variable.categorical("c", "a", "b")));
    int left = b.product(b.gaussian(0, 0, 1e-3), b.categoricalLog(1, 0, -3));
    int right = b.product(b.gaussian(0, 1e-3, 1e-3), b.categoricalLog(1, -3, 0));
    Circuit circuit = b.build(b.sumLinear(new int[] {left, right}, new double[] {0.5, 0.5}));
    double[] found = new double[2];
    for (double x : new double[] {1e7, -1e9}) {
      new Evaluator(circuit).posterior(1, new double[] {x, Double.NaN}, 1, found);
      boolean isRight = x > 0; // by 10^10 nats
      assertEquals(
          isRight ? Math.exp(-3) / (1 + Math.exp(-3)) : 1 / (1 + Math.exp(-3)), found[0], 1e-12);
    }
    new Evaluator(circuit).posterior(1, new double[] {10, Double.NaN}, 1, found);
    assertEquals(1, found[0] + found[1], 1e-12);
  }

  @Test
  void logDensity_narrowLinkThatKeepsNoDigit_hasNoFiniteBound() {
    CircuitBuilder b = Circuit.builder(List.of(Variable.real("x")));
    int unit =
        b.sumLinear(new int[] {b.gaussian(0, 0, 1), b.gaussian(0, 3, 1)}, new double[] {0.5, 0.5});
    Circuit circuit = b.build(b.link(unit, 0, 1e-160));
    double[] log = new double[1];
    double[] bound = new double[1];
    new Evaluator(circuit).logDensity(new double[] {1}, 1, log, bound);
    assertEquals(Double.POSITIVE_INFINITY, bound[0]);
    new Evaluator(circuit).logDensity(new double[] {1}, 1, log);
    assertFalse(Double.isNaN(log[0]));
  }
}
