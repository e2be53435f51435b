package org.ugmm.spark;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.LongAccumulator;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Learner;
import org.ugmm.engine.data.ExpectedCounts;
import org.ugmm.engine.data.LearnOptions;
import org.ugmm.engine.data.Precision;
import org.ugmm.engine.data.TrainingData;
import org.ugmm.engine.data.Variable;

/**
 * One run of a learner. Between two steps all that is known is a circuit and the number of the
 * step, so a run goes on from any of them: with the same bits as if it had not stopped.
 */
final class EmRun {
  private final SparkSession session;
  private final SparkContext context;
  private final LearnedRows rows;
  private final Settings settings;
  private final SharedCircuit start;
  private final @Nullable Path checkpoints;
  private final List<Double> logs = new ArrayList<>();
  private final LongAccumulator counted;
  private final LongAccumulator zero;

  /** How a learner learns; see the parameters of {@link UgmmLearner}. */
  record Settings(
      int steps,
      double tolerance,
      int epochs,
      int batchPartitions,
      double stepFrom,
      double stepTo,
      int sampleRows,
      int sampleEpochs,
      double pseudoCount,
      double scalePseudoCount,
      double relativeScaleFloor,
      Precision precision,
      long seed)
      implements Serializable {
    LearnOptions options(int threads) {
      return new LearnOptions(
          seed, threads, precision, pseudoCount, scalePseudoCount, relativeScaleFloor);
    }
  }

  /** See {@link #typical(TrainingData)}; of the sample, once it is read. */
  private double[] typical = new double[0];

  EmRun(
      SparkSession session,
      LearnedRows rows,
      Settings settings,
      SharedCircuit start,
      String checkpointDir) {
    this.session = session;
    this.rows = rows;
    this.settings = settings;
    this.start = start;
    context = session.sparkContext();
    checkpoints = checkpointDir.isEmpty() ? null : new Path(checkpointDir);
    counted = context.longAccumulator("ugmm rows counted");
    zero = context.longAccumulator("ugmm rows of probability zero");
  }

  /** Mean log-likelihood before each full step and each epoch of this run. */
  double[] meanLogLikelihoods() {
    return logs.stream().mapToDouble(x -> x).toArray();
  }

  Circuit learn() {
    context.setJobDescription("ugmm: reading the rows");
    LearnedRows.Size size = rows.summary();
    context.setJobDescription("ugmm: a sample of the rows");
    TrainingData sample = rows.sample(settings.sampleRows, settings.seed, size.rows());
    typical = typical(sample);
    int threads = Runtime.getRuntime().availableProcessors();
    SharedCircuit circuit = start;
    Learner first =
        Learner.ofSample(circuit.circuit(), sample, settings.options(threads), size.weight());
    String run =
        SharedCircuit.sha256(
                start.bytes(),
                (settings + " " + size + " " + rows.numPartitions() + " " + mark(sample))
                    .getBytes(StandardCharsets.UTF_8))
            .substring(0, 16);
    int last = settings.epochs + settings.steps;
    int done = checkpoints == null ? -1 : last;
    while (done >= 0 && !CircuitFiles.exists(session, file(run, done))) {
      done--;
    }
    if (done >= 0) {
      circuit = resumed(file(run, done));
    } else if (settings.sampleEpochs > 0) {
      for (int e = 0; e < settings.sampleEpochs; e++) {
        first.epoch(SAMPLE_BATCH, settings.stepFrom, settings.stepTo);
      }
      circuit = SharedCircuit.of("the circuit of the sample", first.circuit());
    }
    for (int at = Math.max(0, done); at < last && !isSettled(); at++) {
      circuit =
          at < settings.epochs ? epoch(circuit, at, sample, size) : full(circuit, at, sample, size);
      if (checkpoints != null) {
        Circuit kept = circuit.circuit().withCard(logs.toString());
        CircuitFiles.write(session, file(run, at + 1), kept.toBytes());
      }
    }
    return circuit.circuit().withCard(card(size));
  }

  /** Whether the last step with all rows gained less than the tolerance. */
  private boolean isSettled() {
    int n = logs.size();
    return settings.tolerance > 0
        && n - settings.epochs >= 2
        && logs.get(n - 1) - logs.get(n - 2) < settings.tolerance;
  }

  private SharedCircuit resumed(Path file) {
    SharedCircuit circuit = new SharedCircuit(file.toString(), CircuitFiles.read(session, file));
    String card = circuit.circuit().card();
    if (card != null) {
      for (String log : card.replaceAll("[\\[\\] ]", "").split(",", -1)) {
        logs.add(Double.parseDouble(log));
      }
    }
    return circuit;
  }

  /** Rows of a batch of the sample. */
  private static final int SAMPLE_BATCH = 256;

  private String card(LearnedRows.Size size) {
    return ("{\"learnedBy\": \"ugmm-spark\", \"rows\": %d, \"steps\": %d, \"epochs\": %d,"
            + " \"sampleEpochs\": %d, \"seed\": %d, \"precision\": \"%s\"}")
        .formatted(
            size.rows(),
            settings.steps,
            settings.epochs,
            settings.sampleEpochs,
            settings.seed,
            settings.precision.name().toLowerCase(Locale.ROOT));
  }

  private SharedCircuit full(
      SharedCircuit circuit, int at, TrainingData sample, LearnedRows.Size size) {
    int step = at - settings.epochs;
    describe("EM step %d of %d with all rows".formatted(step + 1, settings.steps));
    ExpectedCounts counts = count(circuit, IntStream.range(0, rows.numPartitions()).toArray());
    Objects.requireNonNull(counts, "rows that were there are gone");
    logs.add(counts.meanLogLikelihood());
    return update(circuit, counts, 1, sample, size);
  }

  private SharedCircuit epoch(
      SharedCircuit circuit, int epoch, TrainingData sample, LearnedRows.Size size) {
    int[] order = shuffled(rows.numPartitions(), epoch);
    int numBatches = (order.length + settings.batchPartitions - 1) / settings.batchPartitions;
    double sum = 0;
    double weight = 0;
    SharedCircuit now = circuit;
    for (int b = 0; b < numBatches; b++) {
      describe(
          "EM epoch %d of %d, batch %d of %d"
              .formatted(epoch + 1, settings.epochs, b + 1, numBatches));
      int from = (int) ((long) order.length * b / numBatches);
      int to = (int) ((long) order.length * (b + 1) / numBatches);
      int[] partitions = Arrays.copyOfRange(order, from, to);
      Arrays.sort(partitions);
      ExpectedCounts counts = count(now, partitions);
      if (counts == null) {
        continue;
      }
      sum += counts.logLikelihood();
      weight += counts.weight();
      int all = numBatches * settings.epochs;
      double way = all > 1 ? (double) (epoch * numBatches + b) / (all - 1) : 0;
      double step = settings.stepFrom + way * (settings.stepTo - settings.stepFrom);
      now = update(now, counts, step, sample, size);
    }
    logs.add(weight > 0 ? sum / weight : 0);
    return now;
  }

  /** Tells another table from this one by its sample: missing cells and columns count too. */
  private static long mark(TrainingData sample) {
    long mark = 1;
    for (int row = 0; row < sample.numRows(); row++) {
      for (int v = 0; v < sample.variables().size(); v++) {
        mark = 31 * mark + Double.hashCode(sample.value(row, v));
      }
      mark = 31 * mark + Double.hashCode(sample.weight(row));
    }
    return mark;
  }

  private void describe(String what) {
    String so =
        logs.isEmpty()
            ? ""
            : ", mean log-likelihood %.6f before the last".formatted(logs.get(logs.size() - 1));
    context.setJobDescription("ugmm: " + what + so);
  }

  private int[] shuffled(int n, int epoch) {
    SplittableRandom random = new SplittableRandom(settings.seed * 0x9E3779B97F4A7C15L + epoch);
    int[] order = IntStream.range(0, n).toArray();
    for (int i = n - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swapped = order[i];
      order[i] = order[j];
      order[j] = swapped;
    }
    return order;
  }

  private SharedCircuit update(
      SharedCircuit circuit,
      ExpectedCounts counts,
      double step,
      TrainingData sample,
      LearnedRows.Size size) {
    Learner learner =
        Learner.ofSample(circuit.circuit(), sample, settings.options(1), size.weight());
    learner.update(counts, step);
    return SharedCircuit.of("the circuit of the last step", learner.circuit());
  }

  private @Nullable ExpectedCounts count(SharedCircuit circuit, int[] partitions) {
    Broadcast<SharedCircuit> sent = JavaSparkContext.fromSparkContext(context).broadcast(circuit);
    try {
      Task task = new Task(sent, rows.variableIndices(), typical, settings, counted, zero);
      return OrderedSum.of(rows.counts(task, partitions), rows.numPartitions());
    } finally {
      sent.destroy();
    }
  }

  /**
   * Two rows with the means and deviations of the reals of a sample: tasks measure reals in these,
   * all in the same, so that a column far from 0 loses no digits.
   */
  private double[] typical(TrainingData sample) {
    int numVariables = sample.variables().size();
    double[] rows = new double[2 * (numVariables + 1)];
    for (int v = 0; v < numVariables; v++) {
      double mean = 0;
      double squares = 0;
      int n = 0;
      for (int row = 0; row < sample.numRows(); row++) {
        double x = sample.value(row, v);
        if (!Double.isNaN(x)) {
          n++;
          double d = x - mean;
          mean += d / n;
          squares += d * (x - mean);
        }
      }
      boolean isReal =
          sample.variables().get(v) instanceof Variable.Real real && !real.isCount() && n > 0;
      double deviation = n > 0 ? Math.sqrt(squares / n) : 0;
      rows[v] = isReal ? mean - deviation : Double.NaN;
      rows[numVariables + 1 + v] = isReal ? mean + deviation : Double.NaN;
    }
    rows[numVariables] = 1;
    rows[2 * numVariables + 1] = 1;
    return rows;
  }

  /** Counts the rows of a partition under a circuit. */
  private record Task(
      Broadcast<SharedCircuit> circuit,
      int[] variable,
      double[] typical,
      Settings settings,
      LongAccumulator counted,
      LongAccumulator zero)
      implements LearnedRows.Counting {

    @Override
    public Iterator<OrderedSum.Part> count(int partition, Iterator<double[]> blocks) {
      Circuit under = circuit.value().circuit();
      List<Variable> variables = Arrays.stream(variable).mapToObj(under.variables()::get).toList();
      TrainingData units = LearnedRows.data(variables, List.of(typical));
      Learner learner = new Learner(under, units, settings.options(1));
      ExpectedCounts sum = null;
      while (blocks.hasNext()) {
        double[] block = blocks.next();
        if (block.length == 0) {
          continue;
        }
        ExpectedCounts counts = learner.count(LearnedRows.data(variables, List.of(block)));
        if (sum == null) {
          sum = counts;
        } else {
          sum.add(counts);
        }
      }
      if (sum == null) {
        return Collections.emptyIterator();
      }
      counted.add(sum.numRows());
      zero.add(sum.numZeroRows());
      return List.of(new OrderedSum.Part(partition, sum.toBytes())).iterator();
    }
  }

  private Path file(String run, int at) {
    return new Path(checkpoints, "%s-%05d.circuit".formatted(run, at));
  }
}
