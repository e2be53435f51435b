package org.ugmm.compiler.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;
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

  /** One column of so many values drawn from a family. */
  private static TrainingData column(Variable variable, int n, ToDoubleFunction<Random> drawn) {
    Random random = new Random(7);
    TrainingData.Builder builder = TrainingData.builder(List.of(variable));
    for (int r = 0; r < n; r++) {
      builder.addRow(new double[] {drawn.applyAsDouble(random)});
    }
    return builder.build();
  }

  private static NodeKind chosen(Variable variable, int n, ToDoubleFunction<Random> drawn) {
    return LeafChoice.of(List.of(column(variable, n, drawn))).of(0);
  }

  private static double exponential(Random random) {
    return -Math.log(1 - random.nextDouble());
  }

  @Test
  void each_family_is_chosen_for_a_table_drawn_from_it() {
    Variable x = Variable.real("x");
    Variable share = Variable.real("x", 0, 1);
    Variable amount = Variable.real("x", 0, Double.POSITIVE_INFINITY);
    Variable count = Variable.count("x");
    int n = 1_000;
    assertEquals(NodeKind.GAUSSIAN, chosen(x, n, Random::nextGaussian));
    assertEquals(NodeKind.GAMMA, chosen(x, n, r -> exponential(r) + exponential(r)));
    assertEquals(NodeKind.LOG_NORMAL, chosen(x, n, r -> Math.exp(r.nextGaussian())));
    assertEquals(NodeKind.EXPONENTIAL, chosen(amount, n, LeafChoiceTest::exponential));
    assertEquals(NodeKind.LOG_NORMAL, chosen(amount, n, r -> Math.exp(r.nextGaussian())));
    assertEquals(NodeKind.UNIFORM, chosen(share, n, Random::nextDouble));
    assertEquals(NodeKind.HISTOGRAM, chosen(share, n, r -> Math.pow(r.nextDouble(), 4)));
    assertEquals(NodeKind.POISSON, chosen(count, n, LeafChoiceTest::poisson));
    assertEquals(NodeKind.HISTOGRAM, chosen(count, n, r -> r.nextInt(300)));
  }

  private static double poisson(Random random) {
    int count = 0;
    for (double left = 4; (left -= exponential(random)) > 0; ) {
      count++;
    }
    return count;
  }

  @Test
  void few_values_are_enough_where_the_evidence_is_strong() {
    Variable x = Variable.real("x");
    assertEquals(NodeKind.LOG_NORMAL, chosen(x, 30, r -> Math.exp(2.5 * r.nextGaussian())));
    assertEquals(NodeKind.GAUSSIAN, chosen(x, 30, r -> Math.exp(0.4 * r.nextGaussian())));
    assertEquals(NodeKind.GAUSSIAN, chosen(x, 1, r -> 3));
  }

  @Test
  void columns_with_a_domain_are_learned_within_it() {
    List<Variable> variables =
        List.of(
            Variable.real("share", 0, 1),
            Variable.real("amount", 0, Double.POSITIVE_INFINITY),
            Variable.real("other"));
    Random random = new Random(5);
    TrainingData.Builder builder = TrainingData.builder(variables);
    for (int r = 0; r < 300; r++) {
      double share = Math.pow(random.nextDouble(), 3);
      double amount = r % 9 == 0 ? 0 : 20 * share * exponential(random);
      builder.addRow(new double[] {share, r % 5 == 0 ? Double.NaN : amount, random.nextGaussian()});
    }
    TrainOptions options =
        TrainOptions.DEFAULT
            .withFamily(Family.parse("mixture"), 4)
            .withEpochs(5)
            .withLearn(TrainOptions.DEFAULT.learn().withThreads(1));
    Trained trained = Training.of(builder.build()).learn(options);
    assertTrue(trained.valid() > trained.baseline());
    Inference inference = new Inference(trained.circuit());
    Evidence beyond = new Evidence(trained.circuit()).interval("share", 1, 9);
    assertEquals(Double.NEGATIVE_INFINITY, inference.marginal(beyond).value());
    Evidence within = new Evidence(trained.circuit()).interval("share", 0, 1);
    assertEquals(0, inference.marginal(within).value(), 1e-12);
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
