package org.ugmm.compiler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ugmm.testdata.Golden;
import org.ugmm.testdata.Shared;

/** Models whose answers were computed outside this project. */
class GoldenModelsTest {
  private static final List<String> SPECIES = List.of("setosa", "versicolor", "virginica");

  private static Compilation compile(String path, CompileOptions options) throws IOException {
    return ModelCompiler.compile(Golden.find(path), options);
  }

  @ParameterizedTest
  @ValueSource(strings = {"iris.network.json", "model.safetensors"})
  void irisDeep_everyLayerOnEveryRow_equalsGolden(String file) throws IOException {
    JsonNode golden = Tables.json("models/iris-deep/golden.json");
    double[][] rows = Tables.rows(golden.get("rows"));
    String model = "models/iris-deep/" + file;
    double[] root = Tables.logDensity(compile(model, CompileOptions.defaults()), rows);
    assertClose(Tables.row(golden.get("logdensity_f64_exact_const")), root, 1e-12, "root");
    boolean isJson = file.endsWith(".json");
    for (int layer = 1; layer <= 2; layer++) {
      JsonNode values = golden.get("layer%d_f64_exact_const".formatted(layer));
      for (int unit = 0; unit < values.get(0).size(); unit++) {
        String name = (isJson ? "layer" : "layers.") + layer;
        Compilation compiled = compile(model, CompileOptions.defaults().withRoot(name, unit));
        int j = unit;
        double[] expected = Arrays.stream(Tables.rows(values)).mapToDouble(row -> row[j]).toArray();
        assertClose(expected, Tables.logDensity(compiled, rows), 1e-12, name + " unit " + unit);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"digits.network.json", "model.safetensors"})
  void digitsDeep_everyRow_equalsGolden(String file) throws IOException {
    JsonNode golden = Tables.json("models/digits-deep/golden.json");
    double[][] pixels = Tables.csv(Golden.find("data/digits-scaled.csv"), true);
    double[][] expected = Tables.rows(golden.get("logits_f64_exact_const"));
    Compilation compiled = compile("models/digits-deep/" + file, CompileOptions.defaults());
    assertEquals(65, compiled.circuit().numVariables());
    double[][] actual = classDensities(compiled, pixels, 10);
    for (int r = 0; r < pixels.length; r++) {
      assertClose(expected[r], actual[r], 1e-10, "row " + r);
      assertEquals(argmax(expected[r]), argmax(actual[r]), "row " + r);
    }
  }

  @Test
  void digitsDeep_firstTwoLayers_equalGolden() throws IOException {
    JsonNode golden = Tables.json("models/digits-deep/golden.json");
    double[][] pixels = Arrays.copyOf(Tables.csv(Golden.find("data/digits-scaled.csv"), true), 20);
    double[] tolerance = {0, 1e-12, 1e-10};
    for (int layer = 1; layer <= 2; layer++) {
      double[][] values =
          Tables.rows(golden.get("layer%d_f64_exact_const_first20".formatted(layer)));
      for (int unit = 0; unit < values[0].length; unit++) {
        Compilation compiled =
            compile(
                "models/digits-deep/model.safetensors",
                CompileOptions.defaults().withRoot("layers." + layer, unit));
        int j = unit;
        double[] expected = Arrays.stream(values).mapToDouble(row -> row[j]).toArray();
        assertClose(
            expected,
            Tables.logDensity(compiled, pixels),
            tolerance[layer],
            "layer " + layer + " unit " + unit);
      }
    }
  }

  @Test
  void mnistDeep_first200TestImages_equalGolden() throws IOException {
    Optional<Path> images = Shared.find("data/mnist/t10k-images-idx3-ubyte.gz");
    assumeTrue(images.isPresent(), "skipped: no MNIST images beside the project");
    double[][] rows = mnist(images.get(), 200);
    JsonNode golden = Tables.json("models/mnist-deep/golden.json");
    Compilation compiled =
        compile("models/mnist-deep/model.safetensors", CompileOptions.defaults());
    double[][] actual = classDensities(compiled, rows, 10);
    double[][] expected = Tables.rows(golden.get("roots_f64_exact_const"));
    for (int r = 0; r < rows.length; r++) {
      assertClose(expected[r], actual[r], 1e-9, "image " + r);
    }
  }

  private static double[][] mnist(Path file, int count) throws IOException {
    try (InputStream in = new GZIPInputStream(Files.newInputStream(file));
        DataInputStream data = new DataInputStream(in)) {
      data.readInt();
      data.readInt();
      int numPixels = data.readInt() * data.readInt();
      double[][] rows = new double[count][numPixels];
      for (double[] row : rows) {
        for (int i = 0; i < row.length; i++) {
          row[i] = data.readUnsignedByte() / 255.0;
        }
      }
      return rows;
    }
  }

  /** [row][class] log-density of each root unit: the joint less the log of the uniform prior. */
  private static double[][] classDensities(Compilation compiled, double[][] rows, int classes) {
    double[][] result = new double[rows.length][classes];
    for (int c = 0; c < classes; c++) {
      double[][] withClass = new double[rows.length][];
      for (int r = 0; r < rows.length; r++) {
        withClass[r] = Arrays.copyOf(rows[r], compiled.circuit().numVariables());
        withClass[r][withClass[r].length - 1] = c;
      }
      double[] joint = Tables.logDensity(compiled, withClass);
      for (int r = 0; r < rows.length; r++) {
        result[r][c] = joint[r] + Math.log(classes);
      }
    }
    return result;
  }

  private static int argmax(double[] values) {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      best = values[i] > values[best] ? i : best;
    }
    return best;
  }

  @Test
  void irisCircuit_completeAndMarginal_equalGolden() throws IOException {
    Compilation compiled =
        compile("models/iris-circuit/iris.graph.json", CompileOptions.defaults());
    JsonNode golden = Tables.json("models/iris-circuit/golden.json");
    double[][] complete = new double[golden.size()][];
    double[][] observed = new double[golden.size()][];
    double[] logDensity = new double[golden.size()];
    double[] logMarginal = new double[golden.size()];
    for (int r = 0; r < golden.size(); r++) {
      JsonNode row = golden.get(r);
      complete[r] = Tables.row(row.get("row"), SPECIES);
      observed[r] = Tables.row(row.get("observed"), SPECIES);
      logDensity[r] = row.get("logDensity").asDouble();
      logMarginal[r] = row.get("logMarginal").asDouble();
    }
    assertClose(logDensity, Tables.logDensity(compiled, complete), 1e-12, "complete");
    assertClose(logMarginal, Tables.logDensity(compiled, observed), 1e-12, "marginal");
    assertTrue(compiled.analysis().structure().isTractable());
  }

  @ParameterizedTest
  @ValueSource(strings = {"rat16_cp", "cat6x3_cp"})
  void cirkitCircuit_completeAndMarginal_equalGolden(String name) throws IOException {
    String prefix = "models/circuits/cirkit_" + name;
    Compilation compiled = compile(prefix + ".graph.json", CompileOptions.defaults());
    JsonNode golden = Tables.json(prefix + ".golden.json");
    double[][] rows = Tables.rows(golden.get("rows"));
    double[][] missing = Tables.rows(golden.get("rows"));
    for (int r = 0; r < rows.length; r++) {
      for (int v = 0; v < rows[r].length; v++) {
        if (golden.get("missing_mask").get(r).get(v).asInt() != 0) {
          missing[r][v] = Double.NaN;
        }
      }
    }
    assertClose(
        Tables.row(golden.get("ll_full")), Tables.logDensity(compiled, rows), 1e-12, "complete");
    assertClose(
        Tables.row(golden.get("ll_marginal")),
        Tables.logDensity(compiled, missing),
        1e-12,
        "marginal");
    assertTrue(compiled.analysis().structure().isTractable());
  }

  @Test
  void nltcsPsdd_meanTestLogLikelihood_equalsPublished() throws IOException {
    Optional<Path> psdd = Shared.find("data/nltcs/nltcs.psdd");
    assumeTrue(psdd.isPresent(), "skipped: no nltcs.psdd beside the project");
    Compilation compiled = ModelCompiler.compile(psdd.get(), CompileOptions.defaults());
    double[][] rows = Tables.csv(Shared.find("data/nltcs/nltcs.test.data").orElseThrow(), false);
    double mean = Arrays.stream(Tables.logDensity(compiled, rows)).average().orElseThrow();
    assertEquals(-6.044764457958115, mean, 1e-12);
    assertTrue(compiled.analysis().structure().isTractable());
    assertTrue(compiled.analysis().structure().isDeterministic());
  }

  private static void assertClose(
      double[] expected, double[] actual, double tolerance, String what) {
    assertEquals(expected.length, actual.length, what);
    for (int i = 0; i < expected.length; i++) {
      double difference = Tables.difference(expected[i], actual[i]);
      assertTrue(
          difference <= tolerance,
          what + " [" + i + "]: expected " + expected[i] + ", found " + actual[i]);
    }
  }
}
