package org.ugmm.engine.deep;

import java.util.Arrays;
import org.ugmm.engine.kernel.GaussianBlock;
import org.ugmm.engine.kernel.GaussianKernels;
import org.ugmm.engine.kernel.Kernels;
import org.ugmm.engine.number.Rounding;

/**
 * Proven bounds of every unit of a {@link ConditionedNetwork} over as many boxes as a tile has
 * rows, by the kernels: {@link NetworkBounds} is the plain twin. It takes the networks that {@link
 * NetworkValues} takes. Not thread-safe; allocates nothing after construction.
 */
public final class NetworkBoundsBatch {
  /*
   * A Gaussian is greatest at the point of its argument's range that is nearest to its mean, smallest
   * at the farthest. The kernel of mixtures is given these distances for arguments, with means of 0,
   * once for the upper and once for the lower ends. A table is given distances whose squares are what
   * its log is below its largest.
   *
   * Rounding, u = 2^-53, base-2 logs: the mean of a link is converted, which 2 u of it covers; that
   * the ends themselves carry no error is what moving them outwards is for. The square q of a term
   * then carries at most 16 u of itself and of the log of its weight, its exponential 2.4 u, the sum
   * of n terms n u, the log 2 u of itself and of the shift. Terms below the largest by 2^-64 count
   * for less than n u together, and the largest term has a q of at most log2 n - (value - shift). So
   * the error of a unit is below SLACK times (64 + log2 n + |value - shift| + |shift| + |value|) u
   * plus 2 n u.
   */
  private static final double U = Rounding.U;
  private static final double SLACK = 40;
  private static final double LN2 = Math.log(2);
  private static final GaussianKernels<double[]> KERNELS = Kernels.DOUBLE.gaussian();

  private final ConditionedNetwork r;

  /** Boxes of an evaluation. */
  public final int tile;

  /**
   * [(numUnits + numFree) * tile] lower ends: log2 of the units, then the free variables, which the
   * caller sets; state indices where categorical.
   */
  public final double[] lo;

  /** [(numUnits + numFree) * tile] upper ends. */
  public final double[] hi;

  /** [numUnits] [n] slots in v of the smallest distances: 0 to n - 1. */
  private final int[][] near;

  /** [numUnits] [n] slots in v of the largest distances: n to 2 n - 1. */
  private final int[][] far;

  /** [numUnits] [n] slots in lo and hi that the components read; that of a constant is any. */
  private final int[][] in;

  /** [numUnits] [n] interval of the mean of each component. */
  private final double[][] meanLo;

  private final double[][] meanHi;

  /** [numUnits] coefficients for the upper ends. */
  private final double[][] coefficientHi;

  /** [numUnits] coefficients for the lower ends. */
  private final double[][] coefficientLo;

  /** [numUnits] [1] what is added to the upper log2 of a unit's sum. */
  private final double[][] shiftHi;

  /** [numUnits] [1] what is added to the lower log2. */
  private final double[][] shiftLo;

  /** Distances, the sum, and what the kernel scratches. */
  private final double[] v;

  public NetworkBoundsBatch(ConditionedNetwork r) {
    this.r = r;
    tile = Kernels.DOUBLE.tile();
    lo = new double[(r.numUnits + r.numFree()) * tile];
    hi = new double[lo.length];
    near = new int[r.numUnits][];
    far = new int[r.numUnits][];
    in = new int[r.numUnits][];
    meanLo = new double[r.numUnits][];
    meanHi = new double[r.numUnits][];
    coefficientHi = new double[r.numUnits][];
    coefficientLo = new double[r.numUnits][];
    shiftHi = new double[r.numUnits][1];
    shiftLo = new double[r.numUnits][1];
    int widest = 0;
    for (int u = 0; u < r.numUnits; u++) {
      int numTerms = r.termStart[u + 1] - r.termStart[u];
      int n = numTerms + (r.constantHi[u] > Double.NEGATIVE_INFINITY ? 1 : 0);
      widest = Math.max(widest, n);
      near[u] = new int[n];
      far[u] = new int[n];
      in[u] = new int[n];
      meanLo[u] = new double[n];
      meanHi[u] = new double[n];
      for (int k = 0; k < n; k++) {
        near[u][k] = k;
        far[u][k] = n + k;
        if (k < numTerms) {
          component(u, k);
        }
      }
      coefficientHi[u] = coefficients(u, r.coefficientHi, r.constantHi, shiftHi[u]);
      coefficientLo[u] = coefficients(u, r.coefficientLo, r.constantLo, shiftLo[u]);
    }
    v = new double[(3 * widest + 1) * tile];
  }

  private void component(int u, int k) {
    int f = r.factorStart[r.termStart[u] + k];
    boolean isDeep = r.factorKind[f] >= ConditionedNetwork.LINK;
    in[u][k] = isDeep ? r.factorRef[f] : r.numUnits + r.factorRef[f];
    meanLo[u][k] = isDeep ? outwards(r.mean[f] / LN2, 0, -1) : r.mean[f];
    meanHi[u][k] = isDeep ? outwards(r.mean[f] / LN2, 0, 1) : r.mean[f];
  }

  private double[] coefficients(int u, double[] logs, double[] constants, double[] shift) {
    int from = r.termStart[u];
    int numTerms = r.termStart[u + 1] - from;
    int n = near[u].length;
    GaussianBlock block = GaussianBlock.of(1, n, Kernels.DOUBLE.lanes());
    double[] coefficients = new double[block.size()];
    double[] log = new double[n];
    double most = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < n; k++) {
      log[k] = k == numTerms ? constants[u] : logs[from + k];
      if (k < numTerms) {
        int f = r.factorStart[from + k];
        double unit = r.factorKind[f] == ConditionedNetwork.LINK ? LN2 : 1;
        double scale = unit * r.inverse[f];
        boolean isTable = r.factorKind[f] == ConditionedNetwork.TABLE;
        coefficients[block.at(0, k)] = isTable ? 1 : scale * scale * (0.5 / LN2);
        log[k] += isTable ? largest(r.table[f]) : 0;
      }
      log[k] /= LN2;
      most = Math.max(most, log[k]);
    }
    shift[0] = most == Double.NEGATIVE_INFINITY ? 0 : most;
    for (int k = 0; k < n; k++) {
      coefficients[block.at(0, k) + 2 * block.stride()] = shift[0] - log[k];
    }
    return coefficients;
  }

  private static double largest(double[] table) {
    double largest = Double.NEGATIVE_INFINITY;
    for (double log : table) {
      largest = Math.max(largest, log);
    }
    return largest;
  }

  /** Bounds all units over the boxes whose ends the caller has set. */
  public void evaluate() {
    for (int u = 0; u < r.numUnits; u++) {
      int at = u * tile;
      int n = near[u].length;
      if (NetworkValues.isCopy(r, u)) {
        copy(u, at);
      } else if (n == 0) {
        Arrays.fill(hi, at, at + tile, Double.NEGATIVE_INFINITY);
        Arrays.fill(lo, at, at + tile, Double.NEGATIVE_INFINITY);
      } else {
        Kernels.RANGES.distances(lo, hi, tile, in[u], meanLo[u], meanHi[u], v, 0, n);
        others(u);
        sum(near[u], coefficientHi[u], shiftHi[u], hi, at, 1);
        sum(far[u], coefficientLo[u], shiftLo[u], lo, at, -1);
      }
    }
  }

  /** Distances of a unit's tables and constant. */
  private void others(int u) {
    int n = near[u].length;
    int from = r.termStart[u];
    for (int k = 0; k < n; k++) {
      boolean isConstant = from + k == r.termStart[u + 1];
      int f = isConstant ? 0 : r.factorStart[from + k];
      if (!isConstant && r.factorKind[f] != ConditionedNetwork.TABLE) {
        continue;
      }
      for (int i = 0; i < tile; i++) {
        int at = in[u][k] * tile + i;
        v[k * tile + i] = isConstant ? 0 : below(r.table[f], (int) lo[at], (int) hi[at], 1);
        v[(n + k) * tile + i] = isConstant ? 0 : below(r.table[f], (int) lo[at], (int) hi[at], -1);
      }
    }
  }

  private void copy(int u, int at) {
    int t = r.termStart[u];
    int from = r.factorRef[r.factorStart[t]] * tile;
    double above = r.coefficientHi[t] / LN2;
    double below = r.coefficientLo[t] / LN2;
    for (int i = 0; i < tile; i++) {
      hi[at + i] = outwards(hi[from + i] + above, Math.abs(above), 1);
      lo[at + i] = outwards(lo[from + i] + below, Math.abs(below), -1);
    }
  }

  /** A number moved to a side by more than a few roundings of it and of what made it. */
  private static double outwards(double value, double magnitude, int side) {
    return Double.isInfinite(value)
        ? value
        : value + side * SLACK * U * (magnitude + Math.abs(value));
  }

  private void sum(int[] z, double[] coefficients, double[] shift, double[] to, int at, int side) {
    int n = z.length;
    KERNELS.mixtures(v, tile, z, coefficients, 1, 2 * n, 2 * n + 1);
    if (KERNELS.logs(v, tile, 2 * n, 1, shift)) {
      KERNELS.exactMixtures(v, tile, z, coefficients, 1, shift, 2 * n, 2 * n + 1);
    }
    double magnitude = 64 + n + Math.abs(shift[0]);
    for (int i = 0; i < tile; i++) {
      double value = v[2 * n * tile + i];
      to[at + i] = outwards(value, magnitude + Math.abs(value - shift[0]), side);
    }
  }

  /** Root of what the best (side 1) or worst of some states is below the table's largest, log2. */
  private static double below(double[] table, int from, int to, int side) {
    double found = table[from];
    for (int s = from + 1; s <= to; s++) {
      found = side > 0 ? Math.max(found, table[s]) : Math.min(found, table[s]);
    }
    double largest = largest(table);
    return found == largest ? 0 : Math.sqrt((largest - found) / LN2);
  }

  /** Proven end of the natural log of a unit over a box. */
  public double log(double[] ends, int unit, int box) {
    return outwards(ends[unit * tile + box] * LN2, 0, ends == hi ? 1 : -1);
  }
}
