package org.ugmm.compiler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ugmm.compiler.model.Source;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evaluator;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;
import org.ugmm.engine.PosteriorEvaluator;
import org.ugmm.engine.data.Certificate.Exact;
import org.ugmm.engine.data.GaussianMixture;
import org.ugmm.engine.data.LogProbability;
import org.ugmm.engine.data.Precision;
import org.ugmm.testdata.BigMath;
import org.ugmm.testdata.ExactOracle;
import org.ugmm.testdata.PlainCircuit;
import org.ugmm.testdata.PlainEvidence;
import org.ugmm.testdata.RandomCircuits;
import org.ugmm.testdata.RandomEvidence;

/** Error bounds speak of the model as read: what compiling rounds is inside them. */
class CompiledBoundsTest {
  private static Circuit compile(String variables, String nodes, int root) throws IOException {
    return compile(
        "{\"format\": \"ugmm-graph/1\", \"variables\": [%s], \"nodes\": [%s], \"root\": %d}"
            .formatted(variables, nodes, root));
  }

  private static Circuit compile(String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return ModelCompiler.compile(Source.bytes("model.json", bytes), CompileOptions.defaults())
        .circuit();
  }

  private static final String X = "{\"name\": \"x\", \"kind\": \"real\"}";

  private static String gaussian(double mean) {
    return "{\"gaussian\": {\"variable\": \"x\", \"mean\": %s, \"scale\": 1}}".formatted(mean);
  }

  private static void assertWithin(BigDecimal log, Circuit c, int variable, double value) {
    Evidence e = new Evidence(c).observe(variable, value);
    LogProbability single = new Inference(c).marginal(e);
    double bound = ((Exact) single.certificate()).relativeErrorBound();
    assertTrue(ExactOracle.relativeError(single.value(), log) <= bound, "bound " + bound);
    for (Precision precision : Precision.values()) {
      double[] batch = new double[1];
      double[] batchBound = new double[1];
      new Evaluator(c, precision).logDensity(new double[] {value}, 1, batch, batchBound);
      double error = ExactOracle.relativeError(batch[0], log);
      assertTrue(error <= batchBound[0] * 1.001, precision + " " + error + " " + batchBound[0]);
    }
  }

  @Test
  void duplicateTerms_addedUp_areWithinTheBound() throws IOException {
    int n = 10_000;
    String nodes =
        gaussian(0)
            + ","
            + gaussian(10)
            + ", {\"sum\": {\"children\": [%s, 1], \"weights\": [%s, 1000]}}"
                .formatted(
                    String.join(",", Collections.nCopies(n, "0")),
                    String.join(",", Collections.nCopies(n, "0.1")));
    Circuit c = compile(X, nodes, 2);
    BigDecimal near = new BigDecimal(0.1).multiply(BigDecimal.valueOf(n));
    BigDecimal far = BigDecimal.valueOf(1000);
    BigDecimal sum = near.add(far.multiply(BigMath.exp(BigDecimal.valueOf(-50))));
    BigDecimal log =
        BigMath.log(sum).subtract(BigMath.log(near.add(far))).subtract(BigMath.HALF_LOG_TWO_PI);
    assertWithin(log, c, 0, 0);
    GaussianMixture p = (GaussianMixture) new Inference(c).posterior(0, new Evidence(c));
    double expected = near.divide(near.add(far), BigMath.MC).doubleValue();
    double bound = ((Exact) p.certificate()).relativeErrorBound();
    assertEquals(expected, p.weights()[0], expected * bound);
    double[] found = new double[2];
    double[] foundBound = new double[2];
    new PosteriorEvaluator(c).posteriors(new double[] {Double.NaN}, 1, found, foundBound);
    assertEquals(10 - 10 * expected, found[0], foundBound[0]);
  }

  @Test
  void nestedSums_multiplied_areWithinTheBoundAlsoAfterSaving(@TempDir Path dir)
      throws IOException {
    for (int depth : new int[] {100, 1000}) {
      StringBuilder nodes = new StringBuilder(gaussian(0) + "," + gaussian(10));
      BigDecimal weight = new BigDecimal(1.49);
      for (int i = 0; i < depth; i++) {
        nodes.append(
            ", {\"sum\": {\"children\": [%d], \"weights\": [1.0000000000000002]}}"
                .formatted(i == 0 ? 0 : i + 1));
        weight = weight.multiply(new BigDecimal(1.0000000000000002), BigMath.MC);
      }
      nodes.append(
          ", {\"sum\": {\"children\": [%d, 1], \"weights\": [1.49, 1.01]}}".formatted(depth + 1));
      Circuit c = compile(X, nodes.toString(), depth + 2);
      BigDecimal other = new BigDecimal(1.01);
      BigDecimal log =
          BigMath.log(weight.add(other.multiply(BigMath.exp(BigDecimal.valueOf(-50)))))
              .subtract(BigMath.log(weight.add(other)))
              .subtract(BigMath.HALF_LOG_TWO_PI);
      assertWithin(log, c, 0, 0);
      Path file = dir.resolve("model" + depth + ".circuit");
      c.save(file);
      assertWithin(log, Circuit.load(file), 0, 0);
    }
  }

  @Test
  void codes_tabulated_areWithinTheBound() throws IOException {
    double[] code = {0.5816279609006009, 1.5833298156940088};
    double scale = 0.0038365966991467768;
    Circuit c =
        compile(
            "{\"name\": \"k\", \"kind\": \"categorical\", \"states\": [\"a\", \"b\"], \"codes\": [%s, %s]}"
                .formatted(code[0], code[1]),
            "{\"gaussian\": {\"variable\": \"k\", \"mean\": %s, \"scale\": %s}}"
                .formatted(code[0], scale),
            0);
    BigDecimal z =
        new BigDecimal(code[1])
            .subtract(new BigDecimal(code[0]))
            .divide(new BigDecimal(scale), BigMath.MC);
    // the normaliser is 1 + exp(-34084)
    BigDecimal log = z.multiply(z).divide(BigDecimal.valueOf(-2), BigMath.MC);
    assertWithin(log, c, 0, 1);
  }

  @Test
  void randomModels_everyBound_speaksOfTheModel() throws IOException {
    int checked = 0;
    for (int seed = 0; seed < 300; seed++) {
      PlainCircuit plain = RandomCircuits.tractable(seed);
      String text;
      try {
        text = plain.toGraphJson();
      } catch (IllegalArgumentException e) {
        continue; // not to be written as text
      }
      Circuit c = compile(text);
      List<PlainEvidence> points = RandomEvidence.points(plain, 0.3, seed);
      Evidence e = new Evidence(c);
      for (int v = 0; v < points.size(); v++) {
        if (points.get(v) instanceof PlainEvidence.Point point) {
          e.observe(v, point.value());
        }
      }
      LogProbability p = new Inference(c).marginal(e);
      BigDecimal exact = ExactOracle.logValue(plain, points);
      if (exact == null || !(p.certificate() instanceof Exact bound)) {
        continue;
      }
      BigDecimal open =
          ExactOracle.logValue(
              plain,
              plain.variables().stream()
                  .map(v -> (PlainEvidence) new PlainEvidence.Unobserved())
                  .collect(Collectors.toList()));
      double error = ExactOracle.relativeError(p.value(), exact.subtract(open));
      assertTrue(
          error <= bound.relativeErrorBound(),
          "seed " + seed + ": " + error + " above " + bound.relativeErrorBound());
      checked++;
    }
    assertTrue(checked > 150, "checked " + checked);
  }
}
