package org.ugmm.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.Certificate.Enclosed;
import org.ugmm.engine.data.Certificate.Exact;
import org.ugmm.engine.data.LogProbability;
import org.ugmm.engine.data.MpeAnswer;
import org.ugmm.engine.data.Precision;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable;
import org.ugmm.testdata.BigMath;

/** Evidence from many scales out to beyond the range of a double: single queries and batches. */
class OutlierTest {
  private static final double INF = Double.POSITIVE_INFINITY;
  private static final double NAN = Double.NaN;

  /** Variable 0 is the class; then per class the means and scales of the reals. */
  private static Circuit classes(double[] priors, double[][] mean, double[][] scale) {
    String[] states = new String[priors.length];
    for (int k = 0; k < states.length; k++) {
      states[k] = "s" + k;
    }
    List<Variable> variables = new ArrayList<>(List.of(Variable.categorical("k", states)));
    for (int v = 0; v < mean[0].length; v++) {
      variables.add(Variable.real("x" + v));
    }
    CircuitBuilder b = Circuit.builder(variables);
    int[] products = new int[priors.length];
    for (int k = 0; k < products.length; k++) {
      double[] logs = new double[products.length];
      java.util.Arrays.fill(logs, Double.NEGATIVE_INFINITY);
      logs[k] = 0;
      int[] factors = new int[mean[k].length + 1];
      factors[0] = b.categoricalLog(0, logs);
      for (int v = 0; v < mean[k].length; v++) {
        factors[v + 1] = b.gaussian(v + 1, mean[k][v], scale[k][v]);
      }
      products[k] = b.product(factors);
    }
    return b.build(b.sumLinear(products, priors));
  }

  private static Circuit dose() {
    return classes(
        new double[] {0.5, 0.5},
        new double[][] {{10, 50}, {20, 90}},
        new double[][] {{1.5, 8}, {0.05, 9}});
  }

  private static Circuit nearTie() {
    return classes(
        new double[] {0.5, 0.5}, new double[][] {{0}, {1e-9}}, new double[][] {{1}, {1}});
  }

  private static Circuit three() {
    return classes(
        new double[] {0.2, 0.5, 0.3},
        new double[][] {{0, 0}, {5, 1}, {-4, 2}},
        new double[][] {{0.5, 0.3}, {0.4, 0.3}, {0.5, 0.31}});
  }

  @Test
  void posterior_outlierRowAmongOthers_isCertain() {
    Circuit c = dose();
    double[] rows = {NAN, 10, 52, NAN, -999999999, 88, NAN, 20, 91, NAN, 1e200, 50};
    for (Precision precision : Precision.values()) {
      double[] found = new double[8];
      double[] bound = new double[4];
      new Evaluator(c, precision).posterior(0, rows, 4, found);
      assertEquals(1, found[2], 0);
      assertEquals(0, found[3], 0);
      assertEquals(1, found[6], 0);
      new Evaluator(c, precision).posterior(0, rows, 4, found, bound);
      assertEquals(1, found[2], 0);
      assertTrue(bound[1] < 1e-10, "bound " + bound[1]);
      assertEquals(1, found[5], 1e-3);
    }
    PosteriorEvaluator evaluator = new PosteriorEvaluator(c);
    double[] all = new double[4 * evaluator.numColumns()];
    evaluator.posteriors(rows, 4, all, new double[all.length]);
    assertEquals(1, all[evaluator.numColumns()], 1e-12);
    Evidence e = new Evidence(c).observe("x0", -999999999).observe("x1", 88);
    CategoricalPosterior single = (CategoricalPosterior) new Inference(c).posterior(0, e);
    assertEquals(1, single.probability(0), 0);
    assertEquals(-1.99777778e20, single.logProbability(1), 1e16);
    assertTrue(single.logErrorBound(1) < 1e10);
    assertEquals(0, single.logProbability(0), 1e-12);
  }

  @Test
  void posterior_tieAtABillionScales_hasItsDigits() {
    Circuit c = nearTie();
    BigDecimal m = new BigDecimal(1e-9);
    BigDecimal odds =
        new BigDecimal(1e9).multiply(m).subtract(m.multiply(m).divide(BigDecimal.valueOf(2)));
    double expected =
        BigDecimal.ONE
            .divide(BigDecimal.ONE.add(BigMath.exp(odds.negate())), BigMath.MC)
            .doubleValue();
    Evidence e = new Evidence(c).observe("x0", 1e9);
    CategoricalPosterior single = (CategoricalPosterior) new Inference(c).posterior(0, e);
    double bound = ((Exact) single.certificate()).relativeErrorBound();
    assertEquals(expected, single.probability(1), bound);
    assertTrue(bound < 1e-10, "bound " + bound);
    double[] batch = new double[2];
    double[] batchBound = new double[1];
    new Evaluator(c).posterior(0, new double[] {NAN, 1e9}, 1, batch, batchBound);
    assertEquals(expected, batch[1], batchBound[0]);
    new Evaluator(c).posterior(0, new double[] {NAN, 1e9}, 1, batch);
    assertEquals(expected, batch[1], 1e-12);
    double[] rows = new Inference(c).sample(e, 20_000, 7);
    double share = 0;
    for (int r = 0; r < 20_000; r++) {
      share += rows[2 * r] / 20_000;
    }
    assertEquals(expected, share, 0.015);
  }

  @Test
  void posterior_outlierInAVariableOfNoImportance_isThatOfTheOthers() {
    Circuit c =
        classes(
            new double[] {0.3, 0.7},
            new double[][] {{3, 0}, {3, 1}},
            new double[][] {{0.5, 1}, {0.5, 1}});
    Evidence near = new Evidence(c).observe("x0", 3).observe("x1", 0.4);
    Evidence far = new Evidence(c).observe("x0", 1e12).observe("x1", 0.4);
    double expected = ((CategoricalPosterior) new Inference(c).posterior(0, near)).probability(1);
    double found = ((CategoricalPosterior) new Inference(c).posterior(0, far)).probability(1);
    assertEquals(expected, found, 1e-13);
    double[] batch = new double[2];
    new Evaluator(c).posterior(0, new double[] {NAN, 1e12, 0.4}, 1, batch);
    assertEquals(expected, batch[1], 1e-13);
  }

  @Test
  void posterior_randomOutliers_equalsHighPrecision() {
    Random random = new Random(5);
    int answered = 0;
    for (int trial = 0; trial < 300; trial++) {
      double[][] mean = new double[3][2];
      double[][] scale = new double[3][2];
      for (int k = 0; k < 3; k++) {
        for (int v = 0; v < 2; v++) {
          mean[k][v] = random.nextGaussian() * (random.nextBoolean() ? 1 : 1e-8);
          scale[k][v] = random.nextInt(3) == 0 ? 1 + random.nextInt(2) : 1;
        }
      }
      double[] priors = {0.2, 0.5, 0.3};
      Circuit c = classes(priors, mean, scale);
      double[] x = new double[2];
      for (int v = 0; v < 2; v++) {
        x[v] = random.nextGaussian() * Math.pow(10, random.nextInt(18));
      }
      BigDecimal[] log = new BigDecimal[3];
      for (int k = 0; k < 3; k++) {
        log[k] = BigMath.log(new BigDecimal(priors[k]));
        for (int v = 0; v < 2; v++) {
          BigDecimal z =
              new BigDecimal(x[v])
                  .subtract(new BigDecimal(mean[k][v]))
                  .divide(new BigDecimal(scale[k][v]), BigMath.MC);
          log[k] =
              log[k]
                  .subtract(z.multiply(z).divide(BigDecimal.valueOf(2), BigMath.MC))
                  .subtract(BigMath.log(new BigDecimal(scale[k][v])));
        }
      }
      BigDecimal max = log[0].max(log[1]).max(log[2]);
      double[] share = new double[3];
      double total = 0;
      for (int k = 0; k < 3; k++) {
        share[k] = Math.exp(log[k].subtract(max).doubleValue());
        total += share[k];
      }
      Evidence e = new Evidence(c).observe("x0", x[0]).observe("x1", x[1]);
      CategoricalPosterior found;
      try {
        found = (CategoricalPosterior) new Inference(c).posterior(0, e);
      } catch (RefusedException refused) {
        continue;
      }
      answered++;
      double bound = ((Exact) found.certificate()).relativeErrorBound();
      double[] batch = new double[3];
      double[] batchBound = new double[1];
      new Evaluator(c).posterior(0, new double[] {NAN, x[0], x[1]}, 1, batch, batchBound);
      for (int k = 0; k < 3; k++) {
        double p = share[k] / total;
        assertEquals(p, found.probability(k), (bound + 1e-14) * p + 1e-290, "trial " + trial);
        assertEquals(p, batch[k], (batchBound[0] + 1e-14) * p + 1e-290, "trial " + trial);
      }
    }
    assertTrue(answered > 250, "answered " + answered);
  }

  @Test
  void marginal_beyondTheRangeOfADouble_isEnclosedAndNotZero() {
    CircuitBuilder b = Circuit.builder(List.of(Variable.real("x")));
    Circuit one = b.build(b.gaussian(0, 0, 1));
    for (double x : new double[] {1e155, -1e200, 1e308}) {
      LogProbability p = new Inference(one).marginal(new Evidence(one).observe(0, x));
      Enclosed held = assertInstanceOf(Enclosed.class, p.certificate());
      assertEquals(Double.NEGATIVE_INFINITY, held.lo());
      assertTrue(held.hi() <= -1e308 && p.value() > Double.NEGATIVE_INFINITY, p.toString());
      for (Precision precision : Precision.values()) {
        double[] log = new double[4];
        double[] bound = new double[4];
        new Evaluator(one, precision).logDensity(new double[] {x, 0, x, 1}, 4, log, bound);
        assertEquals(-Double.MAX_VALUE, log[0]);
        assertEquals(INF, bound[0]);
        assertEquals(p.certificate(), Certificate.ofLog(log[0], bound[0]));
        assertTrue(bound[1] < 1e-3 && bound[3] < 1e-3);
        new Evaluator(one, precision).logDensity(new double[] {x}, 1, log);
        assertEquals(-Double.MAX_VALUE, log[0]);
      }
      Exact interval =
          assertInstanceOf(
              Exact.class,
              new Inference(one)
                  .marginal(new Evidence(one).interval(0, -Math.abs(x), Math.abs(x)))
                  .certificate());
      assertTrue(interval.relativeErrorBound() < 1e-10);
    }
    Circuit c = three();
    Evidence e = new Evidence(c).observe("x0", 1e160).observe("x1", 2);
    assertInstanceOf(Enclosed.class, new Inference(c).marginal(e).certificate());
    // the nearest in scales is certain
    CategoricalPosterior k = (CategoricalPosterior) new Inference(c).posterior(0, e);
    assertEquals(1, k.probability(0) + k.probability(2), 1e-12);
  }

  @Test
  void logDensity_outlierRows_haveTheCertificateOfSingleQueries() {
    Circuit c = three();
    double[][] x = {{0.1, 0.2}, {1e6, 1e6}, {1e8, 0}, {1e160, 2}, {0, 1e9}, {3, -7}};
    double[] rows = new double[x.length * 3];
    for (int r = 0; r < x.length; r++) {
      rows[3 * r] = NAN;
      rows[3 * r + 1] = x[r][0];
      rows[3 * r + 2] = x[r][1];
    }
    for (Precision precision : Precision.values()) {
      double[] log = new double[x.length];
      double[] bound = new double[x.length];
      new Evaluator(c, precision).logDensity(rows, x.length, log, bound);
      for (int r = 0; r < x.length; r++) {
        Evidence e = new Evidence(c).observe("x0", x[r][0]).observe("x1", x[r][1]);
        LogProbability single = new Inference(c).marginal(e);
        Certificate batch = Certificate.ofLog(log[r], bound[r]);
        assertEquals(single.certificate().kind(), batch.kind(), precision + " row " + r);
        if (batch instanceof Enclosed held) {
          assertTrue(held.lo() <= single.value() && single.value() <= held.hi());
        }
      }
    }
  }

  @Test
  void logDensity_circuitThatIsZero_isRefused() {
    CircuitBuilder b = Circuit.builder(List.of(Variable.real("x")));
    Circuit c = b.build(b.sumLinear(new int[] {b.gaussian(0, 0, 1)}, new double[] {0}));
    Evaluator evaluator = new Evaluator(c);
    double[] log = new double[1];
    assertThrows(RefusedException.class, () -> evaluator.logDensity(new double[] {0.5}, 1, log));
    assertThrows(
        RefusedException.class,
        () -> evaluator.logDensity(new double[] {0.5}, 1, log, new double[1]));
    assertFalse(Double.isNaN(log[0]));
  }

  @Test
  void posterior_tinyProbability_hasALogWithABound() {
    CircuitBuilder b = Circuit.builder(List.of(Variable.categorical("k", "a", "b")));
    double[] p = {7.19783084632201508771369e-200, 1e117};
    Circuit c = b.build(b.categoricalLog(0, Math.log(p[0]), Math.log(p[1])));
    CategoricalPosterior found =
        (CategoricalPosterior) new Inference(c).posterior(0, new Evidence(c));
    double expected =
        BigMath.log(new BigDecimal(p[0])).subtract(BigMath.log(new BigDecimal(p[1]))).doubleValue();
    assertEquals(expected, found.logProbability(0), found.logErrorBound(0) + 1e-13);
    assertTrue(found.logErrorBound(0) < 1e-11);
    assertTrue(found.probability(0) < CategoricalPosterior.SMALLEST);
  }

  @Test
  void mpe_valuesFarOut_isEnclosedBetweenFiniteBounds() {
    CircuitBuilder b =
        Circuit.builder(
            List.of(
                Variable.real("x"), Variable.real("y"), Variable.categorical("c", "near", "far")));
    int near =
        b.product(b.gaussian(0, 2, 1), b.gaussian(1, 0, 0.5), b.categoricalLinear(2, 0.9, 0.1));
    int far = b.product(b.gaussian(0, 6, 2), b.gaussian(1, 3, 1), b.categoricalLinear(2, 0.2, 0.8));
    Circuit c = b.build(b.sumLinear(new int[] {near, far}, new double[] {0.4, 0.6}));
    Inference inference = new Inference(c);
    for (double y : new double[] {1e4, 1e9, 1e15}) {
      for (double x : new double[] {3, NAN}) {
        for (double state : new double[] {0, NAN}) {
          Evidence e = new Evidence(c).observe("y", y);
          double bestX = Double.isNaN(x) ? 6 : x;
          if (!Double.isNaN(x)) {
            e.observe("x", x);
          }
          if (!Double.isNaN(state)) {
            e.observe(2, state);
          }
          // all but the far component is nothing there
          double scaled = (bestX - 6) / 2;
          double probability = Double.isNaN(state) ? 0.8 : 0.2;
          double log =
              Math.log(0.6 * probability / 2)
                  - Math.log(2 * Math.PI)
                  - scaled * scaled / 2
                  - (y - 3) * (y - 3) / 2;
          MpeAnswer answer = inference.mpe(e);
          String what = "y %s, x %s, state %s: %s".formatted(y, x, state, answer);
          double room = 1e-13 * Math.abs(log);
          assertEquals(log, answer.logValue(), room, what);
          assertTrue(answer.logUpperBound() >= log - 4 * Math.ulp(log), what);
          assertEquals(log, answer.logUpperBound(), room, what);
          if (answer.certificate() instanceof Enclosed enclosed) {
            assertTrue(enclosed.lo() <= log && log <= enclosed.hi(), what);
            assertTrue(enclosed.hi() - enclosed.lo() <= room, what);
          }
        }
      }
    }
  }
}
