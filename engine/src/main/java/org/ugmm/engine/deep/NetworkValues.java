package org.ugmm.engine.deep;

import java.util.Arrays;
import org.ugmm.engine.kernel.GaussianBlock;
import org.ugmm.engine.kernel.GaussianKernels;
import org.ugmm.engine.kernel.Kernels;

/**
 * Values of a {@link ConditionedNetwork} at many points that share the states of its categorical
 * variables, by the kernels: for quadrature, which proves nothing by itself. Not thread-safe.
 *
 * <p>It takes networks whose units are mixtures of Gaussians, tables and links, which those of the
 * paper's networks are; see {@link #takes}.
 */
public final class NetworkValues {
  /** Most points of a batch. */
  public static final int POINTS = 240;

  private static final double LN2 = Math.log(2);

  private static final GaussianKernels<double[]> KERNELS = Kernels.DOUBLE.gaussian();

  private final ConditionedNetwork r;

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

  /** [numUnits] whether a unit has components that are tables. */
  private final boolean[] hasTables;

  /** [numUnits] [1] log2 of what a unit's weights are divided by. */
  private final double[][] shift;

  public NetworkValues(ConditionedNetwork r) {
    this.r = r;
    scratch = r.numUnits + r.numFree();
    z = new int[r.numUnits][];
    coefficients = new double[r.numUnits][];
    shift = new double[r.numUnits][1];
    hasTables = new boolean[r.numUnits];
    int widest = 0;
    for (int u = 0; u < r.numUnits; u++) {
      int from = r.termStart[u];
      int numTerms = r.termStart[u + 1] - from;
      int n = numTerms + (r.constantHi[u] > Double.NEGATIVE_INFINITY ? 1 : 0);
      z[u] = new int[n];
      GaussianBlock block = GaussianBlock.of(1, n, Kernels.DOUBLE.lanes());
      coefficients[u] = new double[block.size()];
      widest = Math.max(widest, n);
      Arrays.fill(z[u], r.numUnits);
      for (int k = 0; k < numTerms; k++) {
        int f = r.factorStart[from + k];
        int kind = r.factorKind[f];
        if (kind == ConditionedNetwork.TABLE) {
          hasTables[u] = true;
          continue;
        }
        boolean isLeaf = kind == ConditionedNetwork.GAUSSIAN;
        double unit = isLeaf ? 1 : LN2;
        z[u][k] = isLeaf ? r.numUnits + r.factorRef[f] : r.factorRef[f];
        double inverse = unit * r.inverse[f];
        coefficients[u][block.at(0, k)] = inverse * inverse * (0.5 / LN2);
        coefficients[u][block.at(0, k) + block.stride()] = r.mean[f] / unit;
      }
      setConstants(u, r.lo);
    }
    v = new double[(scratch + widest) * padded(POINTS)];
  }

  /** Sets the states of the categorical variables that the next points share. */
  public void setStates(double[] x) {
    for (int u = 0; u < r.numUnits; u++) {
      if (hasTables[u]) {
        setConstants(u, x);
      }
    }
  }

  private void setConstants(int u, double[] x) {
    int from = r.termStart[u];
    int numTerms = r.termStart[u + 1] - from;
    int n = z[u].length;
    GaussianBlock block = GaussianBlock.of(1, n, Kernels.DOUBLE.lanes());
    double[] log = new double[n];
    double most = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < n; k++) {
      log[k] = k == numTerms ? r.constantHi[u] : r.coefficientHi[from + k];
      int f = k == numTerms ? 0 : r.factorStart[from + k];
      if (k < numTerms && r.factorKind[f] == ConditionedNetwork.TABLE) {
        log[k] += r.table[f][(int) x[r.factorRef[f]]];
      }
      log[k] /= LN2;
      most = Math.max(most, log[k]);
    }
    shift[u][0] = most == Double.NEGATIVE_INFINITY ? 0 : most;
    for (int k = 0; k < n; k++) {
      coefficients[u][block.at(0, k) + 2 * block.stride()] = shift[u][0] - log[k];
    }
  }

  /** Number of points rounded up to what the kernels take. */
  private static int padded(int count) {
    int tile = Kernels.DOUBLE.tile();
    return (count + tile - 1) / tile * tile;
  }

  /** Whether a network is of the kind that is handled. */
  public static boolean takes(ConditionedNetwork r) {
    boolean isTaken = r.numFree() > 0;
    for (int u = 0; u < r.numUnits; u++) {
      isTaken &= isCopy(r, u) || isMixture(r, u);
    }
    return isTaken;
  }

  private static boolean isMixture(ConditionedNetwork r, int u) {
    for (int t = r.termStart[u]; t < r.termStart[u + 1]; t++) {
      int f = r.factorStart[t];
      int kind = r.factorKind[f];
      if (r.factorStart[t + 1] - f != 1 || kind == ConditionedNetwork.UNIT) {
        return false;
      }
      // the kernels square it
      if (kind != ConditionedNetwork.TABLE && !(r.inverse[f] > 1e-150 && r.inverse[f] < 1e150)) {
        return false;
      }
    }
    return true;
  }

  /** Whether a unit is a multiple of another. */
  static boolean isCopy(ConditionedNetwork r, int u) {
    int t = r.termStart[u];
    return r.termStart[u + 1] - t == 1
        && r.constantHi[u] == Double.NEGATIVE_INFINITY
        && r.factorStart[t + 1] - r.factorStart[t] == 1
        && r.factorKind[r.factorStart[t]] == ConditionedNetwork.UNIT;
  }

  /**
   * Evaluates all units.
   *
   * @param at [numFree] values of each real variable, from {@code from} on; those of a categorical
   *     one are not read
   * @param count number of points, at most POINTS
   */
  public void evaluate(double[][] at, int from, int count) {
    stride = padded(count);
    for (int i = 0; i < at.length; i++) {
      int slot = (r.numUnits + i) * stride;
      if (r.discrete[i]) {
        Arrays.fill(v, slot, slot + stride, 0);
        continue;
      }
      System.arraycopy(at[i], from, v, slot, count);
      Arrays.fill(v, slot + count, slot + stride, at[i][from + count - 1]);
    }
    for (int u = 0; u < r.numUnits; u++) {
      if (z[u].length == 0) {
        Arrays.fill(v, u * stride, (u + 1) * stride, Double.NEGATIVE_INFINITY);
      } else if (isCopy(r, u)) {
        int t = r.termStart[u];
        int copied = r.factorRef[r.factorStart[t]] * stride;
        for (int k = 0; k < stride; k++) {
          v[u * stride + k] = v[copied + k] + r.coefficientHi[t] / LN2;
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
  public double value(int unit, int point) {
    return v[unit * stride + point] * LN2;
  }
}
