package org.ugmm.compiler.build;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.data.CircuitException;
import org.ugmm.engine.data.LearnOptions;
import org.ugmm.engine.data.TrainingData;
import org.ugmm.engine.data.Variable;

final class TrainingTest {
  private static final TrainOptions QUICK =
      TrainOptions.DEFAULT
          .withEpochs(4)
          .withBudget(2e6, Long.MAX_VALUE)
          .withLearn(LearnOptions.DEFAULT.withThreads(1));

  @Test
  void training_beats_independent_columns_on_rows_it_has_not_seen() {
    TrainingData data = SampleTables.mixed(400, 7, 0.2, 1);
    TrainingData test = SampleTables.mixed(400, 7, 0.2, 2);
    Trained trained = Training.of(data).learn(QUICK);
    Circuit independent = StructuresTest.build(new Mixture(1), data, 7);
    double model = SampleTables.mean(new Rows(trained.circuit(), test).logs());
    double baseline = SampleTables.mean(new Rows(independent, test).logs());
    assertTrue(model > baseline + 0.5, model + " " + baseline);
    assertTrue(trained.valid() > trained.baseline());
    assertEquals(1, trained.candidates().stream().mapToDouble(Candidate::weight).sum(), 1e-9);
    assertEquals(7, trained.columns().size());
    for (ColumnBits bits : trained.columns()) {
      assertTrue(bits.given() < bits.alone() + 0.1, bits.toString());
    }
  }

  @Test
  void a_class_is_learned_and_recorded() {
    TrainingData data = SampleTables.mixed(200, 7, 0.1, 1);
    Trained trained = Training.of(data).learn(QUICK.withClassVariable("x1"));
    assertEquals("x1", trained.circuit().classVariable());
    Trained.Accuracy accuracy = trained.accuracy();
    assertNotNull(accuracy);
    assertTrue(accuracy.value() > 0.8, accuracy.toString());
    assertTrue(accuracy.lo() < accuracy.value() && accuracy.value() < accuracy.hi());
    assertTrue(trained.candidates().stream().anyMatch(c -> c.label().endsWith("by class")));
  }

  /** Two columns whose difference is the class: leaves alone describe them, a finish uses it. */
  @Test
  void a_finish_tells_classes_apart_that_independent_columns_do_not() {
    SplittableRandom random = new SplittableRandom(5);
    double[] cells = new double[3 * 400];
    for (int r = 0; r < 400; r++) {
      double shared = 4 * Cloud.gaussian(random);
      cells[3 * r] = shared;
      cells[3 * r + 1] = shared + (r % 2 == 0 ? 0.5 : -0.5);
      cells[3 * r + 2] = r % 2;
    }
    List<Variable> variables =
        List.of(Variable.real("x"), Variable.real("y"), Variable.categorical("c", "a", "b"));
    TrainingData data = TrainingData.of(variables, cells);
    TrainOptions options =
        QUICK
            .withBudget(1e9, Long.MAX_VALUE)
            .withClassVariable("c")
            .withFamily(Family.parse("mixture"), 1);
    Trained em = Training.of(data).learn(options.withMethod(TrainOptions.Method.EM));
    Trained hybrid = Training.of(data).learn(options);
    assertTrue(em.candidates().stream().noneMatch(c -> c.label().contains("finish")));
    assertTrue(hybrid.candidates().stream().anyMatch(c -> c.label().contains("finish")));
    assertTrue(
        hybrid.accuracy().value() > em.accuracy().value() + 0.1,
        hybrid.accuracy() + " " + em.accuracy());
  }

  @Test
  void gradients_alone_learn_the_rows() {
    TrainingData data = SampleTables.mixed(300, 6, 0.1, 3);
    Trained trained =
        Training.of(data)
            .learn(
                QUICK
                    .withMethod(TrainOptions.Method.GRADIENT)
                    .withFamily(Family.parse("tree"), 4)
                    .withBudget(1e9, Long.MAX_VALUE));
    assertTrue(trained.valid() > trained.baseline() + 0.3, trained.toString());
  }

  /** A column that is constant within a class only must not make the class sure of itself. */
  @Test
  void a_column_that_is_constant_in_one_class_does_not_rule_the_class_out() {
    SplittableRandom random = new SplittableRandom(5);
    double[] cells = new double[3 * 60];
    for (int r = 0; r < 60; r++) {
      cells[3 * r] = 3 * (r % 2) + random.nextDouble();
      cells[3 * r + 1] = r % 2 == 0 ? 0 : random.nextInt(16);
      cells[3 * r + 2] = r % 2;
    }
    List<Variable> variables =
        List.of(Variable.real("x"), Variable.real("y"), Variable.categorical("c", "a", "b"));
    Circuit circuit =
        Training.of(TrainingData.of(variables, cells))
            .learn(QUICK.withClassVariable("c"))
            .circuit();
    TrainingData odd = TrainingData.of(variables, new double[] {0.5, 1, 0, 0.5, 1, 1});
    double[] logs = new Rows(circuit, odd).logs();
    assertTrue(logs[0] > -30 && logs[0] > logs[1], Arrays.toString(logs));
  }

  /** The interval of Wilson, by its defining equation |p - q| = z sqrt(q (1 - q) / n). */
  @Test
  void a_confidence_interval_solves_its_equation() {
    for (int right : new int[] {0, 1, 37, 40}) {
      Trained.Accuracy accuracy = new Trained.Accuracy(right, 40);
      for (double q : new double[] {accuracy.lo(), accuracy.hi()}) {
        double distance = Math.abs(accuracy.value() - q);
        assertEquals(1.959963984540054 * Math.sqrt(q * (1 - q) / 40), distance, 1e-12);
      }
    }
  }

  @Test
  void threads_and_repeats_give_the_same_bits() {
    TrainingData data = SampleTables.mixed(150, 6, 0.2, 3);
    double[] once = parameters(Training.of(data).learn(QUICK).circuit());
    TrainOptions two = QUICK.withLearn(LearnOptions.DEFAULT.withThreads(2));
    assertArrayEquals(once, parameters(Training.of(data).learn(two).circuit()));
    TrainOptions other = QUICK.withLearn(LearnOptions.DEFAULT.withThreads(1).withSeed(2));
    assertFalse(Arrays.equals(once, parameters(Training.of(data).learn(other).circuit())));
  }

  /** A run that is killed at any epoch and started again ends where it would have ended. */
  @Test
  void a_killed_run_goes_on_to_the_same_bits(@TempDir Path folder) {
    TrainingData data = SampleTables.mixed(120, 5, 0.2, 3);
    TrainOptions options = QUICK.withClassVariable("x1").withFamily(Family.parse("mixture"), 2);
    goOn(folder.resolve("rows"), data, QUICK);
    goOn(folder.resolve("class"), data, options.withBudget(1e9, Long.MAX_VALUE));
  }

  private static void goOn(Path folder, TrainingData data, TrainOptions options) {
    AtomicInteger epochs = new AtomicInteger();
    TrainOptions counted =
        options
            .withCheckpoints(folder.resolve("whole"))
            .withProgress(p -> epochs.incrementAndGet(), () -> false);
    double[] whole = parameters(Training.of(data).learn(counted).circuit());
    int last = epochs.get();
    for (int killedAt : new int[] {1, last / 3, last / 2, last - 4, last}) {
      Path kept = folder.resolve("run" + killedAt);
      AtomicInteger left = new AtomicInteger(killedAt);
      TrainOptions killed =
          options
              .withCheckpoints(kept)
              .withProgress(
                  p -> {
                    if (left.decrementAndGet() == 0) {
                      throw new IllegalStateException("killed");
                    }
                  },
                  () -> false);
      assertThrows(IllegalStateException.class, () -> Training.of(data).learn(killed));
      Trained resumed = Training.of(data).learn(options.withCheckpoints(kept));
      assertArrayEquals(whole, parameters(resumed.circuit()), "killed at " + killedAt);
      Training.forget(kept);
      assertFalse(Files.exists(kept));
    }
  }

  @Test
  void a_stop_keeps_the_best_so_far() {
    TrainingData data = SampleTables.mixed(120, 5, 0.2, 3);
    for (int after : new int[] {1, 30}) {
      AtomicInteger left = new AtomicInteger(after);
      Trained trained =
          Training.of(data)
              .learn(QUICK.withProgress(p -> left.decrementAndGet(), () -> left.get() <= 0));
      assertTrue(trained.isStopped());
      assertEquals(0, trained.circuit().normaliser().logZ(), 1e-9);
      assertAllFinite(trained.circuit(), data);
    }
  }

  @Test
  void each_family_trains() {
    TrainingData data = SampleTables.mixed(120, 6, 0.2, 3);
    for (String family :
        List.of("independent", "mixture", "tree", "grid:2x3", "random", "forest")) {
      Trained trained =
          Training.of(data).learn(QUICK.withFamily(Family.parse(family), 2).withEpochs(2));
      assertAllFinite(trained.circuit(), data);
      assertTrue(trained.valid() >= trained.baseline() - 1, family);
    }
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Family.parse("grid:28"));
    assertTrue(e.getMessage().contains("expected auto, univariate, independent"), e.getMessage());
  }

  /** A size that helps no more ends its family: the sizes that were tried are not all there are. */
  @Test
  void a_family_stops_growing_when_it_helps_no_more() {
    TrainingData data = SampleTables.mixed(300, 6, 0, 3);
    Trained trained =
        Training.of(data)
            .learn(QUICK.withFamily(Family.parse("mixture"), 0).withBudget(1e12, Long.MAX_VALUE));
    long sizes = trained.candidates().stream().filter(c -> c.label().startsWith("mix")).count();
    assertTrue(sizes >= 2 && sizes <= 3, trained.candidates().toString());
  }

  @Test
  void a_circuit_is_learned_on() {
    TrainingData before = SampleTables.mixed(200, 5, 0, 3);
    TrainingData after = SampleTables.shuffled(before, 9);
    Circuit start = Training.of(before).learn(QUICK).circuit();
    Circuit learned = Training.of(after).learn(QUICK.withStart(start)).circuit();
    assertEquals(start.numEdges(), learned.numEdges());
    double gain =
        SampleTables.mean(new Rows(learned, after).logs())
            - SampleTables.mean(new Rows(start, after).logs());
    assertTrue(gain > 0.1, "gain " + gain);
  }

  @Test
  void a_structure_is_learned_anew_and_its_zeros_stay() {
    TrainingData before = SampleTables.mixed(200, 5, 0, 3);
    Circuit forest =
        Training.of(before).learn(QUICK.withFamily(Family.parse("forest"), 1)).circuit();
    TrainingData after = SampleTables.mixed(200, 5, 0, 4);
    Trained trained =
        Training.of(after).learn(QUICK.withStructure(forest).withBudget(1e9, Long.MAX_VALUE));
    assertTrue(trained.candidates().stream().anyMatch(c -> c.label().endsWith("#2")));
    assertTrue(trained.valid() > trained.baseline(), trained.toString());
    Circuit one =
        Training.of(after)
            .learn(QUICK.withStructure(forest).withBudget(1, Long.MAX_VALUE))
            .circuit();
    assertEquals(forest.structure().isDeterministic(), one.structure().isDeterministic());
    assertNull(one.structure().whyNotDeterministic());
    assertEquals(forest.numEdges(), one.numEdges());
  }

  @Test
  void tables_that_are_hardly_tables_give_usable_models() {
    double nan = Double.NaN;
    List<Variable> two = List.of(Variable.real("x"), Variable.categorical("c", "a", "b"));
    check("one row", two, 1, 0);
    check("three rows", two, 1, 0, 2, 1, 4, 0);
    check("constant", two, 5, 1, 5, 1, 5, 1, 5, 1, 5, 1, 5, 1);
    check("all missing", two, nan, 0, nan, 1, nan, 0, nan, 1, nan, 0, nan, 1);
    check("nothing at all", two, nan, nan, nan, nan, nan, nan);
    check("huge", two, 1e12, 0, 2e12, 1, -1e12, 0, 3e12, 1, 1e12, 0, 1e12, 1);
    check("tiny", two, 1e-12, 0, 2e-12, 1, -1e-12, 0, 3e-12, 1, 1e-12, 0, 1e-12, 1);
    check("huge offset", two, 1e12, 0, 1e12 + 1, 1, 1e12 + 2, 0, 1e12 + 3, 1, 1e12, 0, 1e12, 1);
    check("one in class", two, 1, 0, 2, 0, 1.5, 0, 1.7, 0, 1.2, 0, 9, 1);
    check("one class", two, 1, 0, 2, 0, 1.5, 0, 1.7, 0, 1.2, 0, 9, 0);
    check(
        "one state", List.of(Variable.real("x"), Variable.categorical("c", "a")), 1, 0, 2, 0, 3, 0);
  }

  private static void check(String what, List<Variable> variables, double... rows) {
    TrainingData data = TrainingData.of(variables, rows);
    for (String className : new String[] {"", "c"}) {
      Trained trained =
          Training.of(data).learn(QUICK.withClassVariable(className.isEmpty() ? null : className));
      Circuit circuit = trained.circuit();
      assertEquals(0, circuit.normaliser().logZ(), 1e-6, what);
      for (double p : parameters(circuit)) {
        assertFalse(Double.isNaN(p), what);
      }
      assertAllFinite(circuit, data);
    }
  }

  @Test
  void what_cannot_be_learned_from_is_named() {
    TrainingData data = SampleTables.mixed(20, 3, 0, 3);
    CircuitException unknown =
        assertThrows(
            CircuitException.class,
            () -> Training.of(data).learn(QUICK.withClassVariable("species")));
    assertEquals("class 'species' is no column; the columns are x0, x1, x2", unknown.getMessage());
    CircuitException real =
        assertThrows(
            CircuitException.class, () -> Training.of(data).learn(QUICK.withClassVariable("x0")));
    assertEquals("class 'x0' is real; expected a categorical column", real.getMessage());
    assertThrows(CircuitException.class, () -> Training.of(data.select(new int[0])));
    CircuitException grid =
        assertThrows(
            CircuitException.class,
            () -> Training.of(data).learn(QUICK.withFamily(Family.parse("grid:2x2"), 2)));
    assertTrue(grid.getMessage().contains("needs 4 columns of pixels"), grid.getMessage());
  }

  @Test
  void auto_rowsThatComeAgainNearlyTheSame_givesALargeMixtureAShare() {
    int numColumns = 24;
    SplittableRandom random = new SplittableRandom(3);
    double[][] kind = new double[60][];
    for (int k = 0; k < kind.length; k++) {
      kind[k] = random.ints(numColumns, 0, 2).asDoubleStream().toArray();
    }
    double[] rows = new double[1000 * numColumns];
    for (int i = 0; i < rows.length; i++) {
      double usual = kind[i / numColumns % kind.length][i % numColumns];
      rows[i] = random.nextInt(50) == 0 ? 1 - usual : usual;
    }
    Variable[] columns = new Variable[numColumns];
    Arrays.setAll(columns, v -> Variable.categorical("b" + v, "0", "1"));
    TrainingData data = TrainingData.of(List.of(columns), rows);
    Trained trained = Training.of(data).learn(QUICK.withBudget(1e10, Long.MAX_VALUE));
    double share =
        trained.candidates().stream()
            .filter(c -> c.label().equals("mixture K=200"))
            .mapToDouble(Candidate::weight)
            .sum();
    assertTrue(share > 0, trained.candidates().toString());
  }

  @Test
  void auto_ofFewRowsOfStates_learns() {
    List<Variable> columns =
        List.of(Variable.categorical("a", "0", "1"), Variable.categorical("b", "0", "1"));
    for (int numRows = 1; numRows <= 20; numRows++) {
      double[] rows = new double[2 * numRows];
      Arrays.setAll(rows, i -> i / 2 % 2);
      TrainingData data = TrainingData.of(columns, rows);
      assertAllFinite(
          Training.of(data).learn(QUICK.withBudget(1e9, Long.MAX_VALUE)).circuit(), data);
    }
  }

  @Test
  void gaussian_withoutTwoReals_isRefusedWithWhatSuits() {
    Variable state = Variable.categorical("a", "0", "1");
    TrainingData data =
        TrainingData.of(
            List.of(state, Variable.real("x")), new double[] {0, 1.5, 1, 2.5, 0, 3.5, 1, 0.5});
    CircuitException e =
        assertThrows(
            CircuitException.class,
            () -> Training.of(data).learn(QUICK.withFamily(Family.parse("gaussian"), 0)));
    assertTrue(e.getMessage().contains("mixture"), e.getMessage());
  }

  private static void assertAllFinite(Circuit circuit, TrainingData data) {
    for (double log : new Rows(circuit, data).logs()) {
      assertTrue(Double.isFinite(log), "log " + log);
    }
  }

  private static double[] parameters(Circuit circuit) {
    double[] all = new double[circuit.numParameters()];
    int at = 0;
    for (int n = 0; n < circuit.numNodes(); n++) {
      for (int i = 0; i < circuit.numParameters(n); i++) {
        all[at++] = circuit.parameter(n, i);
      }
    }
    return all;
  }
}
