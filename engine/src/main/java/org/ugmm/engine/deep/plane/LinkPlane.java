package org.ugmm.engine.deep.plane;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.deep.ConditionedNetwork;
import org.ugmm.engine.number.Rounding;

/**
 * A linear relaxation of one unit of {@link LinkUnits} over a box: proven ends of its relative
 * value, where the relaxation is highest, and how high it is on parts of the variables' intervals.
 * Not thread-safe.
 */
final class LinkPlane {
  /*
   * A link lies between straight lines in the value of the unit below it. Such lines, put into each
   * other from a unit downwards (as in Zhang et al., CROWN, 2018), leave a sum of the first layer's
   * Gaussians with one coefficient each: a sum of functions of one variable, each of which is
   * bounded over its own interval, on a few parts of it (see LeafRange). What units have in common
   * cancels. With lines parallel to the secants the coefficients serve both ends of the unit.
   */
  private static final double U = Rounding.U;
  private static final int PARTS = LeafRange.PARTS;

  private final LinkUnits units;
  private final ConditionedNetwork r;
  private final LinkRanges ranges;

  /** [numUnits] coefficient of each unit; 0 where it is a constant. */
  final double[] alpha;

  /** [numTerms] the upper lines used. */
  final double[] usedSlope;

  final double[] usedOffset;

  /** Proven upper and lower end of the unit; no lower end where lines touch. */
  double upper;

  double lower;

  /** [numFree * PARTS] greatest of what depends on a variable, by parts of its interval. */
  final double[] most;

  /** [numFree * PARTS] least of it. */
  final double[] least;

  /** [numFree] where the upper relaxation is highest. */
  final double[] peak;

  /** [numFree] the part that holds it, and where in the part, from 0 to 1. */
  private final int[] peakPart;

  private final double[] peakAt;

  /** [numUnits] relative values and logs of units there, in ordinary rounding. */
  final double[] value;

  final double[] logValue;

  /** [ROW] sums of the rows of a variable's Gaussians. */
  private final double[] sums = new double[LeafRange.ROW];

  private double crestAt;

  LinkPlane(LinkUnits units, LinkRanges ranges) {
    this.units = units;
    this.ranges = ranges;
    r = units.r;
    alpha = new double[r.numUnits];
    usedSlope = new double[r.numTerms()];
    usedOffset = new double[r.numTerms()];
    most = new double[r.numFree() * PARTS];
    least = new double[r.numFree() * PARTS];
    peak = new double[r.numFree()];
    peakPart = new int[r.numFree()];
    peakAt = new double[r.numFree()];
    value = new double[r.numUnits];
    logValue = new double[r.numUnits];
  }

  /** Bounds a unit from both sides, with lines parallel to the secants of the links. */
  void parallel(int unit, double[] boxLo, @Nullable LeafRange[] range) {
    build(unit, boxLo, range, false);
  }

  /** Bounds a unit from above, with lines that touch the links at {@link #value} if that helps. */
  void touching(int unit, double[] boxLo, @Nullable LeafRange[] range) {
    build(unit, boxLo, range, true);
    lower = Double.NEGATIVE_INFINITY;
  }

  private void build(int unit, double[] boxLo, @Nullable LeafRange[] range, boolean isTouching) {
    Arrays.fill(alpha, 0);
    alpha[unit] = 1;
    double high = 0;
    double low = 0;
    double magnitude = 0;
    int count = 0;
    for (int u = unit; u >= 0; u--) {
      double a = alpha[u];
      if (a == 0) {
        continue;
      }
      magnitude += Math.abs(a) * ranges.top[u];
      count++;
      if (units.isDeep[u] && !ranges.needed[u]) {
        high += a * (a > 0 ? ranges.hi[u] : ranges.lo[u]);
        low += a * (a > 0 ? ranges.lo[u] : ranges.hi[u]);
        alpha[u] = 0;
        continue;
      }
      high += a * (a > 0 ? units.constantHi[u] : units.constantLo[u]);
      low += a * (a > 0 ? units.constantLo[u] : units.constantHi[u]);
      if (!units.isDeep[u]) {
        continue;
      }
      for (int t = r.termStart[u]; t < r.termStart[u + 1]; t++) {
        if (units.kind[t] == LinkUnits.LEAF) {
          continue;
        }
        double slope = ranges.slope[t];
        double above = a > 0 ? ranges.bandHi[t] : ranges.bandLo[t];
        double below = a > 0 ? ranges.bandLo[t] : ranges.bandHi[t];
        if (isTouching && units.kind[t] == LinkUnits.LINK) {
          LinkCurve link = units.link(t);
          int v = units.below(t);
          int sign = a > 0 ? 1 : -1;
          double tangent = link.touch(value[v], logValue[v], sign);
          double offset = sign > 0 ? link.lineHigh : link.lineLow;
          if (sign * (tangent * value[v] + offset) < sign * (slope * value[v] + above)) {
            slope = tangent;
            above = offset;
          }
        }
        usedSlope[t] = slope;
        usedOffset[t] = above;
        high += a * above;
        low += a * below;
        magnitude += Math.abs(a) * (Math.abs(above) + Math.abs(below));
        count++;
        if (slope != 0) {
          int v = units.below(t);
          alpha[v] += a * slope;
          magnitude += 4 * Math.abs(a * slope) * ranges.top[v];
        }
      }
    }
    for (int i = 0; i < range.length; i++) {
      LeafRange leaf = range[i];
      if (leaf == null) {
        peak[i] = boxLo[i];
        continue;
      }
      along(i, leaf);
      double greatest = most[i * PARTS];
      double smallest = least[i * PARTS];
      for (int p = 1; p < PARTS; p++) {
        greatest = Math.max(greatest, most[i * PARTS + p]);
        smallest = Math.min(smallest, least[i * PARTS + p]);
      }
      high += greatest;
      low += smallest;
      magnitude += Math.abs(greatest) + Math.abs(smallest);
    }
    double slack = (count + 2 * r.numTerms() + 64) * U;
    upper = high + slack * (magnitude + Math.abs(high));
    lower = low - slack * (magnitude + Math.abs(low));
    if (Double.isNaN(upper) || Double.isNaN(lower)) {
      upper = Double.POSITIVE_INFINITY;
      lower = Double.NEGATIVE_INFINITY;
    }
  }

  /** What is left of one variable, by parts of its interval. */
  private void along(int i, LeafRange leaf) {
    sum(units.leafUnit[i], leaf.row);
    double best = Double.NEGATIVE_INFINITY;
    for (int p = 0; p < PARTS; p++) {
      double from = sums[p];
      double to = sums[p + 1];
      double out = sums[LeafRange.SLOPES + p];
      double in = sums[LeafRange.SLOPES + p + 1];
      double error = sums[LeafRange.ERRORS + p];
      double top = crest(from, to, out, in);
      if (top > best) {
        best = top;
        peakPart[i] = p;
        peakAt[i] = crestAt;
      }
      most[i * PARTS + p] = top + error;
      least[i * PARTS + p] = -crest(-from, -to, -out, -in) - error;
    }
    double start = leaf.at[peakPart[i]];
    double end = leaf.at[peakPart[i] + 1];
    peak[i] = Math.min(end, start + peakAt[i] * (end - start));
  }

  /** Sums rows, each times the coefficient of its unit; errors times its magnitude. */
  private void sum(int[] leafUnit, double[] row) {
    double v0 = 0;
    double v1 = 0;
    double v2 = 0;
    double v3 = 0;
    double v4 = 0;
    double d0 = 0;
    double d1 = 0;
    double d2 = 0;
    double d3 = 0;
    double d4 = 0;
    double e0 = 0;
    double e1 = 0;
    double e2 = 0;
    double e3 = 0;
    for (int k = 0; k < leafUnit.length; k++) {
      double a = alpha[leafUnit[k]];
      int at = LeafRange.ROW * k;
      v0 += a * row[at];
      v1 += a * row[at + 1];
      v2 += a * row[at + 2];
      v3 += a * row[at + 3];
      v4 += a * row[at + 4];
      d0 += a * row[at + 5];
      d1 += a * row[at + 6];
      d2 += a * row[at + 7];
      d3 += a * row[at + 8];
      d4 += a * row[at + 9];
      double size = Math.abs(a);
      e0 += size * row[at + 10];
      e1 += size * row[at + 11];
      e2 += size * row[at + 12];
      e3 += size * row[at + 13];
    }
    sums[0] = v0;
    sums[1] = v1;
    sums[2] = v2;
    sums[3] = v3;
    sums[4] = v4;
    sums[5] = d0;
    sums[6] = d1;
    sums[7] = d2;
    sums[8] = d3;
    sums[9] = d4;
    sums[10] = e0;
    sums[11] = e1;
    sums[12] = e2;
    sums[13] = e3;
  }

  /**
   * The greatest value of a cubic from 0 to 1, whose place goes to {@link #crestAt}. A place that
   * is off by rounding changes the value by the square of that.
   *
   * @param from value at 0
   * @param to value at 1
   * @param out slope at 0
   * @param in slope at 1
   */
  private double crest(double from, double to, double out, double in) {
    crestAt = to > from ? 1 : 0;
    double best = Math.max(from, to);
    if (out <= 0 && in >= 0) {
      return best;
    }
    double square = 3 * (to - from) - 2 * out - in;
    double cube = out + in - 2 * (to - from);
    double discriminant = square * square - 3 * cube * out;
    if (!(discriminant > 0)) {
      return best;
    }
    double root = Math.sqrt(discriminant);
    double t = square > 0 ? (-square - root) / (3 * cube) : out / (root - square);
    if (t > 0 && t < 1) {
      double there = from + t * (out + t * (square + t * cube));
      if (there > best) {
        crestAt = t;
        return there;
      }
    }
    return best;
  }

  /** Evaluates all units up to one at the peak, in ordinary rounding; middles where not known. */
  void evaluatePeak(int unit, @Nullable LeafRange[] range) {
    for (int u = 0; u <= unit; u++) {
      double sum = 0.5 * (units.constantLo[u] + units.constantHi[u]);
      if (units.isDeep[u] && !ranges.needed[u]) {
        sum = 0.5 * (ranges.lo[u] + ranges.hi[u]);
      } else {
        for (int t = r.termStart[u]; t < r.termStart[u + 1]; t++) {
          int ref = units.below(t);
          switch (units.kind[t]) {
            case LinkUnits.LEAF -> sum += leafValue(t, ref, LinkUnits.leaf(range, ref));
            case LinkUnits.LINK -> sum += units.link(t).value(logValue[ref]);
            case LinkUnits.UNIT -> sum += units.weight[t] * value[ref];
            default -> sum += 0.5 * (ranges.termLo[t] + ranges.termHi[t]);
          }
        }
      }
      value[u] = Math.min(ranges.hi[u], Math.max(ranges.lo[u], sum));
      logValue[u] = units.reference[u] + Math.log(value[u]);
    }
  }

  private double leafValue(int t, int variable, LeafRange leaf) {
    double s = peakAt[variable];
    int at = LeafRange.ROW * units.position[t] + peakPart[variable];
    double from = leaf.row[at];
    double out = leaf.row[at + LeafRange.SLOPES];
    double rise = leaf.row[at + 1] - from;
    double in = leaf.row[at + LeafRange.SLOPES + 1];
    return from + s * (out + s * (3 * rise - 2 * out - in + s * (out + in - 2 * rise)));
  }
}
