package org.ugmm.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.data.Budget;
import org.ugmm.engine.data.Certificate.Enclosed;
import org.ugmm.engine.data.Certificate.Exact;
import org.ugmm.engine.data.InferenceOptions;
import org.ugmm.engine.data.LogProbability;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.formula.Formula;
import org.ugmm.testdata.Oracle;
import org.ugmm.testdata.PlainCircuit;
import org.ugmm.testdata.PlainEvidence;
import org.ugmm.testdata.RandomCircuits;
import org.ugmm.testdata.RandomEvidence;

/**
 * Constraints, formulas, soft evidence, sessions and marginal MAP at once, against the sum over all
 * cells. With {@code -Dorg.ugmm.joints=2000} on as many circuits.
 */
class JointReasoningTest {
  private static final int NUM_CIRCUITS = Integer.getInteger("org.ugmm.joints", 80);
  private static final int MAX_CELLS = 3_000;
  private static final double NONE = Double.NEGATIVE_INFINITY;

  /** A random circuit and what is asked of it. */
  private static final class Case {
    private final List<Variable> variables;
    private final PlainCircuit plain;
    private final Circuit circuit;
    private final Formula always;
    private final Formula holds;
    private final List<PlainEvidence> e;
    private final String what;

    Case(long seed) {
      Random random = new Random(seed);
      plain = RandomCircuits.tractable(seed);
      circuit = Plain.circuit(plain);
      variables = circuit.variables();
      List<Variable> states = variables.stream().filter(Categorical.class::isInstance).toList();
      always =
          states.isEmpty()
              ? new Formula.Truth(true)
              : RandomFormulas.of(states, 1 + random.nextInt(5), random);
      holds = RandomFormulas.of(variables, 1 + random.nextInt(7), random);
      e =
          random.nextBoolean()
              ? RandomEvidence.any(plain, seed)
              : PlainEvidence.none(plain.numVariables());
      what = "seed %d always %s holds %s given %s%n%s".formatted(seed, always, holds, e, plain);
    }

    /** The natural log of the sum over the cells of a formula; null where there are too many. */
    private @Nullable Double log(Formula formula, List<PlainEvidence> given) {
      List<List<PlainEvidence>> cells = RandomFormulas.cells(formula, variables, given, MAX_CELLS);
      if (cells == null) {
        return null;
      }
      double[] logs = cells.stream().mapToDouble(cell -> Oracle.logValue(plain, cell)).toArray();
      double max = NONE;
      for (double log : logs) {
        max = Math.max(max, log);
      }
      double sum = 0;
      for (double log : logs) {
        sum += max == NONE ? 0 : Math.exp(log - max);
      }
      return max == NONE ? NONE : max + Math.log(sum);
    }

    private void assertClose(double expected, double size, LogProbability actual) {
      if (expected == NONE) {
        assertEquals(NONE, actual.value(), what);
        return;
      }
      double error =
          actual.certificate() instanceof Exact exact ? exact.relativeErrorBound() : 1e-3;
      assertTrue(error <= 2e-3, what);
      double slack = error + 1e-11 * (size + spread());
      assertEquals(expected, actual.value(), slack, what);
    }

    /** The oracle's other logs may be of this size, of which its differences keep the rounding. */
    private double spread() {
      return Math.abs(Oracle.logZ(plain)) + 1000;
    }

    /** Whether what is asked about has a positive probability. */
    private boolean compare(Inference inference, double whole, double part, double given) {
      Circuit product = inference.circuit();
      Session session = new Session(inference);
      Evidence evidence = Plain.evidence(product, e);
      evidence.where(holds);
      assertOrOnlyPoints(part, whole, () -> inference.marginal(evidence));
      session.assertFormula(holds);
      Evidence where = new Evidence(product).where(holds);
      assertEquals(
          told(() -> new Inference(product).marginal(where)), told(session::marginal), what);
      if (given > NONE) {
        Evidence only = evidence.withoutFormula();
        assertOrOnlyPoints(part, given, () -> inference.probability(holds, only));
        InferenceOptions few = InferenceOptions.DEFAULT.withBudget(Budget.DEFAULT.withBoxes(2));
        try {
          LogProbability rough = new Inference(product, few).probability(holds, only);
          if (rough.certificate() instanceof Enclosed in && part > NONE) {
            double slack = 1e-11 * (Math.abs(part) + Math.abs(given) + spread());
            assertTrue(in.lo() - slack <= part - given, what);
            assertTrue(part - given <= in.hi() + slack, what);
          }
        } catch (RefusedException refused) {
          assertTrue(refused.getMessage().contains("single values"), what);
        }
      }
      map(inference, evidence, whole);
      return part > NONE;
    }

    /** The answer, or why there is none. */
    private static String told(java.util.function.Supplier<LogProbability> ask) {
      try {
        return ask.get().toString();
      } catch (RefusedException refused) {
        return refused.getMessage();
      }
    }

    /** What holds at single values of reals alone has a density, which the cells leave out. */
    private void assertOrOnlyPoints(
        double log, double of, java.util.function.Supplier<LogProbability> ask) {
      double expected = log - of;
      LogProbability actual;
      try {
        actual = ask.get();
      } catch (RefusedException refused) {
        assertEquals(NONE, expected, () -> refused.getMessage() + what);
        return;
      }
      if (expected > NONE || actual.value() == NONE) {
        assertClose(expected, Math.abs(log) + Math.abs(of), actual);
      }
    }

    private void map(Inference inference, Evidence evidence, double whole) {
      List<Integer> chosen = new ArrayList<>();
      for (int v = 0; v < variables.size() && chosen.size() < 2; v++) {
        if (variables.get(v) instanceof Categorical && !evidence.isPoint(v)) {
          chosen.add(v);
        }
      }
      if (chosen.isEmpty() || chosen.size() == variables.size()) {
        return;
      }
      double best = NONE;
      int first = ((Categorical) variables.get(chosen.get(0))).numStates();
      int second = chosen.size() < 2 ? 1 : ((Categorical) variables.get(chosen.get(1))).numStates();
      for (int s = 0; s < first * second; s++) {
        Formula states = state(chosen.get(0), s % first);
        if (chosen.size() == 2) {
          states = states.and(state(chosen.get(1), s / first));
        }
        Double log = log(always.and(holds).and(states), e);
        if (log == null) {
          return;
        }
        best = Math.max(best, log);
      }
      if (best == NONE) {
        return; // nothing, or single values of reals
      }
      String[] names = chosen.stream().map(v -> variables.get(v).name()).toArray(String[]::new);
      MarginalMap map = inference.marginalMap(evidence, names);
      double slack = 1e-9 + 1e-11 * (Math.abs(best) + spread());
      assertEquals(best - whole, map.logValue(), slack, what);
      assertTrue(map.logUpperBound() >= best - whole - slack, what);
    }

    private Formula state(int variable, int s) {
      Categorical of = (Categorical) variables.get(variable);
      return new Formula.States(of.name(), List.of(of.states().get(s)));
    }
  }

  @Test
  void constraintFormulaSoftEvidenceAndSession_equalEnumeration() {
    int done = 0;
    int numPositive = 0;
    for (long seed = 0; done < NUM_CIRCUITS; seed++) {
      Case at = new Case(seed);
      Double whole = at.log(at.always, PlainEvidence.none(at.plain.numVariables()));
      Double part = at.log(at.always.and(at.holds), at.e);
      Double given = at.log(at.always, at.e);
      if (whole == null || part == null || given == null) {
        continue;
      }
      done++;
      if (whole == NONE) {
        assertThrows(RefusedException.class, () -> at.circuit.where(at.always, 1_000_000), at.what);
        continue;
      }
      Inference inference = new Inference(at.circuit.where(at.always, 1_000_000));
      numPositive += at.compare(inference, whole, part, given) ? 1 : 0;
    }
    assertTrue(numPositive > NUM_CIRCUITS / 4, numPositive + " of positive probability");
  }

  /** A constraint, soft evidence and a formula far out: 300 digits below one. */
  @Test
  void tail_keepsItsDigits() {
    CircuitBuilder builder =
        Circuit.builder(List.of(Variable.real("x"), Variable.categorical("k", "a", "b", "c")));
    int[] parts = new int[3];
    for (int i = 0; i < 3; i++) {
      double[] logs = {Math.log(0.2), Math.log(0.3), Math.log(0.5)};
      parts[i] = builder.product(builder.gaussian(0, i, 1), builder.categoricalLog(1, logs));
    }
    Circuit free = builder.build(builder.sumLinear(parts, new double[] {0.5, 0.3, 0.2}));
    Circuit circuit = free.where(Formula.parse("not k = c", free.variables()), 1000);
    Session session = new Session(new Inference(circuit)).assertLikelihood("k", 1, 0.25, 1);
    LogProbability p = session.probability("x > 39 and k = b or x < -50");
    // 0.2 of the third component, 37 scales out, times 0.3 * 0.25 / (0.2 + 0.3 * 0.25)
    double tail =
        Math.log(0.2)
            + logTail(37)
            + Math.log1p(
                0.3 / 0.2 * Math.exp(logTail(38) - logTail(37))
                    + 0.5 / 0.2 * Math.exp(logTail(39) - logTail(37)));
    double expected = tail + Math.log(0.3 * 0.25 / (0.2 + 0.3 * 0.25));
    assertTrue(expected < -680, "" + expected);
    assertEquals(expected, p.value(), 1e-11);
    assertTrue(p.certificate() instanceof Exact);
  }

  /** Natural log of the mass of a standard Gaussian above t, by its continued fraction. */
  private static double logTail(double t) {
    double fraction = t;
    for (int k = 60; k >= 1; k--) {
      fraction = t + k / fraction;
    }
    return -t * t / 2 - Math.log(fraction) - 0.5 * Math.log(2 * Math.PI);
  }
}
