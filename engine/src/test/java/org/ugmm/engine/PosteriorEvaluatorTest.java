package org.ugmm.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.GaussianMixture;
import org.ugmm.engine.data.Posterior;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.testdata.PlainCircuit;
import org.ugmm.testdata.RandomCircuits;
import org.ugmm.testdata.RandomCircuits.Family;
import org.ugmm.testdata.RandomCircuits.Variant;

class PosteriorEvaluatorTest {

  @Test
  void posteriors_randomCircuits_equalThoseOfInference() {
    Variant[] variants = {
      Variant.PLAIN, Variant.DETERMINISTIC, Variant.ZERO_WEIGHTS, Variant.ZERO_PROBABILITIES,
      Variant.UNNORMALISED, Variant.SINGLE_NODE, Variant.BOUNDED, Variant.WITH_BASE
    };
    int checked = 0;
    for (int seed = 0; seed < 800; seed++) {
      Family family = Family.values()[seed % Family.values().length];
      Variant variant = variants[seed / 3 % variants.length];
      PlainCircuit plain = RandomCircuits.tractable(family, variant, 1 + seed % 7, seed);
      checked += assertEqualsInference(Plain.circuit(plain), seed);
    }
    assertTrue(checked > 3000, "checked " + checked);
  }

  @Test
  void posteriors_denseCircuit_equalThoseOfInference() {
    assertEqualsInference(Plain.circuit(RandomCircuits.rat(8, 2, 2, 4, 3)), 1);
  }

  private static int assertEqualsInference(Circuit circuit, int seed) {
    if (circuit.normaliser().logZ() == Double.NEGATIVE_INFINITY) {
      return 0;
    }
    Random random = new Random(seed);
    int numVariables = circuit.numVariables();
    int numRows = 3 + random.nextInt(30);
    double[] rows = new double[numRows * numVariables];
    for (int i = 0; i < rows.length; i++) {
      Variable variable = circuit.variables().get(i % numVariables);
      rows[i] =
          random.nextBoolean()
              ? Double.NaN
              : variable instanceof Categorical categorical
                  ? random.nextInt(categorical.numStates())
                  : random.nextGaussian() * (random.nextInt(9) == 0 ? 60 : 1.5);
    }
    PosteriorEvaluator evaluator = new PosteriorEvaluator(circuit);
    double[] found = new double[numRows * evaluator.numColumns()];
    evaluator.posteriors(rows, numRows, found);
    Inference inference = new Inference(circuit);
    int checked = 0;
    for (int r = 0; r < Math.min(numRows, 6); r++) {
      Evidence evidence = new Evidence(circuit).row(rows, r * numVariables);
      if (inference.marginal(evidence).value() == Double.NEGATIVE_INFINITY) {
        assertEquals(0, found[r * evaluator.numColumns()], 0, "seed " + seed);
        continue;
      }
      for (int v = 0; v < numVariables; v++) {
        int at = r * evaluator.numColumns() + evaluator.column(v);
        String what = "seed " + seed + " row " + r + " variable " + v;
        if (!evidence.isUnobserved(v)) {
          continue;
        }
        Posterior posterior = inference.posterior(v, evidence);
        if (posterior instanceof CategoricalPosterior categorical) {
          for (int s = 0; s < categorical.probabilities().length; s++) {
            assertEquals(categorical.probabilities()[s], found[at + s], 1e-10, what);
          }
        } else {
          GaussianMixture mixture = (GaussianMixture) posterior;
          double variance = mixture.variance();
          double size = Math.abs(mixture.mean()) + Math.sqrt(variance);
          assertEquals(mixture.mean(), found[at], 1e-10 * (1 + size), what);
          assertEquals(variance, found[at + 1], 1e-9 * (1 + size * size), what);
        }
        checked++;
      }
    }
    return checked;
  }

  @Test
  void posteriors_narrowLeavesFarFromZero_keepTheVariance() {
    CircuitBuilder b = Circuit.builder(List.of(Variable.real("x"), Variable.real("y")));
    int near = b.product(b.gaussian(0, 1e6, 1e-3), b.gaussian(1, 0, 1));
    int far = b.product(b.gaussian(0, 1e6 + 0.5, 2e-3), b.gaussian(1, 3, 1));
    Circuit circuit = b.build(b.sumLinear(new int[] {near, far}, new double[] {0.5, 0.5}));
    double[] found = new double[8];
    new PosteriorEvaluator(circuit)
        .posteriors(new double[] {Double.NaN, -30, Double.NaN, 33}, 2, found);
    assertEquals(1e6, found[0], 1e-9);
    assertEquals(1e-6, found[1], 1e-16);
    assertEquals(1e6 + 0.5, found[4], 1e-9);
    assertEquals(4e-6, found[5], 4e-16);
  }

  @Test
  void fork_anotherThread_givesTheSameBits() {
    Circuit circuit = Plain.circuit(RandomCircuits.rat(8, 2, 2, 4, 3));
    double[] rows = BatchErrorBoundTest.rows(circuit, 100, 0.5, 1);
    PosteriorEvaluator evaluator = new PosteriorEvaluator(circuit);
    double[] expected = new double[100 * evaluator.numColumns()];
    evaluator.posteriors(rows, 100, expected);
    java.util.stream.IntStream.range(0, 8)
        .parallel()
        .forEach(
            i -> {
              double[] found = new double[expected.length];
              evaluator.fork().posteriors(rows, 100, found);
              org.junit.jupiter.api.Assertions.assertArrayEquals(expected, found, 0);
            });
  }

  /** A row a billion scales out: the log odds of the components are 1e9, whatever is rounded. */
  @Test
  void posteriors_evidenceFarOutWithCertainOdds_isAnswered() {
    double[] found = new double[4];
    new PosteriorEvaluator(twoComponents(1e-9, 1e-9))
        .posteriors(new double[] {1, Double.NaN}, 1, found);
    assertEquals(3, found[2], 1e-12);
    assertEquals(1, found[3], 1e-12);
  }

  /** The components are 1e-9 scales apart, a billion scales away: log odds of 1. */
  @Test
  void posteriors_evidenceFarOutOfNearTie_areThoseOfTheLogOdds() {
    double[] found = new double[4];
    new PosteriorEvaluator(twoComponents(1e-9, 1))
        .posteriors(new double[] {1e9, Double.NaN}, 1, found);
    double right = 1 / (1 + Math.exp(-1));
    assertEquals(3 * right, found[2], 1e-12);
    assertEquals(1 + 9 * right * (1 - right), found[3], 1e-12);
  }

  private static Circuit twoComponents(double mean, double scale) {
    CircuitBuilder b = Circuit.builder(List.of(Variable.real("x"), Variable.real("y")));
    int left = b.product(b.gaussian(0, 0, scale), b.gaussian(1, 0, 1));
    int right = b.product(b.gaussian(0, mean, scale), b.gaussian(1, 3, 1));
    return b.build(b.sumLinear(new int[] {left, right}, new double[] {0.5, 0.5}));
  }

  @Test
  void constructor_circuitWithLinks_isRefused() {
    CircuitBuilder b = Circuit.builder(List.of(Variable.real("x")));
    Circuit circuit = b.build(b.link(b.gaussian(0, 0, 1), 0, 1));
    RefusedException e =
        assertThrows(RefusedException.class, () -> new PosteriorEvaluator(circuit));
    assertEquals(
        "one pass up and one down finds the posteriors of smooth and decomposable circuits without"
            + " links: node 1 is a Gaussian link over node 0; ask Inference, which answers every"
            + " circuit",
        e.getMessage());
  }
}
