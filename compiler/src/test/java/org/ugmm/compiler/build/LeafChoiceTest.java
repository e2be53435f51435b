package org.ugmm.compiler.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.TrainingData;
import org.ugmm.engine.data.Variable;

class LeafChoiceTest {
  private static final List<Variable> VARIABLES =
      List.of(
          Variable.real("normal"),
          Variable.real("skewed"),
          Variable.real("withZeros"),
          Variable.count("few"),
          Variable.categorical("c", "a", "b"));

  private static TrainingData data(int numRows, int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    TrainingData.Builder builder = TrainingData.builder(VARIABLES);
    for (int r = 0; r < numRows; r++) {
      double skewed = Math.exp(1.2 * Cloud.gaussian(random));
      double few = 0;
      for (double left = 4; (left += Math.log(random.nextDouble())) > 0; ) {
        few++;
      }
      builder.addRow(
          new double[] {10 + Cloud.gaussian(random), skewed, r % 7 == 0 ? 0 : skewed, few, r % 2});
    }
    return builder.build();
  }

  @Test
  void families_are_those_that_describe_each_column_best() {
    LeafChoice choice = LeafChoice.of(List.of(data(600, 1)));
    assertEquals(NodeKind.GAUSSIAN, choice.of(0));
    assertEquals(NodeKind.LOG_NORMAL, choice.of(1));
    assertEquals(NodeKind.GAUSSIAN, choice.of(2), "a log-normal leaf would forbid 0");
    assertEquals(NodeKind.POISSON, choice.of(3));
    assertEquals(NodeKind.CATEGORICAL, choice.of(4));
  }

  @Test
  void every_structure_learns_such_columns() {
    TrainingData data = data(200, 2);
    TrainingData test = data(200, 3);
    for (String family : new String[] {"mixture", "tree", "random", "forest"}) {
      TrainOptions options =
          TrainOptions.DEFAULT
              .withFamily(Family.parse(family), 2)
              .withEpochs(5)
              .withClassVariable("c")
              .withBudget(3e6, Long.MAX_VALUE)
              .withLearn(TrainOptions.DEFAULT.learn().withThreads(1));
      Circuit circuit = Training.of(data).learn(options).circuit();
      boolean hasCounts = false;
      boolean hasSkewed = false;
      for (int n = 0; n < circuit.numNodes(); n++) {
        hasCounts |= circuit.kind(n) == NodeKind.POISSON;
        hasSkewed |= circuit.kind(n) == NodeKind.LOG_NORMAL || circuit.kind(n) == NodeKind.GAMMA;
      }
      assertTrue(hasCounts && hasSkewed, family);
      double mean = SampleTables.mean(new Rows(circuit, test).logs());
      assertTrue(mean > -9, family + " " + mean);
    }
  }

  /**
   * The rows that a family is tried on may all have one value, whose logs have no spread at all.
   */
  @Test
  void a_column_of_one_value_but_for_one_row_is_learned() {
    for (double most : new double[] {0.3, 0.7, 1.7, 0.013}) {
      TrainingData.Builder builder = TrainingData.builder(List.of(Variable.real("x")));
      for (int r = 0; r < 120; r++) {
        builder.addRow(new double[] {r == 61 ? 50 : most});
      }
      TrainOptions options =
          TrainOptions.DEFAULT
              .withFamily(Family.parse("independent"), 0)
              .withEpochs(2)
              .withLearn(TrainOptions.DEFAULT.learn().withThreads(1));
      Circuit circuit = Training.of(builder.build()).learn(options).circuit();
      double log = new Rows(circuit, builder.build()).logs()[0];
      assertTrue(Double.isFinite(log), most + " " + log);
    }
  }
}
