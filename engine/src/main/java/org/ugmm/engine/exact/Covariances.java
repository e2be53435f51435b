package org.ugmm.engine.exact;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.Moments;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable.Real;
import org.ugmm.engine.data.Why;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.flat.FlatEvidence;
import org.ugmm.engine.leaf.GaussianGiven;
import org.ugmm.engine.leaf.LeafShape;
import org.ugmm.engine.leaf.MultivariateGaussian;
import org.ugmm.engine.number.GaussianMass;
import org.ugmm.engine.number.LogSum;
import org.ugmm.engine.number.Rounding;
import org.ugmm.engine.number.TruncatedGaussian;

/** Covariances of pairs of real variables, two passes a variable. Not thread-safe. */
public final class Covariances {
  /*
   * Leaves give their mean less the posterior mean, the deviation. For a variable i the upward pass
   * computes the expected deviation given a node, up[n]; the downward pass what the rest of the circuit
   * contributes to the deviation while the node is in use, down[n], weighted by the flow. A leaf of j
   * then adds down times its own deviation. Centred deviations do not cancel, and products add terms of
   * which one is not zero, so that the absolute error stays below the relative error of the weights
   * times the mean absolute product of the deviations, and that is at most the product of the standard
   * deviations (Cauchy-Schwarz). Weights are products of shares along two paths at most; pathUnits
   * bounds one path.
   */
  private final FlatCircuit c;
  private final LogEvaluator evaluator;
  private final Flows flows;
  private final double[] deviation;
  private final double[] variance;
  private final double[] up;
  private final double[] down;
  private final double[] pathUnits;

  /** [numNodes] what an interval leaves of a Gaussian over several variables; null elsewhere. */
  private final @Nullable TruncatedGaussian[] cut;

  private double worstUnits;

  /** Relative errors of the leaves' own moments, in units of 2^-53. */
  private double leafUnits;

  public Covariances(LogEvaluator evaluator, Flows flows) {
    this.evaluator = evaluator;
    this.flows = flows;
    c = evaluator.circuit();
    deviation = new double[c.numNodes()];
    variance = new double[c.numNodes()];
    up = new double[c.numNodes()];
    down = new double[c.numNodes()];
    pathUnits = new double[c.numNodes()];
    cut = new TruncatedGaussian[c.numNodes()];
  }

  /** The moments of the given variables about their means. */
  public Moments moments(Enumeration enumeration, int[] variables, double[] mean) {
    int[] index = new int[c.numVariables()];
    Arrays.fill(index, -1);
    for (int i = 0; i < variables.length; i++) {
      index[variables[i]] = i;
    }
    int size = variables.length;
    double[][] sum = new double[size][size];
    double[] shift = new double[size]; // expected deviation: what rounding took from the mean
    LogSum total = new LogSum();
    double terms = 0;
    worstUnits = 0;
    leafUnits = 0;
    while (enumeration.next()) {
      double max = total.max();
      double share = total.add(enumeration.logTerm(), 0);
      terms++;
      if (share == 0) {
        continue;
      }
      if (total.max() > max && max > Double.NEGATIVE_INFINITY) {
        double scale = Math.exp(max - total.max());
        for (double[] row : sum) {
          Arrays.setAll(row, j -> row[j] * scale);
        }
        Arrays.setAll(shift, j -> shift[j] * scale);
        terms += total.max() - max + 4;
      }
      flows.downward();
      leaves(enumeration.evidence(), index, mean);
      walkPaths();
      worstUnits = Math.max(worstUnits, total.max() - enumeration.logTerm());
      for (int i = 0; i < size; i++) {
        upward(variables[i], mean[i]);
        downward();
        for (int n = 0; n <= c.root; n++) {
          if (flows.flow[n] > 0 && c.kind(n) == NodeKind.GAUSSIAN_BLOCK) {
            shift[i] += block(n, i, variables, index, mean, share, sum[i]);
          }
          if (flows.flow[n] > 0 && c.variable[n] >= 0 && index[c.variable[n]] >= i) {
            int j = index[c.variable[n]];
            shift[i] += i == j ? share * flows.flow[n] * deviation[n] : 0;
            sum[i][j] +=
                share
                    * (i == j
                        ? flows.flow[n] * (variance[n] + deviation[n] * deviation[n])
                        : down[n] * deviation[n]);
          }
        }
      }
    }
    double norm = Math.exp(total.value() - total.max());
    for (int i = 0; i < size; i++) {
      for (int j = i; j < size; j++) {
        sum[i][j] = sum[i][j] / norm - shift[i] / norm * (shift[j] / norm);
        sum[j][i] = sum[i][j];
      }
    }
    double units = 2 * worstUnits + 2 * terms + total.errorUnits() + 2.0 * c.numNodes() + 16;
    units += 4 * leafUnits + 64 + 4 * TruncatedGaussian.INTEGRAL_ERROR / Rounding.U;
    return new Moments(variables, mean, sum, Certify.exact(units, "a covariance", ""));
  }

  private void leaves(FlatEvidence e, int[] index, double[] mean) {
    for (int n = 0; n <= c.root; n++) {
      int v = c.variable[n];
      cut[n] =
          c.kind(n) == NodeKind.GAUSSIAN_BLOCK && flows.flow[n] > 0 ? cut(n, e, index, mean) : null;
      if (v < 0 || index[v] < 0 || flows.flow[n] == 0) {
        deviation[n] = 0;
        variance[n] = 0;
        continue;
      }
      Real real = (Real) c.variables.get(v);
      boolean interval = e.form[v] == FlatEvidence.INTERVAL;
      double lo = interval ? Math.max(real.lo(), e.a[v]) : real.lo();
      double hi = interval ? Math.min(real.hi(), e.b[v]) : real.hi();
      if (c.kind(n) == NodeKind.GAUSSIAN) {
        leafUnits = Math.max(leafUnits, ofScale(n, lo, hi));
      }
      if (c.kind(n).isUnivariate()) {
        LeafShape shape =
            LeafShape.of(
                c.leaf(n),
                interval ? e.a[v] : Double.NEGATIVE_INFINITY,
                interval ? e.b[v] : Double.POSITIVE_INFINITY);
        deviation[n] = shape.mean() - mean[index[v]];
        variance[n] = shape.variance();
        double away = Math.abs(deviation[n]) + Math.sqrt(variance[n]);
        double relative = shape.meanError() / away + shape.varianceError() / variance[n];
        leafUnits = Math.max(leafUnits, variance[n] == 0 ? 0 : relative / Rounding.U);
      } else if (c.kind(n) == NodeKind.BASE) {
        double half = 0.5 * hi - 0.5 * lo;
        deviation[n] = lo - mean[index[v]] + half;
        variance[n] = half * half / 3;
      } else if (lo == Double.NEGATIVE_INFINITY && hi == Double.POSITIVE_INFINITY) {
        deviation[n] = c.parameter(n, 0) - mean[index[v]];
        variance[n] = c.parameter(n, 1) * c.parameter(n, 1);
      } else {
        TruncatedGaussian cut = new TruncatedGaussian(c.parameter(n, 0), c.parameter(n, 1), lo, hi);
        deviation[n] = cut.meanFrom(mean[index[v]]);
        variance[n] = cut.variance();
      }
    }
  }

  /**
   * What the rounding of a scale changes of the moments of a leaf cut to an interval, relative to
   * its own: as the error of a scale in {@link org.ugmm.engine.data.GaussianMixture}.
   */
  private double ofScale(int n, double lo, double hi) {
    double mean = c.parameter(n, 0);
    double z = GaussianMass.standardised(Math.min(hi, Math.max(lo, mean)), mean, c.parameter(n, 1));
    boolean isCut = lo > Double.NEGATIVE_INFINITY || hi < Double.POSITIVE_INFINITY;
    double near = Math.abs(z) + 3;
    return c.rounding(n) * (isCut ? 8 * near * near : 2.02);
  }

  /** Bounds the error of the product of shares along any path from the root. */
  private void walkPaths() {
    Arrays.fill(pathUnits, 0);
    for (int n = c.root; n >= 0; n--) {
      if (flows.flow[n] == 0) {
        continue;
      }
      worstUnits = Math.max(worstUnits, pathUnits[n]);
      boolean sum = c.kind(n) == NodeKind.WEIGHTED_SUM;
      if (!sum && c.kind(n) != NodeKind.PRODUCT) {
        continue;
      }
      for (int i = 0; i < c.numChildren(n); i++) {
        int child = c.child(n, i);
        if (flows.flow[child] > 0 && (!sum || c.parameter(n, i) > 0)) {
          double step = c.numChildren(n) + 2 + c.rounding(n);
          if (sum) {
            step +=
                evaluator.error[n]
                    + evaluator.error[child]
                    + 4 * Math.abs(Math.log(c.parameter(n, i)))
                    + 2 * Math.abs(evaluator.value[child] - evaluator.value[n])
                    + 6;
          }
          pathUnits[child] = Math.max(pathUnits[child], pathUnits[n] + step);
        }
      }
    }
  }

  private double share(int sum, int i) {
    double weight = c.parameter(sum, i);
    double ratio = evaluator.value[c.child(sum, i)] - evaluator.value[sum];
    if (weight == 0 || ratio == Double.NEGATIVE_INFINITY) {
      return 0;
    }
    return Math.exp(Math.log(weight) + ratio);
  }

  /** How far the mean of a coordinate is from the mean of all; 0 for a variable not in there. */
  private double ofBlock(int n, int variable, double mean) {
    int i = c.block(n).coordinate(variable);
    TruncatedGaussian part = cut[n];
    return i < 0 || !evaluator.given(n).isOpen(i)
        ? 0
        : part == null ? evaluator.given(n).mean(i) - mean : part.meanFrom(mean);
  }

  /**
   * What an interval leaves of a block in whose moments it matters; null where it does not.
   *
   * @throws RefusedException if another variable of the block is open, which is no Gaussian then
   */
  private @Nullable TruncatedGaussian cut(int n, FlatEvidence e, int[] index, double[] mean) {
    MultivariateGaussian block = c.block(n);
    GaussianGiven given = evaluator.given(n);
    int i = given.interval();
    for (int k = 0; k < block.size() && i >= 0; k++) {
      if (k != i && given.isOpen(k) && index[block.variable(k)] >= 0) {
        throw refused(block.variable(i));
      }
    }
    if (i < 0 || index[block.variable(i)] < 0) {
      return null;
    }
    int v = block.variable(i);
    TruncatedGaussian part = new TruncatedGaussian(given.mean(i), given.scale(i), e.a[v], e.b[v]);
    double away =
        Math.abs(part.meanFrom(mean[index[v]])) + Math.sqrt(part.variance()) + Double.MIN_NORMAL;
    double near = 2 * Math.abs(part.nearZ) + 3;
    double shift = 1.01 * given.meanError(i);
    double ofMean = (shift + Rounding.U * given.scaleUnits() * near * given.scale(i)) / away;
    double ofVariance =
        4 * (given.scaleUnits() * near * near + shift / given.scale(i) / Rounding.U);
    leafUnits = Math.max(leafUnits, ofMean / Rounding.U + ofVariance);
    return part;
  }

  private RefusedException refused(int variable) {
    String name = c.variables.get(variable).name();
    return new RefusedException(
        "",
        Why.of(
            Why.Reason.NO_CLOSED_FORM,
            "an interval is known of '%s', which is in a Gaussian over several variables"
                .formatted(name),
            name),
        "give '%s' a value or nothing, or ask for the posterior of it".formatted(name)
            + FlatCircuit.WITHOUT_BLOCKS);
  }

  /**
   * Adds what a Gaussian over several variables has of the moments of one with the later ones.
   *
   * @return what it has of the expected deviation of the one
   */
  private double block(
      int n, int i, int[] variables, int[] index, double[] mean, double share, double[] sum) {
    MultivariateGaussian block = c.block(n);
    GaussianGiven given = evaluator.given(n);
    int first = block.coordinate(variables[i]);
    double used = share * flows.flow[n];
    double own = first >= 0 ? ofBlock(n, variables[i], mean[i]) : 0;
    for (int k = 0; k < block.size(); k++) {
      int j = index[block.variable(k)];
      if (j < i || !given.isOpen(k)) {
        continue;
      }
      double deviation = ofBlock(n, block.variable(k), mean[j]);
      double away = Math.abs(deviation) + given.scale(k);
      leafUnits = Math.max(leafUnits, given.meanError(k) / away / Rounding.U + given.scaleUnits());
      // what the rest of the circuit deviates by, and the block itself
      sum[j] += share * down[n] * deviation;
      if (first >= 0) {
        TruncatedGaussian part = cut[n];
        double covariance = part == null ? given.covariance(first, k) : part.variance();
        sum[j] += used * (own * deviation + covariance);
      }
    }
    return used * own;
  }

  private void upward(int variable, double mean) {
    for (int n = 0; n <= c.root; n++) {
      up[n] = 0;
      if (flows.flow[n] == 0) {
        continue;
      }
      switch (c.kind(n)) {
        case WEIGHTED_SUM -> {
          for (int i = 0; i < c.numChildren(n); i++) {
            if (up[c.child(n, i)] != 0) {
              up[n] += share(n, i) * up[c.child(n, i)];
            }
          }
        }
        case PRODUCT -> {
          for (int i = 0; i < c.numChildren(n); i++) {
            up[n] += up[c.child(n, i)];
          }
        }
        case GAUSSIAN_BLOCK -> up[n] = ofBlock(n, variable, mean);
        default -> up[n] = c.variable[n] == variable ? deviation[n] : 0;
      }
    }
  }

  private void downward() {
    Arrays.fill(down, 0);
    for (int n = c.root; n >= 0; n--) {
      if (flows.flow[n] == 0) {
        continue;
      }
      if (c.kind(n) == NodeKind.WEIGHTED_SUM) {
        for (int i = 0; i < c.numChildren(n); i++) {
          if (down[n] != 0) {
            down[c.child(n, i)] += down[n] * share(n, i);
          }
        }
      } else if (c.kind(n) == NodeKind.PRODUCT) {
        for (int i = 0; i < c.numChildren(n); i++) {
          int child = c.child(n, i);
          down[child] += down[n] + flows.flow[n] * (up[n] - up[child]);
        }
      }
    }
  }
}
