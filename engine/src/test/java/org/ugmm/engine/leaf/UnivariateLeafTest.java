package org.ugmm.engine.leaf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Real;
import org.ugmm.engine.number.LogValue;
import org.ugmm.testdata.BigMath;

/** Densities, masses and moments of leaves against {@link BigLeaf}, within their bounds. */
class UnivariateLeafTest {
  /** The oracle's own rounding, where a leaf's answer is exact. */
  private static final double ORACLE_ERROR = 1e-45;

  private static final double INFINITY = Double.POSITIVE_INFINITY;
  private static final Real REAL = Variable.real("x");
  private static final Real COUNT = Variable.count("n");

  private static UnivariateLeaf leaf(NodeKind kind, double... p) {
    Real variable = kind == NodeKind.POISSON ? COUNT : REAL;
    assertNull(UnivariateLeaf.problem(kind, variable, p));
    return UnivariateLeaf.of(kind, variable, p, 0, p.length);
  }

  private static void assertBound(BigDecimal expected, LogValue actual, double most, String what) {
    double error = expected.subtract(new BigDecimal(actual.log())).abs().doubleValue();
    assertTrue(
        error <= actual.units() * 0x1p-53 + ORACLE_ERROR,
        () ->
            "%s: %s, expected %s, error %s, units %s"
                .formatted(what, actual.log(), expected, error / 0x1p-53, actual.units()));
    assertTrue(actual.units() <= most, () -> what + ": units " + actual.units());
  }

  private static double wide(Random random, double low, double high) {
    return Math.exp(Math.log(low) + random.nextDouble() * Math.log(high / low));
  }

  @Test
  void logDensity_poisson_isWithinItsBound() {
    Random random = new Random(1);
    for (int i = 0; i < 150; i++) {
      double rate = wide(random, 1e-3, 600);
      int third = i / 3;
      double n = i % 3 == 0 ? third : Math.rint(rate + 3 * Math.sqrt(rate) * random.nextGaussian());
      n = Math.max(0, n);
      BigDecimal expected = BigLeaf.logDensity(NodeKind.POISSON, n, rate);
      double size = 20 * Math.abs(expected.doubleValue()) + 400;
      assertBound(expected, leaf(NodeKind.POISSON, rate).logDensity(n), size, n + " of " + rate);
    }
  }

  @Test
  void logDensity_gammaAndExponential_isWithinItsBound() {
    Random random = new Random(2);
    for (int i = 0; i < 150; i++) {
      double shape = i % 5 == 0 ? wide(random, 1e-4, 1) : wide(random, 0.1, 400);
      double rate = wide(random, 1e-6, 1e6);
      double x = shape / rate * wide(random, i % 7 == 0 ? 1e-30 : 0.2, 5);
      BigDecimal expected = BigLeaf.logDensity(NodeKind.GAMMA, x, shape, rate);
      String what = "%s of gamma %s, %s".formatted(x, shape, rate);
      assertBound(expected, leaf(NodeKind.GAMMA, shape, rate).logDensity(x), 100_000, what);
      BigDecimal ofRate = BigLeaf.logDensity(NodeKind.EXPONENTIAL, x, rate);
      assertBound(ofRate, leaf(NodeKind.EXPONENTIAL, rate).logDensity(x), 5_000, what);
    }
  }

  @Test
  void logDensity_gammaWhereTheScaledValueIsTiny_isWithinItsBound() {
    UnivariateLeaf leaf = leaf(NodeKind.GAMMA, 0.7, 1e-200);
    BigDecimal expected = BigLeaf.logDensity(NodeKind.GAMMA, 1e-200, 0.7, 1e-200);
    assertBound(expected, leaf.logDensity(1e-200), 1e4, "tiny");
  }

  @Test
  void logDensity_logNormal_isWithinItsBound() {
    Random random = new Random(3);
    for (int i = 0; i < 200; i++) {
      double mean = 5 * random.nextGaussian();
      double scale = wide(random, 1e-3, 10);
      double x = Math.exp(mean + scale * 4 * random.nextGaussian());
      BigDecimal expected = BigLeaf.logDensity(NodeKind.LOG_NORMAL, x, mean, scale);
      assertBound(expected, leaf(NodeKind.LOG_NORMAL, mean, scale).logDensity(x), 1e6, "" + i);
    }
  }

  @Test
  void logMass_gamma_isWithinItsBound() {
    Random random = new Random(4);
    for (int i = 0; i < 120; i++) {
      double shape = i % 4 == 0 ? wide(random, 1e-3, 1) : wide(random, 0.5, 200);
      double spread = Math.sqrt(shape);
      double lo = i % 6 == 0 ? 0 : shape * wide(random, 0.1, 4);
      double hi =
          switch (i % 3) {
            case 0 -> INFINITY;
            case 1 -> lo + spread * wide(random, 1e-9, 1e-3) + Double.MIN_NORMAL;
            default -> lo + spread * wide(random, 0.01, 20);
          };
      if (lo == 0 && hi == INFINITY) {
        hi = shape;
      }
      BigDecimal expected = BigLeaf.logGammaMass(shape, lo, hi);
      String what = "gamma %s on [%s, %s]".formatted(shape, lo, hi);
      assertBound(expected, leaf(NodeKind.GAMMA, shape, 1).logMass(lo, hi), 20_000, what);
      if (shape > 1 && lo > 0) {
        BigDecimal ofOne = BigLeaf.logGammaMass(1, lo, hi);
        assertBound(
            ofOne, leaf(NodeKind.EXPONENTIAL, 1).logMass(lo, hi), 1e5, "exponential" + what);
      }
    }
  }

  @Test
  void logMass_logNormal_isWithinItsBound() {
    Random random = new Random(5);
    for (int i = 0; i < 120; i++) {
      double mean = 3 * random.nextGaussian();
      double scale = wide(random, 1e-2, 5);
      double lo = i % 5 == 0 ? 0 : Math.exp(mean + 3 * scale * random.nextGaussian());
      double hi = i % 5 == 1 ? INFINITY : (lo + Math.exp(mean)) * (1 + wide(random, 1e-6, 10));
      BigDecimal a = lo == 0 ? null : standardised(lo, mean, scale);
      BigDecimal b = hi == INFINITY ? null : standardised(hi, mean, scale);
      BigDecimal expected = BigMath.logNormalInterval(a, b);
      assertNotNull(expected);
      String what = "log-normal %s, %s on [%s, %s]".formatted(mean, scale, lo, hi);
      assertBound(expected, leaf(NodeKind.LOG_NORMAL, mean, scale).logMass(lo, hi), 1e6, what);
    }
  }

  private static BigDecimal standardised(double x, double mean, double scale) {
    return BigMath.log(new BigDecimal(x))
        .subtract(new BigDecimal(mean))
        .divide(new BigDecimal(scale), BigMath.MC);
  }

  @Test
  void logMass_poisson_isWithinItsBound() {
    Random random = new Random(6);
    for (int i = 0; i < 120; i++) {
      double rate = wide(random, 1e-3, 500);
      double lo = Math.max(0, Math.rint(rate + 8 * Math.sqrt(rate) * random.nextGaussian()));
      double hi = i % 3 == 0 ? INFINITY : lo + random.nextInt(1 + (int) Math.sqrt(rate));
      BigDecimal expected = BigLeaf.logPoissonMass(rate, lo, hi);
      LogValue actual = leaf(NodeKind.POISSON, rate).logMass(lo - 0.5, hi + 0.25);
      assertBound(expected, actual, 20_000, "Poisson %s on [%s, %s]".formatted(rate, lo, hi));
    }
  }

  @Test
  void logMass_bins_isThatOfTheOverlap() {
    UnivariateLeaf histogram = leaf(NodeKind.HISTOGRAM, 0, 1, 4, 4.5, 0.25, 0.75, 0);
    assertEquals(Math.log(0.125 + 0.5), histogram.logMass(0.5, 3).log(), 1e-15);
    assertEquals(0, histogram.logMass(-INFINITY, INFINITY).log(), 1e-15);
    assertTrue(histogram.logMass(4, 9).isZero());
    assertTrue(histogram.logDensity(4.5).isZero());
    assertEquals(Math.log(0.25), histogram.logDensity(1).log(), 1e-15);
    assertEquals(Math.log(0.25), leaf(NodeKind.UNIFORM, -1, 3).logDensity(3).log(), 1e-15);
    double[] p = {0, 2, 5, 0.25, 0.75};
    UnivariateLeaf counts = UnivariateLeaf.of(NodeKind.HISTOGRAM, COUNT, p, 0, p.length);
    assertEquals(Math.log(0.125), counts.logDensity(1).log(), 1e-15);
    assertTrue(counts.logDensity(1.5).isZero());
    assertEquals(Math.log(0.125 + 0.5), counts.logMass(0.5, 3.5).log(), 1e-15);
    assertEquals(0.125 + 0.25 * 9, LeafShape.of(counts, -INFINITY, INFINITY).mean(), 1e-14);
  }

  @Test
  void shape_ofGamma_isWithinItsBounds() {
    Random random = new Random(7);
    for (int i = 0; i < 60; i++) {
      double shape =
          Math.rint(1024 * wide(random, 0.3, 60)) / 1024; // plus 1 and 2 without rounding
      double lo = i % 4 == 0 ? 0 : shape * wide(random, 0.2, 3);
      double hi = i % 3 == 0 ? INFINITY : lo + Math.sqrt(shape) * wide(random, 1e-3, 6);
      BigDecimal mass = BigLeaf.logGammaMass(shape, lo, hi);
      BigDecimal first = moment(shape, 1, lo, hi, mass);
      BigDecimal second = moment(shape, 2, lo, hi, mass);
      LeafShape actual = LeafShape.of(leaf(NodeKind.GAMMA, shape, 1), lo, hi);
      String what = "gamma %s on [%s, %s]: %s".formatted(shape, lo, hi, actual);
      assertNear(first, actual.mean(), actual.meanError(), what);
      BigDecimal variance = second.subtract(first.multiply(first));
      assertNear(variance, actual.variance(), actual.varianceError(), what);
      assertTrue(actual.meanError() < 1e-11 * actual.mean(), what);
      assertTrue(actual.varianceError() < 1e-6 * actual.variance(), what);
    }
  }

  /** E[X^k], by the mass of a gamma distribution of a greater shape. */
  private static BigDecimal moment(double a, int k, double lo, double hi, BigDecimal mass) {
    BigDecimal ratio = BigLeaf.gamma(a + k).divide(BigLeaf.gamma(a), BigMath.MC);
    BigDecimal other = BigLeaf.logGammaMass(a + k, lo, hi);
    return ratio.multiply(BigMath.exp(other.subtract(mass)));
  }

  private static void assertNear(BigDecimal expected, double actual, double bound, String what) {
    double error = expected.subtract(new BigDecimal(actual)).abs().doubleValue();
    assertTrue(error <= bound, () -> what + ", expected " + expected + ", error " + error);
  }

  @Test
  void shape_ofARarePoisson_keepsItsDigits() {
    Real count = new Real("n", 0, 4, null, true);
    for (double rate : new double[] {1e-3, 5.575556527626357e-07, 1e-12, 1e-200}) {
      UnivariateLeaf leaf = UnivariateLeaf.of(NodeKind.POISSON, count, new double[] {rate}, 0, 1);
      LeafShape shape = LeafShape.of(leaf, -INFINITY, INFINITY);
      double atFour = Math.pow(rate, 4) / 24; // but for a factor of 1 + rate
      assertEquals(rate * (1 - atFour), shape.mean(), shape.meanError(), "rate " + rate);
      assertTrue(shape.meanError() < 1e-14 * rate, "rate " + rate);
    }
  }

  @Test
  void shape_ofPoissonAndBins_isThatOfTheSum() {
    Random random = new Random(8);
    for (int i = 0; i < 100; i++) {
      double rate = wide(random, 1e-2, 80);
      double[] p = {0, 3, 4, 60, random.nextDouble(), random.nextDouble(), random.nextDouble()};
      double lo = random.nextInt(20);
      double hi = i % 3 == 0 ? INFINITY : lo + random.nextInt(30);
      UnivariateLeaf leaf =
          i % 2 == 0
              ? leaf(NodeKind.POISSON, rate)
              : UnivariateLeaf.of(NodeKind.HISTOGRAM, COUNT, p, 0, p.length);
      double mass = 0;
      double mean = 0;
      for (double n = lo; n <= Math.min(hi, 400); n++) {
        double term = Math.exp(leaf.logDensity(n).log());
        mass += term;
        mean += term * n;
      }
      mean /= mass;
      double variance = 0;
      for (double n = lo; n <= Math.min(hi, 400); n++) {
        variance += Math.exp(leaf.logDensity(n).log()) / mass * (n - mean) * (n - mean);
      }
      LeafShape shape = LeafShape.of(leaf, lo, hi);
      assertEquals(mean, shape.mean(), 1e-11 * (1 + mean), "" + i);
      assertEquals(variance, shape.variance(), 1e-9 * (1e-3 + variance), "" + i);
      assertEquals(Math.log(mass), leaf.logMass(lo, hi).log(), 1e-11, "" + i);
    }
  }

  @Test
  void upper_anyInterval_isAboveAllDensities() {
    Random random = new Random(9);
    for (int i = 0; i < 400; i++) {
      UnivariateLeaf leaf =
          switch (i % 6) {
            case 0 -> leaf(NodeKind.POISSON, wide(random, 0.1, 40));
            case 1 -> leaf(NodeKind.GAMMA, wide(random, 1, 30), wide(random, 0.5, 3));
            case 2 -> leaf(NodeKind.LOG_NORMAL, random.nextGaussian(), wide(random, 0.1, 2));
            case 3 -> leaf(NodeKind.EXPONENTIAL, wide(random, 0.1, 3));
            case 4 -> leaf(NodeKind.UNIFORM, 1, 7.5);
            default -> leaf(NodeKind.HISTOGRAM, 0, 1, 3, 9, 0.5, 0.1, 0.4);
          };
      boolean isCount = leaf.variable().isCount();
      double lo = isCount ? random.nextInt(30) : 10 * random.nextDouble();
      double hi = isCount ? lo + random.nextInt(30) : lo + 10 * random.nextDouble();
      double upper = leaf.upper(lo, hi);
      double lower = leaf.lower(lo, hi);
      double mode = leaf.mode(lo, hi);
      for (int j = 0; j <= 200; j++) {
        double x = lo + (hi - lo) * j / 200;
        double log = leaf.logDensity(isCount ? Math.rint(x) : x).log();
        assertTrue(log <= upper && log >= lower, leaf.kind() + " at " + x);
      }
      assertTrue(leaf.logDensity(mode).log() >= upper - 1e-9, leaf.kind() + " " + mode);
    }
  }

  @Test
  void problem_wrongParameters_saysWhich() {
    assertTrue(said(NodeKind.POISSON, COUNT, 0).contains("rate 0.0; expected a positive number"));
    assertTrue(said(NodeKind.POISSON, REAL, 1).contains("'x', which is real"));
    assertTrue(said(NodeKind.GAMMA, COUNT, 1, 1).contains("'n', which is a count"));
    assertTrue(said(NodeKind.GAMMA, REAL, -1, 1).contains("shape -1.0"));
    assertTrue(said(NodeKind.UNIFORM, REAL, 1, 1).contains("expected lo < hi"));
    assertTrue(said(NodeKind.HISTOGRAM, REAL, 0, 1, 1, 0.5, 0.5).contains("ascending"));
    assertTrue(said(NodeKind.HISTOGRAM, REAL, 0, 1, -1).contains("at least 0"));
    assertTrue(said(NodeKind.HISTOGRAM, REAL, 0, 1, 0).contains("positive, finite sum"));
    assertTrue(said(NodeKind.HISTOGRAM, COUNT, 0, 1.5, 1).contains("whole number"));
  }

  private static String said(NodeKind kind, Real variable, double... p) {
    String problem = UnivariateLeaf.problem(kind, variable, p);
    assertNotNull(problem);
    return problem;
  }
}
