package org.ugmm.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.ugmm.bench.HoledTable.Hidden;
import org.ugmm.compiler.build.Family;
import org.ugmm.engine.data.Variable;
import org.ugmm.testdata.Golden;

/**
 * Imputation against means and chained regressions, on penguins with 30 % of the cells hidden; with
 * {@code -Dorg.ugmm.imputation=10} on more such tables.
 */
class ImputationTest {
  private static final int TABLES = Integer.getInteger("org.ugmm.imputation", 1);

  @Test
  void posteriors_penguins_areCloserThanRegressionsAndKnowHowClose() throws IOException {
    Path csv = Golden.find("data/penguins.csv");
    HoledTable whole = HoledTable.read(csv);
    double[] numbers = new double[3];
    double coverage = 0;
    for (int seed = 1; seed <= TABLES; seed++) {
      Imputation.Result result =
          Imputation.compare(whole.hiding(Hidden.AT_RANDOM, 0.3, seed), 5e7, Family.AUTO, seed);
      for (int i = 0; i < 3; i++) {
        numbers[i] += result.numbers()[i] / TABLES;
      }
      coverage += result.coverage() / TABLES;
    }
    String what = "errors %s %s %s".formatted(numbers[0], numbers[1], numbers[2]);
    assertTrue(numbers[2] < numbers[1], what);
    assertTrue(numbers[1] < numbers[0], what);
    assertTrue(coverage >= 0.87 && coverage <= 0.93, "coverage " + coverage);
  }

  /** A regression finds a line without noise, and a mean does not. */
  @Test
  void chainedRegression_line_isFound() {
    double[][] truth = new double[60][];
    for (int r = 0; r < truth.length; r++) {
      truth[r] = new double[] {r, 3 - 2.0 * r, r % 7};
    }
    HoledTable whole =
        new HoledTable(
            List.of(Variable.real("x"), Variable.real("y"), Variable.real("z")), truth, truth);
    double[][] seen = new double[60][];
    for (int r = 0; r < 60; r++) {
      seen[r] = truth[r].clone();
      seen[r][1] = r % 6 == 5 ? Double.NaN : seen[r][1];
    }
    HoledTable holed = new HoledTable(whole.variables(), truth, seen);
    assertTrue(holed.errors(ChainedRegression.fill(holed))[0] < 0.05); // the ridge pulls a little
    assertEquals(1, holed.errors(ChainedRegression.means(holed))[0], 0.2);
  }
}
