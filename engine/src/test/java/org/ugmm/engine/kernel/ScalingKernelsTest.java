package org.ugmm.engine.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.ugmm.engine.kernel.Reference.assertClose;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ScalingKernelsTest {
  static List<Precision<?>> precisions() {
    return Precision.all();
  }

  @ParameterizedTest
  @MethodSource("precisions")
  <A> void enterRenormalise_anyMagnitude_keepValues(Precision<A> p) {
    SplittableRandom random = new SplittableRandom(31);
    for (int tile : p.tiles()) {
      for (int width : new int[] {1, 2, 7, 10}) {
        for (double centre : new double[] {0, -1e3, -1e5, 300}) {
          double[] v = p.random(random, (3 * width + 2) * tile, centre - 40, centre + 40, true);
          for (int i = 0; i < width; i++) {
            v[i * tile + 5] = Double.NEGATIVE_INFINITY;
          }
          int[] in = new int[width];
          for (int i = 0; i < width; i++) {
            in[i] = i;
          }
          int e = 3 * width;
          A array = p.array(v);
          p.kernels.scaling().enter(array, tile, in, 0, width, width, e);
          double[] entered = p.values(array);
          for (int row = 0; row < tile; row++) {
            double max = 0;
            for (int i = 0; i < width; i++) {
              max = Math.max(max, entered[(width + i) * tile + row]);
            }
            assertEquals(Math.rint(entered[e * tile + row]), entered[e * tile + row]);
            boolean empty = max == 0;
            assertTrue(
                empty || (max > 0.7 * p.unit && max < 1.42 * p.unit),
                p + " largest mantissa " + max);
          }
          p.kernels.scaling().renormalise(array, tile, width, width, e, e + 1);
          double[] scaled = p.values(array);
          for (int row = 0; row < tile; row++) {
            double max = 0;
            for (int i = 0; i < width; i++) {
              double x = scaled[(width + i) * tile + row];
              max = Math.max(max, x);
            }
            if (max == 0) {
              assertEquals(ScalingKernels.ZERO_EXPONENT, scaled[e * tile + row]);
              assertEquals(Double.POSITIVE_INFINITY, scaled[(e + 1) * tile + row]);
              continue;
            }
            double gain = scaled[e * tile + row] - entered[e * tile + row];
            assertTrue(max >= p.unit && max < 2 * p.unit, p + " largest mantissa " + max);
            assertEquals(
                entered[(e + 1) * tile + row], scaled[(e + 1) * tile + row] * Math.pow(2, gain));
            for (int i = 0; i < width; i++) {
              double mantissa = scaled[(width + i) * tile + row];
              assertEquals(entered[(width + i) * tile + row], mantissa * Math.pow(2, gain));
              if (mantissa > 0) {
                double log = Math.log(mantissa) / Math.log(2) + scaled[e * tile + row];
                double value = v[i * tile + row];
                assertClose(
                    value, log, 8 * p.epsilon * (1 + Math.abs(value) + 80), p + " value " + i);
              }
            }
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("precisions")
  <A> void enterRenormalise_oneRowOrMany_sameBits(Precision<A> p) {
    SplittableRandom random = new SplittableRandom(32);
    int tile = p.tiles()[0];
    for (int width : new int[] {1, 3, 4, 5, 8, 10, 16, 17, 40}) {
      int size = 2 * width + 2;
      int[] in = new int[width];
      for (int i = 0; i < width; i++) {
        in[i] = width % 2 == 0 ? i : width - 1 - i;
      }
      int e = 2 * width;
      double[] v = p.random(random, size * tile, -900, 100, true);
      for (int i = 0; i < width; i++) {
        v[i * tile + 3] = Double.NEGATIVE_INFINITY;
        v[i * tile + 4] = i == width / 2 ? Double.NaN : v[i * tile + 4];
      }
      A many = p.array(v);
      p.kernels.scaling().enter(many, tile, in, 0, width, width, e);
      scale(p, many, tile, width);
      p.kernels.scaling().renormalise(many, tile, width, width, e, e + 1);
      double[] expected = p.values(many);
      for (int row = 0; row < tile; row++) {
        double[] one = new double[size];
        for (int s = 0; s < size; s++) {
          one[s] = v[s * tile + row];
        }
        A single = p.array(one);
        p.kernels.scaling().enter(single, 1, in, 0, width, width, e);
        scale(p, single, 1, width);
        p.kernels.scaling().renormalise(single, 1, width, width, e, e + 1);
        for (int s = 0; s < size; s++) {
          String what = p + " width " + width + " row " + row + " slot " + s;
          assertEquals(expected[s * tile + row], p.values(single)[s], what);
        }
      }
    }
  }

  /** Twice the square of each mantissa of a block, so that there is something to scale. */
  private static <A> void scale(Precision<A> p, A v, int tile, int width) {
    A two = p.array(new double[] {2});
    for (int i = 0; i < width; i++) {
      int slot = width + i;
      p.kernels
          .linear()
          .sums(
              v,
              tile,
              new int[] {0, 1},
              0,
              1,
              new int[] {slot},
              new int[] {slot},
              new int[] {slot},
              two);
    }
  }

  @ParameterizedTest
  @MethodSource("precisions")
  <A> void enter_valuesFarBelowTheLargest_becomeZero(Precision<A> p) {
    int tile = p.tiles()[0];
    double[] v = new double[5 * tile];
    for (int row = 0; row < tile; row++) {
      v[row] = p.minExponent - 2;
    }
    A array = p.array(v);
    p.kernels.scaling().enter(array, tile, new int[] {0, 1}, 0, 2, 2, 4);
    for (int row = 0; row < tile; row++) {
      assertEquals(0, p.values(array)[2 * tile + row]);
      assertEquals(p.unit, p.values(array)[3 * tile + row]);
    }
  }

  @ParameterizedTest
  @MethodSource("precisions")
  <A> void combine_oneBlockOrTwo_addsExponentsAndLosses(Precision<A> p) {
    double tiny = p.epsilon < 1e-10 ? Double.MIN_NORMAL : Float.MIN_NORMAL;
    for (int tile : new int[] {1, p.tiles()[0], p.tiles()[2]}) {
      double[] v = new double[6 * tile];
      for (int row = 0; row < tile; row++) {
        v[row] = row - 7;
        v[tile + row] = 0.25 * row;
        v[2 * tile + row] = 3;
        v[3 * tile + row] = row % 3 == 0 ? Double.POSITIVE_INFINITY : 0;
      }
      A array = p.array(v);
      p.kernels.scaling().combine(array, tile, 0, 2, 5, 4);
      double[] two = p.values(array);
      p.kernels.scaling().combine(array, tile, 0, -1, 5, 4);
      double[] one = p.values(array);
      for (int row = 0; row < tile; row++) {
        assertEquals(row - 4, two[4 * tile + row]);
        assertEquals(5 * (0.25 * row + tiny + v[3 * tile + row]), two[5 * tile + row]);
        assertEquals(row - 7, one[4 * tile + row]);
        assertEquals(5 * (0.25 * row + tiny), one[5 * tile + row]);
      }
    }
  }
}
