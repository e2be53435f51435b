package org.ugmm.compiler.build.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ugmm.compiler.CompileOptions;
import org.ugmm.compiler.ModelCompiler;
import org.ugmm.compiler.build.TrainOptions;
import org.ugmm.compiler.build.Training;
import org.ugmm.compiler.model.Layer;
import org.ugmm.compiler.model.Network;
import org.ugmm.compiler.write.NetworkWriter;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.CircuitException;
import org.ugmm.engine.data.LearnOptions;
import org.ugmm.engine.data.TrainingData;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Real;
import org.ugmm.testdata.Golden;

/** Layered networks learned from the flowers of Fisher, of which a fifth is held out. */
final class NetworkTrainingTest {
  private static final List<String> SPECIES = List.of("setosa", "versicolor", "virginica");
  private static final int CLASS = 4;

  @TempDir private Path folder;

  /** The rows of Iris that are held out, or the others. */
  private static double[][] rows(boolean isTest) throws IOException {
    String list = Files.readString(Golden.find("data/iris.test-rows.json"));
    List<String> test = Arrays.asList(list.replaceAll("[\\[\\]\\s]", "").split(","));
    List<String> lines = Files.readAllLines(Golden.find("data/iris.csv"));
    List<double[]> rows = new ArrayList<>();
    for (int r = 1; r < lines.size(); r++) {
      if (test.contains(Integer.toString(r - 1)) == isTest) {
        String[] cells = lines.get(r).split(",");
        double[] row = new double[CLASS + 1];
        for (int c = 0; c < CLASS; c++) {
          row[c] = Double.parseDouble(cells[c]);
        }
        row[CLASS] = SPECIES.indexOf(cells[CLASS]);
        rows.add(row);
      }
    }
    return rows.toArray(double[][]::new);
  }

  private static TrainingData data(double[][] rows) {
    List<Variable> variables = new ArrayList<>();
    for (String name : List.of("sepal_length", "sepal_width", "petal_length", "petal_width")) {
      variables.add(Variable.real(name));
    }
    variables.add(Variable.categorical("species", SPECIES.toArray(String[]::new)));
    TrainingData.Builder builder = TrainingData.builder(variables);
    for (double[] row : rows) {
      builder.addRow(row);
    }
    return builder.build();
  }

  private static TrainOptions options(int epochs, long seed, int threads) {
    return TrainOptions.DEFAULT
        .withClassVariable("species")
        .withEpochs(epochs)
        .withLearn(LearnOptions.DEFAULT.withSeed(seed).withThreads(threads));
  }

  private static NetworkOptions shape(String sizes) {
    return new NetworkOptions(
        NetworkOptions.sizes(sizes), false, Double.NaN, 1, NetworkOptions.Recipe.DATA);
  }

  private static byte[] json(Network network) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    NetworkWriter.JSON.write(network, out);
    return out.toByteArray();
  }

  private static Circuit circuit(Network network) throws IOException {
    return ModelCompiler.compile(network, CompileOptions.defaults()).circuit();
  }

  private static double accuracy(Network network) throws IOException {
    Inference inference = new Inference(circuit(network));
    double[][] test = rows(true);
    int right = 0;
    for (double[] row : test) {
      Evidence flower = new Evidence(inference.circuit());
      for (int v = 0; v < CLASS; v++) {
        flower.observe(v, row[v]);
      }
      var species = (CategoricalPosterior) inference.posterior("species", flower);
      int best = 0;
      for (int s = 1; s < SPECIES.size(); s++) {
        best = species.probabilities()[s] > species.probabilities()[best] ? s : best;
      }
      right += best == row[CLASS] ? 1 : 0;
    }
    return (double) right / test.length;
  }

  @Test
  void iris_byDefault_isRightOnAtLeast96PercentOfFlowersHeldOut() throws IOException {
    for (long seed = 1; seed <= Integer.getInteger("org.ugmm.seeds", 4); seed++) {
      TrainedNetwork trained =
          NetworkTraining.of(data(rows(false))).learn(options(0, seed, 2), shape("4-10-5-3"));
      double accuracy = accuracy(trained.network());
      assertTrue(accuracy >= 0.96, "seed " + seed + ": " + accuracy);
      assertNotNull(trained.accuracy());
      assertEquals(120, trained.numTrain());
      assertFalse(trained.isStopped());
    }
  }

  @Test
  void domains_ofALearnedNetwork_holdEveryRowAndMore() throws IOException {
    double[][] rows = rows(false);
    Network network =
        NetworkTraining.of(data(rows)).learn(options(2, 1, 1), shape("4-3-3")).network();
    for (int v = 0; v < CLASS; v++) {
      Real real = (Real) network.variables().get(v).variable();
      assertTrue(real.isBounded());
      for (double[] row : rows) {
        assertTrue(row[v] > real.lo() && row[v] < real.hi());
      }
    }
  }

  @Test
  void oneRoot_readsTheClassAsWell() throws IOException {
    for (NetworkOptions.Recipe recipe : NetworkOptions.Recipe.values()) {
      NetworkOptions shape =
          new NetworkOptions(NetworkOptions.sizes("5-10-5-1"), false, Double.NaN, 1, recipe);
      TrainedNetwork trained =
          NetworkTraining.of(data(rows(false))).learn(options(60, 2, 1), shape);
      assertNull(trained.accuracy());
      assertNull(trained.network().classes());
      assertTrue(Double.isFinite(trained.valid()));
      double accuracy = accuracy(trained.network());
      assertTrue(accuracy > 0.3, recipe + ": " + accuracy); // the paper's start: from a third on
    }
  }

  @Test
  void tiedMeans_areOneAUnit() throws IOException {
    NetworkOptions tied =
        new NetworkOptions(NetworkOptions.sizes("4-8-3"), true, 0, 0.5, NetworkOptions.Recipe.DATA);
    TrainedNetwork trained = NetworkTraining.of(data(rows(false))).learn(options(80, 1, 1), tied);
    Layer.Ugmm first = (Layer.Ugmm) trained.network().layers().get(0);
    assertEquals(1, first.mean()[0].length);
    assertEquals(4, first.scale()[0].length);
    assertTrue(accuracy(trained.network()) > 0.6);
  }

  @Test
  void threads_ofAnyNumber_learnTheSameBits() throws IOException {
    TrainingData data = data(rows(false));
    Network one = NetworkTraining.of(data).learn(options(5, 7, 1), shape("4-10-5-3")).network();
    Network two = NetworkTraining.of(data).learn(options(5, 7, 2), shape("4-10-5-3")).network();
    assertArrayEquals(json(one), json(two));
  }

  /** What ends a run in a test, as a kill would. */
  private static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  @Test
  void killedRuns_resumed_endWithTheSameBits() throws IOException {
    NetworkTraining training = new NetworkTraining(data(rows(false)), 0);
    byte[] whole = json(training.learn(options(9, 3, 1), shape("4-10-5-3")).network());
    TrainOptions kept = options(9, 3, 1).withCheckpoints(folder.resolve("kept"));
    for (int dies : new int[] {3, 5, 3, 6}) {
      int[] told = new int[1];
      TrainOptions killed =
          kept.withProgress(
              p -> {
                if (++told[0] == dies) {
                  throw new Killed();
                }
              },
              () -> false);
      assertThrows(Killed.class, () -> training.learn(killed, shape("4-10-5-3")));
    }
    int[] told = new int[1];
    TrainOptions last = kept.withProgress(p -> told[0]++, () -> false);
    assertArrayEquals(whole, json(training.learn(last, shape("4-10-5-3")).network()));
    assertEquals(1, told[0], "epochs that were left of 18");
    byte[] other = json(training.learn(kept.withEpochs(3), shape("4-10-5-3")).network());
    assertFalse(Arrays.equals(whole, other), "another run must not go on from this one's state");
    Path state = folder.resolve("kept").resolve("first" + Kept.ENDING);
    byte[] bytes = Files.readAllBytes(state);
    bytes[bytes.length / 2] ^= 1;
    Files.write(state, bytes);
    assertNull(new Kept(state, "any", 0).load());
    Training.forget(folder.resolve("kept"));
    assertFalse(Files.exists(folder.resolve("kept")));
  }

  @Test
  void runs_stoppedEarly_giveTheBestSoFar() throws IOException {
    int[] told = new int[1];
    TrainOptions stopped =
        options(50, 1, 1).withProgress(p -> told[0] = p.epoch(), () -> told[0] >= 4);
    TrainedNetwork trained =
        NetworkTraining.of(data(rows(false))).learn(stopped, shape("4-10-5-3"));
    assertTrue(trained.isStopped());
    assertEquals(4, trained.epochs());
  }

  @Test
  void rowsWithHoles_areLeftOutAndCounted() throws IOException {
    double[][] rows = rows(false);
    rows[3][1] = Double.NaN;
    rows[7][CLASS] = Double.NaN;
    TrainedNetwork trained = NetworkTraining.of(data(rows)).learn(options(2, 1, 1), shape("4-3-3"));
    assertEquals(2, trained.numIncomplete());
    assertEquals(118, trained.numTrain());
    double[][] none = {{1, 2, 3, Double.NaN, 0}, {1, 2, Double.NaN, 3, 1}};
    assertFails(
        () -> NetworkTraining.of(data(none)).learn(options(2, 1, 1), shape("4-3-3")),
        "none of 2 rows is complete");
  }

  @Test
  void shapes_thatDoNotFitTheTable_areRefused() throws IOException {
    NetworkTraining training = NetworkTraining.of(data(rows(false)));
    TrainOptions options = options(2, 1, 1);
    assertFails(() -> training.learn(options, shape("7-3-3")), "reads 7 inputs; the table has 4");
    assertFails(() -> training.learn(options, shape("4-3-2")), "'species' has 3 states");
    assertFails(() -> training.learn(options, shape("4-3-1")), "the table has 5 columns in all");
    assertFails(
        () -> training.learn(options.withClassVariable(null), shape("4-3-3")), "with --class");
    assertFails(
        () -> training.learn(options.withClassVariable("petal_width"), shape("4-3-3")),
        "'petal_width' is real");
    assertThrows(IllegalArgumentException.class, () -> NetworkOptions.sizes("4-x"));
    assertThrows(IllegalArgumentException.class, () -> shape("4-0"));
  }

  private static void assertFails(org.junit.jupiter.api.function.Executable run, String text) {
    CircuitException e = assertThrows(CircuitException.class, run);
    assertTrue(String.valueOf(e.getMessage()).contains(text), e.getMessage());
  }
}
