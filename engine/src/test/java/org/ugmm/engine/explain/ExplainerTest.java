package org.ugmm.engine.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
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
import org.ugmm.engine.data.Budget;
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

class ExplainerTest {

  /** log p / (1 - p) by the oracle, which shares no code. */
  private static double logOdds(PlainCircuit c, List<PlainEvidence> e, int target, int state) {
    int numStates = ((PlainVariable.Categorical) c.variables().get(target)).numStates();
    List<Double> others = new ArrayList<>();
    double one = 0;
    for (int s = 0; s < numStates; s++) {
      double log = Oracle.logValue(c, PlainEvidence.with(e, target, new PlainEvidence.Point(s)));
      if (s == state) {
        one = log;
      } else {
        others.add(log);
      }
    }
    return one - Oracle.logSumExp(others.stream().mapToDouble(x -> x).toArray());
  }

  private static double factorial(int n) {
    return n < 2 ? 1 : n * factorial(n - 1);
  }

  /** By the definition: of each set without the piece, what the piece adds. */
  private static double shapley(double[] worth, int n, int piece) {
    double sum = 0;
    for (int set = 0; set < 1 << n; set++) {
      if ((set & 1 << piece) == 0) {
        int size = Integer.bitCount(set);
        double share = factorial(size) * factorial(n - size - 1) / factorial(n);
        sum += share * (worth[set | 1 << piece] - worth[set]);
      }
    }
    return sum;
  }

  private static List<PlainEvidence> subset(
      List<PlainEvidence> all, List<Integer> pieces, int set, int target) {
    List<PlainEvidence> some = new ArrayList<>(PlainEvidence.none(all.size()));
    for (int p = 0; p < pieces.size(); p++) {
      if ((set >> p & 1) != 0) {
        some.set(pieces.get(p), all.get(pieces.get(p)));
      }
    }
    some.set(target, all.get(target));
    return some;
  }

  private static void checkAgainstEnumeration(
      PlainCircuit plain, List<PlainEvidence> all, int target, long seed) {
    Circuit circuit = Plain.circuit(plain);
    Evidence evidence = Plain.evidence(circuit, all);
    String what = "seed " + seed + " evidence " + all;
    Explanation explanation;
    try {
      explanation = new Explainer(new Inference(circuit)).explain(target, evidence);
    } catch (RefusedException e) {
      assertTrue(Double.isInfinite(Oracle.logValue(plain, all)), what + ": " + e.getMessage());
      return;
    }
    List<Integer> pieces = new ArrayList<>();
    for (int v = 0; v < all.size(); v++) {
      if (v != target && !(all.get(v) instanceof PlainEvidence.Unobserved)) {
        pieces.add(v);
      }
    }
    int n = pieces.size();
    double[] worth = new double[1 << n];
    for (int set = 0; set < worth.length; set++) {
      worth[set] = logOdds(plain, subset(all, pieces, set, target), target, explanation.state());
    }
    assertEquals(worth[0], explanation.before().value(), 1e-9, what);
    assertEquals(worth[worth.length - 1], explanation.after().value(), 1e-9, what);
    for (int p = 0; p < n; p++) {
      Explanation.Piece piece = explanation.pieces().get(p);
      assertEquals(pieces.get(p), piece.variable(), what);
      assertEquals(shapley(worth, n, p), piece.shapley().value(), 1e-9, what);
      int without = worth.length - 1 & ~(1 << p);
      assertEquals(
          worth[worth.length - 1] - worth[without], piece.leaveOneOut().value(), 1e-9, what);
      assertInstanceOf(Certificate.Exact.class, piece.shapley().certificate(), what);
    }
    double residual =
        explanation.sum() - (explanation.after().value() - explanation.before().value());
    assertTrue(Math.abs(residual) <= explanation.sumErrorBound(), what + " residual " + residual);
    assertTrue(explanation.sumErrorBound() < 1e-8, what + " " + explanation.sumErrorBound());
  }

  @Test
  void explain_categoricalUpToTenPieces_equalsEnumeration() {
    for (long seed = 0; seed < 40; seed++) {
      int numVariables = seed < 38 ? 2 + (int) seed % 6 : 11;
      PlainCircuit plain =
          RandomCircuits.tractable(Family.CATEGORICAL, Variant.PLAIN, numVariables, seed);
      List<PlainEvidence> all = new ArrayList<>(RandomEvidence.complete(plain, seed));
      all.set((int) seed % numVariables, PlainEvidence.UNOBSERVED);
      checkAgainstEnumeration(plain, all, (int) seed % numVariables, seed);
    }
  }

  @Test
  void explain_mixedEvidenceOfAnyForm_equalsEnumeration() {
    int checked = 0;
    for (long seed = 0; seed < 60; seed++) {
      PlainCircuit plain =
          RandomCircuits.tractable(
              Family.MIXED, seed % 2 == 0 ? Variant.PLAIN : Variant.UNNORMALISED, 6, seed);
      for (int target = 0; target < 6; target++) {
        if (plain.variables().get(target) instanceof PlainVariable.Categorical) {
          List<PlainEvidence> all = new ArrayList<>(RandomEvidence.any(plain, seed));
          all.set(target, PlainEvidence.UNOBSERVED);
          checkAgainstEnumeration(plain, all, target, seed);
          checked++;
          break;
        }
      }
    }
    assertTrue(checked > 40, "checked " + checked);
  }

  /** Two classes whose members are near -1 and +1 in x and y, near 0 and 10 in z. */
  private static Circuit twoGroups() {
    CircuitBuilder b =
        Circuit.builder(
            List.of(
                Variable.categorical("k", "a", "b"),
                Variable.real("x"),
                Variable.real("y"),
                Variable.real("z")));
    int first =
        b.product(
            b.categoricalLinear(0, 1, 0),
            b.gaussian(1, -1, 1),
            b.gaussian(2, -1, 1),
            b.gaussian(3, 0, 2));
    int second =
        b.product(
            b.categoricalLinear(0, 0, 1),
            b.gaussian(1, 1, 1),
            b.gaussian(2, 1, 1),
            b.gaussian(3, 10, 2));
    return b.build(b.sumLinear(new int[] {first, second}, new double[] {0.5, 0.5}));
  }

  @Test
  void components_ofASum_areItsBranchesByBayes() {
    Circuit c = twoGroups();
    double none = c.components(new Evidence(c)).probability("2");
    assertEquals(0.5, none, 1e-15);
    double two = c.components(new Evidence(c).observe("x", 1)).probability("2");
    assertEquals(1 / (1 + Math.exp(-2)), two, 1e-14);
    assertEquals(-1800, c.components(new Evidence(c).observe("x", 900)).logProbability(0), 1e-9);
    assertThrows(
        RefusedException.class,
        () -> c.components(new Evidence(c).likelihood("k", 1, 0).observe("x", 1e200)));
  }

  @Test
  void explain_independentPieces_addTheirLogLikelihoodRatios() {
    Circuit c = twoGroups();
    Explanation e =
        new Explainer(new Inference(c))
            .explain(0, 1, new Evidence(c).observe("x", 0.5).observe("y", -0.25));
    // log N(x; 1, 1) / N(x; -1, 1) is 2x, whatever else is known
    assertEquals(1.0, e.pieces().get(0).shapley().value(), 1e-13);
    assertEquals(-0.5, e.pieces().get(1).shapley().value(), 1e-13);
    assertEquals(1.0, e.pieces().get(0).leaveOneOut().value(), 1e-13);
    assertEquals(0, e.before().value(), 1e-14);
    assertEquals(0.5, e.after().value(), 1e-13);
  }

  @Test
  void explain_realTarget_sharesTheChangeOfTheMean() {
    Circuit c = twoGroups();
    Explanation e =
        new Explainer(new Inference(c)).explain(3, new Evidence(c).observe("x", 1).observe("y", 1));
    assertEquals(-1, e.state());
    assertEquals(5, e.before().value(), 1e-13);
    double two = 1 / (1 + Math.exp(-4));
    assertEquals(10 * two, e.after().value(), 1e-12);
    // the pieces are alike, so that each has half
    assertEquals(5 * two - 2.5, e.pieces().get(0).shapley().value(), 1e-12);
    assertEquals(5 * two - 2.5, e.pieces().get(1).shapley().value(), 1e-12);
    assertEquals(
        10 * two - 10 / (1 + Math.exp(-2)), e.pieces().get(0).leaveOneOut().value(), 1e-12);
  }

  @Test
  void explain_probabilitiesBelowTheRangeOfDoubles_knowsTheirLogs() {
    Circuit c = twoGroups();
    Explanation e =
        new Explainer(new Inference(c)).explain(0, 0, new Evidence(c).observe("x", 900));
    assertEquals(-1800, e.pieces().get(0).shapley().value(), 1e-9);
  }

  @Test
  void explain_ruledOutState_isRefusedWithTheSet() {
    CircuitBuilder b =
        Circuit.builder(List.of(Variable.categorical("k", "a", "b"), Variable.real("x", 0, 2)));
    int first = b.product(b.categoricalLinear(0, 1, 0), b.base(1));
    int second = b.product(b.categoricalLinear(0, 1, 0), b.gaussian(1, 1, 1));
    Circuit c = b.build(b.sumLinear(new int[] {first, second}, new double[] {0.5, 0.5}));
    RefusedException e =
        assertThrows(
            RefusedException.class,
            () -> new Explainer(new Inference(c)).explain(0, new Evidence(c).observe("x", 1)));
    assertTrue(e.getMessage().contains("'a' is certain without evidence"), e.getMessage());
  }

  @Test
  void explain_tooManyPieces_isRefusedOrEstimatedWithItsError() {
    PlainCircuit plain = RandomCircuits.tractable(Family.CATEGORICAL, Variant.PLAIN, 9, 3);
    Circuit c = Plain.circuit(plain);
    List<PlainEvidence> all = new ArrayList<>(RandomEvidence.complete(plain, 3));
    all.set(0, PlainEvidence.UNOBSERVED);
    Evidence evidence = Plain.evidence(c, all);
    Explanation exact = new Explainer(new Inference(c)).explain(0, evidence);
    InferenceOptions few = InferenceOptions.DEFAULT.withBudget(Budget.DEFAULT.withEvaluations(255));
    RefusedException refused =
        assertThrows(
            RefusedException.class,
            () -> new Explainer(new Inference(c, few)).explain(0, evidence));
    assertTrue(refused.getMessage().contains("8 pieces of evidence"), refused.getMessage());
    InferenceOptions estimated = few.allowing(Kind.EXACT, Kind.ENCLOSED, Kind.ESTIMATED);
    Explanation drawn = new Explainer(new Inference(c, estimated)).explain(0, evidence);
    for (int p = 0; p < 8; p++) {
      Quantity q = drawn.pieces().get(p).shapley();
      double error = ((Certificate.Estimated) q.certificate()).errorEstimate();
      assertEquals(exact.pieces().get(p).shapley().value(), q.value(), 6 * error + 1e-12);
    }
    assertEquals(drawn.after().value() - drawn.before().value(), drawn.sum(), 1e-12);
    assertEquals(Double.POSITIVE_INFINITY, drawn.sumErrorBound());
  }

  @Test
  void explain_wrongTargets_areErrors() {
    Circuit c = twoGroups();
    Explainer explainer = new Explainer(new Inference(c));
    Evidence e = new Evidence(c).observe("x", 1);
    assertThrows(ArgumentException.class, () -> explainer.explain(1, e));
    assertThrows(ArgumentException.class, () -> explainer.explain(0, 2, e));
  }
}
