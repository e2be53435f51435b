package org.ugmm.engine.learn;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.ExpectedCounts;
import org.ugmm.engine.kernel.Kernels;
import org.ugmm.engine.kernel.TrainingKernels;

/**
 * Counts rows by tiles on some threads. Rows are cut into parts whose sizes do not depend on the
 * number of threads, and the parts' statistics are added up in order: so do the bits not depend on
 * it either. Rows beyond the range of float go through tiles of double, and what is beyond those
 * through the log domain, one by one.
 */
final class Counter<A> {
  private static final int MAX_PART = 512;
  private static final int MAX_TILE = 64;
  private static final int MIN_TILE = 8;

  /** Numbers of a tile's values that should stay in the caches. */
  private static final long TILE_NUMBERS = 1L << 20;

  private final TrainedCircuit circuit;
  private final TrainingPlan plan;
  private final TrainingWeights<A> weights;
  private final Workers workers;
  private final int tileRows;
  private final Lane<A>[] lanes;
  private final double[] center;
  private final double[] unit;

  /** Counts what is beyond the range of this one; null until there is such a row. */
  private @Nullable Counter<double[]> wide;

  private boolean isWideLoaded;

  /** What a thread works with. */
  private static final class Lane<A> {
    final TrainingTile<A> tile;
    final double[] logs;
    final double[] rowFlow;

    Lane(TrainingTile<A> tile) {
      this.tile = tile;
      logs = new double[tile.maxRows];
      rowFlow = new double[tile.maxRows];
    }
  }

  /** What some rows say beside their statistics. */
  private static final class Tally {
    long zeroRows;
    double zeroWeight;
    double weight;
    double logSum;

    void add(double rowWeight, double log) {
      weight += rowWeight;
      logSum += rowWeight * log;
    }
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  Counter(
      TrainedCircuit circuit,
      TrainingKernels<A> kernels,
      double[] center,
      double[] unit,
      Workers workers) {
    this.circuit = circuit;
    this.workers = workers;
    this.center = center;
    this.unit = unit;
    plan = TrainingPlanBuilder.plan(circuit, kernels);
    weights = new TrainingWeights<>(plan, kernels, center, unit, workers);
    long fitting = TILE_NUMBERS / Math.max(1, plan.rowSize);
    int multiple = plan.hasStrips ? kernels.strips().strip() : 1;
    int rows = (int) Math.max(MIN_TILE, Math.min(MAX_TILE, fitting));
    tileRows = (rows + multiple - 1) / multiple * multiple;
    lanes = new Lane[workers.numThreads];
    load();
  }

  /** Takes the present parameters of the circuit. */
  void load() {
    weights.load(circuit);
    isWideLoaded = false;
  }

  /** The counter in double, with the present parameters; null where this is it. */
  private synchronized @Nullable Counter<double[]> wide() {
    if (weights.kernels == Kernels.DOUBLE.training()) {
      return null;
    }
    if (wide == null) {
      wide = new Counter<>(circuit, Kernels.DOUBLE.training(), center, unit, workers);
    } else if (!isWideLoaded) {
      wide.load();
    }
    isWideLoaded = true;
    return wide;
  }

  private Lane<A> lane(int thread) {
    if (lanes[thread] == null) {
      lanes[thread] = new Lane<>(new TrainingTile<>(plan, circuit, weights, tileRows));
    }
    return lanes[thread];
  }

  /** Adds what some rows say to counts. */
  void count(Rows of, int[] chosen, int from, int to, ExpectedCounts into) {
    int numRows = to - from;
    int numParts = numRows <= MAX_TILE ? 1 : Math.max(2, (numRows + MAX_PART - 1) / MAX_PART);
    Turns turns = new Turns();
    AtomicInteger next = new AtomicInteger();
    workers.run(
        Math.min(workers.numThreads, numParts),
        thread -> {
          for (int p = next.getAndIncrement(); p < numParts; p = next.getAndIncrement()) {
            int partFrom = from + (int) ((long) numRows * p / numParts);
            int partTo = from + (int) ((long) numRows * (p + 1) / numParts);
            try {
              countPart(thread, of, chosen, partFrom, partTo, turns, p, into);
            } finally {
              turns.done(p);
            }
          }
        });
  }

  private void countPart(
      int thread,
      Rows of,
      int[] chosen,
      int from,
      int to,
      Turns turns,
      int part,
      ExpectedCounts into) {
    Tally tally = new Tally();
    int[] lost = countTiles(thread, of, chosen, from, to, tally);
    Counter<double[]> counter = lost.length > 0 ? wide() : null;
    int[] last = lost;
    if (counter != null) {
      last = counter.countTiles(thread, of, lost, 0, lost.length, tally);
    }
    if (last.length > 0) {
      LogPass logPass = new LogPass(circuit, of);
      for (int row : last) {
        double log = logPass.up(row);
        if (log == Double.NEGATIVE_INFINITY) {
          tally.zeroRows++;
          tally.zeroWeight += of.data.weight(row);
        } else {
          logPass.down(row, of.data.weight(row), lane(thread).tile.extra());
          tally.add(of.data.weight(row), log);
        }
      }
    }
    turns.await(part);
    lane(thread).tile.addTo(into.counts());
    if (counter != null) {
      counter.lane(thread).tile.addTo(into.counts());
    }
    into.addRows(to - from, tally.zeroRows, tally.zeroWeight, tally.weight, tally.logSum);
  }

  /** Adds rows to the statistics of a thread's tile; returns those beyond its range. */
  private int[] countTiles(int thread, Rows of, int[] chosen, int from, int to, Tally tally) {
    Lane<A> lane = lane(thread);
    TrainingTile<A> tile = lane.tile;
    tile.clear();
    tile.flowScale = of.weightScale();
    int[] lost = new int[to - from];
    int numLost = 0;
    int numTiles = (to - from + tileRows - 1) / tileRows;
    for (int t = 0; t < numTiles; t++) {
      int first = from + (int) ((long) (to - from) * t / numTiles);
      int count = from + (int) ((long) (to - from) * (t + 1) / numTiles) - first;
      tile.up(of, chosen, first, count, lane.logs);
      boolean anyFlow = false;
      for (int r = 0; r < count; r++) {
        int row = chosen[first + r];
        if (Double.isNaN(lane.logs[r])) {
          lane.rowFlow[r] = 0;
          lost[numLost++] = row;
          continue;
        }
        double rowWeight = of.data.weight(row);
        lane.rowFlow[r] = rowWeight / tile.flowScale;
        anyFlow |= lane.rowFlow[r] > 0;
        tally.add(rowWeight, lane.logs[r]);
      }
      if (anyFlow) {
        tile.down(lane.rowFlow);
      }
    }
    return Arrays.copyOf(lost, numLost);
  }

  /** Natural log of the probability of each row. */
  double[] logs(Rows of) {
    int numRows = of.numRows();
    int[] all = new int[numRows];
    for (int row = 0; row < numRows; row++) {
      all[row] = row;
    }
    double[] logs = new double[numRows];
    int[] lost = logs(of, all, logs);
    Counter<double[]> counter = lost.length > 0 ? wide() : null;
    lost = counter != null ? counter.logs(of, lost, logs) : lost;
    int[] last = lost;
    AtomicInteger next = new AtomicInteger();
    workers.run(
        Math.max(1, Math.min(workers.numThreads, last.length)),
        thread -> {
          LogPass logPass = new LogPass(circuit, of);
          for (int i = next.getAndIncrement(); i < last.length; i = next.getAndIncrement()) {
            logs[last[i]] = logPass.up(last[i]);
          }
        });
    return logs;
  }

  /** Fills in the logs of some rows; returns those beyond the range of tiles. */
  private int[] logs(Rows of, int[] chosen, double[] logs) {
    int numTiles = (chosen.length + tileRows - 1) / tileRows;
    AtomicInteger next = new AtomicInteger();
    workers.run(
        Math.max(1, Math.min(workers.numThreads, numTiles)),
        thread -> {
          Lane<A> lane = lane(thread);
          for (int t = next.getAndIncrement(); t < numTiles; t = next.getAndIncrement()) {
            int first = t * tileRows;
            int count = Math.min(tileRows, chosen.length - first);
            lane.tile.up(of, chosen, first, count, lane.logs);
            for (int r = 0; r < count; r++) {
              logs[chosen[first + r]] = lane.logs[r];
            }
          }
        });
    return Arrays.stream(chosen).filter(row -> Double.isNaN(logs[row])).toArray();
  }

  /** Lets parts finish one by one, in order. */
  private static final class Turns {
    private int turn;

    synchronized void await(int part) {
      boolean interrupted = false;
      while (turn < part) {
        try {
          wait();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }

    synchronized void done(int part) {
      await(part);
      turn = Math.max(turn, part + 1);
      notifyAll();
    }
  }
}
