package org.ugmm.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.ugmm.bench.HoledTable.Hidden;
import org.ugmm.compiler.build.Family;
import org.ugmm.compiler.build.TrainOptions;
import org.ugmm.compiler.build.Training;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.Posterior;
import org.ugmm.engine.data.TrainingData;

/**
 * Hides cells of tables, learns a circuit from what is left, fills the holes by its posteriors, and
 * compares with means and chained regressions: {@code java -cp bench/target/benchmarks.jar
 * org.ugmm.bench.Imputation WORK STRUCTURE SEED TABLE.csv...}, where WORK is the budget of training
 * in multiply-adds, such as 1e10, STRUCTURE one of training, such as auto or gaussian, and SEED
 * that of what is hidden and of training.
 */
public final class Imputation {
  private static final double[] SHARES = {0.1, 0.3, 0.5};

  private Imputation() {}

  /**
   * What came of one table.
   *
   * @param numbers errors of numbers: of means, chained regressions and posteriors
   * @param states errors of states, likewise
   * @param coverage share of hidden numbers inside their 90 % interval
   */
  record Result(double[] numbers, double[] states, double coverage) {}

  /** Fills a table in three ways. */
  static Result compare(HoledTable table, double work, Family family, long seed) {
    double[] means = table.errors(ChainedRegression.means(table));
    double[] chained = table.errors(ChainedRegression.fill(table));
    TrainOptions options =
        TrainOptions.DEFAULT.withBudget(work, Long.MAX_VALUE).withFamily(family, 0);
    options = options.withLearn(options.learn().withSeed(seed));
    double[] rows = Arrays.stream(table.seen()).flatMapToDouble(Arrays::stream).toArray();
    Circuit circuit =
        Training.of(TrainingData.of(table.variables(), rows)).learn(options).circuit();
    Inference inference = new Inference(circuit);
    double[][] filled = new double[table.numRows()][];
    int inside = 0;
    int numbers = 0;
    for (int r = 0; r < filled.length; r++) {
      filled[r] = table.seen()[r].clone();
      boolean isComplete = Arrays.stream(filled[r]).noneMatch(Double::isNaN);
      List<Posterior> posteriors =
          isComplete ? List.of() : inference.posteriors(Evidence.ofRow(circuit, table.seen()[r]));
      for (Posterior posterior : posteriors) {
        int c = circuit.indexOf(posterior.variable().name());
        if (posterior instanceof CategoricalPosterior state) {
          filled[r][c] = state.mostProbable();
        } else if (posterior instanceof Posterior.Numeric number) {
          filled[r][c] = number.mean();
          if (table.isHidden(r, c)) {
            double below = number.cdf(table.truth()[r][c]);
            numbers++;
            inside += below >= 0.05 && below <= 0.95 ? 1 : 0;
          }
        }
      }
    }
    double[] ours = table.errors(filled);
    return new Result(
        new double[] {means[0], chained[0], ours[0]},
        new double[] {means[1], chained[1], ours[1]},
        (double) inside / numbers);
  }

  /** Prints a line for each table, share and way of hiding. */
  public static void main(String[] args) throws IOException {
    if (args.length < 4) {
      throw new IllegalArgumentException(
          "expected WORK STRUCTURE SEED TABLE.csv..., such as 1e10 auto 1 penguins.csv");
    }
    double work = Double.parseDouble(args[0]);
    Family family = Family.parse(args[1]);
    long seed = Long.parseLong(args[2]);
    System.out.println(
        "table, hidden | numbers: mean, chained, posterior | states: mean, chained, posterior"
            + " | coverage of 90 %");
    for (String file : Arrays.asList(args).subList(3, args.length)) {
      HoledTable whole = HoledTable.read(Path.of(file));
      for (Hidden how : Hidden.values()) {
        for (double share : SHARES) {
          long start = System.nanoTime();
          Result result = compare(whole.hiding(how, share, seed), work, family, seed);
          System.out.printf(
              Locale.ROOT,
              "%s %s %.0f %% | %.3f %.3f %.3f | %.3f %.3f %.3f | %.3f (%.0f s)%n",
              Path.of(file).getFileName(),
              how,
              100 * share,
              result.numbers[0],
              result.numbers[1],
              result.numbers[2],
              result.states[0],
              result.states[1],
              result.states[2],
              result.coverage,
              (System.nanoTime() - start) / 1e9);
        }
      }
    }
  }
}
