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
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;
import org.ugmm.engine.data.Precision;

/**
 * One circuit, an evaluator a thread, each with batches of 1000 rows of its own: {@code java -jar
 * bench/target/benchmarks.jar ThreadsBenchmark}. The time is that of a batch on its thread: threads
 * scale fully where it does not grow with their number.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@State(Scope.Thread)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@SuppressWarnings("NullAway.Init") // JMH calls the set-up
public class ThreadsBenchmark {
  private static final int BATCH = 1000;

  /** What the threads share. */
  @State(Scope.Benchmark)
  public static class Shared {
    @Param({"UGMM", "RAT_D64"})
    public Workload workload;

    @Param({"FLOAT", "DOUBLE"})
    public Precision precision;

    private Forward forward;

    /** Compiles, and checks the answer. */
    @Setup
    public void setUp() {
      forward = new Forward(workload, precision, BATCH, 0);
    }
  }

  private Forward forward;

  /** An evaluator for this thread. */
  @Setup
  public void setUp(Shared shared) {
    forward = shared.forward.fork();
  }

  @Benchmark
  @Threads(1)
  public double[] oneThread() {
    return forward.run();
  }

  @Benchmark
  @Threads(2)
  public double[] twoThreads() {
    return forward.run();
  }
}
