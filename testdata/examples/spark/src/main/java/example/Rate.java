package example;

import java.util.Locale;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.ugmm.spark.UgmmModel;

/** How many rows a second a model answers, from Parquet to Parquet. */
public final class Rate {
  private static final int PASSES = 3;

  private Rate() {}

  /**
   * Runs the measurement.
   *
   * @param args a circuit with a class variable, a table as CSV, how many rows to make of it by
   *     repeats, a folder for what comes out
   */
  public static void main(String[] args) throws Exception {
    String in = args[3] + "/rows.parquet";
    SparkSession spark = SparkSession.builder().appName("rate").getOrCreate();
    Dataset<Row> once =
        spark.read().option("header", "true").option("inferSchema", "true").csv(args[1]);
    long times = Long.parseLong(args[2]) / once.count();
    long numRows = times * once.count();
    spark.range(0, times, 1, 8).crossJoin(once).drop("id").write().mode("overwrite").parquet(in);

    UgmmModel model = UgmmModel.ofFile(args[0]).setQuery("class");
    for (int pass = 1; pass <= PASSES; pass++) {
      long start = System.nanoTime();
      model
          .transform(spark.read().parquet(in))
          .write()
          .mode("overwrite")
          .parquet(args[3] + "/classes.parquet");
      double seconds = (System.nanoTime() - start) / 1e9;
      System.gc();
      Runtime heap = Runtime.getRuntime();
      System.out.printf(
          Locale.ROOT,
          "pass %d: %.1f s, %.0f rows/s, %d MB of heap in use after it%n",
          pass,
          seconds,
          numRows / seconds,
          (heap.totalMemory() - heap.freeMemory()) >> 20);
    }
    spark.stop();
  }
}
