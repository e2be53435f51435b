package org.ugmm.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.deep.ConditionedNetwork;
import org.ugmm.engine.deep.NetworkBounds;
import org.ugmm.engine.exact.LogEvaluator;

/** Bounds of rows hold every completion, and are those of {@link NetworkBounds}. */
class RangeEvaluatorTest {
  private static final int ROWS = 21;

  private static double[] rows(Circuit c, SplittableRandom random) {
    int numVariables = c.numVariables();
    double[] rows = new double[ROWS * numVariables];
    for (int i = 0; i < rows.length; i++) {
      rows[i] =
          random.nextInt(3) == 0 ? Double.NaN : inside(c.variables().get(i % numVariables), random);
    }
    return rows;
  }

  private static double inside(Variable variable, SplittableRandom random) {
    return variable instanceof Variable.Real real
        ? real.lo() + random.nextDouble() * (real.hi() - real.lo())
        : random.nextInt(((Variable.Categorical) variable).numStates());
  }

  @Test
  void logRange_randomNetworks_holdsCompletionsAndEqualsTheTwin() {
    int narrow = 0;
    for (long seed = 0; seed < Probes.NETWORKS; seed++) {
      Probes probes = new Probes(seed);
      Circuit c = probes.circuit;
      SplittableRandom random = probes.random;
      double[] rows = rows(c, random);
      RangeEvaluator evaluator = new RangeEvaluator(c);
      assertEquals(1, evaluator.numOutputs());
      double[] lo = new double[ROWS];
      double[] hi = new double[ROWS];
      evaluator.logRange(rows, ROWS, lo, hi);
      ConditionedNetwork r = ConditionedNetwork.of(new Evidence(c).flat);
      NetworkBounds twin = new NetworkBounds(r);
      LogEvaluator plain = new LogEvaluator(c.flat);
      for (int row = 0; row < ROWS; row++) {
        String what = "seed " + seed + ", row " + row;
        double[] boxLo = r.lo.clone();
        double[] boxHi = r.hi.clone();
        for (int f = 0; f < r.numFree(); f++) {
          double value = rows[row * c.numVariables() + r.freeVariable[f]];
          if (!Double.isNaN(value)) {
            boxLo[f] = boxHi[f] = value;
          }
        }
        twin.evaluate(boxLo, boxHi);
        double twinLo = twin.lo[r.outputs[0]];
        double twinHi = twin.hi[r.outputs[0]];
        // rounding of the innermost layers is amplified by narrow links: compare where it is not
        boolean isTame = twinHi - twinLo < 1e3 && Math.abs(twinHi) < 1e3;
        double near = 1e-6 * (1 + Math.abs(twinHi - twinLo));
        assertTrue(lo[row] <= hi[row], what);
        narrow += isTame && lo[row] > twinLo - near && hi[row] < twinHi + near ? 1 : 0;
        for (int k = 0; k < 4 * Probes.FACTOR; k++) {
          Evidence complete = new Evidence(c);
          for (int v = 0; v < c.numVariables(); v++) {
            double value = rows[row * c.numVariables() + v];
            complete.observe(v, Double.isNaN(value) ? inside(c.variables().get(v), random) : value);
          }
          double log = plain.upward(complete.flat);
          double error = 2 * plain.relativeErrorBound() + Math.ulp(log);
          if (error < 1e-3) {
            assertTrue(lo[row] <= log + error && log - error <= hi[row], what + ": " + log);
          }
        }
      }
    }
    assertTrue(narrow > Probes.NETWORKS * ROWS / 4, "narrow " + narrow);
  }

  @Test
  void logRange_completeRows_isTheirValue() {
    for (long seed = 0; seed < 50; seed++) {
      Circuit c = PaperNetwork.random(3, 2, new int[] {5, 4, 1}, 0.5, seed);
      double[] rows = rows(c, new SplittableRandom(seed));
      for (int i = 0; i < rows.length; i++) {
        rows[i] = Double.isNaN(rows[i]) ? 0 : rows[i];
      }
      double[] lo = new double[ROWS];
      double[] hi = new double[ROWS];
      double[] log = new double[ROWS];
      new RangeEvaluator(c).logRange(rows, ROWS, lo, hi);
      new Evaluator(c).logDensity(rows, ROWS, log);
      for (int row = 0; row < ROWS; row++) {
        assertTrue(lo[row] <= log[row] && log[row] <= hi[row], "seed " + seed);
        assertTrue(hi[row] - lo[row] < 1e-8 * (1 + Math.abs(log[row])), "seed " + seed);
      }
    }
  }

  @Test
  void certifiedState_digits_winsAtEveryProbe() throws Exception {
    Circuit c = PaperNetwork.digits();
    int digit = c.indexOf("digit");
    double[][] images = PaperNetwork.csv("digits-scaled.csv");
    SplittableRandom random = new SplittableRandom(7);
    int numRows = 101;
    double[] rows = new double[numRows * 65];
    for (int row = 0; row < numRows; row++) {
      System.arraycopy(images[row], 0, rows, row * 65, 64);
      rows[row * 65 + 64] = Double.NaN;
      for (int k = 0; k < row % 4; k++) {
        rows[row * 65 + random.nextInt(64)] = Double.NaN;
      }
    }
    int[] state = new int[numRows];
    RangeEvaluator evaluator = new RangeEvaluator(c, digit).fork();
    evaluator.certifiedState(rows, numRows, state);
    int certified = 0;
    Evaluator plain = new Evaluator(c);
    double[] posterior = new double[10];
    for (int row = 0; row < numRows; row++) {
      if (state[row] < 0) {
        continue;
      }
      certified++;
      for (int k = 0; k < 20; k++) {
        double[] complete = Arrays.copyOfRange(rows, row * 65, row * 65 + 65);
        for (int p = 0; p < 64; p++) {
          complete[p] = Double.isNaN(complete[p]) ? random.nextDouble() : complete[p];
        }
        plain.posterior(digit, complete, 1, posterior);
        for (double p : posterior) {
          assertTrue(p <= posterior[state[row]], "row " + row);
        }
      }
    }
    assertTrue(certified > 30, "certified " + certified);
    assertTrue(certified < numRows, "certified " + certified);
  }

  @Test
  void logRange_domainsAndOtherNodes_areRespected() {
    CircuitBuilder b =
        Circuit.builder(
            List.of(
                Variable.real("x"), Variable.real("y", 0, 1), Variable.categorical("c", "a", "b")));
    int left = b.product(b.gaussian(0, 0, 1), b.categoricalLog(2, Math.log(0.25), Math.log(0.75)));
    int link = b.link(b.gaussian(1, 0.5, 1), -1, 0.5);
    Circuit c = b.build(b.product(left, link));
    double[] rows = {0, 0.5, 0, 0, 0.5, Double.NaN, Double.NaN, 0.5, 0, 0, 2, 0};
    double[] lo = new double[4];
    double[] hi = new double[4];
    new RangeEvaluator(c).logRange(rows, 4, lo, hi);
    double atMean = -0.5 * Math.log(2 * Math.PI);
    double z = (atMean + 1) / 0.5;
    double complete = atMean + Math.log(0.25) + atMean - Math.log(0.5) - 0.5 * z * z;
    assertEquals(complete, lo[0], 1e-12);
    assertEquals(complete, hi[0], 1e-12);
    assertEquals(complete, lo[1], 1e-12);
    assertEquals(complete + Math.log(3), hi[1], 1e-12);
    assertEquals(Double.NEGATIVE_INFINITY, lo[2]);
    assertEquals(complete, hi[2], 1e-12);
    assertEquals(Double.NEGATIVE_INFINITY, hi[3]);
  }

  @Test
  void new_realVariable_isRefused() {
    Circuit c = PaperNetwork.random(2, 2, new int[] {3, 1}, 0.5, 1);
    ArgumentException refusal =
        assertThrows(ArgumentException.class, () -> new RangeEvaluator(c, 0));
    assertEquals(
        "variable 'x0' is real; expected a categorical one, whose states are bounded one by one",
        refusal.getMessage());
  }
}
