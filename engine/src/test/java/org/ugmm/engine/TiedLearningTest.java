package org.ugmm.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.data.CircuitException;
import org.ugmm.engine.data.ExpectedCounts;
import org.ugmm.engine.data.LearnOptions;
import org.ugmm.engine.data.LearnOptions.Objective;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Precision;
import org.ugmm.engine.data.TrainingData;
import org.ugmm.engine.data.Variable;
import org.ugmm.testdata.RandomCircuits;

/** Nodes that share their parameters: hidden chains whose steps are alike. */
class TiedLearningTest {
  private static final LearnOptions PLAIN =
      LearnOptions.DEFAULT
          .withPseudoCounts(0, 0)
          .withRelativeScaleFloor(0)
          .withPrecision(Precision.DOUBLE)
          .withThreads(1);

  private static final int CIRCUITS = Integer.getInteger("org.ugmm.circuits", 60);
  private static final int[][] NONE = {};

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

  /** A random circuit whose Gaussian leaves on a variable have a few means, and their groups. */
  private record Units(Circuit circuit, int[][] means) {}

  private static Units units(long seed) {
    Circuit random = Plain.circuit(RandomCircuits.tractable(seed));
    boolean[] reached = new boolean[random.numNodes()];
    reached[random.root()] = true;
    for (int n = random.root(); n >= 0; n--) {
      for (int i = 0; reached[n] && i < random.numChildren(n); i++) {
        reached[random.child(n, i)] = true;
      }
    }
    double[] mean = new double[random.numNodes()];
    boolean[] isGaussian = new boolean[random.numNodes()];
    Map<Integer, IntArrayList> leaves = new TreeMap<>();
    for (int n = 0; n < random.numNodes(); n++) {
      if (reached[n] && random.kind(n) == NodeKind.GAUSSIAN) {
        isGaussian[n] = true;
        int g = 2 * random.variable(n) + (n % 5 == 0 ? 1 : 0);
        IntArrayList group = leaves.computeIfAbsent(g, v -> new IntArrayList());
        group.add(n);
        mean[n] = random.parameter(group.getInt(0), 0);
      }
    }
    List<int[]> groups =
        leaves.values().stream().filter(g -> g.size() > 1).map(IntArrayList::toIntArray).toList();
    return new Units(withMeans(random, isGaussian, mean), groups.toArray(int[][]::new));
  }

  private static Circuit withMeans(Circuit circuit, boolean[] replaced, double[] mean) {
    CircuitBuilder builder = Circuit.builder(circuit.variables());
    for (int n = 0; n < circuit.numNodes(); n++) {
      int[] children = new int[circuit.numChildren(n)];
      double[] own = new double[circuit.numParameters(n)];
      int node = n;
      Arrays.setAll(children, i -> circuit.child(node, i));
      Arrays.setAll(own, i -> circuit.parameter(node, i));
      if (replaced[n]) {
        own[0] = mean[n];
      }
      int v = circuit.variable(n);
      switch (circuit.kind(n)) {
        case GAUSSIAN -> builder.gaussian(v, own[0], own[1]);
        case CATEGORICAL -> builder.categoricalLog(v, own);
        case BASE -> builder.base(v);
        case CONSTANT -> builder.constantLog(own[0]);
        case PRODUCT -> builder.product(children);
        case WEIGHTED_SUM -> builder.sumLinear(children, own);
        default -> throw new AssertionError(circuit.kind(n));
      }
    }
    return builder.build(circuit.root());
  }

  @Test
  void anyCircuit_withMeansTied_fullStepsNeverLowerThePenalisedLikelihood() {
    int learned = 0;
    for (long seed = 0; seed < CIRCUITS; seed++) {
      Units units = units(seed);
      if (units.means.length == 0) {
        continue;
      }
      TrainingData data = LearnerTest.rows(units.circuit, 40, seed);
      LearnOptions options = seed % 2 == 0 ? PLAIN.withPseudoCounts(0.5, 2) : PLAIN;
      Learner learner;
      try {
        learner = Learner.ofTied(units.circuit, data, options, NONE, units.means);
      } catch (CircuitException e) {
        assertTrue(e.getMessage().contains("domain"), e.getMessage());
        continue;
      }
      learned++;
      learner.fullStep();
      long zeroRows = learner.numZeroRows();
      double last = Double.NEGATIVE_INFINITY;
      for (int step = 0; step < 8; step++) {
        ExpectedCounts counts = learner.count(data);
        double now = counts.logLikelihood() + learner.logPrior();
        if (counts.numZeroRows() == zeroRows) {
          assertTrue(now >= last - 1e-7 * (1 + Math.abs(last)), "seed " + seed + ", step " + step);
        }
        zeroRows = counts.numZeroRows();
        last = now;
        learner.fullStep();
        assertMeansTied(learner.circuit(), units.means);
      }
    }
    assertTrue(learned > CIRCUITS / 5, learned + " circuits were learned");
  }

  private static void assertMeansTied(Circuit circuit, int[][] groups) {
    for (int[] group : groups) {
      for (int n : group) {
        assertEquals(circuit.parameter(group[0], 0), circuit.parameter(n, 0), "node " + n);
      }
    }
  }

  @Test
  void anyCircuit_withMeansTied_hasTheSameBitsOfTwoThreads_andCountsAddUp() {
    for (long seed = 0; seed < CIRCUITS; seed++) {
      Units units = units(seed);
      if (units.means.length == 0) {
        continue;
      }
      TrainingData data = LearnerTest.rows(units.circuit, 150, seed);
      Learner one;
      try {
        one =
            Learner.ofTied(
                units.circuit, data, LearnOptions.DEFAULT.withThreads(1), NONE, units.means);
      } catch (CircuitException e) {
        continue;
      }
      Learner two =
          Learner.ofTied(
              units.circuit, data, LearnOptions.DEFAULT.withThreads(2), NONE, units.means);
      Learner halves = Learner.ofTied(units.circuit, data, PLAIN, NONE, units.means);
      Learner whole = Learner.ofTied(units.circuit, data, PLAIN, NONE, units.means);
      one.fullStep();
      two.fullStep();
      one.epoch(100, 0.5, 0.2);
      two.epoch(100, 0.5, 0.2);
      one.climbEpoch(100, 0.01, Objective.GENERATIVE);
      two.climbEpoch(100, 0.01, Objective.GENERATIVE);
      assertArrayEquals(one.logLikelihoods(data), two.logLikelihoods(data), "seed " + seed);
      assertMeansTied(one.circuit(), units.means);

      ExpectedCounts counts = halves.count(data.select(IntStream.range(0, 70).toArray()));
      counts.add(halves.count(data.select(IntStream.range(70, 150).toArray())));
      halves.update(counts, 1);
      whole.fullStep();
      double expected = whole.count(data).logLikelihood();
      assertEquals(expected, halves.count(data).logLikelihood(), 1e-8 * (1 + Math.abs(expected)));
    }
  }

  @Test
  void twoScales_withOneMean_fullStep_weighsByPrecision_thenSpreadsAboutTheMean() {
    Variable x = Variable.real("x");
    Variable y = Variable.real("y");
    CircuitBuilder builder = Circuit.builder(List.of(x, y));
    int a = builder.gaussian(0, 0, 1);
    int b = builder.gaussian(1, 0, 2);
    Circuit pair = builder.build(builder.product(a, b));
    TrainingData data =
        TrainingData.of(pair.variables(), new double[] {1, 6, 3, Double.NaN, 2, 10});
    Learner learner = Learner.ofTied(pair, data, PLAIN, NONE, new int[][] {{a, b}});
    learner.fullStep();
    double mean = (6.0 / 1 + 16.0 / 4) / (3.0 / 1 + 2.0 / 4);
    assertEquals(mean, learner.circuit().parameter(a, 0), 1e-14);
    assertEquals(mean, learner.circuit().parameter(b, 0), 0);
    assertEquals(
        rootMeanSquare(1 - mean, 3 - mean, 2 - mean), learner.circuit().parameter(a, 1), 1e-14);
    assertEquals(rootMeanSquare(6 - mean, 10 - mean), learner.circuit().parameter(b, 1), 1e-14);
    for (int step = 0; step < 200; step++) {
      learner.fullStep();
    }
    // where the gradient by the mean and by both scales is zero
    double[] gradient = learner.gradient(data, Objective.GENERATIVE);
    assertArrayEquals(new double[gradient.length], gradient, 1e-9);
  }

  private static double rootMeanSquare(double... x) {
    return Math.sqrt(Arrays.stream(x).map(d -> d * d).average().orElseThrow());
  }

  @Test
  void meansTied_gradient_isTheFiniteDifferenceOfAllLeaves() {
    int tested = 0;
    for (long seed = 0; seed < CIRCUITS; seed++) {
      Units units = units(seed);
      if (units.means.length == 0 || !isModest(units.circuit)) {
        continue;
      }
      TrainingData data = LearnerTest.rows(units.circuit, 12, seed);
      Learner learner;
      try {
        learner = Learner.ofTied(units.circuit, data, PLAIN, NONE, units.means);
      } catch (CircuitException e) {
        continue;
      }
      double[] gradient = learner.gradient(data, Objective.GENERATIVE);
      for (int[] group : units.means) {
        double h = 1e-5;
        double above = logs(moved(units.circuit, group, h), data);
        double below = logs(moved(units.circuit, group, -h), data);
        double expected = (above - below) / (2 * h) / units.circuit.numVariables();
        for (int n : group) {
          double found = gradient[offset(units.circuit, n)];
          assertEquals(expected, found, 1e-5 * (10 + Math.abs(expected)), "seed " + seed);
          tested++;
        }
      }
    }
    assertTrue(tested > CIRCUITS / 3, tested + " leaves");
  }

  private static boolean isModest(Circuit circuit) {
    for (int n = 0; n < circuit.numNodes(); n++) {
      boolean isGaussian = circuit.kind(n) == NodeKind.GAUSSIAN;
      if (isGaussian && (circuit.parameter(n, 1) < 0.1 || Math.abs(circuit.parameter(n, 0)) > 20)) {
        return false;
      }
    }
    return true;
  }

  private static Circuit moved(Circuit circuit, int[] group, double by) {
    boolean[] replaced = new boolean[circuit.numNodes()];
    double[] mean = new double[circuit.numNodes()];
    for (int n : group) {
      replaced[n] = true;
      mean[n] = circuit.parameter(n, 0) + by;
    }
    return withMeans(circuit, replaced, mean);
  }

  /** Sum of the weighted logs of rows with a probability above zero. */
  private static double logs(Circuit circuit, TrainingData data) {
    return new Learner(circuit, data, PLAIN).count(data).logLikelihood();
  }

  @Test
  void chainsWhoseMeansAreTiedToo_stayTied_andDoNotFall() {
    for (long seed = 0; seed < 10; seed++) {
      Chain chain = chainOfOneMean(4, 3, seed);
      int[][] means = {{chain.tied[3][0], chain.tied[4][1], chain.tied[4][0], chain.tied[5][2]}};
      TrainingData data = rows(chain.circuit, 60, seed);
      Learner learner = Learner.ofTied(chain.circuit, data, PLAIN, chain.tied, means);
      double last = Double.NEGATIVE_INFINITY;
      for (int step = 0; step < 10; step++) {
        double now = learner.count(data).logLikelihood();
        assertTrue(now >= last - 1e-7 * (1 + Math.abs(last)), "seed " + seed + ", step " + step);
        last = now;
        learner.fullStep();
        assertTied(learner.circuit(), chain.tied);
        assertMeansTied(learner.circuit(), means);
      }
      learner.climbEpoch(20, 0.02, Objective.GENERATIVE);
      assertTied(learner.circuit(), chain.tied);
      assertMeansTied(learner.circuit(), means);
    }
  }

  private static Chain chainOfOneMean(int steps, int k, long seed) {
    Chain chain = chain(steps, k, seed);
    boolean[] isReal = new boolean[chain.circuit.numNodes()];
    for (int n = 0; n < isReal.length; n++) {
      isReal[n] = chain.circuit.kind(n) == NodeKind.GAUSSIAN;
    }
    return new Chain(withMeans(chain.circuit, isReal, new double[isReal.length]), chain.tied);
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
    assertMeansRefused(chain, data, "of kind CATEGORICAL", letter, real);
    assertMeansRefused(chain, data, "parameter 0", real, chain.tied[3][0]);
    assertMeansRefused(chain, data, "twice", real, real);
    // of one group and so of one mean: nothing to do
    Learner.ofTied(chain.circuit, data, PLAIN, chain.tied, new int[][] {chain.tied[2]});
  }

  private static void assertRefused(
      Circuit circuit, TrainingData data, String words, int[]... tied) {
    CircuitException e =
        assertThrows(CircuitException.class, () -> Learner.ofTied(circuit, data, PLAIN, tied));
    assertTrue(e.getMessage().contains(words), e.getMessage());
  }

  private static void assertMeansRefused(
      Chain chain, TrainingData data, String words, int... group) {
    CircuitException e =
        assertThrows(
            CircuitException.class,
            () -> Learner.ofTied(chain.circuit, data, PLAIN, NONE, new int[][] {group}));
    assertTrue(e.getMessage().contains(words), e.getMessage());
  }
}
