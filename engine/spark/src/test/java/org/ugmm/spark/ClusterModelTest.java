package org.ugmm.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ClusterModelTest {
  @Test
  void tasks_goToWhoeverIsFree() {
    double[] tasks = {3, 1, 1, 1};
    assertEquals(6, ClusterModel.makespan(tasks, 1, 0));
    assertEquals(3, ClusterModel.makespan(tasks, 2, 0));
    assertEquals(3, ClusterModel.makespan(tasks, 4, 0));
    assertEquals(3 + 0.5, ClusterModel.makespan(tasks, 4, 0.5));
    assertEquals(100 + 0.01, ClusterModel.makespan(new double[] {100}, 1, 0.01), 1e-12);
  }

  @Test
  void stragglers_setTheTime_untilTheyAreStartedAgain() {
    double[] tasks = ClusterModel.tasks(1000, 10, 0.01, 20, 1);
    double alone = ClusterModel.makespan(tasks, 100, 0);
    double again = ClusterModel.makespan(ClusterModel.speculated(tasks, 1.5), 100, 0);
    double even = ClusterModel.makespan(ClusterModel.tasks(1000, 10, 0, 1, 1), 100, 0);
    assertEquals(100, even);
    assertTrue(alone >= 200, "alone " + alone);
    assertTrue(again <= even + 25, "again " + again);
  }

  @Test
  void tree_sparesTheDriver() {
    double flat = 16 * 1e6 / 1e9;
    assertEquals(1e6 / 1e9 * 2 + flat, ClusterModel.trafficSeconds(1e6, 1e6, 16, 2, 1e9), 1e-12);
    double tree = ClusterModel.trafficSeconds(1e6, 1e6, 10_000, 100, 1e9);
    assertTrue(tree < 10_000 * 1e6 / 1e9 / 10, "tree " + tree);
  }
}
