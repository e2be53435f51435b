package org.ugmm.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.GaussianMixture;
import org.ugmm.engine.data.LogProbability;
import org.ugmm.engine.data.Moments;
import org.ugmm.engine.data.Posterior;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable;
import org.ugmm.testdata.BigMath;
import org.ugmm.testdata.ExactOracle;
import org.ugmm.testdata.Oracle;
import org.ugmm.testdata.PlainCircuit;
import org.ugmm.testdata.PlainEvidence;
import org.ugmm.testdata.PlainVariable;
import org.ugmm.testdata.RandomCircuits;
import org.ugmm.testdata.RandomEvidence;

/** Every query on seeded random circuits against reference answers. */
class RandomInferenceTest {
  private static final int NUM_CIRCUITS = 2_000;

  private static List<List<PlainEvidence>> evidences(PlainCircuit plain, long seed) {
    return List.of(
        RandomEvidence.complete(plain, seed),
        RandomEvidence.points(plain, 0.5, seed),
        RandomEvidence.any(plain, seed),
        PlainEvidence.none(plain.numVariables()));
  }

  private static void assertLog(double expected, double actual, String what) {
    if (Double.isInfinite(expected)) {
      assertEquals(expected, actual, what);
    } else {
      assertEquals(expected, actual, 1e-11 * (1 + Math.abs(expected)), what);
    }
  }

  /** The oracle subtracts two logs, which costs it digits where they are large. */
  private static void assertDifference(
      double joint, double given, double actual, double tolerance, String what) {
    if (Double.isInfinite(joint)) {
      assertEquals(joint, actual, what);
    } else {
      assertEquals(joint - given, actual, tolerance + 1e-12 * Math.abs(given), what);
    }
  }

  @Test
  void marginalsAndConditionals_tractable_agreeWithOracle() {
    for (long seed = 0; seed < NUM_CIRCUITS; seed++) {
      PlainCircuit plain = RandomCircuits.tractable(seed);
      Circuit c = Plain.circuit(plain);
      Inference inference = new Inference(c);
      double logZ = Oracle.logZ(plain);
      for (List<PlainEvidence> e : evidences(plain, seed)) {
        String what = "seed " + seed + " evidence " + e;
        double expected = Oracle.logValue(plain, e);
        LogProbability actual = inference.marginal(Plain.evidence(c, e));
        assertLog(expected - logZ, actual.value(), what);
        assertTrue(actual.normalised(), what);
        checkConditional(plain, c, inference, e, expected, seed);
      }
    }
  }

  private static void checkConditional(
      PlainCircuit plain,
      Circuit c,
      Inference inference,
      List<PlainEvidence> e,
      double joint,
      long seed) {
    Random random = new Random(seed);
    PlainEvidence[] query = new PlainEvidence[e.size()];
    PlainEvidence[] given = new PlainEvidence[e.size()];
    for (int v = 0; v < query.length; v++) {
      boolean asked = random.nextBoolean();
      query[v] = asked ? e.get(v) : PlainEvidence.UNOBSERVED;
      given[v] = asked ? PlainEvidence.UNOBSERVED : e.get(v);
    }
    double condition = Oracle.logValue(plain, List.of(given));
    Evidence q = Plain.evidence(c, List.of(query));
    Evidence g = Plain.evidence(c, List.of(given));
    String what = "seed " + seed + " p(" + List.of(query) + " | " + List.of(given) + ")";
    if (condition == Double.NEGATIVE_INFINITY) {
      assertThrows(RefusedException.class, () -> inference.conditional(q, g), what);
    } else {
      assertLog(joint - condition, inference.conditional(q, g).value(), what);
    }
  }

  @Test
  void posteriors_tractable_agreeWithOracle() {
    for (long seed = 0; seed < NUM_CIRCUITS; seed++) {
      PlainCircuit plain = RandomCircuits.tractable(seed);
      Circuit c = Plain.circuit(plain);
      Inference inference = new Inference(c);
      for (List<PlainEvidence> e : evidences(plain, seed)) {
        String what = "seed " + seed + " evidence " + e;
        double logEvidence = Oracle.logValue(plain, e);
        Evidence evidence = Plain.evidence(c, e);
        if (logEvidence == Double.NEGATIVE_INFINITY) {
          assertThrows(RefusedException.class, () -> inference.posteriors(evidence), what);
          continue;
        }
        for (Posterior p : posteriors(inference, evidence, logEvidence)) {
          checkPosterior(plain, e, c.indexOf(p.variable().name()), p, logEvidence, what);
        }
      }
    }
  }

  /** The posteriors; none where the evidence is so far out that rounding may have moved them. */
  private static List<Posterior> posteriors(Inference inference, Evidence e, double logEvidence) {
    try {
      return inference.posteriors(e);
    } catch (RefusedException refusal) {
      assertTrue(refusal.getMessage().startsWith("rounding may change the posterior of "));
      assertTrue(logEvidence < -1e10, refusal.getMessage() + ", but the log is " + logEvidence);
      return List.of();
    }
  }

  private static void checkPosterior(
      PlainCircuit plain,
      List<PlainEvidence> e,
      int v,
      Posterior posterior,
      double logEvidence,
      String what) {
    if (posterior instanceof CategoricalPosterior p) {
      for (int s = 0; s < p.variable().numStates(); s++) {
        double joint = Oracle.logValue(plain, with(e, v, new PlainEvidence.Point(s)));
        double expected = Math.exp(joint + logLikelihood(e.get(v), s) - logEvidence);
        assertEquals(expected, p.probability(s), 1e-11 + 1e-14 * Math.abs(logEvidence), what);
      }
      return;
    }
    GaussianMixture p = (GaussianMixture) posterior;
    double[] points = {p.quantile(1e-3), p.quantile(0.3), p.quantile(0.9)};
    for (double x : points) {
      if (p.density(x) * Math.ulp(x) > 1e-10 * p.cdf(x)) {
        continue; // the component is so narrow that neighbouring doubles have different answers
      }
      double joint = Oracle.logValue(plain, with(e, v, new PlainEvidence.Point(x)));
      assertDifference(joint, logEvidence, p.logDensity(x), 1e-8, what);
      // the oracle standardises both ends of the interval, which costs digits where it is narrow
      double size = 1 + Math.abs(x) + Arrays.stream(p.means()).map(Math::abs).max().orElse(0);
      double slack = 1e-8 + 1e-12 * size / (x - Math.max(p.lo(), -1e9));
      double below =
          Oracle.logValue(plain, with(e, v, new PlainEvidence.Interval(Math.min(p.lo(), x), x)));
      assertDifference(below, logEvidence, p.logProbability(p.lo(), x), slack, what);
    }
    // as near as neighbouring doubles get, which is not near for narrow components far from 0
    double spacing = 4 * p.density(points[1]) * Math.ulp(points[1]);
    assertEquals(0.3, p.cdf(points[1]), 1e-12 + spacing, what);
  }

  private static List<PlainEvidence> with(List<PlainEvidence> e, int v, PlainEvidence value) {
    return PlainEvidence.with(e, v, value);
  }

  private static double logLikelihood(PlainEvidence e, int state) {
    if (e instanceof PlainEvidence.Likelihood likelihood) {
      return Math.log(likelihood.perState()[state]);
    }
    return e instanceof PlainEvidence.States states && !states.allowed()[state]
        ? Double.NEGATIVE_INFINITY
        : 0;
  }

  @Test
  void posteriors_eightThreads_areBitIdentical() throws Exception {
    PlainCircuit plain =
        RandomCircuits.tractable(RandomCircuits.Family.MIXED, RandomCircuits.Variant.PLAIN, 8, 5);
    Circuit c = Plain.circuit(plain);
    List<Callable<String>> tasks =
        Collections.nCopies(
            8,
            () -> {
              StringBuilder text = new StringBuilder();
              Inference inference = new Inference(c);
              for (long seed = 0; seed < 50; seed++) {
                Evidence e = Plain.evidence(c, RandomEvidence.points(plain, 0.5, seed));
                text.append(inference.marginal(e)).append(inference.posteriors(e));
              }
              return text.toString();
            });
    ExecutorService pool = Executors.newFixedThreadPool(8);
    try {
      String expected = tasks.get(0).call();
      for (Future<String> answer : pool.invokeAll(tasks)) {
        assertEquals(expected, answer.get());
      }
    } finally {
      pool.shutdown();
    }
  }

  @Test
  void linksAndBrokenStructure_categoricalsUnobserved_agreeWithEnumeration() {
    for (long seed = 0; seed < 600; seed++) {
      PlainCircuit plain =
          seed % 3 == 0
              ? RandomCircuits.linkNetwork(seed)
              : seed % 3 == 1
                  ? RandomCircuits.nonSmooth(true, seed)
                  : RandomCircuits.nonDecomposable(seed);
      Circuit c = Plain.circuit(plain);
      Inference inference = new Inference(c);
      List<PlainEvidence> complete = RandomEvidence.complete(plain, seed);
      List<PlainEvidence> any = RandomEvidence.any(plain, seed);
      PlainEvidence[] mixed = complete.toArray(PlainEvidence[]::new);
      for (int v = 0; v < mixed.length; v++) {
        if (plain.variables().get(v) instanceof PlainVariable.Categorical) {
          mixed[v] = any.get(v);
        }
      }
      List<PlainEvidence> e = List.of(mixed);
      String what = "seed " + seed + " evidence " + e;
      assertLog(
          Oracle.logValue(plain, complete),
          inference.marginal(Plain.evidence(c, complete)).value()
              + (c.normaliser().isKnown() ? c.normaliser().logZ() : 0),
          what);
      double expected = Oracle.logValue(plain, e);
      Evidence evidence = Plain.evidence(c, e);
      LogProbability actual = inference.marginal(evidence);
      assertLog(
          expected, actual.value() + (c.normaliser().isKnown() ? c.normaliser().logZ() : 0), what);
      if (expected == Double.NEGATIVE_INFINITY) {
        assertThrows(RefusedException.class, () -> inference.posteriors(evidence), what);
        continue;
      }
      for (Posterior p : inference.posteriors(evidence)) {
        checkPosterior(plain, e, c.indexOf(p.variable().name()), p, expected, what);
      }
    }
  }

  @Test
  void bounds_tractable_holdAgainstSeventyDigits() {
    List<Double> ratios = new ArrayList<>();
    int enclosures = 0;
    for (long seed = 0; seed < 120; seed++) {
      RandomCircuits.Variant[] variants = RandomCircuits.Variant.values();
      PlainCircuit plain =
          RandomCircuits.tractable(
              seed % 2 == 0 ? RandomCircuits.Family.CATEGORICAL : RandomCircuits.Family.REAL,
              variants[(int) (seed / 2 % variants.length)],
              1 + (int) (seed % 4),
              seed);
      Circuit c = Plain.circuit(plain);
      Inference inference = new Inference(c);
      List<PlainEvidence> e = RandomEvidence.points(plain, 0.5, seed);
      Evidence evidence = Plain.evidence(c, e);
      BigDecimal logZ = ExactOracle.logValue(plain, PlainEvidence.none(plain.numVariables()));
      BigDecimal exact = ExactOracle.logValue(plain, e);
      if (exact == null || logZ == null) {
        continue;
      }
      LogProbability marginal = inference.marginal(evidence);
      BigDecimal normalised = exact.subtract(logZ, BigMath.MC);
      if (marginal.certificate() instanceof Certificate.Enclosed enclosed) {
        assertTrue(new BigDecimal(enclosed.lo()).compareTo(normalised) <= 0, "seed " + seed);
        assertTrue(new BigDecimal(enclosed.hi()).compareTo(normalised) >= 0, "seed " + seed);
        enclosures++;
        continue;
      }
      double error = ExactOracle.relativeError(marginal.value(), normalised);
      double bound = bound(marginal.certificate());
      assertTrue(error <= bound, "seed " + seed + ": error " + error + ", bound " + bound);
      for (Posterior posterior : posteriors(inference, evidence, exact.doubleValue())) {
        if (posterior instanceof CategoricalPosterior p) {
          double b = bound(p.certificate());
          for (int s = 0; s < p.variable().numStates(); s++) {
            BigDecimal joint =
                ExactOracle.logValue(
                    plain, with(e, c.indexOf(p.variable().name()), new PlainEvidence.Point(s)));
            if (joint == null) {
              assertEquals(0, p.probability(s));
              continue;
            }
            BigDecimal log = joint.subtract(exact, BigMath.MC);
            if (log.doubleValue() < -600) {
              continue; // below what the bound speaks of
            }
            double truth = BigMath.exp(log).doubleValue();
            double own = Math.abs(p.probability(s) - truth) / truth;
            assertTrue(own <= b, "seed " + seed + ": " + own + ", bound " + b);
            ratios.add(b / Math.max(own, 0x1p-54));
          }
        }
      }
    }
    double median = ratios.stream().mapToDouble(r -> r).sorted().toArray()[ratios.size() / 2];
    assertTrue(enclosures > 0 && enclosures < 12, "enclosures " + enclosures);
    assertTrue(median < 1_000, "median of bound over error " + median);
  }

  private static double bound(Certificate certificate) {
    return ((Certificate.Exact) certificate).relativeErrorBound();
  }

  @Test
  void moments_tractable_agreeWithTotalExpectation() {
    for (long seed = 0; seed < 40; seed++) {
      PlainCircuit plain =
          RandomCircuits.tractable(
              seed % 2 == 0 ? RandomCircuits.Family.REAL : RandomCircuits.Family.MIXED,
              seed % 4 < 2 ? RandomCircuits.Variant.BOUNDED : RandomCircuits.Variant.PLAIN,
              2 + (int) (seed % 3),
              seed);
      Circuit c = Plain.circuit(plain);
      Inference inference = new Inference(c);
      Evidence e = Plain.evidence(c, RandomEvidence.any(plain, seed));
      if (inference.marginal(e).value() == Double.NEGATIVE_INFINITY) {
        continue;
      }
      Moments moments = inference.moments(e);
      for (int i = 0; i < moments.variables().length; i++) {
        GaussianMixture p = (GaussianMixture) inference.posterior(moments.variables()[i], e);
        assertEquals(p.variance(), moments.covariance()[i][i], 1e-11 * p.variance());
        for (int j = 0; j < i; j++) {
          double expected = covarianceByTotalExpectation(inference, e, moments, i, j);
          double sd = Math.sqrt(moments.covariance()[i][i] * moments.covariance()[j][j]);
          assertEquals(expected, moments.covariance()[i][j], 1e-8 * sd, "seed " + seed);
        }
      }
    }
  }

  /** Integrates E[x_j given x_i] over x_i by a fine midpoint rule between extreme quantiles. */
  private static double covarianceByTotalExpectation(
      Inference inference, Evidence e, Moments moments, int i, int j) {
    int vi = moments.variables()[i];
    GaussianMixture p = (GaussianMixture) inference.posterior(vi, e);
    double lo = Math.max(p.lo(), p.quantile(1e-16));
    double hi = Math.min(p.hi(), -negated(p).quantile(1e-16));
    int steps = 2_000;
    double sum = 0;
    for (int k = 0; k < steps; k++) {
      // Gauss-Legendre with two points a step
      for (double node : new double[] {-0.5773502691896257, 0.5773502691896257}) {
        double x = lo + (hi - lo) * (k + 0.5 + 0.5 * node) / steps;
        GaussianMixture given =
            (GaussianMixture) inference.posterior(moments.variables()[j], e.copy().observe(vi, x));
        sum +=
            0.5
                * (hi - lo)
                / steps
                * p.density(x)
                * (x - moments.mean()[i])
                * (given.mean() - moments.mean()[j]);
      }
    }
    return sum;
  }

  private static GaussianMixture negated(GaussianMixture p) {
    return new GaussianMixture(
        p.variable(),
        p.weights(),
        Arrays.stream(p.means()).map(m -> -m).toArray(),
        p.scales(),
        p.uniformWeight(),
        -p.hi(),
        -p.lo(),
        p.certificate());
  }

  @Test
  void gradient_anyCircuit_agreesWithDifferences() {
    for (long seed = 0; seed < 200; seed++) {
      PlainCircuit plain =
          seed % 2 == 0
              ? RandomCircuits.linkNetwork(seed)
              : RandomCircuits.tractable(
                  RandomCircuits.Family.MIXED, RandomCircuits.Variant.PLAIN, 4, seed);
      Circuit c = Plain.circuit(plain);
      Inference inference = new Inference(c);
      Evidence e = Plain.evidence(c, RandomEvidence.complete(plain, seed));
      if (inference.marginal(e).value() == Double.NEGATIVE_INFINITY) {
        continue;
      }
      for (int v = 0; v < c.numVariables(); v++) {
        if (c.variables().get(v) instanceof Variable.Categorical && seed % 4 < 2) {
          e.unobserve(v);
        }
      }
      double[] gradient = inference.gradient(e);
      for (int v = 0; v < c.numVariables(); v++) {
        if (c.variables().get(v) instanceof Variable.Categorical) {
          assertEquals(0, gradient[v]);
          continue;
        }
        double h = 1e-5;
        double above = inference.marginal(e.copy().observe(v, e.point(v) + h)).value();
        double below = inference.marginal(e.copy().observe(v, e.point(v) - h)).value();
        assertEquals(
            (above - below) / (2 * h),
            gradient[v],
            1e-4 * (1 + Math.abs(gradient[v])),
            "seed " + seed);
      }
    }
  }
}
