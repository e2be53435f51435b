package org.ugmm.testdata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.ugmm.testdata.RandomCircuits.Family;
import org.ugmm.testdata.RandomCircuits.Variant;

class RandomCircuitsTest {

  @Test
  void tractable_everyVariant_isTractableAndCoversItsVariables() {
    for (Family family : Family.values()) {
      for (Variant variant : Variant.values()) {
        for (int vars = 1; vars <= 8; vars++) {
          PlainCircuit circuit = RandomCircuits.tractable(family, variant, vars, vars);
          assertTrue(circuit.isTractable(), () -> variant + "\n" + circuit);
          int covered = circuit.scopes()[circuit.root()].cardinality();
          assertEquals(circuit.numVariables(), covered, () -> variant + "\n" + circuit);
        }
      }
    }
  }

  @Test
  void tractable_deterministic_hasAtMostOnePositiveChildPerSum() {
    for (long seed = 0; seed < 20; seed++) {
      PlainCircuit circuit = RandomCircuits.tractable(Family.MIXED, Variant.DETERMINISTIC, 6, seed);
      double[] values = Oracle.logValues(circuit, RandomEvidence.complete(circuit, seed));
      for (PlainNode node : circuit.nodes()) {
        if (node instanceof PlainNode.WeightedSum s) {
          int positive = 0;
          for (int child : s.children()) {
            positive += values[child] > Double.NEGATIVE_INFINITY ? 1 : 0;
          }
          assertTrue(positive <= 1, "seed " + seed + "\n" + circuit);
        }
      }
    }
  }

  @Test
  void tractable_sameSeed_givesSameCircuit() {
    for (long seed = 0; seed < 50; seed++) {
      String first = RandomCircuits.tractable(seed).toString();
      assertEquals(first, RandomCircuits.tractable(seed).toString());
    }
  }

  @Test
  void nonSmooth_anySeed_isDecomposableOnly() {
    for (long seed = 0; seed < 40; seed++) {
      PlainCircuit circuit = RandomCircuits.nonSmooth(seed % 2 == 0, seed);
      assertFalse(circuit.isSmooth(), circuit::toString);
      assertTrue(circuit.isDecomposable(), circuit::toString);
    }
  }

  @Test
  void nonDecomposable_anySeed_isSmoothOnly() {
    for (long seed = 0; seed < 40; seed++) {
      PlainCircuit circuit = RandomCircuits.nonDecomposable(seed);
      assertTrue(circuit.isSmooth(), circuit::toString);
      assertFalse(circuit.isDecomposable(), circuit::toString);
    }
  }

  @Test
  void rat_d64_hasTheSizesOfThePeers() {
    PlainCircuit circuit = RandomCircuits.rat(64, 4, 8, 10, 1);
    assertEquals(112_808, sumWeights(circuit));
    assertEquals(5_120, gaussians(circuit));
    assertTrue(circuit.isTractable());
    assertEquals(0, Oracle.logZ(circuit), 1e-12);
  }

  @Test
  void rat_d784_hasTheSizesOfThePeers() {
    PlainCircuit circuit = RandomCircuits.rat(784, 5, 10, 10, 1);
    assertEquals(301_010, sumWeights(circuit));
    assertEquals(78_400, gaussians(circuit));
  }

  private static long sumWeights(PlainCircuit circuit) {
    long count = 0;
    for (PlainNode node : circuit.nodes()) {
      count += node instanceof PlainNode.WeightedSum s ? s.weights().length : 0;
    }
    return count;
  }

  private static long gaussians(PlainCircuit circuit) {
    return circuit.nodes().stream().filter(PlainNode.Gaussian.class::isInstance).count();
  }

  @Test
  void toGraphJson_smallCircuit_isTheDocument() {
    PlainVariable x = new PlainVariable.Real("x", new PlainVariable.Domain(0, 1), null);
    CircuitBuilder b = new CircuitBuilder(List.of(x, PlainVariable.Categorical.of("c", 2)));
    int product = b.product(b.gaussian(0, 0.5, 0.1), b.categorical(1, 0.25, 0.75));
    PlainCircuit circuit = b.build(b.sum(new int[] {product}, 1));
    assertEquals(
        """
        {"format": "ugmm-graph/1",
         "variables": [
          {"name": "x", "kind": "real", "domain": [0.0, 1.0]},
          {"name": "c", "kind": "categorical", "states": ["s0", "s1"]}],
         "nodes": [
          {"gaussian": {"variable": "x", "mean": 0.5, "scale": 0.1}},
          {"categorical": {"variable": "c", "probabilities": [0.25, 0.75]}},
          {"product": {"children": [0, 1]}},
          {"sum": {"children": [2], "weights": [1.0]}}],
         "root": 3}
        """,
        circuit.toGraphJson());
  }

  @Test
  void toGraphJson_base_isRefused() {
    PlainVariable c = PlainVariable.Categorical.of("c", 2);
    PlainCircuit circuit = new PlainCircuit(List.of(c), List.of(new PlainNode.Base(0)), 0);
    assertThrows(IllegalArgumentException.class, circuit::toGraphJson);
  }

  @Test
  void constructor_childAfterParent_isRefused() {
    PlainVariable c = PlainVariable.Categorical.of("c", 2);
    List<PlainNode> nodes = List.of(new PlainNode.Product(new int[] {0}));
    IllegalArgumentException error =
        assertThrows(IllegalArgumentException.class, () -> new PlainCircuit(List.of(c), nodes, 0));
    assertEquals("node 0: child 0 is not an earlier node", error.getMessage());
  }
}
