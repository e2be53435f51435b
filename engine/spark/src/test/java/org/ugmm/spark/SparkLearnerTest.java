package org.ugmm.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.CircuitBuilder;
import org.ugmm.engine.Learner;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.LearnOptions;
import org.ugmm.engine.data.Precision;
import org.ugmm.engine.data.TrainingData;
import org.ugmm.engine.data.Variable;

class SparkLearnerTest {
  private static final Circuit TRUTH = SparkTables.mixture();
  private static final int ROWS = 3000;

  @TempDir private Path folder;

  /** The structure of the truth with other parameters. */
  private static Circuit start() {
    CircuitBuilder b = Circuit.builder(TRUTH.variables());
    int[] components = new int[4];
    double third = 1.0 / 3;
    for (int k = 0; k < 4; k++) {
      components[k] =
          b.product(
              b.gaussian(0, 1 + k, 2),
              b.gaussian(1, 3 + 0.5 * k, 2),
              b.categoricalLinear(2, third, third, third),
              b.categoricalLinear(3, third, third, third));
    }
    return b.build(b.sumLinear(components, new double[] {0.25, 0.25, 0.25, 0.25}));
  }

  private static double[] values() {
    return SparkTables.drawn(TRUTH, ROWS, 0.1, 5);
  }

  private static TrainingData local(double[] values) {
    TrainingData.Builder builder = TrainingData.builder(TRUTH.variables()).doubles(0).doubles(1);
    for (int at = 0; at < values.length; at += 4) {
      builder.addRow(java.util.Arrays.copyOfRange(values, at, at + 4));
    }
    return builder.build();
  }

  private static Dataset<Row> failingOnce(Dataset<Row> table) {
    MapPartitionsFunction<Row, Row> failing =
        rows -> {
          TaskContext task = TaskContext.get();
          if (task.partitionId() == 1 && task.attemptNumber() == 0) {
            throw new IllegalStateException("killed by the test");
          }
          return rows;
        };
    return table.mapPartitions(failing, Encoders.row(table.schema()));
  }

  @Test
  void fullSteps_areThoseOfOneMachine() {
    double[] values = values();
    TrainingData data = local(values);
    Learner alone =
        new Learner(
            start(), data, LearnOptions.DEFAULT.withThreads(1).withPrecision(Precision.DOUBLE));
    List<Double> expected = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      expected.add(alone.fullStep());
    }
    for (int partitions : new int[] {1, 2, 4, 20}) {
      UgmmModel model =
          new UgmmLearner(start()).setSteps(8).fit(SparkTables.table(TRUTH, values, partitions));
      double[] logs = model.meanLogLikelihoods();
      for (int i = 0; i < 8; i++) {
        assertEquals(expected.get(i), logs[i], 1e-11, partitions + " partitions, step " + i);
      }
      Learner judge =
          new Learner(model.circuit(), data, LearnOptions.DEFAULT.withPrecision(Precision.DOUBLE));
      assertEquals(alone.meanLogLikelihood(data), judge.meanLogLikelihood(data), 1e-11);
    }
  }

  @Test
  void tasksThatFail_changeNoBit() {
    double[] values = values();
    for (int partitions : new int[] {4, 20}) {
      Dataset<Row> table = SparkTables.table(TRUTH, values, partitions);
      UgmmLearner learner = new UgmmLearner(start()).setEpochs(2).setSteps(3).setSampleEpochs(1);
      byte[] once = learner.fit(table).circuit().toBytes();
      assertArrayEquals(once, learner.fit(table).circuit().toBytes());
      assertArrayEquals(once, learner.fit(failingOnce(table)).circuit().toBytes());
    }
  }

  @Test
  void epochs_learn_andFloatLearnsTheSame() {
    double[] values = values();
    TrainingData data = local(values);
    Dataset<Row> table = SparkTables.table(TRUTH, values, 6);
    UgmmModel inDouble =
        new UgmmLearner(start()).setEpochs(3).setBatchPartitions(2).setSteps(4).fit(table);
    UgmmModel inFloat =
        new UgmmLearner(start())
            .setEpochs(3)
            .setBatchPartitions(2)
            .setSteps(4)
            .setPrecision("float")
            .fit(table);
    double before = mean(start(), data);
    double after = mean(inDouble.circuit(), data);
    assertTrue(after > before + 0.5, before + " to " + after);
    assertEquals(after, mean(inFloat.circuit(), data), 1e-4);
    double[] logs = inDouble.meanLogLikelihoods();
    for (int i = 4; i < logs.length; i++) {
      assertTrue(logs[i] >= logs[i - 1] - 1e-6, "step " + i);
    }
    assertEquals(
        4,
        new UgmmLearner(inDouble.circuit())
                .setSteps(50)
                .setTolerance(1e6)
                .fit(table)
                .meanLogLikelihoods()
                .length
            + 2);
  }

  private static double mean(Circuit circuit, TrainingData data) {
    return new Learner(circuit, data, LearnOptions.DEFAULT).meanLogLikelihood(data);
  }

  @Test
  void stopped_goesOnFromItsCheckpoint_toTheSameBits() throws IOException {
    Dataset<Row> table = SparkTables.table(TRUTH, values(), 3);
    UgmmLearner learner =
        new UgmmLearner(start()).setEpochs(1).setSteps(4).setCheckpointDir(folder.toString());
    UgmmModel whole = learner.fit(table);
    List<Path> files;
    try (Stream<Path> all = Files.list(folder)) {
      files =
          all.filter(f -> f.getFileName().toString().matches("[0-9a-f]+-\\d+\\.circuit"))
              .sorted(Comparator.naturalOrder())
              .toList();
    }
    assertEquals(5, files.size());
    Files.delete(files.get(4));
    Files.delete(files.get(3));
    UgmmModel resumed = learner.fit(table);
    assertArrayEquals(whole.circuit().toBytes(), resumed.circuit().toBytes());
    assertArrayEquals(whole.meanLogLikelihoods(), resumed.meanLogLikelihoods());
  }

  @Test
  void anotherTableOfAsManyRows_isNotAnsweredByTheCheckpointsOfTheFirst() {
    Dataset<Row> first = SparkTables.table(TRUTH, SparkTables.drawn(TRUTH, 100, 0, 1), 2);
    Dataset<Row> second = SparkTables.table(TRUTH, SparkTables.drawn(TRUTH, 100, 0, 2), 2);
    UgmmLearner learner = new UgmmLearner(start()).setEpochs(0).setSteps(2);
    byte[] expected = learner.fit(second).circuit().toBytes();
    learner.setCheckpointDir(folder.toString());
    learner.fit(first);
    assertArrayEquals(expected, learner.fit(second).circuit().toBytes());
  }

  @Test
  void tablesThatCannotBeLearned_areSaidAtTheDriver() {
    Dataset<Row> table = SparkTables.table(TRUTH, SparkTables.drawn(TRUTH, 30, 0, 1), 2);
    UgmmLearner learner = new UgmmLearner(start()).setSteps(1);
    assertMessage(
        "the table has no rows; nothing can be learned from it",
        () -> learner.fit(table.filter("id < 0")));
    assertMessage(
        "column 'width' is missing in all 30 rows; nothing can be learned of it: drop the column,"
            + " so that the variable is hidden",
        () -> learner.fit(table.selectExpr("length", "cast(null as double) as width")));
    Dataset<Row> odd =
        SparkTables.session()
            .createDataFrame(
                List.of(
                    RowFactory.create(0, 1.0, 4.0, "red", "a"),
                    RowFactory.create(1, 1.0, 4.0, "purple", "a"),
                    RowFactory.create(2, 1.0, 4.0, "pink", "a")),
                SparkTables.schema(TRUTH))
            .coalesce(1);
    assertMessage(
        "2 of 3 rows cannot be read; the first, partition 0, row 1: column 'colour': 'purple' is no"
            + " state of it; expected one of red, green, blue: correct or filter them",
        () -> learner.fit(odd));
    assertMessage(
        "steps -1; expected at least 0", () -> new UgmmLearner(start()).setSteps(-1).fit(table));
    assertMessage(
        "precision 'half'; expected double or float",
        () -> new UgmmLearner(start()).setPrecision("half").fit(table));
    assertMessage(
        "weight column 'w'; the table has [id, length, width, colour, kind]",
        () -> new UgmmLearner(start()).setWeightCol("w").fit(table));
  }

  private static void assertMessage(String expected, Runnable call) {
    assertEquals(expected, assertThrows(ArgumentException.class, call::run).getMessage());
  }

  @Test
  void weights_countRows_emptyPartitionsNothing_andHiddenVariablesAreIntegrated() {
    double[] values = SparkTables.drawn(TRUTH, 200, 0, 3);
    Dataset<Row> once = SparkTables.table(TRUTH, values, 1);
    Dataset<Row> weighted = once.selectExpr("*", "1 + id % 2 as weight");
    Dataset<Row> repeated = once.union(once.filter("id % 2 = 1")).repartition(1);
    UgmmLearner learner = new UgmmLearner(start()).setSteps(3);
    double[] logs = learner.fit(repeated).meanLogLikelihoods();
    double[] same =
        new UgmmLearner(start())
            .setSteps(3)
            .setWeightCol("weight")
            .fit(weighted)
            .meanLogLikelihoods();
    assertArrayEquals(logs, same, 1e-9);
    double[] spread = learner.fit(repeated.repartition(40)).meanLogLikelihoods();
    assertArrayEquals(logs, spread, 1e-9);
    Variable hidden = TRUTH.variables().get(1);
    double[] without = learner.fit(once.drop(hidden.name())).meanLogLikelihoods();
    assertTrue(without[2] > without[0], without[0] + " to " + without[2]);
  }

  @Test
  void saved_isLoaded_withItsStart() throws IOException {
    UgmmLearner learner = new UgmmLearner(start()).setSteps(2).setSeed(9);
    String path = folder.resolve("learner").toString();
    learner.write().save(path);
    UgmmLearner loaded = UgmmLearner.load(path);
    Dataset<Row> table = SparkTables.table(TRUTH, SparkTables.drawn(TRUTH, 100, 0, 3), 2);
    assertArrayEquals(
        learner.fit(table).circuit().toBytes(), loaded.fit(table).circuit().toBytes());
    assertTrue(loaded.explainParams().contains("seed: of the sample and the order of batches"));
  }
}
