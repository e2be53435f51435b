package org.ugmm.tool.check;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.commons.numbers.gamma.Erfc;
import org.apache.commons.numbers.gamma.RegularizedGamma;
import org.ugmm.engine.data.Variable.Categorical;

/**
 * How a second table differs from the first.
 *
 * @param columns a test of each column that both have values of
 * @param means difference of the mean log-densities of the rows, second less first
 * @param tails test of the tail probabilities of the rows
 */
public record Drift(List<Test> columns, Test means, Test tails) {
  /**
   * One test.
   *
   * @param name what was compared
   * @param method the test
   * @param statistic its number: the largest distance of two distribution functions, chi-square, z
   * @param p the probability of as large a number without drift; NaN where there is too little data
   * @param firstMissing share of cells that the first table lacks
   * @param secondMissing share of cells that the second lacks
   */
  public record Test(
      String name,
      String method,
      double statistic,
      double p,
      double firstMissing,
      double secondMissing) {}

  /** Compares two tables. */
  public static Drift between(Findings first, Findings second) {
    List<Test> tests = new ArrayList<>();
    for (int v = 0; v < first.numVariables(); v++) {
      double[] a = values(first, v);
      double[] b = values(second, v);
      if (a.length == 0 || b.length == 0) {
        continue;
      }
      String name = first.variable(v).name();
      double aMissing = 1 - (double) a.length / first.numRows();
      double bMissing = 1 - (double) b.length / second.numRows();
      tests.add(
          first.variable(v) instanceof Categorical states
              ? chiSquare(name, a, b, states.numStates(), aMissing, bMissing)
              : kolmogorovSmirnov(name, a, b, aMissing, bMissing));
    }
    return new Drift(
        tests,
        means(logs(first), logs(second)),
        kolmogorovSmirnov("tail probabilities of rows", tails(first), tails(second), 0, 0));
  }

  private static double[] values(Findings table, int v) {
    return IntStream.range(0, table.numRows())
        .mapToDouble(r -> table.value(r, v))
        .filter(x -> !Double.isNaN(x))
        .toArray();
  }

  private static double[] logs(Findings table) {
    return IntStream.range(0, table.numRows())
        .mapToDouble(table::log)
        .filter(Double::isFinite)
        .toArray();
  }

  private static double[] tails(Findings table) {
    return IntStream.range(0, table.numRows())
        .mapToDouble(table::tail)
        .filter(x -> !Double.isNaN(x))
        .toArray();
  }

  /** The two-sample test; p by the limit of large samples, with Stephens' correction. */
  static Test kolmogorovSmirnov(
      String name, double[] a, double[] b, double firstMissing, double secondMissing) {
    double[] x = a.clone();
    double[] y = b.clone();
    Arrays.sort(x);
    Arrays.sort(y);
    double most = 0;
    int i = 0;
    int j = 0;
    while (i < x.length && j < y.length) {
      double at = Math.min(x[i], y[j]);
      while (i < x.length && x[i] == at) {
        i++;
      }
      while (j < y.length && y[j] == at) {
        j++;
      }
      most = Math.max(most, Math.abs((double) i / x.length - (double) j / y.length));
    }
    double n = Math.sqrt((double) x.length * y.length / (x.length + y.length));
    double lambda = (n + 0.12 + 0.11 / n) * most;
    double p = x.length == 0 || y.length == 0 ? Double.NaN : kolmogorov(lambda);
    return new Test(name, "Kolmogorov-Smirnov", most, p, firstMissing, secondMissing);
  }

  /** The limit of the probability of a distance above lambda: 2 SUM (-1)^(k-1) exp(-2 k^2 l^2). */
  private static double kolmogorov(double lambda) {
    if (lambda < 0.2) {
      return 1; // the series converges slowly, and 1 less 1e-12 is the sum
    }
    double sum = 0;
    for (int k = 1; k <= 100; k++) {
      double term = Math.exp(-2 * k * k * lambda * lambda);
      sum += k % 2 == 1 ? term : -term;
    }
    return Math.max(0, Math.min(1, 2 * sum));
  }

  /** The test of homogeneity of two rows of counts; states that neither has do not count. */
  static Test chiSquare(
      String name,
      double[] a,
      double[] b,
      int numStates,
      double firstMissing,
      double secondMissing) {
    double[] ofA = counts(a, numStates);
    double[] ofB = counts(b, numStates);
    double statistic = 0;
    int degrees = -1;
    double total = a.length + b.length;
    for (int s = 0; s < numStates; s++) {
      double both = ofA[s] + ofB[s];
      if (both == 0) {
        continue;
      }
      degrees++;
      double expectedA = both * a.length / total;
      double expectedB = both * b.length / total;
      statistic += (ofA[s] - expectedA) * (ofA[s] - expectedA) / expectedA;
      statistic += (ofB[s] - expectedB) * (ofB[s] - expectedB) / expectedB;
    }
    double p = degrees <= 0 ? 1 : RegularizedGamma.Q.value(0.5 * degrees, 0.5 * statistic);
    return new Test(name, "chi-square", statistic, p, firstMissing, secondMissing);
  }

  private static double[] counts(double[] states, int numStates) {
    double[] count = new double[numStates];
    for (double s : states) {
      count[(int) s]++;
    }
    return count;
  }

  /** The z-test of two means. */
  static Test means(double[] a, double[] b) {
    double difference = mean(b) - mean(a);
    double error = Math.sqrt(variance(a) / a.length + variance(b) / b.length);
    double z = difference / error;
    double p = error > 0 ? Erfc.value(Math.abs(z) / Math.sqrt(2)) : Double.NaN;
    return new Test("mean log-density", "z", error > 0 ? z : Double.NaN, p, 0, 0);
  }

  private static double mean(double[] x) {
    return Arrays.stream(x).average().orElse(Double.NaN);
  }

  private static double variance(double[] x) {
    double mean = mean(x);
    return Arrays.stream(x).map(v -> (v - mean) * (v - mean)).sum() / (x.length - 1);
  }
}
