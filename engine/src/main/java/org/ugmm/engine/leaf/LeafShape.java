package org.ugmm.engine.leaf;

import org.ugmm.engine.data.Variable.Real;
import org.ugmm.engine.number.GaussianMass;
import org.ugmm.engine.number.LogScaleMass;
import org.ugmm.engine.number.Rounding;
import org.ugmm.engine.number.TruncatedGaussian;

/**
 * Mean and variance of a leaf cut to an interval, with bounds on their rounding.
 *
 * @param mean in the unit of the variable
 * @param variance in its square
 * @param meanError bound on the absolute error of the mean
 * @param varianceError bound on the absolute error of the variance
 */
public record LeafShape(double mean, double variance, double meanError, double varianceError) {
  private static final double U = Rounding.U;

  /** Those of a leaf that has mass on {@code [lo, hi]}. */
  public static LeafShape of(UnivariateLeaf leaf, double lo, double hi) {
    Real variable = leaf.variable();
    double from = Math.max(leaf.least(), variable.least(lo));
    double to = Math.min(leaf.greatest(), variable.greatest(hi));
    if (leaf.hasBins()) {
      return ofBins(leaf.bins(), from, to);
    }
    boolean isWhole = from == leaf.least() && to == Double.POSITIVE_INFINITY && from <= 0;
    switch (leaf.kind()) {
      case GAUSSIAN -> {
        return ofGaussian(leaf, from, to);
      }
      case POISSON -> {
        double rate = leaf.parameter(0);
        return isWhole ? new LeafShape(rate, rate, 0, 0) : new PoissonSum(rate, from, to).shape();
      }
      case EXPONENTIAL -> {
        if (isWhole) {
          double mean = 1 / leaf.parameter(0);
          return exactly(mean, mean * mean);
        }
      }
      case GAMMA -> {
        if (isWhole) {
          double mean = leaf.parameter(0) / leaf.parameter(1);
          return exactly(mean, mean / leaf.parameter(1));
        }
      }
      default -> {
        if (isWhole) {
          double square = leaf.parameter(1) * leaf.parameter(1);
          double exponent = leaf.parameter(0) + 0.5 * square;
          double mean = StrictMath.exp(exponent);
          double variance = mean * mean * StrictMath.expm1(square);
          double units = 3 * (Math.abs(leaf.parameter(0)) + square) + 4;
          return known(
              mean, variance, U * units * mean, 1.01 * U * (2 * units + 4 + 2 * square) * variance);
        }
      }
    }
    LogScaleMass cut = leaf.cut(Math.max(0, from), to);
    return known(cut.mean(), cut.variance(), cut.meanError(), cut.varianceError());
  }

  private static LeafShape exactly(double mean, double variance) {
    return known(mean, variance, 2 * U * mean, 4 * U * variance);
  }

  private static LeafShape known(
      double mean, double variance, double meanError, double varianceError) {
    boolean isKnown = mean < Double.POSITIVE_INFINITY && variance < Double.POSITIVE_INFINITY;
    return new LeafShape(
        mean,
        variance,
        isKnown ? meanError : Double.POSITIVE_INFINITY,
        isKnown ? varianceError : Double.POSITIVE_INFINITY);
  }

  private static LeafShape ofGaussian(UnivariateLeaf leaf, double lo, double hi) {
    TruncatedGaussian cut = new TruncatedGaussian(leaf.parameter(0), leaf.parameter(1), lo, hi);
    double mean = cut.mean();
    double variance = cut.variance();
    return known(
        mean,
        variance,
        cut.offsetError() + 2 * U * (Math.abs(mean) + Math.abs(cut.near)),
        cut.varianceError() * variance);
  }

  private static LeafShape ofBins(Bins bins, double lo, double hi) {
    double total = 0;
    double mean = 0;
    double size = 0;
    double origin = Math.min(hi, Math.max(lo, GaussianMass.middle(bins.lo(), bins.hi())));
    for (int pass = 0; pass < 2; pass++) {
      double sum = 0;
      double squares = 0;
      total = 0;
      size = 0;
      for (int bin = 0; bin < bins.size(); bin++) {
        double from = bins.from(bin, lo);
        double to = bins.to(bin, hi);
        double width = bins.size(from, to);
        if (!(width > 0)) {
          continue;
        }
        double share = bins.mass(bin) * (width / bins.width(bin));
        double d = from - origin + 0.5 * (to - from);
        double within = bins.isCount() ? (width * width - 1) / 12 : width * width / 12;
        total += share;
        sum += share * d;
        squares += share * (d * d + within);
        size = Math.max(size, Math.max(Math.abs(from - origin), Math.abs(to - origin)));
      }
      if (pass == 0) {
        mean = sum / total;
        origin += mean;
        continue;
      }
      double rest = sum / total; // what rounding left
      double variance = Math.max(0, squares / total - rest * rest);
      double roundings = 4.0 * bins.size() + 24;
      return known(
          origin + rest,
          variance,
          U
              * (roundings * Math.min(size, Math.sqrt(variance) + Math.abs(rest))
                  + 8 * magnitude(origin, lo, hi, bins)),
          U * (roundings + 16) * (variance + rest * rest)
              + 16 * U * Math.sqrt(variance) * magnitude(origin, lo, hi, bins));
    }
    throw new AssertionError(total);
  }

  /** The largest number of which a difference is taken. */
  private static double magnitude(double origin, double lo, double hi, Bins bins) {
    return Math.abs(origin)
        + Math.max(Math.abs(Math.max(lo, bins.lo())), Math.abs(Math.min(hi, bins.hi())));
  }
}
