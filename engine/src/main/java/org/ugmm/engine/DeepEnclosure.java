package org.ugmm.engine;

import java.util.PriorityQueue;

/**
 * Proven enclosures of the integrals of all outputs of a {@link LinkResidual} over its box,
 * categorical variables summed out: sums of volume times interval bound over ever smaller boxes.
 * Not thread-safe.
 */
final class DeepEnclosure {
  /*
   * The box with the widest contribution is halved where |gradient| x width is greatest. Values are
   * relative to exp(shift). Every number carries a relative error far below SLACK: a volume is a
   * product of differences of doubles, and a sum of n positive numbers loses at most n u.
   */
  private static final double SLACK = 1e-11;

  private record Box(
      double[] lo, double[] hi, double[] low, double[] high, double gap, int split) {}

  private final LinkResidual r;
  private final LinkBounds bounds;
  private final PriorityQueue<Box> queue =
      new PriorityQueue<>((p, q) -> Double.compare(q.gap, p.gap));
  private double open;
  private double proven;

  /** Natural log of what all integrals are divided by. */
  final double logShift;

  /** [outputs] proven ends of the integrals over exp(logShift). */
  final double[] low;

  final double[] high;

  /** Boxes looked at. */
  long boxes;

  DeepEnclosure(LinkResidual r) {
    this.r = r;
    bounds = new LinkBounds(r);
    low = new double[r.outputs.length];
    high = new double[r.outputs.length];
    bounds.evaluate(r.lo, r.hi);
    double most = Double.NEGATIVE_INFINITY;
    for (int unit : r.outputs) {
      most = Math.max(most, bounds.hi[unit]);
    }
    logShift = Math.abs(most) < Double.MAX_VALUE ? most : 0;
  }

  /**
   * Halves boxes until the sum of the widths is at most a part of the sum of the lower ends, or a
   * budget ends.
   */
  void run(double relativeWidth, long maxBoxes, long maxNanos) {
    long from = System.nanoTime();
    push(r.lo.clone(), r.hi.clone());
    while (open > relativeWidth * proven) {
      Box box = queue.peek();
      if (box == null
          || box.split < 0
          || boxes >= maxBoxes
          || System.nanoTime() - from > maxNanos) {
        break;
      }
      queue.poll();
      take(box, -1);
      int i = box.split;
      double[] leftHi = box.hi.clone();
      double[] rightLo = box.lo.clone();
      double middle = box.lo[i] + 0.5 * (box.hi[i] - box.lo[i]);
      leftHi[i] = r.discrete[i] ? Math.floor(middle) : middle;
      rightLo[i] = r.discrete[i] ? leftHi[i] + 1 : middle;
      push(box.lo, leftHi);
      push(rightLo, box.hi);
    }
    for (Box box : queue) {
      for (int k = 0; k < low.length; k++) {
        low[k] += box.low[k];
        high[k] += box.high[k];
      }
    }
    double slack = SLACK + 2 * queue.size() * LogEvaluator.U;
    for (int k = 0; k < low.length; k++) {
      low[k] = Math.max(0, low[k] * (1 - slack));
      high[k] *= 1 + slack;
    }
  }

  private void take(Box box, int sign) {
    open += sign * box.gap;
    for (double part : box.low) {
      proven += sign * part;
    }
  }

  private void push(double[] lo, double[] hi) {
    boxes++;
    bounds.evaluate(lo, hi);
    double volume = 1;
    for (int i = 0; i < lo.length; i++) {
      volume *= r.discrete[i] ? hi[i] - lo[i] + 1 : hi[i] - lo[i];
    }
    double[] below = new double[low.length];
    double[] above = new double[low.length];
    double gap = 0;
    int widest = 0;
    for (int k = 0; k < below.length; k++) {
      below[k] = volume * Math.exp(bounds.lo[r.outputs[k]] - logShift);
      above[k] = volume * Math.exp(bounds.hi[r.outputs[k]] - logShift) + Double.MIN_NORMAL;
      gap += above[k] - below[k];
      widest = above[k] - below[k] > above[widest] - below[widest] ? k : widest;
    }
    Box box = new Box(lo, hi, below, above, gap, split(lo, hi, r.outputs[widest]));
    queue.add(box);
    take(box, 1);
  }

  private int split(double[] lo, double[] hi, int output) {
    for (int i = 0; i < lo.length; i++) {
      if (r.discrete[i] && lo[i] < hi[i]) {
        return i;
      }
    }
    bounds.clearSeeds();
    bounds.seed(output, 1);
    bounds.gradient();
    int split = -1;
    double most = -1;
    for (int i = 0; i < lo.length; i++) {
      double width = hi[i] - lo[i];
      double steepest = Math.max(Math.abs(bounds.gradientLo[i]), Math.abs(bounds.gradientHi[i]));
      double score = steepest < 1e200 ? steepest * width : 1e200 * width;
      double middle = lo[i] + 0.5 * width;
      if (middle > lo[i] && middle < hi[i] && score > most) {
        most = score;
        split = i;
      }
    }
    return split;
  }
}
