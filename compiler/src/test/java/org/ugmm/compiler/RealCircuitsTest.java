package org.ugmm.compiler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evaluator;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;
import org.ugmm.engine.MpeEvaluator;
import org.ugmm.engine.PosteriorEvaluator;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.GaussianMixture;
import org.ugmm.engine.data.MpeAnswer;
import org.ugmm.testdata.Golden;
import org.ugmm.testdata.Shared;

/** Exact queries on circuits that others built or learned. */
class RealCircuitsTest {

  private static double[][] missingRows(JsonNode golden) {
    double[][] rows = Tables.rows(golden.get("rows"));
    double[][] mask = Tables.rows(golden.get("missing_mask"));
    for (int r = 0; r < rows.length; r++) {
      for (int v = 0; v < rows[r].length; v++) {
        rows[r][v] = mask[r][v] == 1 ? Double.NaN : rows[r][v];
      }
    }
    return rows;
  }

  private static double[] flat(double[][] rows) {
    return Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
  }

  @Test
  void rat16_conditionalMeansAndVariances_equalGolden() throws IOException {
    Circuit circuit =
        ModelCompiler.compile(
                Golden.find("models/circuits/cirkit_rat16_cp.graph.json"),
                CompileOptions.defaults())
            .circuit();
    JsonNode golden = Tables.json("models/circuits/cirkit_rat16_cp.golden.json");
    double[][] rows = missingRows(golden);
    double[][] mean = Tables.rows(golden.get("cond_mean"));
    double[][] variance = Tables.rows(golden.get("cond_var"));
    PosteriorEvaluator batch = new PosteriorEvaluator(circuit);
    double[] posteriors = new double[rows.length * batch.numColumns()];
    batch.posteriors(flat(rows), rows.length, posteriors);
    Inference inference = new Inference(circuit);
    for (int r = 0; r < rows.length; r++) {
      Evidence evidence = new Evidence(circuit).row(rows[r], 0);
      for (int v = 0; v < 16; v++) {
        if (!Double.isNaN(rows[r][v])) {
          continue;
        }
        GaussianMixture posterior = (GaussianMixture) inference.posterior(v, evidence);
        String what = "row " + r + " variable " + v;
        assertEquals(mean[r][v], posterior.mean(), 1e-10, what);
        assertEquals(variance[r][v], posterior.variance(), 1e-10, what);
        int at = r * batch.numColumns() + batch.column(v);
        assertEquals(mean[r][v], posteriors[at], 1e-10, what + " in a batch");
        assertEquals(variance[r][v], posteriors[at + 1], 1e-10, what + " in a batch");
      }
    }
  }

  @Test
  void cat6x3_posteriors_equalGolden() throws IOException {
    Circuit circuit =
        ModelCompiler.compile(
                Golden.find("models/circuits/cirkit_cat6x3_cp.graph.json"),
                CompileOptions.defaults())
            .circuit();
    JsonNode golden = Tables.json("models/circuits/cirkit_cat6x3_cp.golden.json");
    double[][] rows = missingRows(golden);
    PosteriorEvaluator batch = new PosteriorEvaluator(circuit);
    double[] posteriors = new double[rows.length * batch.numColumns()];
    batch.posteriors(flat(rows), rows.length, posteriors);
    Inference inference = new Inference(circuit);
    for (int r = 0; r < rows.length; r++) {
      double[][] expected = Tables.rows(golden.get("posterior_marginals").get(r));
      for (int v = 0; v < 6; v++) {
        if (!Double.isNaN(rows[r][v])) {
          continue;
        }
        Evidence evidence = new Evidence(circuit).row(rows[r], 0);
        CategoricalPosterior found = (CategoricalPosterior) inference.posterior(v, evidence);
        for (int s = 0; s < 3; s++) {
          int at = r * batch.numColumns() + batch.column(v) + s;
          assertEquals(expected[v][s], found.probability(s), 1e-12, "row " + r);
          assertEquals(expected[v][s], posteriors[at], 1e-12, "row " + r + " in a batch");
        }
      }
    }
  }

  @Test
  void asia_singlePosteriors_equalEnumeration() throws IOException {
    Circuit circuit = shared("data/nltcs/asia.uai.psdd");
    int n = circuit.numVariables();
    int numStates = 1 << n;
    double[] all = new double[numStates * n];
    for (int i = 0; i < all.length; i++) {
      all[i] = i / n >> i % n & 1;
    }
    double[] logs = new double[numStates];
    new Evaluator(circuit).logDensity(all, numStates, logs);
    Inference inference = new Inference(circuit);
    for (int observed = 0; observed < n; observed++) {
      for (int state = 0; state < 2; state++) {
        Evidence evidence = new Evidence(circuit).observe(observed, state);
        double[] one = new double[n];
        double total = 0;
        for (int i = 0; i < numStates; i++) {
          if ((i >> observed & 1) == state) {
            total += Math.exp(logs[i]);
            for (int v = 0; v < n; v++) {
              one[v] += (i >> v & 1) * Math.exp(logs[i]);
            }
          }
        }
        for (int v = 0; v < n && total > 0; v++) {
          if (v != observed) {
            CategoricalPosterior found = (CategoricalPosterior) inference.posterior(v, evidence);
            assertEquals(one[v] / total, found.probability(1), 1e-12, "variable " + v);
          }
        }
      }
    }
  }

  @Test
  void nltcs_mpeWithMissingCells_isExactByOnePass() throws IOException {
    Circuit circuit = shared("data/nltcs/nltcs.psdd");
    double[][] rows = Tables.csv(Shared.find("data/nltcs/nltcs.test.data").orElseThrow(), false);
    SplittableRandom random = new SplittableRandom(1);
    Inference search = new Inference(circuit);
    assertNull(circuit.structure().whyNotMaxPass());
    double[] best = new double[60];
    Evaluator evaluator = new Evaluator(circuit);
    for (int r = 0; r < 60; r++) {
      Evidence evidence = new Evidence(circuit);
      int[] missing = new int[16];
      int numMissing = 0;
      for (int v = 0; v < 16; v++) {
        if (random.nextDouble() < 0.3) {
          missing[numMissing++] = v;
        } else {
          evidence.observe(v, rows[r][v]);
        }
      }
      MpeAnswer answer = search.mpe(evidence);
      assertEquals(Certificate.Kind.EXACT, answer.certificate().kind());
      double[] completions = new double[(1 << numMissing) * 16];
      for (int i = 0; i < 1 << numMissing; i++) {
        System.arraycopy(rows[r], 0, completions, i * 16, 16);
        for (int m = 0; m < numMissing; m++) {
          completions[i * 16 + missing[m]] = i >> m & 1;
        }
      }
      double[] logs = new double[1 << numMissing];
      evaluator.logDensity(completions, logs.length, logs);
      assertEquals(Arrays.stream(logs).max().orElseThrow(), answer.logValue(), 1e-11, "row " + r);
      for (int m = 0; m < numMissing; m++) {
        rows[r][missing[m]] = Double.NaN;
      }
      best[r] = answer.logValue();
    }
    double[] assignments = new double[60 * 16];
    double[] found = new double[60];
    double[] bounds = new double[60];
    new MpeEvaluator(circuit).mpe(flat(Arrays.copyOf(rows, 60)), 60, assignments, found, bounds);
    double[] atAssignments = new double[60];
    evaluator.logDensity(assignments, 60, atAssignments);
    for (int r = 0; r < 60; r++) {
      assertEquals(best[r], found[r], 1e-11, "batch, row " + r);
      assertEquals(best[r], atAssignments[r], 1e-11, "assignment of row " + r);
      assertTrue(best[r] <= bounds[r] + 1e-12 && bounds[r] - best[r] < 1e-11, "bound of row " + r);
    }
  }

  @Test
  void nltcs_allPosteriorsOfABatch_equalInference() throws IOException {
    Circuit circuit = shared("data/nltcs/nltcs.psdd");
    double[][] rows = Tables.csv(Shared.find("data/nltcs/nltcs.test.data").orElseThrow(), false);
    rows = Arrays.copyOf(rows, 100);
    SplittableRandom random = new SplittableRandom(2);
    for (double[] row : rows) {
      for (int v = 0; v < 16; v++) {
        row[v] = random.nextInt(2) == 0 ? Double.NaN : row[v];
      }
    }
    PosteriorEvaluator batch = new PosteriorEvaluator(circuit);
    double[] found = new double[100 * batch.numColumns()];
    batch.posteriors(flat(rows), 100, found);
    Inference inference = new Inference(circuit);
    for (int r = 0; r < 100; r++) {
      Evidence evidence = new Evidence(circuit).row(rows[r], 0);
      for (int v = 0; v < 16; v++) {
        if (Double.isNaN(rows[r][v])) {
          CategoricalPosterior p = (CategoricalPosterior) inference.posterior(v, evidence);
          int at = r * batch.numColumns() + batch.column(v);
          assertEquals(p.probability(1), found[at + 1], 1e-12, "row " + r + " variable " + v);
        }
      }
    }
  }

  private static Circuit shared(String path) throws IOException {
    Optional<Path> file = Shared.find(path);
    assumeTrue(file.isPresent(), "skipped: " + path + " is not beside the project");
    return ModelCompiler.compile(file.get(), CompileOptions.defaults()).circuit();
  }
}
