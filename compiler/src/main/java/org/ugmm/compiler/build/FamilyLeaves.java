package org.ugmm.compiler.build;

import it.unimi.dsi.fastutil.doubles.DoubleArrayList;
import java.util.Arrays;
import org.ugmm.engine.CircuitBuilder;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Variable.Real;

/**
 * First leaves that are neither Gaussian nor categorical: of each group of rows one by its moments,
 * drawn towards the whole column as {@link Leaves} does.
 */
final class FamilyLeaves {
  private static final double PRIOR_ROWS = 2;

  /** The least coefficient of variation of a group. */
  private static final double LEAST_SPREAD = 0.02;

  private static final double LEAST_MEAN = 1e-3;
  private static final int MOST_BINS = 24;

  /** The narrowest bin of a real in standard deviations of its column. */
  private static final double LEAST_WIDTH = 0.05;

  /** The last bin of a histogram of counts reaches so many times as far as the data. */
  private static final double BEYOND = 4;

  private final CircuitBuilder builder;
  private final Cloud rows;
  private final int variable;
  private final int[] group;
  private final int k;

  /**
   * Leaves of a variable.
   *
   * @param rows the rows that are grouped
   * @param group [rows used] 0 .. k-1, -1 for none
   */
  FamilyLeaves(CircuitBuilder builder, Cloud rows, int variable, int[] group, int k) {
    this.builder = builder;
    this.rows = rows;
    this.variable = variable;
    this.group = group;
    this.k = k;
  }

  /**
   * Adds them.
   *
   * @param whole the rows that say what the whole column is like
   * @return [k] the nodes
   */
  int[] add(NodeKind kind, Cloud whole) {
    Real real = (Real) rows.data().variables().get(variable);
    return switch (kind) {
      case HISTOGRAM -> histograms(real.isCount() ? breaks(whole) : breaks(whole, real));
      case UNIFORM -> uniforms(real);
      default -> byMoments(kind, whole);
    };
  }

  private int[] byMoments(NodeKind kind, Cloud whole) {
    boolean isLog = kind == NodeKind.LOG_NORMAL;
    double[] all = moments(whole, new int[whole.numRows()], 1, isLog, 0, 0)[0];
    double[][] of = moments(rows, group, k, isLog, all[0], all[1]);
    int[] node = new int[k];
    for (int z = 0; z < k; z++) {
      double mean = of[z][0];
      double variance = of[z][1];
      node[z] =
          switch (kind) {
            case LOG_NORMAL ->
                builder.leaf(kind, variable, mean, Math.max(LEAST_SPREAD, Math.sqrt(variance)));
            case GAMMA -> {
              double spread = Math.max(LEAST_SPREAD * LEAST_SPREAD, variance / (mean * mean));
              double shape = Math.max(1, 1 / spread);
              yield builder.leaf(kind, variable, shape, shape / mean);
            }
            case EXPONENTIAL ->
                builder.leaf(kind, variable, 1 / Math.max(LEAST_SPREAD * positive(all[0]), mean));
            default -> builder.leaf(kind, variable, Math.max(LEAST_MEAN, mean));
          };
    }
    return node;
  }

  private static double positive(double mean) {
    return mean > 0 ? mean : 1;
  }

  /** Leaves that nothing is learned of: one for all. */
  private int[] uniforms(Real real) {
    int[] node = new int[k];
    Arrays.fill(node, builder.leaf(NodeKind.UNIFORM, variable, real.lo(), real.hi()));
    return node;
  }

  /** [k][2] mean and variance of each group, of logs where asked, with some rows of a prior. */
  private double[][] moments(
      Cloud of, int[] groups, int numGroups, boolean isLog, double mean, double variance) {
    double prior = variance > 0 || mean != 0 ? PRIOR_ROWS : 0;
    double[] count = new double[numGroups];
    double[] sum = new double[numGroups];
    double[] squares = new double[numGroups];
    for (int i = 0; i < groups.length; i++) {
      double x = of.value(i, variable);
      if (!Double.isNaN(x) && groups[i] >= 0) {
        double d = (isLog ? Math.log(x) : x) - mean;
        count[groups[i]]++;
        sum[groups[i]] += d;
        squares[groups[i]] += d * d;
      }
    }
    double[][] result = new double[numGroups][2];
    for (int z = 0; z < numGroups; z++) {
      double total = count[z] + prior;
      double m = total > 0 ? sum[z] / total : isLog ? 0 : 1;
      result[z][0] = mean + m;
      // of equal values rounding may leave less than nothing
      result[z][1] = total > 0 ? Math.max(0, (squares[z] + prior * variance) / total - m * m) : 1;
    }
    return result;
  }

  private int[] histograms(double[] breaks) {
    int numBins = breaks.length - 1;
    double[][] mass = new double[k][numBins];
    for (double[] own : mass) {
      Arrays.fill(own, PRIOR_ROWS / numBins);
    }
    for (int i = 0; i < group.length; i++) {
      double x = rows.value(i, variable);
      if (!Double.isNaN(x) && group[i] >= 0) {
        int bin = 0;
        while (bin < numBins - 1 && x >= breaks[bin + 1]) {
          bin++;
        }
        mass[group[i]][bin]++;
      }
    }
    int[] node = new int[k];
    for (int z = 0; z < k; z++) {
      double total = Arrays.stream(mass[z]).sum();
      double[] p = Arrays.copyOf(breaks, breaks.length + numBins);
      for (int b = 0; b < numBins; b++) {
        p[breaks.length + b] = mass[z][b] / total;
      }
      node[z] = builder.leaf(NodeKind.HISTOGRAM, variable, p);
    }
    return node;
  }

  /** Breaks of a count at about equal shares of the rows, and far beyond the largest. */
  private double[] breaks(Cloud whole) {
    double[] known = sorted(whole);
    int n = known.length;
    DoubleArrayList breaks = DoubleArrayList.of(0);
    addShares(breaks, known, 0);
    double most = n == 0 ? 1 : known[n - 1] + 1;
    if (most > breaks.getDouble(breaks.size() - 1)) {
      breaks.add(most);
    }
    breaks.add(Math.rint(BEYOND * most) + 16);
    return breaks.toDoubleArray();
  }

  /** Breaks of a real from end to end of its domain, none of the bins a spike. */
  private double[] breaks(Cloud whole, Real real) {
    double narrowest = Math.min(LEAST_WIDTH * whole.scale(variable), (real.hi() - real.lo()) / 2);
    DoubleArrayList breaks = DoubleArrayList.of(real.lo());
    addShares(breaks, sorted(whole), narrowest);
    if (breaks.size() > 1 && real.hi() - breaks.getDouble(breaks.size() - 1) < narrowest) {
      breaks.removeDouble(breaks.size() - 1);
    }
    breaks.add(real.hi());
    return breaks.toDoubleArray();
  }

  /** Adds breaks at about equal shares of the rows, each farther from the last than a width. */
  private static void addShares(DoubleArrayList breaks, double[] known, double width) {
    for (int b = 1; b < MOST_BINS && known.length > 0; b++) {
      double at = known[(int) ((long) b * known.length / MOST_BINS)];
      if (at > breaks.getDouble(breaks.size() - 1) + width) {
        breaks.add(at);
      }
    }
  }

  private double[] sorted(Cloud whole) {
    double[] known = new double[whole.numRows()];
    int n = 0;
    for (int i = 0; i < known.length; i++) {
      double x = whole.value(i, variable);
      if (!Double.isNaN(x)) {
        known[n++] = x;
      }
    }
    Arrays.sort(known, 0, n);
    return Arrays.copyOf(known, n);
  }
}
