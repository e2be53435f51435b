package org.ugmm.compiler.build.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ugmm.compiler.CompileOptions;
import org.ugmm.compiler.ModelCompiler;
import org.ugmm.compiler.build.TrainOptions;
import org.ugmm.compiler.model.Layer;
import org.ugmm.compiler.model.Network;
import org.ugmm.compiler.write.NetworkWriter;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.CircuitException;
import org.ugmm.engine.data.LearnOptions;
import org.ugmm.engine.data.LogProbability;
import org.ugmm.engine.data.TrainingData;
import org.ugmm.engine.data.Variable;

/** Tractable layered networks, learned from few rows with holes. */
final class TractableTrainingTest {
  private static final int CLASS = 5;
  private static final int COLOUR = 4;
  private static final double STEP = 0.02;

  @TempDir private Path folder;

  /** Four reals, one of them a count, a colour and a kind; a tenth of the cells is missing. */
  private static TrainingData data(int rows) {
    List<Variable> variables = new ArrayList<>();
    for (String name : List.of("a", "b", "c")) {
      variables.add(Variable.real(name));
    }
    variables.add(Variable.count("n"));
    variables.add(Variable.categorical("colour", "red", "green", "blue"));
    variables.add(Variable.categorical("kind", "x", "y", "z"));
    TrainingData.Builder builder = TrainingData.builder(variables);
    SplittableRandom random = new SplittableRandom(7);
    for (int r = 0; r < rows; r++) {
      int kind = random.nextInt(3);
      double[] row = {
        kind + Start.gaussian(random),
        2 * (kind % 2) + 0.5 * Start.gaussian(random),
        -kind + 0.7 * Start.gaussian(random),
        kind + random.nextInt(3),
        random.nextInt(3) == 0 ? random.nextInt(3) : kind,
        kind
      };
      for (int v = 0; v < row.length; v++) {
        row[v] = random.nextInt(10) == 0 ? Double.NaN : row[v];
      }
      builder.addRow(row);
    }
    return builder.build();
  }

  private static TrainOptions options(int epochs, int threads) {
    return TrainOptions.DEFAULT
        .withClassVariable("kind")
        .withEpochs(epochs)
        .withLearn(LearnOptions.DEFAULT.withThreads(threads));
  }

  private static NetworkOptions shape(String sizes, double share, int components) {
    return new NetworkOptions(
        NetworkOptions.sizes(sizes),
        false,
        Double.NaN,
        share,
        NetworkOptions.Recipe.DATA,
        components);
  }

  private static byte[] json(Network network) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    NetworkWriter.JSON.write(network, out);
    return out.toByteArray();
  }

  /** Unit values of a row, layer by layer, linear, as the definitions say. */
  private static double[] roots(Network network, double[] row) {
    Map<String, double[]> value = new HashMap<>();
    double[] last = {};
    for (Layer layer : network.layers()) {
      double[] below =
          layer.from().stream()
              .filter(name -> !name.equals(Layer.INPUT))
              .flatMapToDouble(name -> java.util.Arrays.stream(value.get(name)))
              .toArray();
      double[] own = new double[layer.numUnits()];
      for (int j = 0; j < own.length; j++) {
        own[j] = unit(layer, j, below, row);
      }
      value.put(layer.name(), own);
      last = own;
    }
    return last;
  }

  private static double unit(Layer layer, int j, double[] below, double[] row) {
    double sum = 0;
    if (layer instanceof Layer.Ugmm u) {
      for (int g = 0; g < u.scale()[j].length; g++) {
        double z = (row[u.inputs()[j][g]] - u.mean()[j][g]) / u.scale()[j][g];
        sum +=
            u.weights()[j][g] * Math.exp(-0.5 * z * z) / (u.scale()[j][g] * Math.sqrt(2 * Math.PI));
      }
    } else if (layer instanceof Layer.Categorical c) {
      sum = c.probabilities()[j][(int) row[c.variable()]];
    } else if (layer instanceof Layer.Mixture m) {
      for (int k = 0; k < below.length; k++) {
        sum += m.weights()[j][k] * below[k];
      }
    } else if (layer instanceof Layer.Product p) {
      sum = 1;
      for (int k : p.children()[j]) {
        sum *= below[k];
      }
    }
    return sum;
  }

  private static double joint(Network network, double[] row) {
    double[] root = roots(network, row);
    double sum = 0;
    for (int c = 0; c < root.length; c++) {
      boolean isMeant = Double.isNaN(row[CLASS]) || row[CLASS] == c;
      sum += isMeant ? network.classes().priors()[c] * root[c] : 0;
    }
    return sum;
  }

  /** Sums over states, and over a fine grid of at most one real, where cells are missing. */
  private static double integral(Network network, double[] row, int from) {
    for (int v = from; v < CLASS; v++) {
      if (Double.isNaN(row[v])) {
        double[] full = row.clone();
        double sum = 0;
        if (v == COLOUR) {
          for (int s = 0; s < 3; s++) {
            full[v] = s;
            sum += integral(network, full, v + 1);
          }
        } else {
          for (double x = -15; x <= 15; x += STEP) {
            full[v] = x;
            sum += STEP * integral(network, full, v + 1);
          }
        }
        return sum;
      }
    }
    return joint(network, row);
  }

  @Test
  void missingFeatures_areIntegratedOutExactly_asSumsOverAllValuesSay() throws IOException {
    Network network =
        NetworkTraining.of(data(120)).learn(options(4, 1), shape("5-3-4-3", 0.5, 2)).network();
    Circuit circuit = ModelCompiler.compile(network, CompileOptions.defaults()).circuit();
    assertNull(circuit.structure().whyNotTractable());
    Inference inference = new Inference(circuit);
    double nan = Double.NaN;
    double[][] rows = {
      {0.3, 1.9, -0.4, 2, 1, 2},
      {nan, 1.9, -0.4, 2, 1, nan},
      {0.3, 1.9, -0.4, 2, nan, 1},
      {0.3, nan, -0.4, 2, nan, nan},
      {0.3, 1.9, -0.4, nan, nan, 0},
    };
    for (double[] row : rows) {
      Evidence evidence = new Evidence(circuit);
      for (int v = 0; v <= CLASS; v++) {
        if (!Double.isNaN(row[v])) {
          evidence.observe(v, row[v]);
        }
      }
      LogProbability marginal = inference.marginal(evidence);
      assertEquals(Certificate.Kind.EXACT, marginal.certificate().kind());
      double expected = integral(network, row, 0);
      assertEquals(1, Math.exp(marginal.value()) / expected, 1e-9, java.util.Arrays.toString(row));
      if (Double.isNaN(row[CLASS])) {
        var kind = (CategoricalPosterior) inference.posterior("kind", evidence);
        assertEquals(Certificate.Kind.EXACT, kind.certificate().kind());
        for (int c = 0; c < 3; c++) {
          double[] with = row.clone();
          with[CLASS] = c;
          assertEquals(
              integral(network, with, 0) / expected, kind.probabilities()[c], 1e-9, "class " + c);
        }
      }
    }
  }

  @Test
  void learning_tellsClassesApart_andSaysThePrice() {
    TrainedNetwork trained =
        NetworkTraining.of(data(300)).learn(options(0, 2), shape("5-6-3", 1, 1));
    assertNotNull(trained.accuracy());
    assertTrue(trained.accuracy().value() > 0.75, trained.accuracy().toString());
    assertEquals(0, trained.numIncomplete());
    assertEquals(300, trained.numTrain());
    TrainedNetwork.Price price = trained.price();
    assertNotNull(price);
    assertEquals(price.linked().rows(), price.tractable().rows());
    assertTrue(price.linked().rows() < trained.accuracy().rows(), price.toString());
    assertTrue(price.linked().value() > 0.6, price.toString());
  }

  @Test
  void oneRoot_describesAllColumns() throws IOException {
    TrainedNetwork trained =
        NetworkTraining.of(data(120)).learn(options(3, 1), shape("6-4-2-1", 1, 1));
    assertNull(trained.price());
    assertNull(trained.accuracy());
    Circuit circuit = ModelCompiler.compile(trained.network(), CompileOptions.defaults()).circuit();
    LogProbability all = new Inference(circuit).marginal(new Evidence(circuit));
    assertEquals(0, all.value(), 1e-12);
    assertEquals(Certificate.Kind.EXACT, all.certificate().kind());
  }

  @Test
  void sameSeed_givesSameBits_onAnyNumberOfThreads_andAfterAKill() throws IOException {
    NetworkOptions shape = shape("5-4-3", 0.5, 1);
    byte[] one = json(NetworkTraining.of(data(100)).learn(options(5, 1), shape).network());
    byte[] two = json(NetworkTraining.of(data(100)).learn(options(5, 2), shape).network());
    assertArrayEquals(one, two);
    AtomicInteger epochs = new AtomicInteger();
    TrainOptions killed =
        options(5, 1)
            .withCheckpoints(folder)
            .withProgress(
                p -> {
                  if (epochs.incrementAndGet() == 4) {
                    throw new IllegalStateException("killed");
                  }
                },
                () -> false);
    assertThrows(
        IllegalStateException.class,
        () -> new TractableTraining(data(100), 0).learn(killed, shape));
    assertTrue(Files.exists(folder.resolve("first" + Kept.ENDING)));
    AtomicInteger again = new AtomicInteger();
    TrainOptions resumed =
        options(5, 1)
            .withCheckpoints(folder)
            .withProgress(p -> again.compareAndSet(0, p.epoch()), () -> false);
    byte[] after = json(new TractableTraining(data(100), 0).learn(resumed, shape).network());
    assertEquals(4, again.get());
    assertArrayEquals(one, after);
  }

  @Test
  void sizesThatDoNotFit_areRefused() {
    NetworkTraining training = NetworkTraining.of(data(20));
    CircuitException wrong =
        assertThrows(
            CircuitException.class, () -> training.learn(options(1, 1), shape("6-4-3", 1, 1)));
    assertTrue(wrong.getMessage().contains("reads 6 inputs; the table has 5"), wrong.getMessage());
    IllegalArgumentException flat =
        assertThrows(IllegalArgumentException.class, () -> shape("5-3", 1, 1));
    assertTrue(flat.getMessage().contains("such as 4-10-3"), flat.getMessage());
  }
}
