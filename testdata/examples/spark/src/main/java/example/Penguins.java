package example;

import java.util.Arrays;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.ugmm.spark.UgmmLearner;
import org.ugmm.spark.UgmmModel;

/** Learns from a table in Parquet, asks about each of its rows, and fills its holes. */
public final class Penguins {
  private Penguins() {}

  /**
   * Runs the example.
   *
   * @param args a circuit to start from, a table as CSV, a folder for what comes out
   */
  public static void main(String[] args) throws Exception {
    String out = args[2];
    SparkSession spark = SparkSession.builder().appName("penguins").getOrCreate();

    // Parquet in: what a cluster would have already
    spark
        .read()
        .option("header", "true")
        .option("inferSchema", "true")
        .option("nullValue", "NA")
        .csv(args[1])
        .repartition(4)
        .write()
        .mode("overwrite")
        .parquet(out + "/penguins.parquet");
    Dataset<Row> table = spark.read().parquet(out + "/penguins.parquet");

    // learn
    UgmmModel model = UgmmLearner.ofFile(args[0]).setSteps(20).fit(table);
    double[] logs = model.meanLogLikelihoods();
    System.out.printf(
        "%d steps, mean log-likelihood %.3f to %.3f%n",
        logs.length, logs[0], logs[logs.length - 1]);
    model.write().overwrite().save(out + "/model");

    // score: the class of each row, as if it were not known
    UgmmModel loaded = UgmmModel.load(out + "/model").setQuery("class");
    loaded.transform(table).write().mode("overwrite").parquet(out + "/classes.parquet");
    Dataset<Row> classes = spark.read().parquet(out + "/classes.parquet");
    System.out.printf(
        "%d of %d right%n", classes.filter("class = species").count(), classes.count());

    // impute
    loaded
        .setQuery("impute")
        .transform(table)
        .write()
        .mode("overwrite")
        .parquet(out + "/filled.parquet");
    Dataset<Row> filled = spark.read().parquet(out + "/filled.parquet");
    System.out.printf(
        "%d rows with a hole in body_mass_g before, %d after; columns %s%n",
        table.filter("body_mass_g is null").count(),
        filled.filter("body_mass_g is null").count(),
        Arrays.toString(filled.columns()));
    spark.stop();
  }
}
