package org.ugmm.bench;

import ai.djl.ndarray.NDManager;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.DoubleSupplier;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Learner;
import org.ugmm.engine.data.LearnOptions;
import org.ugmm.engine.data.LearnOptions.Objective;
import org.ugmm.engine.data.Precision;
import org.ugmm.engine.data.TrainingData;

/**
 * The gradient of the log-likelihood of the same circuit by the engine and by PyTorch (DJL, eager,
 * on the processor), in single precision, one thread each, by turns in one process: {@code java
 * --add-modules=jdk.incubator.vector -cp bench/target/benchmarks.jar org.ugmm.bench.DjlTraining
 * RAT_D64}, after {@code mvn -q -Pdjl -DskipTests package}. Times are the processor's of the thread
 * that calls.
 */
public final class DjlTraining {
  private static final int ROWS = 1024;
  private static final int ROUNDS = 15;
  private static final int[] BATCHES = {128, 256, 512, 1024};

  private DjlTraining() {}

  /** Takes a workload. */
  public static void main(String[] args) {
    System.setProperty("ai.djl.pytorch.num_threads", "1");
    System.setProperty("ai.djl.pytorch.num_interop_threads", "1");
    System.setProperty("ai.djl.offline", "true");
    Workload workload = Workload.valueOf(args[0]);
    Circuit circuit = workload.circuit();
    double[] rows = workload.rows(circuit, ROWS, 0);
    TrainingData data = TrainingData.of(circuit.variables(), rows);
    LearnOptions options = LearnOptions.DEFAULT.withThreads(1).withPrecision(Precision.FLOAT);
    Learner learner = new Learner(circuit, data, options);
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      DjlCircuit peer =
          switch (workload) {
            case RAT_D64 -> new DjlRat(circuit, manager);
            default -> throw new IllegalArgumentException(workload + "; expected RAT_D64");
          };
      check(learner, data, peer, rows);
      DoubleSupplier own = () -> learner.gradient(data, Objective.GENERATIVE)[0];
      double[] ours = new double[ROUNDS];
      double[][] theirs = new double[BATCHES.length][ROUNDS];
      for (int round = -ROUNDS; round < ROUNDS; round++) {
        int at = Math.max(0, round);
        ours[at] = microsecondsPerRow(own);
        for (int b = 0; b < BATCHES.length; b++) {
          float[][] batches = batches(rows, BATCHES[b] * circuit.numVariables());
          theirs[b][at] =
              microsecondsPerRow(() -> Arrays.stream(batches).mapToDouble(peer::step).sum());
        }
      }
      print("ugmm", median(ours), median(ours));
      for (int b = 0; b < BATCHES.length; b++) {
        print("PyTorch, batches of " + BATCHES[b], median(theirs[b]), median(ours));
      }
    }
  }

  private static void print(String what, double time, double ours) {
    String line = "%-25s %8.2f microseconds a row, %5.2f x ugmm%n";
    System.out.printf(Locale.ROOT, line, what, time, time / ours);
  }

  /** Checks the sum of the logs, and each number of the gradient beside the largest of all. */
  private static void check(Learner learner, TrainingData data, DjlCircuit peer, double[] rows) {
    double sum = peer.step(batches(rows, rows.length)[0]);
    Check.close("mean log-likelihood", learner.meanLogLikelihood(data), sum / ROWS, 1e-5);
    double[] expected = learner.gradient(data, Objective.GENERATIVE);
    double[] found = peer.gradient();
    double scale = data.variables().size(); // the objective is a row's log-likelihood over these
    double most = Arrays.stream(found).map(Math::abs).max().orElseThrow();
    for (int p = 0; p < found.length; p++) {
      Check.close("gradient " + p, scale * expected[p] / most, found[p] / most, 1e-5);
    }
  }

  private static float[][] batches(double[] rows, int size) {
    float[][] batches = new float[rows.length / size][size];
    for (int i = 0; i < rows.length; i++) {
      batches[i / size][i % size] = (float) rows[i];
    }
    return batches;
  }

  private static double microsecondsPerRow(DoubleSupplier step) {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadCpuTime();
    if (Double.isNaN(step.getAsDouble())) {
      throw new IllegalStateException("the step is NaN");
    }
    return (threads.getCurrentThreadCpuTime() - before) / 1e3 / ROWS;
  }

  private static double median(double[] times) {
    double[] sorted = times.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
