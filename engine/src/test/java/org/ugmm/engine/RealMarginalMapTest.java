package org.ugmm.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.data.Budget;
import org.ugmm.engine.data.Certificate.Exact;
import org.ugmm.engine.data.InferenceOptions;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.formula.Formula;
import org.ugmm.testdata.Oracle;
import org.ugmm.testdata.PlainCircuit;
import org.ugmm.testdata.PlainEvidence;
import org.ugmm.testdata.RandomCircuits;
import org.ugmm.testdata.RandomEvidence;

/**
 * Marginal MAP with real variables among the chosen ones, against the joint states times random and
 * climbing points. With {@code -Dorg.ugmm.maps=1000} on as many circuits.
 */
class RealMarginalMapTest {
  private static final int NUM_CIRCUITS = Integer.getInteger("org.ugmm.maps", 60);
  private static final int NUM_POINTS = 60;
  private static final double NONE = Double.NEGATIVE_INFINITY;

  private static List<Integer> choose(Circuit circuit, List<PlainEvidence> e, Random random) {
    List<Integer> chosen = new ArrayList<>();
    boolean hasReal = false;
    for (int v = 0; v < circuit.numVariables(); v++) {
      boolean isReal = !(circuit.variables().get(v) instanceof Categorical);
      boolean isOpen = !(e.get(v) instanceof PlainEvidence.Point);
      if (isOpen && random.nextInt(chosen.isEmpty() ? 2 : 4) == 0) {
        chosen.add(v);
        hasReal |= isReal;
      }
    }
    return hasReal ? chosen : List.of();
  }

  private static List<PlainEvidence> at(
      Circuit circuit, List<PlainEvidence> e, List<Integer> chosen, double[] values) {
    List<PlainEvidence> found = e;
    for (int i = 0; i < values.length; i++) {
      int v = chosen.get(i);
      PlainEvidence is = new PlainEvidence.Point(values[i]);
      if (circuit.variables().get(v) instanceof Categorical of) {
        double[] only = new double[of.numStates()];
        int s = (int) values[i];
        only[s] =
            e.get(v) instanceof PlainEvidence.Likelihood soft
                ? soft.perState()[s]
                : e.get(v) instanceof PlainEvidence.States set && !set.allowed()[s] ? 0 : 1;
        is = new PlainEvidence.Likelihood(only);
      }
      found = PlainEvidence.with(found, v, is);
    }
    return found;
  }

  /** A log-value that the maximum is not below: of many points, and of the best one's climb. */
  private static double climbed(
      PlainCircuit plain,
      Circuit circuit,
      List<PlainEvidence> e,
      List<Integer> chosen,
      Random random) {
    double best = NONE;
    double[] at = new double[chosen.size()];
    double step = 3;
    for (int i = 0; i < 2 * NUM_POINTS; i++) {
      double[] next = at.clone();
      for (int d = 0; d < next.length; d++) {
        int v = chosen.get(d);
        if (circuit.variables().get(v) instanceof Categorical of) {
          boolean changes = i < NUM_POINTS || random.nextInt(3) == 0;
          next[d] = changes ? random.nextInt(of.numStates()) : at[d];
        } else {
          double centre = i < NUM_POINTS ? 0 : at[d];
          next[d] = centre + step * random.nextGaussian();
          if (e.get(v) instanceof PlainEvidence.Interval in) {
            next[d] = Math.min(in.hi(), Math.max(in.lo(), next[d]));
          }
        }
      }
      double log = Oracle.logValue(plain, at(circuit, e, chosen, next));
      if (log > best) {
        best = log;
        at = next;
      } else if (i >= NUM_POINTS) {
        step *= 0.9;
      }
    }
    return best;
  }

  @Test
  void marginalMap_randomCircuitsWithReals_noPointIsAboveTheBound() {
    int asked = 0;
    int numExact = 0;
    InferenceOptions options =
        InferenceOptions.DEFAULT.withBudget(Budget.DEFAULT.withBoxes(20_000));
    for (long seed = 0; asked < NUM_CIRCUITS; seed++) {
      Random random = new Random(seed);
      PlainCircuit plain = RandomCircuits.tractable(seed);
      Circuit circuit = Plain.circuit(plain);
      List<PlainEvidence> e =
          random.nextBoolean()
              ? PlainEvidence.none(plain.numVariables())
              : RandomEvidence.any(plain, seed);
      List<Integer> chosen = choose(circuit, e, random);
      if (chosen.isEmpty()) {
        continue;
      }
      asked++;
      String what = "seed " + seed + " " + chosen + " given " + e + "\n" + plain;
      String[] names =
          chosen.stream().map(v -> circuit.variables().get(v).name()).toArray(String[]::new);
      double other = climbed(plain, circuit, e, chosen, random);
      MarginalMap answer;
      try {
        answer = new Inference(circuit, options).marginalMap(Plain.evidence(circuit, e), names);
      } catch (RefusedException refused) {
        assertEquals(NONE, other, () -> refused.getMessage() + " " + what);
        continue;
      }
      double logZ = Oracle.logZ(plain);
      double slack = 1e-11 * (1 + Math.abs(answer.logValue()) + Math.abs(logZ));
      double value = Oracle.logValue(plain, at(circuit, e, chosen, answer.values())) - logZ;
      assertEquals(value, answer.logValue(), 1e-9 + slack, what);
      assertTrue(other - logZ <= answer.logUpperBound() + slack, what);
      boolean isExact = answer.certificate() instanceof Exact;
      numExact += isExact ? 1 : 0;
      assertTrue(!isExact || answer.logUpperBound() - value <= 2e-9 + slack, what);
    }
    assertTrue(numExact > 0.8 * NUM_CIRCUITS, numExact + " of " + NUM_CIRCUITS + " are EXACT");
  }

  @Test
  void marginalMap_realGivenAFormula_isOfTheSumOfItsParts() {
    int asked = 0;
    for (long seed = 0; asked < NUM_CIRCUITS / 3; seed++) {
      Random random = new Random(seed);
      PlainCircuit plain =
          RandomCircuits.tractable(
              RandomCircuits.Family.MIXED, RandomCircuits.Variant.PLAIN, 4, seed);
      Circuit circuit = Plain.circuit(plain);
      List<Integer> chosen = choose(circuit, PlainEvidence.none(plain.numVariables()), random);
      var others =
          circuit.variables().stream()
              .filter(
                  v -> v instanceof Categorical || !chosen.contains(circuit.variables().indexOf(v)))
              .toList();
      if (chosen.isEmpty() || others.isEmpty()) {
        continue;
      }
      Formula formula = RandomFormulas.of(others, 1 + random.nextInt(4), random);
      Inference inference = new Inference(circuit);
      Evidence e = new Evidence(circuit).where(formula);
      String what = "seed " + seed + " " + chosen + " where " + formula + "\n" + plain;
      String[] names =
          chosen.stream().map(v -> circuit.variables().get(v).name()).toArray(String[]::new);
      if (inference.marginal(e).value() == NONE) {
        assertThrows(RefusedException.class, () -> inference.marginalMap(e, names), what);
        continue;
      }
      MarginalMap answer;
      try {
        answer = inference.marginalMap(e, names);
      } catch (RefusedException refused) {
        assertTrue(refused.getMessage().contains("single values"), what);
        continue;
      }
      asked++;
      Evidence found = e.copy();
      for (int i = 0; i < names.length; i++) {
        found.observe(names[i], answer.values()[i]);
      }
      assertEquals(inference.marginal(found).value(), answer.logValue(), 1e-9, what);
      for (int i = 0; i < NUM_POINTS; i++) {
        Evidence other = e.copy();
        for (int k = 0; k < names.length; k++) {
          int v = chosen.get(k);
          other.observe(
              v,
              circuit.variables().get(v) instanceof Categorical of
                  ? random.nextInt(of.numStates())
                  : answer.values()[k] + random.nextGaussian() * (i % 2 == 0 ? 2 : 0.1));
        }
        assertTrue(inference.marginal(other).value() <= answer.logUpperBound() + 1e-11, what);
      }
    }
  }

  @Test
  void marginalMap_mixtureOfTwoReals_isNotTheMpe() {
    CircuitBuilder builder =
        Circuit.builder(
            List.of(
                org.ugmm.engine.data.Variable.real("x"), org.ugmm.engine.data.Variable.real("y")));
    // the sharp component has the greatest joint density, and little of the marginal of x
    int sharp = builder.product(builder.gaussian(0, 5, 1), builder.gaussian(1, 0, 1e-3));
    int broad = builder.product(builder.gaussian(0, -1, 1), builder.gaussian(1, 0, 10));
    Circuit circuit =
        builder.build(builder.sumLinear(new int[] {sharp, broad}, new double[] {.2, .8}));
    Inference inference = new Inference(circuit);
    Evidence none = new Evidence(circuit);
    assertEquals(5, inference.mpe(none).assignment()[0], 1e-3);
    MarginalMap map = inference.marginalMap(none, "x");
    assertEquals(-1, map.values()[0], 1e-4);
    assertEquals(Math.log(0.8 / Math.sqrt(2 * Math.PI)), map.logValue(), 1e-8);
    assertTrue(map.certificate() instanceof Exact);
  }

  /** A part without a leaf of a chosen state does not hear what is known of it. */
  @Test
  void marginalMap_chosenStateWithoutALeafInAPart_isRefused() {
    CircuitBuilder builder =
        Circuit.builder(
            List.of(
                org.ugmm.engine.data.Variable.categorical("c", "0", "1"),
                org.ugmm.engine.data.Variable.real("x"),
                org.ugmm.engine.data.Variable.real("y")));
    int state = builder.categoricalLinear(0, 0.5, 0.5);
    int both = builder.product(state, builder.gaussian(1, 0, 1), builder.gaussian(2, 0, 1));
    int reals = builder.product(builder.gaussian(1, 2, 1), builder.gaussian(2, 0, 1));
    Circuit circuit =
        builder.build(builder.sumLinear(new int[] {both, reals}, new double[] {0.5, 0.5}));
    Evidence e = new Evidence(circuit).likelihood(0, 0.125, 0.25);
    Inference inference = new Inference(circuit);
    RefusedException refused =
        assertThrows(RefusedException.class, () -> inference.marginalMap(e, "c", "x"));
    assertEquals(List.of("c"), refused.why().variables());
  }
}
