package org.ugmm.engine.leaf;

import org.jspecify.annotations.Nullable;
import org.ugmm.engine.number.LogSum;
import org.ugmm.engine.number.LogValue;

/**
 * Masses spread evenly over adjacent bins, each from its lower break to before its upper one: the
 * whole numbers between of a count. Immutable.
 */
final class Bins {
  /** [B + 1] ascending. */
  private final double[] breaks;

  /** [B] linear, not negative. */
  private final double[] mass;

  private final boolean isCount;

  /** Whether the last bin has its upper break. */
  private final boolean isClosed;

  private Bins(double[] breaks, double[] mass, boolean isCount, boolean isClosed) {
    this.breaks = breaks;
    this.mass = mass;
    this.isCount = isCount;
    this.isClosed = isClosed;
  }

  /** B + 1 breaks, then B masses. */
  static Bins histogram(double[] parameter, boolean isCount) {
    int numBins = (parameter.length - 1) / 2;
    double[] breaks = new double[numBins + 1];
    double[] mass = new double[numBins];
    System.arraycopy(parameter, 0, breaks, 0, breaks.length);
    System.arraycopy(parameter, breaks.length, mass, 0, numBins);
    return new Bins(breaks, mass, isCount, false);
  }

  static Bins uniform(double lo, double hi) {
    return new Bins(new double[] {lo, hi}, new double[] {1}, false, true);
  }

  /** The density 1, whose integral is its length. */
  static Bins base(double lo, double hi) {
    return new Bins(new double[] {lo, hi}, new double[] {hi - lo}, false, true);
  }

  static @Nullable String problem(double[] p, boolean isCount) {
    int numBins = (p.length - 1) / 2;
    if (numBins < 1 || p.length % 2 == 0) {
      return "%d parameters; expected breaks and one mass less".formatted(p.length);
    }
    for (int i = 0; i <= numBins; i++) {
      if (i > 0 && !(p[i - 1] < p[i] && p[i] - p[i - 1] < Double.POSITIVE_INFINITY)) {
        return "breaks %s and %s; expected ascending ones".formatted(p[i - 1], p[i]);
      }
      if (isCount && (p[i] != Math.rint(p[i]) || p[i] < 0)) {
        return "break %s; expected a whole number from 0, as the variable is a count"
            .formatted(p[i]);
      }
    }
    double total = 0;
    for (int i = numBins + 1; i < p.length; i++) {
      if (!(p[i] >= 0)) {
        return "mass %s; expected a number of at least 0".formatted(p[i]);
      }
      total += p[i];
    }
    return total > 0 && total < Double.POSITIVE_INFINITY
        ? null
        : "masses that sum to %s; expected a positive, finite sum".formatted(total);
  }

  double lo() {
    return breaks[0];
  }

  /** The upper end; of a count the last number. */
  double hi() {
    return breaks[mass.length] - (isCount ? 1 : 0);
  }

  int size() {
    return mass.length;
  }

  double mass(int bin) {
    return mass[bin];
  }

  /** The lower end of what a bin and an interval share. */
  double from(int bin, double lo) {
    return Math.max(breaks[bin], lo);
  }

  /** The upper end of it; of a count the last number. */
  double to(int bin, double hi) {
    return Math.min(isCount ? breaks[bin + 1] - 1 : breaks[bin + 1], hi);
  }

  /** How much there is between two ends. */
  double size(double from, double to) {
    return isCount ? Math.max(0, to - from + 1) : Math.max(0, to - from);
  }

  boolean isCount() {
    return isCount;
  }

  /** How much there is of a bin. */
  double width(int bin) {
    return breaks[bin + 1] - breaks[bin];
  }

  /** The bin of a value, -1 for none. */
  int bin(double x) {
    if (isClosed && x == breaks[mass.length]) {
      return mass.length - 1;
    }
    int below = 0;
    int above = mass.length;
    if (!(x >= breaks[0] && x < breaks[above]) || (isCount && x != Math.rint(x))) {
      return -1;
    }
    while (above - below > 1) {
      int middle = (below + above) >>> 1;
      if (x >= breaks[middle]) {
        below = middle;
      } else {
        above = middle;
      }
    }
    return below;
  }

  LogValue logDensity(double x) {
    int bin = bin(x);
    return bin < 0 ? LogValue.ZERO : logHeight(bin);
  }

  private LogValue logHeight(int bin) {
    if (mass[bin] == 0) {
      return LogValue.ZERO;
    }
    double logMass = StrictMath.log(mass[bin]);
    double logWidth = StrictMath.log(width(bin));
    double log = logMass - logWidth;
    return LogValue.of(log, 2 * Math.abs(logMass) + 2 * Math.abs(logWidth) + Math.abs(log) + 1);
  }

  LogValue logMass(double lo, double hi) {
    LogSum sum = new LogSum();
    for (int bin = 0; bin < mass.length; bin++) {
      double from = from(bin, lo);
      double to = to(bin, hi);
      double size = size(from, to);
      if (size > 0 && mass[bin] > 0) {
        double log = StrictMath.log(mass[bin]);
        boolean isWhole = size == width(bin);
        double share = isWhole ? 0 : StrictMath.log(size) - StrictMath.log(width(bin));
        double units =
            2 * Math.abs(log)
                + (isWhole
                    ? 0
                    : 4 * Math.abs(StrictMath.log(size))
                        + 4 * Math.abs(StrictMath.log(width(bin)))
                        + Math.abs(log + share)
                        + 2);
        sum.add(log + share, units);
      }
    }
    double log = sum.value();
    return log == Double.NEGATIVE_INFINITY ? LogValue.ZERO : LogValue.of(log, sum.errorUnits());
  }

  /** Whether a bin has a value in the closed interval. */
  private boolean meets(int bin, double lo, double hi) {
    boolean ends = isClosed && bin == mass.length - 1;
    return breaks[bin] <= hi && (ends ? breaks[bin + 1] >= lo : breaks[bin + 1] > lo);
  }

  /** Whether an interval is in one bin, its upper end perhaps the break, or in none. */
  boolean isOne(double lo, double hi) {
    int bin = bin(lo);
    return lo == hi
        || (bin >= 0 ? hi <= breaks[bin + 1] : hi < breaks[0] || lo >= breaks[mass.length]);
  }

  /** A break strictly between, nearest to the middle; NaN where there is none. */
  double breakWithin(double lo, double hi) {
    double middle = 0.5 * lo + 0.5 * hi;
    double best = Double.NaN;
    for (double b : breaks) {
      if (b > lo && b < hi && !(Math.abs(b - middle) >= Math.abs(best - middle))) {
        best = b;
      }
    }
    return best;
  }

  double mode(double lo, double hi) {
    int best = -1;
    for (int bin = 0; bin < mass.length; bin++) {
      if (meets(bin, lo, hi) && (best < 0 || mass[bin] / width(bin) > mass[best] / width(best))) {
        best = bin;
      }
    }
    return best < 0 ? lo : Math.max(lo, breaks[best]);
  }

  double lower(double lo, double hi) {
    if (bin(lo) < 0 || bin(hi) < 0) {
      return Double.NEGATIVE_INFINITY;
    }
    double least = Double.POSITIVE_INFINITY;
    for (int bin = bin(lo); bin <= bin(hi); bin++) {
      least = Math.min(least, logHeight(bin).lower());
    }
    return least;
  }
}
