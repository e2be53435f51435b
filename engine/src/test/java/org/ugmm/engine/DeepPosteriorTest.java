package org.ugmm.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.InferenceOptions;
import org.ugmm.engine.deep.ConditionedNetwork;
import org.ugmm.engine.deep.integral.Cubature;
import org.ugmm.engine.deep.integral.IntegralEstimate;

/**
 * Class posteriors of the paper's Iris network with features unknown, against {@link DenseIris}.
 * {@code -Dorg.ugmm.rowStep=1} takes every row and every pattern, {@code =N} every N-th row from
 * {@code org.ugmm.firstRow} on; it publishes the worst difference, and differences as shares of the
 * stated error. Two features take about an hour for all rows, nearly all of it for the reference.
 */
class DeepPosteriorTest {
  private static final int FIRST_ROW = Integer.getInteger("org.ugmm.firstRow", 0);
  private static final int ROW_STEP = Integer.getInteger("org.ugmm.rowStep", 0);
  private static final int[][] PAIRS = {{0, 1}, {0, 2}, {0, 3}, {1, 2}, {1, 3}, {2, 3}};
  private static final int[][] SINGLES = {{0}, {1}, {2}, {3}};

  /** A row and the features that are unknown in it. */
  private record Query(int row, int[] open) {}

  @Test
  void posterior_oneFeatureUnknown_differsFromDenseQuadratureByLessThanItsError(
      TestReporter reporter) throws Exception {
    compare(queries(SINGLES, 12), 1e-12, reporter);
  }

  @Test
  void posterior_twoFeaturesUnknown_differsFromDenseQuadratureByLessThanItsError(
      TestReporter reporter) throws Exception {
    // A reference that does not look for narrow links of the last layer is 2e-7 off here.
    List<Query> queries = queries(PAIRS, 1);
    queries.add(new Query(2, new int[] {1, 3}));
    compare(queries, 1e-11, reporter);
  }

  private static List<Query> queries(int[][] patterns, int sample) {
    List<Query> queries = new ArrayList<>();
    SplittableRandom random = new SplittableRandom(5);
    for (int k = 0; ROW_STEP == 0 && k < sample; k++) {
      queries.add(new Query(random.nextInt(150), patterns[random.nextInt(patterns.length)]));
    }
    for (int row = FIRST_ROW; ROW_STEP > 0 && row < 150; row += ROW_STEP) {
      for (int[] open : patterns) {
        queries.add(new Query(row, open));
      }
    }
    return queries;
  }

  /** Compares by a reference whose own error is below the tolerance it is given, about. */
  private static void compare(List<Query> queries, double tolerance, TestReporter reporter)
      throws Exception {
    Circuit c = PaperNetwork.iris();
    double[][] rows = PaperNetwork.csv("iris.csv");
    DenseIris dense = new DenseIris();
    Inference inference =
        new Inference(
            c, InferenceOptions.DEFAULT.allowing(Certificate.Kind.ESTIMATED).withTolerance(1e-8));
    double worst = 0;
    double[] shares = new double[queries.size()];
    double worstShare = 0;
    String where = "";
    for (int q = 0; q < shares.length; q++) {
      Query query = queries.get(q);
      Evidence e = new Evidence(c).row(rows[query.row], 0).unobserve(4);
      for (int v : query.open) {
        e.unobserve(v);
      }
      CategoricalPosterior answer = (CategoricalPosterior) inference.posterior(4, e);
      double error = ((Certificate.Estimated) answer.certificate()).errorEstimate();
      // Three integrals, each to 1e-8 of the largest.
      assertTrue(error <= 3e-8, answer.certificate().toString());
      double[] expected = dense.posterior(rows[query.row], query.open, tolerance);
      double difference = 0;
      for (int s = 0; s < 3; s++) {
        difference = Math.max(difference, Math.abs(answer.probability(s) - expected[s]));
      }
      worst = Math.max(worst, difference);
      shares[q] = difference / (error + tolerance);
      if (shares[q] >= worstShare) {
        worstShare = shares[q];
        where =
            "row %d, unknown %s: difference %.3g, error %.3g"
                .formatted(query.row, Arrays.toString(query.open), difference, error);
      }
    }
    Arrays.sort(shares);
    reporter.publishEntry(
        "of %d queries".formatted(shares.length),
        "worst difference %.3g; of the error: median %.3g, 99 %% %.3g, worst %.3g at %s"
            .formatted(
                worst,
                shares[shares.length / 2],
                shares[shares.length * 99 / 100],
                worstShare,
                where));
    assertTrue(worstShare <= 1, where);
  }

  @Test
  void posterior_looserTolerance_differsByLessThanItsError() throws Exception {
    Circuit c = PaperNetwork.iris();
    double[][] rows = PaperNetwork.csv("iris.csv");
    for (int row = 7; row < 150; row += 101) {
      for (int[] open : PAIRS) {
        Evidence e = new Evidence(c).row(rows[row], 0).unobserve(4);
        e.unobserve(open[0]).unobserve(open[1]);
        double[] exact = Deep.posterior(4, e, options(1e-8)).probabilities();
        for (double tolerance : new double[] {1e-2, 1e-4, 1e-6}) {
          CategoricalPosterior loose = Deep.posterior(4, e, options(tolerance));
          double error = ((Certificate.Estimated) loose.certificate()).errorEstimate();
          for (int s = 0; s < 3; s++) {
            assertEquals(exact[s], loose.probability(s), error + 1e-8, loose.certificate() + "");
          }
        }
      }
    }
  }

  @Test
  void posterior_threeFeaturesUnknown_differsByLessThanItsError() throws Exception {
    Circuit c = PaperNetwork.iris();
    Evidence e = new Evidence(c).row(PaperNetwork.csv("iris.csv")[0], 0).unobserve(4);
    e.unobserve(0).unobserve(1);
    for (int third = 2; third < 4; third++) {
      Evidence open = e.copy().unobserve(third);
      IntegralEstimate exact = new IntegralEstimate(ConditionedNetwork.ofStates(open.flat, 4));
      exact.quadrature(1e-5, 10_000_000);
      double sum = Arrays.stream(exact.integral).sum();
      for (double tolerance : new double[] {1e-1, 1e-2, 1e-3, 1e-4}) {
        CategoricalPosterior loose = Deep.posterior(4, open, options(tolerance));
        Certificate.Estimated estimated = (Certificate.Estimated) loose.certificate();
        assertEquals("adaptive Gauss-Kronrod quadrature over 3 reals", estimated.method());
        assertTrue(estimated.errorEstimate() <= 3 * tolerance, estimated.toString());
        for (int s = 0; s < 3; s++) {
          double error = estimated.errorEstimate() + 1e-5;
          assertEquals(exact.integral[s] / sum, loose.probability(s), error, estimated.toString());
        }
      }
      IntegralEstimate lattice = new IntegralEstimate(ConditionedNetwork.ofStates(open.flat, 4));
      lattice.lattice(1e-3, 1_000_000, 1);
      double total = Arrays.stream(lattice.integral).sum();
      for (int s = 0; s < 3; s++) {
        double error = 2 * Cubature.largest(lattice.error) / total + 1e-5;
        assertEquals(exact.integral[s] / sum, lattice.integral[s] / total, error);
      }
    }
  }

  private static InferenceOptions options(double tolerance) {
    return Deep.integral(tolerance, 100_000);
  }
}
