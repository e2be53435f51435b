package org.ugmm.engine.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.ugmm.engine.kernel.Reference.assertClose;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DenseKernelsTest {
  private static final int[] OUTPUTS = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 16, 64};
  private static final int[] INPUTS = {0, 1, 2, 3, 7, 10, 40};

  static List<Precision<?>> precisions() {
    return Precision.all();
  }

  /** Slots that inputs stand in; results follow, then scratch slots. */
  private static final int SLOTS = 24;

  private static int[] tiles(Precision<?> p) {
    return new int[] {1, p.kernels.tile(), 3 * p.kernels.tile()};
  }

  @ParameterizedTest
  @MethodSource("precisions")
  <A> void sums_anySize_equalMatrixProduct(Precision<A> p) {
    SplittableRandom random = new SplittableRandom(21);
    for (int tile : tiles(p)) {
      for (int numOut : OUTPUTS) {
        for (int numIn : INPUTS) {
          int[] in = numIn == 7 ? new int[] {4, 5, 6, 7, 8, 9, 10} : slots(random, numIn);
          double[] w = p.random(random, numIn * numOut, 0, 1, false);
          double[] v = p.random(random, (SLOTS + numOut + numIn) * tile, 0, 1, false);
          double[] up = v.clone();
          for (int row = 0; row < tile; row++) {
            for (int o = 0; o < numOut; o++) {
              double sum = 0;
              for (int c = 0; c < numIn; c++) {
                sum += w[c * numOut + o] * v[in[c] * tile + row];
              }
              up[(SLOTS + o) * tile + row] = sum;
            }
          }
          A values = p.array(v);
          int scratch = SLOTS + numOut;
          p.kernels.dense().sums(values, tile, in, numIn, p.array(w), numOut, SLOTS, scratch);
          check(p, up, p.values(values), scratch * tile, "sums " + numIn + " x " + numOut);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("precisions")
  <A> void productSums_anySize_equalSumsOfProducts(Precision<A> p) {
    SplittableRandom random = new SplittableRandom(22);
    for (int tile : tiles(p)) {
      for (int numOut : OUTPUTS) {
        for (int numIn : INPUTS) {
          int[] a = slots(random, numIn);
          int[] b = slots(random, numIn);
          double[] w = p.random(random, numIn * numOut, 0, 1, false);
          double[] v = p.random(random, (SLOTS + numOut + numIn) * tile, 0, 1, false);
          double[] up = v.clone();
          expect(v, up, tile, a, b, w, numOut);
          A values = p.array(v);
          int scratch = SLOTS + numOut;
          p.kernels.dense().productSums(values, tile, a, b, p.array(w), numOut, SLOTS, scratch);
          check(p, up, p.values(values), scratch * tile, "productSums " + numIn + " x " + numOut);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("precisions")
  <A> void crossSums_anySize_equalSumsOfProducts(Precision<A> p) {
    SplittableRandom random = new SplittableRandom(24);
    for (int tile : tiles(p)) {
      for (int numOut : OUTPUTS) {
        for (int run : new int[] {4, 5, 10}) {
          for (int numLeft : new int[] {4, 7, 12}) {
            int numIn = numLeft * run;
            int[] left = slots(random, numLeft);
            int[] a = new int[numIn];
            int[] b = new int[numIn];
            for (int c = 0; c < numIn; c++) {
              a[c] = left[c / run];
              b[c] = 3 + c % run;
            }
            double[] w = p.random(random, numIn * numOut, 0, 1, false);
            int numScratch = Math.max(numIn, p.kernels.dense().crossScratch(numLeft, run, numOut));
            double[] v = p.random(random, (SLOTS + numOut + numScratch) * tile, 0, 1, false);
            double[] up = v.clone();
            expect(v, up, tile, a, b, w, numOut);
            A values = p.array(v);
            int scratch = SLOTS + numOut;
            p.kernels
                .dense()
                .crossSums(
                    values, tile, left, 0, numLeft, 3, run, p.array(w), 0, numOut, SLOTS, scratch);
            String what = "crossSums " + numLeft + " x " + run + " x " + numOut;
            check(p, up, p.values(values), scratch * tile, what);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("precisions")
  <A> void crossSums_oneRowOrMany_sameBits(Precision<A> p) {
    SplittableRandom random = new SplittableRandom(25);
    int tile = p.kernels.tile();
    int run = 9;
    int[] left = slots(random, 6);
    for (int numOut : OUTPUTS) {
      A w = p.array(p.random(random, left.length * run * numOut, 0, 1, false));
      int scratch = SLOTS + numOut;
      int numScratch = Math.max(54, p.kernels.dense().crossScratch(left.length, run, numOut));
      double[] v = p.random(random, (scratch + numScratch) * tile, 0, 1, false);
      A many = p.array(v);
      p.kernels
          .dense()
          .crossSums(many, tile, left, 0, left.length, 8, run, w, 0, numOut, SLOTS, scratch);
      for (int row = 0; row < tile; row++) {
        double[] one = new double[scratch + numScratch];
        for (int s = 0; s < SLOTS; s++) {
          one[s] = v[s * tile + row];
        }
        A single = p.array(one);
        p.kernels
            .dense()
            .crossSums(single, 1, left, 0, left.length, 8, run, w, 0, numOut, SLOTS, scratch);
        for (int o = 0; o < numOut; o++) {
          assertEquals(p.values(many)[(SLOTS + o) * tile + row], p.values(single)[SLOTS + o]);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("precisions")
  <A> void productSums_oneRowOrMany_sameBits(Precision<A> p) {
    SplittableRandom random = new SplittableRandom(23);
    int tile = p.kernels.tile();
    int numOut = 10;
    int numIn = 20;
    int[] a = slots(random, numIn);
    int[] b = slots(random, numIn);
    A w = p.array(p.random(random, numIn * numOut, 0, 1, false));
    double[] v = p.random(random, (SLOTS + numOut + numIn) * tile, 0, 1, false);
    A many = p.array(v);
    p.kernels.dense().productSums(many, tile, a, b, w, numOut, SLOTS, SLOTS + numOut);
    for (int row = 0; row < tile; row++) {
      double[] one = new double[SLOTS + numOut + numIn];
      for (int s = 0; s < SLOTS; s++) {
        one[s] = v[s * tile + row];
      }
      A single = p.array(one);
      p.kernels.dense().productSums(single, 1, a, b, w, numOut, SLOTS, SLOTS + numOut);
      for (int o = 0; o < numOut; o++) {
        assertEquals(p.values(many)[(SLOTS + o) * tile + row], p.values(single)[SLOTS + o]);
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
        up[(SLOTS + o) * tile + row] = sum;
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

  private static void check(
      Precision<?> p, double[] expected, double[] actual, int to, String what) {
    for (int i = 0; i < to; i++) {
      assertClose(expected[i], actual[i], 300 * p.epsilon * (1 + expected[i]), p + " " + what);
    }
  }
}
