package org.ugmm.engine.leaf;

import org.ugmm.engine.data.Variable.Real;
import org.ugmm.engine.number.LogScaleMass;
import org.ugmm.engine.number.TruncatedGaussian;

/** What learning counts of a leaf: the expectations of its statistics within an interval. */
public final class LeafStatistics {
  private LeafStatistics() {}

  /** The bin of a value in a histogram's parameters; -1 for none. */
  public static int bin(double[] parameter, int at, int numParameters, double x) {
    int numBins = (numParameters - 1) / 2;
    int below = at;
    int above = at + numBins;
    if (!(x >= parameter[below] && x < parameter[above])) {
      return -1;
    }
    while (above - below > 1) {
      int middle = (below + above) >>> 1;
      if (x >= parameter[middle]) {
        below = middle;
      } else {
        above = middle;
      }
    }
    return below - at;
  }

  /**
   * Expectations within an interval on which the leaf has mass.
   *
   * @return of a histogram the share of each bin; of a Poisson or exponential leaf 1 and the mean;
   *     of a gamma leaf 1 and those of x and of log x; of a log-normal leaf 1 and those of d and
   *     d^2 with d the distance of log x from its mean in scales
   */
  public static double[] within(UnivariateLeaf leaf, double lo, double hi) {
    Real variable = leaf.variable();
    double from = Math.max(leaf.least(), variable.least(lo));
    double to = Math.min(leaf.greatest(), variable.greatest(hi));
    return switch (leaf.kind()) {
      case HISTOGRAM, UNIFORM -> shares(leaf.bins(), from, to);
      case GAMMA -> {
        LogScaleMass cut = leaf.cut(from, to);
        yield new double[] {1, cut.mean(), cut.meanLog()};
      }
      case LOG_NORMAL -> {
        TruncatedGaussian cut =
            new TruncatedGaussian(
                leaf.parameter(0), leaf.parameter(1), Math.log(from), Math.log(to));
        double scale = leaf.parameter(1);
        double d = (cut.mean() - leaf.parameter(0)) / scale;
        yield new double[] {1, d, d * d + cut.variance() / (scale * scale)};
      }
      default -> new double[] {1, LeafShape.of(leaf, lo, hi).mean()};
    };
  }

  private static double[] shares(Bins bins, double lo, double hi) {
    double[] share = new double[bins.size()];
    double total = 0;
    for (int bin = 0; bin < share.length; bin++) {
      double size = bins.size(bins.from(bin, lo), bins.to(bin, hi));
      share[bin] = bins.mass(bin) * (size / bins.width(bin));
      total += share[bin];
    }
    for (int bin = 0; bin < share.length && total > 0; bin++) {
      share[bin] /= total;
    }
    return share;
  }
}
