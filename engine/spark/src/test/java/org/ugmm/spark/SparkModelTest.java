package org.ugmm.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.SparkException;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ugmm.engine.Batch;
import org.ugmm.engine.BatchAnswers;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.CircuitException;

class SparkModelTest {
  private static final String ALL = "marginal,class,posterior=length,posterior=colour,mpe";
  private static final Circuit CIRCUIT = SparkTables.mixture();

  @TempDir private Path folder;

  @Test
  void answers_areThoseOfTheEngine() {
    double[] values = SparkTables.drawn(CIRCUIT, 300, 0, 1);
    UgmmModel model = new UgmmModel(CIRCUIT).setQuery(ALL);
    List<Row> rows =
        model.transform(SparkTables.table(CIRCUIT, values, 1)).orderBy("id").collectAsList();
    Inference inference = new Inference(CIRCUIT);
    Batch batch = Batch.of(CIRCUIT, values);
    BatchAnswers log = inference.marginal(batch);
    BatchAnswers kind = inference.posterior("kind", batch);
    BatchAnswers length = inference.posterior("length", batch);
    BatchAnswers mpe = inference.mpe(batch);
    String[] states = {"a", "b", "c"};
    for (int r = 0; r < rows.size(); r++) {
      Row row = rows.get(r);
      assertEquals(log.value(r, 0), row.<Double>getAs("logMarginal"));
      int best = 0;
      for (int s = 0; s < 3; s++) {
        assertEquals(kind.value(r, s), row.<Double>getAs("class:" + states[s]));
        best = kind.value(r, s) > kind.value(r, best) ? s : best;
      }
      assertEquals(states[best], row.getAs("class"));
      assertEquals(length.value(r, 0), row.<Double>getAs("length:mean"));
      assertEquals(length.value(r, 1), row.<Double>getAs("length:variance"));
      assertEquals(mpe.value(r, 0), row.<Double>getAs("mpe:length"));
      assertEquals(mpe.value(r, 4), row.<Double>getAs("logMpe"));
      assertEquals("EXACT", row.getAs("certificate"));
    }
  }

  @Test
  void anyPartitions_withHoles_andATaskThatFails_giveTheSameBits() {
    double[] values = SparkTables.drawn(CIRCUIT, 500, 0.3, 2);
    UgmmModel model = new UgmmModel(CIRCUIT).setQuery(ALL + ",impute");
    List<String> one = SparkTables.rows(model.transform(SparkTables.table(CIRCUIT, values, 1)));
    for (int partitions : new int[] {2, 4, 7}) {
      Dataset<Row> table = SparkTables.table(CIRCUIT, values, partitions);
      assertEquals(one, SparkTables.rows(model.transform(table)), partitions + " partitions");
    }
    Dataset<Row> table = SparkTables.table(CIRCUIT, values, 4);
    MapPartitionsFunction<Row, Row> failing =
        rows -> {
          TaskContext task = TaskContext.get();
          if (task.partitionId() == 1 && task.attemptNumber() == 0) {
            throw new IllegalStateException("killed by the test");
          }
          return rows;
        };
    Dataset<Row> answers = model.transform(table);
    assertEquals(
        one, SparkTables.rows(answers.mapPartitions(failing, Encoders.row(answers.schema()))));
    Dataset<Row> broken = table.mapPartitions(failing, Encoders.row(table.schema()));
    assertEquals(one, SparkTables.rows(model.transform(broken)));
  }

  @Test
  void impute_fillsHolesInPlace_andSaysHowSure() {
    double nan = Double.NaN;
    double[] values = {0.5, 4, 1, 0, nan, 4, 1, 0, 0.5, nan, nan, nan};
    UgmmModel model = new UgmmModel(CIRCUIT).setQuery("impute");
    Dataset<Row> filled = model.transform(SparkTables.table(CIRCUIT, values, 1));
    assertArrayEquals(
        new String[] {"id", "length", "width", "colour", "kind"},
        Arrays.copyOf(filled.columns(), 5));
    assertEquals(filled.schema(), model.transformSchema(SparkTables.schema(CIRCUIT)));
    List<Row> rows = filled.orderBy("id").collectAsList();
    assertEquals(0.5, rows.get(0).<Double>getAs("length"));
    assertTrue(rows.get(0).isNullAt(rows.get(0).fieldIndex("length:sd")));
    Inference inference = new Inference(CIRCUIT);
    BatchAnswers length = inference.posterior("length", Batch.of(CIRCUIT, values).slice(1, 1));
    assertEquals(length.value(0, 0), rows.get(1).<Double>getAs("length"));
    assertEquals(Math.sqrt(length.value(0, 1)), rows.get(1).<Double>getAs("length:sd"));
    assertEquals("a", rows.get(2).getAs("kind"));
    assertTrue(rows.get(2).<Double>getAs("kind:probability") > 0.5);
    List<Row> together =
        new UgmmModel(CIRCUIT)
            .setQuery("impute=mpe")
            .transform(SparkTables.table(CIRCUIT, values, 1))
            .orderBy("id")
            .collectAsList();
    BatchAnswers mpe = inference.mpe(Batch.of(CIRCUIT, values).slice(2, 1));
    assertEquals(mpe.value(0, 1), together.get(2).<Double>getAs("width"));
  }

  @Test
  void rowsThatCannotBeRead_areErrors_andStopNoOther() {
    Dataset<Row> table =
        SparkTables.session()
            .createDataFrame(
                List.of(
                    RowFactory.create(0, 1.0, 4.0, "purple", null),
                    RowFactory.create(1, Double.POSITIVE_INFINITY, 4.0, "red", null),
                    RowFactory.create(2, 1.0, null, null, null),
                    RowFactory.create(3, 1e300, 1e300, "red", null)),
                SparkTables.schema(CIRCUIT))
            .coalesce(1);
    UgmmModel model = new UgmmModel(CIRCUIT);
    List<Row> rows = model.transform(table).orderBy("id").collectAsList();
    assertEquals("ERROR", rows.get(0).getAs("certificate"));
    assertEquals(
        "column 'colour': 'purple' is no state of it; expected one of red, green, blue",
        rows.get(0).getAs("note"));
    assertEquals("ERROR", rows.get(1).getAs("certificate"));
    assertEquals("column 'length': Infinity; expected a finite number", rows.get(1).getAs("note"));
    assertEquals("EXACT", rows.get(2).getAs("certificate"));
    assertEquals("REFUSED", rows.get(3).getAs("certificate"));
    assertTrue(rows.get(3).<String>getAs("note").startsWith("rounding may change"));
    assertEquals("REFUSED", rows.get(3).getAs("certificate"));
    assertTrue(rows.get(3).<String>getAs("note").startsWith("rounding may change"));
    assertTrue(rows.get(0).isNullAt(rows.get(0).fieldIndex("class")));
    assertFalse(rows.get(2).isNullAt(rows.get(2).fieldIndex("class")));
    SparkException e =
        assertThrows(SparkException.class, () -> model.setStrict(true).transform(table).collect());
    assertTrue(e.getMessage().contains("'purple' is no state of it"), e.getMessage());
    List<Row> incomplete =
        new UgmmModel(CIRCUIT).setQuery("log-density").transform(table).collectAsList();
    assertEquals("ERROR", incomplete.get(2).getAs("certificate"));
  }

  @Test
  void columnsThatDoNotFit_areSaidBeforeAnyJob() {
    Dataset<Row> table = SparkTables.table(CIRCUIT, SparkTables.drawn(CIRCUIT, 3, 0, 1), 1);
    UgmmModel model = new UgmmModel(CIRCUIT);
    assertMessage(
        "no column of the table [a, b] is a variable of the circuit [length, width, colour, kind];"
            + " rename the columns",
        () -> model.transform(table.selectExpr("id as a", "id as b")));
    assertMessage(
        "column 'length' has the type string; the variable is real: cast it to double",
        () -> model.transform(table.selectExpr("'x' as length", "width")));
    assertMessage(
        "column 'colour' has the type array<int>; the variable is categorical: cast it to string",
        () -> model.transform(table.selectExpr("array(1) as colour", "width")));
    assertMessage(
        "column 'x' is to be kept; the table has [id, length, width, colour, kind]",
        () -> new UgmmModel(CIRCUIT).setKeepColumns("x").transform(table));
    assertMessage(
        "the answers have a column 'class', and so has the table or another answer; rename it, or"
            + " name the columns to keep",
        () -> model.transform(table.withColumnRenamed("id", "class")));
    assertMessage(
        "query 'likelihood'; expected log-density, marginal, class, posterior=NAME, mpe, impute or"
            + " impute=mpe, several separated by commas",
        () -> model.setQuery("likelihood"));
  }

  private static void assertMessage(String expected, Runnable call) {
    assertEquals(expected, assertThrows(ArgumentException.class, call::run).getMessage());
  }

  @Test
  void emptyPartitions_allNullColumns_andNumbersAsStates_areAnswered() {
    Dataset<Row> table =
        SparkTables.table(CIRCUIT, SparkTables.drawn(CIRCUIT, 5, 0, 1), 1)
            .selectExpr("id", "length", "cast(null as double) as width", "0 as colour", "kind");
    UgmmModel model = new UgmmModel(CIRCUIT).setKeepColumns("id");
    List<String> one = SparkTables.rows(model.transform(table));
    assertEquals(one, SparkTables.rows(model.transform(table.repartition(9))));
    assertEquals(
        one,
        SparkTables.rows(
            model.transform(table.withColumn("colour", table.col("colour").cast("double")))));
    assertEquals(
        one,
        SparkTables.rows(model.transform(table.drop("width").selectExpr("*", "null as width"))));
    assertEquals(0, model.transform(table.filter("id < 0")).count());
  }

  @Test
  void onlyNeededColumns_areReadFromParquet() {
    String path = folder.resolve("t.parquet").toString();
    SparkTables.table(CIRCUIT, SparkTables.drawn(CIRCUIT, 20, 0, 1), 1)
        .selectExpr("*", "'much text' as text")
        .write()
        .parquet(path);
    Dataset<Row> table = SparkTables.session().read().parquet(path);
    Dataset<Row> answers = new UgmmModel(CIRCUIT).setKeepColumns("id").transform(table);
    String plan = answers.queryExecution().executedPlan().toString();
    String read = plan.substring(plan.indexOf("ReadSchema"));
    assertTrue(read.contains("length") && read.contains("colour"), read);
    assertFalse(read.contains("text") || read.contains("kind"), read);
    assertEquals(20, answers.count());
  }

  @Test
  void sqlFunction_answersAsTheTransformer() {
    Dataset<Row> table = SparkTables.table(CIRCUIT, SparkTables.drawn(CIRCUIT, 40, 0.2, 3), 2);
    UgmmModel model = new UgmmModel(CIRCUIT).setKeepColumns("id");
    model.register(SparkTables.session(), "ugmm");
    table.createOrReplaceTempView("t");
    Dataset<Row> answers =
        SparkTables.session()
            .sql("SELECT id, answer.* FROM (SELECT id, ugmm(struct(*)) AS answer FROM t)");
    assertEquals(SparkTables.rows(model.transform(table)), SparkTables.rows(answers));
  }

  @Test
  void saved_isLoaded_aloneAndInAPipeline() throws IOException {
    Dataset<Row> table = SparkTables.table(CIRCUIT, SparkTables.drawn(CIRCUIT, 10, 0.2, 3), 1);
    UgmmModel model = new UgmmModel(CIRCUIT).setQuery("marginal,class").setKeepColumns("id");
    String path = folder.resolve("model").toString();
    model.write().overwrite().save(path);
    UgmmModel loaded = UgmmModel.load(path);
    assertEquals(model.uid(), loaded.uid());
    assertEquals(
        SparkTables.rows(model.transform(table)), SparkTables.rows(loaded.transform(table)));
    Path file = Path.of(path, "model.circuit");
    assertEquals(CIRCUIT.toString(), Circuit.load(file).toString());

    PipelineModel pipeline = new Pipeline().setStages(new PipelineStage[] {model}).fit(table);
    String other = folder.resolve("pipeline").toString();
    pipeline.write().save(other);
    assertEquals(
        SparkTables.rows(model.transform(table)),
        SparkTables.rows(PipelineModel.load(other).transform(table)));

    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 4;
    Files.write(file, bytes);
    Files.deleteIfExists(Path.of(path, ".model.circuit.crc"));
    CircuitException e = assertThrows(CircuitException.class, () -> UgmmModel.load(path));
    assertTrue(e.getMessage().contains("model.circuit: CRC-32C"), e.getMessage());
    assertTrue(e.getMessage().contains("the file is damaged"), e.getMessage());
    assertThrows(CircuitException.class, () -> UgmmModel.ofFile(file.toString()));
  }

  @Test
  void integersAndDecimals_areNumbers() {
    Dataset<Row> table =
        SparkTables.table(CIRCUIT, new double[] {2, 3, 1, 0}, 1)
            .withColumn("length", org.apache.spark.sql.functions.lit(2).cast(DataTypes.ShortType));
    UgmmModel model = new UgmmModel(CIRCUIT).setKeepColumns("id");
    List<String> expected = SparkTables.rows(model.transform(table));
    for (String type : List.of("int", "float", "decimal(10,3)", "double", "bigint")) {
      assertEquals(
          expected,
          SparkTables.rows(
              model.transform(table.withColumn("length", table.col("length").cast(type)))),
          type);
    }
  }
}
