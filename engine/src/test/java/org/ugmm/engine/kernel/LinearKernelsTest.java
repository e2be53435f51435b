package org.ugmm.engine.kernel;

import static org.ugmm.engine.kernel.Reference.assertClose;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LinearKernelsTest {
  private static final int LEAVES = 6;
  private static final int UNITS = 9;

  static List<Precision<?>> precisions() {
    return Precision.all();
  }

  @ParameterizedTest
  @MethodSource("precisions")
  <A> void units_oneFactor_equalReference(Precision<A> p) {
    check(p, false);
  }

  @ParameterizedTest
  @MethodSource("precisions")
  <A> void units_twoFactors_equalReference(Precision<A> p) {
    check(p, true);
  }

  /** Units with 0 to 8 elements, each reading leaves and earlier units. */
  private static <A> void check(Precision<A> p, boolean two) {
    SplittableRandom random = new SplittableRandom(51);
    int[] start = new int[UNITS + 1];
    for (int u = 0; u < UNITS; u++) {
      start[u + 1] = start[u] + u;
    }
    int[] a = new int[start[UNITS]];
    int[] b = new int[start[UNITS]];
    int[] out = new int[UNITS];
    for (int u = 0; u < UNITS; u++) {
      out[u] = LEAVES + u;
      for (int e = start[u]; e < start[u + 1]; e++) {
        a[e] = random.nextInt(LEAVES + u);
        b[e] = random.nextInt(LEAVES + u);
      }
    }
    double[] w = p.random(random, a.length, 0, 1, false);
    A weights = p.array(w);
    int[] second = two ? b : null;
    for (int tile : p.tiles()) {
      double[] v = p.random(random, (LEAVES + UNITS) * tile, 0, 1, false);
      A sums = p.array(v);
      p.kernels.linear().sums(sums, tile, start, 0, UNITS, out, a, second, weights);
      double[] actualSums = p.values(sums);
      for (int row = 0; row < tile; row++) {
        for (int u = 0; u < UNITS; u++) {
          double sum = 0;
          for (int e = start[u]; e < start[u + 1]; e++) {
            sum += w[e] * at(actualSums, tile, row, a[e], two ? b[e] : -1);
          }
          String what = p + " tile " + tile + " unit " + u + " row " + row;
          assertClose(sum, actualSums[out[u] * tile + row], 20 * p.epsilon * (1 + sum), what);
        }
      }
    }
  }

  private static double at(double[] v, int tile, int row, int a, int b) {
    return v[a * tile + row] * (b < 0 ? 1 : v[b * tile + row]);
  }
}
