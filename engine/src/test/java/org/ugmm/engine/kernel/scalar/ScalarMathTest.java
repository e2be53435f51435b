package org.ugmm.engine.kernel.scalar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ScalarMathTest {
  private static final MathContext DIGITS = new MathContext(40);
  private static final BigDecimal LN_2 =
      new BigDecimal("0.69314718055994530941723212145817656807550013436");

  /** 2^x for |x| at most 1/2 by the exponential series. */
  private static BigDecimal exp2(BigDecimal x) {
    BigDecimal y = x.multiply(LN_2, DIGITS);
    BigDecimal term = BigDecimal.ONE;
    BigDecimal sum = term;
    for (int i = 1; i < 28; i++) {
      term = term.multiply(y, DIGITS).divide(BigDecimal.valueOf(i), DIGITS);
      sum = sum.add(term, DIGITS);
    }
    return sum;
  }

  private static double ulps(BigDecimal expected, double actual) {
    double ulp = Math.ulp(expected.doubleValue());
    return expected.subtract(new BigDecimal(actual)).abs().doubleValue() / ulp;
  }

  @Test
  void exp2_doubles_withinOneUlp() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 4000; i++) {
      double x = random.nextDouble(-0.5, 0.5);
      int n = random.nextInt(-1021, 1023);
      // The sum is what is tested, so the reference starts from its own fraction.
      double sum = x + n;
      BigDecimal expected = exp2(new BigDecimal(sum - n));
      double actual = Math.scalb(ScalarDoubleMath.exp2(sum), -n);
      double error = ulps(expected, actual);
      assertTrue(error < 1, () -> "2^" + sum + ": " + error + " ulp");
    }
  }

  @Test
  void log2_doubles_withinOneUlp() {
    SplittableRandom random = new SplittableRandom(2);
    for (int i = 0; i < 4000; i++) {
      double x =
          i % 2 == 0 ? random.nextDouble(0.5, 2) : 1 + random.nextDouble(-1, 1) / (1 << i % 30);
      double actual = ScalarDoubleMath.log2(x);
      if (actual == 0) {
        assertEquals(1, x);
        continue;
      }
      // One Newton step from the answer: log2 x = y + (x / 2^y - 1) / ln 2 - ..., y near log2 x.
      BigDecimal y = new BigDecimal(actual);
      int half = (int) Math.rint(actual);
      BigDecimal power =
          exp2(y.subtract(BigDecimal.valueOf(half)))
              .multiply(BigDecimal.valueOf(2).pow(half, DIGITS), DIGITS);
      BigDecimal ratio = new BigDecimal(x).divide(power, DIGITS).subtract(BigDecimal.ONE);
      BigDecimal square = ratio.multiply(ratio, DIGITS).divide(BigDecimal.valueOf(2), DIGITS);
      BigDecimal expected = y.add(ratio.subtract(square).divide(LN_2, DIGITS));
      double error = ulps(expected, actual);
      assertTrue(error < 1, () -> "log2 " + x + ": " + error + " ulp");
    }
  }

  @Test
  void exp2AndLog2_floats_withinOneUlp() {
    for (int bits = 0; bits >= 0; bits += 40_009) {
      float x = Float.intBitsToFloat(bits);
      if (!Float.isFinite(x)) {
        break;
      }
      float log = ScalarFloatMath.log2(x);
      if (x > 0) {
        double expected = Math.log(x) / Math.log(2);
        assertTrue(Math.abs(log - expected) < Math.ulp((float) expected), () -> "log2 " + x);
      }
      for (float y : new float[] {x, -x}) {
        if (y < 128 && y >= -126) {
          double expected = Math.pow(2, y);
          float actual = ScalarFloatMath.exp2(y);
          assertTrue(Math.abs(actual - expected) < Math.ulp((float) expected), () -> "2^" + y);
        }
      }
    }
  }

  @Test
  void exp2_edges_exact() {
    for (int n = -1022; n < 1024; n++) {
      assertEquals(Math.scalb(1.0, n), ScalarDoubleMath.exp2(n));
    }
    for (int n = -126; n < 128; n++) {
      assertEquals(Math.scalb(1f, n), ScalarFloatMath.exp2(n));
    }
    assertEquals(0, ScalarDoubleMath.exp2(Double.NEGATIVE_INFINITY));
    assertEquals(0, ScalarDoubleMath.exp2(Math.nextDown(-1022.0)));
    assertEquals(0, ScalarFloatMath.exp2(Float.NEGATIVE_INFINITY));
  }

  @Test
  void exp2Minus_doubles_withinTwelveTenthsOfAnUlp() {
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < 4000; i++) {
      double x = random.nextDouble(-0.5, 0.5);
      int n = random.nextInt(1, 1020);
      double q = n - x;
      BigDecimal expected = exp2(new BigDecimal(n - q));
      double error = ulps(expected, Math.scalb(ScalarDoubleMath.exp2Minus(q), n));
      assertTrue(error < 1.2, () -> "2^-" + q + ": " + error + " ulp");
    }
  }

  @Test
  void exp2Minus_floats_withinFourRoundings() {
    float last = 126;
    for (int bits = 0; Float.intBitsToFloat(bits) <= last; bits += 40_009) {
      float q = Float.intBitsToFloat(bits);
      double expected = Math.pow(2, -q);
      double error = (ScalarFloatMath.exp2Minus(q) - expected) / expected / 0x1p-24;
      assertTrue(error > -3.7 && error < 1.2, () -> "2^-" + q + ": " + error + " roundings");
    }
  }

  @Test
  void exp2Minus_edges_oneAndFloor() {
    for (int n = 0; n < 1021; n++) {
      assertEquals(Math.scalb(1.0, -n), ScalarDoubleMath.exp2Minus(n));
    }
    for (double q : new double[] {1021, 1022, 1e10, 1e300, Double.POSITIVE_INFINITY}) {
      assertEquals(0x1p-1021, ScalarDoubleMath.exp2Minus(q), 0x1p-1030);
    }
    for (int n = 0; n < 126; n++) {
      assertEquals(Math.scalb(1f, -n), ScalarFloatMath.exp2Minus(n));
    }
    for (float q : new float[] {126, 127, 1e10f, Float.POSITIVE_INFINITY}) {
      assertEquals(0x1p-126f, ScalarFloatMath.exp2Minus(q));
    }
  }

  @Test
  void log2_edges_exact() {
    for (int n = -1074; n < 1024; n++) {
      assertEquals(n, ScalarDoubleMath.log2(Math.scalb(1.0, n)));
    }
    for (int n = -149; n < 128; n++) {
      assertEquals(n, ScalarFloatMath.log2(Math.scalb(1f, n)));
    }
    assertEquals(Double.NEGATIVE_INFINITY, ScalarDoubleMath.log2(0));
    assertEquals(Float.NEGATIVE_INFINITY, ScalarFloatMath.log2(0));
    assertEquals(1024, ScalarDoubleMath.log2(Double.MAX_VALUE), 1e-12);
  }
}
