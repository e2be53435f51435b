package org.ugmm.tool.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ugmm.compiler.CompileOptions;
import org.ugmm.compiler.ModelCompiler;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.testdata.Golden;

/** Mutual information against hand-made sums and quadrature. */
class DependenceTest {
  @TempDir Path folder;

  /** Two components with weights 0.3 and 0.7: k and l categorical, x and y real, z apart. */
  private static final String MODEL =
      """
      {"format": "ugmm-graph/1",
       "variables": [{"name": "k", "kind": "categorical", "states": ["a", "b"]},
         {"name": "l", "kind": "categorical", "states": ["u", "v", "w"]},
         {"name": "x", "kind": "real"}, {"name": "z", "kind": "real"}],
       "nodes": [
        {"categorical": {"variable": "k", "probabilities": [1, 0]}},
        {"categorical": {"variable": "l", "probabilities": [0.5, 0.5, 0]}},
        {"gaussian": {"variable": "x", "mean": 0, "scale": 1}},
        {"product": {"children": [0, 1, 2]}},
        {"categorical": {"variable": "k", "probabilities": [0, 1]}},
        {"categorical": {"variable": "l", "probabilities": [0, 0.25, 0.75]}},
        {"gaussian": {"variable": "x", "mean": 2, "scale": 0.5}},
        {"product": {"children": [4, 5, 6]}},
        {"sum": {"children": [3, 7], "weights": [0.3, 0.7]}},
        {"gaussian": {"variable": "z", "mean": 5, "scale": 2}},
        {"product": {"children": [8, 9]}}],
       "root": 10}
      """;

  private static Inference inference(Path file) throws IOException {
    return new Inference(ModelCompiler.compile(file, CompileOptions.defaults()).circuit());
  }

  private static double normal(double x, double mean, double scale) {
    double u = (x - mean) / scale;
    return Math.exp(-0.5 * u * u) / (scale * Math.sqrt(2 * Math.PI));
  }

  @Test
  void nats_ofEachKindOfPair_areThoseOfSumAndQuadrature() throws IOException {
    Dependence found =
        Dependence.of(inference(Files.writeString(folder.resolve("m.json"), MODEL)), 1);
    double[][] joint = {{0.15, 0.15, 0}, {0, 0.175, 0.525}};
    double exact = 0;
    for (int i = 0; i < 2; i++) {
      for (int j = 0; j < 3; j++) {
        double p = joint[i][j];
        exact +=
            p == 0 ? 0 : p * Math.log(p / ((i == 0 ? 0.3 : 0.7) * (joint[0][j] + joint[1][j])));
      }
    }
    assertEquals(exact, found.nats()[0][1], 1e-12);
    assertEquals(found.nats()[0][1], found.nats()[1][0]);
    assertEquals(0, found.errors()[0][1]);
    double integral = 0;
    double step = 1e-3;
    for (double x = -8; x < 8; x += step) {
      double a = 0.3 * normal(x, 0, 1);
      double b = 0.7 * normal(x, 2, 0.5);
      integral += step * (a > 0 ? a * Math.log(a / (0.3 * (a + b))) : 0);
      integral += step * (b > 0 ? b * Math.log(b / (0.7 * (a + b))) : 0);
    }
    assertEquals(integral, found.nats()[0][2], 4 * found.errors()[0][2]);
    assertTrue(found.errors()[0][2] > 0 && found.errors()[0][2] < 0.05);
    for (int v = 0; v < 3; v++) {
      assertEquals(0, found.nats()[v][3], 1e-9, "z is independent of all");
    }
    assertEquals(2000, found.draws());
  }

  @Test
  void nats_ofNetworkWithLinks_areRefused() {
    assertThrows(
        RefusedException.class,
        () -> Dependence.of(inference(Golden.find("models/iris-deep/iris.network.json")), 1));
  }

  @Test
  void variables_many_areAsManyAsTheWorkAllows() throws IOException {
    Dependence found = Dependence.of(inference(Golden.find("models/networks/alarm.bif")), 1);
    assertEquals(30, found.variables().size());
    assertEquals(0, found.draws());
    assertEquals(0, found.largestError());
  }
}
