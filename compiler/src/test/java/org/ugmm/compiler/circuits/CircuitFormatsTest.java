package org.ugmm.compiler.circuits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.ugmm.compiler.CompileOptions;
import org.ugmm.compiler.ModelCompiler;
import org.ugmm.compiler.model.ModelException;
import org.ugmm.compiler.model.Source;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evaluator;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.testdata.Golden;
import org.ugmm.testdata.Shared;

/** Circuits of other tools against what their files say, worked out by hand or by enumeration. */
class CircuitFormatsTest {

  private static Circuit circuit(String name, String text) throws IOException {
    return circuit(name, text.getBytes(StandardCharsets.UTF_8));
  }

  private static Circuit circuit(String name, byte[] bytes) throws IOException {
    return ModelCompiler.compile(Source.bytes(name, bytes), CompileOptions.defaults()).circuit();
  }

  private static Circuit circuit(Path file) throws IOException {
    return ModelCompiler.compile(file, CompileOptions.defaults()).circuit();
  }

  /** f(x), not divided by Z. */
  private static double value(Circuit c, double... row) {
    double[] log = new double[1];
    new Evaluator(c).logDensity(row, 1, log);
    return Math.exp(log[0] + c.normaliser().logZ());
  }

  private static double normal(double x, double mean, double scale) {
    double d = (x - mean) / scale;
    return Math.exp(-d * d / 2) / (scale * Math.sqrt(2 * Math.PI));
  }

  @Test
  void jpc_everyKindOfLeaf() throws IOException {
    String text =
        """
        c a circuit of Juice
        jpc 11
        L 0 0 1
        L 1 0 -1
        C 2 0 2 -1.6094379124341003 -0.916290731874155 -0.916290731874155
        I 3 0 2 1
        G 4 0 3 0.5 2.0
        B 5 0 4 3 -1.3862943611198906
        B 6 0 4 1 -0.6931471805599453
        P 7 0 4 0 2 4 5
        P 8 0 4 1 3 4 6
        S 9 0 2 7 -0.2876820724517809 8 -1.3862943611198906
        """;
    Circuit c = circuit("m.jpc", text);
    assertEquals(
        List.of("x1", "x2", "x3", "x4"), c.variables().stream().map(v -> v.name()).toList());
    double density = normal(1, 0.5, 2);
    assertEquals(0.75 * 0.4 * density * 27 / 64, value(c, 1, 1, 1, 1), 1e-15);
    assertEquals(0.75 * 0.2 * density / 64, value(c, 1, 0, 1, 3), 1e-15);
    assertEquals(0.25 * density * 0.5, value(c, 0, 1, 1, 0), 1e-15);
    assertEquals(0, value(c, 0, 1, 1, 2), 0);
    assertEquals(0, c.normaliser().logZ(), 1e-14);
  }

  @Test
  void spn_ofJuice() throws IOException {
    String text =
        "(2 3)\nv 0 0\nv 0 1\nv 1 2\nv 1 0\n* 0 2\n* 1 3\n+ 4 -1.3862943611198906 5 -0.2876820724517809\nEOF\n";
    Circuit c = circuit("m.spn", text);
    assertEquals(3, ((Categorical) c.variables().get(1)).numStates());
    assertEquals(0.25, value(c, 0, 2), 1e-15);
    assertEquals(0.75, value(c, 1, 0), 1e-15);
    assertEquals(0, value(c, 1, 1), 0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"example", "ranking-3", "xor-8"})
  void sdd_countsItsModels(String name) throws IOException {
    Path file = Golden.find("models/formats/" + name + ".sdd");
    Circuit c = circuit(file);
    int n = c.numVariables();
    List<String> lines = Files.readAllLines(file);
    double[] logs = new double[1 << n];
    double[] rows = new double[n * logs.length];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = i / n >> i % n & 1;
    }
    new Evaluator(c).logDensity(rows, logs.length, logs);
    int models = 0;
    for (int i = 0; i < logs.length; i++) {
      boolean holds = holds(lines, i);
      models += holds ? 1 : 0;
      assertEquals(holds, logs[i] > Double.NEGATIVE_INFINITY, "assignment " + i);
    }
    assertEquals(Math.log(models), c.normaliser().logZ(), 1e-13);
    assertTrue(c.structure().isDeterministic());
    assertTrue(c.structure().isTractable());
  }

  /** Whether the last node of a diagram holds for an assignment, bit v - 1 for variable v. */
  private static boolean holds(List<String> lines, int assignment) {
    Map<String, Boolean> value = new HashMap<>();
    boolean last = false;
    for (String line : lines) {
      String[] w = line.split(" ");
      if (w[0].equals("c") || w[0].equals("sdd")) {
        continue;
      }
      last = w[0].equals("T");
      if (w[0].equals("L")) {
        int literal = Integer.parseInt(w[3]);
        last = (assignment >> Math.abs(literal) - 1 & 1) == (literal > 0 ? 1 : 0);
      }
      for (int i = 4; w[0].equals("D") && i < w.length; i += 2) {
        last |= Boolean.TRUE.equals(value.get(w[i])) && Boolean.TRUE.equals(value.get(w[i + 1]));
      }
      value.put(w[1], last);
    }
    return last;
  }

  @Test
  void sdd_variablesOfTheTree_countToo(@TempDir Path folder) throws IOException {
    Path sdd = Files.writeString(folder.resolve("m.sdd"), "sdd 1\nL 0 0 1\n");
    assertEquals(0, circuit(sdd).normaliser().logZ(), 1e-15);
    Files.writeString(folder.resolve("m.vtree"), "vtree 3\nL 0 1\nL 1 2\nI 2 0 1\n");
    assertEquals(Math.log(2), circuit(sdd).normaliser().logZ(), 1e-15);
  }

  /** (x1 and x2) or (not x1 and x3), over four variables, as c2d and as d4 write it. */
  private static final String C2D = "nnf 7 6 4\nL 1\nL 2\nA 2 0 1\nL -1\nL 3\nA 2 3 4\nO 1 2 2 5\n";

  private static final String D4 = "o 1 0\nt 2 0\n1 2 1 2 0\n1 2 -1 3 0\n";

  private static final String WEIGHTS = "1 0.25\n-1 0.75\n2 0.5\n3 0.125\n-3 0.875\n4 3\n";

  private static void requireFormula(Circuit c, double[] positive, double[] negative) {
    int n = c.numVariables();
    double z = 0;
    for (int i = 0; i < 1 << n; i++) {
      boolean[] x = new boolean[n];
      double[] row = new double[n];
      double weight = 1;
      for (int v = 0; v < n; v++) {
        x[v] = (i >> v & 1) != 0;
        row[v] = x[v] ? 1 : 0;
        weight *= x[v] ? positive[v] : negative[v];
      }
      double expected = x[0] && x[1] || !x[0] && x[2] ? weight : 0;
      assertEquals(expected, value(c, row), 1e-14, "assignment " + i);
      z += expected;
    }
    assertEquals(Math.log(z), c.normaliser().logZ(), 1e-14);
    assertTrue(c.structure().isDeterministic());
    assertTrue(c.structure().isTractable());
  }

  @Test
  void nnf_ofBothCompilers_withAndWithoutWeights(@TempDir Path folder) throws IOException {
    double[] ones = {1, 1, 1, 1};
    requireFormula(circuit("m.nnf", C2D), ones, ones);
    requireFormula(circuit("m.nnf", D4), Arrays.copyOf(ones, 3), ones);
    String arcsFirst = "1 2 1 2 0\r\n1 2 -1 3 0\r\nt 2 0\r\no 1 0\r\n";
    requireFormula(circuit("m.nnf", arcsFirst), Arrays.copyOf(ones, 3), ones);
    double[] positive = {0.25, 0.5, 0.125, 3};
    double[] negative = {0.75, 1, 0.875, 1};
    Path c2d = Files.writeString(folder.resolve("a.nnf"), C2D);
    Files.writeString(folder.resolve("a.weights"), WEIGHTS);
    requireFormula(circuit(c2d), positive, negative);
    Path d4 = Files.writeString(folder.resolve("b.nnf"), D4);
    StringBuilder cnf = new StringBuilder("p cnf 4 2\n");
    WEIGHTS.lines().forEach(line -> cnf.append("c p weight ").append(line).append(" 0\n"));
    Files.writeString(folder.resolve("b.cnf"), cnf.append("-1 2 0\n1 3 0\n"));
    requireFormula(circuit(d4), positive, negative);
  }

  @Test
  void nnf_thatNeverHolds_isRefused() {
    ModelException e =
        assertThrows(ModelException.class, () -> circuit("m.nnf", "nnf 1 0 1\nO 0 0\n"));
    assertTrue(e.getMessage().contains("the formula never holds"), e.getMessage());
  }

  @Test
  void deeprob_sumsProductsAndLeaves() throws IOException {
    String text =
        """
        {"directed": true, "multigraph": false, "graph": {}, "nodes": [
         {"class": "Sum", "scope": [0, 1], "weights": [0.33333333, 0.66666666], "id": 0},
         {"class": "Product", "scope": [0, 1], "id": 1}, {"class": "Product", "scope": [0, 1], "id": 2},
         {"class": "Gaussian", "scope": [0], "params": {"mean": 1, "stddev": 0.5}, "id": 3},
         {"class": "Gaussian", "scope": [0], "params": {"mean": -1, "stddev": 2}, "id": 4},
         {"class": "Categorical", "scope": [1], "params": {"categories": [0, 1, 2], "probabilities": [0.2, 0.3, 0.5]}, "id": 5},
         {"class": "Isotonic", "scope": [1], "params": {"densities": [0.25, 0.75], "breaks": [1, 2, 3]}, "id": 6}],
         "links": [{"idx": 1, "source": 2, "target": 0}, {"idx": 0, "source": 1, "target": 0},
          {"idx": 0, "source": 3, "target": 1}, {"idx": 1, "source": 5, "target": 1},
          {"idx": 0, "source": 4, "target": 2}, {"idx": 1, "source": 6, "target": 2}]}
        """;
    Circuit c = circuit("m.json", text);
    double third = 0.33333333 / 0.99999999;
    assertEquals(
        third * normal(0.5, 1, 0.5) * 0.5 + (1 - third) * normal(0.5, -1, 2) * 0.75,
        value(c, 0.5, 2),
        1e-15);
    assertEquals(third * normal(0.5, 1, 0.5) * 0.2, value(c, 0.5, 0), 1e-15);
    assertEquals(0, c.normaliser().logZ(), 1e-14);
  }

  @Test
  void deeprob_treeOfBinaryColumns() throws IOException {
    // column 5 is the root, columns 2 and 7 hang on it
    double[][][] p = {{{0.2, 0.8}, {0.7, 0.3}}, {{0.4, 0.6}, {0.4, 0.6}}, {{0.9, 0.1}, {0.5, 0.5}}};
    StringBuilder params = new StringBuilder();
    for (double[][] of : p) {
      params.append(params.isEmpty() ? "" : ", ");
      params.append(
          "[[%s, %s], [%s, %s]]"
              .formatted(
                  Math.log(of[0][0]), Math.log(of[0][1]), Math.log(of[1][0]), Math.log(of[1][1])));
    }
    String text =
        """
        {"directed": true, "multigraph": false, "graph": {}, "nodes": [{"class": "BinaryCLT",
         "scope": [2, 5, 7], "params": {"root": 5, "tree": [1, -1, 1], "params": [%s]}, "id": 0}],
         "edges": []}
        """
            .formatted(params);
    Circuit c = circuit("m.json", text);
    assertEquals(List.of("x2", "x5", "x7"), c.variables().stream().map(v -> v.name()).toList());
    for (int i = 0; i < 8; i++) {
      int a = i & 1;
      int r = i >> 1 & 1;
      int b = i >> 2;
      assertEquals(p[0][r][a] * p[1][0][r] * p[2][r][b], value(c, a, r, b), 1e-15);
    }
    assertTrue(c.structure().isDeterministic());
  }

  @Test
  void deeprob_nltcs_meanOnTheTestRows() throws IOException {
    Optional<Path> model = Shared.find("data/formats/deeprob-nltcs.json");
    Optional<Path> data = Shared.find("data/nltcs/nltcs.test.data");
    assumeTrue(model.isPresent() && data.isPresent(), "skipped: no nltcs beside the project");
    double[] rows =
        Files.readAllLines(data.get()).stream()
            .flatMap(line -> Arrays.stream(line.split(",")))
            .mapToDouble(Double::parseDouble)
            .toArray();
    double[] logs = new double[rows.length / 16];
    new Evaluator(circuit(model.get())).logDensity(rows, logs.length, logs);
    assertEquals(-6.420404268398768, Arrays.stream(logs).average().orElseThrow(), 1e-7);
  }

  @Test
  void spflow_equation() throws IOException {
    String text =
        """
        (0.25*((Gaussian(V0|mean=1.0;stdev=0.5) * Categorical(V1|p=[0.2, 0.3, 0.5]))) +
         0.75*((Gaussian(V0|mean=-1;stdev=2e0) * Histogram(V1|[0.,1.,3.];[0.5,0.25]))))
        """;
    Circuit c = circuit("m.txt", text);
    assertEquals(
        0.25 * normal(0.5, 1, 0.5) * 0.3 + 0.75 * normal(0.5, -1, 2) * 0.25,
        value(c, 0.5, 1),
        1e-15);
    assertEquals(
        0.25 * normal(0.5, 1, 0.5) * 0.2 + 0.75 * normal(0.5, -1, 2) * 0.5,
        value(c, 0.5, 0),
        1e-15);
    Circuit named = circuit("m.spflow", "(Bernoulli(rain|p=0.25) * Bernoulli(wet|p=0.5))");
    assertEquals(List.of("rain", "wet"), named.variables().stream().map(v -> v.name()).toList());
    assertEquals(0.125, value(named, 1, 0), 1e-15);
  }

  @Test
  void spnc_nips5_equalsItsPublishedOutputs() throws IOException {
    Circuit c = circuit(Golden.find("models/formats/NIPS5.bin"));
    double logZ = c.normaliser().logZ();
    assertEquals(0.4105278491090474, logZ, 1e-14);
    double[] rows =
        Files.readAllLines(Golden.find("models/formats/NIPS5.inputdata.txt")).stream()
            .flatMap(line -> Arrays.stream(line.split(";")))
            .mapToDouble(Double::parseDouble)
            .toArray();
    List<String> expected = Files.readAllLines(Golden.find("models/formats/NIPS5.outputdata.txt"));
    double[] logs = new double[expected.size()];
    new Evaluator(c).logDensity(rows, logs.length, logs);
    for (int r = 0; r < logs.length; r++) {
      assertEquals(Double.parseDouble(expected.get(r)), logs[r] + logZ, 1e-12, "row " + r);
    }
  }

  @Test
  void spnc_smallFiles_asTheirBytesSay() throws IOException {
    Circuit gaussian = circuit(Golden.find("models/formats/gaussian-example.bin"));
    assertEquals(normal(0.3, 0.5, 1) * normal(0.1, 0.125, 0.25), value(gaussian, 0.3, 0.1), 1e-15);
    Circuit categorical = circuit(Golden.find("models/formats/categorical-example.bin"));
    assertEquals(0.55 * 0.125, value(categorical, 1, 2), 1e-15);
    for (String name : List.of("histogram4", "mini-example")) {
      Circuit c = circuit(Golden.find("models/formats/" + name + ".bin"));
      assertEquals(0.3 * 0.25 * 0.55 + 0.7 * 0.33 * 0.125, value(c, 0, 1), 1e-15);
      assertEquals(0.3 * 0.75 * 0.45 + 0.7 * 0.67 * 0.875, value(c, 1, 0), 1e-15);
    }
  }

  @Test
  void psdd_withTwoLogs_andCompressed() throws IOException {
    String text = "psdd 2\nT 0 0 1 -0.105361 -2.302585\n";
    Circuit c = circuit("m.psdd", text);
    assertEquals(0.1, value(c, 1), 1e-6);
    assertEquals(0.9, value(c, 0), 1e-6);
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
    assertEquals(value(c, 1), value(circuit("m.psdd.gz", packed.toByteArray()), 1), 0);
    ModelException e =
        assertThrows(ModelException.class, () -> circuit("m.psdd", "psdd 1\nT 0 0 1 -1 -1\n"));
    assertTrue(
        e.getMessage().contains("two log-probabilities whose probabilities sum to 0.73"),
        e.getMessage());
  }

  @Test
  void content_tellsTheFormat_whateverTheName() throws IOException {
    assertEquals(3, circuit("download", D4).numVariables());
    assertEquals(4, circuit("m.txt", C2D).numVariables());
    assertEquals(1, circuit("m.bif", "c x\npsdd 1\nT 0 0 1 -0.5\n").numVariables());
    assertEquals(2, circuit("m.json", "(2 2)\nv 0 0\nv 1 1\n* 0 1\n").numVariables());
    assertEquals(1, circuit("m", "jpc 1\nL 0 0 1\n").numVariables());
    assertEquals(1, circuit("m", "MARKOV 1 2 1 1 0 2 1 3").numVariables());
    assertEquals(
        2,
        circuit("m", Files.readAllBytes(Golden.find("models/formats/histogram4.bin")))
            .numVariables());
  }

  @Test
  void pickle_isNeverOpened() {
    byte[] pickle = {(byte) 0x80, 4, (byte) 0x95, 1, 2, 3};
    for (String name : List.of("m.pkl", "m.jpc", "model")) {
      ModelException e = assertThrows(ModelException.class, () -> circuit(name, pickle));
      assertTrue(e.getMessage().contains("a Python pickle"), e.getMessage());
      assertTrue(e.getMessage().contains("ugmm_export.py"), e.getMessage());
    }
  }

  /** Leaves of the families, and histograms that are what the other leaves of a variable are. */
  @Test
  void spflow_familiesAndHistograms() throws IOException {
    Circuit c =
        circuit(
            "m.spflow",
            "(0.25*((Poisson(V0|mean=2.0) * Gamma(V1|alpha=2.0;beta=0.5))) + "
                + "0.75*((Histogram(V0|[0.0,2.0,3.0];[0.25,0.5]) * LogNormal(V1|mean=0.5;stdev=2.0))))");
    double poisson = Math.exp(-2) * 2;
    double gamma = 0.25 * 1.5 * Math.exp(-0.75);
    double z = (Math.log(1.5) - 0.5) / 2;
    double logNormal = Math.exp(-0.5 * z * z) / (1.5 * 2 * Math.sqrt(2 * Math.PI));
    double expected = 0.25 * poisson * gamma + 0.75 * 0.25 * logNormal;
    assertEquals(expected, value(c, 1, 1.5), 1e-14);
    assertEquals(0.25 * Math.exp(-2) * 64 / 720 * gamma, value(c, 6, 1.5), 1e-15);
    assertEquals(0, c.normaliser().logZ(), 1e-14);
    Circuit real =
        circuit(
            "m.spflow",
            "(0.5*(Histogram(V0|[0.0,2.0,3.0];[0.25,0.5])) + 0.5*(Exponential(V0|l=2.0)))");
    assertEquals(0.5 * 0.25 + Math.exp(-3), value(real, 1.5), 1e-15);
    assertEquals(0, real.normaliser().logZ(), 1e-14);
    Circuit breaks = circuit("m.spflow", "Histogram(V0|[0.5,1.5];[1.0])");
    assertEquals(1, value(breaks, 1.2), 1e-15);
    Circuit uniform =
        circuit(
            "m.json",
            "{\"directed\": true, \"multigraph\": false, \"graph\": {}, \"nodes\": [{\"class\":"
                + " \"Uniform\", \"scope\": [0], \"params\": {\"start\": 1, \"width\": 4}, \"id\": 0}],"
                + " \"links\": []}");
    assertEquals(0.25, value(uniform, 4.5), 1e-15);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '@',
      value = {
        "m.jpc@jpc 1|L 0 0 0@line 2: literal 0",
        "m.jpc@jpc 1|X 0 0 1@line 2: found 'X'",
        "m.jpc@jpc 1|G 0 0 1 0 -1@standard deviation -1.0; expected a positive number",
        "m.jpc@jpc 1|L 0 0 1|P 1 0 2 0@1 words for 2 children",
        "m.jpc@jpc 1|L 0 0 1|G 1 0 1 0 1@a Gaussian leaf on variable 1, which is discrete",
        "m.jpc@jpc 1|S 1 0 1 0 0.5@no earlier node with id 0",
        "m.jpc@jpc 1|I 0 0 1 999999@variable 1 takes integers from 0 to 999999",
        "m.spn@(2 2)|v 2 0@found 2; expected a variable, 0 .. 1",
        "m.spn@(2 x)|v 1 0@'x' states of variable 1",
        "m.sdd@sdd 1|D 0 0 1 1 2@no earlier node with id 1",
        "m.nnf@nnf 2 1 1|L 1|A 1 1@found 1; expected an earlier node",
        "m.nnf@o 1 0|1 2 1 0@no node with number 2",
        "m.nnf@1 2 1 0|t 2 0@no node with number 1",
        "m.nnf@nnf 3 2 1|L 1|L -1|A 2 0 1@two conjuncts of one conjunction mention variable 1",
        "m.nnf@nnf 3 2 2|L 1|L 2|O 0 2 0 1@are not seen to exclude each other",
        "m.nnf@o 1 0|a 2 0|1 2 1 0|2 1 2 0@a cycle through node 1",
        "m.spflow@(Geometric(V0|p=0.5) * Bernoulli(V1|p=0.5))@found 'Geometric'",
        "m.spflow@(Poisson(V0|mean=-2.0) * Bernoulli(V1|p=0.5))@rate -2.0",
        "m.spflow@(0.5*(Gamma(V0|alpha=1;beta=1)) + 0.5*(Poisson(V0|mean=2)))@a poisson leaf on variable 0",
        "m.spflow@(0.5*(Bernoulli(V0|p=0.5)) + @the text ends",
        "m.spflow@(0.5*(Bernoulli(V0|p=1)) + 0.5*(Histogram(V0|[0.5,1.5];[1.0])))@a histogram of real breaks as a leaf on variable 0"
      })
  void broken_isRefusedByName(String name, String text, String message) {
    ModelException e =
        assertThrows(
            ModelException.class,
            () -> circuit(name, name.endsWith("spflow") ? text : text.replace('|', '\n')));
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }
}
