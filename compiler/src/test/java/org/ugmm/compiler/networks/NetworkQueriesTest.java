package org.ugmm.compiler.networks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.ugmm.compiler.CompileOptions;
import org.ugmm.compiler.ModelCompiler;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;
import org.ugmm.engine.PosteriorEvaluator;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.MpeAnswer;
import org.ugmm.testdata.BifOracle;
import org.ugmm.testdata.Golden;
import org.ugmm.testdata.Shared;
import org.ugmm.testdata.TableOracle;

/** Public Bayesian networks, compiled, against elimination on plain arrays. */
class NetworkQueriesTest {

  @Test
  void asia_everySinglePosteriorAndPair_equalEnumeration() throws IOException {
    Path file = Golden.find("models/networks/asia.bif");
    TableOracle oracle = BifOracle.read(file);
    int n = oracle.numVariables();
    double[][][] pair = new double[n][n][4];
    double total = 0;
    int[] states = new int[n];
    for (int i = 0; i < 1 << n; i++) {
      for (int v = 0; v < n; v++) {
        states[v] = i >> v & 1;
      }
      double p = oracle.at(states);
      total += p;
      for (int a = 0; a < n; a++) {
        for (int b = 0; b < n; b++) {
          pair[a][b][2 * states[a] + states[b]] += p;
        }
      }
    }
    Inference inference = new Inference(circuit(file));
    for (int a = 0; a < n; a++) {
      CategoricalPosterior alone =
          (CategoricalPosterior) inference.posterior(a, new Evidence(inference.circuit()));
      for (int s = 0; s < 2; s++) {
        assertEquals(pair[a][a][3 * s] / total, alone.probability(s), 1e-12);
        for (int b = 0; b < n; b++) {
          for (int t = 0; t < 2; t++) {
            Evidence both = new Evidence(inference.circuit()).observe(a, s);
            if (a != b) {
              both.observe(b, t);
              double expected = pair[a][b][2 * s + t] / total;
              assertEquals(
                  expected, Math.exp(inference.marginal(both).value()), 1e-12 * expected + 1e-300);
            }
          }
        }
      }
    }
  }

  @Test
  void alarm_everySinglePosteriorAndPair_equalElimination() throws IOException {
    requireAllPairs(Golden.find("models/networks/alarm.bif"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"insurance", "win95pts", "hailfinder"})
  void network_posteriorsGivenRandomEvidence_equalElimination(String name) throws IOException {
    Path file = shared(name);
    TableOracle oracle = BifOracle.read(file);
    Circuit circuit = circuit(file);
    SplittableRandom random = new SplittableRandom(1);
    PosteriorEvaluator posteriors = new PosteriorEvaluator(circuit);
    double[] found = new double[posteriors.numColumns()];
    for (int trial = 0; trial < 5; trial++) {
      int[] observed = possibleEvidence(oracle, random, trial);
      posteriors.posteriors(row(observed), 1, found);
      for (int v = 0; v < observed.length; v += 1 + random.nextInt(8)) {
        if (observed[v] < 0) {
          double[] expected = oracle.sum(observed, v);
          double sum = Arrays.stream(expected).sum();
          for (int s = 0; s < expected.length; s++) {
            assertEquals(expected[s] / sum, found[posteriors.column(v) + s], 1e-12);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"asia", "alarm", "insurance", "win95pts", "hailfinder"})
  void network_mpe_isExactByOnePass(String name) throws IOException {
    Path file =
        name.startsWith("a") ? Golden.find("models/networks/" + name + ".bif") : shared(name);
    TableOracle oracle = BifOracle.read(file);
    Circuit circuit = circuit(file);
    Inference search = new Inference(circuit);
    assertNull(circuit.structure().whyNotMaxPass());
    double logZ = circuit.normaliser().logZ();
    SplittableRandom random = new SplittableRandom(2);
    for (int trial = 0; trial < 4; trial++) {
      int[] observed = possibleEvidence(oracle, random, 3 * trial);
      Evidence evidence = new Evidence(circuit).row(row(observed), 0);
      MpeAnswer answer = search.mpe(evidence);
      assertEquals(Certificate.Kind.EXACT, answer.certificate().kind());
      double best = Math.log(oracle.max(observed));
      assertEquals(best - logZ, answer.logValue(), 1e-11);
      int[] states = new int[observed.length];
      Arrays.setAll(states, v -> (int) answer.assignment()[v]);
      assertEquals(best, Math.log(oracle.at(states)), 1e-11);
    }
  }

  /** Every posterior of one variable given nothing and given every state of every other. */
  private static void requireAllPairs(Path file) throws IOException {
    TableOracle oracle = BifOracle.read(file);
    PosteriorEvaluator posteriors = new PosteriorEvaluator(circuit(file));
    int n = oracle.numVariables();
    int[] nothing = new int[n];
    Arrays.fill(nothing, -1);
    double[] alone = new double[posteriors.numColumns()];
    posteriors.posteriors(row(nothing), 1, alone);
    for (int a = 0; a < n; a++) {
      requireShares(oracle.sum(nothing, a), 0, 1, alone, posteriors.column(a));
      double[][] given = new double[oracle.numStates(a)][posteriors.numColumns()];
      for (int s = 0; s < given.length; s++) {
        int[] observed = nothing.clone();
        observed[a] = s;
        posteriors.posteriors(row(observed), 1, given[s]);
      }
      for (int b = 0; b < n; b++) {
        if (a != b) {
          double[] joint = oracle.sum(nothing, a, b);
          for (int s = 0; s < given.length; s++) {
            requireShares(joint, s, given.length, given[s], posteriors.column(b));
          }
        }
      }
    }
  }

  /** That numbers from a column on are the shares of one row of a table of joint values. */
  private static void requireShares(
      double[] joint, int row, int numRows, double[] found, int column) {
    int length = joint.length / numRows;
    double sum = Arrays.stream(joint, row * length, (row + 1) * length).sum();
    for (int t = 0; t < length; t++) {
      assertEquals(joint[row * length + t] / sum, found[column + t], 1e-12);
    }
  }

  /** Some variables in states that are possible together. */
  private static int[] possibleEvidence(TableOracle oracle, SplittableRandom random, int count) {
    int[] observed = new int[oracle.numVariables()];
    Arrays.fill(observed, -1);
    for (int i = 0; i < count; ) {
      int v = random.nextInt(observed.length);
      observed[v] = random.nextInt(oracle.numStates(v));
      if (oracle.sum(observed)[0] > 0) {
        i++;
      } else {
        observed[v] = -1;
      }
    }
    return observed;
  }

  private static double[] row(int[] observed) {
    return Arrays.stream(observed).mapToDouble(s -> s < 0 ? Double.NaN : s).toArray();
  }

  private static Circuit circuit(Path file) throws IOException {
    return ModelCompiler.compile(file, CompileOptions.defaults()).circuit();
  }

  private static Path shared(String name) {
    Optional<Path> file = Shared.find("data/networks/" + name + ".bif");
    assumeTrue(file.isPresent(), "skipped: " + name + ".bif is not beside the project");
    return file.get();
  }
}
