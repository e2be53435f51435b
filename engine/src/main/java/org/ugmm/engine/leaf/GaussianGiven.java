package org.ugmm.engine.leaf;

import java.util.Arrays;
import org.ugmm.engine.leaf.PairFactor.Pair;
import org.ugmm.engine.number.GaussianMass;
import org.ugmm.engine.number.LogValue;
import org.ugmm.engine.number.Rounding;
import org.ugmm.engine.number.RowRandom;

/**
 * What is left of a Gaussian over several variables when some have values and at most one other is
 * known to lie in an interval. Immutable.
 */
public final class GaussianGiven {
  /*
   * Coordinates are factored in this order: those with a value, the one with an interval, the others. The
   * first rows then give the density of what is known, the rows below the conditional means and the rest
   * of the factor the conditional covariance. MultivariateGaussian says what rounding does.
   */
  private static final double U = Rounding.U;
  private static final double LN2 = 0.6931471805599453;

  private final MultivariateGaussian of;
  private final PairFactor factor;

  /** Coordinates: those with a value, then the one with an interval, then the others. */
  private final int[] order;

  private final int numPoints;
  private final boolean hasInterval;
  private final double lo;
  private final double hi;

  /** Log-density of the values. */
  private final LogValue density;

  /** Squared Mahalanobis distance of the values. */
  private final double square;

  /** [size] conditional mean and scale of each coordinate without a value; NaN of the others. */
  private final double[] mean;

  private final double[] scale;

  /** [numPoints] the values, standardised one after the other. */
  private final Pair[] y;

  /**
   * Conditions.
   *
   * @param value [size] of each coordinate; NaN where it has none
   * @param interval the coordinate of which an interval is known, -1 for none
   */
  public GaussianGiven(
      MultivariateGaussian of, double[] value, int interval, double lo, double hi) {
    this.of = of;
    hasInterval = interval >= 0;
    this.lo = lo;
    this.hi = hi;
    int d = of.size();
    order = new int[d];
    int count = 0;
    for (int i = 0; i < d; i++) {
      if (!Double.isNaN(value[i])) {
        order[count++] = i;
      }
    }
    numPoints = count;
    if (hasInterval) {
      order[count++] = interval;
    }
    for (int i = 0; i < d; i++) {
      if (Double.isNaN(value[i]) && i != interval) {
        order[count++] = i;
      }
    }
    factor = of.factor(order);
    y = new Pair[numPoints];
    for (int i = 0; i < numPoints; i++) {
      int c = order[i];
      y[i] = Pair.difference(value[c], of.mean(c)).scaled(-of.exponent(c));
    }
    factor.solve(y, numPoints);
    double sum = 0;
    for (Pair each : y) {
      sum += each.value() * each.value();
    }
    square = sum;
    density = density();
    mean = new double[d];
    scale = new double[d];
    Arrays.fill(mean, Double.NaN);
    Arrays.fill(scale, Double.NaN);
    for (int k = numPoints; k < d; k++) {
      int c = order[k];
      Pair shift = factor.times(k, y, numPoints).scaled(of.exponent(c));
      double base = of.mean(c);
      mean[c] = numPoints == 0 ? base : base + shift.hi + shift.lo;
      scale[c] =
          numPoints == 0
              ? Math.sqrt(of.covariance(c, c))
              : Math.scalb(Math.sqrt(factor.gram(k, k, numPoints).value()), of.exponent(c));
    }
  }

  private LogValue density() {
    return numPoints == 0 ? LogValue.ONE : gaussian(0, numPoints, square);
  }

  /** The log-density that some rows of the factor give a squared distance. */
  private LogValue gaussian(int from, int to, double squared) {
    double product = 1;
    long exponents = 0;
    for (int k = from; k < to; k++) {
      product *= factor.entryAt(k, k);
      int e = Math.getExponent(product);
      product = Math.scalb(product, -e);
      exponents += e + of.exponent(order[k]);
    }
    int rows = to - from;
    double logProduct = StrictMath.log(product);
    double powers = exponents * LN2;
    double constants = rows * GaussianMass.LOG_SQRT_2PI;
    double log = -0.5 * squared - (logProduct + powers + constants);
    double units =
        0.5 * squared * (2 * rows + 8 + 2.2 * of.etaUnits())
            + rows * (of.etaUnits() + 3)
            + 4 * Math.abs(logProduct)
            + 5 * Math.abs(powers)
            + 5 * constants
            + 2 * Math.abs(log)
            + 4;
    return LogValue.of(log, units);
  }

  /** The log-density of the values, integrated over the interval and what is not known. */
  public LogValue logValue() {
    if (!hasInterval || density.isZero() || density.units() == Double.POSITIVE_INFINITY) {
      return density;
    }
    int c = order[numPoints];
    if (!(lo < hi)) {
      return LogValue.ZERO;
    }
    double mass = GaussianMass.logMass(lo, hi, mean[c], scale[c]);
    double near = GaussianMass.standardised(Math.min(hi, Math.max(lo, mean[c])), mean[c], scale[c]);
    double shift = meanError(c) / scale[c] / U;
    double units =
        GaussianMass.logMassErrorUnits(lo, hi, mean[c], scale[c], mass)
            + scaleUnits() * (near * near + 3)
            + 1.01 * shift * (Math.abs(near) + 1 + 0.5 * U * shift);
    double log = density.log() + mass;
    return LogValue.of(log, density.units() + units + Math.abs(log));
  }

  /** The log of the greatest density that agrees with what is known, which is at {@link #peak}. */
  public LogValue logPeak() {
    int d = of.size();
    double away = 0;
    double awayUnits = 0;
    if (hasInterval) {
      int c = order[numPoints];
      double z = GaussianMass.standardised(Math.min(hi, Math.max(lo, mean[c])), mean[c], scale[c]);
      double shift = meanError(c) / scale[c] / U;
      away = z * z;
      awayUnits =
          0.5 * away * 2 * (scaleUnits() + 3) + 1.01 * shift * (Math.abs(z) + 0.5 * U * shift);
    }
    LogValue whole = gaussian(0, d, square + away);
    return LogValue.of(whole.log(), whole.units() + awayUnits);
  }

  /** [size] where the density is greatest; NaN of coordinates with a value. */
  public double[] peak() {
    double[] peak = mean.clone();
    if (hasInterval) {
      int first = order[numPoints];
      double at = Math.min(hi, Math.max(lo, mean[first]));
      if (at != mean[first]) {
        double z = Math.scalb(at - mean[first], -of.exponent(first));
        double step = z / factor.entryAt(numPoints, numPoints);
        for (int k = numPoints + 1; k < order.length; k++) {
          int c = order[k];
          peak[c] += Math.scalb(factor.entryAt(k, numPoints) * step, of.exponent(c));
        }
      }
      peak[first] = at;
    }
    return peak;
  }

  /** Whether a coordinate has no value. */
  public boolean isOpen(int coordinate) {
    return !Double.isNaN(mean[coordinate]);
  }

  /** The coordinate of which an interval is known, -1 for none. */
  public int interval() {
    return hasInterval ? order[numPoints] : -1;
  }

  /** The mean of an open coordinate given the values; the interval is not taken account of. */
  public double mean(int coordinate) {
    return mean[coordinate];
  }

  /** The scale of it. */
  public double scale(int coordinate) {
    return scale[coordinate];
  }

  /** Bound on the absolute error of {@link #mean(int)}. */
  public double meanError(int coordinate) {
    return numPoints == 0
        ? 0
        : 1.01 * U * Math.abs(mean[coordinate])
            + U * U * 8 * Math.abs(of.mean(coordinate))
            + 2.2 * of.eta() * Math.sqrt(square) * scale[coordinate]
            + 2 * Double.MIN_VALUE;
  }

  /** Bound on the relative error of {@link #scale(int)}, in units of 2^-53. */
  public double scaleUnits() {
    return of.etaUnits() + 3;
  }

  /** The conditional covariance of two open coordinates. */
  public double covariance(int i, int j) {
    int a = row(i);
    int b = row(j);
    return Math.scalb(factor.gram(a, b, numPoints).value(), of.exponent(i) + of.exponent(j));
  }

  /** [size][size] the inverse of the conditional covariance, 0 in rows and columns of values. */
  public double[][] precision() {
    int d = of.size();
    double[][] precision = new double[d][d];
    double[][] inverse = factor.inverse(numPoints);
    for (int i = numPoints; i < d; i++) {
      for (int j = numPoints; j <= i; j++) {
        double sum = 0;
        for (int k = i; k < d; k++) {
          sum += inverse[k - numPoints][i - numPoints] * inverse[k - numPoints][j - numPoints];
        }
        int a = order[i];
        int b = order[j];
        precision[a][b] = Math.scalb(sum, -of.exponent(a) - of.exponent(b));
        precision[b][a] = precision[a][b];
      }
    }
    return precision;
  }

  private int row(int coordinate) {
    for (int k = numPoints; k < order.length; k++) {
      if (order[k] == coordinate) {
        return k;
      }
    }
    throw new AssertionError(coordinate);
  }

  /** Draws the open coordinates; the others are left as they are. */
  public void draw(RowRandom random, double[] value) {
    int d = of.size();
    double[] z = new double[d];
    for (int k = numPoints; k < d; k++) {
      int c = order[k];
      double shift = 0;
      for (int j = numPoints; j < k; j++) {
        shift += factor.entryAt(k, j) * z[j];
      }
      double own = factor.entryAt(k, k);
      if (k == numPoints && hasInterval) {
        value[c] = random.gaussian(mean[c], scale[c], lo, hi);
        z[k] = Math.scalb(value[c] - mean[c], -of.exponent(c)) / own;
      } else {
        z[k] = random.gaussian();
        value[c] = mean[c] + Math.scalb(shift + own * z[k], of.exponent(c));
      }
    }
  }

  /**
   * The derivatives of {@link #logValue} by the values, where there is no interval; 0 of others.
   */
  public double[] gradient() {
    double[] result = new double[of.size()];
    double[] back = new double[numPoints];
    for (int k = numPoints - 1; k >= 0; k--) {
      double rest = y[k].value();
      for (int j = k + 1; j < numPoints; j++) {
        rest -= factor.entryAt(j, k) * back[j];
      }
      back[k] = rest / factor.entryAt(k, k);
      result[order[k]] = -Math.scalb(back[k], -of.exponent(order[k]));
    }
    return result;
  }
}
