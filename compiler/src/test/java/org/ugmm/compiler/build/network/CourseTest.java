package org.ugmm.compiler.build.network;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.ugmm.compiler.build.TrainOptions;

/** The steps of the paper's two recipes, as its code takes them. */
final class CourseTest {
  private static Course paper(String sizes, int rows) {
    NetworkOptions shape =
        new NetworkOptions(
            NetworkOptions.sizes(sizes), false, Double.NaN, 1, NetworkOptions.Recipe.PAPER);
    return Course.of(shape, rows, 0, TrainOptions.DEFAULT_BUDGET);
  }

  @Test
  void densityOfAllColumns_keepsItsRateToTheEnd() {
    Course iris = paper("5-10-5-1", 120);
    assertEquals(300, iris.epochs());
    assertEquals(16, iris.batch());
    for (double way : new double[] {0, 0.39, 0.5, 0.95, 0.999}) {
      assertEquals(1e-3, iris.step(way * 2400, 2400, 1).rate(), 0, "at " + way);
    }
  }

  @Test
  void classDensities_takeTenTimesShorterStepsTwice() {
    Course mnist = paper("784-128-64-10", 60_000);
    assertEquals(128, mnist.batch());
    assertEquals(1e-2, mnist.step(0.3 * 1000, 1000, 1).rate(), 1e-15);
    assertEquals(1e-3, mnist.step(0.5 * 1000, 1000, 1).rate(), 1e-15);
    assertEquals(1e-4, mnist.step(0.95 * 1000, 1000, 1).rate(), 1e-15);
  }

  @Test
  void narrowComponents_areForDensitiesOnly() {
    double[] share = {1, 0.5};
    for (double s : share) {
      NetworkOptions shape =
          new NetworkOptions(
              NetworkOptions.sizes("64-32-10"), false, 0, s, NetworkOptions.Recipe.DATA);
      double least = Course.of(shape, 1000, 0, TrainOptions.DEFAULT_BUDGET).leastLogScale();
      assertEquals(s == 1 ? -1 : -4, least, 0);
    }
  }
}
