package org.ugmm.engine.batch.plan;

import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Variable.Real;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.number.GaussianMass;
import org.ugmm.engine.number.Rounding;

/** What leaves contribute in log2, by state and where their variable is missing. */
final class LeafTables {
  private LeafTables() {}

  /** log2 by state of a categorical leaf or 0 for a base measure, then log2 where it is missing. */
  static double[] of(FlatCircuit c, int leaf) {
    if (c.kind(leaf) == NodeKind.BASE) {
      return new double[] {0, missing(c, leaf)};
    }
    double[] table = new double[c.numParameters(leaf) + 1];
    for (int s = 0; s < c.numParameters(leaf); s++) {
      table[s] = c.parameter(leaf, s) * Rounding.LOG2E;
    }
    table[c.numParameters(leaf)] = missing(c, leaf);
    return table;
  }

  /** log2 of the integral of a leaf over all values of its variable. */
  static double missing(FlatCircuit c, int leaf) {
    return switch (c.kind(leaf)) {
      case CATEGORICAL -> {
        double max = Double.NEGATIVE_INFINITY;
        for (int s = 0; s < c.numParameters(leaf); s++) {
          max = Math.max(max, c.parameter(leaf, s));
        }
        double sum = 0;
        for (int s = 0; s < c.numParameters(leaf); s++) {
          sum += Math.exp(c.parameter(leaf, s) - max);
        }
        yield max == Double.NEGATIVE_INFINITY ? max : (max + Math.log(sum)) * Rounding.LOG2E;
      }
      case GAUSSIAN -> {
        Real real = (Real) c.variables.get(c.variable[leaf]);
        yield GaussianMass.logMass(real.lo(), real.hi(), c.parameter(leaf, 0), c.parameter(leaf, 1))
            * Rounding.LOG2E;
      }
      case BASE -> {
        Real real = (Real) c.variables.get(c.variable[leaf]);
        yield Math.log(real.hi() - real.lo()) * Rounding.LOG2E;
      }
      default -> throw new AssertionError(c.kind(leaf));
    };
  }
}
