package org.ugmm.testdata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Known digits come from an independent arbitrary-precision library. */
class BigMathTest {

  private static void assertDigits(String expected, BigDecimal actual) {
    BigDecimal known = new BigDecimal(expected);
    BigDecimal error = actual.subtract(known).abs();
    BigDecimal unit = known.ulp().multiply(BigDecimal.valueOf(2));
    assertTrue(error.compareTo(unit) <= 0, () -> "expected " + expected + " but was " + actual);
  }

  @Test
  void constants_known_agree() {
    assertDigits("3.141592653589793238462643383279502884197169399375105821", BigMath.PI);
    assertDigits(
        "2.718281828459045235360287471352662497757247093699959575", BigMath.exp(BigDecimal.ONE));
    assertDigits(
        "0.6931471805599453094172321214581765680755001343602552541",
        BigMath.log(BigDecimal.valueOf(2)));
    assertDigits(
        "2.302585092994045684017991454684364207601101488628772976", BigMath.log(BigDecimal.TEN));
    assertDigits(
        "1.414213562373095048801688724209698078569671875376948073",
        BigMath.sqrt(BigDecimal.valueOf(2)));
  }

  @Test
  void erfc_known_agrees() {
    assertDigits(
        "1.8427007929497148693412206350826092592960669979663", BigMath.erfc(new BigDecimal("-1")));
    assertDigits(
        "0.47950012218695346231725334610803547126354842424204",
        BigMath.erfc(new BigDecimal("0.5")));
    assertDigits(
        "0.000022090496998585441372776129582320379847707087399250",
        BigMath.erfc(new BigDecimal("3")));
    assertDigits(
        "4.1370317465138102380539034673625245957101919859480e-37",
        BigMath.erfc(new BigDecimal("9")));
    assertDigits(
        "5.3958656116079009289349991679053456040882726709236e-176",
        BigMath.erfc(new BigDecimal("20")));
  }

  @Test
  void erfc_zero_isOne() {
    assertEquals(0, BigMath.erfc(BigDecimal.ZERO).compareTo(BigDecimal.ONE));
  }

  @Test
  void erfc_eitherSideOfTheSwitch_isContinuous() {
    // erfc' = -2/sqrt(pi) exp(-x^2): the two methods must agree up to that slope times the gap.
    BigDecimal gap = BigDecimal.ONE.movePointLeft(60);
    BigDecimal below = BigMath.erfc(BigDecimal.TEN.subtract(gap));
    BigDecimal at = BigMath.erfc(BigDecimal.TEN);
    double relative = below.subtract(at).divide(at, BigMath.MC).doubleValue();
    assertEquals(20.1e-60, relative, 1e-60);
  }

  @Test
  void expAndLog_randomArguments_agreeWithStrictMath() {
    Random random = new Random(7);
    for (int i = 0; i < 300; i++) {
      double x = 600 * (2 * random.nextDouble() - 1);
      double y = BigMath.exp(new BigDecimal(x)).doubleValue();
      assertEquals(StrictMath.exp(x), y, 2 * Math.ulp(y));
      double log = BigMath.log(new BigDecimal(y)).doubleValue();
      assertEquals(StrictMath.log(y), log, 2 * Math.ulp(log));
    }
  }

  @Test
  void log_ofExp_isTheArgument() {
    for (String text : new String[] {"1e-30", "-0.3", "12.5", "-4321.75", "99999.5"}) {
      BigDecimal x = new BigDecimal(text);
      BigDecimal error = BigMath.log(BigMath.exp(x)).subtract(x).abs();
      assertTrue(error.compareTo(BigDecimal.ONE.movePointLeft(60)) < 0, () -> text + " " + error);
    }
  }

  @Test
  void logNormalInterval_known_agrees() {
    assertInterval("-0.20016629432446257994920180323559846832505019249732", "-1", "2");
    assertInterval("-15.373295898665702110848321334760795709776010457641", "-5.25", "-5");
    assertInterval("-15.373295898665702110848321334760795709776010457641", "5", "5.25");
    assertInterval("-454.32124395634319710735577133764496565635108833730", "30", null);
    assertInterval(
        "-28.769825755602712492145057956039129834041928788695",
        "0.5",
        "0.5000000000009094947017729282379150390625");
  }

  private static void assertInterval(String expected, String a, @Nullable String b) {
    BigDecimal actual =
        BigMath.logNormalInterval(new BigDecimal(a), b == null ? null : new BigDecimal(b));
    assertNotNull(actual);
    assertDigits(expected, actual);
  }

  @Test
  void logNormalInterval_emptyOrPoint_isNull() {
    assertNull(BigMath.logNormalInterval(BigDecimal.ONE, BigDecimal.ONE));
    assertNull(BigMath.logNormalInterval(BigDecimal.ONE, BigDecimal.ZERO));
  }

  @Test
  void normalInterval_randomEnds_agreesWithBigMath() {
    Random random = new Random(11);
    for (int i = 0; i < 60; i++) {
      double a = 12 * random.nextGaussian();
      double b = a + Math.exp(4 * random.nextGaussian());
      BigDecimal exact = BigMath.logNormalInterval(new BigDecimal(a), new BigDecimal(b));
      assertNotNull(exact);
      double expected = exact.doubleValue();
      double actual = NormalInterval.log(a, b);
      assertEquals(expected, actual, 1e-13 * Math.max(1, Math.abs(expected)), a + " " + b);
    }
  }

  @Test
  void normalInterval_infiniteEnds_areHandled() {
    double infinity = Double.POSITIVE_INFINITY;
    assertEquals(0, NormalInterval.log(-infinity, infinity), 1e-15);
    assertEquals(Math.log(0.5), NormalInterval.log(0, infinity), 1e-15);
    assertEquals(Math.log(0.5), NormalInterval.log(-infinity, 0), 1e-15);
    assertEquals(-454.32124395634319, NormalInterval.log(30, infinity), 1e-12);
    assertEquals(-infinity, NormalInterval.log(1, 1));
  }
}
