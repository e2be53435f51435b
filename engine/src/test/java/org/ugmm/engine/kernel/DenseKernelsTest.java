package org.ugmm.engine.kernel;

import static org.ugmm.engine.kernel.Reference.TILES;
import static org.ugmm.engine.kernel.Reference.assertClose;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DenseKernelsTest {
  private static final int[] OUTPUTS = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 16, 64};
  private static final int[] INPUTS = {0, 1, 2, 3, 7, 10};

  static List<Precision<?>> precisions() {
    return Precision.all();
  }

  @ParameterizedTest
  @MethodSource("precisions")
  <A> void sums_anySize_equalMatrixProduct(Precision<A> p) {
    SplittableRandom random = new SplittableRandom(21);
    for (int tile : TILES) {
      for (int numOut : OUTPUTS) {
        for (int numIn : INPUTS) {
          int[] in = slots(random, numIn);
          double[] w = p.random(random, 2 + numIn * numOut, 0, 1, false);
          double[] v = p.random(random, (8 + numOut) * tile, 0, 1, false);
          double[] up = v.clone();
          for (int row = 0; row < tile; row++) {
            for (int o = 0; o < numOut; o++) {
              double sum = 0;
              for (int c = 0; c < numIn; c++) {
                double weight = w[2 + c * numOut + o];
                sum += weight * v[in[c] * tile + row];
              }
              up[(8 + o) * tile + row] = sum;
            }
          }
          A values = p.array(v);
          p.kernels.dense().sums(values, tile, in, 0, numIn, p.array(w), 2, numOut, 8);
          check(p, up, p.values(values), "sums " + numIn + " x " + numOut);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("precisions")
  <A> void productSums_anySize_equalSumsOfProducts(Precision<A> p) {
    SplittableRandom random = new SplittableRandom(22);
    for (int tile : TILES) {
      for (int numOut : OUTPUTS) {
        for (int numIn : INPUTS) {
          int[] a = slots(random, numIn);
          int[] b = slots(random, numIn);
          double[] w = p.random(random, numIn * numOut, 0, 1, false);
          double[] v = p.random(random, (8 + numOut) * tile, 0, 1, false);
          double[] up = v.clone();
          expect(v, up, tile, a, b, w, numOut);
          A values = p.array(v);
          A weights = p.array(w);
          p.kernels.dense().productSums(values, tile, a, b, 0, numIn, weights, 0, numOut, 8);
          check(p, up, p.values(values), "productSums " + numIn + " x " + numOut);
        }
      }
    }
  }

  private static void expect(
      double[] v, double[] up, int tile, int[] a, int[] b, double[] w, int numOut) {
    for (int row = 0; row < tile; row++) {
      for (int o = 0; o < numOut; o++) {
        double sum = 0;
        for (int c = 0; c < a.length; c++) {
          double weight = w[c * numOut + o];
          double left = v[a[c] * tile + row];
          double right = v[b[c] * tile + row];
          sum += weight * left * right;
        }
        up[(8 + o) * tile + row] = sum;
      }
    }
  }

  private static int[] slots(SplittableRandom random, int n) {
    int[] slots = new int[n];
    for (int i = 0; i < n; i++) {
      slots[i] = random.nextInt(8);
    }
    return slots;
  }

  private static void check(Precision<?> p, double[] expected, double[] actual, String what) {
    for (int i = 0; i < expected.length; i++) {
      assertClose(expected[i], actual[i], 300 * p.epsilon * (1 + expected[i]), p + " " + what);
    }
  }
}
