package org.ugmm.compiler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.ugmm.compiler.model.Source;
import org.ugmm.compiler.passes.Pass;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.Certificate.Exact;
import org.ugmm.engine.data.LogProbability;
import org.ugmm.engine.data.RefusedException;

/** No pass changes an answer: models that are not smooth, with nested sums and weights of zero. */
class PassesTest {
  private static final String VARIABLES =
      """
      {"name": "x", "kind": "real"},
      {"name": "y", "kind": "real", "prior": {"mean": 0, "scale": 1}},
      {"name": "z", "kind": "real", "domain": [0, 2]},
      {"name": "k", "kind": "categorical", "states": ["a", "b"]}
      """;

  private static Circuit compile(String nodes, int root, Pass... skipped) throws IOException {
    String text =
        "{\"format\": \"ugmm-graph/1\", \"variables\": [%s], \"nodes\": [%s], \"root\": %d}"
            .formatted(VARIABLES, nodes, root);
    CompileOptions options = CompileOptions.defaults().without(skipped);
    return ModelCompiler.compile(
            Source.bytes("model.json", text.getBytes(StandardCharsets.UTF_8)), options)
        .circuit();
  }

  private static String gaussian(String variable, double mean) {
    return "{\"gaussian\": {\"variable\": \"%s\", \"mean\": %s, \"scale\": 1}}"
        .formatted(variable, mean);
  }

  @Test
  void smooth_sumThatOneChildKeepsFromIt_isNotMergedBefore() throws IOException {
    String nodes =
        String.join(
            ",",
            gaussian("x", 0),
            gaussian("y", 0),
            "{\"categorical\": {\"variable\": \"k\", \"probabilities\": [0.5, 0.5]}}",
            "{\"product\": {\"children\": [0, 1, 2]}}",
            "{\"product\": {\"children\": [0, 2]}}",
            "{\"categorical\": {\"variable\": \"k\", \"probabilities\": [0.25, 0.75]}}",
            "{\"sum\": {\"children\": [4, 5], \"weights\": [0.5, 0.5]}}",
            "{\"sum\": {\"children\": [3, 6], \"weights\": [0.5, 0.5]}}");
    for (Pass[] skipped : new Pass[][] {{}, {Pass.SIMPLIFY}, {Pass.ORDER}}) {
      Circuit c = compile(nodes, 7, skipped);
      Evidence e = new Evidence(c).observe("x", 0).observe("y", 3).observe("k", "a");
      assertEquals(-6.969620132021169, new Inference(c).marginal(e).value(), 1e-13);
    }
  }

  @Test
  void smooth_childOfWeightZero_keepsItsBaseMeasure() throws IOException {
    String nodes =
        String.join(
            ",",
            "{\"categorical\": {\"variable\": \"k\", \"probabilities\": [0.5, 0.5]}}",
            "{\"gaussian\": {\"variable\": \"z\", \"mean\": 1, \"scale\": 1}}",
            "{\"product\": {\"children\": [0, 1]}}",
            "{\"sum\": {\"children\": [0, 2], \"weights\": [1, 0]}}",
            gaussian("y", 5),
            "{\"product\": {\"children\": [3, 4]}}",
            "{\"sum\": {\"children\": [5, 3], \"weights\": [0, 2]}}");
    for (Pass[] skipped : new Pass[][] {{}, {Pass.SIMPLIFY}, {Pass.ORDER}}) {
      Circuit c = compile(nodes, 6, skipped);
      assertEquals(Math.log(4), c.normaliser().logZ(), 1e-14);
      Evidence e = new Evidence(c).observe("y", 1).observe("z", 1).observe("k", "a");
      double prior = -0.5 - 0.5 * Math.log(2 * Math.PI);
      assertEquals(Math.log(0.25) + prior, new Inference(c).marginal(e).value(), 1e-14);
    }
  }

  @Test
  void passes_randomModels_changeNoAnswer() throws IOException {
    int compared = 0;
    for (int seed = 0; seed < 400; seed++) {
      Random random = new Random(seed);
      List<String> nodes = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        nodes.add(
            switch (random.nextInt(4)) {
              case 0 -> gaussian("x", i);
              case 1 -> gaussian("y", i);
              case 2 -> gaussian("z", i);
              default ->
                  "{\"categorical\": {\"variable\": \"k\", \"probabilities\": [0.25, 0.75]}}";
            });
      }
      int[] scope = new int[20];
      for (int i = 0; i < 6; i++) {
        scope[i] =
            nodes.get(i).contains("\"x\"")
                ? 1
                : nodes.get(i).contains("\"y\"") ? 2 : nodes.get(i).contains("\"z\"") ? 4 : 8;
      }
      while (nodes.size() < 16) {
        int at = nodes.size();
        int a = random.nextInt(at);
        int b = random.nextInt(at);
        if ((scope[a] & scope[b]) == 0 && random.nextBoolean()) {
          nodes.add("{\"product\": {\"children\": [%d, %d]}}".formatted(a, b));
        } else {
          String weights = random.nextInt(4) == 0 ? "0, 1.5" : "0.5, 0.75";
          nodes.add(
              "{\"sum\": {\"children\": [%d, %d], \"weights\": [%s]}}".formatted(a, b, weights));
        }
        scope[at] = scope[a] | scope[b];
      }
      String text = String.join(",", nodes);
      Circuit all = compile(text, 15);
      Circuit plain = compile(text, 15, Pass.SIMPLIFY);
      Circuit unordered = compile(text, 15, Pass.ORDER);
      for (int mask = 0; mask < 16; mask++) {
        @Nullable Double expected = value(plain, mask);
        for (Circuit c : List.of(all, unordered)) {
          @Nullable Double found = value(c, mask);
          if (expected != null && found != null) {
            assertEquals(expected, found, 1e-12, "seed " + seed + " open " + mask + " " + text);
            compared++;
          }
        }
      }
    }
    assertTrue(compared > 5_000, "compared " + compared);
  }

  /** Log of f with the variables of a mask open, null where that is refused. */
  private static @Nullable Double value(Circuit c, int open) {
    Evidence e = new Evidence(c);
    for (int v = 0; v < 4; v++) {
      if ((open >> v & 1) == 0) {
        e.observe(v, v == 3 ? 1 : 0.5 + 0.25 * v);
      }
    }
    try {
      LogProbability p = new Inference(c).marginal(e);
      if (!(p.certificate() instanceof Exact)) {
        return null; // searched for, within a tolerance
      }
      return p.normalised() ? p.value() + c.normaliser().logZ() : p.value();
    } catch (RefusedException refused) {
      return null;
    }
  }
}
