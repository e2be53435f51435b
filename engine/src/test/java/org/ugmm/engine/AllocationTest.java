package org.ugmm.engine;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.ugmm.testdata.RandomCircuits;

/** The batch forms allocate nothing a row once they are warm. */
class AllocationTest {
  private static final int ROWS = 2_048;
  private static final int REPEATS = 40;

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** Runs a batch until the JIT has its code, and then measures. */
  private void assertAllocatesNothing(String what, Runnable batch) {
    double bytesPerRow = Double.POSITIVE_INFINITY;
    for (int round = 0; round < 200 && bytesPerRow >= 1; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < REPEATS; i++) {
        batch.run();
      }
      long bytes = threads.getCurrentThreadAllocatedBytes() - before;
      bytesPerRow = (double) bytes / REPEATS / ROWS;
    }
    assertTrue(bytesPerRow < 1, what + " allocates " + bytesPerRow + " bytes a row");
  }

  private static Circuit mixed() {
    return Plain.circuit(
        RandomCircuits.tractable(RandomCircuits.Family.MIXED, RandomCircuits.Variant.PLAIN, 6, 12));
  }

  private static Circuit network() {
    return Plain.circuit(RandomCircuits.linkNetwork(3, 0, false, new int[] {4, 3, 1}, 1));
  }

  @Test
  void logDensity_everyCircuitAndPrecision_allocatesNothing() {
    for (Precision precision : Precision.values()) {
      for (Circuit circuit : List.of(mixed(), network())) {
        double missing = circuit.structure().hasLinks() ? 0 : 0.3;
        double[] rows = BatchErrorBoundTest.rows(circuit, ROWS, missing, 1);
        double[] log = new double[ROWS];
        double[] bound = new double[ROWS];
        Evaluator evaluator = new Evaluator(circuit, precision);
        String what = precision + (circuit.structure().hasLinks() ? " with links" : "");
        assertAllocatesNothing("logDensity, " + what, () -> evaluator.logDensity(rows, ROWS, log));
        assertAllocatesNothing(
            "logDensity with bounds, " + what, () -> evaluator.logDensity(rows, ROWS, log, bound));
      }
    }
  }

  @Test
  void posterior_categorical_allocatesNothing() {
    CircuitBuilder b =
        Circuit.builder(List.of(Variable.real("x"), Variable.categorical("c", "a", "b")));
    int left = b.product(b.gaussian(0, 0, 1), b.categorical(1, -0.5, -1));
    int right = b.product(b.gaussian(0, 2, 1), b.categorical(1, -2, -0.2));
    Circuit circuit = b.build(b.weightedSum(new int[] {left, right}, new double[] {0.4, 0.6}));
    double[] rows = BatchErrorBoundTest.rows(circuit, ROWS, 0.3, 2);
    double[] posterior = new double[2 * ROWS];
    double[] bound = new double[ROWS];
    Evaluator evaluator = new Evaluator(circuit);
    assertAllocatesNothing("posterior", () -> evaluator.posterior(1, rows, ROWS, posterior));
    assertAllocatesNothing(
        "posterior with bounds", () -> evaluator.posterior(1, rows, ROWS, posterior, bound));
  }

  @Test
  void posteriors_allVariables_allocateNothing() {
    Circuit circuit = mixed();
    double[] rows = BatchErrorBoundTest.rows(circuit, ROWS, 0.3, 3);
    for (int i = 0; i < rows.length; i++) {
      rows[i] = Math.max(-5, Math.min(5, rows[i])); // rows far out are answered one by one
    }
    PosteriorEvaluator evaluator = new PosteriorEvaluator(circuit);
    double[] found = new double[ROWS * evaluator.numColumns()];
    double[] bound = new double[ROWS];
    assertAllocatesNothing("posteriors", () -> evaluator.posteriors(rows, ROWS, found));
    assertAllocatesNothing(
        "posteriors with bounds", () -> evaluator.posteriors(rows, ROWS, found, bound));
  }
}
