package org.ugmm.engine.learn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.data.ExpectedCounts;
import org.ugmm.engine.data.TrainingData;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.flat.FlatBuilder;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.kernel.Kernels;
import org.ugmm.engine.kernel.TrainingKernels;

/** Tiles against the log domain, row by row. */
class CounterTest {
  private static final int CIRCUITS = Integer.getInteger("org.ugmm.circuits", 60);

  /** A circuit of regions: random trees over the variables with dense, crossed or shared blocks. */
  static FlatCircuit random(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int numVariables = 1 + random.nextInt(9);
    Variable[] variables = new Variable[numVariables];
    for (int v = 0; v < numVariables; v++) {
      variables[v] =
          switch (random.nextInt(4)) {
            case 0 -> Variable.categorical("v" + v, "a", "b", "c");
            case 1 -> Variable.categorical("v" + v, "no", "yes");
            default -> Variable.real("v" + v);
          };
    }
    FlatBuilder builder = new FlatBuilder(List.of(variables));
    int[] scope = new int[numVariables];
    Arrays.setAll(scope, v -> v);
    int[] units = region(builder, variables, scope, random);
    return builder.build(sum(builder, units, random));
  }

  private static int[] region(
      FlatBuilder b, Variable[] variables, int[] scope, SplittableRandom random) {
    int k = 1 + random.nextInt(random.nextInt(4) == 0 ? 40 : 9);
    int[] parts = null;
    if (scope.length == 1 || random.nextInt(5) == 0) {
      parts = new int[k];
      for (int i = 0; i < k; i++) {
        int[] leaves = Arrays.stream(scope).map(v -> leaf(b, variables, v, random)).toArray();
        parts[i] = leaves.length == 1 ? leaves[0] : b.product(leaves);
      }
    } else {
      int at = 1 + random.nextInt(scope.length - 1);
      int[] left = region(b, variables, Arrays.copyOf(scope, at), random);
      int[] right = region(b, variables, Arrays.copyOfRange(scope, at, scope.length), random);
      boolean cross = random.nextBoolean();
      parts = new int[cross ? left.length * right.length : Math.max(left.length, right.length)];
      for (int i = 0; i < parts.length; i++) {
        int a = cross ? i / right.length : i % left.length;
        parts[i] = b.product(left[a], right[i % right.length]);
      }
    }
    if (random.nextInt(4) == 0) {
      return parts;
    }
    int[] sums = new int[1 + random.nextInt(random.nextInt(4) == 0 ? 36 : 8)];
    for (int i = 0; i < sums.length; i++) {
      sums[i] = sum(b, parts, random);
    }
    return sums;
  }

  private static int sum(FlatBuilder b, int[] children, SplittableRandom random) {
    double[] weights = new double[children.length];
    Arrays.setAll(weights, i -> random.nextInt(9) == 0 ? 1e-12 : random.nextDouble());
    double total = Arrays.stream(weights).sum();
    return b.weightedSum(children, Arrays.stream(weights).map(w -> w / total).toArray());
  }

  private static int leaf(FlatBuilder b, Variable[] variables, int v, SplittableRandom random) {
    if (variables[v] instanceof Variable.Categorical categorical) {
      double[] p = new double[categorical.numStates()];
      Arrays.setAll(p, s -> random.nextInt(8) == 0 ? 0 : 0.01 + random.nextDouble());
      double total = Arrays.stream(p).sum();
      Arrays.setAll(p, s -> Math.log(p[s] / total));
      return b.categorical(v, total > 0 ? p : new double[p.length]);
    }
    double scale = random.nextInt(6) == 0 ? 1e-3 : 0.3 + random.nextDouble();
    return b.gaussian(v, 3 * random.nextDouble() - 1.5, scale);
  }

  static TrainingData rows(FlatCircuit circuit, int numRows, long seed) {
    SplittableRandom random = new SplittableRandom(~seed);
    TrainingData.Builder builder = TrainingData.builder(circuit.variables);
    for (int row = 0; row < numRows; row++) {
      double[] cells = new double[circuit.variables.size()];
      for (int v = 0; v < cells.length; v++) {
        boolean isState = circuit.variables.get(v) instanceof Variable.Categorical;
        double value = isState ? random.nextInt(2) : 4 * random.nextDouble() - 2;
        cells[v] = random.nextInt(5) == 0 ? Double.NaN : value;
      }
      builder.addRow(cells, random.nextBoolean() ? 1 : 5 * random.nextDouble());
      for (int v = 0; v < cells.length; v++) {
        boolean isState = circuit.variables.get(v) instanceof Variable.Categorical;
        if (isState && Double.isNaN(cells[v]) && random.nextInt(20) == 0) {
          builder.likelihood(v, likelihood(circuit, v, random));
        }
      }
    }
    return builder.build();
  }

  private static double[] likelihood(FlatCircuit circuit, int v, SplittableRandom random) {
    double[] likelihood = new double[((Variable.Categorical) circuit.variables.get(v)).numStates()];
    Arrays.setAll(likelihood, s -> random.nextDouble());
    return likelihood;
  }

  private static <A> ExpectedCounts count(
      TrainedCircuit c, Rows rows, TrainingKernels<A> kernels, int threads) {
    LeafPrior[] priors = rows.priors(c.source.variables, 0, 0, 0);
    double[] center = Arrays.stream(priors).mapToDouble(LeafPrior::mean).toArray();
    double[] unit = Arrays.stream(priors).mapToDouble(LeafPrior::unit).toArray();
    Counter<A> counter = new Counter<>(c, kernels, center, unit, new Workers(threads));
    ExpectedCounts counts = new ExpectedCounts(0, c.numStatistics());
    int[] chosen = new int[rows.numRows()];
    Arrays.setAll(chosen, i -> chosen.length - 1 - i);
    counter.count(rows, chosen, 0, chosen.length, counts);
    return counts;
  }

  private static ExpectedCounts plain(TrainedCircuit c, Rows rows) {
    ExpectedCounts counts = new ExpectedCounts(0, c.numStatistics());
    LogPass pass = new LogPass(c, rows);
    for (int row = 0; row < rows.numRows(); row++) {
      double log = pass.up(row);
      double weight = rows.data.weight(row);
      if (log == Double.NEGATIVE_INFINITY) {
        counts.addRows(1, 1, weight, 0, 0);
      } else {
        pass.down(row, weight, counts.counts());
        counts.addRows(1, 0, 0, weight, weight * log);
      }
    }
    return counts;
  }

  private static void assertClose(
      TrainedCircuit c,
      String what,
      ExpectedCounts expected,
      ExpectedCounts actual,
      double tolerance) {
    assertEquals(expected.numRows(), actual.numRows(), what);
    assertEquals(expected.numZeroRows(), actual.numZeroRows(), what);
    assertEquals(expected.weight(), actual.weight(), 1e-12 * expected.weight(), what);
    double zeroWeight = expected.zeroWeight();
    assertEquals(zeroWeight, actual.zeroWeight(), 1e-12 * zeroWeight, what);
    double log = expected.logLikelihood();
    assertEquals(log, actual.logLikelihood(), tolerance * (100 + Math.abs(log)), what);
    double[] counts = expected.counts();
    double ofFlows = tolerance + 0x1p-50 * Math.abs(log); // logs round, flows are exponentials
    for (int n = 0; n < c.numNodes; n++) {
      // sums of signed distances are as good as those of their squares are large
      double largest = 0;
      for (int i = c.statisticStart[n]; i < c.statisticStart[n + 1]; i++) {
        largest = Math.max(largest, Math.abs(counts[i]));
      }
      double bound = ofFlows * (expected.weight() + largest);
      for (int i = c.statisticStart[n]; i < c.statisticStart[n + 1]; i++) {
        assertEquals(counts[i], actual.counts()[i], bound, what + ", count " + i);
      }
    }
  }

  @Test
  void anyCircuit_tiles_countAsTheLogDomain() {
    for (long seed = 0; seed < CIRCUITS; seed++) {
      FlatCircuit circuit = random(seed);
      TrainedCircuit c = new TrainedCircuit(circuit);
      Rows rows = new Rows(circuit, rows(circuit, 40 + (int) (seed % 3) * 60, seed));
      ExpectedCounts expected = plain(c, rows);
      ExpectedCounts inDouble = count(c, rows, Kernels.DOUBLE.training(), 1);
      assertClose(c, "seed " + seed + ", double", expected, inDouble, 1e-10);
      ExpectedCounts inFloat = count(c, rows, Kernels.FLOAT.training(), 1);
      assertClose(c, "seed " + seed + ", float", expected, inFloat, 2e-3);
    }
  }

  @Test
  void anyCircuit_twoThreads_countTheSameBits() {
    for (long seed = 0; seed < 8; seed++) {
      FlatCircuit circuit = random(seed);
      TrainedCircuit c = new TrainedCircuit(circuit);
      Rows rows = new Rows(circuit, rows(circuit, 1500, seed));
      ExpectedCounts one = count(c, rows, Kernels.FLOAT.training(), 1);
      ExpectedCounts two = count(c, rows, Kernels.FLOAT.training(), 3);
      assertArrayEquals(one.toBytes(), two.toBytes(), "seed " + seed);
    }
  }

  @Test
  void rowsThatBlocksDisagreeOn_areLeftToTheLogDomain() {
    // each variable alone is 40 scales out of one component; together they decide
    FlatBuilder b = new FlatBuilder(List.of(Variable.real("x"), Variable.real("y")));
    int[] products = new int[6];
    for (int i = 0; i < products.length; i++) {
      int x = b.weightedSum(new int[] {b.gaussian(0, 40 * i, 1)}, new double[] {1});
      int y = b.weightedSum(new int[] {b.gaussian(1, 200 - 41 * i, 1)}, new double[] {1});
      products[i] = b.product(x, y);
    }
    double[] weights = new double[products.length];
    Arrays.fill(weights, 1.0 / weights.length);
    FlatCircuit circuit = b.build(b.weightedSum(products, weights));
    double[] cells = {0, 0, 200, 200, 100, 100, 40, 159, -500, 900};
    Rows rows = new Rows(circuit, TrainingData.of(circuit.variables, cells));
    TrainedCircuit c = new TrainedCircuit(circuit);
    ExpectedCounts expected = plain(c, rows);
    assertClose(c, "float", expected, count(c, rows, Kernels.FLOAT.training(), 1), 1e-3);
    assertTrue(expected.logLikelihood() < -10000);
  }

  /** Two blocks whose likely component has 2^-110 in the other: float has it, its flows do not. */
  @Test
  void numbersBelowTinyThatDecide_areLeftToDouble() {
    Variable[] variables = new Variable[4];
    Arrays.setAll(variables, v -> Variable.categorical("v" + v, "a", "b"));
    FlatBuilder b = new FlatBuilder(List.of(variables));
    double rare = Math.scalb(1.0, -55);
    int[][] unit = new int[4][];
    for (int v = 0; v < 4; v++) {
      double p = v < 2 ? 1 - rare : rare;
      int first = b.categorical(v, Math.log(p), Math.log(1 - p));
      int second = b.categorical(v, Math.log(1 - p), Math.log(p));
      unit[v] = mixtures(b, first, second);
    }
    int[][] side = new int[2][];
    for (int s = 0; s < 2; s++) {
      int[] u = unit[2 * s];
      int[] v = unit[2 * s + 1];
      side[s] = mixtures(b, b.product(u[0], v[0]), b.product(u[1], v[1]));
    }
    int[] both = {b.product(side[0][0], side[1][0]), b.product(side[0][1], side[1][1])};
    FlatCircuit circuit = b.build(b.weightedSum(both, new double[] {0.75, 0.25}));
    Rows rows = new Rows(circuit, TrainingData.of(circuit.variables, new double[] {0, 0, 0, 0}));
    TrainedCircuit c = new TrainedCircuit(circuit);
    assertClose(c, "float", plain(c, rows), count(c, rows, Kernels.FLOAT.training(), 1), 1e-3);
  }

  /** Two sums over the same children, each of one of them. */
  private static int[] mixtures(FlatBuilder b, int first, int second) {
    int[] children = {first, second};
    int one = b.weightedSum(children, new double[] {1, 0});
    return new int[] {one, b.weightedSum(children, new double[] {0, 1})};
  }

  /**
   * A chain of 700 columns of 40 states: its rows have probabilities around 2^-2500, of which float
   * must lose none where the components agree on what is likely, and notice where they do not.
   */
  @Test
  void deepChain_ofManyStates_countsAsTheLogDomain() {
    for (double sharpness : new double[] {1, 6, 30}) {
      SplittableRandom random = new SplittableRandom(3);
      Variable[] variables = new Variable[700];
      FlatBuilder b = new FlatBuilder(states(variables));
      int[] below = new int[0];
      for (int v = variables.length - 1; v >= 0; v--) {
        int[] units = new int[v == 0 ? 1 : 5];
        int[] children = new int[5];
        for (int z = 0; z < children.length; z++) {
          int leaf = b.categorical(v, peaked(40, sharpness, random));
          children[z] = below.length == 0 ? leaf : b.product(below[z], leaf);
        }
        for (int y = 0; y < units.length; y++) {
          units[y] = sum(b, children, random);
        }
        below = units;
      }
      FlatCircuit circuit = b.build(below[0]);
      TrainedCircuit c = new TrainedCircuit(circuit);
      TrainingData.Builder builder = TrainingData.builder(circuit.variables);
      for (int row = 0; row < 40; row++) {
        builder.addRow(random.ints(700, 0, 40).asDoubleStream().toArray(), 1);
      }
      Rows rows = new Rows(circuit, builder.build());
      ExpectedCounts expected = plain(c, rows);
      assertTrue(expected.logLikelihood() < -40 * 700 * 3);
      String what = "sharpness " + sharpness;
      assertClose(c, what, expected, count(c, rows, Kernels.DOUBLE.training(), 1), 1e-10);
      assertClose(c, what, expected, count(c, rows, Kernels.FLOAT.training(), 2), 2e-3);
    }
  }

  private static List<Variable> states(Variable[] variables) {
    String[] states = new String[40];
    Arrays.setAll(states, s -> "s" + s);
    Arrays.setAll(variables, v -> Variable.categorical("v" + v, states));
    return List.of(variables);
  }

  /** [states] logs of probabilities, which differ by up to so much. */
  private static double[] peaked(int numStates, double sharpness, SplittableRandom random) {
    double[] log = new double[numStates];
    Arrays.setAll(log, s -> sharpness * random.nextDouble());
    double sum = Arrays.stream(log).map(Math::exp).sum();
    Arrays.setAll(log, s -> log[s] - Math.log(sum));
    return log;
  }
}
