package example;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.ugmm.compiler.CompileOptions;
import org.ugmm.compiler.ModelCompiler;
import org.ugmm.compiler.build.TrainOptions;
import org.ugmm.compiler.build.Training;
import org.ugmm.compiler.build.network.NetworkOptions;
import org.ugmm.compiler.build.network.NetworkTraining;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evaluator;
import org.ugmm.engine.data.LearnOptions;
import org.ugmm.engine.data.Precision;
import org.ugmm.engine.data.TrainingData;
import org.ugmm.engine.data.Variable;

/**
 * What the paper's network costs beside others on the digits of 8 by 8 pixels, and what it is good
 * for: the paper's form, the tractable form of the same sizes, a circuit found by search, and two
 * multilayer perceptrons of PyTorch in the same JVM. One thread.
 */
public final class Bill {
  private static final String SIZES = "64-64-32-10";
  private static final double[] SHARES = {0, 0.1, 0.3, 0.5, 0.9};
  private static final int MLP_EPOCHS = 40;
  private static final int ROUNDS = 21;

  private Bill() {}

  /** Answers: natural logs of the classes up to a constant, and a score of how usual a row is. */
  private record Answers(double[][] classes, double[] density) {}

  private interface Model {
    /** Natural logs of the classes, up to a constant a row. */
    double[][] classes(float[][] rows);

    Answers ask(float[][] rows);

    /** A share of the pixels is not known. */
    Answers missing(float[][] rows, double share);
  }

  private record Entry(String name, long parameters, double coreSeconds, Model model) {}

  /** Arguments: the folder of digits.csv, where models are written, and the circuit's budget. */
  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args.length > 0 ? args[0] : "../../data");
    Path out = Path.of(args.length > 1 ? args[1] : "target");
    double budget = args.length > 2 ? Double.parseDouble(args[2]) : 5e9;
    Digits train = Digits.read(folder, false);
    Digits test = Digits.read(folder, true);
    Files.createDirectories(out);
    TrainingData data = table(train);
    float[] mean = Digits.means(train.pixels());
    TrainOptions options =
        TrainOptions.DEFAULT
            .withClassVariable("digit")
            .withLearn(LearnOptions.DEFAULT.withThreads(1).withPrecision(Precision.FLOAT));
    List<Entry> entries = new ArrayList<>();
    for (int components : new int[] {0, 1}) {
      NetworkOptions shape =
          new NetworkOptions(
              NetworkOptions.sizes(SIZES),
              false,
              Double.NaN,
              1,
              NetworkOptions.Recipe.DATA,
              components);
      long cpu = Fitted.cpuNanos();
      var trained = NetworkTraining.of(data).learn(options, shape);
      double seconds = (Fitted.cpuNanos() - cpu) / 1e9;
      Circuit circuit =
          ModelCompiler.compile(trained.network(), CompileOptions.defaults()).circuit();
      String name = components == 0 ? "paper's network " + SIZES : "tractable network " + SIZES;
      circuit.save(out.resolve(components == 0 ? "paper.circuit" : "tractable.circuit"));
      long parameters = trained.network().layers().stream().mapToLong(l -> l.numParameters()).sum();
      entries.add(
          new Entry(
              name, parameters, seconds, circuit(circuit, Precision.FLOAT, components > 0, mean)));
    }
    long cpu = Fitted.cpuNanos();
    Circuit found = Training.of(data).learn(options.withBudget(budget, Long.MAX_VALUE)).circuit();
    double seconds = (Fitted.cpuNanos() - cpu) / 1e9;
    found.save(out.resolve("searched.circuit"));
    entries.add(
        new Entry(
            "circuit by search",
            found.numParameters(),
            seconds,
            circuit(found, Precision.DOUBLE, true, mean)));
    try (NDManager manager = NDManager.newBaseManager()) {
      for (int[] sizes : new int[][] {{64, 32}, {160, 52}}) {
        Engine.getInstance().setRandomSeed(1);
        Block trunk = Blocks.identityBlock();
        Block head =
            new SequentialBlock()
                .add(Linear.builder().setUnits(sizes[0]).build())
                .add(Activation::relu)
                .add(Linear.builder().setUnits(sizes[1]).build())
                .add(Activation::relu)
                .add(Linear.builder().setUnits(Digits.CLASSES).build());
        Fitted fitted = new Fitted(manager, trunk, head, List.of(), train, MLP_EPOCHS, 3e-3f);
        entries.add(
            new Entry(
                "MLP 64-%d-%d-10".formatted(sizes[0], sizes[1]),
                fitted.size(true),
                fitted.coreSeconds(),
                perceptron(fitted, mean)));
      }
      print(entries, test);
    }
  }

  private static TrainingData table(Digits digits) {
    List<Variable> variables = new ArrayList<>();
    for (int p = 0; p < Digits.PIXELS; p++) {
      variables.add(Variable.real("p" + p));
    }
    String[] states = new String[Digits.CLASSES];
    Arrays.setAll(states, Integer::toString);
    variables.add(Variable.categorical("digit", states));
    TrainingData.Builder builder = TrainingData.builder(variables);
    double[] row = new double[Digits.PIXELS + 1];
    for (int r = 0; r < digits.size(); r++) {
      for (int p = 0; p < Digits.PIXELS; p++) {
        row[p] = digits.pixels()[r][p];
      }
      row[Digits.PIXELS] = digits.label()[r];
      builder.addRow(row);
    }
    return builder.build();
  }

  /** A circuit; where it is not tractable, missing pixels are filled by their means. */
  private static Model circuit(
      Circuit circuit, Precision precision, boolean isTractable, float[] mean) {
    Evaluator evaluator = new Evaluator(circuit, precision);
    float[] unknown = new float[Digits.PIXELS];
    Arrays.fill(unknown, Float.NaN);
    return new Model() {
      @Override
      public double[][] classes(float[][] rows) {
        double[] posterior = new double[rows.length * Digits.CLASSES];
        evaluator.posterior(Digits.PIXELS, batch(rows), rows.length, posterior);
        double[][] logs = new double[rows.length][Digits.CLASSES];
        for (int i = 0; i < posterior.length; i++) {
          logs[i / Digits.CLASSES][i % Digits.CLASSES] =
              Math.log(Math.max(posterior[i], Double.MIN_NORMAL));
        }
        return logs;
      }

      @Override
      public Answers ask(float[][] rows) {
        double[] density = new double[rows.length];
        evaluator.logDensity(batch(rows), rows.length, density);
        return new Answers(classes(rows), density);
      }

      @Override
      public Answers missing(float[][] rows, double share) {
        return ask(Digits.hidden(rows, share, isTractable ? unknown : mean));
      }
    };
  }

  /** Rows as the evaluators read them, the class unknown. */
  private static double[] batch(float[][] rows) {
    int width = Digits.PIXELS + 1;
    double[] batch = new double[rows.length * width];
    for (int r = 0; r < rows.length; r++) {
      for (int p = 0; p < Digits.PIXELS; p++) {
        batch[r * width + p] = rows[r][p];
      }
      batch[r * width + Digits.PIXELS] = Double.NaN;
    }
    return batch;
  }

  private static Model perceptron(Fitted fitted, float[] mean) {
    return new Model() {
      @Override
      public double[][] classes(float[][] rows) {
        return fitted.logits(rows);
      }

      @Override
      public Answers ask(float[][] rows) {
        double[][] logits = classes(rows);
        return new Answers(logits, Verdict.logSums(logits));
      }

      @Override
      public Answers missing(float[][] rows, double share) {
        return ask(Digits.hidden(rows, share, mean));
      }
    };
  }

  private static void print(List<Entry> entries, Digits test) {
    System.out.println(
        "| model | parameters | training, core-seconds | accuracy | ECE | NLL | Brier | OOD AUROC:"
            + " log-density, confidence | pixels missing: 10 / 30 / 50 / 90 % | forward, time a row"
            + " over the first MLP's |");
    System.out.println("|---|---:|---:|---:|---:|---:|---:|---:|---|---:|");
    double[] nanos = nanos(entries, test);
    for (int e = 0; e < entries.size(); e++) {
      Entry entry = entries.get(e);
      Answers answers = entry.model.ask(test.pixels());
      Answers strange = entry.model.ask(test.inverted().pixels());
      Verdict verdict = Verdict.of(answers.classes, test.label());
      StringBuilder missing = new StringBuilder();
      for (int s = 1; s < SHARES.length; s++) {
        Answers some = entry.model.missing(test.pixels(), SHARES[s]);
        missing.append(s > 1 ? " / " : "");
        missing.append(
            String.format(Locale.ROOT, "%.3f", Verdict.of(some.classes, test.label()).accuracy()));
      }
      System.out.println(
          String.format(
              Locale.ROOT,
              "| %s | %,d | %.1f | %.3f | %.4f | %.4f | %.4f | %.3f, %.3f | %s | %.1f |",
              entry.name,
              entry.parameters,
              entry.coreSeconds,
              verdict.accuracy(),
              verdict.calibration(),
              verdict.nll(),
              verdict.brier(),
              Verdict.auroc(answers.density, strange.density),
              Verdict.auroc(
                  Verdict.confidences(answers.classes), Verdict.confidences(strange.classes)),
              missing,
              nanos[e] / nanos[entries.size() - 2]));
    }
  }

  /** The quickest of some rounds, taken by turns, so that other work on the machine meets all. */
  private static double[] nanos(List<Entry> entries, Digits test) {
    double[] best = new double[entries.size()];
    Arrays.fill(best, Double.POSITIVE_INFINITY);
    for (int round = 0; round < ROUNDS; round++) {
      for (int e = 0; e < best.length; e++) {
        long start = System.nanoTime();
        entries.get(e).model.classes(test.pixels());
        best[e] = Math.min(best[e], System.nanoTime() - start);
      }
    }
    return best;
  }
}
