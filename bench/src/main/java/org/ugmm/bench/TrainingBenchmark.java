package org.ugmm.bench;

import java.util.concurrent.TimeUnit;
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
import org.openjdk.jmh.annotations.Warmup;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Learner;
import org.ugmm.engine.data.LearnOptions;
import org.ugmm.engine.data.Precision;
import org.ugmm.engine.data.TrainingData;

/**
 * Training on one thread: {@code java -jar bench/target/benchmarks.jar TrainingBenchmark}. One
 * operation is a pass over 4096 rows: values up, flows down, statistics and parameters. Its limit
 * is three multiply-adds a weight and row.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@State(Scope.Thread)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@SuppressWarnings("NullAway.Init") // JMH calls the set-up
public class TrainingBenchmark {
  static final int ROWS = 4096;

  /** Multiply-adds a weight and row: values, flows, statistics. */
  static final int PASSES = 3;

  @Param({"RAT_D64", "HIDDEN_TREE"})
  public Workload workload;

  @Param({"FLOAT", "DOUBLE"})
  public Precision precision;

  private Learner learner;

  /** Takes the rows, and checks that a step raises their likelihood. */
  @Setup
  public void setUp() {
    Circuit circuit = workload.circuit();
    TrainingData data = TrainingData.of(circuit.variables(), workload.rows(circuit, ROWS, 0));
    learner =
        new Learner(circuit, data, LearnOptions.DEFAULT.withPrecision(precision).withThreads(1));
    double before = learner.fullStep();
    double after = learner.fullStep();
    if (!(after > before)) {
      throw new IllegalStateException(
          "mean log-likelihood %s, then %s; expected it to rise".formatted(before, after));
    }
  }

  /** A step of EM with all rows. */
  @Benchmark
  public double fullStep() {
    return learner.fullStep();
  }

  /** Steps after every 512 rows. */
  @Benchmark
  public double epoch() {
    return learner.epoch(512, 0.1, 0.1);
  }
}
