package org.ugmm.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ProgressLineTest {
  private static String line(int most) {
    return ProgressLine.fitting(
        "random K=2 x4 by class", " epoch 3/48 train -17.05", " 174,619 rows/s", " 12s left", most);
  }

  @Test
  void fitting_narrower_losesTheSpeedThenOfTheName() {
    String whole = "random K=2 x4 by class epoch 3/48 train -17.05 174,619 rows/s 12s left";
    assertEquals(whole, line(whole.length()));
    assertEquals("random K=2 x4 by class epoch 3/48 train -17.05 12s left", line(69));
    assertEquals("random K=2... epoch 3/48 train -17.05 12s left", line(46));
    assertEquals("... epoch 3/48 train -17.05 12", line(30));
  }
}
