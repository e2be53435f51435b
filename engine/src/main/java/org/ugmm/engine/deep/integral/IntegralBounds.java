package org.ugmm.engine.deep.integral;

import java.util.PriorityQueue;
import org.ugmm.engine.data.Budget;
import org.ugmm.engine.deep.ConditionedNetwork;
import org.ugmm.engine.deep.NetworkBounds;
import org.ugmm.engine.number.Rounding;

/**
 * Proven enclosures of the integrals of all outputs of a {@link ConditionedNetwork} over its box,
 * categorical variables summed out: sums of bounds over ever smaller boxes. Not thread-safe.
 */
public final class IntegralBounds {
  /*
   * On a box an output lies between the ends of its range, so its integral lies between these times
   * the volume; and between exponentials of sums over the variables, the log at the middle plus the
   * least and the greatest slope times the distance from it, whose integrals are products of
   * (exp(z) - 1) / z. The box with the widest contribution is halved where that product is widest.
   *
   * Values are relative to exp(shift). The relative error of a number is far below SLACK and
   * SLACK_OF_REAL for each variable: a volume is a product of differences of doubles, the argument z
   * of an exponential, at most STEEP, carries 3 u, and a sum of n positive numbers loses n u.
   */
  private static final double SLACK = 1e-11;
  private static final double SLACK_OF_REAL = 1e-12;
  private static final double STEEP = 700;

  /** More than a product or exponential loses to underflow. */
  private static final double TINY = Double.MIN_NORMAL;

  /** Outputs whose bounds are a smaller part of the widest's apart are not looked into. */
  private static final double NEGLIGIBLE = 1e-3;

  private record Box(
      double[] lo, double[] hi, double[] low, double[] high, double gap, int split) {}

  /** Of a box and its arrays, their numbers apart. */
  private static final long BYTES_OF_BOX = 128;

  private final ConditionedNetwork r;
  private final NetworkBounds bounds;
  private final NetworkBounds atPoint;
  private final double[] centre;
  private final PriorityQueue<Box> queue =
      new PriorityQueue<>((p, q) -> Double.compare(q.gap, p.gap));
  private double open;
  private double proven;

  /** Natural log of what all integrals are divided by. */
  public final double logShift;

  /** [outputs] proven ends of the integrals over exp(logShift). */
  public final double[] low;

  public final double[] high;

  /** Boxes looked at. */
  long boxes;

  public IntegralBounds(ConditionedNetwork r) {
    this.r = r;
    bounds = new NetworkBounds(r);
    atPoint = new NetworkBounds(r);
    centre = new double[r.numFree()];
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
  public void run(double relativeWidth, Budget budget) {
    long from = System.nanoTime();
    long maxWaiting = budget.waiting(BYTES_OF_BOX + 16L * (r.numFree() + r.outputs.length));
    push(r.lo.clone(), r.hi.clone());
    while (open > relativeWidth * proven) {
      Box box = queue.peek();
      if (box == null
          || box.split < 0
          || boxes >= budget.boxes()
          || queue.size() >= maxWaiting
          || System.nanoTime() - from > budget.nanos()) {
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
    double slack = SLACK + SLACK_OF_REAL * r.numFree() + 2 * queue.size() * Rounding.U;
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
    double widest = 0;
    for (int k = 0; k < below.length; k++) {
      below[k] = Math.max(0, volume * Math.exp(bounds.lo[r.outputs[k]] - logShift) - TINY);
      above[k] = volume * Math.exp(bounds.hi[r.outputs[k]] - logShift) + TINY;
      widest = Math.max(widest, above[k] - below[k]);
    }
    int split = r.undecided(lo, hi);
    if (split < 0) {
      split = bySlopes(lo, hi, below, above, NEGLIGIBLE * widest);
    }
    double gap = 0;
    for (int k = 0; k < below.length; k++) {
      gap += above[k] - below[k];
    }
    Box box = new Box(lo, hi, below, above, gap, split);
    queue.add(box);
    take(box, 1);
  }

  /**
   * Narrows the bounds of outputs that are more than a gap apart; returns the variable to halve.
   */
  private int bySlopes(double[] lo, double[] hi, double[] below, double[] above, double gap) {
    for (int i = 0; i < lo.length; i++) {
      centre[i] = r.discrete[i] ? lo[i] : lo[i] + 0.5 * (hi[i] - lo[i]);
    }
    atPoint.evaluate(centre, centre);
    int split = -1;
    double widest = -1;
    for (int k = 0; k < below.length; k++) {
      if (!(above[k] - below[k] > gap)) {
        continue;
      }
      bounds.clearSeeds();
      bounds.seed(r.outputs[k], 1);
      bounds.slopes(atPoint);
      double least = Math.max(0, Math.exp(atPoint.lo[r.outputs[k]] - logShift) - TINY);
      double most = Math.exp(atPoint.hi[r.outputs[k]] - logShift) + TINY;
      int steepest = -1;
      double spread = -1;
      for (int i = 0; i < lo.length; i++) {
        if (r.discrete[i]) {
          continue;
        }
        double left = centre[i] - lo[i];
        double right = hi[i] - centre[i];
        double sLo = bounds.gradientLo[i];
        double sHi = bounds.gradientHi[i];
        double small =
            left * growth(Math.min(STEEP, -sHi * left))
                + right * growth(Math.min(STEEP, sLo * right));
        double large = left * growth(-sLo * left) + right * growth(sHi * right);
        least = Math.max(0, least * small - TINY);
        most = most * large + TINY;
        // The ratio of both, or where a slope has no bound the width.
        double ratio = large < 1e200 * small ? large / small : 1e200 * (hi[i] - lo[i]);
        if (ratio > spread && left > 0 && right > 0) {
          spread = ratio;
          steepest = i;
        }
      }
      // Comparisons, since a slope may be infinite and a product not a number.
      below[k] = least > below[k] && least < Double.POSITIVE_INFINITY ? least : below[k];
      above[k] = most < above[k] ? most : above[k];
      if (above[k] - below[k] > widest) {
        widest = above[k] - below[k];
        split = steepest;
      }
    }
    return split;
  }

  /** (exp(z) - 1) / z, infinite where exp(z) may be. */
  private static double growth(double z) {
    return z > STEEP ? Double.POSITIVE_INFINITY : z == 0 ? 1 : Math.expm1(z) / z;
  }
}
