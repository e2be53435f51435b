package org.ugmm.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.ugmm.compiler.CompileOptions;
import org.ugmm.compiler.ModelCompiler;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.Budget;
import org.ugmm.engine.data.InferenceOptions;
import org.ugmm.engine.data.MpeAnswer;
import org.ugmm.testdata.Golden;

/**
 * Completions of eight missing pixels of the digits network, class known, pixels in [0, 1]: {@code
 * java --add-modules=jdk.incubator.vector -cp bench/target/benchmarks.jar
 * org.ugmm.bench.DigitsMpe}. Prints the share of the 360 test rows whose MPE is proven to 1e-3
 * within a second of processor time, the boxes and their cost, and the gap of the rows left open.
 * The masks are seeded by row. An argument N takes every Nth row only.
 *
 * <p>The limit of a search is of wall time. Where other work takes the processor away, a row that
 * stays open is searched again with a longer limit until it has had its second.
 */
public final class DigitsMpe {
  private static final int NUM_PIXELS = 64;
  private static final int NUM_MISSING = 8;
  private static final double TOLERANCE = 1e-3;
  private static final long SECOND = 1_000_000_000L;
  private static final int WARM_UP = 20;

  private DigitsMpe() {}

  /** Takes the step between rows, 1 if absent. */
  public static void main(String[] args) throws IOException {
    int step = args.length == 0 ? 1 : Integer.parseInt(args[0]);
    Circuit circuit =
        ModelCompiler.compile(
                Golden.find("models/digits-deep/digits.network.json"), CompileOptions.defaults())
            .circuit();
    List<String> lines = Files.readAllLines(Golden.find("data/digits-scaled.csv"));
    int[] test =
        new ObjectMapper()
            .readValue(Golden.find("data/digits.test-rows.json").toFile(), int[].class);
    Inference inference = inference(circuit, SECOND);
    for (int k = 0; k < WARM_UP; k++) {
      int row = test[k * 17 % test.length];
      inference.mpe(evidence(circuit, lines.get(row + 1), row));
    }
    List<Double> seconds = new ArrayList<>();
    List<Double> gaps = new ArrayList<>();
    long boxes = 0;
    double total = 0;
    int closed = 0;
    for (int k = 0; k < test.length; k += step) {
      Search search = search(evidence(circuit, lines.get(test[k] + 1), test[k]));
      boxes += search.answer.boxes();
      total += search.seconds;
      if (search.isClosed()) {
        closed++;
        seconds.add(search.seconds);
      } else {
        gaps.add(search.gap());
        seconds.add(Double.POSITIVE_INFINITY);
      }
    }
    seconds.sort(null);
    gaps.sort(null);
    int rows = seconds.size();
    System.out.printf(
        Locale.ROOT,
        "%d of %d rows proven to %.0e within a second: %.1f %%%n"
            + "seconds a row: median %.3f, 75 %% %.3f, 80 %% %.3f, 90 %% %.3f%n"
            + "boxes %d, %.1f microseconds each, ascents from starting points included%n"
            + "open rows: median gap %.4f, largest %.4f%n",
        closed,
        rows,
        TOLERANCE,
        100.0 * closed / rows,
        seconds.get(rows / 2),
        seconds.get(rows * 3 / 4),
        seconds.get(rows * 4 / 5),
        seconds.get(rows * 9 / 10),
        boxes,
        1e6 * total / boxes,
        gaps.isEmpty() ? 0 : gaps.get(gaps.size() / 2),
        gaps.isEmpty() ? 0 : gaps.get(gaps.size() - 1));
  }

  private record Search(MpeAnswer answer, double seconds) {
    double gap() {
      return answer.logUpperBound() - answer.logValue();
    }

    boolean isClosed() {
      return gap() <= TOLERANCE && seconds <= 1;
    }
  }

  private static Inference inference(Circuit circuit, long nanos) {
    Budget budget = Budget.DEFAULT.withBoxes(Long.MAX_VALUE).withTime(Duration.ofNanos(nanos));
    return new Inference(
        circuit, InferenceOptions.DEFAULT.withTolerance(TOLERANCE).withBudget(budget));
  }

  private static Search search(Evidence evidence) {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long limit = SECOND;
    while (true) {
      Inference inference = inference(evidence.circuit(), limit);
      long before = threads.getCurrentThreadCpuTime();
      MpeAnswer answer = inference.mpe(evidence);
      long nanos = Math.max(1, threads.getCurrentThreadCpuTime() - before);
      Search search = new Search(answer, 1e-9 * nanos);
      if (search.gap() <= TOLERANCE || nanos >= 0.98 * SECOND) {
        return search;
      }
      limit = Math.min(20 * SECOND, (long) (1.02 * limit * ((double) SECOND / nanos)));
    }
  }

  /** A row of the table without some of its pixels, drawn by its number. */
  private static Evidence evidence(Circuit circuit, String line, int row) {
    String[] cells = line.split(",", -1);
    Evidence evidence = new Evidence(circuit);
    SplittableRandom random = new SplittableRandom(1000 + row);
    int left = NUM_MISSING;
    for (int p = 0; p < NUM_PIXELS; p++) {
      if (random.nextInt(NUM_PIXELS - p) < left) {
        evidence.interval(p, 0, 1);
        left--;
      } else {
        evidence.observe(p, Double.parseDouble(cells[p]));
      }
    }
    return evidence.observe(NUM_PIXELS, Integer.parseInt(cells[NUM_PIXELS]));
  }
}
