package org.ugmm.engine;

import java.util.PriorityQueue;

/**
 * Proves that one output of a {@link LinkResidual} is greater than all others over its whole box,
 * or finds a point where it is not. Not thread-safe.
 */
final class DeepClass {
  /*
   * For each rival the difference of two outputs is bounded as one function: its natural bound, and
   * the slope form about the middle of the box, whose slopes cancel where both outputs depend on the
   * same units in the same way. A rival that is beaten on a box stays beaten on its parts.
   */
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

  private final LinkResidual r;
  private final int numOutputs;
  private final LinkBounds bounds;
  private final LinkBounds atPoint;
  private final LinkPoint point;
  private final double[] centre;
  private final double[] corner;
  private final double[] score;
  private final PriorityQueue<Box> queue =
      new PriorityQueue<>((p, q) -> Double.compare(p.margin, q.margin));

  /** The output that is claimed to be the greatest: the one at the middle of the box. */
  int winner;

  /** Proven lower bound of the winner's natural log minus that of the best rival. */
  double margin = Double.NEGATIVE_INFINITY;

  /** [numFree] a point where the winner does not win; meaningful when refuted. */
  final double[] witness;

  /** Boxes looked at. */
  long boxes;

  private boolean refuted;
  private double closedMargin = Double.POSITIVE_INFINITY;

  DeepClass(LinkResidual r) {
    this.r = r;
    numOutputs = r.outputs.length;
    bounds = new LinkBounds(r);
    atPoint = new LinkBounds(r);
    point = new LinkPoint(r);
    centre = new double[r.numFree()];
    corner = new double[r.numFree()];
    score = new double[r.numFree()];
    witness = new double[r.numFree()];
  }

  /** Runs until it is proven either way or a budget ends; one box is always looked at. */
  CertifiedState.Outcome run(long maxBoxes, long maxNanos) {
    long from = System.nanoTime();
    setCentre(r.lo, r.hi);
    point.evaluate(centre);
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
      if (box.split < 0 || boxes >= maxBoxes || System.nanoTime() - from > maxNanos) {
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

  private void setCentre(double[] lo, double[] hi) {
    for (int i = 0; i < lo.length; i++) {
      double middle = lo[i] + 0.5 * (hi[i] - lo[i]);
      centre[i] = r.discrete[i] ? Math.floor(middle) : middle;
    }
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
    bounds.evaluate(lo, hi);
    double winnerLo = bounds.lo[r.outputs[winner]];
    double worst = Double.POSITIVE_INFINITY;
    boolean any = false;
    for (int k = 0; k < numOutputs; k++) {
      if (isOpen(open, k)) {
        double natural = below(winnerLo, bounds.hi[r.outputs[k]]);
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
    int state = undecided(lo, hi);
    if (state >= 0) {
      queue.add(new Box(lo, hi, open, worst, state));
      return;
    }
    setCentre(lo, hi);
    atPoint.evaluate(centre, centre);
    // The worst rival first: once one is left that the slopes do not beat, the box is split anyway.
    while (!refuted) {
      int k = worstOpen(open);
      if (k < 0) {
        return;
      }
      double natural = below(winnerLo, bounds.hi[r.outputs[k]]);
      double best = Math.max(natural, slopeForm(lo, hi, k));
      if (!(best > 0)) {
        queue.add(new Box(lo, hi, open, best, largestScore(lo, hi)));
        return;
      }
      close(open, k, best);
    }
  }

  private int worstOpen(long[] open) {
    int worst = -1;
    for (int k = 0; k < numOutputs; k++) {
      if (isOpen(open, k) && (worst < 0 || bounds.hi[r.outputs[k]] > bounds.hi[r.outputs[worst]])) {
        worst = k;
      }
    }
    return worst;
  }

  /** The proven difference of two proven ends. */
  private static double below(double lo, double hi) {
    double difference = lo - hi;
    return Double.isNaN(difference) ? Double.NEGATIVE_INFINITY : Math.nextDown(difference);
  }

  private static boolean isOpen(long[] open, int k) {
    return (open[k >> 6] >> k & 1) == 1;
  }

  private void close(long[] open, int k, double proven) {
    open[k >> 6] &= ~(1L << k);
    closedMargin = Math.min(closedMargin, proven);
  }

  private int undecided(double[] lo, double[] hi) {
    for (int i = 0; i < lo.length; i++) {
      if (r.discrete[i] && lo[i] < hi[i]) {
        return i;
      }
    }
    return -1;
  }

  /** Lower bound of winner minus rival; fills the scores; may refute at the centre or a corner. */
  private double slopeForm(double[] lo, double[] hi, int rival) {
    int w = r.outputs[winner];
    int k = r.outputs[rival];
    if (atPoint.hi[w] < atPoint.lo[k]) {
      refute(centre);
      return Double.NEGATIVE_INFINITY;
    }
    bounds.clearSeeds();
    bounds.seed(w, 1);
    bounds.seed(k, -1);
    bounds.slopes(atPoint);
    double correction = 0;
    for (int i = 0; i < lo.length; i++) {
      double sLo = bounds.gradientLo[i];
      double sHi = bounds.gradientHi[i];
      double most = Math.max(0, Math.max(sHi * (centre[i] - lo[i]), -sLo * (hi[i] - centre[i])));
      score[i] = Double.isNaN(most) ? Double.POSITIVE_INFINITY : most;
      correction += score[i];
      corner[i] = sLo + sHi > 0 ? lo[i] : hi[i];
    }
    double slack = (64 + 4 * lo.length) * LogEvaluator.U * correction + Double.MIN_NORMAL;
    double form = below(below(atPoint.lo[w], atPoint.hi[k]), correction + slack);
    if (!(form > 0)) {
      point.evaluate(corner);
      if (point.value[w] < point.value[k]) {
        LinkBounds check = new LinkBounds(r);
        check.evaluate(corner, corner);
        if (check.hi[w] < check.lo[k]) {
          refute(corner);
        }
      }
    }
    return form;
  }

  private int largestScore(double[] lo, double[] hi) {
    int split = -1;
    double largest = -1;
    for (int i = 0; i < lo.length; i++) {
      double middle = lo[i] + 0.5 * (hi[i] - lo[i]);
      double s =
          score[i] == Double.POSITIVE_INFINITY
              ? Double.MAX_VALUE * 0.5 * (hi[i] - lo[i])
              : score[i];
      if (middle > lo[i] && middle < hi[i] && s > largest) {
        largest = s;
        split = i;
      }
    }
    return split;
  }

  private void refute(double[] at) {
    refuted = true;
    System.arraycopy(at, 0, witness, 0, witness.length);
  }
}
