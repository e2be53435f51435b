package org.ugmm.engine.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Values and vector-Jacobian products of a layer against its definition, by finite differences. */
final class UnitFunctionTest {
  private static final double STEP = 1e-5;

  private final SplittableRandom random = new SplittableRandom(5);

  private float[] numbers(int count, double lo, double hi) {
    float[] all = new float[count];
    for (int i = 0; i < count; i++) {
      all[i] = (float) random.nextDouble(lo, hi);
    }
    return all;
  }

  private static double[] doubles(float[] numbers) {
    double[] all = new double[numbers.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = numbers[i];
    }
    return all;
  }

  /** The definition: {@code parts} are means, logs of scales, logits and inputs. */
  private static double value(double[][] parts, int n, int unit, int row) {
    double total = 0;
    double sum = 0;
    for (int k = 0; k < n; k++) {
      int at = unit * n + k;
      double z = (parts[3][row * n + k] - parts[0][at]) / Math.exp(parts[1][at]);
      double weight = Math.exp(parts[2][at]);
      total += weight;
      sum += weight * Math.exp(-0.5 * z * z - parts[1][at]) / Math.sqrt(2 * Math.PI);
    }
    return Math.log(sum / total);
  }

  private static double weighted(double[][] parts, float[] by, int n, int m) {
    double sum = 0;
    for (int i = 0; i < by.length; i++) {
      sum += by[i] == 0 ? 0 : by[i] * value(parts, n, i % m, i / m);
    }
    return sum;
  }

  @Test
  void valuesAndProducts_matchTheDefinition() {
    int[][] shapes = {{1, 1, 1}, {3, 2, 5}, {7, 10, 64}, {17, 9, 65}, {32, 3, 130}};
    for (int[] shape : shapes) {
      int n = shape[0];
      int m = shape[1];
      int rows = shape[2];
      float[] mean = numbers(m * n, -2, 2);
      float[] logScale = numbers(m * n, -0.7, 0.7);
      float[] logit = numbers(m * n, -1, 1);
      float[] x = numbers(rows * n, -2, 2);
      double[][] parts = {doubles(mean), doubles(logScale), doubles(logit), doubles(x)};
      UnitFunction function = new UnitFunction(n, m);
      float[] y = new float[rows * m];
      function.forward(mean, logScale, logit, x, rows, y);
      for (int i = 0; i < y.length; i++) {
        double expected = value(parts, n, i % m, i / m);
        assertEquals(expected, y[i], 2e-5 * (1 + Math.abs(expected)), n + "-" + m + " " + i);
      }
      float[] by = numbers(rows * m, -1, 1);
      float[][] found = {new float[m * n], new float[m * n], new float[m * n], new float[rows * n]};
      function.backward(by, found[3], found[0], found[1], found[2]);
      for (int part = 0; part < 4; part++) {
        int stride = Math.max(1, found[part].length / 23);
        for (int i = 0; i < found[part].length; i += stride) {
          double at = parts[part][i];
          parts[part][i] = at + STEP;
          double up = weighted(parts, by, n, m);
          parts[part][i] = at - STEP;
          double down = weighted(parts, by, n, m);
          parts[part][i] = at;
          double expected = (up - down) / (2 * STEP);
          assertEquals(
              expected,
              found[part][i],
              5e-4 * (1 + Math.abs(expected)),
              "%d-%d, part %d, %d".formatted(n, m, part, i));
        }
      }
    }
  }

  @Test
  void shortArray_isRefused() {
    UnitFunction function = new UnitFunction(3, 2);
    float[] six = new float[6];
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> function.forward(six, six, new float[5], new float[3], 1, new float[2]));
    assertTrue(e.getMessage().contains("logit has 5 numbers; expected at least 6"), e.getMessage());
  }
}
