package org.ugmm.engine;

import java.util.Arrays;
import org.ugmm.engine.kernel.GaussianBlock;
import org.ugmm.engine.kernel.GaussianKernels;
import org.ugmm.engine.kernel.Kernels;

/**
 * Values of a {@link LinkResidual} at many points that differ in one variable, by the kernels: for
 * quadrature, which proves nothing by itself. Not thread-safe.
 *
 * <p>It takes residuals without free categorical variables whose units are mixtures of Gaussians
 * and links, which those of the paper's networks are; see {@link #takes}.
 */
final class LinkBatch {
  /** Most points of a batch. */
  static final int POINTS = 60;

  private static final double LN2 = Math.log(2);

  private static final GaussianKernels<double[]> KERNELS = Kernels.DOUBLE.gaussian();

  private final LinkResidual r;

  /** [numUnits + numFree] slots: log2 of the units, then the variables; then scratch slots. */
  private final double[] v;

  /** First of the scratch slots. */
  private final int scratch;

  /** Values of a slot: the points of the last evaluation, rounded up to what kernels take. */
  private int stride;

  /** [numUnits] slots that the components of a unit read, its constant being the last. */
  private final int[][] z;

  /** [numUnits] coefficients as the mixture kernel reads them. */
  private final double[][] coefficients;

  /** [numUnits] [1] log2 of what a unit's weights are divided by. */
  private final double[][] shift;

  LinkBatch(LinkResidual r) {
    this.r = r;
    scratch = r.numUnits + r.numFree();
    z = new int[r.numUnits][];
    coefficients = new double[r.numUnits][];
    shift = new double[r.numUnits][1];
    int widest = 0;
    for (int u = 0; u < r.numUnits; u++) {
      int from = r.termStart[u];
      int numTerms = r.termStart[u + 1] - from;
      boolean hasConstant = r.constantHi[u] > Double.NEGATIVE_INFINITY;
      int n = numTerms + (hasConstant ? 1 : 0);
      z[u] = new int[n];
      GaussianBlock block = GaussianBlock.of(1, n, Kernels.DOUBLE.lanes());
      coefficients[u] = new double[block.size()];
      widest = Math.max(widest, n);
      double most = Double.NEGATIVE_INFINITY;
      for (int k = 0; k < n; k++) {
        double log = k == numTerms ? r.constantHi[u] : r.coefficientHi[from + k];
        int at = block.at(0, k);
        coefficients[u][at + 2 * block.stride()] = -log / LN2;
        most = Math.max(most, log / LN2);
        z[u][k] = r.numUnits;
        if (k < numTerms) {
          int f = r.factorStart[from + k];
          boolean isLeaf = r.factorKind[f] == LinkResidual.GAUSSIAN;
          double unit = isLeaf ? 1 : LN2;
          z[u][k] = isLeaf ? r.numUnits + r.factorRef[f] : r.factorRef[f];
          double inverse = unit * r.inverse[f];
          coefficients[u][at] = inverse * inverse * (0.5 / LN2);
          coefficients[u][at + block.stride()] = r.mean[f] / unit;
        }
      }
      shift[u][0] = most == Double.NEGATIVE_INFINITY ? 0 : most;
      for (int k = 0; k < n; k++) {
        coefficients[u][block.at(0, k) + 2 * block.stride()] += shift[u][0];
      }
    }
    v = new double[(scratch + widest) * padded(POINTS)];
  }

  /** Number of points rounded up to what the kernels take. */
  private static int padded(int count) {
    int tile = Kernels.DOUBLE.tile();
    return (count + tile - 1) / tile * tile;
  }

  /** Whether a residual is of the kind that is handled. */
  static boolean takes(LinkResidual r) {
    boolean isTaken = r.numFree() > 0 && r.numReal() == r.numFree();
    for (int u = 0; u < r.numUnits; u++) {
      isTaken &= isCopy(r, u) || isMixture(r, u);
    }
    return isTaken;
  }

  private static boolean isMixture(LinkResidual r, int u) {
    for (int t = r.termStart[u]; t < r.termStart[u + 1]; t++) {
      int kind = r.factorKind[r.factorStart[t]];
      if (r.factorStart[t + 1] - r.factorStart[t] != 1
          || (kind != LinkResidual.GAUSSIAN && kind != LinkResidual.LINK)) {
        return false;
      }
    }
    return true;
  }

  /** Whether a unit is a multiple of another. */
  private static boolean isCopy(LinkResidual r, int u) {
    int t = r.termStart[u];
    return r.termStart[u + 1] - t == 1
        && r.constantHi[u] == Double.NEGATIVE_INFINITY
        && r.factorStart[t + 1] - r.factorStart[t] == 1
        && r.factorKind[r.factorStart[t]] == LinkResidual.UNIT;
  }

  /**
   * Evaluates all units.
   *
   * @param x [numFree] the variables that all points share
   * @param variable the one that differs
   * @param at its values; at least {@code count}
   * @param count number of points, at most POINTS
   */
  void evaluate(double[] x, int variable, double[] at, int count) {
    stride = padded(count);
    for (int i = 0; i < x.length; i++) {
      int from = (r.numUnits + i) * stride;
      for (int k = 0; k < stride; k++) {
        v[from + k] = i == variable ? at[Math.min(k, count - 1)] : x[i];
      }
    }
    for (int u = 0; u < r.numUnits; u++) {
      if (z[u].length == 0) {
        Arrays.fill(v, u * stride, (u + 1) * stride, Double.NEGATIVE_INFINITY);
      } else if (isCopy(r, u)) {
        int t = r.termStart[u];
        int from = r.factorRef[r.factorStart[t]] * stride;
        for (int k = 0; k < stride; k++) {
          v[u * stride + k] = v[from + k] + r.coefficientHi[t] / LN2;
        }
      } else {
        KERNELS.mixtures(v, stride, z[u], coefficients[u], 1, u, scratch);
        if (KERNELS.logs(v, stride, u, 1, shift[u])) {
          KERNELS.exactMixtures(v, stride, z[u], coefficients[u], 1, shift[u], u, scratch);
        }
      }
    }
  }

  /** Natural log of a unit at a point of the last evaluation. */
  double value(int unit, int point) {
    return v[unit * stride + point] * LN2;
  }
}
