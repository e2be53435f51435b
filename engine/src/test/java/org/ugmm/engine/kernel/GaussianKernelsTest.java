package org.ugmm.engine.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.ugmm.engine.kernel.Reference.assertClose;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GaussianKernelsTest {
  private static final int[] INPUTS = {1, 2, 3, 5, 8, 17, 64, 130};
  private static final int[] UNITS = {1, 2, 3, 7, 8, 9, 10, 17};

  static List<Precision<?>> precisions() {
    return Precision.all();
  }

  /** Coefficients as stored, of a mixture (sign 1) or of a product (sign -1). */
  private static final class Block {
    final GaussianBlock layout;
    final int sign;
    final boolean fused;
    final double[] coef;
    final double[] shift;

    Block(Precision<?> p, SplittableRandom random, int m, int n, int sign, boolean withZeros) {
      layout = GaussianBlock.of(m, n, p.kernels.lanes());
      this.sign = sign;
      fused = sign > 0 && p.kernels.gaussian().isFused();
      coef = new double[layout.size()];
      shift = new double[layout.numSlots()];
      for (int j = 0; j < layout.numSlots(); j++) {
        shift[j] = p.round(random.nextDouble(-5, 5));
        for (int k = 0; k < n; k++) {
          int at = layout.at(j, k);
          boolean zero = withZeros && random.nextInt(6) == 0;
          coef[at] = p.round(sign * random.nextDouble(0.2, 70));
          coef[at + layout.stride()] = p.round(random.nextDouble(-2, 2));
          double c = k == 0 ? 0 : random.nextDouble(9);
          coef[at + 2 * layout.stride()] =
              zero ? sign * Double.POSITIVE_INFINITY : p.round(sign * c);
        }
      }
    }

    /** The log2 of a component. */
    double term(int j, int k, double z) {
      int at = layout.at(j, k);
      if (fused) {
        double scaled = z * coef[at] + coef[at + layout.stride()];
        return -(coef[at + 2 * layout.stride()] + scaled * scaled);
      }
      double d = z - coef[at + layout.stride()];
      return -sign * (coef[at + 2 * layout.stride()] + coef[at] * d * d);
    }

    double height(int j, int k) {
      return -sign * coef[layout.at(j, k) + 2 * layout.stride()];
    }
  }

  private static int[] tiles(Precision<?> p) {
    return new int[] {1, p.kernels.tile(), 3 * p.kernels.tile()};
  }

  /** Slots in no order, every other one twice when there are many. */
  private static int[] slots(int n) {
    int[] slots = new int[n];
    for (int k = 0; k < n; k++) {
      slots[k] = n > 8 && k % 2 == 1 ? slots[k - 1] : n - 1 - k;
    }
    return slots;
  }

  @ParameterizedTest
  @MethodSource("precisions")
  <A> void mixtures_anySizeAndRange_equalLogSum(Precision<A> p) {
    SplittableRandom random = new SplittableRandom(11);
    for (int tile : tiles(p)) {
      for (int n : INPUTS) {
        for (int m : UNITS) {
          // Values many scales out make sums too small for one pass in some rows only.
          for (double reach : new double[] {2, 5, 1e4}) {
            Block block = new Block(p, random, m, n, 1, reach == 5);
            double[] v = p.random(random, (2 * n + 40) * tile, -reach, reach, reach == 5);
            int[] z = reach == 2 ? slots(n) : ascending(n);
            double[] actual = mixtures(p, block, m, v, tile, z);
            for (int row = 0; row < tile; row++) {
              for (int j = 0; j < m; j++) {
                double[] terms = new double[n];
                for (int k = 0; k < n; k++) {
                  terms[k] = block.term(j, k, v[z[k] * tile + row]);
                }
                double expected = Reference.logSum(terms) + block.shift[j];
                double size = Math.abs(expected) + 2 * Math.abs(block.shift[j]) + 1;
                assertClose(
                    expected,
                    actual[(n + j) * tile + row],
                    p.epsilon * (16 * size + 4 * n),
                    "%s tile %d n %d m %d reach %s".formatted(p, tile, n, m, reach));
              }
            }
            for (int i = 0; i < n * tile; i++) {
              assertEquals(v[i], actual[i], "inputs are kept");
            }
          }
        }
      }
    }
  }

  private static <A> double[] mixtures(
      Precision<A> p, Block block, int m, double[] v, int tile, int[] z) {
    GaussianKernels<A> kernels = p.kernels.gaussian();
    int n = z.length;
    A array = p.array(v);
    A coef = p.array(block.coef);
    A shift = p.array(block.shift);
    int scratch = n + block.layout.numSlots();
    kernels.mixtures(array, tile, z, coef, m, n, scratch);
    if (kernels.logs(array, tile, n, m, shift)) {
      kernels.exactMixtures(array, tile, z, coef, m, shift, n, scratch);
    }
    return p.values(array);
  }

  private static int[] ascending(int n) {
    int[] slots = new int[n];
    for (int k = 0; k < n; k++) {
      slots[k] = k;
    }
    return slots;
  }

  @ParameterizedTest
  @MethodSource("precisions")
  <A> void mixtures_allComponentsZero_negativeInfinity(Precision<A> p) {
    int n = 5;
    for (int m : new int[] {1, 3}) {
      for (int tile : tiles(p)) {
        int zeroRow = tile == 1 ? 0 : 3;
        Block block = new Block(p, new SplittableRandom(12), m, n, 1, false);
        double[] v = new double[(2 * n + 40) * tile];
        for (int k = 0; k < n; k++) {
          v[k * tile + zeroRow] = Double.NEGATIVE_INFINITY;
        }
        double[] actual = mixtures(p, block, m, v, tile, ascending(n));
        for (int j = 0; j < m; j++) {
          for (int row = 0; row < tile; row++) {
            assertEquals(row == zeroRow, actual[(n + j) * tile + row] == Double.NEGATIVE_INFINITY);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("precisions")
  <A> void mixtures_oneRowOrMany_sameBits(Precision<A> p) {
    SplittableRandom random = new SplittableRandom(14);
    int tile = p.kernels.tile();
    for (int n : INPUTS) {
      for (int m : UNITS) {
        Block block = new Block(p, random, m, n, 1, false);
        double[] v = p.random(random, (2 * n + 40) * tile, -2, 2, false);
        double[] many = mixtures(p, block, m, v, tile, ascending(n));
        for (int row = 0; row < tile; row++) {
          double[] one = new double[2 * n + 40];
          for (int s = 0; s < n; s++) {
            one[s] = v[s * tile + row];
          }
          double[] single = mixtures(p, block, m, one, 1, ascending(n));
          for (int j = 0; j < m; j++) {
            assertEquals(many[(n + j) * tile + row], single[n + j], p + " n " + n + " m " + m);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("precisions")
  <A> void products_anySizeAndMask_equalSum(Precision<A> p) {
    SplittableRandom random = new SplittableRandom(15);
    for (int tile : tiles(p)) {
      for (int n : INPUTS) {
        for (int m : UNITS) {
          Block block = new Block(p, random, m, n, -1, false);
          int out = 2 * n;
          int scratch = out + block.layout.numSlots();
          double[] v = p.random(random, (scratch + 2 * n) * tile, -3, 3, false);
          for (int k = 0; k < n; k++) {
            for (int row = 0; row < tile; row++) {
              boolean observed = random.nextBoolean();
              v[(n + k) * tile + row] = observed ? 1 : 0;
              v[k * tile + row] = observed ? v[k * tile + row] : 0;
            }
          }
          int[] x = slots(n);
          String what = "%s tile %d n %d m %d".formatted(p, tile, n, m);
          A array = p.array(v);
          A coef = p.array(block.coef);
          A constant = p.array(block.shift);
          p.kernels.gaussian().productsObserved(array, tile, x, n, coef, constant, m, out, scratch);
          double[] masked = p.values(array);
          p.kernels.gaussian().products(array, tile, x, coef, constant, m, out, scratch);
          double[] complete = p.values(array);
          for (int row = 0; row < tile; row++) {
            for (int j = 0; j < m; j++) {
              double expectedMasked = block.shift[j];
              double expectedComplete = block.shift[j];
              double size = Math.abs(block.shift[j]);
              for (int k = 0; k < n; k++) {
                double term = block.term(j, k, v[x[k] * tile + row]);
                expectedMasked += v[(n + x[k]) * tile + row] * term;
                expectedComplete += term - block.height(j, k);
                size += Math.abs(term) + Math.abs(block.height(j, k));
              }
              int at = (out + j) * tile + row;
              double tolerance = p.epsilon * 4 * (n + 2) * size;
              assertClose(expectedMasked, masked[at], tolerance, what);
              assertClose(expectedComplete, complete[at], tolerance, what);
            }
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("precisions")
  <A> void productsRow_sameNumbersInItsOrder_sameBitsAsProducts(Precision<A> p) {
    SplittableRandom random = new SplittableRandom(16);
    int before = 3;
    for (int n : INPUTS) {
      for (int m : UNITS) {
        if (m == 1) {
          continue;
        }
        Block block = new Block(p, random, m, n, -1, false);
        double[] numbers = new double[before + m * (1 + 2 * n) + p.kernels.lanes()];
        for (int j = 0; j < m; j++) {
          numbers[before + j] = block.shift[j];
          for (int k = 0; k < n; k++) {
            int at = block.layout.at(j, k);
            numbers[before + m * (1 + 2 * k) + j] = block.coef[at];
            numbers[before + m * (2 + 2 * k) + j] = block.coef[at + block.layout.stride()];
          }
        }
        int slots = block.layout.numSlots();
        double[] v = p.random(random, n + slots, -3, 3, false);
        int[] x = new int[n + 2];
        for (int k = 0; k < n; k++) {
          x[k + 2] = random.nextInt(n);
        }
        A expected = p.array(v);
        A coef = p.array(block.coef);
        int[] only = Arrays.copyOfRange(x, 2, n + 2);
        p.kernels.gaussian().products(expected, 1, only, coef, p.array(block.shift), m, n, 0);
        A actual = p.array(v);
        p.kernels.gaussian().productsRow(actual, x, 2, n, p.array(numbers), before, m, n);
        for (int j = 0; j < m; j++) {
          String what = p + " n " + n + " m " + m;
          assertEquals(p.values(expected)[n + j], p.values(actual)[n + j], what);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("precisions")
  <A> void mask_someMissing_splitsValues(Precision<A> p) {
    for (int tile : tiles(p)) {
      double[] v = new double[2 * tile];
      for (int row = 0; row < tile; row++) {
        v[row] = row % 3 == 0 ? Double.NaN : row - 4;
        v[tile + row] = 7;
      }
      A array = p.array(v);
      p.kernels.gaussian().mask(array, tile, 0, 1);
      double[] actual = p.values(array);
      for (int row = 0; row < tile; row++) {
        assertEquals(row % 3 == 0 ? 0 : row - 4, actual[row]);
        assertEquals(row % 3 == 0 ? 0 : 1, actual[tile + row]);
      }
    }
  }
}
