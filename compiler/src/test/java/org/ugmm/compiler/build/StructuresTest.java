package org.ugmm.compiler.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.CircuitBuilder;
import org.ugmm.engine.data.TrainingData;

final class StructuresTest {
  private static final List<Structure> ALL =
      List.of(
          new Mixture(1),
          new Mixture(3),
          new HiddenTree(1, false),
          new HiddenTree(4, false),
          new HiddenTree(3, true),
          new Grid(3, 4, 3),
          new Forest(0),
          new Forest(2),
          new RandomRegions(3, 2));

  /** Smooth, decomposable, integral 1, and a start that is finite on every row it saw. */
  @Test
  void every_structure_is_a_distribution() {
    for (double missing : new double[] {0, 0.4}) {
      for (Structure structure : ALL) {
        TrainingData data = SampleTables.mixed(60, 12, missing, 7);
        Circuit circuit = build(structure, data, 12);
        String label = structure.label();
        assertTrue(circuit.structure().isSmooth(), label);
        assertTrue(circuit.structure().isDecomposable(), label);
        assertEquals(0, circuit.normaliser().logZ(), 1e-12, label);
        for (double log : new Rows(circuit, data).logs()) {
          assertTrue(Double.isFinite(log), label + ": " + log);
        }
      }
    }
  }

  /** The start is already a good guess: far better than independent columns. */
  @Test
  void a_start_knows_the_groups_of_the_data() {
    TrainingData data = SampleTables.mixed(500, 12, 0.1, 3);
    double independent = SampleTables.mean(new Rows(build(new Mixture(1), data, 12), data).logs());
    for (Structure structure : List.of(new Mixture(4), new HiddenTree(4, false))) {
      double mean = SampleTables.mean(new Rows(build(structure, data, 12), data).logs());
      assertTrue(mean > independent + 1, structure.label() + " " + mean + " " + independent);
    }
  }

  @Test
  void a_forest_is_deterministic() {
    for (int depth : new int[] {0, 1, 3}) {
      Circuit circuit = build(new Forest(depth), SampleTables.mixed(300, 9, 0.1, 2), 9);
      assertTrue(circuit.structure().isDeterministic(), "depth " + depth);
    }
  }

  /** What a candidate is thought to cost is what it costs, to a factor of two. */
  @Test
  void weights_are_foreseen() {
    TrainingData data = SampleTables.mixed(200, 12, 0, 1);
    for (Structure structure : ALL.stream().filter(Structure::isLearned).toList()) {
      double edges = build(structure, data, 12).numEdges();
      double foreseen = structure.numWeights(12);
      assertTrue(
          edges < 2 * foreseen + 20 && foreseen < 2 * edges + 20,
          structure.label() + ": " + edges + " " + foreseen);
    }
  }

  @Test
  void one_column_and_one_row_are_enough() {
    for (Structure structure : List.of(new Mixture(3), new HiddenTree(3, false))) {
      TrainingData data = SampleTables.mixed(1, 1, 0, 1);
      Circuit circuit = build(structure, data, 1);
      assertEquals(0, circuit.normaliser().logZ(), 1e-12);
      assertTrue(Double.isFinite(new Rows(circuit, data).logs()[0]));
    }
  }

  static Circuit build(Structure structure, TrainingData data, int numColumns) {
    CircuitBuilder builder = Circuit.builder(data.variables());
    int[] columns = IntStream.range(0, numColumns).toArray();
    return builder.build(structure.addTo(builder, new Cloud(data), columns, 5));
  }
}
