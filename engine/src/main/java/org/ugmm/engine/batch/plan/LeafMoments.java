package org.ugmm.engine.batch.plan;

import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.data.Variable.Real;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.number.GaussianMass;
import org.ugmm.engine.number.Rounding;
import org.ugmm.engine.number.TruncatedGaussian;

/**
 * What a leaf, or a mixture of leaves on one variable, says of its variable where that is missing.
 *
 * @param variable the variable
 * @param moments the probability of each state of a categorical variable; 1, the mean and the
 *     second moment of a real one, both about {@link #center}
 */
public record LeafMoments(int variable, double[] moments) {

  /** What the moments of a real variable are taken about: 0, or the middle of its domain. */
  public static double center(Variable variable) {
    return variable instanceof Real real && real.isBounded()
        ? GaussianMass.middle(real.lo(), real.hi())
        : 0;
  }

  /** Number of moments of a variable. */
  static int size(Variable variable) {
    return variable instanceof Categorical categorical ? categorical.numStates() : 3;
  }

  static LeafMoments of(FlatCircuit c, int leaf) {
    int v = c.variable[leaf];
    double center = center(c.variables.get(v));
    switch (c.kind(leaf)) {
      case CATEGORICAL -> {
        double[] table = LeafTables.of(c, leaf);
        double total = table[table.length - 1];
        double[] moments = new double[table.length - 1];
        for (int s = 0; s < moments.length && total > Double.NEGATIVE_INFINITY; s++) {
          moments[s] = Math.exp((table[s] - total) / Rounding.LOG2E);
        }
        return new LeafMoments(v, moments);
      }
      case BASE -> {
        Real real = (Real) c.variables.get(v);
        double half = 0.5 * real.hi() - 0.5 * real.lo();
        return new LeafMoments(v, new double[] {1, 0, half * half / 3});
      }
      default -> {
        Real real = (Real) c.variables.get(v);
        TruncatedGaussian cut = cut(c, leaf, real);
        double d = cut.meanFrom(center);
        double variance = cut.variance();
        return new LeafMoments(v, new double[] {1, d, variance + d * d});
      }
    }
  }

  private static TruncatedGaussian cut(FlatCircuit c, int leaf, Real real) {
    return new TruncatedGaussian(c.parameter(leaf, 0), c.parameter(leaf, 1), real.lo(), real.hi());
  }

  /**
   * Bounds on the absolute errors of the mean and of the second moment of a leaf on a real
   * variable, both about {@link #center}.
   */
  public static double[] errors(FlatCircuit c, int leaf) {
    Real real = (Real) c.variables.get(c.variable[leaf]);
    double center = center(real);
    if (c.kind(leaf) == NodeKind.BASE) {
      double half = 0.5 * real.hi() - 0.5 * real.lo();
      double ofMiddle = 2 * Rounding.U * (Math.abs(center) + half);
      return new double[] {ofMiddle, 4 * Rounding.U * half * half + ofMiddle * ofMiddle};
    }
    TruncatedGaussian cut = cut(c, leaf, real);
    double d = Math.abs(cut.meanFrom(center));
    double parts = Math.abs(cut.near - center) + Math.abs(cut.meanFrom(cut.near));
    double ofMean = cut.offsetError() + 3 * Rounding.U * parts;
    double variance = cut.variance();
    double ofSecond =
        variance * cut.varianceError()
            + ofMean * (2 * d + ofMean)
            + 3 * Rounding.U * (variance + d * d);
    return new double[] {ofMean, ofSecond};
  }

  /** The moments of a weighted sum of leaves on one variable. */
  static LeafMoments ofMixture(FlatCircuit c, int sum) {
    double[] total = new double[3];
    double mass = 0;
    for (int i = 0; i < c.numChildren(sum); i++) {
      int leaf = c.child(sum, i);
      double share = c.parameter(sum, i) * Math.exp(LeafTables.missing(c, leaf) / Rounding.LOG2E);
      double[] moments = of(c, leaf).moments();
      for (int m = 0; m < total.length && share > 0; m++) {
        total[m] += share * moments[m];
      }
      mass += share;
    }
    for (int m = 0; m < total.length && mass > 0; m++) {
      total[m] /= mass;
    }
    return new LeafMoments(c.variable[c.child(sum, 0)], total);
  }
}
