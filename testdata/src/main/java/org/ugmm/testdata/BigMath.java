package org.ugmm.testdata;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import org.jspecify.annotations.Nullable;

/**
 * Elementary functions of {@link BigDecimal} to about 70 digits, written for obviousness: argument
 * reduction, then the textbook series. Thread-safe. Results carry {@link #DIGITS} digits of which
 * the last few may be wrong.
 */
public final class BigMath {

  /** Digits carried by every result. */
  public static final int DIGITS = 70;

  /** Rounding of results. */
  public static final MathContext MC = new MathContext(DIGITS, RoundingMode.HALF_EVEN);

  private static final MathContext WORK = new MathContext(DIGITS + 15, RoundingMode.HALF_EVEN);
  private static final MathContext WIDE = new MathContext(DIGITS + 75, RoundingMode.HALF_EVEN);
  private static final BigDecimal TWO = BigDecimal.valueOf(2);
  private static final BigDecimal HALF = new BigDecimal("0.5");
  private static final BigDecimal TINY = BigDecimal.ONE.movePointLeft(DIGITS + 80);

  private static final BigDecimal LN2 =
      atanhOfInverse(31, 14).add(atanhOfInverse(49, 10)).add(atanhOfInverse(161, 6));
  private static final BigDecimal LN10 =
      atanhOfInverse(31, 46).add(atanhOfInverse(49, 34)).add(atanhOfInverse(161, 20));

  /** Pi, by Machin's formula. */
  public static final BigDecimal PI =
      inverseTangentSum(5, 16, -1).subtract(inverseTangentSum(239, 4, -1));

  private static final BigDecimal SQRT_PI = PI.sqrt(WIDE);
  private static final BigDecimal ROOT2 = TWO.sqrt(WIDE);

  /** log(2 pi) / 2, the constant of the Gaussian density. */
  public static final BigDecimal HALF_LOG_TWO_PI = log(PI.multiply(TWO)).multiply(HALF);

  private BigMath() {}

  private static BigDecimal atanhOfInverse(int n, int factor) {
    return inverseTangentSum(n, factor, 1);
  }

  /** factor * SUM_j sign^j (1/n)^(2j+1) / (2j+1): atanh(1/n) for sign 1, atan(1/n) for -1. */
  private static BigDecimal inverseTangentSum(int n, int factor, int sign) {
    BigDecimal square = BigDecimal.valueOf((long) n * n * sign);
    BigDecimal power = BigDecimal.ONE.divide(BigDecimal.valueOf(n), WIDE);
    BigDecimal sum = BigDecimal.ZERO;
    for (int j = 0; power.abs().compareTo(TINY) > 0; j++) {
      sum = sum.add(power.divide(BigDecimal.valueOf(2L * j + 1), WIDE));
      power = power.divide(square, WIDE);
    }
    return sum.multiply(BigDecimal.valueOf(factor), WIDE);
  }

  /** The square root. */
  public static BigDecimal sqrt(BigDecimal x) {
    return x.sqrt(MC);
  }

  /**
   * The exponential.
   *
   * @throws ArithmeticException if |x| is 10^8 or more
   */
  public static BigDecimal exp(BigDecimal x) {
    if (x.abs().compareTo(BigDecimal.valueOf(100_000_000)) >= 0) {
      throw new ArithmeticException("exp of " + x.round(MathContext.DECIMAL32));
    }
    return exp(x, WORK).round(MC);
  }

  private static BigDecimal exp(BigDecimal x, MathContext mc) {
    // exp(x) = 2^k exp(r), |r| <= ln(2)/2, and exp(r) = exp(r / 2^16)^(2^16), in fixed point with
    // enough bits that the sixteen squarings, each doubling the error, do not matter.
    BigDecimal quotient = x.divide(LN2, mc).setScale(0, RoundingMode.HALF_EVEN);
    int k = quotient.intValueExact();
    int bits = (int) (3.33 * mc.getPrecision()) + 64;
    BigDecimal one = new BigDecimal(BigInteger.ONE.shiftLeft(bits));
    BigDecimal reduced = x.subtract(quotient.multiply(LN2));
    BigInteger r = reduced.multiply(one).toBigInteger().shiftRight(16);
    BigInteger term = one.toBigInteger();
    BigInteger sum = term;
    for (int n = 1; term.bitLength() > 1; n++) {
      term = term.multiply(r).shiftRight(bits).divide(BigInteger.valueOf(n));
      sum = sum.add(term);
    }
    for (int i = 0; i < 16; i++) {
      sum = sum.multiply(sum).shiftRight(bits);
    }
    BigDecimal power = TWO.pow(Math.abs(k - bits), mc);
    BigDecimal scaled = new BigDecimal(sum);
    return k >= bits ? scaled.multiply(power, mc) : scaled.divide(power, mc);
  }

  /**
   * The natural logarithm.
   *
   * @throws ArithmeticException if x is not positive
   */
  public static BigDecimal log(BigDecimal x) {
    if (x.signum() <= 0) {
      throw new ArithmeticException("log of " + x);
    }
    // x = m 10^e with m in [0.1, 1), then Halley's iteration on exp(y) = m: each step triples the
    // number of digits, from 15.
    int e = x.precision() - x.scale();
    BigDecimal m = x.movePointLeft(e);
    BigDecimal y = new BigDecimal(Math.log(m.doubleValue()));
    for (int i = 0; i < 2; i++) {
      BigDecimal u = m.multiply(exp(y.negate()), WORK);
      BigDecimal step = u.subtract(BigDecimal.ONE).divide(u.add(BigDecimal.ONE), WORK);
      y = y.add(step.multiply(TWO), WORK);
    }
    return y.add(LN10.multiply(BigDecimal.valueOf(e)), MC);
  }

  /** The complementary error function; 0 beyond 5000, where it is below 10^-10,000,000. */
  public static BigDecimal erfc(BigDecimal x) {
    if (x.signum() < 0) {
      return TWO.subtract(erfc(x.negate()), MC);
    }
    if (x.compareTo(BigDecimal.valueOf(5000)) > 0) {
      return BigDecimal.ZERO;
    }
    return scaledErfc(x).multiply(exp(x.multiply(x, WORK).negate()), MC);
  }

  /** exp(x^2) erfc(x) for x &gt;= 0. */
  private static BigDecimal scaledErfc(BigDecimal x) {
    if (x.compareTo(BigDecimal.TEN) < 0) {
      // exp(x^2) - exp(x^2) erf(x), where exp(x^2) erf(x) is a series of positive terms:
      // 2/sqrt(pi) SUM 2^n x^(2n+1) / (2n+1)!!. The difference cancels up to 46 digits at x = 10.
      BigDecimal twiceSquare = x.multiply(x, WIDE).multiply(TWO);
      BigDecimal limit = BigDecimal.ONE.movePointLeft(WIDE.getPrecision() + 5);
      BigDecimal term = x;
      BigDecimal sum = x;
      for (int n = 1; term.compareTo(limit) > 0; n++) {
        term = term.multiply(twiceSquare, WIDE).divide(BigDecimal.valueOf(2L * n + 1), WIDE);
        sum = sum.add(term, WIDE);
      }
      BigDecimal scaledErf = sum.multiply(TWO).divide(SQRT_PI, WIDE);
      return exp(x.multiply(x, WIDE), WIDE).subtract(scaledErf).round(WORK);
    }
    // Continued fraction 1/sqrt(pi) * 1/(x + (1/2)/(x + (2/2)/(x + (3/2)/(x + ...)))).
    BigDecimal tail = x;
    for (int n = 400; n >= 1; n--) {
      tail = x.add(BigDecimal.valueOf(n).multiply(HALF).divide(tail, WORK), WORK);
    }
    return BigDecimal.ONE.divide(tail.multiply(SQRT_PI, WORK), WORK);
  }

  /**
   * log(Phi(b) - Phi(a)) of the standard normal distribution function, without cancellation in the
   * tails. A null end is infinite.
   *
   * @return null where the interval is empty or a point
   */
  public static @Nullable BigDecimal logNormalInterval(
      @Nullable BigDecimal a, @Nullable BigDecimal b) {
    if (a != null && b != null && a.compareTo(b) >= 0) {
      return null;
    }
    if (b != null && b.signum() <= 0) {
      return logNormalInterval(b.negate(), a == null ? null : a.negate());
    }
    BigDecimal high = b == null ? null : b.divide(ROOT2, WORK);
    if (a == null || a.signum() < 0) {
      // Both tails leave less than one half, so 1 - upper - lower keeps all digits but one.
      BigDecimal upper = high == null ? BigDecimal.ZERO : erfc(high);
      BigDecimal lower = a == null ? BigDecimal.ZERO : erfc(a.negate().divide(ROOT2, WORK));
      BigDecimal inside = TWO.subtract(upper).subtract(lower);
      return log(inside.multiply(HALF, MC));
    }
    BigDecimal low = a.divide(ROOT2, WORK);
    BigDecimal difference = scaledErfc(low);
    if (high != null) {
      BigDecimal drop = low.multiply(low).subtract(high.multiply(high), WORK);
      if (drop.compareTo(BigDecimal.valueOf(-1_000_000)) > 0) {
        difference = difference.subtract(exp(drop).multiply(scaledErfc(high)), MC);
      }
    }
    return log(difference.multiply(HALF)).subtract(low.multiply(low), MC);
  }
}
