package org.ugmm.engine.deep.integral;

import java.util.Arrays;
import java.util.PriorityQueue;
import org.ugmm.engine.data.Budget;
import org.ugmm.engine.deep.ConditionedNetwork;
import org.ugmm.engine.deep.MarginBounds;
import org.ugmm.engine.number.Rounding;

/**
 * Proves that one output of a {@link ConditionedNetwork} has the greatest integral over its box,
 * categorical variables summed out, without knowing the integrals well. Not thread-safe.
 */
public final class IntegralWinner {
  /*
   * For each rival k of the winner w the integral of f_w - f_k is bounded from below, box by box. With
   * d a proven lower bound of log f_w - log f_k over a box, it is at least (1 - exp(-d)) times the
   * integral of f_w where d is positive, and at least -(1 - exp(d)) times that of f_k where it is
   * not; and always at least the difference of both. So boxes where the winner wins everywhere never
   * count against it, however little is known of the integrals there. The box is halved next that
   * promises most: by how much the difference of volume times value at its middle is above what is
   * proven. A rival that is beaten everywhere on a box is so on its parts, and one that is beaten over
   * all boxes is beaten for good.
   *
   * Values are relative to exp(shift). Factors carry relative errors far below SLACK (volumes are
   * products of differences of doubles), and the sums' own rounding is taken off at the end.
   */
  private static final double SLACK = 1e-11;

  /** More than a product or exponential loses to underflow. */
  private static final double TINY = Double.MIN_NORMAL;

  /** Points of the lattice that chooses the winner. */
  private static final int POINTS = 512;

  private static final class Box {
    final double[] lo;
    final double[] hi;

    /** [outputs] proven lower bound of log winner minus log rival. */
    final double[] ahead;

    /** [outputs] proven lower bound of the integral of winner minus rival. */
    final double[] difference;

    double promise;
    int split;

    Box(double[] lo, double[] hi, double[] ahead) {
      this.lo = lo;
      this.hi = hi;
      this.ahead = ahead;
      difference = new double[ahead.length];
    }
  }

  /** Of a box and its arrays, their numbers apart. */
  private static final long BYTES_OF_BOX = 128;

  private final ConditionedNetwork r;
  private final MarginBounds log;
  private final boolean[] isBeaten;
  private final PriorityQueue<Box> queue =
      new PriorityQueue<>((p, q) -> Double.compare(q.promise, p.promise));

  /** [outputs] rough estimates of the integrals, in proportion. */
  public final double[] estimate;

  /** Natural log of what the bounds of integrals are divided by. */
  public final double logShift;

  /** [outputs] lower bound of the integral of the winner minus that of an output not yet beaten. */
  public final double[] sum;

  /** The output whose integral is claimed to be the greatest. */
  public final int winner;

  /** Whether that is proven. */
  public boolean isProven;

  /** Proven lower bound of the least log winner minus log rival over the whole box. */
  public double margin = Double.NEGATIVE_INFINITY;

  /** Boxes looked at. */
  long boxes;

  public IntegralWinner(ConditionedNetwork r) {
    this.r = r;
    log = new MarginBounds(r);
    log.evaluate(r.lo, r.hi);
    IntegralEstimate lattice = new IntegralEstimate(r);
    lattice.lattice(0, POINTS, 1);
    estimate = lattice.integral;
    int best = 0;
    double most = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < estimate.length; k++) {
      best = estimate[k] > estimate[best] ? k : best;
      most = Math.max(most, log.bounds.hi[r.outputs[k]]);
    }
    winner = best;
    logShift = Math.abs(most) < Double.MAX_VALUE ? most : 0;
    isBeaten = new boolean[r.outputs.length];
    isBeaten[winner] = true;
    sum = new double[r.outputs.length];
  }

  /** Runs until it is proven or a budget ends; one box is always looked at. */
  public void run(Budget budget) {
    long from = System.nanoTime();
    long maxWaiting = budget.waiting(BYTES_OF_BOX + 16L * (r.numFree() + r.outputs.length));
    double[] nothing = new double[sum.length];
    Arrays.fill(nothing, Double.NEGATIVE_INFINITY);
    look(r.lo.clone(), r.hi.clone(), nothing);
    while (!isDone()) {
      Box box = queue.peek();
      if (box == null
          || box.split < 0
          || boxes >= budget.boxes()
          || queue.size() >= maxWaiting
          || System.nanoTime() - from > budget.nanos()) {
        return;
      }
      queue.poll();
      take(box, -1);
      int i = box.split;
      double[] leftHi = box.hi.clone();
      double[] rightLo = box.lo.clone();
      double middle = box.lo[i] + 0.5 * (box.hi[i] - box.lo[i]);
      leftHi[i] = r.discrete[i] ? Math.floor(middle) : middle;
      rightLo[i] = r.discrete[i] ? leftHi[i] + 1 : middle;
      look(box.lo, leftHi, box.ahead);
      look(rightLo, box.hi, box.ahead);
    }
    isProven = true;
    margin = Double.POSITIVE_INFINITY;
    for (Box box : queue) {
      for (int k = 0; k < sum.length; k++) {
        margin = k == winner ? margin : Math.min(margin, box.ahead[k]);
      }
    }
  }

  private void take(Box box, int sign) {
    for (int k = 0; k < sum.length; k++) {
      sum[k] += sign * box.difference[k];
    }
  }

  /** Whether all rivals are beaten; sums that were taken from are added up anew. */
  private boolean isDone() {
    boolean isDone = true;
    for (int k = 0; k < sum.length; k++) {
      if (!isBeaten[k] && sum[k] > 0) {
        double total = 0;
        double magnitude = 0;
        for (Box box : queue) {
          total += box.difference[k];
          magnitude += Math.abs(box.difference[k]);
        }
        sum[k] = total;
        isBeaten[k] = total > 2 * queue.size() * Rounding.U * magnitude;
      }
      isDone &= isBeaten[k];
    }
    return isDone;
  }

  private void look(double[] lo, double[] hi, double[] around) {
    boxes++;
    Box box = new Box(lo, hi, around.clone());
    log.evaluate(lo, hi);
    double volume = 1;
    for (int i = 0; i < lo.length; i++) {
      volume *= r.discrete[i] ? hi[i] - lo[i] + 1 : hi[i] - lo[i];
    }
    box.split = r.undecided(lo, hi);
    boolean isDecided = box.split < 0;
    if (isDecided) {
      log.evaluateCentre();
    }
    double least = volume * Math.exp(log.bounds.lo[r.outputs[winner]] - logShift);
    least = Math.max(0, least * (1 - SLACK) - TINY);
    double worst = 0;
    for (int k = 0; k < sum.length; k++) {
      if (isBeaten[k]) {
        continue;
      }
      double ahead = Math.max(box.ahead[k], log.byRanges(winner, k));
      double most = volume * Math.exp(log.bounds.hi[r.outputs[k]] - logShift) * (1 + SLACK) + TINY;
      if (isDecided && !(ahead > 0)) {
        ahead = Math.max(ahead, log.bySlopes(winner, k));
      }
      box.ahead[k] = ahead;
      box.difference[k] =
          ahead > 0
              ? -Math.expm1(-ahead) * (1 - SLACK) * least
              : Math.max(least - most, Math.expm1(ahead) * (1 + SLACK) * most);
      if (isDecided) {
        double middle =
            volume
                * (Math.exp(log.atCentre.lo[r.outputs[winner]] - logShift)
                    - Math.exp(log.atCentre.lo[r.outputs[k]] - logShift));
        double promise = middle - box.difference[k];
        box.promise = Math.max(box.promise, promise);
      }
      if (box.difference[k] < worst) {
        worst = box.difference[k];
        box.split = isDecided ? log.split() : box.split;
      }
    }
    if (isDecided && box.split < 0) {
      box.split = steepest(lo, hi);
    }
    if (!isDecided) {
      box.promise = Double.POSITIVE_INFINITY;
    }
    queue.add(box);
    take(box, 1);
  }

  /** The real along which the winner changes most. */
  private int steepest(double[] lo, double[] hi) {
    log.bounds.clearSeeds();
    log.bounds.seed(r.outputs[winner], 1);
    log.bounds.slopes(log.atCentre);
    int split = -1;
    double most = -1;
    for (int i = 0; i < lo.length; i++) {
      double middle = lo[i] + 0.5 * (hi[i] - lo[i]);
      double score =
          Math.max(Math.abs(log.bounds.gradientLo[i]), Math.abs(log.bounds.gradientHi[i]));
      score = Math.min(score, 1e200) * (hi[i] - lo[i]);
      if (middle > lo[i] && middle < hi[i] && score > most) {
        most = score;
        split = i;
      }
    }
    return split;
  }
}
