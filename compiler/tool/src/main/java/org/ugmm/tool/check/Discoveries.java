package org.ugmm.tool.check;

import java.util.Arrays;

/** The control of false discoveries (Benjamini and Hochberg, 1995). */
final class Discoveries {
  private Discoveries() {}

  /**
   * The largest p-value that counts as a discovery, so that of those no more than the given rate
   * are expected to be false; -1 where none does.
   *
   * @param p (Input, not modified) p-values; NaN for no test
   */
  static double threshold(double[] p, double rate) {
    double[] sorted = Arrays.stream(p).filter(x -> !Double.isNaN(x)).sorted().toArray();
    for (int k = sorted.length; k > 0; k--) {
      if (sorted[k - 1] <= rate * k / sorted.length) {
        return sorted[k - 1];
      }
    }
    return -1;
  }
}
