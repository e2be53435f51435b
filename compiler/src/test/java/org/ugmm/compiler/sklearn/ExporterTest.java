package org.ugmm.compiler.sklearn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ugmm.compiler.CompileOptions;
import org.ugmm.compiler.ModelCompiler;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evaluator;
import org.ugmm.testdata.Golden;

/** The exporter for Python, run on objects of the shape that it walks, where there is a Python. */
class ExporterTest {
  private static final String OBJECTS =
      """
      import json, sys
      sys.path.insert(0, sys.argv[1])
      import ugmm_export as u
      def make(kind, **fields):
          o = type(kind, (), {})()
          o.__dict__.update(fields)
          return o
      near = make("Gaussian", scope=[0], mean=1.0, stdev=0.5, children=[])
      wide = make("Gaussian", scope=[0], mean=-1.0, stdev=2.0, children=[])
      coin = make("Bernoulli", scope=[1], p=0.25, children=[])
      die = make("Categorical", scope=[1], p=[0.2, 0.3, 0.5], children=[])
      left = make("Product", children=[near, coin])
      right = make("Product", children=[wide, die])
      u.save(make("Sum", children=[left, right], weights=[0.25, 0.75]), sys.argv[2])
      a = [lambda g: g.categorical("a", [0.2, 0.8]), lambda g: g.categorical("a", [0.5, 0.5])]
      b = [lambda g: g.categorical("b", [1, 0]), lambda g: g.categorical("b", [0.25, 0.75])]
      layer = [(0, 1, [[[0.1, 0.2], [0.3, 0.4]], [[0.25, 0.25], [0.25, 0.25]]])]
      top = [(2, None, [[0.5, 0.5]])]
      names = [u.categorical("a", [0, 1]), u.categorical("b", [0, 1])]
      json.dump(u.einsum_layers([a, b], [layer, top], names), open(sys.argv[3], "w"))
      g = make("GaussianMixture", weights_=[0.25, 0.75], means_=[[1, 2], [-1, 0.5]],
               covariance_type="tied", covariances_=[[2, 0.5], [0.5, 1]])
      json.dump(u.sklearn(g), open(sys.argv[4], "w"))
      """;

  private static void run(Path script, String... arguments) throws Exception {
    Path exporter = source("main/python");
    List<String> command = new ArrayList<>(List.of("python3", script.toString(), "" + exporter));
    command.addAll(List.of(arguments));
    Process python;
    try {
      python = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      assumeTrue(false, "skipped: there is no python3");
      return;
    }
    String said = new String(python.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, python.waitFor(), said);
  }

  private static Path source(String folder) throws IOException {
    return Golden.find("models").resolve("../../compiler/src").resolve(folder).normalize();
  }

  /** Objects with the attributes that five libraries document, and their formulas, in Python. */
  @Test
  void librariesOfTensors_areWhatTheirFormulasSay(@TempDir Path folder) throws Exception {
    run(source("test/python/library_shapes.py"), folder.toString());
    List<String> names =
        List.of(
            "einsum_networks",
            "simple_einet_EinsumLayer",
            "simple_einet_LinsumLayer",
            "pyjuice",
            "cirkit",
            "spflow_modules");
    for (String name : names) {
      JsonNode expected =
          new ObjectMapper().readTree(folder.resolve(name + ".expected.json").toFile());
      Circuit c =
          ModelCompiler.compile(folder.resolve(name + ".json"), CompileOptions.defaults())
              .circuit();
      assertTrue(c.structure().isTractable(), name);
      int numRows = expected.get("rows").size();
      assertTrue(numRows > 0, name);
      for (int r = 0; r < numRows; r++) {
        JsonNode cells = expected.get("rows").get(r);
        double[] row = new double[cells.size()];
        Arrays.setAll(row, i -> cells.get(i).asDouble());
        double[] log = new double[1];
        new Evaluator(c).logDensity(row, 1, log);
        assertEquals(expected.get("logs").get(r).asDouble(), log[0], 1e-12, name + ", row " + r);
      }
    }
  }

  @Test
  void exported_isWhatTheObjectsSay(@TempDir Path folder) throws Exception {
    Path script = Files.writeString(folder.resolve("run.py"), OBJECTS);
    Path nodes = folder.resolve("nodes.json");
    Path layers = folder.resolve("layers.json");
    Path blocks = folder.resolve("blocks.json");
    run(script, nodes.toString(), layers.toString(), blocks.toString());
    double at = (0.25 * Math.exp(-0.5 * (4 - 2 * 0.5 * 2 * 1.5 + 2 * 1.5 * 1.5) / 1.75) + 0.75);
    assertEquals(at / (2 * Math.PI * Math.sqrt(1.75)), density(blocks, -1, 0.5), 1e-15);
    double near = Math.exp(-0.5) / (0.5 * Math.sqrt(2 * Math.PI));
    double wide = Math.exp(-0.78125) / (2 * Math.sqrt(2 * Math.PI));
    assertEquals(0.25 * near * 0.25 + 0.75 * wide * 0.3, density(nodes, 1.5, 1), 1e-15);
    assertEquals(0.75 * wide * 0.5, density(nodes, 1.5, 2), 1e-15);
    double[][] units = {{0.1 * 0.2 + 0.2 * 0.2 * 0.25 + 0.3 * 0.5 + 0.4 * 0.5 * 0.25}, {0}};
    units[1][0] = 0.25 * (0.2 + 0.5) * 1.25;
    assertEquals(0.5 * units[0][0] + 0.5 * units[1][0], density(layers, 0, 0), 1e-15);
  }

  private static double density(Path file, double... row) throws IOException {
    Circuit c = ModelCompiler.compile(file, CompileOptions.defaults()).circuit();
    double[] log = new double[1];
    new Evaluator(c).logDensity(row, 1, log);
    return Math.exp(log[0] + c.normaliser().logZ());
  }
}
