package org.ugmm.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.StringArrayParam;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.Circuit;

/**
 * Answers questions about each row of a table by a circuit: a Spark transformer.
 *
 * <p>Columns bind to variables by name; null and NaN are missing; states are text, or numbers that
 * are their codes. Variables without a column are missing in every row. To the columns that are
 * kept come those of the answers, named as the command {@code ugmm score} names them, and always
 * {@code certificate} (EXACT, ENCLOSED, ESTIMATED, REFUSED, ERROR; the last two with empty answers)
 * and {@code note}. A row that is refused or in error stops nothing, unless {@link #strict}.
 *
 * <p>The bits of an answer depend on its row alone, not on partitions, executors or retries. The
 * circuit is broadcast once and read once a JVM; a task holds one tile of rows. Only the columns
 * that are needed or kept are read. Not thread-safe while parameters are set.
 */
public final class UgmmModel extends Model<UgmmModel> implements MLWritable {
  private static final long serialVersionUID = 1;

  private final String uid;
  private final SharedCircuit circuit;
  private final Param<String> query;
  private final StringArrayParam keepColumns;
  private final BooleanParam allowEstimates;
  private final BooleanParam strict;
  private double[] meanLogLikelihoods = {};

  private transient @Nullable Broadcast<SharedCircuit> broadcast;
  private transient @Nullable SparkContext broadcastBy;

  /** A model of a circuit; asks for the class where the circuit has one, else for the marginal. */
  public UgmmModel(Circuit circuit) {
    this(Identifiable$.MODULE$.randomUID("ugmm"), SharedCircuit.of("the circuit", circuit));
  }

  UgmmModel(String uid, SharedCircuit circuit) {
    this.uid = uid;
    this.circuit = circuit;
    query = new Param<>(this, "query", "what is asked of each row; " + Question.EXPECTED);
    keepColumns =
        new StringArrayParam(this, "keepColumns", "columns of the table that the answers keep");
    allowEstimates = new BooleanParam(this, "allowEstimates", "whether answers may be ESTIMATED");
    strict = new BooleanParam(this, "strict", "whether the first row without an answer fails");
    setDefault(query, circuit.circuit().classVariable() == null ? "marginal" : "class");
    setDefault(allowEstimates, false);
    setDefault(strict, false);
  }

  /**
   * A model of a {@code .circuit} file on this machine.
   *
   * @throws IOException if it cannot be read
   * @throws org.ugmm.engine.data.CircuitException if it is not a valid circuit
   */
  public static UgmmModel ofFile(String file) throws IOException {
    return new UgmmModel(
        Identifiable$.MODULE$.randomUID("ugmm"),
        new SharedCircuit(file, Files.readAllBytes(Path.of(file))));
  }

  /** Reads models that were saved. */
  public static MLReader<UgmmModel> read() {
    return new CircuitFiles.Reader<>(UgmmModel.class, UgmmModel::new);
  }

  /**
   * Loads a model that was saved, from any file system that Spark reads.
   *
   * @throws org.ugmm.engine.data.CircuitException if its circuit is damaged
   */
  public static UgmmModel load(String path) {
    return read().load(path);
  }

  /** Saves the model: a folder with Spark's metadata and the circuit, {@code model.circuit}. */
  @Override
  public MLWriter write() {
    return new CircuitFiles.Writer(this, circuit);
  }

  @Override
  public String uid() {
    return uid;
  }

  /** The circuit. */
  public Circuit circuit() {
    return circuit.circuit();
  }

  /**
   * Mean log-likelihood of the rows before each step by which the model was learned; empty of a
   * model that was loaded or not learned here.
   */
  public double[] meanLogLikelihoods() {
    return meanLogLikelihoods.clone();
  }

  UgmmModel learnedBy(double[] logs) {
    meanLogLikelihoods = logs.clone();
    return this;
  }

  /** What is asked: {@code marginal,class,posterior=x,mpe,impute}, one or several. */
  public Param<String> query() {
    return query;
  }

  /** Asks this. */
  public UgmmModel setQuery(String asked) {
    Question.parse(asked, circuit());
    set(query, asked);
    return this;
  }

  /** Columns of the table that are kept beside the answers; all unless given. */
  public StringArrayParam keepColumns() {
    return keepColumns;
  }

  /** Keeps these columns alone; others are read only where an answer needs them. */
  public UgmmModel setKeepColumns(String... columns) {
    set(keepColumns, columns);
    return this;
  }

  /** Whether answers may be ESTIMATED where nothing better is known. */
  public BooleanParam allowEstimates() {
    return allowEstimates;
  }

  /** Allows estimates. */
  public UgmmModel setAllowEstimates(boolean allows) {
    set(allowEstimates, allows);
    return this;
  }

  /** Whether the first row without an answer fails the job. */
  public BooleanParam strict() {
    return strict;
  }

  /** Fails at the first row without an answer, or not. */
  public UgmmModel setStrict(boolean isStrict) {
    set(strict, isStrict);
    return this;
  }

  private Scorer.Layout layout(StructType schema) {
    String[] keep = isSet(keepColumns) ? getOrDefault(keepColumns) : schema.fieldNames();
    return Scorer.Layout.of(schema, circuit(), getOrDefault(query), keep);
  }

  private boolean flag(BooleanParam param) {
    return (Boolean) getOrDefault(param);
  }

  /**
   * The table with its answers; nothing is computed before Spark asks for rows.
   *
   * @throws org.ugmm.engine.data.ArgumentException if the columns do not fit, said before any job
   */
  @Override
  public Dataset<Row> transform(Dataset<?> table) {
    Scorer.Layout layout = layout(table.schema());
    SparkContext context = table.sparkSession().sparkContext();
    Scorer.Counters counters =
        new Scorer.Counters(
            context.longAccumulator("ugmm rows"),
            context.longAccumulator("ugmm refused rows"),
            context.longAccumulator("ugmm error rows"));
    Scorer scorer =
        new Scorer(broadcast(context), layout, counters, flag(allowEstimates), flag(strict));
    return table
        .select(columns(layout.input()))
        .mapPartitions(scorer, Encoders.row(layout.output()))
        .select(columns(inOrder(table.schema(), layout.output())));
  }

  /** Names of the columns of the answers; those that were filled stand where they stood. */
  private static List<String> inOrder(StructType before, StructType after) {
    LinkedHashSet<String> names = new LinkedHashSet<>(Arrays.asList(before.fieldNames()));
    names.retainAll(Arrays.asList(after.fieldNames()));
    names.addAll(Arrays.asList(after.fieldNames()));
    return List.copyOf(names);
  }

  private static Column[] columns(List<String> names) {
    return names.stream().map(UgmmModel::column).toArray(Column[]::new);
  }

  static Column column(String name) {
    return functions.col("`" + name.replace("`", "``") + "`");
  }

  private synchronized Broadcast<SharedCircuit> broadcast(SparkContext context) {
    Broadcast<SharedCircuit> sent = broadcast;
    if (sent == null || broadcastBy != context) {
      sent = JavaSparkContext.fromSparkContext(context).broadcast(circuit);
      broadcast = sent;
      broadcastBy = context;
    }
    return sent;
  }

  @Override
  public StructType transformSchema(StructType schema) {
    StructType output = layout(schema).output();
    return DataTypes.createStructType(
        inOrder(schema, output).stream().map(output::apply).toArray(StructField[]::new));
  }

  /**
   * Registers a function of SQL that answers one row, such as {@code SELECT ugmm(struct(*)).class
   * FROM t}: it takes a struct whose fields bind by name, and gives a struct of the answers. Rows
   * are asked one by one; {@link #transform} is faster.
   */
  public void register(SparkSession session, String name) {
    RowFunction function =
        new RowFunction(
            broadcast(session.sparkContext()), getOrDefault(query), flag(allowEstimates));
    session.udf().register(name, function, RowFunction.type(circuit(), getOrDefault(query)));
  }

  @Override
  public UgmmModel copy(ParamMap extra) {
    return copyValues(new UgmmModel(uid, circuit).learnedBy(meanLogLikelihoods), extra);
  }
}
