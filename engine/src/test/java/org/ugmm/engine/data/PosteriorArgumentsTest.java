package org.ugmm.engine.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.data.Variable.Real;

/** Anybody may make a posterior, so what they hand over is checked, and copied. */
class PosteriorArgumentsTest {
  private static final Categorical COIN = Variable.categorical("coin", "heads", "tails");
  private static final Real X = new Real("x", 0, Double.POSITIVE_INFINITY, null);
  private static final Certificate EXACT = new Certificate.Exact(0);

  private static void refuses(String what, double... probability) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> new CategoricalPosterior(COIN, probability, EXACT));
    assertTrue(e.getMessage().contains(what), e.getMessage());
  }

  @Test
  void categorical_badProbabilities_areRefused() {
    refuses("1 probabilities of 'coin'; expected 2", 1);
    refuses("negative", -0.5, 1.5);
    refuses("no number", Double.NaN, 1);
    refuses("sum 0.75", 0.25, 0.5);
    refuses("sum Infinity", Double.POSITIVE_INFINITY, 0);
  }

  @Test
  void categorical_arrayChangedLater_isWhatItWas() {
    double[] probability = {0.25, 0.75};
    CategoricalPosterior posterior = new CategoricalPosterior(COIN, probability, EXACT);
    probability[0] = 1;
    assertEquals(0.25, posterior.probability(0));
  }

  private static void refusesMixture(
      String what, double weight, double mean, double scale, double uniform, double lo, double hi) {
    double[] one = {weight};
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                new GaussianMixture(
                    X, one, new double[] {mean}, new double[] {scale}, uniform, lo, hi, EXACT));
    assertTrue(e.getMessage().contains(what), e.getMessage());
  }

  @Test
  void mixture_badArguments_areRefused() {
    double infinity = Double.POSITIVE_INFINITY;
    refusesMixture("sum 1.5", 1.5, 0, 1, 0, 0, infinity);
    refusesMixture("negative", 1.5, 0, 1, -0.5, 0, infinity);
    refusesMixture("mean NaN", 1, Double.NaN, 1, 0, 0, infinity);
    refusesMixture("scale 0.0", 1, 0, 0, 0, 0, infinity);
    refusesMixture("scale Infinity", 1, 0, infinity, 0, 0, infinity);
    refusesMixture("lo <= hi", 1, 0, 1, 0, 2, 1);
    refusesMixture("uniform weight 0.5", 0.5, 0, 1, 0.5, 0, infinity);
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new GaussianMixture(
                X, new double[] {1}, new double[0], new double[] {1}, 0, 0, 1, EXACT));
  }
}
