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
import org.ugmm.engine.data.Precision;

/**
 * The engine against {@link Textbook}, an object graph with virtual calls, on the same 100 rows in
 * double precision: {@code java -jar bench/target/benchmarks.jar TextbookBenchmark}.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@State(Scope.Thread)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@SuppressWarnings("NullAway.Init") // JMH calls the set-up
public class TextbookBenchmark {
  static final int BATCH = 100;

  @Param({"RAT_D64", "IRIS_DEEP", "IRIS_CIRCUIT", "DIAGRAM"})
  public Workload workload;

  private double[][] rows;
  private final double[] logs = new double[BATCH];
  private Textbook textbook;
  private Forward forward;

  /** Compiles, and checks one against the other. */
  @Setup
  public void setUp() {
    Circuit circuit = workload.circuit();
    double[] all = workload.rows(circuit, BATCH, 0);
    rows = new double[BATCH][circuit.numVariables()];
    for (int r = 0; r < BATCH; r++) {
      System.arraycopy(all, r * circuit.numVariables(), rows[r], 0, circuit.numVariables());
    }
    textbook = Textbook.of(circuit);
    forward = new Forward(workload, Precision.DOUBLE, BATCH, 0);
  }

  @Benchmark
  public double[] ugmm() {
    return forward.run();
  }

  @Benchmark
  public double[] textbook() {
    for (int r = 0; r < BATCH; r++) {
      logs[r] = textbook.logValue(rows[r]);
    }
    return logs;
  }
}
