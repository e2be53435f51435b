package org.ugmm.compiler.sklearn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.ugmm.compiler.CompileOptions;
import org.ugmm.compiler.ModelCompiler;
import org.ugmm.compiler.model.ModelException;
import org.ugmm.compiler.model.Source;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evaluator;

/** Archives made here as skops makes them, against the formulas of scikit-learn's documentation. */
class SklearnTest {

  private static Circuit circuit(String name, byte[] bytes) throws IOException {
    return ModelCompiler.compile(Source.bytes(name, bytes), CompileOptions.defaults()).circuit();
  }

  private static double density(Circuit c, double... row) {
    double[] log = new double[1];
    new Evaluator(c).logDensity(row, 1, log);
    return Math.exp(log[0]);
  }

  private static double normal(double x, double mean, double variance) {
    return Math.exp(-(x - mean) * (x - mean) / (2 * variance)) / Math.sqrt(2 * Math.PI * variance);
  }

  /** An array of doubles as numpy saves it. */
  private static byte[] npy(String shape, double... values) {
    ByteBuffer data = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (double value : values) {
      data.putDouble(value);
    }
    return npy("<f8", shape, data.array());
  }

  private static byte[] npy(String type, String shape, byte[] data) {
    String text = "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }".formatted(type, shape);
    String header = text + " ".repeat(117 - text.length()) + "\n";
    ByteBuffer bytes = ByteBuffer.allocate(10 + header.length() + data.length);
    bytes.order(ByteOrder.LITTLE_ENDIAN).put((byte) 0x93);
    bytes.put("NUMPY\1\0".getBytes(StandardCharsets.ISO_8859_1));
    bytes.putShort((short) header.length());
    bytes.put(header.getBytes(StandardCharsets.ISO_8859_1)).put(data);
    return bytes.array();
  }

  private static byte[] texts(String... texts) {
    ByteBuffer data = ByteBuffer.allocate(4 * 4 * texts.length).order(ByteOrder.LITTLE_ENDIAN);
    for (String text : texts) {
      for (int i = 0; i < 4; i++) {
        data.putInt(i < text.length() ? text.charAt(i) : 0);
      }
    }
    return npy("<U4", texts.length + ",", data.array());
  }

  private static String array(String file) {
    return "{\"__class__\": \"ndarray\", \"__module__\": \"numpy\", \"__loader__\": \"NdArrayNode\", \"type\": \"numpy\", \"file\": \"%s.npy\"}"
        .formatted(file);
  }

  private static String text(String value) {
    return "{\"__class__\": \"str\", \"__module__\": \"builtins\", \"__loader__\": \"JsonNode\", \"content\": \"\\\"%s\\\"\", \"is_json\": true}"
        .formatted(value);
  }

  /** A zip with a description and the arrays, named as their attributes. */
  private static byte[] skops(String kind, Map<String, byte[]> arrays, Map<String, String> others)
      throws IOException {
    StringBuilder attributes = new StringBuilder();
    arrays.keySet().stream()
        .filter(name -> !name.contains("-"))
        .forEach(name -> attributes.append(", \"%s\": %s".formatted(name, array(name))));
    others.forEach((name, json) -> attributes.append(", \"%s\": %s".formatted(name, json)));
    String schema =
        "{\"__class__\": \"%s\", \"__module__\": \"sklearn\", \"__loader__\": \"ObjectNode\", \"content\": {\"__class__\": \"dict\", \"__module__\": \"builtins\", \"__loader__\": \"DictNode\", \"content\": {%s}, \"key_types\": {}}, \"protocol\": 2, \"_skops_version\": \"0.11\"}"
            .formatted(kind, attributes.substring(2));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      for (Map.Entry<String, byte[]> entry : arrays.entrySet()) {
        zip.putNextEntry(new ZipEntry(entry.getKey() + ".npy"));
        zip.write(entry.getValue());
      }
      zip.putNextEntry(new ZipEntry("schema.json"));
      zip.write(schema.getBytes(StandardCharsets.UTF_8));
    }
    return out.toByteArray();
  }

  private static byte[] mixture(String type, byte[] covariances) throws IOException {
    Map<String, byte[]> arrays = new TreeMap<>();
    arrays.put("weights_", npy("2,", 0.25, 0.75));
    arrays.put("means_", npy("2, 2", 1, 2, -1, 0.5));
    arrays.put("covariances_", covariances);
    String names =
        "{\"__class__\": \"ndarray\", \"type\": \"json\", \"content\": {\"__class__\": \"list\", \"content\": [%s, %s]}}"
            .formatted(text("len"), text("width"));
    return skops(
        "GaussianMixture",
        arrays,
        Map.of("covariance_type", text(type), "feature_names_in_", names));
  }

  @Test
  void gaussianMixture_diagonalAndSpherical() throws IOException {
    Circuit diagonal = circuit("m.skops", mixture("diag", npy("2, 2", 0.5, 2, 1, 3)));
    assertEquals(
        List.of("len", "width"), diagonal.variables().stream().map(v -> v.name()).toList());
    assertEquals(
        0.25 * normal(0.3, 1, 0.5) * normal(0.7, 2, 2)
            + 0.75 * normal(0.3, -1, 1) * normal(0.7, 0.5, 3),
        density(diagonal, 0.3, 0.7),
        1e-15);
    Circuit spherical = circuit("model", mixture("spherical", npy("2,", 0.5, 2)));
    assertEquals(
        0.25 * normal(0.3, 1, 0.5) + 0.75 * normal(0.3, -1, 2),
        density(spherical, 0.3, Double.NaN),
        1e-15);
  }

  private static double normal(double x, double y, double[] mean, double[] covariance) {
    double det = covariance[0] * covariance[3] - covariance[1] * covariance[2];
    double dx = x - mean[0];
    double dy = y - mean[1];
    double square =
        (covariance[3] * dx * dx - 2 * covariance[2] * dx * dy + covariance[0] * dy * dy) / det;
    return Math.exp(-0.5 * square) / (2 * Math.PI * Math.sqrt(det));
  }

  @Test
  void gaussianMixture_fullAndTied() throws IOException {
    double[] first = {0.5, 0.2, 0.2, 2};
    double[] second = {1, -0.75, -0.75, 3};
    double[] both = {0.5, 0.2, 0.2, 2, 1, -0.75, -0.75, 3};
    Circuit full = circuit("m.skops", mixture("full", npy("2, 2, 2", both)));
    double[] one = {1, 2};
    double[] other = {-1, 0.5};
    assertEquals(
        0.25 * normal(0.3, 0.7, one, first) + 0.75 * normal(0.3, 0.7, other, second),
        density(full, 0.3, 0.7),
        1e-15);
    assertEquals(
        0.25 * normal(0.7, 2, 2) + 0.75 * normal(0.7, 0.5, 3),
        density(full, Double.NaN, 0.7),
        1e-15);
    Circuit tied = circuit("m.skops", mixture("tied", npy("2, 2", first)));
    assertEquals(
        0.25 * normal(0.3, 0.7, one, first) + 0.75 * normal(0.3, 0.7, other, first),
        density(tied, 0.3, 0.7),
        1e-15);
  }

  @Test
  void gaussianMixture_covariancesThatAreNone_areRefused() {
    assertRefused("full", "2, 2, 2", "positive number", new double[8]);
    assertRefused("full", "2, 2, 2", "positive definite", 1, 2, 2, 1, 1, 0, 0, 1);
    assertRefused("tied", "2, 2", "symmetric", 1, 0.5, 0.4, 1);
    assertRefused("tied", "2, 2, 2", "does not fit", 1, 0, 0, 1, 1, 0, 0, 1);
    assertRefused("full", "2, 2", "does not fit", 1, 0, 0, 1);
    assertRefused("wide", "2, 2", "'wide'; expected 'full'", 1, 0, 0, 1);
  }

  private static void assertRefused(
      String type, String shape, String expected, double... covariances) {
    ModelException e =
        assertThrows(
            ModelException.class, () -> circuit("m.skops", mixture(type, npy(shape, covariances))));
    assertTrue(e.getMessage().contains(expected), e.getMessage());
  }

  @Test
  void naiveBayes_classPosteriorsAndDensities() throws IOException {
    Map<String, byte[]> arrays = new TreeMap<>();
    arrays.put("classes_", texts("no", "yes"));
    arrays.put("class_prior_", npy("2,", 0.25, 0.75));
    arrays.put("theta_", npy("2, 1", 1, -1));
    arrays.put("var_", npy("2, 1", 0.5, 2));
    Circuit gaussian = circuit("m.skops", skops("GaussianNB", arrays, Map.of()));
    assertEquals(0.75 * normal(0.3, -1, 2), density(gaussian, 0.3, 1), 1e-15);
    arrays.clear();
    arrays.put("classes_", npy("2,", 3, 5));
    arrays.put("class_log_prior_", npy("2,", Math.log(0.25), Math.log(0.75)));
    arrays.put(
        "feature_log_prob_", npy("2, 2", Math.log(0.2), Math.log(0.5), Math.log(0.9), Math.log(1)));
    Circuit bernoulli = circuit("m.skops", skops("BernoulliNB", arrays, Map.of()));
    assertEquals(0.75 * 0.1, density(bernoulli, 0, 1, 1), 1e-15);
    assertEquals(0, density(bernoulli, 0, 0, 1), 0);
    assertEquals(0.25 * 0.2, density(bernoulli, 1, Double.NaN, 0), 1e-15);
    arrays.remove("feature_log_prob_");
    arrays.put(
        "a-0",
        npy(
            "2, 3",
            Math.log(0.2),
            Math.log(0.3),
            Math.log(0.5),
            Math.log(0.6),
            Math.log(0.3),
            Math.log(0.1)));
    arrays.put("a-1", npy("2, 2", Math.log(0.5), Math.log(0.5), Math.log(0.25), Math.log(0.75)));
    String list =
        "{\"__class__\": \"list\", \"__loader__\": \"ListNode\", \"content\": [%s, %s]}"
            .formatted(array("a-0"), array("a-1"));
    Circuit categorical =
        circuit("m.skops", skops("CategoricalNB", arrays, Map.of("feature_log_prob_", list)));
    assertEquals(0.75 * 0.1 * 0.25, density(categorical, 2, 0, 1), 1e-15);
  }

  @Test
  void pmml_countsAndGaussians() throws IOException {
    String text =
        """
        <?xml version="1.0"?><PMML version="4.3"><Header/>
        <NaiveBayesModel threshold="0.001" functionName="classification"><BayesInputs>
        <BayesInput fieldName="wind"><PairCounts value="weak"><TargetValueCounts>
          <TargetValueCount value="no" count="2"/><TargetValueCount value="yes" count="6"/></TargetValueCounts></PairCounts>
          <PairCounts value="strong"><TargetValueCounts>
          <TargetValueCount value="no" count="0"/><TargetValueCount value="yes" count="2"/></TargetValueCounts></PairCounts></BayesInput>
        <BayesInput fieldName="t"><TargetValueStats>
          <TargetValueStat value="no"><GaussianDistribution mean="1" variance="4"/></TargetValueStat>
          <TargetValueStat value="yes"><GaussianDistribution mean="-1" variance="1"/></TargetValueStat>
        </TargetValueStats></BayesInput></BayesInputs>
        <BayesOutput fieldName="play"><TargetValueCounts>
          <TargetValueCount value="no" count="2"/><TargetValueCount value="yes" count="8"/>
        </TargetValueCounts></BayesOutput></NaiveBayesModel></PMML>
        """;
    Circuit c = circuit("m.pmml", text.getBytes(StandardCharsets.UTF_8));
    double yes = 0.8 * 0.25 * normal(0.5, -1, 1);
    double no = 0.2 * 0.001 * normal(0.5, 1, 4);
    double z = 0.8 + 0.2 * 1.001;
    assertEquals(yes / z, density(c, 1, 0.5, 1), 1e-15);
    assertEquals(no / z, density(c, 1, 0.5, 0), 1e-15);
    String others =
        text.replace(
                "<GaussianDistribution mean=\"1\" variance=\"4\"/>",
                "<PoissonDistribution mean=\"2\"/>")
            .replace(
                "<GaussianDistribution mean=\"-1\" variance=\"1\"/>",
                "<PoissonDistribution mean=\"3\"/>");
    Circuit counts = circuit("m.pmml", others.getBytes(StandardCharsets.UTF_8));
    double rare = 0.2 * 0.001 * Math.exp(-2) * 2;
    assertEquals(rare / z, density(counts, 1, 1, 0), 1e-15);
    String mixed =
        text.replace(
            "<GaussianDistribution mean=\"1\" variance=\"4\"/>",
            "<PoissonDistribution mean=\"2\"/>");
    ModelException e =
        assertThrows(
            ModelException.class, () -> circuit("m.pmml", mixed.getBytes(StandardCharsets.UTF_8)));
    assertTrue(e.getMessage().contains("one of another kind"), e.getMessage());
    String negative = text.replace("threshold=\"0.001\"", "threshold=\"-1\"");
    e =
        assertThrows(
            ModelException.class,
            () -> circuit("m.pmml", negative.getBytes(StandardCharsets.UTF_8)));
    assertTrue(e.getMessage().contains("threshold -1.0; expected a probability"), e.getMessage());
    String uniform =
        mixed.replace(
            "<PoissonDistribution mean=\"2\"/>", "<UniformDistribution lower=\"0\" upper=\"4\"/>");
    Circuit box = circuit("m.pmml", uniform.getBytes(StandardCharsets.UTF_8));
    assertEquals(0.2 * 0.001 * 0.25 / z, density(box, 1, 0.5, 0), 1e-15);
  }

  @Test
  void damagedArchive_isRefused() throws IOException {
    byte[] whole = mixture("diag", npy("2, 2", 0.5, 2, 1, 3));
    for (int length = 4; length < whole.length / 2; length += 7) {
      byte[] cut = Arrays.copyOf(whole, length);
      ModelException e = assertThrows(ModelException.class, () -> circuit("m.skops", cut));
      assertTrue(e.getMessage().startsWith("m.skops: "), e.getMessage());
    }
    ModelException e =
        assertThrows(
            ModelException.class,
            () -> circuit("m.skops", skops("SVC", Map.of("weights_", npy("1,", 1)), Map.of())));
    assertTrue(e.getMessage().contains("a SVC; expected GaussianMixture"), e.getMessage());
  }

  @Test
  void mutatedArchive_isRefusedOrAnswers() throws IOException {
    byte[] whole = mixture("diag", npy("2, 2", 0.5, 2, 1, 3));
    SplittableRandom random = new SplittableRandom(1);
    int refused = 0;
    int count = Integer.getInteger("org.ugmm.mutants", 400);
    for (int i = 0; i < count; i++) {
      byte[] mutant = whole.clone();
      for (int edits = 1 + random.nextInt(3); edits > 0; edits--) {
        mutant[random.nextInt(mutant.length)] = (byte) random.nextInt(256);
      }
      try {
        double p = density(circuit("m.skops", mutant), 0.5, 0.5);
        assertTrue(!Double.isNaN(p), "mutant " + i);
      } catch (ModelException e) {
        refused++;
      }
    }
    assertTrue(refused > count / 4, "only " + refused + " mutants were refused");
  }
}
