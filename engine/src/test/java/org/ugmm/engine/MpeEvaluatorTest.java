package org.ugmm.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.MpeAnswer;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.testdata.Oracle;
import org.ugmm.testdata.PlainCircuit;
import org.ugmm.testdata.PlainEvidence;
import org.ugmm.testdata.RandomCircuits;
import org.ugmm.testdata.RandomCircuits.Family;
import org.ugmm.testdata.RandomCircuits.Variant;

class MpeEvaluatorTest {
  private static final int[] BATCHES = {1, 2, 3, 5, 16, 17, 40};

  /** The answers to one batch. */
  private record Batch(double[] assignments, double[] logs, double[] bounds) {
    static Batch of(MpeEvaluator evaluator, Circuit c, double[] rows) {
      int numRows = rows.length / c.numVariables();
      Batch batch = new Batch(new double[rows.length], new double[numRows], new double[numRows]);
      evaluator.mpe(rows, numRows, batch.assignments, batch.logs, batch.bounds);
      return batch;
    }
  }

  private static double[] rows(Circuit c, int numRows, double missing, SplittableRandom random) {
    double[] rows = new double[numRows * c.numVariables()];
    for (int i = 0; i < rows.length; i++) {
      Variable variable = c.variables().get(i % c.numVariables());
      double value =
          variable instanceof Categorical categorical
              ? random.nextInt(categorical.numStates())
              : 4 * random.nextDouble() - 2;
      rows[i] = random.nextDouble() < missing ? Double.NaN : value;
    }
    return rows;
  }

  @Test
  void mpe_deterministicCategorical_equalsEnumeration() {
    int positive = 0;
    for (int seed = 0; seed < 500; seed++) {
      PlainCircuit plain =
          RandomCircuits.tractable(Family.CATEGORICAL, Variant.DETERMINISTIC, 1 + seed % 5, seed);
      Circuit c = Plain.circuit(plain);
      assertTrue(MpeEvaluator.supports(c), plain::toString);
      double logZ = c.normaliser().logZ();
      SplittableRandom random = new SplittableRandom(seed);
      double[] rows = rows(c, BATCHES[seed % BATCHES.length], 0.3, random);
      Batch batch = Batch.of(new MpeEvaluator(c), c, rows);
      int n = c.numVariables();
      for (int r = 0; r < batch.logs.length; r++) {
        double[] row = Arrays.copyOfRange(rows, r * n, (r + 1) * n);
        double[] found = Arrays.copyOfRange(batch.assignments, r * n, (r + 1) * n);
        String what = "seed " + seed + " row " + r + "\n" + plain;
        double best =
            Oracle.mpeByEnumeration(plain, PlainEvidence.ofRow(row), 1e-12).logValue() - logZ;
        if (best == Double.NEGATIVE_INFINITY) {
          assertEquals(best, batch.logs[r], what);
          assertEquals(best, batch.bounds[r], what);
          assertArrayEquals(row, found, what);
          continue;
        }
        positive++;
        double tolerance = 1e-12 * (1 + Math.abs(best));
        assertEquals(best, batch.logs[r], tolerance, what);
        assertTrue(batch.bounds[r] >= batch.logs[r], what);
        assertEquals(best, batch.bounds[r], tolerance, what);
        assertEquals(
            best, Oracle.logValue(plain, PlainEvidence.ofRow(found)) - logZ, tolerance, what);
        for (int v = 0; v < n; v++) {
          assertTrue(Double.isNaN(row[v]) ? found[v] >= 0 : row[v] == found[v], what);
        }
      }
    }
    assertTrue(positive > 2000, "positive " + positive);
  }

  @Test
  void mpe_deterministicMixed_equalsInference() {
    int positive = 0;
    for (int seed = 0; seed < 400; seed++) {
      PlainCircuit plain =
          RandomCircuits.tractable(Family.MIXED, Variant.DETERMINISTIC, 2 + seed % 5, seed);
      Circuit c = Plain.circuit(plain);
      SplittableRandom random = new SplittableRandom(seed);
      double[] rows = rows(c, BATCHES[seed % BATCHES.length], 0.5, random);
      Batch batch = Batch.of(new MpeEvaluator(c).fork(), c, rows);
      Inference search = new Inference(c);
      for (int r = 0; r < batch.logs.length; r++) {
        Evidence evidence = new Evidence(c).row(rows, r * c.numVariables());
        if (batch.logs[r] == Double.NEGATIVE_INFINITY) {
          assertThrows(RefusedException.class, () -> search.mpe(evidence));
          continue;
        }
        positive++;
        MpeAnswer answer = search.mpe(evidence);
        String what = "seed " + seed + " row " + r + "\n" + plain;
        double tolerance = 1e-12 * (1 + Math.abs(answer.logValue()));
        assertEquals(answer.logValue(), batch.logs[r], tolerance, what);
        assertEquals(answer.logUpperBound(), batch.bounds[r], 10 * tolerance, what);
        Evidence complete = new Evidence(c).row(batch.assignments, r * c.numVariables());
        double log = new Inference(c).logDensity(complete).value();
        assertEquals(log, batch.logs[r], 10 * tolerance, what);
        assertTrue(log <= batch.bounds[r], what);
      }
    }
    assertTrue(positive > 2000, "positive " + positive);
  }

  /** The probability of an assignment is far below the smallest double. */
  @Test
  void mpe_manyVariables_doesNotUnderflow() {
    List<Variable> variables = new ArrayList<>();
    for (int v = 0; v < 3000; v++) {
      variables.add(Variable.categorical("x" + v, "a", "b", "c"));
    }
    CircuitBuilder builder = Circuit.builder(variables);
    int[] leaves = new int[variables.size()];
    for (int v = 0; v < leaves.length; v++) {
      leaves[v] = builder.categoricalLog(v, Math.log(0.3), Math.log(0.45), Math.log(0.25));
    }
    Circuit c = builder.build(builder.product(leaves));
    double[] rows = new double[4 * leaves.length];
    Arrays.fill(rows, Double.NaN);
    rows[0] = 2;
    Batch batch = Batch.of(new MpeEvaluator(c), c, rows);
    double all = leaves.length * Math.log(0.45);
    assertEquals(all - Math.log(0.45) + Math.log(0.25), batch.logs[0], 1e-9);
    assertEquals(2, batch.assignments[0]);
    assertEquals(all, batch.logs[1], 1e-9);
    assertTrue(batch.bounds[1] >= all);
    for (int i = 1; i < rows.length; i++) {
      assertEquals(1, batch.assignments[i]);
    }
  }

  /** Constants have no variables, so that sharing them doubles paths at every product. */
  @Test
  void mpe_sharedConstants_areNotFollowed() {
    CircuitBuilder builder = Circuit.builder(List.of(Variable.real("x", -1, 2)));
    int constant = builder.constantLog(-1e-9);
    for (int i = 0; i < 60; i++) {
      constant = builder.product(constant, constant);
    }
    Circuit c = builder.build(builder.product(builder.gaussian(0, 5, 1), constant));
    double[] rows = {Double.NaN, 0.5, 3};
    Batch batch = Batch.of(new MpeEvaluator(c), c, rows);
    assertArrayEquals(new double[] {2, 0.5, 3}, batch.assignments);
    assertEquals(Double.NEGATIVE_INFINITY, batch.logs[2]);
  }

  @Test
  void mpe_wrongRow_isRefusedByPlace() {
    CircuitBuilder builder = Circuit.builder(List.of(Variable.real("x")));
    Circuit c = builder.build(builder.gaussian(0, 0, 1));
    ArgumentException e =
        assertThrows(
            ArgumentException.class,
            () -> Batch.of(new MpeEvaluator(c), c, new double[] {1, Double.POSITIVE_INFINITY}));
    assertEquals(
        "row 1: variable 'x': value Infinity; expected a finite number, or NaN for unobserved",
        e.getMessage());
  }

  @Test
  void constructor_otherCircuits_areRefused() {
    CircuitBuilder builder = Circuit.builder(List.of(Variable.real("x")));
    int two =
        builder.sumLinear(
            new int[] {builder.gaussian(0, 0, 1), builder.gaussian(0, 1, 1)},
            new double[] {0.5, 0.5});
    Circuit mixture = builder.build(two);
    RefusedException e = assertThrows(RefusedException.class, () -> new MpeEvaluator(mixture));
    assertEquals(
        "one pass finds the MPE of deterministic and decomposable circuits without links: sum"
            + " node 2 is not deterministic: children 0 and 1 can both be non-zero; ask Inference,"
            + " which searches with proof in any circuit",
        e.getMessage());
    CircuitBuilder links = Circuit.builder(List.of(Variable.real("x")));
    Circuit deep = links.build(links.link(links.gaussian(0, 0, 1), 0, 1));
    e = assertThrows(RefusedException.class, () -> new MpeEvaluator(deep));
    assertTrue(e.getMessage().contains("node 1 is a Gaussian link over node 0"), e.getMessage());
  }
}
