package org.ugmm.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evaluator;
import org.ugmm.engine.data.Precision;

/**
 * How fast batches of 100 rows are from the first batch of a new JVM on: {@code java
 * --add-modules=jdk.incubator.vector -cp bench/target/benchmarks.jar org.ugmm.bench.WarmUp UGMM
 * DOUBLE}. Prints the median rate of every quarter of a second, by the processor time of the thread
 * so that other work on the machine counts less, its share of the steady rate, and when 90 % of
 * that were first reached, with the processor time of all threads till then, compilers included.
 * One workload a JVM.
 */
public final class WarmUp {
  private static final int BATCH = 100;
  private static final int NUM_WINDOWS = 40;
  private static final long WINDOW_NANOS = 250_000_000;
  private static final double ENOUGH = 0.9;

  private WarmUp() {}

  /** Takes a workload and a precision. */
  public static void main(String[] args) {
    Workload workload = Workload.valueOf(args[0]);
    Precision precision = Precision.valueOf(args[1]);
    Circuit circuit = workload.circuit();
    double[] rows = workload.rows(circuit, BATCH, 0);
    OperatingSystemMXBean process =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long startProcess = process.getProcessCpuTime();
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long start = System.nanoTime();
    Evaluator evaluator = new Evaluator(circuit, precision);
    double[] answers = new double[BATCH * Workload.NUM_CLASSES];
    double[] rates = new double[NUM_WINDOWS];
    double[] processSeconds = new double[NUM_WINDOWS];
    for (int window = 0; window < NUM_WINDOWS; window++) {
      List<Double> inWindow = new ArrayList<>();
      while (inWindow.isEmpty() || System.nanoTime() < start + (window + 1) * WINDOW_NANOS) {
        long before = threads.getCurrentThreadCpuTime();
        if (workload.queried() >= 0) {
          evaluator.posterior(workload.queried(), rows, BATCH, answers);
        } else {
          evaluator.logDensity(rows, BATCH, answers);
        }
        inWindow.add(BATCH * 1e9 / Math.max(1, threads.getCurrentThreadCpuTime() - before));
      }
      rates[window] = median(inWindow);
      processSeconds[window] = (process.getProcessCpuTime() - startProcess) / 1e9;
    }
    List<Double> last = new ArrayList<>();
    for (int window = NUM_WINDOWS / 2; window < NUM_WINDOWS; window++) {
      last.add(rates[window]);
    }
    double steady = median(last);
    int first = -1;
    for (int window = 0; window < NUM_WINDOWS; window++) {
      System.out.printf(
          Locale.ROOT,
          "%5.2f s  %,12.0f rows/s  %4.0f %%%n",
          (window + 1) * WINDOW_NANOS / 1e9,
          rates[window],
          100 * rates[window] / steady);
      first = first < 0 && rates[window] >= ENOUGH * steady ? window : first;
    }
    System.out.printf(
        Locale.ROOT,
        "%s, %s: steady %,.0f rows/s, 90 %% of it within %.2f s, %.2f s of all threads%n",
        workload,
        precision.name().toLowerCase(Locale.ROOT),
        steady,
        (first + 1) * WINDOW_NANOS / 1e9,
        processSeconds[first]);
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }
}
