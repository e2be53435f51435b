package org.ugmm.engine.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.CircuitBuilder;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;
import org.ugmm.engine.Plain;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.Certificate.Kind;
import org.ugmm.engine.data.InferenceOptions;
import org.ugmm.engine.data.Quantity;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable;
import org.ugmm.testdata.Oracle;
import org.ugmm.testdata.PlainCircuit;
import org.ugmm.testdata.PlainEvidence;
import org.ugmm.testdata.PlainVariable;
import org.ugmm.testdata.RandomCircuits;
import org.ugmm.testdata.RandomCircuits.Family;
import org.ugmm.testdata.RandomCircuits.Variant;
import org.ugmm.testdata.RandomEvidence;

class AdvisorTest {
  private static final InferenceOptions ALL =
      InferenceOptions.DEFAULT.allowing(Kind.EXACT, Kind.ENCLOSED, Kind.ESTIMATED);

  /** The joint probabilities of two categorical variables given evidence, by the oracle. */
  private static double[][] joint(PlainCircuit c, List<PlainEvidence> e, int a, int b) {
    int rows = ((PlainVariable.Categorical) c.variables().get(a)).numStates();
    int columns = ((PlainVariable.Categorical) c.variables().get(b)).numStates();
    double none = Oracle.logValue(c, e);
    double[][] joint = new double[rows][columns];
    for (int s = 0; s < rows; s++) {
      for (int x = 0; x < columns; x++) {
        List<PlainEvidence> both = new ArrayList<>(e);
        both.set(a, weighted(e.get(a), s, rows));
        both.set(b, weighted(e.get(b), x, columns));
        joint[s][x] = Math.exp(Oracle.logValue(c, both) - none);
      }
    }
    return joint;
  }

  /** One state, with the likelihood that the evidence gives it. */
  private static PlainEvidence weighted(PlainEvidence e, int state, int numStates) {
    double[] likelihood = new double[numStates];
    likelihood[state] = 1;
    if (e instanceof PlainEvidence.Likelihood soft) {
      likelihood[state] = soft.perState()[state];
    } else if (e instanceof PlainEvidence.States some && !some.allowed()[state]) {
      likelihood[state] = 0;
    }
    return new PlainEvidence.Likelihood(likelihood);
  }

  private static double information(double[][] joint) {
    double[] row = new double[joint.length];
    double[] column = new double[joint[0].length];
    for (int s = 0; s < row.length; s++) {
      for (int x = 0; x < column.length; x++) {
        row[s] += joint[s][x];
        column[x] += joint[s][x];
      }
    }
    double sum = 0;
    for (int s = 0; s < row.length; s++) {
      for (int x = 0; x < column.length; x++) {
        double p = joint[s][x];
        sum += p > 0 ? p * Math.log(p / column[x] / row[s]) : 0;
      }
    }
    return sum;
  }

  private static double accuracy(double[][] joint) {
    double sum = 0;
    for (int x = 0; x < joint[0].length; x++) {
      double best = 0;
      for (double[] row : joint) {
        best = Math.max(best, row[x]);
      }
      sum += best;
    }
    return sum;
  }

  private static void assertExact(double expected, Quantity actual, String what) {
    assertNotNull(actual, what);
    Certificate.Exact exact = assertInstanceOf(Certificate.Exact.class, actual.certificate());
    double bound = exact.relativeErrorBound() * Math.max(1, Math.abs(actual.value()));
    assertEquals(expected, actual.value(), bound + 1e-12, what); // the oracle rounds as well
    assertTrue(bound < 1e-9, what + " bound " + bound);
  }

  @Test
  void advise_categorical_equalsEnumeration() {
    int checked = 0;
    for (long seed = 0; seed < 80; seed++) {
      Variant variant = seed % 3 == 0 ? Variant.ZERO_PROBABILITIES : Variant.PLAIN;
      Family family = seed % 2 == 0 ? Family.CATEGORICAL : Family.MIXED;
      PlainCircuit plain = RandomCircuits.tractable(family, variant, 5, seed);
      List<PlainEvidence> e =
          seed % 5 == 0 ? RandomEvidence.any(plain, seed) : RandomEvidence.points(plain, 0.6, seed);
      if (Oracle.logValue(plain, e) == Double.NEGATIVE_INFINITY) {
        continue;
      }
      Circuit c = Plain.circuit(plain);
      Advisor advisor = new Advisor(new Inference(c));
      for (int t = 0; t < 5; t++) {
        boolean isTarget =
            plain.variables().get(t) instanceof PlainVariable.Categorical
                && !(e.get(t) instanceof PlainEvidence.Point);
        if (!isTarget) {
          continue;
        }
        Advice advice = advisor.advise(t, Plain.evidence(c, e));
        for (Advice.Gain gain : advice.gains()) {
          String what = "seed " + seed + " target " + t + " candidate " + gain.variable();
          if (plain.variables().get(gain.variable()) instanceof PlainVariable.Categorical) {
            double[][] joint = joint(plain, e, t, gain.variable());
            assertExact(information(joint), gain.information(), what);
            assertExact(accuracy(joint), gain.decision(), what);
            checked++;
          } else {
            assertNotNull(gain.problem(), what); // needs an estimate, which is not allowed
          }
        }
      }
    }
    assertTrue(checked > 100, "checked " + checked);
  }

  /** Sums over a fine grid of x, each point by the oracle. */
  @Test
  void advise_realCandidate_agreesWithSumsOverAGrid() {
    int checked = 0;
    for (long seed = 0; seed < 8; seed++) {
      PlainCircuit plain = RandomCircuits.tractable(Family.MIXED, Variant.PLAIN, 3, seed);
      Circuit c = Plain.circuit(plain);
      Advisor advisor = new Advisor(new Inference(c, ALL));
      List<PlainEvidence> none = PlainEvidence.none(3);
      for (int t = 0; t < 3; t++) {
        if (!(plain.variables().get(t) instanceof PlainVariable.Categorical k)) {
          continue;
        }
        for (Advice.Gain gain : advisor.advise(t, new Evidence(c)).gains()) {
          if (plain.variables().get(gain.variable()) instanceof PlainVariable.Categorical) {
            continue;
          }
          int points = 4000;
          double step = 60.0 / points;
          double[][] joint = new double[k.numStates()][points];
          double log = Oracle.logZ(plain);
          double total = 0;
          for (int s = 0; s < k.numStates(); s++) {
            List<PlainEvidence> given = PlainEvidence.with(none, t, new PlainEvidence.Point(s));
            for (int i = 0; i < points; i++) {
              PlainEvidence x = new PlainEvidence.Point(-30 + step * i);
              joint[s][i] =
                  step
                      * Math.exp(
                          Oracle.logValue(plain, PlainEvidence.with(given, gain.variable(), x))
                              - log);
              total += joint[s][i];
            }
          }
          assertEquals(1, total, 1e-9, "the grid covers the circuit");
          String what = "seed " + seed + " target " + t + " candidate " + gain.variable();
          assertEquals(information(joint), gain.information().value(), 1e-6, what);
          assertEquals(accuracy(joint), gain.decision().value(), 1e-4, what);
          assertInstanceOf(Certificate.Estimated.class, gain.information().certificate());
          checked++;
        }
      }
    }
    assertTrue(checked > 2, "checked " + checked);
  }

  /** A narrow peak of little weight far from all else. */
  private static Circuit peak() {
    CircuitBuilder b =
        Circuit.builder(
            List.of(Variable.categorical("k", "a", "b"), Variable.real("x"), Variable.real("y")));
    int all =
        b.product(b.categoricalLinear(0, 0.5, 0.5), b.gaussian(1, 0, 100), b.gaussian(2, 0, 1));
    int peak =
        b.product(b.categoricalLinear(0, 0, 1), b.gaussian(1, 31.7, 1e-6), b.gaussian(2, 5, 1));
    return b.build(b.sumLinear(new int[] {all, peak}, new double[] {0.98, 0.02}));
  }

  @Test
  void advise_narrowPeak_isNotMissed() {
    Circuit c = peak();
    Advice.Gain gain = new Advisor(new Inference(c, ALL)).gain(0, 1, new Evidence(c));
    // x tells all: in the peak the state is b, elsewhere nothing
    double expected = 0.51 * -Math.log(0.51) + 0.49 * -Math.log(0.49) - 0.98 * Math.log(2);
    assertEquals(expected, gain.information().value(), 1e-5);
    assertEquals(0.51, gain.decision().value(), 1e-5);
  }

  @Test
  void advise_realTarget_leavesTheExpectedVariance() {
    Circuit c = peak();
    Advice advice = new Advisor(new Inference(c, ALL)).advise(2, new Evidence(c));
    Advice.Gain byState = advice.gains().get(0);
    // given a: N(0, 1); given b: 0.49/0.51 N(0, 1) + 0.02/0.51 N(5, 1)
    double w = 0.02 / 0.51;
    assertExact(0.49 + 0.51 * (1 + 25 * w * (1 - w)), byState.decision(), "variance");
    Advice.Gain byReal = advice.gains().get(1);
    double error = ((Certificate.Estimated) byReal.information().certificate()).errorEstimate();
    // by x it is known whether y is in the peak: the information is the entropy of that given y
    double expected = 0;
    for (double y = -12; y < 17; y += 0.001) {
      double all = 0.98 * Math.exp(-y * y / 2) / Math.sqrt(2 * Math.PI);
      double peak = 0.02 * Math.exp(-(y - 5) * (y - 5) / 2) / Math.sqrt(2 * Math.PI);
      expected += 0.001 * (all > 0 ? all * Math.log(all / (all + peak) / 0.98) : 0);
      expected += 0.001 * (peak > 0 ? peak * Math.log(peak / (all + peak) / 0.02) : 0);
    }
    assertEquals(expected, byReal.information().value(), 5 * error);
    assertTrue(error < 0.02, "error " + error);
    assertEquals(1, byReal.decision().value(), 0.05);
    Advice.Gain some =
        new Advisor(new Inference(c, ALL)).gain(2, 1, new Evidence(c).interval("x", -1000, 1000));
    assertEquals(expected, some.information().value(), 0.1);
  }

  @Test
  void advise_withoutEstimates_refusesRealsOnly() {
    Circuit c = peak();
    Advice advice = new Advisor(new Inference(c)).advise(0, new Evidence(c));
    RefusedException problem = advice.gains().get(0).problem();
    assertNotNull(problem);
    assertTrue(problem.getMessage().contains("allow estimated"), problem.getMessage());
  }

  @Test
  void gain_wrongVariables_areErrors() {
    Circuit c = peak();
    Advisor advisor = new Advisor(new Inference(c, ALL));
    Evidence e = new Evidence(c).observe("x", 1);
    assertThrows(ArgumentException.class, () -> advisor.gain(0, 0, e));
    assertThrows(ArgumentException.class, () -> advisor.gain(0, 1, e));
    assertThrows(ArgumentException.class, () -> advisor.advise(1, e));
  }
}
