package org.ugmm.engine.exact;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.CircuitBuilder;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;
import org.ugmm.engine.Plain;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.GaussianMixture;
import org.ugmm.engine.data.Moments;
import org.ugmm.engine.data.Posterior;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.number.RowRandom;
import org.ugmm.engine.number.TruncatedGaussian;
import org.ugmm.testdata.PlainCircuit;
import org.ugmm.testdata.PlainVariable;
import org.ugmm.testdata.RandomCircuits;
import org.ugmm.testdata.RandomEvidence;

/** Samples against the posteriors they are drawn from, with fixed seeds. */
class SamplerTest {
  private static final int COUNT = 20_000;

  @Test
  void sample_randomCircuits_followThePosteriors() {
    for (long seed = 0; seed < 40; seed++) {
      PlainCircuit plain =
          RandomCircuits.tractable(
              RandomCircuits.Family.MIXED,
              seed % 2 == 0 ? RandomCircuits.Variant.WITH_BASE : RandomCircuits.Variant.PLAIN,
              3,
              seed);
      Circuit c = Plain.circuit(plain);
      Inference inference = new Inference(c);
      Evidence e = Plain.evidence(c, RandomEvidence.any(plain, seed));
      if (inference.marginal(e).value() == Double.NEGATIVE_INFINITY) {
        assertThrows(RefusedException.class, () -> inference.sample(e, 1, 1));
        continue;
      }
      double[] rows = inference.sample(e, COUNT, seed);
      for (Posterior p : inference.posteriors(e)) {
        assertFits(p, rows, c.indexOf(p.variable().name()), c.numVariables(), "seed " + seed);
      }
    }
  }

  /** Chi-square over the states, or over ten equally probable intervals. */
  private static void assertFits(
      Posterior posterior, double[] rows, int v, int width, String what) {
    double[] expected;
    double[] observed;
    if (posterior instanceof CategoricalPosterior p) {
      expected = p.probabilities();
      observed = new double[expected.length];
      for (int r = 0; r < COUNT; r++) {
        observed[(int) rows[r * width + v]]++;
      }
    } else {
      GaussianMixture p = (GaussianMixture) posterior;
      expected = new double[10];
      observed = new double[10];
      java.util.Arrays.fill(expected, 0.1);
      for (int r = 0; r < COUNT; r++) {
        observed[Math.min(9, (int) (10 * p.cdf(rows[r * width + v])))]++;
      }
    }
    double chiSquare = 0;
    for (int k = 0; k < expected.length; k++) {
      double mean = expected[k] * COUNT;
      if (mean == 0) {
        assertEquals(0, observed[k], what);
      } else {
        chiSquare += (observed[k] - mean) * (observed[k] - mean) / Math.max(mean, 1);
      }
    }
    assertTrue(chiSquare < 35, what + " variable " + v + ": chi-square " + chiSquare);
  }

  @Test
  void sample_pair_hasThePosteriorCovariance() {
    PlainCircuit plain =
        RandomCircuits.tractable(RandomCircuits.Family.REAL, RandomCircuits.Variant.PLAIN, 3, 11);
    Circuit c = Plain.circuit(plain);
    Inference inference = new Inference(c);
    Evidence e = new Evidence(c).observe(0, 0.2);
    Moments moments = inference.moments(e);
    double[] rows = inference.sample(e, COUNT, 5);
    double sum = 0;
    for (int r = 0; r < COUNT; r++) {
      assertEquals(0.2, rows[3 * r]);
      sum += (rows[3 * r + 1] - moments.mean()[0]) * (rows[3 * r + 2] - moments.mean()[1]);
    }
    double sd = Math.sqrt(moments.covariance()[0][0] * moments.covariance()[1][1]);
    assertEquals(moments.covariance()[0][1] / sd, sum / COUNT / sd, 0.04);
  }

  @Test
  void sample_categoricalBelowLinks_followsEnumeration() {
    for (long seed = 0; seed < 30; seed++) {
      PlainCircuit plain = RandomCircuits.linkNetwork(seed);
      Circuit c = Plain.circuit(plain);
      Evidence e = Plain.evidence(c, RandomEvidence.complete(plain, seed));
      boolean open = false;
      for (int v = 0; v < c.numVariables(); v++) {
        if (plain.variables().get(v) instanceof PlainVariable.Categorical) {
          e.unobserve(v);
          open = true;
        }
      }
      Inference inference = new Inference(c);
      if (!open || inference.marginal(e).value() == Double.NEGATIVE_INFINITY) {
        continue;
      }
      double[] rows = inference.sample(e, COUNT, seed);
      for (Posterior p : inference.posteriors(e)) {
        assertFits(p, rows, c.indexOf(p.variable().name()), c.numVariables(), "seed " + seed);
      }
    }
  }

  @Test
  void sample_eightThreads_drawTheSameRows() throws Exception {
    PlainCircuit plain =
        RandomCircuits.tractable(RandomCircuits.Family.MIXED, RandomCircuits.Variant.PLAIN, 6, 3);
    Circuit c = Plain.circuit(plain);
    Evidence e = new Evidence(c);
    double[] expected = new Inference(c).sample(e, 800, 42);
    ExecutorService pool = Executors.newFixedThreadPool(8);
    try {
      List<Future<double[]>> parts = new ArrayList<>();
      for (int t = 0; t < 8; t++) {
        long first = 100L * t;
        parts.add(pool.submit(() -> new Inference(c).sample(e.copy(), first, 100, 42)));
      }
      for (int t = 0; t < 8; t++) {
        double[] part = parts.get(t).get();
        double[] whole =
            java.util.Arrays.copyOfRange(expected, t * part.length, (t + 1) * part.length);
        assertArrayEquals(whole, part);
      }
    } finally {
      pool.shutdown();
    }
  }

  @Test
  void gaussian_fortyScalesOut_staysInTheInterval() {
    double sum = 0;
    for (int r = 0; r < COUNT; r++) {
      double x = new RowRandom(1, r).gaussian(0, 1, 40, 41);
      assertTrue(x >= 40 && x <= 41);
      sum += x;
    }
    assertEquals(new TruncatedGaussian(0, 1, 40, 41).mean(), sum / COUNT, 1e-3);
  }

  @Test
  void sample_fixedSeed_drawsTheseRowsOnEveryJdk() {
    CircuitBuilder b =
        Circuit.builder(List.of(Variable.real("x"), Variable.categorical("c", "p", "q", "r")));
    int[] parts = new int[3];
    for (int k = 0; k < 3; k++) {
      parts[k] =
          b.product(
              b.gaussian(0, 1.5 * k - 0.7, 0.3 + 0.4 * k),
              b.categoricalLog(1, -0.25 * k, -1, -2.5));
    }
    Circuit c = b.build(b.sumLinear(parts, new double[] {0.2, 0.5, 0.3}));
    Evidence e = new Evidence(c).likelihood(1, 0.3, 1, 0.8);
    double[] rows = new Inference(c).sample(e, 4_000, 2024);
    assertArrayEquals(
        new double[] {
          -1.0422526204013258,
          1,
          -0.4931056118564243,
          1,
          0.9916186276457147,
          0,
          0.8424374727341731,
          2
        },
        Arrays.copyOf(rows, 8),
        0);
    assertEquals(497652109, Arrays.hashCode(rows), "bits of all rows");
  }
}
