package org.ugmm.engine.flat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.CircuitBuilder;
import org.ugmm.engine.Flat;
import org.ugmm.engine.Plain;
import org.ugmm.engine.data.Structure;
import org.ugmm.engine.data.Variable;
import org.ugmm.testdata.Oracle;
import org.ugmm.testdata.PlainCircuit;
import org.ugmm.testdata.PlainEvidence;
import org.ugmm.testdata.PlainNode;
import org.ugmm.testdata.PlainVariable;
import org.ugmm.testdata.RandomCircuits;

class StructureTest {
  private static final double[] HALVES = {0.5, 0.5};
  private static final double ZERO = Double.NEGATIVE_INFINITY;

  @Test
  void of_randomCircuits_agreesWithSetsOfVariables() {
    for (int seed = 0; seed < 600; seed++) {
      for (PlainCircuit plain :
          List.of(
              RandomCircuits.tractable(seed),
              RandomCircuits.nonSmooth(seed % 2 == 0, seed),
              RandomCircuits.nonDecomposable(seed),
              RandomCircuits.linkNetwork(seed))) {
        Circuit circuit = Plain.circuit(plain);
        Structure structure = circuit.structure();
        boolean[] live = Reach.from(Flat.of(circuit), circuit.root());
        assertEquals(isSmooth(plain, live), structure.isSmooth(), plain::toString);
        assertEquals(isDecomposable(plain, live), structure.isDecomposable(), plain::toString);
        assertEquals(plain.hasLinks(), structure.hasLinks(), plain::toString);
      }
    }
  }

  private static boolean isSmooth(PlainCircuit plain, boolean[] live) {
    BitSet[] scope = plain.scopes();
    for (int n = 0; n < live.length; n++) {
      if (live[n] && plain.nodes().get(n) instanceof PlainNode.WeightedSum sum) {
        for (int child : sum.children()) {
          if (!scope[child].equals(scope[sum.children()[0]])) {
            return false;
          }
        }
      }
    }
    return true;
  }

  private static boolean isDecomposable(PlainCircuit plain, boolean[] live) {
    BitSet[] scope = plain.scopes();
    for (int n = 0; n < live.length; n++) {
      if (live[n] && plain.nodes().get(n) instanceof PlainNode.Product product) {
        BitSet seen = new BitSet();
        for (int child : product.children()) {
          if (seen.intersects(scope[child])) {
            return false;
          }
          seen.or(scope[child]);
        }
      }
    }
    return true;
  }

  @Test
  void isDeterministic_randomCategoricalCircuits_isTrueOnlyWhereEnumerationAgrees() {
    int proven = 0;
    for (int seed = 0; seed < 800; seed++) {
      RandomCircuits.Variant variant =
          RandomCircuits.Variant.values()[seed % RandomCircuits.Variant.values().length];
      PlainCircuit plain =
          RandomCircuits.tractable(RandomCircuits.Family.CATEGORICAL, variant, 1 + seed % 4, seed);
      Circuit circuit = Plain.circuit(plain);
      boolean claimed = circuit.structure().isDeterministic();
      if (claimed) {
        proven++;
        String message = "seed " + seed + ": " + plain;
        assertTrue(isDeterministic(plain, Reach.from(Flat.of(circuit), circuit.root())), message);
      }
      if (variant == RandomCircuits.Variant.DETERMINISTIC) {
        assertTrue(claimed, () -> circuit.structure().whyNotDeterministic() + ": " + plain);
      }
    }
    assertTrue(proven > 100, "only " + proven + " circuits were proven deterministic");
  }

  private static boolean isDeterministic(PlainCircuit plain, boolean[] live) {
    List<List<PlainEvidence>> rows = new ArrayList<>(List.of(List.of()));
    for (PlainVariable variable : plain.variables()) {
      List<List<PlainEvidence>> longer = new ArrayList<>();
      for (List<PlainEvidence> row : rows) {
        for (int s = 0; s < ((PlainVariable.Categorical) variable).numStates(); s++) {
          List<PlainEvidence> next = new ArrayList<>(row);
          next.add(new PlainEvidence.Point(s));
          longer.add(next);
        }
      }
      rows = longer;
    }
    return rows.stream().allMatch(row -> atMostOneChild(plain, live, row));
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

  /** A decision node of a PSDD: primes over a and b that exclude each other, subs over c. */
  @Test
  void isDeterministic_decisionNodes_isProven() {
    CircuitBuilder builder = threeBits();
    int a0 = builder.categoricalLog(0, 0, ZERO);
    int a1 = builder.categoricalLog(0, ZERO, 0);
    int b0 = builder.categoricalLog(1, 0, ZERO);
    int b1 = builder.categoricalLog(1, ZERO, 0);
    int same = sum(builder, builder.product(a0, b0), builder.product(a1, b1));
    int different = sum(builder, builder.product(a0, b1), builder.product(a1, b0));
    int c = builder.categoricalLog(2, Math.log(0.3), Math.log(0.7));
    int other = builder.categoricalLog(2, Math.log(0.6), Math.log(0.4));
    int root = sum(builder, builder.product(same, c), builder.product(different, other));
    assertNull(builder.build(root).structure().whyNotDeterministic());
  }

  @Test
  void whyNotDeterministic_overlappingLeaves_namesTheSumAndTheChildren() {
    CircuitBuilder builder = threeBits();
    int first = builder.categoricalLog(0, 0, ZERO);
    int second = builder.categoricalLog(0, 0, 0);
    Structure structure = builder.build(sum(builder, first, second)).structure();
    assertEquals(
        "sum node 2 is not deterministic: children 0 and 1 can both be non-zero",
        structure.whyNotDeterministic() + "");
    assertTrue(structure.isTractable());
  }

  @Test
  void whyNotDeterministic_zeroWeight_isNoChild() {
    CircuitBuilder builder = threeBits();
    int first = builder.categoricalLog(0, 0, 0);
    int second = builder.categoricalLog(0, 0, 0);
    int root = builder.sumLinear(new int[] {first, second}, new double[] {1, 0});
    assertNull(builder.build(root).structure().whyNotDeterministic());
  }

  @Test
  void whyNotSmooth_differentScopes_namesChildrenAndVariables() {
    CircuitBuilder builder = threeBits();
    int a = builder.categoricalLog(0, 0, 0);
    int ab = builder.product(a, builder.categoricalLog(1, 0, 0));
    Structure structure = builder.build(sum(builder, a, ab)).structure();
    assertEquals(
        "sum node 3 is not smooth: children 0 and 2 differ in scope by 'b'",
        structure.whyNotSmooth() + "");
    assertFalse(structure.isTractable());
  }

  @Test
  void whyNotDecomposable_sharedVariable_namesChildrenAndVariable() {
    CircuitBuilder builder = threeBits();
    int a = builder.categoricalLog(0, 0, 0);
    int b = builder.categoricalLog(1, 0, 0);
    int ab = builder.product(a, b);
    int root = builder.product(ab, builder.categoricalLog(2, 0, 0), b);
    assertEquals(
        "product node 4 is not decomposable: children 2 and 1 share variable 'b'",
        builder.build(root).structure().whyNotDecomposable() + "");
  }

  @Test
  void whyLinks_link_namesBothNodes() {
    CircuitBuilder builder = threeBits();
    int root = builder.link(builder.categoricalLog(0, 0, 0), -1, 2);
    Circuit circuit = builder.build(root);
    assertEquals("node 1 is a Gaussian link over node 0", circuit.structure().whyLinks() + "");
    assertEquals("node 1 is a Gaussian link over node 0", circuit.normaliser().whyUnknown() + "");
  }

  @Test
  void of_deadNodes_areNotBlamed() {
    CircuitBuilder builder = threeBits();
    int a = builder.categoricalLog(0, 0, 0);
    builder.product(a, a);
    builder.link(a, 0, 1);
    Structure structure = builder.build(a).structure();
    assertTrue(structure.isTractable());
    assertTrue(structure.isDeterministic());
  }

  private static CircuitBuilder threeBits() {
    return Circuit.builder(
        List.of(
            Variable.categorical("a", "no", "yes"),
            Variable.categorical("b", "no", "yes"),
            Variable.categorical("c", "no", "yes")));
  }

  private static int sum(CircuitBuilder builder, int first, int second) {
    return builder.sumLinear(new int[] {first, second}, HALVES);
  }
}
