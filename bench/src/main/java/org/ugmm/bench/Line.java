package org.ugmm.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.Precision;

/**
 * A line of the report: a benchmark with its parameters.
 *
 * @param what what is measured; names the line
 * @param benchmark the JMH class
 * @param method its method
 * @param params its parameters
 * @param workload the circuit; null for a probe of the machine
 * @param precision of the arithmetic, which tells the roofline
 * @param batch rows of an operation
 * @param against the line whose time a row is divided by this one's; null for none
 */
record Line(
    String what,
    Class<?> benchmark,
    String method,
    Map<String, String> params,
    @Nullable Workload workload,
    Precision precision,
    int batch,
    @Nullable String against) {

  private static final String FLOAT = ", float";
  private static final String DOUBLE = ", double";

  Line {
    params = new TreeMap<>(params);
  }

  /** What {@code --only} is matched with: class, method, parameters and name. */
  String key() {
    return benchmark.getSimpleName() + "." + method + params + " " + what;
  }

  private Line against(String other) {
    return new Line(what, benchmark, method, params, workload, precision, batch, other);
  }

  /** The lines of the short report; a line comes after the one it is compared with. */
  static List<Line> all() {
    List<Line> lines = new ArrayList<>();
    for (String probe : List.of("fmaDouble", "fmaFloat", "expDouble", "expFloat", "triad")) {
      Precision precision = probe.endsWith("Float") ? Precision.FLOAT : Precision.DOUBLE;
      lines.add(
          new Line(probe, RooflineBenchmark.class, probe, Map.of(), null, precision, 1, null));
    }
    for (int batch : new int[] {1, 1000}) {
      Line onnx = peer("onnx", "UGMM by ONNX Runtime, batch " + batch + FLOAT, batch);
      lines.add(onnx);
      lines.add(peer("ugmm", "UGMM, batch " + batch + FLOAT, batch).against(onnx.what()));
    }
    lines.add(forward(Workload.UGMM, Precision.DOUBLE, 1000));
    for (Workload workload :
        List.of(Workload.RAT_D64, Workload.IRIS_DEEP, Workload.IRIS_CIRCUIT, Workload.DIAGRAM)) {
      String textbook = workload + " by the textbook" + DOUBLE;
      lines.add(textbook("textbook", textbook, workload));
      lines.add(textbook("ugmm", workload + DOUBLE, workload).against(textbook));
    }
    for (Precision precision : Precision.values()) {
      lines.add(forward(Workload.RAT_D64, precision, 1));
      lines.add(missing(precision, "0", workloadName(precision)));
      lines.add(
          missing(precision, "0.5", workloadName(precision) + ", half missing")
              .against(workloadName(precision)));
    }
    lines.add(forward(Workload.RAT_D784, Precision.FLOAT, 1000));
    lines.add(forward(Workload.IRIS_DEEP, Precision.DOUBLE, 1));
    for (Workload workload : List.of(Workload.RAT_D64, Workload.DIAGRAM)) {
      String upward = workload + " upward, half missing" + DOUBLE;
      Map<String, String> params = Map.of("workload", workload.name());
      lines.add(line(upward, PosteriorBenchmark.class, "upward", params, workload, 1000));
      String all = workload + " all posteriors" + DOUBLE;
      lines.add(
          line(all, PosteriorBenchmark.class, "allPosteriors", params, workload, 1000)
              .against(upward));
    }
    Workload mpe = Workload.NLTCS.isPresent() ? Workload.NLTCS : Workload.DIAGRAM;
    Map<String, String> mpeParams = Map.of("workload", mpe.name());
    String upward = mpe + " upward, one row" + DOUBLE;
    lines.add(line(upward, MpeBenchmark.class, "upward", mpeParams, mpe, 1));
    lines.add(
        line(mpe + " MPE, one row", MpeBenchmark.class, "mpe", mpeParams, mpe, 1).against(upward));
    lines.add(kernel("forwardScalar", "RAT_D64 on scalar kernels" + FLOAT));
    lines.add(
        kernel("forwardVector", "RAT_D64 on SIMD kernels" + FLOAT)
            .against("RAT_D64 on scalar kernels" + FLOAT));
    lines.add(threads("oneThread", "RAT_D64, one thread" + FLOAT, 1));
    lines.add(
        threads("twoThreads", "RAT_D64, two threads" + FLOAT, 2)
            .against("RAT_D64, one thread" + FLOAT));
    for (Workload workload : List.of(Workload.RAT_D64, Workload.HIDDEN_TREE)) {
      lines.add(training("fullStep", workload + ", training, full batch" + FLOAT, workload));
      lines.add(training("epoch", workload + ", training, batches of 512" + FLOAT, workload));
    }
    String step = "step of the paper's network 784-128-64-10" + FLOAT;
    lines.add(network(step, "0"));
    lines.add(network(step + ", dropout", "0.2").against(step));
    for (String edges : List.of("10000", "1000000")) {
      lines.add(
          line(
              "diagram of " + edges + " edges" + DOUBLE,
              GrowthBenchmark.class,
              "forward",
              Map.of("edges", edges),
              null,
              GrowthBenchmark.BATCH));
    }
    return lines;
  }

  private static String workloadName(Precision precision) {
    return "RAT_D64, 1000 rows" + (precision == Precision.FLOAT ? FLOAT : DOUBLE);
  }

  private static Line line(
      String what,
      Class<?> benchmark,
      String method,
      Map<String, String> params,
      @Nullable Workload workload,
      int batch) {
    return new Line(what, benchmark, method, params, workload, Precision.DOUBLE, batch, null);
  }

  private static Line peer(String method, String what, int batch) {
    return new Line(
        what,
        PeerBenchmark.class,
        method,
        Map.of("batch", String.valueOf(batch)),
        Workload.UGMM,
        Precision.FLOAT,
        batch,
        null);
  }

  private static Line forward(Workload workload, Precision precision, int batch) {
    return new Line(
        workload + ", batch " + batch + (precision == Precision.FLOAT ? FLOAT : DOUBLE),
        ForwardBenchmark.class,
        "forward",
        Map.of(
            "workload",
            workload.name(),
            "precision",
            precision.name(),
            "batch",
            String.valueOf(batch)),
        workload,
        precision,
        batch,
        null);
  }

  private static Line training(String method, String what, Workload workload) {
    return new Line(
        what,
        TrainingBenchmark.class,
        method,
        Map.of("workload", workload.name(), "precision", "FLOAT"),
        workload,
        Precision.FLOAT,
        TrainingBenchmark.ROWS,
        null);
  }

  private static Line network(String what, String dropout) {
    return new Line(
        what,
        NetworkBenchmark.class,
        "step",
        Map.of("precision", "FLOAT", "dropout", dropout),
        null,
        Precision.FLOAT,
        NetworkBenchmark.ROWS,
        null);
  }

  private static Line textbook(String method, String what, Workload workload) {
    Map<String, String> params = Map.of("workload", workload.name());
    return line(what, TextbookBenchmark.class, method, params, workload, TextbookBenchmark.BATCH);
  }

  private static Line missing(Precision precision, String rate, String what) {
    return new Line(
        what,
        MissingBenchmark.class,
        "marginal",
        Map.of("workload", "RAT_D64", "precision", precision.name(), "missingRate", rate),
        Workload.RAT_D64,
        precision,
        1000,
        null);
  }

  private static Line kernel(String method, String what) {
    return new Line(
        what,
        KernelBenchmark.class,
        method,
        Map.of("workload", "RAT_D64", "precision", "FLOAT"),
        Workload.RAT_D64,
        Precision.FLOAT,
        1000,
        null);
  }

  /** Each of the threads does a batch in the time of an operation. */
  private static Line threads(String method, String what, int numThreads) {
    return new Line(
        what,
        ThreadsBenchmark.class,
        method,
        Map.of("workload", "RAT_D64", "precision", "FLOAT"),
        Workload.RAT_D64,
        Precision.FLOAT,
        1000 * numThreads,
        null);
  }
}
