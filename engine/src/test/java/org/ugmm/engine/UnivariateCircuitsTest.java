package org.ugmm.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import org.apache.commons.numbers.gamma.LogGamma;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.Certificate.Exact;
import org.ugmm.engine.data.LogProbability;
import org.ugmm.engine.data.Moments;
import org.ugmm.engine.data.MpeAnswer;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Posterior;
import org.ugmm.engine.data.Posterior.Numeric;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.formula.Formula;

/** Small random circuits that mix leaves of all kinds, against sums and quadrature. */
class UnivariateCircuitsTest {
  private static final int CIRCUITS = 60;
  private static final int COUNT = 0;
  private static final int POSITIVE = 1;
  private static final int REAL = 2;
  private static final int CLASS = 3;
  private static final double FAR = 60;
  private static final List<Variable> VARIABLES =
      List.of(
          Variable.count("n"),
          Variable.real("x"),
          Variable.real("y"),
          Variable.categorical("c", "a", "b", "c"));

  /** A circuit, and the densities of the factors of each term of its only mixture. */
  private static final class Sample {
    final CircuitBuilder builder = Circuit.builder(VARIABLES);
    final double[] weight;
    final DoubleUnaryOperator[][] factor;
    final Circuit circuit;
    private final Random random;

    Sample(int seed) {
      random = new Random(seed);
      int terms = 1 + random.nextInt(4);
      weight = new double[terms];
      factor = new DoubleUnaryOperator[terms][VARIABLES.size()];
      int[] product = new int[terms];
      for (int k = 0; k < terms; k++) {
        weight[k] = 0.1 + random.nextDouble();
        int[] leaf = new int[VARIABLES.size()];
        for (int v = 0; v < leaf.length; v++) {
          leaf[v] = random.nextInt(3) == 0 ? mixture(k, v) : leaf(k, v);
        }
        product[k] = builder.product(leaf);
      }
      double total = Arrays.stream(weight).sum();
      for (int k = 0; k < terms; k++) {
        weight[k] /= total;
      }
      circuit = builder.build(builder.sumLinear(product, weight));
    }

    private int mixture(int k, int v) {
      int a = leaf(k, v);
      DoubleUnaryOperator first = factor[k][v];
      int b = leaf(k, v);
      DoubleUnaryOperator second = factor[k][v];
      factor[k][v] = x -> 0.3 * first.applyAsDouble(x) + 0.7 * second.applyAsDouble(x);
      return builder.sumLinear(new int[] {a, b}, new double[] {0.3, 0.7});
    }

    private int leaf(int k, int v) {
      return switch (v) {
        case COUNT -> random.nextBoolean() ? poisson(k) : histogram(k, COUNT);
        case POSITIVE ->
            switch (random.nextInt(4)) {
              case 0 -> gamma(k);
              case 1 -> logNormal(k);
              case 2 -> exponential(k);
              default -> gaussian(k, v);
            };
        case REAL ->
            switch (random.nextInt(3)) {
              case 0 -> uniform(k);
              case 1 -> histogram(k, REAL);
              default -> gaussian(k, v);
            };
        default -> categorical(k);
      };
    }

    private int poisson(int k) {
      double rate = 0.2 + 6 * random.nextDouble();
      factor[k][COUNT] = n -> Math.exp(n * Math.log(rate) - rate - LogGamma.value(n + 1));
      return builder.leaf(NodeKind.POISSON, COUNT, rate);
    }

    private int histogram(int k, int v) {
      double[] p = {0, 2, 3, 7, 0.2, 0.3, 0.5};
      p[1] += random.nextInt(2) - (v == REAL ? 0.5 : 0);
      p[2] += 1;
      double[] own = p.clone();
      factor[k][v] =
          x -> {
            for (int i = 0; i < 3; i++) {
              if (x >= own[i] && x < own[i + 1]) {
                return own[4 + i] / (own[i + 1] - own[i]);
              }
            }
            return 0;
          };
      return builder.leaf(NodeKind.HISTOGRAM, v, p);
    }

    private int gamma(int k) {
      double a = 1.5 + 3 * random.nextDouble();
      double b = 0.5 + random.nextDouble();
      factor[k][POSITIVE] =
          x ->
              x > 0
                  ? Math.exp(a * Math.log(b) + (a - 1) * Math.log(x) - b * x - LogGamma.value(a))
                  : 0;
      return builder.leaf(NodeKind.GAMMA, POSITIVE, a, b);
    }

    private int logNormal(int k) {
      double mean = random.nextGaussian();
      double scale = 0.3 + 0.5 * random.nextDouble();
      factor[k][POSITIVE] = x -> x > 0 ? normal(Math.log(x), mean, scale) / x : 0;
      return builder.leaf(NodeKind.LOG_NORMAL, POSITIVE, mean, scale);
    }

    private int exponential(int k) {
      double rate = 0.5 + random.nextDouble();
      factor[k][POSITIVE] = x -> x >= 0 ? rate * Math.exp(-rate * x) : 0;
      return builder.leaf(NodeKind.EXPONENTIAL, POSITIVE, rate);
    }

    private int uniform(int k) {
      double lo = -1 - random.nextInt(3);
      double hi = 1 + random.nextInt(4);
      factor[k][REAL] = x -> x >= lo && x <= hi ? 1 / (hi - lo) : 0;
      return builder.leaf(NodeKind.UNIFORM, REAL, lo, hi);
    }

    private int gaussian(int k, int v) {
      double mean = 2 + random.nextGaussian();
      double scale = 0.5 + random.nextDouble();
      factor[k][v] = x -> normal(x, mean, scale);
      return builder.gaussian(v, mean, scale);
    }

    private int categorical(int k) {
      double p = 0.1 + 0.7 * random.nextDouble();
      factor[k][CLASS] = s -> s == 0 ? p : s == 1 ? 0.9 - p : 0.1;
      return builder.categoricalLinear(CLASS, p, 0.9 - p, 0.1);
    }

    private static double normal(double x, double mean, double scale) {
      double z = (x - mean) / scale;
      return Math.exp(-0.5 * z * z) / scale / Math.sqrt(2 * Math.PI);
    }

    /** The mixture where each factor is replaced by what a function makes of it. */
    double value(Factor f) {
      double sum = 0;
      for (int k = 0; k < weight.length; k++) {
        double product = weight[k];
        for (int v = 0; v < VARIABLES.size(); v++) {
          product *= f.of(v, factor[k][v]);
        }
        sum += product;
      }
      return sum;
    }
  }

  private interface Factor {
    double of(int variable, DoubleUnaryOperator density);
  }

  /**
   * The sum or integral of a function of a variable over an interval: cells of 2^-12, midpoints.
   */
  private static double integral(int v, DoubleUnaryOperator f, double lo, double hi) {
    double sum = 0;
    if (v == COUNT || v == CLASS) {
      for (double n = Math.ceil(Math.max(0, lo)); n <= Math.min(hi, v == CLASS ? 2 : FAR); n++) {
        sum += f.applyAsDouble(n);
      }
      return sum;
    }
    double from = Math.max(-FAR / 4, lo);
    double to = Math.min(v == POSITIVE ? 2 * FAR : FAR / 4, hi);
    double h = 0x1p-10;
    for (double x = from; x < to; x += h) {
      double width = Math.min(h, to - x);
      sum += width * f.applyAsDouble(x + 0.5 * width);
    }
    return sum;
  }

  private static double whole(int v, DoubleUnaryOperator f) {
    return integral(v, f, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
  }

  private static double[] row(Random random) {
    return new double[] {
      random.nextInt(9), 5 * random.nextDouble(), 7 * random.nextDouble() - 1, random.nextInt(3)
    };
  }

  @Test
  void logDensity_anyRow_isThatOfTheFormula() {
    for (int seed = 0; seed < CIRCUITS; seed++) {
      Sample sample = new Sample(seed);
      Inference inference = new Inference(sample.circuit);
      Random random = new Random(seed);
      for (int i = 0; i < 20; i++) {
        double[] row = row(random);
        double expected = Math.log(sample.value((v, f) -> f.applyAsDouble(row[v])));
        LogProbability actual = inference.logDensity(Evidence.ofRow(sample.circuit, row));
        if (expected == Double.NEGATIVE_INFINITY) {
          assertEquals(expected, actual.value(), "seed " + seed);
        } else {
          assertEquals(expected, actual.value(), 1e-11 * (10 + Math.abs(expected)), "" + seed);
        }
        assertTrue(((Exact) actual.certificate()).relativeErrorBound() < 1e-10);
      }
    }
  }

  @Test
  void marginal_pointsIntervalsAndGaps_isThatOfQuadrature() {
    for (int seed = 0; seed < 20; seed++) {
      Sample sample = new Sample(seed);
      Random random = new Random(seed);
      double[] row = row(random);
      double lo = 2.5 * random.nextDouble();
      double hi = lo + 3 * random.nextDouble();
      int point = random.nextInt(4);
      Evidence e = new Evidence(sample.circuit);
      for (int v = 0; v < 3; v++) {
        e.interval(v, lo, hi);
      }
      e.unobserve(point);
      e.observe(point, row[point]);
      double expected =
          sample.value(
              (v, f) ->
                  v == point
                      ? f.applyAsDouble(row[v])
                      : v == CLASS ? whole(v, f) : integral(v, f, lo, hi));
      double actual = Math.exp(new Inference(sample.circuit).marginal(e).value());
      assertEquals(expected, actual, 2e-3 * expected + 1e-9, "seed " + seed);
      LogProbability all = new Inference(sample.circuit).marginal(new Evidence(sample.circuit));
      assertEquals(0, all.value(), 1e-12, "seed " + seed);
    }
  }

  @Test
  void batch_anyGaps_agreesWithSingleQueriesWithinTheBounds() {
    for (int seed = 0; seed < CIRCUITS; seed++) {
      Sample sample = new Sample(seed);
      Inference inference = new Inference(sample.circuit);
      Random random = new Random(seed);
      int n = 70;
      double[] rows = new double[4 * n];
      for (int r = 0; r < n; r++) {
        System.arraycopy(row(random), 0, rows, 4 * r, 4);
        for (int v = 0; v < 4; v++) {
          rows[4 * r + v] = random.nextInt(4) == 0 ? Double.NaN : rows[4 * r + v];
        }
      }
      double[] log = new double[n];
      double[] bound = new double[n];
      Evaluator evaluator = new Evaluator(sample.circuit);
      evaluator.logDensity(rows, n, log, bound);
      double[] one = new double[1];
      double[] plain = new double[n];
      evaluator.logDensity(rows, n, plain);
      BatchAnswers means = inference.posterior(COUNT, Batch.of(sample.circuit, rows));
      for (int r = 0; r < n; r++) {
        Evidence e = new Evidence(sample.circuit).row(rows, 4 * r);
        LogProbability expected = inference.marginal(e);
        double both = bound[r] + ((Exact) expected.certificate()).relativeErrorBound();
        String what = "seed %d row %d".formatted(seed, r);
        assertTrue(bound[r] < 1e-10, what);
        if (expected.value() == Double.NEGATIVE_INFINITY) {
          assertEquals(expected.value(), log[r], what);
        } else {
          assertEquals(expected.value(), log[r], 1.01 * both, what);
          assertEquals(log[r], plain[r], 2 * both, what);
        }
        double[] single = new double[4];
        System.arraycopy(rows, 4 * r, single, 0, 4);
        evaluator.logDensity(single, 1, one);
        assertEquals(log[r], one[0], 2 * both, what);
        e.unobserve(COUNT);
        if (inference.marginal(e).value() > Double.NEGATIVE_INFINITY) {
          Numeric posterior = (Numeric) inference.posterior(COUNT, e);
          assertEquals(posterior.mean(), means.values()[2 * r], 1e-12, what);
        }
      }
    }
  }

  @Test
  void posterior_ofNumbers_hasTheMomentsAndMassesOfTheConditional() {
    for (int seed = 0; seed < 20; seed++) {
      Sample sample = new Sample(seed);
      Inference inference = new Inference(sample.circuit);
      Random random = new Random(seed);
      double[] row = row(random);
      for (int asked = 0; asked < 3; asked++) {
        int other = (asked + 1) % 3;
        int target = asked;
        Evidence e = new Evidence(sample.circuit).observe(other, row[other]);
        double mass = conditional(sample, target, other, row[other], x -> 1, -1e9, 1e9);
        if (mass < 1e-6) {
          continue;
        }
        Numeric actual = (Numeric) inference.posterior(target, e);
        String what = "seed %d variable %d".formatted(seed, target);
        double mean = conditional(sample, target, other, row[other], x -> x, -1e9, 1e9) / mass;
        double square =
            conditional(sample, target, other, row[other], x -> (x - mean) * (x - mean), -1e9, 1e9)
                / mass;
        assertEquals(mean, actual.mean(), 2e-3 * (1 + Math.abs(mean)), what);
        assertEquals(square, actual.variance(), 5e-3 * (1 + square), what);
        double below =
            conditional(sample, target, other, row[other], x -> 1, -1e9, row[target]) / mass;
        assertEquals(below, actual.cdf(row[target]), 2e-3, what);
        assertTrue(actual.meanErrorBound() < 1e-9 * (1 + Math.abs(mean)), what);
        assertTrue(actual.varianceErrorBound() < 1e-9 * (1 + square), what);
        for (double p : new double[] {0.01, 0.5, 0.9}) {
          double q = actual.quantile(p);
          assertTrue(actual.cdf(q) >= p - 1e-12, what);
          double before = target == COUNT ? q - 1 : q - 1e-9 * (1 + Math.abs(q));
          assertTrue(actual.cdf(before) <= p + 1e-12, what);
        }
        double density =
            sample.value(
                    (v, f) ->
                        v == target
                            ? f.applyAsDouble(row[v])
                            : v == other ? f.applyAsDouble(row[v]) : whole(v, f))
                / mass;
        assertEquals(density, actual.density(row[target]), 2e-3 * (density + 1e-9), what);
      }
    }
  }

  private static double conditional(
      Sample sample,
      int target,
      int other,
      double value,
      DoubleUnaryOperator of,
      double lo,
      double hi) {
    return sample.value(
        (v, f) ->
            v == target
                ? integral(v, x -> of.applyAsDouble(x) * f.applyAsDouble(x), lo, hi)
                : v == other ? f.applyAsDouble(value) : 1);
  }

  @Test
  void posterior_ofAClass_isThatOfTheFormula() {
    for (int seed = 0; seed < CIRCUITS; seed++) {
      Sample sample = new Sample(seed);
      double[] row = row(new Random(seed));
      row[CLASS] = Double.NaN;
      double[] expected = new double[3];
      double total = 0;
      for (int s = 0; s < 3; s++) {
        int state = s;
        expected[s] = sample.value((v, f) -> f.applyAsDouble(v == CLASS ? state : row[v]));
        total += expected[s];
      }
      if (total == 0) {
        continue;
      }
      Evidence e = Evidence.ofRow(sample.circuit, row);
      Posterior found = new Inference(sample.circuit).posterior(CLASS, e);
      for (int s = 0; s < 3; s++) {
        double p = ((CategoricalPosterior) found).probability(s);
        assertEquals(expected[s] / total, p, 1e-10, "seed " + seed);
      }
      BatchAnswers batch =
          new Inference(sample.circuit).posterior(CLASS, Batch.of(sample.circuit, row));
      assertEquals(expected[1] / total, batch.values()[1], 1e-10, "seed " + seed);
    }
  }

  @Test
  void mpe_anyCircuit_isAboveEveryOtherPoint() {
    int exact = 0;
    for (int seed = 0; seed < 30; seed++) {
      Sample sample = new Sample(seed);
      Inference inference = new Inference(sample.circuit);
      MpeAnswer answer = inference.mpe(new Evidence(sample.circuit));
      double at = Math.log(sample.value((v, f) -> f.applyAsDouble(answer.assignment()[v])));
      assertEquals(at, answer.logValue(), 1e-9, "seed " + seed);
      exact += answer.certificate().kind() == Certificate.Kind.EXACT ? 1 : 0;
      Random random = new Random(seed);
      for (int i = 0; i < 3_000; i++) {
        double[] row = row(random);
        for (int v = 0; v < 4 && i % 2 == 0; v++) { // near the answer
          row[v] = random.nextBoolean() ? answer.assignment()[v] : row[v];
        }
        double log = Math.log(sample.value((v, f) -> f.applyAsDouble(row[v])));
        assertTrue(log <= answer.logUpperBound() + 1e-9, "seed " + seed);
      }
    }
    assertTrue(exact >= 28, exact + " of 30 are exact");
  }

  @Test
  void sample_givenEvidence_hasThePosteriorsMoments() {
    for (int seed = 0; seed < 12; seed++) {
      Sample sample = new Sample(seed);
      Inference inference = new Inference(sample.circuit);
      Evidence e = new Evidence(sample.circuit);
      if (seed % 2 == 1) {
        e.interval(COUNT, 1, 4).interval(POSITIVE, 0.5, 2).interval(REAL, 0.5, 3);
      }
      int n = 4_000;
      double[] rows = inference.sample(e, n, 7);
      Moments moments = inference.moments(e);
      for (int i = 0; i < 3; i++) {
        Numeric posterior = (Numeric) inference.posterior(i, e);
        assertEquals(posterior.mean(), moments.mean()[i], 1e-9, "seed " + seed);
        assertEquals(
            posterior.variance(),
            moments.covariance()[i][i],
            1e-9 * (1 + posterior.variance()),
            "seed " + seed);
        double sum = 0;
        double cross = 0;
        int j = (i + 1) % 3;
        for (int r = 0; r < n; r++) {
          double x = rows[4 * r + i];
          assertTrue(x >= posterior.lo() && x <= posterior.hi(), "seed " + seed);
          assertTrue(i != COUNT || x == Math.rint(x), "seed " + seed);
          sum += x;
          cross += (x - moments.mean()[i]) * (rows[4 * r + j] - moments.mean()[j]);
        }
        double sd = Math.sqrt(posterior.variance());
        assertEquals(posterior.mean(), sum / n, 5 * sd / Math.sqrt(n), "seed " + seed);
        double scale = sd * Math.sqrt(moments.covariance()[j][j]);
        assertEquals(moments.covariance()[i][j], cross / n, 12 * scale / Math.sqrt(n), "" + seed);
      }
      assertArrayEquals(rows, inference.sample(e, n, 7));
    }
  }

  @Test
  void gradient_ofPoints_isThatOfDifferences() {
    for (int seed = 0; seed < CIRCUITS; seed++) {
      Sample sample = new Sample(seed);
      Inference inference = new Inference(sample.circuit);
      double[] row = row(new Random(seed));
      Evidence e = Evidence.ofRow(sample.circuit, row);
      if (inference.logDensity(e).value() == Double.NEGATIVE_INFINITY) {
        continue;
      }
      double h = 1e-6;
      Evidence up = e.copy().observe(POSITIVE, row[POSITIVE] + h);
      Evidence down = e.copy().observe(POSITIVE, row[POSITIVE] - h);
      double expected =
          (inference.logDensity(up).value() - inference.logDensity(down).value()) / (2 * h);
      assertEquals(expected, inference.gradient(e)[POSITIVE], 1e-5 * (1 + Math.abs(expected)));
    }
  }

  @Test
  void save_andLoad_isTheSameCircuit(@TempDir Path folder) throws IOException {
    for (int seed = 0; seed < 10; seed++) {
      Sample sample = new Sample(seed);
      Path file = folder.resolve("c" + seed + ".circuit");
      sample.circuit.save(file);
      Circuit read = Circuit.load(file);
      assertEquals(sample.circuit.variables(), read.variables());
      Path again = folder.resolve("again.circuit");
      read.save(again);
      assertArrayEquals(Files.readAllBytes(file), Files.readAllBytes(again));
      double[] row = row(new Random(seed));
      assertEquals(
          new Inference(sample.circuit).logDensity(Evidence.ofRow(sample.circuit, row)),
          new Inference(read).logDensity(Evidence.ofRow(read, row)));
    }
  }

  @Test
  void mpe_ofAnUnboundedGamma_isRefusedUnlessAnIntervalHelps() {
    CircuitBuilder builder = Circuit.builder(List.of(Variable.real("x")));
    int a = builder.leaf(NodeKind.GAMMA, 0, 0.5, 1);
    int b = builder.gaussian(0, 1, 1);
    Circuit circuit = builder.build(builder.sumLinear(new int[] {a, b}, new double[] {0.5, 0.5}));
    Inference inference = new Inference(circuit);
    RefusedException refused =
        assertThrows(RefusedException.class, () -> inference.mpe(new Evidence(circuit)));
    assertTrue(refused.getMessage().contains("grows without limit"), refused.getMessage());
    MpeAnswer answer = inference.mpe(new Evidence(circuit).interval(0, 0.25, 5));
    assertEquals(0.25, answer.assignment()[0]);
  }

  @Test
  void mpe_ofLeavesThatAllFallFromZero_isRefusedWhereOneIsUnbounded() {
    NodeKind[] others = {NodeKind.EXPONENTIAL, NodeKind.GAMMA};
    for (NodeKind other : others) {
      CircuitBuilder builder = Circuit.builder(List.of(Variable.real("x")));
      int a = builder.leaf(NodeKind.GAMMA, 0, 0.5, 1);
      int b = other == NodeKind.GAMMA ? builder.leaf(other, 0, 0.75, 2) : builder.leaf(other, 0, 2);
      Circuit circuit =
          builder.build(builder.sumLinear(new int[] {a, b}, new double[] {0.25, 0.75}));
      Inference inference = new Inference(circuit);
      for (Evidence e : List.of(new Evidence(circuit), new Evidence(circuit).interval(0, -1, 1))) {
        RefusedException refused = assertThrows(RefusedException.class, () -> inference.mpe(e));
        assertTrue(refused.getMessage().contains("grows without limit"), refused.getMessage());
      }
      assertEquals(
          0.5, inference.mpe(new Evidence(circuit).interval(0, 0.5, 1)).assignment()[0], 1e-12);
    }
  }

  @Test
  void probability_ofAFormulaOnACount_isThatOfItsWholeNumbers() {
    for (int seed = 0; seed < 10; seed++) {
      Sample sample = new Sample(seed);
      Inference inference = new Inference(sample.circuit);
      String[] formulas = {"n < 3", "n <= 3", "n > 2", "n = 3", "n > 1.5 and n < 5 or n = 7"};
      double[][] numbers = {{0, 1, 2}, {0, 1, 2, 3}, {}, {3}, {2, 3, 4, 7}};
      for (int i = 0; i < formulas.length; i++) {
        Formula formula = Formula.parse(formulas[i], VARIABLES);
        double expected = i == 2 ? 1 : 0;
        for (double n : i == 2 ? numbers[0] : numbers[i]) {
          double p = sample.value((v, f) -> v == COUNT ? f.applyAsDouble(n) : 1);
          expected += i == 2 ? -p : p;
        }
        Evidence nothing = new Evidence(sample.circuit);
        double actual = Math.exp(inference.probability(formula, nothing).value());
        assertEquals(expected, actual, 1e-11, formulas[i] + " seed " + seed);
        Evidence two = new Evidence(sample.circuit).interval(COUNT, 2, 2);
        double given = Math.exp(inference.probability(formula, two).value());
        assertEquals(i == 0 || i == 1 || i == 4 ? 1 : 0, given, 1e-11, formulas[i]);
      }
    }
  }

  @Test
  void observe_noWholeNumberOfACount_isRefused() {
    Circuit circuit = new Sample(0).circuit;
    Evidence e = new Evidence(circuit);
    for (double wrong : new double[] {2.5, -1, Double.POSITIVE_INFINITY}) {
      ArgumentException problem =
          assertThrows(ArgumentException.class, () -> e.observe(COUNT, wrong));
      assertTrue(problem.getMessage().contains("expected a count"), problem.getMessage());
      double[] row = {wrong, 1, 1, 0};
      Evaluator evaluator = new Evaluator(circuit);
      assertThrows(ArgumentException.class, () -> evaluator.logDensity(row, 1, new double[1]));
    }
  }

  @Test
  void posterior_ofACountThatIsAlmostCertain_keepsTheDigitsOfItsVariance() {
    for (double rare : new double[] {0, 1e-12, 1e-30, 1e-60, 1e-200}) {
      CircuitBuilder builder = Circuit.builder(List.of(VARIABLES.get(COUNT)));
      int one = builder.leaf(NodeKind.HISTOGRAM, 0, 1, 2, 1);
      int five = builder.leaf(NodeKind.HISTOGRAM, 0, 5, 6, 1);
      double[] weight = {1, rare};
      Circuit circuit = builder.build(builder.sumLinear(new int[] {one, five}, weight));
      double expected = 16 * rare / ((1 + rare) * (1 + rare));
      Inference inference = new Inference(circuit);
      Numeric p = (Numeric) inference.posterior(0, new Evidence(circuit));
      assertEquals(expected, p.variance(), p.varianceErrorBound() + 1e-15 * expected);
      assertTrue(p.varianceErrorBound() <= 1e-12 * expected, "rare " + rare);
      BatchAnswers batch = inference.posterior(0, Batch.of(circuit, new double[] {Double.NaN}));
      double bound = ((Exact) batch.certificate(0)).relativeErrorBound();
      assertEquals(expected, batch.value(0, 1), (bound + 1e-15) * expected, "rare " + rare);
      assertTrue(bound < 1e-8, "rare " + rare);
    }
  }
}
