package org.ugmm.engine.leaf;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Variable.Real;
import org.ugmm.engine.number.GaussianMass;
import org.ugmm.engine.number.LogScaleMass;
import org.ugmm.engine.number.LogValue;
import org.ugmm.engine.number.PoissonTerm;
import org.ugmm.engine.number.Rounding;

/**
 * A leaf on a real variable or a count: the density or probability of a value and the mass of an
 * interval as natural logs, each with a proven bound on its rounding. Zero outside the domain of
 * the variable. Immutable.
 */
public final class UnivariateLeaf {
  /** How much the rounding of a mode, the exponential of a difference at worst, may be. */
  private static final double UNSURE = 0x1p-40;

  private final NodeKind kind;
  private final Real variable;

  /** As the circuit has them. */
  private final double[] p;

  /** Of histograms and uniform leaves, else null. */
  private final @Nullable Bins bins;

  private UnivariateLeaf(NodeKind kind, Real variable, double[] parameter) {
    this.kind = kind;
    this.variable = variable;
    p = parameter;
    bins =
        switch (kind) {
          case HISTOGRAM -> Bins.histogram(parameter, variable.isCount());
          case UNIFORM -> Bins.uniform(parameter[0], parameter[1]);
          case BASE -> Bins.base(variable.lo(), variable.hi());
          default -> null;
        };
  }

  /**
   * A leaf; also a Gaussian or a base measure.
   *
   * @param parameter (Input, copied) as {@link NodeKind} says, from {@code from} to before {@code
   *     to}
   */
  public static UnivariateLeaf of(
      NodeKind kind, Real variable, double[] parameter, int from, int to) {
    return new UnivariateLeaf(kind, variable, Arrays.copyOfRange(parameter, from, to));
  }

  /** What is wrong with a leaf of one of the families, null for nothing. */
  public static @Nullable String problem(NodeKind kind, Real variable, double... p) {
    boolean countOnly = kind == NodeKind.POISSON;
    if (variable.isCount() ? !countOnly && kind != NodeKind.HISTOGRAM : countOnly) {
      return "a leaf on '%s', which is %s; expected %s"
          .formatted(
              variable.name(),
              variable.isCount() ? "a count" : "real",
              variable.isCount()
                  ? "a Poisson leaf or a histogram"
                  : "another leaf than a Poisson one");
    }
    int number = kind == NodeKind.POISSON || kind == NodeKind.EXPONENTIAL ? 1 : 2;
    if (kind != NodeKind.HISTOGRAM && p.length != number) {
      return "%d parameters; expected %d".formatted(p.length, number);
    }
    return switch (kind) {
      case HISTOGRAM -> Bins.problem(p, variable.isCount());
      case UNIFORM ->
          p[0] < p[1] ? null : "lo %s and hi %s; expected lo < hi".formatted(p[0], p[1]);
      case POISSON, EXPONENTIAL -> positive("rate", p[0]);
      case GAMMA -> p[0] > 0 ? positive("rate", p[1]) : positive("shape", p[0]);
      case LOG_NORMAL -> positive("scale", p[1]);
      default -> throw new AssertionError(kind);
    };
  }

  private static @Nullable String positive(String what, double value) {
    return value > 0 ? null : "%s %s; expected a positive number".formatted(what, value);
  }

  /** The family. */
  public NodeKind kind() {
    return kind;
  }

  /** The variable. */
  public Real variable() {
    return variable;
  }

  /** Number of parameters. */
  public int numParameters() {
    return p.length;
  }

  /** The i-th parameter. */
  public double parameter(int i) {
    return p[i];
  }

  /** The bins of a histogram or uniform leaf. */
  Bins bins() {
    if (bins == null) {
      throw new AssertionError(kind);
    }
    return bins;
  }

  /** Whether the leaf has bins. */
  boolean hasBins() {
    return bins != null;
  }

  /** The least number of the domain at which the family is not zero everywhere around. */
  public double least() {
    double support =
        switch (kind) {
          case GAUSSIAN -> Double.NEGATIVE_INFINITY;
          case HISTOGRAM, UNIFORM, BASE -> bins().lo();
          default -> 0;
        };
    return variable.least(support);
  }

  /** The greatest such number. */
  public double greatest() {
    return variable.greatest(bins == null ? Double.POSITIVE_INFINITY : bins.hi());
  }

  /** The log of the density, or of the probability of a count. */
  public LogValue logDensity(double x) {
    if (!variable.contains(x)) {
      return LogValue.ZERO;
    }
    return switch (kind) {
      case GAUSSIAN -> gaussian(x);
      case HISTOGRAM, UNIFORM, BASE -> bins().logDensity(x);
      case POISSON -> x == Math.rint(x) ? PoissonTerm.log(x, p[0]) : LogValue.ZERO;
      case EXPONENTIAL -> exponential(x);
      case GAMMA -> x > 0 ? gamma(x) : x == 0 && p[0] == 1 ? gammaAtZero() : LogValue.ZERO;
      case LOG_NORMAL -> x > 0 ? logNormal(x) : LogValue.ZERO;
      default -> throw new AssertionError(kind);
    };
  }

  private LogValue gaussian(double x) {
    double z = GaussianMass.standardised(x, p[0], p[1]);
    double square = 0.5 * z * z;
    double peak = -StrictMath.log(p[1]) - GaussianMass.LOG_SQRT_2PI;
    return LogValue.of(peak - square, 6 * square + 4 * Math.abs(peak) + 3);
  }

  private LogValue exponential(double x) {
    if (x < 0) {
      return LogValue.ZERO;
    }
    double logRate = StrictMath.log(p[0]);
    double fall = p[0] * x;
    double log = logRate - fall;
    return LogValue.of(log, 2 * Math.abs(logRate) + fall + Math.abs(log) + 1);
  }

  /** With the term y^a exp(-y) / Gamma(a + 1), y = rate x, the density is that times a / x. */
  private LogValue gamma(double x) {
    double y = p[1] * x;
    if (!(y >= Double.MIN_NORMAL)) {
      return tinyGamma(x);
    }
    LogValue term = PoissonTerm.log(p[0], y);
    double logShape = StrictMath.log(p[0]);
    double logX = StrictMath.log(x);
    double log = term.log() + logShape - logX;
    double sizes = Math.abs(logShape) + Math.abs(logX);
    return LogValue.of(
        log,
        term.units()
            + 1.01 * Math.abs(y - p[0])
            + 3 * sizes
            + 2 * Math.abs(term.log())
            + Math.abs(log));
  }

  /** A gamma leaf of shape 1 is exponential. */
  private LogValue gammaAtZero() {
    double logRate = StrictMath.log(p[1]);
    return LogValue.of(logRate, 2 * Math.abs(logRate));
  }

  /** The same where y is no normal number: exp(-y) is 1 then. */
  private LogValue tinyGamma(double x) {
    double shape = p[0];
    // exp(-1) / Gamma(shape + 1)
    LogValue atOne = PoissonTerm.log(shape, 1);
    double logX = StrictMath.log(x);
    double logRate = StrictMath.log(p[1]);
    double power = shape * (logX + logRate);
    double logShape = StrictMath.log(shape);
    double log = power + (atOne.log() + 1) + logShape - logX;
    double units =
        atOne.units()
            + 4 * shape * (Math.abs(logX) + Math.abs(logRate))
            + 4 * (Math.abs(power) + Math.abs(atOne.log()) + 2 + Math.abs(logShape))
            + 4 * Math.abs(logX)
            + Math.abs(log);
    return LogValue.of(log, units);
  }

  private LogValue logNormal(double x) {
    double t = StrictMath.log(x);
    double d = t - p[0];
    double z = d / p[1];
    double square = 0.5 * z * z;
    double logScale = StrictMath.log(p[1]);
    double log = -square - t - (logScale + GaussianMass.LOG_SQRT_2PI);
    double ofZ = (2 * Math.abs(t) + Math.abs(d)) / p[1] + 2 * Math.abs(z);
    double units =
        Math.abs(z) * ofZ
            + Rounding.U * ofZ * ofZ
            + 2 * square
            + 4 * Math.abs(t)
            + 4 * Math.abs(logScale)
            + Math.abs(square + t)
            + Math.abs(log)
            + 3;
    return LogValue.of(log, units);
  }

  /**
   * The log of the mass of {@code [lo, hi]}, cut to the domain; ends may be infinite. An interval
   * without length has the mass 0, except of a count.
   */
  public LogValue logMass(double lo, double hi) {
    double from = variable.least(lo);
    double to = variable.greatest(hi);
    if (variable.isCount() ? !(from <= to) : !(from < to)) {
      return LogValue.ZERO;
    }
    if (bins != null) {
      return bins.logMass(from, to);
    }
    if (kind == NodeKind.GAUSSIAN) {
      if (from == Double.NEGATIVE_INFINITY && to == Double.POSITIVE_INFINITY) {
        return LogValue.ONE;
      }
      double log = GaussianMass.logMass(from, to, p[0], p[1]);
      return new LogValue(log, GaussianMass.logMassErrorUnits(from, to, p[0], p[1], log));
    }
    from = Math.max(0, from);
    if (from == 0 && to == Double.POSITIVE_INFINITY) {
      return LogValue.ONE;
    }
    if (variable.isCount()) {
      return new PoissonSum(p[0], from, to).logMass();
    }
    if (!(from < to)) {
      return LogValue.ZERO;
    }
    return kind == NodeKind.EXPONENTIAL ? exponentialMass(from, to) : logScaleMass(from, to);
  }

  private LogValue exponentialMass(double from, double to) {
    double fall = p[0] * from;
    if (to == Double.POSITIVE_INFINITY) {
      return LogValue.of(-fall, fall);
    }
    double width = p[0] * (to - from);
    double log = StrictMath.log(-StrictMath.expm1(-width));
    return LogValue.of(log - fall, 2 * fall + 2 * Math.abs(log) + Math.abs(log - fall) + 6);
  }

  private LogValue logScaleMass(double from, double to) {
    LogScaleMass cut = cut(from, to);
    LogValue integral = cut.logMass();
    LogValue density = logDensity(cut.anchor());
    double logX = StrictMath.log(cut.anchor());
    double log = density.log() + logX + integral.log();
    return LogValue.of(
        log,
        density.units()
            + integral.units()
            + 3 * Math.abs(logX)
            + Math.abs(density.log())
            + Math.abs(log));
  }

  /** The integrals of a gamma or log-normal leaf over an interval of positive numbers. */
  LogScaleMass cut(double from, double to) {
    return kind == NodeKind.LOG_NORMAL
        ? LogScaleMass.logNormal(p[0], p[1], from, to)
        : LogScaleMass.gamma(kind == NodeKind.GAMMA ? p[0] : 1, p[p.length - 1], from, to);
  }

  /**
   * A value of {@code [lo, hi]} at which the density is greatest, as near as a double comes; NaN
   * where the interval holds no value of the domain.
   */
  public double mode(double lo, double hi) {
    double from = variable.least(lo);
    double to = variable.greatest(hi);
    if (!(from <= to)) {
      return Double.NaN;
    }
    if (bins != null) {
      return bins.mode(from, to);
    }
    return Math.min(to, Math.max(from, peak()));
  }

  private double peak() {
    return switch (kind) {
      case GAUSSIAN -> p[0];
      case POISSON -> Math.floor(p[0]);
      case EXPONENTIAL -> 0;
      case GAMMA -> p[0] > 1 ? (p[0] - 1) / p[1] : 0;
      case LOG_NORMAL -> StrictMath.exp(p[0] - p[1] * p[1]);
      default -> throw new AssertionError(kind);
    };
  }

  /** The derivative of the log of the density where that is not zero; 0 of bins and of counts. */
  public double slope(double x) {
    return switch (kind) {
      case GAUSSIAN -> -GaussianMass.standardised(x, p[0], p[1]) / p[1];
      case EXPONENTIAL -> -p[0];
      case GAMMA -> (p[0] - 1) / x - p[1];
      case LOG_NORMAL -> -(1 + (StrictMath.log(x) - p[0]) / p[1] / p[1]) / x;
      default -> 0;
    };
  }

  /**
   * Whether the log of the density has finite derivatives over an interval of a real variable:
   * {@code [lo, hi]}, or what is below hi where there is a break.
   */
  public boolean isSmooth(double lo, double hi) {
    return switch (kind) {
      case GAUSSIAN -> true;
      case HISTOGRAM, UNIFORM, BASE -> bins().isOne(lo, hi);
      case EXPONENTIAL -> lo >= 0 || hi < 0;
      default -> lo > 0 || hi < 0;
    };
  }

  /** A break between two numbers, the one nearest to their middle; NaN where there is none. */
  public double breakWithin(double lo, double hi) {
    return bins == null ? Double.NaN : bins.breakWithin(lo, hi);
  }

  /**
   * Bounds, but for rounding, of the first derivative of the log of the density over an interval
   * where it {@link #isSmooth}: the lower one, or the upper one.
   */
  public double slope(double lo, double hi, boolean isUpper) {
    switch (kind) {
      case GAMMA -> {
        return slope((p[0] >= 1) == isUpper ? lo : hi);
      }
      case LOG_NORMAL -> {
        // -n(x) / x with n growing in x
        double atLo = 1 + (StrictMath.log(lo) - p[0]) / p[1] / p[1];
        double atHi = 1 + (StrictMath.log(hi) - p[0]) / p[1] / p[1];
        return isUpper ? -atLo / (atLo > 0 ? hi : lo) : -atHi / (atHi > 0 ? lo : hi);
      }
      default -> {
        return slope(isUpper ? lo : hi); // Gaussian; or constant
      }
    }
  }

  /** Size of what {@link #slope} is the sum of, at the least point of an interval. */
  public double slopeSize(double x) {
    return switch (kind) {
      case GAUSSIAN -> Math.abs(slope(x)) + 1 / p[1];
      case EXPONENTIAL -> p[0];
      case GAMMA -> (p[0] + 1) / x + p[1];
      case LOG_NORMAL ->
          (1 + (Math.abs(StrictMath.log(x)) + Math.abs(p[0]) + 1) / p[1] / p[1]) / x * 4;
      default -> 0;
    };
  }

  /** The same of the second derivative. */
  public double bend(double lo, double hi, boolean isUpper) {
    switch (kind) {
      case GAUSSIAN -> {
        return -1 / p[1] / p[1];
      }
      case GAMMA -> {
        double x = (p[0] >= 1) == isUpper ? hi : lo;
        return -(p[0] - 1) / x / x;
      }
      case LOG_NORMAL -> {
        // (n(x) - 1 / scale^2) / x^2
        double t = StrictMath.log(isUpper ? hi : lo) - p[0];
        double n = 1 + (t - 1) / p[1] / p[1];
        double x = (n > 0) == isUpper ? lo : hi;
        return n / x / x;
      }
      default -> {
        return 0;
      }
    }
  }

  /** Up to here the density does not fall. */
  public double risesUntil() {
    return bins != null ? bins.lo() : variable.isCount() ? peak() : peak() * (1 - UNSURE);
  }

  /** From here on the density does not rise. */
  public double fallsFrom() {
    return bins != null ? bins.hi() : variable.isCount() ? peak() : peak() * (1 + UNSURE);
  }

  /** An upper bound on the log of the density over {@code [lo, hi]}; may be infinite. */
  public double upper(double lo, double hi) {
    double mode = mode(lo, hi);
    if (Double.isNaN(mode)) {
      return Double.NEGATIVE_INFINITY;
    }
    if (kind == NodeKind.GAMMA && p[0] < 1 && mode <= 0 && variable.greatest(hi) > 0) {
      return Double.POSITIVE_INFINITY; // it grows towards 0 without limit
    }
    LogValue value = logDensity(mode);
    // the density at the mode as computed is that at the mode, but for the square of its rounding
    return value.isZero() ? value.log() : value.upper() + 4 * Rounding.U * (1 + value.units());
  }

  /** A lower bound on the log of the density over {@code [lo, hi]}. */
  public double lower(double lo, double hi) {
    if (bins != null) {
      return bins.lower(lo, hi);
    }
    return variable.contains(lo) && variable.contains(hi)
        ? Math.min(logDensity(lo).lower(), logDensity(hi).lower())
        : Double.NEGATIVE_INFINITY;
  }
}
