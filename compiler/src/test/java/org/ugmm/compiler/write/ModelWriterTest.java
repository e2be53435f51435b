package org.ugmm.compiler.write;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ugmm.compiler.CompileOptions;
import org.ugmm.compiler.ModelCompiler;
import org.ugmm.compiler.model.ModelException;
import org.ugmm.compiler.model.Source;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evaluator;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.testdata.Golden;
import org.ugmm.testdata.Shared;

/** What is written reads back as the same distribution. */
class ModelWriterTest {

  private static Circuit circuit(String name, byte[] bytes) throws IOException {
    return ModelCompiler.compile(Source.bytes(name, bytes), CompileOptions.defaults()).circuit();
  }

  private static Circuit golden(String path) throws IOException {
    return ModelCompiler.compile(Golden.find(path), CompileOptions.defaults()).circuit();
  }

  private static byte[] written(Circuit c, String name) throws IOException {
    ModelWriter writer = ModelWriter.of(name);
    assertNotNull(writer);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    writer.write(c, out);
    return out.toByteArray();
  }

  /** Complete rows and rows with holes have the same logs in both, divided by Z. */
  private static void requireSame(Circuit expected, Circuit found, boolean hasMarginals) {
    SplittableRandom random = new SplittableRandom(1);
    int n = expected.numVariables();
    assertEquals(n, found.numVariables());
    int numRows = 40;
    double[] rows = new double[n * numRows];
    for (int i = 0; i < rows.length; i++) {
      rows[i] =
          expected.variables().get(i % n) instanceof Categorical categorical
              ? random.nextInt(categorical.numStates())
              : random.nextDouble(-2, 2);
      if (hasMarginals && i >= rows.length / 2 && random.nextInt(3) == 0) {
        rows[i] = Double.NaN;
      }
    }
    double[] a = new double[numRows];
    double[] b = new double[numRows];
    new Evaluator(expected).logDensity(rows, numRows, a);
    new Evaluator(found).logDensity(rows, numRows, b);
    for (int r = 0; r < numRows; r++) {
      assertEquals(a[r], b[r], 1e-11 * Math.max(1, Math.abs(a[r])), "row " + r);
    }
  }

  @Test
  void gaussianBlocks_areWrittenBitForBit() throws IOException {
    String text =
        """
        {"format": "ugmm-graph/1",
         "variables": [{"name": "x", "kind": "real"}, {"name": "y", "kind": "real"},
           {"name": "c", "kind": "categorical", "states": ["a", "b"]}],
         "nodes": [
           {"gaussianBlock": {"variables": ["y", "x"], "mean": [0.1, 1e-17],
             "covariance": [[2.2, 0.030000000000000006], [0.030000000000000006, 1e-3]]}},
           {"categorical": {"variable": "c", "probabilities": [0.5, 0.5]}},
           {"product": {"children": [0, 1]}}],
         "root": 2}
        """;
    Circuit c = circuit("m.json", text.getBytes(StandardCharsets.UTF_8));
    byte[] once = written(c, "m.json");
    Circuit back = circuit("m.json", once);
    for (int n = 0; n < c.numNodes(); n++) {
      assertEquals(c.kind(n), back.kind(n));
      for (int i = 0; i < c.numParameters(n); i++) {
        assertEquals(c.parameter(n, i), back.parameter(n, i), 0.0);
      }
    }
    assertEquals(
        new String(once, StandardCharsets.UTF_8),
        new String(written(back, "m.json"), StandardCharsets.UTF_8));
    for (String ending : new String[] {"m.psdd", "m.jpc", "m.uai", "m.onnx"}) {
      assertThrows(ModelException.class, () -> written(c, ending), ending);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "models/circuits/cirkit_rat16_cp.graph.json, m.json",
    "models/circuits/cirkit_rat16_cp.graph.json, m.jpc",
    "models/circuits/cirkit_cat6x3_cp.graph.json, m.json",
    "models/circuits/cirkit_cat6x3_cp.graph.json, m.jpc",
    "models/circuits/cirkit_cat6x3_cp.graph.json, m.uai",
    "models/iris-circuit/iris.graph.json, m.json",
    "models/networks/asia.bif, m.json",
    "models/networks/asia.bif, m.psdd",
    "models/networks/asia.bif, m.jpc",
    "models/networks/asia.bif, m.uai",
    "models/networks/grid4x4.uai, m.psdd",
    "models/networks/alarm.bif, m.json",
    "models/networks/alarm.bif, m.jpc",
    "models/formats/xor-8.sdd, m.psdd",
    "models/formats/NIPS5.bin, m.json"
  })
  void tractable_writtenAndRead_isTheSameDistribution(String model, String name)
      throws IOException {
    Circuit c = golden(model);
    Circuit back = circuit(name, written(c, name));
    requireSame(c, back, true);
    if (name.equals("m.json")) {
      assertEquals(c.normaliser().logZ(), back.normaliser().logZ(), 1e-12);
    }
  }

  @Test
  void network_withLinks_isWrittenAsAGraph() throws IOException {
    Circuit c = golden("models/iris-deep/iris.network.json");
    requireSame(c, circuit("m.json", written(c, "m.json")), false);
  }

  @Test
  void nltcs_throughEveryFormat_keepsAnswersAndStructure() throws IOException {
    Optional<Path> file = Shared.find("data/nltcs/nltcs.psdd");
    assumeTrue(file.isPresent(), "skipped: nltcs.psdd is not beside the project");
    Circuit c = ModelCompiler.compile(file.get(), CompileOptions.defaults()).circuit();
    assertEquals(5_981, c.numEdges(), "a sum of one child with weight 1 is that child");
    for (String name : new String[] {"m.psdd", "m.json", "m.jpc"}) {
      Circuit back = circuit(name, written(c, name));
      requireSame(c, back, true);
      assertEquals(c.numEdges(), back.numEdges(), name);
      assertTrue(back.structure().isDeterministic(), name);
    }
  }

  @Test
  void hugeConstants_keepTheirLogs() throws IOException {
    String model = "MARKOV\n1\n2\n4\n0\n0\n1 0\n1 0\n1 1e300\n1 1e300\n2 1 3\n2 1e200 1\n";
    Circuit c = circuit("m.uai", model.getBytes(StandardCharsets.UTF_8));
    assertEquals(800 * Math.log(10), c.normaliser().logZ(), 1e-9);
    for (String name : new String[] {"m.json", "m.jpc"}) {
      Circuit back = circuit(name, written(c, name));
      assertEquals(c.normaliser().logZ(), back.normaliser().logZ(), 1e-9, name);
      requireSame(c, back, true);
    }
  }

  @Test
  void graphviz_namesNodesAndWeights() throws IOException {
    String text =
        new String(written(golden("models/networks/asia.bif"), "m.dot"), StandardCharsets.UTF_8);
    assertTrue(text.startsWith("digraph circuit {\n"), text);
    assertTrue(text.contains("[label=\"asia\\nyes: "), text);
    assertTrue(text.endsWith("}\n"), text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "models/circuits/cirkit_rat16_cp.graph.json|m.psdd|is not binary",
        "models/circuits/cirkit_rat16_cp.graph.json|m.uai|is not categorical",
        "models/networks/alarm.bif|m.uai|joint states; expected at most 1048576",
        "models/networks/alarm.bif|m.psdd|is not binary",
        "models/iris-deep/iris.network.json|m.jpc|of the kind GAUSSIAN_LINK"
      })
  void whatAFormatCannotState_isRefused(String model, String name, String message)
      throws IOException {
    Circuit c = golden(model);
    ModelException e = assertThrows(ModelException.class, () -> written(c, name));
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }

  @Test
  void ending_tellsTheFormat() {
    assertNull(ModelWriter.of("m.circuit"));
    assertEquals(ModelWriter.GRAPH, ModelWriter.of("m.JSON"));
  }
}
