package org.ugmm.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.ugmm.compiler.CompileOptions;
import org.ugmm.compiler.ModelCompiler;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.Budget;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.Certificate.Kind;
import org.ugmm.engine.data.CertifiedState;
import org.ugmm.engine.data.CertifiedState.Outcome;
import org.ugmm.engine.data.InferenceOptions;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.testdata.Golden;

/**
 * What the paper's digits network says of images with pixels missing, each anywhere in [0, 1]: run
 * in the project by {@code java --add-modules=jdk.incubator.vector -cp bench/target/benchmarks.jar
 * org.ugmm.bench.DeepDigits [STEP]}. Every STEP-th of the 360 test rows is asked, all by default.
 * Prints the accuracy of the class posterior with the missing pixels integrated out against that
 * with their training means put in; then how many classes are proven to be the most probable; then
 * how many are proven to win whatever the missing pixels are. Which pixels are missing depends on
 * the row and the share alone; times are the processor's.
 */
public final class DeepDigits {
  private static final int PIXELS = 64;
  private static final double[] INTEGRATED = {0.3, 0.5};
  private static final double[] CERTIFIED = {0.05, 0.1, 0.2};
  private static final InferenceOptions ESTIMATES =
      InferenceOptions.DEFAULT
          .allowing(Kind.ESTIMATED)
          .withTolerance(1e-2)
          .withBudget(Budget.DEFAULT.withEvaluations(8192));

  /** Any width of the integrals will do: the first proof alone, which state it is. */
  private static final InferenceOptions PROOFS =
      InferenceOptions.DEFAULT
          .withWidestEnclosure(Double.MAX_VALUE)
          .withBudget(Budget.DEFAULT.withBoxes(Long.MAX_VALUE).withTime(Duration.ofSeconds(1)));

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final Circuit circuit;
  private final int digit;
  private final double[][] rows;
  private final int[] tested;
  private final double[] means = new double[PIXELS];

  private DeepDigits(int step) throws IOException {
    circuit =
        ModelCompiler.compile(
                Golden.find("models/digits-deep/digits.network.json"), CompileOptions.defaults())
            .circuit();
    String name = circuit.classVariable();
    if (name == null) {
      throw new IllegalStateException("the digits network declares no class");
    }
    digit = circuit.indexOf(name);
    rows = numbers(Golden.find("data/digits-scaled.csv"));
    String list = Files.readString(Golden.find("data/digits.test-rows.json"));
    int[] test =
        Arrays.stream(list.replaceAll("[\\[\\]\\s]", "").split(","))
            .mapToInt(Integer::parseInt)
            .toArray();
    boolean[] isTest = new boolean[rows.length];
    for (int row : test) {
      isTest[row] = true;
    }
    for (int r = 0; r < rows.length; r++) {
      for (int p = 0; p < PIXELS && !isTest[r]; p++) {
        means[p] += rows[r][p] / (rows.length - test.length);
      }
    }
    tested = new int[(test.length + step - 1) / step];
    Arrays.setAll(tested, k -> test[k * step]);
  }

  private static double[][] numbers(Path csv) throws IOException {
    List<String> lines = Files.readAllLines(csv);
    return lines.stream()
        .skip(1)
        .map(line -> Arrays.stream(line.split(",")).mapToDouble(Double::parseDouble).toArray())
        .toArray(double[][]::new);
  }

  /** Takes a step between rows. */
  public static void main(String[] args) throws IOException {
    DeepDigits digits = new DeepDigits(args.length > 0 ? Integer.parseInt(args[0]) : 1);
    System.out.println("| missing | rows | means put in | integrated out | ms a row |");
    System.out.println("|---|---:|---:|---:|---:|");
    for (double share : INTEGRATED) {
      digits.integrate(share);
    }
    System.out.println();
    System.out.println("| missing | rows | proven most probable | of these right | ms a row |");
    System.out.println("|---|---:|---:|---:|---:|");
    for (double share : CERTIFIED) {
      digits.prove(share);
    }
    System.out.println();
    System.out.println(
        "| missing | rows | wins everywhere | of these right | refuted | undecided | ms a row |");
    System.out.println("|---|---:|---:|---:|---:|---:|---:|");
    for (double share : CERTIFIED) {
      digits.certify(share);
    }
  }

  /** The row without some pixels; the others of them are replaced by means, or left open. */
  private Evidence evidence(int row, double share, boolean withMeans) {
    boolean[] isMissing = new boolean[PIXELS];
    SplittableRandom random = new SplittableRandom(1000L * row + Math.round(100 * share));
    for (int left = (int) Math.round(share * PIXELS); left > 0; ) {
      int pixel = random.nextInt(PIXELS);
      left -= isMissing[pixel] ? 0 : 1;
      isMissing[pixel] = true;
    }
    Evidence evidence = new Evidence(circuit);
    for (int p = 0; p < PIXELS; p++) {
      if (!isMissing[p] || withMeans) {
        evidence.observe(p, isMissing[p] ? means[p] : rows[row][p]);
      } else {
        evidence.interval(p, 0, 1);
      }
    }
    return evidence;
  }

  private void integrate(double share) {
    Inference inference = new Inference(circuit);
    Inference estimates = new Inference(circuit, ESTIMATES);
    int rightByMeans = 0;
    int rightByIntegral = 0;
    long nanos = 0;
    for (int row : tested) {
      int label = (int) rows[row][PIXELS];
      Evidence imputed = evidence(row, share, true);
      CategoricalPosterior byMeans = (CategoricalPosterior) inference.posterior(digit, imputed);
      rightByMeans += byMeans.mostProbable() == label ? 1 : 0;
      Evidence open = evidence(row, share, false);
      long from = THREADS.getCurrentThreadCpuTime();
      CategoricalPosterior integrated = (CategoricalPosterior) estimates.posterior(digit, open);
      nanos += THREADS.getCurrentThreadCpuTime() - from;
      rightByIntegral += integrated.mostProbable() == label ? 1 : 0;
    }
    System.out.printf(
        Locale.ROOT,
        "| %.0f %% | %d | %.3f | %.3f | %.0f |%n",
        100 * share,
        tested.length,
        (double) rightByMeans / tested.length,
        (double) rightByIntegral / tested.length,
        nanos / 1e6 / tested.length);
  }

  private void prove(double share) {
    Inference proofs = new Inference(circuit, PROOFS);
    int proven = 0;
    int right = 0;
    long nanos = 0;
    for (int row : tested) {
      Evidence open = evidence(row, share, false);
      long from = THREADS.getCurrentThreadCpuTime();
      try {
        CategoricalPosterior answer = (CategoricalPosterior) proofs.posterior(digit, open);
        proven++;
        right += answer.mostProbable() == (int) rows[row][PIXELS] ? 1 : 0;
      } catch (RefusedException notProven) {
        // counted by what is missing from the others
      }
      nanos += THREADS.getCurrentThreadCpuTime() - from;
    }
    System.out.printf(
        Locale.ROOT,
        "| %.0f %% | %d | %.1f %% | %d of %d | %.0f |%n",
        100 * share,
        tested.length,
        100.0 * proven / tested.length,
        right,
        proven,
        nanos / 1e6 / tested.length);
  }

  private void certify(double share) {
    Inference proofs = new Inference(circuit, PROOFS);
    int[] count = new int[Outcome.values().length];
    int right = 0;
    long nanos = 0;
    for (int row : tested) {
      long from = THREADS.getCurrentThreadCpuTime();
      CertifiedState answer = proofs.certifiedState(digit, evidence(row, share, false));
      nanos += THREADS.getCurrentThreadCpuTime() - from;
      count[answer.outcome().ordinal()]++;
      boolean isCertified = answer.outcome() == Outcome.CERTIFIED;
      right += isCertified && answer.state() == (int) rows[row][PIXELS] ? 1 : 0;
    }
    System.out.printf(
        Locale.ROOT,
        "| %.0f %% | %d | %.1f %% | %d of %d | %.1f %% | %.1f %% | %.0f |%n",
        100 * share,
        tested.length,
        100.0 * count[Outcome.CERTIFIED.ordinal()] / tested.length,
        right,
        count[Outcome.CERTIFIED.ordinal()],
        100.0 * count[Outcome.REFUTED.ordinal()] / tested.length,
        100.0 * count[Outcome.UNDECIDED.ordinal()] / tested.length,
        nanos / 1e6 / tested.length);
  }
}
