package org.ugmm.engine.leaf;

import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Real;
import org.ugmm.engine.number.Rounding;

/**
 * A Gaussian over several real variables at once. Immutable, and safe to share between threads.
 *
 * <p>Its parameters in a circuit are the d indices of its variables, the d means, and the lower
 * triangle of the covariance row by row: d (d + 5) / 2 numbers.
 */
public final class MultivariateGaussian {
  /*
   * Rows and columns are scaled by powers of two to variances in [1, 4), which rounds nothing, and
   * factored in pairs of doubles (PairFactor). All that rounding does, the solves included, is as if
   * the covariance S were S' with |S' - S| <= g sqrt(S_ii S_jj) in each entry, g a multiple of 2^-104. With
   * C the correlations, that is a relative change of at most eta = d g / lambda_min(C) in the order of
   * symmetric matrices:
   *
   *   (1 - eta) S <= S' <= (1 + eta) S
   *
   * and so for every principal block and every Schur complement, of which each conditional variance is
   * one. Squares of Mahalanobis distances change by eta, log determinants of k rows by k eta. The
   * conditional mean is where the distance is least: its gradient there changes by at most sqrt(P_jj) eta
   * sqrt(q), P the precision and q the squared distance of what is given, and so the mean by s eta
   * sqrt(q), s the conditional scale. The trace of the inverse of C bounds 1 / lambda_min(C); it is
   * computed in doubles, good to a factor of 2 while the conditions admitted here hold.
   */

  /** The most variables: factoring costs their third power. */
  public static final int MAX_DIMENSION = 1024;

  /** A covariance of which rounding may change more than this is as good as singular. */
  private static final double LARGEST_ETA = 0x1p-30;

  /** Numbers in the factors that are kept for patterns of what is given, or so many factors. */
  private static final int MAX_KEPT = 1 << 18;

  private static final int LEAST_KEPT = 4;

  private final int size;
  private final int[] variable;
  private final double[] mean;

  /** [size (size + 1) / 2] lower triangle, row by row. */
  private final double[] covariance;

  /** [size] about the binary log of each scale. */
  private final int[] exponent;

  /** Bound on the relative change of the covariance that accounts for all rounding. */
  private final double eta;

  private final ConcurrentHashMap<Order, PairFactor> factors = new ConcurrentHashMap<>();

  /** An order of the coordinates. */
  private record Order(int[] coordinates) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Order order && Arrays.equals(coordinates, order.coordinates);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(coordinates);
    }
  }

  private MultivariateGaussian(int[] variable, double[] mean, double[] covariance) {
    size = variable.length;
    this.variable = variable;
    this.mean = mean;
    this.covariance = covariance;
    exponent = new int[size];
    int[] identity = new int[size];
    for (int i = 0; i < size; i++) {
      exponent[i] = Math.floorDiv(Math.getExponent(covariance(i, i)), 2);
      identity[i] = i;
    }
    PairFactor whole = PairFactor.of(size, scaled(identity));
    eta = whole == null ? Double.POSITIVE_INFINITY : eta(whole);
    if (whole != null) {
      factors.put(new Order(identity), whole);
    }
  }

  /**
   * A block by the parameters of a node, in which the other {@link #problem(List, double[], int,
   * int)} found none.
   *
   * @param parameter (Input, copied)
   */
  public static MultivariateGaussian of(double[] parameter, int from, int to) {
    int size = dimension(to - from);
    int[] variable = new int[size];
    for (int i = 0; i < size; i++) {
      variable[i] = (int) parameter[from + i];
    }
    return new MultivariateGaussian(
        variable,
        Arrays.copyOfRange(parameter, from + size, from + 2 * size),
        Arrays.copyOfRange(parameter, from + 2 * size, to));
  }

  /** Number of variables of a node with so many parameters; -1 where none has so many. */
  public static int dimension(int numParameters) {
    long root = (long) Math.sqrt(25 + 8.0 * numParameters);
    long d = (root - 5) / 2;
    return d >= 1 && d * (d + 5) / 2 == numParameters ? (int) d : -1;
  }

  /** Number of parameters of a node over so many variables. */
  public static int numParameters(int dimension) {
    return dimension * (dimension + 5) / 2;
  }

  /**
   * The parameters of a node.
   *
   * @param covariance [d][d], of which the lower triangle is read
   */
  public static double[] parameters(int[] variables, double[] mean, double[][] covariance) {
    int d = variables.length;
    double[] parameter = new double[numParameters(d)];
    int at = 2 * d;
    for (int i = 0; i < d; i++) {
      parameter[i] = variables[i];
      parameter[d + i] = mean[i];
      for (int j = 0; j <= i; j++) {
        parameter[at++] = covariance[i][j];
      }
    }
    return parameter;
  }

  /**
   * What is wrong with a mean and a covariance given as a square, as {@code found; expected what};
   * null where {@link #parameters} can be made of them.
   */
  public static @Nullable String shapeProblem(
      int[] variables, double[] mean, double[][] covariance) {
    int d = variables.length;
    if (d < 1 || d > MAX_DIMENSION) {
      return "%d variables; expected 1 .. %d".formatted(d, MAX_DIMENSION);
    }
    if (mean.length != d || covariance.length != d) {
      return "%d means and %d rows of the covariance for %d variables; expected as many of each"
          .formatted(mean.length, covariance.length, d);
    }
    for (int i = 0; i < d; i++) {
      if (covariance[i].length != d) {
        return "row %d of the covariance has %d numbers; expected %d"
            .formatted(i, covariance[i].length, d);
      }
    }
    for (int i = 0; i < d; i++) {
      for (int j = 0; j < i; j++) {
        if (covariance[i][j] != covariance[j][i]) {
          return "covariance[%d][%d] is %s and covariance[%d][%d] is %s; expected a symmetric matrix"
              .formatted(i, j, covariance[i][j], j, i, covariance[j][i]);
        }
      }
    }
    return null;
  }

  /**
   * What is wrong with the parameters of a node, but for what {@link #problem()} finds in the
   * block; null for nothing.
   */
  public static @Nullable String problem(List<Variable> variables, double[] p, int from, int to) {
    int d = dimension(to - from);
    if (d < 0 || d > MAX_DIMENSION) {
      return "%d parameters; expected those of 1 .. %d variables"
          .formatted(to - from, MAX_DIMENSION);
    }
    boolean[] seen = new boolean[variables.size()];
    for (int i = 0; i < d; i++) {
      double index = p[from + i];
      if (!(index >= 0 && index < variables.size() && index == Math.rint(index))) {
        return "variable %s; expected 0 .. %d".formatted(index, variables.size() - 1);
      }
      Variable of = variables.get((int) index);
      if (!(of instanceof Real real) || real.isCount()) {
        return "a leaf for real numbers on '%s', which is %s; expected real variables"
            .formatted(of.name(), of instanceof Real ? "a count" : "categorical");
      }
      if (real.lo() > Double.NEGATIVE_INFINITY || real.hi() < Double.POSITIVE_INFINITY) {
        return "variable '%s' has the domain [%s, %s]; expected none, as a Gaussian over several variables has no closed form on a box; take the domain off"
            .formatted(of.name(), real.lo(), real.hi());
      }
      if (seen[(int) index]) {
        return "variable '%s' twice; expected each once".formatted(of.name());
      }
      seen[(int) index] = true;
    }
    for (int i = from + d; i < to; i++) {
      if (!Double.isFinite(p[i])) {
        return "number %s; expected a finite number".formatted(p[i]);
      }
    }
    for (int i = 0; i < d; i++) {
      double variance = p[from + 2 * d + i * (i + 1) / 2 + i];
      if (!(variance >= Double.MIN_NORMAL)) {
        return "variance %s of '%s'; expected a positive number, at least %s"
            .formatted(variance, variables.get((int) p[from + i]).name(), Double.MIN_NORMAL);
      }
    }
    return null;
  }

  /** What is wrong with the covariance; null for nothing. */
  public @Nullable String problem() {
    return eta <= LARGEST_ETA
        ? null
        : "a covariance that is not positive definite, or so near to singular that double"
            + " precision cannot tell; expected a positive definite one; add a little to its"
            + " diagonal";
  }

  private static double eta(PairFactor factor) {
    int d = factor.size;
    double[][] inverse = factor.inverse(0);
    double trace = 0;
    for (int j = 0; j < d; j++) {
      double square = 0;
      for (int i = j; i < d; i++) {
        square += inverse[i][j] * inverse[i][j];
      }
      double variance = factor.gram(j, j, 0).value();
      trace += square * variance;
    }
    double bound = 8 * d * PairFactor.error(d) * trace;
    return Double.isNaN(bound) ? Double.POSITIVE_INFINITY : bound;
  }

  /** Number of variables. */
  public int size() {
    return size;
  }

  /** The variable of a coordinate. */
  public int variable(int coordinate) {
    return variable[coordinate];
  }

  /** The coordinate of a variable, -1 for none. */
  public int coordinate(int ofVariable) {
    for (int i = 0; i < size; i++) {
      if (variable[i] == ofVariable) {
        return i;
      }
    }
    return -1;
  }

  /** The mean of a coordinate. */
  public double mean(int coordinate) {
    return mean[coordinate];
  }

  /** The covariance of two coordinates. */
  public double covariance(int i, int j) {
    return covariance[i >= j ? i * (i + 1) / 2 + j : j * (j + 1) / 2 + i];
  }

  int exponent(int coordinate) {
    return exponent[coordinate];
  }

  double eta() {
    return eta;
  }

  /** Half of {@link #eta} in units of 2^-53: what a log scale may be wrong by. */
  double etaUnits() {
    return 0.51 * eta / Rounding.U;
  }

  private double[] scaled(int[] order) {
    double[] lower = new double[covariance.length];
    int at = 0;
    for (int i = 0; i < order.length; i++) {
      for (int j = 0; j <= i; j++) {
        lower[at++] =
            Math.scalb(covariance(order[i], order[j]), -exponent[order[i]] - exponent[order[j]]);
      }
    }
    return lower;
  }

  /** The factor of the scaled covariance with its rows in an order. */
  PairFactor factor(int[] order) {
    Order key = new Order(order);
    PairFactor known = factors.get(key);
    if (known == null) {
      known = PairFactor.of(size, scaled(order));
      if (known == null) {
        throw new AssertionError("no factor of a positive definite matrix");
      }
      int most = Math.max(LEAST_KEPT, MAX_KEPT / covariance.length);
      Iterator<Order> kept = factors.keySet().iterator();
      if (factors.size() >= most && kept.hasNext()) {
        kept.next();
        kept.remove(); // any: patterns come in no order that would tell which is wanted next
      }
      factors.put(key, known);
    }
    return known;
  }
}
