package org.ugmm.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.data.CircuitException;
import org.ugmm.engine.data.ExpectedCounts;
import org.ugmm.engine.data.LearnOptions;
import org.ugmm.engine.data.LearnOptions.Objective;
import org.ugmm.engine.data.Precision;
import org.ugmm.engine.data.TrainingData;
import org.ugmm.engine.data.Variable;

/** Nodes that share their parameters: hidden chains whose steps are alike. */
class TiedLearningTest {
  private static final LearnOptions PLAIN =
      LearnOptions.DEFAULT
          .withPseudoCounts(0, 0)
          .withRelativeScaleFloor(0)
          .withPrecision(Precision.DOUBLE)
          .withThreads(1);

  /** A chain of some steps, each with a letter and a real, and its groups of alike nodes. */
  private record Chain(Circuit circuit, int[][] tied) {}

  private static Chain chain(int steps, int k, long seed) {
    return chain(steps, k, seed, -1, 0);
  }

  /** The same with a shared parameter of one group moved, in all its nodes. */
  private static Chain chain(int steps, int k, long seed, int movedGroup, double by) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Variable> variables = new ArrayList<>();
    for (int t = 0; t < steps; t++) {
      variables.add(Variable.categorical("letter" + t, "a", "b", "c"));
      variables.add(Variable.real("x" + t));
    }
    double[][] letters = new double[k][];
    double[] mean = new double[k];
    double[][] weights = new double[k][];
    for (int z = 0; z < k; z++) {
      letters[z] = shares(random, 3);
      mean[z] = random.nextDouble(-2, 2) + (movedGroup == k + z ? by : 0);
      weights[z] = shares(random, k);
    }
    CircuitBuilder builder = Circuit.builder(variables);
    List<List<Integer>> groups = new ArrayList<>();
    for (int g = 0; g < 3 * k; g++) {
      groups.add(new ArrayList<>());
    }
    int[] message = null;
    for (int t = steps - 1; t >= 0; t--) {
      int[] product = new int[k];
      for (int z = 0; z < k; z++) {
        int letter = builder.categoricalLinear(2 * t, letters[z]);
        int real = builder.gaussian(2 * t + 1, mean[z], 1.5);
        groups.get(z).add(letter);
        groups.get(k + z).add(real);
        product[z] =
            message == null
                ? builder.product(letter, real)
                : builder.product(letter, real, message[z]);
      }
      message = new int[t == 0 ? 1 : k]; // the first step has one sum, the root
      for (int z = 0; z < message.length; z++) {
        message[z] = builder.sumLinear(product, weights[z]);
        groups.get(2 * k + z).add(message[z]);
      }
    }
    Circuit circuit = builder.build(message[0]);
    int[][] tied =
        groups.stream()
            .map(g -> g.stream().mapToInt(Integer::intValue).toArray())
            .toArray(int[][]::new);
    return new Chain(circuit, tied);
  }

  private static double[] shares(SplittableRandom random, int n) {
    double[] share = random.doubles(n, 0.2, 1).toArray();
    double sum = Arrays.stream(share).sum();
    return Arrays.stream(share).map(x -> x / sum).toArray();
  }

  private static TrainingData rows(Circuit circuit, int n, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    TrainingData.Builder builder = TrainingData.builder(circuit.variables());
    for (int r = 0; r < n; r++) {
      double[] row = new double[circuit.numVariables()];
      for (int v = 0; v < row.length; v++) {
        double value = v % 2 == 0 ? random.nextInt(3) : random.nextDouble(-3, 3);
        row[v] = random.nextInt(6) == 0 ? Double.NaN : value;
      }
      builder.addRow(row);
    }
    return builder.build();
  }

  private static void assertTied(Circuit circuit, int[][] tied) {
    for (int[] group : tied) {
      for (int n : group) {
        for (int i = 0; i < circuit.numParameters(n); i++) {
          assertEquals(circuit.parameter(group[0], i), circuit.parameter(n, i), "node " + n);
        }
      }
    }
  }

  @Test
  void twoCoins_tied_haveThePooledShare() {
    Variable first = Variable.categorical("c", "no", "yes");
    Variable second = Variable.categorical("d", "no", "yes");
    CircuitBuilder builder = Circuit.builder(List.of(first, second));
    int a = builder.categoricalLinear(0, 0.5, 0.5);
    int b = builder.categoricalLinear(1, 0.5, 0.5);
    Circuit coins = builder.build(builder.product(a, b));
    TrainingData data =
        TrainingData.builder(coins.variables())
            .addRow(new double[] {1, 1})
            .addRow(new double[] {0, 1}, 2)
            .addRow(new double[] {0, Double.NaN})
            .build();
    Learner learner = Learner.ofTied(coins, data, PLAIN, new int[] {a, b});
    learner.fullStep();
    // yes: once in c, three times in d; no: three times in c
    assertEquals(4.0 / 7, Math.exp(learner.circuit().parameter(a, 1)), 1e-15);
    assertEquals(4.0 / 7, Math.exp(learner.circuit().parameter(b, 1)), 1e-15);
  }

  @Test
  void chains_fullSteps_neverLowerThePenalisedLikelihood_andStayTied() {
    for (long seed = 0; seed < 20; seed++) {
      Chain chain = chain(4, 3, seed);
      TrainingData data = rows(chain.circuit, 60, seed);
      LearnOptions options = seed % 2 == 0 ? PLAIN.withPseudoCounts(0.5, 2) : PLAIN;
      Learner learner = Learner.ofTied(chain.circuit, data, options, chain.tied);
      double start = Double.NaN;
      double last = Double.NEGATIVE_INFINITY;
      for (int step = 0; step < 10; step++) {
        ExpectedCounts counts = learner.count(data);
        double now = counts.logLikelihood() + learner.logPrior();
        start = step == 0 ? now : start;
        assertTrue(now >= last - 1e-7 * (1 + Math.abs(last)), "seed " + seed + ", step " + step);
        last = now;
        learner.fullStep();
        assertTied(learner.circuit(), chain.tied);
      }
      assertTrue(last > start + 1, "seed " + seed + ": " + start + " to " + last);
    }
  }

  @Test
  void chains_inBatchesAndAlongGradients_raiseTheLikelihood_andStayTied() {
    Chain chain = chain(5, 3, 4);
    TrainingData data = rows(chain.circuit, 300, 4);
    Learner learner = Learner.ofTied(chain.circuit, data, PLAIN, chain.tied);
    double start = learner.meanLogLikelihood(data);
    for (int epoch = 0; epoch < 3; epoch++) {
      learner.epoch(50, 0.5, 0.2);
    }
    assertTied(learner.circuit(), chain.tied);
    double batches = learner.meanLogLikelihood(data);
    assertTrue(batches > start, start + " to " + batches);

    Learner climber = Learner.ofTied(chain.circuit, data, PLAIN, chain.tied);
    for (int epoch = 0; epoch < 5; epoch++) {
      climber.climbEpoch(50, 0.02, Objective.GENERATIVE);
    }
    assertTied(climber.circuit(), chain.tied);
    assertTrue(climber.meanLogLikelihood(data) > start);
  }

  @Test
  void gradient_ofATiedMean_isTheFiniteDifferenceOfAllItsNodes() {
    int k = 3;
    Chain chain = chain(4, k, 9);
    TrainingData data = rows(chain.circuit, 30, 9);
    Learner learner = Learner.ofTied(chain.circuit, data, PLAIN, chain.tied);
    double[] gradient = learner.gradient(data, Objective.GENERATIVE);
    for (int z = 0; z < k; z++) {
      double h = 1e-5;
      double difference =
          (sum(chain(4, k, 9, k + z, h), data) - sum(chain(4, k, 9, k + z, -h), data));
      double expected = difference / (2 * h) / chain.circuit.numVariables();
      for (int n : chain.tied[k + z]) {
        assertEquals(expected, gradient[offset(chain.circuit, n)], 1e-6 * (1 + Math.abs(expected)));
      }
    }
  }

  private static double sum(Chain chain, TrainingData data) {
    return Arrays.stream(new Learner(chain.circuit, data, PLAIN).logLikelihoods(data)).sum();
  }

  private static int offset(Circuit circuit, int node) {
    int offset = 0;
    for (int n = 0; n < node; n++) {
      offset += circuit.numParameters(n);
    }
    return offset;
  }

  @Test
  void nodesThatCannotBeTied_areNamed() {
    Chain chain = chain(3, 2, 1);
    TrainingData data = rows(chain.circuit, 10, 1);
    int letter = chain.tied[0][0];
    int otherLetter = chain.tied[1][0];
    int real = chain.tied[2][0];
    assertRefused(chain.circuit, data, "of kind", new int[] {letter, real});
    assertRefused(chain.circuit, data, "parameter 0", new int[] {letter, otherLetter});
    assertRefused(chain.circuit, data, "twice", new int[] {letter}, new int[] {letter});
    assertRefused(chain.circuit, data, "expected 0 ..", new int[] {letter, 1 << 20});
  }

  private static void assertRefused(
      Circuit circuit, TrainingData data, String words, int[]... tied) {
    CircuitException e =
        assertThrows(CircuitException.class, () -> Learner.ofTied(circuit, data, PLAIN, tied));
    assertTrue(e.getMessage().contains(words), e.getMessage());
  }
}
