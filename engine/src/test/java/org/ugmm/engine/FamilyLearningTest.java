package org.ugmm.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.apache.commons.numbers.gamma.Digamma;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.data.CircuitException;
import org.ugmm.engine.data.LearnOptions;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Precision;
import org.ugmm.engine.data.TrainingData;
import org.ugmm.engine.data.Variable;

/** Learning of leaves that are neither Gaussian nor categorical. */
class FamilyLearningTest {
  private static final List<Variable> VARIABLES =
      List.of(Variable.count("n"), Variable.real("x"), Variable.real("y"));
  private static final LearnOptions PLAIN =
      LearnOptions.DEFAULT
          .withThreads(1)
          .withPrecision(Precision.DOUBLE)
          .withPseudoCounts(0, 0)
          .withRelativeScaleFloor(0);

  private static Circuit mixture(int seed) {
    Random random = new Random(seed);
    CircuitBuilder builder = Circuit.builder(VARIABLES);
    int terms = 2 + random.nextInt(3);
    int[] product = new int[terms];
    double[] weight = new double[terms];
    for (int k = 0; k < terms; k++) {
      int n =
          random.nextBoolean()
              ? builder.leaf(NodeKind.POISSON, 0, 1 + 5 * random.nextDouble())
              : builder.leaf(NodeKind.HISTOGRAM, 0, 0, 2, 5, 40, 0.3, 0.3, 0.4);
      int x =
          switch (random.nextInt(4)) {
            case 0 -> builder.leaf(NodeKind.GAMMA, 1, 1 + 3 * random.nextDouble(), 1);
            case 1 -> builder.leaf(NodeKind.LOG_NORMAL, 1, random.nextGaussian(), 0.7);
            case 2 -> builder.leaf(NodeKind.EXPONENTIAL, 1, 0.5 + random.nextDouble());
            default -> builder.gaussian(1, 1 + random.nextDouble(), 1);
          };
      int y =
          random.nextBoolean()
              ? builder.leaf(NodeKind.UNIFORM, 2, -10, 10)
              : builder.leaf(NodeKind.HISTOGRAM, 2, -10, -1, 0, 2, 10, 0.2, 0.3, 0.1, 0.4);
      product[k] = builder.product(n, x, y);
      weight[k] = 1.0 / terms;
    }
    return builder.build(builder.sumLinear(product, weight));
  }

  private static TrainingData data(int seed, int numRows, boolean withGaps) {
    Random random = new Random(1000 + seed);
    TrainingData.Builder builder = TrainingData.builder(VARIABLES).doubles(1);
    for (int r = 0; r < numRows; r++) {
      boolean second = random.nextBoolean();
      double n = random.nextInt(second ? 6 : 30);
      double x = Math.exp((second ? 0.3 : 1) * random.nextGaussian() + (second ? 1 : 0));
      double y = (second ? 1 : 3) * random.nextDouble() - (second ? 0 : 2);
      double[] row = {n, x, y};
      for (int v = 0; v < 3 && withGaps; v++) {
        row[v] = random.nextInt(6) == 0 ? Double.NaN : row[v];
      }
      builder.addRow(row, withGaps ? 0.5 + random.nextDouble() : 1);
      if (withGaps && random.nextInt(5) == 0) {
        builder.interval(1, 0.5 * x, 2 * x);
      }
      if (withGaps && random.nextInt(5) == 0) {
        builder.interval(0, n - 0.5, n + 3);
      }
      if (withGaps && random.nextInt(8) == 0) {
        builder.interval(2, y - 1, y + 1);
      }
    }
    return builder.build();
  }

  @Test
  void fullStep_anyMixture_neverLowersTheObjective() {
    for (int seed = 0; seed < 24; seed++) {
      TrainingData data = data(seed, 150, seed % 2 == 0);
      LearnOptions options = seed % 3 == 0 ? PLAIN.withPseudoCounts(1, 1) : PLAIN;
      Learner learner = new Learner(mixture(seed), data, options);
      double before = Double.NEGATIVE_INFINITY;
      for (int step = 0; step < 12; step++) {
        double total = data.totalWeight();
        double log = learner.meanLogLikelihood(data) * total;
        log += options.pseudoCount() > 0 ? learner.logPrior() : 0;
        assertTrue(
            log >= before - 1e-8 * total,
            "seed %d step %d: %s after %s".formatted(seed, step, log, before));
        before = log;
        learner.fullStep();
      }
      assertEquals(0, learner.numZeroRows(), "seed " + seed);
    }
  }

  @Test
  void fullStep_ofOneLeaf_isWeightedMaximumLikelihood() {
    TrainingData data = data(1, 300, false);
    double n = 0;
    double x = 0;
    double log = 0;
    double square = 0;
    double[] bins = new double[4];
    double[] breaks = {-10, -1, 0, 2, 10};
    for (int r = 0; r < 300; r++) {
      n += data.value(r, 0) / 300;
      x += data.value(r, 1) / 300;
      log += Math.log(data.value(r, 1)) / 300;
      square += Math.log(data.value(r, 1)) * Math.log(data.value(r, 1)) / 300;
      for (int b = 0; b < 4; b++) {
        bins[b] +=
            data.value(r, 2) >= breaks[b] && data.value(r, 2) < breaks[b + 1] ? 1 / 300.0 : 0;
      }
    }
    CircuitBuilder builder = Circuit.builder(VARIABLES);
    int poisson = builder.leaf(NodeKind.POISSON, 0, 1);
    int gamma = builder.leaf(NodeKind.GAMMA, 1, 0.9, 1);
    int histogram = builder.leaf(NodeKind.HISTOGRAM, 2, -10, -1, 0, 2, 10, 0.25, 0.25, 0.25, 0.25);
    Circuit learned = learned(builder.build(builder.product(poisson, gamma, histogram)), data);
    assertEquals(n, learned.parameter(poisson, 0), 1e-12);
    double shape = learned.parameter(gamma, 0);
    assertEquals(x, shape / learned.parameter(gamma, 1), 1e-10);
    assertEquals(log, Digamma.value(shape) - Math.log(learned.parameter(gamma, 1)), 1e-10);
    for (int b = 0; b < 4; b++) {
      assertEquals(bins[b], learned.parameter(histogram, 5 + b), 1e-12);
    }
    builder = Circuit.builder(VARIABLES);
    int other = builder.leaf(NodeKind.POISSON, 0, 1);
    int logNormal = builder.leaf(NodeKind.LOG_NORMAL, 1, 0, 1);
    int fixed = builder.leaf(NodeKind.UNIFORM, 2, -10, 10);
    learned = learned(builder.build(builder.product(other, logNormal, fixed)), data);
    assertEquals(log, learned.parameter(logNormal, 0), 1e-12);
    assertEquals(Math.sqrt(square - log * log), learned.parameter(logNormal, 1), 1e-10);
    assertEquals(-10, learned.parameter(fixed, 0));
    builder = Circuit.builder(VARIABLES);
    int exponential = builder.leaf(NodeKind.EXPONENTIAL, 1, 3);
    int first = builder.leaf(NodeKind.POISSON, 0, 1);
    int last = builder.leaf(NodeKind.UNIFORM, 2, -10, 10);
    learned = learned(builder.build(builder.product(first, exponential, last)), data);
    assertEquals(1 / x, learned.parameter(exponential, 0), 1e-12);
  }

  @Test
  void fullStep_zerosUnderGammaLeavesOfShapeOne_areCountedAsOfExponentials() {
    TrainingData.Builder rows = TrainingData.builder(VARIABLES);
    for (double x : new double[] {0, 0, 1, 2, 7}) {
      rows.addRow(new double[] {1, x, 0});
    }
    TrainingData data = rows.build();
    Learner gamma = new Learner(twoOf(NodeKind.GAMMA), data, PLAIN);
    Learner exponential = new Learner(twoOf(NodeKind.EXPONENTIAL), data, PLAIN);
    for (int step = 0; step < 3; step++) {
      assertArrayEquals(
          exponential.logLikelihoods(data), gamma.logLikelihoods(data), 1e-9, "step " + step);
      gamma.fullStep();
      exponential.fullStep();
    }
    assertEquals(0, gamma.numZeroRows());
  }

  /** A mixture of two such leaves with the rates 1 and 3; of gamma leaves those of shape 1. */
  private static Circuit twoOf(NodeKind kind) {
    CircuitBuilder builder = Circuit.builder(VARIABLES);
    int[] x = new int[2];
    for (int k = 0; k < 2; k++) {
      double rate = 1 + 2 * k;
      x[k] = kind == NodeKind.GAMMA ? builder.leaf(kind, 1, 1, rate) : builder.leaf(kind, 1, rate);
    }
    int n = builder.leaf(NodeKind.POISSON, 0, 1);
    int y = builder.leaf(NodeKind.UNIFORM, 2, -10, 10);
    int sum = builder.sumLinear(x, new double[] {0.4, 0.6});
    return builder.build(builder.product(n, sum, y));
  }

  private static Circuit learned(Circuit start, TrainingData data) {
    Learner learner = new Learner(start, data, PLAIN);
    learner.fullStep();
    return learner.circuit();
  }

  @Test
  void epoch_onAnyNumberOfThreads_hasTheSameBitsAndHelps() {
    TrainingData data = data(3, 1_500, true);
    LearnOptions options = LearnOptions.DEFAULT.withSeed(5);
    Learner one = new Learner(mixture(4), data, options.withThreads(1));
    Learner two = new Learner(mixture(4), data, options.withThreads(2));
    double before = one.meanLogLikelihood(data);
    for (int epoch = 0; epoch < 3; epoch++) {
      one.epoch(128, 0.4, 0.1);
      two.epoch(128, 0.4, 0.1);
    }
    assertTrue(one.meanLogLikelihood(data) > before);
    assertArrayEquals(one.logLikelihoods(data), two.logLikelihoods(data));
  }

  @Test
  void logLikelihoods_anyRows_areThoseOfTheEvaluator() {
    for (int seed = 0; seed < 10; seed++) {
      TrainingData data = data(seed, 40, false);
      Learner learner = new Learner(mixture(seed), data, PLAIN);
      learner.fullStep();
      double[] logs = learner.logLikelihoods(data);
      Circuit circuit = learner.circuit();
      Inference inference = new Inference(circuit);
      for (int r = 0; r < 40; r++) {
        double[] row = {data.value(r, 0), data.value(r, 1), data.value(r, 2)};
        double expected = inference.logDensity(Evidence.ofRow(circuit, row)).value();
        assertEquals(expected, logs[r], 1e-9 * (1 + Math.abs(expected)), "seed " + seed);
      }
    }
  }

  @Test
  void learner_ofAHistogramOfAnyTotal_keepsTheDistribution() {
    CircuitBuilder builder = Circuit.builder(VARIABLES);
    int n = builder.leaf(NodeKind.HISTOGRAM, 0, 0, 2, 40, 3, 9);
    int x = builder.leaf(NodeKind.EXPONENTIAL, 1, 1);
    int y = builder.leaf(NodeKind.UNIFORM, 2, -10, 10);
    Circuit circuit = builder.build(builder.product(n, x, y));
    TrainingData data = data(1, 20, false);
    double[] row = {1, 0.5, 0};
    double expected = new Inference(circuit).logDensity(Evidence.ofRow(circuit, row)).value();
    Circuit same = new Learner(circuit, data, PLAIN).circuit();
    assertEquals(
        expected, new Inference(same).logDensity(Evidence.ofRow(same, row)).value(), 1e-12);
  }

  @Test
  void learner_ofALeafBeyondItsDomain_isRefused() {
    CircuitBuilder builder = Circuit.builder(List.of(Variable.real("x", 0, 5)));
    Circuit circuit = builder.build(builder.leaf(NodeKind.EXPONENTIAL, 0, 1));
    TrainingData data = TrainingData.builder(circuit.variables()).addRow(new double[] {1}).build();
    CircuitException refused =
        assertThrows(CircuitException.class, () -> new Learner(circuit, data, PLAIN));
    assertTrue(refused.getMessage().contains("beyond the domain"), refused.getMessage());
  }

  @Test
  void addRow_noCount_isRefused() {
    TrainingData.Builder builder = TrainingData.builder(VARIABLES);
    CircuitException refused =
        assertThrows(CircuitException.class, () -> builder.addRow(new double[] {1.5, 1, 1}));
    assertTrue(refused.getMessage().contains("expected a count"), refused.getMessage());
  }
}
