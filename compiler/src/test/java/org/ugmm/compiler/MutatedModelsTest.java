package org.ugmm.compiler;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.ugmm.compiler.model.FactorModel;
import org.ugmm.compiler.model.ModelException;
import org.ugmm.compiler.model.Source;
import org.ugmm.compiler.read.network.UaiReader;
import org.ugmm.engine.Evaluator;
import org.ugmm.engine.data.CircuitException;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable;
import org.ugmm.testdata.Golden;

/**
 * Damaged and hostile texts: each is rejected by a typed error or answers without NaN. The property
 * {@code org.ugmm.mutants} sets how many of each format are tried.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES) // for a mutant that never ends
class MutatedModelsTest {
  private static final int MUTANTS = Integer.getInteger("org.ugmm.mutants", 2_500);
  private static final String[] TOKENS = {
    "-1",
    "1e308",
    "-1e308",
    "1e-320",
    "0",
    "NaN",
    "1e999",
    "2147483648",
    "99999999999999999999",
    "null",
    "true",
    "[",
    "]",
    "{",
    "}",
    ",",
    "\"",
    "\"input\"",
    "[]",
    "{}",
    "-inf",
    "psdd",
    "D",
    "L",
    "\u0000",
    "\u00ff"
  };
  private static final String BLOCKS =
      """
      {"format": "ugmm-graph/1",
       "variables": [{"name": "x", "kind": "real"}, {"name": "y", "kind": "real"}],
       "nodes": [
         {"gaussianBlock": {"variables": ["x", "y"], "mean": [0, 1], "covariance": [[2, 0.3], [0.3, 1]]}},
         {"gaussianBlock": {"variables": ["y", "x"], "mean": [3, -1], "covariance": [[1, -0.6], [-0.6, 2]]}},
         {"sum": {"children": [0, 1], "weights": [0.4, 0.6]}}],
       "root": 2}
      """;
  private static final String PSDD =
      """
      c a small circuit over four variables
      psdd 11
      L 0 0 1
      L 1 0 -1
      L 2 2 2
      T 3 2 2 -0.35667494393873245
      D 4 1 2 0 2 -0.6931471805599453 1 3 -0.6931471805599453
      L 5 4 3
      L 6 4 -3
      T 7 6 4 -1.6094379124341003
      D 8 5 2 5 7 -0.2231435513142097 6 7 -1.6094379124341003
      D 9 3 1 4 8 0.0
      """;

  @Test
  void graph_mutated_isRejectedOrAnswers() throws IOException {
    mutate("m.json", Files.readAllBytes(Golden.find("models/iris-circuit/iris.graph.json")), 1);
  }

  @Test
  void network_mutated_isRejectedOrAnswers() throws IOException {
    mutate("m.json", Files.readAllBytes(Golden.find("models/iris-deep/iris.network.json")), 2);
  }

  @Test
  void psdd_mutated_isRejectedOrAnswers() throws IOException {
    mutate("m.psdd", PSDD.getBytes(StandardCharsets.UTF_8), 3);
  }

  @Test
  void safetensors_mutated_isRejectedOrAnswers() throws IOException {
    mutate(
        "m.safetensors", Files.readAllBytes(Golden.find("models/iris-deep/model.safetensors")), 4);
  }

  private static final String NETWORK =
      """
      network n { }
      variable a { type discrete [ 2 ] { no, yes }; }
      variable b { type discrete [ 3 ] { 0, 1, 2 }; }
      probability ( a ) { table 0.75, 0.25; }
      probability ( b | a ) { (no) 0.5, 0.25, 0.25; default 0.125, 0.75, 0.125; }
      """;
  private static final String XMLBIF =
      """
      <?xml version="1.0"?><!DOCTYPE BIF [ <!ELEMENT BIF ( NETWORK )*> ]>
      <BIF VERSION="0.3"><NETWORK><NAME>n</NAME>
      <VARIABLE TYPE="nature"><NAME>a</NAME><OUTCOME>no</OUTCOME><OUTCOME>yes</OUTCOME></VARIABLE>
      <VARIABLE TYPE="nature"><NAME>b</NAME><OUTCOME>0</OUTCOME><OUTCOME>1</OUTCOME></VARIABLE>
      <DEFINITION><FOR>a</FOR><TABLE>0.75 0.25</TABLE></DEFINITION>
      <DEFINITION><FOR>b</FOR><GIVEN>a</GIVEN><TABLE>0.5 0.5 0.25 0.75</TABLE></DEFINITION>
      </NETWORK></BIF>
      """;
  private static final String XDSL =
      """
      <?xml version="1.0"?><smile version="1.0" id="n"><nodes>
      <cpt id="a"><state id="0"/><state id="1"/><probabilities>0.25 0.75</probabilities></cpt>
      <deterministic id="b"><state id="x"/><state id="y"/><parents>a</parents>
      <resultingstates>y x</resultingstates></deterministic></nodes></smile>
      """;
  private static final String DEEPROB =
      """
      {"directed": true, "multigraph": false, "graph": {}, "nodes": [
       {"class": "Sum", "scope": [0, 1], "weights": [0.25, 0.75], "id": 0},
       {"class": "Product", "scope": [0, 1], "id": 1}, {"class": "Product", "scope": [0, 1], "id": 2},
       {"class": "Gaussian", "scope": [0], "params": {"mean": 1, "stddev": 0.5}, "id": 3},
       {"class": "Gaussian", "scope": [0], "params": {"mean": -1, "stddev": 2}, "id": 4},
       {"class": "Bernoulli", "scope": [1], "params": {"p": 0.25}, "id": 5},
       {"class": "Isotonic", "scope": [1], "params": {"densities": [0.25, 0.75], "breaks": [1, 2, 3]}, "id": 6}],
       "links": [{"idx": 1, "source": 2, "target": 0}, {"idx": 0, "source": 1, "target": 0},
        {"idx": 0, "source": 3, "target": 1}, {"idx": 1, "source": 5, "target": 1},
        {"idx": 0, "source": 4, "target": 2}, {"idx": 1, "source": 6, "target": 2}]}
      """;

  private static final String PMML =
      """
      <?xml version="1.0"?><PMML version="4.3"><NaiveBayesModel threshold="0.01"><BayesInputs>
      <BayesInput fieldName="w"><PairCounts value="a"><TargetValueCounts>
      <TargetValueCount value="n" count="2"/><TargetValueCount value="y" count="6"/>
      </TargetValueCounts></PairCounts><PairCounts value="b"><TargetValueCounts>
      <TargetValueCount value="n" count="0"/><TargetValueCount value="y" count="2"/>
      </TargetValueCounts></PairCounts></BayesInput>
      <BayesInput fieldName="t"><TargetValueStats>
      <TargetValueStat value="n"><GaussianDistribution mean="1" variance="4"/></TargetValueStat>
      <TargetValueStat value="y"><GaussianDistribution mean="-1" variance="1"/></TargetValueStat>
      </TargetValueStats></BayesInput></BayesInputs>
      <BayesOutput fieldName="p"><TargetValueCounts><TargetValueCount value="n" count="2"/>
      <TargetValueCount value="y" count="8"/></TargetValueCounts></BayesOutput>
      </NaiveBayesModel></PMML>
      """;

  /** The name of a file and a text of each format that is small enough to stand here. */
  static Stream<Arguments> texts() {
    return Stream.of(
        Arguments.of("m.bif", NETWORK),
        Arguments.of("m.xmlbif", XMLBIF),
        Arguments.of("m.xdsl", XDSL),
        Arguments.of("m.pmml", PMML),
        Arguments.of("m.uai", "BAYES\n2\n2 2\n2\n1 0\n2 0 1\n2 0.75 0.25\n4 0.5 0.5 0.25 0.75\n"),
        Arguments.of("m.uai", "MARKOV\n3\n2 3 2\n2\n2 0 1\n1 2\n6 1 2 3 0 5 6\n2 1 9\n"),
        Arguments.of(
            "m.jpc",
            "jpc 9\nL 0 0 1\nL 1 0 -1\nC 2 0 2 -1 -0.5 -2\nI 3 0 2 1\nG 4 0 3 0.5 2\n"
                + "B 5 0 4 3 -1.5\nP 6 0 4 0 2 4 5\nP 7 0 4 1 3 4 5\nS 8 0 2 6 -0.3 7 -1.4\n"),
        Arguments.of("m.spn", "(2 3)\nv 0 0\nv 0 1\nv 1 2\n* 0 2\n* 1 2\n+ 3 -1.4 4 -0.3\nEOF\n"),
        Arguments.of("m.sdd", "sdd 5\nL 0 0 1\nL 1 0 -1\nL 2 2 2\nT 3\nD 4 1 2 0 2 1 3\n"),
        Arguments.of(
            "m.nnf",
            "c p weight 1 0.5 0\nnnf 7 6 4\nL 1\nL 2\nA 2 0 1\nL -1\nL 3\nA 2 3 4\nO 1 2 2 5\n"),
        Arguments.of("m.nnf", "o 1 0\na 2 0\nt 3 0\n1 2 1 0\n1 3 -1 3 0\n2 3 2 0\n"),
        Arguments.of("m.json", DEEPROB),
        Arguments.of("m.json", BLOCKS),
        Arguments.of(
            "m.spflow",
            "(0.25*((Gaussian(V0|mean=1.0;stdev=0.5) * Categorical(V1|p=[0.2, 0.3, 0.5]))) +"
                + " 0.75*((Gaussian(V0|mean=-1;stdev=2e0) *"
                + " Histogram(V1|[0.,1.,3.];[0.5,0.25]))))"));
  }

  @ParameterizedTest
  @MethodSource("texts")
  void text_mutated_isRejectedOrAnswers(String name, String text) throws IOException {
    mutate(name, text.getBytes(StandardCharsets.UTF_8), 5);
  }

  @Test
  void spnc_mutated_isRejectedOrAnswers() throws IOException {
    mutate("m.bin", Files.readAllBytes(Golden.find("models/formats/NIPS5.bin")), 6);
  }

  @Test
  void compressed_mutated_isRejectedOrAnswers() throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      out.write(PSDD.getBytes(StandardCharsets.UTF_8));
    }
    mutate("m.psdd.gz", packed.toByteArray(), 7);
  }

  @Test
  void evidence_mutated_isRejectedOrNamesStates() throws IOException {
    FactorModel model =
        UaiReader.read(
            Source.bytes("m.uai", "MARKOV\n3\n2 3 2\n0\n".getBytes(StandardCharsets.UTF_8)));
    Random random = new Random(8);
    int rejected = 0;
    for (int i = 0; i < MUTANTS; i++) {
      byte[] mutant = "c seen\n2 0 1 1 2\n".getBytes(StandardCharsets.UTF_8);
      for (int edits = 1 + random.nextInt(3); edits > 0; edits--) {
        mutant = mutant(mutant, random);
      }
      try {
        int[] state = UaiReader.evidence(Source.bytes("m.evid", mutant), model);
        for (int v = 0; v < 3; v++) {
          assertTrue(state[v] >= -1 && state[v] < model.numStates(v), "mutant " + i);
        }
      } catch (ModelException e) {
        rejected++;
      }
    }
    assertTrue(rejected > MUTANTS / 10, "only " + rejected + " mutants were rejected");
  }

  private static void mutate(String name, byte[] original, long seed) throws IOException {
    Random random = new Random(seed);
    int rejected = 0;
    for (int i = 0; i < MUTANTS; i++) {
      byte[] mutant = original;
      for (int edits = 1 + random.nextInt(3); edits > 0; edits--) {
        mutant = mutant(mutant, random);
      }
      rejected += isRejected(name, mutant, "seed " + seed + ", mutant " + i) ? 1 : 0;
    }
    assertTrue(rejected > MUTANTS / 10, "only " + rejected + " mutants were rejected");
  }

  private static boolean isRejected(String name, byte[] mutant, String what) throws IOException {
    try {
      Compilation compiled =
          ModelCompiler.compile(Source.bytes(name, mutant), CompileOptions.defaults());
      int numVariables = compiled.circuit().numVariables();
      double[] rows = new double[2 * numVariables];
      Arrays.fill(rows, numVariables, 2 * numVariables, Double.NaN);
      for (int v = 0; v < numVariables; v++) {
        rows[v] = compiled.circuit().variables().get(v) instanceof Variable.Real ? 1.5 : 0;
      }
      double[] answers = new double[2];
      new Evaluator(compiled.circuit()).logDensity(rows, 1, answers);
      assertFalse(Double.isNaN(answers[0]), what);
      new Evaluator(compiled.circuit()).logDensity(rows, 2, answers);
      assertFalse(Double.isNaN(answers[1]), what);
      return false;
    } catch (ModelException | CircuitException | RefusedException e) {
      assertFalse(e.getMessage() == null || e.getMessage().isBlank(), what);
      return true;
    } catch (RuntimeException | AssertionError e) {
      throw new AssertionError(what + ": " + e, e);
    }
  }

  private static byte[] mutant(byte[] bytes, Random random) {
    int at = random.nextInt(bytes.length + 1);
    int length = Math.min(bytes.length - at, 1 + random.nextInt(8));
    return switch (random.nextInt(6)) {
      case 0 -> Arrays.copyOf(bytes, at);
      case 1 -> splice(bytes, at, at + length, new byte[0]);
      case 2 -> {
        byte[] changed = bytes.clone();
        if (at < bytes.length) {
          changed[at] = (byte) random.nextInt(256);
        }
        yield changed;
      }
      case 3 -> {
        int from = random.nextInt(bytes.length + 1);
        int to = Math.min(bytes.length, from + random.nextInt(200));
        yield splice(bytes, at, at, Arrays.copyOfRange(bytes, from, to));
      }
      case 4 -> {
        byte[] token = TOKENS[random.nextInt(TOKENS.length)].getBytes(StandardCharsets.ISO_8859_1);
        yield splice(bytes, at, at, token);
      }
      default -> replaceNumber(bytes, at, random);
    };
  }

  /** Puts a token in the place of the number at or behind a position. */
  private static byte[] replaceNumber(byte[] bytes, int at, Random random) {
    int from = at;
    while (from < bytes.length && (bytes[from] < '0' || bytes[from] > '9')) {
      from++;
    }
    int to = from;
    while (to < bytes.length && "0123456789.eE+-".indexOf(bytes[to]) >= 0) {
      to++;
    }
    byte[] token = TOKENS[random.nextInt(12)].getBytes(StandardCharsets.ISO_8859_1);
    return splice(bytes, from, to, token);
  }

  private static byte[] splice(byte[] bytes, int from, int to, byte[] insert) {
    byte[] result = new byte[bytes.length - (to - from) + insert.length + 1];
    System.arraycopy(bytes, 0, result, 0, from);
    System.arraycopy(insert, 0, result, from, insert.length);
    System.arraycopy(bytes, to, result, from + insert.length, bytes.length - to);
    return Arrays.copyOf(result, result.length - 1);
  }
}
