package org.ugmm.engine.flat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.CircuitBuilder;
import org.ugmm.engine.Plain;
import org.ugmm.engine.data.Structure;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Why;
import org.ugmm.testdata.Oracle;
import org.ugmm.testdata.PlainCircuit;
import org.ugmm.testdata.PlainEvidence;
import org.ugmm.testdata.PlainNode;
import org.ugmm.testdata.RandomCircuits;

/** Proofs of determinism against enumeration, and where they must not take long. */
class DeterminismTest {
  private static final double ZERO = Double.NEGATIVE_INFINITY;
  private static final double[] HALVES = {0.5, 0.5};

  /** A state more or less in a few leaves: nearly deterministic, the hardest to tell. */
  @Test
  void isDeterministic_changedLeaves_isTrueOnlyWhereEnumerationAgrees() {
    int proven = 0;
    int refused = 0;
    for (int seed = 0; seed < 3_000; seed++) {
      PlainCircuit plain = changed(deterministic(seed), new SplittableRandom(seed));
      Structure structure = Plain.circuit(plain).structure();
      if (structure.isDeterministic()) {
        proven++;
        assertTrue(enumerates(plain), "seed " + seed + ": " + plain);
      } else {
        refused++;
      }
    }
    assertTrue(proven > 500 && refused > 500, proven + " proven, " + refused + " refused");
  }

  /** More pairs of children than the budget has steps; one variable is in other states in each. */
  @Test
  void isDeterministic_sumOverManyStates_isProvenWithoutComparingPairs() {
    int numStates = 4_500;
    List<String> states = new ArrayList<>();
    for (int s = 0; s < numStates; s++) {
      states.add("s" + s);
    }
    for (boolean isTwice : new boolean[] {false, true}) {
      CircuitBuilder builder =
          Circuit.builder(
              List.of(new Variable.Categorical("x", states), Variable.categorical("y", "0", "1")));
      int[] children = new int[numStates - 1];
      double[] weights = new double[numStates - 1];
      for (int i = 0; i < children.length; i++) {
        double[] logs = new double[numStates];
        Arrays.fill(logs, ZERO);
        logs[i] = 0;
        if (isTwice && i == 7 || i == children.length - 1) {
          logs[numStates - 1] = 0;
        }
        int y = builder.categoricalLog(1, new double[] {-0.5 - i % 2, -1});
        children[i] = builder.product(builder.categoricalLog(0, logs), y);
        weights[i] = 1;
      }
      Circuit circuit = builder.build(builder.sumLinear(children, weights));
      assertEquals(!isTwice, circuit.structure().isDeterministic());
    }
  }

  private static PlainCircuit deterministic(int seed) {
    return RandomCircuits.tractable(
        RandomCircuits.Family.CATEGORICAL,
        RandomCircuits.Variant.DETERMINISTIC,
        2 + seed % 3,
        seed);
  }

  private static PlainCircuit changed(PlainCircuit plain, SplittableRandom random) {
    List<PlainNode> nodes = new ArrayList<>(plain.nodes());
    for (int times = random.nextInt(3); times >= 0; times--) {
      int n = random.nextInt(nodes.size());
      if (nodes.get(n) instanceof PlainNode.Categorical leaf) {
        double[] p = leaf.p().clone();
        int s = random.nextInt(p.length);
        p[s] = p[s] > 0 ? 0 : 0.5;
        nodes.set(n, new PlainNode.Categorical(leaf.var(), p));
      }
    }
    return new PlainCircuit(plain.variables(), nodes, plain.root());
  }

  private static boolean enumerates(PlainCircuit plain) {
    boolean[] live = new boolean[plain.nodes().size()];
    live[plain.root()] = true;
    for (int n = plain.root(); n >= 0; n--) {
      if (live[n]) {
        for (int child : PlainCircuit.childrenOf(plain.nodes().get(n))) {
          live[child] = true;
        }
      }
    }
    return enumerates(plain, live, new ArrayList<>());
  }

  private static boolean enumerates(PlainCircuit plain, boolean[] live, List<PlainEvidence> row) {
    int v = row.size();
    if (v == plain.numVariables()) {
      return atMostOneChild(plain, live, row);
    }
    int numStates =
        ((org.ugmm.testdata.PlainVariable.Categorical) plain.variables().get(v)).numStates();
    for (int s = 0; s < numStates; s++) {
      row.add(new PlainEvidence.Point(s));
      boolean holds = enumerates(plain, live, row);
      row.remove(v);
      if (!holds) {
        return false;
      }
    }
    return true;
  }

  private static boolean atMostOneChild(
      PlainCircuit plain, boolean[] live, List<PlainEvidence> row) {
    double[] value = Oracle.logValues(plain, row);
    for (int n = 0; n < live.length; n++) {
      if (live[n] && plain.nodes().get(n) instanceof PlainNode.WeightedSum sum) {
        int nonZero = 0;
        for (int i = 0; i < sum.children().length; i++) {
          nonZero += sum.weights()[i] > 0 && value[sum.children()[i]] > ZERO ? 1 : 0;
        }
        if (nonZero > 1) {
          return false;
        }
      }
    }
    return true;
  }

  /** No variable alone tells the parts of a parity apart. */
  @Test
  void isDeterministic_parity_isProven() {
    for (boolean balanced : new boolean[] {false, true}) {
      for (int size : new int[] {2, 3, 64, 300}) {
        assertNull(parity(size, balanced, false).structure().whyNotDeterministic());
      }
    }
  }

  @Test
  void whyNotDeterministic_parityWithOneOddPart_namesTheSum() {
    for (boolean balanced : new boolean[] {false, true}) {
      for (int size : new int[] {3, 64, 300}) {
        assertNotNull(parity(size, balanced, true).structure().whyNotDeterministic());
      }
    }
  }

  /** The sum of the even and of the odd assignments of some bits, one of them wrong on request. */
  private static Circuit parity(int size, boolean balanced, boolean wrong) {
    List<Variable> variables = new ArrayList<>();
    for (int v = 0; v < size; v++) {
      variables.add(Variable.categorical("v" + v, "0", "1"));
    }
    CircuitBuilder builder = Circuit.builder(variables);
    List<int[]> parts = new ArrayList<>();
    for (int v = 0; v < size; v++) {
      boolean isWrong = wrong && v == size / 2;
      parts.add(
          new int[] {
            builder.categoricalLog(v, Math.log(0.5), isWrong ? Math.log(0.5) : ZERO),
            builder.categoricalLog(v, ZERO, 0)
          });
    }
    while (parts.size() > 1) {
      int at = balanced ? parts.size() / 2 - 1 : 0;
      int[] a = parts.remove(at);
      int[] b = parts.remove(at);
      int[] both = {
        builder.sumLinear(
            new int[] {builder.product(a[0], b[0]), builder.product(a[1], b[1])}, HALVES),
        builder.sumLinear(
            new int[] {builder.product(a[0], b[1]), builder.product(a[1], b[0])}, HALVES)
      };
      parts.add(balanced ? parts.size() : 0, both);
    }
    return builder.build(builder.sumLinear(parts.get(0), HALVES));
  }

  @Test
  void whyNotDeterministic_realsAndConstants_excludeNothing() {
    CircuitBuilder builder = Circuit.builder(List.of(Variable.real("x")));
    int first = builder.gaussian(0, 0, 1);
    int second = builder.gaussian(0, 5, 1);
    int root = builder.sumLinear(new int[] {first, second}, HALVES);
    Why why = Objects.requireNonNull(builder.build(root).structure().whyNotDeterministic());
    assertEquals(
        "sum node 2 is not deterministic: children 0 and 1 can both be non-zero", why.text());
  }
}
