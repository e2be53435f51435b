package org.ugmm.tool.check;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class DriftTest {
  @Test
  void chiSquare_table_isThatOfTheBooks() {
    // 20, 30, 50 against 30, 30, 40: 2 + 0 + 10/9
    Drift.Test test = Drift.chiSquare("k", states(20, 30, 50), states(30, 30, 40), 4, 0, 0);
    assertEquals(2 + 100.0 / 90, test.statistic(), 1e-12);
    assertEquals(Math.exp(-0.5 * (2 + 100.0 / 90)), test.p(), 1e-12); // two degrees of freedom
  }

  private static double[] states(int... counts) {
    double[] all = new double[counts[0] + counts[1] + counts[2]];
    int at = 0;
    for (int s = 0; s < counts.length; s++) {
      for (int i = 0; i < counts[s]; i++) {
        all[at++] = s;
      }
    }
    return all;
  }

  @Test
  void kolmogorovSmirnov_ties_countOnce() {
    double[] a = {1, 1, 2, 3};
    double[] b = {1, 2, 2, 4};
    assertEquals(0.25, Drift.kolmogorovSmirnov("x", a, b, 0, 0).statistic(), 1e-15);
    // the table of the limit: 1.3581 at 5 %
    double[] many = new double[20000];
    double[] moved = new double[20000];
    for (int i = 0; i < many.length; i++) {
      many[i] = i;
      moved[i] = i + 271.5;
    }
    assertEquals(0.05, Drift.kolmogorovSmirnov("x", many, moved, 0, 0).p(), 2e-3);
  }

  @Test
  void means_equalSpread_haveTheirZ() {
    double[] a = {-1, 1, -1, 1};
    double[] b = {0, 2, 0, 2};
    // variances 4/3, so the error is sqrt(2/3)
    Drift.Test test = Drift.means(a, b);
    assertEquals(1 / Math.sqrt(2.0 / 3), test.statistic(), 1e-12);
    assertEquals(0.2206713619, test.p(), 1e-9);
  }

  @Test
  void discoveries_threshold_isTheLargestBelowItsLine() {
    double[] p = {0.9, 0.01, Double.NaN, 0.03, 0.02};
    // 4 tests: 0.01 <= 0.0125, 0.02 <= 0.025, 0.03 <= 0.0375, 0.9 > 0.05
    assertEquals(0.03, Discoveries.threshold(p, 0.05));
    assertEquals(-1, Discoveries.threshold(new double[] {0.2, 0.3}, 0.05));
    assertEquals(-1, Discoveries.threshold(new double[0], 0.05));
  }
}
