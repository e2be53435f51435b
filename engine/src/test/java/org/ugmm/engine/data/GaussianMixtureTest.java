package org.ugmm.engine.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Shapes of mixtures against closed forms and integration. */
class GaussianMixtureTest {
  private static final double INF = Double.POSITIVE_INFINITY;

  private static GaussianMixture mixture(
      double[] weight, double[] mean, double[] scale, double uniform, double lo, double hi) {
    return new GaussianMixture(
        Variable.real("x"), weight, mean, scale, uniform, lo, hi, new Certificate.Exact(0));
  }

  private static GaussianMixture gaussian(double mean, double scale, double lo, double hi) {
    return mixture(new double[] {1}, new double[] {mean}, new double[] {scale}, 0, lo, hi);
  }

  @Test
  void moments_farTail_followTheAsymptoticSeries() {
    double a = 40;
    GaussianMixture p = gaussian(0, 1, a, INF);
    double mills = 1 / a - 2 / Math.pow(a, 3) + 10 / Math.pow(a, 5) - 74 / Math.pow(a, 7);
    assertEquals(a + mills, p.mean(), 1e-10);
    double variance =
        Math.pow(a, -2) - 6 * Math.pow(a, -4) + 50 * Math.pow(a, -6) - 518 * Math.pow(a, -8);
    assertEquals(1, p.variance() / variance, 1e-7);
  }

  @Test
  void moments_mirroredTail_isTheMirror() {
    GaussianMixture right = gaussian(0, 1, 12, 14);
    GaussianMixture left = gaussian(0, 1, -14, -12);
    assertEquals(right.mean(), -left.mean());
    assertEquals(right.variance(), left.variance());
  }

  @Test
  void moments_halfLine_haveClosedForm() {
    GaussianMixture p = gaussian(2, 3, 2, INF);
    assertEquals(2 + 3 * Math.sqrt(2 / Math.PI), p.mean(), 1e-14);
    assertEquals(9 * (1 - 2 / Math.PI), p.variance(), 1e-13);
  }

  @Test
  void moments_narrowInterval_areThoseOfTheUniform() {
    GaussianMixture p = gaussian(0, 1, 0.5, 0.5 + 1e-6);
    assertEquals(1e-12 / 12, p.variance(), 1e-21);
    assertEquals(0.5 + 0.5e-6, p.mean(), 1e-12);
  }

  @Test
  void moments_withUniform_followTotalVariance() {
    GaussianMixture p =
        mixture(new double[] {0.25}, new double[] {0}, new double[] {1e-3}, 0.75, -1, 3);
    assertEquals(0.75, p.mean(), 1e-15);
    assertEquals(0.25 * (1e-6 + 0.5625) + 0.75 * (16 / 12.0 + 0.0625), p.variance(), 1e-14);
  }

  @Test
  void quantile_anyProbability_invertsTheDistribution() {
    Random random = new Random(7);
    for (int trial = 0; trial < 300; trial++) {
      boolean cut = trial % 3 == 0;
      int size = 1 + random.nextInt(4);
      double[] weight = new double[size];
      double[] mean = new double[size];
      double[] scale = new double[size];
      for (int k = 0; k < size; k++) {
        weight[k] = 1.0 / size;
        mean[k] = 5 * random.nextGaussian();
        scale[k] = Math.exp(2 * random.nextGaussian());
      }
      GaussianMixture p = mixture(weight, mean, scale, 0, cut ? -3 : -INF, cut ? 9 : INF);
      for (double q : new double[] {1e-200, 1e-12, 0.01, 0.5, 0.77, 1 - 1e-9}) {
        double x = p.quantile(q);
        double slack = Math.abs(p.density(x) * Math.ulp(x)) * 4;
        assertEquals(q, p.cdf(x), 1e-12 * q + slack, "trial " + trial + " p " + q);
      }
    }
  }

  @Test
  void quantile_ofGaussian_hasTwelveDigits() {
    assertEquals(1.959963984540054, gaussian(0, 1, -INF, INF).quantile(0.975), 1e-14);
    assertEquals(-1.959963984540054, gaussian(0, 1, -INF, INF).quantile(0.025), 1e-14);
    assertEquals(-INF, gaussian(0, 1, -INF, INF).quantile(0));
    assertEquals(2, gaussian(0, 1, 1, 2).quantile(1));
    assertThrows(ArgumentException.class, () -> gaussian(0, 1, -INF, INF).quantile(1.5));
  }

  @Test
  void probability_fortyScalesOut_keepsItsDigits() {
    GaussianMixture p = gaussian(0, 1, -INF, INF);
    // log Q(40) by its asymptotic series
    double z = 40;
    double series = 1 - 1 / (z * z) + 3 / Math.pow(z, 4) - 15 / Math.pow(z, 6);
    double expected = -0.5 * z * z - Math.log(z) - 0.5 * Math.log(2 * Math.PI) + Math.log(series);
    assertEquals(expected, p.logProbability(40, INF), 1e-9);
    assertEquals(expected, p.logProbability(-INF, -40), 1e-9);
  }

  @Test
  void modes_narrowComponentAmongWide_areAllFound() {
    GaussianMixture p =
        mixture(
            new double[] {0.5, 0.4, 0.1},
            new double[] {0, 10, 3.123456},
            new double[] {1, 2, 1e-6},
            0,
            -INF,
            INF);
    double[] modes = p.modes();
    assertEquals(3, modes.length);
    assertEquals(0, modes[0], 1e-3);
    assertEquals(3.123456, modes[1], 1e-9);
    assertEquals(10, modes[2], 1e-3);
  }

  @Test
  void modes_cutAndUniform_countEnds() {
    assertArrayEquals(new double[] {1}, gaussian(0, 1, 1, 2).modes());
    assertArrayEquals(new double[] {0}, gaussian(0, 1, -INF, INF).modes());
    assertArrayEquals(new double[] {0}, gaussian(0, 1, -1, 1).modes());
    assertEquals(0, mixture(new double[0], new double[0], new double[0], 1, 0, 1).modes().length);
    double[] merged =
        mixture(
                new double[] {0.5, 0.5},
                new double[] {-0.5, 0.5},
                new double[] {1, 1},
                0,
                -INF,
                INF)
            .modes();
    assertEquals(1, merged.length);
    assertEquals(0, merged[0], 1e-8);
  }

  @Test
  void highestDensityIntervals_gaussian_isCentral() {
    List<GaussianMixture.Interval> set = gaussian(3, 2, -INF, INF).highestDensityIntervals(0.95);
    assertEquals(1, set.size());
    assertEquals(3 - 2 * 1.959963984540054, set.get(0).lo(), 1e-9);
    assertEquals(3 + 2 * 1.959963984540054, set.get(0).hi(), 1e-9);
  }

  @Test
  void highestDensityIntervals_twoModes_haveTheMassAndOneLevel() {
    GaussianMixture p =
        mixture(new double[] {0.3, 0.7}, new double[] {0, 10}, new double[] {1, 2}, 0, -INF, INF);
    List<GaussianMixture.Interval> set = p.highestDensityIntervals(0.8);
    assertEquals(2, set.size());
    double mass = 0;
    for (GaussianMixture.Interval i : set) {
      mass += p.probability(i.lo(), i.hi());
      assertEquals(1, p.density(i.lo()) / p.density(set.get(0).lo()), 1e-9);
      assertEquals(1, p.density(i.hi()) / p.density(set.get(0).lo()), 1e-9);
    }
    assertEquals(0.8, mass, 1e-9);
  }

  @Test
  void highestDensityIntervals_cutTail_startAtTheEnd() {
    List<GaussianMixture.Interval> set = gaussian(0, 1, 1, INF).highestDensityIntervals(0.5);
    assertEquals(1, set.size());
    assertEquals(1, set.get(0).lo());
    assertEquals(gaussian(0, 1, 1, INF).quantile(0.5), set.get(0).hi(), 1e-9);
  }

  @Test
  void entropyAndDivergence_oneGaussian_areClosedForms() {
    GaussianMixture p = gaussian(0, 2, -INF, INF);
    GaussianMixture q = gaussian(1, 3, -INF, INF);
    assertEquals(0.5 * Math.log(2 * Math.PI * Math.E * 4), p.entropy(), 1e-15);
    assertEquals(Math.log(1.5) + (4 + 1) / 18.0 - 0.5, p.klDivergence(q), 1e-15);
    assertEquals(0, p.klDivergence(p), 1e-16);
  }

  @Test
  void entropy_mixture_isRefusedWithReason() {
    GaussianMixture p =
        mixture(
            new double[] {0.5, 0.5}, new double[] {-0.5, 0.5}, new double[] {1, 1}, 0, -INF, INF);
    assertEquals(
        "the entropy of the posterior of 'x' has no closed form: it has 2 Gaussian components;"
            + " give a tolerance to have it enclosed",
        assertThrows(RefusedException.class, p::entropy).getMessage());
  }

  @Test
  void klDivergence_categorical_isNeverNegative() {
    Variable.Categorical v = Variable.categorical("c", "a", "b");
    Certificate exact = new Certificate.Exact(0);
    CategoricalPosterior p = new CategoricalPosterior(v, new double[] {0.25, 0.75}, exact);
    CategoricalPosterior q = new CategoricalPosterior(v, new double[] {0.5, 0.5}, exact);
    assertEquals(0.25 * Math.log(0.5) + 0.75 * Math.log(1.5), p.klDivergence(q), 1e-15);
    assertEquals(0, p.klDivergence(p));
    CategoricalPosterior sure = new CategoricalPosterior(v, new double[] {1, 0}, exact);
    assertEquals(Math.log(2), sure.klDivergence(q), 1e-15);
    assertTrue(Double.isInfinite(q.klDivergence(sure)));
  }
}
