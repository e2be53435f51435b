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
import org.ugmm.engine.Evaluator;
import org.ugmm.engine.data.Precision;

/**
 * Sparse circuits of growing size, batches of 64 rows, double precision: {@code java -jar
 * bench/target/benchmarks.jar GrowthBenchmark}. {@code -p edges=10000000 -jvmArgs -Xmx4g} is the
 * largest meant.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@State(Scope.Thread)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@SuppressWarnings("NullAway.Init") // JMH calls the set-up
public class GrowthBenchmark {
  static final int BATCH = 64;

  @Param({"10000", "100000", "1000000"})
  public int edges;

  private double[] rows;
  private final double[] logs = new double[BATCH];
  private Evaluator evaluator;

  /** Builds the circuit, and checks the answer. */
  @Setup
  public void setUp() {
    Circuit circuit = Diagrams.circuit(100, edges, 1);
    rows = Workload.DIAGRAM.rows(circuit, BATCH, 0);
    evaluator = new Evaluator(circuit);
    Check.evaluator(Workload.DIAGRAM, circuit, evaluator, Precision.DOUBLE, rows, BATCH);
  }

  @Benchmark
  public double[] forward() {
    evaluator.logDensity(rows, BATCH, logs);
    return logs;
  }
}
