package org.ugmm.engine.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Obvious forms of what the kernels compute, and comparisons. */
final class Reference {
  static final int[] SIZES = {1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 13, 15, 16, 17, 31, 33, 64};

  private Reference() {}

  static double log2(double x) {
    return StrictMath.log(x) / StrictMath.log(2);
  }

  /** log2 of the sum of 2^term. */
  static double logSum(double[] terms) {
    double max = Double.NEGATIVE_INFINITY;
    for (double term : terms) {
      max = Math.max(max, term);
    }
    if (max == Double.NEGATIVE_INFINITY) {
      return max;
    }
    double sum = 0;
    for (double term : terms) {
      sum += StrictMath.pow(2, term - max);
    }
    return max + log2(sum);
  }

  static void assertClose(double expected, double actual, double tolerance, String what) {
    if (expected == Double.NEGATIVE_INFINITY) {
      assertEquals(expected, actual, what);
    } else {
      assertTrue(
          Math.abs(expected - actual) <= tolerance,
          () -> what + ": expected " + expected + ", found " + actual + ", within " + tolerance);
    }
  }
}
