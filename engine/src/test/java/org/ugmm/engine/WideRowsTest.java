package org.ugmm.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.LogProbability;
import org.ugmm.engine.data.Precision;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;

/** Rows beyond the range of float, or too uncertain in it, in batches of float. */
class WideRowsTest {
  private static final int NUM_REALS = 12;
  private static final int NUM_ROWS = 150;

  @Test
  void logDensity_ofRowsBeyondFloat_isThatOfSingleQueriesWithinBothBounds() {
    int inDouble = 0;
    for (int seed = 0; seed < 30; seed++) {
      Circuit circuit = circuit(seed);
      double[] rows = rows(circuit, 0.2, seed);
      double[] log = new double[NUM_ROWS];
      double[] bound = new double[NUM_ROWS];
      new Evaluator(circuit, Precision.FLOAT).logDensity(rows, NUM_ROWS, log, bound);
      Inference inference = new Inference(circuit);
      for (int r = 0; r < NUM_ROWS; r++) {
        Evidence evidence = new Evidence(circuit).row(rows, r * circuit.numVariables());
        LogProbability expected = inference.marginal(evidence);
        double off = Math.abs(log[r] - expected.value());
        double allowed = bound[r] + 1e-13 * Math.abs(expected.value()) + 1e-10;
        assertTrue(off <= allowed, "seed %d, row %d: %s".formatted(seed, r, off));
        assertTrue(bound[r] < 1e-3, "seed %d, row %d: bound %s".formatted(seed, r, bound[r]));
        inDouble += bound[r] < 1e-9 ? 1 : 0;
      }
    }
    assertTrue(inDouble > 1000, "only " + inDouble + " rows were too far out for float");
  }

  @Test
  void posterior_ofRowsBeyondFloat_isThatOfSingleQueriesWithinItsBound() {
    for (int seed = 0; seed < 30; seed++) {
      Circuit circuit = circuit(seed);
      double[] rows = rows(circuit, 0.2, seed);
      int numStates = ((Categorical) circuit.variables().get(0)).numStates();
      double[] posterior = new double[NUM_ROWS * numStates];
      double[] bound = new double[NUM_ROWS];
      new Evaluator(circuit, Precision.FLOAT).posterior(0, rows, NUM_ROWS, posterior, bound);
      Inference inference = new Inference(circuit);
      for (int r = 0; r < NUM_ROWS; r++) {
        Evidence evidence = new Evidence(circuit).row(rows, r * circuit.numVariables());
        double[] expected =
            ((CategoricalPosterior) inference.posterior(0, evidence.unobserve(0))).probabilities();
        for (int s = 0; s < numStates; s++) {
          double p = posterior[r * numStates + s];
          double allowed = (bound[r] + 1e-9) * expected[s] + 1e-290;
          String what = "seed %d, row %d, state %d".formatted(seed, r, s);
          assertEquals(expected[s], p, allowed, what);
        }
      }
    }
  }

  @Test
  void complete_rowsInBatchesOfAnySize_haveTheSameBits() {
    Circuit circuit = circuit(7);
    double[] rows = rows(circuit, 0, 7);
    double[] together = new double[NUM_ROWS];
    Evaluator evaluator = new Evaluator(circuit, Precision.FLOAT);
    evaluator.logDensity(rows, NUM_ROWS, together);
    double[] alone = new double[NUM_ROWS];
    int width = circuit.numVariables();
    for (int r = 0; r < NUM_ROWS; r++) {
      double[] log = new double[1];
      evaluator.logDensity(Arrays.copyOfRange(rows, r * width, (r + 1) * width), 1, log);
      alone[r] = log[0];
    }
    assertArrayEquals(together, alone);
  }

  /** A hidden chain for each class, whose Gaussians are from wide to very narrow. */
  private static Circuit circuit(int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int numClasses = 2 + seed % 3;
    int k = 2 + seed % 4;
    List<Variable> variables = new ArrayList<>();
    List<String> states = new ArrayList<>();
    for (int s = 0; s < numClasses; s++) {
      states.add("c" + s);
    }
    variables.add(new Categorical("class", states));
    for (int v = 1; v <= NUM_REALS; v++) {
      variables.add(Variable.real("x" + v));
    }
    CircuitBuilder builder = Circuit.builder(variables);
    int[] joint = new int[numClasses];
    for (int s = 0; s < numClasses; s++) {
      int[] message = null;
      for (int v = NUM_REALS; v >= 1; v--) {
        int[] product = new int[k];
        for (int z = 0; z < k; z++) {
          double scale = Math.pow(10, -4 * random.nextDouble());
          int leaf = builder.gaussian(v, random.nextDouble(-1, 1), scale);
          product[z] = message == null ? leaf : builder.product(leaf, message[z]);
        }
        message = new int[k];
        for (int z = 0; z < k; z++) {
          message[z] = builder.sumLinear(product, shares(random, k));
        }
      }
      double[] logs = new double[numClasses];
      Arrays.fill(logs, Double.NEGATIVE_INFINITY);
      logs[s] = 0;
      joint[s] = builder.product(builder.categoricalLog(0, logs), message[0]);
    }
    return builder.build(builder.sumLinear(joint, shares(random, numClasses)));
  }

  private static double[] shares(SplittableRandom random, int n) {
    double[] share = new double[n];
    double sum = 0;
    for (int i = 0; i < n; i++) {
      share[i] = 0.01 + random.nextDouble();
      sum += share[i];
    }
    for (int i = 0; i < n; i++) {
      share[i] /= sum;
    }
    return share;
  }

  private static double[] rows(Circuit circuit, double missing, int seed) {
    SplittableRandom random = new SplittableRandom(1000 + seed);
    int numStates = ((Categorical) circuit.variables().get(0)).numStates();
    double[] rows = new double[NUM_ROWS * circuit.numVariables()];
    for (int i = 0; i < rows.length; i++) {
      boolean isClass = i % circuit.numVariables() == 0;
      double value = isClass ? random.nextInt(numStates) : random.nextDouble(-1, 1);
      rows[i] = random.nextDouble() < missing ? Double.NaN : value;
    }
    return rows;
  }
}
