package org.ugmm.bench;

import java.io.IOException;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.ugmm.compiler.CompileOptions;
import org.ugmm.compiler.ModelCompiler;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evaluator;
import org.ugmm.engine.RangeEvaluator;
import org.ugmm.testdata.Golden;

/**
 * Bounds of the ten classes of the paper's digits network, 3 of 64 pixels missing, against one
 * upward pass of the same images complete: {@code java -jar bench/target/benchmarks.jar
 * RangeBenchmark}. Images are random pixels, which cost what any cost.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@State(Scope.Thread)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@SuppressWarnings("NullAway.Init") // JMH calls the set-up
public class RangeBenchmark {
  private static final int NUM_ROWS = 1000;
  private static final int PIXELS = 64;
  private static final int MISSING = 3;
  private static final int CLASSES = 10;

  private final double[] complete = new double[NUM_ROWS * (PIXELS + 1)];
  private final double[] rows = new double[complete.length];
  private final double[] lo = new double[NUM_ROWS * CLASSES];
  private final double[] hi = new double[NUM_ROWS * CLASSES];
  private final double[] log = new double[NUM_ROWS];
  private RangeEvaluator ranges;
  private Evaluator evaluator;

  /** Compiles, and checks that the bounds hold what the pass says of the complete images. */
  @Setup
  public void setUp() throws IOException {
    Circuit circuit =
        ModelCompiler.compile(
                Golden.find("models/digits-deep/digits.network.json"), CompileOptions.defaults())
            .circuit();
    SplittableRandom random = new SplittableRandom(1);
    for (int r = 0; r < NUM_ROWS; r++) {
      int at = r * (PIXELS + 1);
      for (int p = 0; p < PIXELS; p++) {
        complete[at + p] = random.nextInt(17) / 16.0;
        rows[at + p] = complete[at + p];
      }
      for (int k = 0; k < MISSING; k++) {
        rows[at + random.nextInt(PIXELS)] = Double.NaN;
      }
      rows[at + PIXELS] = Double.NaN;
      complete[at + PIXELS] = r % CLASSES;
    }
    ranges = new RangeEvaluator(circuit, PIXELS);
    evaluator = new Evaluator(circuit);
    ranges.logRange(rows, NUM_ROWS, lo, hi);
    evaluator.logDensity(complete, NUM_ROWS, log);
    for (int r = 0; r < NUM_ROWS; r++) {
      int at = r * CLASSES + r % CLASSES;
      if (!(lo[at] <= log[r] && log[r] <= hi[at])) {
        throw new IllegalStateException(
            "row %d: %s is not in [%s, %s]".formatted(r, log[r], lo[at], hi[at]));
      }
    }
  }

  @Benchmark
  @OperationsPerInvocation(NUM_ROWS)
  public double[] range() {
    ranges.logRange(rows, NUM_ROWS, lo, hi);
    return lo;
  }

  @Benchmark
  @OperationsPerInvocation(NUM_ROWS)
  public double[] upward() {
    evaluator.posterior(PIXELS, complete, NUM_ROWS, hi);
    return hi;
  }
}
