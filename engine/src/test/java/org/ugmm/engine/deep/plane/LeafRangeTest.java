package org.ugmm.engine.deep.plane;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LeafRangeTest {
  @Test
  void row_randomGaussians_liesWithinTheErrorOfEachPart() {
    SplittableRandom random = new SplittableRandom(3);
    double tightest = Double.POSITIVE_INFINITY;
    for (int trial = 0; trial < 3000; trial++) {
      double width = Math.exp(random.nextDouble(-30, 3));
      double lo = random.nextDouble(-2, 2);
      double scale = Math.exp(random.nextDouble(-8, 4));
      double mean = lo + width * random.nextDouble(-2, 3) + scale * random.nextDouble(-4, 4);
      double weight = Math.exp(random.nextDouble(-20, 1));
      LeafRange.Leaves one =
          new LeafRange.Leaves(
              new double[] {weight}, new double[1], new double[] {mean}, new double[] {1 / scale});
      LeafRange range = new LeafRange(one, lo, lo + width);
      for (int p = 0; p < LeafRange.PARTS; p++) {
        double from = range.at[p];
        double to = range.at[p + 1];
        double error = range.row[LeafRange.ERRORS + p];
        tightest = Math.min(tightest, error / weight);
        for (int k = 0; k <= 20; k++) {
          double s = k / 20.0;
          double x = from + s * (to - from);
          double q = (x - mean) / scale;
          double value = weight * Math.exp(-0.5 * q * q);
          double a = range.row[p];
          double b = range.row[p + 1];
          double out = range.row[LeafRange.SLOPES + p];
          double in = range.row[LeafRange.SLOPES + p + 1];
          double cubic =
              a * (1 + 2 * s) * (1 - s) * (1 - s)
                  + out * s * (1 - s) * (1 - s)
                  + b * s * s * (3 - 2 * s)
                  + in * s * s * (s - 1);
          // where x was rounded, and the value
          double own = value * (8 + Math.abs(x / scale * q) + q * q) * 0x1p-51;
          String where = "trial " + trial + " part " + p + " at " + s;
          assertTrue(Math.abs(value - cubic) <= error + own, where);
          assertTrue(value <= range.max[0] + own && value >= range.min[0] - own, where);
        }
      }
    }
    assertTrue(tightest < 1e-13, "tightest " + tightest);
  }

  /** The weight keeps what the exponential alone would lose: 1e300 exp(-752) is 1e-27. */
  @Test
  void max_exponentialUnderflows_staysAboveTheValue() {
    double weight = 1e300;
    LeafRange.Leaves one =
        new LeafRange.Leaves(
            new double[] {weight}, new double[1], new double[] {0}, new double[] {1});
    for (double lo = 37; lo < 45; lo += 0.125) {
      LeafRange range = new LeafRange(one, lo, lo + 0.125);
      double highest = Math.exp(Math.log(weight) - 0.5 * lo * lo);
      double lowest = Math.exp(Math.log(weight) - 0.5 * (lo + 0.125) * (lo + 0.125));
      assertTrue(range.max[0] >= highest * (1 - 1e-12), "max at " + lo);
      assertTrue(range.min[0] <= lowest * (1 + 1e-12), "min at " + lo);
      double start = range.row[0] + range.row[LeafRange.ERRORS];
      assertTrue(start >= highest * (1 - 1e-12), "error of the first part at " + lo);
    }
  }

  @Test
  void row_narrowParts_hasAnErrorOfFourthOrder() {
    LeafRange.Leaves one =
        new LeafRange.Leaves(new double[] {1}, new double[1], new double[] {0}, new double[] {1});
    double wide = Arrays.stream(new LeafRange(one, -1, 1).row, 10, 14).max().orElseThrow();
    double half = Arrays.stream(new LeafRange(one, -0.5, 0.5).row, 10, 14).max().orElseThrow();
    // 3 / 384 of the fourth power of the width of a part
    assertTrue(wide <= 3.0 / 384 / 16 * 1.000001, "error " + wide);
    assertTrue(half <= wide / 15, half + " against " + wide);
  }
}
