package org.ugmm.engine.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.ugmm.engine.kernel.Reference.SIZES;
import static org.ugmm.engine.kernel.Reference.TILES;
import static org.ugmm.engine.kernel.Reference.assertClose;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LogKernelsTest {
  static List<Precision<?>> precisions() {
    return Precision.all();
  }

  @ParameterizedTest
  @MethodSource("precisions")
  <A> void units_anySizeAndRange_equalReference(Precision<A> p) {
    SplittableRandom random = new SplittableRandom(41);
    for (int tile : TILES) {
      for (int n : SIZES) {
        for (double reach : new double[] {3, 3e3}) {
          double[] v = p.random(random, (n + 3) * tile, -reach, reach, true);
          double[] w = p.random(random, n + 1, -9, 0, true);
          int[] child = new int[n + 2];
          for (int c = 0; c < n; c++) {
            child[2 + c] = (c * 7 + 1) % n;
            v[c * tile + 9] = Double.NEGATIVE_INFINITY;
          }
          A array = p.array(v);
          A weights = p.array(w);
          p.kernels.log().logSum(array, tile, child, 2, n, weights, 1, n);
          p.kernels.log().logMax(array, tile, child, 2, n, weights, 1, n + 1);
          p.kernels.log().logProduct(array, tile, child, 2, n, -2.5, n + 2);
          double[] d = p.random(random, (n + 1) * tile, 0, 1, false);
          A flows = p.array(d);
          p.kernels.log().logSumDown(array, flows, tile, child, 2, n, weights, 1, n);
          double[] actual = p.values(array);
          double[] down = p.values(flows);
          for (int row = 0; row < tile; row++) {
            double[] terms = new double[n];
            double max = Double.NEGATIVE_INFINITY;
            double product = -2.5;
            double size = 2.5;
            for (int c = 0; c < n; c++) {
              double x = v[child[2 + c] * tile + row];
              terms[c] = p.round(w[1 + c] + x);
              max = Math.max(max, terms[c]);
              product += x;
              size += Double.isInfinite(x) ? 0 : Math.abs(x);
            }
            String what = p + " tile " + tile + " n " + n + " row " + row;
            double sum = Reference.logSum(terms);
            double tolerance = p.epsilon * (8 * Math.abs(sum) + 4 * n + 16);
            assertClose(sum, actual[n * tile + row], tolerance, what + " sum");
            assertClose(max, actual[(n + 1) * tile + row], 0, what + " max");
            assertClose(product, actual[(n + 2) * tile + row], 2 * n * p.epsilon * size, what);
            int best = p.kernels.log().logArgMax(array, tile, row, child, 2, n, weights, 1);
            assertEquals(max, terms[best], what + " argmax");
            for (int c = 0; c < n; c++) {
              double value = actual[n * tile + row];
              double share =
                  value == Double.NEGATIVE_INFINITY
                      ? 0
                      : d[n * tile + row] * StrictMath.pow(2, terms[c] - value);
              int at = child[2 + c] * tile + row;
              if (distinct(n)) {
                assertClose(d[at] + share, down[at], 8 * p.epsilon * (2 + reach), what + " share");
              }
            }
          }
        }
      }
    }
  }

  /** Whether the children, c * 7 + 1 modulo n, are all different. */
  private static boolean distinct(int n) {
    return n % 7 != 0;
  }

  @ParameterizedTest
  @MethodSource("precisions")
  <A> void productDown_anySize_addsFlow(Precision<A> p) {
    for (int tile : TILES) {
      double[] d = new double[4 * tile];
      for (int i = 0; i < d.length; i++) {
        d[i] = i;
      }
      A flows = p.array(d);
      p.kernels.log().productDown(flows, tile, new int[] {2, 0}, 0, 2, 3);
      for (int i = 0; i < d.length; i++) {
        double added = i / tile == 0 || i / tile == 2 ? d[3 * tile + i % tile] : 0;
        assertEquals(d[i] + added, p.values(flows)[i]);
      }
    }
  }
}
