package org.ugmm.engine;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.Variable;
import org.ugmm.testdata.BigMath;

/**
 * A random mixture of products of Gaussians over several variables, Gaussians over one and a
 * categorical leaf, and its marginals and moments in arithmetic of 70 digits: by elimination on the
 * whole covariance of each term.
 */
final class BlockModel {
  static final int CLASS = 0;

  /** A term: its mean and whole covariance, zero between blocks. */
  private record Term(double weight, double[] mean, double[][] covariance, double[] states) {}

  /** What an elimination gives. */
  record Given(BigDecimal log, BigDecimal mean, BigDecimal variance) {}

  final int numReals;
  final Circuit circuit;
  final boolean isDeterministic;
  private final List<Term> terms = new ArrayList<>();

  /**
   * A model.
   *
   * @param scale of the variables
   * @param singular how near to singular covariances are: 1 for not at all, 1e-12 for nearly
   */
  BlockModel(int seed, double scale, double singular, boolean isDeterministic) {
    Random random = new Random(seed);
    this.isDeterministic = isDeterministic;
    numReals = 1 + random.nextInt(5);
    int numStates = 3;
    List<Variable> variables = new ArrayList<>();
    variables.add(Variable.categorical("c", "a", "b", "d"));
    for (int v = 0; v < numReals; v++) {
      variables.add(Variable.real("x" + v));
    }
    CircuitBuilder builder = Circuit.builder(variables);
    int numTerms = isDeterministic ? numStates : 1 + random.nextInt(4);
    int[] children = new int[numTerms];
    double[] weights = new double[numTerms];
    for (int t = 0; t < numTerms; t++) {
      double[] mean = new double[numReals];
      double[][] covariance = new double[numReals][numReals];
      List<Integer> factors = new ArrayList<>();
      List<Integer> left = new ArrayList<>();
      for (int v = 0; v < numReals; v++) {
        left.add(v);
      }
      Collections.shuffle(left, random);
      while (!left.isEmpty()) {
        int size = 1 + random.nextInt(left.size());
        int[] chosen = left.subList(0, size).stream().mapToInt(Integer::intValue).toArray();
        left.subList(0, size).clear();
        factors.add(leaf(builder, random, chosen, mean, covariance, scale, singular));
      }
      double[] states = new double[numStates];
      for (int s = 0; s < numStates; s++) {
        states[s] = isDeterministic ? (s == t ? 1 : 0) : (1 + random.nextInt(7)) / 8.0;
      }
      factors.add(builder.categoricalLinear(CLASS, states));
      children[t] = builder.product(factors.stream().mapToInt(Integer::intValue).toArray());
      weights[t] = (1 + random.nextInt(15)) / 16.0;
      terms.add(new Term(weights[t], mean, covariance, states));
    }
    circuit = builder.build(builder.sumLinear(children, weights));
  }

  private static int leaf(
      CircuitBuilder builder,
      Random random,
      int[] chosen,
      double[] mean,
      double[][] covariance,
      double scale,
      double singular) {
    int d = chosen.length;
    for (int v : chosen) {
      mean[v] = random.nextGaussian() * scale;
    }
    if (d == 1 && random.nextBoolean()) {
      double s = scale * (0.3 + random.nextDouble());
      s = Math.scalb(Math.rint(Math.scalb(s, 20 - Math.getExponent(s))), Math.getExponent(s) - 20);
      covariance[chosen[0]][chosen[0]] = s * s; // which is exact
      if (new BigDecimal(s).multiply(new BigDecimal(s)).compareTo(new BigDecimal(s * s)) == 0) {
        return builder.gaussian(1 + chosen[0], mean[chosen[0]], s);
      }
    }
    double[][] a = new double[d][d];
    for (int i = 0; i < d; i++) {
      for (int j = 0; j < d; j++) {
        a[i][j] = j > i ? 0 : random.nextGaussian();
      }
      a[i][i] = (i > 0 && i == d - 1 ? Math.sqrt(singular) : 1) * (0.5 + random.nextDouble());
    }
    double[][] block = new double[d][d];
    double[] own = new double[d];
    for (int i = 0; i < d; i++) {
      own[i] = mean[chosen[i]];
      for (int j = 0; j < d; j++) {
        for (int k = 0; k < d; k++) {
          block[i][j] += a[i][k] * scale * (a[j][k] * scale);
        }
      }
    }
    for (int i = 0; i < d; i++) {
      for (int j = 0; j < d; j++) {
        block[i][j] = i >= j ? block[i][j] : block[j][i];
        covariance[chosen[i]][chosen[j]] = block[i][j];
      }
    }
    int[] variables = new int[d];
    for (int i = 0; i < d; i++) {
      variables[i] = 1 + chosen[i];
    }
    return builder.gaussianBlock(variables, own, block);
  }

  int numTerms() {
    return terms.size();
  }

  double mean(int term, int variable) {
    return terms.get(term).mean[variable - 1];
  }

  /**
   * What values of some variables are to a term: their log-density with the weight and the state,
   * and the mean and variance of another variable given them.
   *
   * @param row [variables] NaN for unobserved
   * @param state of the class, -1 for unobserved
   * @param asked a variable without a value, -1 for none
   */
  @Nullable Given of(int term, double[] row, int state, int asked) {
    Term t = terms.get(term);
    double mass = 0;
    for (int s = 0; s < t.states.length; s++) {
      mass += state < 0 || s == state ? t.states[s] : 0;
    }
    if (mass == 0) {
      return null;
    }
    List<Integer> order = new ArrayList<>();
    for (int v = 0; v < numReals; v++) {
      if (!Double.isNaN(row[1 + v])) {
        order.add(v);
      }
    }
    int numPoints = order.size();
    if (asked > 0) {
      order.add(asked - 1);
    }
    int n = order.size();
    BigDecimal[][] a = new BigDecimal[n][n];
    BigDecimal[] r = new BigDecimal[n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        a[i][j] = new BigDecimal(t.covariance[order.get(i)][order.get(j)]);
      }
      r[i] =
          i < numPoints
              ? new BigDecimal(row[1 + order.get(i)]).subtract(new BigDecimal(t.mean[order.get(i)]))
              : BigDecimal.ZERO;
    }
    BigDecimal log = BigMath.log(new BigDecimal(t.weight).multiply(new BigDecimal(mass)));
    BigDecimal half = new BigDecimal("0.5");
    for (int k = 0; k < numPoints; k++) {
      log =
          log.subtract(r[k].multiply(r[k]).divide(a[k][k], BigMath.MC).multiply(half))
              .subtract(BigMath.log(a[k][k]).multiply(half))
              .subtract(BigMath.HALF_LOG_TWO_PI);
      for (int i = k + 1; i < n; i++) {
        BigDecimal factor = a[i][k].divide(a[k][k], BigMath.MC);
        r[i] = r[i].subtract(factor.multiply(r[k], BigMath.MC));
        for (int j = k + 1; j < n; j++) {
          a[i][j] = a[i][j].subtract(factor.multiply(a[k][j], BigMath.MC), BigMath.MC);
        }
      }
    }
    return asked < 0
        ? new Given(log, BigDecimal.ZERO, BigDecimal.ZERO)
        : new Given(
            log, new BigDecimal(t.mean[asked - 1]).subtract(r[numPoints]), a[numPoints][numPoints]);
  }

  /** The log of the sum of the terms, null for zero. */
  @Nullable BigDecimal log(double[] row, int state) {
    BigDecimal max = null;
    List<BigDecimal> logs = new ArrayList<>();
    for (int t = 0; t < terms.size(); t++) {
      Given given = of(t, row, state, -1);
      if (given != null) {
        logs.add(given.log);
        max = max == null ? given.log : max.max(given.log);
      }
    }
    if (max == null) {
      return null;
    }
    BigDecimal sum = BigDecimal.ZERO;
    for (BigDecimal log : logs) {
      sum = sum.add(exp(log.subtract(max)));
    }
    return max.add(BigMath.log(sum));
  }

  /** The integral of the circuit. */
  BigDecimal logZ() {
    double[] nothing = new double[1 + numReals];
    Arrays.fill(nothing, Double.NaN);
    BigDecimal log = log(nothing, -1);
    if (log == null) {
      throw new AssertionError();
    }
    return log;
  }

  static BigDecimal exp(BigDecimal x) {
    return x.compareTo(new BigDecimal(-5000)) < 0 ? BigDecimal.ZERO : BigMath.exp(x);
  }

  /** A row: values near a term, each missing by a chance, moved out by some scales. */
  double[] row(Random random, double scale, double missing, double far) {
    double[] row = new double[1 + numReals];
    int near = random.nextInt(terms.size());
    row[CLASS] = Double.NaN;
    for (int v = 0; v < numReals; v++) {
      row[1 + v] =
          random.nextDouble() < missing
              ? Double.NaN
              : terms.get(near).mean[v] + far * scale * random.nextGaussian();
    }
    return row;
  }
}
