package org.ugmm.engine.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.ugmm.engine.kernel.Reference.TILES;
import static org.ugmm.engine.kernel.Reference.assertClose;

import java.util.Arrays;
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
  <A> void enterRenormaliseLeave_anyMagnitude_roundTrips(Precision<A> p) {
    SplittableRandom random = new SplittableRandom(31);
    for (int tile : TILES) {
      for (int width : new int[] {1, 2, 7, 10}) {
        for (double centre : new double[] {0, -1e3, -1e5, 300}) {
          double[] v = p.random(random, (3 * width + 1) * tile, centre - 40, centre + 40, true);
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
            assertTrue(empty || (max > 0.7 && max < 1.42), p + " largest mantissa " + max);
            assertTrue(!empty || entered[e * tile + row] == 0);
          }
          p.kernels.scaling().renormalise(array, tile, width, width, e);
          double[] scaled = p.values(array);
          for (int row = 0; row < tile; row++) {
            double max = 0;
            for (int i = 0; i < width; i++) {
              double x = scaled[(width + i) * tile + row];
              max = Math.max(max, x);
              double gain = scaled[e * tile + row] - entered[e * tile + row];
              assertEquals(entered[(width + i) * tile + row], x * Math.pow(2, gain));
            }
            assertTrue(max == 0 || (max >= 1 && max < 2), p + " largest mantissa " + max);
          }
          p.kernels.scaling().leave(array, tile, width, width, e, 2 * width);
          double[] left = p.values(array);
          for (int i = 0; i < width * tile; i++) {
            double tolerance = 8 * p.epsilon * (1 + Math.abs(v[i]) + 80);
            assertClose(v[i], left[2 * width * tile + i], tolerance, p + " value " + i);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("precisions")
  <A> void enter_valuesFarBelowTheLargest_becomeZero(Precision<A> p) {
    int tile = 16;
    double[] v = new double[5 * tile];
    for (int row = 0; row < tile; row++) {
      v[row] = p.minExponent - 2;
    }
    A array = p.array(v);
    p.kernels.scaling().enter(array, tile, new int[] {0, 1}, 0, 2, 2, 4);
    for (int row = 0; row < tile; row++) {
      assertEquals(0, p.values(array)[2 * tile + row]);
      assertEquals(1, p.values(array)[3 * tile + row]);
    }
  }

  @ParameterizedTest
  @MethodSource("precisions")
  <A> void renormalise_tinyMantissa_isReported(Precision<A> p) {
    int tile = 48;
    for (double tiny : new double[] {0, Math.pow(2, p.minExponent)}) {
      double[] v = new double[3 * tile];
      Arrays.fill(v, 3);
      A good = p.array(v);
      assertTrue(p.kernels.scaling().renormalise(good, tile, 0, 2, 2));
      v[tile + 37] = tiny;
      A bad = p.array(v);
      assertFalse(p.kernels.scaling().renormalise(bad, tile, 0, 2, 2));
    }
  }

  @ParameterizedTest
  @MethodSource("precisions")
  <A> void divideAndMultiply_withZeros_areInverse(Precision<A> p) {
    int tile = 16;
    double[] v = new double[4 * tile];
    double[] d = new double[4 * tile];
    for (int i = 0; i < v.length; i++) {
      v[i] = i % 5;
      d[i] = i % 5 == 0 ? 0 : i;
    }
    A flows = p.array(d);
    p.kernels.scaling().divide(flows, p.array(v), tile, 1, 2);
    double[] divided = p.values(flows);
    for (int i = 0; i < d.length; i++) {
      boolean inside = i >= tile && i < 3 * tile;
      double expected = !inside ? d[i] : v[i] == 0 ? 0 : d[i] / v[i];
      assertEquals(p.round(expected), divided[i]);
    }
    p.kernels.scaling().multiply(flows, p.array(v), tile, 1, 2);
    for (int i = 0; i < d.length; i++) {
      assertClose(d[i], p.values(flows)[i], d[i] * 2 * p.epsilon, p + " flow " + i);
    }
  }
}
