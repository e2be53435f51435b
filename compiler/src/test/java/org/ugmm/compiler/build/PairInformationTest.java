package org.ugmm.compiler.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.data.TrainingData;
import org.ugmm.engine.data.Variable;

final class PairInformationTest {
  /** The counts of bits and the counts of rows are two ways to the same number. */
  @Test
  void bits_and_rows_agree() {
    SplittableRandom random = new SplittableRandom(3);
    for (int numRows : new int[] {1, 63, 64, 65, 1000}) {
      double[] two = new double[2 * numRows];
      double[] three = new double[2 * numRows];
      for (int i = 0; i < two.length; i++) {
        two[i] = random.nextDouble() < 0.2 ? Double.NaN : random.nextInt(2);
        three[i] = two[i];
      }
      TrainingData bits =
          TrainingData.of(
              List.of(Variable.categorical("a", "0", "1"), Variable.categorical("b", "0", "1")),
              two);
      double expected = plain(two, numRows);
      PairInformation information = new PairInformation(Bins.of(new Cloud(bits), 15));
      assertEquals(expected, information.of(0, 1), 1e-12, "rows " + numRows);
      assertEquals(information.of(0, 1), information.of(1, 0), 1e-12);
    }
  }

  private static double plain(double[] rows, int numRows) {
    double[][] count = {{0.1, 0.1}, {0.1, 0.1}};
    double total = 0;
    for (int r = 0; r < numRows; r++) {
      if (!Double.isNaN(rows[2 * r]) && !Double.isNaN(rows[2 * r + 1])) {
        count[(int) rows[2 * r]][(int) rows[2 * r + 1]]++;
        total++;
      }
    }
    if (total == 0) {
      return 0;
    }
    double sum = 0;
    double all = total + 0.4;
    for (int i = 0; i < 2; i++) {
      for (int j = 0; j < 2; j++) {
        double p = count[i][j] / all;
        double q = (count[i][0] + count[i][1]) / all * (count[0][j] + count[1][j]) / all;
        sum += p * Math.log(p / q);
      }
    }
    return Math.max(0, sum - 1 / (2 * total));
  }

  /** Many bins must not look dependent by chance: the correction takes off what chance gives. */
  @Test
  void independent_columns_have_almost_no_information() {
    SplittableRandom random = new SplittableRandom(5);
    List<Variable> variables = new ArrayList<>();
    for (int v = 0; v < 4; v++) {
      variables.add(Variable.real("x" + v));
    }
    double[] rows = random.doubles(4 * 400).toArray();
    TrainingData data = TrainingData.of(variables, rows);
    Bins bins = Bins.of(new Cloud(data), 15);
    PairInformation information = new PairInformation(bins);
    assertTrue(bins.numBins(0) > 5, "bins " + bins.numBins(0));
    for (int a = 0; a < 4; a++) {
      for (int b = 0; b < a; b++) {
        assertTrue(information.of(a, b) < 0.06, a + " " + b + ": " + information.of(a, b));
      }
    }
  }

  @Test
  void a_copy_has_the_information_of_the_column() {
    TrainingData data =
        TrainingData.of(
            List.of(Variable.categorical("a", "0", "1"), Variable.categorical("b", "0", "1")),
            new double[] {0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1});
    double found = new PairInformation(Bins.of(new Cloud(data), 15)).of(0, 1);
    assertEquals(Math.log(2), found, 0.15);
  }

  @Test
  void constant_and_missing_columns_have_none() {
    double nan = Double.NaN;
    TrainingData data =
        TrainingData.of(
            List.of(Variable.real("a"), Variable.real("b"), Variable.categorical("c", "0", "1")),
            new double[] {1, nan, 0, 1, nan, 1, 1, nan, 0, 1, nan, 1});
    PairInformation information = new PairInformation(Bins.of(new Cloud(data), 15));
    assertEquals(0, information.of(0, 1));
    assertEquals(0, information.of(0, 2));
    assertEquals(0, information.of(1, 2));
  }
}
