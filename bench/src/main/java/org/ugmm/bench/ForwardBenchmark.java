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
 * A batch of complete rows, one upward pass: {@code java -jar bench/target/benchmarks.jar
 * ForwardBenchmark}. One operation is the batch. {@code -p workload=NLTCS} works where its file is
 * present.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@State(Scope.Thread)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@SuppressWarnings("NullAway.Init") // JMH calls the set-up
public class ForwardBenchmark {
  @Param({"UGMM", "RAT_D64", "RAT_D784", "IRIS_DEEP", "IRIS_CIRCUIT", "DIAGRAM"})
  public Workload workload;

  @Param({"FLOAT", "DOUBLE"})
  public Precision precision;

  @Param({"1", "100", "1000"})
  public int batch;

  private Forward forward;

  /** Compiles, and checks the answer. */
  @Setup
  public void setUp() {
    forward = new Forward(workload, precision, batch, 0);
  }

  @Benchmark
  public double[] forward() {
    return forward.run();
  }
}
