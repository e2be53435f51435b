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
import org.ugmm.engine.PosteriorEvaluator;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.GaussianMixture;
import org.ugmm.engine.data.Posterior;
import org.ugmm.engine.data.Precision;

/**
 * The posteriors of all variables against one upward pass of the same 1000 rows, half of the cells
 * missing, double precision: {@code java -jar bench/target/benchmarks.jar PosteriorBenchmark}.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@State(Scope.Thread)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@SuppressWarnings("NullAway.Init") // JMH calls the set-up
public class PosteriorBenchmark {
  private static final int BATCH = 1000;

  @Param({"RAT_D64", "IRIS_CIRCUIT", "DIAGRAM"})
  public Workload workload;

  private double[] rows;
  private double[] answer;
  private PosteriorEvaluator posteriors;
  private Evaluator evaluator;

  /** Compiles, and checks the first row against single queries. */
  @Setup
  public void setUp() {
    Circuit circuit = workload.circuit();
    rows = workload.rows(circuit, BATCH, 0.5);
    evaluator = new Evaluator(circuit);
    Check.evaluator(workload, circuit, evaluator, Precision.DOUBLE, rows, BATCH);
    posteriors = new PosteriorEvaluator(circuit);
    answer = new double[BATCH * posteriors.numColumns()];
    posteriors.posteriors(rows, 1, answer);
    Evidence evidence = new Evidence(circuit).row(rows, 0);
    Inference inference = new Inference(circuit);
    for (int v = 0; v < circuit.numVariables(); v++) {
      if (evidence.isUnobserved(v)) {
        check(v, inference.posterior(v, evidence));
      }
    }
  }

  private void check(int variable, Posterior expected) {
    int at = posteriors.column(variable);
    String what = workload + ", posterior of variable " + variable;
    if (expected instanceof CategoricalPosterior categorical) {
      Check.close(what, categorical.probability(0), answer[at], 1e-9);
    } else if (expected instanceof GaussianMixture mixture) {
      Check.close(what + ", mean", mixture.mean(), answer[at], 1e-9);
      Check.close(what + ", variance", mixture.variance(), answer[at + 1], 1e-9);
    }
  }

  @Benchmark
  public double[] allPosteriors() {
    posteriors.posteriors(rows, BATCH, answer);
    return answer;
  }

  @Benchmark
  public double[] upward() {
    evaluator.logDensity(rows, BATCH, answer);
    return answer;
  }
}
