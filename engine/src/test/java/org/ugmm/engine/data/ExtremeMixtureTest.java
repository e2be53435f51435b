package org.ugmm.engine.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.CircuitBuilder;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;
import org.ugmm.engine.PosteriorEvaluator;
import org.ugmm.engine.data.GaussianMixture.Interval;
import org.ugmm.engine.number.GaussianMass;

/** Mixtures with components that are far apart, narrow, or at the ends of the range of a double. */
class ExtremeMixtureTest {
  private static final double INF = Double.POSITIVE_INFINITY;
  private static final double[] HALVES = {0.5, 0.5};

  private static GaussianMixture mixture(
      double[] weight, double[] mean, double[] scale, double uniform, double lo, double hi) {
    return new GaussianMixture(
        Variable.real("x"), weight, mean, scale, uniform, lo, hi, new Certificate.Exact(0));
  }

  private static GaussianMixture two(double a, double b, double scale) {
    return mixture(HALVES, new double[] {a, b}, new double[] {scale, scale}, 0, -INF, INF);
  }

  @Test
  void modes_componentsFarApart_areBothFound() {
    for (double far : new double[] {10, 77, 78, 100, 1e4, 1e9, 1e150, 1e160, 1e300}) {
      GaussianMixture p = two(0, far * 0.01, 0.01);
      assertTimeoutPreemptively(
          Duration.ofSeconds(60),
          () -> {
            double[] modes = p.modes();
            assertEquals(2, modes.length, "far " + far);
            assertEquals(0, modes[0], 1e-10);
            assertEquals(far * 0.01, modes[1], 1e-12 * far);
            List<Interval> enclosures = p.modeEnclosures();
            assertTrue(enclosures.get(0).lo() <= modes[0] && modes[0] <= enclosures.get(0).hi());
            assertEquals(2, p.highestDensityIntervals(0.9).size());
          });
    }
  }

  @Test
  void modes_differentScalesAndHeights_areAllFound() {
    GaussianMixture p =
        mixture(
            new double[] {1e-200, 0.5, 0.5},
            new double[] {-1e6, 0, 1e6},
            new double[] {1e-3, 1e3, 1e-8},
            0,
            -INF,
            INF);
    double[] modes = p.modes();
    assertEquals(3, modes.length);
    assertEquals(-1e6, modes[0], 1e-3);
    assertEquals(0, modes[1], 1e-3);
    assertEquals(1e6, modes[2], 1e-3);
  }

  @Test
  void modes_twoScalesApart_meetInOne() {
    double[] modes = two(-1, 1, 1).modes();
    assertEquals(1, modes.length);
    assertEquals(0, modes[0], 1e-2);
    Interval held = two(-1, 1, 1).modeEnclosures().get(0);
    assertTrue(held.lo() <= 0 && held.hi() >= 0);
  }

  @Test
  void moments_wholeRangeOfDoubles_areFinite() {
    double huge = 1.7e308;
    GaussianMixture uniform = mixture(new double[0], new double[0], new double[0], 1, -huge, huge);
    assertEquals(0, uniform.mean(), uniform.meanErrorBound());
    assertEquals(INF, uniform.variance());
    assertEquals(-0.5 * huge, uniform.quantile(0.25), 1e296);
    assertEquals(0.5, uniform.cdf(0), 1e-12);
    assertEquals(Math.log(huge) + Math.log(2), uniform.entropy(), 1e-12);
    assertEquals(-Math.log(huge) - Math.log(2), uniform.logDensity(0), 1e-12);
    GaussianMixture ends = two(-huge, huge, 1);
    assertEquals(-huge, ends.quantile(0.25), 1);
    assertEquals(huge, ends.quantile(0.75), 1);
    assertEquals(0, ends.mean(), ends.meanErrorBound());
    assertEquals(2, ends.modes().length);
    GaussianMixture cut =
        mixture(new double[] {1}, new double[] {0}, new double[] {1}, 0, -huge, huge);
    assertEquals(0, cut.mean(), cut.meanErrorBound());
    assertEquals(1, cut.variance(), cut.varianceErrorBound());
  }

  @Test
  void variance_cutFarFromZero_isWithinItsBound() {
    double[] offset = {1.7e9, 1.7e12, 1e15};
    double[] width = {6.3, 6.3, 6.2};
    double[] expected = {2.991373064889235936, 2.991380191322365837, 2.983685450193043};
    double[][] means = {{1.25, 4.75}, {1.25, 4.75}, {1.2, 4.8}};
    for (int i = 0; i < offset.length; i++) {
      Variable x = Variable.real("x", offset[i], offset[i] + width[i]);
      CircuitBuilder b = Circuit.builder(List.of(x));
      int left = b.gaussian(0, offset[i] + means[i][0], 1.1);
      int right = b.gaussian(0, offset[i] + means[i][1], 0.7);
      Circuit c = b.build(b.sumLinear(new int[] {left, right}, new double[] {0.4, 0.6}));
      GaussianMixture p = (GaussianMixture) new Inference(c).posterior(0, new Evidence(c));
      assertEquals(
          expected[i], p.variance(), p.varianceErrorBound() + 1e-15, "offset " + offset[i]);
      assertTrue(p.varianceErrorBound() < 1e-10, "bound " + p.varianceErrorBound());
      assertTrue(p.meanErrorBound() < 1e-15 * offset[i], "bound " + p.meanErrorBound());
      PosteriorEvaluator evaluator = new PosteriorEvaluator(c);
      double[] found = new double[2];
      double[] bound = new double[2];
      evaluator.posteriors(new double[] {Double.NaN}, 1, found, bound);
      assertEquals(expected[i], found[1], bound[1] + 1e-15, "offset " + offset[i]);
      assertTrue(bound[1] < 1e-9, "bound " + bound[1]);
      double covariance = new Inference(c).moments(new Evidence(c)).covariance()[0][0];
      assertEquals(expected[i], covariance, 1e-11);
    }
  }

  @Test
  void quantileEnclosure_anyProbability_holdsTheQuantile() {
    GaussianMixture p = mixture(new double[] {1}, new double[] {0}, new double[] {1}, 0, -INF, INF);
    Interval held = p.quantileEnclosure(0.975);
    assertTrue(held.lo() <= 1.959963984540054 && held.hi() >= 1.959963984540054, held.toString());
    assertTrue(held.hi() - held.lo() < 1e-11, held.toString());
    double lo = 0.75;
    double hi = lo + 8 * Math.ulp(lo); // 1e-8 of the mass is less than an ulp from an end
    GaussianMixture narrow =
        mixture(new double[] {1}, new double[] {0}, new double[] {1}, 0, lo, hi);
    assertEquals(new Interval(lo, lo), narrow.quantileEnclosure(0));
    assertEquals(new Interval(hi, hi), narrow.quantileEnclosure(1));
    assertTrue(narrow.quantileEnclosure(1e-8).hi() > lo);
    assertTrue(narrow.quantileEnclosure(1 - 1e-8).lo() < hi);
    Interval gap = two(-100, 100, 1).quantileEnclosure(0.5); // flat between the components
    assertTrue(gap.hi() - gap.lo() > 100, gap.toString());
  }

  @Test
  void cdf_notANumber_isRefused() {
    GaussianMixture p = two(0, 1, 1);
    assertThrows(IllegalArgumentException.class, () -> p.cdf(Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> p.probability(0, Double.NaN));
  }

  @Test
  void entropy_narrowScales_isEnclosedOrRefused() {
    for (double scale : new double[] {1e-3, 1e-10, 1e-14, 1e-100, 1e-160, 1e-200, 1e-300}) {
      double expected = Math.log(2) + 0.5 + GaussianMass.LOG_SQRT_2PI + Math.log(scale);
      try {
        Quantity entropy = two(0, 1, scale).entropy(1e-6);
        Certificate.Enclosed held = (Certificate.Enclosed) entropy.certificate();
        assertTrue(held.lo() <= expected && expected <= held.hi(), scale + ": " + held);
      } catch (RefusedException e) {
        assertTrue(scale < 1e-13, "scale " + scale + " refused");
      }
    }
    GaussianMixture p = mixture(HALVES, new double[] {0.5, 0.5}, new double[] {1e-300, 1}, 0, 0, 1);
    try {
      Certificate.Enclosed held = (Certificate.Enclosed) p.entropy(1e-6).certificate();
      assertTrue(Double.isFinite(held.lo()) && Double.isFinite(held.hi()), held.toString());
    } catch (RefusedException e) {
      assertTrue(e.getMessage().contains("narrow"));
    }
  }

  @Test
  void klDivergence_fromNarrowScales_isEnclosedOrRefused() {
    GaussianMixture p = mixture(HALVES, new double[] {0, 1}, new double[] {1, 2}, 0, -INF, INF);
    for (double scale : new double[] {1e-2, 1e-8, 1e-20, 1e-60, 1e-160, 1e-200}) {
      try {
        Quantity divergence = p.klDivergence(two(0, 1, scale), 1e-6);
        Certificate.Enclosed held = (Certificate.Enclosed) divergence.certificate();
        assertTrue(held.lo() > 0 && held.hi() < INF, scale + ": " + held);
        assertTrue(held.hi() / held.lo() < 1.01, scale + ": " + held);
      } catch (RefusedException e) {
        assertTrue(scale < 1e-100, "scale " + scale + " refused");
      }
    }
  }
}
