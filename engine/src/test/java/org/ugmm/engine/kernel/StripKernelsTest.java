package org.ugmm.engine.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Training with rows innermost, against the definitions. */
class StripKernelsTest {
  private static final int[] SIZES = {1, 2, 3, 4, 5, 6, 8, 9, 10, 13, 17, 33, 70};

  static List<Precision<?>> precisions() {
    return Precision.all();
  }

  /** Where a row of a column of a block stands. */
  private static int at(StripKernels<?> k, int from, int width, int column, int row) {
    return from + (row / k.strip() * width + column) * k.strip() + row % k.strip();
  }

  /** Factors a and b, sums c and flows over the same places; a matrix of weights. */
  private static final class Pairs {
    final int na;
    final int nb;
    final int width;
    final int rows;
    final int b;
    final int c;
    final int size;
    final int matrixRow;
    final String what;

    Pairs(Precision<?> p, StripKernels<?> k, SplittableRandom random) {
      na = SIZES[random.nextInt(SIZES.length)];
      nb = SIZES[random.nextInt(na > 20 ? 9 : SIZES.length)];
      width = SIZES[random.nextInt(SIZES.length - 1)];
      rows = k.strip() * (1 + random.nextInt(3));
      b = na * rows + 3;
      c = b + nb * rows;
      size = c + width * rows + k.strip();
      matrixRow = na * nb + 2;
      what = "%s %d by %d, %d sums, %d rows".formatted(p, na, nb, width, rows);
    }
  }

  @ParameterizedTest
  @MethodSource("precisions")
  <A> void sums_anyWidths_areOfAllPairs(Precision<A> p) {
    StripKernels<A> k = p.kernels.training().strips();
    SplittableRandom random = new SplittableRandom(61);
    for (int round = 0; round < 60; round++) {
      Pairs of = new Pairs(p, k, random);
      double[] v = p.random(random, of.size, 0, 1, false);
      double[] w = p.random(random, of.width * of.matrixRow, 0, 1, false);
      A packed = k(p).zeros(2 * of.na * of.nb * of.width + 5);
      int flowsFrom = of.na * of.nb * of.width + 5;
      k.pack(p.array(w), of.matrixRow, of.na, of.nb, of.width, packed, 5, flowsFrom);
      A values = p.array(v);
      k.sums(values, 0, of.na, of.b, of.nb, packed, 5, of.c, of.width, of.rows);
      double[] result = p.values(values);
      for (int r = 0; r < of.rows; r++) {
        for (int m = 0; m < of.width; m++) {
          double sum = 0;
          for (int i = 0; i < of.na; i++) {
            for (int j = 0; j < of.nb; j++) {
              double pair = v[at(k, 0, of.na, i, r)] * v[at(k, of.b, of.nb, j, r)];
              sum += w[m * of.matrixRow + i * of.nb + j] * pair;
            }
          }
          double close = 4 * (of.na + of.nb) * p.epsilon * sum;
          assertEquals(sum, result[at(k, of.c, of.width, m, r)], close, of.what);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("precisions")
  <A> void flows_anyWidths_addUpToBothFactors(Precision<A> p) {
    StripKernels<A> k = p.kernels.training().strips();
    SplittableRandom random = new SplittableRandom(62);
    for (int round = 0; round < 60; round++) {
      Pairs of = new Pairs(p, k, random);
      double[] v = p.random(random, of.size, 0, 1, false);
      double[] f = p.random(random, of.size, 0, 1, false);
      double[] w = p.random(random, of.width * of.matrixRow, 0, 1, false);
      A packed = k(p).zeros(2 * of.na * of.nb * of.width);
      int flowsFrom = of.na * of.nb * of.width;
      k.pack(p.array(w), of.matrixRow, of.na, of.nb, of.width, packed, 0, flowsFrom);
      A flows = p.array(f);
      k.flows(p.array(v), flows, 0, of.na, of.b, of.nb, packed, flowsFrom, of.c, of.width, of.rows);
      double[] result = p.values(flows);
      double[] expected = f.clone();
      for (int r = 0; r < of.rows; r++) {
        for (int i = 0; i < of.na; i++) {
          for (int j = 0; j < of.nb; j++) {
            int a = at(k, 0, of.na, i, r);
            int b = at(k, of.b, of.nb, j, r);
            double quotient = 0;
            for (int m = 0; m < of.width; m++) {
              double weight = w[m * of.matrixRow + i * of.nb + j];
              quotient += weight * f[at(k, of.c, of.width, m, r)];
            }
            expected[a] += v[a] * v[b] * quotient;
            expected[b] += v[a] * v[b] * quotient;
          }
        }
      }
      double terms = of.na + of.nb + of.width;
      for (int at = 0; at < of.size; at++) {
        assertEquals(expected[at], result[at], 4 * terms * p.epsilon * expected[at], of.what);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("precisions")
  <A> void count_anyWidths_addsToWhatIsThereAndNowhereElse(Precision<A> p) {
    StripKernels<A> k = p.kernels.training().strips();
    SplittableRandom random = new SplittableRandom(63);
    for (int round = 0; round < 60; round++) {
      Pairs of = new Pairs(p, k, random);
      double[] v = p.random(random, of.size, 0, 1, false);
      double[] f = p.random(random, of.size, 0, 1, false);
      double[] s = p.random(random, of.width * of.matrixRow + 3 * k.strip(), 0, 1, false);
      A statistics = p.array(s);
      int scratch = of.rows * 3 * k.strip();
      A y = p.array(p.random(random, scratch, 0, 1, false));
      A z = p.array(p.random(random, scratch, 0, 1, false));
      k.count(
          p.array(f),
          of.c,
          of.width,
          p.array(v),
          0,
          of.na,
          of.b,
          of.nb,
          of.rows,
          statistics,
          0,
          of.matrixRow,
          y,
          z);
      double[] result = p.values(statistics);
      double[] expected = s.clone();
      for (int m = 0; m < of.width; m++) {
        for (int ij = 0; ij < of.na * of.nb; ij++) {
          for (int r = 0; r < of.rows; r++) {
            expected[m * of.matrixRow + ij] +=
                f[at(k, of.c, of.width, m, r)]
                    * v[at(k, 0, of.na, ij / of.nb, r)]
                    * v[at(k, of.b, of.nb, ij % of.nb, r)];
          }
        }
      }
      for (int at = 0; at < s.length; at++) {
        double close = 4 * (of.rows + 1) * p.epsilon * expected[at];
        assertEquals(expected[at], result[at], close, of.what + " at " + at);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("precisions")
  <A> void gaussians_someUnknown_giveNothingThereAndCountNothing(Precision<A> p) {
    StripKernels<A> k = p.kernels.training().strips();
    SplittableRandom random = new SplittableRandom(64);
    for (int width : SIZES) {
      int rows = 2 * k.strip();
      double[] u = p.random(random, rows, -3, 3, false);
      for (int r = 0; r < rows; r += 3) {
        u[r] = Double.NaN;
      }
      double[] parameters = p.random(random, 3 * width, 0.5, 2, false);
      double[] x = p.random(random, width * rows, -1, 1, false);
      double[] f = p.random(random, width * rows, 0, 1, false);
      double[] s = p.random(random, width * StripKernels.STATISTICS + k.strip(), 0, 1, false);
      A added = p.array(x);
      A written = p.array(x);
      A statistics = p.array(s);
      k.gaussians(p.array(u), 0, p.array(parameters), 0, written, 0, width, rows, true);
      k.gaussians(p.array(u), 0, p.array(parameters), 0, added, 0, width, rows, false);
      k.countGaussians(
          p.array(f), 0, width, rows, p.array(u), 0, p.array(parameters), 0, statistics, 0);
      double[] expected = s.clone();
      for (int j = 0; j < width; j++) {
        for (int r = 0; r < rows; r++) {
          String what = p + " width " + width + ", column " + j + ", row " + r;
          boolean isKnown = !Double.isNaN(u[r]);
          double d = isKnown ? (u[r] - parameters[j]) * parameters[width + j] : 0;
          double log = isKnown ? parameters[2 * width + j] - d * d : 0;
          int at = at(k, 0, width, j, r);
          double close = 16 * p.epsilon * (2 + d * d);
          assertEquals(log, p.values(written)[at], close, what);
          assertEquals(x[at] + log, p.values(added)[at], close, what);
          double flow = isKnown ? f[at] : 0;
          expected[StripKernels.STATISTICS * j] += flow;
          expected[StripKernels.STATISTICS * j + 1] += flow * d;
          expected[StripKernels.STATISTICS * j + 2] += flow * d * d;
        }
      }
      for (int at = 0; at < s.length; at++) {
        double close = 2000 * rows * p.epsilon;
        boolean isUsed = at % StripKernels.STATISTICS < 3 || at >= 4 * width;
        if (isUsed) {
          assertEquals(expected[at], p.values(statistics)[at], close, p + " width " + width);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("precisions")
  <A> void exponents_rowsOfAnySize_keepValues(Precision<A> p) {
    StripKernels<A> k = p.kernels.training().strips();
    SplittableRandom random = new SplittableRandom(65);
    for (int width : SIZES) {
      int rows = 2 * k.strip();
      double[] logs = p.random(random, width * rows, -900, 300, true);
      for (int j = 0; j < width; j++) {
        logs[at(k, 0, width, j, 1)] = Double.NEGATIVE_INFINITY;
      }
      A x = p.array(logs);
      A scratch = k(p).zeros(rows);
      int[] exponent = new int[rows + 1];
      double[] most = new double[rows + 1];
      k.exp2(x, 0, width, rows, exponent, most, 1, scratch);
      double[] bound = most.clone();
      double[] values = p.values(x);
      A normal = p.array(values);
      int[] shift = new int[rows + 1];
      boolean anyTiny = k.normalise(normal, 0, width, rows, shift, most, 1, scratch);
      boolean foundTiny = false;
      double[] f = p.random(random, width * rows, 0, 1, false);
      A quotient = p.array(f);
      k.quotient(quotient, normal, 0, width, rows, shift, 1, scratch);
      for (int r = 0; r < rows; r++) {
        double largest = 0;
        for (int j = 0; j < width; j++) {
          int at = at(k, 0, width, j, r);
          String what = p + " width " + width + ", row " + r + ": 2^" + logs[at];
          double value = Math.pow(2, logs[at] - exponent[1 + r]);
          double tiny = Math.scalb(1.0, p.minExponent);
          assertEquals(value, values[at], 2000 * p.epsilon * value + 2 * tiny, what);
          largest = Math.max(largest, values[at]);
        }
        boolean isZero = largest < Math.scalb(1.0, p.kernels.training().tiny());
        assertTrue(largest <= bound[1 + r] && bound[1 + r] <= 2 * largest, p + " row " + r);
        assertEquals(isZero, shift[1 + r] == Integer.MAX_VALUE, p + " row " + r);
        for (int j = 0; j < width; j++) {
          int at = at(k, 0, width, j, r);
          double scaled = isZero ? values[at] : Math.scalb(values[at], shift[1 + r]);
          assertEquals(scaled, p.values(normal)[at], 0);
          assertTrue(scaled <= most[1 + r], p + " row " + r);
          boolean isTiny = scaled < Math.scalb(1.0, p.kernels.training().tiny());
          foundTiny |= isTiny && scaled > 0;
          double expected = isTiny ? 0 : Math.scalb(f[at], shift[1 + r]) / scaled;
          assertEquals(expected, p.values(quotient)[at], 4 * p.epsilon * expected);
        }
      }
      assertEquals(foundTiny, anyTiny, p + " width " + width);
    }
  }

  private static <A> TrainingKernels<A> k(Precision<A> p) {
    return p.kernels.training();
  }
}
