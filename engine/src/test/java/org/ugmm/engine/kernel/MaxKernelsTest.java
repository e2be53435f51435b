package org.ugmm.engine.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.ugmm.engine.kernel.scalar.ScalarMax;
import org.ugmm.engine.kernel.simd.VectorMax;

class MaxKernelsTest {
  private static final int LEAVES = 6;
  private static final int UNITS = 9;

  static List<MaxKernels> kernels() {
    return List.of(new ScalarMax(), new VectorMax());
  }

  /** Units with 0 to 8 elements, each reading leaves and earlier units, some of them -infinity. */
  @ParameterizedTest
  @MethodSource("kernels")
  void maxima_anyTile_equalReference(MaxKernels kernels) {
    SplittableRandom random = new SplittableRandom(52);
    int[] start = new int[UNITS + 1];
    for (int u = 0; u < UNITS; u++) {
      start[u + 1] = start[u] + u;
    }
    int[] a = new int[start[UNITS]];
    int[] b = new int[start[UNITS]];
    double[] w = new double[start[UNITS]];
    for (int u = 0; u < UNITS; u++) {
      for (int e = start[u]; e < start[u + 1]; e++) {
        a[e] = random.nextInt(LEAVES + u);
        b[e] = random.nextInt(LEAVES + u);
        w[e] = random.nextDouble(-900, 3);
      }
    }
    for (int tile : new int[] {1, 2, 3, 4, 5, 7, 8, 9, 12, 16, 17, 24, 64}) {
      double[] v = new double[(LEAVES + UNITS) * tile];
      for (int i = 0; i < LEAVES * tile; i++) {
        v[i] = random.nextInt(6) == 0 ? Double.NEGATIVE_INFINITY : random.nextDouble(-900, 5);
      }
      double[] expected = v.clone();
      for (int u = 0; u < UNITS; u++) {
        for (int row = 0; row < tile; row++) {
          double max = Double.NEGATIVE_INFINITY;
          for (int e = start[u]; e < start[u + 1]; e++) {
            double log = expected[a[e] * tile + row] + expected[b[e] * tile + row] + w[e];
            max = log > max ? log : max;
          }
          expected[(LEAVES + u) * tile + row] = max;
        }
      }
      kernels.maxima(v, tile, start, a, b, w, LEAVES);
      for (int i = 0; i < v.length; i++) {
        assertEquals(expected[i], v[i], 0, "tile " + tile + " at " + i);
      }
    }
  }
}
