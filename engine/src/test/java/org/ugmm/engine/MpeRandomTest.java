package org.ugmm.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.MpeAnswer;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.exact.LogEvaluator;
import org.ugmm.engine.flat.FlatEvidence;
import org.ugmm.testdata.Oracle;
import org.ugmm.testdata.PlainCircuit;
import org.ugmm.testdata.PlainEvidence;
import org.ugmm.testdata.PlainVariable;
import org.ugmm.testdata.RandomCircuits;
import org.ugmm.testdata.RandomCircuits.Family;
import org.ugmm.testdata.RandomCircuits.Variant;
import org.ugmm.testdata.RandomEvidence;

/**
 * MPE against enumeration and grid search on random circuits. The system properties {@code
 * ugmm.mpe.circuits} and {@code ugmm.mpe.gridPoints} make the grid search larger.
 */
class MpeRandomTest {
  private static final int GRID_CIRCUITS = Integer.getInteger("ugmm.mpe.circuits", 60);
  private static final int GRID_POINTS = Integer.getInteger("ugmm.mpe.gridPoints", 600);
  private static final Variant[] VARIANTS = {
    Variant.PLAIN, Variant.ZERO_WEIGHTS, Variant.ZERO_PROBABILITIES, Variant.UNNORMALISED
  };

  @Test
  void find_deterministicCategorical_equalsEnumeration() {
    for (int seed = 0; seed < 1_000; seed++) {
      PlainCircuit plain =
          RandomCircuits.tractable(Family.CATEGORICAL, Variant.DETERMINISTIC, 1 + seed % 5, seed);
      Circuit c = Plain.circuit(plain);
      assertTrue(c.structure().whyNotMaxPass() == null, plain::toString);
      checkByEnumeration(plain, c, RandomEvidence.any(plain, seed), seed);
    }
  }

  @Test
  void find_otherCategorical_equalsEnumerationWithProof() {
    for (int seed = 0; seed < 400; seed++) {
      Variant variant = VARIANTS[seed % VARIANTS.length];
      PlainCircuit plain =
          RandomCircuits.tractable(Family.CATEGORICAL, variant, 1 + seed % 5, seed);
      Circuit c = Plain.circuit(plain);
      checkByEnumeration(plain, c, RandomEvidence.any(plain, seed), seed);
      checkByEnumeration(plain, c, PlainEvidence.none(plain.numVariables()), seed);
    }
  }

  private static void checkByEnumeration(
      PlainCircuit plain, Circuit c, List<PlainEvidence> known, int seed) {
    Supplier<String> what = () -> "seed " + seed + "\n" + plain + "\n" + known;
    double expected = Oracle.mpeByEnumeration(plain, known, 1e-12).logValue();
    Evidence evidence = Plain.evidence(c, known);
    MpeAnswer answer;
    try {
      answer = new Inference(c).mpe(evidence);
    } catch (RefusedException refused) {
      assertEquals(Double.NEGATIVE_INFINITY, expected, what);
      return;
    }
    double logZ = c.normaliser().logZ();
    assertEquals(expected - logZ, answer.logValue(), 1e-11 * (1 + Math.abs(expected)), what);
    assertTrue(answer.logUpperBound() - answer.logValue() <= 1e-9, what);
    assertEquals(Certificate.Kind.EXACT, answer.certificate().kind(), what);
    assertEquals(
        expected, logAt(plain, known, answer.assignment()), 1e-11 * (1 + Math.abs(expected)), what);
  }

  /** The oracle's value at an assignment, likelihoods included. */
  private static double logAt(PlainCircuit plain, List<PlainEvidence> known, double[] assignment) {
    double log = Oracle.logValue(plain, PlainEvidence.ofRow(assignment));
    for (int v = 0; v < assignment.length; v++) {
      if (known.get(v) instanceof PlainEvidence.Likelihood l) {
        log += Math.log(l.perState()[(int) assignment[v]]);
      } else if (known.get(v) instanceof PlainEvidence.States s) {
        assertTrue(s.allowed()[(int) assignment[v]]);
      } else if (known.get(v) instanceof PlainEvidence.Point p) {
        assertEquals(p.value(), assignment[v]);
      }
    }
    return log;
  }

  @Test
  void best_deterministic_equalsSortedEnumeration() {
    for (int seed = 0; seed < 300; seed++) {
      PlainCircuit plain =
          RandomCircuits.tractable(Family.CATEGORICAL, Variant.DETERMINISTIC, 1 + seed % 5, seed);
      Circuit c = Plain.circuit(plain);
      List<PlainEvidence> known = RandomEvidence.any(plain, seed);
      List<Double> all = new ArrayList<>();
      enumerate(plain, known, new double[plain.numVariables()], 0, all);
      all.sort(Comparator.reverseOrder());
      int k = 1 + seed % 12;
      if (all.isEmpty()) {
        continue;
      }
      List<MpeAnswer> best = new Inference(c).best(Plain.evidence(c, known), k);
      String what = "seed " + seed;
      assertEquals(Math.min(k, all.size()), best.size(), what);
      double logZ = c.normaliser().logZ();
      for (int i = 0; i < best.size(); i++) {
        assertEquals(all.get(i) - logZ, best.get(i).logValue(), 1e-10, what);
        assertEquals(all.get(i), logAt(plain, known, best.get(i).assignment()), 1e-10, what);
        for (int j = 0; j < i; j++) {
          assertTrue(
              !java.util.Arrays.equals(best.get(i).assignment(), best.get(j).assignment()), what);
        }
      }
    }
  }

  private static void enumerate(
      PlainCircuit plain, List<PlainEvidence> known, double[] x, int v, List<Double> all) {
    if (v == x.length) {
      double log = Oracle.logValue(plain, PlainEvidence.ofRow(x));
      for (int w = 0; w < x.length; w++) {
        if (known.get(w) instanceof PlainEvidence.Likelihood l) {
          log += Math.log(l.perState()[(int) x[w]]);
        } else if (known.get(w) instanceof PlainEvidence.States s && !s.allowed()[(int) x[w]]) {
          log = Double.NEGATIVE_INFINITY;
        }
      }
      if (log > Double.NEGATIVE_INFINITY) {
        all.add(log);
      }
      return;
    }
    if (known.get(v) instanceof PlainEvidence.Point p) {
      x[v] = p.value();
      enumerate(plain, known, x, v + 1, all);
      return;
    }
    int states = ((PlainVariable.Categorical) plain.variables().get(v)).numStates();
    for (int s = 0; s < states; s++) {
      x[v] = s;
      enumerate(plain, known, x, v + 1, all);
    }
  }

  @Test
  void find_deterministicMixed_isNoWorseThanRandomProbes() {
    SplittableRandom random = new SplittableRandom(5);
    for (int seed = 0; seed < 200; seed++) {
      PlainCircuit plain =
          RandomCircuits.tractable(Family.MIXED, Variant.DETERMINISTIC, 2 + seed % 5, seed);
      Circuit c = Plain.circuit(plain);
      MpeAnswer answer = new Inference(c).mpe(new Evidence(c));
      assertEquals(Certificate.Kind.EXACT, answer.certificate().kind());
      checkNoneAbove(c, new Evidence(c), answer, 300, random, "seed " + seed);
    }
  }

  /** The reals and the states of mixed circuits, with every form of evidence. */
  @Test
  void find_mixedWithAnyEvidence_isNoWorseThanRandomProbes() {
    SplittableRandom random = new SplittableRandom(6);
    for (int seed = 0; seed < 200; seed++) {
      Variant variant =
          switch (seed % 4) {
            case 0 -> Variant.PLAIN;
            case 1 -> Variant.BOUNDED;
            case 2 -> Variant.WITH_BASE;
            default -> Variant.ZERO_PROBABILITIES;
          };
      PlainCircuit plain = RandomCircuits.tractable(Family.MIXED, variant, 1 + seed % 6, seed);
      Circuit c = Plain.circuit(plain);
      Evidence evidence = Plain.evidence(c, RandomEvidence.any(plain, seed));
      try {
        MpeAnswer answer = new Inference(c, Deep.search(1e-9, 5_000)).mpe(evidence);
        checkNoneAbove(c, evidence, answer, 300, random, "seed " + seed + "\n" + plain);
      } catch (RefusedException refused) {
        assertTrue(refused.getMessage().startsWith("the evidence has probability zero"));
      }
    }
  }

  private static void checkNoneAbove(
      Circuit c, Evidence e, MpeAnswer answer, int probes, SplittableRandom random, String what) {
    LogEvaluator evaluator = new LogEvaluator(c.flat);
    double logZ = c.normaliser().logZ();
    Evidence complete = new Evidence(c);
    for (int probe = 0; probe < probes; probe++) {
      double log = -logZ;
      for (int v = 0; v < c.numVariables(); v++) {
        double x = answer.assignment()[v];
        if (!e.isPoint(v) && c.variables().get(v) instanceof Variable.Categorical categorical) {
          x = random.nextInt(categorical.numStates());
        } else if (!e.isPoint(v)) {
          x +=
              random.nextBoolean()
                  ? 0
                  : (random.nextDouble() - 0.5) * Math.pow(10, random.nextInt(-4, 2));
          if (e.flat.form[v] == FlatEvidence.INTERVAL) {
            x = Math.min(Math.max(x, e.flat.a[v]), e.flat.b[v]);
          }
        }
        if (e.flat.form[v] == FlatEvidence.LIKELIHOOD) {
          log += e.flat.logLikelihood[v][(int) x];
        }
        complete.observe(v, x);
      }
      log += evaluator.upward(complete.flat);
      assertTrue(log <= answer.logUpperBound() + 1e-12, () -> what + " has a greater value");
      assertTrue(
          answer.certificate().kind() != Certificate.Kind.EXACT || log <= answer.logValue() + 2e-9,
          () -> what + " has a greater value");
    }
  }

  @Test
  void find_gaussians_isNoWorseThanGridSearchAndNeverAboveItsBound() {
    int closed = 0;
    int searched = 0;
    List<Double> millis = new ArrayList<>();
    List<Long> boxes = new ArrayList<>();
    for (int seed = 0; searched < GRID_CIRCUITS; seed++) {
      int numReals = 1 + seed % 6;
      PlainCircuit plain =
          RandomCircuits.tractable(Family.REAL, Variant.PLAIN, numReals, 7_000 + seed);
      Circuit c = Plain.circuit(plain);
      Inference search = new Inference(c, Deep.search(1e-9, 20_000));
      if (c.structure().whyNotMaxPass() == null) {
        continue;
      }
      searched++;
      long start = System.nanoTime();
      MpeAnswer answer = search.mpe(new Evidence(c));
      millis.add((System.nanoTime() - start) / 1e6);
      boxes.add(answer.boxes());
      closed += answer.certificate().kind() == Certificate.Kind.EXACT ? 1 : 0;
      double grid = gridSearch(c) - c.normaliser().logZ();
      String what = "seed " + seed + "\n" + plain;
      assertTrue(grid <= answer.logValue() + 1e-9, () -> what + ": grid " + grid + " " + answer);
      assertTrue(grid <= answer.logUpperBound(), what);
      assertTrue(answer.logValue() <= answer.logUpperBound(), what);
    }
    millis.sort(null);
    boxes.sort(null);
    System.out.printf(
        "MPE of %d Gaussian circuits: %d closed to 1e-9; median %.2f ms, %d boxes;"
            + " 90%% below %.2f ms, %d boxes; longest %.1f ms%n",
        searched,
        closed,
        millis.get(searched / 2),
        boxes.get(searched / 2),
        millis.get(searched * 9 / 10),
        boxes.get(searched * 9 / 10),
        millis.get(searched - 1));
    assertTrue(closed >= 0.95 * searched, "closed " + closed + " of " + searched);
  }

  /** The best point of a grid over the hull of the means, then compass search from the best few. */
  private static double gridSearch(Circuit c) {
    int n = c.numVariables();
    double[] lo = new double[n];
    double[] hi = new double[n];
    java.util.Arrays.fill(lo, Double.POSITIVE_INFINITY);
    java.util.Arrays.fill(hi, Double.NEGATIVE_INFINITY);
    for (int k = 0; k < c.numNodes(); k++) {
      if (c.kind(k) == NodeKind.GAUSSIAN) {
        int v = c.variable(k);
        lo[v] = Math.min(lo[v], c.parameter(k, 0) - 0.1);
        hi[v] = Math.max(hi[v], c.parameter(k, 0) + 0.1);
      }
    }
    int side = Math.max(3, (int) Math.pow(GRID_POINTS, 1.0 / n));
    LogEvaluator evaluator = new LogEvaluator(c.flat);
    Evidence e = new Evidence(c);
    List<double[]> points = new ArrayList<>(); // value first, then the point
    for (int i = 0; i < Math.pow(side, n); i++) {
      double[] x = new double[n + 1];
      for (int v = 0, rest = i; v < n; v++, rest /= side) {
        x[v + 1] = lo[v] + (hi[v] - lo[v]) * (rest % side) / (side - 1);
      }
      x[0] = evaluator.upward(e.row(x, 1).flat);
      points.add(x);
    }
    points.sort(Comparator.comparingDouble(x -> -x[0]));
    double best = Double.NEGATIVE_INFINITY;
    for (double[] x : points.subList(0, Math.min(6, points.size()))) {
      double step = 0.5;
      while (step > 1e-7) {
        boolean moved = false;
        for (int v = 1; v <= n; v++) {
          for (int sign = -1; sign <= 1; sign += 2) {
            double old = x[v];
            x[v] += sign * step;
            double value = evaluator.upward(e.row(x, 1).flat);
            if (value > x[0]) {
              x[0] = value;
              moved = true;
            } else {
              x[v] = old;
            }
          }
        }
        step = moved ? step : 0.5 * step;
      }
      best = Math.max(best, x[0]);
    }
    return best;
  }
}
