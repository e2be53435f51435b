package org.ugmm.spark;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.CircuitBuilder;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.Variable;

/** A small circuit, tables of its rows, and the session of the tests. */
final class SparkTables {
  private SparkTables() {}

  /** One session for all tests of a JVM: a task may fail twice before its job does. */
  static SparkSession session() {
    SparkSession session =
        SparkSession.builder()
            .master("local[2,3]")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.sql.shuffle.partitions", "2")
            .getOrCreate();
    session.sparkContext().setLogLevel("OFF");
    return session;
  }

  /** A mixture of three components over two reals and two categoricals, one of them the class. */
  static Circuit mixture() {
    List<Variable> variables =
        List.of(
            Variable.real("length"),
            Variable.real("width"),
            Variable.categorical("colour", "red", "green", "blue"),
            Variable.categorical("kind", "a", "b", "c"));
    CircuitBuilder b = Circuit.builder(variables);
    int[] components = new int[3];
    for (int k = 0; k < 3; k++) {
      double[] colour = {0.2, 0.3, 0.5};
      double[] kind = {0.05, 0.05, 0.05};
      kind[k] = 0.9;
      components[k] =
          b.product(
              b.gaussian(0, 2.0 * k, 1 + 0.3 * k),
              b.gaussian(1, 5 - k, 0.7),
              b.categoricalLinear(2, colour[k % 3], colour[(k + 1) % 3], colour[(k + 2) % 3]),
              b.categoricalLinear(3, kind));
    }
    return b.build(b.sumLinear(components, new double[] {0.5, 0.3, 0.2})).withClassVariable("kind");
  }

  /** Rows drawn from a circuit; row-major, NaN with a probability. */
  static double[] drawn(Circuit circuit, int numRows, double missing, long seed) {
    double[] rows = new Inference(circuit).sample(new Evidence(circuit), numRows, seed);
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < rows.length; i++) {
      rows[i] = random.nextDouble() < missing ? Double.NaN : rows[i];
    }
    return rows;
  }

  /**
   * A table of rows with a column {@code id} first, cut into even partitions; states are text,
   * missing reals NaN or null.
   */
  static Dataset<Row> table(Circuit circuit, double[] values, int numPartitions) {
    int n = circuit.numVariables();
    List<Row> rows = new ArrayList<>();
    for (int r = 0; r < values.length / n; r++) {
      Object[] cells = new Object[n + 1];
      cells[0] = r;
      for (int v = 0; v < n; v++) {
        double x = values[r * n + v];
        if (!(circuit.variables().get(v) instanceof Variable.Categorical categorical)) {
          cells[v + 1] = Double.isNaN(x) && r % 2 == 0 ? null : (Object) x;
        } else if (!Double.isNaN(x)) {
          cells[v + 1] = categorical.states().get((int) x);
        }
      }
      rows.add(RowFactory.create(cells));
    }
    JavaSparkContext context = JavaSparkContext.fromSparkContext(session().sparkContext());
    return session().createDataFrame(context.parallelize(rows, numPartitions), schema(circuit));
  }

  static StructType schema(Circuit circuit) {
    List<StructField> fields = new ArrayList<>();
    fields.add(DataTypes.createStructField("id", DataTypes.IntegerType, false));
    for (Variable variable : circuit.variables()) {
      fields.add(
          DataTypes.createStructField(
              variable.name(),
              variable instanceof Variable.Categorical
                  ? DataTypes.StringType
                  : DataTypes.DoubleType,
              true));
    }
    return DataTypes.createStructType(fields);
  }

  /** Rows in the order of their {@code id}, as text that shows every bit of a double. */
  static List<String> rows(Dataset<Row> table) {
    return table.collectAsList().stream()
        .sorted(
            (a, b) -> Integer.compare(a.getInt(a.fieldIndex("id")), b.getInt(b.fieldIndex("id"))))
        .map(
            row ->
                Arrays.toString(
                    IntStream.range(0, row.size())
                        .mapToObj(row::get)
                        .map(SparkTables::bits)
                        .toArray()))
        .toList();
  }

  private static Object bits(Object cell) {
    return cell instanceof Double x ? Double.toHexString(x) : String.valueOf(cell);
  }
}
