package org.ugmm.engine.exact;

import java.util.Arrays;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.flat.FlatEvidence;
import org.ugmm.engine.leaf.MultivariateGaussian;
import org.ugmm.engine.number.GaussianMass;

/** The Gaussian leaf of each observed real variable that is nearest to its value, in scales. */
final class NearestLeaves {
  private NearestLeaves() {}

  /** What the rounding of a scale changes of the log-density of a leaf, in units of 2^-53. */
  static double rounding(FlatCircuit c, int leaf, double x) {
    double units = c.rounding(leaf);
    double z = GaussianMass.standardised(x, c.parameter(leaf, 0), c.parameter(leaf, 1));
    return units == 0 ? 0 : units * (1.01 * z * z + 1);
  }

  /**
   * Finds them.
   *
   * @param variables [numVariables] those that are asked for
   * @return [numVariables] node; -1 where a variable is not asked for, has no value, no Gaussian
   *     leaf, or a leaf of another kind
   */
  static int[] of(FlatCircuit c, int top, FlatEvidence e, boolean[] variables) {
    int[] nearest = new int[c.numVariables()];
    double[] distance = new double[c.numVariables()];
    Arrays.fill(nearest, -1);
    boolean[] hasOther = new boolean[c.numVariables()];
    for (int n = 0; n <= top; n++) {
      if (c.kind(n) == NodeKind.GAUSSIAN_BLOCK) {
        MultivariateGaussian block = c.block(n);
        for (int i = 0; i < block.size(); i++) {
          hasOther[block.variable(i)] = true;
        }
      }
      int v = c.variable[n];
      if (v < 0 || !variables[v] || e.form[v] != FlatEvidence.POINT) {
        continue;
      }
      hasOther[v] |= c.kind(n) != NodeKind.GAUSSIAN;
      if (c.kind(n) == NodeKind.GAUSSIAN) {
        double z =
            Math.abs(GaussianMass.standardised(e.a[v], c.parameter(n, 0), c.parameter(n, 1)));
        if (nearest[v] < 0 || z < distance[v]) {
          nearest[v] = n;
          distance[v] = z;
        }
      }
    }
    for (int v = 0; v < nearest.length; v++) {
      nearest[v] = hasOther[v] ? -1 : nearest[v];
    }
    return nearest;
  }
}
