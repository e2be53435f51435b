package org.ugmm.engine.deep.plane;

import java.util.Arrays;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.Budget;
import org.ugmm.engine.deep.ConditionedNetwork;
import org.ugmm.engine.deep.NetworkBounds;
import org.ugmm.engine.deep.NetworkPoint;
import org.ugmm.engine.deep.plane.LinkRanges.Known;

/**
 * The greatest value of output 0 of a {@link ConditionedNetwork} over its box: best-first branch
 * and bound with proven bounds, anytime. Not thread-safe.
 */
public final class PlaneSearch {
  /*
   * Bounds are those of LinkPlanes, over the network without the terms that cannot matter to values
   * above the best one known: a few links of the last layer are left of dozens. The value at a point
   * is a proven lower bound of the maximum, since a box of one point encloses it; candidates are the
   * points where the planes are highest, and what an ascent reaches from some of them.
   */
  private static final int STARTS = 24;

  /**
   * Parts of boxes are cut off where no value is above the best plus this part of the tolerance.
   */
  private static final double ENOUGH = 0.999;

  /** Of a box and its arrays, their numbers apart. */
  private static final long BYTES_OF_BOX = 192;

  private static final class Box {
    final double[] lo;
    final double[] hi;
    final @Nullable LeafRange[] range;
    final Known known;
    final double upper;
    final int split;

    Box(
        double[] lo,
        double[] hi,
        @Nullable LeafRange[] range,
        Known known,
        double upper,
        int split) {
      this.lo = lo;
      this.hi = hi;
      this.range = range;
      this.known = known;
      this.upper = upper;
      this.split = split;
    }
  }

  private final ConditionedNetwork r;
  private final Budget budget;
  private final double tolerance;
  private final long maxWaiting;
  private final LongSupplier nanoTime;
  private final long startNanos;
  private final NetworkBounds atPoint;
  private final ConditionedNetwork small;
  private final LinkPlanes planes;
  private final LinkSplit choice;
  private final NetworkPoint point;
  private final DeepAscent ascent;
  private final PriorityQueue<Box> queue =
      new PriorityQueue<>((p, q) -> Double.compare(q.upper, p.upper));
  private final double[] start;
  private double closedUpper = Double.NEGATIVE_INFINITY;
  private long climbs;

  /** Whether {@link #point} knows the best point. */
  private boolean isBestEvaluated;

  /** [numFree] the best point found. */
  public final double[] best;

  /** Proven lower bound of the value at the best point. */
  public double value = Double.NEGATIVE_INFINITY;

  /** Proven upper bound of the maximum. */
  public double upper = Double.POSITIVE_INFINITY;

  /** Boxes looked at. */
  public long boxes;

  /**
   * Prepares a search; climbs from a few points.
   *
   * @param tolerance gap at which the search ends, in nats
   * @param budget its time starts here
   * @param nanoTime the clock of that budget
   */
  public PlaneSearch(ConditionedNetwork r, double tolerance, Budget budget, LongSupplier nanoTime) {
    this.r = r;
    this.tolerance = tolerance;
    this.budget = budget;
    this.nanoTime = nanoTime;
    startNanos = nanoTime.getAsLong();
    atPoint = new NetworkBounds(r);
    best = r.lo.clone();
    start = new double[r.numFree()];
    SplittableRandom random = new SplittableRandom(1);
    place(null);
    offer(start);
    NetworkBounds whole = new NetworkBounds(r);
    whole.evaluate(r.lo, r.hi);
    double cut = Math.log(Math.max(tolerance, 1e-12)) - 7;
    ConditionedNetwork first = r.pruned(whole, value, cut);
    DeepAscent climber = new DeepAscent(first, 1e-3 * tolerance);
    int starts = Math.max(4, Math.min(STARTS, 4000 / Math.max(1, first.numTerms())));
    for (int k = 0; k < starts && !isLate(); k++) {
      place(k == 0 ? null : random);
      climb(climber);
    }
    small = r.pruned(whole, value, cut);
    ascent = new DeepAscent(small, 1e-3 * tolerance);
    point = new NetworkPoint(small);
    whole = new NetworkBounds(small);
    whole.evaluate(r.lo, r.hi);
    planes = new LinkPlanes(small, whole);
    choice = new LinkSplit(planes);
    maxWaiting = budget.waiting(BYTES_OF_BOX + 40L * r.numFree() + 16L * small.numUnits);
  }

  /** Moves the start to the middle of the box, or to a random point. */
  private void place(@Nullable SplittableRandom random) {
    for (int i = 0; i < start.length; i++) {
      double part = random == null ? 0.5 : random.nextDouble();
      start[i] =
          r.discrete[i]
              ? Math.min(r.hi[i], Math.floor(part * (r.hi[i] + 1)))
              : Math.min(r.hi[i], r.lo[i] + part * (r.hi[i] - r.lo[i]));
    }
  }

  private void climb(DeepAscent climber) {
    if (climber.climb(start) > value) {
      offer(start);
    }
  }

  /** Takes a point if its proven value is above the best. */
  private void offer(double[] candidate) {
    atPoint.evaluate(candidate, candidate);
    if (atPoint.lo[r.outputs[0]] > value) {
      value = atPoint.lo[r.outputs[0]];
      System.arraycopy(candidate, 0, best, 0, best.length);
      isBestEvaluated = false;
    }
  }

  private boolean isLate() {
    return nanoTime.getAsLong() - startNanos > budget.nanos();
  }

  /** Runs until the gap is within the tolerance or a budget ends. */
  public void run() {
    push(r.lo.clone(), r.hi.clone(), planes.units.whole.clone(), null, Double.POSITIVE_INFINITY);
    while (true) {
      Box box = queue.peek();
      upper = Math.max(closedUpper, box == null ? Double.NEGATIVE_INFINITY : box.upper);
      upper = Math.max(upper, value);
      if (box == null || box.upper <= value + tolerance) {
        return;
      }
      if (boxes >= budget.boxes() || queue.size() >= maxWaiting || isLate()) {
        return;
      }
      queue.poll();
      split(box);
    }
  }

  private void split(Box box) {
    int i = box.split;
    double[] leftHi = box.hi.clone();
    double[] rightLo = box.lo.clone();
    @Nullable LeafRange[] left = box.range.clone();
    LeafRange whole = box.range[i];
    if (whole == null) {
      leftHi[i] = Math.floor(0.5 * (box.lo[i] + box.hi[i]));
      rightLo[i] = leftHi[i] + 1;
    } else {
      leftHi[i] = whole.below().hi;
      rightLo[i] = leftHi[i];
      left[i] = whole.below();
      box.range[i] = whole.above();
    }
    push(box.lo, leftHi, left, box.known, box.upper);
    push(rightLo, box.hi, box.range, box.known, box.upper);
  }

  private void push(
      double[] lo,
      double[] hi,
      @Nullable LeafRange[] range,
      @Nullable Known around,
      double upperAround) {
    boxes++;
    planes.markLog = value + ENOUGH * tolerance;
    double high = Math.min(upperAround, planes.evaluate(lo, hi, range, around));
    if (high <= value + tolerance) {
      closedUpper = Math.max(closedUpper, high);
      return;
    }
    double left = shrink(lo, hi, range);
    if (left < 0.5) {
      if (left > 0) {
        push(lo, hi, range, planes.ranges.known(), high);
      }
      return;
    }
    int split = r.undecided(lo, hi);
    if (split < 0) {
      tryCandidate();
      if (!isBestEvaluated) {
        point.evaluate(best);
        isBestEvaluated = true;
      }
      split = choice.choose(range, point);
      if (split < 0 || high <= value + tolerance) {
        closedUpper = Math.max(closedUpper, high);
        return;
      }
    }
    queue.add(new Box(lo, hi, range, planes.ranges.known(), high, split));
  }

  /**
   * Cuts parts off a box in which nothing better than the best value is, but for the tolerance.
   *
   * @return the share of its volume that is left
   */
  private double shrink(double[] lo, double[] hi, @Nullable LeafRange[] range) {
    double left = 1;
    for (int i = 0; i < lo.length; i++) {
      int mask = planes.excluded[i];
      LeafRange leaf = range[i];
      if (mask == 0 || leaf == null) {
        continue;
      }
      closedUpper = Math.max(closedUpper, value + ENOUGH * tolerance);
      int first = Integer.numberOfTrailingZeros(~mask);
      if (first == LeafRange.PARTS) {
        return 0;
      }
      int last = 31 - Integer.numberOfLeadingZeros(~mask & (1 << LeafRange.PARTS) - 1);
      LeafRange rest = leaf.parts(first, last);
      if (rest != leaf && rest.hi > rest.lo) {
        left *= (last + 1 - first) / (double) LeafRange.PARTS;
        range[i] = rest;
        lo[i] = rest.lo;
        hi[i] = rest.hi;
      }
    }
    return left;
  }

  private void tryCandidate() {
    System.arraycopy(planes.candidate, 0, start, 0, start.length);
    boolean isBetter = planes.candidateValue > value;
    if (isBetter) {
      offer(start);
    }
    if (climbs <= boxes / (boxes < 64 ? 16 : isBetter ? 256 : 1024)) {
      climbs++;
      climb(ascent);
    }
  }

  @Override
  public String toString() {
    return "value %s, upper %s, boxes %d at %s"
        .formatted(value, upper, boxes, Arrays.toString(best));
  }
}
