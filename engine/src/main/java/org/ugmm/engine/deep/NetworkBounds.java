package org.ugmm.engine.deep;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.number.Rounding;

/**
 * Proven bounds of every unit of a {@link ConditionedNetwork} over a box, and of the gradient of
 * its outputs over the box. Not thread-safe; allocates nothing after construction.
 *
 * <p>A box of one point encloses the value there, rounding included. Sources: Moore, Kearfott and
 * Cloud, <i>Introduction to Interval Analysis</i> (2009); reverse mode as in Griewank and Walther,
 * <i>Evaluating Derivatives</i> (2008).
 */
public final class NetworkBounds {
  /*
   * Both ends are computed in ordinary rounding and then moved outwards by more than the rounding
   * can be. With u = 2^-53: (z - mean) (1 / scale) carries 3 u, so its square times 1/2 at most 16 u;
   * the exponent of a term, a sum of coefficient and factors, at most (16 + factors) u times the sum
   * of magnitudes. Terms of a unit are summed as exp(t - m), m the largest: an exponent below -40 is
   * left out, which n u covers, so exp's argument carries at most 40 u, exp itself 2 u (1 ulp), the
   * sum n u; log 2 u of its result. unitSlack covers all of them.
   *
   * The end points are exact: a Gaussian of an interval takes its largest value at the point nearest
   * the mean and its smallest at the farthest, so the monotone pieces are handled exactly, and a unit
   * whose terms read different variables has its exact range.
   */
  private static final double U = Rounding.U;
  private static final double CUT = -40;
  private static final double BELOW_CUT = Math.exp(CUT + 1e-9);

  private final ConditionedNetwork r;
  private final double factorSlack;

  /** [numUnits] proven ends of the natural log of each unit over the box. */
  public final double[] lo;

  public final double[] hi;

  /** [numTerms] ends of each term relative to exp(shift of its unit), linear. */
  public final double[] termLo;

  public final double[] termHi;

  /** [numTerms] ends of the exponent of each term. */
  final double[] exponentLo;

  final double[] exponentHi;

  /** [numUnits] ends of the sum of a unit's terms and constant, relative to its shift. */
  public final double[] sumLo;

  private final double[] sumHi;

  /** [numUnits] ends of d output / d log unit, and the sum of magnitudes added into them. */
  private final double[] adjointLo;

  private final double[] adjointHi;
  private final double[] magnitude;

  /** [numFree] proven ends of the derivative of the seeded combination of outputs. */
  public final double[] gradientLo;

  public final double[] gradientHi;
  private final double[] gradientMagnitude;

  private double[] boxLo;
  private double[] boxHi;

  public NetworkBounds(ConditionedNetwork r) {
    this.r = r;
    factorSlack = (16 + r.maxFactors) * U;
    lo = new double[r.numUnits];
    hi = new double[r.numUnits];
    sumLo = new double[r.numUnits];
    sumHi = new double[r.numUnits];
    termLo = new double[r.numTerms()];
    termHi = new double[r.numTerms()];
    exponentLo = new double[r.numTerms()];
    exponentHi = new double[r.numTerms()];
    adjointLo = new double[r.numUnits];
    adjointHi = new double[r.numUnits];
    magnitude = new double[r.numUnits];
    gradientLo = new double[r.numFree()];
    gradientHi = new double[r.numFree()];
    gradientMagnitude = new double[r.numFree()];
    boxLo = r.lo;
    boxHi = r.hi;
  }

  /** The smallest |z - m| / s of the interval. */
  public static double nearest(double zLo, double zHi, double m, double s) {
    return zLo > m ? (zLo - m) / s : zHi < m ? (m - zHi) / s : 0;
  }

  /** The largest |z - m| / s of the interval. */
  public static double farthest(double zLo, double zHi, double m, double s) {
    return Math.max(zHi - m, m - zLo) / s;
  }

  /** Log of a sum of exponentials, rounded to a proven side: -1 down, 1 up. */
  static double logSum(double[] logs, int side) {
    double max = Double.NEGATIVE_INFINITY;
    for (double log : logs) {
      max = Math.max(max, log);
    }
    if (max == Double.NEGATIVE_INFINITY) {
      return max;
    }
    double sum = 0;
    for (double log : logs) {
      sum += Math.exp(log - max);
    }
    double log = Math.log(sum);
    return max + log + side * unitSlack(logs.length, log, max + log);
  }

  private static double unitSlack(int numTerms, double logSum, double value) {
    return U * (2 * numTerms + 64 + 4 * Math.abs(logSum) + 4 * Math.abs(value));
  }

  /**
   * Bounds every unit over a box.
   *
   * @param fromLo [numFree] lower ends; state indices where discrete; kept until the next call
   * @param fromHi [numFree] upper ends, may be the same array for a point
   */
  public void evaluate(double[] fromLo, double[] fromHi) {
    boxLo = fromLo;
    boxHi = fromHi;
    for (int u = 0; u < r.numUnits; u++) {
      unit(u);
    }
  }

  private void unit(int u) {
    int from = r.termStart[u];
    int to = r.termStart[u + 1];
    double maxHi = r.constantHi[u];
    double maxLo = r.constantLo[u];
    for (int t = from; t < to; t++) {
      exponent(t);
      maxHi = Math.max(maxHi, exponentHi[t]);
      maxLo = Math.max(maxLo, exponentLo[t]);
    }
    if (maxHi == Double.NEGATIVE_INFINITY) {
      lo[u] = maxHi;
      hi[u] = maxHi;
      sumLo[u] = 0;
      sumHi[u] = 0;
      Arrays.fill(termLo, from, to, 0);
      Arrays.fill(termHi, from, to, 0);
      return;
    }
    int n = to - from + 1;
    double high = Math.exp(r.constantHi[u] - maxHi);
    for (int t = from; t < to; t++) {
      double e = exponentHi[t] - maxHi;
      if (e < CUT) {
        termHi[t] = exponentHi[t] == Double.NEGATIVE_INFINITY ? 0 : BELOW_CUT;
      } else {
        termHi[t] = Math.exp(e);
        high += termHi[t];
      }
    }
    double log = Math.log(high);
    double value = maxHi + log;
    hi[u] = value + unitSlack(n, log, value);
    sumHi[u] = high;
    lower(u, from, to, n, maxHi, maxLo);
  }

  private void lower(int u, int from, int to, int n, double shift, double maxLo) {
    double low = Math.exp(r.constantLo[u] - shift);
    for (int t = from; t < to; t++) {
      double e = exponentLo[t] - shift;
      if (e < 2 * CUT) {
        termLo[t] = 0;
      } else {
        termLo[t] = Math.exp(e);
        low += termLo[t];
      }
    }
    sumLo[u] = low;
    double used = shift;
    if (maxLo - shift < CUT / 2) {
      if (maxLo == Double.NEGATIVE_INFINITY) {
        lo[u] = maxLo;
        return;
      }
      used = maxLo;
      low = Math.exp(r.constantLo[u] - maxLo);
      for (int t = from; t < to; t++) {
        double e = exponentLo[t] - maxLo;
        if (e >= CUT) {
          low += Math.exp(e);
        }
      }
    }
    double log = Math.log(low);
    double value = used + log;
    lo[u] = value - unitSlack(n, log, value);
  }

  private void exponent(int t) {
    double high = r.coefficientHi[t];
    double low = r.coefficientLo[t];
    double magnitudeHi = Math.abs(high);
    double magnitudeLo = Math.abs(low);
    for (int f = r.factorStart[t]; f < r.factorStart[t + 1]; f++) {
      int ref = r.factorRef[f];
      double zLo;
      double zHi;
      switch (r.factorKind[f]) {
        case ConditionedNetwork.GAUSSIAN -> {
          zLo = boxLo[ref];
          zHi = boxHi[ref];
        }
        case ConditionedNetwork.LINK -> {
          zLo = lo[ref];
          zHi = hi[ref];
          if (zHi == Double.NEGATIVE_INFINITY) {
            exponentLo[t] = zHi;
            exponentHi[t] = zHi;
            return;
          }
        }
        default -> {
          double factorHi;
          double factorLo;
          if (r.factorKind[f] == ConditionedNetwork.UNIT) {
            factorHi = hi[ref];
            factorLo = lo[ref];
          } else {
            double[] logs = r.table[f];
            int last = (int) boxHi[ref];
            factorHi = logs[last];
            factorLo = factorHi;
            for (int s = (int) boxLo[ref]; s < last; s++) {
              factorHi = Math.max(factorHi, logs[s]);
              factorLo = Math.min(factorLo, logs[s]);
            }
          }
          if (factorHi == Double.NEGATIVE_INFINITY) {
            exponentLo[t] = factorHi;
            exponentHi[t] = factorHi;
            return;
          }
          high += factorHi;
          low += factorLo;
          magnitudeHi += Math.abs(factorHi);
          magnitudeLo += Math.abs(factorLo);
          continue;
        }
      }
      double m = r.mean[f];
      double inverse = r.inverse[f];
      double below = zLo - m;
      double above = zHi - m;
      double distance = Math.max(above, -below);
      double near = below > 0 ? below * inverse : above < 0 ? above * inverse : 0;
      double far = distance == 0 ? 0 : distance * inverse;
      double qNear = 0.5 * near * near;
      double qFar = 0.5 * far * far;
      high -= qNear;
      low -= qFar;
      magnitudeHi += qNear;
      magnitudeLo += qFar;
    }
    // Beyond the range of a double a magnitude is infinite: the largest finite value is proven
    // then.
    exponentHi[t] =
        magnitudeHi < Double.POSITIVE_INFINITY
            ? high + factorSlack * magnitudeHi + Double.MIN_NORMAL
            : -Double.MAX_VALUE;
    exponentLo[t] =
        magnitudeLo < Double.POSITIVE_INFINITY
            ? low - factorSlack * magnitudeLo - Double.MIN_NORMAL
            : Double.NEGATIVE_INFINITY;
  }

  /** Starts a gradient of no output. */
  public void clearSeeds() {
    Arrays.fill(adjointLo, 0);
    Arrays.fill(adjointHi, 0);
    Arrays.fill(magnitude, 0);
  }

  /** Adds a multiple of an output's unit to the combination whose gradient is wanted. */
  public void seed(int unit, double factor) {
    adjointLo[unit] += factor;
    adjointHi[unit] += factor;
  }

  /** Bounds the gradient of the seeded combination over the box of {@link #evaluate}. */
  void gradient() {
    backward(null);
  }

  /**
   * Bounds the slopes of the seeded combination: numbers S_i with f(x) - f(c) = SUM_i S_i (x_i -
   * c_i) for each x of the box. They are about half as wide as the gradient.
   *
   * @param centre the same network evaluated at a point c of the box
   */
  public void slopes(NetworkBounds centre) {
    backward(centre);
  }

  /*
   * A log of a sum of exponentials changes by SUM_t share_t (t(x) - t(c)), the shares averaged along
   * the straight way from the terms at c to the terms at x, which stays between the terms' ends. A
   * quadratic q(z) = -(z - m)^2 / (2 s^2) changes by (m - (z + z_c) / 2) / s^2 (z - z_c) exactly.
   */
  private void backward(@Nullable NetworkBounds centre) {
    Arrays.fill(gradientLo, 0);
    Arrays.fill(gradientHi, 0);
    Arrays.fill(gradientMagnitude, 0);
    for (int u = r.numUnits - 1; u >= 0; u--) {
      if (adjointLo[u] == 0 && adjointHi[u] == 0 && magnitude[u] == 0) {
        continue;
      }
      int from = r.termStart[u];
      int to = r.termStart[u + 1];
      double slack = (128 + 2 * (to - from + r.numUnits)) * U;
      double wide = slack * magnitude[u] + (magnitude[u] > 0 ? Double.MIN_NORMAL : 0);
      double aLo = adjointLo[u] - wide;
      double aHi = adjointHi[u] + wide;
      double restSlack = slack * sumHi[u];
      for (int t = from; t < to; t++) {
        if (termHi[t] > 0) {
          term(t, u, aLo, aHi, restSlack, slack, centre);
        }
      }
    }
    for (int i = 0; i < gradientLo.length; i++) {
      double slack = (256 + 4 * r.numUnits + 2 * r.numTerms()) * U;
      double wide = slack * gradientMagnitude[i] + Double.MIN_NORMAL;
      gradientLo[i] -= wide;
      gradientHi[i] += wide;
      if (Double.isNaN(gradientLo[i]) || Double.isNaN(gradientHi[i])) {
        gradientLo[i] = Double.NEGATIVE_INFINITY;
        gradientHi[i] = Double.POSITIVE_INFINITY;
      }
    }
  }

  private void term(
      int t,
      int u,
      double aLo,
      double aHi,
      double restSlack,
      double slack,
      @Nullable NetworkBounds centre) {
    // A term's share T / (T + R) grows with T and falls with the rest R.
    double restLo = Math.max(0, sumLo[u] - termLo[t] - restSlack);
    double restHi = Math.max(0, sumHi[u] - termHi[t]) + restSlack;
    double shareHi = Math.min(1, termHi[t] / (termHi[t] + restLo) * (1 + slack));
    double shareLo = Math.max(0, termLo[t] / (termLo[t] + restHi) * (1 - slack));
    double wLo = aLo * (aLo < 0 ? shareHi : shareLo);
    double wHi = aHi * (aHi > 0 ? shareHi : shareLo);
    for (int f = r.factorStart[t]; f < r.factorStart[t + 1]; f++) {
      int ref = r.factorRef[f];
      switch (r.factorKind[f]) {
        case ConditionedNetwork.GAUSSIAN -> {
          double inverse = r.inverse[f];
          double slopeHi = r.mean[f] - boxLo[ref];
          double slopeLo = r.mean[f] - boxHi[ref];
          if (centre != null) {
            slopeHi = averageUp(slopeHi, r.mean[f] - centre.boxLo[ref]);
            slopeLo = averageDown(slopeLo, r.mean[f] - centre.boxHi[ref]);
          }
          add(
              gradientLo,
              gradientHi,
              gradientMagnitude,
              ref,
              wLo,
              wHi,
              slopeLo * inverse * inverse,
              slopeHi * inverse * inverse);
        }
        case ConditionedNetwork.LINK -> {
          double inverse = r.inverse[f];
          double slopeHi = r.mean[f] - lo[ref];
          double slopeLo = r.mean[f] - hi[ref];
          if (centre != null) {
            slopeHi = averageUp(slopeHi, r.mean[f] - centre.lo[ref]);
            slopeLo = averageDown(slopeLo, r.mean[f] - centre.hi[ref]);
          }
          add(
              adjointLo,
              adjointHi,
              magnitude,
              ref,
              wLo,
              wHi,
              slopeLo * inverse * inverse,
              slopeHi * inverse * inverse);
        }
        case ConditionedNetwork.UNIT -> add(adjointLo, adjointHi, magnitude, ref, wLo, wHi, 1, 1);
        default -> {}
      }
    }
  }

  private static double averageUp(double p, double q) {
    return 0.5 * (p + q) + 4 * U * (Math.abs(p) + Math.abs(q));
  }

  private static double averageDown(double p, double q) {
    return 0.5 * (p + q) - 4 * U * (Math.abs(p) + Math.abs(q));
  }

  private static void add(
      double[] toLo,
      double[] toHi,
      double[] toMagnitude,
      int index,
      double wLo,
      double wHi,
      double slopeLo,
      double slopeHi) {
    double low;
    double high;
    if (wLo >= 0) {
      low = slopeLo < 0 ? wHi * slopeLo : wLo * slopeLo;
      high = slopeHi > 0 ? wHi * slopeHi : wLo * slopeHi;
    } else if (wHi <= 0) {
      low = slopeHi > 0 ? wLo * slopeHi : wHi * slopeHi;
      high = slopeLo < 0 ? wLo * slopeLo : wHi * slopeLo;
    } else {
      low = Math.min(wLo * slopeHi, wHi * slopeLo);
      high = Math.max(wLo * slopeLo, wHi * slopeHi);
    }
    toLo[index] += low;
    toHi[index] += high;
    toMagnitude[index] += Math.max(Math.abs(low), Math.abs(high));
  }
}
