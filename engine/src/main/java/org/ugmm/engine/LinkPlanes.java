package org.ugmm.engine;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.LeafRange.Leaves;

/**
 * Proven upper bounds of output 0 of a {@link LinkResidual} over boxes by linear relaxation: much
 * tighter than intervals alone where many units depend on the same variables. Not thread-safe.
 */
final class LinkPlanes {
  /*
   * In the linear domain a unit is a sum of terms, and a link is a function of one number, the value
   * y of the unit below. Over an interval of y it lies between straight lines (see LinkCurve). Such
   * lines, put into each other from a unit downwards (as in Zhang et al., CROWN, 2018), leave a sum
   * of the first layer's Gaussians with one coefficient each: a sum of functions of one variable,
   * each of which is bounded over its own interval, on a few parts of it (see LeafRange). The error
   * is of second order in the width of the box, and what units have in common cancels.
   *
   * First the lines of all links are parallel to their secants. The point where that bound is
   * attained says where lines had better touch, for a second bound. For the output a third keeps
   * level lines at those links whose tops can be reached, and lets the others lean.
   *
   * All values of a unit are divided by exp(reference), its greatest value over the widest box. A
   * unit that hardly matters keeps the interval that it had over a larger box.
   */
  private static final double U = LogEvaluator.U;

  /** Links whose range is a smaller part of the range of the sum above are not looked into. */
  private static final double NEGLIGIBLE = 1e-4;

  static final byte LEAF = 0;
  static final byte LINK = 1;
  static final byte UNIT = 2;
  static final byte OTHER = 3;

  /** Ends of the values of all units over a box, and which of them matter there. */
  record Units(double[] lo, double[] hi, boolean[] needed) {}

  final LinkResidual r;

  /** [numUnits] natural log of what values of a unit are divided by. */
  private final double[] reference;

  /** [numTerms] one of the constants above. */
  final byte[] kind;

  /** [numTerms] position among the Gaussians of its variable; meaningful for a leaf. */
  final int[] position;

  /** [numTerms] coefficient over exp(reference), and a bound on its relative error. */
  private final double[] weight;

  private final double[] weightError;

  /** [numTerms] links; null elsewhere. */
  private final @Nullable LinkCurve[] curve;

  /** [numUnits] ends of the observed part, relative to the reference. */
  private final double[] constantLo;

  private final double[] constantHi;

  /** [numUnits] whether a unit is more than a sum of Gaussians of variables. */
  final boolean[] isDeep;

  /** [numUnits] whether a unit is below a link. */
  private final boolean[] isLinked;

  /** The topmost unit that is not just a multiple of another. */
  final int top;

  /** [numFree][] terms that are Gaussians of a variable, and their units. */
  private final int[][] leafTerm;

  private final int[][] leafUnit;

  /** [numFree] the intervals of the widest box; null where discrete. */
  final @Nullable LeafRange[] whole;

  /* What follows is that of the last box. */

  /** [numUnits] ends of a unit's relative value. */
  final double[] yLo;

  final double[] yHi;

  /** [numUnits] upper end by intervals alone. */
  private final double[] yTop;

  /** [numUnits] outward ends of the natural log of a unit. */
  private final double[] lo;

  private final double[] hi;

  /** [numUnits] logs of yLo and yHi in ordinary rounding, and a bound on their error. */
  private final double[] zLo;

  private final double[] zHi;
  private final double[] zError;

  /** [numUnits] whether a unit matters. */
  final boolean[] needed;

  /** [numTerms] ends of each term, relative to its unit's reference. */
  final double[] termLo;

  final double[] termHi;

  /** [numTerms] parallel lines: slope y + [bandLo, bandHi]. */
  private final double[] slope;

  final double[] bandLo;
  final double[] bandHi;

  /** [numTerms] links whose line is kept level. */
  private final boolean[] isLevel;

  /** [numTerms] the lines used last. */
  private final double[] usedSlope;

  private final double[] usedOffset;

  /** [numUnits] coefficient of each unit in the last plane; 0 where it is a constant. */
  final double[] alpha;

  /** [numFree] where the last plane is highest, and the part of the interval's ends that is. */
  private final double[] peak;

  private final int[] peakPart;

  /** [numFree][PARTS] upper ends of what is left of a variable in the last plane, by parts. */
  private final double[] partMost;

  /** [numFree] parts of intervals, as bits, in which output 0 is proven to stay below the mark. */
  final int[] excluded;

  /** Natural log of output 0 below which nothing more needs to be known. */
  double markLog = Double.NEGATIVE_INFINITY;

  /** [numUnits] relative values and logs of units there, in ordinary rounding. */
  private final double[] yAt;

  private final double[] zAt;

  /** Whether the bound of the topmost unit by intervals alone was the best. */
  boolean isByIntervals;

  /** [numFree] a point that may be a maximiser. */
  final double[] candidate;

  /** Natural log of output 0 there, in ordinary rounding; units that hardly matter are guessed. */
  double candidateValue;

  private double[] boxLo;
  private double[] boxHi;
  private double lineSlope;
  private double lineOffset;

  /**
   * Prepares bounds over parts of a box.
   *
   * @param widest the residual evaluated over the widest box that will be asked for
   */
  LinkPlanes(LinkResidual r, LinkBounds widest) {
    this.r = r;
    int numUnits = r.numUnits;
    int numTerms = r.numTerms();
    int numFree = r.numFree();
    reference = new double[numUnits];
    constantLo = new double[numUnits];
    constantHi = new double[numUnits];
    isDeep = new boolean[numUnits];
    isLinked = new boolean[numUnits];
    yLo = new double[numUnits];
    yHi = new double[numUnits];
    yTop = new double[numUnits];
    lo = new double[numUnits];
    hi = new double[numUnits];
    zLo = new double[numUnits];
    zHi = new double[numUnits];
    zError = new double[numUnits];
    needed = new boolean[numUnits];
    alpha = new double[numUnits];
    yAt = new double[numUnits];
    zAt = new double[numUnits];
    kind = new byte[numTerms];
    position = new int[numTerms];
    weight = new double[numTerms];
    weightError = new double[numTerms];
    curve = new LinkCurve[numTerms];
    termLo = new double[numTerms];
    termHi = new double[numTerms];
    slope = new double[numTerms];
    bandLo = new double[numTerms];
    bandHi = new double[numTerms];
    isLevel = new boolean[numTerms];
    usedSlope = new double[numTerms];
    usedOffset = new double[numTerms];
    peak = new double[numFree];
    peakPart = new int[numFree];
    partMost = new double[numFree * LeafRange.PARTS];
    excluded = new int[numFree];
    candidate = new double[numFree];
    boxLo = r.lo;
    boxHi = r.hi;
    int[] numLeaves = new int[numFree];
    for (int u = 0; u < numUnits; u++) {
      boolean isFinite = Math.abs(widest.hi[u]) < Double.MAX_VALUE;
      reference[u] = isFinite ? widest.hi[u] : 0;
      constantLo[u] = relative(r.constantLo[u], reference[u], -1);
      constantHi[u] = relative(r.constantHi[u], reference[u], 1);
      for (int t = r.termStart[u]; t < r.termStart[u + 1]; t++) {
        kind[t] = classify(t, u);
        int f = r.factorStart[t];
        if (kind[t] == LEAF) {
          position[t] = numLeaves[r.factorRef[f]]++;
          continue;
        }
        isDeep[u] = true;
        if (kind[t] == LINK) {
          int v = r.factorRef[f];
          isLinked[v] = true;
          curve[t] = new LinkCurve(weight[t], weightError[t], r.mean[f], r.scale[f], reference[v]);
        }
      }
    }
    int topmost = r.outputs[0];
    while (r.termStart[topmost + 1] - r.termStart[topmost] == 1
        && kind[r.termStart[topmost]] == UNIT) {
      topmost = r.factorRef[r.factorStart[r.termStart[topmost]]];
    }
    top = topmost;
    leafTerm = new int[numFree][];
    leafUnit = new int[numFree][];
    Arrays.setAll(leafTerm, i -> new int[numLeaves[i]]);
    Arrays.setAll(leafUnit, i -> new int[numLeaves[i]]);
    for (int u = 0; u < numUnits; u++) {
      for (int t = r.termStart[u]; t < r.termStart[u + 1]; t++) {
        if (kind[t] == LEAF) {
          int i = r.factorRef[r.factorStart[t]];
          leafTerm[i][position[t]] = t;
          leafUnit[i][position[t]] = u;
        }
      }
    }
    whole = new LeafRange[numFree];
    for (int i = 0; i < numFree; i++) {
      if (!r.discrete[i]) {
        whole[i] = new LeafRange(leaves(i), r.lo[i], r.hi[i]);
      }
    }
  }

  /** A proven end of exp(log - reference). */
  private static double relative(double log, double reference, int side) {
    double e = log - reference;
    double slack = (8 + Math.abs(e) + 2 * Math.abs(reference)) * 4 * U;
    return e == Double.NEGATIVE_INFINITY
        ? 0
        : Math.max(0, Math.exp(e) * (1 + side * slack) + side * Double.MIN_NORMAL);
  }

  private byte classify(int t, int u) {
    int f = r.factorStart[t];
    if (r.factorStart[t + 1] - f != 1 || r.factorKind[f] == LinkResidual.TABLE) {
      return OTHER;
    }
    boolean isUnit = r.factorKind[f] == LinkResidual.UNIT;
    double e = r.coefficientHi[t] - reference[u] + (isUnit ? reference[r.factorRef[f]] : 0);
    double magnitude =
        Math.abs(r.coefficientHi[t])
            + Math.abs(reference[u])
            + (isUnit ? Math.abs(reference[r.factorRef[f]]) : 0);
    double error = (r.coefficientHi[t] - r.coefficientLo[t]) * 1.01 + (8 + 4 * magnitude) * U;
    if (!(Math.abs(e) < 600) || !(error < 1e-3)) {
      return OTHER;
    }
    weight[t] = Math.exp(e);
    weightError[t] = 1.01 * error;
    return switch (r.factorKind[f]) {
      case LinkResidual.GAUSSIAN -> LEAF;
      case LinkResidual.LINK -> LINK;
      default -> UNIT;
    };
  }

  private Leaves leaves(int i) {
    int n = leafTerm[i].length;
    double[] w = new double[n];
    double[] error = new double[n];
    double[] mean = new double[n];
    double[] inverse = new double[n];
    for (int k = 0; k < n; k++) {
      int t = leafTerm[i][k];
      w[k] = weight[t];
      error[k] = weightError[t];
      mean[k] = r.mean[r.factorStart[t]];
      inverse[k] = r.inverse[r.factorStart[t]];
    }
    return new Leaves(w, error, mean, inverse);
  }

  /**
   * Bounds output 0 over a box; ends early where that is below the mark.
   *
   * @param fromLo [numFree] lower ends; state indices where discrete
   * @param fromHi [numFree] upper ends
   * @param range [numFree] the same intervals where real
   * @param around what is known of the units over a larger box; null for nothing
   * @return proven upper bound of the natural log of output 0
   */
  double evaluate(
      double[] fromLo, double[] fromHi, @Nullable LeafRange[] range, @Nullable Units around) {
    boxLo = fromLo;
    boxHi = fromHi;
    Arrays.fill(excluded, 0);
    for (int u = 0; u < r.numUnits; u++) {
      if (around == null || !isDeep[u] || around.needed[u]) {
        natural(u, range);
        inherit(u, around);
      } else {
        yLo[u] = around.lo[u];
        yHi[u] = around.hi[u];
        yTop[u] = yHi[u];
      }
      logs(u);
    }
    int output = r.outputs[0];
    if (hi[output] <= markLog) {
      return hi[output];
    }
    findNeeded(output);
    for (int u = 0; u <= output; u++) {
      if (!needed[u]) {
        continue;
      }
      natural(u, range);
      inherit(u, around);
      for (int t = r.termStart[u]; t < r.termStart[u + 1]; t++) {
        if (kind[t] == LINK) {
          int v = r.factorRef[r.factorStart[t]];
          link(t).bend(yLo[v], yHi[v], zLo[v], zHi[v], zError[v]);
          take(t);
        }
      }
      double high = side(u, 1, range);
      if (u == top) {
        isByIntervals = yHi[u] <= high;
      }
      yHi[u] = Math.min(yHi[u], high);
      if (isLinked[u]) {
        yLo[u] = Math.max(yLo[u], -side(u, -1, range));
      }
      logs(u);
    }
    return hi[output];
  }

  /** What the last evaluation found; for boxes inside that one. */
  Units units() {
    return new Units(yLo.clone(), yHi.clone(), needed.clone());
  }

  private void inherit(int u, @Nullable Units around) {
    if (around != null) {
      yLo[u] = Math.max(yLo[u], around.lo[u]);
      yHi[u] = Math.min(yHi[u], around.hi[u]);
    }
  }

  /** The units whose width makes up more than a small part of the width of those above. */
  private void findNeeded(int output) {
    Arrays.fill(needed, false);
    needed[output] = true;
    for (int u = output; u >= 0; u--) {
      if (!needed[u]) {
        continue;
      }
      double total = 0;
      for (int t = r.termStart[u]; t < r.termStart[u + 1]; t++) {
        total += termHi[t] - termLo[t];
      }
      for (int t = r.termStart[u]; t < r.termStart[u + 1]; t++) {
        if (!(termHi[t] - termLo[t] <= NEGLIGIBLE * total)) {
          for (int f = r.factorStart[t]; f < r.factorStart[t + 1]; f++) {
            if (r.factorKind[f] >= LinkResidual.LINK) {
              needed[r.factorRef[f]] = isDeep[r.factorRef[f]];
            }
          }
        }
      }
    }
  }

  private void logs(int u) {
    double high = Math.log(yHi[u]);
    double low = yLo[u] > 0 ? Math.log(yLo[u]) : Double.NEGATIVE_INFINITY;
    double magnitude = Math.abs(reference[u]) + Math.max(Math.abs(high), yLo[u] > 0 ? -low : 0);
    zError[u] = 4 * U * (magnitude + 1);
    zHi[u] = reference[u] + high;
    zLo[u] = reference[u] + low;
    hi[u] = yHi[u] > 0 ? zHi[u] + zError[u] : Double.NEGATIVE_INFINITY;
    lo[u] = zLo[u] - zError[u];
  }

  private void natural(int u, @Nullable LeafRange[] range) {
    int from = r.termStart[u];
    int to = r.termStart[u + 1];
    double low = constantLo[u];
    double high = constantHi[u];
    for (int t = from; t < to; t++) {
      switch (kind[t]) {
        case LEAF -> {
          LeafRange leaf = range[r.factorRef[r.factorStart[t]]];
          if (leaf == null) {
            throw new AssertionError("no interval of a real variable");
          }
          termLo[t] = leaf.min[position[t]];
          termHi[t] = leaf.max[position[t]];
        }
        case LINK -> {
          int v = r.factorRef[r.factorStart[t]];
          link(t).range(lo[v], hi[v]);
          take(t);
        }
        case UNIT -> {
          int v = r.factorRef[r.factorStart[t]];
          termLo[t] = weight[t] * yLo[v] * (1 - weightError[t] - 4 * U);
          termHi[t] = weight[t] * yHi[v] * (1 + weightError[t] + 4 * U);
          slope[t] = weight[t];
          double error = weight[t] * yHi[v] * (weightError[t] + 4 * U);
          bandHi[t] = error;
          bandLo[t] = -error;
        }
        default -> other(t, u);
      }
      low += termLo[t];
      high += termHi[t];
    }
    double slack = (to - from + 4) * U;
    yLo[u] = low * (1 - slack);
    yHi[u] = high * (1 + slack) + (high > 0 ? Double.MIN_NORMAL : 0);
    yTop[u] = yHi[u];
  }

  /** A term of several factors, or of a table: its range alone. */
  private void other(int t, int u) {
    double high = r.coefficientHi[t];
    double low = r.coefficientLo[t];
    double magnitude = Math.abs(high) + Math.abs(reference[u]);
    for (int f = r.factorStart[t]; f < r.factorStart[t + 1]; f++) {
      int ref = r.factorRef[f];
      double factorLo;
      double factorHi;
      switch (r.factorKind[f]) {
        case LinkResidual.UNIT -> {
          factorLo = lo[ref];
          factorHi = hi[ref];
        }
        case LinkResidual.TABLE -> {
          factorLo = Double.POSITIVE_INFINITY;
          factorHi = Double.NEGATIVE_INFINITY;
          for (int s = (int) boxLo[ref]; s <= (int) boxHi[ref]; s++) {
            factorLo = Math.min(factorLo, r.table[f][s]);
            factorHi = Math.max(factorHi, r.table[f][s]);
          }
        }
        default -> {
          boolean isLink = r.factorKind[f] == LinkResidual.LINK;
          double a = isLink ? lo[ref] : boxLo[ref];
          double b = isLink ? hi[ref] : boxHi[ref];
          double near = LinkBounds.nearest(a, b, r.mean[f], r.scale[f]);
          double far = LinkBounds.farthest(a, b, r.mean[f], r.scale[f]);
          factorHi = b == Double.NEGATIVE_INFINITY ? b : -0.5 * near * near * (1 - 16 * U);
          factorLo = -0.5 * far * far * (1 + 16 * U);
        }
      }
      high += factorHi;
      low += factorLo;
      magnitude += Math.abs(factorHi) + (factorLo > -1e4 ? Math.abs(factorLo) : 1e4);
    }
    double slack = (16 + r.maxFactors) * 4 * U * (magnitude + 1);
    double e = high - reference[u];
    termHi[t] =
        e == Double.NEGATIVE_INFINITY ? 0 : Math.exp(e + slack) * (1 + 4 * U) + Double.MIN_NORMAL;
    e = low - reference[u];
    termLo[t] = e > -745 ? Math.max(0, Math.exp(e - slack) * (1 - 4 * U) - Double.MIN_NORMAL) : 0;
    if (Double.isNaN(termHi[t])) {
      termHi[t] = Double.POSITIVE_INFINITY;
    }
    flat(t);
  }

  private LinkCurve link(int t) {
    LinkCurve link = curve[t];
    if (link == null) {
      throw new AssertionError("term " + t + " is no link");
    }
    return link;
  }

  private void take(int t) {
    LinkCurve link = link(t);
    termLo[t] = link.min;
    termHi[t] = link.max;
    slope[t] = link.slope;
    bandLo[t] = link.low;
    bandHi[t] = link.high;
  }

  private void flat(int t) {
    slope[t] = 0;
    bandLo[t] = termLo[t];
    bandHi[t] = termHi[t];
  }

  /** Proven upper bound of sign times a unit's relative value over the box. */
  private double side(int unit, int sign, @Nullable LeafRange[] range) {
    double bound = plane(unit, sign, range, false);
    if (unit != r.outputs[0]) {
      at(unit, range, false);
      return Math.min(bound, plane(unit, sign, range, true));
    }
    double mark = relative(markLog, reference[unit], -1);
    if (bound <= mark) {
      return bound;
    }
    exclude(bound, mark, range);
    at(unit, range, true);
    System.arraycopy(peak, 0, candidate, 0, peak.length);
    candidateValue = zAt[unit];
    double touching = plane(unit, sign, range, true);
    exclude(touching, mark, range);
    bound = Math.min(bound, touching);
    if (bound > mark && flatten()) {
      double level = plane(unit, sign, range, true);
      exclude(level, mark, range);
      bound = Math.min(bound, level);
      Arrays.fill(isLevel, false);
    }
    return bound;
  }

  /** Finds parts of intervals over which the last plane is below the mark. */
  private void exclude(double bound, double mark, @Nullable LeafRange[] range) {
    double slack = 1e-14 * (Math.abs(bound) + Math.abs(mark));
    for (int i = 0; i < range.length; i++) {
      if (range[i] == null) {
        continue;
      }
      int from = i * LeafRange.PARTS;
      double most = partMost[from];
      for (int p = 1; p < LeafRange.PARTS; p++) {
        most = Math.max(most, partMost[from + p]);
      }
      for (int p = 0; p < LeafRange.PARTS; p++) {
        double less = most - partMost[from + p];
        if (bound - less * (1 - 4 * U) + slack + 4 * U * Math.abs(most) <= mark) {
          excluded[i] |= 1 << p;
        }
      }
    }
  }

  /** One plane; leaves its coefficients, lines and highest point behind. */
  private double plane(int unit, int sign, @Nullable LeafRange[] range, boolean isTouching) {
    Arrays.fill(alpha, 0);
    alpha[unit] = sign;
    double sum = 0;
    double magnitude = 0;
    int count = 0;
    for (int u = unit; u >= 0; u--) {
      double a = alpha[u];
      if (a == 0) {
        continue;
      }
      magnitude += Math.abs(a) * yTop[u];
      count++;
      if (isDeep[u] && !needed[u]) {
        sum += a * (a > 0 ? yHi[u] : yLo[u]);
        alpha[u] = 0;
        continue;
      }
      sum += a * (a > 0 ? constantHi[u] : constantLo[u]);
      if (!isDeep[u]) {
        continue;
      }
      for (int t = r.termStart[u]; t < r.termStart[u + 1]; t++) {
        if (kind[t] == LEAF) {
          continue;
        }
        lineSlope = slope[t];
        lineOffset = a > 0 ? bandHi[t] : bandLo[t];
        if (isTouching && kind[t] == LINK) {
          if (isLevel[t]) {
            lineSlope = 0;
            lineOffset = a > 0 ? termHi[t] : termLo[t];
          } else {
            touch(t, a > 0 ? 1 : -1);
          }
        }
        usedSlope[t] = lineSlope;
        usedOffset[t] = lineOffset;
        sum += a * lineOffset;
        magnitude += Math.abs(a * lineOffset);
        count++;
        if (lineSlope != 0) {
          int v = r.factorRef[r.factorStart[t]];
          alpha[v] += a * lineSlope;
          magnitude += 4 * Math.abs(a * lineSlope) * yTop[v];
        }
      }
    }
    for (int i = 0; i < range.length; i++) {
      LeafRange leaf = range[i];
      if (leaf != null) {
        double most = along(i, leaf);
        sum += most;
        magnitude += Math.abs(most);
      } else {
        peak[i] = boxLo[i];
      }
    }
    double bound = sum + (count + 2 * r.numTerms() + 64) * U * (magnitude + Math.abs(sum));
    return Double.isNaN(bound) ? Double.POSITIVE_INFINITY : bound;
  }

  /** Replaces the line by one that touches the link at the point, if that is nearer there. */
  private void touch(int t, int sign) {
    LinkCurve link = link(t);
    int v = r.factorRef[r.factorStart[t]];
    double tangent = link.touch(yAt[v], zAt[v], sign);
    double offset = sign > 0 ? link.lineHigh : link.lineLow;
    if (sign * (tangent * yAt[v] + offset) < sign * (lineSlope * yAt[v] + lineOffset)) {
      lineSlope = tangent;
      lineOffset = offset;
    }
  }

  /** Chooses level lines for those links of the topmost sum whose tops are within reach. */
  private boolean flatten() {
    int levels = 0;
    int others = 0;
    for (int t = r.termStart[top]; t < r.termStart[top + 1]; t++) {
      if (kind[t] == LINK) {
        isLevel[t] = termHi[t] >= weight[t];
        levels += isLevel[t] ? 1 : 0;
        others += isLevel[t] ? 0 : 1;
      }
    }
    return levels > 0 && others > 0;
  }

  /** Values of all units up to one at the peak, in ordinary rounding; middles where not known. */
  private void at(int unit, @Nullable LeafRange[] range, boolean isWhole) {
    for (int u = 0; u <= unit; u++) {
      if (isDeep[u] && !needed[u]) {
        yAt[u] = 0.5 * (yLo[u] + yHi[u]);
        zAt[u] = reference[u] + Math.log(yAt[u]);
        continue;
      }
      if (isDeep[u] && (alpha[u] == 0 || u == unit && !isWhole)) {
        continue;
      }
      double sum = 0.5 * (constantLo[u] + constantHi[u]);
      for (int t = r.termStart[u]; t < r.termStart[u + 1]; t++) {
        int f = r.factorStart[t];
        int ref = r.factorRef[f];
        switch (kind[t]) {
          case LEAF -> {
            LeafRange leaf = range[ref];
            sum += leaf == null ? 0 : leaf.value[5 * position[t] + peakPart[ref]];
          }
          case LINK -> sum += link(t).value(zAt[ref]);
          case UNIT -> sum += weight[t] * yAt[ref];
          default -> sum += 0.5 * (termLo[t] + termHi[t]);
        }
      }
      yAt[u] = Math.min(yHi[u], Math.max(yLo[u], sum));
      zAt[u] = reference[u] + Math.log(yAt[u]);
    }
  }

  /** The greatest value of what is left of one variable over its interval. */
  private double along(int i, LeafRange leaf) {
    if (leaf.lo == leaf.hi) {
      double most = 0;
      for (int k = 0; k < leafUnit[i].length; k++) {
        double a = alpha[leafUnit[i][k]];
        most += a * (a > 0 ? leaf.max[k] : leaf.min[k]);
      }
      peak[i] = leaf.lo;
      peakPart[i] = 0;
      Arrays.fill(partMost, i * LeafRange.PARTS, (i + 1) * LeafRange.PARTS, most);
      return most;
    }
    double line0 = 0;
    double line1 = 0;
    double line2 = 0;
    double line3 = 0;
    double line4 = 0;
    double away0 = 0;
    double away1 = 0;
    double away2 = 0;
    double away3 = 0;
    int[] units = leafUnit[i];
    double[] value = leaf.value;
    for (int k = 0; k < units.length; k++) {
      double a = alpha[units[k]];
      if (a == 0) {
        continue;
      }
      int at = 5 * k;
      line0 += a * value[at];
      line1 += a * value[at + 1];
      line2 += a * value[at + 2];
      line3 += a * value[at + 3];
      line4 += a * value[at + 4];
      double[] away = a > 0 ? leaf.over : leaf.under;
      at = 4 * k;
      away0 += a * away[at];
      away1 += a * away[at + 1];
      away2 += a * away[at + 2];
      away3 += a * away[at + 3];
    }
    int part = 0;
    double greatest = line0;
    if (line1 > greatest) {
      greatest = line1;
      part = 1;
    }
    if (line2 > greatest) {
      greatest = line2;
      part = 2;
    }
    if (line3 > greatest) {
      greatest = line3;
      part = 3;
    }
    if (line4 > greatest) {
      part = 4;
    }
    peak[i] = leaf.at[part];
    peakPart[i] = part;
    int to = i * LeafRange.PARTS;
    partMost[to] = Math.max(line0, line1) + away0;
    partMost[to + 1] = Math.max(line1, line2) + away1;
    partMost[to + 2] = Math.max(line2, line3) + away2;
    partMost[to + 3] = Math.max(line3, line4) + away3;
    double low = Math.max(partMost[to], partMost[to + 1]);
    double high = Math.max(partMost[to + 2], partMost[to + 3]);
    return Math.max(low, high);
  }

  /**
   * How far the bound of a link is above what the link can give, times its coefficient: the width
   * of the lines below the topmost sum; there, the distance from the value at the best point known,
   * or from the line to the curve where the plane is highest.
   *
   * @param best all units at the best point known
   */
  double slack(int t, int u, LinkPoint best) {
    double a = Math.abs(alpha[u]);
    if (kind[t] != LINK || a == 0) {
      return 0;
    }
    int v = r.factorRef[r.factorStart[t]];
    if (u != top) {
      return a * (bandHi[t] - bandLo[t]);
    }
    if (isByIntervals) {
      return a * Math.max(0, termHi[t] - link(t).value(best.value[v]));
    }
    return a * Math.abs(usedSlope[t] * yAt[v] + usedOffset[t] - link(t).value(zAt[v]));
  }

  /** Evaluates all units where the last plane is highest. */
  void evaluatePeak(@Nullable LeafRange[] range) {
    at(r.outputs[0], range, true);
  }
}
