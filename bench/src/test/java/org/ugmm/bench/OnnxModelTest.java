package org.ugmm.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.DoubleBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.ugmm.compiler.CompileOptions;
import org.ugmm.compiler.ModelCompiler;
import org.ugmm.compiler.model.Source;
import org.ugmm.compiler.write.ModelWriter;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evaluator;
import org.ugmm.engine.data.Variable;
import org.ugmm.testdata.Golden;
import org.ugmm.testdata.PlainCircuit;
import org.ugmm.testdata.RandomCircuits;

/** What ONNX Runtime answers from the models that are written for it. */
class OnnxModelTest {
  private static byte[] onnx(Circuit circuit) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ModelWriter.ONNX.write(circuit, out);
    return out.toByteArray();
  }

  private static Circuit golden(String model) throws IOException {
    return ModelCompiler.compile(Golden.find(model), CompileOptions.defaults()).circuit();
  }

  /** Rows of states that exist and of reals near the origin. */
  private static double[] rows(Circuit c, int numRows, double spread, SplittableRandom random) {
    double[] rows = new double[numRows * c.numVariables()];
    for (int i = 0; i < rows.length; i++) {
      Variable variable = c.variables().get(i % c.numVariables());
      rows[i] =
          variable instanceof Variable.Categorical categorical
              ? random.nextInt(categorical.numStates())
              : random.nextDouble(-spread, spread);
    }
    return rows;
  }

  /** Compares densities, and posteriors where there is a class, with those of the engine. */
  private static void requireSame(Circuit c, double[] rows, double tolerance, String what)
      throws IOException, OrtException {
    int n = c.numVariables();
    int numRows = rows.length / n;
    String name = c.classVariable();
    int k = name == null ? -1 : c.indexOf(name);
    double[] columns = new double[numRows * (k < 0 ? n : n - 1)];
    double[] asked = rows.clone();
    for (int i = 0, at = 0; i < rows.length; i++) {
      if (i % n == k) {
        asked[i] = Double.NaN;
      } else {
        columns[at++] = rows[i];
      }
    }
    double[] logs = new double[numRows];
    new Evaluator(c).logDensity(asked, numRows, logs);
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    long[] shape = {numRows, columns.length / numRows};
    try (OrtSession session = environment.createSession(onnx(c));
        OnnxTensor input = OnnxTensor.createTensor(environment, DoubleBuffer.wrap(columns), shape);
        OrtSession.Result result = session.run(Map.of("rows", input))) {
      double[] found = (double[]) result.get("logDensity").orElseThrow().getValue();
      for (int r = 0; r < numRows; r++) {
        boolean isZero = logs[r] == Double.NEGATIVE_INFINITY;
        double slack = isZero ? 0 : tolerance * Math.max(1, Math.abs(logs[r]));
        assertEquals(logs[r], found[r], slack, what + ", row " + r);
      }
      if (k >= 0) {
        int numStates = ((Variable.Categorical) c.variables().get(k)).numStates();
        double[] posterior = new double[numRows * numStates];
        new Evaluator(c).posterior(k, asked, numRows, posterior);
        double[][] p = (double[][]) result.get("probabilities").orElseThrow().getValue();
        long[] label = (long[]) result.get("label").orElseThrow().getValue();
        for (int r = 0; r < numRows; r++) {
          if (logs[r] == Double.NEGATIVE_INFINITY) {
            assertTrue(Double.isNaN(p[r][0]), what + ", row " + r);
            continue;
          }
          double[] expected = Arrays.copyOfRange(posterior, r * numStates, (r + 1) * numStates);
          assertArrayEquals(expected, p[r], 100 * tolerance, what + ", row " + r);
          double greatest = Arrays.stream(expected).max().orElseThrow();
          assertEquals(greatest, expected[(int) label[r]], 100 * tolerance, what + ", row " + r);
        }
      }
    }
  }

  @Test
  void goldenModels_answerAsTheEngine() throws Exception {
    SplittableRandom random = new SplittableRandom(1);
    Circuit iris = golden("models/iris-circuit/iris.graph.json").withClassVariable("species");
    requireSame(iris, rows(iris, 50, 5, random), 1e-13, "iris circuit");
    Circuit deep = golden("models/iris-deep/iris.network.json");
    requireSame(deep, rows(deep, 50, 5, random), 1e-11, "iris network");
    Circuit asia = golden("models/networks/asia.bif");
    requireSame(asia, rows(asia, 50, 1, random), 1e-13, "asia");
    asia = asia.withClassVariable("lung");
    requireSame(asia, rows(asia, 50, 1, random), 1e-13, "asia, class lung");
  }

  @Test
  void digits_classesOfADeepNetwork() throws Exception {
    Circuit digits = golden("models/digits-deep/digits.network.json");
    double[] rows = rows(digits, 20, 1, new SplittableRandom(2));
    requireSame(digits, rows, 1e-9, "digits");
  }

  @Test
  void randomCircuits_withAndWithoutAClass() throws Exception {
    SplittableRandom random = new SplittableRandom(3);
    int numClassified = 0;
    for (int seed = 0; seed < 60; seed++) {
      PlainCircuit plain = RandomCircuits.tractable(seed);
      Circuit c;
      try {
        byte[] text = plain.toGraphJson().getBytes(StandardCharsets.UTF_8);
        c =
            ModelCompiler.compile(Source.bytes("m.json", text), CompileOptions.defaults())
                .circuit();
      } catch (IllegalArgumentException | UnsupportedOperationException e) {
        continue; // base measures, which the text cannot state
      }
      requireSame(c, rows(c, 5, 3, random), 1e-12, "seed " + seed);
      for (Variable variable : c.variables()) {
        if (variable instanceof Variable.Categorical && c.numVariables() > 1) {
          Circuit classified = c.withClassVariable(variable.name());
          double[] rows = rows(classified, 5, 3, random);
          requireSame(classified, rows, 1e-12, "seed " + seed + ", " + variable.name());
          numClassified++;
        }
      }
    }
    assertTrue(numClassified > 30, numClassified + " with a class");
  }

  @Test
  void missingValuesAndStatesThatAreNone_areNotTakenForOthers() throws Exception {
    Circuit asia = golden("models/networks/asia.bif");
    double[] rows = new double[3 * 8];
    rows[3] = Double.NaN;
    rows[8 + 3] = 2;
    rows[16 + 3] = -1;
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession session = environment.createSession(onnx(asia));
        OnnxTensor input =
            OnnxTensor.createTensor(environment, DoubleBuffer.wrap(rows), new long[] {3, 8});
        OrtSession.Result result = session.run(Map.of("rows", input))) {
      double[] found = (double[]) result.get("logDensity").orElseThrow().getValue();
      assertArrayEquals(
          new double[] {Double.NaN, Double.NEGATIVE_INFINITY, Double.NEGATIVE_INFINITY}, found);
      assertEquals(
          "asia\ntub\nsmoke\nlung\nbronc\neither\nxray\ndysp",
          session.getMetadata().getCustomMetadataValue("columns").orElseThrow());
      assertFalse(result.get("label").isPresent());
    }
  }
}
