package org.ugmm.engine.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Dense sums and products of pairs in training, against their definitions. */
class TrainingKernelsTest {
  private static final int[] SIZES = {1, 2, 3, 4, 5, 7, 8, 9, 10, 13, 16, 17, 31, 33};

  static List<Precision<?>> precisions() {
    return Precision.all();
  }

  private static int pad(int width, int lanes) {
    return (width + lanes - 1) / lanes * lanes;
  }

  @ParameterizedTest
  @MethodSource("precisions")
  <A> void product_packedMatrix_sumsOverTerms(Precision<A> p) {
    TrainingKernels<A> k = p.kernels.training();
    SplittableRandom random = new SplittableRandom(51);
    for (int rows : SIZES) {
      for (int width : SIZES) {
        int depth = SIZES[random.nextInt(SIZES.length)];
        int stride = width == 1 ? 1 : pad(width, k.lanes());
        double[] a = p.random(random, rows * (depth + 2), 0, 1, false);
        double[] b = p.random(random, depth * width, 0, 1, false);
        A packed = k.zeros(depth * stride + 3);
        k.pack(p.array(b), width, 1, depth, width, packed, 3, stride);
        A c = k.zeros(rows * stride + 2);
        k.product(p.array(a), 0, depth + 2, packed, 3, c, 2, stride, rows, stride, depth);
        double[] result = p.values(c);
        for (int i = 0; i < rows; i++) {
          for (int j = 0; j < width; j++) {
            double sum = 0;
            for (int t = 0; t < depth; t++) {
              sum += a[i * (depth + 2) + t] * b[t * width + j];
            }
            String what = "%s rows %d, width %d, depth %d".formatted(p, rows, width, depth);
            assertEquals(sum, result[2 + i * stride + j], 4 * depth * p.epsilon * sum, what);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("precisions")
  <A> void outer_anyShape_addsToWhatIsThere(Precision<A> p) {
    TrainingKernels<A> k = p.kernels.training();
    SplittableRandom random = new SplittableRandom(52);
    for (int num : SIZES) {
      for (int size : SIZES) {
        int depth = SIZES[random.nextInt(SIZES.length)];
        int width = random.nextInt(4) == 0 ? size : pad(size, k.lanes());
        double[] a = p.random(random, depth * (num + 1), 0, 1, false);
        double[] b = p.random(random, depth * width, 0, 1, false);
        double[] c = p.random(random, num * width, 0, 1, false);
        A array = p.array(c);
        k.outer(p.array(a), 0, num + 1, num, p.array(b), 0, width, array, 0, width, depth);
        double[] result = p.values(array);
        for (int i = 0; i < num; i++) {
          for (int j = 0; j < width; j++) {
            double sum = c[i * width + j];
            for (int t = 0; t < depth; t++) {
              sum += a[t * (num + 1) + i] * b[t * width + j];
            }
            String what = "%s num %d, width %d, depth %d".formatted(p, num, width, depth);
            assertEquals(sum, result[i * width + j], 4 * (depth + 1) * p.epsilon * sum, what);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("precisions")
  <A> void crossAndItsFlows_anyWidths_multiplyPairsAndSumThemUp(Precision<A> p) {
    TrainingKernels<A> k = p.kernels.training();
    SplittableRandom random = new SplittableRandom(53);
    int rows = 3;
    for (int na : SIZES) {
      for (int nb : SIZES) {
        int aStride = pad(na, k.lanes());
        int bStride = pad(nb, k.lanes());
        int stride = pad(na * nb, k.lanes());
        int bFrom = rows * aStride;
        int slack = 2 * k.lanes();
        // columns beyond the widths hold anything finite
        double[] v = p.random(random, rows * (aStride + bStride) + slack, 0, 1, false);
        double[] f = p.random(random, v.length, 0, 1, false);
        double[] u = p.random(random, rows * stride + slack, 0, 1, false);
        A x = k.zeros(rows * stride + slack);
        A values = p.array(v);
        k.cross(values, 0, aStride, na, values, bFrom, bStride, nb, x, 0, stride, rows);
        A flows = p.array(f);
        k.crossFlows(
            p.array(u), 0, stride, values, flows, 0, aStride, na, bFrom, bStride, nb, rows);
        double[] product = p.values(x);
        double[] flow = p.values(flows);
        String what = "%s %d by %d".formatted(p, na, nb);
        for (int r = 0; r < rows; r++) {
          double[] left = new double[na];
          double[] right = new double[nb];
          for (int i = 0; i < na; i++) {
            for (int j = 0; j < nb; j++) {
              double pair = v[r * aStride + i] * v[bFrom + r * bStride + j];
              assertEquals(pair, product[r * stride + i * nb + j], 2 * p.epsilon, what);
              left[i] += u[r * stride + i * nb + j] * pair;
              right[j] += u[r * stride + i * nb + j] * pair;
            }
          }
          double close = 8 * (na + nb) * p.epsilon;
          for (int i = 0; i < na; i++) {
            int at = r * aStride + i;
            assertEquals(f[at] + left[i], flow[at], close * (1 + left[i]), what);
          }
          for (int j = 0; j < nb; j++) {
            int at = bFrom + r * bStride + j;
            assertEquals(f[at] + right[j], flow[at], close * (1 + right[j]), what);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("precisions")
  <A> void normalise_anyRow_saysItsLargestAndWhetherAnyIsTiny(Precision<A> p) {
    TrainingKernels<A> k = p.kernels.training();
    SplittableRandom random = new SplittableRandom(54);
    for (int size : SIZES) {
      for (int width : new int[] {size, pad(size, k.lanes())}) {
        double[] x = p.random(random, 2 * width, 0, 1, false);
        int scale = random.nextInt(40) - 60;
        for (int j = 0; j < x.length; j++) {
          x[j] = Math.scalb(x[j], scale);
        }
        int[] shift = new int[3];
        double[] most = new double[3];
        A array = p.array(x);
        assertFalse(k.normalise(array, 0, width, 2, width, shift, most, 1));
        double[] result = p.values(array);
        for (int r = 0; r < 2; r++) {
          double largest = 0;
          for (int j = r * width; j < (r + 1) * width; j++) {
            assertEquals(Math.scalb(x[j], shift[r + 1]), result[j]);
            largest = Math.max(largest, result[j]);
          }
          assertEquals(largest, most[r + 1]);
          assertTrue(largest >= 0.5 && largest < 1);
        }
        if (width > 1) {
          k.set(array, 0, 0.75);
          k.set(array, 1, 0);
          assertFalse(k.normalise(array, 0, width, 1, width, shift, most, 0));
          // set() cuts tiny numbers, so one comes as a product of two that it keeps
          A factor = k.zeros(1);
          k.set(factor, 0, Math.scalb(1.0, -1));
          k.set(array, 1, Math.scalb(1.0, k.tiny()));
          k.scaleRows(array, 1, width, 1, 1, factor, 0);
          assertTrue(k.normalise(array, 0, width, 1, width, shift, most, 0));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("precisions")
  <A> void exp2_anyRow_boundsItsLargestFromLittleAbove(Precision<A> p) {
    TrainingKernels<A> k = p.kernels.training();
    SplittableRandom random = new SplittableRandom(55);
    for (int size : SIZES) {
      int width = pad(size, k.lanes());
      double[] x = p.random(random, 2 * width, -30, 30, false);
      int[] exponent = new int[2];
      double[] most = new double[2];
      A array = p.array(x);
      k.exp2(array, 0, width, 2, width, exponent, most, 0);
      double[] result = p.values(array);
      for (int r = 0; r < 2; r++) {
        double largest = Arrays.stream(result, r * width, (r + 1) * width).max().orElseThrow();
        assertTrue(largest <= most[r] * (1 + 8 * p.epsilon) && largest > 0.9 * most[r]);
      }
    }
  }
}
