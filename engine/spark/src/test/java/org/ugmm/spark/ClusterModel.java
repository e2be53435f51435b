package org.ugmm.spark;

import java.util.Arrays;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/**
 * What a job costs on a cluster, from what was measured on one core: the arithmetic behind {@code
 * engine/docs/scale.md}. Tasks go to whichever executor is free first, in order, as Spark sends
 * them.
 */
final class ClusterModel {
  private ClusterModel() {}

  /**
   * When the last of some tasks ends.
   *
   * @param taskSeconds [tasks] seconds of each on one core
   * @param cores cores that take tasks
   * @param dispatchSeconds what the driver spends on each task, one after another
   */
  static double makespan(double[] taskSeconds, int cores, double dispatchSeconds) {
    PriorityQueue<Double> free = new PriorityQueue<>();
    for (int c = 0; c < cores; c++) {
      free.add(0.0);
    }
    double dispatched = 0;
    double last = 0;
    for (double seconds : taskSeconds) {
      dispatched += dispatchSeconds;
      double begin = Math.max(free.remove(), dispatched);
      free.add(begin + seconds);
      last = Math.max(last, begin + seconds);
    }
    return last;
  }

  /**
   * The same with stragglers that are started again elsewhere: a task that takes more than a
   * multiple of the median counts as that multiple and the median once more, as Spark's speculation
   * does at best.
   */
  static double[] speculated(double[] taskSeconds, double multiple) {
    double[] sorted = taskSeconds.clone();
    Arrays.sort(sorted);
    double median = sorted[sorted.length / 2];
    return Arrays.stream(taskSeconds).map(t -> Math.min(t, multiple * median + median)).toArray();
  }

  /** Tasks of which a share takes a multiple of the time of the others. */
  static double[] tasks(int count, double seconds, double shareSlow, double slowdown, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] tasks = new double[count];
    for (int t = 0; t < count; t++) {
      tasks[t] = random.nextDouble() < shareSlow ? slowdown * seconds : seconds;
    }
    return tasks;
  }

  /**
   * Seconds that the sums of an iteration of EM travel: the circuit out to each executor by a
   * torrent, the counts of each task to the machine that adds up its group, the sums of the groups
   * to the driver.
   *
   * @param bytesPerSecond of the network of one machine
   */
  static double trafficSeconds(
      double circuitBytes, double countBytes, int tasks, int executors, double bytesPerSecond) {
    double torrent =
        circuitBytes / bytesPerSecond * Math.ceil(Math.log(executors + 1.0) / Math.log(2));
    double groups = Math.ceil(Math.sqrt(tasks));
    boolean isTree = tasks > 16;
    double shuffle = isTree ? countBytes * tasks / executors / bytesPerSecond : 0;
    double atDriver = countBytes * (isTree ? groups : tasks) / bytesPerSecond;
    return torrent + shuffle + atDriver;
  }
}
