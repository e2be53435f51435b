package org.ugmm.testdata;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reference answers to more than 50 digits, for checking proven error bounds. Parameters and
 * evidence are taken as the exact reals the doubles stand for. Values are natural logs; null is the
 * log of zero.
 */
public final class ExactOracle {

  /** A term this far (in logs) below the largest of a sum cannot reach the digits carried. */
  private static final BigDecimal NEGLIGIBLE = BigDecimal.valueOf(-300);

  private final PlainCircuit circuit;
  private final Map<Double, BigDecimal> logs = new HashMap<>();
  private final Map<List<Object>, BigDecimal> intervals = new HashMap<>();

  private ExactOracle(PlainCircuit circuit) {
    this.circuit = circuit;
  }

  /**
   * The log of f integrated over what the evidence leaves open, as {@link Oracle#logValue}.
   *
   * @return null for probability zero
   * @throws IllegalArgumentException as {@link Oracle#logValue}
   */
  public static @Nullable BigDecimal logValue(PlainCircuit circuit, List<PlainEvidence> evidence) {
    BitSet open = Support.toEnumerate(circuit, evidence);
    return new ExactOracle(circuit).marginal(evidence, open, open.nextSetBit(0));
  }

  /** {@link #logValue} rounded to double; -infinity for probability zero. */
  public static double logValueAsDouble(PlainCircuit circuit, List<PlainEvidence> evidence) {
    BigDecimal exact = logValue(circuit, evidence);
    return exact == null ? Double.NEGATIVE_INFINITY : exact.doubleValue();
  }

  /**
   * The relative error of exp(logValue) as an approximation of exp(exactLog): the quantity a
   * relative error bound limits. 0 where both are zero, +infinity where only one is.
   */
  public static double relativeError(double logValue, @Nullable BigDecimal exactLog) {
    if (exactLog == null || Double.isInfinite(logValue)) {
      boolean bothZero = exactLog == null && logValue == Double.NEGATIVE_INFINITY;
      return bothZero ? 0 : Double.POSITIVE_INFINITY;
    }
    return Math.abs(Math.expm1(new BigDecimal(logValue).subtract(exactLog).doubleValue()));
  }

  private @Nullable BigDecimal marginal(List<PlainEvidence> evidence, BitSet open, int var) {
    if (var < 0) {
      return logRoot(evidence);
    }
    Support.Weights support =
        (Support.Weights) Support.of(circuit.variables().get(var), evidence.get(var));
    List<@Nullable BigDecimal> terms = new ArrayList<>();
    for (int k = 0; k < support.weights().length; k++) {
      List<PlainEvidence> at = PlainEvidence.with(evidence, var, new PlainEvidence.Point(k));
      BigDecimal logWeight = logOf(support.weights()[k]);
      terms.add(
          sum(logWeight, logWeight == null ? null : marginal(at, open, open.nextSetBit(var + 1))));
    }
    return logSumExp(terms);
  }

  private @Nullable BigDecimal logRoot(List<PlainEvidence> evidence) {
    Support[] supports = Support.of(circuit, evidence);
    if (Support.outsideDomain(circuit, supports)) {
      return null;
    }
    List<@Nullable BigDecimal> logValue = new ArrayList<>();
    for (PlainNode node : circuit.nodes()) {
      logValue.add(logNode(node, supports, logValue));
    }
    return logValue.get(circuit.root());
  }

  private @Nullable BigDecimal logNode(
      PlainNode node, Support[] supports, List<@Nullable BigDecimal> logValue) {
    if (node instanceof PlainNode.Product p) {
      BigDecimal product = BigDecimal.ZERO;
      for (int child : p.children()) {
        product = sum(product, logValue.get(child));
      }
      return product;
    } else if (node instanceof PlainNode.WeightedSum s) {
      List<@Nullable BigDecimal> terms = new ArrayList<>();
      for (int c = 0; c < s.children().length; c++) {
        terms.add(sum(logOf(s.weights()[c]), logValue.get(s.children()[c])));
      }
      return logSumExp(terms);
    } else if (node instanceof PlainNode.Link l) {
      BigDecimal child = logValue.get(l.child());
      return child == null ? null : logNormal(child, l.mean(), l.scale());
    } else if (node instanceof PlainNode.Constant c) {
      boolean zero = c.logValue() == Double.NEGATIVE_INFINITY;
      return zero ? null : new BigDecimal(c.logValue());
    }
    int var = PlainCircuit.varOf(node);
    return logLeaf(node, circuit.variables().get(var), supports[var]);
  }

  private @Nullable BigDecimal logLeaf(PlainNode leaf, PlainVariable variable, Support support) {
    if (support instanceof Support.Weights w) {
      List<@Nullable BigDecimal> terms = new ArrayList<>();
      for (int k = 0; k < w.weights().length; k++) {
        terms.add(sum(logOf(w.weights()[k]), logLeafAtState(leaf, variable, k)));
      }
      return logSumExp(terms);
    }
    PlainVariable.Prior density = ((PlainVariable.Real) variable).prior();
    if (leaf instanceof PlainNode.Gaussian g) {
      density = new PlainVariable.Prior(g.mean(), g.scale());
    }
    if (support instanceof Support.At at) {
      if (!at.insideDomain()) {
        return null;
      }
      return density == null
          ? BigDecimal.ZERO
          : logNormal(new BigDecimal(at.value()), density.mean(), density.scale());
    }
    Support.Range range = (Support.Range) support;
    if (density != null) {
      return logInterval(range, density.mean(), density.scale());
    }
    if (Double.isInfinite(range.lo()) || Double.isInfinite(range.hi())) {
      throw new IllegalArgumentException(
          "the base measure of " + variable + " over " + range + " is infinite");
    }
    BigDecimal length = new BigDecimal(range.hi()).subtract(new BigDecimal(range.lo()));
    return length.signum() <= 0 ? null : BigMath.log(length);
  }

  private @Nullable BigDecimal logLeafAtState(PlainNode leaf, PlainVariable variable, int state) {
    if (leaf instanceof PlainNode.Categorical c) {
      return logOf(c.p()[state]);
    } else if (leaf instanceof PlainNode.Gaussian g) {
      double code = ((PlainVariable.Categorical) variable).codes()[state];
      return logNormal(new BigDecimal(code), g.mean(), g.scale());
    }
    return BigDecimal.ZERO;
  }

  private BigDecimal logNormal(BigDecimal x, double mean, double scale) {
    BigDecimal z = standardise(x, mean, scale);
    BigDecimal half = z.multiply(z, BigMath.MC).multiply(new BigDecimal("-0.5"));
    BigDecimal logScale = logs.computeIfAbsent(scale, s -> BigMath.log(new BigDecimal(s)));
    return half.subtract(logScale).subtract(BigMath.HALF_LOG_TWO_PI, BigMath.MC);
  }

  private @Nullable BigDecimal logInterval(Support.Range range, double mean, double scale) {
    if (!(range.lo() < range.hi())) {
      return null;
    }
    return intervals.computeIfAbsent(
        List.of(range, mean, scale),
        unused ->
            Objects.requireNonNull(
                BigMath.logNormalInterval(
                    end(range.lo(), mean, scale), end(range.hi(), mean, scale))));
  }

  private static @Nullable BigDecimal end(double x, double mean, double scale) {
    return Double.isInfinite(x) ? null : standardise(new BigDecimal(x), mean, scale);
  }

  private static BigDecimal standardise(BigDecimal x, double mean, double scale) {
    return x.subtract(new BigDecimal(mean)).divide(new BigDecimal(scale), BigMath.MC);
  }

  private @Nullable BigDecimal logOf(double x) {
    return x == 0 ? null : logs.computeIfAbsent(x, y -> BigMath.log(new BigDecimal(y)));
  }

  private static @Nullable BigDecimal sum(@Nullable BigDecimal a, @Nullable BigDecimal b) {
    return a == null || b == null ? null : a.add(b, BigMath.MC);
  }

  private static @Nullable BigDecimal logSumExp(List<@Nullable BigDecimal> terms) {
    BigDecimal max = null;
    for (BigDecimal term : terms) {
      max = term != null && (max == null || term.compareTo(max) > 0) ? term : max;
    }
    if (max == null) {
      return null;
    }
    BigDecimal sum = BigDecimal.ZERO;
    for (BigDecimal term : terms) {
      if (term != null) {
        BigDecimal below = term.subtract(max);
        if (below.compareTo(NEGLIGIBLE) > 0) {
          sum = sum.add(BigMath.exp(below), BigMath.MC);
        }
      }
    }
    return max.add(BigMath.log(sum), BigMath.MC);
  }
}
