package org.ugmm.engine.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.ugmm.engine.kernel.Reference.SIZES;
import static org.ugmm.engine.kernel.Reference.TILES;
import static org.ugmm.engine.kernel.Reference.assertClose;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GaussianKernelsTest {
  static List<Precision<?>> precisions() {
    return Precision.all();
  }

  /** Coefficients of n components as stored, their shift taken out. */
  private static final class Unit {
    final double[] coef;
    final double shift;

    Unit(Precision<?> p, SplittableRandom random, int from, int n, boolean withZeros) {
      double[] exact = new double[from + 3 * n];
      for (int k = 0; k < n; k++) {
        double logWeight =
            withZeros && random.nextInt(6) == 0 ? Double.NEGATIVE_INFINITY : -random.nextDouble(9);
        double mean = random.nextDouble(-2, 2);
        GaussianCoefficients.put(exact, from, n, k, mean, random.nextDouble(0.1, 2), logWeight);
      }
      shift = p.round(GaussianCoefficients.shift(exact, from, n));
      for (int i = 0; i < exact.length; i++) {
        exact[i] = p.round(exact[i]);
      }
      coef = exact;
    }

    double term(int from, int n, int k, double z) {
      double d = (z - coef[from + n + k]) * coef[from + k];
      return coef[from + 2 * n + k] - d * d;
    }
  }

  @ParameterizedTest
  @MethodSource("precisions")
  <A> void mixture_anySizeAndRange_equalsLogSum(Precision<A> p) {
    SplittableRandom random = new SplittableRandom(11);
    for (int tile : TILES) {
      for (int n : SIZES) {
        // Values 40 scales and more out make sums too small for one pass in some rows only.
        for (double reach : new double[] {2, 30, 1e4}) {
          int from = 3;
          Unit unit = new Unit(p, random, from, n, reach == 30);
          double[] v = p.random(random, (n + 2) * tile, -reach, reach, reach < 1e4);
          int[] z = new int[n + 1];
          for (int k = 0; k < n; k++) {
            z[1 + k] = n - 1 - k;
          }
          A array = p.array(v);
          p.kernels
              .gaussian()
              .mixture(array, tile, z, 1, n, p.array(unit.coef), from, unit.shift, n + 1);
          double[] actual = p.values(array);
          for (int row = 0; row < tile; row++) {
            double[] terms = new double[n];
            double size = 1;
            for (int k = 0; k < n; k++) {
              terms[k] = unit.term(from, n, k, v[z[1 + k] * tile + row]);
            }
            double expected = Reference.logSum(terms) + unit.shift;
            size = Math.max(size, Math.abs(expected) + Math.abs(unit.shift));
            assertClose(
                expected,
                actual[(n + 1) * tile + row],
                p.epsilon * (16 * size + 4 * n),
                p + " tile " + tile + " n " + n + " reach " + reach + " row " + row);
          }
          for (int i = 0; i < n * tile; i++) {
            assertClose(v[i], actual[i], 0, "inputs are kept");
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("precisions")
  <A> void mixture_allComponentsZero_negativeInfinity(Precision<A> p) {
    int n = 5;
    int tile = 16;
    Unit unit = new Unit(p, new SplittableRandom(12), 0, n, false);
    double[] v = new double[(n + 1) * tile];
    for (int k = 0; k < n; k++) {
      v[k * tile + 3] = Double.NEGATIVE_INFINITY;
    }
    A array = p.array(v);
    p.kernels
        .gaussian()
        .mixture(
            array, tile, new int[] {0, 1, 2, 3, 4}, 0, n, p.array(unit.coef), 0, unit.shift, n);
    double[] actual = p.values(array);
    for (int row = 0; row < tile; row++) {
      assertEquals(row == 3, actual[n * tile + row] == Double.NEGATIVE_INFINITY);
    }
  }

  @ParameterizedTest
  @MethodSource("precisions")
  <A> void mixtureRow_anySize_equalsLogSum(Precision<A> p) {
    SplittableRandom random = new SplittableRandom(13);
    for (int n = 1; n < 100; n++) {
      for (double reach : new double[] {2, 30, 1e4}) {
        Unit unit = new Unit(p, random, 1, n, reach == 30);
        double[] v = p.random(random, n + 3, -reach, reach, reach < 1e4);
        A array = p.array(v);
        p.kernels.gaussian().mixtureRow(array, 2, n, p.array(unit.coef), 1, unit.shift, 0);
        double[] terms = new double[n];
        for (int k = 0; k < n; k++) {
          terms[k] = unit.term(1, n, k, v[2 + k]);
        }
        double expected = Reference.logSum(terms) + unit.shift;
        double tolerance =
            p.epsilon * (16 * (1 + Math.abs(expected) + Math.abs(unit.shift)) + 4 * n);
        assertClose(expected, p.values(array)[0], tolerance, p + " n " + n + " reach " + reach);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("precisions")
  <A> void product_anySizeAndMask_equalsSum(Precision<A> p) {
    SplittableRandom random = new SplittableRandom(15);
    for (int tile : TILES) {
      for (int n : SIZES) {
        Unit unit = new Unit(p, random, 2, n, false);
        double[] v = p.random(random, (2 * n + 2) * tile, -3, 3, false);
        int[] x = new int[n];
        for (int k = 0; k < n; k++) {
          x[k] = k;
          for (int row = 0; row < tile; row++) {
            boolean observed = random.nextBoolean();
            v[(n + k) * tile + row] = observed ? 1 : 0;
            v[k * tile + row] = observed ? v[k * tile + row] : 0;
          }
        }
        A array = p.array(v);
        A coef = p.array(unit.coef);
        p.kernels.gaussian().productObserved(array, tile, x, 0, n, n, coef, 2, -1.5, 2 * n);
        p.kernels.gaussian().product(array, tile, x, 0, n, coef, 2, -1.5, 2 * n + 1);
        double[] actual = p.values(array);
        for (int row = 0; row < tile; row++) {
          double masked = -1.5;
          double complete = -1.5;
          double size = 1.5;
          for (int k = 0; k < n; k++) {
            double term = unit.term(2, n, k, v[k * tile + row]);
            masked += v[(n + k) * tile + row] * term;
            complete += term - unit.coef[2 + 2 * n + k];
            size += Math.abs(term) + Math.abs(unit.coef[2 + 2 * n + k]);
          }
          double tolerance = p.epsilon * 8 * (n + 2) * size;
          assertClose(masked, actual[2 * n * tile + row], tolerance, p + " masked n " + n);
          assertClose(complete, actual[(2 * n + 1) * tile + row], tolerance, p + " n " + n);
        }
      }
    }
  }
}
