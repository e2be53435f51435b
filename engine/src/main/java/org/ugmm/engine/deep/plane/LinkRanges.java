package org.ugmm.engine.deep.plane;

import org.jspecify.annotations.Nullable;
import org.ugmm.engine.deep.ConditionedNetwork;
import org.ugmm.engine.deep.NetworkBounds;
import org.ugmm.engine.number.Rounding;

/**
 * Proven ends of the relative values of all units and terms of {@link LinkUnits} over a box. Not
 * thread-safe.
 */
final class LinkRanges {
  private static final double U = Rounding.U;

  /** Ends of the values of all units over a box, and which of them matter there. */
  record Known(double[] lo, double[] hi, boolean[] needed) {}

  private final LinkUnits units;
  private final ConditionedNetwork r;

  /** [numUnits] ends of a unit's relative value. */
  final double[] lo;

  final double[] hi;

  /** [numUnits] upper end by intervals alone. */
  final double[] top;

  /** [numUnits] outward ends of the natural log of a unit. */
  final double[] logLo;

  final double[] logHi;

  /** [numUnits] logs of lo and hi in ordinary rounding, and a bound on their error. */
  private final double[] zLo;

  private final double[] zHi;
  private final double[] zError;

  /** [numTerms] ends of each term, relative to its unit's reference. */
  final double[] termLo;

  final double[] termHi;

  /** [numTerms] parallel lines: a term is slope y + [bandLo, bandHi], y the unit below. */
  final double[] slope;

  final double[] bandLo;
  final double[] bandHi;

  /** [numUnits] whether a unit matters. */
  final boolean[] needed;

  /** Whether no value of some unit is left. */
  boolean isEmpty;

  private double[] boxLo;
  private double[] boxHi;

  LinkRanges(LinkUnits units) {
    this.units = units;
    r = units.r;
    int numUnits = r.numUnits;
    int numTerms = r.numTerms();
    lo = new double[numUnits];
    hi = new double[numUnits];
    top = new double[numUnits];
    logLo = new double[numUnits];
    logHi = new double[numUnits];
    zLo = new double[numUnits];
    zHi = new double[numUnits];
    zError = new double[numUnits];
    needed = new boolean[numUnits];
    termLo = new double[numTerms];
    termHi = new double[numTerms];
    slope = new double[numTerms];
    bandLo = new double[numTerms];
    bandHi = new double[numTerms];
    boxLo = r.lo;
    boxHi = r.hi;
  }

  /**
   * Bounds all units by intervals.
   *
   * @param fromLo [numFree] lower ends; state indices where discrete; kept until the next call
   * @param fromHi [numFree] upper ends
   * @param range [numFree] the same intervals where real
   * @param around what is known of the units over a larger box; null for nothing
   */
  void start(
      double[] fromLo, double[] fromHi, @Nullable LeafRange[] range, @Nullable Known around) {
    boxLo = fromLo;
    boxHi = fromHi;
    isEmpty = false;
    for (int u = 0; u < r.numUnits; u++) {
      if (around == null || !units.isDeep[u] || around.needed[u]) {
        natural(u, range);
        if (around != null) {
          clip(u, around.lo[u], around.hi[u]);
        }
      } else {
        lo[u] = around.lo[u];
        hi[u] = around.hi[u];
        top[u] = hi[u];
      }
      logs(u);
    }
  }

  /** What is known now; for boxes inside this one. */
  Known known() {
    return new Known(lo.clone(), hi.clone(), needed.clone());
  }

  /** Bounds a unit by what is known of its terms. */
  void natural(int u, @Nullable LeafRange[] range) {
    int from = r.termStart[u];
    int to = r.termStart[u + 1];
    double low = units.constantLo[u];
    double high = units.constantHi[u];
    for (int t = from; t < to; t++) {
      int below = units.below(t);
      switch (units.kind[t]) {
        case LinkUnits.LEAF -> {
          LeafRange leaf = LinkUnits.leaf(range, below);
          termLo[t] = leaf.min[units.position[t]];
          termHi[t] = leaf.max[units.position[t]];
        }
        case LinkUnits.LINK -> {
          units.link(t).range(logLo[below], logHi[below]);
          take(t);
        }
        case LinkUnits.UNIT -> {
          double weight = units.weight[t];
          double error = units.weightError[t] + 4 * U;
          termLo[t] = weight * lo[below] * (1 - error);
          termHi[t] = weight * hi[below] * (1 + error);
          slope[t] = weight;
          bandHi[t] = weight * hi[below] * error;
          bandLo[t] = -bandHi[t];
        }
        default -> other(t, u);
      }
      low += termLo[t];
      high += termHi[t];
    }
    double slack = (to - from + 4) * U;
    lo[u] = low * (1 - slack);
    hi[u] = high * (1 + slack) + (high > 0 ? Double.MIN_NORMAL : 0);
    top[u] = hi[u];
  }

  /** Finds parallel lines for the links of a unit. */
  void bend(int u) {
    for (int t = r.termStart[u]; t < r.termStart[u + 1]; t++) {
      if (units.kind[t] == LinkUnits.LINK) {
        int v = units.below(t);
        units.link(t).bend(lo[v], hi[v], zLo[v], zHi[v], zError[v]);
        take(t);
      }
    }
  }

  private void take(int t) {
    LinkCurve link = units.link(t);
    termLo[t] = link.min;
    termHi[t] = link.max;
    slope[t] = link.slope;
    bandLo[t] = link.low;
    bandHi[t] = link.high;
  }

  /** Takes ends of a unit that were proven elsewhere. */
  void clip(int u, double low, double high) {
    lo[u] = Math.max(lo[u], low);
    hi[u] = Math.min(hi[u], high);
    isEmpty |= lo[u] > hi[u];
  }

  /** Follows up a change of a unit's ends. */
  void logs(int u) {
    double high = Math.log(hi[u]);
    double low = lo[u] > 0 ? Math.log(lo[u]) : Double.NEGATIVE_INFINITY;
    double reference = units.reference[u];
    double magnitude = Math.abs(reference) + Math.max(Math.abs(high), lo[u] > 0 ? -low : 0);
    zError[u] = 4 * U * (magnitude + 1);
    zHi[u] = reference + high;
    zLo[u] = reference + low;
    logHi[u] = hi[u] > 0 ? zHi[u] + zError[u] : Double.NEGATIVE_INFINITY;
    logLo[u] = zLo[u] - zError[u];
  }

  /** A term of several factors, or of a table: its range alone. */
  private void other(int t, int u) {
    double high = r.coefficientHi[t];
    double low = r.coefficientLo[t];
    double reference = units.reference[u];
    double magnitude = Math.abs(high) + Math.abs(reference);
    for (int f = r.factorStart[t]; f < r.factorStart[t + 1]; f++) {
      int ref = r.factorRef[f];
      double factorLo;
      double factorHi;
      switch (r.factorKind[f]) {
        case ConditionedNetwork.UNIT -> {
          factorLo = logLo[ref];
          factorHi = logHi[ref];
        }
        case ConditionedNetwork.TABLE -> {
          factorLo = Double.POSITIVE_INFINITY;
          factorHi = Double.NEGATIVE_INFINITY;
          for (int s = (int) boxLo[ref]; s <= (int) boxHi[ref]; s++) {
            factorLo = Math.min(factorLo, r.table[f][s]);
            factorHi = Math.max(factorHi, r.table[f][s]);
          }
        }
        default -> {
          boolean isLink = r.factorKind[f] == ConditionedNetwork.LINK;
          double a = isLink ? logLo[ref] : boxLo[ref];
          double b = isLink ? logHi[ref] : boxHi[ref];
          double near = NetworkBounds.nearest(a, b, r.mean[f], r.scale[f]);
          double far = NetworkBounds.farthest(a, b, r.mean[f], r.scale[f]);
          factorHi = b == Double.NEGATIVE_INFINITY ? b : -0.5 * near * near * (1 - 16 * U);
          factorLo = -0.5 * far * far * (1 + 16 * U);
        }
      }
      high += factorHi;
      low += factorLo;
      magnitude += Math.abs(factorHi) + (factorLo > -1e4 ? Math.abs(factorLo) : 1e4);
    }
    double slack = (16 + r.maxFactors) * 4 * U * (magnitude + 1);
    double e = high - reference;
    termHi[t] =
        e == Double.NEGATIVE_INFINITY ? 0 : Math.exp(e + slack) * (1 + 4 * U) + Double.MIN_NORMAL;
    e = low - reference;
    termLo[t] = e > -745 ? Math.max(0, Math.exp(e - slack) * (1 - 4 * U) - Double.MIN_NORMAL) : 0;
    if (Double.isNaN(termHi[t])) {
      termHi[t] = Double.POSITIVE_INFINITY;
    }
    slope[t] = 0;
    bandLo[t] = termLo[t];
    bandHi[t] = termHi[t];
  }
}
