package org.ugmm.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.data.Budget;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.CertifiedState;
import org.ugmm.engine.data.InferenceOptions;
import org.ugmm.engine.data.LogProbability;
import org.ugmm.engine.data.MpeAnswer;
import org.ugmm.engine.data.Posterior;
import org.ugmm.engine.data.RealMoments;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Why;
import org.ugmm.engine.deep.ConditionedNetwork;
import org.ugmm.engine.deep.NetworkPoint;
import org.ugmm.engine.deep.integral.IntegralBounds;
import org.ugmm.engine.deep.integral.IntegralEstimate;
import org.ugmm.engine.deep.integral.IntegralWinner;
import org.ugmm.engine.deep.plane.DeepAscent;
import org.ugmm.engine.number.GaussianMass;

/**
 * Queries on networks with links. {@code -Dorg.ugmm.completionStep=1} takes every completion of one
 * or two features of Iris, {@code -Dorg.ugmm.searchPoints=1000000} that many random points for the
 * whole network, {@code -Dorg.ugmm.completionPoints=1000000} for a completion.
 */
class DeepInferenceTest {
  private static final int SEARCH_POINTS = Integer.getInteger("org.ugmm.searchPoints", 20_000);
  private static final int COMPLETION_STEP = Integer.getInteger("org.ugmm.completionStep", 47);
  private static final int COMPLETION_POINTS =
      Integer.getInteger("org.ugmm.completionPoints", 2_000);
  private static final InferenceOptions FAST = Deep.search(1e-9, 12_000);

  @Test
  void mpe_wholeIrisNetwork_provesTheMaximumOfEachSpecies() throws Exception {
    Circuit c = PaperNetwork.iris();
    double[] expected = {1.2835204431586, 1.2836933070924, 1.2828255468011};
    for (int s = 0; s < 3; s++) {
      Evidence e = new Evidence(c).observe("species", s);
      MpeAnswer answer = Deep.mpe(e, InferenceOptions.DEFAULT);
      assertEquals(expected[s], answer.logValue(), 1e-12 + 1e-9);
      assertTrue(answer.logUpperBound() - answer.logValue() <= 1e-9);
      assertTrue(answer.logUpperBound() >= expected[s]);
      assertEquals(Certificate.Kind.EXACT, answer.certificate().kind(), "species " + s);
      double found = search(ConditionedNetwork.of(e.flat), SEARCH_POINTS);
      assertTrue(found <= answer.logUpperBound() + 1e-12, "species " + s);
      LogProbability there = new Inference(c).marginal(new Evidence(c).row(answer.assignment(), 0));
      assertEquals(answer.logValue(), there.value(), 1e-11);
    }
  }

  /** The best of many random points, and of what an ascent from the best of them reaches. */
  private static double search(ConditionedNetwork r, int numPoints) {
    SplittableRandom random = new SplittableRandom(7);
    NetworkPoint point = new NetworkPoint(r);
    double most = Double.NEGATIVE_INFINITY;
    double[] best = r.lo.clone();
    double[] x = r.lo.clone();
    for (int k = 0; k < numPoints; k++) {
      for (int i = 0; i < x.length; i++) {
        x[i] = r.lo[i] + random.nextDouble() * (r.hi[i] - r.lo[i]);
      }
      double value = point.evaluate(x);
      if (value > most) {
        most = value;
        best = x.clone();
      }
    }
    return Math.max(most, new DeepAscent(r, 1e-13).climb(best));
  }

  @Test
  void mpe_eightPixelsUnknown_boundsTheImageItself() throws Exception {
    Circuit c = PaperNetwork.digits();
    double[][] rows = PaperNetwork.csv("digits-scaled.csv");
    SplittableRandom random = new SplittableRandom(11);
    int closed = 0;
    for (int r = 0; r < rows.length; r += 300) {
      Evidence complete = new Evidence(c).row(rows[r], 0);
      Evidence e = complete.copy();
      for (int k = 0; k < 8; k++) {
        e.unobserve(random.nextInt(64));
      }
      MpeAnswer answer = Deep.mpe(e, Deep.search(1e-3, 400));
      double image = new Inference(c).marginal(complete).value();
      assertTrue(image <= answer.logUpperBound() + 1e-9, "row " + r);
      assertTrue(answer.logValue() <= answer.logUpperBound(), "row " + r);
      closed += answer.certificate().kind() == Certificate.Kind.EXACT ? 1 : 0;
    }
    assertTrue(closed > 0, "none closed");
  }

  @Test
  void mpe_oneAndTwoFeaturesOfIrisUnknown_isExact() throws Exception {
    Circuit c = PaperNetwork.iris();
    double[][] rows = PaperNetwork.csv("iris.csv");
    int completion = 0;
    for (int r = 0; r < rows.length; r++) {
      double observed = new Inference(c).marginal(new Evidence(c).row(rows[r], 0)).value();
      for (int first = 0; first < 4; first++) {
        for (int second = first; second < 4; second++) {
          if (completion++ % COMPLETION_STEP != 0) {
            continue;
          }
          String name = "row " + r + " without " + first + " and " + second;
          Evidence e = new Evidence(c).row(rows[r], 0).unobserve(first).unobserve(second);
          MpeAnswer answer = Deep.mpe(e, FAST);
          assertEquals(Certificate.Kind.EXACT, answer.certificate().kind(), name);
          assertTrue(answer.logUpperBound() - answer.logValue() <= 1e-9, name);
          assertTrue(answer.logUpperBound() >= observed - 1e-12, name);
          double found = search(ConditionedNetwork.of(e.flat), COMPLETION_POINTS);
          assertTrue(found <= answer.logUpperBound() + 1e-12, name + ": found " + found);
        }
      }
    }
  }

  @Test
  void mpe_randomMixedNetworks_boundsEveryProbe() {
    for (long seed = 0; seed < 30; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      Circuit c =
          PaperNetwork.random(
              1 + random.nextInt(3), random.nextInt(2) * 4, new int[] {4, 3, 1}, 1.2, seed);
      Evidence e = new Evidence(c);
      MpeAnswer answer = Deep.mpe(e, Deep.search(1e-6, 3000));
      assertTrue(answer.logUpperBound() >= answer.logValue());
      ConditionedNetwork r = ConditionedNetwork.of(e.flat);
      NetworkPoint point = new NetworkPoint(r);
      double[] x = new double[r.numFree()];
      for (int k = 0; k < 5000; k++) {
        for (int i = 0; i < x.length; i++) {
          x[i] =
              r.discrete[i]
                  ? random.nextInt((int) r.hi[i] + 1)
                  : r.lo[i] + random.nextDouble() * (r.hi[i] - r.lo[i]);
        }
        double value = point.evaluate(x);
        assertTrue(value <= answer.logUpperBound() + 1e-9 * (1 + Math.abs(value)), "seed " + seed);
        if (answer.certificate().kind() == Certificate.Kind.EXACT) {
          assertTrue(value <= answer.logValue() + 1e-5, "seed " + seed);
        }
      }
    }
  }

  @Test
  void certifiedState_randomNetworks_agreesWithProbes() {
    int[] seen = new int[3];
    for (long seed = 0; seed < 30; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      Circuit c = PaperNetwork.random(2, 3, new int[] {4, 3, 1}, 0.8, seed);
      Evidence e = new Evidence(c).interval(0, -0.1, 0.1).interval(1, 0, 0.2);
      CertifiedState answer = Deep.certified(2, e, Deep.proof(2000));
      seen[answer.outcome().ordinal()]++;
      ConditionedNetwork r = ConditionedNetwork.ofStates(e.flat, 2);
      NetworkPoint point = new NetworkPoint(r);
      if (answer.outcome() == CertifiedState.Outcome.REFUTED) {
        double[] x = {answer.witness()[0], answer.witness()[1]};
        assertTrue(leadOf(answer.state(), point, r, x) < 0, "seed " + seed);
        continue;
      }
      for (int k = 0; k < 2000; k++) {
        double[] x = {random.nextDouble(-0.1, 0.1), random.nextDouble(0, 0.2)};
        double lead = leadOf(answer.state(), point, r, x);
        assertTrue(lead >= answer.logMargin() - 1e-9, "seed " + seed);
      }
    }
    assertTrue(seen[0] > 5 && seen[1] > 1, "certified " + seen[0] + ", refuted " + seen[1]);
  }

  private static double leadOf(int state, NetworkPoint point, ConditionedNetwork r, double[] x) {
    point.evaluate(x);
    double rival = Double.NEGATIVE_INFINITY;
    for (int s = 0; s < r.outputs.length; s++) {
      if (s != state) {
        rival = Math.max(rival, point.value[r.outputs[s]]);
      }
    }
    return point.value[r.outputs[state]] - rival;
  }

  @Test
  void moments_oneAndTwoReals_equalDenseGrid() {
    for (long seed = 0; seed < 12; seed++) {
      int numReals = 1 + (int) (seed % 2);
      Circuit c = PaperNetwork.random(numReals, 3, new int[] {4, 3, 1}, 0.5, seed);
      Evidence e = new Evidence(c).observe(numReals, (int) (seed % 3));
      RealMoments moments = Deep.moments(0, e, Deep.integral(1e-8, 100_000));
      ConditionedNetwork r = ConditionedNetwork.of(e.flat);
      NetworkPoint point = new NetworkPoint(r);
      int steps = numReals == 1 ? 200_000 : 1500;
      double[] sum = new double[3];
      double[] x = new double[numReals];
      for (int k = 0; k < steps; k++) {
        x[0] = r.lo[0] + (k + 0.5) / steps * (r.hi[0] - r.lo[0]);
        for (int j = 0; j < (numReals == 1 ? 1 : steps); j++) {
          if (numReals == 2) {
            x[1] = r.lo[1] + (j + 0.5) / steps * (r.hi[1] - r.lo[1]);
          }
          double f = Math.exp(point.evaluate(x));
          double d = x[0] - moments.mean();
          sum[0] += f;
          sum[1] += f * d;
          sum[2] += f * d * d;
        }
      }
      double sd = Math.sqrt(moments.variance());
      double tolerance = numReals == 1 ? 1e-7 : 1e-4;
      assertEquals(0, sum[1] / sum[0], tolerance * sd, "mean, seed " + seed);
      assertEquals(
          moments.variance(), sum[2] / sum[0], tolerance * sd * sd, "variance, seed " + seed);
      Certificate.Estimated estimated = (Certificate.Estimated) moments.certificate();
      assertTrue(estimated.errorEstimate() < 1e-4, estimated.toString());
    }
  }

  @Test
  void posterior_realBelowALink_isTheMomentsWhereEstimatesAreAllowed() {
    Circuit c = PaperNetwork.random(2, 3, new int[] {4, 3, 1}, 0.5, 3);
    Evidence e = new Evidence(c).observe(2, 1);
    Inference inference = new Inference(c);
    assertThrows(RefusedException.class, () -> inference.posterior(0, e));
    InferenceOptions all = InferenceOptions.DEFAULT.allowingAll();
    Posterior posterior = new Inference(c, all).posterior(0, e);
    RealMoments moments = Deep.moments(0, e, Deep.integral(1e-8, 100_000));
    assertEquals(moments, posterior);
    assertEquals("x0", posterior.variable().name());
  }

  @Test
  void moments_threeReals_agreeWithDenseGrid() {
    Circuit c = PaperNetwork.random(3, 0, new int[] {4, 3, 1}, 0.5, 5);
    Evidence e = new Evidence(c);
    RealMoments moments = Deep.moments(1, e, Deep.integral(1e-3, 200_000));
    ConditionedNetwork r = ConditionedNetwork.of(e.flat);
    NetworkPoint point = new NetworkPoint(r);
    double[] sum = new double[3];
    int steps = 100;
    for (int k = 0; k < steps * steps * steps; k++) {
      int[] at = {k % steps, k / steps % steps, k / steps / steps};
      double[] x = new double[3];
      for (int i = 0; i < 3; i++) {
        x[i] = r.lo[i] + (at[i] + 0.5) / steps * (r.hi[i] - r.lo[i]);
      }
      double f = Math.exp(point.evaluate(x));
      double d = x[1] - moments.mean();
      sum[0] += f;
      sum[1] += f * d;
      sum[2] += f * d * d;
    }
    double sd = Math.sqrt(moments.variance());
    double error = ((Certificate.Estimated) moments.certificate()).errorEstimate();
    assertTrue(error < 0.05, "error " + error);
    assertEquals(0, sum[1] / sum[0], (2 * error + 1e-3) * sd);
    assertEquals(moments.variance(), sum[2] / sum[0], (2 * error + 2e-3) * sd * sd);
  }

  @Test
  void quadrature_randomNetworks_differsFromAFinerOneByLessThanItsError() {
    for (long seed = 0; seed < 24; seed++) {
      int numReals = 1 + (int) (seed % 3);
      Circuit c =
          PaperNetwork.random(numReals, seed % 2 == 0 ? 0 : 3, new int[] {6, 4, 1}, 1.2, seed);
      ConditionedNetwork r = ConditionedNetwork.of(new Evidence(c).flat);
      IntegralEstimate exact = new IntegralEstimate(r);
      exact.quadrature(1e-9, 1_500_000);
      for (double tolerance : new double[] {1e-2, 1e-4, 1e-6}) {
        IntegralEstimate loose = new IntegralEstimate(r);
        loose.quadrature(tolerance, 1_000_000);
        double error = loose.error[0] + exact.error[0] + 1e-13 * exact.integral[0];
        assertEquals(exact.integral[0], loose.integral[0], error, "seed " + seed);
      }
    }
  }

  @Test
  void enclosedMarginalAndPosterior_randomNetworks_holdTheIntegrals() {
    int proven = 0;
    int enclosed = 0;
    for (long seed = 0; seed < 40; seed++) {
      int numReals = 1 + (int) (seed % 2);
      Circuit c = PaperNetwork.random(numReals, 3, new int[] {4, 3, 1}, 0.5, seed);
      Evidence e = new Evidence(c);
      IntegralEstimate exact = new IntegralEstimate(ConditionedNetwork.of(e.flat));
      exact.quadrature(1e-7, 10_000_000);
      double log = Math.log(exact.integral[0]) + exact.logShift;
      double error = 2 * exact.error[0] / exact.integral[0] + 1e-9;
      if (Deep.enclosed(e, Deep.proof(3000)) instanceof Attempt.Found<LogProbability> answer) {
        Certificate.Enclosed interval = (Certificate.Enclosed) answer.answer().certificate();
        assertTrue(interval.lo() <= log + error && log - error <= interval.hi(), "seed " + seed);
        enclosed++;
      }
      CategoricalPosterior estimate = Deep.posterior(numReals, e, Deep.integral(1e-7, 1000));
      Attempt<Posterior> attempt = Deep.enclosed(numReals, e, Deep.proof(3000));
      if (attempt instanceof Attempt.Found<Posterior> found) {
        CategoricalPosterior posterior = (CategoricalPosterior) found.answer();
        Certificate.Enclosed range = (Certificate.Enclosed) posterior.certificate();
        int best = 0;
        for (int s = 1; s < 3; s++) {
          best = estimate.probabilities()[s] > estimate.probabilities()[best] ? s : best;
        }
        double p = estimate.probabilities()[best];
        assertTrue(range.lo() <= p + 1e-6 && p - 1e-6 <= range.hi(), "seed " + seed);
        assertTrue(posterior.probabilities()[best] >= range.lo() - 1e-12, "seed " + seed);
        assertTrue(posterior.probabilities()[best] <= range.hi() + 1e-12, "seed " + seed);
        proven++;
      } else {
        Why why = ((Attempt.Cannot<Posterior>) attempt).why();
        assertTrue(why.text().contains("is proven to be the most probable"), why.text());
      }
    }
    assertTrue(proven > 20, "proven " + proven);
    assertTrue(enclosed > 20, "enclosed " + enclosed);
  }

  @Test
  void enclosuresAndDifferences_anyNumberOfBoxes_holdTheIntegrals() {
    int positive = 0;
    for (long seed = 0; seed < 60; seed++) {
      int numReals = 1 + (int) (seed % 2);
      double spread = seed % 3 == 2 ? 2.5 : 0.5;
      Circuit c = PaperNetwork.random(numReals, 3, new int[] {4, 3, 1}, spread, seed);
      ConditionedNetwork r = ConditionedNetwork.ofStates(new Evidence(c).flat, numReals);
      double[] exact = new double[3];
      double[] error = new double[3];
      if (numReals == 1) {
        double[] coarse = midpoints(r, 40_001);
        System.arraycopy(midpoints(r, 60_000), 0, exact, 0, 3);
        Arrays.setAll(error, k -> 3 * Math.abs(exact[k] - coarse[k]) + 1e-9 * exact[k]);
      } else {
        IntegralEstimate integral = new IntegralEstimate(r);
        integral.quadrature(1e-9, 3_000_000);
        Arrays.setAll(exact, k -> integral.integral[k] * Math.exp(integral.logShift));
        Arrays.setAll(error, k -> 1e-6 * exact[k]);
      }
      for (int boxes : new int[] {1, 9, 80, 1500}) {
        String what = "seed " + seed + ", boxes " + boxes;
        IntegralBounds ends = new IntegralBounds(r);
        ends.run(0, Budget.DEFAULT.withBoxes(boxes));
        IntegralWinner greatest = new IntegralWinner(r);
        greatest.run(Budget.DEFAULT.withBoxes(boxes));
        int w = greatest.winner;
        for (int k = 0; k < 3; k++) {
          double unit = Math.exp(ends.logShift);
          assertTrue(ends.low[k] * unit <= exact[k] + error[k], what);
          assertTrue(ends.high[k] * unit >= exact[k] - error[k], what);
          double difference = greatest.sum[k] * Math.exp(greatest.logShift);
          assertTrue(difference <= exact[w] - exact[k] + error[w] + error[k], what);
          positive += difference > 0 ? 1 : 0;
        }
      }
    }
    assertTrue(positive > 60, "positive " + positive);
  }

  /** Integrals of all outputs over one real by the rule of midpoints. */
  private static double[] midpoints(ConditionedNetwork r, int n) {
    double[] sum = new double[r.outputs.length];
    NetworkPoint point = new NetworkPoint(r);
    double width = (r.hi[0] - r.lo[0]) / n;
    for (int i = 0; i < n; i++) {
      point.evaluate(new double[] {r.lo[0] + width * (i + 0.5)});
      for (int k = 0; k < sum.length; k++) {
        sum[k] += width * Math.exp(point.value[r.outputs[k]]);
      }
    }
    return sum;
  }

  @Test
  void enclosedPosterior_manyReals_agreesWithALattice() {
    int proven = 0;
    for (long seed = 0; seed < 24; seed++) {
      int numReals = 3 + (int) (seed % 3);
      Circuit c = PaperNetwork.random(numReals, 3, new int[] {5, 4, 1}, 0.5, seed);
      Evidence e = new Evidence(c);
      for (int v = 0; v < numReals; v++) {
        e.interval(v, -0.5, 0.5);
      }
      ConditionedNetwork r = ConditionedNetwork.ofStates(e.flat, numReals);
      IntegralEstimate lattice = new IntegralEstimate(r);
      lattice.lattice(0, 1 << 16, seed);
      double total = lattice.integral[0] + lattice.integral[1] + lattice.integral[2];
      double error = (lattice.error[0] + lattice.error[1] + lattice.error[2]) / total + 1e-9;
      if (!(Deep.enclosed(numReals, e, Deep.proof(1500))
          instanceof Attempt.Found<Posterior> found)) {
        continue;
      }
      CategoricalPosterior posterior = (CategoricalPosterior) found.answer();
      proven++;
      int best = posterior.mostProbable();
      double p = lattice.integral[best] / total;
      Certificate.Enclosed range = (Certificate.Enclosed) posterior.certificate();
      assertTrue(range.lo() <= p + error && p - error <= range.hi(), "seed " + seed);
      for (int s = 0; s < 3; s++) {
        assertTrue(lattice.integral[s] / total <= p + error, "seed " + seed);
        assertTrue(posterior.probabilities()[s] <= posterior.probabilities()[best]);
      }
      assertEquals(1, Arrays.stream(posterior.probabilities()).sum(), 1e-12);
    }
    assertTrue(proven > 8, "proven " + proven);
  }

  @Test
  void marginal_manyReals_latticeAgreesWithQuadratureWithinItsError() throws Exception {
    Circuit c = PaperNetwork.random(2, 0, new int[] {4, 3, 1}, 0.5, 5);
    ConditionedNetwork r = ConditionedNetwork.of(new Evidence(c).flat);
    IntegralEstimate exact = new IntegralEstimate(r);
    exact.quadrature(1e-8, 10_000_000);
    IntegralEstimate lattice = new IntegralEstimate(r);
    lattice.lattice(1e-4, 200_000, 1);
    double expected = exact.integral[0] * Math.exp(exact.logShift - lattice.logShift);
    assertEquals(expected, lattice.integral[0], 2 * lattice.error[0]);
    assertTrue(lattice.error[0] < 0.01 * expected);
  }

  @Test
  void anyQuery_realWithoutDomain_isRefusedWithTheRemedy() {
    CircuitBuilder b = Circuit.builder(List.of(Variable.real("x")));
    Circuit c = b.build(b.link(b.gaussian(0, 0, 1), -1, 0.5));
    RefusedException refusal =
        assertThrows(RefusedException.class, () -> new Inference(c).mpe(new Evidence(c)));
    assertEquals(
        "there is no most probable explanation: variable 'x' has neither a value nor a bounded domain;"
            + " observe 'x', or give it an interval or a domain",
        refusal.getMessage());
    MpeAnswer answer = new Inference(c).mpe(new Evidence(c).interval(0, -3, 2));
    // log N(x; 0, 1) = -1 at |x| = 0.402854...; the link's peak is -log(0.5) - log(2 pi) / 2
    assertEquals(Math.log(2) - GaussianMass.LOG_SQRT_2PI, answer.logValue(), 1e-9);
    assertEquals(Certificate.Kind.EXACT, answer.certificate().kind());
  }
}
