package org.ugmm.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.data.Budget;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.InferenceOptions;
import org.ugmm.engine.data.MpeAnswer;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.exact.LogEvaluator;
import org.ugmm.engine.flat.FlatEvidence;

/** The most probable string of a hidden Markov chain whose states are summed out. */
class MpeChainTest {
  @Test
  void mpe_shortChains_equalEnumeration() {
    for (int seed = 0; seed < 60; seed++) {
      int numStates = 2 + seed % 2;
      Circuit c = chain(7, 2 + seed % 3, numStates, seed);
      double[] row = new double[7];
      double greatest = Double.NEGATIVE_INFINITY;
      for (int code = 0; code < Math.pow(numStates, 7); code++) {
        for (int t = 0, rest = code; t < 7; t++, rest /= numStates) {
          row[t] = rest % numStates;
        }
        greatest = Math.max(greatest, log(c, row));
      }
      MpeAnswer answer = new Inference(c).mpe(new Evidence(c));
      assertEquals(greatest, answer.logValue(), 1e-12, "seed " + seed);
      assertEquals(greatest, log(c, answer.assignment()), 1e-12);
      assertTrue(answer.logUpperBound() >= greatest && answer.logUpperBound() < greatest + 1e-9);
      assertEquals(Certificate.Kind.EXACT, answer.certificate().kind());
    }
  }

  /** With work for few points of a front, points are left out and the bound allows for them. */
  @Test
  void mpe_littleWork_boundHoldsAgainstEnumeration() {
    int numOpen = 0;
    for (int seed = 0; seed < 40; seed++) {
      Circuit c = chain(8, 5, 3, seed);
      double[] row = new double[8];
      double greatest = Double.NEGATIVE_INFINITY;
      for (int code = 0; code < 6_561; code++) {
        for (int t = 0, rest = code; t < 8; t++, rest /= 3) {
          row[t] = rest % 3;
        }
        greatest = Math.max(greatest, log(c, row));
      }
      for (long boxes : new long[] {1, 4, 20, 100}) {
        InferenceOptions options =
            InferenceOptions.DEFAULT.withBudget(Budget.DEFAULT.withBoxes(boxes));
        MpeAnswer answer = new Inference(c, options).mpe(new Evidence(c));
        String where = "seed " + seed + ", boxes " + boxes;
        assertTrue(answer.logUpperBound() >= greatest - 1e-12, where);
        assertTrue(answer.logValue() <= greatest + 1e-12, where);
        assertEquals(log(c, answer.assignment()), answer.logValue(), 1e-12, where);
        numOpen += answer.logUpperBound() > answer.logValue() + 1e-6 ? 1 : 0;
      }
    }
    assertTrue(numOpen > 20, "left out something " + numOpen + " times");
  }

  @Test
  void mpe_thirtySteps_isExact() {
    Circuit c = chain(30, 2, 3, 7);
    Evidence evidence = new Evidence(c).observe(4, 1);
    MpeAnswer answer = new Inference(c).mpe(evidence);
    assertEquals(Certificate.Kind.EXACT, answer.certificate().kind());
    assertEquals(1, answer.assignment()[4]);
  }

  /** Longer than any stack is deep; the answer has a value, a bound, and the same bits again. */
  @Test
  void mpe_longChain_isEnclosedWithinTheBudget() {
    Circuit c = chain(3_000, 2, 3, 7);
    MpeAnswer answer = new Inference(c).mpe(new Evidence(c));
    double value = log(c, answer.assignment());
    assertEquals(value, answer.logValue(), 1e-9);
    assertTrue(answer.logUpperBound() >= value);
    assertFalse(answer.logUpperBound() > value + 30, () -> "bound " + answer.logUpperBound());
    MpeAnswer again = new Inference(c).mpe(new Evidence(c));
    assertArrayEquals(answer.assignment(), again.assignment());
    assertEquals(answer.logUpperBound(), again.logUpperBound());
  }

  private static double log(Circuit c, double[] row) {
    FlatEvidence complete = new FlatEvidence(c.flat);
    complete.row(row, 0);
    return new LogEvaluator(c.flat).upward(complete);
  }

  private static Circuit chain(int steps, int numHidden, int numStates, int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    String[] states = new String[numStates];
    for (int s = 0; s < numStates; s++) {
      states[s] = "s" + s;
    }
    List<Variable> variables = new ArrayList<>();
    for (int t = 0; t < steps; t++) {
      variables.add(Variable.categorical("x" + t, states));
    }
    double[][] transition = new double[numHidden][];
    double[][] emission = new double[numHidden][];
    for (int h = 0; h < numHidden; h++) {
      transition[h] = distribution(random, numHidden);
      emission[h] = distribution(random, numStates);
      for (int s = 0; s < numStates; s++) {
        emission[h][s] = Math.log(emission[h][s]);
      }
    }
    CircuitBuilder builder = Circuit.builder(variables);
    int[] next = new int[numHidden];
    for (int t = steps - 1; t >= 0; t--) {
      int[] now = new int[numHidden];
      for (int h = 0; h < numHidden; h++) {
        now[h] = builder.categoricalLog(t, emission[h]);
        if (t < steps - 1) {
          now[h] = builder.product(now[h], builder.sumLinear(next, transition[h]));
        }
      }
      next = now;
    }
    return builder.build(builder.sumLinear(next, distribution(random, numHidden)));
  }

  private static double[] distribution(SplittableRandom random, int size) {
    double[] p = new double[size];
    double total = 0;
    for (int i = 0; i < size; i++) {
      p[i] = -Math.log(random.nextDouble(1e-9, 1));
      total += p[i];
    }
    for (int i = 0; i < size; i++) {
      p[i] /= total;
    }
    return p;
  }
}
