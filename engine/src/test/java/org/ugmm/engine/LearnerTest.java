package org.ugmm.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.data.CircuitException;
import org.ugmm.engine.data.ExpectedCounts;
import org.ugmm.engine.data.LearnOptions;
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
      double[] logs = learner.logLikelihoods(data);
      Inference before = new Inference(circuit);
      Inference after = new Inference(same);
      for (int row = 0; row < logs.length; row++) {
        double expected = before.marginal(evidence(circuit, data, row)).value();
        assertEquals(expected, logs[row], 1e-9 * (1 + Math.abs(expected)), "seed " + seed);
        double exported = after.marginal(evidence(same, data, row)).value();
        assertEquals(expected, exported, 1e-9 * (1 + Math.abs(expected)), "seed " + seed);
      }
    }
  }

  private static Evidence evidence(Circuit circuit, TrainingData data, int row) {
    Evidence evidence = new Evidence(circuit);
    for (int v = 0; v < circuit.numVariables(); v++) {
      double x = data.value(row, v);
      double[] soft = data.soft(row, v);
      if (soft != null) {
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
        if (Double.isNaN(cells[v])
            && circuit.variables().get(v) instanceof Variable.Categorical categorical
            && random.nextBoolean()) {
          builder.states(v, 0, categorical.numStates() - 1);
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
}
