package org.ugmm.engine.learn;

import java.util.concurrent.atomic.AtomicInteger;
import org.ugmm.engine.data.ExpectedCounts;
import org.ugmm.engine.kernel.TrainingKernels;

/**
 * Counts rows by tiles on some threads. Rows are cut into parts whose sizes do not depend on the
 * number of threads, and the parts' statistics are added up in order: so do the bits not depend on
 * it either.
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

  @SuppressWarnings({"unchecked", "rawtypes"})
  Counter(
      TrainedCircuit circuit,
      TrainingKernels<A> kernels,
      double[] center,
      double[] unit,
      Workers workers) {
    this.circuit = circuit;
    this.workers = workers;
    plan = TrainingPlanBuilder.plan(circuit, kernels.lanes());
    weights = new TrainingWeights<>(plan, kernels, center, unit);
    long fitting = TILE_NUMBERS / Math.max(1, plan.rowSize);
    tileRows = (int) Math.max(MIN_TILE, Math.min(MAX_TILE, fitting));
    lanes = new Lane[workers.numThreads];
    load();
  }

  /** Takes the present parameters of the circuit. */
  void load() {
    weights.load(circuit);
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
          Lane<A> lane = lane(thread);
          for (int p = next.getAndIncrement(); p < numParts; p = next.getAndIncrement()) {
            int partFrom = from + (int) ((long) numRows * p / numParts);
            int partTo = from + (int) ((long) numRows * (p + 1) / numParts);
            try {
              countPart(lane, of, chosen, partFrom, partTo, turns, p, into);
            } finally {
              turns.done(p);
            }
          }
        });
  }

  private void countPart(
      Lane<A> lane,
      Rows of,
      int[] chosen,
      int from,
      int to,
      Turns turns,
      int part,
      ExpectedCounts into) {
    TrainingTile<A> tile = lane.tile;
    tile.clear();
    tile.flowScale = of.weightScale();
    LogPass logPass = null;
    double weight = 0;
    double logSum = 0;
    long zeroRows = 0;
    int numTiles = (to - from + tileRows - 1) / tileRows;
    for (int t = 0; t < numTiles; t++) {
      int first = from + (int) ((long) (to - from) * t / numTiles);
      int count = from + (int) ((long) (to - from) * (t + 1) / numTiles) - first;
      tile.up(of, chosen, first, count, lane.logs);
      boolean anyFlow = false;
      for (int r = 0; r < count; r++) {
        int row = chosen[first + r];
        double rowWeight = of.data.weight(row);
        double log = lane.logs[r];
        boolean inTile = !Double.isNaN(log);
        lane.rowFlow[r] = inTile ? rowWeight / tile.flowScale : 0;
        anyFlow |= lane.rowFlow[r] > 0;
        if (!inTile) {
          logPass = logPass == null ? new LogPass(circuit, of) : logPass;
          log = logPass.up(row);
          if (log == Double.NEGATIVE_INFINITY) {
            zeroRows++;
            continue;
          }
          logPass.down(row, rowWeight, tile.extra());
        }
        weight += rowWeight;
        logSum += rowWeight * log;
      }
      if (anyFlow) {
        tile.down(lane.rowFlow);
      }
    }
    turns.await(part);
    tile.addTo(into.counts());
    into.addRows(to - from, zeroRows, weight, logSum);
  }

  /** Natural log of the probability of each row. */
  double[] logs(Rows of) {
    int numRows = of.numRows();
    int[] all = new int[numRows];
    for (int row = 0; row < numRows; row++) {
      all[row] = row;
    }
    double[] logs = new double[numRows];
    int numTiles = (numRows + tileRows - 1) / tileRows;
    AtomicInteger next = new AtomicInteger();
    workers.run(
        Math.max(1, Math.min(workers.numThreads, numTiles)),
        thread -> {
          Lane<A> lane = lane(thread);
          LogPass logPass = new LogPass(circuit, of);
          for (int t = next.getAndIncrement(); t < numTiles; t = next.getAndIncrement()) {
            int first = t * tileRows;
            int count = Math.min(tileRows, numRows - first);
            lane.tile.up(of, all, first, count, lane.logs);
            for (int r = 0; r < count; r++) {
              double log = lane.logs[r];
              logs[first + r] = Double.isNaN(log) ? logPass.up(first + r) : log;
            }
          }
        });
    return logs;
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
