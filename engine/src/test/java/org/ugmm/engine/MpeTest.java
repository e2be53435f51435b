package org.ugmm.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.MpeAnswer;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.exact.LogEvaluator;
import org.ugmm.engine.number.GaussianMass;
import org.ugmm.testdata.BigMath;

class MpeTest {
  private static MpeAnswer mpe(Evidence evidence) {
    return new Inference(evidence.circuit()).mpe(evidence);
  }

  /** 0.5 N(-1, 1) + 0.5 N(1, 1): one mode at 0 exactly. */
  private static Circuit twoHumps(double mean) {
    CircuitBuilder builder = Circuit.builder(List.of(Variable.real("x")));
    int left = builder.gaussian(0, -mean, 1);
    int right = builder.gaussian(0, mean, 1);
    return builder.build(builder.sumLinear(new int[] {left, right}, new double[] {0.5, 0.5}));
  }

  @Test
  void find_mixtureWithModeBetweenMeans_findsItWithProof() {
    MpeAnswer answer = mpe(new Evidence(twoHumps(0.9)));
    assertEquals(0, answer.assignment()[0], 1e-6);
    assertEquals(-0.5 * 0.81 - GaussianMass.LOG_SQRT_2PI, answer.logValue(), 1e-12);
    assertTrue(answer.logUpperBound() - answer.logValue() <= 1e-9);
    assertInstanceOf(Certificate.Exact.class, answer.certificate());
  }

  @Test
  void find_degenerateFlatMode_closesTheGap() {
    // at mean = scale the second derivative at the mode is zero
    MpeAnswer answer = mpe(new Evidence(twoHumps(1)));
    assertEquals(-0.5 - GaussianMass.LOG_SQRT_2PI, answer.logValue(), 1e-9);
    assertInstanceOf(Certificate.Exact.class, answer.certificate());
  }

  @Test
  void find_twoEqualModes_returnsOneOfThem() {
    MpeAnswer answer = mpe(new Evidence(twoHumps(3)));
    assertEquals(3, Math.abs(answer.assignment()[0]), 1e-3);
    assertInstanceOf(Certificate.Exact.class, answer.certificate());
  }

  @Test
  void find_intervalAwayFromModes_staysAtItsNearEnd() {
    Circuit c = twoHumps(0.5);
    MpeAnswer answer = mpe(new Evidence(c).interval(0, 2, 5));
    assertEquals(2, answer.assignment()[0]);
    assertInstanceOf(Certificate.Exact.class, answer.certificate());
    assertEquals(4, mpe(new Evidence(c).interval(0, 4, 4)).assignment()[0]);
  }

  @Test
  void find_budgetOfOneBox_isEnclosed() {
    Circuit c = FlatCircuits.dense(6, 4);
    MpeAnswer rough = new Inference(c, Deep.search(1e-9, 1)).mpe(new Evidence(c));
    Certificate.Enclosed enclosed =
        assertInstanceOf(Certificate.Enclosed.class, rough.certificate());
    MpeAnswer closed = mpe(new Evidence(c));
    assertTrue(enclosed.lo() <= closed.logValue() && closed.logValue() <= enclosed.hi());
    assertEquals(rough.logUpperBound(), enclosed.hi());
  }

  @Test
  void find_likelihoodVector_isAFactorOfWhatIsMaximised() {
    CircuitBuilder builder = Circuit.builder(List.of(Variable.categorical("c", "a", "b", "d")));
    int one = builder.categoricalLog(0, Math.log(0.7), Math.log(0.2), Math.log(0.1));
    int two = builder.categoricalLog(0, Math.log(0.1), Math.log(0.8), Math.log(0.1));
    Circuit c = builder.build(builder.sumLinear(new int[] {one, two}, new double[] {0.5, 0.5}));
    MpeAnswer answer = mpe(new Evidence(c).likelihood(0, 0.1, 0.1, 3));
    assertEquals(2, answer.assignment()[0]);
    assertEquals(Math.log(0.3), answer.logValue(), 1e-14);
    assertEquals(0, mpe(new Evidence(c).states("c", "a", "d")).assignment()[0]);
  }

  @Test
  void find_variableNotMentioned_getsADocumentedValue() {
    CircuitBuilder builder =
        Circuit.builder(
            List.of(
                Variable.real("x"),
                Variable.real("free"),
                Variable.real("bounded", 2, 4),
                Variable.categorical("c", "a", "b")));
    Circuit c = builder.build(builder.gaussian(0, 1.5, 2));
    assertArrayEquals(new double[] {1.5, 0, 3, 0}, mpe(new Evidence(c)).assignment());
    MpeAnswer soft = mpe(new Evidence(c).likelihood("c", 0.25, 0.5).interval("free", 1, 9));
    assertArrayEquals(new double[] {1.5, 5, 3, 1}, soft.assignment());
    assertEquals(Math.log(0.5) - Math.log(2) - GaussianMass.LOG_SQRT_2PI, soft.logValue(), 1e-14);
  }

  @Test
  void find_impossibleEvidence_isRefusedWithTheReason() {
    CircuitBuilder builder =
        Circuit.builder(List.of(Variable.categorical("c", "a", "b"), Variable.real("x", 0, 1)));
    int c0 = builder.categoricalLog(0, 0, Double.NEGATIVE_INFINITY);
    int x0 = builder.gaussian(1, 0.5, 1);
    int x1 = builder.gaussian(1, 0.25, 1);
    int mixture = builder.sumLinear(new int[] {x0, x1}, new double[] {0.5, 0.5});
    Circuit c = builder.build(builder.product(c0, mixture));
    for (Evidence e :
        List.of(
            new Evidence(c).observe("c", "b"),
            new Evidence(c).states("c", "b"),
            new Evidence(c).interval("x", 2, 3),
            new Evidence(c).observe("x", -1))) {
      RefusedException refused = assertThrows(RefusedException.class, () -> mpe(e));
      assertTrue(refused.getMessage().startsWith("the evidence has probability zero"));
    }
  }

  @Test
  void best_circuitWithLink_isRefusedWithTheNode() {
    CircuitBuilder builder = Circuit.builder(List.of(Variable.real("x", -1, 1)));
    Circuit c = builder.build(builder.link(builder.gaussian(0, 0, 1), -1, 1));
    RefusedException refused =
        assertThrows(RefusedException.class, () -> new Inference(c).best(new Evidence(c), 2));
    assertTrue(refused.getMessage().contains("node 1 is a Gaussian link"));
  }

  @Test
  void best_notDeterministic_isRefusedWithTheWitness() {
    Circuit humps = twoHumps(1);
    RefusedException refused =
        assertThrows(
            RefusedException.class, () -> new Inference(humps).best(new Evidence(humps), 2));
    assertTrue(refused.getMessage().contains("sum node 2 is not deterministic"));
  }

  @Test
  void find_productWithSharedScope_isSearchedToo() {
    // two mixtures of one variable multiplied: no marginal, but a well-defined maximum
    CircuitBuilder builder = Circuit.builder(List.of(Variable.real("x")));
    int a = builder.gaussian(0, 0, 1);
    int b = builder.gaussian(0, 4, 1);
    int d = builder.gaussian(0, 5, 2);
    int mixture = builder.sumLinear(new int[] {a, b}, new double[] {0.7, 0.3});
    Circuit c = builder.build(builder.product(mixture, d));
    MpeAnswer answer = mpe(new Evidence(c));
    assertInstanceOf(Certificate.Exact.class, answer.certificate());
    LogEvaluator evaluator = new LogEvaluator(c.flat);
    Evidence e = new Evidence(c);
    for (double x = -2; x < 8; x += 0.001) {
      assertTrue(evaluator.upward(e.observe(0, x).flat) <= answer.logUpperBound());
    }
  }

  @Test
  void find_smallTextBookCase_isTheSameEveryTime() {
    Circuit c = FlatCircuits.dense(4, 3);
    MpeAnswer once = mpe(new Evidence(c));
    MpeAnswer again = mpe(new Evidence(c));
    assertArrayEquals(once.assignment(), again.assignment());
    assertEquals(once.logUpperBound(), again.logUpperBound());
    assertEquals(once.boxes(), again.boxes());
  }

  /** Log of the greatest product, to 70 digits; the Gaussians are left out. */
  private static BigDecimal logOfProduct(double p, double likelihood) {
    return BigMath.log(new BigDecimal(p).multiply(new BigDecimal(likelihood)));
  }

  private static void assertHolds(
      BigDecimal truth, double value, double upper, Certificate certificate, String what) {
    double bound = ((Certificate.Exact) certificate).relativeErrorBound();
    double error = truth.subtract(new BigDecimal(value)).abs().doubleValue();
    assertTrue(error <= bound, what + ": error " + error + ", bound " + bound);
    assertTrue(truth.compareTo(new BigDecimal(upper)) <= 0, what + ": " + truth + " " + upper);
  }

  /** The log of a likelihood and that of a probability are rounded, and most of both cancels. */
  @Test
  void find_tinyProbabilityTimesHugeLikelihood_countsTheRoundingOfBoth() {
    Random random = new Random(3);
    for (int i = 0; i < 40; i++) {
      double p = (1 + random.nextDouble()) * 1e-300;
      double likelihood = (1 + random.nextDouble()) * 1e300;
      for (int shape = 0; shape < 2; shape++) {
        CircuitBuilder builder =
            Circuit.builder(
                List.of(
                    Variable.categorical("c", "0", "1"),
                    Variable.real("x"),
                    Variable.categorical("d", "0", "1")));
        int c = builder.categoricalLinear(0, 1, p);
        int x = builder.gaussian(1, 0, 1 / Math.sqrt(2 * Math.PI)); // of height 1
        int d = builder.categoricalLinear(2, 1, 0);
        int both = builder.product(c, x, d);
        int root =
            shape == 0
                ? both
                : builder.sumLinear(
                    new int[] {both, builder.product(c, x, d)}, new double[] {0.5, 0.5});
        Circuit circuit = builder.build(root);
        Evidence e = new Evidence(circuit).likelihood(0, 0, likelihood).observe(1, 0);
        BigDecimal truth = logOfProduct(p, likelihood);
        String what = "case " + i + " of shape " + shape;
        Inference inference = new Inference(circuit);
        MpeAnswer best = inference.mpe(e);
        assertHolds(truth, best.logValue(), best.logUpperBound(), best.certificate(), what);
        if (shape == 0) {
          MpeAnswer first = inference.best(e, 1).get(0);
          assertHolds(truth, first.logValue(), first.logUpperBound(), first.certificate(), what);
        }
        for (String open : new String[] {"d", "x"}) {
          Evidence but = new Evidence(circuit).likelihood(0, 0, likelihood);
          Evidence asked = open.equals("d") ? but.observe(1, 0) : but;
          MarginalMap map =
              open.equals("d")
                  ? inference.marginalMap(asked, "c")
                  : inference.marginalMap(asked, "c", "x");
          assertHolds(truth, map.logValue(), map.logUpperBound(), map.certificate(), what + open);
        }
      }
    }
  }

  /** The same where no leaf is on either variable. */
  @Test
  void find_likelihoodsOfVariablesWithoutLeaves_countTheRoundingOfBoth() {
    Random random = new Random(4);
    for (int i = 0; i < 40; i++) {
      double small = (1 + random.nextDouble()) * 1e-300;
      double large = (1 + random.nextDouble()) * 1e300;
      for (int shape = 0; shape < 2; shape++) {
        CircuitBuilder builder =
            Circuit.builder(
                List.of(
                    Variable.real("x"),
                    Variable.categorical("c", "0", "1"),
                    Variable.categorical("d", "0", "1")));
        int x = builder.gaussian(0, 0, 1 / Math.sqrt(2 * Math.PI)); // of height 1
        int other = builder.gaussian(0, 0, 1 / Math.sqrt(2 * Math.PI));
        int root =
            shape == 0 ? x : builder.sumLinear(new int[] {x, other}, new double[] {0.5, 0.5});
        Circuit circuit = builder.build(root);
        Evidence e = new Evidence(circuit).likelihood(1, 0, small).likelihood(2, 0, large);
        MpeAnswer best = new Inference(circuit).mpe(e);
        BigDecimal truth = logOfProduct(small, large);
        String what = "case " + i + " of shape " + shape;
        assertHolds(truth, best.logValue(), best.logUpperBound(), best.certificate(), what);
      }
    }
  }

  /** The same where every joint state is a query of its own. */
  @Test
  void marginalMap_likelihoodsThatCancelGivenAFormula_countTheRoundingOfBoth() {
    Random random = new Random(5);
    for (int i = 0; i < 40; i++) {
      double small = (1 + random.nextDouble()) * 1e-300;
      double large = (1 + random.nextDouble()) * 1e300;
      CircuitBuilder builder =
          Circuit.builder(
              List.of(
                  Variable.categorical("c", "0", "1"),
                  Variable.categorical("d", "0", "1"),
                  Variable.categorical("g", "0", "1")));
      int root =
          builder.product(
              builder.categoricalLinear(0, 0, 1),
              builder.categoricalLinear(1, 0, 1),
              builder.categoricalLinear(2, 1, 0));
      Circuit circuit = builder.build(root);
      Evidence e =
          new Evidence(circuit).likelihood(0, 0, small).likelihood(1, 0, large).where("g != 1");
      MarginalMap map = new Inference(circuit).marginalMap(e, "c", "d");
      BigDecimal truth = logOfProduct(small, large);
      assertHolds(truth, map.logValue(), map.logUpperBound(), map.certificate(), "case " + i);
    }
  }
}
