package org.ugmm.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.Posterior;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.formula.Formula;
import org.ugmm.testdata.PlainCircuit;
import org.ugmm.testdata.RandomCircuits;

/**
 * Sessions that assert and retract formulas against fresh queries with evidence that was put
 * together apart. With {@code -Dorg.ugmm.steps=100000} as many steps.
 */
class SessionFormulasTest {
  private static final int NUM_STEPS = Integer.getInteger("org.ugmm.steps", 3000);
  private static final int STEPS_A_CIRCUIT = 100;

  /** What the session should know. */
  private static final class Mirror {
    private final Circuit circuit;
    private final Evidence evidence;
    private final List<Formula> formulas = new ArrayList<>();

    Mirror(Circuit circuit) {
      this.circuit = circuit;
      evidence = new Evidence(circuit);
    }

    Evidence known() {
      Evidence known = evidence.copy();
      if (!formulas.isEmpty()) {
        Formula all = formulas.get(0);
        known.where(formulas.size() == 1 ? all : new Formula.And(formulas));
      }
      return known;
    }

    void step(Session session, Random random) {
      int v = random.nextInt(circuit.numVariables());
      String name = circuit.variables().get(v).name();
      switch (random.nextInt(6)) {
        case 0 -> {
          session.retract(name);
          evidence.unobserve(v);
        }
        case 1 -> {
          double x = value(circuit.variables().get(v), random);
          session.assertPoint(name, x);
          evidence.observe(v, x);
        }
        case 2 -> {
          if (circuit.variables().get(v) instanceof Categorical of) {
            double[] likelihood = new double[of.numStates()];
            Arrays.setAll(likelihood, s -> 0.1 + random.nextDouble());
            session.assertLikelihood(name, likelihood);
            evidence.likelihood(v, likelihood);
          } else {
            session.assertInterval(name, -1, 1.5);
            evidence.interval(v, -1, 1.5);
          }
        }
        case 3, 4 -> {
          if (!formulas.isEmpty()) {
            Formula gone = formulas.remove(random.nextInt(formulas.size()));
            session.retractFormula(gone);
            Formula.parse(gone.toString(), circuit.variables()); // what is told can be read
          }
        }
        default -> {
          Formula holds = RandomFormulas.of(circuit.variables(), 1 + random.nextInt(4), random);
          if (formulas.size() < 3) {
            session.assertFormula(holds);
            if (!formulas.contains(holds)) {
              formulas.add(holds);
            }
          }
        }
      }
    }

    private static double value(Variable variable, Random random) {
      return variable instanceof Categorical of
          ? random.nextInt(of.numStates())
          : 2 * random.nextGaussian();
    }
  }

  /** The answer in full, or why there is none. */
  private static String told(Supplier<Object> answer) {
    try {
      Object said = answer.get();
      return said instanceof CategoricalPosterior of
          ? Arrays.toString(of.probabilities()) + of.certificate()
          : said instanceof Posterior of ? of + " " + of.certificate() : said.toString();
    } catch (RefusedException | ArgumentException e) {
      return e.getMessage();
    }
  }

  @Test
  void session_randomFormulas_equalsFreshQueries() {
    int numAnswers = 0;
    for (int done = 0; done < NUM_STEPS; done += STEPS_A_CIRCUIT) {
      long seed = done / STEPS_A_CIRCUIT;
      Random random = new Random(seed);
      PlainCircuit plain = RandomCircuits.tractable(seed);
      Circuit circuit = Plain.circuit(plain);
      Session session = new Session(new Inference(circuit));
      Mirror mirror = new Mirror(circuit);
      for (int i = 0; i < STEPS_A_CIRCUIT; i++) {
        mirror.step(session, random);
        if (random.nextInt(20) == 0) {
          session = session.fork();
        }
        assertEquals(mirror.formulas, session.formulas());
        if (mirror.formulas.isEmpty()) {
          continue; // SessionTest compares these
        }
        Session now = session;
        Inference fresh = new Inference(circuit);
        Evidence e = mirror.known();
        String what = "seed " + seed + " step " + i + " " + e;
        int v = random.nextInt(circuit.numVariables());
        String name = circuit.variables().get(v).name();
        String expected = told(() -> fresh.marginal(e));
        numAnswers += expected.contains("Exact") ? 1 : 0;
        assertEquals(expected, told(now::marginal), what);
        assertEquals(told(() -> fresh.posterior(v, e)), told(() -> now.posterior(name)), what);
        Formula of = RandomFormulas.of(circuit.variables(), 1 + random.nextInt(3), random);
        assertEquals(
            told(() -> fresh.probability(of, e)), told(() -> now.probability(of)), what + of);
      }
    }
    assertTrue(numAnswers > NUM_STEPS / 4, numAnswers + " of " + NUM_STEPS + " steps answered");
  }

  private static Circuit coins() {
    CircuitBuilder builder =
        Circuit.builder(
            List.of(
                Variable.categorical("a", "no", "yes"), Variable.categorical("b", "no", "yes")));
    return builder.build(
        builder.product(
            builder.categoricalLog(0, Math.log(0.5), Math.log(0.5)),
            builder.categoricalLog(1, Math.log(0.5), Math.log(0.5))));
  }

  private static double yes(Posterior posterior) {
    return ((CategoricalPosterior) posterior).probability("yes");
  }

  @Test
  void session_formula_isKnownUntilRetracted() {
    Session session = new Session(new Inference(coins()));
    session.assertFormula("a = yes or b = yes");
    assertEquals(2 / 3.0, yes(session.posterior("a")), 1e-15);
    assertEquals(1 / 3.0, Math.exp(session.probability("a = yes and b = yes").value()), 1e-15);
    assertEquals(0.75, Math.exp(session.marginal().value()), 1e-15);
    assertEquals(1, session.revision());
    assertEquals(List.of("a", "b"), session.changedSince(0));
    session.assertFormula("a=yes  or b = yes");
    assertEquals(1, session.revision());
    assertNotNull(session.snapshot().formula());
    Session fork = session.fork();
    session.assertFormula("not b = yes");
    assertEquals(1, yes(session.posterior("a")), 1e-15);
    assertEquals(List.of("b"), session.changedSince(1));
    assertEquals(1, session.mpe().assignment()[0]);
    assertThrows(RefusedException.class, () -> session.assertFormula("a = no").posterior("a"));
    session.retractFormula("a = no").retractFormula("(a = yes or b = yes)");
    assertEquals(0.5, yes(session.posterior("a")), 1e-15);
    session.retractFormula("not b = yes").retractFormula("not b = yes");
    assertEquals(List.of(), session.formulas());
    assertEquals(6, session.revision());
    assertEquals(2 / 3.0, yes(fork.posterior("a")), 1e-15);
    // to know of one coin tells of the other where one of them is known to show
    assertTrue(fork.informationGain("a", "b").value() > 0.1);
    assertEquals(0, session.informationGain("a", "b").value(), 1e-15);
  }

  @Test
  void assertFormula_wrong_changesNothing() {
    Session session = new Session(new Inference(coins()));
    assertThrows(ArgumentException.class, () -> session.assertFormula("a = maybe"));
    assertThrows(ArgumentException.class, () -> session.assertFormula("c = yes"));
    assertThrows(
        ArgumentException.class,
        () -> session.assertFormula(new Formula.States("a", List.of("maybe"))));
    assertEquals(0, session.revision());
    assertEquals(List.of(), session.formulas());
  }
}
