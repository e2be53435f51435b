package org.ugmm.engine.leaf;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.HashMap;
import java.util.Map;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.testdata.BigMath;

/** Leaves to about 60 digits, by the textbook. */
final class BigLeaf {
  private static final MathContext MC = new MathContext(110);
  private static final Map<Double, BigDecimal> GAMMA = new HashMap<>();

  private BigLeaf() {}

  static BigDecimal big(double x) {
    return new BigDecimal(x);
  }

  private static BigDecimal log(BigDecimal x) {
    return BigMath.log(x);
  }

  /** Log of the density at a value where it is not zero. */
  static BigDecimal logDensity(NodeKind kind, double x, double... p) {
    BigDecimal at = big(x);
    return switch (kind) {
      case POISSON -> at.multiply(log(big(p[0]))).subtract(big(p[0])).subtract(log(gamma(x + 1)));
      case EXPONENTIAL -> log(big(p[0])).subtract(big(p[0]).multiply(at));
      case GAMMA ->
          big(p[0])
              .multiply(log(big(p[1])))
              .add(big(p[0]).subtract(BigDecimal.ONE).multiply(log(at)))
              .subtract(big(p[1]).multiply(at))
              .subtract(log(gamma(p[0])));
      case LOG_NORMAL -> {
        BigDecimal z = log(at).subtract(big(p[0])).divide(big(p[1]), MC);
        yield z.multiply(z)
            .multiply(big(-0.5))
            .subtract(log(at))
            .subtract(log(big(p[1])))
            .subtract(BigMath.HALF_LOG_TWO_PI);
      }
      default -> throw new AssertionError(kind);
    };
  }

  /** Gamma(a): the incomplete one up to where the rest is nothing. */
  static BigDecimal gamma(double a) {
    return GAMMA.computeIfAbsent(a, key -> lower(key, 8 * key + 1_000));
  }

  /** The lower incomplete gamma function: a series of positive terms. */
  private static BigDecimal lower(double a, double x) {
    BigDecimal at = big(x);
    BigDecimal term = BigDecimal.ONE.divide(big(a), MC);
    BigDecimal sum = term;
    for (int n = 1; n < 200_000; n++) {
      term = term.multiply(at, MC).divide(big(a).add(big(n)), MC);
      sum = sum.add(term, MC);
      if (n > x && term.compareTo(sum.movePointLeft(100)) < 0) {
        break;
      }
    }
    return power(a, x).multiply(sum, MC);
  }

  /** The upper incomplete gamma function above the mode: Legendre's continued fraction. */
  private static BigDecimal upper(double a, double x) {
    BigDecimal tail = BigDecimal.ONE;
    int terms = 4_000;
    for (int n = terms; n >= 0; n--) {
      BigDecimal b = big(x).add(big(2.0 * n + 1)).subtract(big(a));
      BigDecimal c = big(n + 1.0).multiply(big(n + 1.0).subtract(big(a)));
      tail = n == terms ? b : b.subtract(c.divide(tail, MC), MC);
    }
    return power(a, x).divide(tail, MC);
  }

  private static BigDecimal power(double a, double x) {
    return BigMath.exp(big(a).multiply(log(big(x))).subtract(big(x)));
  }

  /** Log of the mass of an interval of a gamma distribution of rate 1. */
  static BigDecimal logGammaMass(double a, double lo, double hi) {
    boolean isAbove = lo > a + 1;
    BigDecimal atLo = lo == 0 ? BigDecimal.ZERO : isAbove ? upper(a, lo) : lower(a, lo);
    BigDecimal atHi =
        hi == Double.POSITIVE_INFINITY
            ? isAbove ? BigDecimal.ZERO : gamma(a)
            : isAbove ? upper(a, hi) : lower(a, hi);
    return log(atHi.subtract(atLo).abs()).subtract(log(gamma(a)));
  }

  /** Log of the mass of a range of counts. */
  static BigDecimal logPoissonMass(double rate, double lo, double hi) {
    BigDecimal term = BigMath.exp(logDensity(NodeKind.POISSON, lo, rate));
    BigDecimal sum = term;
    for (double n = lo + 1; n <= hi; n++) {
      term = term.multiply(big(rate), MC).divide(big(n), MC);
      sum = sum.add(term, MC);
      if (n > rate && term.compareTo(sum.movePointLeft(90)) < 0) {
        break;
      }
    }
    return log(sum);
  }
}
