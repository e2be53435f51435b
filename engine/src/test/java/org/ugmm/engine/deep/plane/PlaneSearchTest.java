package org.ugmm.engine.deep.plane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Flat;
import org.ugmm.engine.PaperNetwork;
import org.ugmm.engine.data.Budget;
import org.ugmm.engine.deep.ConditionedNetwork;
import org.ugmm.engine.deep.NetworkPoint;

class PlaneSearchTest {
  @Test
  void run_clockThatRunsOut_stopsBeforeItClimbs() throws Exception {
    Circuit c = PaperNetwork.digits();
    Evidence e = new Evidence(c).row(PaperNetwork.csv("digits-scaled.csv")[0], 0);
    for (int v = 20; v < 28; v++) {
      e.unobserve(v);
    }
    ConditionedNetwork r = ConditionedNetwork.of(Flat.of(e));
    AtomicLong clock = new AtomicLong();
    Budget budget = Budget.DEFAULT.withTime(Duration.ofNanos(10));
    PlaneSearch late = new PlaneSearch(r, 1e-3, budget, () -> clock.getAndAdd(100));
    double[] middle = new double[8];
    Arrays.fill(middle, 0.5);
    assertEquals(new NetworkPoint(r).evaluate(middle), late.value, 1e-9);
    late.run();
    assertEquals(1, late.boxes);
    PlaneSearch inTime = new PlaneSearch(r, 1e-3, budget, () -> 0);
    assertTrue(inTime.value > new NetworkPoint(r).evaluate(middle) + 0.01, inTime.toString());
  }
}
