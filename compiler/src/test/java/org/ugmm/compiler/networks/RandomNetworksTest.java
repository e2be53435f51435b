package org.ugmm.compiler.networks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.ugmm.compiler.CompileOptions;
import org.ugmm.compiler.ModelCompiler;
import org.ugmm.compiler.model.ModelException;
import org.ugmm.compiler.model.Source;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evaluator;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;
import org.ugmm.testdata.PlainTable;
import org.ugmm.testdata.TableOracle;

/** Random Markov networks with zeros and equal rows against enumeration, and the refusal. */
class RandomNetworksTest {
  private static final int NETWORKS = 150;

  @Test
  void randomNetworks_answersEqualEnumeration() throws IOException {
    for (int seed = 0; seed < NETWORKS; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      int[] numStates = random.ints(1 + random.nextInt(7), 1, 5).toArray();
      List<PlainTable> tables = tables(numStates, random);
      TableOracle oracle = new TableOracle(numStates, tables);
      int[] nothing = new int[numStates.length];
      Arrays.fill(nothing, -1);
      double z = oracle.sum(nothing)[0];
      String text = uai(numStates, tables);
      if (z == 0) {
        assertThrows(ModelException.class, () -> circuit(text, CompileOptions.defaults()));
        continue;
      }
      require(oracle, z, circuit(text, CompileOptions.defaults()), random, "seed " + seed);
    }
  }

  private static void require(
      TableOracle oracle, double z, Circuit c, SplittableRandom random, String what) {
    assertTrue(c.structure().isSmooth(), what);
    assertTrue(c.structure().isDecomposable(), what);
    assertTrue(c.structure().isDeterministic(), what);
    assertEquals(Math.log(z), c.normaliser().logZ(), 1e-12, what);
    int n = oracle.numVariables();
    int[] states = new int[n];
    double[] row = new double[n];
    double[] log = new double[1];
    Evaluator evaluator = new Evaluator(c);
    for (boolean isLast = false; !isLast; isLast = !advance(states, oracle)) {
      Arrays.setAll(row, v -> states[v]);
      evaluator.logDensity(row, 1, log);
      double expected = oracle.at(states) / z;
      assertEquals(expected, Math.exp(log[0]), 1e-13 * expected, what);
    }
    int[] observed = new int[n];
    Arrays.setAll(observed, v -> random.nextInt(-1, oracle.numStates(v)));
    Arrays.setAll(row, v -> observed[v] < 0 ? Double.NaN : observed[v]);
    Evidence evidence = new Evidence(c).row(row, 0);
    double p = oracle.sum(observed)[0] / z;
    assertEquals(p, Math.exp(new Inference(c).marginal(evidence).value()), 1e-13 * p, what);
    if (p > 0) {
      double best = Math.log(oracle.max(observed) / z);
      Inference search = new Inference(c);
      assertNull(c.structure().whyNotMaxPass(), what);
      assertEquals(best, search.mpe(evidence).logValue(), 1e-12, what);
    }
  }

  /** The next joint state; false behind the last. */
  private static boolean advance(int[] states, TableOracle oracle) {
    for (int v = 0; v < states.length; v++) {
      if (++states[v] < oracle.numStates(v)) {
        return true;
      }
      states[v] = 0;
    }
    return false;
  }

  /** Tables over a few variables; the fewer distinct values, the more structure inside. */
  private static List<PlainTable> tables(int[] numStates, SplittableRandom random) {
    List<PlainTable> tables = new ArrayList<>();
    int count = random.nextInt(2 * numStates.length + 1);
    for (int f = 0; f < count; f++) {
      int[] scope =
          IntStream.range(0, numStates.length).filter(v -> random.nextInt(3) == 0).toArray();
      for (int i = scope.length - 1; i > 0; i--) {
        int j = random.nextInt(i + 1);
        int swapped = scope[i];
        scope[i] = scope[j];
        scope[j] = swapped;
      }
      double[] palette = random.doubles(1 + random.nextInt(4), 0, 3).toArray();
      palette[0] = random.nextInt(2) == 0 ? 0 : palette[0];
      int size = Arrays.stream(scope).map(v -> numStates[v]).reduce(1, (a, b) -> a * b);
      boolean isFine = random.nextInt(3) == 0;
      tables.add(
          new PlainTable(
              scope,
              IntStream.range(0, size)
                  .mapToDouble(
                      i -> isFine ? random.nextDouble() : palette[random.nextInt(palette.length)])
                  .toArray()));
    }
    return tables;
  }

  static String uai(int[] numStates, List<PlainTable> tables) {
    StringBuilder text = new StringBuilder("MARKOV\n" + numStates.length + "\n");
    Arrays.stream(numStates).forEach(s -> text.append(s).append(' '));
    text.append('\n').append(tables.size()).append('\n');
    for (PlainTable table : tables) {
      text.append(table.scope().length);
      Arrays.stream(table.scope()).forEach(v -> text.append(' ').append(v));
      text.append('\n');
    }
    for (PlainTable table : tables) {
      text.append(table.values().length);
      Arrays.stream(table.values()).forEach(x -> text.append(' ').append(x));
      text.append('\n');
    }
    return text.toString();
  }

  /** A square of binary variables, each with its neighbours in a table of four values. */
  private static String grid(int side) {
    List<PlainTable> tables = new ArrayList<>();
    for (int i = 0; i < side * side; i++) {
      if (i % side < side - 1) {
        tables.add(new PlainTable(new int[] {i, i + 1}, new double[] {1, 2, 3, 4}));
      }
      if (i + side < side * side) {
        tables.add(new PlainTable(new int[] {i, i + side}, new double[] {4, 3, 2, 1}));
      }
    }
    int[] numStates = new int[side * side];
    Arrays.fill(numStates, 2);
    return uai(numStates, tables);
  }

  @Test
  void tooLargeNetwork_isRefusedWithItsNumbers() throws IOException {
    ModelException e =
        assertThrows(
            ModelException.class,
            () -> circuit(grid(40), CompileOptions.defaults().withMaxEdges(1_000_000)));
    assertTrue(
        e.getMessage()
            .startsWith("m.uai: the circuit of this network needs more than 1,000,000 edges"),
        e.getMessage());
    assertTrue(
        e.getMessage().contains("joint states; allow more with --max-edges N"), e.getMessage());
    e =
        assertThrows(
            ModelException.class,
            () -> circuit(grid(7), CompileOptions.defaults().withMaxEdges(1_000)));
    assertTrue(e.getMessage().contains("1,000 edges, an estimated "), e.getMessage());
    assertTrue(circuit(grid(7), CompileOptions.defaults()).numEdges() > 1_000);
  }

  @Test
  void everyPairOfManyVariables_isRefusedEarly() {
    List<PlainTable> tables = new ArrayList<>();
    for (int a = 0; a < 600; a++) {
      for (int b = 0; b < a; b++) {
        tables.add(new PlainTable(new int[] {a, b}, new double[] {1, 2, 3, 4}));
      }
    }
    int[] numStates = new int[600];
    Arrays.fill(numStates, 2);
    ModelException e =
        assertThrows(
            ModelException.class, () -> circuit(uai(numStates, tables), CompileOptions.defaults()));
    assertTrue(e.getMessage().contains("spans 600 variables"), e.getMessage());
  }

  /** What no zero and no two equal rows can make smaller is refused before any of it is built. */
  @Test
  void largeNetwork_isRefusedByWhatItNeeds_withStructureOrWithout() throws IOException {
    for (boolean hasZeros : new boolean[] {false, true}) {
      SplittableRandom random = new SplittableRandom(1);
      List<PlainTable> tables = new ArrayList<>();
      int side = 24;
      for (int v = 0; v < side * side; v++) {
        for (int step : new int[] {1, side}) {
          if (step == 1 ? v % side < side - 1 : v < side * (side - 1)) {
            double[] values = random.doubles(4, 0.1, 1).toArray();
            values[3] = hasZeros && random.nextInt(8) == 0 ? 0 : values[3];
            tables.add(new PlainTable(new int[] {v, v + step}, values));
          }
        }
      }
      int[] numStates = new int[side * side];
      Arrays.fill(numStates, 2);
      ModelException e =
          assertThrows(
              ModelException.class,
              () -> circuit(uai(numStates, tables), CompileOptions.defaults()));
      assertTrue(
          e.getMessage().contains("more than 20,000,000 edges, an estimated "), e.getMessage());
    }
  }

  /** They cost nothing, however many share a table. */
  @Test
  void variablesOfOneState_areKnown() throws IOException {
    int n = 20_000;
    int[] numStates = new int[n];
    Arrays.fill(numStates, 1);
    numStates[n / 2] = 2;
    int[] scope = IntStream.range(0, n).toArray();
    List<PlainTable> tables = List.of(new PlainTable(scope, new double[] {1, 3}));
    Circuit c = circuit(uai(numStates, tables), CompileOptions.defaults());
    double[] row = new double[n];
    double[] log = new double[1];
    new Evaluator(c).logDensity(row, 1, log);
    assertEquals(0.25, Math.exp(log[0]), 1e-11);
    assertEquals(Math.log(4), c.normaliser().logZ(), 1e-11);
  }

  /** Variables with a thousand neighbours: measures that look at pairs of them cost too much. */
  @Test
  void hubs_areEliminatedLast() throws IOException {
    int n = 900;
    List<PlainTable> tables = new ArrayList<>();
    for (int v = 1; v < n; v++) {
      tables.add(new PlainTable(new int[] {v - 1, v}, new double[] {1, 2, 3, 5}));
      tables.add(new PlainTable(new int[] {v / 2 % 2, v}, new double[] {1, 1, 2, 1}));
    }
    tables.removeIf(t -> t.scope()[0] == t.scope()[1]);
    int[] numStates = new int[n];
    Arrays.fill(numStates, 2);
    assertTrue(circuit(uai(numStates, tables), CompileOptions.defaults()).numEdges() < 30_000);
  }

  private static Circuit circuit(String text, CompileOptions options) throws IOException {
    return ModelCompiler.compile(
            Source.bytes("m.uai", text.getBytes(StandardCharsets.UTF_8)), options)
        .circuit();
  }
}
