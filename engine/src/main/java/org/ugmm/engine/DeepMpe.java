package org.ugmm.engine;

import java.util.Arrays;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/**
 * The greatest value of output 0 of a {@link LinkResidual} over its box: best-first branch and
 * bound with proven bounds, anytime. Not thread-safe.
 */
final class DeepMpe {
  /*
   * Upper bound of a box: the natural interval extension, and the mean-value form
   * f(x) <= f(c) + SUM_i max(G_i (x_i - c_i)) with G the gradient's range over the box and c the
   * centre that makes the correction smallest (Baumann 1988). A coordinate whose derivative has one
   * sign over the box moves to its end. The value at c is a proven lower bound of the maximum, since
   * a box of one point encloses it.
   */
  private static final int STARTS = 24;

  private static final class Box {
    final double[] lo;
    final double[] hi;
    final double upper;
    final int split;

    Box(double[] lo, double[] hi, double upper, int split) {
      this.lo = lo;
      this.hi = hi;
      this.upper = upper;
      this.split = split;
    }
  }

  private final LinkResidual r;
  private final int output;
  private final double tolerance;
  private final LinkBounds bounds;
  private final LinkBounds atPoint;
  private final DeepAscent ascent;
  private final PriorityQueue<Box> queue =
      new PriorityQueue<>((p, q) -> Double.compare(q.upper, p.upper));
  private final double[] centre;
  private final double[] start;
  private double closedUpper = Double.NEGATIVE_INFINITY;
  private boolean climbed;
  private long climbs;

  /** [numFree] the best point found. */
  final double[] best;

  /** Proven lower bound of the value at the best point. */
  double value = Double.NEGATIVE_INFINITY;

  /** Proven upper bound of the maximum. */
  double upper = Double.POSITIVE_INFINITY;

  /** Boxes looked at. */
  long boxes;

  DeepMpe(LinkResidual r, double tolerance) {
    this.r = r;
    this.tolerance = tolerance;
    output = r.outputs[0];
    bounds = new LinkBounds(r);
    atPoint = new LinkBounds(r);
    ascent = new DeepAscent(r);
    best = r.lo.clone();
    centre = new double[r.numFree()];
    start = new double[r.numFree()];
  }

  /** Runs until the gap is within the tolerance or a budget ends. */
  void run(long maxBoxes, long maxNanos) {
    long from = System.nanoTime();
    climbFromStarts();
    push(r.lo.clone(), r.hi.clone());
    while (true) {
      Box box = queue.peek();
      upper = Math.max(closedUpper, box == null ? Double.NEGATIVE_INFINITY : box.upper);
      upper = Math.max(upper, value);
      if (box == null || box.upper <= value + tolerance) {
        return;
      }
      if (boxes >= maxBoxes || System.nanoTime() - from > maxNanos) {
        return;
      }
      queue.poll();
      split(box);
    }
  }

  private void climbFromStarts() {
    SplittableRandom random = new SplittableRandom(1);
    int starts = Math.max(2, Math.min(STARTS, 4000 / Math.max(1, r.numTerms())));
    for (int k = 0; k < starts; k++) {
      for (int i = 0; i < start.length; i++) {
        start[i] =
            r.discrete[i]
                ? random.nextInt((int) r.hi[i] + 1)
                : r.lo[i] + (k == 0 ? 0.5 : random.nextDouble()) * (r.hi[i] - r.lo[i]);
      }
      ascent.climb(start);
      offer(start);
    }
    climbed = true;
  }

  /**
   * Takes a point if its proven value is above the best, and then climbs from it. Leaves the bounds
   * at the point in {@link #atPoint}.
   *
   * @return the proven upper end of the value at the point
   */
  private double offer(double[] candidate) {
    atPoint.evaluate(candidate, candidate);
    double high = atPoint.hi[output];
    if (take(candidate) && climbed && climbs <= boxes / 100) {
      climbs++;
      System.arraycopy(candidate, 0, start, 0, start.length);
      ascent.climb(start);
      atPoint.evaluate(start, start);
      take(start);
      atPoint.evaluate(candidate, candidate);
    }
    return high;
  }

  private boolean take(double[] candidate) {
    if (!(atPoint.lo[output] > value)) {
      return false;
    }
    value = atPoint.lo[output];
    System.arraycopy(candidate, 0, best, 0, best.length);
    return true;
  }

  private void split(Box box) {
    int i = box.split;
    double[] leftHi = box.hi.clone();
    double[] rightLo = box.lo.clone();
    if (r.discrete[i]) {
      double middle = Math.floor(0.5 * (box.lo[i] + box.hi[i]));
      leftHi[i] = middle;
      rightLo[i] = middle + 1;
    } else {
      double middle = box.lo[i] + 0.5 * (box.hi[i] - box.lo[i]);
      leftHi[i] = middle;
      rightLo[i] = middle;
    }
    push(box.lo.clone(), leftHi);
    push(rightLo, box.hi);
  }

  private void push(double[] lo, double[] hi) {
    boxes++;
    double high = Double.POSITIVE_INFINITY;
    for (int round = 0; round < 3; round++) {
      bounds.evaluate(lo, hi);
      high = Math.min(high, bounds.hi[output]);
      if (high <= value + tolerance) {
        closedUpper = Math.max(closedUpper, high);
        return;
      }
      int state = undecided(lo, hi);
      if (state >= 0) {
        queue.add(new Box(lo, hi, high, state));
        return;
      }
      bounds.clearSeeds();
      bounds.seed(output, 1);
      bounds.gradient();
      if (!toFaces(lo, hi)) {
        break;
      }
    }
    meanValue(lo, hi, high);
  }

  private int undecided(double[] lo, double[] hi) {
    for (int i = 0; i < lo.length; i++) {
      if (r.discrete[i] && lo[i] < hi[i]) {
        return i;
      }
    }
    return -1;
  }

  private boolean toFaces(double[] lo, double[] hi) {
    boolean changed = false;
    for (int i = 0; i < lo.length; i++) {
      if (lo[i] < hi[i]) {
        if (bounds.gradientLo[i] >= 0) {
          lo[i] = hi[i];
          changed = true;
        } else if (bounds.gradientHi[i] <= 0) {
          hi[i] = lo[i];
          changed = true;
        }
      }
    }
    return changed;
  }

  private void meanValue(double[] lo, double[] hi, double natural) {
    for (int i = 0; i < lo.length; i++) {
      centre[i] = baumann(lo[i], hi[i], bounds.gradientLo[i], bounds.gradientHi[i]);
    }
    double at = offer(centre);
    bounds.clearSeeds();
    bounds.seed(output, 1);
    bounds.slopes(atPoint);
    double correction = 0;
    double largest = -1;
    int split = -1;
    for (int i = 0; i < lo.length; i++) {
      double width = hi[i] - lo[i];
      if (!(width > 0)) {
        continue;
      }
      double most =
          Math.max(
              bounds.gradientHi[i] * (hi[i] - centre[i]),
              -bounds.gradientLo[i] * (centre[i] - lo[i]));
      most = Double.isNaN(most) ? Double.POSITIVE_INFINITY : Math.max(0, most);
      correction += most;
      double score =
          most == Double.POSITIVE_INFINITY ? Double.MAX_VALUE * Math.min(1, width) : most;
      double middle = lo[i] + 0.5 * width;
      if (middle > lo[i] && middle < hi[i] && score > largest) {
        largest = score;
        split = i;
      }
    }
    double slack = (64 + 4 * lo.length) * LogEvaluator.U * correction + Double.MIN_NORMAL;
    double high = Math.min(natural, Math.nextUp(at + (correction + slack)));
    if (high <= value + tolerance || split < 0) {
      closedUpper = Math.max(closedUpper, high);
      return;
    }
    queue.add(new Box(lo, hi, high, split));
  }

  /** The centre for which the mean-value correction is the same on both sides (Baumann 1988). */
  private static double baumann(double lo, double hi, double gradientLo, double gradientHi) {
    double width = hi - lo;
    if (!(width > 0)) {
      return lo;
    }
    double low = Math.min(0, gradientLo);
    double high = Math.max(0, gradientHi);
    double toCentre = width * (high / (high - low));
    return toCentre >= 0 ? Math.min(hi, Math.max(lo, lo + toCentre)) : lo + 0.5 * width;
  }

  @Override
  public String toString() {
    return "value %s, upper %s, boxes %d at %s"
        .formatted(value, upper, boxes, Arrays.toString(best));
  }
}
