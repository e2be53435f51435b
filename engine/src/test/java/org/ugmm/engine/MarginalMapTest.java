package org.ugmm.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.Budget;
import org.ugmm.engine.data.Certificate.Enclosed;
import org.ugmm.engine.data.Certificate.Exact;
import org.ugmm.engine.data.InferenceOptions;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.testdata.Oracle;
import org.ugmm.testdata.PlainCircuit;
import org.ugmm.testdata.PlainEvidence;
import org.ugmm.testdata.RandomCircuits;
import org.ugmm.testdata.RandomEvidence;

/**
 * Marginal MAP against enumeration of the joint states. With {@code -Dorg.ugmm.maps=1000} on as
 * many circuits.
 */
class MarginalMapTest {
  private static final int NUM_CIRCUITS = Integer.getInteger("org.ugmm.maps", 80);
  private static final double NONE = Double.NEGATIVE_INFINITY;

  private static List<Integer> someStates(Circuit circuit, List<PlainEvidence> e, Random random) {
    List<Integer> chosen = new ArrayList<>();
    for (int v = 0; v < circuit.numVariables(); v++) {
      boolean isOpen = !(e.get(v) instanceof PlainEvidence.Point);
      if (isOpen && circuit.variables().get(v) instanceof Categorical && random.nextInt(3) > 0) {
        chosen.add(v);
      }
    }
    return chosen;
  }

  private static String[] names(Circuit circuit, List<Integer> chosen) {
    return chosen.stream().map(v -> circuit.variables().get(v).name()).toArray(String[]::new);
  }

  /** The greatest log marginal over the joint states. */
  private static double best(
      PlainCircuit plain, Circuit circuit, List<PlainEvidence> e, List<Integer> chosen) {
    if (chosen.isEmpty()) {
      return Oracle.logValue(plain, e);
    }
    int v = chosen.get(0);
    double best = NONE;
    int numStates = ((Categorical) circuit.variables().get(v)).numStates();
    for (int s = 0; s < numStates; s++) {
      best =
          Math.max(
              best, best(plain, circuit, at(e, v, s, numStates), chosen.subList(1, chosen.size())));
    }
    return best;
  }

  private static List<PlainEvidence> at(List<PlainEvidence> e, int v, int s, int numStates) {
    double[] only = new double[numStates];
    only[s] =
        e.get(v) instanceof PlainEvidence.Likelihood soft
            ? soft.perState()[s]
            : e.get(v) instanceof PlainEvidence.States set && !set.allowed()[s] ? 0 : 1;
    return PlainEvidence.with(e, v, new PlainEvidence.Likelihood(only));
  }

  @Test
  void marginalMap_randomCircuits_equalsEnumeration() {
    int asked = 0;
    int numRounded = 0;
    for (long seed = 0; asked < NUM_CIRCUITS; seed++) {
      Random random = new Random(seed);
      PlainCircuit plain = RandomCircuits.tractable(seed);
      Circuit circuit = Plain.circuit(plain);
      List<PlainEvidence> e =
          random.nextBoolean()
              ? PlainEvidence.none(plain.numVariables())
              : RandomEvidence.any(plain, seed);
      List<Integer> chosen = someStates(circuit, e, random);
      if (chosen.isEmpty()) {
        continue;
      }
      asked++;
      String what = "seed " + seed + " " + chosen + " given " + e + "\n" + plain;
      Inference inference = new Inference(circuit);
      Evidence evidence = Plain.evidence(circuit, e);
      double best = best(plain, circuit, e, chosen);
      if (best == NONE) {
        assertThrows(
            RefusedException.class,
            () -> inference.marginalMap(evidence, names(circuit, chosen)),
            what);
        continue;
      }
      MarginalMap answer = inference.marginalMap(evidence, names(circuit, chosen));
      double logZ = Oracle.logZ(plain);
      double slack = 1e-11 * (1 + Math.abs(best) + Math.abs(logZ));
      List<PlainEvidence> found = e;
      for (int i = 0; i < chosen.size(); i++) {
        int v = chosen.get(i);
        int numStates = ((Categorical) circuit.variables().get(v)).numStates();
        found = at(found, v, (int) answer.values()[i], numStates);
      }
      assertEquals(best, Oracle.logValue(plain, found), 1e-9 + slack, what);
      assertEquals(best - logZ, answer.logValue(), 1e-9 + slack, what);
      assertTrue(answer.logUpperBound() >= best - logZ - slack, what);
      double gap = answer.logUpperBound() - answer.logValue();
      assertTrue(gap <= 1e-9 + slack, () -> gap + " " + slack + " " + what);
      numRounded += answer.certificate() instanceof Exact ? 0 : 1; // logs too large for 1e-9
    }
    assertTrue(numRounded <= NUM_CIRCUITS / 40, numRounded + " are not EXACT");
  }

  @Test
  void marginalMap_budgetEnds_boundHolds() {
    int numEnclosed = 0;
    for (long seed = 0; seed < 60; seed++) {
      PlainCircuit plain =
          RandomCircuits.tractable(
              RandomCircuits.Family.CATEGORICAL, RandomCircuits.Variant.PLAIN, 8, seed);
      Circuit circuit = Plain.circuit(plain);
      List<PlainEvidence> e = PlainEvidence.none(8);
      List<Integer> chosen = List.of(0, 2, 4, 5);
      InferenceOptions few =
          InferenceOptions.DEFAULT.withBudget(Budget.DEFAULT.withBoxes(seed % 4));
      MarginalMap answer =
          new Inference(circuit, few).marginalMap(new Evidence(circuit), names(circuit, chosen));
      double best = best(plain, circuit, e, chosen) - Oracle.logZ(plain);
      assertTrue(answer.logUpperBound() >= best - 1e-12, "seed " + seed);
      assertTrue(answer.logValue() <= best + 1e-12, "seed " + seed);
      numEnclosed += answer.certificate() instanceof Enclosed ? 1 : 0;
    }
    assertTrue(numEnclosed > 5, numEnclosed + " enclosed");
  }

  @Test
  void marginalMap_formulaOrLinks_isEnumerated() {
    PlainCircuit plain =
        RandomCircuits.tractable(
            RandomCircuits.Family.CATEGORICAL, RandomCircuits.Variant.PLAIN, 4, 11);
    Circuit circuit = Plain.circuit(plain);
    Evidence where = new Evidence(circuit).where("c0 = s0 or c1 = s1 and not c2 = s0");
    Inference inference = new Inference(circuit);
    MarginalMap answer = inference.marginalMap(where, "c1", "c2");
    double best = NONE;
    for (int s = 0; s < ((Categorical) circuit.variables().get(1)).numStates(); s++) {
      for (int t = 0; t < ((Categorical) circuit.variables().get(2)).numStates(); t++) {
        best = Math.max(best, inference.marginal(where.copy().observe(1, s).observe(2, t)).value());
      }
    }
    assertEquals(best, answer.logValue(), 1e-14);
    PlainCircuit deep = RandomCircuits.linkNetwork(1, 2, true, new int[] {3, 2, 1}, 5);
    Circuit network = Plain.circuit(deep);
    List<PlainEvidence> e =
        PlainEvidence.with(PlainEvidence.none(3), 0, new PlainEvidence.Point(-1));
    MarginalMap ofNetwork = new Inference(network).marginalMap(Plain.evidence(network, e), "c0");
    assertEquals(best(deep, network, e, List.of(1)), ofNetwork.logValue(), 1e-10);
  }

  @Test
  void marginalMap_allThatIsOpen_isMpe() {
    PlainCircuit plain =
        RandomCircuits.tractable(RandomCircuits.Family.MIXED, RandomCircuits.Variant.PLAIN, 3, 4);
    Circuit circuit = Plain.circuit(plain);
    Evidence none = new Evidence(circuit);
    String[] all = circuit.variables().stream().map(v -> v.name()).toArray(String[]::new);
    Inference inference = new Inference(circuit);
    assertEquals(inference.mpe(none).logValue(), inference.marginalMap(none, all).logValue());
  }

  @Test
  void marginalMap_wrongQuestions_sayWhy() {
    PlainCircuit plain =
        RandomCircuits.tractable(RandomCircuits.Family.REAL, RandomCircuits.Variant.PLAIN, 3, 4);
    Circuit circuit = Plain.circuit(plain);
    Inference inference = new Inference(circuit);
    Evidence none = new Evidence(circuit);
    Evidence where = new Evidence(circuit).where("x0 > 1 or x1 > 1");
    RefusedException real =
        assertThrows(RefusedException.class, () -> inference.marginalMap(where, "x0"));
    assertTrue(real.getMessage().contains("the formula speaks of 'x0'"), real.getMessage());
    Circuit network = Plain.circuit(RandomCircuits.linkNetwork(2, 1, true, new int[] {3, 2, 1}, 5));
    RefusedException links =
        assertThrows(
            RefusedException.class,
            () -> new Inference(network).marginalMap(new Evidence(network), "x0"));
    assertTrue(links.getMessage().contains("Gaussian links"), links.getMessage());
    assertTrue(links.getMessage().contains("the MPE"), links.getMessage());
    assertThrows(ArgumentException.class, () -> inference.marginalMap(none));
    assertThrows(ArgumentException.class, () -> inference.marginalMap(none, "x0", "x0"));
    assertThrows(ArgumentException.class, () -> inference.marginalMap(none, "y"));
    Evidence known = new Evidence(circuit).observe("x0", 1);
    assertThrows(ArgumentException.class, () -> inference.marginalMap(known, "x0"));
  }
}
