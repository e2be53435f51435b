package org.ugmm.engine;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.flat.Reach;
import org.ugmm.testdata.BigMath;
import org.ugmm.testdata.ExactOracle;
import org.ugmm.testdata.PlainCircuit;
import org.ugmm.testdata.PlainEvidence;
import org.ugmm.testdata.PlainNode;
import org.ugmm.testdata.PlainVariable;
import org.ugmm.testdata.RandomCircuits;

/**
 * The error bounds of the posteriors of all variables against arithmetic with more than 50 digits.
 * The number of rows with an error is 50, or a tenth of the system property {@code
 * org.ugmm.test.boundQueries}.
 */
class PosteriorErrorsTest {
  private static final int ROWS = Integer.getInteger("org.ugmm.test.boundQueries", 500) / 10;

  /** Stands for the uniform density on the domain. */
  private static final PlainVariable.Prior FLAT = new PlainVariable.Prior(0, Double.MAX_VALUE);

  /** Ratios of bound and error: of the number of a row that is worst for its size. */
  private static final class Ratios {
    final double[] ratio = new double[ROWS + 100];
    int count;

    void add(double bound, double error) {
      if (error > 0 && count < ratio.length) {
        ratio[count++] = bound / error;
      }
    }

    void check(String what) {
      assertTrue(count > 0, what);
      Arrays.sort(ratio, 0, count);
      System.out.printf(
          "posteriors of all variables, %s: %d rows, bound/error median %.1f, least %.2f%n",
          what, count, ratio[count / 2], ratio[0]);
      assertTrue(ratio[count / 2] <= 1_000, what + ": median ratio " + ratio[count / 2]);
    }
  }

  /** What a row has of one kind: the largest error and the largest bound. */
  private static final class Worst {
    double error;
    double bound;

    void add(double found, BigDecimal exact, double bound, String what) {
      double error = new BigDecimal(found).subtract(exact).abs().doubleValue();
      assertTrue(error <= bound, () -> what + ": error " + error + " above bound " + bound);
      this.error = Math.max(this.error, error);
      this.bound = Math.max(this.bound, bound);
    }
  }

  @Test
  void posteriors_everyVariable_neverErrMoreThanTheirBounds() {
    Ratios probabilities = new Ratios();
    Ratios means = new Ratios();
    Ratios variances = new Ratios();
    for (int seed = 0; probabilities.count < ROWS || means.count < ROWS; seed++) {
      PlainCircuit plain = tractable(seed);
      if (readsCodes(plain)) {
        continue;
      }
      Circuit circuit = Plain.circuit(plain);
      int numVariables = circuit.numVariables();
      int numRows = 1 + seed % 4;
      double[] rows = BatchErrorBoundTest.rows(circuit, numRows, 0.6, seed);
      PosteriorEvaluator evaluator = new PosteriorEvaluator(circuit);
      double[] found = new double[numRows * evaluator.numColumns()];
      double[] bound = new double[found.length];
      try {
        evaluator.posteriors(rows, numRows, found, bound);
      } catch (RefusedException e) {
        assertTrue(e.getMessage().contains("rounding may change the posterior of"));
        continue;
      }
      for (int r = 0; r < numRows; r++) {
        double[] row = Arrays.copyOfRange(rows, r * numVariables, (r + 1) * numVariables);
        BigDecimal total = ExactOracle.logValue(plain, PlainEvidence.ofRow(row));
        Worst probability = new Worst();
        Worst mean = new Worst();
        Worst variance = new Worst();
        for (int v = 0; v < numVariables && total != null; v++) {
          if (!Double.isNaN(row[v]) || !occurs(plain, v)) {
            continue;
          }
          int at = r * evaluator.numColumns() + evaluator.column(v);
          String what = "seed " + seed + " row " + r + " variable " + v + " " + plain;
          if (circuit.variables().get(v) instanceof Variable.Categorical categorical) {
            for (int s = 0; s < categorical.numStates(); s++) {
              row[v] = s;
              BigDecimal joint = ExactOracle.logValue(plain, PlainEvidence.ofRow(row));
              BigDecimal p = joint == null ? BigDecimal.ZERO : share(joint, total);
              probability.add(found[at + s], p, bound[at + s], what);
            }
            row[v] = Double.NaN;
          } else {
            BigDecimal[] exact = moments(plain, row, v, total);
            mean.add(found[at], exact[0], bound[at], what + " mean");
            variance.add(found[at + 1], exact[1], bound[at + 1], what + " variance");
          }
        }
        probabilities.add(probability.bound, probability.error);
        means.add(mean.bound, mean.error);
        variances.add(variance.bound, variance.error);
      }
    }
    probabilities.check("probabilities");
    means.check("means");
    variances.check("variances");
  }

  /**
   * Mean and variance of a real variable: a circuit in which the leaf at hand alone keeps its value
   * has the flow of the leaf as its own.
   */
  private static BigDecimal[] moments(PlainCircuit plain, double[] row, int v, BigDecimal total) {
    BigDecimal first = BigDecimal.ZERO;
    BigDecimal second = BigDecimal.ZERO;
    for (int n = 0; n < plain.nodes().size(); n++) {
      PlainVariable.Prior leaf = leaf(plain, n, v);
      if (leaf == null) {
        continue;
      }
      BigDecimal log = ExactOracle.logValue(only(plain, v, n), PlainEvidence.ofRow(row));
      if (log == null) {
        continue;
      }
      BigDecimal flow = share(log, total);
      PlainVariable.Domain domain = ((PlainVariable.Real) plain.variables().get(v)).domain();
      BigDecimal[] own = leaf.equals(FLAT) ? ofUniform(domain) : ofGaussian(leaf, domain);
      first = first.add(flow.multiply(own[0]), BigMath.MC);
      second = second.add(flow.multiply(own[1]), BigMath.MC);
    }
    return new BigDecimal[] {first, second.subtract(first.multiply(first), BigMath.MC)};
  }

  private static BigDecimal[] ofUniform(PlainVariable.Domain domain) {
    BigDecimal lo = new BigDecimal(domain.lo());
    BigDecimal hi = new BigDecimal(domain.hi());
    BigDecimal squares = lo.multiply(lo).add(lo.multiply(hi)).add(hi.multiply(hi));
    return new BigDecimal[] {
      lo.add(hi).divide(BigDecimal.valueOf(2), BigMath.MC),
      squares.divide(BigDecimal.valueOf(3), BigMath.MC)
    };
  }

  /** First and second moment of a Gaussian, cut to the domain where there is one. */
  private static BigDecimal[] ofGaussian(
      PlainVariable.Prior leaf, PlainVariable.@Nullable Domain domain) {
    BigDecimal mean = new BigDecimal(leaf.mean());
    BigDecimal scale = new BigDecimal(leaf.scale());
    BigDecimal first = BigDecimal.ZERO; // of the standardised variable
    BigDecimal second = BigDecimal.ONE;
    if (domain != null) {
      BigDecimal a = new BigDecimal(domain.lo()).subtract(mean).divide(scale, BigMath.MC);
      BigDecimal b = new BigDecimal(domain.hi()).subtract(mean).divide(scale, BigMath.MC);
      BigDecimal mass = Objects.requireNonNull(BigMath.logNormalInterval(a, b));
      BigDecimal atA = BigMath.exp(logDensity(a).subtract(mass));
      BigDecimal atB = BigMath.exp(logDensity(b).subtract(mass));
      first = atA.subtract(atB);
      second = BigDecimal.ONE.add(a.multiply(atA)).subtract(b.multiply(atB));
    }
    BigDecimal cross = mean.multiply(scale).multiply(first).multiply(BigDecimal.valueOf(2));
    return new BigDecimal[] {
      mean.add(scale.multiply(first)),
      scale.multiply(scale).multiply(second).add(cross).add(mean.multiply(mean))
    };
  }

  private static BigDecimal logDensity(BigDecimal z) {
    return z.multiply(z, BigMath.MC)
        .multiply(new BigDecimal("-0.5"))
        .subtract(BigMath.HALF_LOG_TWO_PI);
  }

  /** exp(log - total); what no double can tell from 0 is 0. */
  private static BigDecimal share(BigDecimal log, BigDecimal total) {
    BigDecimal difference = log.subtract(total);
    boolean isNone = difference.compareTo(BigDecimal.valueOf(-2000)) < 0;
    return isNone ? BigDecimal.ZERO : BigMath.exp(difference);
  }

  /** The density of a leaf on a variable, null for other nodes. */
  private static PlainVariable.@Nullable Prior leaf(PlainCircuit plain, int n, int v) {
    if (plain.nodes().get(n) instanceof PlainNode.Gaussian g && g.var() == v) {
      return new PlainVariable.Prior(g.mean(), g.scale());
    }
    return plain.nodes().get(n) instanceof PlainNode.Base base && base.var() == v
        ? Objects.requireNonNullElse(((PlainVariable.Real) plain.variables().get(v)).prior(), FLAT)
        : null;
  }

  /** The circuit with every leaf on a variable but one multiplied by zero. */
  private static PlainCircuit only(PlainCircuit plain, int v, int leaf) {
    List<PlainNode> nodes = new ArrayList<>();
    int[] place = new int[plain.nodes().size()];
    for (int n = 0; n < place.length; n++) {
      PlainNode node = plain.nodes().get(n);
      if (node instanceof PlainNode.Product product) {
        node = new PlainNode.Product(at(place, product.children()));
      } else if (node instanceof PlainNode.WeightedSum sum) {
        node = new PlainNode.WeightedSum(at(place, sum.children()), sum.weights());
      }
      nodes.add(node);
      if (n != leaf && leaf(plain, n, v) != null) {
        nodes.add(new PlainNode.Constant(Double.NEGATIVE_INFINITY));
        nodes.add(new PlainNode.Product(new int[] {nodes.size() - 2, nodes.size() - 1}));
      }
      place[n] = nodes.size() - 1;
    }
    return new PlainCircuit(plain.variables(), nodes, place[plain.root()]);
  }

  private static int[] at(int[] place, int[] children) {
    return Arrays.stream(children).map(child -> place[child]).toArray();
  }

  private static boolean occurs(PlainCircuit plain, int v) {
    FlatCircuit circuit = Plain.circuit(plain).flat;
    boolean[] live = Reach.from(circuit, circuit.root);
    for (int n = 0; n <= circuit.root; n++) {
      if (live[n] && circuit.variable[n] == v) {
        return true;
      }
    }
    return false;
  }

  private static PlainCircuit tractable(int seed) {
    RandomCircuits.Family[] families = RandomCircuits.Family.values();
    RandomCircuits.Variant[] variants = RandomCircuits.Variant.values();
    return seed % 31 == 30
        ? RandomCircuits.rat(8, 2, 2, 3, seed)
        : RandomCircuits.tractable(
            families[seed % families.length],
            variants[seed / families.length % variants.length],
            1 + seed % 7,
            seed);
  }

  private static boolean readsCodes(PlainCircuit plain) {
    return plain.nodes().stream()
        .anyMatch(
            node ->
                node instanceof PlainNode.Gaussian g
                    && plain.variables().get(g.var()) instanceof PlainVariable.Categorical);
  }
}
