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
import org.ugmm.engine.data.Precision;

/**
 * The same batch of 1000 rows on the scalar and on the SIMD kernels, each in a JVM of its own,
 * since the provider is chosen at load: {@code java -jar bench/target/benchmarks.jar
 * KernelBenchmark}.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@State(Scope.Thread)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@SuppressWarnings("NullAway.Init") // JMH calls the set-up
public class KernelBenchmark {
  private static final int BATCH = 1000;

  @Param({"UGMM", "RAT_D64", "DIAGRAM"})
  public Workload workload;

  @Param({"FLOAT", "DOUBLE"})
  public Precision precision;

  private Forward forward;

  /** Compiles, and checks the answer. */
  @Setup
  public void setUp() {
    forward = new Forward(workload, precision, BATCH, 0);
  }

  @Benchmark
  @Fork(
      value = 1,
      jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "-Dorg.ugmm.provider=scalar"})
  public double[] forwardScalar() {
    return forward.run();
  }

  @Benchmark
  @Fork(
      value = 1,
      jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "-Dorg.ugmm.provider=simd"})
  public double[] forwardVector() {
    return forward.run();
  }
}
