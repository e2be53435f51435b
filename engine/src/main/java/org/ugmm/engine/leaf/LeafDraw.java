package org.ugmm.engine.leaf;

import org.ugmm.engine.number.RowRandom;

/**
 * Draws from leaves cut to intervals: exact but for the rounding of distribution functions, the
 * same on every JDK.
 */
public final class LeafDraw {
  private static final int MAX_STEPS = 2_200;

  private LeafDraw() {}

  /** A value of {@code [lo, hi]}, on which the leaf has mass. */
  public static double draw(UnivariateLeaf leaf, double lo, double hi, RowRandom random) {
    double from = Math.max(leaf.least(), lo);
    double to = Math.min(leaf.greatest(), hi);
    if (leaf.hasBins()) {
      return bins(leaf.bins(), from, to, random);
    }
    return switch (leaf.kind()) {
      case POISSON -> count(leaf, from, to, random);
      case LOG_NORMAL -> {
        double log =
            random.gaussian(
                leaf.parameter(0), leaf.parameter(1), StrictMath.log(from), StrictMath.log(to));
        yield within(StrictMath.exp(log), from, to);
      }
      case EXPONENTIAL -> {
        double rate = leaf.parameter(0);
        double width = -StrictMath.expm1(-rate * (to - from));
        yield within(from - StrictMath.log1p(-random.uniform() * width) / rate, from, to);
      }
      case GAMMA ->
          from == 0 && to == Double.POSITIVE_INFINITY
              ? gamma(leaf.parameter(0), random) / leaf.parameter(1)
              : inverse(leaf, from, to, random);
      default -> throw new AssertionError(leaf.kind());
    };
  }

  private static double within(double x, double lo, double hi) {
    return Math.min(hi, Math.max(lo, x));
  }

  private static double bins(Bins bins, double lo, double hi, RowRandom random) {
    double total = 0;
    for (int bin = 0; bin < bins.size(); bin++) {
      total += share(bins, bin, lo, hi);
    }
    double target = random.uniform() * total;
    int last = -1;
    for (int bin = 0; bin < bins.size() && (last < 0 || target >= 0); bin++) {
      double share = share(bins, bin, lo, hi);
      if (share > 0) {
        last = bin;
        target -= share;
      }
    }
    double from = bins.from(last, lo);
    double to = bins.to(last, hi);
    double u = random.uniform();
    if (bins.isCount()) {
      return Math.min(to, from + Math.floor(u * (to - from + 1)));
    }
    double x = from + u * (to - from);
    return x < to ? x : Math.max(from, Math.nextDown(to));
  }

  private static double share(Bins bins, int bin, double lo, double hi) {
    double size = bins.size(bins.from(bin, lo), bins.to(bin, hi));
    return bins.mass(bin) * (size / bins.width(bin));
  }

  /** Runs outward from the mode until the terms passed have the mass drawn. */
  private static double count(UnivariateLeaf leaf, double lo, double hi, RowRandom random) {
    double rate = leaf.parameter(0);
    double start = leaf.mode(lo, hi);
    double greatest = leaf.logDensity(start).log();
    double target =
        random.uniform() * StrictMath.exp(leaf.logMass(lo, hi).log() - greatest); // in its unit
    double up = 1;
    double down = 1;
    target -= 1;
    if (target < 0) {
      return start;
    }
    for (double d = 1; up > 0 || down > 0; d++) {
      up = start + d <= hi ? up * (rate / (start + d)) : 0;
      target -= up;
      if (target < 0 && up > 0) {
        return start + d;
      }
      down = start - d >= lo ? down * ((start - d + 1) / rate) : 0;
      target -= down;
      if (target < 0 && down > 0) {
        return start - d;
      }
    }
    return start; // what rounding left
  }

  /** Marsaglia and Tsang, A simple method for generating gamma variables (2000); rate 1. */
  private static double gamma(double shape, RowRandom random) {
    if (shape < 1) {
      double grown = gamma(shape + 1, random);
      return Math.max(
          Double.MIN_NORMAL, grown * StrictMath.exp(StrictMath.log(random.uniform()) / shape));
    }
    double d = shape - 1.0 / 3;
    double c = 1 / Math.sqrt(9 * d);
    while (true) {
      double z = random.gaussian();
      double root = 1 + c * z;
      double v = root * root * root;
      if (v > 0
          && StrictMath.log(random.uniform()) < 0.5 * z * z + d - d * v + d * StrictMath.log(v)) {
        return d * v;
      }
    }
  }

  /** The point below which lies a part of the mass, by bisection. */
  private static double inverse(UnivariateLeaf leaf, double lo, double hi, RowRandom random) {
    double log = leaf.logMass(lo, hi).log() + StrictMath.log(random.uniform());
    double below = lo;
    double above = hi < Double.POSITIVE_INFINITY ? hi : Math.max(1, lo);
    while (hi == Double.POSITIVE_INFINITY && isLess(leaf, lo, above, log)) {
      above *= 2;
    }
    for (int i = 0; i < MAX_STEPS; i++) {
      double middle = 0.5 * below + 0.5 * above;
      if (!(middle > below && middle < above)) {
        break;
      }
      if (isLess(leaf, lo, middle, log)) {
        below = middle;
      } else {
        above = middle;
      }
    }
    return Math.max(above, Double.MIN_NORMAL);
  }

  private static boolean isLess(UnivariateLeaf leaf, double lo, double to, double log) {
    return leaf.logMass(lo, to).log() < log;
  }
}
