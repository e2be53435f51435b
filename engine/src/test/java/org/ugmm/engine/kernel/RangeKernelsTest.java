package org.ugmm.engine.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.ugmm.engine.kernel.scalar.ScalarRange;
import org.ugmm.engine.kernel.simd.VectorRange;

class RangeKernelsTest {
  private static final int INPUTS = 7;

  static List<RangeKernels> kernels() {
    return List.of(new ScalarRange(), new VectorRange());
  }

  /** Ranges of one point, around the mean, beside it, and without ends. */
  @ParameterizedTest
  @MethodSource("kernels")
  void distances_anyTile_equalReference(RangeKernels kernels) {
    SplittableRandom random = new SplittableRandom(31);
    int[] in = {3, 0, 0, 6, 5, 1, 2, 4};
    int n = in.length;
    double[] below = random.doubles(n, -2, 2).toArray();
    double[] above = below.clone();
    above[2] = Math.nextUp(above[2]);
    for (int tile : new int[] {1, 2, 3, 4, 7, 8, 16, 24, 64}) {
      double[] lo = random.doubles((long) INPUTS * tile, -3, 3).toArray();
      double[] hi = lo.clone();
      for (int i = 0; i < lo.length; i++) {
        int kind = random.nextInt(5);
        hi[i] += kind < 2 ? 2 * random.nextDouble() : 0;
        lo[i] = kind == 3 ? Double.NEGATIVE_INFINITY : lo[i];
        hi[i] = kind == 4 ? Double.POSITIVE_INFINITY : hi[i];
      }
      double[] v = new double[(2 * n + 1) * tile];
      kernels.distances(lo, hi, tile, in, below, above, v, 1, n + 1);
      for (int k = 0; k < n; k++) {
        for (int row = 0; row < tile; row++) {
          double from = lo[in[k] * tile + row];
          double to = hi[in[k] * tile + row];
          double near = Math.max(0, Math.max(from - above[k], below[k] - to));
          double far = Math.max(above[k] - from, to - below[k]);
          assertEquals(near, v[(1 + k) * tile + row], 0, "near, tile " + tile);
          assertEquals(-far, v[(n + 1 + k) * tile + row], 0, "far, tile " + tile);
        }
      }
      for (int row = 0; row < tile; row++) {
        assertEquals(0, v[row], "a slot before the first");
      }
    }
  }
}
