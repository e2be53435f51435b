package org.ugmm.engine.data;

import it.unimi.dsi.fastutil.doubles.DoubleArrayList;
import org.ugmm.engine.number.GaussianMass;
import org.ugmm.engine.number.LogSum;
import org.ugmm.engine.number.Rounding;
import org.ugmm.engine.number.TruncatedGaussian;

/** Where the density of a mixture has slope zero, by proven signs of its first two derivatives. */
final class CriticalPoints {
  /*
   * All lie between the least and the largest mean. An interval on which the slope has a proven sign
   * holds none; one on which the curvature has a proven sign holds at most one, found by bisection;
   * others are halved. The derivatives of one Gaussian take their extremes over an interval at its ends
   * or at points known in closed form, so their least and largest values are exact up to rounding.
   *
   * Values are kept as a sign and a natural log, and a sum has a proven sign when the log of what speaks
   * for it exceeds the log of what speaks against it by more than their rounding errors. So it does not
   * matter that all densities underflow between components that are far apart: an interval is halved
   * only where two components balance.
   *
   * Where slope and curvature vanish together no sign is ever proven: an interval narrower than
   * RESOLUTION of the smallest scale is left open, and so is one whose ends have slopes of no proven
   * sign. Neighbouring open intervals count as one, which holds a critical point when the slope changes
   * its sign from one end to the other.
   */
  private static final double RESOLUTION = 1e-9;

  /** Distances in scales above this count as a log of -infinity; among such the nearest wins. */
  private static final double FAR = 1e150;

  private static final double SQRT_3 = Math.sqrt(3);

  /** Extremes of the slope of a Gaussian, in scales from the mean. */
  private static final double[] SLOPE_EXTREMES = {-1, 1};

  /** The same of its curvature. */
  private static final double[] CURVATURE_EXTREMES = {-SQRT_3, 0, SQRT_3};

  private final GaussianMixture mixture;
  private final int numComponents;

  /** [numComponents] natural log of each component's weight times its largest density. */
  private final double[] peak;

  /** [numComponents] bound on the error of {@link #peak}, in units of 2^-53. */
  private final double[] peakError;

  private final double leastScale;

  /** The value of a derivative of a component: its sign, its log and the error of the log. */
  private int sign;

  private double log;
  private double error;

  CriticalPoints(GaussianMixture mixture) {
    this.mixture = mixture;
    numComponents = mixture.weight.length;
    peak = new double[numComponents];
    peakError = new double[numComponents];
    double weightUnits = mixture.weightErrorUnits();
    double least = Double.POSITIVE_INFINITY;
    for (int k = 0; k < numComponents; k++) {
      TruncatedGaussian g = mixture.component[k];
      double logWeight = Math.log(mixture.weight[k]);
      peak[k] = logWeight + g.logDensity(g.near);
      peakError[k] = weightUnits + 3 * Math.abs(logWeight) + g.logDensityErrorUnits(g.near) + 3;
      least = Math.min(least, g.scale);
    }
    leastScale = least;
  }

  /** All of them between the ends of the support, ascending. */
  double[] find() {
    double from = Double.POSITIVE_INFINITY;
    double to = Double.NEGATIVE_INFINITY;
    for (TruncatedGaussian g : mixture.component) {
      from = Math.min(from, g.mean);
      to = Math.max(to, g.mean);
    }
    from = Math.max(from, mixture.lo);
    to = Math.min(to, mixture.hi);
    DoubleArrayList found = new DoubleArrayList();
    if (numComponents > 0 && from == to) {
      found.add(from);
    } else if (from < to) {
      search(from, to, found);
    }
    return found.toDoubleArray();
  }

  private void search(double from, double to, DoubleArrayList found) {
    // the ends themselves can be critical: look a little beyond them
    double largest = Math.max(Math.abs(from), Math.abs(to));
    double pad = 2e-9 * (0.5 * to - 0.5 * from) + 4 * Math.ulp(largest);
    double first = Math.max(-Double.MAX_VALUE, from - pad);
    double last = Math.min(Double.MAX_VALUE, to + pad);
    DoubleArrayList stack = DoubleArrayList.of(first, last);
    double open = first; // open intervals so far are [open, end]
    double end = first;
    while (!stack.isEmpty()) {
      double b = stack.removeDouble(stack.size() - 1);
      double a = stack.removeDouble(stack.size() - 1);
      if (sign(1, a, b) != 0) {
        continue;
      }
      double middle = GaussianMass.middle(a, b);
      boolean isPoint =
          !(middle > a && middle < b)
              || b - a < 4 * Math.ulp(middle)
              || b - a < RESOLUTION * leastScale;
      if (!isPoint && sign(2, a, b) == 0) {
        stack.add(middle);
        stack.add(b);
        stack.add(a);
        stack.add(middle);
        continue;
      }
      if (a > end) {
        close(open, end, found);
        open = a;
      }
      end = b;
      if (sign(1, b, b) != 0) {
        close(open, end, found);
        open = b;
      }
    }
    close(open, end, found);
  }

  private void close(double a, double b, DoubleArrayList found) {
    int atA = slopeSign(a);
    if (a < b && (atA == 0 || atA < 0 != slopeSign(b) < 0)) {
      found.add(root(a, b, atA));
    }
  }

  private double root(double a, double b, int signA) {
    if (signA == 0) {
      return a;
    }
    double lo = a;
    double hi = b;
    double x = GaussianMass.middle(lo, hi);
    while (lo < x && x < hi) {
      int slope = slopeSign(x);
      if (slope == 0) {
        return x;
      } else if (slope == signA) {
        lo = x;
      } else {
        hi = x;
      }
      x = GaussianMass.middle(lo, hi);
    }
    // a component may be narrower than the distance of two doubles
    return mixture.logDensity(hi) > mixture.logDensity(lo) ? hi : lo;
  }

  /** The sign of the slope at a point, as computed. */
  int slopeSign(double x) {
    LogSum up = new LogSum();
    LogSum down = new LogSum();
    for (int k = 0; k < numComponents; k++) {
      derivative(1, k, x);
      if (sign != 0) {
        (sign > 0 ? up : down).add(log, 0);
      }
    }
    return up.value() == down.value() ? nearestSign(1, x, x) : up.value() > down.value() ? 1 : -1;
  }

  /** The sign that the derivative of order 1 or 2 has on all of [a, b]; 0 where none is proven. */
  int sign(int order, double a, double b) {
    LogSum leastUp = new LogSum();
    LogSum leastDown = new LogSum();
    LogSum mostUp = new LogSum();
    LogSum mostDown = new LogSum();
    double[] extremes = order == 1 ? SLOPE_EXTREMES : CURVATURE_EXTREMES;
    for (int k = 0; k < numComponents; k++) {
      derivative(order, k, a);
      int leastSign = sign;
      double leastLog = log;
      double leastError = error;
      int mostSign = sign;
      double mostLog = log;
      double mostError = error;
      for (int i = 0; i <= extremes.length; i++) {
        if (i == extremes.length) {
          derivative(order, k, b);
        } else if (extremes[i] > z(k, a) && extremes[i] < z(k, b)) {
          extreme(order, k, extremes[i]);
        } else {
          continue;
        }
        if (isBelow(sign, log, leastSign, leastLog)) {
          leastSign = sign;
          leastLog = log;
          leastError = error;
        }
        if (isBelow(mostSign, mostLog, sign, log)) {
          mostSign = sign;
          mostLog = log;
          mostError = error;
        }
      }
      if (leastSign != 0) {
        (leastSign > 0 ? leastUp : leastDown).add(leastLog, leastError);
      }
      if (mostSign != 0) {
        (mostSign > 0 ? mostUp : mostDown).add(mostLog, mostError);
      }
    }
    if (exceeds(leastUp, leastDown)) {
      return 1;
    }
    if (exceeds(mostDown, mostUp)) {
      return -1;
    }
    boolean isBeyondRange = Math.max(mostUp.value(), leastDown.value()) == Double.NEGATIVE_INFINITY;
    return isBeyondRange ? nearestSign(order, a, b) : 0;
  }

  private static boolean isBelow(int signA, double logA, int signB, double logB) {
    return signA != signB ? signA < signB : signA > 0 ? logA < logB : signA < 0 && logA > logB;
  }

  private static boolean exceeds(LogSum a, LogSum b) {
    return a.value() - b.value()
        > Rounding.U * 1.01 * (a.errorUnits() + b.errorUnits()) + Double.MIN_NORMAL;
  }

  /**
   * The sign where all logs are beyond the range of a double: every curvature is positive there,
   * and the slope is that of the nearest component.
   */
  private int nearestSign(int order, double a, double b) {
    int nearest = -1;
    double farthest = Double.POSITIVE_INFINITY;
    for (int k = 0; k < numComponents; k++) {
      double most = Math.max(Math.abs(z(k, a)), Math.abs(z(k, b)));
      if (most < farthest) {
        farthest = most;
        nearest = k;
      }
    }
    for (int k = 0; k < numComponents; k++) {
      boolean holdsMean = z(k, a) < 0 != z(k, b) < 0;
      double least = holdsMean ? 0 : Math.min(Math.abs(z(k, a)), Math.abs(z(k, b)));
      boolean isBeaten = k == nearest || order == 2 || least > farthest * (1 + 1e-10);
      if (least < FAR || !isBeaten) {
        return 0;
      }
    }
    return nearest < 0 ? 0 : order == 2 ? 1 : z(nearest, a) > 0 ? -1 : 1;
  }

  private double z(int k, double x) {
    TruncatedGaussian g = mixture.component[k];
    return GaussianMass.standardised(x, g.mean, g.scale);
  }

  /** Sets {@link #sign}, {@link #log} and {@link #error} to a component's derivative at x. */
  private void derivative(int order, int k, double x) {
    derivative(order, k, z(k, x), mixture.component[k].logFall(x));
  }

  /** The same at so many scales from the mean, few and within the support. */
  private void extreme(int order, int k, double z) {
    double nearZ = mixture.component[k].nearZ;
    derivative(order, k, z, 0.5 * (nearZ * nearZ - z * z));
  }

  private void derivative(int order, int k, double z, double fall) {
    double factor = order == 1 ? -z : z * z - 1;
    double logScale = Math.log(mixture.component[k].scale);
    sign = (int) Math.signum(factor);
    log = peak[k] + fall + Math.log(Math.abs(factor)) - order * logScale;
    if (sign == 0 || Math.abs(z) > FAR) {
      log = Double.NEGATIVE_INFINITY;
      error = 0;
      return;
    }
    // z^2 is wrong by 5 units of itself, which is much of a small z^2 - 1
    double cancelled = order == 1 ? 3 : 6 * z * z / Math.abs(factor);
    error =
        peakError[k]
            + 7 * Math.abs(fall)
            + 4 * order * Math.abs(logScale)
            + cancelled
            + 3 * Math.abs(Math.log(Math.abs(factor)))
            + 3 * Math.abs(log)
            + 12;
  }
}
