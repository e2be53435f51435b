package org.ugmm.engine.number;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.ugmm.testdata.ExactOracle;
import org.ugmm.testdata.PlainCircuit;
import org.ugmm.testdata.PlainEvidence;
import org.ugmm.testdata.PlainNode;
import org.ugmm.testdata.PlainVariable;

class GaussianMassTest {
  @Test
  void logMass_tailsNarrowAndWide_isWithinItsBoundOfExact() {
    SplittableRandom random = new SplittableRandom(5);
    for (int i = 0; i < 150; i++) {
      double mean = random.nextInt(3) == 0 ? 0 : power(random, 3) * sign(random);
      double scale = power(random, 6);
      double lo = mean + sign(random) * power(random, 2) * scale;
      double hi = lo + power(random, random.nextInt(2) == 0 ? 2 : 12) * scale;
      check(lo, hi, mean, scale);
      check(Double.NEGATIVE_INFINITY, hi, mean, scale);
      check(lo, Double.POSITIVE_INFINITY, mean, scale);
    }
  }

  @Test
  void logMass_fortyScalesOut_keepsItsDigits() {
    check(40, 41, 0, 1);
    check(-41, -40, 0, 1);
    check(40, 40.000001, 0, 1);
    check(1e4, 1e4 + 1e-8, 0, 1);
    check(300, Double.POSITIVE_INFINITY, 0, 1);
    assertEquals(-804.608442013754, GaussianMass.logMass(40, 41, 0, 1), 1e-9);
  }

  @Test
  void logMass_extremeScales_isFinite() {
    checkNarrow(0, Double.MIN_VALUE, 0, 1);
    checkNarrow(-1e-300, 1e-300, 0, 1e200);
    checkNarrow(-Double.MIN_VALUE, Double.MIN_VALUE, 0, 1e-149);
    checkNarrow(3, Math.nextUp(3.0), 0, 1e300);
    check(1, Math.nextUp(1.0), 0, 1e-3);
    check(-1, Math.nextUp(-1.0), 0, 1);
    assertEquals(
        GaussianMass.logMass(-1, 1, 0, 1), GaussianMass.logMass(-1e308, 1e308, 0, 1e308), 1e-14);
    assertEquals(
        GaussianMass.logMass(-2, 0, 0, 1),
        GaussianMass.logMass(-1e308, 1e308, 1e308, 1e308),
        1e-14);
  }

  @Test
  void logMass_emptyInterval_isZeroWithoutError() {
    assertEquals(Double.NEGATIVE_INFINITY, GaussianMass.logMass(1, 1, 0, 1));
    assertEquals(0, GaussianMass.logMassErrorUnits(1, 1, 0, 1, Double.NEGATIVE_INFINITY));
  }

  @Test
  void logMass_beyondTheRange_saysThatItsErrorIsUnbounded() {
    double log = GaussianMass.logMass(1e200, 2e200, 0, 1);
    assertEquals(Double.NEGATIVE_INFINITY, log);
    assertEquals(Double.POSITIVE_INFINITY, GaussianMass.logMassErrorUnits(1e200, 2e200, 0, 1, log));
  }

  /** So narrow that the mass is the density times the width. */
  private static void checkNarrow(double lo, double hi, double mean, double scale) {
    double expected = Math.log(hi - lo) + GaussianMass.logDensity(0.5 * lo + 0.5 * hi, mean, scale);
    double log = GaussianMass.logMass(lo, hi, mean, scale);
    assertEquals(
        expected, log, 2 * Rounding.U * GaussianMass.logMassErrorUnits(lo, hi, mean, scale, log));
  }

  private static void check(double lo, double hi, double mean, double scale) {
    PlainCircuit plain =
        new PlainCircuit(
            List.of(new PlainVariable.Real("x")),
            List.of(new PlainNode.Gaussian(0, mean, scale)),
            0);
    if (!(lo < hi)) {
      return;
    }
    BigDecimal exact = ExactOracle.logValue(plain, List.of(new PlainEvidence.Interval(lo, hi)));
    double log = GaussianMass.logMass(lo, hi, mean, scale);
    double units = GaussianMass.logMassErrorUnits(lo, hi, mean, scale, log);
    double error = new BigDecimal(log).subtract(exact).abs().doubleValue();
    assertTrue(
        error <= units * Rounding.U,
        () ->
            "[%s, %s] mean %s scale %s: %s, exact %s, error %s units, bound %s"
                .formatted(
                    lo, hi, mean, scale, log, exact.doubleValue(), error / Rounding.U, units));
  }

  private static double power(SplittableRandom random, double decades) {
    return Math.pow(10, decades * (2 * random.nextDouble() - 1));
  }

  private static double sign(SplittableRandom random) {
    return random.nextBoolean() ? 1 : -1;
  }
}
