package org.ugmm.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.CircuitException;
import org.ugmm.engine.data.ExpectedCounts;
import org.ugmm.engine.data.LearnOptions;
import org.ugmm.engine.data.LearnOptions.Objective;
import org.ugmm.engine.data.LogProbability;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Precision;
import org.ugmm.engine.data.TrainingData;
import org.ugmm.engine.data.Variable;
import org.ugmm.testdata.RandomCircuits;

/** Learning against hand-computed answers and what must hold of any circuit. */
class LearnerTest {
  private static final LearnOptions PLAIN =
      LearnOptions.DEFAULT
          .withPseudoCounts(0, 0)
          .withRelativeScaleFloor(0)
          .withPrecision(Precision.DOUBLE)
          .withThreads(1);

  /** Circuits of the property tests; 1000 by {@code -Dorg.ugmm.circuits=1000}. */
  private static final int CIRCUITS = Integer.getInteger("org.ugmm.circuits", 60);

  private static final double NAN = Double.NaN;

  private static Circuit coin(double p) {
    CircuitBuilder builder = Circuit.builder(List.of(Variable.categorical("c", "no", "yes")));
    return builder.build(builder.categoricalLog(0, Math.log(1 - p), Math.log(p)));
  }

  @Test
  void categorical_countsWithWeights_areShares() {
    Circuit coin = coin(0.5);
    TrainingData data =
        TrainingData.builder(coin.variables())
            .addRow(new double[] {1}, 3)
            .addRow(new double[] {0})
            .addRow(new double[] {NAN}, 100)
            .build();
    Learner learner = new Learner(coin, data, PLAIN);
    double before = learner.fullStep();
    assertEquals(4 * Math.log(0.5) / 104, before, 1e-15);
    assertEquals(0.75, Math.exp(learner.circuit().parameter(0, 1)), 1e-15);
  }

  @Test
  void gaussian_oneStep_isMeanAndDeviation() {
    CircuitBuilder builder = Circuit.builder(List.of(Variable.real("x")));
    Circuit gaussian = builder.build(builder.gaussian(0, 0, 1));
    TrainingData data =
        TrainingData.of(gaussian.variables(), new double[] {1e12, 1e12 + 2, NAN, 1e12 + 4});
    Learner learner = new Learner(gaussian, data, PLAIN);
    learner.fullStep();
    learner.fullStep();
    assertEquals(1e12 + 2, learner.circuit().parameter(0, 0), 1e-3);
    assertEquals(Math.sqrt(8 / 3.0), learner.circuit().parameter(0, 1), 1e-3);
  }

  @Test
  void sets_splitByTheModel_andZeroRowsCounted() {
    CircuitBuilder builder = Circuit.builder(List.of(Variable.categorical("c", "a", "b", "c")));
    Circuit circuit =
        builder.build(builder.categoricalLog(0, Math.log(0.25), Math.log(0.75), Math.log(0)));
    TrainingData data =
        TrainingData.builder(circuit.variables())
            .addRow(new double[] {NAN})
            .states(0, 0, 1)
            .addRow(new double[] {2})
            .addRow(new double[] {0})
            .build();
    Learner learner = new Learner(circuit, data, PLAIN);
    double mean = learner.fullStep();
    assertEquals(1, learner.numZeroRows());
    assertEquals(Math.log(0.25) / 2, mean, 1e-15);
    assertEquals(1.25 / 2, Math.exp(learner.circuit().parameter(0, 0)), 1e-15);
    assertEquals(Double.NEGATIVE_INFINITY, learner.meanLogLikelihood(data));
  }

  @Test
  void anyCircuit_fullSteps_neverLowerThePenalisedLikelihood() {
    int learned = 0;
    for (long seed = 0; seed < CIRCUITS; seed++) {
      Circuit circuit = Plain.circuit(RandomCircuits.tractable(seed));
      TrainingData data = rows(circuit, 40, seed);
      boolean penalised = seed % 2 == 0;
      LearnOptions options = penalised ? PLAIN.withPseudoCounts(0.5, 2) : PLAIN;
      Learner learner;
      try {
        learner = new Learner(circuit, data, options);
      } catch (CircuitException e) {
        assertTrue(e.getMessage().contains("domain"), e.getMessage());
        continue;
      }
      learned++;
      learner.fullStep(); // rows of probability zero have none but pseudo-counts to help them
      long zeroRows = learner.numZeroRows();
      double last = Double.NEGATIVE_INFINITY;
      for (int step = 0; step < 8; step++) {
        double prior = learner.logPrior();
        ExpectedCounts counts = learner.count(data);
        double penalty = prior;
        double now = counts.logLikelihood() + penalty;
        if (counts.numZeroRows() == zeroRows) {
          assertTrue(
              now >= last - 1e-7 * (1 + Math.abs(last)),
              "seed " + seed + " step " + step + ": " + last + " then " + now);
        }
        zeroRows = counts.numZeroRows();
        last = now;
        learner.fullStep();
      }
    }
    assertTrue(learned > CIRCUITS / 2, learned + " circuits were learned");
  }

  @Test
  void anyCircuit_untouched_hasTheDistributionItHad() {
    int numSame = 0;
    for (long seed = 0; seed < CIRCUITS; seed++) {
      Circuit circuit = Plain.circuit(RandomCircuits.tractable(seed));
      TrainingData data = rows(circuit, 12, seed);
      Learner learner;
      try {
        learner = new Learner(circuit, data, PLAIN);
      } catch (CircuitException e) {
        continue;
      }
      Circuit same = learner.circuit();
      if (isBeyondRange(same)) {
        continue;
      }
      numSame++;
      double[] logs = learner.logLikelihoods(data);
      Inference before = new Inference(circuit);
      Inference after = new Inference(same);
      for (int row = 0; row < logs.length; row++) {
        LogProbability expected = before.marginal(evidence(circuit, data, row));
        assertClose(expected, 0, logs[row], "seed " + seed);
        LogProbability exported = after.marginal(evidence(same, data, row));
        assertClose(expected, errorOf(exported), exported.value(), "seed " + seed);
      }
    }
    assertTrue(numSame > CIRCUITS / 2, numSame + " circuits");
  }

  /** Whether a weight is so small beside its siblings that a double loses digits of it. */
  private static boolean isBeyondRange(Circuit learned) {
    boolean isBeyond = false;
    for (int n = 0; n < learned.numNodes(); n++) {
      for (int i = 0; i < learned.numChildren(n) && learned.numParameters(n) > 0; i++) {
        isBeyond |= learned.parameter(n, i) < Double.MIN_NORMAL;
      }
    }
    return isBeyond;
  }

  private static void assertClose(
      LogProbability expected, double error, double found, String what) {
    double tolerance = 1e-9 * (1 + Math.abs(expected.value())) + errorOf(expected) + error;
    assertEquals(expected.value(), found, tolerance, what);
  }

  /** What rounding may make of a log, as the answer itself says. */
  private static double errorOf(LogProbability log) {
    if (log.certificate() instanceof Certificate.Enclosed in) {
      return Math.max(in.hi() - log.value(), log.value() - in.lo());
    }
    return ((Certificate.Exact) log.certificate()).relativeErrorBound();
  }

  private static Evidence evidence(Circuit circuit, TrainingData data, int row) {
    Evidence evidence = new Evidence(circuit);
    for (int v = 0; v < circuit.numVariables(); v++) {
      double x = data.value(row, v);
      double[] soft = data.soft(row, v);
      if (soft != null && circuit.variables().get(v) instanceof Variable.Real) {
        evidence.interval(v, soft[0], soft[1]);
      } else if (soft != null) {
        evidence.likelihood(v, soft);
      } else if (!Double.isNaN(x)) {
        evidence.observe(v, x);
      }
    }
    return evidence;
  }

  /** Rows with missing cells and sets of states, some with weights. */
  static TrainingData rows(Circuit circuit, int numRows, long seed) {
    SplittableRandom random = new SplittableRandom(seed + 1);
    TrainingData.Builder builder = TrainingData.builder(circuit.variables());
    for (int v = 0; v < circuit.numVariables(); v++) {
      builder.doubles(v);
    }
    for (int row = 0; row < numRows; row++) {
      double[] cells = new double[circuit.numVariables()];
      for (int v = 0; v < cells.length; v++) {
        cells[v] =
            random.nextInt(4) == 0
                ? NAN
                : circuit.variables().get(v) instanceof Variable.Categorical categorical
                    ? random.nextInt(categorical.numStates())
                    : 2 * gauss(random);
      }
      builder.addRow(cells, random.nextBoolean() ? 1 : 3 * random.nextDouble());
      for (int v = 0; v < cells.length; v++) {
        if (!Double.isNaN(cells[v]) || random.nextBoolean()) {
          continue;
        }
        if (circuit.variables().get(v) instanceof Variable.Categorical categorical) {
          builder.states(v, 0, categorical.numStates() - 1);
        } else {
          double lo = 2 * gauss(random);
          double hi = random.nextInt(3) == 0 ? Double.POSITIVE_INFINITY : lo + random.nextDouble();
          builder.interval(v, lo, hi);
        }
      }
    }
    return builder.build();
  }

  private static double gauss(SplittableRandom random) {
    double sum = -6;
    for (int i = 0; i < 12; i++) {
      sum += random.nextDouble();
    }
    return sum;
  }

  @Test
  void counts_ofHalves_addUpAndTravelAsBytes() {
    Circuit circuit = Plain.circuit(RandomCircuits.rat(8, 2, 2, 3, 5));
    TrainingData data = rows(circuit, 50, 7);
    Learner learner = new Learner(circuit, data, PLAIN);
    int[] first = new int[20];
    int[] second = new int[30];
    for (int i = 0; i < 50; i++) {
      if (i < 20) {
        first[i] = i;
      } else {
        second[i - 20] = i;
      }
    }
    ExpectedCounts sum = learner.count(data.select(first));
    sum.add(ExpectedCounts.ofBytes(learner.count(data.select(second)).toBytes()));
    ExpectedCounts whole = learner.count(data);
    assertArrayEquals(whole.counts(), sum.counts(), 1e-12);
    assertEquals(whole.numRows(), sum.numRows());
    learner.update(sum, 1);
    Learner other = new Learner(circuit, data, PLAIN);
    other.fullStep();
    assertEquals(other.meanLogLikelihood(data), learner.meanLogLikelihood(data), 1e-12);
    CircuitException e = assertThrows(CircuitException.class, () -> learner.update(sum, 1));
    assertTrue(e.getMessage().contains("other parameters"), e.getMessage());
  }

  @Test
  void sampled_learnsFromCountsOfRowsElsewhere_asIfTheyWereItsOwn() {
    Circuit circuit = Plain.circuit(RandomCircuits.rat(8, 2, 2, 3, 5));
    TrainingData data = rows(circuit, 300, 7);
    int[] half = IntStream.range(0, 150).toArray();
    int[] rest = IntStream.range(150, 300).toArray();
    LearnOptions options = LearnOptions.DEFAULT.withThreads(1).withPrecision(Precision.DOUBLE);
    for (double step : new double[] {1, 0.3}) {
      Learner sampled = Learner.ofSample(circuit, data, options, data.totalWeight());
      Learner elsewhere = new Learner(circuit, data.select(rest), options);
      ExpectedCounts counts = sampled.count(data.select(half));
      counts.add(elsewhere.count(data.select(rest)));
      sampled.update(counts, step);
      Learner whole = new Learner(circuit, data, options);
      whole.update(whole.count(data), step);
      assertEquals(whole.meanLogLikelihood(data), sampled.meanLogLikelihood(data), 1e-12);
    }
    // beside ten times as many rows the same pseudo-counts say less
    Learner larger = Learner.ofSample(circuit, data, options, 10 * data.totalWeight());
    larger.update(larger.count(data), 1);
    Learner own = new Learner(circuit, data, options);
    own.update(own.count(data), 1);
    assertNotEquals(own.meanLogLikelihood(data), larger.meanLogLikelihood(data));
    assertThrows(IllegalArgumentException.class, () -> Learner.ofSample(circuit, data, options, 0));
  }

  @Test
  void epochs_ofSmallBatches_raiseTheLikelihood_andResumeToTheBit() {
    Circuit circuit = Plain.circuit(RandomCircuits.rat(8, 2, 2, 3, 5));
    TrainingData data = rows(circuit, 200, 7);
    Learner learner = new Learner(circuit, data, LearnOptions.DEFAULT);
    double before = learner.meanLogLikelihood(data);
    learner.epoch(32, 0.4, 0.1);
    Learner resumed = new Learner(learner.circuit(), data, LearnOptions.DEFAULT);
    resumed.resumeAfter(1);
    learner.epoch(32, 0.1, 0.02);
    resumed.epoch(32, 0.1, 0.02);
    assertTrue(learner.meanLogLikelihood(data) > before);
    assertArrayEquals(learner.logLikelihoods(data), resumed.logLikelihoods(data), 0);
  }

  @Test
  void layeredCircuit_gradients_areFiniteDifferencesOfItsDensity() {
    SplittableRandom random = new SplittableRandom(9);
    for (int k : new int[] {2, 3, 5, 9}) {
      Circuit circuit = Plain.circuit(RandomCircuits.rat(8, 2, 2, k, 5));
      int numRows = 45; // not of whole strips
      double[] cells = new double[numRows * circuit.numVariables()];
      Arrays.setAll(cells, i -> random.nextInt(4) == 0 ? NAN : 2 * gauss(random));
      TrainingData data = TrainingData.of(circuit.variables(), cells);
      for (Precision precision : Precision.values()) {
        Learner learner = new Learner(circuit, data, PLAIN.withPrecision(precision));
        double[] gradient = learner.gradient(data, Objective.GENERATIVE);
        Circuit start = learner.circuit();
        double close = precision == Precision.DOUBLE ? 1e-6 : 1e-4;
        int offset = 0;
        for (int n = 0; n < start.numNodes(); n++) {
          for (int i = 0; i < start.numParameters(n); i++) {
            double slope = gradient[offset++];
            if (random.nextInt(1 + start.numParameters() / 40) == 0) {
              double h = 1e-5;
              double above = logDensity(moved(start, n, i, h), cells);
              double difference = (above - logDensity(moved(start, n, i, -h), cells)) / (2 * h);
              String what = "K = %d, %s, node %d, parameter %d".formatted(k, precision, n, i);
              assertEquals(difference, slope, close * (1 + Math.abs(difference)), what);
            }
          }
        }
      }
    }
  }

  /** The generative objective by an evaluator. */
  private static double logDensity(Circuit circuit, double[] cells) {
    double[] logs = new double[cells.length / circuit.numVariables()];
    new Evaluator(circuit, Precision.DOUBLE).logDensity(cells, logs.length, logs);
    return Arrays.stream(logs).sum() / circuit.numVariables();
  }

  @Test
  void anyCircuit_gradients_areFiniteDifferences() {
    for (long seed = 0; seed < CIRCUITS; seed++) {
      Circuit circuit = Plain.circuit(RandomCircuits.tractable(seed));
      TrainingData data = rows(circuit, 12, seed);
      Learner learner;
      try {
        learner = new Learner(circuit, data, PLAIN);
      } catch (CircuitException e) {
        continue;
      }
      Circuit start = learner.circuit();
      if (!isModest(start)) {
        continue;
      }
      List<Objective> objectives = new ArrayList<>(List.of(Objective.GENERATIVE));
      for (Variable v : circuit.variables()) {
        if (v instanceof Variable.Categorical) {
          objectives.add(Objective.discriminative(v.name()));
          objectives.add(new Objective(v.name(), 0.3));
        }
      }
      SplittableRandom random = new SplittableRandom(seed);
      for (Objective objective : objectives) {
        double[] gradient = learner.gradient(data, objective);
        int offset = 0;
        for (int n = 0; n < start.numNodes(); n++) {
          for (int i = 0; i < start.numParameters(n); i++) {
            double slope = gradient[offset++];
            boolean learned = start.kind(n) != NodeKind.CONSTANT;
            if (learned && random.nextInt(1 + start.numParameters() / 12) == 0) {
              double h = 1e-5;
              double above = objective(moved(start, n, i, h), data, objective);
              double below = objective(moved(start, n, i, -h), data, objective);
              double difference = (above - below) / (2 * h);
              assertEquals(
                  difference,
                  slope,
                  1e-5 * (10 + Math.abs(difference)),
                  "seed " + seed + ", " + objective + ", node " + n + ", parameter " + i);
            }
          }
        }
      }
    }
  }

  /** Whether finite differences are good to some digits: no scale is tiny beside the data. */
  private static boolean isModest(Circuit circuit) {
    for (int n = 0; n < circuit.numNodes(); n++) {
      if (circuit.kind(n) == NodeKind.GAUSSIAN
          && (circuit.parameter(n, 1) < 0.1 || Math.abs(circuit.parameter(n, 0)) > 20)) {
        return false;
      }
      for (int i = 0;
          circuit.kind(n) == NodeKind.CATEGORICAL && i < circuit.numParameters(n);
          i++) {
        double log = circuit.parameter(n, i);
        if (log > 1e-9 || (log < -50 && log > Double.NEGATIVE_INFINITY)) {
          return false;
        }
      }
    }
    return true;
  }

  /** The circuit with one unconstrained parameter moved. */
  private static Circuit moved(Circuit circuit, int node, int parameter, double by) {
    CircuitBuilder builder = Circuit.builder(circuit.variables());
    for (int n = 0; n < circuit.numNodes(); n++) {
      double[] own = new double[circuit.numParameters(n)];
      int[] children = new int[circuit.numChildren(n)];
      for (int i = 0; i < own.length; i++) {
        own[i] = circuit.parameter(n, i);
      }
      for (int i = 0; i < children.length; i++) {
        children[i] = circuit.child(n, i);
      }
      if (n == node) {
        boolean isFactor =
            circuit.kind(n) == NodeKind.WEIGHTED_SUM || isScale(circuit, n, parameter);
        own[parameter] = isFactor ? own[parameter] * Math.exp(by) : own[parameter] + by;
        if (circuit.kind(n) == NodeKind.WEIGHTED_SUM) {
          double sum = Arrays.stream(own).sum();
          Arrays.setAll(own, i -> own[i] / sum);
        } else if (circuit.kind(n) == NodeKind.CATEGORICAL) {
          double log = Math.log(Arrays.stream(own).map(Math::exp).sum());
          Arrays.setAll(own, i -> own[i] - log);
        }
      }
      switch (circuit.kind(n)) {
        case GAUSSIAN -> builder.gaussian(circuit.variable(n), own[0], own[1]);
        case CATEGORICAL -> builder.categoricalLog(circuit.variable(n), own);
        case BASE -> builder.base(circuit.variable(n));
        case CONSTANT -> builder.constantLog(own[0]);
        case PRODUCT -> builder.product(children);
        default -> builder.sumLinear(children, own);
      }
    }
    return builder.build(circuit.root());
  }

  private static boolean isScale(Circuit circuit, int node, int parameter) {
    return circuit.kind(node) == NodeKind.GAUSSIAN && parameter == 1;
  }

  /** The objective of a circuit, which is normalised, summed over the rows that are possible. */
  private static double objective(Circuit circuit, TrainingData data, Objective objective) {
    double[] joint = new Learner(circuit, data, PLAIN).logLikelihoods(data);
    double sum = 0;
    double share = objective.discriminative();
    TrainingData.Builder hidden = TrainingData.builder(circuit.variables());
    for (int v = 0; v < circuit.numVariables(); v++) {
      hidden.doubles(v);
    }
    for (int row = 0; row < data.numRows(); row++) {
      double[] cells = new double[circuit.numVariables()];
      for (int v = 0; v < cells.length; v++) {
        boolean isClass = circuit.variables().get(v).name().equals(objective.classVariable());
        cells[v] = isClass ? NAN : data.value(row, v);
      }
      hidden.addRow(cells);
      for (int v = 0; v < cells.length; v++) {
        double[] soft = data.soft(row, v);
        boolean isClass = circuit.variables().get(v).name().equals(objective.classVariable());
        if (soft != null && !isClass) {
          if (circuit.variables().get(v) instanceof Variable.Real) {
            hidden.interval(v, soft[0], soft[1]);
          } else {
            hidden.likelihood(v, soft);
          }
        }
      }
    }
    double[] features = new Learner(circuit, data, PLAIN).logLikelihoods(hidden.build());
    for (int row = 0; row < joint.length; row++) {
      if (joint[row] > Double.NEGATIVE_INFINITY) {
        double class0 = share == 0 ? 0 : share * (joint[row] - features[row]);
        sum += data.weight(row) * (class0 + (1 - share) * joint[row] / circuit.numVariables());
      }
    }
    return sum;
  }

  @Test
  void climbing_aHybrid_raisesIt() {
    CircuitBuilder b =
        Circuit.builder(List.of(Variable.real("x"), Variable.categorical("y", "a", "b")));
    int[] parts = new int[2];
    for (int i = 0; i < 2; i++) {
      double[] p = {Math.log(i == 0 ? 0.6 : 0.4), Math.log(i == 0 ? 0.4 : 0.6)};
      parts[i] = b.product(b.gaussian(0, i - 0.5, 1), b.categoricalLog(1, p));
    }
    Circuit circuit = b.build(b.sumLinear(parts, new double[] {0.5, 0.5}));
    SplittableRandom random = new SplittableRandom(3);
    double[] cells = new double[400];
    for (int row = 0; row < 200; row++) {
      cells[2 * row + 1] = row % 2;
      cells[2 * row] = gauss(random) + 3 * (row % 2);
    }
    TrainingData data = TrainingData.of(circuit.variables(), cells);
    Learner learner = new Learner(circuit, data, LearnOptions.DEFAULT);
    double first = learner.climbEpoch(20, 0.05, new Objective("y", 0.9));
    for (int epoch = 0; epoch < 30; epoch++) {
      learner.climbEpoch(20, 0.05, new Objective("y", 0.9));
    }
    double last = learner.climbEpoch(20, 0.01, new Objective("y", 0.9));
    assertTrue(last > first + 0.3, first + " then " + last);
  }
}
