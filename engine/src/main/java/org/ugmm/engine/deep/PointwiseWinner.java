package org.ugmm.engine.deep;

import java.util.PriorityQueue;
import org.ugmm.engine.data.Budget;
import org.ugmm.engine.data.CertifiedState;

/**
 * Proves that one output of a {@link ConditionedNetwork} is greater than all others over its whole
 * box, or finds a point where it is not. Not thread-safe.
 */
public final class PointwiseWinner {
  /* A rival that is beaten on a box stays beaten on its parts. */
  private static final class Box {
    final double[] lo;
    final double[] hi;
    final long[] open;
    final double margin;
    final int split;

    Box(double[] lo, double[] hi, long[] open, double margin, int split) {
      this.lo = lo;
      this.hi = hi;
      this.open = open;
      this.margin = margin;
      this.split = split;
    }
  }

  /** Of a box and its arrays, their numbers apart. */
  private static final long BYTES_OF_BOX = 128;

  private final ConditionedNetwork r;
  private final int numOutputs;
  private final MarginBounds difference;
  private final NetworkPoint point;
  private final double[] corner;
  private final PriorityQueue<Box> queue =
      new PriorityQueue<>((p, q) -> Double.compare(p.margin, q.margin));

  /** The output that is claimed to be the greatest: the one at the middle of the box. */
  public int winner;

  /** Proven lower bound of the winner's natural log minus that of the best rival. */
  public double margin = Double.NEGATIVE_INFINITY;

  /** [numFree] a point where the winner does not win; meaningful when refuted. */
  public final double[] witness;

  /** Boxes looked at. */
  public long boxes;

  private boolean refuted;
  private double closedMargin = Double.POSITIVE_INFINITY;

  public PointwiseWinner(ConditionedNetwork r) {
    this.r = r;
    numOutputs = r.outputs.length;
    difference = new MarginBounds(r);
    point = new NetworkPoint(r);
    corner = new double[r.numFree()];
    witness = new double[r.numFree()];
  }

  /** Runs until it is proven either way or a budget ends; one box is always looked at. */
  public CertifiedState.Outcome run(Budget budget) {
    long from = System.nanoTime();
    long maxWaiting = budget.waiting(BYTES_OF_BOX + 16L * (r.numFree() + r.outputs.length));
    difference.evaluate(r.lo, r.hi);
    difference.evaluateCentre();
    point.evaluate(difference.centre);
    for (int k = 1; k < numOutputs; k++) {
      if (point.value[r.outputs[k]] > point.value[r.outputs[winner]]) {
        winner = k;
      }
    }
    long[] open = new long[(numOutputs + 63) / 64];
    for (int k = 0; k < numOutputs; k++) {
      if (k != winner) {
        open[k >> 6] |= 1L << k;
      }
    }
    look(r.lo.clone(), r.hi.clone(), open);
    while (!refuted && !queue.isEmpty()) {
      Box box = queue.peek();
      if (box.split < 0
          || boxes >= budget.boxes()
          || queue.size() >= maxWaiting
          || System.nanoTime() - from > budget.nanos()) {
        break;
      }
      queue.poll();
      split(box);
    }
    Box worst = queue.peek();
    margin = worst == null ? closedMargin : Math.min(closedMargin, worst.margin);
    if (refuted) {
      return CertifiedState.Outcome.REFUTED;
    }
    return worst == null ? CertifiedState.Outcome.CERTIFIED : CertifiedState.Outcome.UNDECIDED;
  }

  private void split(Box box) {
    int i = box.split;
    double[] leftHi = box.hi.clone();
    double[] rightLo = box.lo.clone();
    double middle = 0.5 * (box.lo[i] + box.hi[i]);
    leftHi[i] = r.discrete[i] ? Math.floor(middle) : middle;
    rightLo[i] = r.discrete[i] ? leftHi[i] + 1 : middle;
    look(box.lo, leftHi, box.open.clone());
    if (!refuted) {
      look(rightLo, box.hi, box.open);
    }
  }

  private void look(double[] lo, double[] hi, long[] open) {
    boxes++;
    difference.evaluate(lo, hi);
    double worst = Double.POSITIVE_INFINITY;
    boolean any = false;
    for (int k = 0; k < numOutputs; k++) {
      if (isOpen(open, k)) {
        double natural = difference.byRanges(winner, k);
        if (natural > 0) {
          close(open, k, natural);
        } else {
          worst = Math.min(worst, natural);
          any = true;
        }
      }
    }
    if (!any) {
      return;
    }
    int state = r.undecided(lo, hi);
    if (state >= 0) {
      queue.add(new Box(lo, hi, open, worst, state));
      return;
    }
    difference.evaluateCentre();
    // The worst rival first: once one is left that the slopes do not beat, the box is split anyway.
    while (!refuted) {
      int k = worstOpen(open);
      if (k < 0) {
        return;
      }
      double best = Math.max(difference.byRanges(winner, k), difference.bySlopes(winner, k));
      if (!(best > 0)) {
        tryToRefute(lo, hi, k);
        queue.add(new Box(lo, hi, open, best, difference.split()));
        return;
      }
      close(open, k, best);
    }
  }

  private int worstOpen(long[] open) {
    int worst = -1;
    for (int k = 0; k < numOutputs; k++) {
      double[] hi = difference.bounds.hi;
      if (isOpen(open, k) && (worst < 0 || hi[r.outputs[k]] > hi[r.outputs[worst]])) {
        worst = k;
      }
    }
    return worst;
  }

  private static boolean isOpen(long[] open, int k) {
    return (open[k >> 6] >> k & 1) == 1;
  }

  private void close(long[] open, int k, double proven) {
    open[k >> 6] &= ~(1L << k);
    closedMargin = Math.min(closedMargin, proven);
  }

  /** Looks where the rival may win: at the middle, and at the corner that the slopes point to. */
  private void tryToRefute(double[] lo, double[] hi, int rival) {
    int w = r.outputs[winner];
    int k = r.outputs[rival];
    NetworkBounds at = difference.atCentre;
    if (at.hi[w] < at.lo[k]) {
      refute(difference.centre);
      return;
    }
    NetworkBounds bounds = difference.bounds;
    for (int i = 0; i < lo.length; i++) {
      corner[i] = bounds.gradientLo[i] + bounds.gradientHi[i] > 0 ? lo[i] : hi[i];
    }
    point.evaluate(corner);
    if (point.value[w] < point.value[k]) {
      at.evaluate(corner, corner);
      if (at.hi[w] < at.lo[k]) {
        refute(corner);
      }
    }
  }

  private void refute(double[] at) {
    refuted = true;
    System.arraycopy(at, 0, witness, 0, witness.length);
  }
}
