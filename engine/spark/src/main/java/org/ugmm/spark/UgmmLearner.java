package org.ugmm.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.SparkContext;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.types.StructType;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.Precision;

/**
 * Learns the parameters of a circuit from a table by expectation maximisation: a Spark estimator.
 *
 * <p>It starts from a circuit, which brings the structure: one that {@code ugmm train} found on a
 * sample of the table, or any other that is smooth and decomposable without links. First come, if
 * asked for, epochs over a sample at the driver, then epochs in which each few partitions are a
 * small batch (rescaled steps, arXiv:2505.19982), then steps of EM with all rows. Columns bind as
 * for {@link UgmmModel}; missing cells and variables without a column are integrated out.
 *
 * <p>Counts are added up in the order of the partitions, so that the result depends on how the
 * table is cut, on the seed and the parameters, but neither on executors nor on retries: same bits.
 * Full steps with other partitions differ by rounding. Not thread-safe.
 */
public final class UgmmLearner extends Estimator<UgmmModel> implements MLWritable {
  private static final long serialVersionUID = 1;

  private final String uid;
  private final SharedCircuit start;
  private final IntParam steps;
  private final DoubleParam tolerance;
  private final IntParam epochs;
  private final IntParam batchPartitions;
  private final DoubleParam stepFrom;
  private final DoubleParam stepTo;
  private final IntParam sampleRows;
  private final IntParam sampleEpochs;
  private final DoubleParam pseudoCount;
  private final DoubleParam scalePseudoCount;
  private final DoubleParam relativeScaleFloor;
  private final Param<String> precision;
  private final LongParam seed;
  private final Param<String> weightCol;
  private final Param<String> checkpointDir;

  /** A learner that starts from a circuit. */
  public UgmmLearner(Circuit start) {
    this(Identifiable$.MODULE$.randomUID("ugmmLearner"), SharedCircuit.of("the circuit", start));
  }

  UgmmLearner(String uid, SharedCircuit start) {
    this.uid = uid;
    this.start = start;
    steps = new IntParam(this, "steps", "steps of EM with all rows");
    tolerance =
        new DoubleParam(
            this,
            "tolerance",
            "stops when a step with all rows raised the mean log-likelihood by less; 0 for never");
    epochs = new IntParam(this, "epochs", "passes over the rows in small batches, before");
    batchPartitions = new IntParam(this, "batchPartitions", "partitions of a small batch");
    stepFrom = new DoubleParam(this, "stepFrom", "size of the first step of an epoch, to 1");
    stepTo = new DoubleParam(this, "stepTo", "size of the last step of the epochs");
    sampleRows =
        new IntParam(
            this, "sampleRows", "rows that the driver sees: for pseudo-counts, floors and epochs");
    sampleEpochs = new IntParam(this, "sampleEpochs", "epochs over the sample, before all else");
    pseudoCount = new DoubleParam(this, "pseudoCount", "see LearnOptions");
    scalePseudoCount = new DoubleParam(this, "scalePseudoCount", "see LearnOptions");
    relativeScaleFloor = new DoubleParam(this, "relativeScaleFloor", "see LearnOptions");
    precision = new Param<>(this, "precision", "of values and flows: double or float");
    seed = new LongParam(this, "seed", "of the sample and the order of batches");
    weightCol = new Param<>(this, "weightCol", "column of the weights of rows; empty for 1");
    checkpointDir =
        new Param<>(
            this, "checkpointDir", "folder to which each step goes, and from which to resume");
    setDefault(steps, 10);
    setDefault(tolerance, 0.0);
    setDefault(epochs, 0);
    setDefault(batchPartitions, 1);
    setDefault(stepFrom, 0.5);
    setDefault(stepTo, 0.05);
    setDefault(sampleRows, 10_000);
    setDefault(sampleEpochs, 0);
    setDefault(pseudoCount, 0.1);
    setDefault(scalePseudoCount, 1.0);
    setDefault(relativeScaleFloor, 0.01);
    setDefault(precision, "double");
    setDefault(seed, 1L);
    setDefault(weightCol, "");
    setDefault(checkpointDir, "");
  }

  /**
   * A learner that starts from a {@code .circuit} file on this machine.
   *
   * @throws IOException if it cannot be read
   * @throws org.ugmm.engine.data.CircuitException if it is not a valid circuit
   */
  public static UgmmLearner ofFile(String file) throws IOException {
    return new UgmmLearner(
        Identifiable$.MODULE$.randomUID("ugmmLearner"),
        new SharedCircuit(file, Files.readAllBytes(Path.of(file))));
  }

  /** Reads learners that were saved. */
  public static MLReader<UgmmLearner> read() {
    return new CircuitFiles.Reader<>(UgmmLearner.class, UgmmLearner::new);
  }

  /** Loads a learner that was saved. */
  public static UgmmLearner load(String path) {
    return read().load(path);
  }

  /** Saves the learner, the circuit that it starts from inside. */
  @Override
  public MLWriter write() {
    return new CircuitFiles.Writer(this, start);
  }

  @Override
  public String uid() {
    return uid;
  }

  /** Steps of EM with all rows; 10 unless set. */
  public IntParam steps() {
    return steps;
  }

  /** Sets {@link #steps()}. */
  public UgmmLearner setSteps(int value) {
    set(steps, value);
    return this;
  }

  /** A step that raised the mean log-likelihood by less than this is the last; 0 for never. */
  public DoubleParam tolerance() {
    return tolerance;
  }

  /** Sets {@link #tolerance()}. */
  public UgmmLearner setTolerance(double value) {
    set(tolerance, value);
    return this;
  }

  /** Passes over the rows in small batches before the steps with all rows; 0 unless set. */
  public IntParam epochs() {
    return epochs;
  }

  /** Sets {@link #epochs()}. */
  public UgmmLearner setEpochs(int value) {
    set(epochs, value);
    return this;
  }

  /** How many partitions are a small batch; 1 unless set. */
  public IntParam batchPartitions() {
    return batchPartitions;
  }

  /** Sets {@link #batchPartitions()}. */
  public UgmmLearner setBatchPartitions(int value) {
    set(batchPartitions, value);
    return this;
  }

  /** Size of the first step of the epochs, above 0 and at most 1; 0.5 unless set. */
  public DoubleParam stepFrom() {
    return stepFrom;
  }

  /** Sets {@link #stepFrom()}. */
  public UgmmLearner setStepFrom(double value) {
    set(stepFrom, value);
    return this;
  }

  /** Size of the last step of the epochs; those between are on a line; 0.05 unless set. */
  public DoubleParam stepTo() {
    return stepTo;
  }

  /** Sets {@link #stepTo()}. */
  public UgmmLearner setStepTo(double value) {
    set(stepTo, value);
    return this;
  }

  /**
   * About how many rows the driver sees, for pseudo-counts, floors and the epochs over the sample;
   * 10,000 unless set.
   */
  public IntParam sampleRows() {
    return sampleRows;
  }

  /** Sets {@link #sampleRows()}. */
  public UgmmLearner setSampleRows(int value) {
    set(sampleRows, value);
    return this;
  }

  /** Epochs over the sample at the driver before all else; 0 unless set. */
  public IntParam sampleEpochs() {
    return sampleEpochs;
  }

  /** Sets {@link #sampleEpochs()}. */
  public UgmmLearner setSampleEpochs(int value) {
    set(sampleEpochs, value);
    return this;
  }

  /**
   * Rows that sums and categorical leaves are taken to have seen, as in LearnOptions; 0.1 unless
   * set.
   */
  public DoubleParam pseudoCount() {
    return pseudoCount;
  }

  /** Sets {@link #pseudoCount()}. */
  public UgmmLearner setPseudoCount(double value) {
    set(pseudoCount, value);
    return this;
  }

  /** Rows that Gaussian leaves are taken to have seen, as in LearnOptions; 1 unless set. */
  public DoubleParam scalePseudoCount() {
    return scalePseudoCount;
  }

  /** Sets {@link #scalePseudoCount()}. */
  public UgmmLearner setScalePseudoCount(double value) {
    set(scalePseudoCount, value);
    return this;
  }

  /** Smallest scale over the deviation of its variable, as in LearnOptions; 0.01 unless set. */
  public DoubleParam relativeScaleFloor() {
    return relativeScaleFloor;
  }

  /** Sets {@link #relativeScaleFloor()}. */
  public UgmmLearner setRelativeScaleFloor(double value) {
    set(relativeScaleFloor, value);
    return this;
  }

  /** Precision of values and flows, double or float; double unless set. */
  public Param<String> precision() {
    return precision;
  }

  /** Sets {@link #precision()}. */
  public UgmmLearner setPrecision(String value) {
    set(precision, value);
    return this;
  }

  /** Seed of the sample and of the order of batches; 1 unless set. */
  public LongParam seed() {
    return seed;
  }

  /** Sets {@link #seed()}. */
  public UgmmLearner setSeed(long value) {
    set(seed, value);
    return this;
  }

  /** Column of the weights of rows; all are 1 where it is empty. */
  public Param<String> weightCol() {
    return weightCol;
  }

  /** Sets {@link #weightCol()}. */
  public UgmmLearner setWeightCol(String value) {
    set(weightCol, value);
    return this;
  }

  /**
   * Folder on any file system of Spark to which the circuit goes after each epoch and step; the
   * same call after a failure goes on from the last, to the same bits. Empty for none.
   */
  public Param<String> checkpointDir() {
    return checkpointDir;
  }

  /**
   * Sets {@link #checkpointDir()}. A run goes on from there where circuit, settings, number of
   * rows, weight and sample are those of an earlier one: after changes of rows outside the sample,
   * take another folder.
   */
  public UgmmLearner setCheckpointDir(String value) {
    set(checkpointDir, value);
    return this;
  }

  private int whole(IntParam param, int least) {
    int value = (Integer) getOrDefault(param);
    if (value < least) {
      throw new ArgumentException(
          "%s %d; expected at least %d".formatted(param.name(), value, least));
    }
    return value;
  }

  private double number(DoubleParam param) {
    return (Double) getOrDefault(param);
  }

  private EmRun.Settings settings() {
    String tier = getOrDefault(precision);
    if (!tier.equals("double") && !tier.equals("float")) {
      throw new ArgumentException("precision '%s'; expected double or float".formatted(tier));
    }
    for (DoubleParam step : List.of(stepFrom, stepTo)) {
      if (!(number(step) > 0 && number(step) <= 1)) {
        throw new ArgumentException(
            "%s %s; expected above 0, at most 1".formatted(step.name(), number(step)));
      }
    }
    return new EmRun.Settings(
        whole(steps, 0),
        number(tolerance),
        whole(epochs, 0),
        whole(batchPartitions, 1),
        number(stepFrom),
        number(stepTo),
        whole(sampleRows, 1),
        whole(sampleEpochs, 0),
        number(pseudoCount),
        number(scalePseudoCount),
        number(relativeScaleFloor),
        tier.equals("float") ? Precision.FLOAT : Precision.DOUBLE,
        (Long) getOrDefault(seed));
  }

  /**
   * Learns from a table. The page of Spark tells by the descriptions of jobs how far it is.
   *
   * @throws ArgumentException if the columns do not fit, a row cannot be read, there are no rows,
   *     or a column is missing in all of them
   * @throws org.ugmm.engine.data.CircuitException if the circuit cannot be learned
   */
  @Override
  public UgmmModel fit(Dataset<?> table) {
    EmRun.Settings settings = settings();
    SparkContext context = table.sparkSession().sparkContext();
    String before = context.getLocalProperty("spark.job.description");
    LearnedRows rows = new LearnedRows(table, start.circuit().variables(), getOrDefault(weightCol));
    try {
      EmRun run =
          new EmRun(table.sparkSession(), rows, settings, start, getOrDefault(checkpointDir));
      UgmmModel model =
          new UgmmModel(
              Identifiable$.MODULE$.randomUID("ugmm"), SharedCircuit.of("learned", run.learn()));
      return model.learnedBy(run.meanLogLikelihoods()).setParent(this);
    } finally {
      rows.release();
      context.setLocalProperty("spark.job.description", before);
    }
  }

  @Override
  public StructType transformSchema(StructType schema) {
    return new UgmmModel(start.circuit()).transformSchema(schema);
  }

  @Override
  public UgmmLearner copy(ParamMap extra) {
    return copyValues(new UgmmLearner(uid, start), extra);
  }
}
