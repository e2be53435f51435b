package org.ugmm.bench;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.ugmm.engine.data.Precision;
import org.ugmm.engine.network.NetworkLearner;
import org.ugmm.engine.network.NetworkObjective;
import org.ugmm.engine.network.NetworkRows;

/**
 * Training of the paper's network 784-128-64-10 on one thread: {@code java -jar
 * bench/target/benchmarks.jar NetworkBenchmark -prof gc}. One operation is a step of Adam over 128
 * random rows: values up, gradients down, parameters. A row takes 109,184 exponentials up and as
 * many again down.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@State(Scope.Thread)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@SuppressWarnings("NullAway.Init") // JMH calls the set-up
public class NetworkBenchmark {
  static final int ROWS = 128;

  /** Components of a row, up and down. */
  static final int EXPONENTIALS = 2 * (784 * 128 + 128 * 64 + 64 * 10);

  private static final int[] SIZES = {784, 128, 64, 10};
  private static final int TABLE = 8 * ROWS;

  @Param({"FLOAT", "DOUBLE"})
  public Precision precision;

  /** Share of the components of the first layer that a step leaves out. */
  @Param({"0", "0.2"})
  public double dropout;

  private NetworkLearner learner;
  private NetworkRows rows;
  private NetworkObjective objective;
  private NetworkLearner.Step step;
  private int[] order;
  private int from;

  /** Makes the network, and checks its values against the definition and that steps help. */
  @Setup
  public void setUp() {
    SplittableRandom random = new SplittableRandom(1);
    rows = new NetworkRows(SIZES[0]);
    double[] first = new double[0];
    for (int r = 0; r < TABLE; r++) {
      double[] row = new double[SIZES[0]];
      Arrays.setAll(row, k -> (float) random.nextDouble(-2, 2));
      first = r == 0 ? row : first;
      rows.add(row, random.nextInt(SIZES[3]), 1);
    }
    learner = new NetworkLearner(SIZES, false, ROWS, precision, 1);
    double[][][] mean = new double[3][][];
    for (int l = 0; l < 3; l++) {
      mean[l] = new double[SIZES[l + 1]][SIZES[l]];
      for (int j = 0; j < SIZES[l + 1]; j++) {
        for (int k = 0; k < SIZES[l]; k++) {
          mean[l][j][k] = (float) random.nextDouble(-2, 2);
          learner.set(l, j, k, mean[l][j][k], 0, 0);
        }
      }
    }
    double[] found = new double[SIZES[3]];
    order = IntStream.range(0, TABLE).toArray();
    learner.values(rows, order, 0, 1, 2, found);
    double[] expected = roots(mean, first);
    for (int c = 0; c < found.length; c++) {
      double tolerance = precision == Precision.FLOAT ? 1e-3 : 1e-9;
      Check.close("root " + c, expected[c], found[c], tolerance);
    }
    double[] priors = new double[SIZES[3]];
    Arrays.fill(priors, -Math.log(SIZES[3]));
    objective = new NetworkObjective(priors, 1, SIZES[0] + 1);
    step = new NetworkLearner.Step(1e-3, 1, dropout, -4, 1);
    double before = step();
    double after = before;
    for (int i = 0; i < 50; i++) {
      from = 0;
      after = step();
    }
    if (!(after < before)) {
      throw new IllegalStateException(
          "loss %s, then %s; expected it to fall".formatted(before, after));
    }
  }

  /** The definition: log of the mean of standard Gaussian densities about the means. */
  private static double[] roots(double[][][] mean, double[] row) {
    double[] x = row;
    for (double[][] layer : mean) {
      double[] y = new double[layer.length];
      for (int j = 0; j < y.length; j++) {
        double sum = 0;
        for (int k = 0; k < x.length; k++) {
          double d = x[k] - layer[j][k];
          sum += Math.exp(-d * d / 2);
        }
        y[j] = Math.log(sum / x.length / Math.sqrt(2 * Math.PI));
      }
      x = y;
    }
    return x;
  }

  /** A step over the next 128 rows. */
  @Benchmark
  public double step() {
    double loss = learner.step(rows, order, from, ROWS, objective, step);
    from = (from + ROWS) % TABLE;
    return loss;
  }

  @TearDown
  public void tearDown() {
    learner.close();
  }
}
