package org.ugmm.compiler.build;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class StackingTest {
  private static final double INFINITE = Double.NEGATIVE_INFINITY;

  /** EM finds the weight that a search over all weights finds. */
  @Test
  void weights_are_the_most_probable() {
    SplittableRandom random = new SplittableRandom(2);
    double[][] logs = new double[2][40];
    double[] rowWeight = new double[40];
    for (int r = 0; r < 40; r++) {
      logs[0][r] = -2 * random.nextDouble();
      logs[1][r] = -2 * random.nextDouble();
      rowWeight[r] = random.nextInt(3);
    }
    double best = INFINITE;
    for (int i = 0; i <= 1000; i++) {
      best = Math.max(best, value(logs, new double[] {i / 1000.0, 1 - i / 1000.0}, rowWeight));
    }
    double found = value(logs, Stacking.forRows(logs, rowWeight), rowWeight);
    assertEquals(best, found, 1e-4);
  }

  private static double value(double[][] logs, double[] weight, double[] rowWeight) {
    double[] mixed = Stacking.mixed(logs, weight);
    double sum = 0;
    for (int r = 0; r < mixed.length; r++) {
      sum += rowWeight[r] * mixed[r];
    }
    return sum;
  }

  @Test
  void a_model_that_excludes_a_row_loses_only_what_it_must() {
    double[][] logs = {{-1, INFINITE, -1}, {-5, -1, INFINITE}};
    double[] weight = Stacking.forRows(logs, new double[] {1, 1, 1});
    assertTrue(weight[0] > 0.5 && weight[0] < 0.9, Arrays.toString(weight));
    double[][] none = {{INFINITE}, {INFINITE}};
    assertArrayEquals(new double[] {0.5, 0.5}, Stacking.forRows(none, new double[] {1}));
    assertEquals(INFINITE, Stacking.mixed(none, new double[] {0.5, 0.5})[0]);
  }

  /** The model that knows the classes wins, however improbable it finds the rows. */
  @Test
  void weights_for_classes_are_for_classes() {
    int rows = 50;
    double[][] own = new double[2][rows];
    double[][] all = new double[2][rows];
    for (int r = 0; r < rows; r++) {
      all[0][r] = -3;
      own[0][r] = -3 + Math.log(0.9);
      all[1][r] = -2;
      own[1][r] = -2 + Math.log(0.5);
    }
    double[] ones = new double[rows];
    Arrays.fill(ones, 1);
    double[] weight = Stacking.forClasses(own, all, ones);
    assertTrue(weight[0] > 0.95, Arrays.toString(weight));
    assertEquals(1, weight[0] + weight[1], 1e-12);
  }
}
