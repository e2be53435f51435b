package org.ugmm.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.Certificate.Exact;
import org.ugmm.engine.data.GaussianMixture;
import org.ugmm.engine.data.Posterior;
import org.ugmm.engine.data.Precision;
import org.ugmm.engine.data.Variable;
import org.ugmm.testdata.RandomCircuits;

/**
 * The batch forms allocate nothing a row once they are warm: measured in a JVM of its own, since
 * what other tests ran decides what the JIT inlines, and a vector method that it does not inline
 * boxes.
 */
class AllocationTest {
  private static final int ROWS = 2_048;
  private static final int REPEATS = 40;

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** Runs a batch until the JIT has its code, and then measures. */
  private void assertAllocatesNothing(String what, Runnable batch) {
    assertAllocates(what, batch, ROWS, 1);
  }

  /** The same for batches that return their rows. */
  private void assertAllocates(String what, Runnable batch, int rows, double limit) {
    int repeats = Math.max(1, REPEATS * ROWS / rows);
    double bytesPerRow = Double.POSITIVE_INFINITY;
    for (int round = 0; round < 200 && bytesPerRow >= limit; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < repeats; i++) {
        batch.run();
      }
      long bytes = threads.getCurrentThreadAllocatedBytes() - before;
      bytesPerRow = (double) bytes / repeats / rows;
    }
    if (bytesPerRow >= limit) {
      throw new AssertionError(what + " allocates " + bytesPerRow + " bytes a row");
    }
  }

  /** Measures one form, in the JVM that a test started. */
  public static void main(String[] args) {
    AllocationTest forms = new AllocationTest();
    switch (args[0]) {
      case "logDensity" -> forms.logDensity(Precision.valueOf(args[1]), args[2].equals("links"));
      case "posterior" -> forms.posterior();
      case "mpe" -> forms.mpe();
      case "sample" -> forms.sample();
      case "range" -> forms.range();
      case "single" -> forms.single();
      default -> forms.posteriors();
    }
  }

  private static void runAlone(String... form) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + "/bin/java");
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    String provider = System.getProperty("org.ugmm.provider");
    if (provider != null) {
      command.add("-Dorg.ugmm.provider=" + provider);
    }
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), AllocationTest.class.getName()));
    command.addAll(List.of(form));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
  }

  private static Circuit mixed() {
    return Plain.circuit(
        RandomCircuits.tractable(RandomCircuits.Family.MIXED, RandomCircuits.Variant.PLAIN, 6, 12));
  }

  private static Circuit network() {
    return Plain.circuit(RandomCircuits.linkNetwork(3, 0, false, new int[] {4, 3, 1}, 1));
  }

  @Test
  void logDensity_everyCircuitAndPrecision_allocatesNothing() throws Exception {
    for (Precision precision : Precision.values()) {
      runAlone("logDensity", precision.name(), "plain");
      runAlone("logDensity", precision.name(), "links");
    }
  }

  private void logDensity(Precision precision, boolean links) {
    Circuit circuit = links ? network() : mixed();
    double[] rows = BatchErrorBoundTest.rows(circuit, ROWS, links ? 0 : 0.3, 1);
    double[] log = new double[ROWS];
    double[] bound = new double[ROWS];
    Evaluator evaluator = new Evaluator(circuit, precision);
    String what = precision + (links ? " with links" : "");
    assertAllocatesNothing("logDensity, " + what, () -> evaluator.logDensity(rows, ROWS, log));
    assertAllocatesNothing(
        "logDensity with bounds, " + what, () -> evaluator.logDensity(rows, ROWS, log, bound));
  }

  @Test
  void posterior_categorical_allocatesNothing() throws Exception {
    runAlone("posterior");
  }

  private void posterior() {
    CircuitBuilder b =
        Circuit.builder(List.of(Variable.real("x"), Variable.categorical("c", "a", "b")));
    int left = b.product(b.gaussian(0, 0, 1), b.categoricalLog(1, -0.5, -1));
    int right = b.product(b.gaussian(0, 2, 1), b.categoricalLog(1, -2, -0.2));
    Circuit circuit = b.build(b.sumLinear(new int[] {left, right}, new double[] {0.4, 0.6}));
    double[] rows = BatchErrorBoundTest.rows(circuit, ROWS, 0.3, 2);
    double[] posterior = new double[2 * ROWS];
    double[] bound = new double[ROWS];
    Evaluator evaluator = new Evaluator(circuit);
    assertAllocatesNothing("posterior", () -> evaluator.posterior(1, rows, ROWS, posterior));
    assertAllocatesNothing(
        "posterior with bounds", () -> evaluator.posterior(1, rows, ROWS, posterior, bound));
  }

  @Test
  void posteriors_allVariables_allocateNothing() throws Exception {
    runAlone("posteriors");
  }

  private void posteriors() {
    Circuit circuit = mixed();
    double[] rows = BatchErrorBoundTest.rows(circuit, ROWS, 0.3, 3);
    for (int i = 0; i < rows.length; i++) {
      rows[i] = Math.max(-5, Math.min(5, rows[i])); // rows far out are answered one by one
    }
    PosteriorEvaluator evaluator = new PosteriorEvaluator(circuit);
    double[] found = new double[ROWS * evaluator.numColumns()];
    double[] bound = new double[found.length];
    assertAllocatesNothing("posteriors", () -> evaluator.posteriors(rows, ROWS, found));
    assertAllocatesNothing(
        "posteriors with bounds", () -> evaluator.posteriors(rows, ROWS, found, bound));
  }

  @Test
  void mpe_deterministicCircuit_allocatesNothing() throws Exception {
    runAlone("mpe");
  }

  private void mpe() {
    Circuit circuit =
        Plain.circuit(
            RandomCircuits.tractable(
                RandomCircuits.Family.CATEGORICAL, RandomCircuits.Variant.DETERMINISTIC, 6, 12));
    double[] rows = BatchErrorBoundTest.rows(circuit, ROWS, 0.5, 4);
    double[] assignments = new double[rows.length];
    double[] log = new double[ROWS];
    double[] bound = new double[ROWS];
    MpeEvaluator evaluator = new MpeEvaluator(circuit);
    assertAllocatesNothing("mpe", () -> evaluator.mpe(rows, ROWS, assignments, log, bound));
  }

  @Test
  void logRange_network_allocatesNothing() throws Exception {
    runAlone("range");
  }

  private void range() {
    Circuit circuit = PaperNetwork.random(4, 3, new int[] {6, 5, 1}, 0.5, 1);
    double[] rows = BatchErrorBoundTest.rows(circuit, ROWS, 0.3, 5);
    RangeEvaluator evaluator = new RangeEvaluator(circuit, 4);
    double[] lo = new double[3 * ROWS];
    double[] hi = new double[3 * ROWS];
    int[] state = new int[ROWS];
    assertAllocatesNothing("logRange", () -> evaluator.logRange(rows, ROWS, lo, hi));
    assertAllocatesNothing("certifiedState", () -> evaluator.certifiedState(rows, ROWS, state));
  }

  @Test
  void marginalAndPosterior_oneQuery_allocateTheAnswerAlone() throws Exception {
    runAlone("single");
  }

  private void single() {
    Inference inference = new Inference(mixed());
    Evidence evidence = new Evidence(inference.circuit());
    // a log with its certificate: two objects of up to 32 bytes
    assertAllocates("marginal", () -> inference.marginal(evidence), 1, 65);
    for (int v = 0; v < inference.circuit().numVariables(); v++) {
      int variable = v;
      Posterior answer = inference.posterior(variable, evidence);
      for (int i = 0; i < 20_000; i++) {
        copy(answer);
      }
      long before = threads.getCurrentThreadAllocatedBytes();
      copy(answer);
      double size = threads.getCurrentThreadAllocatedBytes() - before;
      assertAllocates("posterior " + v, () -> inference.posterior(variable, evidence), 1, size + 1);
    }
  }

  /** The same answer made anew, its numbers and its certificate. */
  private static Posterior copy(Posterior answer) {
    Exact exact = (Exact) answer.certificate();
    Exact certificate = new Exact(exact.relativeErrorBound());
    if (answer instanceof CategoricalPosterior states) {
      return new CategoricalPosterior(states.variable(), states.probabilities(), certificate);
    }
    GaussianMixture mixture = (GaussianMixture) answer;
    return new GaussianMixture(
        mixture.variable(),
        mixture.weights(),
        mixture.means(),
        mixture.scales(),
        mixture.uniformWeight(),
        mixture.lo(),
        mixture.hi(),
        certificate);
  }

  @Test
  void sample_evidence_allocatesTheRowsAlone() throws Exception {
    runAlone("sample");
  }

  private void sample() {
    Circuit circuit = mixed();
    Inference inference = new Inference(circuit);
    Evidence evidence = new Evidence(circuit);
    double result = Double.BYTES * circuit.numVariables();
    assertAllocates(
        "sample", () -> inference.sample(evidence, 20 * ROWS, 1), 20 * ROWS, result + 0.5);
  }
}
