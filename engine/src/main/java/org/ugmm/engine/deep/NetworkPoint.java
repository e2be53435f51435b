package org.ugmm.engine.deep;

import java.util.Arrays;
import org.ugmm.engine.number.Rounding;

/**
 * Values and gradients of a {@link ConditionedNetwork} at points, in ordinary rounding: for ascent
 * and quadrature, which prove nothing by themselves. Not thread-safe; allocates nothing after
 * construction.
 */
public final class NetworkPoint {
  private final ConditionedNetwork r;

  /** [numUnits] natural log of each unit. */
  public final double[] value;

  private final double[] coefficient;
  private final double[] constant;
  private final double[] term;
  private final double[] adjoint;

  /** [numFree] derivative of the output asked for; 0 where discrete. */
  public final double[] gradient;

  private double[] point;

  public NetworkPoint(ConditionedNetwork r) {
    this.r = r;
    value = new double[r.numUnits];
    adjoint = new double[r.numUnits];
    term = new double[r.numTerms()];
    gradient = new double[r.numFree()];
    point = r.lo;
    coefficient = new double[r.numTerms()];
    constant = new double[r.numUnits];
    Arrays.setAll(coefficient, t -> middle(r.coefficientLo[t], r.coefficientHi[t]));
    Arrays.setAll(constant, u -> middle(r.constantLo[u], r.constantHi[u]));
  }

  private static double middle(double lo, double hi) {
    return lo == hi || lo == Double.NEGATIVE_INFINITY ? hi : lo + 0.5 * (hi - lo);
  }

  /** Evaluates all units at a point [numFree] and returns the natural log of output 0. */
  public double evaluate(double[] at) {
    point = at;
    for (int u = 0; u < value.length; u++) {
      int from = r.termStart[u];
      int to = r.termStart[u + 1];
      double max = constant[u];
      for (int t = from; t < to; t++) {
        double e = exponent(t);
        term[t] = e;
        max = Math.max(max, e);
      }
      if (max == Double.NEGATIVE_INFINITY) {
        value[u] = max;
        continue;
      }
      double sum = Math.exp(constant[u] - max);
      for (int t = from; t < to; t++) {
        double e = term[t] - max;
        term[t] = e < -45 ? 0 : Math.exp(e);
        sum += term[t];
      }
      for (int t = from; t < to; t++) {
        term[t] /= sum;
      }
      value[u] = max + Math.log(sum);
    }
    return value[r.outputs[0]];
  }

  private double exponent(int t) {
    double e = coefficient[t];
    for (int f = r.factorStart[t]; f < r.factorStart[t + 1]; f++) {
      int ref = r.factorRef[f];
      switch (r.factorKind[f]) {
        case ConditionedNetwork.GAUSSIAN -> {
          double d = (point[ref] - r.mean[f]) * r.inverse[f];
          e -= 0.5 * d * d;
        }
        case ConditionedNetwork.LINK -> {
          double d = (value[ref] - r.mean[f]) * r.inverse[f];
          e -= 0.5 * d * d;
        }
        case ConditionedNetwork.UNIT -> e += value[ref];
        default -> e += r.table[f][(int) point[ref]];
      }
    }
    return e;
  }

  /** The gradient of an output's natural log at the point evaluated last. */
  public void gradient(int output) {
    Arrays.fill(gradient, 0);
    Arrays.fill(adjoint, 0);
    adjoint[r.outputs[output]] = 1;
    for (int u = value.length - 1; u >= 0; u--) {
      if (adjoint[u] == 0 || value[u] == Double.NEGATIVE_INFINITY) {
        continue;
      }
      for (int t = r.termStart[u]; t < r.termStart[u + 1]; t++) {
        double w = adjoint[u] * term[t];
        if (w == 0) {
          continue;
        }
        for (int f = r.factorStart[t]; f < r.factorStart[t + 1]; f++) {
          int ref = r.factorRef[f];
          switch (r.factorKind[f]) {
            case ConditionedNetwork.GAUSSIAN ->
                gradient[ref] -= w * ((point[ref] - r.mean[f]) * r.inverse[f] * r.inverse[f]);
            case ConditionedNetwork.LINK ->
                adjoint[ref] -= w * ((value[ref] - r.mean[f]) * r.inverse[f] * r.inverse[f]);
            case ConditionedNetwork.UNIT -> adjoint[ref] += w;
            default -> {}
          }
        }
      }
    }
  }

  /** About the rounding error of an output's natural log at the point evaluated last. */
  public double rounding(int output) {
    gradient(output);
    double error = 0;
    for (int u = 0; u < value.length; u++) {
      // That of a unit itself: the exponents of terms that count are about as large as its log.
      error += adjoint[u] == 0 ? 0 : Math.abs(adjoint[u]) * (64 + 16 * Math.abs(value[u]));
    }
    return Rounding.U * error;
  }
}
