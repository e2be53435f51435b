package org.ugmm.engine.deep.plane;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.deep.ConditionedNetwork;
import org.ugmm.engine.deep.NetworkBounds;
import org.ugmm.engine.deep.NetworkPoint;
import org.ugmm.engine.number.Rounding;

/**
 * Proven upper bounds of output 0 of a {@link ConditionedNetwork} over boxes by linear relaxation:
 * much tighter than intervals alone where many units depend on the same variables. Not thread-safe.
 */
final class LinkPlanes {
  /*
   * Units are bounded from the first layer upwards, each below a link from both sides by a plane
   * (see LinkPlane). A unit that hardly matters keeps the interval that it had over a larger box.
   *
   * Nothing needs to be known where output 0 is below a mark. Where it is above, each link of the
   * topmost sum gives at least what the others, at their greatest, leave of the mark: this narrows
   * the unit below that link, and rules out the parts of intervals on which that unit's plane stays
   * outside. What is known of a box is therefore true of its points above the mark only, and the
   * mark may not fall from a box to a box inside it.
   *
   * The topmost sum has a second plane, whose lines touch where the first is highest.
   */
  private static final double U = Rounding.U;

  /** Links whose range is a smaller part of the range of the sum above are not looked into. */
  private static final double NEGLIGIBLE = 1e-4;

  final LinkUnits units;
  final LinkRanges ranges;

  /** The topmost sum's last plane. */
  final LinkPlane plane;

  private final ConditionedNetwork r;

  /** [numUnits][numFree * PARTS] of the plane of a unit below a link of the topmost sum. */
  private final double[][] most;

  private final double[][] least;

  /** [numUnits] ends by that plane. */
  private final double[] planeHi;

  private final double[] planeLo;

  /** [numUnits] whether a unit is below a link of the topmost sum. */
  private final boolean[] isUnderTop;

  /** [numFree] parts of intervals, as bits, in which output 0 is proven to stay below the mark. */
  final int[] excluded;

  /** Natural log of output 0 below which nothing more needs to be known. */
  double markLog = Double.NEGATIVE_INFINITY;

  /** Whether the bound of the topmost unit by intervals alone was the best. */
  boolean isByIntervals;

  /** [numFree] a point that may be a maximiser. */
  final double[] candidate;

  /** Natural log of output 0 there, in ordinary rounding; some units are guessed. */
  double candidateValue;

  /**
   * Prepares bounds over parts of a box.
   *
   * @param widest the network evaluated over the widest box that will be asked for
   */
  LinkPlanes(ConditionedNetwork r, NetworkBounds widest) {
    this.r = r;
    units = new LinkUnits(r, widest);
    ranges = new LinkRanges(units);
    plane = new LinkPlane(units, ranges);
    excluded = new int[r.numFree()];
    candidate = new double[r.numFree()];
    planeHi = new double[r.numUnits];
    planeLo = new double[r.numUnits];
    isUnderTop = new boolean[r.numUnits];
    most = new double[r.numUnits][];
    least = new double[r.numUnits][];
    for (int t = r.termStart[units.top]; t < r.termStart[units.top + 1]; t++) {
      if (units.kind[t] == LinkUnits.LINK) {
        int u = units.below(t);
        isUnderTop[u] = true;
        most[u] = new double[plane.most.length];
        least[u] = new double[plane.least.length];
      }
    }
  }

  /**
   * Bounds output 0 over a box; ends early where that is below the mark.
   *
   * @param lo [numFree] lower ends; state indices where discrete
   * @param hi [numFree] upper ends
   * @param range [numFree] the same intervals where real
   * @param around what is known of the units over a larger box; null for nothing
   * @return proven upper bound of the natural log of output 0, but at least the mark
   */
  double evaluate(
      double[] lo, double[] hi, @Nullable LeafRange[] range, LinkRanges.@Nullable Known around) {
    Arrays.fill(excluded, 0);
    ranges.start(lo, hi, range, around);
    int output = r.outputs[0];
    if (ranges.isEmpty || ranges.logHi[output] <= markLog) {
      return markLog;
    }
    findNeeded(output);
    double mark = units.topMark(markLog);
    for (int u = 0; u <= output; u++) {
      if (!ranges.needed[u]) {
        continue;
      }
      ranges.natural(u, range);
      if (around != null) {
        ranges.clip(u, around.lo()[u], around.hi()[u]);
      }
      if (u == units.top) {
        if (narrow(mark, range)) {
          double known = ranges.hi[u];
          ranges.natural(u, range);
          ranges.clip(u, 0, known);
        }
        ranges.bend(u);
        boundTop(mark, lo, range);
      } else {
        ranges.bend(u);
        if (units.isLinked[u]) {
          boundLinked(u, lo, range);
        }
      }
      if (ranges.isEmpty) {
        return markLog;
      }
      ranges.logs(u);
    }
    return Math.max(markLog, ranges.logHi[output]);
  }

  /** The units whose width makes up more than a small part of the width of those above. */
  private void findNeeded(int output) {
    boolean[] needed = ranges.needed;
    Arrays.fill(needed, false);
    needed[output] = true;
    for (int u = output; u >= 0; u--) {
      if (!needed[u]) {
        continue;
      }
      double total = 0;
      for (int t = r.termStart[u]; t < r.termStart[u + 1]; t++) {
        total += ranges.termHi[t] - ranges.termLo[t];
      }
      for (int t = r.termStart[u]; t < r.termStart[u + 1]; t++) {
        if (!(ranges.termHi[t] - ranges.termLo[t] <= NEGLIGIBLE * total)) {
          for (int f = r.factorStart[t]; f < r.factorStart[t + 1]; f++) {
            if (r.factorKind[f] >= ConditionedNetwork.LINK) {
              needed[r.factorRef[f]] = units.isDeep[r.factorRef[f]];
            }
          }
        }
      }
    }
  }

  private void boundLinked(int u, double[] lo, @Nullable LeafRange[] range) {
    plane.parallel(u, lo, range);
    ranges.clip(u, plane.lower, plane.upper);
    if (isUnderTop[u]) {
      planeHi[u] = plane.upper;
      planeLo[u] = plane.lower;
      System.arraycopy(plane.most, 0, most[u], 0, plane.most.length);
      System.arraycopy(plane.least, 0, least[u], 0, plane.least.length);
    }
  }

  private void boundTop(double mark, double[] lo, @Nullable LeafRange[] range) {
    int top = units.top;
    plane.parallel(top, lo, range);
    double bound = plane.upper;
    exclude(plane.most, 1, bound, mark, range);
    plane.evaluatePeak(r.outputs[0], range);
    System.arraycopy(plane.peak, 0, candidate, 0, candidate.length);
    candidateValue = plane.logValue[r.outputs[0]];
    if (bound > mark) {
      plane.touching(top, lo, range);
      exclude(plane.most, 1, plane.upper, mark, range);
      bound = Math.min(bound, plane.upper);
    }
    isByIntervals = ranges.hi[top] <= bound;
    ranges.clip(top, 0, bound);
  }

  /**
   * Narrows the units below the links of the topmost sum to where that can reach the mark.
   *
   * @param mark relative value of the topmost unit
   * @return whether a unit was narrowed
   */
  private boolean narrow(double mark, @Nullable LeafRange[] range) {
    int top = units.top;
    double spare = ranges.top[top] * (1 + 8 * U) - mark;
    boolean isNarrower = false;
    for (int t = r.termStart[top]; t < r.termStart[top + 1]; t++) {
      int u = units.below(t);
      if (units.kind[t] != LinkUnits.LINK || !ranges.needed[u]) {
        continue;
      }
      double need = ranges.termHi[t] - spare - 8 * U * (ranges.termHi[t] + Math.abs(spare));
      if (!(need > ranges.termLo[t])) {
        continue;
      }
      LinkCurve link = units.link(t);
      link.invert(need);
      if (link.from > ranges.lo[u]) {
        exclude(most[u], 1, planeHi[u], link.from, range);
        isNarrower = true;
      }
      if (link.to < ranges.hi[u]) {
        // the negative of the lower plane; another link of the top may read the same one
        exclude(least[u], -1, -planeLo[u], -link.to, range);
        isNarrower = true;
      }
      ranges.clip(u, link.from, link.to);
      ranges.logs(u);
    }
    return isNarrower;
  }

  /**
   * Finds parts of intervals over which a plane stays below a mark.
   *
   * @param most [numFree * PARTS] greatest of what depends on a variable, by parts, times the sign
   * @param sign 1 or -1
   * @param bound the plane's upper end
   */
  private void exclude(
      double[] most, int sign, double bound, double mark, @Nullable LeafRange[] range) {
    double slack = 1e-14 * (Math.abs(bound) + Math.abs(mark));
    for (int i = 0; i < range.length; i++) {
      if (range[i] == null) {
        continue;
      }
      int from = i * LeafRange.PARTS;
      double greatest = sign * most[from];
      for (int p = 1; p < LeafRange.PARTS; p++) {
        greatest = Math.max(greatest, sign * most[from + p]);
      }
      for (int p = 0; p < LeafRange.PARTS; p++) {
        double less = greatest - sign * most[from + p];
        if (bound - less * (1 - 4 * U) + slack + 4 * U * Math.abs(greatest) <= mark) {
          excluded[i] |= 1 << p;
        }
      }
    }
  }

  /**
   * How far the bound of a link is above what the link can give, times its coefficient: the width
   * of the lines below the topmost sum; there, the distance from the value at the best point known,
   * or from the line to the curve where the plane is highest.
   *
   * @param best all units at the best point known
   */
  double slack(int t, int u, NetworkPoint best) {
    double a = Math.abs(plane.alpha[u]);
    if (units.kind[t] != LinkUnits.LINK || a == 0) {
      return 0;
    }
    int v = units.below(t);
    if (u != units.top) {
      return a * (ranges.bandHi[t] - ranges.bandLo[t]);
    }
    LinkCurve link = units.link(t);
    if (isByIntervals) {
      return a * Math.max(0, ranges.termHi[t] - link.value(best.value[v]));
    }
    return a
        * Math.abs(
            plane.usedSlope[t] * plane.value[v]
                + plane.usedOffset[t]
                - link.value(plane.logValue[v]));
  }
}
