package org.ugmm.engine.kernel;

import static org.ugmm.engine.kernel.Reference.assertClose;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.ugmm.engine.kernel.scalar.ScalarDownward;
import org.ugmm.engine.kernel.simd.VectorDownward;

class DownwardKernelsTest {
  private static final int[] TILES = {1, 2, 3, 8, 16, 24, 32, 64};
  private static final int[] CHILDREN = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 25, 64};
  private static final int SLOTS = 8;
  private static final double EPSILON = 0x1p-53;

  static List<DownwardKernels> kernels() {
    return List.of(new ScalarDownward(), new VectorDownward());
  }

  private static double[] random(SplittableRandom random, int n) {
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] = random.nextInt(9) == 0 ? 0 : random.nextDouble();
    }
    return values;
  }

  /** Slots with repetitions, in runs of the same one half of the time, as pairs of blocks are. */
  private static int[] slots(SplittableRandom random, int n) {
    int[] slots = new int[n];
    for (int i = 0; i < n; i++) {
      slots[i] = i > 0 && random.nextBoolean() ? slots[i - 1] : random.nextInt(SLOTS);
    }
    return slots;
  }

  private static void check(double[] expected, double[] actual, String what) {
    for (int i = 0; i < expected.length; i++) {
      assertClose(expected[i], actual[i], 300 * EPSILON * (1 + expected[i]), what + " at " + i);
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void add_anySize_addsEach(DownwardKernels kernels) {
    SplittableRandom random = new SplittableRandom(61);
    for (int tile : TILES) {
      for (int size : CHILDREN) {
        int[] in = slots(random, size);
        double[] d = random(random, (SLOTS + size) * tile);
        double[] expected = d.clone();
        for (int i = 0; i < size * tile; i++) {
          expected[in[i / tile] * tile + i % tile] += d[SLOTS * tile + i];
        }
        kernels.add(d, tile, in, SLOTS);
        check(expected, d, "tile " + tile + " size " + size);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void cross_anySize_addsToBothFactors(DownwardKernels kernels) {
    SplittableRandom random = new SplittableRandom(62);
    for (int tile : TILES) {
      for (int size : CHILDREN) {
        int[] a = slots(random, size);
        int[] b = slots(random, size);
        double[] v = random(random, SLOTS * tile);
        double[] d = random(random, (SLOTS + size) * tile);
        double[] expected = d.clone();
        for (int i = 0; i < size * tile; i++) {
          int left = a[i / tile] * tile + i % tile;
          int right = b[i / tile] * tile + i % tile;
          expected[left] += d[SLOTS * tile + i] * v[right];
          expected[right] += d[SLOTS * tile + i] * v[left];
        }
        kernels.cross(v, d, tile, a, b, SLOTS);
        check(expected, d, "tile " + tile + " size " + size);
      }
    }
  }

  /** Runs of every length over a block; one row as well, which has a way of its own. */
  @ParameterizedTest
  @MethodSource("kernels")
  void productSums_anyRun_addsToBothFactors(DownwardKernels kernels) {
    SplittableRandom random = new SplittableRandom(64);
    int numLeft = 3;
    for (int tile : new int[] {1, 16, 32, 64}) {
      for (int run = 2; run < 14; run++) {
        for (int numUnits : new int[] {1, 2, 5, 10}) {
          boolean scaled = random.nextBoolean();
          int units = numLeft + run;
          int scratch = units + numUnits;
          int[] a = new int[numLeft * run];
          int[] b = new int[numLeft * run];
          for (int c = 0; c < a.length; c++) {
            a[c] = c / run;
            b[c] = numLeft + c % run;
          }
          double[] w = random(random, numUnits * a.length);
          double[] v = random(random, scratch * tile);
          double[] d = random(random, (scratch + numUnits + a.length) * tile);
          double[] expected = d.clone();
          for (int c = 0; c < a.length; c++) {
            for (int row = 0; row < tile; row++) {
              double p = 0;
              for (int j = 0; j < numUnits; j++) {
                double weight = w[(c / run * numUnits + j) * run + c % run];
                p += weight * d[(units + j) * tile + row] * (scaled ? v[row] : 1);
              }
              expected[a[c] * tile + row] += p * v[b[c] * tile + row];
              expected[b[c] * tile + row] += p * v[a[c] * tile + row];
            }
          }
          int factor = scaled ? 0 : -1;
          kernels.productSums(v, d, tile, a, b, run, w, units, numUnits, factor, scratch);
          String what = "tile " + tile + " run " + run + " units " + numUnits;
          check(Arrays.copyOf(expected, units * tile), Arrays.copyOf(d, units * tile), what);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void multiply_anyTile_isByTheValue(DownwardKernels kernels) {
    SplittableRandom random = new SplittableRandom(65);
    for (int tile : TILES) {
      double[] v = random(random, SLOTS * tile);
      double[] d = random(random, SLOTS * tile);
      double[] expected = d.clone();
      for (int i = 2 * tile; i < 5 * tile; i++) {
        expected[i] *= v[i];
      }
      kernels.multiply(v, d, tile, 2, 3);
      check(expected, d, "tile " + tile);
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void moments_anySize_areThreeSums(DownwardKernels kernels) {
    SplittableRandom random = new SplittableRandom(66);
    for (int tile : TILES) {
      for (int size : CHILDREN) {
        int[] in = slots(random, size);
        double[] w = random(random, 3 * size);
        double[] d = random(random, (SLOTS + 3) * tile);
        double[] expected = d.clone();
        for (int i = 0; i < 3 * tile; i++) {
          double sum = 0;
          for (int c = 0; c < size; c++) {
            sum += w[3 * c + i / tile] * d[in[c] * tile + i % tile];
          }
          expected[SLOTS * tile + i] = sum;
        }
        kernels.moments(d, tile, in, w, SLOTS);
        check(expected, d, "tile " + tile + " size " + size);
      }
    }
  }

  /** Node u gathers u elements from the slots above and from those computed before it. */
  @ParameterizedTest
  @MethodSource("kernels")
  void gather_anyTile_equalsReference(DownwardKernels kernels) {
    SplittableRandom random = new SplittableRandom(63);
    int numNodes = 12;
    int[] start = new int[numNodes + 1];
    int[] out = new int[numNodes];
    for (int u = 0; u < numNodes; u++) {
      start[u + 1] = start[u] + u;
      out[u] = SLOTS + u;
    }
    int[] above = new int[start[numNodes]];
    int[] sibling = new int[start[numNodes]];
    for (int u = 0; u < numNodes; u++) {
      for (int e = start[u]; e < start[u + 1]; e++) {
        above[e] = random.nextInt(SLOTS + u + 1);
        sibling[e] = random.nextInt(SLOTS + numNodes);
      }
    }
    double[] w = random(random, above.length);
    for (int tile : TILES) {
      double[] v = random(random, (SLOTS + numNodes) * tile);
      double[] d = random(random, (SLOTS + numNodes) * tile);
      double[] expected = d.clone();
      for (int u = 0; u < numNodes; u++) {
        for (int row = 0; row < tile; row++) {
          double sum = 0;
          for (int e = start[u]; e < start[u + 1]; e++) {
            sum += w[e] * expected[above[e] * tile + row] * v[sibling[e] * tile + row];
          }
          expected[out[u] * tile + row] = sum;
        }
      }
      kernels.gather(v, d, tile, start, out, above, sibling, w);
      check(expected, d, "tile " + tile);
    }
  }
}
