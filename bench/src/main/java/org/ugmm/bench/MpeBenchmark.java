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
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;
import org.ugmm.engine.MpeEvaluator;

/**
 * The MPE of one row of a deterministic circuit, half of the cells missing, by max pass and
 * traceback, against an upward pass of that row alone: {@code java -jar bench/target/benchmarks.jar
 * MpeBenchmark}. {@code -p workload=NLTCS} works where its file is present.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@State(Scope.Thread)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@SuppressWarnings("NullAway.Init") // JMH calls the set-up
public class MpeBenchmark {
  private static final int NUM_ROWS = 64;

  @Param("DIAGRAM")
  public Workload workload;

  private double[][] rows;
  private double[] assignment;
  private final double[] log = new double[1];
  private final double[] bound = new double[1];
  private MpeEvaluator explainer;
  private Evaluator evaluator;
  private int next;

  /** Compiles, and checks that an explanation has the value and the bound it states. */
  @Setup
  public void setUp() {
    Circuit circuit = workload.circuit();
    explainer = new MpeEvaluator(circuit);
    evaluator = new Evaluator(circuit);
    int numVariables = circuit.numVariables();
    double[] all = workload.rows(circuit, NUM_ROWS, 0.5);
    rows = new double[NUM_ROWS][numVariables];
    for (int r = 0; r < NUM_ROWS; r++) {
      System.arraycopy(all, r * numVariables, rows[r], 0, numVariables);
    }
    assignment = new double[numVariables];
    explainer.mpe(rows[0], 1, assignment, log, bound);
    Evidence best = new Evidence(circuit).row(assignment, 0);
    double value = new Inference(circuit).logDensity(best).value();
    Check.close(workload + ", value of the MPE", value, log[0], 1e-9);
    Check.close(workload + ", bound of the MPE", value, bound[0], 1e-9);
  }

  @Benchmark
  public double[] mpe() {
    next = (next + 1) % NUM_ROWS;
    explainer.mpe(rows[next], 1, assignment, log, bound);
    return assignment;
  }

  @Benchmark
  public double[] upward() {
    next = (next + 1) % NUM_ROWS;
    evaluator.logDensity(rows[next], 1, log);
    return log;
  }
}
